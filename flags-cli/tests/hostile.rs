//! Nothing of a document, a variable, a context, a path or the command line reaches a terminal or a CI log raw.
#![allow(clippy::unwrap_used, clippy::string_slice, clippy::format_push_string, reason = "a test")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Every way to disturb that is known: line breaks and commands, colours, direction, markup.
const PAYLOAD: &str = "a\n::error file=x::pwned\r\n \t::stop-commands::x\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}31m\u{202e}\u{2066}\
    \u{61c}\u{2028}\u{85}::set-output::\u{feff}\u{e0041} ##[error]x ##vso[task.x] <script>alert(1)</script> \
    [l](javascript:x) ![i](x) `c` \"]; f0 -->|x| \\N &#x202e; | $x$";

/// The payload as YAML and JSON write it.
fn quoted() -> String {
    let mut out = String::from("\"");
    for c in PAYLOAD.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_ascii() && !c.is_control() => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}")),
        }
    }
    out + "\""
}

/// YAML has no surrogates: those of the payload are written as one escape.
fn yaml(template: &str) -> String {
    template.replace("PAYLOAD", &quoted().replace("\\udb40\\udc41", "\\U000E0041"))
}

/// Every field of a valid document that takes any text has the payload.
const SOUND: &str = "\
context:
  user: { type: string }
  plan: { type: string, values: [PAYLOAD, free] }
segments:
  beta: { users: [PAYLOAD], when: { plan: PAYLOAD } }
environments:
  staging: { default: true }
  production: {}
flags:
  switch:
    description: PAYLOAD
    owner: PAYLOAD
    tags: [PAYLOAD, other]
    ticket: PAYLOAD
    metadata: { PAYLOAD: PAYLOAD }
    expires: 2020-01-01
    state: gradual
    rollout: { percentage: 25, salt: PAYLOAD }
    users: [PAYLOAD]
    rules:
      - { name: PAYLOAD, when: { plan: PAYLOAD }, rollout: { percentage: 50, salt: PAYLOAD } }
  text:
    type: string
    value: PAYLOAD
    off: \"::error::off\"
    requires: [switch]
    rules: [{ name: \"::debug::rule\", when: { user: PAYLOAD }, serve: \"::error::served\" }]
  record:
    type: object
    value: { PAYLOAD: PAYLOAD }
  many:
    state: on
    variants: { one: { value: PAYLOAD }, two: { value: PAYLOAD } }
    users: { one: [PAYLOAD] }
    excludes: [text]
";

/// Names that no document may have, wherever there are names, and a text that is no YAML value anywhere.
const BROKEN: &str = "\
PAYLOAD: 1
context: { PAYLOAD: { type: PAYLOAD } }
segments: { PAYLOAD: { when: PAYLOAD } }
environments: { PAYLOAD: { overlay: PAYLOAD } }
settings: { env_prefix: PAYLOAD }
flags:
  PAYLOAD: PAYLOAD
  state: { state: PAYLOAD }
  rollout: { state: gradual, rollout: PAYLOAD }
  keys: { PAYLOAD: 1, type: PAYLOAD, variants: [PAYLOAD], users: { PAYLOAD: [x] }, requires: [PAYLOAD], expires: PAYLOAD }
  rules: { state: targeted, rules: [{ when: { PAYLOAD: { PAYLOAD: 1 } }, serve: PAYLOAD, starts: PAYLOAD }, { when: PAYLOAD }] }
";

struct House(PathBuf);

impl House {
    /// Tests run at the same time: each has its own.
    fn build(name: &str) -> Self {
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        // The paths that are printed are hostile too, as far as file systems allow.
        let directory = root.join("d\n::error::dir\u{1b}[31m\u{202e}");
        fs::create_dir_all(&directory).unwrap();
        let other =
            yaml(SOUND).replace("percentage: 25", "percentage: 75").replace("users: [", "users: [new, ");
        for (name, text) in [
            ("sound.yaml", yaml(SOUND)),
            ("other.yaml", other),
            ("broken.yaml", yaml(BROKEN)),
            ("syntax.yaml", "flags: [\u{202e} }\n\u{2066}::error::x\n".to_owned()),
            ("::error::name\n::error::b\u{1b}[31m.yaml", "flags: 1\n".to_owned()),
            ("uses\n::error::uses.rs", "fn f() { Flags::SWITCH.enabled(&x); }\n".to_owned()),
            ("broken\n::error::uses.rs", "fn f( {".to_owned()),
            ("context.json", format!("{{ \"user\": {0}, {0}: 1, \"plan\": {0} }}", quoted())),
            ("no-context.json", quoted()),
            ("contexts.jsonl", format!("{{ \"user\": {0}, \"plan\": {0} }}\n", quoted())),
            ("no-contexts.jsonl", format!("{}\n", quoted())),
        ] {
            fs::write(directory.join(name), text).unwrap();
        }
        Self(directory)
    }

    /// What `flags` says, on both streams.
    fn say(&self, arguments: &[&str], variables: &[(&str, &str)]) -> [String; 2] {
        let output = Command::new(env!("CARGO_BIN_EXE_flags"))
            .args(arguments)
            .current_dir(&self.0)
            .env_remove("FLAGS_FILE")
            .env_remove("FLAGS_ENVIRONMENT")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(!out.is_empty() || !err.is_empty(), "{arguments:?} says nothing");
        assert!(!err.contains("panicked"), "{err}");
        [out, err]
    }
}

/// What is wrong with an output that should not disturb anything.
fn wrong(text: &str, own_commands: bool) -> Option<String> {
    let disturbs = |c: char| c != '\n' && flags_schema::printable::disturbs(c);
    if let Some(c) = text.chars().find(|c| disturbs(*c)) {
        return Some(format!("{} is raw", c.escape_unicode()));
    }
    let command = |line: &str| {
        let own = own_commands && (line.starts_with("::error file=") || line.starts_with("::warning file="));
        line.trim_start().starts_with("::") && !own
    };
    if let Some(line) = text.lines().find(|line| command(line)) {
        return Some(format!("a line is a command: {line}"));
    }
    // A line that is a command of ours is read as no other.
    (!own_commands && (text.contains("##[") || text.contains("##vso["))).then(|| "`##[` is raw".to_owned())
}

/// Takes away the colours that are ours.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
        assert!(part[end..].starts_with('m'), "{part:?} is no colour");
        out += &part[end + 1..];
    }
    out
}

const FILES: [&str; 3] = ["sound.yaml", "broken.yaml", "syntax.yaml"];

/// Arguments after the file, each with whether it is about a document without errors alone.
const COMMANDS: &[&[&str]] = &[
    &["check"],
    &["check", "--format", "json"],
    &["check", "--format", "sarif"],
    &["check", "--deny", "warnings"],
    &["list"],
    &["list", "--json"],
    &["list", "--expired"],
    &["list", "--owner", PAYLOAD],
    &["list", "--tag", PAYLOAD],
    &["list", "--state", PAYLOAD],
    &["list", "--kind", PAYLOAD],
    &["list", "--env", PAYLOAD],
    &["show", "switch"],
    &["show", "text"],
    &["show", "many", "--json"],
    &["show", PAYLOAD],
    &["show", "switch", PAYLOAD],
    &["eval", "--all", "--context", "context.json"],
    &["eval", "--all", "--context", "context.json", "--json"],
    &["eval", "--all", "--context", "no-context.json"],
    &["eval", "text", "--user", PAYLOAD],
    &["eval", "text", "-a", PAYLOAD],
    &["eval", "text", "-a", concat!("plan=", "\u{1b}[31m\n::error::x")],
    &["eval", "text", "--at", PAYLOAD],
    &["explain", "switch", "--context", "context.json"],
    &["explain", "text", "--context", "context.json", "--json"],
    &["explain", "record"],
    &["explain", "many", "--user", PAYLOAD],
    &["simulate", "switch", "--context-file", "contexts.jsonl"],
    &["simulate", "text", "--context-file", "contexts.jsonl"],
    &["simulate", "record", "--users", "9", "--json"],
    &["simulate", "many", "--users", "9"],
    &["simulate", "many", "--context-file", "no-contexts.jsonl"],
    &["simulate", "many", "--users-file", PAYLOAD],
    &["graph"],
    &["graph", "--format", "dot"],
    &["docs"],
    &["unused"],
    &["unused", "--all"],
    &["unused", "--all", "--json"],
    &["diff", "other.yaml"],
    &["diff", "other.yaml", "--json"],
    &["diff", PAYLOAD],
    &["diff", "HEAD:\n::error::x"],
    &["enable", "switch", "--dry-run"],
    &["disable", "text", "--dry-run"],
    &["rollout", "switch", "30", "--dry-run"],
    &["rollout", "switch", PAYLOAD, "--dry-run"],
    &["set", "switch", concat!("description=", "x\n::error::y"), "--dry-run"],
    &["set", "switch", PAYLOAD, "--dry-run"],
    &["delete", "many", "--dry-run", "--force"],
    &["delete", "switch", "--dry-run"],
    &["rename", "switch", "other-name", "--dry-run"],
    &["rename", "switch", PAYLOAD, "--dry-run"],
    &["create", PAYLOAD, "--dry-run"],
    &["create", "new", "--description", PAYLOAD, "--owner", PAYLOAD, "--dry-run"],
    &[PAYLOAD],
    &["list", PAYLOAD],
];

#[test]
fn no_command_prints_raw_what_a_document_says() {
    let house = House::build("hostile-raw");
    let mut found = Vec::new();
    let mut meet = |what: String, texts: [String; 2], own: bool| {
        for text in texts {
            found.extend(wrong(&text, own).map(|wrong| format!("{what}: {wrong}\n{text}")));
        }
    };
    for file in FILES {
        for arguments in COMMANDS {
            let arguments = [&["--file", file], *arguments].concat();
            meet(format!("{arguments:?}"), house.say(&arguments, &[]), false);
        }
        let arguments = ["--file", file, "check", "--format", "github"];
        meet(format!("{arguments:?}"), house.say(&arguments, &[]), true);
        for command in [&["check"][..], &["list"], &["docs"], &["eval", "text", "--env", PAYLOAD]] {
            let arguments = [&["--color", "always", "--file", file], command].concat();
            let texts = house.say(&arguments, &[]).map(|text| without_colours(&text));
            meet(format!("{arguments:?}"), texts, false);
        }
    }
    let name = "::error::name\n::error::b\u{1b}[31m.yaml";
    for variables in [
        &[("FLAGS_FILE", name)][..],
        &[("FLAGS_FILE", PAYLOAD)],
        &[("FLAGS_FILE", "sound.yaml"), ("FLAGS_ENVIRONMENT", PAYLOAD)],
    ] {
        for command in [&["check"][..], &["list"], &["docs"], &["eval", "text"], &["unused"]] {
            meet(format!("{variables:?} {command:?}"), house.say(command, variables), false);
        }
        meet(format!("{variables:?}"), house.say(&["check", "--format", "github"], variables), true);
    }
    assert!(found.is_empty(), "{} outputs:\n{}", found.len(), found.join("\n\n"));
}

#[test]
fn one_finding_is_one_command_to_github() {
    let house = House::build("hostile-github");
    for file in FILES {
        let [json, _] = house.say(&["--file", file, "check", "--format", "json"], &[]);
        let [github, _] = house.say(&["--file", file, "check", "--format", "github"], &[]);
        let count = serde_json::from_str::<serde_json::Value>(&json).unwrap().as_array().unwrap().len();
        assert_eq!(github.lines().count(), count, "{github}");
    }
}

#[test]
fn markup_of_a_document_stays_text() {
    let house = House::build("hostile-markup");
    let [docs, _] = house.say(&["--file", "sound.yaml", "docs"], &[]);
    for line in docs.lines() {
        let text = outside_code(line);
        let plain = text
            .replace("\\\\", "")
            .replace("\\<", "")
            .replace("\\[", "")
            .replace("\\&", "")
            .replace("\\|", "");
        assert!(!plain.contains("<script") && !plain.contains("&#"), "{line}");
        assert!(!plain.contains("[l]") && !plain.contains("![i]"), "{line}");
        if line.starts_with("| [") {
            assert_eq!(plain.matches('|').count(), 5, "{line}");
        }
    }
    let [mermaid, _] = house.say(&["--file", "sound.yaml", "graph"], &[]);
    for line in mermaid.lines() {
        assert!(line.matches('"').count() <= 2 && !line.contains('<'), "{line}");
    }
}

/// The text with its code taken out: between runs of as many backticks.
fn outside_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let escaped = rest[..at].ends_with('\\');
        out += &rest[..at];
        let from = &rest[at..];
        let fence = from.len() - from.trim_start_matches('`').len();
        let inside = &from[fence..];
        let end = (!escaped).then(|| closing(inside, fence)).flatten();
        rest = end.map_or(inside, |end| &inside[end..]);
    }
    out + rest
}

fn closing(text: &str, fence: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(next) = text[at..].find('`') {
        let start = at + next;
        let run = text[start..].len() - text[start..].trim_start_matches('`').len();
        if run == fence {
            return Some(start + run);
        }
        at = start + run;
    }
    None
}

#[test]
fn the_document_of_the_test_is_sound() {
    let house = House::build("hostile-sound");
    let [out, err] = house.say(&["--file", "sound.yaml", "check"], &[]);
    assert!(!out.contains("error["), "{out}{err}");
}
