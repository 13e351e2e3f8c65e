//! What the YAML parser says, in words for people who write flags.

use crate::{Code, Diagnostic, FileId, Position};

/// Parts of what the parser says, the first that is found counts: what to say instead, and what to do.
const WORDS: &[(&str, &str, &str)] = &[
    ("tab character", "a tab used as indentation", "indent with spaces"),
    (
        "mapping values are not allowed",
        "`:` is not allowed here",
        "put the text in quotes, or check the indentation of this line",
    ),
    (
        "unknown anchor",
        "an alias of an anchor that is not defined before it",
        "define the anchor `&name` above",
    ),
    (
        "<document start>",
        "this line belongs to nothing above it",
        "align it with the first key of the file, or check the quotes above",
    ),
    (
        "comment or line break",
        "text behind the mark of a block",
        "write the text on the lines below, indented",
    ),
    ("alphabetic or numeric character", "an anchor or alias without a name", "put the value in quotes"),
    (
        "unknown escape character",
        "an escape that YAML does not have",
        "write the backslash twice, or use single quotes",
    ),
    (
        "did not find expected node content",
        "a value was expected here",
        "write one, or close the list or map",
    ),
    (
        "while parsing a block mapping",
        "a key was expected here",
        "align the line with the keys it belongs to",
    ),
    (
        "while parsing a block collection",
        "a list item was expected here",
        "align the line with the `-` of the list's other items",
    ),
    ("while parsing a flow mapping", "`,` or `}` was expected here", "close the map with `}`"),
    ("while parsing a flow sequence", "`,` or `]` was expected here", "close the list with `]`"),
];

/// The diagnostic of what the parser said at `position`, where `next` stands.
pub(super) fn explain(said: &str, position: Position, next: Option<char>) -> Diagnostic {
    let syntax = |message: &str, help: &str| Diagnostic::new(Code::Syntax, position, message).help(help);
    if said.contains("cannot start any token") {
        return match next {
            Some('\t') => syntax("a tab used as indentation", "indent with spaces"),
            Some(c) => syntax(&format!("no value can start with `{c}`"), "put the value in quotes"),
            None => syntax("a value was expected here", "write one"),
        };
    }
    let begins = beginning(said, position.file);
    if said.contains("unexpected end of stream") && said.contains("quoted scalar") {
        let position = begins.unwrap_or(position);
        return Diagnostic::new(Code::Syntax, position, "the quoted text that begins here is not closed")
            .help("add the closing quote");
    }
    if said.contains("could not find expected ':'") {
        let position = begins.unwrap_or(position);
        return Diagnostic::new(Code::Syntax, position, "a key without `:`").help("write `key: value`");
    }
    let diagnostic = match WORDS.iter().find(|(part, ..)| said.contains(part)) {
        Some((_, message, help)) => syntax(message, help),
        None => syntax(said.split(" at line ").next().unwrap_or(said), "correct the YAML here"),
    };
    match begins {
        Some(begins) if said.contains("while parsing a flow") => diagnostic.related(begins, "opened here"),
        _ => diagnostic,
    }
}

/// Where the thing begins that the parser was about: "…, while parsing a flow mapping at line 3 column 7".
fn beginning(said: &str, file: FileId) -> Option<Position> {
    let (_, position) = said.split_once(", while ")?.1.split_once(" at line ")?;
    let (line, column) = position.split_once(" column ")?;
    Some(Position::new(file, line.parse().ok()?, column.parse().ok()?))
}
