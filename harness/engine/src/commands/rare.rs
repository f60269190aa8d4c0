//! `rare`: the least common combinations of values, with count and share.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::{Command, Lower, ranking};
use crate::stage::Stage;

pub(super) struct Rare;

impl Command for Rare {
    fn name(&self) -> &'static str {
        "rare"
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        ranking::lower(syntax, true)
    }
}
