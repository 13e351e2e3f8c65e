//! A flag is asked of its own engine, and stays itself whatever is loaded.
#![cfg(all(feature = "reload", feature = "macros", feature = "test-util"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::{Context, Engine, ErrorCode, Options, OverrideState, SourceFile, Variables, testing};
use flags_schema::load;

#[allow(dead_code, reason = "it is its index that counts")]
mod own {
    flags_runtime::flags!(inline = "flags: { alpha: off, beta: off }");
}

#[allow(dead_code, reason = "it has as many flags as the other")]
mod other {
    flags_runtime::flags!(inline = "flags: { gamma: off, delta: off }");
}

fn engine(text: &str) -> Engine {
    let source = SourceFile::new("tool.yaml", text);
    let document = load(source, &mut |_| Err(String::new()), &flags_schema::Options::default()).document;
    Engine::new(document, Options::default().variables(Variables::None)).unwrap()
}

fn live(text: &str) -> SourceFile {
    SourceFile::new("live.yaml", text)
}

/// A constant once acted on whatever flag had its index in another engine, and the answer was `Ok`.
#[test]
fn a_constant_of_another_engine_is_an_error_that_names_both() {
    let tool = engine("flags: { first: off, second: off }");
    let errors = [
        tool.set_override(own::Flags::BETA, OverrideState::On).unwrap_err(),
        tool.reset_override(own::Flags::BETA).unwrap_err(),
        other::Flags::engine().set_override(own::Flags::BETA, OverrideState::On).unwrap_err(),
    ];
    for error in &errors {
        assert_eq!(error.key(), "beta");
        assert!(error.to_string().starts_with("`beta` is a flag of "), "{error}");
    }
    assert!(errors[0].to_string().contains("not of that of `tool.yaml`"), "{}", errors[0]);
    assert!(tool.overrides().is_empty() && other::Flags::engine().overrides().is_empty());

    // An engine of the same document is another engine all the same.
    let same = engine("flags: { alpha: off, beta: off }");
    assert!(same.set_override(own::Flags::BETA, OverrideState::On).is_err());
    assert_eq!(same.set_override("beta", OverrideState::On), Ok(()));
    assert!(!own::Flags::BETA.enabled(&Context::anonymous()));
}

#[test]
fn a_handle_of_another_engine_is_an_error_that_names_both() {
    let (one, two) = (engine("flags: { first: off }"), engine("flags: { second: off }"));
    let handle = one.flag("first").unwrap();
    let error = two.set_override(handle, OverrideState::On).unwrap_err();
    assert!(error.to_string().starts_with("`first` is a flag of "), "{error}");
    assert!(two.reset_override(handle).is_err());
    assert_eq!(one.set_override(handle, OverrideState::On), Ok(()));
}

#[test]
fn what_is_forced_is_a_flag_of_that_engine() {
    let tool = engine("flags: { first: off, second: off }");
    let forced = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _forced = testing::force(&tool, own::Flags::BETA, OverrideState::On);
    }));
    let message = forced.unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(message.contains("`beta` is a flag of ") && message.contains("tool.yaml"), "{message}");
    let _forced = testing::force(&tool, "second", OverrideState::On);
    assert!(tool.flag("second").unwrap().enabled(&Context::anonymous()));
}

/// Flags that a reload adds change their indices with each document.
#[test]
fn a_handle_stays_the_flag_it_was_or_says_that_it_is_gone() {
    let engine = engine("flags: { compiled: on }");
    let ctx = Context::anonymous();
    engine.reload_from(&live("flags: { compiled: on, x: on, y: off, z: on }")).unwrap();
    let [x, y, z] = ["x", "y", "z"].map(|key| engine.flag(key).unwrap());
    engine.set_override(y, OverrideState::On).unwrap();
    let forced = testing::force(&engine, z, OverrideState::Off);
    assert!(!z.enabled(&ctx));

    // In another order, and without the first.
    engine.reload_from(&live("flags: { z: on, w: off, y: off, compiled: on }")).unwrap();
    assert_eq!((x.key(), y.key(), z.key()), ("x".into(), "y".into(), "z".into()));
    assert!(y.enabled(&ctx), "the override is that of y");
    assert!(!z.enabled(&ctx), "what is forced is z");
    drop(forced);
    assert!(z.enabled(&ctx));
    assert_eq!(y.definition().unwrap().key.value, "y");
    let gone = x.evaluate(&ctx);
    assert_eq!((gone.error_code(), gone.is_on()), (Some(ErrorCode::FlagNotFound), false));
    assert!(x.definition().is_none() && x.bucket(&ctx).is_none() && !x.enabled(&ctx));
    let error = engine.set_override(x, OverrideState::On).unwrap_err();
    assert_eq!(error.to_string(), "flag `x` is gone: the document in force does not have it");

    // It is back, with another index.
    engine.reload_from(&live("flags: { compiled: on, y: off, x: on }")).unwrap();
    assert!(x.enabled(&ctx) && y.enabled(&ctx));
    assert_eq!(x.evaluate(&ctx).key(), "x");
    let keys: Vec<String> = engine.flags().iter().map(|flag| flag.key()).collect();
    assert_eq!(keys, ["compiled", "y", "x"]);
}

/// Finding a flag and evaluating it is one read: while another thread moves the flag about, the answer never is
/// that of another flag.
#[test]
fn finding_and_evaluating_is_one_read() {
    let engine = engine("flags: { compiled: on }");
    let texts = [
        live("flags: { compiled: on, a: { type: string, value: a }, b: { type: string, value: b } }"),
        live("flags: { compiled: on, b: { type: string, value: b }, a: { type: string, value: a } }"),
        live("flags: { compiled: on, b: { type: string, value: b } }"),
    ];
    engine.reload_from(&texts[0]).unwrap();
    let a = engine.flag("a").unwrap();
    let ctx = Context::anonymous();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..150 {
                engine.reload_from(&texts[round % 3]).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let expected = flags_runtime::Value::String("a".to_owned());
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            if let Some(found) = engine.evaluate("a", &ctx) {
                assert_eq!((found.key(), found.value()), ("a", &expected));
            }
            let evaluation = a.evaluate(&ctx);
            match evaluation.error_code() {
                None => assert_eq!((evaluation.key(), evaluation.value()), ("a", &expected)),
                code => assert_eq!(code, Some(ErrorCode::FlagNotFound)),
            }
        }
    });
}
