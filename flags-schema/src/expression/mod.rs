//! Conditions as expressions: read into the same tree as structured ones, and printed from it.
//!
//! ```text
//! condition  = and { ("||" | "or") and }
//! and        = not { ("&&" | "and") not }
//! not        = { "!" | "not" } atom
//! atom       = "(" condition ")" | "exists" "(" attribute ")" | "segment" "(" text ")" | served | comparison
//! served     = "flag" "(" text ")" [ ( "==" | "!=" ) text | ( "in" | "not-in" ) "[" { text "," } "]" ]
//! comparison = attribute operator operand [ "ignore_case" ]
//! attribute  = a word of letters, digits, "_", "." and "-", or anything between backticks
//! operator   = "==" "!=" ">" ">=" "<" "<=" "=~" "in" "not-in", or any other operator's name
//! operand    = text | number | "true" | "false" | "[" { text | number | "true" | "false" "," } "]"
//! text       = between single or double quotes
//! ```
//!
//! In texts and between backticks, `\\`, `\'`, `\"`, `` \` ``, `\n`, `\r`, `\t` and `\u{1f600}` stand for
//! one character; before any other a backslash is itself, so that `'\d+\.'` is the regular expression
//! that it looks like.

mod comparison;
mod lexer;
mod parser;
mod printer;

pub use parser::parse;
pub use printer::print;

/// How deeply parentheses and negations may nest.
pub const MAX_DEPTH: usize = 64;

/// One thing that is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where it starts, in characters from the start of the text.
    pub offset: usize,
    /// How many characters it covers; at least 1 unless the text is empty.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

/// Words that are never an attribute's name unless it stands in backticks.
const RESERVED: [&str; 6] = ["and", "or", "not", "true", "false", "null"];

/// Whether `c` may start a word.
fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Whether `c` may follow in a word.
fn continues_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-')
}
