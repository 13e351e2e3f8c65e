//! Percentages as numbers of percent in serialised edits.

use flags_schema::Percent;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn serialize<S: Serializer>(percent: &Percent, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(percent.thousandths()) / 1000.0)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Percent, D::Error> {
    let number = f64::deserialize(deserializer)?;
    Percent::from_f64(number).map_err(|_| D::Error::custom("a percentage is 0 to 100 in steps of 0.001"))
}
