//! Reloading documents: refused whole when they are wrong, taken flag by flag otherwise.
#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::{
    Context, Engine, FixedClock, Layer, Options, OverrideState, SourceFile, Timestamp, Variables,
};
use flags_schema::{Code, Document, load};
use std::sync::{Arc, Mutex};

const COMPILED: &str = "\
environments:
  staging: {}
  production: { default: true }
context:
  plan: { type: string, values: [free, premium] }
segments:
  beta: { users: [ann] }
flags:
  forums: { state: gradual, rollout: 25 }
  signals: beta
  startup-only: { state: off, mutability: startup }
  fixed: { state: on, mutability: fixed }
  button:
    state: on
    variants:
      control: { weight: 50, value: { color: blue } }
      green: { weight: 50, value: { color: green } }
  page-size: { type: integer, value: 20 }
";

fn document(text: &str) -> Document {
    let loaded = load(
        SourceFile::new("flags.yaml", text),
        &mut |_| Err(String::new()),
        &flags_schema::Options::default(),
    );
    let problems: Vec<_> =
        loaded.diagnostics.into_iter().filter(|d| d.code != Code::Expired).cloned().collect();
    assert!(!loaded.diagnostics.has_errors(), "{problems:#?}");
    loaded.document
}

fn engine() -> Engine {
    let options = Options::default().variables(Variables::None).clock(FixedClock(Timestamp(1_000)));
    Engine::new(document(COMPILED), options).unwrap()
}

fn changed(from: &str, to: &str) -> SourceFile {
    assert!(COMPILED.contains(from), "{from}");
    SourceFile::new("live.yaml", COMPILED.replace(from, to))
}

fn on(engine: &Engine, flag: &str, user: &str) -> bool {
    engine.flag(flag).unwrap().enabled(&Context::new(user))
}

#[test]
fn answers_change_and_say_where_they_come_from() {
    let engine = engine();
    assert!(!on(&engine, "signals", "bob"));
    let change = engine.reload_from(&changed("signals: beta", "signals: on")).unwrap();
    assert_eq!(change.flags, ["signals"]);
    assert!(on(&engine, "signals", "bob"));
    let evaluation = engine.flag("signals").unwrap().evaluate(&Context::new("bob"));
    let provenance = evaluation.provenance();
    assert_eq!((provenance.layer, provenance.file, provenance.line), (Layer::Reload, Some("live.yaml"), 10));
    let status = engine.status();
    assert_eq!(status.source.as_deref(), Some("live.yaml"));
    assert_eq!((status.reloads, status.refusals, status.loaded_at), (1, 0, Some(Timestamp(1_000))));
    assert_eq!((status.missing.len(), status.added.len()), (0, 0));
}

#[test]
fn changing_a_segment_changes_the_flags_that_use_it() {
    let engine = engine();
    let change = engine.reload_from(&changed("users: [ann]", "users: [bob]")).unwrap();
    assert_eq!(change.flags, ["signals"]);
    assert!(on(&engine, "signals", "bob") && !on(&engine, "signals", "ann"));
}

#[test]
fn what_is_wrong_or_has_not_the_environment_is_refused_whole() {
    let cases = [
        ("  production: { default: true }\n", "", "production"),
        ("rollout: 25", "rollout: 250", "100"),
        ("weight: 50, value: { color: blue }", "weight: 49, value: { color: blue }", "99"),
        ("users: [ann]", "user: [ann]", "user"),
    ];
    for (from, to, expected) in cases {
        let engine = engine();
        let before = engine.status();
        // A change that would be fine by itself does not get in with a bad one.
        let text = changed(from, to).text.replace("signals: beta", "signals: on");
        let refused = engine.reload_from(&SourceFile::new("live.yaml", text)).unwrap_err();
        assert!(!refused.diagnostics.is_empty(), "{to}");
        assert!(refused.report.contains(expected), "{to}: {}", refused.report);
        assert!(!on(&engine, "signals", "bob"), "{to}");
        let status = engine.status();
        assert_eq!((status.reloads, status.refusals), (0, 1));
        assert_eq!(status.version, before.version);
        assert_eq!(status.last_refusal, Some(refused));
    }
}

#[test]
fn a_refusal_is_forgotten_once_a_document_is_accepted() {
    let engine = engine();
    engine.reload_from(&SourceFile::new("live.yaml", "flags: [")).unwrap_err();
    assert!(engine.status().last_refusal.is_some());
    engine.reload_from(&changed("rollout: 25", "rollout: 30")).unwrap();
    assert_eq!(engine.status().last_refusal, None);
    assert_eq!(engine.status().refusals, 1);
}

#[test]
fn flags_left_out_keep_their_compiled_answers_and_flags_added_are_listed() {
    let engine = engine();
    let text = changed("  signals: beta\n", "  brand-new: on\n");
    // The segment that the compiled flag needs is left out with it.
    let text = text.text.replace("segments:\n  beta: { users: [ann] }\n", "");
    engine.reload_from(&SourceFile::new("live.yaml", text)).unwrap();
    let status = engine.status();
    assert_eq!((status.missing, status.added), (vec!["signals".to_owned()], vec!["brand-new".to_owned()]));
    assert!(on(&engine, "signals", "ann") && !on(&engine, "signals", "bob"));
    assert!(on(&engine, "brand-new", "bob"));
    let evaluation = engine.flag("signals").unwrap().evaluate(&Context::new("ann"));
    assert_eq!(evaluation.provenance().layer, Layer::File);
}

#[test]
fn flags_that_may_not_change_do_not_and_say_so() {
    let engine = engine();
    let text = changed("startup-only: { state: off", "startup-only: { state: on");
    let text = text.text.replace("fixed: { state: on", "fixed: { state: off");
    engine.reload_from(&SourceFile::new("live.yaml", text)).unwrap();
    // The first document that is loaded decides the one; the other is in the binary.
    assert_eq!(engine.status().kept, ["fixed"]);
    assert!(on(&engine, "startup-only", "ann") && on(&engine, "fixed", "ann"));
    engine.reload_from(&changed("rollout: 25", "rollout: 26")).unwrap();
    assert_eq!(engine.status().kept, ["startup-only"]);
    assert!(on(&engine, "startup-only", "ann") && on(&engine, "fixed", "ann"));
}

#[test]
fn overrides_survive() {
    let engine = engine();
    engine.set_override("forums", OverrideState::On).unwrap();
    engine.reload_from(&changed("rollout: 25", "rollout: 1")).unwrap();
    assert!((0..50).all(|i| on(&engine, "forums", &format!("user-{i}"))));
    assert_eq!(engine.status().overrides, 1);
    engine.reset_override("forums").unwrap();
    assert!((0..50).filter(|i| on(&engine, "forums", &format!("user-{i}"))).count() < 10);
}

#[test]
fn variants_keep_their_meaning_when_a_document_reorders_them() {
    let engine = engine();
    let control = "      control: { weight: 50, value: { color: blue } }\n";
    let green = "      green: { weight: 50, value: { color: green } }\n";
    let text = changed(&format!("{control}{green}"), &format!("{green}{control}"));
    engine.reload_from(&text).unwrap();
    for i in 0..100 {
        let evaluation = engine.flag("button").unwrap().evaluate(&Context::new(format!("user-{i}")));
        let color = format!("{:?}", evaluation.value());
        let expected = if evaluation.variant() == Some("control") { "blue" } else { "green" };
        assert!(color.contains(expected), "{:?}: {color}", evaluation.variant());
    }
}

#[test]
fn subscribers_are_told_until_they_leave_and_may_use_the_engine() {
    let engine = Arc::new(engine());
    let told = Arc::new(Mutex::new(Vec::new()));
    let (inner, log) = (Arc::downgrade(&engine), told.clone());
    let subscription = engine.subscribe(move |change| {
        let reloads = inner.upgrade().map(|engine| engine.status().reloads);
        log.lock().unwrap().push((change.flags.clone(), reloads));
    });
    engine.reload_from(&changed("rollout: 25", "rollout: 30")).unwrap();
    engine.reload_from(&SourceFile::new("live.yaml", "flags: [")).unwrap_err();
    drop(subscription);
    engine.reload_from(&changed("rollout: 25", "rollout: 35")).unwrap();
    assert_eq!(*told.lock().unwrap(), [(vec!["forums".to_owned()], Some(1))]);
}

#[test]
fn subscribers_are_not_told_of_comments() {
    let engine = engine();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    let _subscription = engine.subscribe(move |change| log.lock().unwrap().push(change.flags.clone()));
    let load = |text: &str| engine.reload_from(&SourceFile::new("live.yaml", text)).unwrap();
    for (text, news) in [
        (format!("# a comment\n{COMPILED}"), 0),
        (COMPILED.to_owned(), 0),
        (format!("{COMPILED}# the end\n\n"), 0),
        (format!("{COMPILED}  added: on\n"), 1),
        (format!("{COMPILED}  added: on # since May\n"), 0),
        (COMPILED.to_owned(), 1),
        (COMPILED.replace("rollout: 25", "rollout: 30"), 1),
        (format!("# soon more\n{}", COMPILED.replace("rollout: 25", "rollout: 30")), 0),
    ] {
        load(&text);
        assert_eq!(told.lock().unwrap().drain(..).count(), news, "{text}");
    }
    assert_eq!(engine.status().reloads, 8);
}

#[test]
fn the_status_is_json_for_a_health_endpoint() {
    let engine = engine();
    engine.reload_from(&SourceFile::new("live.yaml", "flags:\n  forums: onn\n")).unwrap_err();
    let json = serde_json::to_value(engine.status()).unwrap();
    assert_eq!(json["refusals"], 1);
    assert_eq!(json["environment"], "production");
    assert_eq!(json["watching"], false);
    assert_eq!(json["last_refusal"]["source"], "live.yaml");
    assert!(json["last_refusal"]["diagnostics"][0]["message"].is_string(), "{json}");
}

#[test]
fn changing_the_environment_after_a_reload_keeps_the_reload() {
    let engine = engine();
    engine
        .reload_from(&changed(
            "signals: beta",
            "signals: { state: off, environments: { staging: { state: on } } }",
        ))
        .unwrap();
    assert!(!on(&engine, "signals", "bob"));
    engine.set_environment("staging").unwrap();
    assert!(on(&engine, "signals", "bob"));
    assert!(engine.set_environment("stagging").is_err());
    assert!(on(&engine, "signals", "bob"));
}

#[test]
fn the_end_marker_of_the_compiled_document_is_demanded_of_the_next_one() {
    let engine = Engine::new(document("flags:\n  a: off\n  b: off\n...\n"), Options::default()).unwrap();
    let text = |text: &str| SourceFile::new("/etc/flags.yaml", text);
    let refused = engine.reload_from(&text("flags:\n  a: on\n")).unwrap_err();
    assert!(refused.report.starts_with("error[cut-off]: `/etc/flags.yaml` does not end"), "{refused}");
    assert!(engine.status().missing.is_empty());
    engine.reload_from(&text("flags:\n  a: on\n  b: on\n... # done\n\n")).unwrap();
    assert!(on(&engine, "a", "u"));
}

#[test]
fn flags_that_a_reload_leaves_out_are_a_warning_once() {
    let engine = Engine::new(document("flags: { a: off, b: off, c: off }\n"), Options::default()).unwrap();
    let reload = |text: &str| {
        let change = engine.reload_from(&SourceFile::new("flags.yaml", text)).unwrap();
        change.warnings.into_iter().map(|it| format!("{}: {}", it.code, it.message)).collect::<Vec<_>>()
    };
    let one = "left-out: the document leaves out `c`, which answers as it was compiled";
    assert_eq!(reload("flags: { a: on, b: on }\n"), [one]);
    assert!(reload("flags: { a: off, b: on }\n").is_empty(), "nothing more is missing");
    let other = "left-out: the document leaves out `b`, which answers as it was compiled";
    assert_eq!(reload("flags: { a: on, c: on }\n"), [other]);
    assert!(reload("flags: { a: on, b: on, c: on }\n").is_empty());
    let two = "left-out: the document leaves out `b`, `c`, which answer as they were compiled";
    assert_eq!(reload("flags: { a: on }\n"), [two]);
    assert_eq!(engine.status().missing, ["b", "c"]);
}

#[test]
fn what_is_refused_for_many_reasons_tells_the_first_and_counts_the_others() {
    let engine = Engine::new(document(COMPILED), Options::default().variables(Variables::None)).unwrap();
    let wrong = (0..1_000).map(|n| format!("  flag-{n}: betta\n")).collect::<Vec<_>>().concat();
    let refused =
        engine.reload_from(&SourceFile::new("flags.yaml", format!("{COMPILED}{wrong}"))).unwrap_err();
    assert_eq!((refused.diagnostics.len(), refused.more), (100, 900));
    assert!(refused.to_string().ends_with("and 900 more errors; the first 100 are shown"), "{refused}");
    assert_eq!(engine.status().last_refusal, Some(refused));
}
