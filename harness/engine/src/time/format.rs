//! Formats of times: the letters, and writing.
//!
//! Splunk, Search Reference, "Date and time format variables". The locale is US English on Linux, as in its examples.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{SECOND, local};

/// A compiled format, for writing (`strftime`) and for reading (`strptime`). Cheap enough to compile once a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    pub(super) pieces: Box<[Piece]>,
}

/// One piece of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A character that stands for itself; white space stands for any.
    Literal(char),
    /// A number of a fixed width.
    Number(Number, Pad),
    /// `%b`, `%B`
    Month { full: bool },
    /// `%a`, `%A`
    Weekday { full: bool },
    /// `%p`
    Noon { lower: bool },
    /// `%3N`, `%Q`, `%f`: that many digits of the second's fraction.
    Fraction(usize),
    /// `%s`
    Epoch,
    /// `%z` with that many colons: `+hhmm`, `+hh:mm`, `+hh:mm:ss`, `+hh`.
    Offset(usize),
    /// `%Ez`: the zone in minutes.
    OffsetMinutes,
    /// `%Z`
    Zone,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Year,
    YearOfCentury,
    Century,
    Month,
    Day,
    DayOfYear,
    Hour,
    Hour12,
    Minute,
    Second,
    /// Sunday is 0.
    Weekday,
    /// Monday is 1, Sunday 7.
    IsoWeekday,
    /// Weeks begin on Sunday; the days before the first are week 0.
    WeekFromSunday,
    WeekFromMonday,
    IsoWeek,
    IsoYear,
    IsoYearOfCentury,
}

impl Number {
    /// The most digits it has.
    pub(super) fn width(self) -> usize {
        match self {
            Number::Year | Number::IsoYear => 4,
            Number::DayOfYear => 3,
            Number::Weekday | Number::IsoWeekday => 1,
            _ => 2,
        }
    }
}

/// How a number is filled up to its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pad {
    Zero,
    Blank,
    None,
}

/// Full names; three letters are the short ones.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Sunday.
pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl Format {
    /// Compiles a format. What is no known letter stands for itself, `%` included.
    pub fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        compile(text, &mut pieces);
        Self {
            pieces: pieces.into(),
        }
    }

    /// Writes a time on the clock of a zone. None for times outside the calendar.
    pub fn write(&self, micros: i64, zone: &TimeZone) -> Option<String> {
        let at = local(micros, zone)?;
        let mut out = String::new();
        for piece in &self.pieces {
            match *piece {
                Piece::Literal(character) => out.push(character),
                Piece::Number(number, pad) => {
                    write_number(number_of(number, at), number.width(), pad, &mut out)
                }
                Piece::Month { full } => push_name(MONTHS[index(at.month()) - 1], full, &mut out),
                Piece::Weekday { full } => {
                    push_name(
                        WEEKDAYS[index(at.weekday().to_sunday_zero_offset())],
                        full,
                        &mut out,
                    );
                }
                Piece::Noon { lower } => out.push_str(match (at.hour() < 12, lower) {
                    (true, false) => "AM",
                    (false, false) => "PM",
                    (true, true) => "am",
                    (false, true) => "pm",
                }),
                Piece::Fraction(digits) => {
                    let nanos = format!("{:06}000", micros.rem_euclid(SECOND));
                    out.push_str(&nanos[..digits.min(nanos.len())]);
                }
                Piece::Epoch => write_text(micros.div_euclid(SECOND), &mut out),
                Piece::Offset(colons) => write_offset(zone, micros, colons, &mut out),
                Piece::OffsetMinutes => write_text(offset_seconds(zone, micros) / 60, &mut out),
                Piece::Zone => {
                    let stamp = Timestamp::from_microsecond(micros).ok()?;
                    out.push_str(zone.to_offset_info(stamp).abbreviation());
                }
            }
        }
        Some(out)
    }
}

fn compile(text: &str, pieces: &mut Vec<Piece>) {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '%'
            && let Some((length, found)) = variable(&rest[1..])
        {
            pieces.extend(found);
            rest = &rest[1 + length..];
            continue;
        }
        pieces.push(Piece::Literal(character));
        rest = &rest[character.len_utf8()..];
    }
}

/// The variable after a `%`: its length and its pieces.
fn variable(text: &str) -> Option<(usize, Vec<Piece>)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let flag = bytes
        .first()
        .copied()
        .filter(|byte| matches!(byte, b'-' | b'_'));
    at += usize::from(flag.is_some());
    let pad = match flag {
        Some(b'-') => Some(Pad::None),
        Some(_) => Some(Pad::Blank),
        None => None,
    };
    let width = bytes
        .get(at)
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| usize::from(byte - b'0'));
    at += usize::from(width.is_some());
    if bytes.get(at) == Some(&b'E') && bytes.get(at + 1) == Some(&b'z') {
        return Some((at + 2, vec![Piece::OffsetMinutes]));
    }
    let colons = bytes[at..].iter().take_while(|byte| **byte == b':').count();
    if colons > 0 {
        return (colons <= 3 && bytes.get(at + colons) == Some(&b'z'))
            .then(|| (at + colons + 1, vec![Piece::Offset(colons)]));
    }
    let number = |number| vec![Piece::Number(number, pad.unwrap_or(Pad::Zero))];
    let blank = |number| vec![Piece::Number(number, pad.unwrap_or(Pad::Blank))];
    let several = |format| {
        let mut pieces = Vec::new();
        compile(format, &mut pieces);
        pieces
    };
    let pieces = match bytes.get(at)? {
        b'Y' => number(Number::Year),
        b'y' => number(Number::YearOfCentury),
        b'C' => number(Number::Century),
        b'm' => number(Number::Month),
        b'd' => number(Number::Day),
        b'e' => blank(Number::Day),
        b'j' => number(Number::DayOfYear),
        b'H' => number(Number::Hour),
        b'k' => blank(Number::Hour),
        b'I' => number(Number::Hour12),
        b'l' => blank(Number::Hour12),
        b'M' => number(Number::Minute),
        b'S' => number(Number::Second),
        b'w' => number(Number::Weekday),
        b'u' => number(Number::IsoWeekday),
        b'U' => number(Number::WeekFromSunday),
        b'W' => number(Number::WeekFromMonday),
        // The manual's example prints 33 for 2022-08-14, which is in week 32 by ISO 8601 and by its own description.
        b'V' => number(Number::IsoWeek),
        b'G' => number(Number::IsoYear),
        b'g' => number(Number::IsoYearOfCentury),
        b'b' | b'h' => vec![Piece::Month { full: false }],
        b'B' => vec![Piece::Month { full: true }],
        b'a' => vec![Piece::Weekday { full: false }],
        b'A' => vec![Piece::Weekday { full: true }],
        b'p' => vec![Piece::Noon { lower: false }],
        b'P' => vec![Piece::Noon { lower: true }],
        b'N' => vec![Piece::Fraction(width.unwrap_or(9))],
        b'Q' => vec![Piece::Fraction(width.unwrap_or(3))],
        b'f' => vec![Piece::Fraction(width.unwrap_or(6))],
        b's' => vec![Piece::Epoch],
        b'z' => vec![Piece::Offset(0)],
        b'Z' => vec![Piece::Zone],
        b'F' => several("%Y-%m-%d"),
        b'T' | b'X' => several("%H:%M:%S"),
        b'R' => several("%H:%M"),
        b'r' => several("%I:%M:%S %p"),
        b'D' => several("%m/%d/%y"),
        b'x' => several("%m/%d/%Y"),
        b'c' => several("%a %b %e %H:%M:%S %Y"),
        b'+' => several("%a %b %e %H:%M:%S %Z %Y"),
        b'n' => vec![Piece::Literal('\n')],
        b't' => vec![Piece::Literal('\t')],
        b'%' => vec![Piece::Literal('%')],
        _ => return None,
    };
    Some((at + 1, pieces))
}

fn index(number: i8) -> usize {
    usize::try_from(number).unwrap_or(1)
}

fn number_of(number: Number, at: DateTime) -> i64 {
    let hour = i64::from(at.hour());
    let year = i64::from(at.year());
    let iso = at.date().iso_week_date();
    let day = i64::from(at.day_of_year());
    let weekday = at.weekday();
    match number {
        Number::Year => year,
        Number::YearOfCentury => year.rem_euclid(100),
        Number::Century => year.div_euclid(100),
        Number::Month => at.month().into(),
        Number::Day => at.day().into(),
        Number::DayOfYear => day,
        Number::Hour => hour,
        Number::Hour12 => (hour + 11) % 12 + 1,
        Number::Minute => at.minute().into(),
        Number::Second => at.second().into(),
        Number::Weekday => weekday.to_sunday_zero_offset().into(),
        Number::IsoWeekday => weekday.to_monday_one_offset().into(),
        Number::WeekFromSunday => (day + 6 - i64::from(weekday.to_sunday_zero_offset())) / 7,
        Number::WeekFromMonday => (day + 6 - i64::from(weekday.to_monday_zero_offset())) / 7,
        Number::IsoWeek => iso.week().into(),
        Number::IsoYear => iso.year().into(),
        Number::IsoYearOfCentury => i64::from(iso.year()).rem_euclid(100),
    }
}

fn write_number(number: i64, width: usize, pad: Pad, out: &mut String) {
    // Writing to a string can't fail.
    let _ = match pad {
        Pad::Zero => write!(out, "{number:0width$}"),
        Pad::Blank => write!(out, "{number:width$}"),
        Pad::None => write!(out, "{number}"),
    };
}

fn write_text(number: i64, out: &mut String) {
    write_number(number, 0, Pad::None, out);
}

fn push_name(name: &str, full: bool, out: &mut String) {
    out.push_str(if full { name } else { &name[..3] });
}

fn offset_seconds(zone: &TimeZone, micros: i64) -> i64 {
    Timestamp::from_microsecond(micros).map_or(0, |stamp| zone.to_offset(stamp).seconds().into())
}

fn write_offset(zone: &TimeZone, micros: i64, colons: usize, out: &mut String) {
    let seconds = offset_seconds(zone, micros);
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (
        seconds.abs() / 3600,
        seconds.abs() / 60 % 60,
        seconds.abs() % 60,
    );
    let _ = match colons {
        0 => write!(out, "{sign}{hours:02}{minutes:02}"),
        1 => write!(out, "{sign}{hours:02}:{minutes:02}"),
        2 => write!(out, "{sign}{hours:02}:{minutes:02}:{rest:02}"),
        _ => write!(out, "{sign}{hours:02}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: &str, micros: i64, zone: &str) -> String {
        Format::new(format)
            .write(micros, &TimeZone::get(zone).unwrap())
            .unwrap()
    }

    #[test]
    fn every_letter_writes() {
        // Monday 2018-03-19 06:55:03.049 in Los Angeles.
        let micros = 1_521_467_703_049_000;
        for (format, text) in [
            ("%Y-%m-%dT%H:%M:%S.%Q", "2018-03-19T06:55:03.049"),
            ("%3N %6N %9N %N", "049 049000 049000000 049000000"),
            ("%f %6Q", "049000 049000"),
            (
                "%z %:z %::z %:::z %Ez %Z",
                "-0700 -07:00 -07:00:00 -07 -420 PDT",
            ),
            ("%s", "1521467703"),
            ("%I|%l|%k|%p", "06| 6| 6|AM"),
            ("%e|%-d|%_m|%j", "19|19| 3|078"),
            ("%a %A %b %B %h", "Mon Monday Mar March Mar"),
            ("%w %u %U %W %V %G %g", "1 1 11 12 12 2018 18"),
            ("%F %T %R %D", "2018-03-19 06:55:03 06:55 03/19/18"),
            ("%c", "Mon Mar 19 06:55:03 2018"),
            ("%+", "Mon Mar 19 06:55:03 PDT 2018"),
            ("%x %X %r", "03/19/2018 06:55:03 06:55:03 AM"),
            ("%y%C%%%!é", "1820%%!é"),
        ] {
            assert_eq!(
                written(format, micros, "America/Los_Angeles"),
                text,
                "{format}"
            );
        }
    }

    #[test]
    fn hours_of_the_small_clock_go_from_12_to_11() {
        for (hour, text) in [(0, "12 AM"), (1, "01 AM"), (12, "12 PM"), (23, "11 PM")] {
            assert_eq!(written("%I %p", hour * 3600 * SECOND, "UTC"), text);
        }
    }
}
