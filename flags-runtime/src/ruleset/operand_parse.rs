//! Operands of conditions: from what is written to what they stand for.

use super::How;
use super::literal::{Literal, OwnedVersion, fold};
use super::networks::Networks;
use super::number::Number;
use super::one_of::{Literals, OneOf};
use super::operand::{Anchor, Operand, Relation};
use super::pattern::Pattern;
use crate::context::{Short, Text};
use flags_schema::parse::{self, Requirement, Version};
use flags_schema::{Code, Comparison, Operator, ScalarType, Spanned, Timestamp, Value};

/// Why an operand cannot be used.
pub(super) type Refused = (Code, String);

/// How the attribute, of the declared type if it has one, is compared.
///
/// # Errors
/// When the operator does not take the operand, or the operand does not parse.
pub(super) fn how(comparison: &Comparison, declared: Option<ScalarType>) -> Result<How, Refused> {
    let reader = Reader {
        operand: &comparison.operand.value,
        ignore_case: comparison.ignore_case,
        moments: declared == Some(ScalarType::Timestamp),
        versions: declared == Some(ScalarType::Version),
    };
    Ok(match comparison.operator.value {
        Operator::Exists => How::Exists,
        Operator::Neq => How::Lacks(reader.equal()?),
        Operator::Nin => How::Lacks(reader.one_of()?),
        Operator::SemverNeq => How::Lacks(reader.version(Relation::Equal)?),
        Operator::ContainsAny => How::HasAny(reader.elements()?),
        Operator::ContainsAll => How::HasAll(reader.elements()?),
        Operator::Contains => How::Contains { part: reader.inner_part()?, element: reader.equal()? },
        operator => How::Meets(reader.meets(operator)?),
    })
}

/// Reads one operand in the ways that operators need.
#[derive(Clone, Copy)]
struct Reader<'a> {
    operand: &'a Value,
    ignore_case: bool,
    /// Whether plain comparisons are those of timestamps, or of versions.
    moments: bool,
    versions: bool,
}

impl Reader<'_> {
    fn meets(self, operator: Operator) -> Result<Operand, Refused> {
        let Self { operand, ignore_case, .. } = self;
        match operator {
            Operator::In => self.one_of(),
            Operator::Gt => self.relation(Relation::Greater),
            Operator::Gte => self.relation(Relation::GreaterOrEqual),
            Operator::Lt => self.relation(Relation::Less),
            Operator::Lte => self.relation(Relation::LessOrEqual),
            Operator::StartsWith => self.part(Anchor::Start),
            Operator::EndsWith => self.part(Anchor::End),
            Operator::Regex => {
                let regex = parse::regex(text(operand)?, ignore_case).map_err(|e| (Code::BadRegex, e))?;
                Ok(Operand::Regex(Box::new(Pattern::new(&regex))))
            }
            Operator::Before => Ok(Operand::Moment(Relation::Less, moment(operand)?)),
            Operator::After => Ok(Operand::Moment(Relation::Greater, moment(operand)?)),
            Operator::Within => {
                let length = parse::duration(text(operand)?).map_err(|e| (Code::BadDuration, e))?;
                Ok(Operand::Within(length.0))
            }
            Operator::SemverEq => self.version(Relation::Equal),
            Operator::SemverGt => self.version(Relation::Greater),
            Operator::SemverGte => self.version(Relation::GreaterOrEqual),
            Operator::SemverLt => self.version(Relation::Less),
            Operator::SemverLte => self.version(Relation::LessOrEqual),
            Operator::SemverIn => Ok(Operand::OneOf(OneOf::versions(collect(list(operand)?, version)?))),
            Operator::Semver => {
                let requirement =
                    Requirement::parse(text(operand)?).map_err(|e| (Code::BadRequirement, e))?;
                Ok(Operand::Requirement(Box::new(requirement)))
            }
            Operator::Cidr => {
                let networks = match operand {
                    Value::List(items) => collect(items, network)?,
                    one => vec![network(one)?],
                };
                Ok(Operand::Networks(Box::new(Networks::new(&networks))))
            }
            // `how` has seen to the negations, and to what asks of a list.
            Operator::Eq
            | Operator::Neq
            | Operator::Nin
            | Operator::Exists
            | Operator::SemverNeq
            | Operator::Contains
            | Operator::ContainsAny
            | Operator::ContainsAll => self.equal(),
        }
    }

    fn relation(self, relation: Relation) -> Result<Operand, Refused> {
        Ok(if self.moments {
            Operand::Moment(relation, moment(self.operand)?)
        } else if self.versions {
            Operand::Version(relation, version(self.operand)?)
        } else {
            match self.operand {
                // What has no case stays what it is.
                Value::String(text) if self.ignore_case => Operand::FoldedOrder(relation, fold(text).into()),
                operand => Operand::Order(relation, literal(operand)?),
            }
        })
    }

    fn version(self, relation: Relation) -> Result<Operand, Refused> {
        Ok(Operand::Version(relation, version(self.operand)?))
    }

    fn equal(self) -> Result<Operand, Refused> {
        self.element(self.operand)
    }

    fn one_of(self) -> Result<Operand, Refused> {
        if list(self.operand)?.is_empty() {
            // Nothing is one of nothing, whatever its type.
            return Ok(Operand::OneOf(OneOf::Literals(Box::new(Literals::new(&[], false)))));
        }
        if self.moments || self.versions || self.ignore_case {
            return Ok(Operand::OneOf(self.elements()?));
        }
        let literals = collect(list(self.operand)?, literal)?;
        Ok(words(&literals)
            .unwrap_or_else(|| Operand::OneOf(OneOf::Literals(Box::new(Literals::new(&literals, false))))))
    }

    fn elements(self) -> Result<OneOf, Refused> {
        let items = list(self.operand)?;
        if self.moments {
            return Ok(OneOf::moments(collect(items, moment)?));
        }
        if self.versions {
            return Ok(OneOf::versions(collect(items, version)?));
        }
        let literals = Literals::new(&collect(items, literal)?, self.ignore_case);
        Ok(OneOf::Literals(Box::new(literals)))
    }

    /// Equal to one thing.
    fn element(self, item: &Value) -> Result<Operand, Refused> {
        if self.moments {
            return Ok(Operand::Moment(Relation::Equal, moment(item)?));
        }
        if self.versions {
            return Ok(Operand::Version(Relation::Equal, version(item)?));
        }
        if self.ignore_case {
            let literals = Literals::new(&[literal(item)?], true);
            return Ok(Operand::OneOf(OneOf::Literals(Box::new(literals))));
        }
        Ok(match literal(item)? {
            Literal::Word(Text::Short(word)) => Operand::Word(word),
            literal => Operand::Equal(literal),
        })
    }

    fn part(self, anchor: Anchor) -> Result<Operand, Refused> {
        let text = text(self.operand)?;
        Ok(if self.ignore_case {
            Operand::FoldedPart(anchor, fold(text).into())
        } else {
            Operand::Part(anchor, text.into())
        })
    }

    /// The part that `contains` looks for in text; none when the operand is no text.
    fn inner_part(self) -> Result<Option<Operand>, Refused> {
        match self.operand {
            Value::String(_) => self.part(Anchor::Anywhere).map(Some),
            _ => Ok(None),
        }
    }
}

fn network(value: &Value) -> Result<parse::IpNet, Refused> {
    parse::network(text(value)?).map_err(|e| (Code::BadAddress, e))
}

/// From about this many members on a set is hashed rather than scanned.
const MANY: usize = 10;

/// Literals that are texts and no numbers, in the form that is compared at once; `None` when there are others.
fn words(literals: &[Literal]) -> Option<Operand> {
    let words = literals.iter().map(|literal| match literal {
        Literal::Word(text) => Some(text),
        Literal::Digits(..) | Literal::Number(_) | Literal::Boolean(_) => None,
    });
    let words: Vec<&Text> = words.collect::<Option<_>>()?;
    let short = words.iter().map(|text| match text {
        Text::Short(short) => Some(*short),
        Text::Long(_) => None,
    });
    let short: Option<Vec<Short>> = if words.len() < MANY { short.collect() } else { None };
    Some(match short {
        Some(short) => Operand::Words(short.into()),
        None => Operand::WordSet(Box::new(words.into_iter().cloned().collect())),
    })
}

fn collect<T>(
    items: &[Spanned<Value>],
    each: impl Fn(&Value) -> Result<T, Refused>,
) -> Result<Vec<T>, Refused> {
    items.iter().map(|item| each(item)).collect()
}

fn wrong(value: &Value, wanted: &str) -> Refused {
    (Code::OperandType, format!("{} where {wanted} is needed", value.describe()))
}

fn text(value: &Value) -> Result<&str, Refused> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(wrong(other, "a string")),
    }
}

fn list(value: &Value) -> Result<&[Spanned<Value>], Refused> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(wrong(other, "a list")),
    }
}

fn literal(value: &Value) -> Result<Literal, Refused> {
    Ok(match value {
        Value::String(text) => match Number::from_text(text) {
            Some(number) => Literal::Digits(Text::new(text), number),
            None => Literal::Word(Text::new(text)),
        },
        Value::Integer(number) => Literal::Number(Number::Integer(*number)),
        Value::Float(number) if !number.is_finite() => {
            return Err((Code::OperandType, format!("`{number}` compares with nothing")));
        }
        Value::Float(number) => Literal::Number(Number::Float(*number)),
        Value::Bool(boolean) => Literal::Boolean(*boolean),
        other => return Err(wrong(other, "a string, a number or a boolean")),
    })
}

fn moment(value: &Value) -> Result<Timestamp, Refused> {
    match value {
        Value::Integer(millis) => Ok(Timestamp(*millis)),
        other => parse::timestamp(text(other)?).map_err(|e| (Code::BadTimestamp, e)),
    }
}

fn version(value: &Value) -> Result<OwnedVersion, Refused> {
    let text = text(value)?;
    match Version::parse(text) {
        Some(version) => Ok(OwnedVersion::new(&version)),
        None => Err((Code::BadVersion, format!("`{text}` is no version"))),
    }
}
