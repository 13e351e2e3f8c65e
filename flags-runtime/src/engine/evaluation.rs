//! What an evaluation says: the value, and why.

use super::Snapshot;
use super::cache::SharedSnapshot;
use crate::reason::{ErrorCode, Layer, Provenance, Reason, RuleRef};
use crate::ruleset::{Cause, Decision};
use flags_schema::Value;
use std::fmt;

/// A flag's value for a context, and why it is that value.
///
/// Names are looked up when they are asked for; making one allocates nothing.
#[derive(Clone)]
pub struct Evaluation<T> {
    value: Held<T>,
    flag: u32,
    decision: Decision,
    snapshot: SharedSnapshot,
}

/// Where the value is.
#[derive(Clone, Copy)]
enum Held<T> {
    Here(T),
    /// In the snapshot, where all evaluations that serve it share it.
    InSnapshot {
        find: for<'a> fn(Option<&'a Snapshot>, u32, Decision) -> &'a T,
        copy: fn(&T) -> T,
    },
}

impl Evaluation<Value> {
    /// One of the value as written.
    #[inline]
    pub(crate) fn written(flag: u32, decision: Decision, snapshot: SharedSnapshot) -> Self {
        let value = Held::InSnapshot { find: raw_value, copy: Value::clone };
        Self { value, flag, decision, snapshot }
    }
}

fn raw_value(snapshot: Option<&Snapshot>, flag: u32, decision: Decision) -> &Value {
    snapshot.map_or(&Value::Null, |snapshot| snapshot.raw_value(flag, decision))
}

impl<T> Evaluation<T> {
    #[inline]
    pub(crate) fn new(value: T, flag: u32, decision: Decision, snapshot: SharedSnapshot) -> Self {
        Self { value: Held::Here(value), flag, decision, snapshot }
    }

    /// The value that was served.
    #[inline]
    pub fn value(&self) -> &T {
        match &self.value {
            Held::Here(value) => value,
            Held::InSnapshot { find, .. } => find(self.snapshot.get(), self.flag, self.decision),
        }
    }

    /// The value that was served.
    pub fn into_value(self) -> T {
        match self.value {
            Held::Here(value) => value,
            Held::InSnapshot { find, copy } => copy(find(self.snapshot.get(), self.flag, self.decision)),
        }
    }

    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.snapshot.get().and_then(|snapshot| snapshot.ruleset.key(self.flag)).unwrap_or_default()
    }

    /// The variant's name: `on` or `off` of a switch; `None` for a value flag.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.snapshot.get()?.variant_name(self.flag, self.decision.index())
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
            Cause::Rule(rule) => self.snapshot.get()?.rule(self.flag, rule),
            _ => None,
        }
    }

    /// The layer, file and line of what decided.
    #[must_use]
    pub fn provenance(&self) -> Provenance<'_> {
        match self.snapshot.get() {
            Some(snapshot) => snapshot.provenance(self.flag, self.decision.cause()),
            None => Provenance { layer: Layer::File, file: None, line: 0 },
        }
    }

    /// The same evaluation with another form of its value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Evaluation<U> {
        let Self { value, flag, decision, snapshot } = self;
        let value = match value {
            Held::Here(value) => value,
            Held::InSnapshot { find, copy } => copy(find(snapshot.get(), flag, decision)),
        };
        Evaluation { value: Held::Here(f(value)), flag, decision, snapshot }
    }
}

impl<T: fmt::Debug> fmt::Debug for Evaluation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation")
            .field("key", &self.key())
            .field("value", self.value())
            .field("variant", &self.variant())
            .field("reason", &self.reason())
            .field("error_code", &self.error_code())
            .field("rule", &self.rule())
            .field("provenance", &self.provenance())
            .finish_non_exhaustive()
    }
}
