//! A context as an engine may show it.

use super::attribute::Attributed;
use super::privacy::{Hidden, Privacy};
use super::{Context, TARGETING_KEY};
use std::fmt;

/// A context as an engine may show it.
pub(crate) struct Shown<'a> {
    pub(crate) privacy: &'a Privacy,
    pub(crate) context: &'a Context,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = (TARGETING_KEY, self.context.key_value());
        let attributes = self.context.entries().map(|Attributed { name, value, .. }| (name, &value.0));
        f.write_str("{")?;
        for (index, (name, value)) in [key].into_iter().chain(attributes).enumerate() {
            write!(f, "{}{}: ", if index > 0 { ", " } else { "" }, self.privacy.name(name))?;
            match value {
                value if value.is_null() || self.privacy.is_public(name) => write!(f, "{value}")?,
                _ if self.privacy.is_private(name) => f.write_str("<private>")?,
                value => write!(f, "{}", Hidden(value))?,
            }
        }
        f.write_str("}")
    }
}
