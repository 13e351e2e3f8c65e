//! Sets that are chosen to be slow are not: names that would collide, long lists compared with long lists. Comparing each
//! with each takes billions of comparisons, so that a test that does it does not end.

mod support;

use flags_runtime::{AttributeValue, Context, Engine};
use std::fmt::Write;
use support::{document, enabled, engine_with, options};

fn loaded(yaml: &str) -> Engine {
    engine_with(document(yaml), options())
}

/// Names of 24 bytes whose last two words are equal but for the order of their halves: a hash that only
/// combines these two with each other is the same for all.
fn colliding(n: usize) -> String {
    let digits = format!("{n:08x}");
    let (high, low) = digits.split_at(4);
    format!("colluder{high}{low}{low}{high}")
}

#[test]
fn chosen_names_slow_neither_loading_nor_evaluating() {
    let mut yaml = "segments:\n  s:\n    users:\n".to_owned();
    (0..100_000).for_each(|n| writeln!(yaml, "      - {}", colliding(n)).unwrap());
    yaml.push_str("flags:\n  it: s\n  long:\n    state: targeted\n    users:\n");
    // Longer than what is kept in place.
    (0..50_000).for_each(|n| writeln!(yaml, "      - {}{}", colliding(n), colliding(n)).unwrap());
    let engine = loaded(&yaml);
    for n in 99_000..101_000 {
        assert_eq!(enabled(&engine, "it", &Context::new(colliding(n))), n < 100_000);
        let long = Context::new(format!("{0}{0}", colliding(n - 60_000)));
        assert_eq!(enabled(&engine, "long", &long), n - 60_000 < 50_000);
    }
}

/// Operands of each condition.
const OPERANDS: usize = 50_000;

/// `name: { operator: [item, …] }`.
fn of_many(name: &str, operator: &str, item: impl Fn(usize) -> String, more: &str) -> String {
    let items: Vec<String> = (0..OPERANDS).map(item).collect();
    format!("{{ {name}: {{ {operator}: [{}]{more} }} }}", items.join(", "))
}

#[test]
fn long_lists_are_compared_as_sets() {
    let text = |n: usize| format!("Ärger-{n}");
    let number = |n: usize| if n.is_multiple_of(2) { n.to_string() } else { format!("{n}.5") };
    let moment = |n: usize| (1_700_000_000_000_i64 + i64::try_from(n).unwrap()).to_string();
    let version = |n: usize| format!("'1.{n}.0'");
    let network = |n: usize| format!("10.{}.{}.{}/32", n >> 16, n >> 8 & 255, n & 255);
    let quoted = |n: usize| format!("'{n}'");
    let folded = ", ignore_case: true";
    let conditions = [
        ("when-in", of_many("texts", "in", text, "")),
        ("when-in-folded", of_many("texts", "in", text, folded)),
        ("when-nin-folded", of_many("texts", "nin", text, folded)),
        ("when-in-numbers", of_many("numbers", "in", number, "")),
        ("when-in-digits", of_many("numbers", "in", quoted, "")),
        ("when-in-moments", of_many("moments", "in", moment, "")),
        ("when-in-versions", of_many("versions", "semver_in", version, "")),
        ("when-in-networks", of_many("addresses", "cidr", network, "")),
        ("when-any", of_many("texts", "contains_any", text, "")),
        ("when-any-folded", of_many("texts", "contains_any", text, folded)),
        ("when-all", of_many("texts", "contains_all", text, "")),
        ("when-all-folded", of_many("texts", "contains_all", text, folded)),
        ("when-all-numbers", of_many("numbers", "contains_all", number, "")),
        ("when-all-digits", of_many("numbers", "contains_all", quoted, "")),
        ("when-all-moments", of_many("moments", "contains_all", moment, "")),
    ];
    // Digits and numbers are compared with each other where no type is declared.
    let (declared, undeclared): (Vec<_>, Vec<_>) = conditions
        .iter()
        .partition(|(key, _)| ["moments", "versions", "networks"].iter().any(|of| key.ends_with(of)));
    let engine = |of: &[&(&str, String)], context: &str| {
        let mut yaml = format!("{context}flags:\n");
        for (key, condition) in of {
            writeln!(yaml, "  {key}: {{ state: targeted, rules: [ {{ when: {condition} }} ] }}").unwrap();
        }
        loaded(&yaml)
    };
    let types = "context: { moments: [timestamp], versions: [version], addresses: [address] }\n";
    let engines = [engine(&declared, types), engine(&undeclared, "")];
    let holds = |key: &str, context: &Context| {
        engines.iter().find_map(|engine| engine.flag(key)).unwrap().enabled(context)
    };
    let list = |of: &dyn Fn(usize) -> AttributeValue| (0..10_000).map(of).collect::<AttributeValue>();
    // None of the elements is one of the operands.
    let none = Context::anonymous()
        .with("texts", list(&|n| format!("{}!", text(n)).into()))
        .with("numbers", list(&|n| (f64::from(u32::try_from(n).unwrap()) + 0.25).into()))
        .with("moments", list(&|n| i64::try_from(n).unwrap().into()))
        .with("versions", list(&|n| format!("2.{n}.0").into()))
        .with("addresses", list(&|n| format!("11.0.{}.{}", n >> 8, n & 255).into()));
    for (key, _) in &conditions {
        assert_eq!(holds(key, &none), key.starts_with("when-nin"), "{key}");
    }
    let numbers = |n: usize| {
        if n.is_multiple_of(2) {
            f64::from(u32::try_from(n).unwrap())
        } else {
            f64::from(u32::try_from(n).unwrap()) + 0.5
        }
    };
    let every = |of: &dyn Fn(usize) -> AttributeValue| (0..OPERANDS).map(of).collect::<AttributeValue>();
    let all = Context::anonymous()
        .with("texts", every(&|n| text(n).into()))
        .with("numbers", every(&|n| numbers(n).into()))
        .with("moments", every(&|n| (1_700_000_000_000_i64 + i64::try_from(n).unwrap()).into()));
    for key in ["when-all", "when-all-folded", "when-all-numbers", "when-all-moments", "when-any"] {
        assert!(holds(key, &all), "{key}");
    }
    assert!(!holds("when-all-digits", &all), "no element is `1`");
}

#[test]
fn many_values_and_variants_are_looked_up() {
    let mut yaml = "flags:\n  values:\n    type: integer\n    value: -1\n    rules:\n".to_owned();
    for n in 0..50_000 {
        writeln!(yaml, "      - {{ when: {{ n: {n} }}, serve: {n} }}").unwrap();
    }
    yaml.push_str("  variants:\n    state: on\n    variants:\n");
    (0..50_000).for_each(|n| writeln!(yaml, "      - v{n}").unwrap());
    yaml.push_str("    rules:\n");
    (0..50_000).for_each(|n| writeln!(yaml, "      - {{ when: {{ n: {n} }}, serve: v{n} }}").unwrap());
    yaml.push_str("  excluding:\n    state: on\n    excludes:\n");
    (0..50_000).for_each(|n| writeln!(yaml, "      - {{ flag: variants, variant: v{n} }}").unwrap());
    let engine = loaded(&yaml);
    let context = Context::anonymous().with("n", 49_999);
    assert_eq!(support::told(&engine, "values", &context), "49999 TARGETING_MATCH by rule 50000");
    assert_eq!(support::told(&engine, "variants", &context), "v49999 TARGETING_MATCH by rule 50000");
    assert!(!enabled(&engine, "excluding", &context));
}
