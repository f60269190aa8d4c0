//! Expressions of `eval` and `where`: compiled once, run on values.
//!
//! Splunk, Search Reference, "eval": a comparison with null is false; `+` adds two numbers and joins two strings;
//! arithmetic on what is no number gives null; division by zero gives null.

mod compile;
mod figures;
pub mod over;
mod searchmatch;

use std::cmp::Ordering;
use std::sync::Arc;

use dryfire_spl::ast::{Binary, Compare};

pub use compile::{Compiled, OPEN_POINTS, compile, names};

use crate::column::value_bytes;
use crate::env::Cx;
use crate::functions::{Function, Prepared};
use crate::value::Value;

const FIGURES: &str = "a product or quotient is rounded to the significant figures that its operands are written with; of an operand that was computed, Splunk may know other figures";
const MIXED: &str = "`+` between a number and a text that is no number joins them; Splunk's manual speaks of two numbers or two texts";
const LEFT_OUT: &str =
    "mvmap leaves out values of which nothing is made; Splunk's manual does not say";
const NOT_NOTHING: &str = "NOT of a function that gives null is true, as NOT of a comparison with null is; Splunk's manual does not say";
const OTHER_SPELLING: &str = "`=` compares text that spells a number as a number, so that 1 equals 1.0; Splunk may compare the spelling";

/// A compiled expression. Fields are slots of the row that [`Code::run`] is given.
#[derive(Clone)]
pub enum Code {
    /// A constant.
    Const(Value),
    /// The value of a slot.
    Slot(usize),
    /// `-x`
    Minus(Box<Code>),
    /// `NOT x`
    Not(Box<Code>),
    /// Two operands.
    Binary(Binary, Box<Code>, Box<Code>),
    /// `a * b` or `a / b`, rounded to the fewest significant figures of an operand that is written out with a point; those
    /// of literals are here, those of fields in their text.
    Scale(Binary, Option<usize>, Box<[Code; 2]>),
    /// An expression on whose value an open point of semantics decides: the point, as an assumption to be shown.
    Open(&'static str, Box<Code>),
    /// `x IN (list)`
    In(Box<Code>, Box<[Code]>),
    /// `if(condition, then, else)`
    If(Box<[Code; 3]>),
    /// `case(condition, value, …)`; `validate` returns the value of the first condition that is *false*.
    Case {
        /// Conditions and values.
        arms: Box<[(Code, Code)]>,
        /// The truth that selects an arm.
        when: bool,
    },
    /// `coalesce(…)`
    Coalesce(Box<[Code]>),
    /// `mvfilter(condition)` and `mvmap(x, expression)` over the list in a slot.
    Each {
        /// The list's slot, bound to each value in turn.
        slot: usize,
        /// What is computed of each.
        body: Box<Code>,
        /// Keep the values for which the body holds, instead of its results.
        filter: bool,
    },
    /// A function of the registry.
    Call(&'static dyn Function, Box<[Code]>),
    /// A function with compiled constants.
    Prepared(Arc<dyn Prepared>, Box<[Code]>),
}

impl Code {
    /// The value for a row, given the values of the slots.
    pub fn run(&self, slots: &[&Value], cx: &Cx<'_>) -> Value {
        match self {
            Code::Const(value) => value.clone(),
            Code::Slot(slot) => slots
                .get(*slot)
                .map_or(Value::Null, |value| (*value).clone()),
            Code::Minus(inner) => inner
                .run(slots, cx)
                .as_number()
                .map_or(Value::Null, |number| Value::number(-number)),
            Code::Not(inner) => Value::Bool(inner.fails(slots, cx)),
            Code::Binary(op, a, b) => binary(*op, a, b, slots, cx),
            Code::Scale(op, written, operands) => scale(*op, *written, operands, slots, cx),
            Code::Open(rule, inner) => {
                cx.uncertain(rule);
                inner.run(slots, cx)
            }
            Code::In(item, list) => {
                let item = item.run(slots, cx);
                Value::Bool(
                    list.iter()
                        .any(|choice| equal(&item, &choice.run(slots, cx))),
                )
            }
            Code::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if condition.holds(slots, cx) {
                    then.run(slots, cx)
                } else {
                    otherwise.run(slots, cx)
                }
            }
            Code::Case { arms, when } => arms
                .iter()
                .find(|(condition, _)| condition.holds(slots, cx) == *when)
                .map_or(Value::Null, |(_, value)| value.run(slots, cx)),
            Code::Coalesce(choices) => choices
                .iter()
                .map(|choice| choice.run(slots, cx))
                .find(|value| !value.is_null())
                .unwrap_or_default(),
            Code::Each { slot, body, filter } => each(*slot, body, *filter, slots, cx),
            Code::Call(function, arguments) => {
                let arguments: Vec<Value> = arguments
                    .iter()
                    .map(|argument| argument.run(slots, cx))
                    .collect();
                bounded(function.call(&arguments, cx), cx)
            }
            Code::Prepared(function, arguments) => {
                let arguments: Vec<Value> = arguments
                    .iter()
                    .map(|argument| argument.run(slots, cx))
                    .collect();
                bounded(function.call(&arguments, cx), cx)
            }
        }
    }

    /// Whether the expression is true. Null and what is no condition are not.
    pub fn holds(&self, slots: &[&Value], cx: &Cx<'_>) -> bool {
        match self {
            Code::Binary(Binary::And, a, b) => a.holds(slots, cx) && b.holds(slots, cx),
            Code::Binary(Binary::Or, a, b) => a.holds(slots, cx) || b.holds(slots, cx),
            Code::Binary(Binary::Xor, a, b) => a.holds(slots, cx) != b.holds(slots, cx),
            Code::Not(inner) => inner.fails(slots, cx),
            other => is_true(&other.run(slots, cx)),
        }
    }

    /// Whether the negation is true.
    fn fails(&self, slots: &[&Value], cx: &Cx<'_>) -> bool {
        if !matches!(self, Code::Call(..) | Code::Prepared(..)) {
            return !self.holds(slots, cx);
        }
        let value = self.run(slots, cx);
        if value.is_null() {
            cx.uncertain(NOT_NOTHING);
        }
        !is_true(&value)
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::Text(text) => text.eq_ignore_ascii_case("true"),
        Value::Number(number) => *number != 0.0,
        _ => false,
    }
}

/// A value that was made, or null and a failed search where it is larger than any value may be: `x=x.x` in a row.
fn bounded(value: Value, cx: &Cx<'_>) -> Value {
    if cx.allows(value_bytes(&value)) {
        value
    } else {
        Value::Null
    }
}

fn each(slot: usize, body: &Code, filter: bool, slots: &[&Value], cx: &Cx<'_>) -> Value {
    let Some(list) = slots.get(slot) else {
        return Value::Null;
    };
    let mut bound: Vec<&Value> = slots.to_vec();
    let mut results = Vec::new();
    let mut bytes = 0;
    for value in list.each() {
        bound[slot] = value;
        if !filter {
            let result = body.run(&bound, cx);
            if result.is_null() {
                cx.uncertain(LEFT_OUT);
            }
            bytes += value_bytes(&result);
            if !cx.allows(bytes) {
                return Value::Null;
            }
            results.push(result);
        } else if body.holds(&bound, cx) {
            results.push(value.clone());
        }
    }
    Value::multi(results)
}

fn binary(op: Binary, a: &Code, b: &Code, slots: &[&Value], cx: &Cx<'_>) -> Value {
    if matches!(op, Binary::And | Binary::Or | Binary::Xor) {
        let whole = match op {
            Binary::And => a.holds(slots, cx) && b.holds(slots, cx),
            Binary::Or => a.holds(slots, cx) || b.holds(slots, cx),
            _ => a.holds(slots, cx) != b.holds(slots, cx),
        };
        return Value::Bool(whole);
    }
    let (a, b) = (a.run(slots, cx), b.run(slots, cx));
    match op {
        Binary::Compare(compare) => {
            if matches!(compare, Compare::Eq | Compare::Ne) && spelled_apart(&a, &b) {
                cx.uncertain(OTHER_SPELLING);
            }
            Value::Bool(compares(compare, &a, &b))
        }
        Binary::Concat if a.is_null() || b.is_null() => Value::Null,
        Binary::Concat => bounded(concat(&a, &b), cx),
        Binary::Add => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => Value::number(a + b),
            _ if a.is_null() || b.is_null() => Value::Null,
            numbers => {
                if numbers != (None, None) {
                    cx.uncertain(MIXED);
                }
                bounded(concat(&a, &b), cx)
            }
        },
        _ => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => arithmetic(op, a, b),
            _ => Value::Null,
        },
    }
}

fn concat(a: &Value, b: &Value) -> Value {
    let mut text = String::new();
    a.write_to(&mut text);
    b.write_to(&mut text);
    Value::text(text)
}

fn scale(
    op: Binary,
    written: Option<usize>,
    operands: &[Code; 2],
    slots: &[&Value],
    cx: &Cx<'_>,
) -> Value {
    let [a, b] = operands.each_ref().map(|code| code.run(slots, cx));
    let (Some(x), Some(y)) = (a.as_number(), b.as_number()) else {
        return Value::Null;
    };
    let result = arithmetic(op, x, y);
    let fewest = [&a, &b]
        .into_iter()
        .filter_map(figures::of_value)
        .chain(written)
        .min();
    let (Some(fewest), Value::Number(exact)) = (fewest, &result) else {
        return result;
    };
    let rounded = figures::rounded(*exact, fewest);
    if rounded == *exact {
        return result;
    }
    let is_computed = |code: &Code, value: &Value| {
        !matches!(code, Code::Const(_))
            && matches!(value, Value::Number(number) if number.fract() != 0.0)
    };
    if is_computed(&operands[0], &a) || is_computed(&operands[1], &b) {
        cx.uncertain(FIGURES);
    }
    Value::number(rounded)
}

fn arithmetic(op: Binary, a: f64, b: f64) -> Value {
    match op {
        Binary::Sub => Value::number(a - b),
        Binary::Mul => Value::number(a * b),
        Binary::Div if b != 0.0 => Value::number(a / b),
        Binary::Rem if b != 0.0 => Value::number(a % b),
        _ => Value::Null,
    }
}

/// Equality of `=` in `eval`: numbers by size, text by spelling; a list equals what one of its values equals.
pub fn equal(a: &Value, b: &Value) -> bool {
    compares(Compare::Eq, a, b)
}

/// A comparison of `eval`. With null on a side it is false; a list satisfies it when one of its values does
/// (recorded for `=` on Splunk 8.2).
fn compares(compare: Compare, a: &Value, b: &Value) -> bool {
    a.each()
        .iter()
        .any(|a| b.each().iter().any(|b| compare_single(compare, a, b)))
}

/// Whether two single values are one number in two spellings, one of them text.
fn spelled_apart(a: &Value, b: &Value) -> bool {
    let is_text = |value: &Value| matches!(value, Value::Text(_));
    (is_text(a) || is_text(b))
        && matches!((a.as_number(), b.as_number()), (Some(x), Some(y)) if x == y)
        && a.with_text(|a| b.with_text(|b| a != b))
}

fn compare_single(compare: Compare, a: &Value, b: &Value) -> bool {
    let order = match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Less),
            _ => a.with_text(|a| b.with_text(|b| a.cmp(b))),
        },
    };
    satisfies(compare, order)
}

fn satisfies(compare: Compare, order: Ordering) -> bool {
    match compare {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Lt => order.is_lt(),
        Compare::Le => order.is_le(),
        Compare::Gt => order.is_gt(),
        Compare::Ge => order.is_ge(),
    }
}
