//! Buckets of times and numbers: `bin`, `timechart`, `tstats … by _time span=`.
//!
//! Spans below a day are counted from 1970, longer ones follow the user's calendar (Search Reference, "bin"). That
//! `1w` begins on Sunday while `7d` counts from 1970 is not stated in the manual.

use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::column::Column;
use crate::time::{SECOND, Span, Unit, from_seconds, to_seconds};
use crate::value::Value;

/// The width of a bucket of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeSpan {
    width: Span,
    /// Where a bucket begins, for widths below a day: microseconds since 1970.
    align: i64,
    /// The day on which a week begins: 0 is Sunday.
    weekday: i64,
}

impl TimeSpan {
    /// Reads `5m`, `1d`, `mon`, `1w@w1` (weeks from Monday on). None for what is no span.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (text, snap) = text
            .split_once('@')
            .map_or((text, None), |(text, snap)| (text, Some(snap)));
        let width = Span::parse(text).filter(|width| width.count > 0)?;
        let weekday = match (width.unit, snap) {
            (_, None) => 0,
            (Unit::Week, Some(snap)) if snap.starts_with('w') && snap.len() == 2 => {
                i64::from(snap[1..].parse::<u8>().ok().filter(|day| *day <= 7)? % 7)
            }
            // Buckets begin at whole units anyway.
            (unit, Some(snap)) => {
                let same = Span::parse(snap).is_some_and(|snap| snap.unit == unit);
                same.then_some(0)?
            }
        };
        Some(Self {
            width,
            align: 0,
            weekday,
        })
    }

    pub(super) fn of(count: i64, unit: Unit) -> Self {
        Self {
            width: Span { count, unit },
            align: 0,
            weekday: 0,
        }
    }

    /// Buckets that begin at that time.
    pub(super) fn aligned(self, micros: i64) -> Self {
        Self {
            align: micros,
            ..self
        }
    }

    /// The width in microseconds; none for days and longer.
    fn fixed(self) -> Option<i64> {
        let unit = match self.width.unit {
            Unit::Microsecond => 1,
            Unit::Millisecond => 1_000,
            Unit::Centisecond => 10_000,
            Unit::Decisecond => 100_000,
            Unit::Second => SECOND,
            Unit::Minute => 60 * SECOND,
            Unit::Hour => 3_600 * SECOND,
            _ => return None,
        };
        self.width.count.checked_mul(unit)
    }

    /// The beginning of the bucket of a time.
    pub(super) fn floor(self, micros: i64, zone: &TimeZone) -> Option<i64> {
        if let Some(width) = self.fixed() {
            return Some(micros - (micros - self.align).rem_euclid(width));
        }
        let day = zone
            .to_datetime(Timestamp::from_microsecond(micros).ok()?)
            .date();
        let start = self.first_day(day)?;
        Some(
            zone.to_timestamp(start.to_datetime(jiff::civil::Time::midnight()))
                .ok()?
                .as_microsecond(),
        )
    }

    /// The beginning of the next bucket.
    pub(super) fn next(self, start: i64, zone: &TimeZone) -> Option<i64> {
        let next = self.width.after(start, zone)?;
        // Where the clock changes, the sum may be off the beginning of a day.
        if self.fixed().is_some() {
            Some(next)
        } else {
            self.floor(next.checked_add(SECOND)?, zone)
        }
    }

    fn first_day(self, day: Date) -> Option<Date> {
        const EPOCH: Date = date(1970, 1, 1);
        let count = self.width.count;
        let months = i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
        let month = |months: i64| {
            let months = months - months.rem_euclid(count.checked_mul(self.months())?);
            let year = i16::try_from(months.div_euclid(12)).ok()?;
            let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
            Date::new(year, month, 1).ok()
        };
        match self.width.unit {
            Unit::Day | Unit::Week => {
                // 1970-01-04 was a Sunday.
                let (origin, width) = match self.width.unit {
                    Unit::Week => (
                        EPOCH.checked_add((3 + self.weekday).days()).ok()?,
                        count.checked_mul(7)?,
                    ),
                    _ => (EPOCH, count),
                };
                let days = i64::from(day.since(origin).ok()?.get_days());
                day.checked_sub(days.rem_euclid(width).days()).ok()
            }
            _ => month(months),
        }
    }

    fn months(self) -> i64 {
        match self.width.unit {
            Unit::Quarter => 3,
            Unit::Year => 12,
            _ => 1,
        }
    }

    /// Roughly how many seconds.
    pub(super) fn seconds(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "spans are short")]
        let count = self.width.count as f64;
        count
            * match self.width.unit {
                Unit::Microsecond => 1e-6,
                Unit::Millisecond => 1e-3,
                Unit::Centisecond => 0.01,
                Unit::Decisecond => 0.1,
                Unit::Second => 1.0,
                Unit::Minute => 60.0,
                Unit::Hour => 3_600.0,
                Unit::Day => 86_400.0,
                Unit::Week => 604_800.0,
                Unit::Month => 2_592_000.0,
                Unit::Quarter => 7_776_000.0,
                Unit::Year => 31_536_000.0,
            }
    }

    /// Times (seconds) at the beginning of their buckets; what is no number stays.
    pub(crate) fn floor_column(self, column: &Column, zone: &TimeZone) -> Column {
        super::columns::map_singles(column, |value| {
            let start = value
                .as_number()
                .and_then(from_seconds)
                .and_then(|micros| self.floor(micros, zone));
            start.map_or_else(|| value.clone(), |start| Value::Number(to_seconds(start)))
        })
    }
}

/// The shortest span that cuts a range of seconds into at most so many buckets, among those that Splunk uses
/// (Search Reference, "timechart", "Default time spans").
pub(super) fn time_span_for(seconds: f64, bins: usize, least: Option<TimeSpan>) -> TimeSpan {
    let least = least.map_or(0.0, TimeSpan::seconds);
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let bins = bins.max(1) as f64;
    [
        (1, Unit::Second),
        (5, Unit::Second),
        (10, Unit::Second),
        (30, Unit::Second),
        (1, Unit::Minute),
        (5, Unit::Minute),
        (10, Unit::Minute),
        (30, Unit::Minute),
        (1, Unit::Hour),
        (1, Unit::Day),
        (1, Unit::Month),
    ]
    .map(|(count, unit)| TimeSpan::of(count, unit))
    .into_iter()
    .find(|span| span.seconds() >= least && seconds / span.seconds() <= bins)
    .unwrap_or(TimeSpan::of(1, Unit::Year))
}

/// The bucket of a number as Splunk names it: `10-20`.
pub(super) fn number_range(number: f64, width: f64) -> Value {
    let start = (number / width).floor() * width;
    let text = |number: f64| Value::number(number).to_text();
    let name: Arc<str> = format!(
        "{}-{}",
        text(round(start, width)),
        text(round(start + width, width))
    )
    .into();
    Value::Text(name)
}

/// The least round width (1, 2 or 5 times a power of ten) that cuts a range into at most so many buckets.
pub(super) fn number_width_for(range: f64, bins: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let exact = (range / bins.max(1) as f64).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(exact.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|width| *width >= exact)
        .unwrap_or(power)
}

/// Multiples of a width like 0.1 without the noise of their last digits.
fn round(number: f64, width: f64) -> f64 {
    let scale = 10f64.powf((-width.log10().floor()).max(0.0) + 6.0);
    let scaled = (number * scale).round();
    if scaled.is_finite() {
        scaled / scale
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floor(span: &str, time: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let at: Timestamp = time.parse().unwrap();
        let start = TimeSpan::parse(span)
            .unwrap()
            .floor(at.as_microsecond(), &zone)
            .unwrap();
        zone.to_datetime(Timestamp::from_microsecond(start).unwrap())
            .to_string()
    }

    #[test]
    fn long_spans_follow_the_calendar() {
        // A Tuesday.
        let at = "2023-11-14T22:13:20Z";
        for (span, start) in [
            ("5m", "2023-11-14T22:10:00"),
            ("1h", "2023-11-14T22:00:00"),
            ("1d", "2023-11-14T00:00:00"),
            ("1w", "2023-11-12T00:00:00"),
            ("1w@w1", "2023-11-13T00:00:00"),
            ("1w@w3", "2023-11-08T00:00:00"),
            ("1w@w7", "2023-11-12T00:00:00"),
            ("1h@h", "2023-11-14T22:00:00"),
            ("7d", "2023-11-09T00:00:00"),
            ("1mon", "2023-11-01T00:00:00"),
            ("1q", "2023-10-01T00:00:00"),
            ("1y", "2023-01-01T00:00:00"),
            ("100ms", "2023-11-14T22:13:20"),
        ] {
            assert_eq!(floor(span, at, "UTC"), start, "{span}");
        }
        assert_eq!(
            floor("1d", "2023-11-14T03:00:00Z", "America/New_York"),
            "2023-11-13T00:00:00"
        );
    }

    #[test]
    fn buckets_follow_each_other_when_the_clock_changes() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let day = TimeSpan::parse("1d").unwrap();
        let start: Timestamp = "2023-11-05T04:00:00Z".parse().unwrap();
        let next = day.next(start.as_microsecond(), &zone).unwrap();
        assert_eq!(
            Timestamp::from_microsecond(next).unwrap().to_string(),
            "2023-11-06T05:00:00Z"
        );
    }

    #[test]
    fn numbers_are_named_by_their_range() {
        assert_eq!(number_range(17.0, 10.0), Value::from("10-20"));
        assert_eq!(number_range(-0.25, 0.1), Value::from("-0.3--0.2"));
        assert_eq!(
            (number_width_for(100.0, 10), number_width_for(37.0, 10)),
            (10.0, 5.0)
        );
    }
}
