//! `top`: the most common combinations of values, with count and share.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::{Command, Lower, ranking};
use crate::stage::Stage;

pub(super) struct Top;

impl Command for Top {
    fn name(&self) -> &'static str {
        "top"
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        ranking::lower(syntax, false)
    }
}
