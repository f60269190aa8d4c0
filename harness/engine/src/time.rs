//! Splunk's times: the letters of `strftime` and `strptime`, and relative times such as `-1d@d`.
//!
//! A time is a count of microseconds since 1970, as in [`crate::EventKey`]; `eval` has it as seconds.

mod format;
mod read;
mod relative;
mod zone;

pub use format::Format;
pub use read::Stamp;
pub use relative::{Relative, Span, Unit};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;

/// Seconds as microseconds, to the nearest; none outside the years −9999 to 9999. Rounding first gives back the
/// digits of a time that was written with six: cutting `…026.617` would give `…026.616`.
pub fn from_seconds(seconds: f64) -> Option<i64> {
    let micros = (seconds * 1e6).round();
    // Seconds beyond 2^53 microseconds (the year 2255) have no exact product; they still fit.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked against the range of a time stamp"
    )]
    (micros.abs() < 3.7e17).then_some(micros as i64)
}

/// Microseconds as seconds.
pub fn to_seconds(micros: i64) -> f64 {
    // Split, so that whole seconds stay exact and the fraction is rounded once.
    #[expect(clippy::cast_precision_loss, reason = "both parts are below 2^53")]
    let (whole, rest) = (
        micros.div_euclid(SECOND) as f64,
        micros.rem_euclid(SECOND) as f64,
    );
    if rest == 0.0 {
        whole
    } else {
        (whole * 1e6 + rest) / 1e6
    }
}

/// A time in seconds as people write it, UTC: `2023-11-14T22:13:20.5Z`.
pub fn iso(seconds: f64) -> Option<String> {
    let time = Timestamp::from_microsecond(from_seconds(seconds)?).ok()?;
    Some(time.to_string())
}

/// The reading of the clock in a zone.
fn local(micros: i64, zone: &TimeZone) -> Option<DateTime> {
    Some(zone.to_datetime(Timestamp::from_microsecond(micros).ok()?))
}

/// The time at which the clock of a zone reads that. A reading that a change of the clock skips counts from the
/// offset before the change; one that comes twice is the first.
fn instant(reading: DateTime, zone: &TimeZone) -> Option<i64> {
    Some(zone.to_timestamp(reading).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decimals_survive_the_way_through_seconds() {
        for micros in [
            1_602_155_026_617_920,
            1_521_467_703_049_000,
            1_700_000_000_000_000,
            -1,
            0,
        ] {
            assert_eq!(from_seconds(to_seconds(micros)), Some(micros));
        }
        assert_eq!(from_seconds(1e300), None);
        assert_eq!(from_seconds(f64::NAN), None);
    }
}
