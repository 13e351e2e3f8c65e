//! What evaluations read: a ruleset and the overrides in force, replaced as one.

use super::added::AddedFlags;
use crate::clock::Clock;
use crate::context::Context;
use crate::contract::Contract;
use crate::document::StoredDocument;
use crate::reason::{Layer, Provenance, RuleRef};
use crate::ruleset::{
    Cause, Decision, Evaluator, FastPath, Override, Overrides, Ruleset, RulesetPart, Silent, position,
};
use crate::value::ON;
use flags_schema::{FlagKind, Position, Value};
use serde::Serialize;
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The observer of an engine, as the snapshot holds it.
pub(crate) trait Listener: Any + Send + Sync + fmt::Debug {
    /// Tells of an evaluation.
    fn evaluated(&self, snapshot: &Snapshot, flag: u32, context: &Context, decision: Decision);
    /// Tells of the document that answers.
    fn loaded(&self, snapshot: &Snapshot);
    /// What became of what it wanted recorded.
    fn delivery(&self) -> Delivery;
}

/// What became of exposures and events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// How many were delivered to the observer.
    pub delivered: u64,
    /// How many were dropped, because too many waited.
    pub dropped: u64,
    /// How many wait.
    pub waiting: u64,
    /// How many events were refused, because their value is infinite or no number.
    pub refused: u64,
}

const NULL: Value = Value::Null;
const TRUE: Value = Value::Bool(true);
const FALSE: Value = Value::Bool(false);

/// Numbers snapshots of all engines, so that one number tells both which engine and which state.
static EPOCHS: AtomicU64 = AtomicU64::new(1);

/// What evaluations read. It never changes once it is published.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) epoch: u64,
    /// Where threads keep it.
    pub(super) slot: usize,
    pub(crate) ruleset: Arc<Ruleset>,
    pub(crate) overrides: Box<Overrides>,
    /// The fast paths of the flags, those that are overridden left out.
    pub(crate) fast_paths: Arc<[FastPath]>,
    pub(crate) contract: Arc<Contract>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether evaluations are counted.
    pub(crate) counting: bool,
    /// Flags that the program was compiled without.
    pub(crate) added: Option<Arc<AddedFlags>>,
    /// The document in force.
    pub(crate) document: StoredDocument,
    pub(crate) observer: Option<Arc<dyn Listener>>,
}

impl Snapshot {
    pub(crate) fn next_epoch() -> u64 {
        EPOCHS.fetch_add(1, Ordering::Relaxed)
    }

    /// One to force flags on.
    #[cfg(feature = "test-util")]
    pub(crate) fn forced(&self) -> Self {
        Self {
            epoch: Self::next_epoch(),
            slot: self.slot,
            ruleset: self.ruleset.clone(),
            overrides: self.overrides.clone(),
            fast_paths: self.fast_paths.clone(),
            contract: self.contract.clone(),
            clock: self.clock.clone(),
            counting: self.counting,
            added: self.added.clone(),
            document: self.document.clone(),
            observer: self.observer.clone(),
        }
    }

    /// The fast paths of the flags, with those of overridden flags taken out.
    pub(crate) fn fast_paths(ruleset: &Ruleset, overrides: &Overrides) -> Arc<[FastPath]> {
        if overrides.iter().all(Option::is_none) {
            return ruleset.fast_paths.clone();
        }
        let both = ruleset.fast_paths.iter().zip(overrides);
        let paths = both.map(|(path, overridden)| match overridden {
            None => path.clone(),
            Some(_) => FastPath::FullEvaluation,
        });
        paths.collect()
    }

    /// Counts an evaluation of a flag that the program was compiled without.
    #[cold]
    pub(crate) fn count_added(&self, flag: u32, decision: Decision) {
        let index = (flag as usize).checked_sub(self.contract.flags.len());
        if let (Some(added), Some(Ok(index))) = (&self.added, index.map(u32::try_from)) {
            added.counts.add(index, decision);
        }
    }

    /// Tells the observer of an evaluation. Apart, and rarely called: what only an observer needs costs nobody else.
    #[cold]
    #[inline(never)]
    pub(crate) fn tell_evaluated(&self, flag: u32, context: &Context, decision: Decision) {
        if let Some(observer) = &self.observer {
            observer.evaluated(self, flag, context, decision);
        }
    }

    /// The moment of one evaluation: the clock is asked when it is first needed, and not again.
    #[inline]
    pub(crate) fn moment(&self) -> impl Fn() -> Option<i64> + '_ {
        let told = Cell::new(None);
        move || {
            told.get().unwrap_or_else(|| {
                let now = self.clock.now().map(|now| now.0);
                told.set(Some(now));
                now
            })
        }
    }

    /// The context's position in the flag's buckets, in percent.
    pub(crate) fn bucket(&self, flag: u32, context: &Context) -> Option<f64> {
        position(&self.ruleset.bucket(flag)?, context).map(crate::bucket::position)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a decision in registers is half the time")]
    pub(crate) fn decide(&self, flag: u32, context: &Context) -> Decision {
        if let Some(path) = self.fast_paths.get(flag as usize)
            && let Some(decision) = path.decide(context)
        {
            return decision;
        }
        self.decide_slowly(flag, context)
    }

    #[inline(never)]
    fn decide_slowly(&self, flag: u32, context: &Context) -> Decision {
        self.evaluator(context, &self.moment()).decide(flag, &mut Silent)
    }

    /// What evaluates flags for the context, at a moment that several evaluations may share.
    #[inline]
    pub(crate) fn evaluator<'a, N: Fn() -> Option<i64>>(
        &'a self,
        context: &'a Context,
        now: &'a N,
    ) -> Evaluator<'a, N> {
        Evaluator::new(&self.ruleset, &self.overrides, context, now)
    }

    /// The flag as written, the environment's changes applied.
    pub(crate) fn written(&self, flag: u32) -> Option<&flags_schema::Flag> {
        self.ruleset.written(flag)
    }

    /// What sort of thing the flag answers with.
    pub(crate) fn kind(&self, flag: u32) -> Option<FlagKind> {
        match self.contract.flags.get(flag as usize) {
            Some(compiled) => Some(compiled.kind),
            None => self.written(flag).map(FlagKind::of),
        }
    }

    pub(crate) fn variant_name(&self, flag: u32, index: u32) -> Option<&str> {
        match self.kind(flag)? {
            FlagKind::Value(_) => None,
            FlagKind::Switch => Some(if index == ON { "on" } else { "off" }),
            FlagKind::Variants => match self.contract.flags.get(flag as usize) {
                Some(compiled) => compiled.variants.get(index as usize).map(|name| &**name),
                None => self.written(flag)?.variants.get(index as usize).map(|variant| variant.name.as_str()),
            },
        }
    }

    /// The value of an index as written; of a switch, a boolean; of variants without values, the name.
    pub(crate) fn raw_value(&self, flag: u32, decision: Decision) -> &Value {
        let index = decision.index();
        if index == Decision::OVERRIDDEN
            && let Some(Some((_, overridden))) = self.overrides.get(flag as usize)
            && let Override::Value(_, value) = &**overridden
        {
            return value;
        }
        let value = match self.kind(flag) {
            Some(FlagKind::Switch) => Some(if index == ON { &TRUE } else { &FALSE }),
            Some(FlagKind::Value(_)) => {
                let resolved = self.ruleset.flags.get(flag as usize);
                resolved.and_then(|resolved| resolved.literals.get(index as usize))
            }
            Some(FlagKind::Variants) => self.variant_values(flag).get(index as usize),
            None => None,
        };
        value.unwrap_or(&NULL)
    }

    /// Of a flag with variants: what [`Snapshot::raw_value`] says of each.
    fn variant_values(&self, flag: u32) -> &[Value] {
        self.ruleset.variant_values.of(flag, self.ruleset.flags.len(), || {
            let Some(written) = self.written(flag) else { return Box::default() };
            let value = |name: &str| {
                let variant = written.variants.iter().find(|variant| *variant.name == *name);
                let value = variant.and_then(|variant| variant.value.as_ref());
                match value {
                    Some(value) => value.value.clone(),
                    None if written.json_variants => Value::Null,
                    None => Value::String(name.to_owned()),
                }
            };
            match self.contract.flags.get(flag as usize) {
                Some(compiled) => compiled.variants.iter().map(|name| value(name)).collect(),
                None => written.variants.iter().map(|variant| value(&variant.name)).collect(),
            }
        })
    }

    pub(crate) fn rule(&self, flag: u32, rule: u32) -> Option<RuleRef<'_>> {
        let source =
            self.ruleset.flags.get(flag as usize)?.rules.get(Cause::position(rule)?)?.source as usize;
        let written = self.written(flag)?.answer.rules.get(source)?;
        Some(RuleRef { name: written.name.as_ref().map(|name| name.as_str()), position: source + 1 })
    }

    pub(crate) fn provenance(&self, flag: u32, cause: Cause) -> Provenance<'_> {
        let none = |layer| Provenance { layer, file: None, line: 0 };
        let found = match cause {
            Cause::Override(layer) => return none(layer),
            Cause::State if self.ruleset.off_by.contains_key(&flag) => self.switched_off(flag),
            _ => self.position(flag, cause).zip(self.ruleset.part(flag)),
        };
        let Some((position, part)) = found else { return none(Layer::File) };
        let layer = match (part.reloaded, position.file.0) {
            (true, _) => Layer::Reload,
            (false, 0) => Layer::File,
            (false, _) => Layer::Overlay,
        };
        let file = part.written.document().files.get(usize::from(position.file.0));
        Provenance { layer, file: file.map(String::as_str), line: position.line }
    }

    /// Where a document says that the flag is off whose other answers the program cannot give.
    fn switched_off(&self, flag: u32) -> Option<(Position, &RulesetPart)> {
        let (part, source) = self.ruleset.off_by.get(&flag)?;
        let part = self.ruleset.parts.get(*part)?;
        Some((part.written.flag(*source)?.answer.state.position, part))
    }

    fn position(&self, flag: u32, cause: Cause) -> Option<Position> {
        let (written, resolved) = (self.written(flag)?, self.ruleset.flags.get(flag as usize)?);
        let answer = &written.answer;
        Some(match cause {
            Cause::Rule(rule) => {
                let source = resolved.rules.get(Cause::position(rule)?)?.source;
                answer.rules.get(source as usize)?.position
            }
            Cause::Prerequisite(position) => {
                let mut both = answer.requires.iter().chain(&answer.excludes);
                both.nth(Cause::position(position)?)?.flag.position
            }
            Cause::Experiment => written.experiment.as_ref()?.control.position,
            Cause::Layer => written.layer.as_ref()?.name.position,
            Cause::Users => match &answer.users {
                flags_schema::Users::On(users) => users.first()?.position,
                flags_schema::Users::Variants(lists) => lists.first()?.0.position,
                flags_schema::Users::Nobody => return None,
            },
            Cause::Environment => written.key.position,
            // What a value flag serves when it is on is written there, and its state often nowhere.
            Cause::State if resolved.disabled.is_none() && answer.value.is_some() => {
                answer.value.as_ref()?.position
            }
            Cause::State | Cause::Default | Cause::Override(_) => answer.state.position,
        })
    }
}
