//! Texts that stand for something: moments, durations, versions, requirements, networks, regular
//! expressions. The same functions serve the checks at build time and the evaluation at run time;
//! conditions written as expressions are read in [`expression`](crate::expression).
//!
//! Errors are finished messages: they name the text and say what is wrong with it.

mod duration;
mod network;
mod regex;
mod requirement;
mod timestamp;
mod version;

pub use duration::duration;
pub use network::{address, network};
pub use regex::regex;
pub use requirement::Requirement;
pub use timestamp::{timestamp, timestamp_if};
pub use version::Version;

/// The type of [`network`]'s result.
pub use ipnet::IpNet;
/// The type of [`regex`]'s result.
pub use regex_lite::Regex;

/// `text` in backticks for a message: on one line, and no longer than people read.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out.push('`');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn texts_in_messages_stay_on_one_short_line() {
        for (text, expected) in
            [("1.2", "`1.2`"), ("", "``"), ("a\nb\t\u{7}", "`a\\nb\\t\\u{7}`"), ("é", "`é`")]
        {
            assert_eq!(quoted(text), expected);
        }
        assert_eq!(quoted(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
        assert_eq!(quoted(&"x".repeat(60)), format!("`{}`", "x".repeat(60)));
    }
}
