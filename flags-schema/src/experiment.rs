//! What an experiment compares, tracks and measures.

use crate::{Percent, Spanned, Timestamp};
use serde::{Deserialize, Serialize};

/// `experiment` of a flag. Before and after, everyone gets the control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The variant served before and after.
    pub control: Spanned<String>,
    /// Events that may be tracked; where `events` is absent, those that the metrics name.
    pub events: Vec<Spanned<String>>,
    /// What is measured, in the order declared.
    pub metrics: Vec<Metric>,
    /// The metric that decides; the first one when absent.
    pub primary: Option<Spanned<String>>,
    /// The smallest difference to find, relative to the control.
    pub minimum_effect: Option<Spanned<Percent>>,
    /// Not before this moment.
    pub starts: Option<Spanned<Timestamp>>,
    /// Not from this moment on.
    pub ends: Option<Spanned<Timestamp>>,
}

impl Experiment {
    /// Whether a metric measures the value of that event.
    #[must_use]
    pub fn has_value(&self, event: &str) -> bool {
        self.metrics.iter().any(|metric| metric.measure != Measure::Conversion && metric.event.value == event)
    }
}

/// What an experiment measures of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name.
    pub name: Spanned<String>,
    /// The event.
    pub event: Spanned<String>,
    /// What is measured of it.
    pub measure: Measure,
    /// What the value counts for at most: of a sum, that of one unit; of a mean, that of one event.
    pub cap: Option<Spanned<f64>>,
    /// Which direction is an improvement.
    pub better: Better,
}

/// What a metric measures of its event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// The share of units to whom it happened.
    #[default]
    Conversion,
    /// The sum of its values, by unit.
    Sum,
    /// The mean of its values, over all of them.
    Mean,
}

/// Which direction of a metric is an improvement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Better {
    /// More of it.
    #[default]
    Higher,
    /// Less of it.
    Lower,
}

impl Better {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Higher, Self::Lower];

    /// Its name in flags.yaml.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }
}
