//! The first of many diagnostics, and how many there are beside them.

use crate::{Diagnostic, Severity};
use serde::Serialize;
use std::fmt;

/// So many diagnostics a report shows; of the others it tells the number.
pub const SHOWN: usize = 100;

/// How many diagnostics a report does not show. As text it is the report's last sentence.
///
/// ```
/// use flags_schema::render::Rest;
///
/// let rest = Rest { errors: 9_900, warnings: 1, shown: 100 };
/// assert_eq!(rest.to_string(), "and 9,900 more errors and 1 more warning; the first 100 are shown");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rest {
    /// Errors that are not shown.
    pub errors: usize,
    /// Warnings that are not shown.
    pub warnings: usize,
    /// How many diagnostics are.
    pub shown: usize,
}

impl Rest {
    /// That of the worst of them.
    #[must_use]
    pub const fn severity(self) -> Severity {
        if self.errors > 0 { Severity::Error } else { Severity::Warning }
    }
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = |number: usize, what: &str| {
            let plural = if number == 1 { "" } else { "s" };
            (number > 0).then(|| format!("{} more {what}{plural}", grouped(number)))
        };
        let parts = [more(self.errors, "error"), more(self.warnings, "warning")];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        write!(f, "and {}; the first {} are shown", parts.join(" and "), grouped(self.shown))
    }
}

/// A number with a comma between groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// All diagnostics where they are at most so many; else the first of them, errors before warnings, and how many there
/// are beside those. No more than these are kept meanwhile.
///
/// ```
/// use flags_schema::{Code, Diagnostic, render};
///
/// let many: Vec<_> = (0..250).map(|_| Diagnostic::new(Code::Syntax, None, "a mistake")).collect();
/// let (first, rest) = render::first(&many, render::SHOWN);
/// assert_eq!((first.len(), rest.map(|rest| rest.errors)), (100, Some(150)));
/// assert_eq!(render::first(&many[..100], render::SHOWN).1, None);
/// ```
#[must_use]
pub fn first<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    most: usize,
) -> (Vec<&'a Diagnostic>, Option<Rest>) {
    let (mut all, mut errors, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    let (mut error_count, mut warning_count) = (0_usize, 0_usize);
    for diagnostic in diagnostics {
        let (kept, count) = match diagnostic.severity {
            Severity::Error => (&mut errors, &mut error_count),
            Severity::Warning => (&mut warnings, &mut warning_count),
        };
        *count += 1;
        for kept in [&mut all, kept] {
            if kept.len() < most {
                kept.push(diagnostic);
            }
        }
    }
    if error_count + warning_count <= most {
        return (all, None);
    }
    let shown_errors = errors.len();
    warnings.truncate(most - shown_errors);
    let rest = Rest {
        errors: error_count - shown_errors,
        warnings: warning_count - warnings.len(),
        shown: shown_errors + warnings.len(),
    };
    errors.append(&mut warnings);
    (errors, Some(rest))
}
