//! The observer that tells `tracing` of evaluations, in the words of OpenTelemetry.

use super::{ObserveContext, Observed, Observer, Reload};
use tracing::{Level, event};

/// Emits an event for each evaluation, named `feature_flag.evaluation`, with OpenTelemetry's attributes:
/// `feature_flag.key`, `feature_flag.result.variant`, `feature_flag.result.reason` (in lower case, as
/// there), `feature_flag.set.id` (the document's name), `feature_flag.version` (its fingerprint),
/// `feature_flag.provider.name`; `error.type` when it could not be decided; and
/// `feature_flag.context.id`, the targeting key, only for an observer made by
/// [`with_context_id`](Self::with_context_id).
///
/// The level is `DEBUG`, and the target `flags_runtime`. Reloads are told at `INFO`, refusals at `WARN`;
/// a refusal is told also without an observer.
///
/// ```
/// use flags_runtime::observe::TracingObserver;
///
/// flags_runtime::flags!(inline = "flags: { new-ui: on }");
///
/// Flags::engine().set_observer(TracingObserver::new());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingObserver {
    wants: ObserveContext,
}

/// The value of `feature_flag.provider.name`.
const PROVIDER: &str = "flags";

impl TracingObserver {
    /// One that tells nothing of contexts.
    #[must_use]
    pub const fn new() -> Self {
        Self { wants: ObserveContext::Nothing }
    }

    /// One that tells the targeting key, unless `user` is declared `private`.
    #[must_use]
    pub const fn with_context_id() -> Self {
        Self { wants: ObserveContext::Key }
    }
}

impl Observer for TracingObserver {
    fn wants(&self) -> ObserveContext {
        self.wants
    }

    fn evaluated(&self, observed: &Observed<'_>) {
        if !tracing::enabled!(target: "flags_runtime", Level::DEBUG) {
            return;
        }
        let loaded = observed.loaded();
        event!(
            name: "feature_flag.evaluation",
            target: "flags_runtime",
            Level::DEBUG,
            feature_flag.key = observed.key(),
            feature_flag.result.variant = observed.variant(),
            feature_flag.result.reason = observed.reason().as_str().to_ascii_lowercase(),
            feature_flag.context.id = observed.targeting_key(),
            feature_flag.set.id = loaded.name,
            feature_flag.version = loaded.version,
            feature_flag.provider.name = PROVIDER,
            error.type = observed.error_code().map(|code| code.as_str().to_ascii_lowercase()),
        );
    }

    fn reloaded(&self, reload: &Reload<'_>) {
        if let Reload::Accepted { flags } = reload {
            event!(
                name: "feature_flag.reload",
                target: "flags_runtime",
                Level::INFO,
                feature_flag.provider.name = PROVIDER,
                changed = flags.join(" "),
                "flags were loaded",
            );
        }
    }
}

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
pub(crate) fn kept(source: &str, kept: &flags_schema::KeptFlag) {
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
pub(crate) fn ignored(problems: &crate::overrides::Problems) -> bool {
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
