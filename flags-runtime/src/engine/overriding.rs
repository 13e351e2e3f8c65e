//! Overrides of an engine: set by the program, read from environment variables, listed.

use super::{Changing, Engine, FlagHandle, environment};
use crate::evaluation::Layer;
use crate::flag::FlagRef;
use crate::overrides::{OverrideError, OverrideInfo, OverrideProblem, OverrideState};
#[cfg(feature = "reload")]
use crate::ruleset::Ruleset;
use crate::ruleset::resolve_override;
use flags_schema::Mutability;
use std::collections::BTreeMap;

#[cfg(feature = "reload")]
impl Changing {
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

impl Engine {
    /// Sets an override for a flag, until it is reset. It stands above environment variables.
    ///
    /// # Errors
    /// When the flag has no such variant, segment or value, or may not change while the program runs.
    pub fn set_override(&self, flag: impl FlagRef, state: OverrideState) -> Result<(), OverrideError> {
        let mut changing = self.changing();
        let index = self.changeable(&flag)?;
        resolve_override(&changing.ruleset, &self.contract, index, &state)
            .map_err(|problem| OverrideError { key: self.key_of(&flag), problem })?;
        changing.program.insert(index, state);
        self.publish(&mut changing);
        Ok(())
    }

    /// Takes back what [`Engine::set_override`] set. Returns whether there was something.
    ///
    /// # Errors
    /// When the flag does not exist, or may not change while the program runs.
    pub fn reset_override(&self, flag: impl FlagRef) -> Result<bool, OverrideError> {
        let mut changing = self.changing();
        let index = self.changeable(&flag)?;
        let had = changing.program.remove(&index).is_some();
        if had {
            self.publish(&mut changing);
        }
        Ok(had)
    }

    fn changeable(&self, flag: &impl FlagRef) -> Result<u32, OverrideError> {
        let refused = |problem| Err(OverrideError { key: self.key_of(flag), problem });
        let Some(index) = flag.index_in(self) else { return refused(OverrideProblem::NoFlag) };
        match self.contract.flags.get(index as usize).map_or(Mutability::Live, |flag| flag.mutability) {
            Mutability::Live => Ok(index),
            fixed => refused(OverrideProblem::Mutability(fixed.as_str())),
        }
    }

    pub(crate) fn key_of(&self, flag: &impl FlagRef) -> String {
        match flag.index_in(self) {
            Some(index) => FlagHandle { engine: self, index }.key(),
            None => flag.name().to_owned(),
        }
    }

    /// The overrides in force, in the order of the flags.
    #[must_use]
    pub fn overrides(&self) -> Vec<OverrideInfo> {
        let changing = self.changing();
        let layered = |set: &BTreeMap<u32, OverrideState>, layer| {
            let set = set.clone();
            set.into_iter().map(move |(flag, state)| (flag, (state, layer)))
        };
        let mut all: BTreeMap<u32, (OverrideState, Layer)> =
            layered(&changing.variable, Layer::EnvironmentVariable).collect();
        all.extend(layered(&changing.program, Layer::Program));
        drop(changing);
        all.into_iter()
            .map(|(index, (state, layer))| OverrideInfo {
                key: FlagHandle { engine: self, index }.key(),
                state,
                layer,
            })
            .collect()
    }

    /// Reads the environment variables anew. Flags of `mutability: startup` keep what they had.
    pub fn reload_env(&self) {
        let mut changing = self.changing();
        self.read_env(&mut changing, false);
        self.publish(&mut changing);
    }

    pub(super) fn read_env(&self, changing: &mut Changing, starting: bool) {
        let (found, problems) = environment::overrides(&changing.variables, &changing.ruleset);
        let startup = |flag: u32| {
            let flag = self.contract.flags.get(flag as usize);
            !starting && flag.is_some_and(|flag| flag.mutability == Mutability::Startup)
        };
        changing.variable.retain(|flag, _| startup(*flag));
        changing.variable.extend(found.into_iter().filter(|(flag, _)| !startup(*flag)));
        changing.env_problems = problems;
    }
}
