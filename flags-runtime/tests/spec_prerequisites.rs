//! Prerequisites: flags that must be on, or must not be, for the same context.

mod support;

use flags_runtime::{Engine, OverrideState};
use flags_schema::Code;
use std::fmt::Write;
use support::{context, engine, options, told, unchecked};

#[test]
fn requires_and_excludes() {
    let engine = engine(
        "flags:\n  \
           paid: { state: targeted, rules: [ { when: { plan: premium } } ] }\n  \
           needs: { state: on, requires: [paid] }\n  \
           avoids: { state: on, excludes: [paid] }\n  \
           chain: { state: on, requires: [needs] }\n  \
           both: { state: on, requires: [needs], excludes: [avoids] }\n  \
           variants: { state: on, variants: { a: { weight: 0 }, b: { weight: 100 } }, off: a, requires: [paid] }\n",
    );
    let (paid, unpaid) = (r#"{"plan": "premium"}"#, "{}");
    for (flag, json, expected) in [
        ("needs", paid, "on STATIC"),
        ("needs", unpaid, "off PREREQUISITE_FAILED"),
        ("avoids", paid, "off PREREQUISITE_FAILED"),
        ("avoids", unpaid, "on STATIC"),
        ("chain", paid, "on STATIC"),
        ("chain", unpaid, "off PREREQUISITE_FAILED"),
        ("both", paid, "on STATIC"),
        ("both", unpaid, "off PREREQUISITE_FAILED"),
        ("variants", paid, "b STATIC"),
        ("variants", unpaid, "a PREREQUISITE_FAILED"),
    ] {
        assert_eq!(told(&engine, flag, &context(json)), expected, "{flag} {json}");
    }
}

#[test]
fn a_variant_may_be_asked_for() {
    let engine = engine(
        "flags:\n  \
           trial:\n    state: targeted\n    variants: [control, treatment]\n    \
             rules: [ { when: { x: 1 }, serve: treatment }, { when: { x: 2 }, serve: control } ]\n  \
           treated: { state: on, requires: [ { flag: trial, variant: treatment } ] }\n  \
           controlled: { state: on, requires: [ { flag: trial, variant: control } ] }\n  \
           untreated: { state: on, excludes: [ { flag: trial, variant: treatment } ] }\n  \
           any: { state: on, requires: [trial] }\n",
    );
    for (flag, x, expected) in [
        ("treated", 1, true),
        ("treated", 2, false),
        ("treated", 3, false),
        ("controlled", 1, false),
        ("controlled", 2, true),
        // Off, it serves `control` too; but what is off never satisfies.
        ("controlled", 3, false),
        ("untreated", 1, false),
        ("untreated", 2, true),
        ("untreated", 3, true),
        ("any", 1, true),
        ("any", 2, true),
        ("any", 3, false),
    ] {
        let context = context(&format!(r#"{{"x": {x}}}"#));
        assert_eq!(support::enabled(&engine, flag, &context), expected, "{flag} with x: {x}");
    }
}

#[test]
fn what_is_off_never_satisfies_whatever_it_serves() {
    for (prerequisite, on) in [
        ("on", true),
        ("off", false),
        ("{ state: targeted }", false),
        ("{ state: gradual, rollout: 100 }", true),
        ("{ state: gradual, rollout: 0 }", false),
        ("{ state: on, environments: [there] }", false),
        ("{ state: on, requires: [no] }", false),
        ("{ state: on, excludes: [yes] }", false),
        ("{ state: targeted, users: [ann] }", true),
        ("{ state: targeted, rules: [ { serve: on } ] }", true),
        ("{ state: on, rules: [ { serve: off } ] }", false),
        ("{ state: off, variants: [a, b], off: b }", false),
        ("{ state: on, variants: [a, b], off: b }", true),
        ("{ type: integer, value: 5 }", true),
        ("{ type: integer, value: 5, state: off }", false),
    ] {
        let engine = engine(&format!(
            "environments: {{ here: {{ default: true }}, there: {{}} }}\n\
             flags:\n  yes: on\n  no: off\n  it: {prerequisite}\n  \
             needs: {{ state: on, requires: [it] }}\n  avoids: {{ state: on, excludes: [it] }}\n"
        ));
        let ann = context(r#"{"user": "ann"}"#);
        assert_eq!(support::enabled(&engine, "needs", &ann), on, "requires {prerequisite}");
        assert_eq!(support::enabled(&engine, "avoids", &ann), !on, "excludes {prerequisite}");
    }
}

#[test]
fn an_override_of_a_prerequisite_counts() {
    let engine = engine(
        "flags:\n  it: off\n  needs: { state: on, requires: [it] }\n  deep: { state: on, requires: [needs] }\n",
    );
    assert_eq!(told(&engine, "deep", &context("{}")), "off PREREQUISITE_FAILED");
    engine.set_override("it", OverrideState::users(["ann"])).unwrap();
    assert_eq!(told(&engine, "deep", &context(r#"{"user": "ann"}"#)), "on STATIC");
    assert_eq!(told(&engine, "deep", &context(r#"{"user": "bob"}"#)), "off PREREQUISITE_FAILED");
    engine.set_override("needs", OverrideState::On).unwrap();
    assert_eq!(told(&engine, "deep", &context("{}")), "on STATIC");
}

/// What an engine says of a document that the checks have not seen.
fn refused(yaml: &str) -> String {
    match Engine::new(unchecked(yaml), options()) {
        Ok(_) => "accepted".to_owned(),
        Err(errors) => {
            assert!(errors.iter().all(|error| error.code == Code::Cycle), "{errors:?}");
            errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
        }
    }
}

#[test]
fn cycles_do_not_load() {
    for (yaml, expected) in [
        ("flags: { a: { state: on, requires: [a] } }", "flag `a` depends on itself"),
        (
            "flags: { a: { state: on, requires: [b] }, b: { state: on, excludes: [a] } }",
            "flag `b` depends on itself",
        ),
        (
            "flags: { x: on, a: { state: on, requires: [x, b] }, b: { state: on, requires: [x, c] }, c: { state: on, requires: [b] } }",
            "flag `c` depends on itself",
        ),
        (
            "segments: { s: { when: { not: { segment: t } } }, t: { when: { any: [ { segment: s }, { x: 1 } ] } } }\nflags: { a: s }",
            "segment `t` depends on itself",
        ),
        (
            "flags: { a: { state: on, requires: [b, c] }, b: { state: on, requires: [d] }, c: { state: on, requires: [d] }, d: on }",
            "accepted",
        ),
    ] {
        assert_eq!(refused(yaml), expected, "{yaml}");
    }
}

/// `count` flags, each of which requires those that `on` names; the first is on for premium.
fn flags(count: usize, on: impl Fn(usize) -> Vec<usize>) -> String {
    let mut yaml = "flags:\n  f0: { state: targeted, rules: [ { when: { plan: premium } } ] }\n".to_owned();
    for i in 1..count {
        let names: Vec<String> = on(i).iter().map(|j| format!("f{j}")).collect();
        let _ = writeln!(yaml, "  f{i}: {{ state: on, requires: [{}] }}", names.join(", "));
    }
    yaml
}

/// Flags in a row, each of which requires the one before it.
fn chain(count: usize) -> String {
    flags(count, |i| vec![i - 1])
}

/// Two flags a level, each of which requires both of the level before: ways double with each level.
fn diamonds(levels: usize) -> String {
    flags(2 * levels, |i| if i < 2 { vec![0] } else { vec![i / 2 * 2 - 2, i / 2 * 2 - 1] })
}

/// Segments, each of which asks twice for the one before it.
fn doubled_segments(levels: usize) -> String {
    let mut yaml = "segments:\n  s0: { users: [ann] }\n".to_owned();
    for i in 1..levels {
        let inner = i - 1;
        let _ = writeln!(yaml, "  s{i}: \"segment('s{inner}') && (x == 1 || segment('s{inner}'))\"");
    }
    yaml
}

/// The document passes the checks, and an engine takes it; on a thread with little stack.
#[track_caller]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
fn on_a_small_stack(yaml: String, run: impl FnOnce(&Engine) + Send + 'static) {
    let run = move || {
        let engine = engine(&yaml);
        assert!(engine.problems().is_empty());
        run(&engine);
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run);
    thread.unwrap().join().unwrap();
}

#[test]
fn a_chain_of_any_length_is_evaluated() {
    for count in [65, 70, 1000, 20_000] {
        on_a_small_stack(chain(count), move |engine| {
            let last = format!("f{}", count - 1);
            let (paid, unpaid) = (context(r#"{"plan": "premium"}"#), context("{}"));
            assert_eq!(told(engine, &last, &paid), "on STATIC");
            assert_eq!(told(engine, &last, &unpaid), "off PREREQUISITE_FAILED");
            assert_eq!(told(engine, &format!("f{}", count / 2), &paid), "on STATIC");
            let all = |context| engine.evaluate_all(context).iter().filter(|it| it.is_on()).count();
            assert_eq!((all(&paid), all(&unpaid)), (count, 0));
            let explained = engine.flag(&last).unwrap().explain(&unpaid).to_string();
            assert!(explained.contains(&format!("> requires `f{}`: not met", count - 2)), "{explained}");
            // One that is off in the middle switches off all after it, whatever the context is.
            engine.set_override(format!("f{}", count / 2), OverrideState::Off).unwrap();
            assert_eq!(told(engine, &last, &paid), "off PREREQUISITE_FAILED");
            assert_eq!(all(&paid), count / 2);
        });
    }
}

#[test]
fn a_chain_that_is_on_for_everybody_is_a_constant() {
    let yaml = chain(20_000).replacen(
        "f0: { state: targeted, rules: [ { when: { plan: premium } } ] }",
        "f0: on",
        1,
    );
    on_a_small_stack(yaml, |engine| {
        assert_eq!(told(engine, "f19999", &context("{}")), "on STATIC");
        engine.set_override("f0", OverrideState::Off).unwrap();
        assert_eq!(told(engine, "f19999", &context("{}")), "off PREREQUISITE_FAILED");
    });
}

#[test]
fn many_ways_to_one_flag_take_no_longer_than_one() {
    // With fourteen levels there are 8,192 ways, with two hundred more than could ever be followed.
    for levels in [14, 200, 2000] {
        on_a_small_stack(diamonds(levels), move |engine| {
            let last = format!("f{}", 2 * levels - 1);
            assert_eq!(told(engine, &last, &context(r#"{"plan": "premium"}"#)), "on STATIC");
            assert_eq!(told(engine, &last, &context("{}")), "off PREREQUISITE_FAILED");
        });
    }
    let yaml = format!("{}flags: {{ a: s1999 }}", doubled_segments(2000));
    on_a_small_stack(yaml, |engine| {
        assert_eq!(told(engine, "a", &context(r#"{"user": "ann"}"#)), "on TARGETING_MATCH");
        assert_eq!(told(engine, "a", &context(r#"{"user": "bob"}"#)), "off DEFAULT");
        let explained = engine.flag("a").unwrap().explain(&context(r#"{"user": "ann"}"#)).to_string();
        assert!(explained.contains("> state `s1999`: the context is a member"), "{explained}");
        // An override may ask for a segment that the flag itself does not.
        engine.set_override("a", OverrideState::Segment("s1500".to_owned())).unwrap();
        assert_eq!(told(engine, "a", &context(r#"{"user": "ann"}"#)), "on OVERRIDE");
    });
    // Flags and segments together: along each of the ways, many ways through the segments.
    let mut both = doubled_segments(500);
    both.push_str(&diamonds(300).replace("state: on,", "state: s499,"));
    on_a_small_stack(both, |engine| {
        let ann = context(r#"{"user": "ann", "plan": "premium", "x": 2}"#);
        assert_eq!(told(engine, "f599", &ann), "on TARGETING_MATCH");
        assert_eq!(told(engine, "f599", &context(r#"{"user": "ann"}"#)), "off PREREQUISITE_FAILED");
    });
}

#[test]
fn a_flag_may_have_as_many_rules_and_prerequisites_as_a_document_has_room_for() {
    let mut yaml = "flags:\n  many:\n    state: targeted\n    rules:\n".to_owned();
    for i in 0..70_000 {
        let _ = writeln!(yaml, "      - {{ when: {{ n: {i} }} }}");
    }
    yaml.push_str("  base: on\n  last: { state: targeted, rules: [ { when: { n: 1 } } ] }\n");
    for i in 0..66_000 {
        let _ = writeln!(yaml, "  p{i}: {{ state: on, requires: [base] }}");
    }
    let names: Vec<String> = (0..66_000).map(|i| format!("p{i}")).collect();
    let _ = writeln!(yaml, "  wide: {{ state: on, requires: [{}, last] }}", names.join(", "));
    on_a_small_stack(yaml, |engine| {
        let many = engine.flag("many").unwrap();
        let evaluation = many.evaluate(&context(r#"{"n": 69999}"#));
        assert_eq!(evaluation.rule().unwrap().position, 70_000);
        assert_eq!(told(engine, "wide", &context(r#"{"n": 1}"#)), "on STATIC");
        let wide = engine.flag("wide").unwrap();
        let evaluation = wide.evaluate(&context(r#"{"n": 2}"#));
        assert_eq!(evaluation.reason().as_str(), "PREREQUISITE_FAILED");
        // It is told where it is written.
        assert_eq!(evaluation.provenance().line, 136_007);
    });
}

#[test]
fn the_deepest_conditions_fit_a_small_stack() {
    // The last flag's condition goes through segments, each nested as deep as an expression may be.
    let nested = format!("{}{}{}", "!(x == 0 || ".repeat(31), "INNER", ")".repeat(31));
    let mut yaml = format!("segments:\n  s0: \"{}\"\n", nested.replace("INNER", "y == 1"));
    for i in 1..1000 {
        let _ = writeln!(yaml, "  s{i}: \"{}\"", nested.replace("INNER", &format!("segment('s{}')", i - 1)));
    }
    yaml.push_str(&chain(1000).replacen(
        "f0: { state: targeted, rules: [ { when: { plan: premium } } ] }",
        "f0: { state: s999 }",
        1,
    ));
    on_a_small_stack(yaml, |engine| {
        // 1000 times 31 negations are an even number of them.
        assert_eq!(told(engine, "f999", &context(r#"{"x": 1, "y": 1}"#)), "on STATIC");
        assert_eq!(told(engine, "f999", &context(r#"{"x": 1, "y": 2}"#)), "off PREREQUISITE_FAILED");
        assert!(engine.flag("f0").unwrap().explain(&context("{}")).to_string().starts_with("f0 = off"));
    });
}

/// What another flag serves the same context, in both spellings, overrides included.
#[test]
fn a_condition_may_ask_for_a_flag() {
    let engine = engine(
        "context: { x: integer, y: integer }\n\
         segments:\n  \
           paying: { when: { flag: { trial: [treatment, other] } } }\n\
         flags:\n  \
           wallet: { state: targeted, rules: [ { when: { y: 1 } } ] }\n  \
           trial:\n    state: targeted\n    variants: [control, treatment, other]\n    \
             rules: [ { when: { x: 1 }, serve: treatment }, { when: { x: 2 }, serve: control }, { when: { x: 4 }, serve: other } ]\n  \
           has: { state: targeted, rules: [ { when: { flag: wallet } } ] }\n  \
           lacks: { state: targeted, rules: [ { when: { not: { flag: wallet } } } ] }\n  \
           treated: { state: targeted, rules: [ { when: { flag: { trial: treatment } } } ] }\n  \
           either: { state: targeted, rules: [ { when: \"flag('trial') in ['treatment', 'control']\" } ] }\n  \
           neither: { state: targeted, rules: [ { when: \"flag('trial') not-in ['treatment', 'control']\" } ] }\n  \
           both: { state: targeted, rules: [ { when: { flag: { wallet2: v, trial: treatment } } } ] }\n  \
           wallet2: { state: on, variants: [v, w], rules: [ { when: { flag: wallet }, serve: v }, { serve: w } ] }\n  \
           inside: paying\n  \
           required: { state: on, requires: [ { flag: trial, variant: [treatment, other] } ] }\n",
    );
    let table: &[(&str, &str, &str, bool)] = &[
        ("has", "1", "1", true),
        ("has", "1", "2", false),
        // A flag answers for everybody: nothing of it is unknown.
        ("has", "1", "null", false),
        ("lacks", "1", "null", true),
        ("lacks", "1", "1", false),
        ("treated", "1", "1", true),
        ("treated", "2", "1", false),
        ("either", "1", "1", true),
        ("either", "2", "1", true),
        // Off, it serves `control` too; but what is off serves nothing that is asked for.
        ("either", "3", "1", false),
        ("neither", "3", "1", true),
        ("neither", "4", "1", true),
        ("both", "1", "1", true),
        ("both", "1", "2", false),
        ("inside", "4", "1", true),
        ("inside", "2", "1", false),
        ("required", "4", "1", true),
        ("required", "2", "1", false),
    ];
    for (flag, x, y, expected) in table {
        let context = context(&format!(r#"{{"x": {x}, "y": {y}}}"#));
        assert_eq!(support::enabled(&engine, flag, &context), *expected, "{flag} with x: {x}, y: {y}");
    }
    let context = context(r#"{"x": 1, "y": 2}"#);
    engine.set_override("wallet", OverrideState::On).unwrap();
    assert!(support::enabled(&engine, "has", &context) && !support::enabled(&engine, "lacks", &context));
    engine.set_override("trial", OverrideState::Variant("control".to_owned())).unwrap();
    assert!(
        !support::enabled(&engine, "treated", &context) && !support::enabled(&engine, "inside", &context)
    );
}

/// Cycles through conditions do not load, and long chains of them are decided.
#[test]
fn conditions_ask_in_no_circle_and_as_deep_as_they_like() {
    let mut yaml = "flags:\n  f0: { state: targeted, rules: [ { when: { x: 1 } } ] }\n".to_owned();
    for i in 1..3000 {
        writeln!(yaml, "  f{i}: {{ state: targeted, rules: [ {{ when: {{ flag: f{} }} }} ] }}", i - 1)
            .unwrap();
    }
    let long = engine(&yaml);
    assert!(support::enabled(&long, "f2999", &context(r#"{"x": 1}"#)));
    assert!(!support::enabled(&long, "f2999", &context(r#"{"x": 2}"#)));
    let circle = unchecked(
        "segments: { s: { when: { flag: a } } }\n\
         flags:\n  a: { state: targeted, rules: [ { when: { flag: b } } ] }\n  b: s\n",
    );
    let errors = Engine::new(circle, options()).unwrap_err();
    assert!(errors.iter().any(|error| error.code == Code::Cycle), "{errors:?}");
}
