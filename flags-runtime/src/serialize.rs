//! Evaluations, explanations and overrides as servers and tools write them, in JSON or in another form.
//!
//! Names are those of `flags eval --json`. A [`Value`] is what it stands for: `true`, not `{"Bool": true}`.

use crate::engine::{Evaluation, ExplainedStep, Explanation};
use crate::overrides::{OverrideInfo, OverrideState};
use crate::plain::Plain;
use crate::reason::{ErrorCode, Layer, Reason};
use crate::value::ValueRef;
use flags_schema::Value;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Fields of an evaluation.
const FIELDS: usize = 10;

fn fields<T, M: SerializeStruct>(
    map: &mut M,
    evaluation: &Evaluation<T>,
    value: &impl Serialize,
) -> Result<(), M::Error> {
    let provenance = evaluation.provenance();
    map.serialize_field("flag", evaluation.key())?;
    map.serialize_field("value", value)?;
    map.serialize_field("variant", &evaluation.variant())?;
    map.serialize_field("on", &evaluation.is_on())?;
    map.serialize_field("reason", &evaluation.reason())?;
    map.serialize_field("errorCode", &evaluation.error_code())?;
    let rule = evaluation.rule();
    let rule = rule.map(|rule| rule.name.map_or_else(|| rule.to_string(), str::to_owned));
    map.serialize_field("rule", &rule)?;
    map.serialize_field("layer", &provenance.layer)?;
    map.serialize_field("file", &provenance.file)?;
    map.serialize_field("line", &provenance.file.map(|_| provenance.line))
}

macro_rules! evaluations {
    ($($t:ty, $value:ident => $form:expr;)*) => {$(
        impl Serialize for Evaluation<$t> {
            /// With the fields `flag`, `value`, `variant`, `on`, `reason`, `errorCode`, `rule`, `layer`, `file` and
            /// `line`; a field without a value is `null`.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $value = self.value();
                let mut map = serializer.serialize_struct("Evaluation", FIELDS)?;
                fields(&mut map, self, &$form)?;
                map.end()
            }
        }
    )*};
}
evaluations! {
    Value, value => Plain(value);
    bool, value => value;
    i64, value => value;
    f64, value => value;
    String, value => value;
    ValueRef<String>, value => value.as_str();
}

impl Serialize for Explanation {
    /// As its evaluation, with the fields `steps` and `notes` besides.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evaluation = self.evaluation();
        let mut map = serializer.serialize_struct("Explanation", FIELDS + 2)?;
        fields(&mut map, evaluation, &Plain(evaluation.value()))?;
        map.serialize_field("steps", self.steps())?;
        map.serialize_field("notes", self.notes())?;
        map.end()
    }
}

impl Serialize for ExplainedStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { decided, subject, outcome, details } = self;
        let mut map = serializer.serialize_struct("ExplainedStep", 4)?;
        map.serialize_field("decided", decided)?;
        map.serialize_field("subject", subject)?;
        map.serialize_field("outcome", outcome)?;
        map.serialize_field("details", details)?;
        map.end()
    }
}

impl Serialize for OverrideInfo {
    /// With the fields `flag`, `state` (as text, which [`OverrideState`] is parsed from) and `layer`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { key, state, layer } = self;
        let mut map = serializer.serialize_struct("OverrideInfo", 3)?;
        map.serialize_field("flag", key)?;
        map.serialize_field("state", state)?;
        map.serialize_field("layer", layer)?;
        map.end()
    }
}

impl Serialize for OverrideState {
    /// As text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Layer {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Reason {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
