//! `delta`: the difference of a field to the row before, or `p` rows before.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::{Command, Lower, running};
use crate::stage::Stage;

pub(super) struct Delta;

impl Command for Delta {
    fn name(&self) -> &'static str {
        "delta"
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        running::lower(syntax, true)
    }
}
