//! Doc comments of what is generated, each one literal: what an editor shows on hover.

use flags_schema::printable::escaped;
use flags_schema::{Amount, Flag, FlagState, Mutability, Pace, Percent, Rollout, Timestamp, Value};
use std::fmt::Write as _;

/// Where the document is, for links that an editor can follow.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Its name in messages.
    pub(crate) name: String,
    /// Its absolute path.
    pub(crate) path: String,
}

/// The documentation of a flag's constant.
pub(crate) fn flag(flag: &Flag, link: Option<&Link>) -> String {
    let key = &flag.key.value;
    let mut out = match &flag.description {
        Some(text) if !text.trim().is_empty() => prose(text),
        _ => format!("The flag `{key}`."),
    };
    out.push_str("\n\n");
    let mut entry = |name: &str, text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "- {name}: {text}");
    };
    entry("key", &format!("`{key}`"));
    entry("state", &state(flag));
    let variants =
        flag.variants.iter().map(|variant| variant_line(&variant.name.value, variant.weight.as_deref()));
    let variants: Vec<String> = variants.collect();
    if !variants.is_empty() {
        entry("variants", &variants.join(", "));
    }
    if let Some(value) = flag.answer.value.as_deref().and_then(literal) {
        entry("value", &value);
    }
    for (name, text) in [("owner", &flag.owner), ("ticket", &flag.ticket)] {
        if let Some(text) = text {
            entry(name, &prose(text));
        }
    }
    if !flag.tags.is_empty() {
        let tags: Vec<String> = flag.tags.iter().map(|tag| prose(tag)).collect();
        entry("tags", &tags.join(", "));
    }
    if let Some(expires) = flag.expires.as_deref() {
        entry("expires", &expires.day());
    }
    if let Some(link) = link {
        let (name, row) = (&link.name, flag.key.position.line);
        let _ = write!(out, "\n[{name}:{row}](file://{}#L{row})", link.path.replace(' ', "%20"));
    }
    out.truncate(out.trim_end().len());
    out
}

/// The note at each use of an expired flag.
pub(crate) fn expired(flag: &Flag, expires: Timestamp) -> String {
    let owner = flag.owner.as_ref().map(|owner| format!(" (owner: {})", escaped(owner))).unwrap_or_default();
    format!(
        "the flag `{}` expired on {}{owner}\nhelp: remove it, or move its `expires`",
        flag.key.value,
        expires.day()
    )
}

fn state(flag: &Flag) -> String {
    let answer = &flag.answer;
    let mut text = match &answer.state.value {
        FlagState::Segment(name) => format!("on for the segment `{name}`"),
        FlagState::Gradual => match &answer.rollout {
            Some(rollout) => format!("gradual, {}", self::rollout(rollout)),
            None => FlagState::Gradual.as_str().to_owned(),
        },
        state => state.as_str().to_owned(),
    };
    let rules = answer.rules.len();
    if rules > 0 {
        let _ = write!(text, ", {rules} {}", if rules == 1 { "rule" } else { "rules" });
    }
    if flag.mutability.value != Mutability::Live {
        let _ = write!(text, ", {}", flag.mutability.value.as_str());
    }
    text
}

fn rollout(rollout: &Rollout) -> String {
    let amount = match &rollout.amount {
        Amount::Fixed(percent) => format!("{} %", percent.value),
        Amount::Ramp(ramp) => {
            let pace = match &ramp.pace {
                Pace::Steps { step, .. } => format!("in steps of {} %", step.value),
                Pace::Straight { end } => format!("until {}", end.value.day()),
            };
            format!("{} to {} % from {} {pace}", ramp.from.value, ramp.to.value, ramp.start.value.day())
        }
    };
    match &rollout.by {
        Some(by) => format!("{amount} by `{}`", escaped(by).replace('`', "'")),
        None => amount,
    }
}

/// One variant and its share.
pub(crate) fn variant_line(name: &str, weight: Option<&Percent>) -> String {
    match weight {
        Some(weight) => format!("`{name}` {weight} %"),
        None => format!("`{name}`"),
    }
}

/// A scalar as it is written.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(format!("`{value}`")),
        Value::Integer(value) => Some(format!("`{value}`")),
        Value::Float(value) => Some(format!("`{value}`")),
        Value::String(value) if !value.contains('`') => Some(format!("`{}`", escaped(value))),
        _ => None,
    }
}

/// A person's text as Markdown that reads the same. It is escaped so that it cannot become a link, HTML, a heading
/// or an example, which rustdoc would compile.
pub(crate) fn prose(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // What turns the direction of writing would make the source read differently than it compiles.
    for (index, word) in text.split_whitespace().map(escaped).enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let address = word.trim_end_matches(['.', ',', ';', ')']);
        let is_address = address.starts_with("https://") || address.starts_with("http://");
        if is_address && !address.contains(['<', '>']) {
            let _ = write!(out, "<{address}>{}", word.strip_prefix(address).unwrap_or_default());
            continue;
        }
        if index == 0 && (word.starts_with("```") || word.starts_with("~~~") || word.starts_with('#')) {
            out.push('\\');
        }
        for character in word.chars() {
            if matches!(character, '<' | '>' | '[' | ']') {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Link, flag, prose};
    use flags_schema::{Options, SourceFile, load};

    #[test]
    fn editors_get_a_link() {
        let base = SourceFile::new("app/flags.yaml", "flags:\n  new-ui: off\n");
        let loaded = load(base, &mut |_| Err(String::new()), &Options::default());
        let link = Link { name: "app/flags.yaml".to_owned(), path: "/my work/app/flags.yaml".to_owned() };
        let [new_ui] = loaded.document.flags.as_slice() else { panic!("one flag") };
        let text = flag(new_ui, Some(&link));
        assert!(text.ends_with("\n\n[app/flags.yaml:2](file:///my%20work/app/flags.yaml#L2)"), "{text}");
        assert_eq!(flag(new_ui, None), "The flag `new-ui`.\n\n- key: `new-ui`\n- state: off");
    }

    #[test]
    fn text_stays_text() {
        for (text, expected) in [
            ("Community forums", "Community forums"),
            ("    let x = 1;\n```\ncode", "let x = 1;\n\\```\ncode"),
            ("see [the doc] of Vec<u8>", "see \\[the doc\\] of Vec\\<u8\\>"),
            ("at https://example.com/a, b", "at <https://example.com/a>, b"),
            ("# not a heading", "\\# not a heading"),
            ("https://a><script>", "https://a\\>\\<script\\>"),
            ("a \u{202e}nimda\u{1b}[31m \u{85}b", "a \\u{202e}nimda\\u{1b}\\[31m b"),
        ] {
            assert_eq!(prose(text), expected);
        }
    }
}
