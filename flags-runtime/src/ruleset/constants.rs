//! The table of constants: what each flag of a ruleset decides for everybody.

use super::Ruleset;
use super::decide::{Overrides, Silent, decide};
use super::decision::Decision;
use super::everybody::Everybody;

/// What each flag decides for everybody, if it does.
pub(crate) fn constants(ruleset: &Ruleset, overrides: &Overrides) -> Vec<Option<Decision>> {
    let mut constants = vec![None; ruleset.flags.len()];
    let alone = (0_u32..).zip(&ruleset.flags).filter(|(_, flag)| flag.prerequisites.is_empty());
    // Each after those that it depends on.
    for flag in alone.map(|(flag, _)| flag).chain(ruleset.plan.order.iter().copied()) {
        let Some(resolved) = ruleset.flags.get(flag as usize) else { continue };
        let overridden = overrides.get(flag as usize).and_then(Option::as_ref);
        let constant = decide(&Everybody { constants: &constants }, resolved, overridden, &mut Silent).ok();
        if let Some(slot) = constants.get_mut(flag as usize) {
            *slot = constant;
        }
    }
    constants
}
