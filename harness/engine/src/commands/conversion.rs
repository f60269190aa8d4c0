//! The functions of `convert`, each on a single value.

use crate::env::Cx;
use crate::time::{Format, from_seconds, to_seconds};
use crate::value::Value;

/// A function of `convert`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Auto,
    Ctime,
    Dur2sec,
    Memk,
    Mktime,
    Mstime,
    None,
    Num,
    Rmcomma,
    Rmunit,
}

impl Kind {
    /// Every name, ascending.
    pub(super) const NAMES: [&'static str; 10] = [
        "auto", "ctime", "dur2sec", "memk", "mktime", "mstime", "none", "num", "rmcomma", "rmunit",
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "auto" => Kind::Auto,
            "ctime" => Kind::Ctime,
            "dur2sec" => Kind::Dur2sec,
            "memk" => Kind::Memk,
            "mktime" => Kind::Mktime,
            "mstime" => Kind::Mstime,
            "none" => Kind::None,
            "num" => Kind::Num,
            "rmcomma" => Kind::Rmcomma,
            "rmunit" => Kind::Rmunit,
            _ => return None,
        })
    }

    /// Whether a value that can't be converted goes.
    pub(super) fn drops(self) -> bool {
        matches!(self, Kind::Num | Kind::Mktime | Kind::Dur2sec)
    }
}

/// The value converted; none where it can't be.
pub(super) fn convert(kind: Kind, value: &Value, format: &Format, cx: &Cx<'_>) -> Option<Value> {
    let zone = &cx.env.zone;
    match kind {
        Kind::None => Some(value.clone()),
        Kind::Ctime => {
            let micros = value.as_number().and_then(from_seconds)?;
            format.write(micros, zone).map(Value::text)
        }
        Kind::Mktime => {
            let micros = value.with_text(|text| format.read(text, zone, cx.env.now))?;
            Some(Value::Number(to_seconds(micros)))
        }
        Kind::Auto | Kind::Num => value
            .as_number()
            .map(Value::Number)
            .or_else(|| value.with_text(best)),
        Kind::Dur2sec => value.with_text(duration),
        Kind::Mstime => value.with_text(minutes),
        Kind::Memk => value.with_text(memory),
        Kind::Rmcomma => value.with_text(|text| Some(Value::text(text.replace(',', "")))),
        Kind::Rmunit => {
            value.with_text(|text| leading_number(text).map(|(number, _)| Value::number(number)))
        }
    }
}

/// The conversion that fits, for `auto` and `num`.
fn best(text: &str) -> Option<Value> {
    let without_commas = text.replace(',', "");
    dryfire_plan::parse_number(&without_commas)
        .map(Value::number)
        .or_else(|| duration(text))
        .or_else(|| minutes(text))
        .or_else(|| memory(text))
}

/// `[D+]HH:MM:SS` in seconds.
fn duration(text: &str) -> Option<Value> {
    let (days, clock) = text.split_once('+').unwrap_or(("0", text));
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (
        whole(parts.next()?)?,
        whole(parts.next()?)?,
        positive(parts.next()?)?,
    );
    parts.next().is_none().then(|| {
        Value::number(
            whole(days).unwrap_or(0.0) * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds,
        )
    })
}

/// `[MM:]SS.SSS` in seconds.
fn minutes(text: &str) -> Option<Value> {
    let (minutes, seconds) = text.split_once(':').unwrap_or(("0", text));
    Some(Value::number(whole(minutes)? * 60.0 + positive(seconds)?))
}

/// A size with `k`, `m` or `g`, in kilobytes; kilobytes without.
fn memory(text: &str) -> Option<Value> {
    let (number, unit) = leading_number(text)?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "k" | "kb" => 1.0,
        "m" | "mb" => 1_024.0,
        "g" | "gb" => 1_048_576.0,
        _ => return None,
    };
    (number >= 0.0).then(|| Value::number(number * factor))
}

fn whole(text: &str) -> Option<f64> {
    let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| text.parse().ok()).flatten()
}

fn positive(text: &str) -> Option<f64> {
    dryfire_plan::parse_number(text).filter(|number| *number >= 0.0)
}

/// The longest number at the beginning, and what follows.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let end = text
        .find(|letter: char| !(letter.is_ascii_digit() || "+-.".contains(letter)))
        .unwrap_or(text.len());
    (1..=end)
        .rev()
        .find_map(|end| Some((dryfire_plan::parse_number(&text[..end])?, &text[end..])))
}
