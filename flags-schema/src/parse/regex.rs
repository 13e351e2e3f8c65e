//! Regular expressions, bounded in time and memory.

use crate::printable::quoted;
use regex_lite::{Regex, RegexBuilder};

/// What a short pattern may grow to, in bytes, when compiled.
const BASE_LIMIT: usize = 64 * 1024;
/// How much each byte of a longer pattern adds, so that size stays linear in the text: repetition
/// counts multiply (`(a{999}){999}`), plain text does not.
const LIMIT_PER_BYTE: usize = 128;

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
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .size_limit(BASE_LIMIT.saturating_add(pattern.len().saturating_mul(LIMIT_PER_BYTE)))
        .build()
        .map_err(|error| {
            format!("{} is no regular expression: {}", quoted(pattern), reason(&error.to_string()))
        })
}

/// The engine's reasons in the words of the format, where its own are about its insides.
fn reason(error: &str) -> &str {
    match error {
        "compiled regex exceeded size limit" => "its repetitions multiply to more than it may hold",
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
            ("((a{999}){999}){999}", "multiply"),
            (&"(".repeat(1000), "nesting"),
        ] {
            let error = regex(pattern, false).expect_err(pattern);
            assert!(error.contains(part), "{pattern}: {error}");
        }
    }

    #[test]
    fn long_patterns_of_plain_text_compile() {
        let words: Vec<String> = (0..2000).map(|n| format!("customer-{n:05}")).collect();
        assert!(regex(&format!("^({})$", words.join("|")), true).unwrap().is_match("CUSTOMER-00007"));
    }
}
