//! Literal values, and the units they are written in.

use crate::Spanned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A literal as written: a variant's value, a served value, an operand, metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// `null`, `~` or nothing: in an object, a field that this variant does without.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Spanned<Value>>),
    /// An object, in the order written.
    Map(Vec<(Spanned<String>, Spanned<Value>)>),
}

impl Value {
    /// What kind of thing it is, for messages: `a string`, `a list`, …
    #[must_use]
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// A percentage in thousandths of a percent: 0 to 100,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Percent(u32);

impl Percent {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const HUNDRED: Self = Self(100_000);

    /// From thousandths of a percent; `None` above 100 %.
    #[must_use]
    pub const fn from_thousandths(thousandths: u32) -> Option<Self> {
        if thousandths <= 100_000 { Some(Self(thousandths)) } else { None }
    }

    /// From a percentage such as `12.5`.
    ///
    /// # Errors
    /// When it is outside 0 to 100, or finer than 0.001.
    pub fn from_f64(percent: f64) -> Result<Self, PercentError> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(PercentError::Range);
        }
        let scaled = percent * 1000.0;
        let rounded = scaled.round();
        if (scaled - rounded).abs() > 1e-6 {
            return Err(PercentError::Precision);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100,000")]
        Ok(Self(rounded as u32))
    }

    /// Thousandths of a percent, 0 to 100,000.
    #[must_use]
    pub const fn thousandths(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        if rest == 0 {
            write!(f, "{whole}")
        } else {
            let text = format!("{rest:03}");
            write!(f, "{whole}.{}", text.trim_end_matches('0'))
        }
    }
}

/// Why a number is no [`Percent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentError {
    /// Outside 0 to 100.
    Range,
    /// Finer than 0.001.
    Precision,
}

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Its day in UTC, such as `2026-12-31`; one that no calendar has is its number.
    ///
    /// ```
    /// use flags_schema::Timestamp;
    ///
    /// assert_eq!(Timestamp(86_399_999).day(), "1970-01-01");
    /// ```
    #[must_use]
    pub fn day(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => moment.strftime("%Y-%m-%d").to_string(),
            Err(_) => self.0.to_string(),
        }
    }
}

impl fmt::Display for Timestamp {
    /// As RFC 3339 in UTC, or as a date when it is midnight; one that no calendar has is its number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(_) if self.0.rem_euclid(DAY) == 0 => f.write_str(&self.day()),
            Ok(moment) => moment.fmt(f),
            Err(_) => self.0.fmt(f),
        }
    }
}

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

impl Timestamp {
    /// The moment of a build or of a check: the one of the environment variable `SOURCE_DATE_EPOCH`, in seconds
    /// since 1970, where it is set to a number, so that a build can be repeated; else the present one.
    ///
    /// ```
    /// use flags_schema::{Options, Timestamp};
    ///
    /// let options = Options { today: Some(Timestamp::of_build()) };
    /// assert!(options.today > Some(Timestamp(0)));
    /// ```
    #[must_use]
    pub fn of_build() -> Self {
        let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse::<i64>().ok());
        fixed.map_or_else(|| Self::from(SystemTime::now()), |seconds| Self(seconds.saturating_mul(1000)))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let millis = |length: Duration| i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => -millis(before.duration()),
        })
    }
}

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Millis(pub i64);

impl Millis {
    /// The units of lengths of time, largest first, each in milliseconds.
    pub(crate) const UNITS: &'static [(&'static str, i64)] =
        &[("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
}

impl fmt::Display for Millis {
    /// As the format writes it, in days and smaller units: `1d12h`.
    ///
    /// ```
    /// use flags_schema::Millis;
    ///
    /// assert_eq!(Millis(5_400_000).to_string(), "1h30m");
    /// assert_eq!(Millis(0).to_string(), "0s");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for &(unit, length) in Self::UNITS.iter().filter(|(unit, _)| *unit != "w") {
            if rest >= length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        if self.0 > 0 { Ok(()) } else { f.write_str("0s") }
    }
}
