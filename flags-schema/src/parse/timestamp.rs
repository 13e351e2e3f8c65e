//! Moments: RFC 3339, or a plain date.

use crate::Timestamp;
use crate::printable::quoted;
use crate::value::DAY;
use jiff::civil::Date;

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
    read(text).map_err(|refused| match refused {
        Refused::NoSuch => format!("{} is no date or time that exists", quoted(text)),
        Refused::NoOffset => {
            format!("{} does not say its offset from UTC: `Z`, or one like `+01:00`", quoted(text))
        }
        Refused::Other => format!(
            "{} is neither a date such as `2026-12-01` nor a timestamp such as `2026-12-01T09:00:00Z`",
            quoted(text)
        ),
    })
}

/// [`timestamp`] for texts of which most may be something else: it allocates nothing, and says nothing.
#[must_use]
pub fn timestamp_if(text: &str) -> Option<Timestamp> {
    read(text).ok()
}

/// Why a text is no moment.
enum Refused {
    NoSuch,
    NoOffset,
    Other,
}

/// Only RFC 3339's forms pass: jiff also reads week dates, zones in brackets and hours alone, and its
/// moments end a day before the last date that can be written.
fn read(text: &str) -> Result<Timestamp, Refused> {
    let (date, rest) = digits(text.as_bytes(), "dddd-dd-dd").ok_or(Refused::Other)?;
    let Some((b'T' | b't' | b' ', rest)) = rest.split_first() else {
        return if rest.is_empty() { Ok(Timestamp(day(date)? * DAY)) } else { Err(Refused::Other) };
    };
    let (time, rest) = digits(rest, "dd:dd:dd").ok_or(Refused::Other)?;
    let (fraction, rest) = match rest.split_first() {
        Some((b'.', fraction)) => {
            let end = fraction.iter().position(|b| !b.is_ascii_digit()).unwrap_or(fraction.len());
            fraction.split_at_checked(end).filter(|(digits, _)| !digits.is_empty()).ok_or(Refused::Other)?
        }
        _ => (&[][..], rest),
    };
    let offset = match rest.split_first() {
        None => return Err(Refused::NoOffset),
        Some((b'Z' | b'z', [])) => 0,
        Some((sign @ (b'+' | b'-'), rest)) => match digits(rest, "dd:dd") {
            Some((offset, [])) => clock(offset)? * if *sign == b'+' { 1 } else { -1 },
            _ => return Err(Refused::Other),
        },
        _ => return Err(Refused::Other),
    };
    // Added to the second before it, the fraction is cut off towards the past before 1970 too, so that
    // cutting never reorders two moments.
    let millis = fraction.iter().chain(b"000").take(3).fold(0, |sum, digit| sum * 10 + value(*digit));
    Ok(Timestamp(day(date)? * DAY + clock(time)? - offset + millis))
}

/// The day since 1970 of `yyyy-mm-dd`. What does not exist is found out before jiff is asked, whose errors
/// allocate.
fn day(date: &[u8]) -> Result<i64, Refused> {
    let [year, month, day] = numbers(date, b'-');
    let (Ok(year), Ok(month @ 1..=12), Ok(day @ 1..)) =
        (i16::try_from(year), i8::try_from(month), i8::try_from(day))
    else {
        return Err(Refused::NoSuch);
    };
    let first = Date::new(year, month, 1).map_err(|_| Refused::NoSuch)?;
    if day > first.days_in_month() {
        return Err(Refused::NoSuch);
    }
    let since = first.duration_since(Date::constant(1970, 1, 1)).as_secs() / 86_400;
    Ok(since + i64::from(day) - 1)
}

/// The milliseconds of `hh:mm` or `hh:mm:ss`. A leap second is the second before it.
fn clock(time: &[u8]) -> Result<i64, Refused> {
    match numbers(time, b':') {
        [hours @ ..=23, minutes @ ..=59, seconds @ ..=60] => {
            Ok((hours * 3600 + minutes * 60 + seconds.min(59)) * 1000)
        }
        _ => Err(Refused::NoSuch),
    }
}

/// The numbers between separators, 0 where there is none.
fn numbers(text: &[u8], separator: u8) -> [i64; 3] {
    let mut parts = text.split(|b| *b == separator);
    std::array::from_fn(|_| {
        parts.next().unwrap_or_default().iter().fold(0, |number, digit| number * 10 + value(*digit))
    })
}

fn value(digit: u8) -> i64 {
    i64::from(digit.wrapping_sub(b'0'))
}

/// What fits `pattern` at the start of `text`, where `d` is any digit and the rest is itself; and what
/// follows.
fn digits<'a>(text: &'a [u8], pattern: &str) -> Option<(&'a [u8], &'a [u8])> {
    let (head, rest) = text.split_at_checked(pattern.len())?;
    let fits = head
        .iter()
        .zip(pattern.bytes())
        .all(|(&byte, wanted)| if wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted });
    fits.then_some((head, rest))
}

#[cfg(test)]
mod tests {
    use super::timestamp;
    use crate::Timestamp;
    use proptest::prelude::*;

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
            // jiff's moments end a day earlier.
            ("9999-12-31", 253_402_214_400_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            // A leap second is the second before it.
            ("2016-12-31T23:59:60Z", 1_483_228_799_000),
        ] {
            assert_eq!(timestamp(text), Ok(Timestamp(millis)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_jiff(
            text in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-6][0-9])",
        ) {
            let theirs = text.parse::<jiff::Timestamp>().ok();
            let millis = |moment: jiff::Timestamp| {
                Timestamp(i64::try_from(moment.as_nanosecond().div_euclid(1_000_000)).unwrap())
            };
            prop_assert_eq!(timestamp(&text).ok(), theirs.map(millis), "{}", text);
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
            ("2026-00-01", "exists"),
            ("2026-01-00", "exists"),
            ("2026-12-01T24:00:00Z", "exists"),
            ("2026-12-01T23:60:00Z", "exists"),
            ("2026-12-01T23:00:61Z", "exists"),
            ("2026-12-01T23:00:00+24:00", "exists"),
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
