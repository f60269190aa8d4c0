//! A Splunk's rows as a table.

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_engine::{Table, Value};
use dryfire_splunk::Row;

/// The rows as a table. Splunk gives text, or a list of texts for several values; an empty text is a field that is not there.
pub(super) fn table(rows: Vec<Row>) -> Table {
    Table::from_rows(rows.into_iter().map(|row| {
        row.into_iter()
            .map(|(name, value)| (name, read(&value)))
            .collect::<Vec<(String, Value)>>()
    }))
}

fn read(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) if text.is_empty() => Value::Null,
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(values) => Value::multi(values.iter().map(read)),
        serde_json::Value::Null => Value::Null,
        other => Value::text(other.to_string().as_str()),
    }
}

/// What to say where a row tells that it stems from another index: the test then proves nothing about its data.
pub(super) fn other_index(rows: &[Row], index: &str) -> Option<Diagnostic> {
    let found = rows.iter().find_map(|row| {
        let other = row.get("index")?.as_str()?;
        (other != index && !other.is_empty()).then_some(other)
    })?;
    Some(
        Diagnostic::error(
            &codes::dataset::OTHER_INDEX,
            format!("results stem from the index `{found}`, not from the test's `{index}`"),
        )
        .help("use an account that may make users and roles, so that searches see the test's events alone"),
    )
}
