//! Modules stand on floors: each names only modules below it, and no two name each other, directly or around corners.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod reader;

use reader::{Crate, Edge, circles};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// The floors of flags-runtime, from the ground, and the modules of each. A module names only modules that stand before
/// it here: those of lower floors, and those to its left on its own.
const FLOORS: &[(&str, &[&str])] = &[
    (
        "what is asked with",
        &["bucket", "context", "ambient", "value", "variant", "plain", "clock", "threads"],
    ),
    ("what is written", &["document", "contract", "reason", "overrides"]),
    ("what decides", &["ruleset"]),
    ("what answers", &["counts", "log", "callbacks", "engine", "serialize", "checked"]),
    ("what listens and feeds", &["recording", "observe", "reload"]),
    ("what a program names", &["flag", "gate", "generated", "experiment", "testing", "axum"]),
];

/// Where the methods of `Engine` are: one module for each subject.
const ENGINE: &[(&str, &str)] = &[
    ("engine", "evaluating"),
    ("engine::start", "how one is made"),
    ("engine::publish", "how a change becomes what evaluations read"),
    ("engine::settings", "environment, clock, and what of the settings is ignored"),
    ("engine::overriding", "overrides"),
    ("engine::handle", "flags by key"),
    ("engine::populations", "whole populations, for tools"),
    ("engine::metrics", "what was counted"),
    ("engine::version", "the version of the answers"),
    ("checked", "contexts held against what is declared"),
    ("observe", "who observes"),
    ("experiment::track", "events of experiments"),
    ("reload", "documents that are loaded"),
    ("reload::candidate", "what of a document has to be read anew"),
    ("reload::watch", "sources that are followed"),
];

fn read(name: &str) -> Crate {
    Crate::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name).join("src"))
}

/// The floor of a module, and its index among all; the root of the crate is above all.
fn floor(module: &[String]) -> (&'static str, usize) {
    let all = FLOORS.iter().flat_map(|(floor, modules)| modules.iter().map(move |module| (*floor, *module)));
    let Some(name) = module.first() else { return ("the root of the crate", usize::MAX) };
    let mut found = all.enumerate().filter(|(_, (_, module))| module == name);
    found.next().map_or(("no floor", usize::MAX), |(index, (floor, _))| (floor, index))
}

fn shown(edge: &Edge) -> String {
    let file = edge.file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&edge.file);
    let (from, to) = (edge.from.join("::"), edge.to.join("::"));
    format!("{}:{}: `crate::{from}` names `crate::{to}`", file.display(), edge.line)
}

#[test]
fn modules_of_the_runtime_name_only_modules_below_them() {
    let runtime = read("flags-runtime");
    let mut wrong = String::new();
    for edge in runtime.edges() {
        let ((_, from), (to_floor, to)) = (floor(&edge.from), floor(&edge.to));
        if to > from || edge.to.is_empty() {
            writeln!(wrong, "{}, up to the floor \"{to_floor}\"", shown(&edge)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "name something below instead, or move what is named:\n{wrong}");

    let page = include_str!("../../CONTRIBUTING.md");
    for (floor, modules) in FLOORS {
        let line = page.lines().find_map(|line| line.trim().strip_prefix(floor));
        let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
        assert_eq!(words, *modules, "CONTRIBUTING.md draws the floor \"{floor}\"");
    }
    let named: BTreeSet<&str> = FLOORS.iter().flat_map(|(_, modules)| *modules).copied().collect();
    let there: BTreeSet<&str> =
        runtime.modules().filter_map(|path| path.first().map(String::as_str)).collect();
    assert_eq!(there, named, "each module of flags-runtime stands on a floor");
}

#[test]
fn methods_of_the_engine_stand_by_subject() {
    let runtime = read("flags-runtime");
    let there: BTreeSet<String> = runtime.implementing("Engine").map(|module| module.join("::")).collect();
    let named: BTreeSet<String> = ENGINE.iter().map(|(module, _)| (*module).to_owned()).collect();
    assert_eq!(
        there, named,
        "a new method goes to the module of its subject; a new subject is added to the list"
    );
}

#[test]
fn no_modules_name_each_other() {
    let mut wrong = String::new();
    for name in ["flags-runtime", "flags-cli", "flags-edit"] {
        wrong += &named_in_circles(name, &read(name).edges());
    }
    // In these a module and those inside of it count as one.
    for name in ["flags-schema", "flags-macros"] {
        let outermost = |mut edge: Edge| {
            edge.from.truncate(1);
            edge.to.truncate(1);
            (edge.from != edge.to).then_some(edge)
        };
        let edges: Vec<Edge> = read(name).edges().into_iter().filter_map(outermost).collect();
        wrong += &named_in_circles(name, &edges);
    }
    assert!(wrong.is_empty(), "move what both need below both:\n{wrong}");
}

fn named_in_circles(name: &str, edges: &[Edge]) -> String {
    let mut wrong = String::new();
    for circle in circles(edges) {
        writeln!(wrong, "{} modules of {name} name each other:", circle.len()).unwrap();
        let inside = |edge: &&Edge| circle.contains(&edge.from) && circle.contains(&edge.to);
        for edge in edges.iter().filter(inside) {
            writeln!(wrong, "  {}", shown(edge)).unwrap();
        }
    }
    wrong
}

/// The reader finds what is wrong: a name from above, one that is passed on, a path in the code, a circle.
#[test]
fn what_names_something_above_is_found() {
    let text = |file: &Path| {
        Some(match file.to_str()? {
            "lib.rs" => "mod a; mod b; mod c;\npub use b::Thing;",
            "a.rs" => "use crate::Thing; // b, by way of the root\nuse crate::c::{self};\nfn f() {\n    c::g();\n}",
            "b/mod.rs" => "mod inner;\npub(crate) use inner::Deep;\npub struct Thing(Deep);\n",
            "b/inner.rs" => "#[cfg(all(test, unix))]\n#[allow(x)]\nmod tests {\n    use crate::a;\n}\npub(crate) struct Deep;",
            "c.rs" => "const TEXT: &str = \"crate::b::Thing\"; /* crate::b::Thing */\nfn g(deep: crate::b::Deep) {\n    super::a::f()\n}",
            _ => return None,
        }
        .to_owned())
    };
    let edges = Crate::of("lib.rs".into(), &text).edges();
    let shown: Vec<String> = edges.iter().map(shown).collect();
    let expected = [
        "a.rs:1: `crate::a` names `crate::b`",
        "a.rs:4: `crate::a` names `crate::c`",
        "b/mod.rs:2: `crate::b` names `crate::b::inner`",
        "c.rs:3: `crate::c` names `crate::a`",
        "c.rs:2: `crate::c` names `crate::b::inner`",
    ];
    assert_eq!(shown, expected);
    assert_eq!(circles(&edges), [[["a"], ["c"]]]);
}
