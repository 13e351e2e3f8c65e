//! Flags looked up by their keys, and all flags at once: for servers and tools.

use super::added::FlagId;
use super::cache::SharedSnapshot;
use super::evaluation::Evaluation;
use super::explain::{Explanation, explain};
use super::filter::Filter;
use super::{Engine, Snapshot};
use crate::context::{Context, Shown};
use crate::ruleset::Decision;
use crate::value::ON;
use flags_schema::{FlagKind, Value};
use std::fmt;
use std::sync::Arc;

impl Engine {
    /// The flag of that key, for servers and tools; programs use their typed constants.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<FlagHandle<'_>> {
        match self.contract.index(key) {
            Some(index) => Some(self.handle_of(FlagId::compiled(index))),
            None => self.read(|snapshot| {
                let index = snapshot.added.as_deref()?.index(key)?;
                Some(self.handle(snapshot, index))
            }),
        }
    }

    /// Evaluates the flag of that key: found and evaluated by one document, whatever is loaded meanwhile.
    /// `None` when there is no such flag. The value is that of [`FlagHandle::evaluate`].
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options, Reason};
    /// # use flags_schema::{SourceFile, load};
    /// # let source = SourceFile::new("flags.yaml", "flags:\n  new-ui: on\n");
    /// # let loaded = load(source, &mut |_| Err(String::new()), &Default::default());
    /// # let engine = Engine::new(loaded.document, Options::default()).unwrap();
    /// let evaluation = engine.evaluate("new-ui", &Context::anonymous()).unwrap();
    /// assert_eq!((evaluation.variant(), evaluation.reason()), (Some("on"), Reason::Static));
    /// assert!(engine.evaluate("no-such-flag", &Context::anonymous()).is_none());
    /// ```
    #[must_use]
    pub fn evaluate(&self, key: &str, context: &Context) -> Option<Evaluation<Value>> {
        if let Some(index) = self.contract.index(key) {
            return Some(self.evaluation(index, context));
        }
        self.read(|snapshot| {
            let index = snapshot.added.as_deref()?.index(key)?;
            let decision = snapshot.decide(index, context);
            self.note(snapshot, index, context, decision);
            Some(Evaluation::written(index, decision, SharedSnapshot::of(snapshot)))
        })
    }

    /// The evaluation of a flag that the program was compiled with.
    #[inline]
    fn evaluation(&self, flag: u32, context: &Context) -> Evaluation<Value> {
        self.ask(flag, context, |snapshot, decision| Evaluation::written(flag, decision, snapshot.share()))
    }

    /// Every flag, in the order of the document.
    #[must_use]
    pub fn flags(&self) -> Vec<FlagHandle<'_>> {
        self.read(|snapshot| {
            let indices = (0_u32..).take(snapshot.ruleset.flags.len());
            indices.map(|index| self.handle(snapshot, index)).collect()
        })
    }

    /// The flags that the filter takes, in the order of the document, as the environment has them.
    ///
    /// ```
    /// use flags_runtime::{Engine, Filter, Options, SourceFile};
    ///
    /// let text = "flags:\n  a: { state: on, tags: [core] }\n  b: { state: off, tags: [core] }\n";
    /// let loaded = flags_schema::load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Default::default());
    /// let engine = Engine::new(loaded.document, Options::default()).unwrap();
    ///
    /// let listed = engine.list(&Filter::default().tag("core").state("off"));
    /// assert_eq!(listed.iter().map(|flag| flag.key()).collect::<Vec<_>>(), ["b"]);
    /// ```
    #[must_use]
    pub fn list(&self, filter: &Filter) -> Vec<FlagHandle<'_>> {
        self.read(|snapshot| {
            let indices = (0_u32..).take(snapshot.ruleset.flags.len());
            let taken = indices.filter(|flag| snapshot.written(*flag).is_some_and(|flag| filter.takes(flag)));
            taken.map(|index| self.handle(snapshot, index)).collect()
        })
    }

    fn handle(&self, snapshot: &Snapshot, index: u32) -> FlagHandle<'_> {
        self.handle_of(FlagId::of(index, snapshot.added.as_deref()))
    }

    fn handle_of(&self, id: FlagId) -> FlagHandle<'_> {
        let compiled = id.compiled_index().and_then(|index| self.contract.flags.get(index as usize));
        let boolean = compiled.is_some_and(|flag| flag.kind.is_boolean());
        FlagHandle { engine: self, id, boolean }
    }

    /// The key of the flag of that index.
    pub(crate) fn key(&self, index: u32) -> String {
        match self.contract.flags.get(index as usize) {
            Some(flag) => flag.key.clone().into_owned(),
            None => self.read(|snapshot| snapshot.ruleset.key(index).unwrap_or_default().to_owned()),
        }
    }

    /// The context as people may read it, on one line: values of attributes that are declared and not `private`, and of
    /// the others the type. Where the document has no section `context`, every value.
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options};
    /// use flags_schema::{SourceFile, load};
    ///
    /// let text = "context: { plan: string, email: { type: string, private: true } }\nflags: {}\n";
    /// let loaded = load(SourceFile::new("flags.yaml", text), &mut |_| Err("no overlays".into()), &Default::default());
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
            if let Some(observer) = &snapshot.observer {
                for (flag, decision) in (0..).zip(&decisions) {
                    observer.evaluated(snapshot, flag, context, *decision);
                }
            }
            Evaluations { snapshot: snapshot.clone(), decisions }
        })
    }
}

/// A flag looked up by its key.
///
/// It stays that flag whatever is loaded later. A flag that the program was not compiled with may be gone
/// then: it evaluates to nothing, with [`ErrorCode::FlagNotFound`](crate::ErrorCode::FlagNotFound), and is back
/// when a document has it again.
#[derive(Clone, Copy, Debug)]
pub struct FlagHandle<'a> {
    engine: &'a Engine,
    id: FlagId,
    /// Whether the program was compiled with it, to answer `true` or `false`: it is asked as its constant is.
    boolean: bool,
}

/// The index of a flag that is gone.
const GONE: u32 = u32::MAX;

impl FlagHandle<'_> {
    pub(super) const fn engine(&self) -> &Engine {
        self.engine
    }

    pub(super) const fn id(&self) -> FlagId {
        self.id
    }

    /// Its index in a snapshot.
    #[inline]
    fn index(&self, snapshot: &Snapshot) -> u32 {
        self.id.index(snapshot.added.as_deref()).unwrap_or(GONE)
    }

    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> String {
        let added = self.engine.state().added_key(self.id).map(|key| key.to_string());
        added.unwrap_or_else(|| self.engine.key(self.id.last_index()))
    }

    /// The flag as written, the environment's changes applied: description, owner, tags, kind, state. `None`
    /// when it is gone.
    #[must_use]
    pub fn definition(&self) -> Option<flags_schema::Flag> {
        self.engine.read(|snapshot| snapshot.written(self.index(snapshot)).cloned())
    }

    /// Whether the flag is on for the context; of a boolean value flag, its value.
    #[inline]
    #[must_use]
    pub fn enabled(&self, context: &Context) -> bool {
        if self.boolean {
            return self.engine.index_asked(self.id.last_index(), context) == ON;
        }
        self.ask(context, |snapshot, index, decision| {
            let boolean = snapshot.kind(index).is_some_and(FlagKind::is_boolean);
            if boolean { decision.index() == ON } else { decision.is_on() }
        })
    }

    /// The value for the context, and why: of a switch a boolean, of a variant its value (its name,
    /// when it has none), of a value flag the literal.
    #[must_use]
    pub fn evaluate(&self, context: &Context) -> Evaluation<Value> {
        if let Some(index) = self.id.compiled_index() {
            return self.engine.evaluation(index, context);
        }
        self.ask(context, |snapshot, index, decision| {
            Evaluation::written(index, decision, SharedSnapshot::of(snapshot))
        })
    }

    /// Finds the flag and evaluates it, both by one snapshot.
    #[inline]
    fn ask<R>(&self, context: &Context, mut answer: impl FnMut(&Arc<Snapshot>, u32, Decision) -> R) -> R {
        self.engine.read(|snapshot| {
            let index = self.index(snapshot);
            let decision = snapshot.decide(index, context);
            self.engine.note(snapshot, index, context, decision);
            answer(snapshot, index, decision)
        })
    }

    /// Every step of the evaluation, and why it held or not.
    #[must_use]
    pub fn explain(&self, context: &Context) -> Explanation {
        self.engine.read(|snapshot| explain(snapshot, self.index(snapshot), context))
    }

    /// Where the context stands in the flag's buckets, in percent from 0 to 100: it is in a rollout
    /// of more than that. `None` without a key to go by.
    #[must_use]
    pub fn bucket(&self, context: &Context) -> Option<f64> {
        self.engine.read(|snapshot| snapshot.bucket(self.index(snapshot), context))
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
        (0..)
            .zip(&self.decisions)
            .map(|(flag, decision)| Evaluation::written(flag, *decision, SharedSnapshot::of(&self.snapshot)))
    }
}
