//! Inferring one shape from many literals.

use super::{FEW, Field, Literal, Shape, ShapeError};
use crate::{Position, Spanned, Value};
use std::collections::HashMap;

/// The common shape of `literals`; `None` when there are none. Every disagreement is pushed.
///
/// `noun` is what people call one of them: `variant` or `value`.
pub(super) fn infer(literals: &[Literal<'_>], noun: &str, errors: &mut Vec<ShapeError>) -> Option<Shape> {
    let mut inference = Inference { literals, noun, path: Vec::new(), errors };
    let mut all: Option<Node<'_>> = None;
    for (source, literal) in literals.iter().enumerate() {
        let node = inference.node(literal.value, literal.position, source);
        match &mut all {
            None => all = Some(node),
            Some(all) => inference.merge(all, node),
        }
    }
    inference.finish(all?)
}

/// Fields, in the order of the first object.
struct Fields<'a> {
    list: Vec<(&'a Spanned<String>, Node<'a>)>,
    /// Where each name is; of few fields it is looked for one by one.
    index: HashMap<&'a str, usize>,
}

impl<'a> Fields<'a> {
    fn new(list: Vec<(&'a Spanned<String>, Node<'a>)>) -> Self {
        let names = || list.iter().map(|(name, _)| name.as_str()).zip(0..).collect();
        Self { index: if list.len() > FEW { names() } else { HashMap::new() }, list }
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.list.len() > FEW {
            self.index.get(name).copied()
        } else {
            self.list.iter().position(|(known, _)| known.as_str() == name)
        }
    }
}

/// What is known so far of the values of one field.
struct Node<'a> {
    /// `None` while only `null`, or nothing, was seen there.
    kind: Option<InferredKind<'a>>,
    nullable: bool,
    /// Which literal the kind was first seen in, and where.
    source: usize,
    position: Position,
}

enum InferredKind<'a> {
    Boolean,
    Integer,
    Float,
    String,
    /// The elements; `None` while every list was empty.
    List(Option<Box<Node<'a>>>),
    Object(Fields<'a>),
}

impl InferredKind<'_> {
    const fn describe(&self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::String => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "a map",
        }
    }
}

struct Inference<'a, 'e> {
    literals: &'e [Literal<'a>],
    noun: &'e str,
    /// Names of the fields around; `[]` for an element.
    path: Vec<&'a str>,
    errors: &'e mut Vec<ShapeError>,
}

impl<'a> Inference<'a, '_> {
    fn node(&mut self, value: &'a Value, position: Position, source: usize) -> Node<'a> {
        let kind = match value {
            Value::Null => None,
            Value::Bool(_) => Some(InferredKind::Boolean),
            Value::Integer(_) => Some(InferredKind::Integer),
            Value::Float(number) => {
                if !number.is_finite() {
                    let message = format!("{} is not a finite number", self.origin(source));
                    self.error(message, position, "write a finite number", None);
                }
                Some(InferredKind::Float)
            }
            Value::String(_) => Some(InferredKind::String),
            Value::List(elements) => {
                self.path.push("[]");
                let mut all: Option<Box<Node<'a>>> = None;
                for element in elements {
                    let node = self.node(&element.value, element.position, source);
                    if node.nullable {
                        let message = format!("{} is null", self.origin(source));
                        self.error(message, node.position, "remove the element", None);
                    }
                    match &mut all {
                        None => all = Some(Box::new(node)),
                        Some(all) => self.merge(all, node),
                    }
                }
                self.path.pop();
                Some(InferredKind::List(all))
            }
            Value::Map(entries) => {
                let mut fields = Vec::with_capacity(entries.len());
                for (name, value) in entries {
                    self.path.push(name.as_str());
                    let node = self.node(&value.value, value.position, source);
                    self.path.pop();
                    fields.push((name, node));
                }
                Some(InferredKind::Object(Fields::new(fields)))
            }
        };
        Node { nullable: kind.is_none(), kind, source, position }
    }

    /// Makes `all` fit `next` too, or reports that it cannot.
    fn merge(&mut self, all: &mut Node<'a>, next: Node<'a>) {
        all.nullable |= next.nullable;
        let Some(kind) = next.kind else { return };
        let (source, position) = (next.source, next.position);
        match (&mut all.kind, kind) {
            (known @ None, kind) => {
                *known = Some(kind);
                (all.source, all.position) = (source, position);
            }
            (Some(InferredKind::Boolean), InferredKind::Boolean)
            | (Some(InferredKind::Integer), InferredKind::Integer)
            | (Some(InferredKind::Float), InferredKind::Float | InferredKind::Integer)
            | (Some(InferredKind::String), InferredKind::String)
            | (Some(InferredKind::List(_)), InferredKind::List(None)) => {}
            (Some(known @ InferredKind::Integer), InferredKind::Float) => *known = InferredKind::Float,
            (Some(InferredKind::List(known @ None)), elements @ InferredKind::List(Some(_))) => {
                if let InferredKind::List(elements) = elements {
                    *known = elements;
                }
            }
            (Some(InferredKind::List(Some(known))), InferredKind::List(Some(elements))) => {
                self.path.push("[]");
                self.merge(known, *elements);
                self.path.pop();
            }
            (Some(InferredKind::Object(fields)), InferredKind::Object(next)) => {
                let first = (all.source, all.position);
                self.missing(fields, &next, (source, position), first);
                self.merge_fields(fields, next, source, first);
            }
            (Some(known), kind) => {
                let message = format!(
                    "{} is {}, but {} it is {}",
                    self.origin(source),
                    kind.describe(),
                    self.within(all.source),
                    known.describe()
                );
                let help = format!("make it {} in both", known.describe());
                let other = all.position;
                self.error(message, position, &help, Some(other));
            }
        }
    }

    /// Reports fields of `known` that the next object lacks: each of a few, else the first and how
    /// many more, so that the work stays in proportion to the smaller of the two.
    fn missing(
        &mut self,
        known: &Fields<'a>,
        next: &Fields<'a>,
        at: (usize, Position),
        first: (usize, Position),
    ) {
        let shared = next.list.iter().filter(|(name, _)| known.position(name).is_some()).count();
        let missing = known.list.len().saturating_sub(shared);
        if missing == 0 {
            return;
        }
        let named = if missing <= FEW { missing } else { 1 };
        let names = known.list.iter().map(|(name, _)| name.as_str());
        let lacking = names.filter(|name| next.position(name).is_none());
        for (nth, name) in lacking.take(named).enumerate() {
            let more = if nth + 1 == named { missing - named } else { 0 };
            self.lacking(name, more, at, first);
        }
    }

    fn merge_fields(
        &mut self,
        fields: &mut Fields<'a>,
        next: Fields<'a>,
        source: usize,
        first: (usize, Position),
    ) {
        for (name, node) in next.list {
            let known = fields.position(name).and_then(|index| fields.list.get_mut(index));
            match known {
                Some((_, known)) => {
                    self.path.push(name);
                    self.merge(known, node);
                    self.path.pop();
                }
                None => self.additional(name, source, first),
            }
        }
    }

    /// Reports that the object `without` lacks a field that the object `with` has.
    fn lacking(&mut self, name: &'a str, more: usize, without: (usize, Position), with: (usize, Position)) {
        self.path.push(name);
        let field = self.field();
        self.path.pop();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let message = format!(
            "{} has no field `{field}`{more}, but {} has it",
            self.source(without.0),
            self.source(with.0)
        );
        let help = format!("write `{name}: null` where a {} does without it", self.noun);
        self.error(message, without.1, &help, Some(with.1));
    }

    /// Reports a field of the object `with` that the first object lacks, and surely others too.
    fn additional(&mut self, name: &'a Spanned<String>, with: usize, first: (usize, Position)) {
        self.path.push(name);
        let field = self.field();
        self.path.pop();
        let message =
            format!("{} has a field `{field}` that {} has not", self.source(with), self.source(first.0));
        let help =
            format!("write `{}: null` where a {} does without it, or remove it", name.value, self.noun);
        self.error(message, name.position, &help, Some(first.1));
    }

    fn finish(&mut self, node: Node<'a>) -> Option<Shape> {
        Some(match node.kind {
            None => {
                let message = if self.path.is_empty() {
                    format!("{} is null", self.origin(node.source))
                } else {
                    format!("field `{}` is null in every {}", self.field(), self.noun)
                };
                self.error(message, node.position, "give it a value in one of them, or remove it", None);
                return None;
            }
            Some(InferredKind::Boolean) => Shape::Boolean,
            Some(InferredKind::Integer) => Shape::Integer,
            Some(InferredKind::Float) => Shape::Float,
            Some(InferredKind::String) => Shape::String,
            Some(InferredKind::List(None)) => {
                let message = match self.path.as_slice() {
                    [] => format!("the list is empty in every {}, so that its type is not known", self.noun),
                    _ => format!(
                        "field `{}` is an empty list in every {}, so that its type is not known",
                        self.field(),
                        self.noun
                    ),
                };
                self.error(message, node.position, "put an element into one of them", None);
                return None;
            }
            Some(InferredKind::List(Some(element))) => {
                self.path.push("[]");
                let element = self.finish(*element);
                self.path.pop();
                Shape::List(Box::new(element?))
            }
            Some(InferredKind::Object(Fields { list: fields, .. })) => {
                let mut out = Vec::with_capacity(fields.len());
                for (name, node) in fields {
                    let optional = node.nullable;
                    self.path.push(name);
                    let shape = self.finish(node);
                    self.path.pop();
                    let name = &name.value;
                    // The others are still asked, so that all errors are found.
                    out.extend(shape.map(|shape| Field { name: name.clone(), shape, optional }));
                }
                Shape::Object(out)
            }
        })
    }

    fn source(&self, source: usize) -> String {
        self.literals.get(source).map(|literal| literal.source.to_string()).unwrap_or_default()
    }

    /// ``field `style.color` of variant `a` ``
    fn origin(&self, source: usize) -> String {
        match self.path.as_slice() {
            [] => format!("the value of {}", self.source(source)),
            _ => format!("field `{}` of {}", self.field(), self.source(source)),
        }
    }

    /// ``in variant `a` ``
    fn within(&self, source: usize) -> String {
        format!("in {}", self.source(source))
    }

    fn field(&self) -> String {
        let mut field = String::new();
        for name in &self.path {
            if !field.is_empty() && *name != "[]" {
                field.push('.');
            }
            field.push_str(name);
        }
        field
    }

    fn error(&mut self, message: String, position: Position, help: &str, other: Option<Position>) {
        self.errors.push(ShapeError { message, position, help: help.to_owned(), other });
    }
}

#[cfg(test)]
mod tests {
    use super::infer;
    use crate::shape::{Literal, LiteralSource, Server};
    use crate::{Position, Spanned, Value};

    fn value(json: &serde_json::Value) -> Value {
        let spanned = |v| Spanned::new(value(v), Position::default());
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(v) => Value::Bool(*v),
            serde_json::Value::Number(v) => {
                v.as_i64().map_or_else(|| Value::Float(v.as_f64().unwrap()), Value::Integer)
            }
            serde_json::Value::String(v) => Value::String(v.clone()),
            serde_json::Value::Array(v) => Value::List(v.iter().map(spanned).collect()),
            serde_json::Value::Object(v) => Value::Map(
                v.iter().map(|(k, v)| (Spanned::new(k.clone(), Position::default()), spanned(v))).collect(),
            ),
        }
    }

    /// The shape as text, or the messages.
    fn shape(values: &str) -> String {
        let json: Vec<serde_json::Value> = serde_json::from_str(values).unwrap();
        let values: Vec<Value> = json.iter().map(value).collect();
        let names = ["a", "b", "c", "d"];
        let literals: Vec<Literal<'_>> = values
            .iter()
            .zip(names)
            .map(|(value, name)| Literal {
                source: LiteralSource { of: Server::Variant(name), environment: None },
                value,
                position: Position::default(),
            })
            .collect();
        let mut errors = Vec::new();
        let shape = infer(&literals, "variant", &mut errors);
        if errors.is_empty() {
            return shape.map_or_else(|| "none".into(), |shape| shape.to_string());
        }
        errors.into_iter().map(|e| e.message).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn shapes_of_values() {
        for (values, expected) in [
            ("[]", "none"),
            ("[true, false]", "boolean"),
            ("[1, 2]", "integer"),
            ("[1, 2.5, 3]", "float"),
            (r#"["a"]"#, "string"),
            ("[[], [1]]", "[integer]"),
            ("[[1, 2.5], []]", "[float]"),
            (r#"[{"a": 1, "b": null}, {"a": 2, "b": "x"}]"#, "{ a: integer, b: string? }"),
            (r#"[{"a": null, "b": 1}, {"a": {"c": 1}, "b": 1}]"#, "{ a: { c: integer }?, b: integer }"),
            (r#"[[{"a": 1}, {"a": null}]]"#, "[{ a: integer? }]"),
            ("[{}]", "{}"),
            (r#"["a", 1]"#, "the value of variant `b` is an integer, but in variant `a` it is a string"),
            (
                r#"[{"a": {"b": 1}}, {"a": {"b": "x"}}]"#,
                "field `a.b` of variant `b` is a string, but in variant `a` it is an integer",
            ),
            (
                r#"[{"a": 1, "b": 2}, {"a": 1, "c": 3}]"#,
                "variant `b` has no field `b`, but variant `a` has it; variant `b` has a field `c` that variant `a` has not",
            ),
            (
                r#"[{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1}, {}]"#,
                "variant `b` has no field `a` and 9 more, but variant `a` has it",
            ),
            (r#"[{"a": null}, {"a": null}]"#, "field `a` is null in every variant"),
            (r#"[{"a": []}]"#, "field `a` is an empty list in every variant, so that its type is not known"),
            (r#"[{"a": [1, null]}]"#, "field `a[]` of variant `a` is null"),
        ] {
            assert_eq!(shape(values), expected, "{values}");
        }
    }
}
