//! Texts of other people in what is printed: without characters that disturb a terminal, and without what a CI system
//! takes for a command.
//!
//! What comes from a document, a variable or a context goes through here before a person or a log sees it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters of the longest name that a message quotes whole.
const LONGEST: usize = 60;

/// Whether the character moves the cursor, changes colours, breaks the line, turns the direction of writing, or is
/// not seen at all.
#[must_use]
pub fn disturbs(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text of somebody else as a part of a line: what disturbs is escaped, line feeds too.
///
/// ```
/// use flags_schema::printable::escaped;
///
/// assert_eq!(escaped("new-ui"), "new-ui");
/// assert_eq!(escaped("a\u{1b}[31m\nb\u{202e}"), "a\\u{1b}[31m\\nb\\u{202e}");
/// ```
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(disturbs) {
        Cow::Owned(text.chars().flat_map(escape).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A whole output, whose line feeds are its own: what else disturbs is escaped, and so is what a CI system would take
/// for a command: `::` at the beginning of a line (blanks before it do not count), `##[` and `##vso[` anywhere.
///
/// ```
/// use flags_schema::printable::lines;
///
/// assert_eq!(lines("a: ::b\n  ::error::c\u{7}\n"), "a: ::b\n  \\u{3a}:error::c\\u{7}\n");
/// assert_eq!(lines("x ##[error]y"), "x #\\u{23}[error]y");
/// ```
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    let commands = text.split('\n').any(|line| line.trim_start().starts_with("::"));
    if !commands && !COMMANDS.iter().any(|command| text.contains(command)) && !text.contains(breaks_lines) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let blank = line.len() - line.trim_start().len();
        let (blank, rest) = line.split_at_checked(blank).unwrap_or(("", line));
        out.push_str(&escaped(blank));
        match rest.strip_prefix("::") {
            Some(rest) => out.extend(["\\u{3a}:", &uncommanded(&escaped(rest), "\\u{23}")]),
            None => out.push_str(&uncommanded(&escaped(rest), "\\u{23}")),
        }
    }
    Cow::Owned(out)
}

/// A JSON text that nothing in its strings makes disturb a terminal or command a CI system; it says what it said.
///
/// ```
/// use flags_schema::printable::json;
///
/// assert_eq!(json("{\"a\": \"\u{9b}31m ##[error]\"}"), "{\"a\": \"\\u009b31m #\\u0023[error]\"}");
/// ```
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    if !COMMANDS.iter().any(|command| text.contains(command)) && !text.contains(breaks_lines) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Outside of strings JSON has none of them but line feeds.
        if breaks_lines(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(uncommanded(&out, "\\u0023"))
}

/// What GitHub and Azure take for a command wherever it stands in a line.
const COMMANDS: [&str; 2] = ["##[", "##vso["];

/// The text with the second `#` of commands written otherwise.
fn uncommanded(text: &str, number_sign: &str) -> String {
    COMMANDS.iter().fold(text.to_owned(), |text, command| {
        let rest = command.trim_start_matches('#');
        text.replace(command, &format!("#{number_sign}{rest}"))
    })
}

/// Whether it disturbs where line feeds are as they should be.
fn breaks_lines(c: char) -> bool {
    c != '\n' && disturbs(c)
}

/// The character, escaped if it disturbs.
fn escape(c: char) -> impl Iterator<Item = char> {
    let (escaped, kept) = if disturbs(c) { (Some(c.escape_default()), None) } else { (None, Some(c)) };
    escaped.into_iter().flatten().chain(kept)
}

/// `text` with what disturbs escaped.
pub(crate) fn one_line(text: String) -> String {
    match escaped(&text) {
        Cow::Owned(escaped) => escaped,
        Cow::Borrowed(_) => text,
    }
}

/// `text` in backticks: on one line, and no longer than people read.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", one_line(shortened(text).into_owned()))
}

/// A message with each name in it that stands in backticks no longer than people read.
pub(crate) fn shorten_names(message: String) -> String {
    if message.len() <= LONGEST {
        return message;
    }
    let parts = message.split('`').enumerate();
    let parts = parts.map(|(i, part)| if i % 2 == 1 { shortened(part) } else { Cow::Borrowed(part) });
    parts.collect::<Vec<_>>().join("`")
}

fn shortened(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(name.get(..end).unwrap_or_default().to_owned() + "…"),
        None => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, disturbs, json, lines, one_line, quoted, shorten_names};

    #[test]
    fn texts_in_messages_stay_on_one_short_line() {
        for (text, expected) in
            [("1.2", "`1.2`"), ("", "``"), ("a\nb\t\u{7}", "`a\\nb\\t\\u{7}`"), ("é", "`é`")]
        {
            assert_eq!(quoted(text), expected);
        }
        assert_eq!(quoted(&"x".repeat(LONGEST + 1)), format!("`{}…`", "x".repeat(LONGEST)));
        assert_eq!(quoted(&"x".repeat(LONGEST)), format!("`{}`", "x".repeat(LONGEST)));
    }

    #[test]
    fn only_names_are_shortened() {
        let (long, cut) = ("é".repeat(LONGEST + 1), "é".repeat(LONGEST) + "…");
        let prose = "prose ".repeat(LONGEST);
        let message = format!("{prose}`{long}` and `short` and `{long}");
        assert_eq!(shorten_names(message), format!("{prose}`{cut}` and `short` and `{cut}"));
    }

    #[test]
    fn nothing_turns_the_direction_of_writing() {
        assert_eq!(one_line("a\u{202e}b\u{2028}c".to_owned()), "a\\u{202e}b\\u{2028}c");
    }

    #[test]
    fn no_line_commands_a_ci_system() {
        for (text, expected) in [
            ("a\nb\n", "a\nb\n"),
            ("::error::x", "\\u{3a}:error::x"),
            ("a\n\t ::stop-commands::x\n", "a\n\\t \\u{3a}:stop-commands::x\n"),
            ("a\r::error::x", "a\\r::error::x"),
            (" x::y ##vso[task] ###[a]", " x::y #\\u{23}vso[task] ##\\u{23}[a]"),
            ("\u{85}::error::x\u{e0041}", "\\u{85}\\u{3a}:error::x\\u{e0041}"),
        ] {
            let shown = lines(text);
            assert_eq!(shown, expected);
            assert_eq!(lines(&shown), expected, "what is escaped stays as it is");
        }
    }

    #[test]
    fn json_says_what_it_said() {
        let value =
            serde_json::json!({ "a": "\u{1b}\u{9b}\u{202e}\n\u{e0041}##[x] ##vso[y]", "b": ["é", 1.5] });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = json(&text);
        assert!(!shown.contains(|c| c != '\n' && disturbs(c)) && !shown.contains("##["), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
