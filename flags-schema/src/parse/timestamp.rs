//! Moments: RFC 3339, or a plain date.

use super::quoted;
use crate::Timestamp;

/// The moment that `text` names: RFC 3339 with an offset (`2026-12-01T09:00:00Z`,
/// `2026-12-01 10:00:00.5+01:00`), or a plain date, which is its first moment in UTC.
///
/// Finer than a millisecond is cut off. Allocates nothing unless it fails.
///
/// # Errors
/// A message that names the text and what is wrong with it.
///
/// ```
/// use flags_schema::{Timestamp, parse::timestamp};
///
/// assert_eq!(timestamp("1970-01-02"), Ok(Timestamp(86_400_000)));
/// assert_eq!(timestamp("1970-01-01T01:00:00.5+01:00"), Ok(Timestamp(500)));
/// assert!(timestamp("tomorrow").is_err());
/// ```
pub fn timestamp(text: &str) -> Result<Timestamp, String> {
    match shape(text) {
        Shape::Date => {
            let date: jiff::civil::Date = text.parse().map_err(|_| no_such(text))?;
            let moment = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| no_such(text))?;
            Ok(millis(moment.timestamp()))
        }
        Shape::DateTime => {
            let moment: jiff::Timestamp = text.parse().map_err(|_| no_such(text))?;
            Ok(millis(moment))
        }
        Shape::NoOffset => {
            Err(format!("{} does not say its offset from UTC: `Z`, or one like `+01:00`", quoted(text)))
        }
        Shape::Other => Err(format!(
            "{} is neither a date such as `2026-12-01` nor a timestamp such as `2026-12-01T09:00:00Z`",
            quoted(text)
        )),
    }
}

fn no_such(text: &str) -> String {
    format!("{} is no date or time that exists", quoted(text))
}

fn millis(moment: jiff::Timestamp) -> Timestamp {
    // Towards the past before 1970 too, so that cutting never reorders two moments.
    let fraction = i64::from(moment.subsec_nanosecond()).div_euclid(1_000_000);
    Timestamp(moment.as_second() * 1000 + fraction)
}

enum Shape {
    Date,
    DateTime,
    NoOffset,
    Other,
}

/// Only RFC 3339's forms pass: jiff also reads week dates, zones in brackets and hours alone.
fn shape(text: &str) -> Shape {
    let Some(rest) = digits(text.as_bytes(), "dddd-dd-dd") else { return Shape::Other };
    let Some((b'T' | b't' | b' ', rest)) = rest.split_first() else {
        return if rest.is_empty() { Shape::Date } else { Shape::Other };
    };
    let Some(rest) = digits(rest, "dd:dd:dd") else { return Shape::Other };
    let rest = match rest.split_first() {
        Some((b'.', fraction)) => {
            let end = fraction.iter().position(|b| !b.is_ascii_digit()).unwrap_or(fraction.len());
            match fraction.split_at_checked(end) {
                Some((number, rest)) if !number.is_empty() => rest,
                _ => return Shape::Other,
            }
        }
        _ => rest,
    };
    match rest.split_first() {
        None => Shape::NoOffset,
        Some((b'Z' | b'z', [])) => Shape::DateTime,
        Some((b'+' | b'-', rest)) if digits(rest, "dd:dd").is_some_and(<[u8]>::is_empty) => Shape::DateTime,
        _ => Shape::Other,
    }
}

/// What follows `pattern` in `text`, where `d` is any digit and the rest is itself.
fn digits<'a>(text: &'a [u8], pattern: &str) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(pattern.len())?;
    let fits = head
        .iter()
        .zip(pattern.bytes())
        .all(|(&byte, wanted)| if wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted });
    fits.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::timestamp;
    use crate::Timestamp;

    #[test]
    fn moments() {
        for (text, millis) in [
            ("1970-01-01", 0),
            ("2026-12-01", 1_796_083_200_000),
            ("2026-12-01T00:00:00Z", 1_796_083_200_000),
            ("2026-12-01t00:00:00z", 1_796_083_200_000),
            ("2026-12-01 01:00:00+01:00", 1_796_083_200_000),
            ("2026-11-30T18:30:00-05:30", 1_796_083_200_000),
            ("2026-12-31T23:59:59Z", 1_798_761_599_000),
            ("2026-12-31T23:59:59.9996Z", 1_798_761_599_999),
            ("2024-02-29", 1_709_164_800_000),
            ("1969-12-31T23:59:59.9995Z", -1),
            ("1969-12-31T23:59:58.000001Z", -2000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            // A leap second is the second before it.
            ("2016-12-31T23:59:60Z", 1_483_228_799_000),
        ] {
            assert_eq!(timestamp(text), Ok(Timestamp(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment() {
        for (text, part) in [
            ("", "neither a date"),
            ("soon", "`soon` is neither"),
            ("2026-12", "neither a date"),
            ("2026-13-01", "exists"),
            ("2026-02-29", "exists"),
            ("2026-12-01T24:00:00Z", "exists"),
            ("2026-12-01T09:00:00", "offset"),
            ("2026-12-01T09:00:00.25", "offset"),
            ("2026-12-01T09:00Z", "neither"),
            ("2026-12-01T09:00:00.Z", "neither"),
            ("2026-12-01T09:00:00+0100", "neither"),
            ("2026-12-01T09:00:00+01", "neither"),
            ("2026-12-01T09:00:00Z ", "neither"),
            ("2026-12-01T09:00:00Z[UTC]", "neither"),
            ("2026-W10-1", "neither"),
            ("+002026-12-01", "neither"),
            ("٢٠٢٦-12-01", "neither"),
            ("1796083200000", "neither"),
        ] {
            let error = timestamp(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
