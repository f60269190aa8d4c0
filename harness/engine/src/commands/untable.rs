//! `untable`: makes a list out of a table: a row for each cell, with the name of its column.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Untable;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"ws1","ok":"3","fail":"1"}]"#,
    "untable host action n",
    r#"[{"host":"ws1","action":"ok","n":"3"},{"host":"ws1","action":"fail","n":"1"}]"#,
)]);

impl Command for Untable {
    fn name(&self) -> &'static str {
        "untable"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Fields(fields) = &syntax.body else {
            return Err(arguments.missing("three fields"));
        };
        let [x, series, value] = &fields.names[..] else {
            return Err(arguments.missing("three fields"));
        };
        let name = |word: &dryfire_spl::ast::Word| Arc::from(word.text.as_str());
        arguments.finish(Stage::Table(Arc::new(Gather {
            x: name(x),
            series: name(series),
            value: name(value),
        })))
    }
}

struct Gather {
    x: Arc<str>,
    series: Arc<str>,
    value: Arc<str>,
}

impl TableOp for Gather {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let (mut xs, mut series, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..table.len() {
            cx.charge(xs.len(), 0)?;
            for (name, column) in table.columns() {
                let value = column.get(row);
                if **name != *self.x && !name.starts_with('_') && !value.is_null() {
                    xs.push(table.value(row, &self.x).clone());
                    series.push(Value::Text(name.clone()));
                    values.push(value.clone());
                }
            }
        }
        let mut gathered = Table::new(xs.len());
        for (name, cells) in [(&self.x, xs), (&self.series, series), (&self.value, values)] {
            gathered.set(name.clone(), cells.into_iter().collect());
        }
        Ok(gathered)
    }
}
