//! Mathematical functions: `abs`, `round`, `pow`, `sqrt`, `sum`, …

use std::f64::consts;

use dryfire_plan::Transfer::Unknown;

use super::plain::{integer, number, plain_functions};
use crate::env::Cx;
use crate::value::{Value, write_number};

plain_functions! { "Mathematical":
    Unknown, |a, _| number(a.first(), f64::abs),
    ("abs", 1..=1, "abs(<num>)", "The number without its sign.", ["abs(-4)" => "4", r#"abs("x")"# => ""]);

    Unknown, |a, _| number(a.first(), f64::ceil),
    ("ceil", 1..=1, "ceil(<num>)", "The next whole number up.", ["ceil(1.9)" => "2", "ceil(-1.9)" => "-1"]);

    Unknown, |a, _| number(a.first(), f64::ceil),
    ("ceiling", 1..=1, "ceiling(<num>)", "The next whole number up.", ["ceiling(1.1)" => "2"]);

    Unknown, |a, _| number(a.first(), |x| x),
    ("exact", 1..=1, "exact(<expression>)", "The number with all its digits: products and quotients inside are not rounded.",
     ["exact(3.14 * 2)" => "6.28", "exact(3 * 0.5)" => "1.5"]);

    Unknown, |a, _| number(a.first(), f64::exp),
    ("exp", 1..=1, "exp(<num>)", "e to the power of the number.", ["exp(0)" => "1"]);

    Unknown, |a, _| number(a.first(), f64::floor),
    ("floor", 1..=1, "floor(<num>)", "The next whole number down.", ["floor(1.9)" => "1", "floor(-1.1)" => "-2"]);

    Unknown, |a, _| number(a.first(), f64::ln),
    ("ln", 1..=1, "ln(<num>)", "The natural logarithm; null for what is not above 0.", ["ln(1)" => "0", "ln(0)" => ""]);

    Unknown, log,
    ("log", 1..=2, "log(<num>, <base>)", "The logarithm; the base is 10 unless given.",
     ["log(1000)" => "3", "log(8, 2)" => "3", "log(-1)" => ""]);

    Unknown, |_, _| Value::number(consts::PI),
    ("pi", 0..=0, "pi()", "The number pi.", ["round(pi(), 4)" => "3.1416"]);

    Unknown, pow,
    ("pow", 2..=2, "pow(<num>, <exp>)", "The number to the power of the exponent.",
     ["pow(2, 10)" => "1024", r#"pow("x", 2)"# => "", "pow(10, 400)" => ""]);

    Unknown, round,
    ("round", 1..=2, "round(<num>, <precision>)",
     "The number rounded to that many decimals, none unless given; a half goes away from zero.",
     ["round(3.5)" => "4", "round(2.555, 2)" => "2.56", "round(-2.5)" => "-3", "round(5, -1)" => ""]);

    Unknown, sigfig,
    ("sigfig", 1..=1, "sigfig(<num>)", "The number rounded to its significant figures.",
     "how many figures the operands were written with is not kept, so that sigfig() changes nothing", ["sigfig(1.5)" => "1.5"]);

    Unknown, |a, _| number(a.first(), f64::sqrt),
    ("sqrt", 1..=1, "sqrt(<num>)", "The square root; null for negative numbers.", ["sqrt(9)" => "3", "sqrt(-1)" => ""]);

    Unknown, sum,
    ("sum", 1.., "sum(<num>, ...)", "The sum of the numbers; what is no number is left out.",
     ["sum(1, 2, 3.5)" => "6.5", "sum(5, missing)" => "5", "sum(missing)" => ""]);
}

fn sigfig(arguments: &[Value], cx: &Cx<'_>) -> Value {
    number(arguments.first(), |number| {
        // A single digit can't lose figures.
        if number.fract() != 0.0 || number.abs() >= 10.0 {
            cx.uncertain("sigfig() changes nothing here: how many figures the operands were written with is not kept");
        }
        number
    })
}

fn log(arguments: &[Value], _: &Cx<'_>) -> Value {
    let Some(x) = arguments.first().and_then(Value::as_number) else {
        return Value::Null;
    };
    let logarithm = match arguments.get(1) {
        None => x.log10(),
        Some(base) => match base.as_number() {
            Some(2.0) => x.log2(),
            Some(10.0) => x.log10(),
            Some(base) => x.log(base),
            None => return Value::Null,
        },
    };
    Value::number(logarithm)
}

fn pow(arguments: &[Value], _: &Cx<'_>) -> Value {
    match (
        arguments.first().and_then(Value::as_number),
        arguments.get(1).and_then(Value::as_number),
    ) {
        (Some(x), Some(y)) => Value::number(x.powf(y)),
        _ => Value::Null,
    }
}

fn round(arguments: &[Value], _: &Cx<'_>) -> Value {
    let Some(x) = arguments.first().and_then(Value::as_number) else {
        return Value::Null;
    };
    let decimals = match arguments.get(1) {
        None => Some(0),
        some => integer(some).and_then(|decimals| usize::try_from(decimals).ok()),
    };
    decimals.map_or(Value::Null, |decimals| {
        Value::number(round_decimal(x, decimals))
    })
}

/// Rounds the decimal spelling of a number: 2.555 is a little less in binary, but rounds to 2.56
/// (Splunk, "Mathematical functions", `round`).
pub(crate) fn round_decimal(number: f64, decimals: usize) -> f64 {
    rounded_text(number, decimals).parse().unwrap_or(number)
}

/// The rounded number with exactly so many decimals.
pub(super) fn rounded_text(number: f64, decimals: usize) -> String {
    // No number has more decimals; a format takes no arbitrary count.
    let decimals = decimals.min(1100);
    let mut text = String::new();
    write_number(number.abs(), &mut text);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if text.contains('e') || fraction.len() <= decimals {
        return format!("{number:.decimals$}");
    }
    let up = fraction
        .as_bytes()
        .get(decimals)
        .is_some_and(|digit| *digit >= b'5');
    let mut digits: Vec<u8> = whole
        .bytes()
        .chain(fraction.bytes().take(decimals))
        .collect();
    if up {
        // Carry from the right.
        let nines = digits
            .iter()
            .rev()
            .take_while(|digit| **digit == b'9')
            .count();
        let from = digits.len() - nines;
        digits[from..].fill(b'0');
        match from.checked_sub(1) {
            Some(last) => digits[last] += 1,
            None => digits.insert(0, b'1'),
        }
    }
    let mut rounded: String = digits.into_iter().map(char::from).collect();
    if decimals > 0 {
        rounded.insert(rounded.len() - decimals, '.');
    }
    if number < 0.0 && rounded.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        rounded.insert(0, '-');
    }
    rounded
}

fn sum(arguments: &[Value], _: &Cx<'_>) -> Value {
    arguments
        .iter()
        .flat_map(Value::each)
        .filter_map(Value::as_number)
        .fold(None, |sum: Option<f64>, number| {
            Some(sum.unwrap_or(0.0) + number)
        })
        .map_or(Value::Null, Value::number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_goes_by_the_decimal_spelling() {
        for (number, decimals, text) in [
            (2.555, 2, "2.56"),
            (1.005, 2, "1.01"),
            (9.995, 2, "10.00"),
            (-0.4, 0, "0"),
            (-0.5, 0, "-1"),
            (1234.5678, 3, "1234.568"),
            (3.0, 2, "3.00"),
            (0.000_000_5, 6, "0.000001"),
            (99.99, 1, "100.0"),
        ] {
            assert_eq!(rounded_text(number, decimals), text);
        }
        assert_eq!(round_decimal(1e300, 2), 1e300);
        assert_eq!(round_decimal(0.5, usize::MAX), 0.5);
    }
}
