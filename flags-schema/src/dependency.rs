//! Which flags a flag asks for, by itself or through segments.

use crate::{Answer, Condition, Document, Flag, FlagState, Requirement, Segment};
use std::collections::{HashMap, HashSet};

/// How one flag asks for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyKind {
    /// It must be on: `requires`.
    Requires,
    /// It must not be on: `excludes`.
    Excludes,
    /// A condition asks for it: of a rule, or of a segment.
    Condition,
}

impl DependencyKind {
    /// The verb between the two: `requires`, `excludes`, `asks for`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requires => "requires",
            Self::Excludes => "excludes",
            Self::Condition => "asks for",
        }
    }
}

/// One flag asks for another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dependency<'d> {
    /// How.
    pub kind: DependencyKind,
    /// What it asks.
    pub requirement: &'d Requirement,
    /// The segment whose condition it is, if it is none of the flag's own.
    pub segment: Option<&'d str>,
}

impl Answer {
    /// The conditions of its rules, in the order written.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.rules.iter().filter_map(|rule| rule.when.as_ref()).map(|when| &when.value)
    }

    /// The segments that its state and its conditions name, in the order written.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        let state = match &self.state.value {
            FlagState::Segment(name) => Some(name.as_str()),
            FlagState::On | FlagState::Off | FlagState::Gradual | FlagState::Targeted => None,
        };
        state.into_iter().chain(self.conditions().flat_map(named_segments))
    }
}

/// The segments that a condition names.
fn named_segments(condition: &Condition) -> impl Iterator<Item = &str> {
    condition.leaves().filter_map(|leaf| match leaf {
        Condition::Segment(name) => Some(name.as_str()),
        _ => None,
    })
}

/// The flags that a condition asks for.
pub(crate) fn asked_flags(condition: &Condition) -> impl Iterator<Item = &Requirement> {
    condition.leaves().filter_map(|leaf| match leaf {
        Condition::Flag(requirement) => Some(requirement),
        _ => None,
    })
}

/// Looks up which flags the flags of one document ask for.
///
/// ```
/// use flags_schema::{Dependencies, DependencyKind, Options, SourceFile, load};
///
/// let text = "flags: { wallet: on, pay: { state: targeted, rules: [{ when: { flag: wallet } }] } }";
/// let document = load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Options::default()).document;
/// let found = Dependencies::new(&document).of(&document.flags[1]);
/// assert_eq!((found[0].kind, found[0].requirement.flag.as_str()), (DependencyKind::Condition, "wallet"));
/// ```
#[derive(Debug)]
pub struct Dependencies<'d> {
    segments: HashMap<&'d str, &'d Segment>,
}

impl<'d> Dependencies<'d> {
    /// Of the flags of this document, which is one environment's.
    #[must_use]
    pub fn new(document: &'d Document) -> Self {
        Self { segments: document.segments.iter().map(|segment| (segment.name.as_str(), segment)).collect() }
    }

    /// The flags that a flag asks for: required, excluded, of its rules' conditions, and of the segments that it
    /// names, also through others.
    #[must_use]
    pub fn of(&self, flag: &'d Flag) -> Vec<Dependency<'d>> {
        let answer = &flag.answer;
        let own = |kind| move |requirement| Dependency { kind, requirement, segment: None };
        let mut found: Vec<Dependency<'d>> =
            answer.requires.iter().map(own(DependencyKind::Requires)).collect();
        found.extend(answer.excludes.iter().map(own(DependencyKind::Excludes)));
        found.extend(answer.conditions().flat_map(asked_flags).map(own(DependencyKind::Condition)));
        for segment in self.reached(answer.segments()) {
            let asked = segment.when.iter().flat_map(|when| asked_flags(&when.value));
            found.extend(asked.map(|requirement| Dependency {
                kind: DependencyKind::Condition,
                requirement,
                segment: Some(&segment.name),
            }));
        }
        found
    }

    /// The segments of these names, and those that they name, each once.
    pub fn reached(&self, names: impl IntoIterator<Item = &'d str>) -> Vec<&'d Segment> {
        let mut open: Vec<&str> = names.into_iter().collect();
        open.reverse();
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        while let Some(name) = open.pop() {
            if let Some(segment) = self.segments.get(name).filter(|_| seen.insert(name)) {
                found.push(*segment);
                open.extend(segment.when.iter().flat_map(|when| named_segments(&when.value)));
            }
        }
        found
    }
}
