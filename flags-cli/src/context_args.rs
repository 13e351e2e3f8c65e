//! Who is asked for: contexts from the command line and from JSON.

use crate::args::{When, Who};
use crate::failure::Failure;
use crate::{file, output};
use flags_edit::impact::engine_in;
use flags_runtime::{AttributeValue, Context, ContextProblem, Engine};
use flags_schema::names::TARGETING_KEY;
use flags_schema::{Attribute, AttributeType, Document, ScalarType, suggest};
use std::io::Read as _;
use std::path::Path;
use std::{fs, io};

/// The context of the command line. What comes from a file is as the document declares it, too.
pub(crate) fn context(document: &Document, engine: &Engine, who: &Who) -> Result<Context, Failure> {
    let mut context = match &who.context {
        Some(path) => {
            let context = from_file(path)?;
            check(engine, &context, &file::shown(path))?;
            context
        }
        None => Context::anonymous(),
    };
    if let Some(user) = &who.user {
        context.set(TARGETING_KEY, user.as_str());
    }
    set_attributes(&mut context, document, &who.attr)?;
    warn(document, &context);
    Ok(context)
}

fn from_file(path: &Path) -> Result<Context, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let shown = path.display();
    let text = text.map_err(|error| Failure::new(format!("`{shown}` cannot be read: {error}")))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(format!("`{shown}` is no context: {error}"))
            .help("write an object, such as {\"user\": \"user-1\", \"plan\": \"premium\"}")
    })
}

/// Fails where the context's values are not of the declared types, and tells what else may surprise. What the document
/// does not declare or misses is reported when the context is complete.
pub(crate) fn check(engine: &Engine, context: &Context, from: &str) -> Result<(), Failure> {
    let (wrong, other): (Vec<_>, Vec<_>) = engine
        .check_context(context)
        .into_iter()
        .partition(|problem| matches!(problem, ContextProblem::WrongType { .. }));
    if !wrong.is_empty() {
        let wrong: Vec<String> = wrong.iter().map(ContextProblem::to_string).collect();
        return Err(Failure::usage(format!("`{from}`: {}", wrong.join("; ")))
            .help("write the values as the types that the file's `context` declares"));
    }
    let told = other.iter().filter(|problem| {
        !matches!(problem, ContextProblem::Undeclared { .. } | ContextProblem::Missing { .. })
    });
    told.for_each(|problem| output::tell(&format!("note: {problem}")));
    Ok(())
}

/// Sets attributes written `name=value`; values are read as the type that the file declares.
pub(crate) fn set_attributes(
    context: &mut Context,
    document: &Document,
    attributes: &[String],
) -> Result<(), Failure> {
    for written in attributes {
        let Some((name, text)) = written.split_once('=') else {
            return Err(Failure::usage(format!("`{written}` sets no attribute"))
                .help("write NAME=VALUE, such as plan=premium"));
        };
        let declared = document.context.iter().flatten().find(|attribute| *attribute.name == *name);
        let value = match (&document.context, declared) {
            (_, Some(attribute)) => declared_value(attribute, text)?,
            (_, None) if name == TARGETING_KEY => text.into(),
            (Some(attributes), None) => {
                let known = attributes.iter().map(|attribute| attribute.name.as_str());
                return Err(Failure::unknown("attribute", name, known, "the file's `context` declares them"));
            }
            (None, None) => guessed(text),
        };
        context.set(name.to_owned(), value);
    }
    Ok(())
}

fn declared_value(attribute: &Attribute, text: &str) -> Result<AttributeValue, Failure> {
    let name = attribute.name.as_str();
    let one = |text: &str, scalar: ScalarType| -> Result<AttributeValue, Failure> {
        let wrong =
            || Failure::usage(format!("`{text}` is no {} for the attribute `{name}`", scalar.as_str()));
        Ok(match scalar {
            ScalarType::Integer => text.parse::<i64>().map_err(|_| wrong())?.into(),
            ScalarType::Number => {
                text.parse::<f64>().ok().filter(|it| it.is_finite()).ok_or_else(wrong)?.into()
            }
            ScalarType::Boolean => {
                text.parse::<bool>().map_err(|_| wrong().help("write true or false"))?.into()
            }
            // A number is epoch milliseconds.
            ScalarType::Timestamp => text.parse::<i64>().map_or_else(|_| text.into(), AttributeValue::from),
            ScalarType::String | ScalarType::Version | ScalarType::Address => text.into(),
        })
    };
    let known =
        |text: &str| attribute.values.is_empty() || attribute.values.iter().any(|it| it.value == text);
    let parts: Vec<&str> = match attribute.kind.value {
        AttributeType::One(_) => vec![text],
        AttributeType::List(_) => text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect(),
    };
    if let Some(unknown) = parts.iter().find(|part| !known(part)) {
        let help = match suggest::nearest(unknown, attribute.values.iter().map(|it| it.as_str())) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        output::tell(&format!("note: `{unknown}` is none of the values that `{name}` declares{help}"));
    }
    match attribute.kind.value {
        AttributeType::One(scalar) => one(text, scalar),
        AttributeType::List(scalar) => parts.into_iter().map(|part| one(part, scalar)).collect(),
    }
}

/// The value of an undeclared attribute: a number, a boolean or a list when it is written so in JSON, else
/// text.
fn guessed(text: &str) -> AttributeValue {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Bool(value)) => value.into(),
        Ok(serde_json::Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => integer.into(),
            (None, Some(float)) => float.into(),
            (None, None) => text.into(),
        },
        Ok(serde_json::Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| guessed(&item.to_string()), AttributeValue::from))
            .collect(),
        _ => text.into(),
    }
}

/// Tells what the file demands of every context and this one lacks, or has that the file does not know.
fn warn(document: &Document, context: &Context) {
    let Some(declared) = &document.context else { return };
    for attribute in declared.iter().filter(|attribute| attribute.required) {
        if context.get(&attribute.name).is_none() {
            let name = &attribute.name.value;
            output::note(
                &format!("the attribute `{name}` is required, and this context has none"),
                &format!("pass --attr {name}=VALUE"),
            );
        }
    }
    for name in context.names().filter(|name| declared.iter().all(|attribute| *attribute.name != **name)) {
        output::tell(&format!("note: the file declares no attribute `{name}`; no rule reads it"));
    }
}

/// An engine for the environment and the moment that are asked for. Environment variables do not count: those
/// of this shell are not those of the program.
pub(crate) fn engine(document: &Document, when: &When) -> Result<Engine, Failure> {
    file::environment(document, when.environment.environment.as_deref())?;
    Ok(engine_in(document, when.environment.environment.as_deref(), when.at)?)
}
