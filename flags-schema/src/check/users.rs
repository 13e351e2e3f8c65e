//! Users: nobody is named for two things at once.

use super::scope::DiagnosticSink;
use crate::{Code, Diagnostic, Segment};
use std::collections::HashMap;

/// Who is excluded from a segment is not named as a member: `exclude` decides.
pub(super) fn excluded(segment: &Segment, found: &DiagnosticSink) {
    if segment.exclude.is_empty() {
        return;
    }
    let named: HashMap<&str, _> = segment.users.iter().map(|user| (user.as_str(), user.position)).collect();
    for user in &segment.exclude {
        if let Some(member) = named.get(user.as_str()) {
            let message = format!(
                "user `{}` is named as a member of segment `{}` and excluded from it",
                user.value, segment.name.value
            );
            let diagnostic = Diagnostic::new(Code::Contradiction, user.position, message);
            let help = "remove one of them; `exclude` is what counts";
            found.push(diagnostic.help(help).related(*member, "named as a member here"));
        }
    }
}
