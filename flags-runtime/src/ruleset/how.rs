//! Operands of conditions, from literals to what they stand for.

use super::How;
use super::number::Number;
use super::operand::{Folded, Literal, Operand, OwnedVersion, Part, Relation, fold};
use super::pattern::Pattern;
use crate::context::{Short, Text};
use flags_schema::parse::{self, Requirement, Version};
use flags_schema::{Code, Comparison, Operator, ScalarType, Spanned, Timestamp, Value};

/// Why an operand cannot be used.
pub(super) type Refused = (Code, String);

/// How the attribute, of the declared type if it has one, is compared.
///
/// # Errors
/// When the operand is none that the operator takes, or does not parse.
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
            Operator::StartsWith => self.part(Part::Start),
            Operator::EndsWith => self.part(Part::End),
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
            Operator::SemverIn => Ok(Operand::VersionOneOf(collect(list(operand)?, version)?)),
            Operator::Semver => {
                let requirement =
                    Requirement::parse(text(operand)?).map_err(|e| (Code::BadRequirement, e))?;
                Ok(Operand::Requirement(Box::new(requirement)))
            }
            Operator::Cidr => Ok(Operand::Networks(match operand {
                Value::List(items) => collect(items, network)?,
                one => [network(one)?].into(),
            })),
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
        } else if self.ignore_case {
            Operand::FoldedOrder(relation, fold(text(self.operand)?).into())
        } else {
            Operand::Order(relation, literal(self.operand)?)
        })
    }

    fn version(self, relation: Relation) -> Result<Operand, Refused> {
        Ok(Operand::Version(relation, version(self.operand)?))
    }

    fn equal(self) -> Result<Operand, Refused> {
        self.element(self.operand)
    }

    fn one_of(self) -> Result<Operand, Refused> {
        let items = list(self.operand)?;
        if self.moments {
            return Ok(Operand::MomentOneOf(collect(items, moment)?));
        }
        if self.versions {
            return Ok(Operand::VersionOneOf(collect(items, version)?));
        }
        if self.ignore_case {
            return Ok(Operand::Folded(collect(items, |item| literal(item).map(Folded::new))?));
        }
        Ok(words(collect(items, literal)?))
    }

    fn elements(self) -> Result<Box<[Operand]>, Refused> {
        collect(list(self.operand)?, |item| self.element(item))
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
            return Ok(Operand::Folded([Folded::new(literal(item)?)].into()));
        }
        Ok(match literal(item)? {
            Literal::Word(Text::Short(word)) => Operand::Word(word),
            literal => Operand::Equal(literal),
        })
    }

    fn part(self, part: Part) -> Result<Operand, Refused> {
        let text = text(self.operand)?;
        Ok(if self.ignore_case {
            Operand::FoldedPart(part, fold(text).into())
        } else {
            Operand::Part(part, text.into())
        })
    }

    /// The part that `contains` looks for in text; none when the operand is no text.
    fn inner_part(self) -> Result<Option<Operand>, Refused> {
        match self.operand {
            Value::String(_) => self.part(Part::Anywhere).map(Some),
            _ => Ok(None),
        }
    }
}

fn network(value: &Value) -> Result<parse::IpNet, Refused> {
    parse::network(text(value)?).map_err(|e| (Code::BadAddress, e))
}

/// From about this many members on a set is hashed rather than scanned.
const MANY: usize = 10;

fn words(literals: Box<[Literal]>) -> Operand {
    let words: Option<Vec<&Text>> = literals
        .iter()
        .map(|literal| match literal {
            Literal::Word(text) => Some(text),
            _ => None,
        })
        .collect();
    let Some(words) = words else { return Operand::OneOf(literals) };
    let short: Option<Vec<Short>> = words
        .iter()
        .map(|text| match text {
            Text::Short(short) => Some(*short),
            Text::Long(_) => None,
        })
        .collect();
    match short {
        Some(short) if short.len() < MANY => Operand::Words(short.into()),
        _ => Operand::WordSet(words.into_iter().cloned().collect()),
    }
}

fn collect<T>(
    items: &[Spanned<Value>],
    each: impl Fn(&Value) -> Result<T, Refused>,
) -> Result<Box<[T]>, Refused> {
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
