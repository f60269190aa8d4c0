//! Expressions of `eval` and `where`: compiled once, run on values.
//!
//! Splunk, Search Reference, "eval": a comparison with null is false; `+` adds two numbers and joins two strings;
//! arithmetic on what is no number gives null; division by zero gives null.

mod compile;
mod figures;
pub mod over;

use std::cmp::Ordering;
use std::sync::Arc;

use dryfire_spl::ast::{Binary, Compare};

pub use compile::{Compiled, compile, names};

use crate::column::value_bytes;
use crate::env::Cx;
use crate::functions::{Function, Prepared};
use crate::value::Value;

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
    /// `a * b` or `a / b`, and the fewest significant figures of an operand that is written out with a point.
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
            Code::Not(inner) => Value::Bool(!inner.holds(slots, cx)),
            Code::Binary(op, a, b) => binary(*op, a, b, slots, cx),
            Code::Scale(op, written, operands) => {
                let [a, b] = &**operands;
                scale(*op, *written, &a.run(slots, cx), &b.run(slots, cx), cx)
            }
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
            Code::Not(inner) => !inner.holds(slots, cx),
            other => match other.run(slots, cx) {
                Value::Bool(truth) => truth,
                Value::Text(text) => text.eq_ignore_ascii_case("true"),
                Value::Number(number) => number != 0.0,
                _ => false,
            },
        }
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
        Binary::Compare(compare) => Value::Bool(compares(compare, &a, &b)),
        Binary::Concat if a.is_null() || b.is_null() => Value::Null,
        Binary::Concat => bounded(concat(&a, &b), cx),
        Binary::Add => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => Value::number(a + b),
            _ if a.is_null() || b.is_null() => Value::Null,
            _ => bounded(concat(&a, &b), cx),
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

fn scale(op: Binary, written: Option<usize>, a: &Value, b: &Value, cx: &Cx<'_>) -> Value {
    let (Some(x), Some(y)) = (a.as_number(), b.as_number()) else {
        return Value::Null;
    };
    let result = arithmetic(op, x, y);
    let fewest = [a, b]
        .into_iter()
        .filter_map(figures::of_value)
        .chain(written)
        .min();
    if let (Some(fewest), Value::Number(number)) = (fewest, &result)
        && figures::rounds(*number, fewest)
    {
        cx.uncertain(
            "a product or quotient keeps all its digits here; Splunk rounds it to the significant figures of its operands as they are written (8.250*0.2 is 2)",
        );
    }
    result
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
