//! Rows on their way into a search and out of it.

use dryfire_engine::Value;
pub(crate) use dryfire_spec::{over_rows, plain};

/// The single values of a cell as text: none for null.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    value
        .each()
        .iter()
        .map(|value| value.to_text().to_string())
        .collect()
}
