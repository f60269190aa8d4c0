//! `join`: adds the fields of a subsearch's rows to the rows with the same values.
//!
//! Search Reference, "join": inner by default; one match a row unless `max` says more (0: all); the subsearch's values
//! win unless `overwrite=false`; `usetime` takes rows from before, or later ones with `earlier=false`; values are compared with regard to case. Without fields, all common ones are the keys.
//! A row that lacks a key matches nothing (the manual does not say); the row's own `_time` and `_raw` stay.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::arguments::{Arguments, names};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::limits::cut;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Join;

const NO_KEY: &str =
    "join: a row that lacks a field to join by matches nothing; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","host":"ws1"},{"user":"eve","host":"ws2"}]"#,
    r#"join user [| makeresults | eval user="bob", team="red" | table user team]"#,
    r#"[{"user":"bob","host":"ws1","team":"red"}]"#,
)])
.uncertain(&[NO_KEY]);

impl Command for Join {
    fn name(&self) -> &'static str {
        "join"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Sub(sub) = &syntax.body else {
            return Err(arguments.missing("a subsearch in brackets"));
        };
        let Some(right) = cx.subsearches.first() else {
            return Err(arguments.missing("the rows of its subsearch"));
        };
        arguments.refuse(&["left", "right"]);
        let kind = arguments.text("type").map(|kind| kind.to_ascii_lowercase());
        let op = Match {
            right: right.clone(),
            keys: names(&sub.fields),
            outer: matches!(kind.as_deref(), Some("left" | "outer")),
            max: arguments.count("max").unwrap_or(1),
            overwrite: arguments.flag("overwrite", true),
            earlier: arguments
                .flag("usetime", false)
                .then(|| arguments.flag("earlier", true)),
            at: syntax.name_at.0,
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Match {
    right: Table,
    keys: Vec<Arc<str>>,
    outer: bool,
    max: usize,
    overwrite: bool,
    /// Whether only rows of the subsearch from before count, or only later ones.
    earlier: Option<bool>,
    at: Span,
}

impl Match {
    /// Whether a row of the subsearch lies on the wanted side in time.
    fn in_time(&self, own: &Value, other: &Value, cx: &Cx<'_>) -> bool {
        let Some(earlier) = self.earlier else {
            return true;
        };
        let (Some(own), Some(other)) = (own.as_number(), other.as_number()) else {
            cx.uncertain("join usetime=true: a row without a time matches nothing; Splunk's manual does not say");
            return false;
        };
        if own.total_cmp(&other).is_eq() {
            cx.uncertain("join usetime=true: a row of the same time counts as earlier and as later; Splunk's manual does not say");
        }
        if earlier { other <= own } else { other >= own }
    }
}

impl TableOp for Match {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let limit = (cx.env.limits.join_rows, "[join] subsearch_maxout");
        let right = &cut(&self.right, None, limit, self.at, cx);
        let keys: Vec<Arc<str>> = if self.keys.is_empty() {
            table
                .names()
                .filter(|name| !name.starts_with('_') && right.column(name).is_some())
                .cloned()
                .collect()
        } else {
            self.keys.clone()
        };
        let index = index(right, &keys);
        let columns: Vec<Column> = keys.iter().map(|key| table.column_or_null(key)).collect();
        let max = if self.max == 0 { usize::MAX } else { self.max };
        let mut left_rows: Vec<u32> = Vec::new();
        let mut right_rows: Vec<Option<u32>> = Vec::new();
        for row in 0..table.len() {
            if row % 1024 == 0 {
                cx.charge(left_rows.len(), 0)?;
            }
            let place = u32::try_from(row).unwrap_or(u32::MAX);
            let matches = key_of(&columns, row).and_then(|key| index.get(&key));
            let before = left_rows.len();
            let in_time = |right: &&u32| {
                let other = self.right.value(**right as usize, "_time");
                self.in_time(table.value(row, "_time"), other, cx)
            };
            for right in matches.into_iter().flatten().filter(in_time).take(max) {
                // A few rows can have very many partners.
                if left_rows.len().is_multiple_of(1024) {
                    cx.charge(left_rows.len(), 0)?;
                }
                left_rows.push(place);
                right_rows.push(Some(*right));
            }
            if self.outer && left_rows.len() == before {
                left_rows.push(place);
                right_rows.push(None);
            }
        }
        cx.charge(left_rows.len(), 0)?;
        // An outer join keeps such a row whether or not it may meet one that lacks the key as well.
        if lacks_key(&table, &keys) && (!self.outer || lacks_key(right, &keys)) {
            cx.uncertain(NO_KEY);
        }
        let mut joined = table.select(&left_rows);
        for (name, column) in right.columns() {
            let merged = merge(
                &joined.column_or_null(name),
                column,
                &right_rows,
                self.overwrite && !name.starts_with('_'),
            );
            joined.set(name.clone(), merged);
        }
        cx.charge(joined.len(), joined.bytes())?;
        Ok(joined)
    }
}

fn index(table: &Table, keys: &[Arc<str>]) -> HashMap<Vec<Value>, Vec<u32>> {
    let columns: Vec<Column> = keys.iter().map(|key| table.column_or_null(key)).collect();
    let mut index: HashMap<Vec<Value>, Vec<u32>> = HashMap::new();
    for row in 0..table.len() {
        if let (Some(key), Ok(row)) = (key_of(&columns, row), u32::try_from(row)) {
            index.entry(key).or_default().push(row);
        }
    }
    index
}

fn lacks_key(table: &Table, keys: &[Arc<str>]) -> bool {
    !table.is_empty()
        && keys
            .iter()
            .any(|key| table.column_or_null(key).iter().any(Value::is_null))
}

/// The values of the keys; none where one is absent.
fn key_of(columns: &[Column], row: usize) -> Option<Vec<Value>> {
    let key: Vec<Value> = columns
        .iter()
        .map(|column| column.get(row).clone())
        .collect();
    (!key.iter().any(Value::is_null)).then_some(key)
}

fn merge(left: &Column, right: &Column, rows: &[Option<u32>], overwrite: bool) -> Column {
    rows.iter()
        .enumerate()
        .map(|(place, row)| {
            let own = left.get(place);
            match row.map(|row| right.get(row as usize)) {
                Some(value) if !value.is_null() && (overwrite || own.is_null()) => value.clone(),
                _ => own.clone(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_sub, open_points};

    const LEFT: &str = r#"[{"u":"a","n":"1"},{"u":"b","n":"2"},{"n":"3"},{"u":"a","n":"4"}]"#;
    const RIGHT: &str =
        r#"[{"u":"a","m":"x","n":"9"},{"u":"a","m":"y"},{"u":"A","m":"z"},{"m":"w"}]"#;

    #[test]
    fn inner_takes_the_first_match() {
        check_sub(
            LEFT,
            "join u [search x]",
            &[RIGHT],
            r#"[{"u":"a","n":"9","m":"x"},{"u":"a","n":"9","m":"x"}]"#,
        );
    }

    #[test]
    fn outer_keeps_rows_and_max_takes_more() {
        check_sub(
            LEFT,
            "join type=left max=0 overwrite=false u [search x]",
            &[RIGHT],
            r#"[{"u":"a","n":"1","m":"x"},{"u":"a","n":"1","m":"y"},{"u":"b","n":"2"},{"n":"3"},
                {"u":"a","n":"4","m":"x"},{"u":"a","n":"4","m":"y"}]"#,
        );
    }

    #[test]
    fn time_can_limit_the_matches() {
        let left = r#"[{"u":"a","_time":20},{"u":"b","_time":20}]"#;
        let right = r#"[{"u":"a","m":"x","_time":30},{"u":"a","m":"y","_time":10}]"#;
        check_sub(
            left,
            "join usetime=t type=left u [search x]",
            &[right],
            r#"[{"u":"a","m":"y","_time":20},{"u":"b","_time":20}]"#,
        );
        check_sub(
            left,
            "join usetime=t earlier=f u [search x]",
            &[right],
            r#"[{"u":"a","m":"x","_time":20}]"#,
        );
        let same = r#"[{"u":"a","_time":20}]"#;
        assert_eq!(open_points(left, "join usetime=t u [search x]", &[same]), 1);
        assert_eq!(
            open_points(left, "join usetime=t u [search x]", &[right]),
            0
        );
    }

    #[test]
    fn common_fields_are_the_default_keys() {
        check_sub(
            LEFT,
            "join [search x]",
            &[r#"[{"u":"b","n":"2","k":"1"},{"u":"b","n":"1"}]"#],
            r#"[{"u":"b","n":"2","k":"1"}]"#,
        );
    }
}
