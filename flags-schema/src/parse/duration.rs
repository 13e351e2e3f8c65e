//! Lengths of time: `30d`, `1h30m`, `500ms`.

use crate::Millis;
use crate::printable::quoted;

/// The length of time that `text` names: whole numbers with the units `w d h m s ms`, largest first,
/// each at most once.
///
/// # Errors
/// A message that names the text and what is wrong with it.
///
/// ```
/// use flags_schema::{Millis, parse::duration};
///
/// assert_eq!(duration("1h30m"), Ok(Millis(5_400_000)));
/// assert!(duration("30").is_err());
/// ```
pub fn duration(text: &str) -> Result<Millis, String> {
    let shown = || quoted(text);
    if text.is_empty() {
        return Err(format!("{} is no duration: one is written like `30d` or `1h30m`", shown()));
    }
    let (mut rest, mut total, mut units) = (text, 0_i64, Millis::UNITS);
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, char::is_alphabetic);
        if number.is_empty() {
            return Err(format!(
                "{} is no duration: one is whole numbers with units, like `30d` or `1h30m`",
                shown()
            ));
        }
        if unit.is_empty() {
            return Err(match after.chars().next() {
                None => format!("{} has no unit: `{number}s` are seconds, `{number}d` days", shown()),
                Some('.' | ',') => {
                    format!("{} has a fraction: write it with a smaller unit, like `1h30m`", shown())
                }
                Some(c) => format!("{} has {} where a unit belongs", shown(), quoted(&c.to_string())),
            });
        }
        let Some(at) = units.iter().position(|(name, _)| *name == unit) else {
            return Err(format!("{} {}", shown(), unit_problem(unit)));
        };
        let size = units.get(at).map_or(0, |(_, size)| *size);
        total = number
            .parse::<i64>()
            .ok()
            .and_then(|n| n.checked_mul(size))
            .and_then(|n| n.checked_add(total))
            .ok_or_else(|| format!("{} is longer than a duration can be", shown()))?;
        units = units.get(at + 1..).unwrap_or_default();
        rest = after;
    }
    Ok(Millis(total))
}

fn split(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !keep(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn unit_problem(unit: &str) -> String {
    if Millis::UNITS.iter().any(|(name, _)| *name == unit) {
        return format!("has `{unit}` out of order: units go from the largest to the smallest, each once");
    }
    let meant = match unit.to_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => Some("ms"),
        "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "d" | "day" | "days" => Some("d"),
        "w" | "wk" | "wks" | "week" | "weeks" => Some("w"),
        _ => None,
    };
    match meant {
        Some(meant) => format!("has the unknown unit `{unit}`: write `{meant}`"),
        None => format!("has the unknown unit {}: there are `w`, `d`, `h`, `m`, `s` and `ms`", quoted(unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use crate::Millis;

    #[test]
    fn lengths() {
        for (text, millis) in [
            ("0s", 0),
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("30d", 2_592_000_000),
            ("2w", 1_209_600_000),
            ("1w1d1h1m1s1ms", 694_861_001),
            ("007s", 7000),
            ("9223372036854775807ms", i64::MAX),
        ] {
            assert_eq!(duration(text), Ok(Millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_length() {
        for (text, part) in [
            ("", "is no duration"),
            ("d", "is no duration"),
            ("-1d", "is no duration"),
            (" 1d", "is no duration"),
            ("30", "has no unit"),
            ("1h30", "has no unit"),
            ("1.5h", "fraction"),
            ("30 d", "where a unit belongs"),
            ("30days", "write `d`"),
            ("5min", "write `m`"),
            ("1H", "write `h`"),
            ("1M", "unknown unit `M`: there are"),
            ("1y", "there are"),
            ("30m1h", "out of order"),
            ("1h1h", "out of order"),
            ("9223372036854775808ms", "longer"),
            ("99999999999999999999d", "longer"),
            ("106751991168d", "longer"),
        ] {
            let error = duration(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
