//! Names already given to generated things: two things of one name are a mistake in the document.

use flags_schema::{Code, Diagnostic, Position};
use std::collections::HashMap;

/// The names of the generated constants and types so far, and the mistakes about them.
pub(crate) struct NameRegistry {
    names: HashMap<(Scope, String), String>,
    /// What is wrong.
    pub(crate) problems: Vec<Diagnostic>,
}

/// Where names must differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// Constants of `Flags`.
    Constants,
    /// Types of the module.
    Types,
    /// Methods, fields or variants of one type.
    Members(String),
}

impl Default for NameRegistry {
    fn default() -> Self {
        let own = ["Flags", "FlagsContext"];
        let names = own.map(|name| ((Scope::Types, name.to_owned()), "the generated code".to_owned()));
        Self { names: names.into(), problems: Vec::new() }
    }
}

impl NameRegistry {
    /// Takes `name` for `what`, or reports that it is taken or that there is no such name.
    pub(crate) fn take(
        &mut self,
        scope: Scope,
        name: Option<syn::Ident>,
        what: &str,
        position: Position,
    ) -> Option<syn::Ident> {
        let Some(name) = name else {
            let problem =
                Diagnostic::new(Code::ReservedName, position, format!("{what} has no name in Rust"));
            self.problems.push(problem.help("start it with a letter, and use no word that Rust reserves"));
            return None;
        };
        let key = (scope, name.to_string());
        if let Some(first) = self.names.get(&key) {
            let message = format!("{what} and {first} are both `{name}` in Rust");
            self.problems
                .push(Diagnostic::new(Code::NameCollision, position, message).help("rename one of them"));
            return None;
        }
        self.names.insert(key, what.to_owned());
        Some(name)
    }
}
