//! Contexts compared with what an engine's document declares of them.

use crate::context::{Attribute, Context, Privacy, TARGETING_KEY};
use crate::engine::Engine;
use flags_schema::printable::escaped;
use flags_schema::{AttributeType, Document, ScalarType, suggest};
use serde::de::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;

/// Something in which a context is not what the document declares. Values of the context are not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContextProblem {
    /// The document has a section `context` that does not declare the attribute: no rule reads it.
    Undeclared {
        /// The attribute's name; of what lies inside of a private attribute, the part that may be shown.
        name: String,
        /// A declared attribute of a similar name.
        near: Option<String>,
    },
    /// The value is not of the declared type: rules take it for unknown.
    WrongType {
        /// The attribute's name.
        name: String,
        /// The declared type, as flags.yaml writes it.
        declared: String,
        /// What the value is: `a string`.
        found: &'static str,
    },
    /// The value is not one of those that the document declares for the attribute.
    UnknownValue {
        /// The attribute's name.
        name: String,
        /// The declared values.
        known: Vec<String>,
    },
    /// The attribute is declared `required`, and the context has none.
    Missing {
        /// The attribute's name.
        name: String,
    },
    /// JSON that cannot be an attribute, and so was left out.
    LeftOut {
        /// The attribute's name; of what lies inside of a private attribute, the part that may be shown.
        name: String,
        /// Why it cannot be one.
        why: &'static str,
    },
    /// More was left out than is listed.
    MoreLeftOut(
        /// How many.
        usize,
    ),
    /// It is no context at all.
    NoContext(
        /// Why not.
        String,
    ),
}

impl fmt::Display for ContextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undeclared { name, near } => {
                write!(f, "the document declares no attribute `{}`", escaped(name))?;
                near.as_ref().map_or(Ok(()), |near| write!(f, "; did you mean `{}`?", escaped(near)))
            }
            Self::WrongType { name, declared, found } => {
                write!(f, "the attribute `{}` is declared as {declared}, and this is {found}", escaped(name))
            }
            Self::UnknownValue { name, known } => {
                let known = known.join("`, `");
                write!(
                    f,
                    "the attribute `{}` has a value that is none of `{}`",
                    escaped(name),
                    escaped(&known)
                )
            }
            Self::Missing { name } => {
                write!(f, "the attribute `{}` is required, and this context has none", escaped(name))
            }
            Self::LeftOut { name, why } => write!(f, "the attribute `{}` was left out: {why}", escaped(name)),
            Self::MoreLeftOut(count) => write!(f, "{count} more attributes were left out"),
            Self::NoContext(why) => f.write_str(&escaped(why)),
        }
    }
}

/// Why JSON is not the context that a document declares.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextError {
    problems: Vec<ContextProblem>,
    context: Option<Context>,
}

impl ContextError {
    /// Everything that is wrong; at least one.
    #[must_use]
    pub fn problems(&self) -> &[ContextProblem] {
        &self.problems
    }

    /// The context nevertheless, for those who only report what is wrong with it: what has a wrong type is unknown to
    /// rules. `None` when it is no context at all.
    #[must_use]
    pub fn into_context(self) -> Option<Context> {
        self.context
    }
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

impl Error for ContextError {}

impl Context {
    /// A context from a [`serde_json::Value`], or from any other self-describing form, that is what the engine's
    /// document declares. It is read as [`Context::deserialize`] reads it.
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options, SourceFile};
    ///
    /// let text = "context: { plan: string, age: integer }\nflags: {}\n";
    /// let loaded = flags_schema::load(SourceFile::new("flags.yaml", text), &mut |_| Err("none".into()), &Default::default());
    /// let engine = Engine::new(loaded.document, Options::default()).unwrap();
    ///
    /// let json = serde_json::json!({ "user": "ann", "plan": "free", "age": 25 });
    /// assert!(Context::from_json_checked(&engine, json).is_ok());
    ///
    /// let json = serde_json::json!({ "user": "ann", "plna": "free", "age": "25" });
    /// let error = Context::from_json_checked(&engine, json).unwrap_err();
    /// let told = error.to_string();
    /// assert!(told.contains("the document declares no attribute `plna`; did you mean `plan`?"));
    /// assert!(told.contains("the attribute `age` is declared as integer, and this is a string"));
    /// assert_eq!(error.into_context().unwrap().key(), Some("ann"));
    /// ```
    ///
    /// # Errors
    /// When the context has attributes that the document does not declare, though it has a section `context`; has
    /// values of other types than declared, or others than the declared `values`; lacks what is `required`; when
    /// something cannot be an attribute; or when it is no object. All problems are reported, up to 100.
    pub fn from_json_checked<'de, D: Deserializer<'de>>(
        engine: &Engine,
        value: D,
    ) -> Result<Self, ContextError> {
        let context = match Self::deserialize(value) {
            Ok(context) => context,
            Err(error) => {
                let problems = vec![ContextProblem::NoContext(error.to_string())];
                return Err(ContextError { problems, context: None });
            }
        };
        let problems = engine.check_context(&context);
        if problems.is_empty() { Ok(context) } else { Err(ContextError { problems, context: Some(context) }) }
    }
}

/// Problems that are reported for one context.
const MOST: usize = 100;

impl Engine {
    /// In what the context is not what the document in force declares, in the order of its attributes and then of what
    /// is missing: at most 100 problems. A document without a section `context` takes any attribute of any type.
    #[must_use]
    pub fn check_context(&self, context: &Context) -> Vec<ContextProblem> {
        self.read(|snapshot| {
            let ruleset = &snapshot.ruleset;
            let documents = ruleset.parts.iter().map(|part| part.written.document());
            check(documents, &ruleset.privacy, context)
        })
    }
}

fn check<'a>(
    documents: impl Iterator<Item = &'a Document>,
    privacy: &Privacy,
    context: &Context,
) -> Vec<ContextProblem> {
    let mut declared: HashMap<&str, &flags_schema::Attribute> = HashMap::new();
    let mut order = Vec::new();
    let mut declares = false;
    for attributes in documents.filter_map(|document| document.context.as_ref()) {
        declares = true;
        for attribute in attributes {
            declared.entry(&attribute.name).or_insert_with(|| {
                order.push(attribute);
                attribute
            });
        }
    }
    let key = (!context.key_value().is_null()).then_some(TARGETING_KEY);
    let shown = |name: &str| privacy.name(name).to_string();
    let attributes = key.into_iter().chain(context.names()).filter_map(|name| {
        let value = if name == TARGETING_KEY { context.key_value() } else { &context.get(name)?.0 };
        match declared.get(name) {
            Some(attribute) => wrong(attribute, value),
            None if name == TARGETING_KEY => {
                let found = (!matches!(value, Attribute::Text(_))).then(|| describe(value))?;
                Some(ContextProblem::WrongType {
                    name: TARGETING_KEY.to_owned(),
                    declared: "string".to_owned(),
                    found,
                })
            }
            None if declares => {
                let near = suggest::nearest(name, declared.keys().copied()).map(str::to_owned);
                Some(ContextProblem::Undeclared { name: shown(name), near })
            }
            None => None,
        }
    });
    let (dropped, more) = context.dropped();
    let dropped = dropped.iter().map(|(name, why)| ContextProblem::LeftOut { name: shown(name), why });
    let more = (more > 0).then_some(ContextProblem::MoreLeftOut(more));
    let missing = order.iter().filter(|attribute| attribute.required);
    let missing = missing.filter(|attribute| context.get(&attribute.name).is_none());
    let missing = missing.map(|attribute| ContextProblem::Missing { name: attribute.name.value.clone() });
    attributes.chain(dropped).chain(more).chain(missing).take(MOST).collect()
}

/// What is wrong with the value of a declared attribute.
fn wrong(attribute: &flags_schema::Attribute, value: &Attribute) -> Option<ContextProblem> {
    let name = || attribute.name.value.clone();
    let (scalar, items) = match (attribute.kind.value, value) {
        (AttributeType::One(scalar), Attribute::List(_)) => (scalar, None),
        (AttributeType::One(scalar), one) => (scalar, Some(std::slice::from_ref(one))),
        (AttributeType::List(scalar), Attribute::List(items)) => (scalar, Some(&**items)),
        (AttributeType::List(scalar), _) => (scalar, None),
    };
    let declared = || match attribute.kind.value {
        AttributeType::One(scalar) => scalar.as_str().to_owned(),
        AttributeType::List(scalar) => format!("[{}]", scalar.as_str()),
    };
    let mistaken = |found| ContextProblem::WrongType { name: name(), declared: declared(), found };
    let Some(items) = items else { return Some(mistaken(describe(value))) };
    if let Some(item) = items.iter().find(|item| !is_of(scalar, item)) {
        let found = if matches!(value, Attribute::List(_)) { in_list(item) } else { describe(item) };
        return Some(mistaken(found));
    }
    let known = |item: &Attribute| match item {
        Attribute::Text(text) => attribute.values.iter().any(|value| value.value == text.as_str()),
        _ => true,
    };
    (!attribute.values.is_empty() && !items.iter().all(known)).then(|| ContextProblem::UnknownValue {
        name: name(),
        known: attribute.values.iter().map(|value| value.value.clone()).collect(),
    })
}

const fn is_of(scalar: ScalarType, value: &Attribute) -> bool {
    match scalar {
        ScalarType::String | ScalarType::Version | ScalarType::Address => matches!(value, Attribute::Text(_)),
        ScalarType::Integer => matches!(value, Attribute::Integer(_)),
        ScalarType::Number => matches!(value, Attribute::Integer(_) | Attribute::Float(_)),
        ScalarType::Boolean => matches!(value, Attribute::Boolean(_)),
        ScalarType::Timestamp => matches!(value, Attribute::Integer(_) | Attribute::Text(_)),
    }
}

const fn describe(value: &Attribute) -> &'static str {
    match value {
        Attribute::Text(_) => "a string",
        Attribute::Integer(_) => "an integer",
        Attribute::Float(_) => "a number with a fraction",
        Attribute::Boolean(_) => "a boolean",
        Attribute::List(_) => "a list",
        Attribute::Null => "null",
    }
}

const fn in_list(value: &Attribute) -> &'static str {
    match value {
        Attribute::Text(_) => "a list with a string",
        Attribute::Integer(_) => "a list with an integer",
        Attribute::Float(_) => "a list with a number with a fraction",
        Attribute::Boolean(_) => "a list with a boolean",
        Attribute::List(_) => "a list with a list",
        Attribute::Null => "a list with null",
    }
}
