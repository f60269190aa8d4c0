//! A field over many rows: constant, coded by a dictionary, or plain.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::value::Value;

/// The values of one field, row by row. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Column {
    /// The same value in every row.
    Const(Value, usize),
    /// Codes into a dictionary whose entry 0 is null. Chunks are small enough for 16 bits.
    Dict(Arc<[u16]>, Arc<[Value]>),
    /// Values as they are, where they hardly repeat.
    Plain(Arc<[Value]>),
}

impl Column {
    /// Absent in every row.
    pub fn null(len: usize) -> Self {
        Column::Const(Value::Null, len)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Const(_, len) => *len,
            Column::Dict(codes, _) => codes.len(),
            Column::Plain(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value in a row.
    pub fn get(&self, row: usize) -> &Value {
        match self {
            Column::Const(value, _) => value,
            Column::Dict(codes, dict) => &dict[codes[row] as usize],
            Column::Plain(values) => &values[row],
        }
    }

    /// The values in row order.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Whether the field is absent everywhere.
    pub fn is_all_null(&self) -> bool {
        match self {
            Column::Const(value, _) => value.is_null(),
            Column::Dict(codes, dict) => codes.iter().all(|code| dict[*code as usize].is_null()),
            Column::Plain(values) => values.iter().all(Value::is_null),
        }
    }

    /// The rows at these positions, in this order; positions may repeat.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Column {
        match self {
            Column::Const(value, _) => Column::Const(value.clone(), rows.len()),
            Column::Dict(codes, dict) => Column::Dict(
                rows.iter().map(|row| codes[*row as usize]).collect(),
                dict.clone(),
            ),
            Column::Plain(values) => rows
                .iter()
                .map(|row| values[*row as usize].clone())
                .collect(),
        }
    }

    /// Applies a pure function to each value, once per dictionary entry where there is a dictionary.
    #[must_use]
    pub fn map(&self, mut function: impl FnMut(&Value) -> Value) -> Column {
        match self {
            Column::Const(value, len) => Column::Const(function(value), *len),
            Column::Dict(codes, dict) => {
                let mapped: Vec<Value> = used(codes, dict.len())
                    .into_iter()
                    .zip(dict.iter())
                    .map(|(used, value)| if used { function(value) } else { Value::Null })
                    .collect();
                // Entry 0 must stay null: a function that makes something of null needs its own place.
                if mapped.first().is_none_or(Value::is_null) {
                    return Column::Dict(codes.clone(), mapped.into());
                }
                codes
                    .iter()
                    .map(|code| mapped[*code as usize].clone())
                    .collect()
            }
            Column::Plain(values) => values.iter().map(function).collect(),
        }
    }

    /// The parts one after the other.
    pub fn concat(parts: &[Column]) -> Column {
        match parts {
            [] => Column::null(0),
            [only] => only.clone(),
            parts => parts.iter().flat_map(Column::iter).cloned().collect(),
        }
    }

    /// Bytes held, roughly; shared values count once per row.
    pub fn bytes(&self) -> usize {
        match self {
            Column::Const(..) => 64,
            Column::Dict(codes, dict) => {
                codes.len() * 2 + dict.iter().map(value_bytes).sum::<usize>()
            }
            Column::Plain(values) => values.iter().map(value_bytes).sum(),
        }
    }
}

impl FromIterator<Value> for Column {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        Column::Plain(values.into_iter().collect())
    }
}

/// Which dictionary entries some row uses: after a selection many are not.
fn used(codes: &[u16], entries: usize) -> Vec<bool> {
    let mut used = vec![false; entries];
    for code in codes {
        used[*code as usize] = true;
    }
    used
}

pub(crate) fn value_bytes(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Multi(values) => values.iter().map(value_bytes).sum(),
            _ => 0,
        }
}

/// Builds a dictionary column, copying each distinct text once.
pub(crate) struct DictBuilder {
    codes: Vec<u16>,
    dict: Vec<Value>,
    singles: HashMap<Arc<str>, u16>,
    lists: HashMap<Box<[u16]>, u16>,
}

impl DictBuilder {
    /// For `rows` rows; at most 65,535, each with at most 65,535 distinct values in all.
    pub(crate) fn new(rows: usize) -> Self {
        debug_assert!(
            rows <= usize::from(u16::MAX),
            "a chunk has at most 65,535 events"
        );
        Self {
            codes: Vec::with_capacity(rows),
            dict: vec![Value::Null],
            singles: HashMap::new(),
            lists: HashMap::new(),
        }
    }

    /// A row without the field.
    pub(crate) fn push_null(&mut self) {
        self.codes.push(0);
    }

    /// A row with one value.
    pub(crate) fn push(&mut self, text: &str) {
        let code = self.single(text);
        self.codes.push(code);
    }

    /// A row with any number of values.
    pub(crate) fn push_all<S: AsRef<str>>(&mut self, texts: &[S]) {
        match texts {
            [] => self.push_null(),
            [single] => self.push(single.as_ref()),
            several => {
                let parts: Box<[u16]> = several
                    .iter()
                    .map(|text| self.single(text.as_ref()))
                    .collect();
                let code = self.lists.get(&parts).copied().unwrap_or_else(|| {
                    let list =
                        Value::multi(parts.iter().map(|part| self.dict[*part as usize].clone()));
                    let code = self.entry(list);
                    self.lists.insert(parts, code);
                    code
                });
                self.codes.push(code);
            }
        }
    }

    fn single(&mut self, text: &str) -> u16 {
        if let Some(code) = self.singles.get(text) {
            return *code;
        }
        let text: Arc<str> = text.into();
        let code = self.entry(Value::Text(text.clone()));
        self.singles.insert(text, code);
        code
    }

    /// A new dictionary entry. Lists of many values could outgrow 16 bits: then the row shows nothing rather than
    /// something else; no event is that long.
    fn entry(&mut self, value: Value) -> u16 {
        match u16::try_from(self.dict.len()) {
            Ok(code) => {
                self.dict.push(value);
                code
            }
            Err(_) => 0,
        }
    }

    /// The column.
    pub(crate) fn finish(self) -> Column {
        if self.dict.len() == 1 {
            return Column::null(self.codes.len());
        }
        Column::Dict(self.codes.into(), self.dict.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_holds_each_text_once_and_null_is_nothing() {
        let mut builder = DictBuilder::new(4);
        builder.push("a");
        builder.push_null();
        builder.push_all(&["a", "b"]);
        builder.push("a");
        let column = builder.finish();
        let Column::Dict(codes, dict) = &column else {
            panic!("a dictionary")
        };
        assert_eq!((&codes[..], dict.len()), (&[1, 0, 3, 1][..], 4));
        assert_eq!(
            column
                .select(&[2, 1])
                .iter()
                .map(|value| value.each().len())
                .collect::<Vec<_>>(),
            [2, 0]
        );
    }

    #[test]
    fn mapping_null_to_something_keeps_the_rows_apart() {
        let mut builder = DictBuilder::new(2);
        builder.push("a");
        builder.push_null();
        let mapped = builder.finish().map(|value| {
            if value.is_null() {
                Value::from("unknown")
            } else {
                value.clone()
            }
        });
        assert_eq!(
            mapped.iter().cloned().collect::<Vec<_>>(),
            [Value::from("a"), Value::from("unknown")]
        );
    }
}
