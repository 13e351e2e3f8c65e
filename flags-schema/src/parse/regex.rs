//! Regular expressions, bounded in time and memory.

use crate::printable::quoted;
use regex_lite::{Regex, RegexBuilder};

/// What a pattern may grow to, in bytes, when compiled.
///
/// A search takes time in proportion to this size times the length of the text. So the size is bounded
/// whatever makes it large: repetition counts that multiply, as in `(a{999}){999}`, or a long pattern.
const LARGEST: usize = 64 * 1024;

/// The compiled `pattern`. It searches: it matches anywhere unless anchored with `^` and `$`.
///
/// Matching takes time linear in the text. `ignore_case` folds ASCII letters.
///
/// # Errors
/// A message that names the pattern and what is wrong with it.
///
/// ```
/// use flags_schema::parse::regex;
///
/// assert!(regex("@example\\.com$", true).unwrap().is_match("A@EXAMPLE.COM"));
/// assert!(regex("(", false).is_err());
/// ```
pub fn regex(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(LARGEST).build().map_err(|error| {
        format!("{} is no regular expression: {}", quoted(pattern), reason(&error.to_string()))
    })
}

/// The engine's reasons in the words of the format, where its own are about its insides.
fn reason(error: &str) -> &str {
    match error {
        "compiled regex exceeded size limit" => "compiled, it takes more than 64 KiB",
        "look-around is not supported" => "look-ahead and look-behind do not exist here",
        "backreferences are not supported" => "backreferences do not exist here",
        "Unicode character classes are not supported" => "classes such as `\\p{L}` do not exist here",
        "found open group without closing ')'" => "a `(` is not closed",
        "found closing ')' without matching '('" => "a `)` was never opened",
        "uncounted repetition operator must be applied to a sub-expression" => {
            "a `*`, `+` or `?` has nothing before it to repeat"
        }
        "non-empty character class has no closing bracket" => "a `[` is not closed",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::regex;

    #[test]
    fn patterns() {
        for (pattern, ignore_case, text, expected) in [
            ("b", false, "abc", true),
            ("^b", false, "abc", false),
            ("^abc$", false, "ABC", false),
            ("^abc$", true, "ABC", true),
            ("", false, "anything", true),
            (r"^\d+$", false, "123", true),
            (r"a{100}", false, "a", false),
        ] {
            let found = regex(pattern, ignore_case).unwrap().is_match(text);
            assert_eq!(found, expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for (pattern, part) in [
            ("(", "`(` is no regular expression: a `(` is not closed"),
            (")", "never opened"),
            ("*", "nothing before it"),
            ("/???***[)", "a `[` is not closed"),
            ("(?=a)", "look-ahead"),
            (r"(a)\1", "backreferences"),
            (r"\p{L}", "do not exist here"),
            ("[a", "a `[` is not closed"),
            ("((a{999}){999}){999}", "more than 64 KiB"),
            (&"(a?)".repeat(9000), "more than 64 KiB"),
            (&"(".repeat(1000), "nesting"),
        ] {
            let error = regex(pattern, false).expect_err(pattern);
            assert!(error.contains(part), "{pattern}: {error}");
        }
    }

    #[test]
    fn patterns_that_people_write_compile() {
        let codes: Vec<String> = (0..100).map(|n| format!("store-{n:03}")).collect();
        for pattern in [
            format!("^({})$", codes.join("|")),
            r"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,63}$".to_owned(),
            r"^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$".to_owned(),
            "^.{0,500}$".to_owned(),
        ] {
            assert!(regex(&pattern, true).is_ok(), "{pattern}");
        }
    }
}
