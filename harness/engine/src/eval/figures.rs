//! Significant figures: what a product or a quotient is rounded to.
//!
//! Splunk, Search Reference, "eval": 8.250*0.2 is 2, 8.250*0.200 is 1.65; whole numbers are exact, and the whole part
//! of a result keeps its digits (1.00*1111 is 1111). Fields count as their text is written.

use dryfire_spl::ast::{Expr, ExprKind, Unary};

use crate::functions::round_decimal;
use crate::value::{Value, write_number};

/// The significant figures of a number that is written out with a point; none for everything else.
pub(super) fn written(expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Number(_, text) => figures(text),
        ExprKind::Unary(Unary::Minus | Unary::Plus, inner) => written(inner),
        _ => None,
    }
}

/// The same for a text that an event holds. Computed numbers have all their digits.
pub(super) fn of_value(value: &Value) -> Option<usize> {
    match value {
        Value::Text(text) => figures(text),
        _ => None,
    }
}

fn figures(text: &str) -> Option<usize> {
    let (whole, fraction) = text.trim_start_matches(['-', '+']).split_once('.')?;
    let digits = || whole.bytes().chain(fraction.bytes());
    if fraction.is_empty() || !digits().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count = digits().skip_while(|digit| *digit == b'0').count();
    (count > 0).then_some(count)
}

/// A result rounded to so many figures; digits before the point are all kept.
pub(super) fn rounded(number: f64, figures: usize) -> f64 {
    let mut text = String::new();
    write_number(number.abs(), &mut text);
    let Some((whole, fraction)) = text.split_once('.') else {
        return number;
    };
    let decimals = match whole {
        "0" => figures + fraction.bytes().take_while(|digit| *digit == b'0').count(),
        whole => figures.saturating_sub(whole.len()),
    };
    round_decimal(number, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_counted_as_written() {
        for (text, count) in [
            ("8.250", Some(4)),
            ("0.20", Some(2)),
            ("-0.2", Some(1)),
            ("100.0", Some(4)),
            ("1111", None),
            ("0.0", None),
            ("1.5e3", None),
            ("10.0.0.1", None),
            ("5.", None),
        ] {
            assert_eq!(figures(text), count, "{text}");
        }
    }

    #[test]
    fn only_digits_after_the_point_are_rounded() {
        for (number, figures, expected) in [
            (1.65, 1, 2.0),
            (1.65, 3, 1.65),
            (1111.0, 3, 1111.0),
            (1111.5, 3, 1112.0),
            (0.0165, 2, 0.017),
            (0.0165, 3, 0.0165),
            (-1.65, 2, -1.7),
        ] {
            let found = rounded(number, figures);
            assert!(
                (found - expected).abs() < 1e-12,
                "{number} to {figures}: {found}"
            );
        }
    }
}
