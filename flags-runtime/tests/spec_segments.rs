//! Segments: who is a member, and who is not known to be one.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::maybe_infinite_iter,
    reason = "tests fail by panicking, and somebody is everywhere"
)]

mod support;

use flags_runtime::{Context, Reason};
use support::{context, enabled, engine, evaluate, rollout_bucket, table};

const USERS: u32 = 20_000;

const SEGMENTS: &str = "
segments:
  pilot: { rollout: 10 }
  everybody: { rollout: 100 }
  nobody: { rollout: 0 }
  half: { when: { country: DE }, rollout: 50 }
  tenants: { rollout: { percentage: 40, by: tenant_id } }
  salted: { rollout: { percentage: 10, salt: pilot } }
  named: { users: [ann], rollout: 0, exclude: [eve] }
  without: { when: { country: DE }, exclude: [eve] }
  nested: { when: { segment: pilot, country: DE } }
  growing: { rollout: { from: 0, to: 100, start: 2026-12-01T00:00:00Z, end: 2026-12-11T00:00:00Z } }
";

/// What is known of the membership of a context.
fn membership(segment: &str, json: &str) -> &'static str {
    let engine = engine(&format!(
        "{SEGMENTS}flags:\n  \
           holds: {{ state: targeted, rules: [ {{ when: {{ segment: {segment} }} }} ] }}\n  \
           fails: {{ state: targeted, rules: [ {{ when: {{ not: {{ segment: {segment} }} }} }} ] }}\n"
    ));
    let context = context(json);
    match (enabled(&engine, "holds", &context), enabled(&engine, "fails", &context)) {
        (true, false) => "member",
        (false, true) => "not",
        (false, false) => "unknown",
        (true, true) => panic!("{segment} and its negation hold for {json}"),
    }
}

/// Users whose bucket by the salt `pilot` lies below 10 %, and above 50 % by any other salt of the segments.
#[test]
fn who_is_a_member() {
    let user = |inside: bool| {
        let fits = |user: &String| (rollout_bucket("pilot", user) < 0.1) == inside;
        (0..).map(|i| format!("user-{i}")).find(fits).unwrap()
    };
    let german = |below: bool| {
        let fits = |user: &String| (rollout_bucket("half", user) < 0.5) == below;
        (0..).map(|i| format!("user-{i}")).find(fits).unwrap()
    };
    let (inside, outside) = (user(true), user(false));
    let (german, other) = (german(true), german(false));
    let someone = |user: &str| format!(r#"{{"user":"{user}"}}"#);
    let from = |user: &str, country: &str| format!(r#"{{"user":"{user}","country":"{country}"}}"#);
    let cases = [
        ("pilot", someone(&inside), "member"),
        ("pilot", someone(&outside), "not"),
        ("pilot", "{}".to_owned(), "unknown"),
        ("salted", someone(&inside), "member"),
        ("salted", someone(&outside), "not"),
        ("everybody", someone("x"), "member"),
        ("everybody", "{}".to_owned(), "member"),
        ("nobody", someone("x"), "not"),
        ("nobody", "{}".to_owned(), "not"),
        ("half", from(&german, "DE"), "member"),
        ("half", from(&other, "DE"), "not"),
        ("half", from(&german, "FR"), "not"),
        ("half", r#"{"country":"DE"}"#.to_owned(), "unknown"),
        ("half", r#"{"country":"FR"}"#.to_owned(), "not"),
        ("half", someone(&german), "unknown"),
        ("half", someone(&other), "not"),
        ("tenants", someone("x"), "unknown"),
        ("named", someone("ann"), "member"),
        ("named", someone("eve"), "not"),
        ("named", someone("x"), "not"),
        ("named", "{}".to_owned(), "unknown"),
        ("without", from("x", "DE"), "member"),
        ("without", from("eve", "DE"), "not"),
        ("without", from("eve", "FR"), "not"),
        ("without", someone("eve"), "not"),
        ("without", r#"{"country":"DE"}"#.to_owned(), "unknown"),
        ("without", r#"{"country":"FR"}"#.to_owned(), "not"),
        ("nested", from(&inside, "DE"), "member"),
        ("nested", from(&inside, "FR"), "not"),
        ("nested", from(&outside, "DE"), "not"),
        ("nested", r#"{"country":"DE"}"#.to_owned(), "unknown"),
    ];
    table(
        cases.iter().map(|(segment, json, expected)| {
            ((segment, json.as_str()), membership(segment, json), *expected)
        }),
    );
}

/// A segment of 10 % holds 10 %, by the salt that is its name, and the same for every flag that asks for it: as its
/// state, in a rule, through another segment.
#[test]
fn a_percentage_is_the_same_for_every_flag() {
    let engine = engine(&format!(
        "{SEGMENTS}  through: \"segment('pilot')\"\nflags:\n  \
           state: pilot\n  \
           rule: {{ state: targeted, rules: [ {{ when: {{ segment: pilot }} }} ] }}\n  \
           not: {{ state: targeted, rules: [ {{ when: {{ not: {{ segment: pilot }} }} }} ] }}\n  \
           through: through\n  \
           half: {{ state: targeted, rules: [ {{ when: {{ segment: pilot }}, rollout: 50 }} ] }}\n"
    ));
    let (mut members, mut halves) = (0, 0);
    for user in 0..USERS {
        let user = user.to_string();
        let context = Context::new(&user);
        let member = rollout_bucket("pilot", &user) < 0.1;
        members += u32::from(member);
        for flag in ["state", "rule", "through"] {
            assert_eq!(enabled(&engine, flag, &context), member, "{flag} for {user}");
        }
        assert_eq!(enabled(&engine, "not", &context), !member);
        halves += u32::from(enabled(&engine, "half", &context));
    }
    // Five standard deviations: 42 users each.
    assert!(members.abs_diff(USERS / 10) < 212, "{members}");
    assert!(halves.abs_diff(members / 2) < 112, "{halves} of {members}: the rule's bucket is another one");
}

/// A ramp of a segment moves, and nobody is in it while no clock tells the moment.
#[test]
fn a_ramp_moves() {
    use flags_runtime::{Engine, FixedClock, Options, Variables};
    let text = format!("{SEGMENTS}flags: {{ it: growing }}");
    for (moment, expected) in [
        ("2026-11-30T00:00:00Z", 0.0),
        ("2026-12-02T00:00:00Z", 0.1),
        ("2026-12-06T00:00:00Z", 0.5),
        ("2027-01-01T00:00:00Z", 1.0),
    ] {
        let options =
            Options::default().variables(Variables::None).clock(FixedClock(support::moment(moment)));
        let engine = Engine::new(support::document(&text), options).unwrap();
        for user in 0..500 {
            let user = user.to_string();
            let member = rollout_bucket("growing", &user) < expected;
            assert_eq!(enabled(&engine, "it", &Context::new(&user)), member, "{user} at {moment}");
        }
    }
}

/// A flag whose state is a segment says why, with a key and without.
#[test]
fn the_reason_is_targeting() {
    let engine = engine(&format!("{SEGMENTS}flags: {{ it: everybody, there: named }}"));
    for (flag, user, reason) in [
        ("it", "x", Reason::TargetingMatch),
        ("there", "ann", Reason::TargetingMatch),
        ("there", "eve", Reason::Default),
    ] {
        assert_eq!(evaluate(&engine, flag, &Context::new(user)).reason(), reason, "{flag} for {user}");
    }
}
