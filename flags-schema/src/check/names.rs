//! Names: what becomes of them in the generated code, where each is another one.

use super::scope::{DiagnosticSink, Scope};
use crate::names::{
    TARGETING_KEY, attribute as method, camel, constant, env_variable, member, type_name, value, variant,
};
use crate::{Attribute, Code, Diagnostic, Flag, FlagState, Position, Shape, Spanned, Value, ValueType};
use std::collections::HashMap;
use std::fmt;

/// A segment is not called like a state, or no flag could name it.
pub(super) fn segments(scope: &Scope<'_>, found: &DiagnosticSink) {
    for segment in &scope.document.segments {
        if FlagState::is_word(&segment.name) {
            let message = format!("segment `{0}` is called like the state `{0}`", segment.name.value);
            let help = "give the segment another name";
            found.push(Diagnostic::new(Code::ReservedName, segment.name.position, message).help(help));
        }
    }
}

/// Who claims a name. Written only when there is something to tell.
#[derive(Clone, PartialEq)]
enum Owner<'a> {
    /// ``flag `new-ui` ``.
    Named(&'static str, &'a str),
    Described(String),
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(what, name) => write!(f, "{what} `{name}`"),
            Self::Described(text) => f.write_str(text),
        }
    }
}

/// A name that was claimed in some namespace of the generated code: who claimed it, and where.
struct Claims<'a> {
    /// What is claimed, for messages: ``the constant``, ``the type``, …
    noun: &'a str,
    reserved: &'a [&'a str],
    /// Whose names these are, if not those of the whole document.
    within: Option<Owner<'a>>,
    claimed: HashMap<String, (Owner<'a>, Position)>,
}

impl<'a> Claims<'a> {
    fn new(noun: &'a str, reserved: &'a [&'a str]) -> Self {
        Self { noun, reserved, within: None, claimed: HashMap::new() }
    }

    /// `owner`, written at `position`, becomes `name`.
    fn claim(&mut self, name: String, owner: Owner<'a>, position: Position, found: &DiagnosticSink) {
        let noun = self.noun;
        let within = || self.within.as_ref().map(|within| format!(" of {within}")).unwrap_or_default();
        if self.reserved.contains(&name.as_str()) {
            let message = format!("{owner}{} becomes {noun} `{name}`, which is taken", within());
            let help = "give it another name";
            found.push(Diagnostic::new(Code::ReservedName, position, message).help(help));
            return;
        }
        match self.claimed.get(&name) {
            None => {
                self.claimed.insert(name, (owner, position));
            }
            // A key written twice is reported when it is read.
            Some((first, _)) if *first == owner => {}
            Some((first, earlier)) => {
                let message = format!("{first} and {owner}{} both become {noun} `{name}`", within());
                let diagnostic = Diagnostic::new(Code::NameCollision, position, message);
                found.push(
                    diagnostic.help("rename one of them").related(*earlier, format!("{first} is here")),
                );
            }
        }
    }
}

/// No two flags become one constant, and with it one environment variable, and none becomes one that
/// is taken.
pub(super) fn constants(scope: &Scope<'_>, found: &DiagnosticSink) {
    let prefix = scope.document.settings.env_prefix();
    let mut constants = Claims::new("the constant", &["ALL"]);
    constants.claimed.reserve(scope.document.flags.len());
    let taken = ["FLAGS_ENVIRONMENT", "FLAGS_FILE"];
    let some_is_taken = taken.iter().any(|variable| variable.starts_with(prefix));
    for flag in &scope.document.flags {
        let owner = Owner::Named("flag", &flag.key);
        let variable = some_is_taken.then(|| env_variable(prefix, &flag.key));
        if let Some(variable) = variable.filter(|variable| taken.contains(&variable.as_str())) {
            let message = format!("{owner} becomes the environment variable `{variable}`, which is taken");
            let help = "give it another name, or `settings` another `env_prefix`";
            found.push(Diagnostic::new(Code::ReservedName, flag.key.position, message).help(help));
        }
        constants.claim(constant(&flag.key), owner, flag.key.position, found);
    }
}

/// Types that every program has without naming them: a generated one would stand in their way.
const RESERVED_TYPES: &[&str] = &[
    "Flags",
    "FlagsContext",
    "Self",
    "Box",
    "Option",
    "Result",
    "String",
    "Vec",
    "Some",
    "None",
    "Ok",
    "Err",
    "AsMut",
    "AsRef",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Hash",
    "Into",
    "IntoIterator",
    "Iterator",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Send",
    "Sized",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
];

/// No two things become one generated type: a flag's variants, events and values, an attribute's `values`.
pub(super) fn types(scope: &Scope<'_>, found: &DiagnosticSink) {
    let mut claims = Claims::new("the type", RESERVED_TYPES);
    for attribute in scope.document.context.iter().flatten().filter(|a| !a.values.is_empty()) {
        let owner = Owner::Named("attribute", &attribute.name);
        claims.claim(type_name(&attribute.name), owner, attribute.name.position, found);
    }
    for flag in &scope.document.flags {
        if flag.variants.is_empty() && flag.value_type.is_none() {
            continue;
        }
        let key = &flag.key;
        let owner = Owner::Named("flag", key);
        let name = type_name(key);
        if !flag.variants.is_empty() {
            claims.claim(name.clone(), owner.clone(), key.position, found);
            if !events(flag).is_empty() {
                let events = Owner::Described(format!("the events of {owner}"));
                claims.claim(format!("{name}Event"), events, key.position, found);
            }
        }
        let with_values = flag.variants.iter().any(|variant| variant.value.is_some())
            || flag.value_type.as_deref() == Some(&ValueType::Object);
        if with_values && let Ok(Some(shape)) = flag.shape() {
            let mut structs = Structs { claims: &mut claims, flag, path: Vec::new(), found };
            let suffix = if flag.value_type.is_some() { "" } else { "Value" };
            structs.claim(&shape, &format!("{name}{suffix}"), &format!("the value of {owner}"));
        }
    }
}

/// Fields of one object whose collisions are reported: their positions have to be searched for.
const MOST_COLLISIONS: usize = 8;

/// The structs of a flag's values.
struct Structs<'s, 'c> {
    claims: &'s mut Claims<'c>,
    flag: &'s Flag,
    /// The fields around.
    path: Vec<&'s str>,
    found: &'s DiagnosticSink,
}

impl<'s> Structs<'s, '_> {
    fn claim<'f: 's>(&mut self, shape: &'f Shape, name: &str, owner: &str) {
        match shape {
            Shape::List(element) => self.claim(element, &format!("{name}Item"), owner),
            Shape::Object(fields) => {
                self.claims.claim(
                    name.to_owned(),
                    Owner::Described(owner.to_owned()),
                    self.flag.key.position,
                    self.found,
                );
                let mut members: HashMap<String, &str> = HashMap::with_capacity(fields.len());
                let mut left = MOST_COLLISIONS;
                for field in fields {
                    let field_name = member(&field.name);
                    if let Some(first) = members.get(&field_name).filter(|_| left > 0) {
                        left -= 1;
                        self.collision(first, &field.name, &field_name, owner);
                    }
                    if let Shape::List(_) | Shape::Object(_) = field.shape {
                        let nested = format!("{name}{}", camel(&field_name));
                        self.path.push(&field.name);
                        self.claim(&field.shape, &nested, &format!("field `{}` in {owner}", field.name));
                        self.path.pop();
                    }
                    members.entry(field_name).or_insert(&field.name);
                }
            }
            Shape::Boolean
            | Shape::Integer
            | Shape::Float
            | Shape::String
            | Shape::Duration
            | Shape::Json => {}
        }
    }

    /// Reports two fields of the object at the path that become one.
    fn collision(&self, first: &str, second: &str, name: &str, owner: &str) {
        let message =
            format!("field `{first}` and field `{second}` in {owner} both become the field `{name}`");
        self.found.push(
            Diagnostic::new(Code::NameCollision, self.position(second), message)
                .help("rename one of them")
                .related(self.position(first), format!("field `{first}` is here")),
        );
    }

    /// Where a field of the object at the path is first written. Searches the values.
    fn position(&self, field: &str) -> Position {
        let path: Vec<&str> = self.path.iter().copied().chain([field]).collect();
        let literals = self.flag.literals();
        let first = literals.iter().find_map(|literal| field_position(literal.value, &path));
        first.unwrap_or(self.flag.key.position)
    }
}

fn field_position(value: &Value, path: &[&str]) -> Option<Position> {
    let (name, rest) = path.split_first()?;
    match value {
        Value::List(elements) => elements.iter().find_map(|element| field_position(element, path)),
        Value::Map(entries) => {
            let (key, value) = entries.iter().find(|(key, _)| key.value == *name)?;
            if rest.is_empty() { Some(key.position) } else { field_position(value, rest) }
        }
        _ => None,
    }
}

/// What an enum cannot have as a variant: its own name, and its list of all variants.
const RESERVED_VARIANTS: &[&str] = &["Self", "ALL"];

/// The events of the flag's experiment.
fn events(flag: &Flag) -> &[Spanned<String>] {
    flag.experiment.as_ref().map_or(&[], |experiment| &experiment.events)
}

/// No two variants of a flag become one variant of its enum, and none becomes `Self`; the same of its events.
pub(super) fn variants(scope: &Scope<'_>, found: &DiagnosticSink) {
    let named = |flag: &&Flag| !flag.variants.is_empty() || flag.experiment.is_some();
    for flag in scope.document.flags.iter().filter(named) {
        let mut claims = Claims::new("the variant", RESERVED_VARIANTS);
        claims.within = Some(Owner::Named("flag", &flag.key));
        for declared in &flag.variants {
            let owner = Owner::Named("variant", &declared.name);
            claims.claim(variant(&declared.name), owner, declared.name.position, found);
        }
        let mut claims = Claims::new("the event", RESERVED_VARIANTS);
        claims.within = Some(Owner::Named("flag", &flag.key));
        for event in events(flag) {
            claims.claim(value(event), Owner::Named("event", event), event.position, found);
        }
    }
}

/// Methods that the generated context has already, or that would hide the context's own.
const RESERVED_METHODS: &[&str] = &["as_context", "clone", TARGETING_KEY];

/// No two attributes become one method of the generated context, and none becomes one that it has.
pub(super) fn attributes(scope: &Scope<'_>, found: &DiagnosticSink) {
    let mut claims = Claims::new("the method", RESERVED_METHODS);
    for attribute in scope.document.context.iter().flatten() {
        // `user` is the context's first argument, not a method. A name of nothing but signs is reported when read.
        let name = attribute.name.as_str();
        if name != TARGETING_KEY && name.contains(char::is_alphanumeric) {
            let owner = Owner::Named("attribute", name);
            claims.claim(method(&attribute.name), owner, attribute.name.position, found);
        }
        values(attribute, found);
    }
}

/// Every declared value of an attribute becomes a variant of an enum, each another one.
fn values(attribute: &Attribute, found: &DiagnosticSink) {
    let mut claims = Claims::new("the variant", RESERVED_VARIANTS);
    claims.within = Some(Owner::Named("attribute", &attribute.name));
    for text in &attribute.values {
        claims.claim(value(text), Owner::Named("value", text), text.position, found);
    }
}
