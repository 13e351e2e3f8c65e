//! Where things end in a YAML text, and how they are written on one line.

use crate::describe;

/// A text as a scalar.
pub(crate) fn quoted(text: &str) -> String {
    describe::quoted(text)
}

/// A map on one line, its keys and values as they are written.
pub(crate) fn flow_map(entries: &[(String, String)]) -> String {
    let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{ {} }}", entries.join(", "))
}

/// Where a quoted scalar ends that the text begins with.
pub(crate) fn quoted_end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    let (_, quote) = chars.next()?;
    while let Some((at, c)) = chars.next() {
        if quote == '"' && c == '\\' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Where a flow collection ends that the text begins with.
pub(crate) fn flow_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    let mut before = ' ';
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let mut length = c.len_utf8();
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            // Inside of a plain scalar quotes and hashes are themselves.
            '"' | '\'' if before.is_whitespace() || matches!(before, '{' | '[' | ',' | ':') => {
                length = quoted_end(text.get(at..)?)?;
            }
            '#' if before.is_whitespace() => length = text.get(at..)?.find('\n')?,
            _ => {}
        }
        before = c;
        at += length;
    }
    None
}

/// Where a plain scalar of one line ends that the text begins with.
pub(crate) fn plain_end(text: &str, in_flow: bool) -> usize {
    let line = text.lines().next().unwrap_or_default();
    let mut end = line.len();
    let mut before = '\0';
    for (at, c) in line.char_indices() {
        let comment = c == '#' && before.is_whitespace();
        if comment || (in_flow && matches!(c, ',' | '}' | ']')) {
            end = at;
            break;
        }
        before = c;
    }
    line.get(..end).unwrap_or_default().trim_end().len()
}

/// The comments of a text, each from its hash to the end of its line.
pub(crate) fn comments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = '\n';
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let c = rest.chars().next().unwrap_or_default();
        let mut length = c.len_utf8();
        match c {
            '"' | '\'' if before.is_whitespace() || matches!(before, '{' | '[' | ',' | ':') => {
                length = quoted_end(rest).unwrap_or(length);
            }
            '#' if before.is_whitespace() => {
                let comment = rest.lines().next().unwrap_or_default();
                found.push(comment.trim_end());
                length = comment.len();
            }
            _ => {}
        }
        before = c;
        at += length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{comments, flow_end, plain_end, quoted_end};

    #[test]
    fn ends() {
        for (text, end) in [("'a' b", 3), ("'it''s' b", 7), (r#""a\"b" c"#, 6), (r#""\\" c"#, 4)] {
            assert_eq!(quoted_end(text), Some(end), "{text}");
        }
        for (text, end) in [
            ("{ a: 1 } # }", 8),
            ("[a, { b: '}' }, \"]\"] x", 20),
            ("{ a: it's, # }\n b: 1 } c", 22),
            ("[]", 2),
        ] {
            assert_eq!(flow_end(text), Some(end), "{text}");
        }
        assert_eq!(flow_end("{ a: 1"), None);
        for (text, in_flow, end) in [
            ("off # now", false, 3),
            ("a#b", false, 3),
            ("a, b }", true, 1),
            ("a, b", false, 4),
            ("on\nx", false, 2),
        ] {
            assert_eq!(plain_end(text, in_flow), end, "{text}");
        }
    }

    #[test]
    fn comments_outside_of_scalars() {
        let text = "a: 1 # one\nb: '# no'\n# two \nc: x#y \"# z\"\nd: \"# no\" # three";
        assert_eq!(comments(text), ["# one", "# two", "# three"]);
    }
}
