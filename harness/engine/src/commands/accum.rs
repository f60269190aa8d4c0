//! `accum`: the running total of a field.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::{Command, Lower, running};
use crate::stage::Stage;

pub(super) struct Accum;

impl Command for Accum {
    fn name(&self) -> &'static str {
        "accum"
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        running::lower(syntax, false)
    }
}
