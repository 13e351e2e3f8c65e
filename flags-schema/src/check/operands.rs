//! Operands: of the type that the attribute and the operator take, and texts that parse.

use super::scope::{DiagnosticSink, Scope};
use crate::{Code, Comparison, Diagnostic, Operator, Position, ScalarType, Spanned, Value, parse};

/// What an operand has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Any scalar.
    Scalar,
    Boolean,
    Integer,
    Number,
    Text,
    /// A number or a text.
    Ordered,
    Moment,
    Duration,
    Version,
    VersionRequirement,
    Address,
    Network,
    Pattern,
}

/// The operand is what its operator takes and what its attribute is, it parses, and it is one of the
/// attribute's declared `values`.
pub(super) fn operand(
    scope: &Scope<'_>,
    comparison: &Comparison,
    kind: Option<ScalarType>,
    found: &DiagnosticSink,
) {
    let operator = comparison.operator.value;
    let operand = &comparison.operand;
    let elements = match (&operand.value, takes(operator)) {
        (Value::List(elements), Takes::List | Takes::Either) => {
            if elements.is_empty() {
                let attribute = &comparison.attribute.value;
                let (code, answer) = match operator {
                    Operator::In => (Code::EmptyOperand, "matches nobody".to_owned()),
                    Operator::Nin => (Code::EmptyOperand, format!("matches everybody who has `{attribute}`")),
                    Operator::ContainsAll => (Code::EmptyList, "asks for nothing".to_owned()),
                    Operator::Eq
                    | Operator::Neq
                    | Operator::Exists
                    | Operator::Gt
                    | Operator::Gte
                    | Operator::Lt
                    | Operator::Lte
                    | Operator::Contains
                    | Operator::ContainsAny
                    | Operator::StartsWith
                    | Operator::EndsWith
                    | Operator::Regex
                    | Operator::Before
                    | Operator::After
                    | Operator::Within
                    | Operator::SemverEq
                    | Operator::SemverNeq
                    | Operator::SemverGt
                    | Operator::SemverGte
                    | Operator::SemverLt
                    | Operator::SemverLte
                    | Operator::SemverIn
                    | Operator::Semver
                    | Operator::Cidr => (Code::EmptyList, "can never hold".to_owned()),
                };
                let message = format!("`{operator}` over an empty list {answer}");
                let help = "put an element into the list, or remove the condition";
                found.push(Diagnostic::new(code, operand.position, message).help(help));
            }
            elements.as_slice()
        }
        (Value::List(_), Takes::One) => {
            let message = format!("`{operator}` takes one operand, not a list");
            let help = match one_of(operator) {
                Some(other) => format!("use `{other}`"),
                None => "write one operand, or several conditions under `any`".to_owned(),
            };
            found.push(Diagnostic::new(Code::OperandType, operand.position, message).help(help));
            return;
        }
        (_, Takes::List) => {
            let message = format!("`{operator}` takes a list, not {}", operand.describe());
            let help = format!("write the operand as a list: `[{}]`", shown(operand));
            found.push(Diagnostic::new(Code::OperandType, operand.position, message).help(help));
            return;
        }
        (_, Takes::One | Takes::Either) => std::slice::from_ref(operand),
    };
    let wanted = wanted(operator, kind);
    for element in elements {
        if let Some(diagnostic) = mistake(comparison, wanted, element) {
            found.push(diagnostic);
        } else {
            declared_value(scope, comparison, element, found);
        }
    }
}

enum Takes {
    One,
    List,
    Either,
}

const fn takes(operator: Operator) -> Takes {
    match operator {
        Operator::In | Operator::Nin | Operator::ContainsAny | Operator::ContainsAll | Operator::SemverIn => {
            Takes::List
        }
        Operator::Cidr => Takes::Either,
        Operator::Eq
        | Operator::Neq
        | Operator::Exists
        | Operator::Gt
        | Operator::Gte
        | Operator::Lt
        | Operator::Lte
        | Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Regex
        | Operator::Before
        | Operator::After
        | Operator::Within
        | Operator::SemverEq
        | Operator::SemverNeq
        | Operator::SemverGt
        | Operator::SemverGte
        | Operator::SemverLt
        | Operator::SemverLte
        | Operator::Semver => Takes::One,
    }
}

/// The operator that takes a list where this one takes one operand.
const fn one_of(operator: Operator) -> Option<&'static str> {
    match operator {
        Operator::Eq => Some("in"),
        Operator::Neq => Some("nin"),
        Operator::Contains => Some("contains_any"),
        Operator::SemverEq => Some("semver_in"),
        Operator::In
        | Operator::Nin
        | Operator::Exists
        | Operator::Gt
        | Operator::Gte
        | Operator::Lt
        | Operator::Lte
        | Operator::ContainsAny
        | Operator::ContainsAll
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Regex
        | Operator::Before
        | Operator::After
        | Operator::Within
        | Operator::SemverNeq
        | Operator::SemverGt
        | Operator::SemverGte
        | Operator::SemverLt
        | Operator::SemverLte
        | Operator::SemverIn
        | Operator::Semver
        | Operator::Cidr => None,
    }
}

const fn wanted(operator: Operator, kind: Option<ScalarType>) -> Wanted {
    use Operator as O;
    match operator {
        O::Exists => Wanted::Boolean,
        O::Regex => Wanted::Pattern,
        O::StartsWith | O::EndsWith => Wanted::Text,
        O::Before | O::After => Wanted::Moment,
        O::Within => Wanted::Duration,
        O::Semver => Wanted::VersionRequirement,
        O::SemverEq
        | O::SemverNeq
        | O::SemverGt
        | O::SemverGte
        | O::SemverLt
        | O::SemverLte
        | O::SemverIn => Wanted::Version,
        O::Cidr => Wanted::Network,
        O::Gt | O::Gte | O::Lt | O::Lte => match kind {
            None => Wanted::Ordered,
            // An integer may well lie between 1.5 and 2.5.
            Some(ScalarType::Integer) => Wanted::Number,
            Some(kind) => of_type(kind),
        },
        O::Eq | O::Neq | O::In | O::Nin | O::Contains | O::ContainsAny | O::ContainsAll => match kind {
            None => Wanted::Scalar,
            Some(kind) => of_type(kind),
        },
    }
}

const fn of_type(kind: ScalarType) -> Wanted {
    match kind {
        ScalarType::String => Wanted::Text,
        ScalarType::Integer => Wanted::Integer,
        ScalarType::Number => Wanted::Number,
        ScalarType::Boolean => Wanted::Boolean,
        ScalarType::Timestamp => Wanted::Moment,
        ScalarType::Version => Wanted::Version,
        ScalarType::Address => Wanted::Address,
    }
}

/// What is wrong with one operand, if anything is.
fn mistake(comparison: &Comparison, wanted: Wanted, operand: &Spanned<Value>) -> Option<Diagnostic> {
    if let Value::Float(number) = &operand.value
        && !number.is_finite()
    {
        let message = format!("`{number}` compares with nothing");
        let diagnostic = Diagnostic::new(Code::OperandType, operand.position, message);
        return Some(diagnostic.help("write a finite number"));
    }
    let text = match (wanted, &operand.value) {
        (_, Value::Null) => {
            let message = "nothing compares with null";
            let help = "use `exists: false` to ask whether an attribute is absent";
            return Some(Diagnostic::new(Code::OperandType, operand.position, message).help(help));
        }
        (Wanted::Scalar, Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::String(_))
        | (Wanted::Boolean, Value::Bool(_))
        | (Wanted::Integer | Wanted::Moment, Value::Integer(_))
        | (Wanted::Number | Wanted::Ordered, Value::Integer(_) | Value::Float(_))
        | (Wanted::Text | Wanted::Ordered, Value::String(_)) => return None,
        (
            Wanted::Moment
            | Wanted::Duration
            | Wanted::Version
            | Wanted::VersionRequirement
            | Wanted::Address
            | Wanted::Network
            | Wanted::Pattern,
            Value::String(text),
        ) => text,
        (wanted, _) => return Some(wrong_type(comparison, wanted, operand)),
    };
    let at = operand.position;
    match wanted {
        Wanted::Moment => parse::timestamp(text).err().map(|error| {
            text_mistake(
                Code::BadTimestamp,
                at,
                error,
                "write it like `2026-12-01` or `2026-12-01T09:00:00Z`",
            )
        }),
        Wanted::Duration => parse::duration(text)
            .err()
            .map(|error| text_mistake(Code::BadDuration, at, error, "write it like `30d` or `1h30m`")),
        Wanted::Version => parse::Version::parse(text).is_none().then(|| {
            text_mistake(
                Code::BadVersion,
                at,
                format!("{} is no version", crate::printable::quoted(text)),
                "write it like `1.4.0`",
            )
        }),
        Wanted::VersionRequirement => parse::Requirement::parse(text).err().map(|error| {
            text_mistake(Code::BadRequirement, at, error, "write it as Cargo does: `^1.2`, `>=1.4, <2`")
        }),
        Wanted::Address => parse::address(text).err().map(|error| {
            text_mistake(Code::BadAddress, at, error, "write it like `192.0.2.1` or `2001:db8::1`")
        }),
        Wanted::Network => parse::network(text)
            .err()
            .map(|error| text_mistake(Code::BadAddress, at, error, "write it like `10.0.0.0/8`")),
        Wanted::Pattern => parse::regex(text, comparison.ignore_case)
            .err()
            .map(|error| {
                let help = if error.ends_with("KiB") {
                    "lower the repetition counts, list whole texts with `in`, or write several conditions under `any`"
                } else {
                    "put `\\` before what is meant literally"
                };
                text_mistake(Code::BadRegex, at, error, help)
            }),
        _ => None,
    }
}

fn text_mistake(code: Code, position: Position, message: String, help: &str) -> Diagnostic {
    Diagnostic::new(code, position, message).help(help)
}

fn wrong_type(comparison: &Comparison, wanted: Wanted, operand: &Spanned<Value>) -> Diagnostic {
    let attribute = &comparison.attribute.value;
    let operator = comparison.operator.value;
    let in_list = matches!(comparison.operand.value, Value::List(_));
    let (one, several) = match wanted {
        Wanted::Scalar | Wanted::Ordered => ("a number or a string", "numbers or strings"),
        Wanted::Boolean => ("a boolean", "booleans"),
        Wanted::Integer => ("an integer", "integers"),
        Wanted::Number => ("a number", "numbers"),
        Wanted::Text => ("a string", "strings"),
        Wanted::Moment => ("a timestamp", "timestamps"),
        Wanted::Duration => ("a duration", "durations"),
        Wanted::Version => ("a version", "versions"),
        Wanted::VersionRequirement => ("a version requirement", "version requirements"),
        Wanted::Address => ("an address", "addresses"),
        Wanted::Network => ("a network", "networks"),
        Wanted::Pattern => ("a regular expression", "regular expressions"),
    };
    let noun = if in_list { several } else { one };
    let message = format!("`{operator}` on `{attribute}` takes {noun}, not {}", operand.describe());
    let help = match (wanted, &operand.value) {
        (
            Wanted::Text | Wanted::Version | Wanted::VersionRequirement | Wanted::Pattern,
            Value::Bool(_) | Value::Integer(_) | Value::Float(_),
        ) => format!("put it between quotes: `\"{}\"`", shown(operand)),
        (Wanted::Integer | Wanted::Number, Value::String(text)) if text.parse::<f64>().is_ok() => {
            format!("remove the quotes: `{text}`")
        }
        (Wanted::Boolean, _) => "write `true` or `false`".to_owned(),
        (Wanted::Moment, _) => "write it like `2026-12-01` or `2026-12-01T09:00:00Z`".to_owned(),
        (Wanted::Duration, _) => "write it with its unit, like `30d`".to_owned(),
        (Wanted::Address, _) => "write it like `192.0.2.1`".to_owned(),
        (Wanted::Network, _) => "write it like `10.0.0.0/8`".to_owned(),
        _ => format!("write {one}"),
    };
    Diagnostic::new(Code::OperandType, operand.position, message).help(help)
}

/// An operand as it could be written; what cannot stand on one short line is left out.
fn shown(operand: &Spanned<Value>) -> String {
    match &operand.value {
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::String(value) if value.len() <= 40 => value.clone(),
        _ => "…".to_owned(),
    }
}

/// Where `values` are declared, only they are compared for equality.
fn declared_value(
    scope: &Scope<'_>,
    comparison: &Comparison,
    operand: &Spanned<Value>,
    found: &DiagnosticSink,
) {
    use Operator as O;
    let equality = matches!(
        comparison.operator.value,
        O::Eq | O::Neq | O::In | O::Nin | O::Contains | O::ContainsAny | O::ContainsAll
    );
    let declared = scope.attributes.as_ref().and_then(|all| all.get(comparison.attribute.as_str()));
    let (true, Some(attribute), Value::String(text)) = (equality, declared, &operand.value) else { return };
    if attribute.values.is_empty() || scope.has_value(attribute, text, comparison.ignore_case) {
        return;
    }
    let message = format!("attribute `{}` has no value `{text}`", attribute.name.value);
    let diagnostic = Diagnostic::new(Code::OperandValue, operand.position, message)
        .help("add it to the attribute's `values`");
    let known = attribute.values.iter().map(|value| value.as_str());
    found.push(
        scope
            .nearest(diagnostic, text, known)
            .related(attribute.name.position, format!("`{}` is declared here", attribute.name.value)),
    );
}
