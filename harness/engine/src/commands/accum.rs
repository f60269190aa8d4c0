//! `accum`: the running total of a field.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::{Command, Lower, running};
use crate::stage::Stage;

pub(super) struct Accum;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"bytes":"5"},{"bytes":"7"}]"#,
    "accum bytes AS total",
    r#"[{"bytes":"5","total":"5"},{"bytes":"7","total":"12"}]"#,
)]);

impl Command for Accum {
    fn name(&self) -> &'static str {
        "accum"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        running::lower(syntax, false)
    }
}
