//! Users named in lists: those of a flag, and the members of a segment.

use crate::change::{Change, New};
use crate::draft::{Draft, Target};
use crate::flag::{key, set_key};
use crate::reach::targets;
use crate::refusal::Refusal;
use crate::scan::{flow_map, quoted};
use crate::scope::Scope;
use crate::tree::{Path, Step, at};
use flags_schema::{Spanned, Users, Value};

/// Users as a list on one line.
pub(crate) fn list(users: &[String]) -> String {
    let users: Vec<String> = users.iter().map(|user| quoted(user)).collect();
    format!("[{}]", users.join(", "))
}

fn text(value: &Spanned<Value>) -> String {
    match &value.value {
        Value::String(text) => text.clone(),
        other => crate::describe::flow(other),
    }
}

/// Adds users to the list at a target, and takes others from it. A list that is empty then goes.
pub(crate) fn change(
    draft: &mut Draft,
    target: &Target,
    add: &[String],
    remove: &[String],
) -> Result<(), Refusal> {
    let written = |draft: &Draft| -> Option<Vec<String>> {
        let root = draft.tree(&target.file)?;
        match &at(&root, &target.path)?.value {
            Value::List(items) => Some(items.iter().map(text).collect()),
            _ => None,
        }
    };
    for user in remove {
        let users = written(draft).unwrap_or_default();
        let Some(index) = users.iter().position(|known| known == user) else {
            return Err(Refusal::unknown("user", user, users.iter().map(String::as_str)));
        };
        let item: Path = target.path.iter().cloned().chain([Step::Index(index)]).collect();
        let is_last = users.len() == 1 && add.is_empty();
        let path = if is_last { target.path.clone() } else { item };
        draft.change(&target.file, &Change::Remove(path))?;
    }
    for user in add {
        match written(draft) {
            Some(users) if users.contains(user) => draft.note(format!("`{user}` is there already")),
            Some(users) if !users.is_empty() => {
                let new = New::Flow(quoted(user));
                draft.change(&target.file, &Change::Insert(target.path.clone(), users.len(), new))?;
            }
            _ => {
                let new = New::Flow(list(std::slice::from_ref(user)));
                draft.change(&target.file, &Change::Set(target.path.clone(), new))?;
            }
        }
    }
    Ok(())
}

/// Names users of a flag, or no longer; those of a variant where one is given.
pub(crate) fn of_flag(
    draft: &mut Draft,
    flag: &str,
    (add, remove): (&[String], &[String]),
    variant: Option<&str>,
    scope: &Scope,
) -> Result<(), Refusal> {
    for target in targets(draft, flag, "users", scope)? {
        at_target(draft, flag, target, (add, remove), variant, scope)?;
    }
    Ok(())
}

fn at_target(
    draft: &mut Draft,
    flag: &str,
    target: Target,
    (add, remove): (&[String], &[String]),
    variant: Option<&str>,
    scope: &Scope,
) -> Result<(), Refusal> {
    let users = key("users");
    let root = draft.tree(&target.file);
    let whole: Path = target.path.iter().cloned().chain(users.clone()).collect();
    if root.as_ref().is_none_or(|root| at(root, &whole).is_none()) {
        // What is written here replaces what the environment has from the base file: all of it, or nothing.
        let effective = draft.effective(flag, scope.environment())?;
        let with = match (&effective.answer.users, variant) {
            (Users::On(users), _) => list(&users.iter().map(|user| user.value.clone()).collect::<Vec<_>>()),
            (Users::Variants(lists), _) => {
                let lists = lists.iter().map(|(variant, users)| {
                    let users: Vec<String> = users.iter().map(|user| user.value.clone()).collect();
                    (quoted(variant), list(&users))
                });
                flow_map(&lists.collect::<Vec<_>>())
            }
            (Users::Nobody, Some(variant)) => flow_map(&[(quoted(variant), list(add))]),
            (Users::Nobody, None) => list(add),
        };
        if matches!(effective.answer.users, Users::Nobody) && add.is_empty() {
            return Err(Refusal::invalid(format!("flag `{flag}` names no users")));
        }
        set_key(draft, &target, &users, &with)?;
        if matches!(effective.answer.users, Users::Nobody) {
            return Ok(());
        }
    }
    let path = whole.into_iter().chain(variant.map(|variant| Step::Key(variant.to_owned()))).collect();
    change(draft, &Target { file: target.file, path }, add, remove)
}
