//! Overrides, resolved against the rules that they stand above.

use super::served::ServedIndices;
use super::{Amount, Override, Rollout, Ruleset, Serve};
use crate::context::Text;
use crate::contract::Contract;
use crate::overrides::{OverrideProblem as Problem, OverrideState as Wanted};
use crate::value::{OFF, ON, Typed};
use flags_schema::{FlagKind, Percent, Value};

/// What a programmatic or environment-variable override makes of a flag.
///
/// # Errors
/// When the flag has no such variant, segment or value; the message says so.
pub(crate) fn resolve_override(
    ruleset: &Ruleset,
    contract: &Contract,
    flag: u32,
    state: &Wanted,
) -> Result<Override, Problem> {
    let Some(resolved) = ruleset.flags.get(flag as usize) else { return Err(Problem::NoFlag) };
    let Some(written) = ruleset.written(flag) else { return Err(Problem::NoFlag) };
    let compiled = contract.flags.get(flag as usize);
    let served = ServedIndices::new(written, compiled);
    Ok(match state {
        Wanted::On => Override::Serve(resolved.on.clone()),
        Wanted::Off => Override::Serve(Serve::Off),
        Wanted::Percentage(percent) => {
            let percent = Percent::from_f64(*percent).map_err(|_| Problem::Percentage(*percent))?;
            let bucket = ruleset.bucket(flag).ok_or(Problem::NoFlag)?;
            Override::Rollout(Rollout { bucket, amount: Amount::of(percent) })
        }
        Wanted::Variant(name) => match (served.kind, served.named(name)) {
            (FlagKind::Switch, Some(OFF)) => Override::Serve(Serve::Off),
            (_, Some(index)) => Override::Serve(Serve::One(index)),
            (_, None) => return Err(Problem::Variant(name.clone())),
        },
        Wanted::Segment(name) => {
            let segment = ruleset.segment_names().position(|known| **known == *name);
            match segment.and_then(|segment| u32::try_from(segment).ok()) {
                Some(segment) => Override::Members(segment),
                None => return Err(Problem::Segment(name.clone())),
            }
        }
        Wanted::Users(users) => Override::Users(users.iter().map(|user| Text::new(user)).collect()),
        Wanted::Value(value) => match (served.kind, value) {
            (FlagKind::Value(_), Value::Bool(on)) if served.booleans() => {
                Override::Serve(Serve::One(u32::from(*on)))
            }
            (FlagKind::Value(_), _) => {
                let typed = match compiled.filter(|compiled| compiled.decoder.is_some()) {
                    Some(_) => contract.typed(flag, value),
                    None => fits(written, value).then(|| Typed::new(())),
                };
                Override::Value(typed.ok_or(Problem::Value)?, value.clone())
            }
            (FlagKind::Switch, Value::Bool(true)) => Override::Serve(Serve::One(ON)),
            (FlagKind::Switch, Value::Bool(false)) => Override::Serve(Serve::Off),
            _ => return Err(Problem::Value),
        },
    })
}

/// Whether the value has the shape of those that the flag is written with.
fn fits(flag: &flags_schema::Flag, value: &Value) -> bool {
    // Values without a common shape are refused when the flag is loaded.
    let shape = flag.shape().ok().flatten();
    shape.is_some_and(|shape| shape.misfits(value, flag.key.position).is_empty())
}
