//! The tree of a text as written, for tools that edit it: values and their positions, and no meaning.

use crate::yaml::{self, Key, Node, NodeKind};
use crate::{FileId, Spanned, Value};

/// The tree of a YAML text, every key and value with its position; `None` when the text is no YAML, or has a key
/// twice.
///
/// `on` and `off` are strings, as everywhere in the format. A whole number beyond 64 bits is
/// [`Value::Null`]. Takes linear time and memory.
///
/// ```
/// use flags_schema::{Value, outline};
///
/// let tree = outline("new-ui: off\n").unwrap();
/// let Value::Map(entries) = &tree.value else { panic!() };
/// assert_eq!(*entries[0].0, "new-ui");
/// assert_eq!((entries[0].1.position.line, entries[0].1.position.column), (1, 9));
/// ```
#[must_use]
pub fn outline(text: &str) -> Option<Spanned<Value>> {
    let mut found = Vec::new();
    let tree = yaml::read(text, FileId(0), &mut found);
    let complete = tree.complete && found.is_empty();
    tree.root.filter(|_| complete).map(node)
}

fn node(node: Node<'_>) -> Spanned<Value> {
    let value = match node.kind {
        NodeKind::Null | NodeKind::Huge => Value::Null,
        NodeKind::Bool(value) => Value::Bool(value),
        NodeKind::Integer(value) => Value::Integer(value),
        NodeKind::Float(value) => Value::Float(value),
        NodeKind::String(text) => Value::String(text.into_owned()),
        NodeKind::List(items) => Value::List(items.into_iter().map(self::node).collect()),
        NodeKind::Map(entries) => Value::Map(entries.into_iter().map(entry).collect()),
    };
    Spanned::new(value, node.position)
}

fn entry((key, value): (Key<'_>, Node<'_>)) -> (Spanned<String>, Spanned<Value>) {
    (key.map(|key| key.into_owned()), node(value))
}
