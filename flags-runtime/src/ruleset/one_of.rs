//! Sets of operands, of `in`, `nin`, `contains_any`, `contains_all`: a look-up for each value instead of a comparison with each operand.

use super::literal::{Literal, OwnedVersion, fold, folded_order, moment, version};
use super::marks::with_marks;
use super::number::Number;
use super::truth::Truth;
use crate::context::{Attribute, Text, TextSet};
use flags_schema::Timestamp;
use std::cmp::Ordering;

/// A set of operands.
#[derive(Debug)]
pub(crate) enum OneOf {
    Literals(Box<Literals>),
    /// In their order, each once.
    Moments(Box<[Timestamp]>),
    /// By precedence, each once.
    Versions(Box<[OwnedVersion]>),
}

impl OneOf {
    pub(super) fn moments(mut moments: Vec<Timestamp>) -> Self {
        moments.sort_unstable();
        moments.dedup();
        Self::Moments(moments.into())
    }

    pub(super) fn versions(mut versions: Vec<OwnedVersion>) -> Self {
        versions.sort_by(|a, b| a.borrow().cmp_precedence(&b.borrow()));
        versions.dedup_by(|a, b| a.borrow().cmp_precedence(&b.borrow()).is_eq());
        Self::Versions(versions.into())
    }

    /// Whether the value equals one of the operands: the greatest of what comparing with each would say.
    pub(super) fn any(&self, value: &Attribute) -> Truth {
        match self {
            Self::Literals(literals) => literals.any(value),
            Self::Moments(moments) => {
                moment(value).map_or(Truth::Unknown, |value| moments.binary_search(&value).is_ok().into())
            }
            Self::Versions(versions) => {
                version(value).map_or(Truth::Unknown, |value| find_version(versions, &value).is_some().into())
            }
        }
    }

    /// Whether each of the operands equals one of the values: the least of what comparing with each
    /// would say.
    pub(super) fn all(&self, values: &[Attribute]) -> Truth {
        match self {
            Self::Literals(literals) => literals.all(values),
            Self::Moments(moments) => all_of(moments.len(), values, |value| {
                moment(value).map(|value| moments.binary_search(&value).ok())
            }),
            Self::Versions(versions) => all_of(versions.len(), values, |value| {
                version(value).map(|value| find_version(versions, &value))
            }),
        }
    }
}

fn find_version(versions: &[OwnedVersion], value: &flags_schema::parse::Version<'_>) -> Option<usize> {
    versions.binary_search_by(|one| one.borrow().cmp_precedence(value)).ok()
}

/// [`OneOf::all`] of operands of one sort. `find` gives `None` for a value that is of another sort, and
/// else the index of the operand that it equals, if it equals one.
fn all_of(
    operands: usize,
    values: &[Attribute],
    find: impl Fn(&Attribute) -> Option<Option<usize>>,
) -> Truth {
    with_marks(operands, |marks| {
        let mut comparable = true;
        for value in values {
            match find(value) {
                Some(Some(index)) => marks.set(index),
                Some(None) => {}
                None => comparable = false,
            }
        }
        let missing = (0..operands).any(|index| !marks.has(index));
        if missing { missed(comparable) } else { Truth::True }
    })
}

/// What is known of an operand that equals none of the values: nothing, where one is of another sort.
fn missed(comparable: bool) -> Truth {
    if comparable { Truth::False } else { Truth::Unknown }
}

/// Literals, as many as there may be.
#[derive(Debug)]
pub(crate) struct Literals {
    texts: Texts,
    /// Those of the texts that are no numbers, by their indices.
    words: Box<[usize]>,
    /// Those of the texts that are wholly numbers, in the numbers' order.
    digits: Box<[Digits]>,
    /// What was written as a number, in their order, each once.
    numbers: Box<[Number]>,
    /// Whether `false` is one of them, and `true`.
    booleans: [bool; 2],
}

/// A text that is wholly a number: it equals the same text, and numbers of its value.
#[derive(Debug)]
struct Digits {
    number: Number,
    /// The index of the text.
    text: usize,
    /// The index of the first one of the same number.
    first: usize,
}

#[derive(Debug)]
enum Texts {
    Exact(TextSet),
    /// In lower case and in their order, each once: case is ignored.
    Folded(Box<[Box<str>]>),
}

impl Texts {
    fn find(&self, text: &Text) -> Option<usize> {
        match self {
            Self::Exact(set) => set.find(text),
            Self::Folded(texts) => {
                texts.binary_search_by(|one| folded_order(text.as_str(), one).reverse()).ok()
            }
        }
    }

    fn bound(&self) -> usize {
        match self {
            Self::Exact(set) => set.bound(),
            Self::Folded(texts) => texts.len(),
        }
    }
}

impl Literals {
    /// None of the numbers is NaN.
    pub(super) fn new(literals: &[Literal], ignore_case: bool) -> Self {
        let texts = || {
            literals.iter().filter_map(|literal| match literal {
                Literal::Word(text) => Some((text, None)),
                Literal::Digits(text, number) => Some((text, Some(*number))),
                Literal::Number(_) | Literal::Boolean(_) => None,
            })
        };
        let set = if ignore_case {
            let mut folded: Vec<Box<str>> = texts().map(|(text, _)| fold(text.as_str()).into()).collect();
            folded.sort_unstable();
            folded.dedup();
            Texts::Folded(folded.into())
        } else {
            Texts::Exact(texts().map(|(text, _)| text.clone()).collect())
        };
        let (mut words, mut digits, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        for (text, number) in texts() {
            let Some(index) = set.find(text) else { continue };
            match number {
                None => words.push(index),
                Some(number) => digits.push(Digits { number, text: index, first: 0 }),
            }
        }
        let mut booleans = [false; 2];
        for literal in literals {
            match literal {
                Literal::Number(number) => numbers.push(*number),
                Literal::Boolean(false) => booleans[0] = true,
                Literal::Boolean(true) => booleans[1] = true,
                Literal::Word(_) | Literal::Digits(..) => {}
            }
        }
        words.sort_unstable();
        words.dedup();
        numbers.sort_by(order);
        numbers.dedup_by(|a, b| order(a, b).is_eq());
        digits.sort_by(|a, b| order(&a.number, &b.number));
        let mut run: Option<(Number, usize)> = None;
        for (index, digits) in digits.iter_mut().enumerate() {
            let (number, first) = run
                .filter(|(number, _)| order(number, &digits.number).is_eq())
                .unwrap_or((digits.number, index));
            run = Some((number, first));
            digits.first = first;
        }
        Self { texts: set, words: words.into(), digits: digits.into(), numbers: numbers.into(), booleans }
    }

    fn any(&self, value: &Attribute) -> Truth {
        let (equal, comparable) = match value {
            Attribute::Text(text) => {
                let number = if self.numbers.is_empty() { None } else { Number::from_text(text.as_str()) };
                let equal = self.texts.find(text).is_some()
                    || number.is_some_and(|number| self.number(number).is_some());
                (equal, (self.numbers.is_empty() || number.is_some()) && !self.has_booleans())
            }
            Attribute::Integer(_) | Attribute::Float(_) => {
                let number = Number::of(value);
                let equal = number.is_some_and(|number| {
                    self.number(number).is_some() || self.same_digits(number).is_some()
                });
                (equal, self.words.is_empty() && !self.has_booleans())
            }
            Attribute::Boolean(false) => (self.booleans[0], !self.has_numbers_or_texts()),
            Attribute::Boolean(true) => (self.booleans[1], !self.has_numbers_or_texts()),
            Attribute::List(_) | Attribute::Null => {
                (false, !self.has_numbers_or_texts() && !self.has_booleans())
            }
        };
        if equal { Truth::True } else { missed(comparable) }
    }

    fn has_booleans(&self) -> bool {
        self.booleans.contains(&true)
    }

    fn has_numbers_or_texts(&self) -> bool {
        !self.words.is_empty() || !self.digits.is_empty() || !self.numbers.is_empty()
    }

    /// The index of a literal that was written as that number.
    fn number(&self, number: Number) -> Option<usize> {
        self.numbers.binary_search_by(|one| order(one, &number)).ok()
    }

    /// The index of the first text that is that number.
    fn same_digits(&self, number: Number) -> Option<usize> {
        let found = self.digits.binary_search_by(|one| order(&one.number, &number)).ok()?;
        self.digits.get(found).map(|digits| digits.first)
    }

    fn all(&self, values: &[Attribute]) -> Truth {
        // Marks of texts, of numbers, and of texts that a number equals, one after the other.
        let first_number = self.texts.bound();
        let first_digits = first_number + self.numbers.len();
        with_marks(first_digits + self.digits.len(), |marks| {
            let mut seen = ItemTypes::default();
            for value in values {
                match value {
                    Attribute::Text(text) => {
                        if let Some(index) = self.texts.find(text) {
                            marks.set(index);
                        }
                        seen.text = true;
                        if self.numbers.is_empty() {
                            continue;
                        }
                        match Number::from_text(text.as_str()) {
                            Some(number) => {
                                if let Some(index) = self.number(number) {
                                    marks.set(first_number + index);
                                }
                            }
                            None => seen.word = true,
                        }
                    }
                    Attribute::Integer(_) | Attribute::Float(_) => {
                        let Some(number) = Number::of(value) else { continue };
                        if let Some(index) = self.number(number) {
                            marks.set(first_number + index);
                        }
                        if let Some(index) = self.same_digits(number) {
                            marks.set(first_digits + index);
                        }
                        seen.number = true;
                    }
                    Attribute::Boolean(false) => seen.booleans[0] = true,
                    Attribute::Boolean(true) => seen.booleans[1] = true,
                    Attribute::List(_) | Attribute::Null => seen.other = true,
                }
            }
            let boolean = seen.booleans.contains(&true);
            // What is known of those that equal none.
            let word = missed(!seen.number && !boolean && !seen.other);
            let digit = missed(!boolean && !seen.other);
            let number = missed(!seen.word && !boolean && !seen.other);
            let other_boolean = missed(!seen.text && !seen.number && !seen.other);
            let known = |has: bool, missed: Truth| if has { Truth::True } else { missed };
            let words = self.words.iter().map(|index| known(marks.has(*index), word));
            let digits = self
                .digits
                .iter()
                .map(|one| known(marks.has(one.text) || marks.has(first_digits + one.first), digit));
            let numbers = (0..self.numbers.len()).map(|nth| known(marks.has(first_number + nth), number));
            let booleans = self.booleans.iter().zip(seen.booleans).filter(|(wanted, _)| **wanted);
            let booleans = booleans.map(|(_, has)| known(has, other_boolean));
            Truth::all(words.chain(digits).chain(numbers).chain(booleans))
        })
    }
}

/// Sorts of values that a list has.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may be seen together")]
struct ItemTypes {
    text: bool,
    /// Text that is no number, where that matters.
    word: bool,
    number: bool,
    booleans: [bool; 2],
    /// Nothing, or a list.
    other: bool,
}

/// The order of two numbers; neither is NaN.
fn order(a: &Number, b: &Number) -> Ordering {
    a.order(*b).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::{Literals, OneOf};
    use crate::context::{Attribute, Text};
    use crate::ruleset::literal::{Literal, OwnedVersion, fold};
    use crate::ruleset::number::Number;
    use crate::ruleset::truth::Truth;
    use flags_schema::{Timestamp, parse::Version};
    use proptest::prelude::*;
    use proptest::sample::select;

    const TEXTS: &[&str] = &[
        "a",
        "A",
        "b",
        "5",
        "5.0",
        "05",
        "-1",
        "é",
        "É",
        "a text that is longer than what fits in place",
        "",
    ];

    fn literal(text: &str) -> Literal {
        match Number::from_text(text) {
            Some(number) => Literal::Digits(Text::new(text), number),
            None => Literal::Word(Text::new(text)),
        }
    }

    fn literals() -> impl Strategy<Value = Vec<Literal>> {
        let one = prop_oneof![
            4 => select(TEXTS).prop_map(literal),
            1 => (-1_i64..7).prop_map(|number| Literal::Number(Number::Integer(number))),
            1 => select(vec![0.5, 5.0, f64::INFINITY]).prop_map(|number| Literal::Number(Number::Float(number))),
            1 => any::<bool>().prop_map(Literal::Boolean),
        ];
        prop::collection::vec(one, 0..6)
    }

    fn values() -> impl Strategy<Value = Vec<Attribute>> {
        let one = prop_oneof![
            4 => select(TEXTS).prop_map(|text| Attribute::Text(Text::new(text))),
            2 => (-1_i64..7).prop_map(Attribute::Integer),
            1 => select(vec![0.5, 5.0, f64::INFINITY]).prop_map(Attribute::Float),
            1 => any::<bool>().prop_map(Attribute::Boolean),
            1 => Just(Attribute::Null),
        ];
        prop::collection::vec(one, 0..6)
    }

    /// One literal compared with one value.
    fn equals(literal: &Literal, value: &Attribute, ignore_case: bool) -> Truth {
        match (literal, value) {
            (Literal::Word(text) | Literal::Digits(text, _), Attribute::Text(value)) if ignore_case => {
                (fold(text.as_str()) == fold(value.as_str())).into()
            }
            _ => literal.equals(value),
        }
    }

    proptest! {
        #[test]
        fn a_set_says_what_comparing_each_with_each_says(
            literals in literals(),
            values in values(),
            ignore_case in any::<bool>(),
        ) {
            let set = OneOf::Literals(Box::new(Literals::new(&literals, ignore_case)));
            for value in &values {
                let each = Truth::any(literals.iter().map(|literal| equals(literal, value, ignore_case)));
                prop_assert_eq!(set.any(value), each, "{:?} in {:?}", value, literals);
            }
            let one = |literal| Truth::any(values.iter().map(|value| equals(literal, value, ignore_case)));
            let all = Truth::all(literals.iter().map(one));
            prop_assert_eq!(set.all(&values), all, "{:?} all in {:?}", literals, values);
        }

        #[test]
        fn so_do_sets_of_moments_and_versions(
            operands in prop::collection::vec(0_u8..5, 0..6),
            values in prop::collection::vec(0_u8..7, 0..6),
        ) {
            let text = |n: u8| format!("1.{}.0{}", n / 2, if n.is_multiple_of(2) { "-rc.1" } else { "" });
            let sets = [
                OneOf::moments(operands.iter().map(|n| Timestamp(i64::from(*n))).collect()),
                OneOf::versions(
                    operands.iter().map(|n| OwnedVersion::new(&Version::parse(&text(*n)).unwrap())).collect(),
                ),
            ];
            let value = |set: usize, n: u8| match (n, set) {
                (5, _) => Attribute::Boolean(true),
                (_, 0) => Attribute::Integer(i64::from(n)),
                (_, _) => Attribute::Text(Text::new(&text(n))),
            };
            let equals = |operand: u8, value: u8| match value {
                5 => Truth::Unknown,
                _ => Truth::from(operand == value),
            };
            for (set, of) in sets.iter().enumerate() {
                for n in &values {
                    let each = Truth::any(operands.iter().map(|operand| equals(*operand, *n)));
                    // Without operands there is nothing to compare: such a list is refused by the checks.
                    if !operands.is_empty() {
                        prop_assert_eq!(of.any(&value(set, *n)), each);
                    }
                }
                let attributes: Vec<Attribute> = values.iter().map(|n| value(set, *n)).collect();
                let one = |operand: &u8| Truth::any(values.iter().map(|n| equals(*operand, *n)));
                prop_assert_eq!(of.all(&attributes), Truth::all(operands.iter().map(one)));
            }
        }
    }
}
