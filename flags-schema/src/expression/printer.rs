//! A condition as an expression.

use super::{RESERVED, continues_word, starts_word};
use crate::printable::disturbs;
use crate::{Comparison, Condition, Operator, Requirement, Value};
use std::fmt::{self, Write};

/// The expression that reads back as `condition`.
///
/// It does for every canonical condition whose operands are finite scalars or lists of them; others print
/// readably, but an empty `All` has no expression.
///
/// ```
/// use flags_schema::expression::{parse, print};
///
/// let condition = parse("not(country=='DE'or plan in[\"free\"])").unwrap();
/// assert_eq!(print(&condition), "!(country == 'DE' || plan in ['free'])");
/// ```
#[must_use]
pub fn print(condition: &Condition) -> String {
    condition.to_string()
}

impl fmt::Display for Condition {
    /// As an expression: see [`print()`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(members) => {
                join(f, members, "all()", " && ", |member| matches!(member, Self::All(_) | Self::Any(_)))
            }
            Self::Any(members) => join(f, members, "any()", " || ", |member| matches!(member, Self::Any(_))),
            Self::Not(inner) => match &**inner {
                // `!plan == 'free'` is right too, but readers of C would stumble.
                Self::All(_) | Self::Any(_) | Self::Compare(_) | Self::Flag(_) if !stands_alone(inner) => {
                    write!(f, "!({inner})")
                }
                _ => write!(f, "!{inner}"),
            },
            Self::Segment(name) => {
                f.write_str("segment(")?;
                quote(f, name, '\'')?;
                f.write_char(')')
            }
            Self::Flag(Requirement { flag, variants }) => {
                f.write_str("flag(")?;
                quote(f, flag, '\'')?;
                f.write_char(')')?;
                match variants.as_slice() {
                    [] => Ok(()),
                    [only] => {
                        f.write_str(" == ")?;
                        quote(f, only, '\'')
                    }
                    several => {
                        for (index, variant) in several.iter().enumerate() {
                            f.write_str(if index == 0 { " in [" } else { ", " })?;
                            quote(f, variant, '\'')?;
                        }
                        f.write_char(']')
                    }
                }
            }
            Self::Compare(comparison) => write!(f, "{comparison}"),
        }
    }
}

/// Whether nothing of it follows its parentheses: a `!` before it is read for all of it.
fn stands_alone(condition: &Condition) -> bool {
    match condition {
        Condition::Compare(comparison) => comparison.operator.value == Operator::Exists,
        Condition::Flag(requirement) => requirement.variants.is_empty(),
        Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::Segment(_) => false,
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    members: &[Condition],
    empty: &str,
    between: &str,
    in_parentheses: impl Fn(&Condition) -> bool,
) -> fmt::Result {
    if members.is_empty() {
        return f.write_str(empty);
    }
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        if members.len() > 1 && in_parentheses(member) {
            write!(f, "({member})")?;
        } else {
            write!(f, "{member}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Comparison {
    /// As an expression: `plan in ['free', 'premium']`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.operator.value == Operator::Exists {
            if self.operand.value == Value::Bool(false) {
                f.write_char('!')?;
            }
            f.write_str("exists(")?;
            attribute(f, &self.attribute)?;
            return f.write_char(')');
        }
        attribute(f, &self.attribute)?;
        write!(f, " {} ", spelling(self.operator.value))?;
        operand(f, &self.operand)?;
        if self.ignore_case {
            f.write_str(" ignore_case")?;
        }
        Ok(())
    }
}

/// How an operator is written in an expression.
pub(super) const fn spelling(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "==",
        Operator::Neq => "!=",
        Operator::Gt => ">",
        Operator::Gte => ">=",
        Operator::Lt => "<",
        Operator::Lte => "<=",
        Operator::Nin => "not-in",
        Operator::Regex => "=~",
        other => other.as_str(),
    }
}

fn attribute(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let is_word = name.starts_with(starts_word) && name.chars().all(continues_word);
    // Names of operators and functions would be read rightly, but not by people.
    let is_taken = RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word))
        || Operator::from_name(name).is_some()
        || matches!(name, "not-in" | "segment" | "flag" | "ignore_case");
    if is_word && !is_taken { f.write_str(name) } else { quote(f, name, '`') }
}

fn operand(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Bool(value) => write!(f, "{value}"),
        Value::Integer(value) => write!(f, "{value}"),
        // Always with a point or an exponent, unlike `Display`.
        Value::Float(value) => write!(f, "{value:?}"),
        Value::String(value) => {
            quote(f, value, if value.contains('\'') && !value.contains('"') { '"' } else { '\'' })
        }
        Value::List(values) => {
            f.write_char('[')?;
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    f.write_str(", ")?;
                }
                operand(f, value)?;
            }
            f.write_char(']')
        }
        Value::Map(_) => f.write_str("{…}"),
    }
}

/// What a backslash before it makes an escape.
const ESCAPED: [char; 8] = ['\\', '\'', '"', '`', 'n', 'r', 't', 'u'];

fn quote(f: &mut fmt::Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    f.write_char(quote)?;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Only where it would be read as the start of an escape, so that regexes stay readable.
            '\\' if chars.peek().is_none_or(|c| disturbs(*c) || ESCAPED.contains(c)) => {
                f.write_str("\\\\")?;
            }
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote => write!(f, "\\{c}")?,
            c if disturbs(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}
