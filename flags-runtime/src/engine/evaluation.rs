//! What an evaluation says: the value, and why.

use super::snapshot::Snapshot;
use crate::reason::{ErrorCode, Provenance, Reason, RuleRef};
use crate::ruleset::{Cause, Decision};
use std::fmt;
use std::sync::Arc;

/// A flag's value for a context, and why it is that value.
///
/// Names are looked up when they are asked for; making one allocates nothing.
#[derive(Clone)]
pub struct Evaluation<T> {
    value: T,
    flag: u32,
    decision: Decision,
    snapshot: Arc<Snapshot>,
}

impl<T> Evaluation<T> {
    pub(crate) const fn new(value: T, flag: u32, decision: Decision, snapshot: Arc<Snapshot>) -> Self {
        Self { value, flag, decision, snapshot }
    }

    /// The value that was served.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The value that was served.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.snapshot.ruleset.key(self.flag).unwrap_or_default()
    }

    /// The variant's name: `on` or `off` of a switch; `None` for a value flag.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.snapshot.variant_name(self.flag, self.decision.index())
    }

    /// Why it was served.
    pub fn reason(&self) -> Reason {
        self.decision.reason()
    }

    /// What kept it from being decided, when the reason is [`Reason::Error`] or an override's
    /// percentage had no key.
    pub const fn error_code(&self) -> Option<ErrorCode> {
        self.decision.error()
    }

    /// Whether the flag was on for the context: a rule, a user list, its state or an override
    /// served something. A flag that requires this one asks this.
    pub const fn is_on(&self) -> bool {
        self.decision.is_on()
    }

    /// The rule that decided, if one did.
    #[must_use]
    pub fn rule(&self) -> Option<RuleRef<'_>> {
        match self.decision.cause() {
            Cause::Rule(rule) => self.snapshot.rule(self.flag, rule),
            _ => None,
        }
    }

    /// The layer, file and line of what decided.
    #[must_use]
    pub fn provenance(&self) -> Provenance<'_> {
        self.snapshot.provenance(self.flag, self.decision.cause())
    }

    /// The same evaluation with another form of its value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Evaluation<U> {
        Evaluation { value: f(self.value), flag: self.flag, decision: self.decision, snapshot: self.snapshot }
    }
}

impl<T: fmt::Debug> fmt::Debug for Evaluation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation")
            .field("key", &self.key())
            .field("value", &self.value)
            .field("variant", &self.variant())
            .field("reason", &self.reason())
            .field("error_code", &self.error_code())
            .field("rule", &self.rule())
            .field("provenance", &self.provenance())
            .finish_non_exhaustive()
    }
}
