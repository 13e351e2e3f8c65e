//! What impact says of generated pairs of documents agrees with evaluating both for a million contexts.

#![allow(clippy::format_push_string, reason = "the texts are short")]

use super::{FlagImpact, Impact, compare, engine_in};
use crate::describe::answer;
use flags_runtime::{Context, Engine};
use flags_schema::{Document, Options, SourceFile, Timestamp, load};
use std::collections::HashMap;

/// A sequence of numbers that is the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

/// A condition as an expression. `shuffled` is another way to write the same.
fn condition(dice: &mut Dice, depth: u32, segments: bool) -> (String, String) {
    match dice.roll(if depth == 0 { 7 } else { 10 }) {
        0 | 1 => {
            let (one, other) = (dice.one(&["p", "q"]), dice.one(&["q", "r"]));
            (format!("plan in ['{one}', '{other}']"), format!("plan in ['{other}', '{one}']"))
        }
        2 => {
            let word = dice.one(&["p", "q", "r"]);
            (format!("plan != '{word}'"), format!("!(plan == '{word}')"))
        }
        3 => {
            let word = dice.one(&["DE", "FR"]);
            (format!("country == '{word}'"), format!("country in ['{word}']"))
        }
        4 => {
            let text = format!("age {} {}", dice.one(&["<", ">=", ">", "<="]), 20 + dice.roll(3));
            (text.clone(), format!("!(!({text}))"))
        }
        5 if segments => ("segment('beta')".to_owned(), "!(!segment('beta'))".to_owned()),
        5 | 6 => ("exists(country)".to_owned(), "exists(country)".to_owned()),
        7 => {
            let (text, shuffled) = condition(dice, depth - 1, segments);
            (format!("!({text})"), format!("!({shuffled})"))
        }
        sort => {
            let between = if sort == 8 { " && " } else { " || " };
            let (a, b) = (condition(dice, depth - 1, segments), condition(dice, depth - 1, segments));
            (format!("({}){between}({})", a.0, b.0), format!("({}){between}({})", b.1, a.1))
        }
    }
}

const LAYERS: &str = "layers: { all-f: {}, all-g: {}, teams-f: { by: team }, teams-g: { by: team } }\n";

/// Two spellings of one document that say the same.
fn documents(dice: &mut Dice) -> [String; 2] {
    let member = condition(dice, 1, false);
    let users = dice.one(&["[]", "[ann]", "[ann, bob]"]);
    let more = dice.one(&[
        "",
        "",
        ", rollout: 30",
        ", rollout: { percentage: 60, by: team }",
        ", exclude: [cid]",
        ", rollout: 50, exclude: [cid, dan]",
    ]);
    let write = |when: &str| {
        format!("{LAYERS}segments:\n  beta: {{ users: {users}, when: \"{when}\"{more} }}\nflags:\n")
    };
    let mut texts = [write(&member.0), write(&member.1)];
    if dice.roll(2) == 0 {
        texts = texts.map(|_| format!("{LAYERS}segments:\n  beta: {{ users: [ann, cid] }}\nflags:\n"));
    }
    for flag in ["g", "f"] {
        let percent = 5 * dice.roll(21);
        let state = dice.one(&["on", "gradual", "targeted", "beta", "gradual"]);
        let variants =
            if dice.roll(3) == 0 { ", variants: { a: { weight: 30 }, b: { weight: 70 } }" } else { "" };
        let mut head = format!("  {flag}: {{ state: {state}{variants}");
        if state == "gradual" {
            let by = dice.one(&["", "", ", by: team"]);
            head += &format!(", rollout: {{ percentage: {percent}{by} }}");
        }
        if dice.roll(3) == 0 && variants.is_empty() {
            head += dice.one(&[", users: [ann]", ", users: [bob, cid]"]);
        }
        if dice.roll(4) == 0 {
            let range = dice.one(&["to: 40", "from: 40, to: 90", "from: 10"]);
            // Two flags of one layer may not take the same.
            head += &format!(", layer: {{ name: {}-{flag}, {range} }}", dice.one(&["all", "teams"]));
        }
        if flag == "f" && dice.roll(2) == 0 {
            head += dice.one(&[", requires: [g]", ", excludes: [g]"]);
        }
        let mut rules = [String::new(), String::new()];
        for _ in 0..dice.roll(3) {
            let (mut text, mut shuffled) = condition(dice, 2, true);
            if flag == "f" && dice.roll(3) == 0 {
                let (between, asked) = (dice.one(&[" && ", " || "]), dice.one(&["flag('g')", "!flag('g')"]));
                text = format!("({text}){between}{asked}");
                shuffled = format!("{asked}{between}({shuffled})");
            }
            let rollout = match dice.roll(2) {
                0 => String::new(),
                _ => format!(", rollout: {}", 25 * dice.roll(5)),
            };
            let serve = dice.one(if variants.is_empty() {
                &["", ", serve: off"]
            } else {
                &["", ", serve: a", ", serve: b"]
            });
            for (rules, text) in rules.iter_mut().zip([text, shuffled]) {
                *rules += &format!("{{ when: \"{text}\"{rollout}{serve} }}, ");
            }
        }
        for (text, rules) in texts.iter_mut().zip(rules) {
            *text += &format!("{head}, rules: [{rules}] }}\n");
        }
    }
    texts
}

fn read(text: &str) -> Option<Document> {
    let loaded = load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Options::default());
    (!loaded.diagnostics.has_errors()).then_some(loaded.document)
}

fn context(dice: &mut Dice) -> Context {
    let mut context = Context::anonymous();
    match dice.roll(8) {
        0 => {}
        1 => context.set("user", dice.one(&["ann", "bob", "cid"])),
        _ => context.set("user", format!("user-{}", dice.roll(1_000_000))),
    }
    match dice.roll(6) {
        0 => {}
        1 => context.set("plan", vec![dice.one(&["p", "q"]), dice.one(&["q", "r"])]),
        _ => context.set("plan", dice.one(&["p", "q", "r", "s"])),
    }
    if dice.roll(3) > 0 {
        context.set("country", dice.one(&["DE", "FR", "US"]));
    }
    if dice.roll(3) > 0 {
        context.set("team", format!("team-{}", dice.roll(1_000_000)));
    }
    match dice.roll(4) {
        0 => {}
        1 => context.set("age", 20.5),
        _ => context.set("age", i64::try_from(18 + dice.roll(7)).unwrap()),
    }
    context
}

/// The documents with flags that tell whether a context meets a condition.
struct Meets<'d> {
    documents: [&'d Document; 2],
    engines: HashMap<String, [Engine; 2]>,
}

impl Meets<'_> {
    fn holds(&mut self, expression: &str, context: &Context) -> bool {
        let engines = self.engines.entry(expression.to_owned()).or_insert_with(|| {
            // Read beside what it asks for, then asked in the documents themselves.
            let text = format!("segments: {{ beta: {{ users: [x] }} }}\nflags:\n  g: on\n  c: {{ state: targeted, rules: [{{ when: {expression:?} }}] }}\n");
            let probe = read(&text).and_then(|mut document| document.flags.pop()).unwrap_or_else(|| panic!("{text}"));
            self.documents.map(|document| {
                let mut document = document.clone();
                document.flags.push(probe.clone());
                engine_in(&document, None, Some(Timestamp(0))).unwrap()
            })
        });
        engines.iter().any(|engine| engine.flag("c").unwrap().enabled(context))
    }

    /// Whether a line says that the context gets something else.
    fn is_said(&mut self, impact: &FlagImpact, context: &Context, old: &str, new: &str) -> bool {
        let user = context.get("user").map(ToString::to_string);
        let by_user = impact
            .users
            .iter()
            .any(|line| user == Some(format!("{:?}", line.user)) && line.old == old && line.new == new);
        by_user
            || impact.moves.iter().any(|line| {
                line.old == old
                    && line.new == new
                    && line.lacks.iter().all(|name| context.get(name).is_none())
                    && line.holds.iter().all(|expression| self.holds(expression, context))
            })
    }
}

fn flag<'i>(impact: &'i Impact, key: &str) -> Option<&'i FlagImpact> {
    impact.flags.iter().find(|flag| flag.flag == key)
}

/// Contexts that all cases evaluate together.
const CONTEXTS: u64 = 1_000_000;
const CASES: u64 = 400;

#[test]
fn impact_agrees_with_a_million_contexts() {
    let halves = std::thread::scope(|scope| {
        let threads = [0, 1].map(|half| scope.spawn(move || agree(half)));
        threads.map(|thread| thread.join().unwrap())
    });
    let [differing, alike] = [0, 1].map(|index| halves.iter().map(|half| half[index]).sum::<u64>());
    // Both sorts of pairs were met.
    assert!(differing > 50 && alike > 50, "{differing} differing, {alike} alike");
}

fn agree(half: u64) -> [u64; 2] {
    let mut dice = Dice(0x5eed_0000 + half);
    let (mut differing, mut alike) = (0, 0);
    for case in 0..CASES / 2 {
        let (texts, others) = (documents(&mut dice), documents(&mut dice));
        // The same written otherwise, or one flag of another document.
        let rewritten = case % 3 == 0;
        let new = if rewritten { texts[1].clone() } else { mixed(&mut dice, &texts[0], &others[0]) };
        let (Some(old), Some(new_document)) = (read(&texts[0]), read(&new)) else { continue };
        let shown = format!("{}\n{new}", texts[0]);
        let impact = compare(&old, &new_document, None, Timestamp(0)).unwrap();
        let engines =
            [&old, &new_document].map(|document| engine_in(document, None, Some(Timestamp(0))).unwrap());
        let mut meets = Meets { documents: [&old, &new_document], engines: HashMap::new() };
        let mut differs = HashMap::from([("f", false), ("g", false)]);
        for _ in 0..CONTEXTS / CASES {
            let context = context(&mut dice);
            for key in ["f", "g"] {
                let [before, after] =
                    engines.each_ref().map(|engine| answer(&engine.flag(key).unwrap().evaluate(&context)));
                if before == after {
                    continue;
                }
                differs.insert(key, true);
                let impact = flag(&impact, key).unwrap_or_else(|| panic!("{key}: nothing is said\n{shown}"));
                assert!(
                    meets.is_said(impact, &context, &before, &after),
                    "{key}: {before} -> {after} of {context:?}\n{impact:#?}\n{shown}"
                );
            }
        }
        for (key, differs) in differs {
            let said = flag(&impact, key);
            let moved = said.is_some_and(|it| !it.moves.is_empty() || !it.users.is_empty());
            if differs {
                differing += 1;
            } else {
                alike += 1;
                // What fewer than one of a hundred get is not always among so few contexts. Nor is any of a segment
                // that only lists users: theirs are two buckets. Nor is one of three users, of whom a layer or another
                // flag leaves some contexts.
                let lists = shown.contains("beta: { users: [ann, cid] }");
                let narrow = shown.contains(", layer: ") || shown.contains("flag('g')");
                let of_list = |line: &super::Move| line.holds.iter().any(|it| it.contains("segment("));
                let rare = |line: &super::Move| {
                    line.percent * rarity(line) < 1.0 || (lists || narrow) && of_list(line)
                };
                assert!(
                    !moved
                        || said.is_some_and(|it| {
                            (it.users.is_empty() || narrow) && it.moves.iter().all(rare)
                        }),
                    "{key}: {said:#?}\n{shown}"
                );
            }
            assert!(!rewritten || said.is_none(), "{key}: {said:#?}\n{shown}");
        }
    }
    [differing, alike]
}

/// How many of a hundred contexts of the test a line is about, roughly.
fn rarity(line: &super::Move) -> f64 {
    0.3_f64.powi(i32::try_from(line.holds.len() + line.lacks.len()).unwrap())
}

/// The first text with one line of the second.
fn mixed(dice: &mut Dice, text: &str, other: &str) -> String {
    let pick = dice.one(&["  beta:", "  g:", "  f:"]);
    let replacement = other.lines().find(|line| line.starts_with(pick)).unwrap();
    let lines = text.lines().map(|line| if line.starts_with(pick) { replacement } else { line });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}
