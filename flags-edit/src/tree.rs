//! Paths in the tree that a text is read as.

use flags_schema::{Spanned, Value, outline};

/// Where something is in a tree.
pub(crate) type Path = Vec<Step>;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the entry of that key.
    Key(String),
    /// To the item at that index, from 0.
    Index(usize),
}

/// A path of keys.
pub(crate) fn keys<S: Into<String>>(keys: impl IntoIterator<Item = S>) -> Path {
    keys.into_iter().map(|key| Step::Key(key.into())).collect()
}

/// A path for people.
pub(crate) fn show(path: &[Step]) -> String {
    let steps: Vec<String> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(nth) => (nth + 1).to_string(),
        })
        .collect();
    steps.join(" > ")
}

/// What a path leads to.
pub(crate) fn at<'v>(root: &'v Spanned<Value>, path: &[Step]) -> Option<&'v Spanned<Value>> {
    path.iter().try_fold(root, |value, step| match (step, &value.value) {
        (Step::Key(key), Value::Map(entries)) => {
            entries.iter().find(|(name, _)| name.value == *key).map(|(_, value)| value)
        }
        (Step::Index(nth), Value::List(items)) => items.get(*nth),
        _ => None,
    })
}

/// A text of one line as the value of an entry.
pub(crate) fn scalar(text: &str) -> Result<Spanned<Value>, String> {
    let refuse = || format!("`{text}` is no YAML value of one line");
    if text.contains(['\n', '\r']) {
        return Err(refuse());
    }
    match outline(&format!("- [{text}]\n")).map(|tree| tree.value) {
        Some(Value::List(mut outer)) if outer.len() == 1 => match outer.pop().map(|inner| inner.value) {
            Some(Value::List(mut items)) if items.len() == 1 => items.pop().ok_or_else(refuse),
            _ => Err(refuse()),
        },
        _ => Err(refuse()),
    }
}
