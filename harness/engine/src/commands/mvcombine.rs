//! `mvcombine`: merges rows that differ in one field only; its values become a list.
//!
//! The first of the rows gives the place. `delim` is for `nomv`, which looks for it.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Mvcombine;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"ws1","port":"22"},{"host":"ws1","port":"443"}]"#,
    "mvcombine port",
    r#"[{"host":"ws1","port":["22","443"]}]"#,
)]);

impl Command for Mvcombine {
    fn name(&self) -> &'static str {
        "mvcombine"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let field = match &syntax.body {
            Body::Fields(fields) => fields.names.first().map(|name| name.text.as_str().into()),
            _ => None,
        };
        arguments.finish_some(field.map(|field| Stage::Table(Arc::new(Combine(field)))))
    }
}

struct Combine(Arc<str>);

impl TableOp for Combine {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let mut rows: Vec<u32> = Vec::new();
        let mut lists: Vec<Vec<Value>> = Vec::new();
        let mut known: HashMap<Vec<Value>, usize> = HashMap::new();
        for row in 0..table.len() {
            if row % 1024 == 0 {
                cx.check()?;
            }
            let others = table.columns().filter(|(name, _)| **name != self.0);
            let key: Vec<Value> = others.map(|(_, column)| column.get(row).clone()).collect();
            let place = *known.entry(key).or_insert_with(|| {
                rows.extend(u32::try_from(row));
                lists.push(Vec::new());
                lists.len() - 1
            });
            lists[place].push(table.value(row, &self.0).clone());
        }
        let mut combined = table.select(&rows);
        combined.set(
            self.0.clone(),
            lists.into_iter().map(Value::multi).collect(),
        );
        Ok(combined)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_that_differ_in_the_field_are_one() {
        check(
            r#"[{"a":"1","b":"x"},{"a":"2","b":"y"},{"a":"3","b":"x"}]"#,
            "mvcombine a",
            r#"[{"a":["1","3"],"b":"x"},{"a":"2","b":"y"}]"#,
        );
    }
}
