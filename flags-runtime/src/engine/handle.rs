//! Flags looked up by their keys, and all flags at once: for servers and tools.

use super::{Engine, Snapshot};
use crate::context::{Context, Shown};
use crate::evaluation::Evaluation;
use crate::explain::{Explanation, explain};
use crate::ruleset::Decision;
use flags_schema::{FlagKind, Value};
use std::fmt;
use std::sync::Arc;

impl Engine {
    /// The flag of that key, for servers and tools; programs use their typed constants.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<FlagHandle<'_>> {
        let index = self.index(key)?;
        Some(FlagHandle { engine: self, index })
    }

    fn index(&self, key: &str) -> Option<u32> {
        self.contract.index(key).or_else(|| {
            self.read(|snapshot| {
                let flags = (0..).zip(&snapshot.ruleset.flags);
                let mut added = flags.skip(self.contract.flags.len());
                added.find(|(i, _)| snapshot.ruleset.key(*i) == Some(key)).map(|(i, _)| i)
            })
        })
    }

    /// Every flag, in the order of the document.
    #[must_use]
    pub fn flags(&self) -> Vec<FlagHandle<'_>> {
        let count = self.read(|snapshot| snapshot.ruleset.flags.len());
        (0..count)
            .filter_map(|i| u32::try_from(i).ok())
            .map(|index| FlagHandle { engine: self, index })
            .collect()
    }

    /// The context as people may read it, on one line: values of attributes that are declared and not `private`, and of
    /// the others the type. Where the document has no section `context`, every value.
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options};
    /// use flags_schema::{Source, load};
    ///
    /// let text = "context: { plan: string, email: { type: string, private: true } }\nflags: {}\n";
    /// let loaded = load(Source::new("flags.yaml", text), &mut |_| Err("no overlays".into()), &Default::default());
    /// let engine = Engine::new(loaded.document, Options::default()).unwrap();
    ///
    /// let context = Context::new("ann").with("plan", "free").with("email", "ann@example.com").with("age", 7);
    /// assert_eq!(engine.shown(&context), r#"{user: "ann", plan: "free", email: <private>, age: <integer>}"#);
    /// // A context alone does not know what is private.
    /// assert_eq!(format!("{context:?}"), "{user: <string>, plan: <string>, email: <string>, age: <integer>}");
    /// ```
    #[must_use]
    pub fn shown(&self, context: &Context) -> String {
        self.read(|snapshot| Shown { privacy: &snapshot.ruleset.privacy, context }.to_string())
    }

    /// Evaluates every flag for one context, all by the same rules and at the same moment, in the
    /// order of [`Engine::flags`]. One allocation for the list, and none for the flags.
    #[must_use]
    pub fn evaluate_all(&self, context: &Context) -> Evaluations {
        self.read(|snapshot| {
            let now = snapshot.moment();
            let decisions = snapshot.evaluator(context, &now).decide_all();
            if snapshot.counting {
                self.counts().add_all(&decisions, |flag, decision| snapshot.count_added(flag, decision));
            }
            if let Some(watched) = &snapshot.watched {
                for (flag, decision) in (0..).zip(&decisions) {
                    watched.evaluated(snapshot, flag, context, *decision);
                }
            }
            Evaluations { snapshot: snapshot.clone(), decisions }
        })
    }
}

/// A flag looked up by its key.
#[derive(Clone, Copy, Debug)]
pub struct FlagHandle<'a> {
    pub(super) engine: &'a Engine,
    pub(super) index: u32,
}

impl FlagHandle<'_> {
    pub(crate) const fn index(&self) -> u32 {
        self.index
    }

    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> String {
        self.engine.read(|snapshot| snapshot.ruleset.key(self.index).unwrap_or_default().to_owned())
    }

    /// The flag as written, the environment's changes applied: description, owner, tags, kind, state.
    #[must_use]
    pub fn definition(&self) -> Option<flags_schema::Flag> {
        self.engine.read(|snapshot| snapshot.written(self.index).cloned())
    }

    /// Whether the flag is on for the context; of a boolean value flag, its value.
    #[must_use]
    pub fn enabled(&self, context: &Context) -> bool {
        self.engine.ask(self.index, context, |snapshot, decision| {
            // Only a boolean is read: other values would be copied for nothing.
            let boolean = snapshot.kind(self.index).is_some_and(FlagKind::is_boolean);
            match boolean.then(|| snapshot.raw_value(self.index, decision)) {
                Some(Value::Bool(value)) => value,
                _ => decision.is_on(),
            }
        })
    }

    /// The value for the context, and why: of a switch a boolean, of a variant its value (its name,
    /// when it has none), of a value flag the literal.
    #[must_use]
    pub fn evaluate(&self, context: &Context) -> Evaluation<Value> {
        self.engine.ask(self.index, context, |snapshot, decision| {
            let value = snapshot.raw_value(self.index, decision);
            Evaluation::new(value, self.index, decision, snapshot.clone())
        })
    }

    /// Every step of the evaluation, and why it held or not.
    #[must_use]
    pub fn explain(&self, context: &Context) -> Explanation {
        self.engine.read(|snapshot| explain(snapshot, self.index, context))
    }

    /// Where the context stands in the flag's buckets, in percent from 0 to 100: it is in a rollout
    /// of more than that. `None` without a key to go by.
    #[must_use]
    pub fn bucket(&self, context: &Context) -> Option<f64> {
        self.engine.read(|snapshot| snapshot.bucket(self.index, context))
    }
}

/// The flags of an engine evaluated for one context, in the order of [`Engine::flags`].
#[derive(Clone)]
pub struct Evaluations {
    snapshot: Arc<Snapshot>,
    decisions: Vec<Decision>,
}

impl fmt::Debug for Evaluations {
    /// The evaluations, and nothing of the context or of the users that the document names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Evaluations {
    /// How many flags there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.decisions.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.decisions.is_empty()
    }

    /// The evaluations one by one.
    pub fn iter(&self) -> impl Iterator<Item = Evaluation<Value>> + '_ {
        (0..).zip(&self.decisions).map(|(flag, decision)| {
            let value = self.snapshot.raw_value(flag, *decision);
            Evaluation::new(value, flag, *decision, self.snapshot.clone())
        })
    }
}
