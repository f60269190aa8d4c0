//! `replace`: exchanges whole values; what a `*` matched can be used in the new value.
//!
//! Without `IN`, all fields but internal ones. The first pair that fits counts (the manual does not say).

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::capture;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::columns::{expand, map_singles};
use super::doc::{Doc, Example};
use super::rename::fill;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Replace;

const FIRST_PAIR: &str =
    "replace takes the first pair that fits a value; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"ws1.corp"},{"host":"dc1"}]"#,
    "replace *.corp WITH * IN host",
    r#"[{"host":"ws1"},{"host":"dc1"}]"#,
)])
.uncertain(&[FIRST_PAIR]);

impl Command for Replace {
    fn name(&self) -> &'static str {
        "replace"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Replace(body) = &syntax.body else {
            return Err(arguments.missing("`A WITH B`"));
        };
        for (from, to) in &body.pairs {
            if to.text.matches('*').count() > from.text.matches('*').count() {
                let message = "the new value has more `*` than the old one";
                arguments.error(&codes::meaning::BAD_ARGUMENT, to.at.0, message);
            }
        }
        let pairs = body
            .pairs
            .iter()
            .map(|(from, to)| (from.text.clone(), to.text.clone()))
            .collect();
        let fields = if body.fields.is_empty() {
            vec!["*".into()]
        } else {
            names(&body.fields)
        };
        arguments.finish(Stage::Map(Arc::new(Exchange { pairs, fields })))
    }
}

struct Exchange {
    pairs: Vec<(String, String)>,
    fields: Vec<Arc<str>>,
}

impl Exchange {
    fn exchange(&self, value: &Value, cx: &Cx<'_>) -> Value {
        let new = value.with_text(|text| {
            let mut fitting = self
                .pairs
                .iter()
                .filter_map(|(from, to)| Some(fill(to, &capture(from, text)?)));
            let first = fitting.next();
            if first.is_some() && fitting.any(|other| Some(other) != first) {
                cx.uncertain(FIRST_PAIR);
            }
            first
        });
        new.map_or_else(|| value.clone(), Value::Text)
    }
}

impl MapOp for Exchange {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        for field in expand(&self.fields, &table) {
            if let Some(column) = table.column(&field) {
                let exchanged = map_singles(column, |value| self.exchange(value, cx));
                table.set(field, exchanged);
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn whole_values_are_exchanged() {
        let input =
            r#"[{"h":"127.0.0.1","s":"::ffff:10.0.0.1"},{"h":"x127.0.0.1","s":"b localhost"}]"#;
        check(
            input,
            "replace 127.0.0.1 WITH localhost | fields h",
            r#"[{"h":"localhost"},{"h":"x127.0.0.1"}]"#,
        );
        check(
            input,
            r#"replace "::ffff:*" WITH *, "* localhost" WITH "localhost *" IN s | fields s"#,
            r#"[{"s":"10.0.0.1"},{"s":"localhost b"}]"#,
        );
        assert_eq!(mistakes("replace a WITH *"), ["DF307"]);
    }
}
