//! The time, and times that clients name.

use std::time::{SystemTime, UNIX_EPOCH};

use dryfire_engine::time::{Relative, from_seconds};
use jiff::tz::TimeZone;

/// Microseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000;

/// Microseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A time as Splunk writes it in results: `2023-11-14T22:13:20.000+00:00`.
pub(crate) fn shown(micros: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+00:00").to_string()
}

/// One end of a time range: seconds since 1970, `-24h@h`, `now`, ISO 8601. `Ok(None)`: no bound.
pub(crate) fn bound(text: &str, now: i64) -> Result<Option<i64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(seconds) = text.parse::<f64>()
        && let Some(micros) = from_seconds(seconds)
    {
        return Ok((micros != 0).then_some(micros));
    }
    if let Some(at) = Relative::parse(text).and_then(|time| time.apply(now, &TimeZone::UTC)) {
        return Ok(Some(at));
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Some(at.as_microsecond()));
    }
    if let Ok(at) = text.parse::<jiff::civil::DateTime>() {
        let at = TimeZone::UTC.to_timestamp(at);
        return at
            .map(|at| Some(at.as_microsecond()))
            .map_err(|error| error.to_string());
    }
    Err(format!(
        "Invalid time: '{text}' is no time that is known here."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_a_range_have_many_forms() {
        let now = 1_700_000_000 * SECOND;
        for (text, expected) in [
            ("", None),
            ("0", None),
            ("1600000000.5", Some(1_600_000_000_500_000)),
            ("now", Some(now)),
            ("-1h", Some(now - 3600 * SECOND)),
            ("2023-11-14T22:13:20Z", Some(now)),
            ("2023-11-14T22:13:20.000+00:00", Some(now)),
            ("2023-11-14T22:13:20", Some(now)),
        ] {
            assert_eq!(bound(text, now), Ok(expected), "{text}");
        }
        for wrong in ["yesterday", "rt", "rt-5m", "NaN", "-1parsec"] {
            assert!(bound(wrong, now).is_err(), "{wrong}");
        }
    }
}
