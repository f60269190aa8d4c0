//! `makeresults`: makes rows with the time of the search, or out of data in the search itself.
//!
//! With `format`, the rows are those of `data`; `json` wants an array of objects (or one object) and keeps each as
//! `_raw` too. All rows carry the time of the search, so that these fields are the same as in Splunk's examples.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_knowledge::LookupTable;
use dryfire_spl::ast::Command as Syntax;
use serde_json::Value as Json;

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower, tables};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Generate, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::to_seconds;
use crate::value::Value;

pub(super) struct Makeresults;

const DOC: Doc = Doc::new(&[
    Example::alone(
        "| makeresults count=2 | streamstats count AS n | table n",
        r#"[{"n":"1"},{"n":"2"}]"#,
    ),
    Example::alone(
        "| makeresults format=csv data=\"user,n\nbob,1\" | table user n",
        r#"[{"user":"bob","n":"1"}]"#,
    ),
]);

impl Command for Makeresults {
    fn name(&self) -> &'static str {
        "makeresults"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let data = arguments.text("data").unwrap_or_default();
        let rows = match arguments.text("format").as_deref() {
            None => Table::new(arguments.count("count").unwrap_or(1)),
            Some("csv") => tables::rows(&LookupTable::from_csv(data.trim())),
            Some(_) => match json_rows(&data) {
                Some(rows) => rows,
                None => {
                    if let Some(word) = syntax.option("data").or(syntax.option("format")) {
                        arguments.wrong(word, "`data` must be a JSON array of objects");
                    }
                    Table::default()
                }
            },
        };
        let annotate = arguments.flag("annotate", false);
        arguments.finish(Stage::Source(Arc::new(Make { rows, annotate })))
    }
}

fn json_rows(data: &str) -> Option<Table> {
    let json: Json = serde_json::from_str(data).ok()?;
    let objects = match json {
        Json::Array(objects) => objects,
        object => vec![object],
    };
    let mut rows = Vec::new();
    for object in &objects {
        let Json::Object(members) = object else {
            return None;
        };
        let raw = (Arc::from("_raw"), Value::text(object.to_string()));
        rows.push(
            [raw]
                .into_iter()
                .chain(
                    members
                        .iter()
                        .map(|(name, json)| (name.as_str().into(), cell(json))),
                )
                .collect(),
        );
    }
    Some(Table::from_rows::<Arc<str>>(rows))
}

fn cell(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => Value::text(number.to_string()),
        Json::Bool(truth) => Value::text(truth.to_string()),
        nested => Value::text(nested.to_string()),
    }
}

struct Make {
    rows: Table,
    annotate: bool,
}

impl Generate for Make {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        cx.charge(self.rows.len(), 0)?;
        let mut rows = self.rows.clone();
        if rows.column("_time").is_none() {
            // Splunk gives whole seconds.
            let now = to_seconds(cx.env.now).floor();
            rows.set("_time", Column::Const(Value::Number(now), rows.len()));
        }
        if self.annotate {
            rows.set(
                "splunk_server",
                Column::Const(Value::from("local"), rows.len()),
            );
            for name in [
                "_raw",
                "host",
                "source",
                "sourcetype",
                "splunk_server_group",
            ] {
                let column = rows.column_or_null(name);
                rows.set(name, column);
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn rows_out_of_nothing() {
        check(
            "[]",
            "makeresults count=2",
            r#"[{"_time":1700000000},{"_time":1700000000}]"#,
        );
        check(
            "[]",
            "makeresults annotate=true | fields - _time",
            r#"[{"splunk_server":"local"}]"#,
        );
    }

    #[test]
    fn rows_out_of_data() {
        let expected = r#"[{"a":"1","b":"x"},{"a":"2"}]"#;
        check(
            "[]",
            "makeresults format=csv data=\"a,b\n1,x\n2,\" | fields - _time",
            expected,
        );
        check(
            "[]",
            r#"makeresults format=json data="[{\"a\":1,\"b\":\"x\"},{\"a\":2}]" | fields - _*"#,
            expected,
        );
        assert_eq!(mistakes(r#"makeresults format=json data="[1]""#), ["DF307"]);
    }
}
