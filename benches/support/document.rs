//! The workloads, told once: users, flags, and the flags.yaml that says the same.

use std::fmt::Write as _;

/// A user. Every context has all of this.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    pub country: &'static str,
    pub plan: &'static str,
    pub email: String,
    pub app_version: &'static str,
    pub age: i64,
}

pub fn id(n: usize) -> String {
    format!("user-{n:06}")
}

pub fn user(n: usize) -> User {
    let (id, email) = (id(n), format!("{}@mail.example", id(n)));
    User { id, country: "CA", plan: "premium", email, app_version: "5.2.1", age: 34 }
}

pub fn users(range: std::ops::Range<usize>) -> Vec<User> {
    range.map(user).collect()
}

/// What a flag answers; off for whoever is not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// On for all.
    On,
    /// Off for all.
    Off,
    /// On for that many users, counted from the first.
    Users(usize),
    /// On where all of [`PREMIUM`] hold.
    Attributes,
    /// On for 25 % of the users.
    Rollout,
    /// One of [`VARIANTS`], by weight.
    Variants,
    /// The first of [`FIVE`] that holds decides: the last one, which serves on.
    FiveRules,
}

#[derive(Clone, Debug)]
pub struct Flag {
    pub key: String,
    pub kind: Workload,
}

/// An attribute is one of these texts.
pub type Condition = (&'static str, &'static [&'static str]);

pub const PREMIUM: &[Condition] = &[("country", &["US", "CA", "UK"]), ("plan", &["premium"])];

/// Rules of conditions that must all hold. The last one serves on, the others off.
pub const FIVE: &[&[Condition]] = &[
    &[("country", &["JP", "KR"])],
    &[("plan", &["enterprise"])],
    &[("app_version", &["9.9.9"])],
    &[("email", &["ceo@corp.example"])],
    &[("country", &["US", "CA"]), ("plan", &["premium"])],
];

/// A variant's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    pub color: &'static str,
    pub columns: i64,
    pub cta: &'static str,
}

/// Name, weight in percent, value.
pub const VARIANTS: &[(&str, u32, Payload)] = &[
    ("control", 50, Payload { color: "blue", columns: 2, cta: "Buy" }),
    ("wide", 30, Payload { color: "blue", columns: 4, cta: "Buy now" }),
    ("green", 20, Payload { color: "green", columns: 2, cta: "Get it" }),
];

pub const W1: &str = "w1-always-on";
pub const W2: &str = "w2-kill-switch";
pub const W3_10: &str = "w3-ten-users";
pub const W3_1000: &str = "w3-thousand-users";
pub const W4: &str = "w4-attributes";
pub const W5: &str = "w5-rollout";
pub const W6: &str = "w6-variants";
pub const W7: &str = "w7-five-rules";

/// A document of `n` flags: a fifth each of on, off, attributes, rollout, variants.
pub fn mixed(n: usize) -> Vec<Flag> {
    const KINDS: [Workload; 5] =
        [Workload::On, Workload::Off, Workload::Attributes, Workload::Rollout, Workload::Variants];
    (0..n)
        .zip(KINDS.iter().cycle())
        .map(|(i, kind)| Flag { key: format!("flag-{i:05}"), kind: *kind })
        .collect()
}

/// The document of W1 to W7: a hundred flags, theirs in the middle. `lists` leaves out nothing; without
/// it the list of 1,000 users is left out, for engines that copy the document at each check.
pub fn workloads(lists: bool) -> Vec<Flag> {
    let mut named = vec![
        (W1, Workload::On),
        (W2, Workload::Off),
        (W3_10, Workload::Users(10)),
        (W4, Workload::Attributes),
        (W5, Workload::Rollout),
        (W6, Workload::Variants),
        (W7, Workload::FiveRules),
    ];
    if lists {
        named.push((W3_1000, Workload::Users(1000)));
    }
    let mut flags = mixed(100 - named.len());
    let middle = flags.len() / 2;
    flags.splice(middle..middle, named.into_iter().map(|(key, kind)| Flag { key: key.to_owned(), kind }));
    flags
}

/// The flags as a flags.yaml.
pub fn yaml(flags: &[Flag]) -> String {
    let mut out = String::from(
        "# The flags that benches/ measures, written by `cargo bench --bench ratios -- document`.\n\
         version: 1\n\
         context:\n  country: string\n  plan: string\n  email: string\n  app_version: string\n  age: integer\n\
         flags:\n",
    );
    for flag in flags {
        write_flag(&mut out, flag).unwrap();
    }
    out
}

fn write_flag(out: &mut String, Flag { key, kind }: &Flag) -> std::fmt::Result {
    match kind {
        Workload::On => writeln!(out, "  {key}: on"),
        Workload::Off => writeln!(out, "  {key}: off"),
        Workload::Users(n) => {
            writeln!(out, "  {key}:\n    state: targeted\n    users:")?;
            let ids: Vec<String> = (0..*n).map(id).collect();
            for line in ids.chunks(10) {
                writeln!(
                    out,
                    "      {} {}{}",
                    if line == &ids[..line.len()] { "[" } else { " " },
                    line.join(", "),
                    if line.last() == ids.last() { " ]" } else { "," }
                )?;
            }
            Ok(())
        }
        Workload::Attributes => {
            writeln!(out, "  {key}:\n    state: targeted\n    rules:\n      - when: {}", condition(PREMIUM))
        }
        Workload::Rollout => writeln!(out, "  {key}: {{ state: gradual, rollout: 25 }}"),
        Workload::Variants => {
            writeln!(out, "  {key}:\n    state: on\n    variants:")?;
            for (name, weight, Payload { color, columns, cta }) in VARIANTS {
                writeln!(
                    out,
                    "      {name}: {{ weight: {weight}, value: {{ color: {color}, columns: {columns}, cta: {cta} }} }}"
                )?;
            }
            Ok(())
        }
        Workload::FiveRules => {
            writeln!(out, "  {key}:\n    state: targeted\n    rules:")?;
            for (i, rule) in FIVE.iter().enumerate() {
                let serve = if i + 1 == FIVE.len() { "on" } else { "off" };
                writeln!(out, "      - when: {}\n        serve: {serve}", condition(rule))?;
            }
            Ok(())
        }
    }
}

fn condition(all: &[Condition]) -> String {
    let one = |(attribute, values): &Condition| match values {
        [value] => format!("{attribute}: \"{value}\""),
        values => format!("{attribute}: {{ in: [{}] }}", values.join(", ")),
    };
    format!("{{ {} }}", all.iter().map(one).collect::<Vec<_>>().join(", "))
}
