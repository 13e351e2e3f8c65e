//! Overrides of an engine: set by the program, read from environment variables, listed.

use super::added::FlagId;
use super::reference::{FlagRef, Reference};
use super::{Engine, EngineState, environment};
use crate::overrides::{OverrideError, OverrideInfo, OverrideProblem, OverrideState};
use crate::reason::Layer;
#[cfg(feature = "reload")]
use crate::ruleset::Ruleset;
use crate::ruleset::resolve_override;
use flags_schema::Mutability;
use std::collections::BTreeMap;
use std::convert::Infallible;

#[cfg(feature = "reload")]
impl EngineState {
    /// Gives the overrides of flags that the program was not compiled with their indices in
    /// `ruleset`, before it is put in force; those of flags that it does not have are dropped.
    pub(crate) fn rekey_overrides(&mut self, ruleset: &Ruleset, compiled: usize) {
        let key = |ruleset: &Ruleset, flag| ruleset.key(flag).map(str::to_owned);
        let indices = (0_u32..).take(ruleset.flags.len()).skip(compiled);
        let indices: BTreeMap<_, _> = indices.filter_map(|flag| Some((key(ruleset, flag)?, flag))).collect();
        for set in [&mut self.program, &mut self.variable] {
            let added = set.split_off(&u32::try_from(compiled).unwrap_or(u32::MAX));
            let moved = |(flag, state)| Some((*indices.get(&key(&self.ruleset, flag)?)?, state));
            set.extend(added.into_iter().filter_map(moved));
        }
    }
}

impl EngineState {
    /// The flag of the engine that is meant.
    fn find(&self, engine: &Engine, flag: Reference<'_>) -> Result<FlagId, OverrideError> {
        let refused = |problem| Err(OverrideError { key: flag.key(), problem });
        match flag {
            Reference::Constant { engine: own, .. } if !std::ptr::eq(own, engine) => {
                refused(OverrideProblem::Foreign { own: own.name(), asked: engine.name() })
            }
            Reference::Handle(handle) if !std::ptr::eq(handle.engine(), engine) => {
                refused(OverrideProblem::Foreign { own: handle.engine().name(), asked: engine.name() })
            }
            Reference::Constant { index, .. } => Ok(FlagId::compiled(index)),
            Reference::Handle(handle) => match handle.id().index(self.added.as_deref()) {
                Some(_) => Ok(handle.id()),
                None => refused(OverrideProblem::Gone),
            },
            Reference::Key(key) => match engine.contract.index(key) {
                Some(index) => Ok(FlagId::compiled(index)),
                None => match self.added.as_deref().and_then(|added| added.index(key)) {
                    Some(index) => Ok(FlagId::of(index, self.added.as_deref())),
                    None => refused(OverrideProblem::NoFlag),
                },
            },
        }
    }
}

impl Engine {
    /// Sets an override for a flag, until it is reset. It stands above environment variables.
    ///
    /// # Errors
    /// When the flag is not one of this engine, has no such variant, segment or value, or may not change
    /// while the program runs.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the state in the call")]
    pub fn set_override(&self, flag: impl FlagRef, state: OverrideState) -> Result<(), OverrideError> {
        self.update(|changed| {
            let index = self.changeable(changed, &flag)?;
            resolve_override(&changed.ruleset, &self.contract, index, &state)
                .map_err(|problem| OverrideError { key: flag.reference().key(), problem })?;
            changed.program.insert(index, state.clone());
            Ok(())
        })
    }

    /// Takes back what [`Engine::set_override`] set. Returns whether there was something.
    ///
    /// # Errors
    /// When the flag is not one of this engine, or may not change while the program runs.
    pub fn reset_override(&self, flag: impl FlagRef) -> Result<bool, OverrideError> {
        let changed = self.update(|changed| {
            let index = self.changeable(changed, &flag).map_err(Some)?;
            // There is nothing to publish where there was no override.
            changed.program.remove(&index).map(|_| ()).ok_or(None)
        });
        match changed {
            Ok(()) => Ok(true),
            Err(None) => Ok(false),
            Err(Some(error)) => Err(error),
        }
    }

    fn changeable(&self, state: &EngineState, flag: &impl FlagRef) -> Result<u32, OverrideError> {
        let refused = |problem| Err(OverrideError { key: flag.reference().key(), problem });
        let id = state.find(self, flag.reference())?;
        let Some(index) = id.index(state.added.as_deref()) else { return refused(OverrideProblem::Gone) };
        match self.contract.flags.get(index as usize).map_or(Mutability::Live, |flag| flag.mutability) {
            Mutability::Live => Ok(index),
            fixed @ (Mutability::Startup | Mutability::Fixed) => {
                refused(OverrideProblem::Mutability(fixed.as_str()))
            }
        }
    }

    /// The flag that is meant.
    #[cfg(feature = "test-util")]
    pub(crate) fn find(&self, flag: &impl FlagRef) -> Result<FlagId, OverrideError> {
        self.state().find(self, flag.reference())
    }

    /// What its document is called.
    fn name(&self) -> String {
        self.contract.document().document().files.first().cloned().unwrap_or_default()
    }

    /// The overrides in force, in the order of the flags.
    #[must_use]
    pub fn overrides(&self) -> Vec<OverrideInfo> {
        self.state().listed_overrides()
    }

    /// Reads the environment variables anew. Flags of `mutability: startup` keep what they had.
    pub fn reload_env(&self) {
        let Ok(()) = self.update(|state| {
            self.read_env(state, false);
            Ok::<_, Infallible>(())
        });
        self.tell_problems();
    }

    pub(super) fn read_env(&self, state: &mut EngineState, starting: bool) {
        let (found, problems) = environment::overrides(&state.variables, &state.ruleset, &self.contract);
        let startup = |flag: u32| {
            let flag = self.contract.flags.get(flag as usize);
            !starting && flag.is_some_and(|flag| flag.mutability == Mutability::Startup)
        };
        state.variable.retain(|flag, _| startup(*flag));
        state.variable.extend(found.into_iter().filter(|(flag, _)| !startup(*flag)));
        state.variable_problems = problems.into();
    }
}

impl EngineState {
    /// The overrides, in the order of the flags.
    pub(crate) fn listed_overrides(&self) -> Vec<OverrideInfo> {
        let layered = |set: &'_ BTreeMap<u32, OverrideState>, layer| {
            let set = set.clone();
            set.into_iter().map(move |(flag, state)| (flag, (state, layer)))
        };
        let mut all: BTreeMap<u32, (OverrideState, Layer)> =
            layered(&self.variable, Layer::EnvironmentVariable).collect();
        all.extend(layered(&self.program, Layer::Program));
        let key = |index| self.ruleset.key(index).unwrap_or_default().to_owned();
        let infos = all.into_iter();
        infos.map(|(index, (state, layer))| OverrideInfo { key: key(index), state, layer }).collect()
    }
}
