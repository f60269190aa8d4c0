//! `collect`: writes the rows as events into an index and passes them on.
//!
//! Nothing is written here: the target applies the effect between waves of cases.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, truth};
use super::doc::{Doc, Example};
use super::words::words;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Collect;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"}]"#,
    "collect index=summary | stats count",
    r#"[{"count":"1"}]"#,
)])
.differences(&["The rows are written between searches, never while one runs."]);

impl Command for Collect {
    fn name(&self) -> &'static str {
        "collect"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Raw(raw) = &syntax.body else {
            return Err(arguments.missing("`index=`"));
        };
        let (mut index, mut test) = (None, false);
        for word in words(&raw.text) {
            match word.option() {
                Some(("index", name)) => index = Some(Arc::from(name)),
                Some(("testmode", value)) => test = truth(value).unwrap_or(false),
                _ => {}
            }
        }
        match index {
            Some(index) => arguments.finish(Stage::Table(Arc::new(Write { index, test }))),
            None => Err(arguments.missing("`index=`")),
        }
    }
}

struct Write {
    index: Arc<str>,
    /// Shows what would be written, and writes nothing.
    test: bool,
}

impl TableOp for Write {
    fn apply(&self, table: Table, _: &Cx<'_>, effects: &mut Vec<Effect>) -> Result<Table, Stop> {
        if !self.test && !table.is_empty() {
            let mut rows = table.clone();
            rows.keys = None;
            effects.push(Effect::WriteEvents {
                index: self.index.clone(),
                rows,
            });
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mistakes, rows, run};

    #[test]
    fn rows_are_written_and_passed_on() {
        let outcome = run(
            rows(r#"[{"a":"1"}]"#),
            "collect index=summary marker=\"x=1\"",
        );
        assert_eq!((outcome.table.len(), outcome.effects.len()), (1, 1));
        assert!(
            run(
                rows(r#"[{"a":"1"}]"#),
                "collect index=summary testmode=true"
            )
            .effects
            .is_empty()
        );
        assert_eq!(mistakes("collect testmode=true"), ["DF307"]);
    }
}
