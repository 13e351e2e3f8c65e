//! Values: literals of the flag's type, and variants' values of one shape.

use super::rules::named;
use super::scope::{DiagnosticSink, Layer, Scope};
use crate::shape::Fit;
use crate::{Code, Diagnostic, Flag, Serve, Spanned, Users, Value, ValueType, parse};
use std::fmt;

/// A typed value serves only literals of its type; nothing else has a `value` of its own.
pub(super) fn types(layer: &Layer<'_>, found: &DiagnosticSink) {
    let key = &layer.flag.key.value;
    // What the base file lacks, or has too much, is found when it is read.
    let Some(kind) = layer.flag.value_type.as_deref().copied() else {
        if let (Some(value), Some(_)) = (layer.value, layer.environment) {
            let message = format!("flag `{key}` is no typed value, hence it has no `value`");
            let help = "set the `value` of a variant, or give the flag a `type`";
            found.push(Diagnostic::new(Code::ValueType, value.position, message).help(help));
        }
        return;
    };
    for (name, value) in [("value", layer.value), ("off", layer.off)] {
        if let Some(value) = value {
            literal(&format_args!("`{name}` of flag `{key}`"), kind, &value.with(&value.value), found);
        }
    }
    for (rule, what) in named(layer) {
        match rule.serve.as_ref().map(|serve| (serve, &serve.value)) {
            Some((serve, Serve::Value(value))) => literal(&what, kind, &serve.with(value), found),
            Some((serve, Serve::Split(_))) => {
                let message = format!("{what} splits variants, but the flag is a typed value");
                let help = "serve a literal, or use `variants` instead of `type`";
                found.push(Diagnostic::new(Code::ValueType, serve.position, message).help(help));
            }
            None => {}
        }
    }
    if layer.environment.is_some() {
        no_variants(layer, found);
    }
}

/// An environment gives a typed value neither variants nor users: they would have nothing to serve.
fn no_variants(layer: &Layer<'_>, found: &DiagnosticSink) {
    let key = &layer.flag.key.value;
    if let Some(variant) = layer.variants.first() {
        let message = format!("flag `{key}` is a typed value, hence it has no variants");
        let help = "set its `value`";
        found.push(Diagnostic::new(Code::ValueType, variant.name.position, message).help(help));
    }
    let user = match layer.users {
        Some(Users::On(users)) => users.first(),
        Some(Users::Variants(lists)) => lists.first().map(|(name, _)| name),
        Some(Users::Nobody) | None => None,
    };
    if let Some(user) = user {
        let message = format!("flag `{key}` is a typed value, which `users` cannot choose");
        let help = "write a rule: `when: { user: [...] }` with what it serves";
        found.push(Diagnostic::new(Code::ValueType, user.position, message).help(help));
    }
}

/// One literal is of the flag's type.
fn literal(what: &dyn fmt::Display, kind: ValueType, value: &Spanned<&Value>, found: &DiagnosticSink) {
    let problem = match (kind, value.value) {
        (ValueType::Json, _)
        | (ValueType::Boolean, Value::Bool(_))
        | (ValueType::String, Value::String(_))
        | (ValueType::Integer | ValueType::Float, Value::Integer(_))
        | (ValueType::Object, Value::Map(_)) => return,
        (ValueType::Float, Value::Float(number)) if number.is_finite() => return,
        (ValueType::Duration, Value::String(text)) => match parse::duration(text) {
            Ok(_) => return,
            Err(error) => (Code::BadDuration, error, "write it like `30s` or `1h30m`".to_owned()),
        },
        (kind, value) => {
            let message =
                format!("{what} is {}, but the flag's type is `{}`", value.describe(), kind.as_str());
            (Code::ValueType, message, example(kind, value))
        }
    };
    let (code, message, help) = problem;
    found.push(Diagnostic::new(code, value.position, message).help(help));
}

fn example(kind: ValueType, value: &Value) -> String {
    match (kind, value) {
        (ValueType::String, Value::Bool(value)) => format!("put it between quotes: `\"{value}\"`"),
        (ValueType::String, Value::Integer(value)) => format!("put it between quotes: `\"{value}\"`"),
        (ValueType::String, Value::Float(value)) => format!("put it between quotes: `\"{value}\"`"),
        (ValueType::Integer, Value::Float(_)) => {
            "write a whole number, or change the type to `float`".to_owned()
        }
        (ValueType::Boolean, _) => "write `true` or `false`".to_owned(),
        (ValueType::String, _) => "write a string".to_owned(),
        (ValueType::Integer, _) => "write a whole number".to_owned(),
        (ValueType::Float, _) => "write a finite number".to_owned(),
        (ValueType::Duration, _) => "write it with its unit, like `30s`".to_owned(),
        (ValueType::Object, _) => "write a map of fields".to_owned(),
        (ValueType::Json, _) => "write any value".to_owned(),
    }
}

/// All values of a flag have one shape, those of overlays included.
pub(super) fn shapes(scope: &Scope<'_>, flag: &Flag, found: &DiagnosticSink) {
    // What is no map at all has been reported as a literal of a wrong type.
    let is_object = flag.value_type.as_deref() == Some(&ValueType::Object);
    if is_object && flag.literals().iter().any(|literal| !matches!(literal.value, Value::Map(_))) {
        return;
    }
    let shape = match flag.shape() {
        Ok(shape) => shape,
        Err(errors) => {
            for error in errors {
                let diagnostic =
                    Diagnostic::new(Code::ValueShape, error.position, error.message).help(error.help);
                found.push(match error.other {
                    Some(other) => diagnostic.related(other, "the other one is here"),
                    None => diagnostic,
                });
            }
            return;
        }
    };
    // Scalars have been checked as literals; the base file's own values agree already.
    if flag.value_type.is_some() && !is_object {
        return;
    }
    let fit = shape.as_ref().map(Fit::new);
    for (environment, patch) in scope.patches.get(flag.key.as_str()).into_iter().flatten() {
        for literal in patch.literals(is_object, Some(environment)) {
            let (Some(shape), Some(fit)) = (&shape, &fit) else {
                let message = format!(
                    "{} has a value, but the variants of flag `{}` have none in the base file",
                    literal.source, flag.key.value
                );
                let help = "give every variant a `value` in the base file";
                found.push(Diagnostic::new(Code::ValueShape, literal.position, message).help(help));
                continue;
            };
            for misfit in fit.misfits(literal.value, literal.position) {
                let message =
                    format!("{} has another shape than in the base file: {}", literal.source, misfit.message);
                found.push(
                    Diagnostic::new(Code::ValueShape, misfit.position, message)
                        .help(format!("give it the shape `{shape}`"))
                        .related(flag.key.position, format!("flag `{}` is declared here", flag.key.value)),
                );
            }
        }
    }
}
