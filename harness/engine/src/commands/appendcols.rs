//! `appendcols`: adds the fields of a subsearch's first row to the first row, and so on.
//!
//! A field that the row has stays, unless `override=true`. Rows of the subsearch beyond the last row become rows of
//! their own (the manual does not say).

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::columns::first_of;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::limits::cut;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Appendcols;

const BEYOND: &str = "appendcols: rows of the subsearch beyond the last row become rows of their own; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"}]"#,
    "appendcols [| makeresults | eval logons=3 | table logons]",
    r#"[{"user":"bob","logons":"3"}]"#,
)])
.uncertain(&[BEYOND]);

impl Command for Appendcols {
    fn name(&self) -> &'static str {
        "appendcols"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let (Body::Sub(_), Some(rows)) = (&syntax.body, cx.subsearches.first()) else {
            return Err(arguments.missing("a subsearch in brackets"));
        };
        let most = arguments.maxout();
        let at = syntax.name_at.0;
        let wins = arguments.flag("override", false);
        let rows = rows.clone();
        arguments.finish(Stage::Table(Arc::new(Beside {
            rows,
            wins,
            most,
            at,
        })))
    }
}

struct Beside {
    rows: Table,
    wins: bool,
    most: Option<usize>,
    at: Span,
}

impl TableOp for Beside {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let limit = (cx.env.limits.result_rows, "[searchresults] maxresultrows");
        let rows = &cut(&self.rows, self.most, limit, self.at, cx);
        let len = table.len().max(rows.len());
        cx.charge(len, table.bytes() + rows.bytes())?;
        let mut joined = Table::new(len);
        if len > table.len() {
            cx.uncertain(BEYOND);
        } else {
            joined.keys.clone_from(&table.keys);
        }
        for (name, column) in table.columns() {
            joined.set(name.clone(), longer(column, len));
        }
        for (name, column) in rows.columns() {
            let (own, new) = (joined.column_or_null(name), longer(column, len));
            joined.set(
                name.clone(),
                if self.wins {
                    first_of(&new, &own)
                } else {
                    first_of(&own, &new)
                },
            );
        }
        Ok(joined)
    }
}

fn longer(column: &Column, len: usize) -> Column {
    if column.len() == len {
        return column.clone();
    }
    column
        .iter()
        .cloned()
        .chain(std::iter::repeat(Value::Null))
        .take(len)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_sub;

    #[test]
    fn fields_come_row_by_row() {
        let (left, right) = (r#"[{"a":"1","c":"1"},{"a":"2"}]"#, r#"[{"b":"x","c":"9"}]"#);
        check_sub(
            left,
            "appendcols [search x]",
            &[right],
            r#"[{"a":"1","b":"x","c":"1"},{"a":"2"}]"#,
        );
        check_sub(
            left,
            "appendcols override=1 [search x]",
            &[right],
            r#"[{"a":"1","b":"x","c":"9"},{"a":"2"}]"#,
        );
    }
}
