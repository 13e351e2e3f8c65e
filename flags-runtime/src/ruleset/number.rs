//! Numbers of attributes and operands, compared exactly, and read from wholly numeric text.

use crate::context::Attribute;
use std::cmp::Ordering;

/// A number: an integer where it was written as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    /// The number that the text is, all of it: digits with an optional sign, fraction and exponent.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        // `f64::from_str` also takes `inf`, `nan` and `infinity`: those are words.
        let starts = text.trim_start_matches(['-', '+']);
        if !starts.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return None;
        }
        if let Ok(integer) = text.parse() {
            return Some(Self::Integer(integer));
        }
        text.parse().ok().filter(|float: &f64| float.is_finite()).map(Self::Float)
    }

    /// The number that the attribute is, or is written as.
    #[inline]
    pub(crate) fn of(value: &Attribute) -> Option<Self> {
        match value {
            Attribute::Integer(number) => Some(Self::Integer(*number)),
            Attribute::Float(number) => Some(Self::Float(*number)),
            Attribute::Text(text) => Self::from_text(text.as_str()),
            _ => None,
        }
    }

    /// The order of the two; none between a number and NaN, which no attribute is.
    #[inline]
    pub(crate) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Integer(a), Self::Float(b)) => mixed(a, b),
            (Self::Float(a), Self::Integer(b)) => mixed(b, a).map(Ordering::reverse),
        }
    }
}

/// An integer against a float without rounding the integer.
fn mixed(integer: i64, float: f64) -> Option<Ordering> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        return None;
    }
    if float >= BOUND {
        return Some(Ordering::Less);
    }
    if float < -BOUND {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds of an i64")]
    let whole = float.trunc() as i64;
    Some(integer.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)))
}

#[cfg(test)]
mod tests {
    use super::Number;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_exactly() {
        let big = 9_007_199_254_740_993; // 2^53 + 1, which an f64 cannot hold
        for (a, b, order) in [
            (Number::Integer(5), Number::Float(5.0), Equal),
            (Number::Integer(5), Number::Float(5.5), Less),
            (Number::Integer(-5), Number::Float(-5.5), Greater),
            (Number::Integer(big), Number::Float(9_007_199_254_740_992.0), Greater),
            (Number::Integer(i64::MAX), Number::Float(1e300), Less),
            (Number::Integer(i64::MIN), Number::Float(-1e300), Greater),
        ] {
            assert_eq!(a.order(b), Some(order), "{a:?} {b:?}");
            assert_eq!(b.order(a), Some(order.reverse()), "{b:?} {a:?}");
        }
    }

    #[test]
    fn reads_whole_numbers_only() {
        for (text, number) in [
            ("5", Some(Number::Integer(5))),
            ("-5", Some(Number::Integer(-5))),
            ("5.50", Some(Number::Float(5.5))),
            ("1e3", Some(Number::Float(1000.0))),
            ("5 ", None),
            ("", None),
            ("inf", None),
            ("NaN", None),
            ("0x10", None),
            ("1e999", None),
        ] {
            assert_eq!(Number::from_text(text), number, "{text:?}");
        }
    }
}
