//! Statistical functions over their arguments: `avg`, `max`, `min`.
//!
//! Splunk, Search Reference, "Statistical eval functions": text is greater than numbers. `random` is left out: a
//! verdict must not depend on chance.

use dryfire_plan::Transfer::{AnyOf, Unknown};

use super::plain::{count, plain_functions};
use crate::value::Value;

plain_functions! { "Statistical":
    Unknown, |a, _| average(a),
    ("avg", 1.., "avg(<values>)", "The mean of the numbers; what is no number is left out.",
     ["avg(1, 2, 6)" => "3", r#"avg(2, "x")"# => "2", "avg(missing)" => ""]);

    AnyOf, |a, _| values(a).reduce(|a, b| if b.compare(a).is_gt() { b } else { a }).cloned().unwrap_or_default(),
    ("max", 1.., "max(<values>)", "The greatest value; text is greater than numbers.",
     ["max(1, 3, 6, 7)" => "7", r#"max(1, "foo", 7)"# => "foo", "max(1, missing)" => "1"]);

    AnyOf, |a, _| values(a).reduce(|a, b| if b.compare(a).is_lt() { b } else { a }).cloned().unwrap_or_default(),
    ("min", 1.., "min(<values>)", "The least value; numbers are less than text.",
     ["min(3, 1, 6)" => "1", r#"min("foo", 7)"# => "7", "min(missing)" => ""]);
}

fn values(arguments: &[Value]) -> impl Iterator<Item = &Value> {
    arguments.iter().flat_map(Value::each)
}

fn average(arguments: &[Value]) -> Value {
    let numbers: Vec<f64> = values(arguments).filter_map(Value::as_number).collect();
    let sum: f64 = numbers.iter().sum();
    count(numbers.len())
        .as_number()
        .map_or(Value::Null, |count| Value::number(sum / count))
}
