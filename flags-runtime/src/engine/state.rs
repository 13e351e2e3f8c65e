//! What an engine's snapshots are made from.

use super::added::{AddedFlags, FlagId, KnownKeys};
use super::environment::Variables;
use super::kept::KeptAnswers;
use super::snapshot::Listener;
use crate::clock::Clock;
use crate::contract::Contract;
use crate::document::StoredDocument;
use crate::overrides::{OverrideState, Problem};
use crate::reason::Layer;
use crate::ruleset::{Overrides, Ruleset, resolve_override};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What a snapshot is made from. Cheap to copy: what is large is shared.
#[derive(Clone)]
pub(crate) struct EngineState {
    pub(crate) clock: Arc<dyn Clock>,
    /// As it was compiled in or given: every environment's answers.
    pub(crate) compiled: StoredDocument,
    /// What was loaded since, and is in force.
    pub(crate) reloaded: Option<StoredDocument>,
    /// Flags that keep the answer of a document before that.
    pub(crate) kept: Arc<KeptAnswers>,
    pub(crate) environment: Option<Arc<str>>,
    pub(super) variables: Arc<Variables>,
    pub(crate) ruleset: Arc<Ruleset>,
    /// Flags of the ruleset that the program was compiled without.
    pub(super) added: Option<Arc<AddedFlags>>,
    /// Keys of such flags, those that are gone too.
    pub(super) known_keys: Arc<KnownKeys>,
    /// Overrides that the program set, by flag.
    pub(super) program: BTreeMap<u32, OverrideState>,
    /// Overrides of environment variables, by flag.
    pub(super) variable: BTreeMap<u32, OverrideState>,
    /// Why every flag is off, when the embedded document could not be used.
    pub(super) embedded_problems: Arc<[Problem]>,
    pub(super) environment_problem: Option<Problem>,
    pub(super) variable_problems: Arc<[Problem]>,
    pub(crate) observer: Option<Arc<dyn Listener>>,
    #[cfg(feature = "reload")]
    pub(crate) reload: super::progress::Progress,
    /// Of what is answered; computed when somebody first asks.
    pub(super) version: Arc<OnceLock<Arc<str>>>,
}

impl EngineState {
    /// The document that answers.
    pub(crate) fn in_force(&self) -> &StoredDocument {
        self.reloaded.as_ref().unwrap_or(&self.compiled)
    }

    /// Whether the other has the same documents in force, for the same environment.
    #[cfg(feature = "reload")]
    pub(crate) fn is_same_document(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.ruleset, &other.ruleset)
    }

    /// The key of a flag that the program was compiled without, also when it is gone.
    pub(super) fn added_key(&self, id: FlagId) -> Option<&Arc<str>> {
        id.key(&self.known_keys)
    }

    /// What was ignored, and why.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Problem> {
        let embedded = self.embedded_problems.iter();
        embedded.chain(&self.environment_problem).chain(&*self.variable_problems)
    }

    /// The overrides, resolved against the ruleset; those that mean nothing there any more are left out.
    pub(super) fn overrides(&self, contract: &Contract) -> Box<Overrides> {
        let mut overrides: Box<Overrides> = (0..self.ruleset.flags.len()).map(|_| None).collect();
        let layers = [(&self.variable, Layer::EnvironmentVariable), (&self.program, Layer::Program)];
        for (set, layer) in layers {
            for (flag, state) in set {
                if let Some(slot) = overrides.get_mut(*flag as usize)
                    && let Ok(to) = resolve_override(&self.ruleset, contract, *flag, state)
                {
                    *slot = Some((layer, Arc::new(to)));
                }
            }
        }
        overrides
    }
}
