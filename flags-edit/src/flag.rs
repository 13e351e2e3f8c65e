//! What edits do to a flag, however it is written: in full, in short, in an overlay, or not yet at all.

use crate::change::{Change, New};
use crate::draft::{Draft, Target};
use crate::mentions::{Named, mentions};
use crate::refusal::Refusal;
use crate::scan::{flow_map, quoted};
use crate::tree::{Path, Step, at, keys, scalar, show};
use flags_schema::{Amount, Flag, FlagState, Percent, Spanned, Value};

/// Sets one key of a flag, whatever way the flag is written: in full, in short (`new-ui: off`), or, in an
/// overlay or for an environment, not yet at all.
pub(crate) fn set_key(draft: &mut Draft, target: &Target, path: &[Step], with: &str) -> Result<(), Refusal> {
    let is_state = path == [Step::Key("state".to_owned())];
    let root = draft.tree(&target.file);
    let flag = root.as_ref().and_then(|root| at(root, &target.path));
    let whole = |draft: &mut Draft, text: String| {
        draft.change(&target.file, &Change::Set(target.path.clone(), New::Flow(text)))
    };
    match flag.map(|flag| &flag.value) {
        None => {
            let value = if is_state { with.to_owned() } else { nested(path, with) };
            if let Some((flag, rest @ [_, ..])) = target.path.split_at_checked(2) {
                // An environment of the flag, which the flag does not name yet.
                let flag = Target { file: target.file.clone(), path: flag.to_vec() };
                return set_key(draft, &flag, rest, &value);
            }
            let flags = keys(["flags"]);
            if root.as_ref().is_none_or(|root| at(root, &flags).is_none()) {
                let name =
                    target.path.last().map(|step| show(std::slice::from_ref(step))).unwrap_or_default();
                return draft
                    .change(&target.file, &Change::Set(flags, New::Block(vec![(quoted(&name), value)])));
            }
            whole(draft, value)
        }
        Some(Value::Map(_)) => {
            // What is on the way and not there yet is written as one value.
            let there = |length: usize| {
                let path: Path = target.path.iter().chain(path.iter().take(length)).cloned().collect();
                root.as_ref().is_some_and(|root| at(root, &path).is_some())
            };
            let known = (0..path.len()).rev().find(|length| there(*length)).unwrap_or(0);
            let (way, rest) = path.split_at((known + 1).min(path.len()));
            let value = if rest.is_empty() { with.to_owned() } else { nested(rest, with) };
            let full: Path = target.path.iter().chain(way).cloned().collect();
            draft.change(&target.file, &Change::Set(full, New::Flow(value)))
        }
        Some(_) if is_state => whole(draft, with.to_owned()),
        Some(Value::String(state)) => {
            let state = ("state".to_owned(), quoted(state));
            let (first, rest) = path.split_first().map_or(("", path), |(first, rest)| match first {
                Step::Key(key) => (key.as_str(), rest),
                Step::Index(_) => ("", rest),
            });
            let value = if rest.is_empty() { with.to_owned() } else { nested(rest, with) };
            whole(draft, flow_map(&[state, (quoted(first), value)]))
        }
        Some(_) => Err(Refusal::invalid(format!("`{}` is not written as a flag", show(&target.path)))),
    }
}

/// `{ variants: { control: { weight: 20 } } }`.
fn nested(path: &[Step], with: &str) -> String {
    path.iter()
        .rev()
        .fold(with.to_owned(), |value, step| flow_map(&[(quoted(&show(std::slice::from_ref(step))), value)]))
}

/// The path of one key.
pub(crate) fn key(name: &str) -> [Step; 1] {
    [Step::Key(name.to_owned())]
}

/// A rollout's percentage as it is written: with its sign where it could be meant as a share of 1.
fn written(percent: Percent) -> String {
    let small = percent > Percent::ZERO && percent.thousandths() < 1000;
    if small { format!("{percent}%") } else { percent.to_string() }
}

/// Gives a flag to a percentage; `flag` is as it is where it is set.
pub(crate) fn set_rollout(
    draft: &mut Draft,
    target: &Target,
    flag: &Flag,
    percent: Percent,
) -> Result<(), Refusal> {
    match &flag.answer.state.value {
        FlagState::Gradual => {}
        FlagState::On | FlagState::Off => set_key(draft, target, &key("state"), FlagState::Gradual.as_str())?,
        FlagState::Targeted | FlagState::Segment(_) => {
            draft.note(format!("its state was `{}`", flag.answer.state.as_str()));
            set_key(draft, target, &key("state"), FlagState::Gradual.as_str())?;
        }
    }
    let percent = written(percent);
    // Salt and attribute of a rollout stay, so that nobody changes side who need not.
    let whole: Path = target.path.iter().cloned().chain(key("rollout")).collect();
    let root = draft.tree(&target.file);
    let written = root.as_ref().and_then(|root| at(root, &whole)).map(|rollout| &rollout.value);
    let full = match written {
        Some(Value::Map(entries)) => entries.iter().any(|(name, _)| *name.value == *"percentage"),
        _ => false,
    };
    if full {
        set_key(draft, target, &[key("rollout"), key("percentage")].concat(), &percent)?;
    } else {
        let rollout = flag.answer.rollout.as_ref();
        let mut entries = vec![("percentage".to_owned(), percent.clone())];
        for (name, value) in
            [("by", rollout.and_then(|it| it.by.as_ref())), ("salt", rollout.and_then(|it| it.salt.as_ref()))]
        {
            entries.extend(value.map(|value| (name.to_owned(), quoted(value))));
        }
        if rollout.is_some_and(|rollout| matches!(rollout.amount, Amount::Ramp(_))) {
            draft.note("it was a ramp; now its percentage stands still");
        }
        let value = if entries.len() == 1 { percent } else { flow_map(&entries) };
        set_key(draft, target, &key("rollout"), &value)?;
    }
    Ok(())
}

/// Removes a flag, from the overlays too.
pub(crate) fn remove_flag(draft: &mut Draft, name: &str) -> Result<(), Refusal> {
    let flag = keys(["flags", name]);
    for file in draft.files() {
        if draft.tree(&file).is_some_and(|root| at(&root, &flag).is_some()) {
            draft.change(&file, &Change::Remove(flag.clone()))?;
        }
    }
    Ok(())
}

/// Renames a flag, wherever the file and its overlays name it.
pub(crate) fn rename_flag(draft: &mut Draft, name: &str, to: &str) -> Result<(), Refusal> {
    for file in draft.files() {
        let Some(root) = draft.tree(&file) else { continue };
        for reference in requirements(&root, name) {
            draft.change(&file, &Change::Set(reference, New::Flow(quoted(to))))?;
        }
        for (path, with) in mentions(&root, Named::Flag, name, to) {
            draft.change(&file, &Change::Set(path, New::Flow(with)))?;
        }
        let flag = keys(["flags", name]);
        if at(&root, &flag).is_some() {
            draft.change(&file, &Change::Rename(flag, to.to_owned()))?;
        }
    }
    Ok(())
}

/// A value as it is written: as given when that is YAML of one line, else as quoted text.
pub(crate) fn value_text(text: &str) -> Result<String, Refusal> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(
            Refusal::invalid("an empty value sets nothing").help("write '' in quotes for an empty text")
        );
    }
    Ok(if scalar(trimmed).is_ok_and(|value| !trimmed.contains(" #") && !is_odd(trimmed, &value)) {
        trimmed.to_owned()
    } else {
        quoted(text)
    })
}

/// Whether a plain text would be a map between brackets, though nobody wrote braces: `a: b`.
fn is_odd(text: &str, value: &Spanned<Value>) -> bool {
    matches!(value.value, Value::Map(_)) && !text.starts_with('{')
}

/// A path with dots; where a whole key with dots exists, that is meant.
pub(crate) fn steps(path: &str, flag: Option<&Spanned<Value>>) -> Path {
    let mut steps = Path::new();
    let mut value = flag;
    let mut rest = path;
    while !rest.is_empty() {
        let entries = match value.map(|value| &value.value) {
            Some(Value::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        let prefix =
            |name: &str| rest == name || rest.strip_prefix(name).is_some_and(|it| it.starts_with('.'));
        let known = entries.iter().filter(|(name, _)| prefix(name)).max_by_key(|(name, _)| name.len());
        let name = match known {
            Some((name, _)) => name.as_str(),
            None => rest.split('.').next().unwrap_or(rest),
        };
        steps.push(Step::Key(name.to_owned()));
        value = known.map(|(_, value)| value);
        rest = rest.strip_prefix(name).unwrap_or_default();
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    steps
}

/// Where a tree names a flag as a requirement or exclusion.
fn requirements(root: &Spanned<Value>, name: &str) -> Vec<Path> {
    let mut found = Vec::new();
    let flags = keys(["flags"]);
    if let Some(flags_tree) = at(root, &flags) {
        collect(flags_tree, &flags, false, name, &mut found);
    }
    found
}

/// `depends` says whether the value is that of `requires` or `excludes`.
fn collect(value: &Spanned<Value>, path: &Path, depends: bool, name: &str, found: &mut Vec<Path>) {
    let then = |step: Step| -> Path { path.iter().cloned().chain([step]).collect() };
    match &value.value {
        Value::String(text) if depends && text == name => found.push(path.clone()),
        Value::List(items) => {
            for (nth, item) in items.iter().enumerate() {
                collect(item, &then(Step::Index(nth)), depends, name, found);
            }
        }
        Value::Map(entries) => {
            for (key, value) in entries {
                let path = then(Step::Key(key.value.clone()));
                let is_dependency = matches!(key.as_str(), "requires" | "excludes");
                // Inside of a requirement only `flag` names a flag; metadata may hold anything.
                match (depends, key.as_str()) {
                    (true, "flag") => collect(value, &path, true, name, found),
                    (true, _) | (false, "metadata" | "value" | "rules") => {}
                    (false, _) => collect(value, &path, is_dependency && path.len() > 2, name, found),
                }
            }
        }
        _ => {}
    }
}
