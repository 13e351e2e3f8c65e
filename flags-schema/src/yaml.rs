//! YAML text to a tree in which every key and value knows its position. The only module that names `serde_yaml`;
//! what the keys mean is the decoder's business.
//!
//! `serde_yaml` hands out no positions but in its errors. One of those can be had without losing anything: asked
//! for a newtype, the deserialiser looks at the next event without taking it, and a newtype in a newtype in a
//! newtype ends in "recursion limit exceeded" at that event's line and column. So each key and each value is
//! first probed for its position, then read. The root spends the limit down to what the text needs, which keeps
//! a probe to a handful of calls.

mod bounds;
mod fast;
mod syntax;
mod text;

pub(crate) use text::SourceText;

use crate::file_diagnostics::FileDiagnostics;
use crate::{Code, Diagnostic, FileId, Position, Spanned};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::{self, Write as _};

/// A value and its position.
#[derive(Debug, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) position: Position,
    pub(crate) kind: NodeKind<'a>,
}

/// A key and its position. Keys that look like numbers or booleans are the text as written.
pub(crate) type Key<'a> = Spanned<Cow<'a, str>>;

/// What a value is.
#[derive(Debug, PartialEq)]
pub(crate) enum NodeKind<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// A whole number beyond 64 bits.
    Huge,
    Float(f64),
    /// Quoted text, or text that is nothing of the above; `on`, `off`, `yes` and `no` are such.
    String(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// In the order written, no key twice.
    Map(Vec<(Key<'a>, Node<'a>)>),
}

impl NodeKind<'_> {
    /// What kind of thing it is, for messages.
    pub(crate) const fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Huge => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// What was read of a text.
pub(crate) struct Tree<'a> {
    /// The whole tree; up to the mistake when the text is no YAML.
    pub(crate) root: Option<Node<'a>>,
    /// Whether all of it was read.
    pub(crate) complete: bool,
    /// Whether the fast reader knew all of it.
    pub(crate) is_plain: bool,
    pub(crate) text: SourceText<'a>,
}

/// Reads a text. Takes linear time and memory, aliases included.
pub(crate) fn read<'a>(source: &'a str, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Tree<'a> {
    // The mark would count as a column of the first line.
    let marked = source.strip_prefix('\u{feff}');
    let is_plain = marked.is_none();
    let source = marked.unwrap_or(source);
    match fast::read(source, file) {
        Some(root) => {
            Tree { root: Some(root), complete: true, is_plain, text: SourceText::new(source, file) }
        }
        None => read_any(source, file, diagnostics),
    }
}

impl Tree<'_> {
    /// Whether the root map ends with that key, whose entries can be read without what stands around them.
    pub(crate) fn ends_with_plain_block(&self, key: &str) -> bool {
        let Some(NodeKind::Map(entries)) = self.root.as_ref().map(|root| &root.kind) else { return false };
        // Maps between braces begin there, others at their first key.
        let is_block = |node: &Node<'_>| match &node.kind {
            NodeKind::Map(entries) => entries.first().is_some_and(|(key, _)| key.position == node.position),
            _ => false,
        };
        self.is_plain && entries.last().is_some_and(|(last, node)| last.value == key && is_block(node))
    }
}

pub(crate) use fast::read_entries;

/// Reads whatever YAML there is, with `serde_yaml`.
fn read_any<'a>(source: &'a str, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Tree<'a> {
    let text = SourceText::new(source, file);
    let outline = match bounds::check(source) {
        Ok(outline) => outline,
        Err(refusal) => {
            let position = text.position(refusal.offset);
            diagnostics.push(Diagnostic::new(refusal.code, position, refusal.message).help(refusal.help));
            return Tree { root: None, complete: false, is_plain: false, text };
        }
    };
    let state = ReadState {
        text: &text,
        budget: Cell::new(0),
        position: Cell::new(Position::new(file, 1, 1)),
        kept: RefCell::new(None),
        found: RefCell::new(FileDiagnostics::default()),
    };
    let whole = bounds::DEEPEST + 1;
    // Maps in lists without braces and aliases go deeper than the outline tells; few files have them.
    let complete = match attempt(source, &state, (outline.depth + 1).min(whole)) {
        Err(error) if outline.depth + 1 < whole && error.to_string().contains(TOO_DEEP) => {
            state.kept.take();
            state.found.take();
            attempt(source, &state, whole)
        }
        outcome => outcome,
    }
    .map_err(|error| state.found.borrow_mut().push(explain(&error, &state)))
    .is_ok();
    state.found.take().finish(diagnostics);
    let mut root = state.kept.take();
    if let Some(node) = &mut root {
        let first = match &node.kind {
            NodeKind::Map(entries) => entries.first(),
            _ => None,
        };
        node.position = first.map_or_else(|| position_of_root(source, &text), |(key, _)| key.position);
    }
    Tree { root, complete, is_plain: false, text }
}

/// Reads the document with so much of the recursion limit, and looks for another one behind it.
fn attempt<'a>(source: &'a str, state: &ReadState<'_, 'a>, depth: usize) -> Result<(), serde_yaml::Error> {
    state.budget.set(source.len().saturating_mul(2).saturating_add(4096));
    let mut documents = serde_yaml::Deserializer::from_str(source);
    if let Some(document) = documents.next() {
        Spend { levels: LIMIT.saturating_sub(depth), state }.deserialize(document)?;
    }
    if let Some(document) = documents.next() {
        let diagnostic = another(document, state)?;
        state.found.borrow_mut().push(diagnostic);
    }
    Ok(())
}

/// `serde_yaml`'s limit of recursion.
const LIMIT: usize = 128;
/// What it says when the limit is reached.
const TOO_DEEP: &str = "recursion limit exceeded";

struct ReadState<'t, 'a> {
    text: &'t SourceText<'a>,
    /// Nodes and bytes that may still be made: what keeps aliases from multiplying.
    budget: Cell<usize>,
    /// The furthest position probed: while an alias is followed, where it stands.
    position: Cell<Position>,
    /// What was read before the text turned out to be no YAML; in the end the root.
    kept: RefCell<Option<Node<'a>>>,
    found: RefCell<FileDiagnostics>,
}

impl<'a> ReadState<'_, 'a> {
    fn spend<E: de::Error>(&self, amount: usize) -> Result<(), E> {
        let left = self.budget.get().checked_sub(amount).ok_or_else(|| E::custom(ALIASES))?;
        self.budget.set(left);
        Ok(())
    }

    /// Keeps what was read of a collection that cannot be read to its end.
    fn keep(&self, kind: NodeKind<'a>) {
        self.kept.replace(Some(Node { position: self.position.get(), kind }));
    }
}

const ALIASES: &str = "aliases repeat too much";

/// Spends the recursion limit, then reads the root.
struct Spend<'s, 't, 'a> {
    levels: usize,
    state: &'s ReadState<'t, 'a>,
}

impl<'a> DeserializeSeed<'a> for Spend<'_, '_, 'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        if let Some(levels) = self.levels.checked_sub(1) {
            return deserializer.deserialize_newtype_struct("", Self { levels, ..self });
        }
        let kind = Read { state: self.state }.deserialize(deserializer)?;
        self.state.keep(kind);
        Ok(())
    }
}

impl<'a> Visitor<'a> for Spend<'_, '_, 'a> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_newtype_struct<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }
}

/// Fails on purpose, with the position of the next event in the error and the event left where it is.
struct Probe<'s>(&'s Cell<bool>);

impl<'a> DeserializeSeed<'a> for Probe<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_newtype_struct("", self)
    }
}

impl<'a> Visitor<'a> for Probe<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_newtype_struct<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.set(true);
        self.deserialize(deserializer)
    }
}

/// Runs a probe: its position, `None` at the end of the collection, an error when the text is no YAML.
fn probe<T, E: de::Error>(
    state: &ReadState<'_, '_>,
    run: impl FnOnce(Probe<'_>) -> Result<Option<T>, E>,
) -> Result<Option<Position>, E> {
    let reached = Cell::new(false);
    match run(Probe(&reached)) {
        Err(error) if reached.get() => {
            let position = ErrorPosition::of(&error).position(state.text.file());
            state.position.set(position.max(state.position.get()));
            Ok(Some(position))
        }
        Err(error) => Err(error),
        Ok(_) => Ok(None),
    }
}

/// The numbers of "… at line 3 column 7", read from an error as it prints itself; without allocating, as this
/// is done for every key and value.
#[derive(Default)]
struct ErrorPosition {
    numbers: [u32; 2],
    count: usize,
}

impl ErrorPosition {
    fn of(error: &impl fmt::Display) -> Self {
        let mut position = Self::default();
        // Writing into it never fails.
        let _ = write!(position, "{error}");
        position
    }

    /// Errors at the very beginning say no line.
    fn position(&self, file: FileId) -> Position {
        let [line, column] = self.numbers;
        Position::new(file, line.max(1), column.max(1))
    }
}

impl fmt::Write for ErrorPosition {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Numbers are written one by one, never with the words around them.
        if let Ok(number) = text.parse()
            && let Some(position) = self.numbers.get_mut(self.count)
        {
            *position = number;
            self.count += 1;
        }
        Ok(())
    }
}

/// Reads one value.
struct Read<'s, 't, 'a> {
    state: &'s ReadState<'t, 'a>,
}

impl<'a> DeserializeSeed<'a> for Read<'_, '_, 'a> {
    type Value = NodeKind<'a>;
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<NodeKind<'a>, D::Error> {
        self.state.spend(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Read<'_, '_, 'a> {
    type Value = NodeKind<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<NodeKind<'a>, E> {
        Ok(NodeKind::Null)
    }
    fn visit_none<E: de::Error>(self) -> Result<NodeKind<'a>, E> {
        Ok(NodeKind::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<NodeKind<'a>, E> {
        Ok(NodeKind::Bool(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<NodeKind<'a>, E> {
        Ok(NodeKind::Integer(value))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<NodeKind<'a>, E> {
        Ok(i64::try_from(value).map_or(NodeKind::Huge, NodeKind::Integer))
    }
    fn visit_i128<E: de::Error>(self, _: i128) -> Result<NodeKind<'a>, E> {
        Ok(NodeKind::Huge)
    }
    fn visit_u128<E: de::Error>(self, _: u128) -> Result<NodeKind<'a>, E> {
        Ok(NodeKind::Huge)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<NodeKind<'a>, E> {
        Ok(NodeKind::Float(value))
    }
    fn visit_borrowed_str<E: de::Error>(self, value: &'a str) -> Result<NodeKind<'a>, E> {
        self.state.spend(value.len())?;
        Ok(NodeKind::String(Cow::Borrowed(value)))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<NodeKind<'a>, E> {
        self.state.spend(value.len())?;
        Ok(NodeKind::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut access: A) -> Result<NodeKind<'a>, A::Error> {
        let mut nodes = Vec::new();
        let outcome = self.list(&mut access, &mut nodes);
        self.close(outcome, NodeKind::List(nodes))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut access: A) -> Result<NodeKind<'a>, A::Error> {
        let mut entries = Entries::default();
        let outcome = self.map(&mut access, &mut entries);
        self.close(outcome, NodeKind::Map(entries.list))
    }
}

impl<'a> Read<'_, '_, 'a> {
    fn close<E>(&self, outcome: Result<(), E>, kind: NodeKind<'a>) -> Result<NodeKind<'a>, E> {
        match outcome {
            Ok(()) => Ok(kind),
            Err(error) => {
                self.state.keep(kind);
                Err(error)
            }
        }
    }

    /// What an unreadable value got to, at the position where it begins.
    fn broken(&self, position: Position) -> Option<Node<'a>> {
        self.state.kept.take().map(|node| Node { position, ..node })
    }

    fn list<A: SeqAccess<'a>>(&self, access: &mut A, nodes: &mut Vec<Node<'a>>) -> Result<(), A::Error> {
        let state = self.state;
        while let Some(position) = probe(state, |probe| access.next_element_seed(probe))? {
            match access.next_element_seed(Read { state }) {
                Ok(Some(kind)) => nodes.push(Node { position, kind }),
                Ok(None) => break,
                Err(error) => {
                    nodes.extend(self.broken(position));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn map<A: MapAccess<'a>>(&self, access: &mut A, entries: &mut Entries<'a>) -> Result<(), A::Error> {
        let state = self.state;
        while let Some(at) = probe(state, |probe| access.next_key_seed(probe))? {
            let Some(kind) = access.next_key_seed(Read { state })? else { break };
            let key = self.key(at, kind);
            let position = probe(state, |probe| access.next_value_seed(probe).map(Some))?.unwrap_or(at);
            match access.next_value_seed(Read { state }) {
                Ok(kind) => entries.add(key, Node { position, kind }, state),
                Err(error) => {
                    if let Some(node) = self.broken(position) {
                        entries.add(key, node, state);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The key as text; `None`, and a diagnostic, when it is none or a merge key.
    fn key(&self, position: Position, kind: NodeKind<'a>) -> Option<Key<'a>> {
        let text = match kind {
            NodeKind::String(text) if text == "<<" => {
                let message = "`<<` merges maps in other formats, but not in this one";
                let help = "write the keys out, or use a plain alias for a whole value";
                self.state
                    .found
                    .borrow_mut()
                    .push(Diagnostic::new(Code::MergeKey, position, message).help(help));
                return None;
            }
            NodeKind::String(text) => text,
            NodeKind::Null => Cow::Borrowed(self.state.text.scalar_at(position).unwrap_or("")),
            NodeKind::Bool(value) => self.written(position).unwrap_or_else(|| value.to_string().into()),
            NodeKind::Integer(value) => self.written(position).unwrap_or_else(|| value.to_string().into()),
            NodeKind::Float(value) => self.written(position).unwrap_or_else(|| value.to_string().into()),
            NodeKind::Huge => self.written(position).unwrap_or_default(),
            NodeKind::List(_) | NodeKind::Map(_) => {
                let message = format!("{} cannot be a key", kind.describe());
                let help = "write a name followed by `:`";
                self.state
                    .found
                    .borrow_mut()
                    .push(Diagnostic::new(Code::Syntax, position, message).help(help));
                return None;
            }
        };
        Some(Spanned::new(text, position))
    }

    fn written(&self, position: Position) -> Option<Cow<'a, str>> {
        self.state.text.scalar_at(position).map(Cow::Borrowed)
    }
}

/// A map being read. Few entries are compared one by one, many are hashed.
#[derive(Default)]
struct Entries<'a> {
    list: Vec<(Key<'a>, Node<'a>)>,
    index: HashMap<Cow<'a, str>, Position>,
}

impl<'a> Entries<'a> {
    const FEW: usize = 12;

    fn first(&self, key: &str) -> Option<Position> {
        if self.list.len() <= Self::FEW {
            self.list.iter().find(|(known, _)| known.value == key).map(|(known, _)| known.position)
        } else {
            self.index.get(key).copied()
        }
    }

    fn add(&mut self, key: Option<Key<'a>>, node: Node<'a>, state: &ReadState<'_, 'a>) {
        let Some(key) = key else { return };
        if let Some(first) = self.first(&key.value) {
            let message = format!("the key {} is written twice", crate::printable::quoted(&key.value));
            let diagnostic = Diagnostic::new(Code::DuplicateKey, key.position, message)
                .help("keep one of them")
                .related(first, "first written here");
            state.found.borrow_mut().push(diagnostic);
            return;
        }
        self.list.push((key, node));
        if self.list.len() > Self::FEW {
            let from = if self.index.is_empty() { 0 } else { self.list.len() - 1 };
            let new = self.list.get(from..).unwrap_or_default();
            self.index.extend(new.iter().map(|(key, _)| (key.value.clone(), key.position)));
        }
    }
}

/// A second document in the file; an error when the rest is no YAML.
fn another(
    document: serde_yaml::Deserializer<'_>,
    state: &ReadState<'_, '_>,
) -> Result<Diagnostic, serde_yaml::Error> {
    let position = match Refuse::deserialize(document) {
        Err(error) if error.to_string().contains(NOTHING) => error.location(),
        Err(error) => return Err(error),
        Ok(Refuse) => None,
    };
    let position = position.map_or(state.position.get(), |position| state.text.position(position.index()));
    Ok(Diagnostic::new(Code::SeveralDocuments, position, "a second YAML document begins here")
        .help("keep one document per file: remove the `---` line, or the rest of the file"))
}

/// Where the root begins when it has no keys.
fn position_of_root(source: &str, text: &SourceText<'_>) -> Position {
    let error = Refuse::deserialize(serde_yaml::Deserializer::from_str(source)).err();
    text.position(error.and_then(|error| error.location()).map_or(0, |position| position.index()))
}

const NOTHING: &str = "nothing at all";

/// Takes no value, so that the error tells where there was one.
struct Refuse;

impl<'a> Deserialize<'a> for Refuse {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl Visitor<'_> for Refuse {
    type Value = Self;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOTHING)
    }
}

/// An error of the parser in our words.
fn explain(error: &serde_yaml::Error, state: &ReadState<'_, '_>) -> Diagnostic {
    let said = error.to_string();
    if said.contains(ALIASES) || said.contains("repetition limit exceeded") {
        let message = "aliases make this file many times larger than it is written";
        return Diagnostic::new(Code::TooLarge, state.position.get(), message)
            .help("use fewer aliases of aliases");
    }
    if said.contains(TOO_DEEP) {
        let message = format!("lists and maps are nested deeper than {} levels", bounds::DEEPEST);
        return Diagnostic::new(Code::TooDeep, state.position.get(), message)
            .help("flatten it, or use fewer aliases");
    }
    let position =
        error.location().map_or(state.position.get(), |position| state.text.position(position.index()));
    syntax::explain(&said, position, state.text.from(position).chars().next())
}

#[cfg(test)]
mod tests;
