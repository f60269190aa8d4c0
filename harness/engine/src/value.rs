//! One value of a field, with Splunk's idea of numbers and text.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

use dryfire_plan::parse_number;

/// The value of a field in one row.
///
/// Events give text; `eval` and the statistics give numbers. Text that reads as a number counts as one where a number
/// is wanted, but keeps its spelling: `"1"` and `"1.0"` stay two values.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// The field is absent.
    #[default]
    Null,
    /// Text.
    Text(Arc<str>),
    /// A number. Integers are exact to 2^53, as in Splunk.
    Number(f64),
    /// The result of a condition; it can't be stored in a field.
    Bool(bool),
    /// Several values, two or more, none of them null or multiple.
    Multi(Arc<[Value]>),
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Null for none, the value itself for one, several otherwise. Nulls are left out, lists are joined in.
    pub fn multi(values: impl IntoIterator<Item = Value>) -> Self {
        let mut flat = Vec::new();
        for value in values {
            match value {
                Value::Null => {}
                Value::Multi(inner) => flat.extend(inner.iter().cloned()),
                single => flat.push(single),
            }
        }
        match flat.len() {
            0 => Value::Null,
            1 => flat.swap_remove(0),
            _ => Value::Multi(flat.into()),
        }
    }

    /// A number, or null where it is none (a division by zero, an overflow).
    pub fn number(number: f64) -> Self {
        if number.is_finite() {
            Value::Number(number)
        } else {
            Value::Null
        }
    }

    /// Whether the field is absent.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The single values in order; none for null.
    pub fn each(&self) -> &[Value] {
        match self {
            Value::Null => &[],
            Value::Multi(values) => values,
            single => std::slice::from_ref(single),
        }
    }

    /// The number this value reads as. A list is none.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Text(text) => parse_number(text),
            _ => None,
        }
    }

    /// The value as text: numbers as Splunk prints them, lists joined by a newline, null as nothing.
    pub fn to_text(&self) -> Arc<str> {
        match self {
            Value::Text(text) => text.clone(),
            Value::Null => "".into(),
            other => {
                let mut text = String::new();
                other.write_to(&mut text);
                text.into()
            }
        }
    }

    /// Appends the text of the value.
    pub fn write_to(&self, out: &mut String) {
        match self {
            Value::Null => {}
            Value::Text(text) => out.push_str(text),
            Value::Number(number) => write_number(*number, out),
            Value::Bool(truth) => out.push_str(if *truth { "True" } else { "False" }),
            Value::Multi(values) => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push('\n');
                    }
                    value.write_to(out);
                }
            }
        }
    }

    /// Runs `read` on the text without keeping it.
    pub fn with_text<R>(&self, read: impl FnOnce(&str) -> R) -> R {
        match self {
            Value::Text(text) => read(text),
            other => read(&other.to_text()),
        }
    }

    /// The order of statistics and `sort`: numbers first by size, then text by code points.
    /// Splunk: "Aggregate functions", `min` of 1,c,a,2,100,b,4,9 is 1 and `max` is c.
    pub fn compare(&self, other: &Value) -> Ordering {
        match (self.as_number(), other.as_number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.with_text(|a| other.with_text(|b| a.cmp(b))),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::number(number)
    }
}

/// Equality of identity, as `dc` and `values` see it: by spelling, so that `1` and `1.0` are two.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Null, _) | (_, Value::Null) => false,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Multi(a), Value::Multi(b)) => a == b,
            (Value::Multi(_), _) | (_, Value::Multi(_)) => false,
            (a, b) => a.with_text(|a| b.with_text(|b| a == b)),
        }
    }
}

impl Eq for Value {}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Value::Null => state.write_u8(0),
            Value::Multi(values) => {
                state.write_u8(2);
                for value in values.iter() {
                    value.hash(state);
                }
            }
            single => single.with_text(|text| text.hash(state)),
        }
    }
}

/// Appends a number: integers without a point, others with the fewest digits that read back the same.
pub(crate) fn write_number(number: f64, out: &mut String) {
    // `-0` prints as `0`.
    let number = if number == 0.0 { 0.0 } else { number };
    if number.abs() >= 1e17 {
        let _ = write!(out, "{number:e}");
    } else {
        let _ = write!(out, "{number}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_without_a_trailing_zero() {
        for (number, text) in [
            (3.0, "3"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1602155026.61792, "1602155026.61792"),
        ] {
            assert_eq!(&*Value::Number(number).to_text(), text);
        }
    }

    #[test]
    fn identity_is_spelling_and_order_is_size() {
        assert_ne!(Value::from("1"), Value::from("1.0"));
        assert_eq!(Value::from("1"), Value::Number(1.0));
        let mut values: Vec<Value> = ["1", "c", "a", "2", "100", "b", "4", "9"]
            .map(Value::from)
            .to_vec();
        values.sort_by(Value::compare);
        assert_eq!(
            values,
            ["1", "2", "4", "9", "100", "a", "b", "c"].map(Value::from)
        );
    }
}
