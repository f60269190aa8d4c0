//! `format`: makes one row with a search expression out of all rows; also what a subsearch does to its rows.
//!
//! Search Reference, "format": `( ( a="1" AND b="2" ) OR ( … ) )`, fields ascending, internal ones left out, several
//! values of a field joined by OR. Without any field, `NOT ( )`.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::words::words;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Format;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","host":"ws1"},{"user":"amy"}]"#,
    "format",
    r#"[{"search":"( ( host=\"ws1\" AND user=\"bob\" ) OR ( user=\"amy\" ) )"}]"#,
)]);

impl Command for Format {
    fn name(&self) -> &'static str {
        "format"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let text = match &syntax.body {
            Body::Raw(raw) => raw.text.as_str(),
            _ => "",
        };
        let mut marks: Vec<String> = Vec::new();
        let mut op = Expression {
            multi: "OR".into(),
            max: usize::MAX,
            empty: "NOT ( )".into(),
            ..Expression::default()
        };
        for word in words(text) {
            match word.option() {
                Some(("mvsep", value)) => value.clone_into(&mut op.multi),
                Some(("emptystr", value)) => value.clone_into(&mut op.empty),
                Some(("maxresults", value)) => {
                    op.max = value
                        .parse()
                        .ok()
                        .filter(|max| *max > 0)
                        .unwrap_or(usize::MAX)
                }
                _ => marks.push(word.text),
            }
        }
        op.marks = match <[String; 6]>::try_from(marks) {
            Ok(marks) => marks,
            Err(marks) if marks.is_empty() => ["(", "(", "AND", ")", "OR", ")"].map(str::to_owned),
            Err(_) => return Err(Arguments::new(syntax).missing("six marks, or none")),
        };
        Ok(Stage::Table(Arc::new(op)))
    }
}

#[derive(Default)]
struct Expression {
    /// Start of all, start of a row, between fields, end of a row, between rows, end of all.
    marks: [String; 6],
    multi: String,
    empty: String,
    max: usize,
}

impl TableOp for Expression {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let [start, row_start, and, row_end, or, end] = &self.marks;
        let mut names: Vec<Arc<str>> = table
            .names()
            .filter(|name| !name.starts_with('_'))
            .cloned()
            .collect();
        names.sort();
        let mut rows = Vec::new();
        for row in 0..table.len().min(self.max) {
            cx.check()?;
            let fields: Vec<String> = names
                .iter()
                .filter(|name| !table.value(row, name).is_null())
                .map(|name| self.field(name, table.value(row, name)))
                .collect();
            if !fields.is_empty() {
                rows.push(format!(
                    "{row_start} {} {row_end}",
                    fields.join(&format!(" {and} "))
                ));
            }
        }
        let search = if rows.is_empty() {
            self.empty.clone()
        } else {
            format!("{start} {} {end}", rows.join(&format!(" {or} ")))
        };
        Ok(Table::from_rows([vec![("search", Value::text(search))]]))
    }
}

impl Expression {
    fn field(&self, name: &str, value: &Value) -> String {
        let one = |value: &Value| {
            let text = value.to_text().replace('\\', "\\\\").replace('"', "\\\"");
            // `search` and `query` hold a part of the expression itself.
            if matches!(name, "search" | "query") {
                value.to_text().to_string()
            } else {
                format!("{name}=\"{text}\"")
            }
        };
        match value.each() {
            [only] => one(only),
            several => format!(
                "( {} )",
                several
                    .iter()
                    .map(one)
                    .collect::<Vec<_>>()
                    .join(&format!(" {} ", self.multi))
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_become_an_expression() {
        check(
            r#"[{"b":"2","a":"1","_time":9},{"a":["x","y\""]},{"_time":1}]"#,
            "format",
            r#"[{"search":"( ( a=\"1\" AND b=\"2\" ) OR ( ( a=\"x\" OR a=\"y\\\"\" ) ) )"}]"#,
        );
        check(r#"[{"_time":1}]"#, "format", r#"[{"search":"NOT ( )"}]"#);
        check(
            r#"[{"a":"1"}]"#,
            r#"format "{" "[" "AND" "]" "AND" "}""#,
            r#"[{"search":"{ [ a=\"1\" ] }"}]"#,
        );
    }
}
