//! Version requirements, meant as Cargo means them.

use super::Version;
use super::version::cmp_pre_release;
use crate::printable::quoted;
use std::cmp::Ordering;

/// A version requirement such as `^1.2`, `>=1.2, <2` or `^1.2 || ^3`.
///
/// ```
/// use flags_schema::parse::{Requirement, Version};
///
/// let requirement = Requirement::parse("^1.2").unwrap();
/// assert!(requirement.matches(&Version::parse("v1.9").unwrap()));
/// assert!(!requirement.matches(&Version::parse("2.0.0").unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Each is enough; each is comparators that must all hold.
    alternatives: Box<[Box<[semver::Comparator]>]>,
}

impl Requirement {
    /// The requirement that `text` states: comparators between commas or blanks, a bare version is `^`, and a `v`
    /// before a version says nothing. Between `||` stand requirements of which one is enough.
    ///
    /// # Errors
    /// A message that names the text and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("an empty text is no version requirement: `*` matches any version".into());
        }
        let refused =
            |why: &dyn std::fmt::Display| format!("{} is no version requirement: {why}", quoted(text));
        let alternative = |part: &str| {
            if part.trim().is_empty() {
                return Err(refused(&"there is nothing on one side of `||`"));
            }
            let requirement = semver::VersionReq::parse(&as_cargo(part)).map_err(|error| refused(&error))?;
            Ok(requirement.comparators.into())
        };
        text.split("||").map(alternative).collect::<Result<_, _>>().map(|alternatives| Self { alternatives })
    }

    /// Whether `version` satisfies every comparator of one alternative. A pre-release does so only where a
    /// comparator of that alternative names a pre-release of the same three numbers. Allocates nothing.
    #[must_use]
    pub fn matches(&self, version: &Version<'_>) -> bool {
        self.alternatives.iter().any(|comparators| {
            comparators.iter().all(|comparator| holds(comparator, version))
                && (version.pre.is_empty()
                    || comparators.iter().any(|comparator| names_pre_release(comparator, version)))
        })
    }
}

/// A requirement in the spelling that Cargo reads: a comma wherever one comparator follows another, and no `v`
/// before the numbers.
fn as_cargo(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    // A version was written, so that what follows a blank is another comparator.
    let mut complete = false;
    let mut blank = false;
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && complete && c != ',' {
            out.push_str(", ");
            complete = false;
        }
        blank = false;
        let starts = !complete && matches!(c, 'v' | 'V');
        if starts && chars.peek().is_some_and(char::is_ascii_digit) {
            continue;
        }
        complete = c != ',' && (complete || !"<>=^~".contains(c));
        out.push(c);
    }
    out
}

fn names_pre_release(wanted: &semver::Comparator, version: &Version<'_>) -> bool {
    !wanted.pre.is_empty()
        && (wanted.major, wanted.minor, wanted.patch)
            == (version.major, Some(version.minor), Some(version.patch))
}

fn holds(wanted: &semver::Comparator, version: &Version<'_>) -> bool {
    use semver::Op;
    let order = compare(wanted, version);
    // Cargo's rule: numbers left out stand for releases only, except under `^`.
    let unnamed = order == Ordering::Equal && wanted.patch.is_none() && !version.pre.is_empty();
    match wanted.op {
        Op::Caret => order != Ordering::Less && same(wanted, version, fixed_by_caret(wanted)),
        _ if unnamed => false,
        Op::Exact | Op::Wildcard => order == Ordering::Equal,
        Op::Greater => order == Ordering::Greater,
        Op::GreaterEq => order != Ordering::Less,
        Op::Less => order == Ordering::Less,
        Op::LessEq => order != Ordering::Greater,
        Op::Tilde => order != Ordering::Less && same(wanted, version, 2),
        // A later semver's operator: refuse rather than guess.
        _ => false,
    }
}

/// How `version` compares with the numbers that `wanted` writes; those left out always agree.
fn compare(wanted: &semver::Comparator, version: &Version<'_>) -> Ordering {
    let major = version.major.cmp(&wanted.major);
    let Some(minor) = wanted.minor else { return major };
    let minor = major.then_with(|| version.minor.cmp(&minor));
    let Some(patch) = wanted.patch else { return minor };
    minor
        .then_with(|| version.patch.cmp(&patch))
        .then_with(|| cmp_pre_release(version.pre, wanted.pre.as_str()))
}

/// How many of the leading numbers `^` holds fast: up to the first that is not zero.
fn fixed_by_caret(wanted: &semver::Comparator) -> usize {
    match (wanted.major, wanted.minor, wanted.patch) {
        (_, None, _) => 1,
        (0, Some(0), Some(_)) => 3,
        (0, Some(_), _) => 2,
        _ => 1,
    }
}

fn same(wanted: &semver::Comparator, version: &Version<'_>, count: usize) -> bool {
    [
        wanted.major == version.major,
        wanted.minor.is_none_or(|minor| minor == version.minor),
        wanted.patch.is_none_or(|patch| patch == version.patch),
    ]
    .into_iter()
    .take(count)
    .all(|same| same)
}

#[cfg(test)]
mod tests {
    use super::{Requirement, Version};
    use proptest::prelude::*;

    #[test]
    fn requirements() {
        for (requirement, version, expected) in [
            ("^1.2", "1.2.0", true),
            ("^1.2", "1.9.3", true),
            ("^1.2", "1.1.9", false),
            ("^1.2", "2.0.0", false),
            ("1.2.3", "1.3.0", true),
            ("^0.2.3", "0.2.9", true),
            ("^0.2.3", "0.3.0", false),
            ("^0.0.3", "0.0.4", false),
            ("~1.2.3", "1.2.9", true),
            ("~1.2.3", "1.3.0", false),
            ("~1", "1.9.0", true),
            (">=1.2, <2", "1.5.0", true),
            (">=1.2, <2", "2.0.0", false),
            (">1", "1.5.0", false),
            ("<=1", "1.5.0", true),
            ("=1.2", "1.2.9", true),
            ("1.2.*", "1.2.9", true),
            ("*", "0.0.0", true),
            ("*", "1.0.0-rc.1", false),
            ("^1.0.0-rc.1", "1.0.0-rc.2", true),
            ("^1.0.0-rc.1", "1.0.1-rc.2", false),
            (">=1.0.0", "2.0.0-rc.1", false),
            ("^1.2", "v1.2", true),
            ("0.*, 0.2.2-a", "0.2.2-a", false),
            (">=1, 1.0.0-a", "1.0.0-a", false),
            ("^1, 1.0.0-a", "1.0.0-a", true),
            ("^v1.2", "1.9.0", true),
            ("v1.2", "2.0.0", false),
            (">= v1.2, < V2", "1.9.0", true),
            (">=1.2 <2", "1.9.0", true),
            (">=1.2 <2", "2.0.0", false),
            (">= 1.2   < 2", "1.2.0", true),
            (">=1.2 <2 || ^3", "2.5.0", false),
            (">=1.2 <2 || ^3", "3.5.0", true),
            ("^1||^3", "1.0.0", true),
            ("^1 || 3.0.0-a", "3.0.0-a", true),
            (">=1 || 2.0.0-a", "3.0.0-a", false),
        ] {
            let parsed = Requirement::parse(requirement).unwrap();
            assert_eq!(
                parsed.matches(&Version::parse(version).unwrap()),
                expected,
                "{requirement} {version}"
            );
        }
        for (text, part) in [
            ("", "empty"),
            ("one", "`one` is no version requirement: unexpected character 'o'"),
            ("1.2.3.4", "expected comma"),
            ("^vv1.2", "unexpected character 'v'"),
            ("1.2 - 2.0", "unexpected"),
            ("1,,2", "unexpected"),
            ("^1 ||", "nothing on one side of `||`"),
            ("|| ^1", "nothing on one side of `||`"),
            ("^1 | ^2", "`^1 | ^2` is no version requirement"),
            ("1.01", "leading zero"),
        ] {
            let error = Requirement::parse(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn agrees_with_cargo(
            requirement in "(\\^|~|=|>|>=|<|<=)?[0-2](\\.([0-2]|\\*)(\\.[0-2](-(a|b|[0-2])(\\.[0-2])?)?)?)?(, ?(<|>=)?[0-2]\\.[0-2]\\.[0-2](-a)?)?",
            version in "[0-2]\\.[0-2]\\.[0-2](-(a|b|[0-2])(\\.[0-2])?)?(\\+b)?",
        ) {
            let theirs = semver::VersionReq::parse(&requirement);
            let ours = Requirement::parse(&requirement);
            prop_assert_eq!(ours.is_ok(), theirs.is_ok());
            if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
                let expected = theirs.matches(&semver::Version::parse(&version).unwrap());
                prop_assert_eq!(ours.matches(&Version::parse(&version).unwrap()), expected);
            }
        }
    }
}
