//! `outputlookup`: writes the rows into a lookup and passes them on.
//!
//! Internal fields are not written, but for the `_key` of a collection. Nothing is written here: the target applies the
//! effect between waves of cases.

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

pub(super) struct Outputlookup;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"}]"#,
    "outputlookup seen.csv | stats count",
    r#"[{"count":"1"}]"#,
)])
.differences(&["The rows are written between searches, never while one runs."]);

impl Command for Outputlookup {
    fn name(&self) -> &'static str {
        "outputlookup"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Table(body) = &syntax.body else {
            return Err(arguments.missing("a lookup"));
        };
        // Rows that replace others by their key are not followed.
        arguments.refuse(&["key_field"]);
        let op = Write {
            lookup: body.table.text.as_str().into(),
            append: arguments.flag("append", false),
            override_if_empty: arguments.flag("override_if_empty", true),
            max: arguments.count("max").unwrap_or(usize::MAX),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Write {
    lookup: Arc<str>,
    append: bool,
    override_if_empty: bool,
    max: usize,
}

impl TableOp for Write {
    fn apply(&self, table: Table, _: &Cx<'_>, effects: &mut Vec<Effect>) -> Result<Table, Stop> {
        if !table.is_empty() || self.override_if_empty {
            let mut rows = table.filter(|row| row < self.max);
            rows.retain(|name| !name.starts_with('_') || name == "_key");
            rows.keys = None;
            effects.push(Effect::WriteLookup {
                lookup: self.lookup.clone(),
                rows,
                append: self.append,
            });
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{rows, run};
    use crate::stage::Effect;

    #[test]
    fn rows_are_written_and_passed_on() {
        let outcome = run(
            rows(r#"[{"a":"1","_time":1}]"#),
            "outputlookup append=t seen.csv | stats count",
        );
        let [
            Effect::WriteLookup {
                lookup,
                rows: written,
                append: true,
            },
        ] = &outcome.effects[..]
        else {
            panic!("one effect")
        };
        assert_eq!(
            (
                &**lookup,
                written.names().map(|name| &**name).collect::<Vec<_>>()
            ),
            ("seen.csv", vec!["a"])
        );
        assert_eq!(outcome.table.len(), 1);
        assert!(
            run(rows("[]"), "outputlookup override_if_empty=false x")
                .effects
                .is_empty()
        );
    }
}
