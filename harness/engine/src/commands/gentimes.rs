//! `gentimes`: adjacent ranges of time from a start up to an end.
//!
//! Search Reference, "gentimes": times are `MM/DD/YYYY[:HH:MM:SS]` or days from today's midnight (`-5`); the end itself
//! is left out and defaults to the last midnight, the increment to a day. Days follow the user's calendar.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Command as Syntax, Word};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Generate, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::{Format, SECOND};
use crate::value::Value;

/// How times are written for people.
const HUMAN: &str = "%a %b %e %H:%M:%S %Y";

pub(super) struct Gentimes;

const DOC: Doc = Doc::new(&[Example::alone(
    "| gentimes start=4/4/2021 end=4/6/2021 | fields starttime endtime",
    r#"[{"starttime":"1617494400","endtime":"1617580799"},{"starttime":"1617580800","endtime":"1617667199"}]"#,
)]);

impl Command for Gentimes {
    fn name(&self) -> &'static str {
        "gentimes"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let mut time = |name: &str| {
            let word = syntax.option(name)?;
            let read = Moment::read(word);
            if read.is_none() {
                let wanted = format!("`{name}` takes `MM/DD/YYYY`, `MM/DD/YYYY:HH:MM:SS` or days");
                arguments.wrong(word, &wanted);
            }
            read
        };
        let (start, end) = (time("start"), time("end"));
        let increment = match syntax.option("increment") {
            None => Some(1.day()),
            Some(word) => {
                let read = increment(&word.text);
                if read.is_none() {
                    arguments.wrong(word, "`increment` takes a count of `s`, `m`, `h` or `d`");
                }
                read
            }
        };
        let times = start.zip(increment).map(|(start, increment)| Times {
            start,
            end: end.unwrap_or(Moment::Days(0)),
            increment,
        });
        if syntax.option("start").is_none() {
            return Err(arguments.missing("`start=`"));
        }
        let times = arguments.finish_some(times)?;
        Ok(Stage::Source(Arc::new(times)))
    }
}

/// A time as written.
#[derive(Clone, Copy)]
enum Moment {
    At(DateTime),
    /// Days from the midnight with which today began.
    Days(i64),
}

impl Moment {
    fn read(word: &Word) -> Option<Self> {
        if let Ok(days) = word.text.parse() {
            return Some(Self::Days(days));
        }
        let (date, clock) = match word.text.split_once(':') {
            Some((date, clock)) => (date, clock),
            None => (word.text.as_str(), "0:0:0"),
        };
        let [month, day, year] = numbers(date, '/')?;
        let [hour, minute, second] = numbers(clock, ':')?;
        let small = |number: i16| i8::try_from(number).ok();
        // Years of two digits are of this century.
        let year = if year < 100 { year + 2000 } else { year };
        let (month, day, hour) = (small(month)?, small(day)?, small(hour)?);
        DateTime::new(year, month, day, hour, small(minute)?, small(second)?, 0)
            .ok()
            .map(Self::At)
    }

    fn civil(self, now: DateTime) -> Option<DateTime> {
        match self {
            Self::At(time) => Some(time),
            Self::Days(days) => {
                let days = Span::new().try_days(days).ok()?;
                now.date()
                    .to_datetime(jiff::civil::Time::midnight())
                    .checked_add(days)
                    .ok()
            }
        }
    }
}

fn numbers(text: &str, mark: char) -> Option<[i16; 3]> {
    let mut parts = text.split(mark).map(|part| part.parse().ok());
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

fn increment(text: &str) -> Option<Span> {
    let unit = text.chars().last()?;
    let count: i64 = text
        .strip_suffix(unit)?
        .parse()
        .ok()
        .filter(|count| *count > 0)?;
    let span = Span::new();
    match unit {
        's' => span.try_seconds(count).ok(),
        'm' => span.try_minutes(count).ok(),
        'h' => span.try_hours(count).ok(),
        'd' => span.try_days(count).ok(),
        _ => None,
    }
}

struct Times {
    start: Moment,
    end: Moment,
    increment: Span,
}

impl Generate for Times {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        let zone = &cx.env.zone;
        let now = Timestamp::from_microsecond(cx.env.now).unwrap_or(Timestamp::UNIX_EPOCH);
        let now = zone.to_datetime(now);
        let micros = |time: DateTime| micros(time, zone);
        let (Some(mut next), Some(end)) = (self.start.civil(now), self.end.civil(now)) else {
            return Ok(Table::default());
        };
        let human = Format::new(HUMAN);
        let mut rows = Vec::new();
        while next < end {
            let Ok(after) = next.checked_add(self.increment) else {
                break;
            };
            let (Some(from), Some(to)) = (micros(next), micros(after)) else {
                break;
            };
            let mut row = Vec::new();
            for (name, human_name, time) in [
                ("starttime", "starthuman", from),
                ("endtime", "endhuman", to - SECOND),
            ] {
                row.push((name, Value::text((time / SECOND).to_string())));
                let text = human.write(time, zone).map_or(Value::Null, Value::text);
                row.push((human_name, text));
            }
            rows.push(row);
            cx.charge(rows.len(), 0)?;
            next = after;
        }
        let names = ["endhuman", "endtime", "starthuman", "starttime"];
        Ok(Table::from_rows(rows).project(&names.map(Arc::from)))
    }
}

fn micros(time: DateTime, zone: &TimeZone) -> Option<i64> {
    Some(zone.to_timestamp(time).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn ranges_up_to_the_end() {
        check(
            "[]",
            "gentimes start=4/4/2021 end=4/6/2021 | fields starttime endtime endhuman",
            r#"[{"starttime":"1617494400","endtime":"1617580799","endhuman":"Sun Apr  4 23:59:59 2021"},
                {"starttime":"1617580800","endtime":"1617667199","endhuman":"Mon Apr  5 23:59:59 2021"}]"#,
        );
        check(
            "[]",
            "gentimes start=10/1/2020:23:00:00 end=10/2/2020 increment=30m | fields starthuman",
            r#"[{"starthuman":"Thu Oct  1 23:00:00 2020"},{"starthuman":"Thu Oct  1 23:30:00 2020"}]"#,
        );
        check(
            "[]",
            "gentimes start=-1 | fields starthuman",
            r#"[{"starthuman":"Mon Nov 13 00:00:00 2023"}]"#,
        );
        assert_eq!(mistakes("gentimes end=1"), ["DF307"]);
        assert_eq!(
            mistakes("gentimes start=x increment=0d"),
            ["DF307", "DF307"]
        );
    }
}
