//! What was counted, for people and for exporters.

use super::Engine;
use super::snapshot::{Delivery, Snapshot};
use crate::counts::Counts;
use crate::reason::Reason;
use flags_schema::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
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

/// How often a flag served something for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// The variant's name: `on` or `off` of a switch; `None` for a value flag.
    pub variant: Option<String>,
    /// Why it was served.
    pub reason: Reason,
    /// How often.
    pub evaluations: u64,
}

/// When a flag was last evaluated: no clock is read for an evaluation, so it is known as well as
/// [`Engine::metrics`] is called often. Where no clock tells the time both are `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LastEvaluated {
    /// Not before this moment, at which it had not happened yet: the call before the one that saw it.
    pub after: Option<Timestamp>,
    /// Not later than this moment: the call that saw it.
    pub by: Option<Timestamp>,
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What earlier calls of [`Engine::metrics`] saw, and what was counted for flags that are gone.
#[derive(Debug, Default)]
pub(crate) struct MetricsHistory {
    since: Option<Timestamp>,
    at: Option<Timestamp>,
    flags: BTreeMap<String, (u64, LastEvaluated)>,
    gone: BTreeMap<String, Vec<Count>>,
}

impl MetricsHistory {
    pub(crate) fn new(now: Option<Timestamp>) -> Self {
        Self { since: now, at: now, ..Self::default() }
    }

    /// Keeps what was counted for flags that a reload had added, before their counts go.
    pub(crate) fn keep(&mut self, snapshot: &Snapshot) {
        let Some(added) = &snapshot.added else { return };
        let first = snapshot.contract.flags.len();
        for flag in indices(first, added.counts.flags()) {
            if let Some(key) = snapshot.ruleset.key(flag) {
                let counts = self.gone.entry(key.to_owned()).or_default();
                add(counts, self::counts(snapshot, &added.counts, flag, first));
            }
        }
    }

    fn last(&mut self, key: &str, evaluations: u64, now: Option<Timestamp>) -> Option<LastEvaluated> {
        if evaluations == 0 {
            return None;
        }
        let fresh = LastEvaluated { after: self.at, by: now };
        let (counted, last) = self.flags.entry(key.to_owned()).or_insert((evaluations, fresh));
        if *counted != evaluations {
            (*counted, *last) = (evaluations, fresh);
        }
        Some(*last)
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
            Some((key, self::counts(&snapshot, counts, flag, first)))
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

fn indices(first: usize, count: usize) -> impl Iterator<Item = u32> {
    (first..first + count).filter_map(|flag| u32::try_from(flag).ok())
}

/// What was counted for a flag of the snapshot; `first` is the flag that the counts begin with.
fn counts(snapshot: &Snapshot, counts: &Counts, flag: u32, first: usize) -> Vec<Count> {
    let index = u32::try_from(first).map_or(u32::MAX, |first| flag.saturating_sub(first));
    let sums = counts.sums(index).map(|(index, reason, evaluations)| {
        let variant = snapshot.variant_name(flag, index).map(str::to_owned);
        Count { variant, reason, evaluations }
    });
    sums.collect()
}

fn add(counts: &mut Vec<Count>, more: Vec<Count>) {
    for count in more {
        let same = counts.iter_mut().find(|c| c.variant == count.variant && c.reason == count.reason);
        match same {
            Some(same) => same.evaluations += count.evaluations,
            None => counts.push(count),
        }
    }
}
