//! Conditions: the segments and attributes they name, and how attributes may be compared.

use super::scope::{DiagnosticSink, Scope};
use super::{dependencies, operands};
use crate::{
    AttributeType, Code, Comparison, Condition, Diagnostic, FlagState, Operator, ScalarType, Spanned,
};

/// The targeting key, which every condition may ask for without declaring it.
use crate::names::TARGETING_KEY;

/// Conditions name segments and attributes that exist, and compare what can be compared.
pub(super) fn conditions(scope: &Scope<'_>, when: &Spanned<Condition>, found: &DiagnosticSink) {
    // A stack of our own: however deep a condition is, this one cannot overflow.
    let mut left = vec![&when.value];
    while let Some(condition) = left.pop() {
        match condition {
            Condition::All(all) | Condition::Any(all) => {
                if all.is_empty() {
                    let message = "a condition over nothing is a mistake";
                    let help = "put a condition into it, or remove it";
                    found.push(Diagnostic::new(Code::EmptyList, when.position, message).help(help));
                }
                left.extend(all.iter().rev());
            }
            Condition::Not(condition) => left.push(condition),
            Condition::Segment(name) => segment(scope, name, found),
            Condition::Flag(requirement) => {
                dependencies::known(scope, std::slice::from_ref(requirement), found);
            }
            Condition::Compare(comparison) => compare(scope, comparison, found),
        }
    }
}

/// A segment that is named exists.
pub(super) fn segment(scope: &Scope<'_>, name: &Spanned<String>, found: &DiagnosticSink) {
    if !scope.segments.contains_key(name.as_str()) {
        let diagnostic =
            Diagnostic::new(Code::UnknownSegment, name.position, format!("no segment `{}`", name.value))
                .help("declare it under `segments`");
        let known = scope.document.segments.iter().map(|segment| segment.name.as_str());
        found.push(scope.nearest(diagnostic, name, known));
    }
}

/// A state that is none of the format's names a segment.
pub(super) fn state(scope: &Scope<'_>, state: &Spanned<FlagState>, found: &DiagnosticSink) {
    let FlagState::Segment(name) = &state.value else { return };
    if scope.segments.contains_key(name.as_str()) {
        return;
    }
    let message = format!("no state and no segment `{name}`");
    let diagnostic = Diagnostic::new(Code::UnknownSegment, state.position, message)
        .help(format!("write {}, or declare the segment under `segments`", FlagState::listed()));
    let known: Vec<&str> = FlagState::WORDS
        .iter()
        .map(FlagState::as_str)
        .chain(scope.document.segments.iter().map(|segment| segment.name.as_str()))
        .collect();
    found.push(scope.nearest(diagnostic, name, known.into_iter()));
}

/// The attribute exists, has that operator, and the operand is one that can be compared with it.
fn compare(scope: &Scope<'_>, comparison: &Comparison, found: &DiagnosticSink) {
    let Ok(kind) = attribute_type(scope, &comparison.attribute, found) else { return };
    if let Some(kind) = kind
        && !applies(comparison.operator.value, kind)
    {
        found.push(wrong_operator(comparison, kind));
        return;
    }
    ignore_case(comparison, kind, found);
    operands::operand(scope, comparison, kind.map(element), found);
}

/// The attribute's type; `None` when it is not known. `Err` when it should be, and is not.
pub(super) fn attribute_type(
    scope: &Scope<'_>,
    name: &Spanned<String>,
    found: &DiagnosticSink,
) -> Result<Option<AttributeType>, ()> {
    if name.value == TARGETING_KEY {
        return Ok(Some(AttributeType::One(ScalarType::String)));
    }
    let Some(attributes) = &scope.attributes else { return Ok(None) };
    if let Some(attribute) = attributes.get(name.as_str()) {
        // Its type may be what could not be read.
        let is_damaged = scope.damage.is_at(attribute.name.position);
        return Ok((!is_damaged).then_some(attribute.kind.value));
    }
    let diagnostic =
        Diagnostic::new(Code::UnknownAttribute, name.position, format!("no attribute `{}`", name.value))
            .help("declare it under `context`");
    let declared = scope.document.context.iter().flatten().map(|attribute| attribute.name.as_str());
    let known: Vec<&str> = declared.chain([TARGETING_KEY]).collect();
    found.push(scope.nearest(diagnostic, name, known.into_iter()));
    Err(())
}

/// The type of what is compared: a list is compared by its elements.
const fn element(kind: AttributeType) -> ScalarType {
    match kind {
        AttributeType::One(scalar) | AttributeType::List(scalar) => scalar,
    }
}

/// Whether an attribute of that type has the operator.
fn applies(operator: Operator, kind: AttributeType) -> bool {
    use Operator as O;
    use ScalarType as T;
    let is_list = matches!(kind, AttributeType::List(_));
    let scalar = element(kind);
    match operator {
        O::Eq | O::Neq | O::In | O::Nin | O::Exists => true,
        O::Gt | O::Gte | O::Lt | O::Lte => !matches!(scalar, T::Boolean | T::Address),
        O::Contains => is_list || scalar == T::String,
        O::ContainsAny | O::ContainsAll => is_list,
        O::StartsWith | O::EndsWith | O::Regex => scalar == T::String,
        O::Before | O::After | O::Within => scalar == T::Timestamp,
        O::SemverEq
        | O::SemverNeq
        | O::SemverGt
        | O::SemverGte
        | O::SemverLt
        | O::SemverLte
        | O::SemverIn
        | O::Semver => scalar == T::Version,
        O::Cidr => scalar == T::Address,
    }
}

fn wrong_operator(comparison: &Comparison, kind: AttributeType) -> Diagnostic {
    let (attribute, operator) = (&comparison.attribute.value, comparison.operator.value);
    let message = format!("attribute `{attribute}` is of type `{kind}`, which `{operator}` does not compare");
    let wanted = match operator {
        Operator::ContainsAny | Operator::ContainsAll => Some(format!("[{}]", element(kind).as_str())),
        Operator::Before | Operator::After | Operator::Within => Some("timestamp".to_owned()),
        Operator::Cidr => Some("address".to_owned()),
        Operator::SemverEq
        | Operator::SemverNeq
        | Operator::SemverGt
        | Operator::SemverGte
        | Operator::SemverLt
        | Operator::SemverLte
        | Operator::SemverIn
        | Operator::Semver => Some("version".to_owned()),
        Operator::Eq
        | Operator::Neq
        | Operator::In
        | Operator::Nin
        | Operator::Exists
        | Operator::Gt
        | Operator::Gte
        | Operator::Lt
        | Operator::Lte
        | Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Regex => None,
    };
    let operators: Vec<&str> =
        Operator::ALL.iter().filter(|other| applies(**other, kind)).map(|other| other.as_str()).collect();
    let declared = comparison.attribute.value != TARGETING_KEY;
    let help = match wanted {
        Some(wanted) if declared => format!("declare `{attribute}` as `{wanted}` under `context`"),
        _ => format!("use one of `{}`", operators.join("`, `")),
    };
    Diagnostic::new(Code::OperatorType, comparison.operator.position, message).help(help)
}

/// Case is ignored where text is compared with text.
fn ignore_case(comparison: &Comparison, kind: Option<AttributeType>, found: &DiagnosticSink) {
    use Operator as O;
    if !comparison.ignore_case {
        return;
    }
    let operator = comparison.operator.value;
    let on_text = matches!(
        operator,
        O::Eq
            | O::Neq
            | O::In
            | O::Nin
            | O::Gt
            | O::Gte
            | O::Lt
            | O::Lte
            | O::Contains
            | O::ContainsAny
            | O::ContainsAll
            | O::StartsWith
            | O::EndsWith
            | O::Regex
    );
    let message = match kind {
        _ if !on_text => format!("`{operator}` has no case to ignore"),
        Some(kind) if element(kind) != ScalarType::String => {
            let attribute = &comparison.attribute.value;
            format!("attribute `{attribute}` is of type `{kind}`, which has no case to ignore")
        }
        _ => return,
    };
    let position = comparison.operator.position;
    found.push(Diagnostic::new(Code::OperatorType, position, message).help("remove `ignore_case`"));
}
