//! Variants as enums.

use crate::value::{FlagType, FlagValue, ServedValue, StaticValues};

/// An enum of a flag's variants, made from flags.yaml.
pub trait Variant: Copy + Eq + Send + Sync + 'static {
    /// The variants' names in flags.yaml, in the order of their indices.
    const NAMES: &'static [&'static str];

    /// The variant of that index; the first one for an index that does not exist.
    fn from_index(index: usize) -> Self;

    /// Its index among [`Variant::NAMES`].
    fn index(self) -> usize;
}

/// Variants that carry values.
pub trait VariantValue: Variant {
    /// The values' type.
    type Value: FlagValue;

    /// Where values that live as long as the program are found.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    fn __static_values() -> Option<&'static StaticValues<Self::Value>> {
        None
    }
}

impl<V: Variant> FlagType for V {
    type Output = Self;
    #[inline]
    fn output(served: ServedValue<'_>) -> Self {
        Self::from_index(served.index as usize)
    }
}
