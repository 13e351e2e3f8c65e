//! Three-valued logic: what is known of a condition when attributes may be absent.

use std::convert::Infallible;

/// Whether a condition holds. Ordered, so that "and" is the least and "or" the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    #[inline]
    pub(crate) const fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    /// The least of them, `True` without any; stops at the first `False`.
    #[inline]
    pub(crate) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let Ok(least) = Self::try_all(truths.into_iter().map(Ok::<_, Infallible>));
        least
    }

    /// The same of those that may not be known to whoever asks; stops there too.
    #[inline]
    pub(super) fn try_all<E>(truths: impl IntoIterator<Item = Result<Self, E>>) -> Result<Self, E> {
        let mut least = Self::True;
        for truth in truths {
            least = least.min(truth?);
            if least == Self::False {
                break;
            }
        }
        Ok(least)
    }

    /// The greatest of them, `False` without any; stops at the first `True`.
    #[inline]
    pub(crate) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let Ok(greatest) = Self::try_any(truths.into_iter().map(Ok::<_, Infallible>));
        greatest
    }

    /// The same of those that may not be known to whoever asks; stops there too.
    #[inline]
    pub(super) fn try_any<E>(truths: impl IntoIterator<Item = Result<Self, E>>) -> Result<Self, E> {
        let mut greatest = Self::False;
        for truth in truths {
            greatest = greatest.max(truth?);
            if greatest == Self::True {
                break;
            }
        }
        Ok(greatest)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::True => "true",
        }
    }
}

impl From<bool> for Truth {
    #[inline]
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}
