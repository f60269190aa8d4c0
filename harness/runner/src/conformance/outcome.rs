//! What a server makes of a scenario, against what the scenario says.

use std::collections::BTreeMap;

use dryfire_spec::{Expect, Object, Scenario, plain};
use dryfire_splunk::Row;
use serde_json::{Map, Value as Json};

/// What came of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server does what it says.
    Holds,
    /// The server does something else.
    Differs {
        /// In a sentence.
        why: String,
        /// The rows that only one side has.
        lines: Vec<String>,
    },
    /// A server can't be asked that.
    LeftOut(&'static str),
    /// It was asked, and the answer says nothing of the rule.
    Unknown(String),
    /// The server could not be asked.
    Error(String),
    /// The user stopped the run.
    Cancelled,
}

/// Fields that a Splunk adds to events of its own accord.
const ADDED: [&str; 26] = [
    "_bkt",
    "_cd",
    "_eventtype_color",
    "_indextime",
    "_kv",
    "_serial",
    "_si",
    "_sourcetype",
    "_subsecond",
    "date_hour",
    "date_mday",
    "date_minute",
    "date_month",
    "date_second",
    "date_wday",
    "date_year",
    "date_zone",
    "eventtype",
    "linecount",
    "punct",
    "splunk_server",
    "splunk_server_group",
    "tag",
    "tag::eventtype",
    "timeendpos",
    "timestartpos",
];

/// Compares the server's rows with those of a scenario.
pub(super) fn compare(scenario: &Scenario, found: &[Row]) -> Outcome {
    let Expect::Rows { rows, ordered } = &scenario.expect else {
        return Outcome::Differs {
            why: format!("an error is expected, and {} rows came", found.len()),
            lines: Vec::new(),
        };
    };
    let named = |name: &str| rows.iter().any(|row| row.contains_key(name));
    let mut wanted: Vec<String> = rows.iter().map(expected).collect();
    let mut actual: Vec<String> = found
        .iter()
        .map(|row| {
            let kept = row.iter().filter(|(name, value)| {
                let is_empty = value.as_str().is_some_and(str::is_empty) || value.is_null();
                !is_empty && (named(name) || !ADDED.contains(&name.as_str()))
            });
            sorted(
                kept.map(|(name, value)| (name.clone(), cell(value)))
                    .collect(),
            )
        })
        .collect();
    if !ordered {
        wanted.sort();
        actual.sort();
    }
    if wanted == actual {
        return Outcome::Holds;
    }
    let only = |one: &[String], other: &[String], mark: char| -> Vec<String> {
        let mut left: BTreeMap<&String, usize> = BTreeMap::new();
        for row in other {
            *left.entry(row).or_default() += 1;
        }
        one.iter()
            .filter(|row| match left.get_mut(row) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            })
            .map(|row| format!("{mark} {row}"))
            .collect()
    };
    let mut lines = only(&wanted, &actual, '-');
    lines.extend(only(&actual, &wanted, '+'));
    let why = if lines.is_empty() {
        "the rows come in another order".to_owned()
    } else {
        format!(
            "{} rows are expected, {} came, and they differ",
            wanted.len(),
            actual.len()
        )
    };
    Outcome::Differs { why, lines }
}

/// A row as text: every value is its text, several are a list, null is absent.
fn expected(row: &Object) -> String {
    let present = row.iter().filter(|(_, value)| !value.is_null());
    sorted(
        present
            .map(|(name, value)| (name.clone(), cell(value)))
            .collect(),
    )
}

fn cell(value: &Json) -> Json {
    match value {
        Json::Array(values) if values.len() == 1 => plain(&values[0]).into(),
        Json::Array(values) => values.iter().map(plain).collect::<Vec<_>>().into(),
        single => plain(single).into(),
    }
}

fn sorted(mut cells: Vec<(String, Json)>) -> String {
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(cells.into_iter().collect::<Map<_, _>>()).to_string()
}
