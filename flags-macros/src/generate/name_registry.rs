//! Names already given to generated things. That no two things have one name is a check of the document, in
//! flags-schema; what has no name in Rust at all only the macro can tell.

use flags_schema::{Code, Diagnostic, Position};
use std::collections::HashSet;

/// The names of the generated constants and types so far.
pub(crate) struct NameRegistry {
    names: HashSet<(Scope, String)>,
    /// Whether a second thing of one name is left out. It is when the document has errors: they are reported instead.
    leave_out: bool,
    /// Names that were taken already when they were asked for.
    pub(crate) repeated: Vec<String>,
    /// Things that have no name in Rust.
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

impl NameRegistry {
    /// A registry without names, for a document with errors or without.
    pub(crate) fn new(broken: bool) -> Self {
        Self { names: HashSet::new(), leave_out: broken, repeated: Vec::new(), problems: Vec::new() }
    }

    /// Takes `name` for `what`; `None` when `what` is to be left out.
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
        if self.names.insert((scope, name.to_string())) {
            return Some(name);
        }
        self.repeated.push(name.to_string());
        (!self.leave_out).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::NameRegistry;
    use crate::generate::{Input, constants, context};
    use flags_schema::{Code, Options, SourceFile, load};
    use proc_macro2::Span;
    use std::collections::HashSet;

    /// Whether the checks report two things of one name, and whether the generated code would have two.
    fn collisions(text: &str) -> (bool, bool) {
        let loaded = load(
            SourceFile::new("flags.yaml", text),
            &mut |_| Err("no overlays".to_owned()),
            &Options::default(),
        );
        let diagnostics: Vec<_> = loaded.diagnostics.iter().collect();
        let other = diagnostics.iter().find(|diagnostic| diagnostic.code != Code::NameCollision);
        assert_eq!(other.map(|diagnostic| &diagnostic.message), None, "{text}");
        let input = Input {
            document: &loaded.document,
            name: "`flags.yaml`",
            link: None,
            public: false,
            span: Span::call_site(),
            expired: HashSet::new(),
            broken: false,
            id: 0,
        };
        let mut registry = NameRegistry::new(input.broken);
        let _ = context::generate(&input, &mut registry);
        let _ = constants::generate(&input, &mut registry);
        let told = diagnostics.iter().any(|diagnostic| diagnostic.code == Code::NameCollision);
        (told, !registry.repeated.is_empty())
    }

    #[test]
    fn the_checks_know_every_name_that_is_generated() {
        let names =
            ["look", "lo-ok", "lo_ok", "look-value", "look-value-color", "look-event", "lookEvent", "ab"];
        let kinds: [fn(&str) -> String; 5] = [
            |name| format!("  {name}: off\n"),
            |name| format!("  {name}: {{ state: on, variants: [a-b, a_c] }}\n"),
            |name| {
                format!(
                    "  {name}: {{ type: object, value: {{ color: {{ red: 1 }}, size: [{{ x: 1 }}] }} }}\n"
                )
            },
            |name| {
                format!(
                    "  {name}:\n    state: on\n    variants: {{ a: {{ value: {{ color: {{ red: 1 }} }} }} }}\n"
                )
            },
            |name| {
                let experiment = "{ control: a, events: [add to cart, click] }";
                format!("  {name}: {{ state: on, variants: [a, b], experiment: {experiment} }}\n")
            },
        ];
        let mut met = [0, 0];
        for first in names {
            for second in names.into_iter().filter(|second| *second != first) {
                for (one, another) in
                    kinds.iter().flat_map(|one| kinds.iter().map(move |another| (one, another)))
                {
                    let text = format!("flags:\n{}{}", one(first), another(second));
                    let (told, generated) = collisions(&text);
                    assert_eq!(told, generated, "{text}");
                    met[usize::from(told)] += 1;
                }
            }
        }
        assert!(met[0] > 100 && met[1] > 100, "{met:?}");
    }

    #[test]
    fn the_checks_know_every_member_that_is_generated() {
        for (text, expected) in [
            ("context: { user.role: string, userRole: string }\nflags: { a: off }\n", true),
            ("context: { user.role: string, users_role: string }\nflags: { a: off }\n", false),
            ("context: { plan: { type: string, values: [a b, a-b] } }\nflags: { a: off }\n", true),
            ("context: { plan: { type: string, values: [a b, a-c] } }\nflags: { plan: off }\n", false),
            (
                "context: { plan: { type: string, values: [x] } }\nflags: { plan: { state: on, variants: [a, b] } }\n",
                true,
            ),
            ("flags: { a: { state: on, variants: [a-b, a_b] } }\n", true),
            ("flags: { a: { type: object, value: { b-c: 1, b_c: 2 } } }\n", true),
            (
                "flags:\n  a: { state: on, variants: [b, c], experiment: { control: b, events: [x y, x-y] } }\n",
                true,
            ),
        ] {
            assert_eq!(collisions(text), (expected, expected), "{text}");
        }
    }
}
