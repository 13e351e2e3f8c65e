//! The positioned tree to a [`Document`]: keys, types and literals. What names refer to, and whether values
//! make sense together, is checked afterwards.
//!
//! Every problem is reported and the rest kept: a value that cannot be read is replaced by one that gives the
//! checks nothing to complain about.

mod answer;
mod condition;
mod experiment;
mod flag;
mod layer;
mod rollout;
mod scalar;
mod sections;

use crate::file_diagnostics::FileDiagnostics;
use crate::yaml::{Key, Node, NodeKind, SourceText, Tree};
use crate::{Code, Diagnostic, Document, FileId, Flag, Overlay, Position, Spanned};

/// Problems after which no more names are suggested: finding one takes time.
const SUGGESTED: usize = 100;
/// Bytes of a name beyond which none is near: comparing takes quadratic time.
const LONGEST: usize = 64;

/// Reads the base file. Its diagnostics go to `diagnostics`.
pub(crate) fn document(name: &str, tree: &Tree<'_>, diagnostics: &mut Vec<Diagnostic>) -> Document {
    let mut decoder = Decoder::new(&tree.text);
    let mut document = Document { files: vec![name.to_owned()], ..Document::default() };
    if let Some(root) = &tree.root {
        decoder.base(root, &mut document);
    }
    decoder.finish(tree, diagnostics);
    document
}

/// Reads some flags of the base file.
pub(crate) fn flags<'a>(
    entries: &[(Key<'a>, Node<'a>)],
    text: &SourceText<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Flag> {
    let mut decoder = Decoder::new(text);
    let flags = decoder.flag_entries(entries);
    decoder.found.finish(diagnostics);
    flags
}

/// Reads an overlay for flags of which `object` says whether they are objects.
pub(crate) fn overlay(
    environment: &str,
    tree: &Tree<'_>,
    object: &dyn Fn(&str) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Overlay {
    let mut decoder = Decoder::new(&tree.text);
    let mut overlay = Overlay {
        environment: environment.to_owned(),
        file: tree.text.file(),
        settings: crate::Settings::default(),
        segments: Vec::new(),
        flags: Vec::new(),
    };
    if let Some(root) = &tree.root {
        decoder.overlay(root, object, &mut overlay);
    }
    decoder.finish(tree, diagnostics);
    overlay
}

struct Decoder<'t, 'a> {
    text: &'t SourceText<'a>,
    found: FileDiagnostics,
}

impl<'t, 'a> Decoder<'t, 'a> {
    fn new(text: &'t SourceText<'a>) -> Self {
        Self { text, found: FileDiagnostics::default() }
    }

    /// After a syntax error what follows it is missing, so nothing else is said about the file.
    fn finish(self, tree: &Tree<'_>, diagnostics: &mut Vec<Diagnostic>) {
        if tree.complete {
            self.found.finish(diagnostics);
        }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    fn report(
        &mut self,
        code: Code,
        position: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Diagnostic::new(code, position, message).help(help));
    }

    /// `what` takes `expected`, and there is something else.
    fn wrong(&mut self, what: &str, node: &Node<'_>, expected: &str, help: impl Into<String>) {
        let message = match node.kind {
            NodeKind::Null => format!("`{what}` has no value, and takes {expected}"),
            _ => format!("`{what}` takes {expected}, not {}", node.kind.describe()),
        };
        self.report(Code::WrongType, node.position, message, help);
    }

    fn suggest(&self, diagnostic: Diagnostic, name: &str, known: &[&str]) -> Diagnostic {
        if self.found.len() < SUGGESTED && name.len() <= LONGEST {
            diagnostic.nearest(name, known.iter().copied())
        } else {
            diagnostic
        }
    }

    /// A key that does not exist in `owner`.
    fn unknown_key(&mut self, owner: &str, key: &Key<'_>, known: &[&str]) {
        let message = format!("{owner} has no key {}", crate::printable::quoted(&key.value));
        let diagnostic = Diagnostic::new(Code::UnknownKey, key.position, message)
            .help(format!("its keys are {}", listing(known)));
        let diagnostic = self.suggest(diagnostic, &key.value, known);
        self.push(diagnostic);
    }

    /// A word that `what` does not take.
    fn unknown_value(&mut self, what: &str, word: &str, position: Position, known: &[&str]) {
        let message = format!("`{what}` cannot be {}", crate::printable::quoted(word));
        let diagnostic = Diagnostic::new(Code::UnknownValue, position, message)
            .help(format!("write one of {}", listing(known)));
        let diagnostic = self.suggest(diagnostic, word, known);
        self.push(diagnostic);
    }

    /// Whether a key that does not exist was surely meant to be `key`, so that it is not missing as well.
    fn misspelt(entries: &[(Key<'a>, Node<'a>)], key: &str, known: &[&str]) -> bool {
        entries
            .iter()
            .map(|(written, _)| &*written.value)
            .filter(|written| written.len() <= LONGEST && !known.contains(written))
            .take(SUGGESTED)
            .any(|written| crate::suggest::nearest(written, known.iter().copied()) == Some(key))
    }

    fn missing(&mut self, position: Position, message: impl Into<String>, help: impl Into<String>) {
        self.report(Code::MissingKey, position, message, help);
    }

    /// The entries of a map; none, and a diagnostic, when it is something else.
    fn entries<'n>(&mut self, what: &str, node: &'n Node<'a>, example: &str) -> &'n [(Key<'a>, Node<'a>)] {
        if let NodeKind::Map(entries) = &node.kind {
            return entries;
        }
        self.wrong(what, node, "a map", format!("write {example}"));
        &[]
    }

    /// The items of a list; `None`, and a diagnostic, when it is something else.
    fn items<'n>(&mut self, what: &str, node: &'n Node<'a>, example: &str) -> Option<&'n [Node<'a>]> {
        if let NodeKind::List(items) = &node.kind {
            return Some(items);
        }
        self.wrong(what, node, "a list", format!("write {example}"));
        None
    }

    /// A name that becomes one in Rust, or a part of one: letters, digits, `.`, `-` and `_`. It begins with a
    /// letter, unless the name in Rust begins with something else then.
    fn check_name(&mut self, what: &str, key: &Key<'_>) -> bool {
        let digit_first = matches!(what, "a flag" | "a variant");
        let name = &*key.value;
        let problem = match name.chars().next() {
            None => Some("has no characters".to_owned()),
            Some(c) if !(c.is_ascii_alphabetic() || digit_first && c.is_ascii_digit()) => {
                Some(format!("begins with `{}`", c.escape_debug()))
            }
            _ => name
                .chars()
                .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'))
                .map(|c| format!("has the character `{}`", c.escape_debug()))
                .or_else(|| name.ends_with(['.', '-', '_']).then(|| "ends with a separator".to_owned())),
        };
        let first = if digit_first { "a letter or digit" } else { "a letter" };
        self.bad_name(
            what,
            key,
            problem,
            &format!("use letters, digits, `.`, `-` and `_`, beginning with {first}"),
        )
    }

    /// The name of an attribute, which other systems may have given: anything that can be printed.
    fn check_attribute_name(&mut self, key: &Key<'_>) -> bool {
        let name = &*key.value;
        let problem = if name.is_empty() {
            Some("has no characters".to_owned())
        } else if let Some(c) = name.chars().find(|c| crate::printable::disturbs(*c)) {
            Some(format!("has the character `{}`", c.escape_default()))
        } else if name.trim() != name {
            Some("has a blank at an end".to_owned())
        } else if !name.contains(char::is_alphanumeric) {
            Some("has neither a letter nor a digit".to_owned())
        } else {
            None
        };
        let help = "use characters that can be printed, and in quotes those that YAML has other plans for";
        self.bad_name("an attribute", key, problem, help)
    }

    /// Reports the problem of a name. Returns whether it has none.
    fn bad_name(&mut self, what: &str, key: &Key<'_>, problem: Option<String>, help: &str) -> bool {
        let Some(problem) = problem else { return true };
        let name = crate::printable::quoted(&key.value);
        let message = format!("{name} cannot be the name of {what}: it {problem}");
        self.report(Code::BadName, key.position, message, help);
        false
    }
}

fn owned(key: &Key<'_>) -> Spanned<String> {
    Spanned::new(key.value.clone().into_owned(), key.position)
}

/// "`a`, `b` and `c`".
fn listing(words: &[&str]) -> String {
    match words {
        [] => "none".to_owned(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} and `{last}`", first.join(", "))
        }
    }
}

/// The beginning of a file.
const fn start(file: FileId) -> Position {
    Position::new(file, 1, 1)
}
