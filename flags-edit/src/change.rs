//! Changes of a YAML text, as data.

use crate::scan;
use crate::tree::Path;

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
