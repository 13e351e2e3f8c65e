//! Contexts that meet and miss what conditions ask, made from the conditions.

use flags_runtime::__private::Combinations;
use flags_runtime::AttributeValue;
use flags_schema::names::TARGETING_KEY;
use flags_schema::{AttributeType, Comparison, Condition, Document, Operator, Value, parse};
use std::collections::{BTreeMap, BTreeSet};

/// The value of an attribute that no condition names.
pub(crate) const SOMEBODY: &str = "somebody-else";

/// Contexts that are generated for a flag at most.
const MOST: usize = 2_000;

/// Values of one attribute that conditions tell apart.
#[derive(Debug, Default)]
struct Values {
    shown: BTreeSet<String>,
    examples: Vec<AttributeValue>,
    numbers: Vec<f64>,
    /// Those that something has to equal.
    equals: Vec<AttributeValue>,
}

impl Values {
    fn add(&mut self, value: impl Into<AttributeValue>) {
        let value = value.into();
        if self.shown.insert(value.to_string()) {
            self.examples.push(value);
        }
    }
}

/// Attributes that both documents declare as one value: no context has a list of one of them.
pub(crate) fn scalars(documents: [&Document; 2]) -> BTreeSet<String> {
    let declared = |document: &'_ Document| {
        let one =
            document.context.iter().flatten().filter(|it| matches!(it.kind.value, AttributeType::One(_)));
        one.map(|it| it.name.value.clone()).collect::<BTreeSet<_>>()
    };
    let [old, new] = documents.map(declared);
    // The targeting key is text.
    old.intersection(&new).cloned().chain([TARGETING_KEY.to_owned()]).collect()
}

/// Attributes that contexts differ by.
#[derive(Debug)]
pub(crate) struct Space<'a> {
    attributes: BTreeMap<String, Values>,
    /// Attributes that no context has a list of.
    scalars: &'a BTreeSet<String>,
    /// Operators for which the contexts may not cover every case.
    pub(crate) undecided: BTreeSet<&'static str>,
}

impl<'a> Space<'a> {
    pub(crate) fn new(scalars: &'a BTreeSet<String>) -> Self {
        Self { attributes: BTreeMap::new(), scalars, undecided: BTreeSet::new() }
    }

    /// One of the values that an attribute may have.
    pub(crate) fn value(&mut self, name: &str, value: &str) {
        self.attributes.entry(name.to_owned()).or_default().add(value);
    }

    /// An attribute that only has to be there.
    pub(crate) fn presence(&mut self, name: &str) {
        self.attributes.entry(name.to_owned()).or_default().add(SOMEBODY);
    }

    /// What a condition asks.
    pub(crate) fn condition(&mut self, condition: &Condition) {
        let mut open = vec![condition];
        while let Some(condition) = open.pop() {
            match condition {
                Condition::All(members) | Condition::Any(members) => open.extend(members),
                Condition::Not(member) => open.push(member),
                Condition::Segment(_) | Condition::Flag(_) => {}
                Condition::Compare(comparison) => self.comparison(comparison),
            }
        }
    }

    fn comparison(&mut self, comparison: &Comparison) {
        let values = self.attributes.entry(comparison.attribute.value.clone()).or_default();
        values.add(SOMEBODY);
        let operands: Vec<&Value> = match &comparison.operand.value {
            Value::List(items) => items.iter().map(|item| &item.value).collect(),
            other => vec![other],
        };
        let operator = comparison.operator.value;
        match operator {
            Operator::Exists => {}
            Operator::Eq | Operator::Neq | Operator::In | Operator::Nin => {
                for operand in &operands {
                    add_literal(values, operand);
                    values.equals.extend(literal(operand));
                }
            }
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => {
                for number in operands.iter().filter_map(|operand| number(operand)) {
                    values.numbers.push(number);
                }
                if operands.iter().any(|operand| number(operand).is_none()) {
                    self.undecided.insert(operator.as_str());
                    for operand in &operands {
                        add_literal(values, operand);
                    }
                }
            }
            Operator::Before | Operator::After | Operator::Within => {
                for operand in &operands {
                    let moment = match operand {
                        Value::String(text) => parse::timestamp(text).ok().map(|it| it.0),
                        Value::Integer(number) => Some(*number),
                        _ => None,
                    };
                    for moment in
                        moment.into_iter().flat_map(|it| [it.saturating_sub(1), it, it.saturating_add(1)])
                    {
                        values.add(moment);
                    }
                }
                if operator == Operator::Within {
                    self.undecided.insert(operator.as_str());
                    for moment in [0, i64::MAX / 2] {
                        values.add(moment);
                    }
                }
            }
            Operator::Contains | Operator::ContainsAny | Operator::ContainsAll => {
                self.undecided.insert(operator.as_str());
                let all: Vec<AttributeValue> = operands.iter().filter_map(|it| literal(it)).collect();
                for (index, one) in all.iter().enumerate() {
                    values.add(AttributeValue::from_iter([one.clone()]));
                    let others = all.iter().enumerate().filter(|(other, _)| *other != index);
                    values.add(others.map(|(_, it)| it.clone()).collect::<AttributeValue>());
                }
                values.add(all.into_iter().collect::<AttributeValue>());
                operands.iter().filter_map(|it| text(it)).for_each(|part| add_parts(values, part));
            }
            Operator::StartsWith | Operator::EndsWith => {
                self.undecided.insert(operator.as_str());
                operands.iter().filter_map(|it| text(it)).for_each(|part| add_parts(values, part));
            }
            Operator::Regex => {
                self.undecided.insert(operator.as_str());
                for pattern in operands.iter().filter_map(|it| text(it)) {
                    for example in examples(pattern) {
                        add_parts(values, &example);
                    }
                }
            }
            Operator::SemverEq
            | Operator::SemverNeq
            | Operator::SemverGt
            | Operator::SemverGte
            | Operator::SemverLt
            | Operator::SemverLte
            | Operator::SemverIn
            | Operator::Semver => {
                self.undecided.insert(operator.as_str());
                values.add("0.0.0");
                operands.iter().filter_map(|it| text(it)).for_each(|version| add_versions(values, version));
            }
            Operator::Cidr => {
                self.undecided.insert(operator.as_str());
                for network in operands.iter().filter_map(|it| text(it)) {
                    let address = network.split('/').next().unwrap_or(network);
                    values.add(address);
                    values.add(address.rsplit_once(['.', ':']).map_or_else(String::new, |(start, _)| {
                        format!("{start}{}", if address.contains(':') { ":7" } else { ".7" })
                    }));
                }
                values.add("203.0.113.7");
                values.add("2001:db8::7");
            }
        }
        if comparison.ignore_case {
            for operand in operands.iter().filter_map(|it| text(it)) {
                values.add(operand.to_uppercase());
            }
        }
    }

    /// The contexts, and whether they are all that these conditions tell apart. The first has nothing; the last are
    /// those that have nothing but one of these targeting keys.
    pub(crate) fn contexts<'u>(mut self, users: impl Iterator<Item = &'u str>) -> (Combinations, bool) {
        for (name, values) in &mut self.attributes {
            // A list that has several of them meets each.
            let equals = std::mem::take(&mut values.equals);
            if !self.scalars.contains(name) && equals.len() > 1 {
                for (index, one) in equals.iter().enumerate().take(5) {
                    for other in equals.iter().skip(index + 1).take(5) {
                        values.add(AttributeValue::from_iter([one.clone(), other.clone()]));
                    }
                }
                values.add(equals.into_iter().collect::<AttributeValue>());
            }
            let mut numbers = std::mem::take(&mut values.numbers);
            numbers.sort_by(f64::total_cmp);
            numbers.dedup();
            for (index, number) in numbers.iter().enumerate() {
                let next = numbers.get(index + 1).copied().unwrap_or(number + 2.0);
                for value in [number - 1.0, *number, f64::midpoint(*number, next)] {
                    add_number(values, value);
                }
            }
        }
        let values: Vec<u32> = self.attributes.values().map(|values| to_u32(values.examples.len())).collect();
        let (mut rows, complete) = rows(&values);
        if let Some(at) = self.attributes.keys().position(|name| name == TARGETING_KEY) {
            for user in users {
                let Some(keys) = self.attributes.get_mut(TARGETING_KEY) else { break };
                keys.examples.push(user.into());
                let number = to_u32(keys.examples.len());
                rows.extend((0..values.len()).map(|other| if other == at { number } else { 0 }));
            }
        }
        let attributes = self.attributes.into_iter().map(|(name, values)| (name, values.examples));
        (Combinations::new(attributes.collect(), rows), complete)
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Which value each context has of each attribute, of which there are so many values, one context after the other; and
/// whether those are all combinations.
fn rows(values: &[u32]) -> (Vec<u32>, bool) {
    let width = values.len();
    let mut all = vec![0; width];
    let product = values.iter().try_fold(1_usize, |product, values| {
        product.checked_mul(*values as usize + 1).filter(|product| *product <= MOST)
    });
    let replace = |all: &mut Vec<u32>, at: usize, number: u32| {
        let last = all.len().saturating_sub(width);
        if let Some(value) = all.get_mut(last + at) {
            *value = number;
        }
    };
    if let Some(product) = product {
        all.reserve(product.saturating_mul(width));
        for (at, values) in values.iter().enumerate() {
            let known = all.len();
            for start in (0..known).step_by(width.max(1)) {
                for number in 1..=*values {
                    all.extend_from_within(start..start + width);
                    replace(&mut all, at, number);
                }
            }
        }
        return (all, true);
    }
    // Too many: each value alone, then combinations that a fixed sequence picks.
    for (at, values) in values.iter().enumerate() {
        for number in (1..=*values).take(MOST / 4) {
            all.resize(all.len() + width, 0);
            replace(&mut all, at, number);
        }
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    all.truncate(MOST * width);
    while all.len() < MOST * width {
        all.extend(values.iter().map(|values| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from((state >> 33) % (u64::from(*values) + 1)).unwrap_or(0)
        }));
    }
    (all, false)
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a value nearby is as good")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
fn add_number(values: &mut Values, number: f64) {
    if number.fract() == 0.0 && number.abs() < 9e15 { values.add(number as i64) } else { values.add(number) }
}

fn literal(value: &Value) -> Option<AttributeValue> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Integer(number) => Some((*number).into()),
        Value::Float(number) => Some((*number).into()),
        Value::Bool(value) => Some((*value).into()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn add_literal(values: &mut Values, value: &Value) {
    if let Some(literal) = literal(value) {
        values.add(literal);
    }
    if let Value::Bool(value) = value {
        values.add(!value);
    }
}

/// The text, and it before, after and between others.
fn add_parts(values: &mut Values, part: &str) {
    for text in [part.to_owned(), format!("{part}~"), format!("~{part}"), format!("~{part}~")] {
        values.add(text);
    }
}

/// Versions at, below and above those that a text names.
fn add_versions(values: &mut Values, written: &str) {
    for version in written.split(',') {
        let version = version.trim().trim_start_matches(|c: char| !c.is_ascii_digit());
        let core = version.split(['-', '+']).next().unwrap_or(version);
        let numbers: Vec<u64> =
            core.split('.').map(|part| part.parse().unwrap_or(0)).chain([0, 0]).take(3).collect();
        let [major, minor, patch] = numbers.as_slice() else { continue };
        values.add(version);
        values.add(format!("{major}.{minor}.{patch}-0"));
        for (major, minor, patch) in
            [(*major, *minor, *patch), (*major, *minor, patch + 1), (*major, minor + 1, 0), (major + 1, 0, 0)]
        {
            values.add(format!("{major}.{minor}.{patch}"));
        }
    }
}

/// Texts that a pattern may be found in: its branches, what is a sign of the language left out.
fn examples(pattern: &str) -> Vec<String> {
    pattern
        .split('|')
        .map(|branch| {
            let mut out = String::new();
            let mut chars = branch.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => match chars.next() {
                        Some('d') => out.push('7'),
                        Some('w') => out.push('a'),
                        Some('s') => out.push(' '),
                        Some('b') | None => {}
                        Some(c) => out.push(c),
                    },
                    '.' => out.push('a'),
                    '^' | '$' | '(' | ')' | '[' | ']' | '*' | '+' | '?' | '{' | '}' => {}
                    c => out.push(c),
                }
            }
            out
        })
        .collect()
}
