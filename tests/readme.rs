//! The blocks of README.md and docs/ do what they say, and the pages are whole. Their Rust are doctests of
//! flags-runtime, the transcripts of docs/cli.md are tests of flags-cli.
//!
//! `UPDATE=1 cargo test --test readme` writes what is said now into docs/diagnostics.md, and the benches' figures
//! into README.md.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use flags_schema::{Code, Contract, Diagnostic, Loaded, Options, SourceFile, Timestamp, load, render};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../README.md");

/// README.md and every page of docs/, by path.
fn pages() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let pages = pages.chain([root.join("README.md"), root.join("CONTRIBUTING.md")]);
    pages.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    fs::read_to_string(path).unwrap()
}

/// Its fenced blocks of one language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("\n```{language}\n");
    let blocks = page.split(&opening).skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| block).collect()
}

/// The name of the file that a block says it is, when it is an overlay: `# flags.staging.yaml`.
fn overlay_name(block: &str) -> Option<&str> {
    let name = block.lines().next()?.strip_prefix("# ")?;
    (name.starts_with("flags.") && Path::new(name).extension().is_some_and(|it| it == "yaml")).then_some(name)
}

/// The document as it is read, with overlays that `overlay` gives, or that are not there.
fn read(text: &str, overlay: &dyn Fn(&str) -> Option<String>) -> Loaded {
    let mut overlay = |name: &str| {
        overlay(name).map(|text| SourceFile::new(name, text)).ok_or("there is no such file".to_owned())
    };
    load(SourceFile::new("flags.yaml", text), &mut overlay, &Options { today: Some(TODAY) })
}

/// 2026-12-01T00:00:00Z.
const TODAY: Timestamp = Timestamp(1_796_083_200_000);

/// The document, without so much as a warning.
fn document(text: &str, overlay: &dyn Fn(&str) -> Option<String>) -> flags_schema::Document {
    let loaded = read(text, overlay);
    let said = render::text(loaded.diagnostics.as_slice(), &loaded.sources);
    assert!(loaded.diagnostics.as_slice().is_empty(), "{text}\n{said}");
    loaded.document
}

#[test]
fn yaml_is_valid() {
    let mut checked = 0;
    for (path, text) in pages() {
        if path.ends_with("docs/diagnostics.md") {
            continue;
        }
        let mut overlays: BTreeMap<&str, &str> = BTreeMap::new();
        for block in blocks(&text, "yaml") {
            if let Some(name) = overlay_name(block) {
                overlays.insert(name, block);
                continue;
            }
            // Overlays that the page does not show change nothing.
            document(block, &|name| Some(overlays.get(name).copied().unwrap_or_default().to_owned()));
            overlays.clear();
            checked += 1;
        }
        for block in blocks(&text, "json") {
            serde_json::from_str::<serde_json::Value>(block)
                .unwrap_or_else(|error| panic!("{error}\n{block}"));
        }
    }
    assert!(checked >= 20, "only {checked} documents");
}

#[test]
fn the_first_block_is_an_excerpt_of_flags_yaml() {
    let whole = document(include_str!("../flags.yaml"), &|name| fs::read_to_string(name).ok());
    let excerpt = document(blocks(README, "yaml")[0], &|_| None);
    assert_eq!(excerpt.flags.len(), 2);
    for flag in excerpt.flags {
        let original = whole.flags.iter().find(|original| original.key == flag.key).unwrap();
        assert_eq!(original.answer, flag.answer);
        assert_eq!(original.variants, flag.variants);
    }
}

#[test]
fn the_readme_is_read_to_its_end() {
    let lines = README.lines().count();
    assert!(lines <= 300, "README.md has {lines} lines: a guide belongs into docs/guide.md");
}

/// The numbered list that follows the line, its lines joined.
fn numbered(page: &str, line: &str) -> String {
    let (_, rest) = page.split_once(line).unwrap_or_else(|| panic!("no line `{line}`"));
    let list = rest.trim_start().split("\n\n").next().unwrap();
    assert!(list.starts_with("1. "), "{list}");
    list.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_order_of_evaluation_is_the_same_in_readme_and_reference() {
    let line = "The order is the same for every flag:";
    assert_eq!(numbered(README, line), numbered(&page("evaluation.md"), line));
    assert!(numbered(README, line).contains("**Experiment**"));
}

#[test]
fn no_page_has_a_block_that_nothing_checks() {
    let doctests = include_str!("../flags-runtime/src/lib.rs");
    for (path, text) in pages() {
        let name = path.file_name().unwrap().to_str().unwrap();
        for language in text.lines().filter_map(|line| line.strip_prefix("```")).step_by(2) {
            let checked = match language.split(',').next().unwrap() {
                "rust" => doctests.contains(&format!("{name}\")]")),
                "yaml" | "json" | "toml" | "sh" => true,
                "python" | "sql" => name == "buckets.md",
                "console" => name == "cli.md",
                // Messages, commands of `flags`, drawings: see the tests below and those of flags-cli.
                "text" => true,
                _ => false,
            };
            assert!(checked, "{}: nothing checks its blocks of `{language}`", path.display());
        }
    }
}

#[test]
fn manifests_and_commands_are_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in pages() {
        for block in blocks(&text, "toml") {
            let parsed = toml::de::DeTable::parse(block);
            assert!(parsed.is_ok(), "{}: {parsed:?}", path.display());
        }
        for line in blocks(&text, "sh").into_iter().flat_map(str::lines) {
            if let Some((_, example)) = line.split_once("cargo run --example ") {
                let name = example.split_whitespace().next().unwrap();
                let (file, directory) = (format!("examples/{name}.rs"), format!("examples/{name}"));
                assert!(root.join(file).exists() || root.join(directory).exists(), "no example `{name}`");
            } else {
                assert!(line.starts_with("cargo test "), "{}: what is `{line}`?", path.display());
            }
        }
    }
}

#[test]
fn sql_computes_the_bucket() {
    let page = page("buckets.md");
    let [query] = &blocks(&page, "sql")[..] else { panic!("another SQL block") };
    let Ok(server) = std::env::var("FLAGS_POSTGRES") else {
        eprintln!("skipped: FLAGS_POSTGRES names no server");
        return;
    };
    let arguments = ["--no-psqlrc", "--tuples-only", "--no-align", "--dbname", &server, "--command", query];
    let output = Command::new("psql").args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.trim(), "15.6263", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn python_computes_the_bucket() {
    let page = page("buckets.md");
    let [program] = &blocks(&page, "python")[..] else { panic!("another Python block") };
    match Command::new("python3").arg("-c").arg(program).output() {
        Ok(output) => {
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_eq!(printed, "15.6263, so in at 25 %\n", "{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(error) => eprintln!("skipped: no python3 ({error})"),
    }
    assert!(page.contains("Both say 15.6263."));
}

/// Keys of the format: the names of properties anywhere in its JSON Schema.
fn keys(schema: &serde_json::Value, into: &mut BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(members) => {
            if let Some(serde_json::Value::Object(properties)) = members.get("properties") {
                into.extend(properties.keys().cloned());
            }
            members.values().for_each(|member| keys(member, into));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, into)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_format_has_its_row() {
    let page = page("format.md");
    let mut known = BTreeSet::new();
    keys(&flags_schema::json_schema(), &mut known);
    assert!(known.len() > 80, "{known:?}");
    let missing: Vec<_> = known.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "not in docs/format.md: {missing:?}");
}

/// Codes of which an example would be too large to print.
const WITHOUT_EXAMPLE: [&str; 2] = ["too-large", "too-deep"];

/// The sections of docs/diagnostics.md, by code.
fn sections(page: &str) -> BTreeMap<&str, &str> {
    let sections = page.split("\n### `").skip(1);
    sections.filter_map(|section| section.split_once("`\n")).collect()
}

/// What is said about the example of a section: its last document, and an earlier one that a program
/// was compiled for.
fn said(section: &str) -> (Vec<Diagnostic>, String) {
    let documents = blocks(section, "yaml");
    let loaded = read(documents.last().copied().unwrap_or_default(), &|_| None);
    let mut diagnostics = loaded.diagnostics.into_vec();
    if let [compiled, _] = documents[..] {
        let compiled = document(compiled, &|_| None);
        let report = Contract::of(&compiled).check(&loaded.document);
        // What is refused leaves nothing out.
        let accepted = report.diagnostics.is_empty();
        diagnostics.extend(report.diagnostics);
        diagnostics.extend(flags_schema::cut_off(&compiled, &loaded.document, &loaded.sources));
        diagnostics.extend(flags_schema::left_out(&report.missing).filter(|_| accepted));
    }
    let text = render::text(&diagnostics, &loaded.sources);
    (diagnostics, text)
}

#[test]
fn every_diagnostic_is_explained() {
    let page = page("diagnostics.md");
    let sections = sections(&page);
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(sections.keys().copied().collect::<BTreeSet<_>>(), known);
    for code in Code::ALL {
        let section = sections[code.as_str()];
        assert!(section.contains(code.describe()), "{code}: `{}` is what it says elsewhere", code.describe());
        let told = format!("**{}**", code.severity());
        assert!(section.contains(&told), "{code} is of severity {}", code.severity());
        if !WITHOUT_EXAMPLE.contains(&code.as_str()) {
            let (diagnostics, text) = said(section);
            let codes: BTreeSet<_> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
            assert_eq!(codes, BTreeSet::from([*code]), "{text}");
        }
    }
}

#[test]
fn diagnostics_are_as_they_are_printed() {
    let mut text = page("diagnostics.md");
    for section in sections(&text.clone()).into_values() {
        if let [printed] = blocks(section, "text")[..] {
            let (_, now) = said(section);
            text = text.replacen(section, &section.replacen(printed, &now, 1), 1);
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics.md"), &text).unwrap();
    }
    assert!(text == page("diagnostics.md"), "docs/diagnostics.md: UPDATE=1 cargo test --test readme");
}

/// What an anchor of a heading looks like, as code hosts make them.
fn anchor(heading: &str) -> String {
    let words = heading.trim().to_lowercase().replace(' ', "-");
    words.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// Its lines outside of fenced blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    page.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    for (path, text) in &pages {
        let directory = path.parent().unwrap();
        for line in prose(text) {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                if target.starts_with("http") {
                    continue;
                }
                let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
                let file = if file.is_empty() { path.clone() } else { directory.join(file) };
                assert!(file.exists(), "{}: nothing at {target}", path.display());
                if !fragment.is_empty() {
                    let text = fs::read_to_string(&file).unwrap();
                    let known = prose(&text).filter(|line| line.starts_with('#'));
                    let known = known.map(|line| anchor(line.trim_start_matches('#')));
                    assert!(
                        known.collect::<Vec<_>>().contains(&fragment.to_owned()),
                        "no heading for {target}"
                    );
                }
            }
        }
    }
}

#[test]
fn files_that_are_named_exist() {
    const ROOTS: [&str; 8] = [
        "flags-schema/",
        "flags-macros/",
        "flags-runtime/",
        "flags-cli/",
        "tests/",
        "examples/",
        "benches/",
        "docs/",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in pages() {
        for span in prose(&text).flat_map(|line| line.split('`').skip(1).step_by(2)) {
            let is_path =
                ROOTS.iter().any(|prefix| span.starts_with(prefix)) && !span.contains(['*', '<', ' ']);
            assert!(!is_path || root.join(span).exists(), "{}: there is no `{span}`", path.display());
        }
    }
}

/// What remains of a compile error wherever its code stands: no paths, no line numbers.
fn anywhere(error: &str) -> String {
    let lines = error.lines().map(str::trim).filter(|line| !line.starts_with("--> "));
    lines
        .map(|line| line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn compile_errors_are_as_the_compiler_prints_them() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut printed = Vec::new();
    for directory in fs::read_dir(cases).unwrap() {
        for case in fs::read_dir(directory.unwrap().path()).unwrap() {
            let path = case.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "stderr") {
                printed.push(anywhere(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    let mut checked = 0;
    for (path, text) in pages() {
        for block in blocks(&text, "text").into_iter().filter(|block| block.starts_with("error: ")) {
            let block = anywhere(block);
            assert!(
                printed.iter().any(|case| case.contains(&block)),
                "{}: nothing says\n{block}",
                path.display()
            );
            checked += 1;
        }
    }
    assert!(checked >= 3, "only {checked} errors");
}

#[test]
fn the_table_of_performance_is_from_the_benches() {
    let benches = include_str!("../benches/README.md");
    let (_, rest) = README.split_once("<!-- performance").unwrap();
    let (table, _) = rest.split_once("<!-- /performance -->").unwrap();
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let find = |text: &str, name: &str| {
        text.lines().map(cells).find(|row| row.iter().any(|cell| cell.ends_with(name)))
    };
    let shown = find(table, "Unleash Yggdrasil").unwrap();
    let other_engines = benches.split_once("## Other engines").unwrap().1;
    let measured = find(other_engines, "Unleash Yggdrasil").unwrap();
    let columns: Vec<_> = shown.iter().map(|name| measured.iter().position(|other| other == name)).collect();
    let mut now = table.to_owned();
    for line in table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| work")) {
        let name = cells(line)[1].clone();
        let source =
            find(other_engines, &name).unwrap_or_else(|| panic!("no row `{name}` in benches/README.md"));
        let figures = columns.iter().skip(2).map(|column| source[column.unwrap()].clone());
        let row: Vec<String> = figures.take(shown.len() - 3).collect();
        now = now.replace(line, &format!("| {name} | {} |", row.join(" | ")).replace("|  |", "| |"));
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"), README.replace(table, &now))
            .unwrap();
    }
    assert!(
        now == table,
        "README.md has other figures than benches/README.md: UPDATE=1 cargo test --test readme"
    );
}
