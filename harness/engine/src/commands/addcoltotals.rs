//! `addcoltotals`: adds a row with the sum of each column of numbers.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::addtotals::{Sums, fields, label};
use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::stage::Stage;

pub(super) struct Addcoltotals;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","logons":"2"},{"user":"amy","logons":"3"}]"#,
    "addcoltotals logons",
    r#"[{"user":"bob","logons":"2"},{"user":"amy","logons":"3"},{"logons":"5"}]"#,
)]);

impl Command for Addcoltotals {
    fn name(&self) -> &'static str {
        "addcoltotals"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let op = Sums {
            fields: fields(syntax),
            row: None,
            col: true,
            label: label(&arguments),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}
