//! Relative times such as `-1d@d+2h`, and spans such as `5m`.
//!
//! Splunk, Search Reference, "Time modifiers". The parts apply from left to right; `@` goes back to the beginning of
//! the unit. Days and longer follow the calendar of the zone, shorter units the clock's count.

use jiff::ToSpan;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use super::{SECOND, instant, local};

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `us`
    Microsecond,
    /// `ms`
    Millisecond,
    /// `cs`
    Centisecond,
    /// `ds`
    Decisecond,
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
    /// `mon`
    Month,
    /// `q`
    Quarter,
    /// `y`
    Year,
}

impl Unit {
    /// The unit of that name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "us" => Unit::Microsecond,
            "ms" => Unit::Millisecond,
            "cs" => Unit::Centisecond,
            "ds" => Unit::Decisecond,
            "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
            "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
            "d" | "day" | "days" => Unit::Day,
            "w" | "week" | "weeks" => Unit::Week,
            "mon" | "month" | "months" => Unit::Month,
            "q" | "qtr" | "qtrs" | "quarter" | "quarters" => Unit::Quarter,
            "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
            _ => return None,
        })
    }

    /// Its microseconds, where that is a fixed number.
    fn micros(self) -> Option<i64> {
        Some(match self {
            Unit::Microsecond => 1,
            Unit::Millisecond => 1_000,
            Unit::Centisecond => 10_000,
            Unit::Decisecond => 100_000,
            Unit::Second => SECOND,
            Unit::Minute => 60 * SECOND,
            Unit::Hour => 3600 * SECOND,
            Unit::Day | Unit::Week | Unit::Month | Unit::Quarter | Unit::Year => return None,
        })
    }
}

/// So many units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// How many.
    pub count: i64,
    /// Of what.
    pub unit: Unit,
}

impl Span {
    /// Reads `5m`, `-1day`, `mon` (one).
    pub fn parse(text: &str) -> Option<Self> {
        let (span, rest) = span(text)?;
        rest.is_empty().then_some(span)
    }

    /// The time so much later. A day that a month does not have becomes its last.
    pub fn after(self, micros: i64, zone: &TimeZone) -> Option<i64> {
        if let Some(length) = self.unit.micros() {
            return micros.checked_add(self.count.checked_mul(length)?);
        }
        let span = jiff::Span::new();
        let span = match self.unit {
            Unit::Day => span.try_days(self.count),
            Unit::Week => span.try_weeks(self.count),
            Unit::Month => span.try_months(self.count),
            Unit::Quarter => span.try_months(self.count.checked_mul(3)?),
            _ => span.try_years(self.count),
        };
        instant(local(micros, zone)?.checked_add(span.ok()?).ok()?, zone)
    }
}

/// A number, with a sign or without, and a unit.
fn span(text: &str) -> Option<(Span, &str)> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let count: i64 = if digits == 0 {
        1
    } else {
        rest[..digits].parse().ok()?
    };
    let (name, rest) = letters(&rest[digits..]);
    Some((
        Span {
            count: if negative { -count } else { count },
            unit: Unit::named(&name)?,
        },
        rest,
    ))
}

fn letters(text: &str) -> (String, &str) {
    let end = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    (text[..end].to_ascii_lowercase(), &text[end..])
}

/// A relative time, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    steps: Box<[Step]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Move(Span),
    Snap(Unit),
    /// To the last such day of the week; Sunday is 0.
    SnapToWeekday(i8),
}

impl Relative {
    /// Reads `-1d@d+2h`, `@w1`, `now`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut steps = Vec::new();
        if rest.eq_ignore_ascii_case("now") || rest.eq_ignore_ascii_case("now()") {
            return Some(Self {
                steps: steps.into(),
            });
        }
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('@') {
                Some(snap) => snap_to(snap)?,
                // A move that follows another step needs its sign.
                None if steps.is_empty() || rest.starts_with(['+', '-']) => {
                    let (span, after) = span(rest)?;
                    (Step::Move(span), after)
                }
                None => return None,
            };
            steps.push(step);
            rest = after;
        }
        (!steps.is_empty()).then(|| Self {
            steps: steps.into(),
        })
    }

    /// The time relative to `micros`.
    pub fn apply(&self, micros: i64, zone: &TimeZone) -> Option<i64> {
        self.steps
            .iter()
            .try_fold(micros, |micros, step| match step {
                Step::Move(span) => span.after(micros, zone),
                Step::Snap(unit) => snap(*unit, micros, zone),
                Step::SnapToWeekday(day) => {
                    let at = local(micros, zone)?;
                    let back = (i64::from(at.weekday().to_sunday_zero_offset()) - i64::from(*day))
                        .rem_euclid(7);
                    instant(at.start_of_day().checked_sub(back.days()).ok()?, zone)
                }
            })
    }
}

/// The unit after an `@`. `w0` is Sunday, and so are `w7` and `w`.
fn snap_to(text: &str) -> Option<(Step, &str)> {
    let (name, rest) = letters(text);
    let unit = Unit::named(&name)?;
    if unit != Unit::Week {
        return Some((Step::Snap(unit), rest));
    }
    let day = rest.bytes().next().filter(u8::is_ascii_digit);
    match day {
        None => Some((Step::SnapToWeekday(0), rest)),
        Some(day @ b'0'..=b'7') => Some((
            Step::SnapToWeekday(i8::try_from((day - b'0') % 7).ok()?),
            &rest[1..],
        )),
        Some(_) => None,
    }
}

/// The beginning of the unit.
fn snap(unit: Unit, micros: i64, zone: &TimeZone) -> Option<i64> {
    match unit {
        // Zones are whole minutes from UTC in our time, so that these need no calendar.
        Unit::Microsecond
        | Unit::Millisecond
        | Unit::Centisecond
        | Unit::Decisecond
        | Unit::Second
        | Unit::Minute => Some(micros - micros.rem_euclid(unit.micros()?)),
        // Subtracting keeps apart the two hours of the same name when the clock goes back.
        Unit::Hour => {
            let at = local(micros, zone)?;
            Some(
                micros
                    - i64::from(at.minute()) * 60 * SECOND
                    - i64::from(at.second()) * SECOND
                    - micros.rem_euclid(SECOND),
            )
        }
        Unit::Day | Unit::Week | Unit::Month | Unit::Quarter | Unit::Year => {
            let date = local(micros, zone)?.date();
            let date = match unit {
                Unit::Month => date.first_of_month(),
                Unit::Quarter => date
                    .with()
                    .month((date.month() - 1) / 3 * 3 + 1)
                    .day(1)
                    .build()
                    .ok()?,
                Unit::Year => date.first_of_year(),
                _ => date,
            };
            instant(DateTime::from_parts(date, Time::midnight()), zone)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(spec: &str, from: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let from = instant(from.parse().unwrap(), &zone).unwrap();
        let to = Relative::parse(spec).unwrap().apply(from, &zone).unwrap();
        local(to, &zone).unwrap().to_string()
    }

    #[test]
    fn steps_go_from_left_to_right() {
        // A Tuesday.
        let from = "2023-11-14T22:13:20.5";
        for (spec, to) in [
            ("-1d@d", "2023-11-13T00:00:00"),
            ("@d", "2023-11-14T00:00:00"),
            ("-70m@m", "2023-11-14T21:03:00"),
            ("-1d@d+2h", "2023-11-13T02:00:00"),
            ("@d-1s", "2023-11-13T23:59:59"),
            ("@w0", "2023-11-12T00:00:00"),
            ("@w7", "2023-11-12T00:00:00"),
            ("@w", "2023-11-12T00:00:00"),
            ("@w2", "2023-11-14T00:00:00"),
            ("@w3", "2023-11-08T00:00:00"),
            ("@q", "2023-10-01T00:00:00"),
            ("-1q@q", "2023-07-01T00:00:00"),
            ("@mon", "2023-11-01T00:00:00"),
            ("@y", "2023-01-01T00:00:00"),
            ("+1months", "2023-12-14T22:13:20.5"),
            ("-day", "2023-11-13T22:13:20.5"),
            ("30d", "2023-12-14T22:13:20.5"),
            ("-500ms", "2023-11-14T22:13:20"),
            ("@s", "2023-11-14T22:13:20"),
            ("-2HOURS@h", "2023-11-14T20:00:00"),
            ("now", "2023-11-14T22:13:20.5"),
        ] {
            assert_eq!(relative(spec, from, "UTC"), to, "{spec}");
        }
    }

    #[test]
    fn days_follow_the_calendar_and_hours_the_count() {
        // The clocks of Los Angeles went back on 2023-11-05.
        let zone = "America/Los_Angeles";
        assert_eq!(
            relative("-1d", "2023-11-05T12:00:00", zone),
            "2023-11-04T12:00:00"
        );
        assert_eq!(
            relative("-24h", "2023-11-05T12:00:00", zone),
            "2023-11-04T13:00:00"
        );
        assert_eq!(
            relative("-1mon", "2023-03-31T00:00:00", zone),
            "2023-02-28T00:00:00"
        );
        assert_eq!(
            relative("@h", "2023-03-12T03:30:00", "Asia/Kolkata"),
            "2023-03-12T03:00:00"
        );
    }

    #[test]
    fn junk_is_refused() {
        for spec in ["", "1", "@", "@w8", "-1x", "1d2h", "-1d@", "yesterday"] {
            assert_eq!(Relative::parse(spec), None, "{spec}");
        }
    }
}
