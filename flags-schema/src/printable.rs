//! Texts of other people in messages: on one line, without characters that disturb a terminal.

use std::borrow::Cow;

/// Characters of the longest name that a message quotes whole.
const LONGEST: usize = 60;

/// Whether the character moves the cursor, changes colours, breaks the line or turns the direction of
/// writing.
pub(crate) fn disturbs(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` with what disturbs escaped.
pub(crate) fn one_line(text: String) -> String {
    if !text.contains(disturbs) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if disturbs(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
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
    use super::{LONGEST, one_line, quoted, shorten_names};

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
}
