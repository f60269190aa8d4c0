//! The evidence for a verdict: data, rows, differences, the trace of the search, the settings it ran under.

use serde::{Deserialize, Serialize};

use crate::Place;

/// A dataset a case read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetUsed {
    /// As the test names it.
    pub name: String,
    /// The file or URL it was read from.
    pub path: String,
    /// The events' `source`.
    pub source: String,
    /// The events' `sourcetype`.
    pub sourcetype: String,
    /// Whether it was written for the test instead of recorded from an attack.
    pub synthetic: bool,
    /// How many events it holds.
    pub events: u64,
    /// How many bytes were read, unpacked.
    pub bytes: u64,
}

/// One field of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its values; more than one for a multivalue field, none for null.
    pub values: Vec<String>,
}

impl Field {
    /// A field with one value.
    pub fn single(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            values: vec![value.into()],
        }
    }
}

/// One result row: fields in the search's own order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The fields.
    pub fields: Vec<Field>,
}

impl Row {
    /// The values of a field; none where the row has no such field.
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.values.as_slice())
    }
}

impl FromIterator<(String, Vec<String>)> for Row {
    fn from_iter<T: IntoIterator<Item = (String, Vec<String>)>>(fields: T) -> Self {
        Self {
            fields: fields
                .into_iter()
                .map(|(name, values)| Field { name, values })
                .collect(),
        }
    }
}

/// The first rows of a result, and how many there were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRows {
    /// The first rows, in the search's order.
    pub first: Vec<Row>,
    /// How many rows the search gave.
    pub total: u64,
}

/// A field in which the nearest row differs from what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What the test asks for, as it is written there.
    pub expected: String,
    /// What the row has; none for null.
    pub actual: Vec<String>,
}

/// The row that comes nearest to an expected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearestRow {
    /// Its number, counted from one.
    pub number: u64,
    /// The row.
    pub row: Row,
    /// Where it differs.
    pub differences: Vec<Difference>,
}

/// An expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// What was expected, such as `at least 1 row`.
    pub expected: String,
    /// What there was, such as `no rows`.
    pub actual: String,
    /// Where the expectation is written; none for the default one.
    pub place: Option<Place>,
    /// For an expected row: the row that comes nearest.
    pub nearest: Option<NearestRow>,
}

/// One command of the search and how many rows left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The command's text, macros expanded, without the pipe before it.
    pub command: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// The rows (or events) after it.
    pub rows: u64,
}

/// A value near to what a condition asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearestValue {
    /// The field.
    pub field: String,
    /// A value it has in the data.
    pub value: String,
    /// In how many events.
    pub events: u64,
}

/// One condition of the search, looked at alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Its text.
    pub text: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// How many of the events that reach it satisfy it alone.
    pub events: u64,
    /// Values the data has instead, nearest first.
    pub nearest: Vec<NearestValue>,
}

/// How the search came to its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The commands in order.
    pub steps: Vec<Step>,
    /// The conditions in order.
    pub conditions: Vec<Condition>,
}

/// Something that is not certain and that the search depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Assumption {
    /// What is assumed: one line without a full stop. The same assumption has the same text in every case.
    pub text: String,
    /// The part of the search that depends on it.
    pub place: Option<Place>,
}

/// The settings the search ran under. Times are RFC 3339 in the zone below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Env {
    /// What `now()` gives.
    pub now: String,
    /// The window's begin; none for all time.
    pub earliest: Option<String>,
    /// The window's end; none for all time.
    pub latest: Option<String>,
    /// The time zone's name.
    pub time_zone: String,
}
