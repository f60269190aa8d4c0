//! `outputcsv` and `inputcsv`: files of the search head, which are not there.
//!
//! Search Reference, "outputcsv": the rows go on as they are. What it writes is seen by `inputcsv` only, and that can't
//! be judged.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Outputcsv;

const WRITTEN: Doc = Doc::new(&[Example::over(
    r#"[{"a":"1"}]"#,
    "outputcsv seen.csv",
    r#"[{"a":"1"}]"#,
)])
.differences(&["No file is written."]);

impl Command for Outputcsv {
    fn name(&self) -> &'static str {
        "outputcsv"
    }

    fn doc(&self) -> &'static Doc {
        &WRITTEN
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Arguments::new(syntax).finish(Stage::Map(Arc::new(Pass)))
    }
}

struct Pass;

impl MapOp for Pass {
    fn apply(&self, table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        Ok(table)
    }
}

pub(super) struct Inputcsv;

const READ: Doc = Doc::new(&[])
    .differences(&["There are no files of a running Splunk: the search is undetermined."]);

impl Command for Inputcsv {
    fn name(&self) -> &'static str {
        "inputcsv"
    }

    fn doc(&self) -> &'static Doc {
        &READ
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Table(table) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("a file"));
        };
        let message = format!(
            "the file `{}` of the search head is not there",
            table.table.text
        );
        Err(vec![
            Diagnostic::error(&codes::meaning::UNKNOWN_LOOKUP, message)
                .at(table.table.at.0, "not given")
                .help("a table that comes with the content is read by `inputlookup`"),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn rows_go_on_and_files_are_not_there() {
        check(r#"[{"a":"1"}]"#, "outputcsv x", r#"[{"a":"1"}]"#);
        assert_eq!(mistakes("inputcsv x"), ["DF305"]);
    }
}
