//! Changes of a YAML text that keep everything else as it was: comments, order, layout, line ends.
//!
//! A change is made to the text, by positions, and to its tree; the new text must read as the new tree. What is
//! written in a way that this cannot do is refused, never half done.

use crate::change::{Change, New, Refusal};
use crate::changed::changed;
use crate::editor::Editor;
use crate::json;
use crate::tree::{Path, scalar};
use flags_schema::outline;

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
