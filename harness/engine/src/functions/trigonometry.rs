//! Trigonometric and hyperbolic functions; angles in radians.

use dryfire_plan::Transfer::Unknown;

use super::plain::{number, plain_functions};
use crate::value::Value;

plain_functions! { "Trigonometry and hyperbolic":
    Unknown, |a, _| number(a.first(), f64::acos),
    ("acos", 1..=1, "acos(<num>)", "The arc cosine.", ["acos(1)" => "0", "acos(2)" => ""]);

    Unknown, |a, _| number(a.first(), f64::acosh),
    ("acosh", 1..=1, "acosh(<num>)", "The inverse hyperbolic cosine.", ["acosh(1)" => "0"]);

    Unknown, |a, _| number(a.first(), f64::asin),
    ("asin", 1..=1, "asin(<num>)", "The arc sine.", ["asin(0)" => "0"]);

    Unknown, |a, _| number(a.first(), f64::asinh),
    ("asinh", 1..=1, "asinh(<num>)", "The inverse hyperbolic sine.", ["asinh(0)" => "0"]);

    Unknown, |a, _| number(a.first(), f64::atan),
    ("atan", 1..=1, "atan(<num>)", "The arc tangent.", ["round(atan(0.5), 4)" => "0.4636"]);

    Unknown, |a, _| two(a, f64::atan2),
    ("atan2", 2..=2, "atan2(<y>, <x>)", "The arc tangent of y/x, in the quadrant of the point.",
     ["round(atan2(0.5, 0.75), 4)" => "0.588"]);

    Unknown, |a, _| number(a.first(), f64::atanh),
    ("atanh", 1..=1, "atanh(<num>)", "The inverse hyperbolic tangent.", ["atanh(0)" => "0"]);

    Unknown, |a, _| number(a.first(), f64::cos),
    ("cos", 1..=1, "cos(<num>)", "The cosine.", ["cos(0)" => "1", "cos(pi())" => "-1"]);

    Unknown, |a, _| number(a.first(), f64::cosh),
    ("cosh", 1..=1, "cosh(<num>)", "The hyperbolic cosine.", ["cosh(0)" => "1"]);

    Unknown, |a, _| two(a, f64::hypot),
    ("hypot", 2..=2, "hypot(<num>, <num>)", "The longest side of the right triangle with these sides.", ["hypot(3, 4)" => "5"]);

    Unknown, |a, _| number(a.first(), f64::sin),
    ("sin", 1..=1, "sin(<num>)", "The sine.", ["sin(0)" => "0"]);

    Unknown, |a, _| number(a.first(), f64::sinh),
    ("sinh", 1..=1, "sinh(<num>)", "The hyperbolic sine.", ["sinh(0)" => "0"]);

    Unknown, |a, _| number(a.first(), f64::tan),
    ("tan", 1..=1, "tan(<num>)", "The tangent.", ["tan(0)" => "0"]);

    Unknown, |a, _| number(a.first(), f64::tanh),
    ("tanh", 1..=1, "tanh(<num>)", "The hyperbolic tangent.", ["tanh(0)" => "0"]);
}

fn two(arguments: &[Value], compute: impl FnOnce(f64, f64) -> f64) -> Value {
    match (
        arguments.first().and_then(Value::as_number),
        arguments.get(1).and_then(Value::as_number),
    ) {
        (Some(a), Some(b)) => Value::number(compute(a, b)),
        _ => Value::Null,
    }
}
