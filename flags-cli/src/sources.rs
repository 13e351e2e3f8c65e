//! Where Rust sources refer to flags: `Flags::X`, the attributes, and lookups by key.
//!
//! The sources are read as tokens, so that what stands inside other macros is seen too.

use crate::failure::Failure;
use crate::{file, output};
use flags_schema::{Document, names};
use proc_macro2::{Delimiter, LexError, Literal, TokenStream, TokenTree};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A position in a source file. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// References by the flag's key, in the order of their positions.
pub(crate) type References = BTreeMap<String, Vec<Reference>>;

/// Every reference to a flag of the document in the Rust files of these directories and files. A file that
/// cannot be read as Rust is told and left out.
///
/// # Errors
/// When a path does not exist, or a directory cannot be read.
pub(crate) fn references(document: &Document, paths: &[PathBuf]) -> Result<References, Failure> {
    let known = FlagNames::of(document);
    let mut found = References::new();
    for path in files(paths)? {
        let shown = file::shown(&path);
        let tokens = fs::read_to_string(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| read(&text).map_err(|error| error.to_string()));
        match tokens {
            Ok(tokens) => {
                let mut scanner =
                    Scanner { known: &known, file: &shown, found: &mut found, names: HashSet::new() };
                scanner.names.insert("Flags".to_owned());
                scanner.scan(tokens);
            }
            Err(reason) => output::tell(&format!("note: `{shown}` is left out: {reason}")),
        }
    }
    for references in found.values_mut() {
        references.sort();
        references.dedup();
    }
    Ok(found)
}

/// The tokens of a source file.
fn read(text: &str) -> Result<TokenStream, LexError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shebang = text.starts_with("#!") && !text.starts_with("#![");
    // Commented out, so that lines keep their numbers.
    let text = if shebang { format!("//{text}") } else { text.to_owned() };
    // syn would go down as deep as the parentheses do.
    text.parse()
}

/// The Rust files, sorted; build directories and hidden ones left out.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = paths.to_vec();
    while let Some(path) = left.pop() {
        let refuse =
            |error: std::io::Error| Failure::new(format!("`{}` cannot be read: {error}", path.display()));
        if path.is_file() {
            found.push(path);
            continue;
        }
        let directory = if path.as_os_str().is_empty() { Path::new(".") } else { &path };
        for entry in fs::read_dir(directory).map_err(refuse)? {
            let entry = entry.map_err(refuse)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let inside = file::beside(directory, &name);
            // Links are not followed: they may lead in circles.
            let Ok(kind) = entry.file_type() else { continue };
            let skipped = name.starts_with('.') || name == "node_modules" || is_build(&inside);
            if kind.is_dir() && !skipped {
                left.push(inside);
            } else if kind.is_file() && name.ends_with(".rs") {
                found.push(inside);
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether a directory is where cargo puts what it builds.
fn is_build(directory: &Path) -> bool {
    directory.join("CACHEDIR.TAG").is_file()
}

/// What sources may call the flags.
struct FlagNames<'d> {
    constants: HashMap<String, &'d str>,
    keys: HashSet<&'d str>,
}

impl<'d> FlagNames<'d> {
    fn of(document: &'d Document) -> Self {
        let keys = document.flags.iter().map(|flag| flag.key.as_str());
        Self {
            constants: keys.clone().map(|key| (names::constant(key), key)).collect(),
            keys: keys.collect(),
        }
    }
}

/// Functions and attributes whose first argument may be a flag's key.
const BY_KEY: [&str; 6] =
    ["feature_flag", "flag_matrix", "flag", "set_override", "reset_override", "is_enabled"];

struct Scanner<'a> {
    known: &'a FlagNames<'a>,
    file: &'a str,
    found: &'a mut References,
    /// What the file calls the generated type: `Flags`, and what it imports it as.
    names: HashSet<String>,
}

impl Scanner<'_> {
    /// In the order of the text, without going down a call for each parenthesis.
    fn scan(&mut self, tokens: TokenStream) {
        let mut open = vec![tokens.into_iter()];
        while let Some(tokens) = open.last_mut() {
            let Some(token) = tokens.next() else {
                open.pop();
                continue;
            };
            match token {
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    if self.names.contains(&name) {
                        let after: Vec<TokenTree> = tokens.clone().take(3).collect();
                        self.imported(&after);
                        self.constant(&after);
                    }
                    if BY_KEY.contains(&name.as_str()) {
                        self.argument(tokens.clone().next().as_ref());
                    }
                }
                TokenTree::Group(group) => open.push(group.stream().into_iter()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// `Flags as Name`: from there on the name means the same.
    fn imported(&mut self, after: &[TokenTree]) {
        if let [TokenTree::Ident(word), TokenTree::Ident(name), ..] = after
            && word == "as"
        {
            self.names.insert(name.to_string());
        }
    }

    /// `Flags::CONSTANT`.
    fn constant(&mut self, after: &[TokenTree]) {
        if let [TokenTree::Punct(first), TokenTree::Punct(second), TokenTree::Ident(constant), ..] = after
            && first.as_char() == ':'
            && second.as_char() == ':'
            && let Some(key) = self.known.constants.get(constant.to_string().trim_start_matches("r#"))
        {
            self.refer(key, constant.span());
        }
    }

    /// `("key", ...)`.
    fn argument(&mut self, after: Option<&TokenTree>) {
        if let Some(TokenTree::Group(group)) = after
            && group.delimiter() == Delimiter::Parenthesis
            && let Some(TokenTree::Literal(literal)) = group.stream().into_iter().next()
            && let Some(text) = text_of(&literal)
            && let Some(key) = self.known.keys.get(text.as_str())
        {
            self.refer(key, literal.span());
        }
    }

    fn refer(&mut self, key: &str, span: proc_macro2::Span) {
        let position = span.start();
        let reference =
            Reference { file: self.file.to_owned(), line: position.line, column: position.column + 1 };
        self.found.entry(key.to_owned()).or_default().push(reference);
    }
}

/// The text of a string literal.
fn text_of(literal: &Literal) -> Option<String> {
    syn::parse_str::<syn::LitStr>(&literal.to_string()).ok().map(|literal| literal.value())
}

#[cfg(test)]
mod tests {
    use super::{FlagNames, References, Scanner, read};
    use flags_schema::{Options, SourceFile, load};
    use std::collections::HashSet;

    #[test]
    fn nested_as_deep_as_nobody_writes() {
        let loaded = load(
            SourceFile::new("flags.yaml", "flags:\n  a: on\n"),
            &mut |_| Err(String::new()),
            &Options::default(),
        );
        let known = FlagNames::of(&loaded.document);
        for [open, close] in ["()", "[]", "{}"].map(|it| [it.get(..1).unwrap(), it.get(1..).unwrap()]) {
            let text = format!("fn f() {{ {}Flags::A{} }}", open.repeat(100_000), close.repeat(100_000));
            let mut found = References::new();
            let names = HashSet::from(["Flags".to_owned()]);
            Scanner { known: &known, file: "x", found: &mut found, names }.scan(read(&text).unwrap());
            assert_eq!(found.len(), 1);
        }
    }

    #[test]
    fn references_of_all_spellings() {
        let text = "flags:\n  a.b: on\n  new-ui: off\n";
        let loaded =
            load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Options::default());
        let known = FlagNames::of(&loaded.document);
        for (source, expected) in [
            ("fn f() { Flags::A_B.enabled(&ctx); }", "a.b 1:17"),
            ("fn f() { println!(\"{}\", crate::flags::Flags::A_B.enabled(&c)); }", "a.b 1:46"),
            ("use crate::Flags as F;\nconst X: bool = F::NEW_UI;", "new-ui 2:20"),
            ("#[feature_flag(\"a.b\", else = 1)]\nfn f() {}", "a.b 1:16"),
            ("#[flags_runtime::feature_flag(r\"new-ui\")] fn f() {}", "new-ui 1:31"),
            ("#!/usr/bin/env cargo\nfn f() { engine.flag(\"new-ui\"); }", "new-ui 2:22"),
            ("fn f() { Other::A_B; engine.flag(\"other\"); \"a.b\"; }", ""),
            ("// Flags::A_B\n/* Flags::A_B */", ""),
        ] {
            let mut found = References::new();
            let names = HashSet::from(["Flags".to_owned()]);
            Scanner { known: &known, file: "x", found: &mut found, names }.scan(read(source).unwrap());
            let told: Vec<_> = found
                .iter()
                .flat_map(|(key, all)| all.iter().map(move |it| format!("{key} {}:{}", it.line, it.column)))
                .collect();
            assert_eq!(told.join(", "), expected, "{source}");
        }
    }
}
