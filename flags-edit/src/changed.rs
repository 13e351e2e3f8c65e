//! What the tree of a text is after a change: what an edit of the text is held against.

use crate::change::{Change, New};
use crate::tree::{Step, scalar, show};
use flags_schema::{Position, Spanned, Value};

/// The tree with a change made.
///
/// # Errors
/// When the path leads nowhere, or the new value is no YAML on one line.
pub(crate) fn changed(root: &Spanned<Value>, change: &Change) -> Result<Spanned<Value>, String> {
    let mut tree = root.clone();
    let missing = |path: &[Step]| format!("there is no `{}`", show(path));
    match change {
        Change::Set(path, new) => {
            let value = read(new)?;
            let Some((last, parent)) = path.split_last() else { return Err(missing(path)) };
            let parent_value = at_mut(&mut tree, parent).ok_or_else(|| missing(parent))?;
            if parent_value.value == Value::Null {
                parent_value.value = Value::Map(Vec::new());
            }
            match (last, &mut parent_value.value) {
                (Step::Key(key), Value::Map(entries)) => {
                    match entries.iter_mut().find(|(name, _)| name.value == *key) {
                        Some((_, old)) => *old = value,
                        None => entries.push((nowhere(key.clone()), value)),
                    }
                }
                (Step::Index(nth), Value::List(items)) => {
                    *items.get_mut(*nth).ok_or_else(|| missing(path))? = value;
                }
                _ => return Err(missing(path)),
            }
        }
        Change::Remove(path) if matches!(path.last(), Some(Step::Index(_))) => {
            let Some((Step::Index(index), list)) = path.split_last() else { return Err(missing(path)) };
            let items = items_mut(&mut tree, list).filter(|items| *index < items.len());
            items.ok_or_else(|| missing(path))?.remove(*index);
        }
        Change::Remove(path) => {
            let (entries, nth) = entry(&mut tree, path).ok_or_else(|| missing(path))?;
            entries.remove(nth);
        }
        Change::Insert(path, index, new) => {
            let value = read(new)?;
            let items = items_mut(&mut tree, path).ok_or_else(|| missing(path))?;
            items.insert((*index).min(items.len()), value);
        }
        Change::Move(path, from, to) => {
            let items = items_mut(&mut tree, path).ok_or_else(|| missing(path))?;
            if *from.max(to) >= items.len() {
                return Err(missing(path));
            }
            let item = items.remove(*from);
            items.insert(*to, item);
        }
        Change::Rename(path, to) => {
            let (entries, nth) = entry(&mut tree, path).ok_or_else(|| missing(path))?;
            if let Some((name, _)) = entries.get_mut(nth) {
                name.value.clone_from(to);
            }
        }
    }
    Ok(tree)
}

type Entries = Vec<(Spanned<String>, Spanned<Value>)>;

fn entry<'v>(tree: &'v mut Spanned<Value>, path: &[Step]) -> Option<(&'v mut Entries, usize)> {
    let (last, parent) = path.split_last()?;
    let (Step::Key(key), Value::Map(entries)) = (last, &mut at_mut(tree, parent)?.value) else { return None };
    let nth = entries.iter().position(|(name, _)| name.value == *key)?;
    Some((entries, nth))
}

fn items_mut<'v>(tree: &'v mut Spanned<Value>, path: &[Step]) -> Option<&'v mut Vec<Spanned<Value>>> {
    match &mut at_mut(tree, path)?.value {
        Value::List(items) => Some(items),
        _ => None,
    }
}

fn at_mut<'v>(root: &'v mut Spanned<Value>, path: &[Step]) -> Option<&'v mut Spanned<Value>> {
    path.iter().try_fold(root, |value, step| match (step, &mut value.value) {
        (Step::Key(key), Value::Map(entries)) => {
            entries.iter_mut().find(|(name, _)| name.value == *key).map(|(_, value)| value)
        }
        (Step::Index(nth), Value::List(items)) => items.get_mut(*nth),
        _ => None,
    })
}

/// What a new value reads as.
fn read(new: &New) -> Result<Spanned<Value>, String> {
    match new {
        New::Flow(text) => scalar(text),
        New::Block(entries) => read_map(entries),
        New::Items(items) => {
            let items = items.iter().map(|entries| read_map(entries));
            Ok(nowhere(Value::List(items.collect::<Result<_, String>>()?)))
        }
    }
}

fn read_map(entries: &[(String, String)]) -> Result<Spanned<Value>, String> {
    let entries = entries.iter().map(|(key, value)| {
        let Value::String(key) = scalar(key)?.value else { return Err(format!("`{key}` is no key")) };
        Ok((nowhere(key), scalar(value)?))
    });
    Ok(nowhere(Value::Map(entries.collect::<Result<_, String>>()?)))
}

const fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Position::new(flags_schema::FileId(0), 1, 1))
}
