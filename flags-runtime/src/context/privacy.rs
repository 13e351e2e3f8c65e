//! What of a context may be shown in clear: what its engine's documents declare, and do not declare private.

use super::attribute::Attribute;
use flags_schema::Document;
use flags_schema::names::TARGETING_KEY;
use flags_schema::printable::escaped;
use std::collections::BTreeMap;
use std::fmt;

/// Which attributes may be shown.
///
/// Where no document has a section `context`, nothing is private. Where one has, an attribute is public when it is
/// declared and no document declares it `private`; so is the targeting key unless it is declared `private`.
/// What is not declared may be anything, such as `email.home` beside a private `email`.
#[derive(Debug, Default)]
pub(crate) struct Privacy {
    /// Whether each declared attribute is private; nothing without a section `context`.
    declared: Option<BTreeMap<Box<str>, bool>>,
}

impl Privacy {
    /// What these documents declare together.
    pub(crate) fn of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        let mut declared = None;
        for attributes in documents.into_iter().filter_map(|document| document.context.as_ref()) {
            let declared: &mut BTreeMap<_, bool> = declared.get_or_insert_default();
            for attribute in attributes {
                *declared.entry(attribute.name.as_str().into()).or_default() |= attribute.private;
            }
        }
        Self { declared }
    }

    /// Whether the attribute's value may be shown.
    pub(crate) fn is_public(&self, name: &str) -> bool {
        match &self.declared {
            None => true,
            Some(declared) => declared.get(name).map_or(name == TARGETING_KEY, |private| !private),
        }
    }

    /// Whether the attribute is declared `private`, or lies inside of one that is and is not declared itself.
    pub(crate) fn is_private(&self, name: &str) -> bool {
        let Some(declared) = &self.declared else { return false };
        let known = |name| declared.get(name).copied();
        known(name).unwrap_or_else(|| objects(name).any(|object| known(object) == Some(true)))
    }

    /// As much of the name as may be shown: what lies inside of a private attribute has names that may be data.
    pub(crate) fn name<'a>(&self, name: &'a str) -> Name<'a> {
        match objects(name).find(|object| self.is_private(object)) {
            Some(object) if !self.is_public(name) => Name { shown: object, is_part: true },
            _ => Name { shown: name, is_part: false },
        }
    }
}

/// Names of the objects that the attribute lies in, the outermost first.
fn objects(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.').filter_map(|(at, _)| name.get(..at))
}

/// A name whose end may be hidden.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    shown: &'a str,
    is_part: bool,
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", escaped(self.shown), if self.is_part { ".…" } else { "" })
    }
}

/// A value that shows only its type.
pub(super) struct Hidden<'a>(pub(super) &'a Attribute);

impl fmt::Display for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Attribute::Text(_) => f.write_str("<string>"),
            Attribute::Integer(_) => f.write_str("<integer>"),
            Attribute::Float(_) => f.write_str("<number>"),
            Attribute::Boolean(_) => f.write_str("<boolean>"),
            Attribute::List(items) => write!(f, "<list of {}>", items.len()),
            Attribute::Null => f.write_str("null"),
        }
    }
}
