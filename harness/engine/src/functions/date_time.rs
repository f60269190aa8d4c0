//! Date and time functions: `now`, `relative_time`, `strftime`, `strptime`, `time`. Times are seconds since 1970.
//!
//! Splunk, Search Reference, "Date and Time functions". Its examples print `strptime` with six decimals; here the
//! result is a number and prints without trailing zeros.

use std::sync::Arc;

use dryfire_plan::Transfer::{self, Unknown};

use super::plain::{plain_functions, spec};
use super::{Function, Prepared, Spec};
use crate::env::Cx;
use crate::time::{self, Format, Relative};
use crate::value::Value;

const GROUP: &str = "Date and time";

plain_functions! { "Date and time":
    Unknown, |_, cx| Value::number(time::to_seconds(cx.env.now.div_euclid(time::SECOND) * time::SECOND)),
    ("now", 0..=0, "now()", "The time at which the search began, in whole seconds.", [r#"strftime(now(), "%Y")"# => "2023"]);

    Unknown, |_, cx| Value::number(time::to_seconds(cx.env.now)),
    ("time", 0..=0, "time()", "The time, with microseconds.",
     "the time at which the search began stands for the time at which the row is computed", [r#"strftime(time(), "%Y")"# => "2023"]);
}

/// The functions that are more than plain.
pub(super) const OTHERS: &[&dyn Function] = &[&RelativeTime, &StrfTime, &StrpTime];

fn micros(value: Option<&Value>) -> Option<i64> {
    value
        .and_then(Value::as_number)
        .and_then(time::from_seconds)
}

fn seconds(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |micros| {
        Value::number(time::to_seconds(micros))
    })
}

/// A constant second argument that is text.
fn constant(constants: &[Option<Value>]) -> Option<&Value> {
    constants
        .get(1)
        .and_then(Option::as_ref)
        .filter(|value| !value.is_null())
}

struct RelativeTime;

impl Function for RelativeTime {
    fn spec(&self) -> &'static Spec {
        spec!(GROUP, "relative_time", 2..=2, "relative_time(<time>, <specifier>)",
            "The time moved by a specifier such as -1d@d: its parts apply from left to right, and @ goes back to the beginning of the unit.",
            [r#"relative_time(1700000000, "-1d@d")"# => "1699833600", r#"relative_time(1700000000, "@w1+8h")"# => "1699862400",
             r#"relative_time(missing, "@d")"# => ""])
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let Some(specifier) = arguments.get(1).filter(|specifier| !specifier.is_null()) else {
            return Value::Null;
        };
        specifier
            .with_text(Relative::parse)
            .map_or(Value::Null, |relative| relative.call(arguments, cx))
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        let Some(specifier) = constant(constants) else {
            return Ok(None);
        };
        match specifier.with_text(Relative::parse) {
            Some(relative) => Ok(Some(Arc::new(relative))),
            None => Err(format!("`{}` is no relative time", specifier.to_text())),
        }
    }

    fn transfer(&self) -> Transfer {
        Unknown
    }
}

impl Prepared for Relative {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        seconds(micros(arguments.first()).and_then(|micros| self.apply(micros, &cx.env.zone)))
    }
}

struct StrfTime;

impl Function for StrfTime {
    fn spec(&self) -> &'static Spec {
        spec!(GROUP, "strftime", 2..=2, "strftime(<time>, <format>)", "The time as text, in the time zone of the user.",
            [r#"strftime(1700000000, "%Y-%m-%dT%H:%M:%S")"# => "2023-11-14T22:13:20",
             r#"strftime(1700000000.049, "%H:%M:%S.%Q %A %w")"# => "22:13:20.049 Tuesday 2", r#"strftime("x", "%H")"# => ""])
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let Some(format) = arguments.get(1).filter(|format| !format.is_null()) else {
            return Value::Null;
        };
        Written(format.with_text(Format::new)).call(arguments, cx)
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        Ok(constant(constants)
            .map(|format| Arc::new(Written(format.with_text(Format::new))) as Arc<dyn Prepared>))
    }
}

struct Written(Format);

impl Prepared for Written {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let text = micros(arguments.first()).and_then(|micros| self.0.write(micros, &cx.env.zone));
        text.map_or(Value::Null, Value::text)
    }
}

struct StrpTime;

impl Function for StrpTime {
    fn spec(&self) -> &'static Spec {
        spec!(GROUP, "strptime", 2..=2, "strptime(<str>, <format>)",
            "The time that the text says; null where it does not fit the format. A time without a zone is in the user's.",
            [r#"strptime("2019-01-30", "%Y-%m-%d")"# => "1548806400",
             r#"strptime("2019-01-30T01:00:00.25+01:00", "%Y-%m-%dT%H:%M:%S.%N%:z")"# => "1548806400.25",
             r#"strptime("Jan 2019", "%b %Y")"# => "", r#"strptime("tomorrow", "%Y")"# => ""])
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let Some(format) = arguments.get(1).filter(|format| !format.is_null()) else {
            return Value::Null;
        };
        Read(format.with_text(Format::new)).call(arguments, cx)
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        Ok(constant(constants)
            .map(|format| Arc::new(Read(format.with_text(Format::new))) as Arc<dyn Prepared>))
    }
}

struct Read(Format);

impl Prepared for Read {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let Some(text) = arguments.first().filter(|text| !text.is_null()) else {
            return Value::Null;
        };
        seconds(text.with_text(|text| self.0.read(text, &cx.env.zone, cx.env.now)))
    }
}
