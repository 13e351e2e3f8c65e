//! Where a key of a flag is written: what a scope is about.

use crate::draft::{Draft, Target};
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::tree::{at, keys};
use flags_schema::Value;

/// The targets at which a scope changes a key of a flag, that of the base file first.
///
/// # Errors
/// When the flag or the environment does not exist.
pub(crate) fn targets(
    draft: &mut Draft,
    flag: &str,
    key: &str,
    scope: &Scope,
) -> Result<Vec<Target>, Refusal> {
    if let Scope::Environment(environment) = scope {
        return Ok(vec![draft.target(flag, Some(environment))?]);
    }
    let mut targets = vec![draft.target(flag, None)?];
    let names: Vec<String> = draft.document.environments.iter().map(|it| it.name.value.clone()).collect();
    let mut others = Vec::new();
    for environment in names {
        let own = own(draft, flag, &environment, key);
        if !own.is_empty() {
            others.push(format!("`{environment}`"));
        }
        if *scope == Scope::Everywhere {
            // Environments may share an overlay.
            targets.extend(own.into_iter().filter(|target| !targets.contains(target)).collect::<Vec<_>>());
        }
    }
    if *scope == Scope::Unstated && !others.is_empty() {
        draft.note(format!("`{key}` is written for {} too, where it stays as it is", others.join(", ")));
    }
    Ok(targets)
}

/// Where an environment has a key of a flag of its own; the one that counts last.
pub(crate) fn own(draft: &Draft, flag: &str, environment: &str, key: &str) -> Vec<Target> {
    let base = draft.sources.base().file.clone();
    let mut targets = vec![Target { file: base, path: keys(["flags", flag, "environments", environment]) }];
    if let Ok(Some(overlay)) = draft.overlay(environment) {
        targets.push(Target { file: overlay.to_owned(), path: keys(["flags", flag]) });
    }
    targets.retain(|target| {
        let Some(root) = draft.tree(&target.file) else { return false };
        match at(&root, &target.path).map(|flag| &flag.value) {
            None | Some(Value::Null) => false,
            Some(Value::Map(entries)) => entries.iter().any(|(name, _)| *name.value == *key),
            // `new-ui: on` is short for a state.
            Some(_) => key == "state",
        }
    });
    targets
}
