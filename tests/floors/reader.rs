//! Reads which modules of a crate name which: from `use` lines and from paths in the code.
//!
//! It knows as much of Rust as that takes. A name that a module only passes on (`pub use`) belongs to the module that
//! defines it. Modules under `#[cfg(test)]` are left out: tests may name whatever they test with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of a crate, each a file.
pub(crate) struct Crate {
    modules: Vec<Module>,
    by_path: BTreeMap<Vec<String>, usize>,
}

/// A file.
struct Module {
    path: Vec<String>,
    file: PathBuf,
    /// Names that `use` brings, with their paths from the root of the crate; `None` for those of other crates.
    names: BTreeMap<String, Option<Vec<String>>>,
    imports: Vec<Import>,
    /// Paths in the code, from the root of the crate or beginning with one of `names`.
    paths: Vec<Mention>,
    /// Types, functions and macros that the code names.
    words: BTreeSet<String>,
    /// Types that have an `impl` in it which is of no trait.
    impls: BTreeSet<String>,
}

struct Import {
    name: String,
    passed_on: bool,
    mention: Mention,
}

#[derive(Clone)]
struct Mention {
    path: Vec<String>,
    line: usize,
}

/// One module names another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
}

impl Crate {
    /// Reads the sources below a directory, beginning with its `lib.rs` or `main.rs`.
    pub(crate) fn read(directory: &Path) -> Self {
        let roots = ["lib.rs", "main.rs"].map(|name| directory.join(name));
        let root = roots.into_iter().find(|root| root.exists()).unwrap();
        Self::of(root, &|file| fs::read_to_string(file).ok())
    }

    /// Reads the sources that `read` gives, beginning with the root.
    pub(crate) fn of(root: PathBuf, read: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut modules = Vec::new();
        let mut open = vec![(Vec::new(), root)];
        while let Some((path, file)) = open.pop() {
            let text = read(&file).unwrap_or_else(|| panic!("{} cannot be read", file.display()));
            let (module, children) = Parser::new(path.clone(), file.clone(), &text).parse();
            modules.push(module);
            let directory = file.parent().unwrap();
            // Children of `a/mod.rs`, `lib.rs` and `main.rs` are beside it, those of `a.rs` are in `a/`.
            let stem = file.file_stem().unwrap();
            let beside = ["mod", "lib", "main"].iter().any(|name| stem == *name);
            let directory = if beside { directory.to_owned() } else { directory.join(stem) };
            for child in children {
                let files = [directory.join(format!("{child}.rs")), directory.join(&child).join("mod.rs")];
                let file = files.iter().find(|file| read(file).is_some());
                let file =
                    file.unwrap_or_else(|| panic!("module `{child}` of {} is nowhere", stem.display()));
                open.push(([path.clone(), vec![child]].concat(), file.clone()));
            }
        }
        let by_path = modules.iter().enumerate().map(|(i, module)| (module.path.clone(), i)).collect();
        Self { modules, by_path }
    }

    /// Modules by their paths.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &[String]> {
        self.modules.iter().map(|module| &*module.path)
    }

    /// Modules that have an `impl` of that type which is of no trait.
    pub(crate) fn implementing(&self, name: &str) -> impl Iterator<Item = &[String]> {
        self.modules.iter().filter(|module| module.impls.contains(name)).map(|module| &*module.path)
    }

    /// Which module names which, each pair once.
    pub(crate) fn edges(&self) -> Vec<Edge> {
        let mut edges = BTreeMap::new();
        for module in &self.modules {
            let used = |import: &&Import| !import.passed_on || module.words.contains(&import.name);
            let imports = module.imports.iter().filter(used).map(|import| &import.mention);
            for mention in imports.chain(&module.paths) {
                let Some(home) = self.home(&module.path, &mention.path) else { continue };
                if home != module.path {
                    let edge = edges.entry((module.path.clone(), home.clone()));
                    edge.or_insert_with(|| Edge {
                        from: module.path.clone(),
                        to: home,
                        file: module.file.clone(),
                        line: mention.line,
                    });
                }
            }
        }
        edges.into_values().collect()
    }

    /// The module that defines what a path names; `None` for something of another crate, and for a path that ends at a
    /// module: what is used of it says more.
    fn home(&self, from: &[String], path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?;
        let start = if first == "crate" { path.get(1..)?.to_vec() } else { [from, path].concat() };
        self.resolve(&start, 0)
    }

    fn resolve(&self, path: &[String], depth: usize) -> Option<Vec<String>> {
        let mut at = Vec::new();
        for (i, segment) in path.iter().enumerate() {
            at.push(segment.clone());
            if self.by_path.contains_key(&at) {
                continue;
            }
            at.pop();
            let module = &self.modules[self.by_path[&at]];
            return match module.names.get(segment) {
                Some(None) => None,
                Some(Some(target)) if depth < 16 => {
                    let rest = path.get(i + 1..).unwrap_or_default();
                    self.resolve(&[target, rest].concat(), depth + 1)
                }
                _ => Some(at),
            };
        }
        None
    }
}

/// Groups of modules that name each other, directly or around several corners.
pub(crate) fn circles(edges: &[Edge]) -> Vec<Vec<Vec<String>>> {
    let mut below: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for edge in edges {
        below.entry(&edge.from).or_default().insert(&edge.to);
    }
    // Crates have some hundred modules: to walk from each is quick enough.
    let reach = |from: &[String]| {
        let mut seen: BTreeSet<&[String]> = BTreeSet::new();
        let mut open: Vec<&[String]> = below.get(from).into_iter().flatten().copied().collect();
        while let Some(module) = open.pop() {
            if seen.insert(module) {
                open.extend(below.get(module).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<&[String], BTreeSet<&[String]>> =
        below.keys().map(|from| (*from, reach(from))).collect();
    let mut circles: BTreeSet<Vec<Vec<String>>> = BTreeSet::new();
    for (from, all) in reached.iter().filter(|(from, all)| all.contains(*from)) {
        let back = |to: &&&[String]| reached.get(**to).is_some_and(|all| all.contains(from));
        circles.insert(all.iter().filter(back).map(|module| module.to_vec()).collect());
    }
    circles.into_iter().collect()
}

struct Token {
    text: String,
    line: usize,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Words and marks of a source, without comments and literals.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let (mut i, mut line) = (0, 1);
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while i < chars.len() {
        let start = i;
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if let Some(end) = raw_string(&chars, i) {
            i = end;
        } else if c == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else if c.is_alphanumeric() || c == '_' {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            tokens.push(Token { text: chars[start..i].iter().collect(), line });
        } else if c == ':' && at(i + 1) == ':' {
            i += 2;
            tokens.push(Token { text: "::".to_owned(), line });
        } else {
            i += 1;
            if !c.is_whitespace() {
                tokens.push(Token { text: c.to_string(), line });
            }
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// Where a raw string ends that begins there.
fn raw_string(chars: &[char], start: usize) -> Option<usize> {
    let before = start.checked_sub(1).and_then(|i| chars.get(i));
    if before.is_some_and(|c| c.is_alphanumeric() || *c == '_') {
        return None;
    }
    let mut i = start + usize::from(chars.get(start) == Some(&'b'));
    if chars.get(i) != Some(&'r') {
        return None;
    }
    i += 1;
    let marks = chars[i..].iter().take_while(|c| **c == '#').count();
    i += marks;
    if chars.get(i) != Some(&'"') {
        return None;
    }
    let end = [vec!['"'], vec!['#'; marks]].concat();
    let found = chars[i + 1..].windows(end.len()).position(|window| window == end);
    Some(found.map_or(chars.len(), |found| i + 1 + found + end.len()))
}

struct Parser {
    module: Module,
    children: Vec<String>,
    tokens: Vec<Token>,
    /// Modules inside of the file, and how deep in braces they began.
    inside: Vec<(String, usize)>,
    depth: usize,
}

impl Parser {
    fn new(path: Vec<String>, file: PathBuf, text: &str) -> Self {
        let (names, imports, paths) = Default::default();
        let module =
            Module { path, file, names, imports, paths, words: BTreeSet::new(), impls: BTreeSet::new() };
        Self { module, children: Vec::new(), tokens: tokens(text), inside: Vec::new(), depth: 0 }
    }

    fn text(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |token| &token.text)
    }

    fn is(&self, start: usize, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(i, text)| self.text(start + i) == *text)
    }

    /// Where the block ends whose brace or bracket opens there.
    fn end_of_block(&self, open: usize) -> usize {
        let mut depth = 0;
        for i in open..self.tokens.len() {
            match self.text(i) {
                "{" | "[" => depth += 1,
                "}" | "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return i + 1;
            }
        }
        self.tokens.len()
    }

    /// Where an attribute ends that keeps what follows for tests: `#[cfg(test)]`, `#[cfg(all(test, …))]`.
    fn end_of_test_attribute(&self, start: usize) -> Option<usize> {
        if !self.is(start, &["#", "[", "cfg"]) {
            return None;
        }
        let end = self.end_of_block(start + 1);
        let has = |word: &str| (start..end).any(|i| self.text(i) == word);
        (has("test") && !has("not") && !has("any")).then_some(end)
    }

    fn parse(mut self) -> (Module, Vec<String>) {
        let mut i = 0;
        while i < self.tokens.len() {
            i = self.step(i);
        }
        (self.module, self.children)
    }

    /// Reads on from a token. Returns where the next one is.
    fn step(&mut self, i: usize) -> usize {
        if let Some(end) = self.end_of_test_attribute(i) {
            let attribute = |i: &usize| self.is(*i, &["#", "["]);
            let after = std::iter::successors(Some(end), |i| attribute(i).then(|| self.end_of_block(i + 1)));
            let start = after.last().unwrap_or(end);
            if self.text(start) == "mod" {
                return match self.text(start + 2) {
                    "{" => self.end_of_block(start + 2),
                    _ => start + 3,
                };
            }
        }
        match self.text(i) {
            "{" => self.depth += 1,
            "}" => {
                self.depth = self.depth.saturating_sub(1);
                if self.inside.last().is_some_and(|(_, depth)| *depth == self.depth) {
                    self.inside.pop();
                }
            }
            "mod" if self.text(i + 2) == ";" => {
                self.children.push(self.text(i + 1).to_owned());
                return i + 3;
            }
            "mod" if self.text(i + 2) == "{" => {
                self.inside.push((self.text(i + 1).to_owned(), self.depth));
                return i + 2;
            }
            "use" if self.text(i + 1) != "<" => {
                let passed_on = i > 0 && self.is_public(i - 1);
                return self.tree(i + 1, &[], passed_on) + 1;
            }
            "impl" => self.implementation(i + 1),
            "$" => return self.path(i + 1).1,
            "." => return i + 2,
            _ if self.tokens[i].is_word() => {
                let (path, end) = self.path(i);
                // A variable may be called as a function is that is passed on.
                let is_type = path[0].starts_with(char::is_uppercase);
                if is_type || path.len() > 1 || ["(", "!", "<"].contains(&self.text(end)) {
                    self.module.words.insert(path[0].clone());
                }
                if path.len() > 1 {
                    self.mention(path, self.tokens[i].line);
                }
                return end;
            }
            _ => {}
        }
        i + 1
    }

    /// `impl Name {`, with or without generics.
    fn implementation(&mut self, start: usize) {
        let mut i = start;
        if self.text(i) == "<" {
            i += (start..self.tokens.len()).take_while(|i| self.text(*i) != ">").count() + 1;
        }
        if self.text(i + 1) == "{" {
            self.module.impls.insert(self.text(i).to_owned());
        }
    }

    /// Whether that token ends `pub` or `pub(…)`.
    fn is_public(&self, i: usize) -> bool {
        let open = (0..i).rev().take_while(|at| self.text(*at) != ")").find(|at| self.text(*at) == "(");
        self.text(i) == "pub"
            || self.text(i) == ")" && open.is_some_and(|open| open > 0 && self.text(open - 1) == "pub")
    }

    /// The path that begins there, and where it ends.
    fn path(&self, start: usize) -> (Vec<String>, usize) {
        let mut path = vec![self.text(start).to_owned()];
        let mut i = start + 1;
        while self.text(i) == "::" && self.tokens.get(i + 1).is_some_and(Token::is_word) {
            path.push(self.text(i + 1).to_owned());
            i += 2;
        }
        (path, i)
    }

    /// A tree of `use`. Returns where it ends.
    fn tree(&mut self, start: usize, before: &[String], passed_on: bool) -> usize {
        let line = self.tokens[start].line;
        let mut path = before.to_vec();
        let mut i = start;
        loop {
            match self.text(i) {
                "{" => {
                    i += 1;
                    while self.text(i) != "}" {
                        i = self.tree(i, &path, passed_on);
                        i += usize::from(self.text(i) == ",");
                    }
                    return i + 1;
                }
                "::" => i += 1,
                "self" if !path.is_empty() => i += 1,
                "*" => {
                    i += 1;
                    path.push("*".to_owned());
                }
                "as" => {
                    let name = self.text(i + 1).to_owned();
                    self.import(name, &path, passed_on, line);
                    return i + 2;
                }
                "," | ";" | "}" => {
                    let name = path.last().cloned().unwrap_or_default();
                    self.import(name, &path, passed_on, line);
                    return i;
                }
                word => {
                    path.push(word.to_owned());
                    i += 1;
                }
            }
        }
    }

    fn import(&mut self, name: String, path: &[String], passed_on: bool, line: usize) {
        let absolute = self.absolute(path);
        self.module.names.insert(name.clone(), absolute.clone());
        if let Some(path) = absolute {
            let path = [vec!["crate".to_owned()], path].concat();
            self.module.imports.push(Import { name, passed_on, mention: Mention { path, line } });
        }
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        let path = match self.absolute(&path) {
            Some(path) => [vec!["crate".to_owned()], path].concat(),
            // It begins with a name that `use` brings, perhaps further below.
            None => path,
        };
        self.module.paths.push(Mention { path, line });
    }

    /// The path from the root of the crate; `None` when it does not say where it begins.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut here = self.module.path.clone();
        let file = here.len();
        here.extend(self.inside.iter().map(|(name, _)| name.clone()));
        let first = path.first()?;
        let mut rest = path;
        match first.as_str() {
            "crate" => return Some(path[1..].to_vec()),
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    here.pop();
                    rest = &rest[1..];
                }
            }
            "self" => rest = &rest[1..],
            child if self.children.iter().any(|known| known == child) => {}
            _ => return None,
        }
        // Modules inside of a file are part of it.
        here.truncate(file);
        here.extend(rest.iter().cloned());
        Some(here)
    }
}
