//! Reading times by a format: `strptime`, and time stamps of events.
//!
//! Splunk, Search Reference, "Date and time format variables" and "Date and Time functions". As in C, white space in
//! the format stands for any, names are read without regard to case, and text after the end of the format is left.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::format::{Format, MONTHS, Number, Piece, WEEKDAYS};
use super::{SECOND, instant, local, zone};

/// What a text says of a time. Parts that the format does not name are none.
#[derive(Debug, Clone, Default)]
pub struct Stamp {
    /// Seconds since 1970; it overrules everything but the fraction.
    pub epoch: Option<i64>,
    /// The year, with its century.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: Option<i8>,
    /// 1 to 31.
    pub day: Option<i8>,
    /// 1 to 366.
    pub day_of_year: Option<i16>,
    /// 0 to 23, or 1 to 12 with [`Stamp::afternoon`].
    pub hour: Option<i8>,
    /// AM or PM.
    pub afternoon: Option<bool>,
    /// 0 to 59.
    pub minute: Option<i8>,
    /// 0 to 60.
    pub second: Option<i8>,
    /// The fraction of the second in microseconds.
    pub micros: i64,
    /// The zone the text names.
    pub zone: Option<TimeZone>,
}

impl Stamp {
    /// The time. What is missing of the date comes from `now`: the year, or the whole date where the text has a time
    /// of day only. A month without a day is no date (Splunk: "Date and Time functions", `strptime`).
    pub fn resolve(&self, zone: &TimeZone, now: i64) -> Option<i64> {
        if let Some(epoch) = self.epoch {
            return epoch.checked_mul(SECOND)?.checked_add(self.micros);
        }
        let zone = self.zone.as_ref().unwrap_or(zone);
        let reading = DateTime::from_parts(self.date(local(now, zone)?.date())?, self.time()?);
        instant(reading, zone)?.checked_add(self.micros)
    }

    fn date(&self, today: Date) -> Option<Date> {
        let year = self.year.unwrap_or(today.year());
        match (self.month, self.day, self.day_of_year) {
            (Some(month), Some(day), _) => Date::new(year, month, day).ok(),
            (None, None, Some(day)) => Date::new(year, 1, 1)
                .ok()?
                .with()
                .day_of_year(day)
                .build()
                .ok(),
            (None, None, None) if self.year.is_none() => Some(today),
            _ => None,
        }
    }

    fn time(&self) -> Option<Time> {
        let hour = self.hour.unwrap_or(0);
        let hour = match self.afternoon {
            // 12 PM is noon; a clock of 24 hours does not mind the letters.
            Some(afternoon) if hour <= 12 => hour % 12 + if afternoon { 12 } else { 0 },
            _ => hour,
        };
        // A leap second counts as the second before it.
        Time::new(
            hour,
            self.minute.unwrap_or(0),
            self.second.unwrap_or(0).min(59),
            0,
        )
        .ok()
    }
}

impl Format {
    /// Reads a time; none where the text does not fit.
    pub fn read(&self, text: &str, zone: &TimeZone, now: i64) -> Option<i64> {
        self.scan(text)?.0.resolve(zone, now)
    }

    /// Reads what the text says, and how many bytes that took.
    pub fn scan(&self, text: &str) -> Option<(Stamp, usize)> {
        let mut stamp = Stamp::default();
        let mut rest = text;
        let mut pieces = self.pieces.iter().copied().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Literal(blank) if blank.is_whitespace() => rest = rest.trim_start(),
                // A text without a fraction fits a format with one: the manual reads "00:00:00 2018" by "%S.%N %Y".
                Piece::Literal('.' | ',') if matches!(pieces.peek(), Some(Piece::Fraction(_))) => {
                    let fraction = rest
                        .strip_prefix(['.', ','])
                        .filter(|rest| starts_with_digit(rest));
                    match fraction {
                        Some(fraction) => rest = fraction,
                        None => {
                            pieces.next();
                        }
                    }
                }
                Piece::Literal(character) => rest = rest.strip_prefix(character)?,
                Piece::Number(number, _) => rest = read_number(number, rest, &mut stamp)?,
                Piece::Month { .. } => {
                    let (month, after) = name(rest, &MONTHS)?;
                    stamp.month = i8::try_from(month + 1).ok();
                    rest = after;
                }
                Piece::Weekday { .. } => rest = name(rest, &WEEKDAYS)?.1,
                Piece::Noon { .. } => {
                    let (noon, after) = rest.split_at_checked(2)?;
                    stamp.afternoon = Some(match noon.to_ascii_lowercase().as_str() {
                        "am" => false,
                        "pm" => true,
                        _ => return None,
                    });
                    rest = after;
                }
                Piece::Fraction(width) => {
                    let (digits, after) = digits(rest, width.max(1))?;
                    stamp.micros = format!("{digits:0<6}").get(..6)?.parse().ok()?;
                    rest = after;
                }
                Piece::Epoch => {
                    let (negative, after) = rest
                        .strip_prefix('-')
                        .map_or((false, rest), |after| (true, after));
                    // `%s%3N`: without a point between them, the seconds have ten digits.
                    let fraction = matches!(pieces.peek(), Some(Piece::Fraction(_)));
                    let (digits, after) = digits(after, if fraction { 10 } else { 18 })?;
                    let seconds: i64 = digits.parse().ok()?;
                    stamp.epoch = Some(if negative { -seconds } else { seconds });
                    rest = after;
                }
                Piece::Offset(_) => {
                    let (seconds, after) = offset(rest.trim_start())?;
                    stamp.zone = Some(zone::offset(seconds)?);
                    rest = after;
                }
                Piece::OffsetMinutes => {
                    let (negative, after) = sign(rest)?;
                    let (digits, after) = digits(after, 4)?;
                    let minutes: i32 = digits.parse().ok()?;
                    stamp.zone = Some(zone::offset(if negative {
                        -minutes * 60
                    } else {
                        minutes * 60
                    })?);
                    rest = after;
                }
                Piece::Zone => {
                    let is_name = |character: char| {
                        character.is_ascii_alphanumeric() || "/_+-".contains(character)
                    };
                    let end = rest
                        .find(|character| !is_name(character))
                        .unwrap_or(rest.len());
                    stamp.zone = Some(zone::named(&rest[..end])?);
                    rest = &rest[end..];
                }
            }
        }
        // Texts of a span that no calendar has are refused here, not when they are used.
        stamp
            .epoch
            .is_none_or(|seconds| Timestamp::from_second(seconds).is_ok())
            .then_some(())?;
        Some((stamp, text.len() - rest.len()))
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// One to `width` digits.
fn digits(text: &str, width: usize) -> Option<(&str, &str)> {
    let end = text
        .bytes()
        .take(width)
        .take_while(u8::is_ascii_digit)
        .count();
    (end > 0).then(|| text.split_at(end))
}

fn sign(text: &str) -> Option<(bool, &str)> {
    match text.as_bytes().first()? {
        b'-' => Some((true, &text[1..])),
        b'+' => Some((false, &text[1..])),
        _ => Some((false, text)),
    }
}

/// Hours and minutes of an offset: `+hhmm`, `+hh:mm`, `+hh`, `Z`.
fn offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    if !text.starts_with(['+', '-']) {
        return None;
    }
    let (negative, rest) = sign(text)?;
    let (hours, rest) = digits(rest, 2)?;
    let after = rest
        .strip_prefix(':')
        .filter(|after| starts_with_digit(after))
        .unwrap_or(rest);
    let (minutes, rest) = digits(after, 2).unwrap_or(("0", rest));
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Some((if negative { -seconds } else { seconds }, rest))
}

/// The name, in full or its first three letters, that the text begins with.
fn name<'t>(text: &'t str, names: &[&str]) -> Option<(usize, &'t str)> {
    let starts = |name: &str| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let place = names.iter().position(|name| starts(&name[..3]))?;
    let length = if starts(names[place]) {
        names[place].len()
    } else {
        3
    };
    Some((place, &text[length..]))
}

fn read_number<'t>(number: Number, text: &'t str, stamp: &mut Stamp) -> Option<&'t str> {
    let (found, rest) = digits(text.trim_start_matches([' ', '\t']), number.width())?;
    let value: i16 = found.parse().ok()?;
    let small = i8::try_from(value).ok();
    let within = |low: i8, high: i8| small.filter(|small| (low..=high).contains(small));
    match number {
        Number::Year => stamp.year = Some(value),
        // POSIX: 69 to 99 are of the last century.
        Number::YearOfCentury => stamp.year = Some(value + if value >= 69 { 1900 } else { 2000 }),
        Number::Month => stamp.month = Some(within(1, 12)?),
        Number::Day => stamp.day = Some(within(1, 31)?),
        Number::DayOfYear => stamp.day_of_year = Some(value).filter(|day| (1..=366).contains(day)),
        Number::Hour => stamp.hour = Some(within(0, 23)?),
        Number::Hour12 => stamp.hour = Some(within(1, 12)?),
        Number::Minute => stamp.minute = Some(within(0, 59)?),
        Number::Second => stamp.second = Some(within(0, 60)?),
        // They follow from the date.
        Number::Weekday
        | Number::IsoWeekday
        | Number::WeekFromSunday
        | Number::WeekFromMonday
        | Number::IsoWeek
        | Number::IsoYear
        | Number::IsoYearOfCentury
        | Number::Century => {}
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Tuesday 2023-11-14 22:13:20 UTC.
    const NOW: i64 = 1_700_000_000 * SECOND;

    fn read(text: &str, format: &str) -> Option<i64> {
        Format::new(format).read(text, &TimeZone::UTC, NOW)
    }

    #[test]
    fn dates_and_times_of_day() {
        for (text, format, seconds) in [
            ("2019-01-30", "%Y-%m-%d", 1_548_806_400),
            ("1/30/19 1:02 pm", "%m/%d/%y %I:%M %p", 1_548_853_320),
            (
                "Mon Aug 13 00:00:00 2018",
                "%a %B %d %H:%M:%S.%N %Y",
                1_534_118_400,
            ),
            ("2019-030", "%Y-%j", 1_548_806_400),
            ("1534143600", "%s", 1_534_143_600),
            ("-5", "%s", -5),
            ("12 AM 2019-01-30", "%I %p %F", 1_548_806_400),
            ("2019-01-30 trailing", "%F", 1_548_806_400),
            ("  8   3 2019", "%m %d %Y", 1_564_790_400),
        ] {
            assert_eq!(read(text, format), Some(seconds * SECOND), "{text}");
        }
    }

    #[test]
    fn fractions_and_zones() {
        for (text, format, micros) in [
            (
                "2019-01-30T00:00:00.5Z",
                "%Y-%m-%dT%H:%M:%S.%N%z",
                1_548_806_400_500_000,
            ),
            (
                "2019-01-30T00:00:00.1234567+01:30",
                "%Y-%m-%dT%H:%M:%S.%9N%:z",
                1_548_801_000_123_456,
            ),
            (
                "2019-01-30 00:00:00 -0500",
                "%F %T %z",
                1_548_824_400_000_000,
            ),
            ("2019-01-30 00:00:00 PST", "%F %T %Z", 1_548_835_200_000_000),
            (
                "2019-07-30 00:00:00 America/New_York",
                "%F %T %Z",
                1_564_459_200_000_000,
            ),
            ("1548806400.25", "%s.%Q", 1_548_806_400_250_000),
            ("1548806400250", "%s%3N", 1_548_806_400_250_000),
        ] {
            assert_eq!(read(text, format), Some(micros), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_no_time() {
        for (text, format) in [
            ("2019-13-01", "%Y-%m-%d"),
            ("2019-02-30", "%Y-%m-%d"),
            ("2019/01/01", "%Y-%m-%d"),
            ("Jan 2019", "%b %Y"),
            ("2019", "%Y"),
            ("x", "%s"),
            ("", "%Y"),
            ("2019-01-01 XXX", "%F %Z"),
        ] {
            assert_eq!(read(text, format), None, "{text}");
        }
    }

    #[test]
    fn missing_parts_come_from_now() {
        assert_eq!(read("01/30", "%m/%d"), Some(1_675_036_800 * SECOND));
        assert_eq!(read("22:00", "%H:%M"), Some(1_699_999_200 * SECOND));
    }

    #[test]
    fn what_was_written_reads_back() {
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        let format = Format::new("%Y-%m-%d %H:%M:%S.%6N %z");
        for micros in [1_534_143_600_000_001, 0, 1_521_467_703_049_000, NOW] {
            let text = format.write(micros, &zone).unwrap();
            assert_eq!(
                format.read(&text, &TimeZone::UTC, NOW),
                Some(micros),
                "{text}"
            );
        }
    }
}
