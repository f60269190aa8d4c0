//! Bitwise functions: on whole numbers from 0 to 2^53 − 1.

use dryfire_plan::Transfer::Unknown;

use super::plain::{integer, plain_functions};
use crate::value::Value;

/// What a number holds exactly (Splunk, "Bitwise functions": 53 bits).
const MASK: u64 = (1 << 53) - 1;

plain_functions! { "Bitwise":
    Unknown, |a, _| fold(a, |a, b| a & b),
    ("bit_and", 2.., "bit_and(<values>)", "The bits that all numbers have.", ["bit_and(10, 7)" => "2", r#"bit_and(1, "x")"# => ""]);

    Unknown, |a, _| not(a),
    ("bit_not", 1..=2, "bit_not(<value>, <bitmask>)", "The bits that the number lacks, of the mask or of 53.",
     ["bit_not(5, 7)" => "2", "bit_not(0, 255)" => "255"]);

    Unknown, |a, _| fold(a, |a, b| a | b),
    ("bit_or", 2.., "bit_or(<values>)", "The bits that any number has.", ["bit_or(10, 7)" => "15"]);

    Unknown, |a, _| shift(a, u64::checked_shl),
    ("bit_shift_left", 2..=2, "bit_shift_left(<value>, <shift_offset>)", "The bits moved up by so many places.",
     ["bit_shift_left(3, 4)" => "48"]);

    Unknown, |a, _| shift(a, u64::checked_shr),
    ("bit_shift_right", 2..=2, "bit_shift_right(<value>, <shift_offset>)", "The bits moved down by so many places.",
     ["bit_shift_right(48, 4)" => "3"]);

    Unknown, |a, _| fold(a, |a, b| a ^ b),
    ("bit_xor", 2.., "bit_xor(<values>)", "The bits that an odd count of the numbers has.", ["bit_xor(10, 7)" => "13"]);
}

fn bits(value: Option<&Value>) -> Option<u64> {
    integer(value)
        .and_then(|number| u64::try_from(number).ok())
        .filter(|bits| *bits <= MASK)
}

fn value(bits: Option<u64>) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "masked to 53 bits")]
    bits.map_or(Value::Null, |bits| Value::Number((bits & MASK) as f64))
}

fn fold(arguments: &[Value], join: impl Fn(u64, u64) -> u64) -> Value {
    let all: Option<Vec<u64>> = arguments
        .iter()
        .map(|argument| bits(Some(argument)))
        .collect();
    value(all.and_then(|all| all.into_iter().reduce(join)))
}

fn not(arguments: &[Value]) -> Value {
    let mask = if arguments.len() > 1 {
        bits(arguments.get(1))
    } else {
        Some(MASK)
    };
    value(
        bits(arguments.first())
            .zip(mask)
            .map(|(bits, mask)| !bits & mask),
    )
}

fn shift(arguments: &[Value], shift: fn(u64, u32) -> Option<u64>) -> Value {
    let places = integer(arguments.get(1)).and_then(|places| u32::try_from(places).ok());
    value(
        bits(arguments.first())
            .zip(places)
            .and_then(|(bits, places)| shift(bits, places)),
    )
}
