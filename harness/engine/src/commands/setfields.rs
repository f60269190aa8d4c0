//! `setfields`: gives fields the same value in every row.
//!
//! Search Reference, "setfields": `setfields department="x", location="y"`.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::words::words;
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Setfields;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"a":"1"},{"b":"2"}]"#,
    "setfields a=x, c=z",
    r#"[{"a":"x","c":"z"},{"a":"x","b":"2","c":"z"}]"#,
)]);

impl Command for Setfields {
    fn name(&self) -> &'static str {
        "setfields"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Raw(raw) = &syntax.body else {
            return Err(arguments.missing("fields such as `name=\"value\"`"));
        };
        let words = words(&raw.text);
        let pairs = words.iter().map(|word| {
            let (name, value) = word.option()?;
            (!name.is_empty()).then(|| (Arc::from(name), Value::from(value)))
        });
        let Some(values) = pairs.collect::<Option<Vec<_>>>() else {
            return Err(arguments.missing("fields such as `name=\"value\"`"));
        };
        arguments.finish(Stage::Map(Arc::new(Fixed(values))))
    }
}

struct Fixed(Vec<(Arc<str>, Value)>);

impl MapOp for Fixed {
    fn apply(&self, mut table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        for (name, value) in &self.0 {
            table.set(name.clone(), Column::Const(value.clone(), table.len()));
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn every_row_gets_the_values() {
        check(
            r#"[{"a":"1"},{"b":"2"}]"#,
            r#"setfields a="x y", c=z"#,
            r#"[{"a":"x y","c":"z"},{"a":"x y","b":"2","c":"z"}]"#,
        );
        assert_eq!(mistakes("setfields a"), ["DF307"]);
    }
}
