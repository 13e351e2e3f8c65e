//! The ruleset: a document in the form that is evaluated. Names are indices, operands are parsed,
//! percentages are integer thresholds.

mod combinations;
mod condition;
mod constants;
mod decide;
mod decision;
mod dependencies;
mod evaluator;
mod everybody;
mod fast_path;
mod flag_index;
mod literal;
mod marks;
mod model;
mod networks;
mod number;
mod one_of;
mod operand;
mod operand_parse;
mod overriding;
mod pattern;
mod plan;
mod population;
mod resolve;
mod served;
mod truth;

pub(crate) use combinations::Truths;
pub use combinations::{Combinations, Holds};
pub(crate) use condition::{AttributeRef, Compare, How, Prerequisite, Test};
pub(crate) use constants::constants;
pub(crate) use decide::{Missed, Overrides, Silent, Step, Tracer};
pub(crate) use decision::{Cause, Decision};
pub(crate) use evaluator::{Evaluator, position};
pub(crate) use fast_path::{BOUNDS, Bucketed, FastPath, passed};
pub(crate) use flag_index::Origins;
use model::salt;
pub(crate) use model::{
    Amount, Bucket, Disabled, Enrollment, Experiment, Flag, LayerRange, Override, Pace, Ramp, ResolvedState,
    Rollout, Rule, Segment, Serve, Split, Window,
};
pub(crate) use overriding::resolve_override;
use plan::Plan;
pub use population::{BucketRanges, BucketStream, Divide, WHOLE};
pub(crate) use population::{decide_within, prerequisites_first};
pub(crate) use resolve::{amount, resolve};
pub(crate) use served::VariantValues;
pub(crate) use truth::Truth;

use crate::bucket::Salt;
use crate::context::Privacy;
use crate::document::{EffectiveDocument, FlagView, StoredDocument};
use flags_schema::Document;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Documents resolved for one environment.
#[derive(Debug, Default)]
pub(crate) struct Ruleset {
    /// What it was resolved from: the document in force, and after a reload those of before it of which some
    /// flags keep their answers, and the one that was compiled in.
    pub(crate) parts: Box<[RulesetPart]>,
    pub(crate) environment: Option<Arc<str>>,
    /// Of all parts, one after the other.
    pub(crate) segments: Box<[Segment]>,
    /// Those of the contract in its order, then those that only the first part has.
    pub(crate) flags: Box<[Flag]>,
    /// Flags that are off because a part says so which they do not come from: that part, and where they are in it.
    pub(crate) off_by: BTreeMap<u32, (usize, u32)>,
    /// Fast paths of the same flags.
    pub(crate) fast_paths: Arc<[FastPath]>,
    /// What of contexts may be shown in clear.
    pub(crate) privacy: Privacy,
    /// Values of the variants, of flags that are asked by their keys.
    pub(crate) variant_values: VariantValues,
    /// The order of those that depend on many others.
    plan: Plan,
}

/// A document with the environment's changes applied: names and positions for people.
#[derive(Clone, Debug)]
pub(crate) struct RulesetPart {
    pub(crate) written: Arc<EffectiveDocument>,
    /// Whether it was loaded while the program runs.
    pub(crate) reloaded: bool,
}

impl RulesetPart {
    pub(crate) fn new(document: &StoredDocument, environment: Option<&Arc<str>>, reloaded: bool) -> Self {
        Self { written: Arc::new(document.effective(environment)), reloaded }
    }
}

impl Ruleset {
    /// The document in force; it may lack the flags.
    pub(crate) fn document(&self) -> Option<&Document> {
        self.parts.first().map(|part| part.written.document())
    }

    /// The part that a flag was resolved from.
    pub(crate) fn part(&self, flag: u32) -> Option<&RulesetPart> {
        self.parts.get(self.flags.get(flag as usize)?.part)
    }

    /// Whether the flag answers as the document in force says.
    #[cfg(feature = "reload")]
    pub(crate) fn is_in_force(&self, flag: u32) -> bool {
        self.flags.get(flag as usize).is_some_and(|flag| flag.part == 0)
    }

    /// The flag as written. The first to ask decodes it: evaluations do without.
    pub(crate) fn written(&self, flag: u32) -> Option<&flags_schema::Flag> {
        let (document, source) = self.location(flag)?;
        document.flag(source)
    }

    /// The flag as written, for a moment: it is not kept.
    pub(crate) fn view(&self, flag: u32) -> Option<FlagView<'_>> {
        let (document, source) = self.location(flag)?;
        document.view(source)
    }

    /// Whether a flag of another ruleset of the same environment is written the same; positions do not count.
    #[cfg(feature = "reload")]
    pub(crate) fn says_the_same(&self, flag: u32, (other, other_flag): (&Self, u32)) -> bool {
        match (self.location(flag), other.location(other_flag)) {
            (Some((own, index)), Some(other)) => own.says_the_same(index, other),
            _ => false,
        }
    }

    /// The flag's key.
    pub(crate) fn key(&self, flag: u32) -> Option<&str> {
        let (document, source) = self.location(flag)?;
        document.key(source)
    }

    /// The document that the flag was resolved from, and where it is there.
    fn location(&self, flag: u32) -> Option<(&EffectiveDocument, u32)> {
        let resolved = self.flags.get(flag as usize)?;
        Some((&self.parts.get(resolved.part)?.written, resolved.source))
    }

    /// The flag's own bucket, whether or not its answer depends on it.
    pub(crate) fn bucket(&self, flag: u32) -> Option<Bucket> {
        let by = self.flags.get(flag as usize)?.by.clone();
        Some(Bucket { salt: Salt::new(salt(self.written(flag)?)), by })
    }

    /// Names of the segments, by their indices.
    pub(crate) fn segment_names(&self) -> impl Iterator<Item = &flags_schema::Spanned<String>> {
        self.parts.iter().flat_map(|part| &part.written.document().segments).map(|segment| &segment.name)
    }
}
