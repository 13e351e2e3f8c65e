//! The declared context: attributes that a program can have.

use super::scope::{DiagnosticSink, Scope};
use crate::names::TARGETING_KEY;
use crate::{AttributeType, Code, Diagnostic, ScalarType};

/// The targeting key is a string, and any string.
pub(super) fn user(scope: &Scope<'_>, found: &DiagnosticSink) {
    for attribute in
        scope.document.context.iter().flatten().filter(|attribute| attribute.name.value == TARGETING_KEY)
    {
        if attribute.kind.value != AttributeType::One(ScalarType::String) {
            let message =
                format!("`{TARGETING_KEY}` is the targeting key: a string, not `{}`", attribute.kind.value);
            let help = "declare it as `string`, or call the attribute otherwise";
            found.push(Diagnostic::new(Code::WrongType, attribute.kind.position, message).help(help));
        }
        if let Some(value) = attribute.values.first() {
            let message = format!("`{TARGETING_KEY}` is the targeting key, which has no `values`");
            let help = "remove `values`, or call the attribute otherwise";
            found.push(Diagnostic::new(Code::WrongType, value.position, message).help(help));
        }
    }
}
