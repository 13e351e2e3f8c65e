//! Prerequisites: flags that must be on, or must not be, for the same context.

mod support;

use flags_runtime::{Engine, State};
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
    engine.set_override("it", State::users(["ann"])).unwrap();
    assert_eq!(told(&engine, "deep", &context(r#"{"user": "ann"}"#)), "on STATIC");
    assert_eq!(told(&engine, "deep", &context(r#"{"user": "bob"}"#)), "off PREREQUISITE_FAILED");
    engine.set_override("needs", State::On).unwrap();
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

/// `count` flags, each of which requires those that `on` names.
fn flags(count: usize, on: impl Fn(usize) -> Vec<usize>) -> String {
    let mut yaml = "flags:\n".to_owned();
    for i in 0..count {
        let names: Vec<String> = on(i).iter().map(|j| format!("f{j}")).collect();
        let _ = writeln!(yaml, "  f{i}: {{ state: on, requires: [{}] }}", names.join(", "));
    }
    yaml
}

#[test]
fn what_would_take_long_does_not_load() {
    let chain = |count| flags(count, |i| if i == 0 { Vec::new() } else { vec![i - 1] });
    // Two flags a level, each of which requires both of the next: paths double with each level.
    let diamonds = |levels: usize| {
        flags(2 * levels, |i| if i < 2 { Vec::new() } else { vec![i / 2 * 2 - 2, i / 2 * 2 - 1] })
    };
    assert_eq!(refused(&chain(64)), "accepted");
    assert_eq!(refused(&chain(65)), "flag `f64` depends on others more than 64 levels deep");
    assert_eq!(refused(&diamonds(12)), "accepted");
    assert!(refused(&diamonds(40)).ends_with("depends on others through more than 10000 paths"));

    let segments = |levels: usize| {
        let mut yaml = "segments:\n  s0: { users: [ann] }\n".to_owned();
        for i in 1..levels {
            let inner = i - 1;
            let _ = writeln!(yaml, "  s{i}: \"segment('s{inner}') && segment('s{inner}')\"");
        }
        yaml
    };
    assert_eq!(refused(&format!("{}flags: {{ a: s9 }}", segments(10))), "accepted");
    assert!(refused(&format!("{}flags: {{ a: s30 }}", segments(31))).ends_with("more than 10000 paths"));

    // Each is bearable alone: a thousand questions to segments, asked along a thousand paths.
    let mut both = segments(10);
    both.push_str(&diamonds(10).replace("state: on,", "state: s9,"));
    assert!(refused(&both).starts_with("flag "), "flags and segments count together: {}", refused(&both));
}

#[test]
fn the_deepest_that_loads_fits_a_small_stack() {
    // 64 levels of flags; the last one's condition goes through 64 levels of segments, each nested as
    // deep as an expression may be.
    let nested = format!("{}{}{}", "!(x == 0 || ".repeat(31), "INNER", ")".repeat(31));
    let mut yaml = format!("segments:\n  s0: \"{}\"\n", nested.replace("INNER", "y == 1"));
    for i in 1..64 {
        let _ = writeln!(yaml, "  s{i}: \"{}\"", nested.replace("INNER", &format!("segment('s{}')", i - 1)));
    }
    yaml.push_str(&flags(64, |i| if i == 0 { Vec::new() } else { vec![i - 1] }).replacen(
        "f0: { state: on",
        "f0: { state: s63",
        1,
    ));
    let run = move || {
        let engine = engine(&yaml);
        // 64 times 31 negations are an even number of them.
        assert_eq!(told(&engine, "f63", &context(r#"{"x": 1, "y": 1}"#)), "on STATIC");
        assert_eq!(told(&engine, "f63", &context(r#"{"x": 1, "y": 2}"#)), "off PREREQUISITE_FAILED");
        assert!(engine.flag("f0").unwrap().explain(&context("{}")).to_string().starts_with("f0 = off"));
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}
