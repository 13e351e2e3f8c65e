//! `enable`, `disable` and `rollout`: whatever the files say, afterwards the sentence that was asked for is
//! true.

use crate::answers::answers;
use crate::change::{Change, New};
use crate::describe;
use crate::draft::{Draft, Target};
use crate::flag::{key, set_key, set_rollout};
use crate::refusal::{Refusal, RefusalKind};
use crate::scan::quoted;
use crate::scope::Scope;
use crate::tree::{Step, keys};
use flags_schema::{Amount, Environments, Flag, FlagState, Percent};

/// What a flag is to answer for everybody who is not named or matched by a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    On,
    Off,
    Rollout(Percent),
}

impl Wanted {
    /// Whether an environment answers so.
    fn holds(self, flag: &Flag, environment: Option<&str>) -> bool {
        let applies = describe::applies(flag, environment);
        match self {
            Self::On => applies && flag.answer.state.value == FlagState::On,
            Self::Off => !applies || flag.answer.state.value == FlagState::Off,
            Self::Rollout(percent) => {
                let amount = flag.answer.rollout.as_ref().map(|rollout| &rollout.amount);
                applies
                    && flag.answer.state.value == FlagState::Gradual
                    && matches!(amount, Some(Amount::Fixed(fixed)) if fixed.value == percent)
            }
        }
    }

    fn set(self, draft: &mut Draft, target: &Target, flag: &Flag) -> Result<(), Refusal> {
        match self {
            Self::On => set_key(draft, target, &key("state"), FlagState::On.as_str()),
            Self::Off => set_key(draft, target, &key("state"), FlagState::Off.as_str()),
            Self::Rollout(percent) => set_rollout(draft, target, flag, percent),
        }
    }

    fn words(self) -> String {
        match self {
            Self::On => FlagState::On.as_str().to_owned(),
            Self::Off => FlagState::Off.as_str().to_owned(),
            Self::Rollout(percent) => format!("at {percent} %"),
        }
    }
}

/// Makes the flag answer so where the scope says.
///
/// # Errors
/// When the scope is [`Scope::Unstated`] and an environment would answer otherwise, unless the flag is to be
/// off: off means off everywhere.
pub(crate) fn switch(draft: &mut Draft, name: &str, wanted: Wanted, scope: &Scope) -> Result<(), Refusal> {
    let before = draft.document.clone();
    draft.flag(name)?;
    if let Scope::Environment(environment) = scope {
        draft.overlay(environment)?;
        return in_environment(draft, name, wanted, environment);
    }
    let base = draft.effective(name, None)?;
    if !base_holds(wanted, &base) {
        let target = draft.target(name, None)?;
        wanted.set(draft, &target, &base)?;
        draft.refresh();
    }
    let environments: Vec<String> =
        draft.document.environments.iter().map(|environment| environment.name.value.clone()).collect();
    let mut others = Vec::new();
    for environment in environments {
        if !wanted.holds(&draft.effective(name, Some(&environment))?, Some(&environment)) {
            others.push(environment);
        }
    }
    let everywhere = matches!((scope, wanted), (Scope::Everywhere, _) | (_, Wanted::Off));
    if !others.is_empty() && !everywhere {
        let shown: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
        let it = if others.len() == 1 { "says" } else { "say" };
        let message =
            format!("`{name}` would not be {} in {}, which {it} otherwise", wanted.words(), shown.join(", "));
        return Err(Refusal::new(RefusalKind::Unstated, message)
            .help("name one environment with `--env NAME`, or change all of them with `--everywhere`")
            .with_answers(answers((&before, name), (&draft.document, name))));
    }
    for environment in others {
        in_environment(draft, name, wanted, &environment)?;
    }
    Ok(())
}

/// Whether the base file says so already. Which environments it is for is no matter of the base.
fn base_holds(wanted: Wanted, base: &Flag) -> bool {
    let mut everywhere = base.clone();
    everywhere.environments = Environments::All;
    wanted.holds(&everywhere, None)
}

fn in_environment(draft: &mut Draft, name: &str, wanted: Wanted, environment: &str) -> Result<(), Refusal> {
    let holds = |draft: &Draft| -> Result<bool, Refusal> {
        Ok(wanted.holds(&draft.effective(name, Some(environment))?, Some(environment)))
    };
    if holds(draft)? {
        return Ok(());
    }
    admit(draft, name, wanted, environment)?;
    let flag = draft.effective(name, Some(environment))?;
    if !wanted.holds(&flag, Some(environment)) {
        if let (Wanted::Off, Environments::Only(names), None) =
            (wanted, &draft.flag(name)?.environments, draft.overlay(environment)?)
        {
            let names: Vec<String> =
                names.iter().filter(|it| *it.value != *environment).map(|it| it.value.clone()).collect();
            leave(draft, name, &names)?;
        } else {
            let target = draft.target(name, Some(environment))?;
            wanted.set(draft, &target, &flag)?;
        }
        draft.refresh();
    }
    if holds(draft)? {
        return Ok(());
    }
    let message = format!("`{name}` would not be {} in `{environment}`", wanted.words());
    Err(Refusal::new(RefusalKind::ByHand, message).help("change it in an editor, then run `flags check`"))
}

/// Adds an environment to those that the flag lists, when it is to be on there.
fn admit(draft: &mut Draft, name: &str, wanted: Wanted, environment: &str) -> Result<(), Refusal> {
    let Environments::Only(names) = &draft.flag(name)?.environments else { return Ok(()) };
    if matches!(wanted, Wanted::Off) || names.iter().any(|it| *it.value == *environment) {
        return Ok(());
    }
    let listed = names.iter().map(|it| it.value.clone());
    let names: Vec<String> = listed.chain([environment.to_owned()]).collect();
    list(draft, name, &names)?;
    draft.refresh();
    Ok(())
}

/// Leaves only those environments; without any the flag is off.
fn leave(draft: &mut Draft, name: &str, names: &[String]) -> Result<(), Refusal> {
    if names.is_empty() {
        let target = draft.target(name, None)?;
        return set_key(draft, &target, &key("state"), FlagState::Off.as_str());
    }
    list(draft, name, names)
}

fn list<S: AsRef<str>>(draft: &mut Draft, name: &str, names: &[S]) -> Result<(), Refusal> {
    let names: Vec<String> = names.iter().map(|it| quoted(it.as_ref())).collect();
    let path: Vec<Step> = keys(["flags", name, "environments"]);
    let base = draft.sources.base().file.clone();
    draft.change(&base, &Change::Set(path, New::Flow(format!("[{}]", names.join(", ")))))
}
