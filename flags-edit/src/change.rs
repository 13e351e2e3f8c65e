//! Changes of a YAML text that keep everything else as it was: comments, order, layout, line ends.
//!
//! A change is made to the text, by positions, and to its tree; the new text must read as the new tree. What is
//! written in a way that this cannot do is refused, never half done.

use crate::editor::Editor;
use crate::json;
use crate::scan;
use crate::tree::{Path, changed, scalar};
use flags_schema::outline;

/// One change of a text.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Gives the entry of a map a value, or adds it as the last one; or replaces an item of a list.
    Set(Path, New),
    /// Removes an entry of a map, or an item of a list.
    Remove(Path),
    /// Gives the key of an entry another name.
    Rename(Path, String),
    /// Adds an item to a list that has items, before the one at this index or as the last one.
    Insert(Path, usize, New),
    /// Moves an item of a list, from one index to another.
    Move(Path, usize, usize),
}

/// A new value.
#[derive(Clone, Debug)]
pub(crate) enum New {
    /// Written as this, on one line.
    Flow(String),
    /// A map with an entry on each line: keys, and values as they are written.
    Block(Vec<(String, String)>),
    /// A list of such maps.
    Items(Vec<Vec<(String, String)>>),
}

impl New {
    /// The value on one line.
    pub(crate) fn flow(&self) -> String {
        match self {
            Self::Flow(text) => text.clone(),
            Self::Block(entries) => scan::flow_map(entries),
            Self::Items(items) => {
                let items: Vec<String> = items.iter().map(|entries| scan::flow_map(entries)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

/// Why a change cannot be made; a finished message.
pub(crate) type Refusal = String;

impl Change {
    /// The text with the change made.
    ///
    /// # Errors
    /// When the text is no YAML, or is written in a way that cannot be changed like this.
    pub(crate) fn apply(&self, text: &str) -> Result<String, Refusal> {
        let root = outline(text).ok_or("it cannot be read as YAML")?;
        let expected = changed(&root, self)?;
        let is_json = json::is_json(text);
        let change = if is_json { &self.as_json()? } else { self };
        let editor = Editor::new(text, &root, is_json);
        let edits = match change {
            Self::Set(path, new) => editor.set(path, new)?,
            Self::Remove(path) => editor.remove(path)?,
            Self::Rename(path, to) => editor.rename(path, to)?,
            Self::Insert(path, index, new) => editor.insert_item(path, *index, new)?,
            Self::Move(path, from, to) => editor.move_item(path, *from, *to)?,
        };
        let mut edited = text.to_owned();
        for (range, with) in edits {
            if edited.get(range.clone()).is_none() {
                return Err(editor.by_hand(self.path()));
            }
            edited.replace_range(range, &with);
        }
        match outline(&edited) {
            Some(tree) if tree == expected && (!is_json || json::is_json(&edited)) => Ok(edited),
            _ => Err(editor.by_hand(self.path())),
        }
    }

    const fn path(&self) -> &Path {
        match self {
            Self::Set(path, _)
            | Self::Remove(path)
            | Self::Rename(path, _)
            | Self::Insert(path, ..)
            | Self::Move(path, ..) => path,
        }
    }

    /// The same change, its values written as JSON.
    fn as_json(&self) -> Result<Self, Refusal> {
        let flow = |new: &New| Ok::<New, Refusal>(New::Flow(json::written(&scalar(&new.flow())?)?));
        Ok(match self {
            Self::Set(path, new) => Self::Set(path.clone(), flow(new)?),
            Self::Insert(path, index, new) => Self::Insert(path.clone(), *index, flow(new)?),
            Self::Remove(_) | Self::Rename(..) | Self::Move(..) => self.clone(),
        })
    }
}
