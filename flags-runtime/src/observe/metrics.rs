//! The observer that counts through the `metrics` facade.

use super::observer::{Loaded, Observed, Observer, Reload};
use crate::reason::Reason;
use arc_swap::ArcSwap;
use metrics::{Counter, Unit, counter, describe_counter, describe_gauge, gauge};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts evaluations, by `flag`, `variant` (empty for a value flag) and `reason`.
pub const EVALUATIONS: &str = "feature_flag_evaluations_total";
/// Counts documents that were to be loaded while the program runs, by `outcome`: `accepted` or `refused`.
pub const RELOADS: &str = "feature_flag_reloads_total";
/// How many flags there are.
pub const FLAGS: &str = "feature_flags";
/// 1 for the document that answers, by `version` (its fingerprint); 0 for those before it.
pub const INFO: &str = "feature_flag_info";

/// Counts evaluations and reloads through the [`metrics`](https://docs.rs/metrics) facade: [`EVALUATIONS`],
/// [`RELOADS`], [`FLAGS`] and [`INFO`].
///
/// Install the recorder first: what is counted before goes nowhere. An evaluation costs a look-up in a
/// small table; nothing is allocated once a flag has answered so for the first time.
///
/// ```
/// use flags_runtime::observe::MetricsObserver;
///
/// flags_runtime::flags!(inline = "flags: { new-ui: on }");
///
/// // metrics_exporter_prometheus::PrometheusBuilder::new().install()?;
/// Flags::engine().set_observer(MetricsObserver::new());
/// ```
#[derive(Debug, Default)]
pub struct MetricsObserver {
    /// Handles by flag, index and reason.
    counters: ArcSwap<HashMap<(u32, u32, Reason), Handle>>,
    version: Mutex<Option<String>>,
}

#[derive(Clone)]
struct Handle(Counter);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle")
    }
}

impl MetricsObserver {
    /// The observer, for [`Engine::set_observer`](crate::Engine::set_observer).
    #[must_use]
    pub fn new() -> Self {
        describe_counter!(EVALUATIONS, Unit::Count, "Evaluations of feature flags");
        describe_counter!(RELOADS, Unit::Count, "Documents of feature flags loaded while the program runs");
        describe_gauge!(FLAGS, Unit::Count, "Feature flags there are");
        describe_gauge!(INFO, "1 for the document of feature flags that answers");
        Self::default()
    }

    #[cold]
    fn first(&self, observed: &Observed<'_>, key: (u32, u32, Reason)) {
        let labels = [
            ("flag", observed.key().to_owned()),
            ("variant", observed.variant().unwrap_or_default().to_owned()),
            ("reason", observed.reason().as_str().to_owned()),
        ];
        let counter = counter!(EVALUATIONS, &labels);
        counter.increment(1);
        if observed.flag as usize >= observed.snapshot.contract.flags.len() {
            // Flags that a reload adds do not keep their indices.
            return;
        }
        self.counters.rcu(|counters| {
            let mut counters = HashMap::clone(counters);
            counters.insert(key, Handle(counter.clone()));
            counters
        });
    }
}

impl Observer for MetricsObserver {
    fn evaluated(&self, observed: &Observed<'_>) {
        let key = (observed.flag, observed.decision.index(), observed.reason());
        match self.counters.load().get(&key) {
            Some(Handle(counter)) => counter.increment(1),
            None => self.first(observed, key),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "nobody has that many flags")]
    fn loaded(&self, loaded: &Loaded<'_>) {
        for outcome in ["accepted", "refused"] {
            counter!(RELOADS, "outcome" => outcome).increment(0);
        }
        gauge!(FLAGS).set(loaded.flags as f64);
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = version.replace(loaded.version.to_owned())
            && before != loaded.version
        {
            gauge!(INFO, "version" => before).set(0.0);
        }
        gauge!(INFO, "version" => loaded.version.to_owned()).set(1.0);
    }

    fn reloaded(&self, reload: &Reload<'_>) {
        counter!(RELOADS, "outcome" => reload.outcome()).increment(1);
    }
}
