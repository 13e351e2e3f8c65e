//! Conditions: one tree for both spellings, structured and expression.

use crate::{Requirement, Spanned, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a rule or a segment asks of a context.
///
/// Kept canonical, so that equal meaning written in either spelling is an equal tree: no `All` or
/// `Any` of one member, `exists: false` is `Not` of `exists`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// Every one holds.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The context is a member of the segment.
    Segment(Spanned<String>),
    /// Another flag is on for the context, and serves one of the variants if some are named.
    Flag(Requirement),
    /// An attribute compares to an operand.
    Compare(Comparison),
}

impl Condition {
    /// What it asks in the end: the segments, flags and comparisons in it, in the order written.
    ///
    /// ```
    /// use flags_schema::expression::parse;
    ///
    /// let condition = parse("flag('wallet') && !(segment('beta') || age > 5)").unwrap();
    /// assert_eq!(condition.leaves().count(), 3);
    /// ```
    pub fn leaves(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            loop {
                match open.pop()? {
                    Self::All(members) | Self::Any(members) => open.extend(members.iter().rev()),
                    Self::Not(member) => open.push(member),
                    leaf @ (Self::Segment(_) | Self::Flag(_) | Self::Compare(_)) => return Some(leaf),
                }
            }
        })
    }
}

/// `attribute operator operand`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The attribute's name; `user` is the targeting key.
    pub attribute: Spanned<String>,
    /// How it is compared.
    pub operator: Spanned<Operator>,
    /// With what: a scalar or a list of scalars. `Value::Bool(true)` for `exists`.
    pub operand: Spanned<Value>,
    /// Whether case is ignored, on strings.
    pub ignore_case: bool,
}

macro_rules! operators {
    ($($name:ident $key:literal $doc:literal,)*) => {
        /// How an attribute is compared with an operand.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Operator {
            $(#[doc = $doc] $name,)*
        }

        impl Operator {
            /// Every operator.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in flags.yaml, in both spellings.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $key),* }
            }

            /// What it asks, in a sentence.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => $doc),* }
            }
        }
    };
}

operators! {
    Eq "eq" "Equal.",
    Neq "neq" "Not equal; unknown when the attribute is absent.",
    In "in" "Equal to one of a list.",
    Nin "nin" "Equal to none of a list.",
    Exists "exists" "The attribute is there and not null.",
    Gt "gt" "Greater.",
    Gte "gte" "Greater or equal.",
    Lt "lt" "Less.",
    Lte "lte" "Less or equal.",
    Contains "contains" "A string has the part, or a list the element.",
    ContainsAny "contains_any" "A list has at least one of the elements.",
    ContainsAll "contains_all" "A list has every one of the elements.",
    StartsWith "startswith" "A string starts so.",
    EndsWith "endswith" "A string ends so.",
    Regex "regex" "A regular expression is found in the string (unanchored).",
    Before "before" "Strictly before the moment.",
    After "after" "Strictly after the moment.",
    Within "within" "In the duration that ends now.",
    SemverEq "semver_eq" "Equal by SemVer 2.0 precedence.",
    SemverNeq "semver_neq" "Not equal by SemVer 2.0 precedence.",
    SemverGt "semver_gt" "Greater by SemVer 2.0 precedence.",
    SemverGte "semver_gte" "Greater or equal by SemVer 2.0 precedence.",
    SemverLt "semver_lt" "Less by SemVer 2.0 precedence.",
    SemverLte "semver_lte" "Less or equal by SemVer 2.0 precedence.",
    SemverIn "semver_in" "Equal to one of a list by SemVer 2.0 precedence.",
    Semver "semver" "Satisfies a Cargo version requirement.",
    Cidr "cidr" "The address lies in the network, or in one of a list.",
}

impl Operator {
    /// Other names that flags.yaml takes, and what they stand for.
    pub const ALIASES: &'static [(&'static str, Self)] = &[
        ("equals", Self::Eq),
        ("not_equals", Self::Neq),
        ("not_in", Self::Nin),
        ("greater_than", Self::Gt),
        ("less_than", Self::Lt),
    ];

    /// The operator of that name, aliases included.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().map(|operator| (operator.as_str(), *operator));
        known
            .chain(Self::ALIASES.iter().copied())
            .find_map(|(known, operator)| (known == name).then_some(operator))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
