//! `_time` out of the text of an event: `TIME_PREFIX`, `TIME_FORMAT`, `MAX_TIMESTAMP_LOOKAHEAD`, `TZ`, or by its looks.

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_knowledge::{DatetimeConfig, IndexTime};
use dryfire_plan::DatePart;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use memchr::memmem::Finder;

use super::compiled;
use crate::pattern::Pattern;
use crate::time::{Format, Stamp};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Reads the time of events.
#[derive(Debug)]
pub struct Clock {
    prefix: Prefix,
    format: Option<Format>,
    iso: bool,
    syslog: Format,
    lookahead: usize,
    zone: TimeZone,
    off: bool,
    /// Whether events have `date_hour` and the like.
    dated: bool,
    /// What a time must lie between to be believed.
    believed: (i64, i64),
    fallback: i64,
}

/// A time in a text.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// Microseconds since 1970.
    time: i64,
    /// Seconds east of UTC, where the text says it.
    offset: Option<i64>,
}

/// A time as a text shows it.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// In the zone of the text.
    pub civil: DateTime,
    /// Seconds east of UTC, where the text says it.
    pub offset: Option<i64>,
}

impl Shown {
    /// The value of a field that Splunk makes of the time.
    pub fn part(&self, part: DatePart) -> String {
        const WDAYS: [&str; 7] = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        let name = |names: &[&str], one_based: i8| {
            let place = usize::try_from(one_based - 1).unwrap_or_default();
            names.get(place).copied().unwrap_or_default().to_owned()
        };
        let civil = self.civil;
        match part {
            DatePart::Hour => civil.hour().to_string(),
            DatePart::Mday => civil.day().to_string(),
            DatePart::Minute => civil.minute().to_string(),
            DatePart::Month => name(&MONTHS, civil.month()),
            DatePart::Second => civil.second().to_string(),
            DatePart::Wday => name(&WDAYS, civil.weekday().to_monday_one_offset()),
            DatePart::Year => civil.year().to_string(),
            DatePart::Zone => self
                .offset
                .map_or_else(|| "local".to_owned(), |offset| (offset / 60).to_string()),
        }
    }
}

#[derive(Debug)]
enum Prefix {
    None,
    Literal(Box<Finder<'static>>),
    Pattern(Pattern),
}

impl Clock {
    /// The clock of a configuration.
    pub fn new(rules: &IndexTime, fallback: i64, notes: &mut Vec<Diagnostic>) -> Self {
        let prefix = match rules.time_prefix.as_deref() {
            None | Some("") => Prefix::None,
            Some(text) if is_literal(text) => {
                Prefix::Literal(Box::new(Finder::new(text).into_owned()))
            }
            Some(text) => {
                compiled("TIME_PREFIX", text, notes).map_or(Prefix::None, Prefix::Pattern)
            }
        };
        let mut note =
            |message: String| notes.push(Diagnostic::warning(&codes::dataset::CONF_VALUE, message));
        let zone = match rules.tz.as_deref() {
            None | Some("") => TimeZone::UTC,
            Some(name) => TimeZone::get(name).unwrap_or_else(|_| {
                note(format!("TZ = {name} is no known time zone, so UTC is used"));
                TimeZone::UTC
            }),
        };
        if let DatetimeConfig::File(file) = &rules.datetime_config {
            note(format!(
                "DATETIME_CONFIG = {file}: patterns of an app's own are not read, so times are found by their looks"
            ));
        }
        let format = rules
            .time_format
            .as_deref()
            .filter(|format| !format.is_empty());
        Self {
            prefix,
            iso: format.is_some_and(|format| format.starts_with("%Y-%m-%dT%H:%M:%S")),
            format: format.map(Format::new),
            syslog: Format::new("%b %d %H:%M:%S"),
            lookahead: rules.max_timestamp_lookahead.unwrap_or(usize::MAX),
            zone,
            off: matches!(
                rules.datetime_config,
                DatetimeConfig::Current | DatetimeConfig::None
            ),
            dated: rules.add_extra_time_fields,
            believed: believed(rules, fallback),
            fallback,
        }
    }

    /// The time that the text of an event shows, in the zone in which it shows it, if events have such fields: where
    /// `ADD_EXTRA_TIME_FIELDS` is off, and where the time is not that of the text, they have none.
    pub fn date(&self, event: &str, time: i64) -> Option<Shown> {
        if self.off || !self.dated {
            return None;
        }
        let moment = self.found(event).filter(|moment| moment.time == time)?;
        let at = jiff::Timestamp::from_microsecond(time).ok()?;
        let civil = match moment.offset {
            Some(offset) => Offset::from_seconds(i32::try_from(offset).ok()?)
                .ok()?
                .to_datetime(at),
            None => self.zone.to_datetime(at),
        };
        Some(Shown {
            civil,
            offset: moment.offset,
        })
    }

    /// The time of an event: microseconds since 1970; nothing where none can be read.
    pub fn read(&self, event: &str) -> Option<i64> {
        if self.off {
            return Some(self.fallback);
        }
        self.found(event)
            .map(|moment| moment.time)
            .filter(|time| self.believed.0 <= *time && *time <= self.believed.1)
    }

    /// The time in a text that holds nothing else: the values of `TIMESTAMP_FIELDS`.
    pub fn read_fields(&self, text: &str) -> Option<i64> {
        let found = match &self.format {
            Some(format) => format.scan(text)?.0.resolve(&self.zone, self.fallback),
            None => self.by_looks(text).map(|moment| moment.time),
        };
        found.filter(|time| self.believed.0 <= *time && *time <= self.believed.1)
    }

    fn found(&self, event: &str) -> Option<Moment> {
        let from = match &self.prefix {
            Prefix::None => 0,
            Prefix::Literal(finder) => finder.find(event.as_bytes())? + finder.needle().len(),
            Prefix::Pattern(pattern) => {
                pattern
                    .groups_at(event, 0)
                    .ok()??
                    .first()
                    .copied()
                    .flatten()?
                    .1
            }
        };
        let text = window(event.get(from..)?, self.lookahead);
        match &self.format {
            // The usual form is read without the general parser: it is most of the time spent on a large file.
            Some(_)
                if self.iso
                    && let Some(moment) = iso(text, &self.zone) =>
            {
                Some(moment)
            }
            Some(format) => self.formatted(text, format),
            None => self.by_looks(text),
        }
    }

    /// Whether a line shows a date, so that `BREAK_ONLY_BEFORE_DATE` breaks before it.
    pub fn shows_date(&self, line: &str) -> bool {
        // Where times are not looked for, no line has one (props.conf.spec, `BREAK_ONLY_BEFORE_DATE`).
        if self.off {
            return false;
        }
        match self.prefix {
            Prefix::None if self.format.is_none() => self
                .by_looks(window(line, self.lookahead.min(128)))
                .is_some(),
            _ => self.read(line).is_some(),
        }
    }

    /// With a prefix the time stands right there; without, anywhere in the window (props.conf.spec, `TIME_FORMAT`).
    fn formatted(&self, text: &str, format: &Format) -> Option<Moment> {
        let anchored = !matches!(self.prefix, Prefix::None);
        let starts = text
            .char_indices()
            .map(|(at, _)| at)
            .take(if anchored { 1 } else { 256 });
        starts
            .filter(|at| *at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric())
            .find_map(|at| {
                let (stamp, _) = format.scan(&text[at..])?;
                self.resolved(&stamp)
            })
    }

    fn resolved(&self, stamp: &Stamp) -> Option<Moment> {
        let time = stamp.resolve(&self.zone, self.fallback)?;
        let offset = stamp.zone.as_ref().and_then(|zone| {
            let at = jiff::Timestamp::from_microsecond(time).ok()?;
            Some(i64::from(zone.to_offset(at).seconds()))
        });
        Some(Moment { time, offset })
    }

    /// A time that is recognised by its looks: ISO 8601, US dates, syslog, epoch seconds to nanoseconds.
    fn by_looks(&self, text: &str) -> Option<Moment> {
        let bytes = text.as_bytes();
        for at in 0..bytes.len().min(512) {
            if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
                continue;
            }
            let found = match bytes[at] {
                b'0'..=b'9' => {
                    let (rest, zone) = (&text[at..], &self.zone);
                    iso(rest, zone)
                        .or_else(|| us_date(rest, zone))
                        .or_else(|| epoch(rest))
                }
                b'A'..=b'Z' => self
                    .syslog
                    .scan(&text[at..])
                    .and_then(|(stamp, _)| self.resolved(&stamp)),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// `MAX_DAYS_AGO` and `MAX_DAYS_HENCE`, where a stanza sets them and it is known when the data come in. Their defaults
/// guard against misreading, not against old data: these keep their times here.
fn believed(rules: &IndexTime, now: i64) -> (i64, i64) {
    let days = |days: Option<u32>| {
        let days = days.filter(|_| now != 0)?;
        Some(i64::from(days) * 86_400 * SECOND)
    };
    (
        days(rules.max_days_ago).map_or(i64::MIN, |ago| now - ago),
        days(rules.max_days_hence).map_or(i64::MAX, |hence| now + hence),
    )
}

fn is_literal(pattern: &str) -> bool {
    pattern
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b" <>='\"_:,-/".contains(&byte))
}

fn window(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn digits(text: &[u8], from: usize, count: usize) -> Option<i64> {
    let part = text.get(from..from + count)?;
    part.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// `2021-10-01T17:30:39.0839658Z`, with `T` or a blank, any number of digits, `Z`, an offset, or none.
fn iso(text: &str, zone: &TimeZone) -> Option<Moment> {
    let bytes = text.as_bytes();
    let separator =
        |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|byte| allowed.contains(byte));
    if !(separator(4, b"-/")
        && separator(7, b"-/")
        && separator(10, b"T ")
        && separator(13, b":")
        && separator(16, b":"))
    {
        return None;
    }
    let part = |from, count| digits(bytes, from, count);
    let (year, month, day) = (part(0, 4)?, part(5, 2)?, part(8, 2)?);
    let (hour, minute, second) = (part(11, 2)?, part(14, 2)?, part(17, 2)?);
    let (fraction, end) = fraction(bytes, 19);
    let offset = match bytes.get(end) {
        Some(b'Z') => Some(0),
        Some(sign @ (b'+' | b'-')) if part(end + 1, 2).is_some() => {
            let colon = usize::from(bytes.get(end + 3) == Some(&b':'));
            let seconds = part(end + 1, 2)? * 3600 + part(end + 3 + colon, 2).unwrap_or(0) * 60;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    };
    let time = civil(
        year, month, day, hour, minute, second, fraction, offset, zone,
    )?;
    Some(Moment { time, offset })
}

/// `10/08/2020 11:03:46 AM`.
fn us_date(text: &str, zone: &TimeZone) -> Option<Moment> {
    let bytes = text.as_bytes();
    if !(bytes.get(2) == Some(&b'/') && bytes.get(5) == Some(&b'/') && bytes.get(10) == Some(&b' '))
    {
        return None;
    }
    let part = |from, count| digits(bytes, from, count);
    let (month, day, year) = (part(0, 2)?, part(3, 2)?, part(6, 4)?);
    let (hour, minute, second) = (part(11, 2)?, part(14, 2)?, part(17, 2)?);
    let (fraction, end) = fraction(bytes, 19);
    let rest = text.get(end..)?.trim_start();
    let hour = match rest.get(..2) {
        Some("AM") => hour % 12,
        Some("PM") => hour % 12 + 12,
        _ => hour,
    };
    let time = civil(year, month, day, hour, minute, second, fraction, None, zone)?;
    Some(Moment { time, offset: None })
}

/// Seconds since 1970 with ten digits, or thirteen, sixteen, nineteen for finer units; in the years 2001 to 2286.
fn epoch(text: &str) -> Option<Moment> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = text.get(..length)?.parse().ok()?;
    match length {
        10 => Some(number * SECOND + fraction(text.as_bytes(), 10).0),
        13 => Some(number * 1000),
        16 => Some(number),
        19 => Some(number / 1000),
        _ => None,
    }
    .filter(|time| *time >= 1_000_000_000 * SECOND)
    .map(|time| Moment { time, offset: None })
}

/// The microseconds after a point at `at`, and the place after the digits.
fn fraction(bytes: &[u8], at: usize) -> (i64, usize) {
    if !matches!(bytes.get(at), Some(b'.' | b',')) {
        return (0, at);
    }
    let count = bytes[at + 1..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let kept = count.min(6);
    let micros =
        digits(bytes, at + 1, kept).unwrap_or(0) * 10_i64.pow(6 - u32::try_from(kept).unwrap_or(6));
    (micros, at + 1 + count)
}

#[expect(clippy::too_many_arguments, reason = "the parts of a civil time")]
fn civil(
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    offset: Option<i64>,
    zone: &TimeZone,
) -> Option<i64> {
    let small = |number: i64| i8::try_from(number).ok();
    // A leap second counts as the one before it.
    let time = DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second.min(59))?,
        i32::try_from(micros * 1000).ok()?,
    )
    .ok()?;
    let zone = if offset.is_some() {
        &TimeZone::UTC
    } else {
        zone
    };
    Some(zone.to_timestamp(time).ok()?.as_microsecond() - offset.unwrap_or(0) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, micros: Option<i64>) {
        let meta = dryfire_knowledge::Meta {
            source: "",
            host: "",
            sourcetype: "",
        };
        let defaults = dryfire_knowledge::Knowledge::default()
            .resolve(&meta)
            .index_time;
        let rules = IndexTime {
            time_prefix: None,
            time_format: None,
            tz: None,
            ..defaults
        };
        assert_eq!(
            Clock::new(&rules, 0, &mut Vec::new()).read(text),
            micros,
            "{text}"
        );
    }

    #[test]
    fn times_are_known_by_their_looks() {
        check(
            "<TimeCreated SystemTime='2021-10-01T17:30:39.0839658Z'/>",
            Some(1_633_109_439_083_965),
        );
        check("2021-10-01 17:30:39,5 +02:00", Some(1_633_109_439_500_000));
        check("2021-10-01T17:30:39+02:00", Some(1_633_102_239_000_000));
        check(
            "10/08/2020 11:03:46 PM\nLogName=Security",
            Some(1_602_198_226_000_000),
        );
        check(
            "{\"timestamp\":\"1713805173418\"}",
            Some(1_713_805_173_418_000),
        );
        check(
            "type=EXECVE msg=audit(1609459200.123:45):",
            Some(1_609_459_200_123_000),
        );
        check("no time, 12 apples", None);
    }
}
