//! What a program's log gets with an observer or without: events of `tracing`, with OpenTelemetry's names.

use crate::overrides::Problems;
#[cfg(feature = "reload")]
use flags_schema::KeptFlag;
use tracing::{Level, event};

/// The value of `feature_flag.provider.name`.
pub(crate) const PROVIDER: &str = "flags";

/// Tells of a document that was refused, whether anybody observes or not.
#[cfg(feature = "reload")]
pub(crate) fn refused(source: &str, report: &str) {
    event!(
        name: "feature_flag.refusal",
        target: "flags_runtime",
        Level::WARN,
        feature_flag.set.id = source,
        feature_flag.provider.name = PROVIDER,
        report,
        "flags were refused, and answer as before",
    );
}

/// Tells of flags that a document leaves out and the one before did not, whether anybody observes or not.
#[cfg(feature = "reload")]
pub(crate) fn left_out(source: &str, message: &str) {
    event!(
        name: "feature_flag.left_out",
        target: "flags_runtime",
        Level::WARN,
        feature_flag.set.id = source,
        feature_flag.provider.name = PROVIDER,
        "{message}",
    );
}

/// Tells of an observer or a subscriber that panicked.
pub(crate) fn panicked(who: &str, message: &str) {
    event!(
        name: "feature_flag.panic",
        target: "flags_runtime",
        Level::WARN,
        feature_flag.provider.name = PROVIDER,
        message,
        "{who} panicked",
    );
}

/// Tells of a flag that keeps its answer instead of that of a document that was loaded.
#[cfg(feature = "reload")]
pub(crate) fn kept(source: &str, kept: &KeptFlag) {
    let why: Vec<&str> = kept.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    event!(
        name: "feature_flag.kept",
        target: "flags_runtime",
        Level::WARN,
        feature_flag.key = kept.flag,
        feature_flag.set.id = source,
        feature_flag.provider.name = PROVIDER,
        reason = why.join("; "),
        "a flag keeps its answer",
    );
}

/// Tells of settings that are ignored. Returns whether anything listens.
pub(crate) fn ignored(problems: &Problems) -> bool {
    let listens = tracing::dispatcher::has_been_set();
    for problem in problems.iter().filter(|_| listens) {
        event!(
            name: "feature_flag.ignored",
            target: "flags_runtime",
            Level::WARN,
            feature_flag.provider.name = PROVIDER,
            subject = problem.subject,
            reason = problem.message,
            "a setting is ignored",
        );
    }
    listens
}
