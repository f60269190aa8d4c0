//! Conversion functions: `ipmask`, `printf`, `tobool`, `todouble`, `toint`, `tonumber`, `tostring`.
//!
//! Splunk, Search Reference, "Conversion functions".

use std::net::Ipv4Addr;
use std::sync::Arc;

use dryfire_plan::Transfer::Unknown;

use super::mathematical::rounded_text;
use super::plain::{integer, number, plain_functions, spec};
use super::printf::Template;
use super::{Function, Prepared, Spec};
use crate::env::Cx;
use crate::value::Value;

plain_functions! { "Conversion":
    Unknown, |a, _| mask(a),
    ("ipmask", 2..=2, "ipmask(<mask>, <ip>)", "The IPv4 address with the mask applied; null for what is none.",
     [r#"ipmask("255.255.255.0", "10.20.30.120")"# => "10.20.30.0", r#"ipmask("255.0.0.0", "x")"# => ""]);

    Unknown, |a, cx| boolean(a.first(), cx),
    ("tobool", 1..=1, "tobool(<value>)", "The truth of true, t, 1 and false, f, 0; of a number, whether it is not 0.",
     "which texts count as true or false is not known in full",
     [r#"if(tobool("TRUE"), "yes", "no")"# => "yes", r#"if(tobool(0), "yes", "no")"# => "no"]);

    Unknown, |a, _| based(a),
    ("todouble", 1..=2, "todouble(<value>, <base>)", "The number that the text spells; null for what spells none.", [r#"todouble("1.5")"# => "1.5"]);

    Unknown, toint,
    ("toint", 1..=2, "toint(<value>, <base>)", "The number that the text spells, rounded down.",
     "a negative number is rounded away from zero", [r#"toint("3.9")"# => "3", r#"toint("ff", 16)"# => "255"]);

    Unknown, tostring,
    ("tostring", 1..=2, "tostring(<value>, <format>)",
     "The value as text; a number as binary, hex, commas (at most two decimals) or duration (HH:MM:SS).",
     "the days and the fraction of a duration are not documented, nor how one or no decimal prints with commas",
     [r#"tostring(15, "hex")"# => "0xF", r#"tostring(12345.6789, "commas")"# => "12,345.68", r#"tostring(615, "duration")"# => "00:10:15",
      r#"tostring(90061, "duration")"# => "1+01:01:01", r#"tostring(9, "binary")"# => "1001", "tostring(1==1)" => "True"]);
}

/// The functions that are more than plain.
pub(super) const OTHERS: &[&dyn Function] = &[&Printf, &ToNumber];

fn mask(arguments: &[Value]) -> Value {
    let address = |value: Option<&Value>| {
        value.and_then(|value| value.with_text(str::parse::<Ipv4Addr>).ok())
    };
    match (address(arguments.first()), address(arguments.get(1))) {
        (Some(mask), Some(ip)) => Value::text((mask & ip).to_string()),
        _ => Value::Null,
    }
}

fn boolean(value: Option<&Value>, cx: &Cx<'_>) -> Value {
    if let Some(Value::Text(text)) = value
        && !["true", "false", "t", "f", "1", "0"].contains(&&*text.to_ascii_lowercase())
    {
        cx.uncertain("tobool() knows true, t, 1, false, f and 0; how Splunk reads another text is not documented");
    }
    match value {
        Some(Value::Bool(truth)) => Value::Bool(*truth),
        Some(Value::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Value::Bool(true),
            "false" | "f" | "0" => Value::Bool(false),
            _ => value
                .and_then(Value::as_number)
                .map_or(Value::Null, |number| Value::Bool(number != 0.0)),
        },
        value => value
            .and_then(Value::as_number)
            .map_or(Value::Null, |number| Value::Bool(number != 0.0)),
    }
}

fn toint(arguments: &[Value], cx: &Cx<'_>) -> Value {
    number(Some(&based(arguments)), |number| {
        if number < 0.0 && number.fract() != 0.0 {
            cx.uncertain("toint() rounds a negative number down, away from zero; Splunk's manual shows positive ones only");
        }
        number.floor()
    })
}

/// The number that a text spells in a base, 10 unless given.
fn based(arguments: &[Value]) -> Value {
    let Some(text) = arguments.first() else {
        return Value::Null;
    };
    match arguments.get(1) {
        None => number(Some(text), |number| number),
        some => match integer(some).and_then(|base| u32::try_from(base).ok()) {
            Some(10) => number(Some(text), |number| number),
            Some(base @ 2..=36) => match text {
                Value::Null | Value::Multi(_) => Value::Null,
                text => text
                    .with_text(|text| digits(text, base))
                    .map_or(Value::Null, Value::number),
            },
            _ => Value::Null,
        },
    }
}

fn digits(text: &str, base: u32) -> Option<f64> {
    let (negative, text) = text
        .strip_prefix('-')
        .map_or((false, text), |text| (true, text));
    let text = if base == 16 {
        text.strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .unwrap_or(text)
    } else {
        text
    };
    let number = text.chars().try_fold(0.0, |number, digit| {
        Some(number * f64::from(base) + f64::from(digit.to_digit(base)?))
    })?;
    (!text.is_empty()).then_some(if negative { -number } else { number })
}

fn tostring(arguments: &[Value], cx: &Cx<'_>) -> Value {
    let Some(value) = arguments.first().filter(|value| !value.is_null()) else {
        return Value::Null;
    };
    let Some(format) = arguments.get(1) else {
        return Value::multi(
            value
                .each()
                .iter()
                .map(|value| Value::text(value.to_text())),
        );
    };
    let Some(number) = value.as_number() else {
        return Value::Null;
    };
    match &*format.to_text() {
        "binary" => integer(Some(value)).map_or(Value::Null, |number| {
            Value::text(signed(number, |n| format!("{n:b}")))
        }),
        "hex" => integer(Some(value)).map_or(Value::Null, |number| {
            Value::text(signed(number, |n| format!("0x{n:X}")))
        }),
        "commas" => {
            if number.fract() != 0.0 && (number * 10.0).fract() == 0.0 {
                cx.uncertain("tostring(…, \"commas\") shows two decimals of a number that has one; Splunk may show one");
            }
            Value::text(commas(number))
        }
        "duration" => {
            if number.abs() >= 86_400.0 || number.fract() != 0.0 {
                cx.uncertain(
                    "tostring(…, \"duration\") writes days as D+ and a fraction with six digits; Splunk's manual shows whole seconds below a day",
                );
            }
            Value::text(duration(number))
        }
        _ => Value::Null,
    }
}

fn signed(number: i64, write: impl Fn(u64) -> String) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", write(number.unsigned_abs()))
}

fn commas(number: f64) -> String {
    grouped(&rounded_text(
        number,
        if number.fract() == 0.0 { 0 } else { 2 },
    ))
}

/// A decimal number with a comma before every three digits of its whole part.
pub(super) fn grouped(text: &str) -> String {
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text), |digits| ("-", digits));
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut out = sign.to_owned();
    for (place, digit) in digits.char_indices() {
        if place > 0 && place < whole && (whole - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `HH:MM:SS`, days in front with a plus sign. The command `convert` reads "[D+]HH:MM:SS" (`dur2sec`).
fn duration(seconds: f64) -> String {
    let text = rounded_text(seconds.abs(), if seconds.fract() == 0.0 { 0 } else { 6 });
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    let (days, rest) = (whole / 86_400, whole % 86_400);
    let mut out = if seconds < 0.0 {
        "-".to_owned()
    } else {
        String::new()
    };
    if days > 0 {
        out.push_str(&format!("{days}+"));
    }
    out.push_str(&format!(
        "{:02}:{:02}:{:02}",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    ));
    if !fraction.is_empty() {
        out.push_str(&format!(".{fraction}"));
    }
    out
}

struct ToNumber;

impl Function for ToNumber {
    fn spec(&self) -> &'static Spec {
        spec!("Conversion", "tonumber", 1..=2, "tonumber(<str>, <base>)",
            "The number that the text spells in a base from 2 to 36, 10 unless given; null for a field that spells none.",
            [r#"tonumber("0101", 2)"# => "5", r#"tonumber("0A4", 16)"# => "164", r#"tonumber(lower("x"))"# => "", r#"tonumber(lower(" 12 "))"# => ""])
    }

    fn call(&self, arguments: &[Value], _: &Cx<'_>) -> Value {
        based(arguments)
    }

    /// A literal that spells no number is an error, unlike a field (the manual's `tonumber`).
    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        let literal: Option<Vec<Value>> = constants.iter().cloned().collect();
        match literal.as_deref() {
            Some(arguments @ [Value::Text(text), ..]) if based(arguments).is_null() => {
                Err(format!("`{text}` is no number"))
            }
            _ => Ok(None),
        }
    }
}

struct Printf;

impl Function for Printf {
    fn spec(&self) -> &'static Spec {
        spec!("Conversion", "printf", 1.., "printf(<format>, <arguments>)", "Text made by a format, as in C.",
            "an argument that is missing or does not fit its conversion counts as 0 or as empty text",
            [r#"printf("%04d|%.2f|%-4s|", 1, pi(), "ab")"# => "0001|3.14|ab  |", r#"printf("%x %X %o %e", 10, 10, 8, 5139)"# => "a A 10 5.139000e+03",
             r#"printf("%'d %+d %5.1f%%", 12345, 4, 2.25)"# => "12,345 +4   2.3%"])
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let Some(format) = arguments.first().filter(|format| !format.is_null()) else {
            return Value::Null;
        };
        format.with_text(Template::new).call(arguments, cx)
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        let Some(Some(format)) = constants.first() else {
            return Ok(None);
        };
        Ok((!format.is_null())
            .then(|| Arc::new(format.with_text(Template::new)) as Arc<dyn Prepared>))
    }
}

impl Prepared for Template {
    fn call(&self, arguments: &[Value], _: &Cx<'_>) -> Value {
        Value::text(self.write(arguments.get(1..).unwrap_or_default()))
    }
}
