//! What was counted, for people and for exporters.

use super::Engine;
use super::history::{Count, LastEvaluated, add, counts as counts_of, indices};
use super::snapshot::Delivery;
use crate::reason::Reason;
use flags_schema::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// What the flags of an engine answered since it was made: see [`Engine::metrics`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Metrics {
    /// When the engine was made, in milliseconds since 1970; `None` where no clock told it.
    pub since: Option<Timestamp>,
    /// When this was asked for, in milliseconds since 1970; `None` where no clock told it.
    pub at: Option<Timestamp>,
    /// Whether evaluations are counted: `settings.metrics` is not `false`.
    pub counting: bool,
    /// What became of what the present observer wanted recorded of experiments.
    pub experiments: Delivery,
    /// Every flag, in the order of [`Engine::flags`].
    pub flags: Vec<FlagMetrics>,
}

impl Metrics {
    /// The metrics of a flag.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<&FlagMetrics> {
        self.flags.iter().find(|flag| flag.key == key)
    }

    /// How many evaluations there were.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.flags.iter().map(|flag| flag.evaluations).sum()
    }

    /// Flags that nobody has asked since the engine was made.
    pub fn never_evaluated(&self) -> impl Iterator<Item = &FlagMetrics> {
        self.flags.iter().filter(|flag| flag.evaluations == 0)
    }
}

/// What one flag answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FlagMetrics {
    /// The flag's key.
    pub key: String,
    /// How many evaluations there were. Those that another flag's `requires` brought about do not count.
    pub evaluations: u64,
    /// The same by what was served and why; only what happened.
    pub counts: Vec<Count>,
    /// When it was last evaluated; `None` when it never was.
    pub last_evaluated: Option<LastEvaluated>,
}

impl FlagMetrics {
    /// How often each variant was served: `on` and `off` of a switch, `None` for a value flag.
    #[must_use]
    pub fn variants(&self) -> Vec<(Option<&str>, u64)> {
        let mut variants: Vec<(Option<&str>, u64)> = Vec::new();
        for count in &self.counts {
            match variants.iter_mut().find(|(variant, _)| *variant == count.variant.as_deref()) {
                Some((_, evaluations)) => *evaluations += count.evaluations,
                None => variants.push((count.variant.as_deref(), count.evaluations)),
            }
        }
        variants
    }

    /// How often that variant was served.
    #[must_use]
    pub fn variant(&self, name: &str) -> u64 {
        let counts = self.counts.iter().filter(|count| count.variant.as_deref() == Some(name));
        counts.map(|count| count.evaluations).sum()
    }

    /// How often something was served for that reason.
    #[must_use]
    pub fn reason(&self, reason: Reason) -> u64 {
        let counts = self.counts.iter().filter(|count| count.reason == reason);
        counts.map(|count| count.evaluations).sum()
    }
}

impl Engine {
    /// What the flags answered since the engine was made: how often, with what, why; which never did.
    ///
    /// Evaluations are counted without an exporter and without waiting; `settings: { metrics: false }`
    /// switches it off. [`Engine::evaluate_all`] counts for every flag, explanations count for none.
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options, Reason};
    /// # use flags_schema::{SourceFile, load};
    /// # let source = SourceFile::new("flags.yaml", "flags:\n  new-ui: on\n  old-ui: off\n");
    /// # let loaded = load(source, &mut |_| Err(String::new()), &Default::default());
    /// # let engine = Engine::new(loaded.document, Options::default()).unwrap();
    /// assert!(engine.flag("new-ui").unwrap().enabled(&Context::new("ann")));
    ///
    /// let metrics = engine.metrics();
    /// let flag = metrics.flag("new-ui").unwrap();
    /// assert_eq!((flag.evaluations, flag.variant("on"), flag.reason(Reason::Static)), (1, 1, 1));
    /// assert_eq!(metrics.never_evaluated().next().unwrap().key, "old-ui");
    /// ```
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let snapshot = self.read(Arc::clone);
        // The clock is the program's own code: it is asked before anything is locked.
        let now = snapshot.clock.now();
        let compiled = snapshot.contract.flags.len();
        let base = indices(0, self.counts().flags()).map(|flag| (flag, self.counts(), 0));
        let added = snapshot.added.as_deref().map(|added| &added.counts);
        let added = added
            .into_iter()
            .flat_map(|added| indices(compiled, added.flags()).map(move |flag| (flag, added, compiled)));
        let counted = base.chain(added).filter_map(|(flag, counts, first)| {
            let key = snapshot.ruleset.key(flag)?.to_owned();
            Some((key, counts_of(&snapshot, counts, flag, first)))
        });
        let counted: Vec<(String, Vec<Count>)> = counted.collect();
        let mut history = self.history();
        let flags = counted.into_iter().map(|(key, mut counts)| {
            if let Some(gone) = history.gone.get(&key) {
                add(&mut counts, gone.clone());
            }
            let evaluations = counts.iter().map(|count| count.evaluations).sum();
            let last_evaluated = history.last(&key, evaluations, now);
            FlagMetrics { key, evaluations, counts, last_evaluated }
        });
        let flags = flags.collect();
        history.at = now;
        let since = history.since;
        drop(history);
        let experiments = snapshot.observer.as_ref().map(|observer| observer.delivery()).unwrap_or_default();
        Metrics { since, at: now, counting: snapshot.counting, experiments, flags }
    }
}
