//! `flags graph`: which flags depend on which, for Mermaid and Graphviz.

use crate::args::{Drawing, Graph};
use crate::failure::Failure;
use crate::file::File;
use crate::outcome::Outcome;
use crate::output;
use flags_schema::printable::escaped;
use flags_schema::{Dependencies, Dependency, DependencyKind, Document};
use std::fmt::Write as _;
use std::path::Path;

/// A flag that depends on another.
#[derive(Debug, PartialEq, Eq)]
struct Edge {
    from: usize,
    to: usize,
    label: String,
    kind: DependencyKind,
}

pub(crate) fn graph(path: Option<&Path>, arguments: &Graph) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let document = file.document();
    let edges = edges(document);
    if edges.is_empty() {
        output::tell("no flag requires, excludes or asks for another");
    }
    output::print(&match arguments.format {
        Drawing::Mermaid => mermaid(document, &edges),
        Drawing::Dot => dot(document, &edges),
    })?;
    Ok(Outcome::Clean)
}

/// Every dependency; one that only some environments have names them.
fn edges(document: &Document) -> Vec<Edge> {
    let environments: Vec<Option<&str>> = match document.environments.as_slice() {
        [] => vec![None],
        declared => declared.iter().map(|environment| Some(environment.name.as_str())).collect(),
    };
    let mut found: Vec<(Edge, Vec<&str>)> = Vec::new();
    for environment in &environments {
        let effective = document.effective(*environment);
        let dependencies = Dependencies::new(&effective);
        for (from, flag) in effective.flags.iter().enumerate() {
            for Dependency { kind, requirement, segment } in dependencies.of(flag) {
                let to = document.flags.iter().position(|flag| *flag.key == *requirement.flag);
                let variants: Vec<&str> =
                    requirement.variants.iter().map(|variant| variant.as_str()).collect();
                let mut label = kind.as_str().to_owned();
                if !variants.is_empty() {
                    label = format!("{label} {}", variants.join(" or "));
                }
                if let Some(segment) = segment {
                    label = format!("{label} through segment {segment}");
                }
                let edge = Edge { from, to: to.unwrap_or(from), label, kind };
                match found.iter_mut().find(|(known, _)| *known == edge) {
                    Some((_, names)) => names.extend(*environment),
                    None => found.push((edge, environment.iter().copied().collect())),
                }
            }
        }
    }
    found.sort_by_key(|(edge, _)| (edge.from, edge.to));
    let everywhere = document.environments.len();
    let labelled = found.into_iter().map(|(mut edge, names)| {
        if names.len() < everywhere {
            edge.label = format!("{} in {}", edge.label, names.join(", "));
        }
        edge
    });
    labelled.collect()
}

/// The flags that edges touch, in the order of the file.
fn nodes(edges: &[Edge]) -> Vec<usize> {
    let mut nodes: Vec<usize> = edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn key(document: &Document, flag: usize) -> &str {
    document.flags.get(flag).map_or("", |flag| flag.key.as_str())
}

fn mermaid(document: &Document, edges: &[Edge]) -> String {
    let mut out = "graph LR\n".to_owned();
    for node in nodes(edges) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  f{node}[\"{}\"]", entities(key(document, node)));
    }
    for Edge { from, to, label, kind } in edges {
        let arrow = match kind {
            DependencyKind::Requires | DependencyKind::Condition => "-->",
            DependencyKind::Excludes => "-.->",
        };
        let _ = writeln!(out, "  f{from} {arrow}|\"{}\"| f{to}", entities(label));
    }
    out
}

/// A text inside quotes: what is more than a name is written as the number of its character.
fn entities(text: &str) -> String {
    let mut out = String::new();
    for c in escaped(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '_') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

fn dot(document: &Document, edges: &[Edge]) -> String {
    let quoted = |text: &str| format!("\"{}\"", escaped(text).replace('\\', "\\\\").replace('"', "\\\""));
    let mut out = "digraph flags {\n  rankdir=LR;\n".to_owned();
    for Edge { from, to, label, kind } in edges {
        let style = match kind {
            DependencyKind::Requires | DependencyKind::Condition => "",
            DependencyKind::Excludes => ", style=dashed",
        };
        let (from, to) = (quoted(key(document, *from)), quoted(key(document, *to)));
        let _ = writeln!(out, "  {from} -> {to} [label={}{style}];", quoted(label));
    }
    out.push_str("}\n");
    out
}
