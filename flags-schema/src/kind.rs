//! What a flag answers with: on and off, one of its variants, or a value.

use crate::{Flag, ValueType};

/// What a flag answers with.
///
/// ```
/// use flags_schema::{FlagKind, ValueType};
///
/// assert_eq!(FlagKind::new(None, false), FlagKind::Switch);
/// assert_eq!(FlagKind::new(None, true), FlagKind::Variants);
/// assert_eq!(FlagKind::new(Some(ValueType::Integer), false), FlagKind::Value(ValueType::Integer));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlagKind {
    /// On or off.
    Switch,
    /// One of the flag's variants.
    Variants,
    /// A value of that type.
    Value(ValueType),
}

impl FlagKind {
    /// The kind of a flag.
    #[must_use]
    pub fn of(flag: &Flag) -> Self {
        let value_type = flag.value_type.as_ref().map(|value_type| value_type.value);
        Self::new(value_type, !flag.variants.is_empty())
    }

    /// The kind of a flag that has that type, or none, and variants or not.
    #[must_use]
    pub const fn new(value_type: Option<ValueType>, variants: bool) -> Self {
        match value_type {
            Some(value_type) => Self::Value(value_type),
            None if variants => Self::Variants,
            None => Self::Switch,
        }
    }

    /// `switch`, `variants`, or the name of its type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Switch => "switch",
            Self::Variants => "variants",
            Self::Value(value_type) => value_type.as_str(),
        }
    }

    /// Whether it answers with `true` or `false`: a switch, or a value of type `boolean`.
    #[must_use]
    pub const fn is_boolean(self) -> bool {
        matches!(self, Self::Switch | Self::Value(ValueType::Boolean))
    }
}
