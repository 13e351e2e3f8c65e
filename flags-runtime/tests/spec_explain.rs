//! Explanations: every step and why it held or not, in the words that people read.

mod support;

use flags_runtime::{Context, Engine, OverrideState};
use support::{context, document, engine_with, options};

const FLAGS: &str = "\
environments: { staging: {}, production: { default: true } }
context:
  plan: string
  age: integer
  groups: [string]
  email: { type: string, private: true }
segments:
  beta: { users: [beta1] }
  adults: { when: { age: { gte: 18 } } }
flags:
  plain: on
  dark: { state: off, users: [ann] }
  staged: { state: on, environments: [staging] }
  gradual: { state: gradual, rollout: 25 }
  member: beta
  needs: { state: on, requires: [plain], excludes: [gradual] }
  size: { type: integer, value: 20 }
  ruled:
    state: gradual
    rollout: 10
    variants: { control: { weight: 50 }, treatment: { weight: 50 } }
    requires: [plain]
    users: { treatment: [cid] }
    rules:
      - { name: not yet, starts: 2030-01-01, serve: treatment }
      - name: grown up
        when:
          any: [ { segment: adults }, { not: { plan: free } } ]
          email: { endswith: '@example.com' }
        serve: treatment
      - { when: { groups: { contains: staff } }, rollout: 0.001, serve: treatment }
      - { when: \"plan == 'pro'\", serve: { control: 20, treatment: 80 } }
  trial:
    state: on
    variants: [a, b]
    experiment: { control: a, ends: 2026-01-01 }
  asking:
    state: targeted
    rules:
      - when: \"flag('plain') && (flag('ruled') == 'control' || !flag('dark'))\"
";

fn engine() -> Engine {
    engine_with(document(FLAGS), options())
}

#[track_caller]
fn explained(engine: &Engine, flag: &str, json: &str, expected: &str) {
    let explanation = engine.flag(flag).map(|flag| flag.explain(&context(json)));
    let found = explanation.map(|it| it.to_string()).unwrap_or_default();
    assert!(found == expected, "{flag} for {json}\n--- expected\n{expected}\n--- found\n{found}");
}

#[test]
fn flags_in_conditions_say_what_they_serve() {
    explained(
        &engine(),
        "asking",
        r#"{"user": "cid"}"#,
        "\
asking = on  (TARGETING_MATCH, flags.yaml:40)
> rule 1: serves
      all of: true
        flag('plain'): true (it is on)
        any of: true
          flag('ruled') == 'control': false (it serves 'treatment')
          not: true
            flag('dark'): false (it is off)
",
    );
}

#[test]
fn in_full() {
    let engine = engine();
    explained(
        &engine,
        "plain",
        "{}",
        "\
plain = on  (STATIC, flags.yaml:11)
> state `on`: on for everybody
",
    );
    explained(
        &engine,
        "dark",
        r#"{"user": "ann"}"#,
        "\
dark = off  (DISABLED, flags.yaml:12)
> state: off
",
    );
    explained(
        &engine,
        "staged",
        "{}",
        "\
staged = off  (DISABLED, flags.yaml:13)
> environment: `production` is not one of the flag's
",
    );
    explained(
        &engine,
        "member",
        r#"{"user": "beta1"}"#,
        "\
member = on  (TARGETING_MATCH, flags.yaml:15)
> state `beta`: the context is a member
",
    );
    explained(
        &engine,
        "member",
        r#"{"user": "ann"}"#,
        "\
member = off  (DEFAULT, flags.yaml:15)
  state `beta`: the context is no member
> otherwise: the off variant
",
    );
    explained(
        &engine,
        "size",
        "{}",
        "\
size = 20  (STATIC, flags.yaml:17)
> state `on`: on for everybody
",
    );
    explained(
        &engine,
        "trial",
        r#"{"user": "ann"}"#,
        "\
trial = a  (DEFAULT, flags.yaml:36)
> experiment: not running: everyone gets the control
",
    );
}

#[test]
fn percentages_show_where_the_context_stands() {
    let engine = engine();
    for user in ["ann", "bob", "cid", "dan", "eve", "fay"] {
        let at = engine.flag("gradual").unwrap().bucket(&Context::new(user)).unwrap();
        let (mark, after, value) = if at < 25.0 {
            ("> state `gradual`: the context is in the rollout", "", "on  (SPLIT")
        } else {
            (
                "  state `gradual`: the context is not in the rollout",
                "> otherwise: the off variant\n",
                "off  (DEFAULT",
            )
        };
        explained(
            &engine,
            "gradual",
            &format!(r#"{{"user": "{user}"}}"#),
            &format!(
                "\
gradual = {value}, flags.yaml:14)
{mark}
      bucket {at:.3} of 100, in below 25
{after}"
            ),
        );
    }
    explained(
        &engine,
        "gradual",
        "{}",
        "\
gradual = off  (ERROR, flags.yaml:14)
  state `gradual`: the context is not in the rollout
      no key to bucket by
> otherwise: the off variant
",
    );
}

#[test]
fn prerequisites() {
    let engine = engine();
    explained(
        &engine,
        "needs",
        "{}",
        "\
needs = on  (STATIC, flags.yaml:16)
  requires `plain`: met
  excludes `gradual`: met
> state `on`: on for everybody
",
    );
    engine.set_override("plain", OverrideState::Off).unwrap();
    explained(
        &engine,
        "needs",
        "{}",
        "\
needs = off  (PREREQUISITE_FAILED, flags.yaml:16)
> requires `plain`: not met
",
    );
    explained(
        &engine,
        "plain",
        "{}",
        "\
plain = off  (OVERRIDE, program)
> override by program: off
",
    );
    engine.reset_override("plain").unwrap();
    engine.set_override("gradual", OverrideState::On).unwrap();
    explained(
        &engine,
        "needs",
        "{}",
        "\
needs = off  (PREREQUISITE_FAILED, flags.yaml:16)
  requires `plain`: met
> excludes `gradual`: not met
",
    );
}

#[test]
fn rules_show_each_part_of_their_conditions() {
    let engine = engine();
    explained(
        &engine,
        "ruled",
        r#"{"user": "cid"}"#,
        "\
ruled = treatment  (TARGETING_MATCH, flags.yaml:23)
  requires `plain`: met
> users: named
",
    );
    explained(
        &engine,
        "ruled",
        r#"{"user": "ann", "age": 20, "email": "ann@example.com"}"#,
        "\
ruled = treatment  (TARGETING_MATCH, flags.yaml:26)
  requires `plain`: met
  users: not named
  rule 'not yet': outside of its window
> rule 'grown up': serves
      all of: true
        any of: true
          segment('adults'): true
          not: unknown
            plan == 'free': unknown (`plan` is absent)
        email endswith '@example.com': true (it is private)
",
    );
    let ann = Context::new("ann");
    let (third, flag) =
        (100.0 * support::rollout_bucket("ruled/3", "ann"), 100.0 * support::rollout_bucket("ruled", "ann"));
    assert!(third > 0.001 && flag > 10.0, "the example would be another one");
    assert!(!support::enabled(&engine, "gradual", &ann) || third > 0.0);
    explained(
        &engine,
        "ruled",
        r#"{"user": "ann", "groups": ["staff"], "plan": "free"}"#,
        &format!(
            "\
ruled = control  (DEFAULT, flags.yaml:19)
  requires `plain`: met
  users: not named
  rule 'not yet': outside of its window
  rule 'grown up': its condition is unknown
      all of: unknown
        any of: unknown
          segment('adults'): unknown
          not: false
            plan == 'free': true (it is \"free\")
        email endswith '@example.com': unknown (`email` is absent)
  rule 3: the context is not in its rollout
      groups contains 'staff': true (it is [\"staff\"])
      bucket {third:.3} of 100, in below 0.001
  rule 4: its condition is false
      plan == 'pro': false (it is \"free\")
  state `gradual`: the context is not in the rollout
      bucket {flag:.3} of 100, in below 10
> otherwise: the off variant
"
        ),
    );
    let split = 100.0 * support::variant_bucket("ruled/4", "ann");
    let (variant, from, to) = if split < 20.0 { ("control", 0, 20) } else { ("treatment", 20, 100) };
    explained(
        &engine,
        "ruled",
        r#"{"user": "ann", "plan": "pro"}"#,
        &format!(
            "\
ruled = {variant}  (TARGETING_MATCH, flags.yaml:32)
  requires `plain`: met
  users: not named
  rule 'not yet': outside of its window
  rule 'grown up': its condition is unknown
      all of: unknown
        any of: true
          segment('adults'): unknown
          not: true
            plan == 'free': false (it is \"pro\")
        email endswith '@example.com': unknown (`email` is absent)
  rule 3: its condition is unknown
      groups contains 'staff': unknown (`groups` is absent)
> rule 4: serves
      plan == 'pro': true (it is \"pro\")
      variant bucket {split:.3} of 100, in the range from {from} to {to}
"
        ),
    );
}

/// 16 of 31 days have gone.
#[test]
fn ramps_tell_their_present_percentage() {
    let text = "flags:\n  ramp: { state: gradual, rollout: { start: 2026-07-01, end: 2026-08-01 } }\n";
    let engine = support::engine(text);
    engine.set_clock(flags_runtime::FixedClock(support::moment("2026-07-17T00:00:00Z")));
    let told = engine.flag("ramp").unwrap().explain(&Context::new("cid")).to_string();
    assert!(told.contains("of 100, in below 51.612\n"), "{told}");
}

#[test]
fn steps_are_there_for_programs_too() {
    let explanation = engine().flag("ruled").unwrap().explain(&Context::new("cid"));
    let steps: Vec<_> = explanation
        .steps()
        .iter()
        .map(|step| (step.decided, step.subject.as_str(), step.outcome.as_str()))
        .collect();
    assert_eq!(steps, [(false, "requires `plain`", "met"), (true, "users", "named")]);
    assert_eq!(explanation.reason(), flags_runtime::Reason::TargetingMatch);
    assert_eq!(explanation.error_code(), None);
    assert_eq!(explanation.evaluation().variant(), Some("treatment"));
}
