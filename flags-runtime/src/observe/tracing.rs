//! The observer that tells `tracing` of evaluations, in the words of OpenTelemetry.

use super::observer::{ObserveContext, Observed, Observer, Reload};
use crate::log::PROVIDER;
use tracing::{Level, event};

/// Emits an event for each evaluation, named `feature_flag.evaluation`, with OpenTelemetry's attributes:
/// `feature_flag.key`, `feature_flag.result.variant`, `feature_flag.result.reason` (in lower case, as
/// there), `feature_flag.set.id` (the document's name), `feature_flag.version` (its fingerprint),
/// `feature_flag.provider.name`; `error.type` when it could not be decided; and
/// `feature_flag.context.id`, the targeting key, only for an observer made by
/// [`with_context_id`](Self::with_context_id).
///
/// The level is `DEBUG`, and the target `flags_runtime`. Events of reloads have the level `INFO`, of refusals `WARN`;
/// refusals are logged without an observer too.
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
