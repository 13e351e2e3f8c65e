//! Versions of programs, compared as SemVer 2.0 does.

use std::cmp::Ordering;

/// A version, borrowed from its text. Its order is SemVer 2.0's precedence.
///
/// ```
/// use flags_schema::parse::Version;
///
/// let parse = |text| Version::parse(text).unwrap();
/// assert!(parse("1.0.0-rc.2") < parse("1.0.0-rc.11"));
/// assert!(parse("v1.2") == parse("1.2.0+build.7"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version<'a> {
    /// The first number.
    pub major: u64,
    /// The second, 0 when not written.
    pub minor: u64,
    /// The third, 0 when not written.
    pub patch: u64,
    /// What follows the `-`: identifiers between dots; empty for a release.
    pub pre: &'a str,
}

impl<'a> Version<'a> {
    /// The version that `text` names, or `None`.
    ///
    /// SemVer 2.0 with three liberties: a leading `v`, a missing patch, and a missing minor, unless the
    /// pre-release after it begins with a digit. Build metadata must be well-formed and is dropped. Numbers have no leading
    /// zeros and fit 64 bits; numeric identifiers of the pre-release may be of any length. Allocates
    /// nothing.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let text = match text.split_once('+') {
            Some((text, build)) => {
                build.split('.').all(is_identifier).then_some(())?;
                text
            }
            None => text,
        };
        let (core, pre) = match text.split_once('-') {
            Some((core, pre)) => {
                pre.split('.').all(is_pre_release).then_some(())?;
                (core, pre)
            }
            None => (text, ""),
        };
        let mut numbers = core.split('.');
        let major = number(numbers.next()?)?;
        let minor = match numbers.next() {
            Some(text) => number(text)?,
            // `1-2-3` is somebody's spelling of 1.2.3, not a pre-release of 1.
            None if pre.starts_with(|c: char| !c.is_ascii_alphabetic()) => return None,
            None => 0,
        };
        let patch = match numbers.next() {
            Some(text) => number(text)?,
            None => 0,
        };
        numbers.next().is_none().then_some(Self { major, minor, patch, pre })
    }

    /// How it compares by SemVer 2.0's precedence.
    #[must_use]
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| cmp_pre_release(self.pre, other.pre))
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_precedence(other)
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Precedence of pre-releases; the empty one, a release, comes last.
pub(super) fn cmp_pre_release(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => {
                let order = match (is_numeric(a), is_numeric(b)) {
                    // Without leading zeros the longer number is the larger.
                    (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
                    (true, false) => Ordering::Less,
                    (false, true) => Ordering::Greater,
                    (false, false) => a.cmp(b),
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

fn number(text: &str) -> Option<u64> {
    (is_numeric(text) && !has_leading_zero(text)).then(|| text.parse().ok())?
}

fn is_numeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0')
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_pre_release(text: &str) -> bool {
    is_identifier(text) && !(is_numeric(text) && has_leading_zero(text))
}

#[cfg(test)]
mod tests {
    use super::Version;
    use proptest::prelude::*;

    #[test]
    fn versions() {
        for (text, expected) in [
            ("1.2.3", (1, 2, 3, "")),
            ("v1.2.3", (1, 2, 3, "")),
            ("V0.0.0", (0, 0, 0, "")),
            ("1", (1, 0, 0, "")),
            ("1.2", (1, 2, 0, "")),
            ("1.2-SNAPSHOT", (1, 2, 0, "SNAPSHOT")),
            ("2-rc", (2, 0, 0, "rc")),
            ("v2-rc.1+b", (2, 0, 0, "rc.1")),
            ("1.2+7", (1, 2, 0, "")),
            ("1.2.3-rc.1+build.5", (1, 2, 3, "rc.1")),
            ("1.2.3+build-5.-", (1, 2, 3, "")),
            ("1.2.3----R-S.12.9.1--.12+meta", (1, 2, 3, "---R-S.12.9.1--.12")),
            ("1.0.0-0A.is.legal", (1, 0, 0, "0A.is.legal")),
            ("18446744073709551615.0.0", (u64::MAX, 0, 0, "")),
        ] {
            let (major, minor, patch, pre) = expected;
            assert_eq!(Version::parse(text), Some(Version { major, minor, patch, pre }), "{text}");
        }
        for text in [
            "",
            "v",
            "vv1",
            " 1.2.3",
            "1.2.3 ",
            "1-2-3",
            "1--a",
            "2026-12-01",
            "1.2.3.4",
            "a.b.c",
            "1.2.x",
            "1..3",
            "1.2.",
            ".1.2",
            "-1.2.3",
            "+1.2.3",
            "01.2.3",
            "1.02.3",
            "1.2.3-",
            "1.2.3-a..b",
            "1.2.3-01",
            "1.2.3-a.00",
            "1.2.3-é",
            "1.2.3+",
            "1.2.3+a+b",
            "1.2.3+a..b",
            "18446744073709551616.0.0",
            "1.2.3_4",
            "١.2.3",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn precedence_is_that_of_the_specification() {
        let ascending = [
            "0.0.0-foo",
            "0.0.0",
            "0.9.99",
            "0.10.0",
            "1.0.0--",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-beta.99999999999999999999999",
            "1.0.0-rc.1",
            "1.0.0",
            "1.2.3-4",
            "1.2.3-R2",
            "1.2.3-r100",
            "1.2.3-r2",
            "1.2.3",
            "10.0.0",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                let (a, b) = (Version::parse(a).unwrap(), Version::parse(b).unwrap());
                assert_eq!(a.cmp(&b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
        assert!(Version::parse("1.0.0-999") < Version::parse("1.0.0--"), "numbers come before words");
    }

    proptest! {
        #[test]
        fn strict_versions_agree_with_semver(text in "(0|[1-9][0-9]?)\\.[0-9]{1,2}\\.[0-9](-[0-9a-b.-]{1,4})?(\\+[0-9a.]{1,3})?") {
            let (ours, theirs) = (Version::parse(&text), semver::Version::parse(&text));
            prop_assert_eq!(ours.is_some(), theirs.is_ok());
            if let (Some(ours), Ok(theirs)) = (ours, theirs) {
                prop_assert_eq!((ours.major, ours.minor, ours.patch), (theirs.major, theirs.minor, theirs.patch));
                prop_assert_eq!(ours.pre, theirs.pre.as_str());
            }
        }

        #[test]
        fn precedence_agrees_with_semver(
            a in "[01]\\.[01]\\.[01](-[0-9a-bA.-]{1,5})?", b in "[01]\\.[01]\\.[01](-[0-9a-bA.-]{1,5})?",
        ) {
            if let (Ok(x), Ok(y)) = (semver::Version::parse(&a), semver::Version::parse(&b)) {
                let (a, b) = (Version::parse(&a).unwrap(), Version::parse(&b).unwrap());
                prop_assert_eq!(a.cmp_precedence(&b), x.cmp_precedence(&y));
            }
        }

        #[test]
        fn any_text_is_a_version_or_not(text in "[v0-9.+a-z-]{0,12}|.*") {
            if let Some(version) = Version::parse(&text) {
                prop_assert_eq!(version.cmp(&version), std::cmp::Ordering::Equal);
            }
        }
    }
}
