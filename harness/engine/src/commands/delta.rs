//! `delta`: the difference of a field to the row before, or `p` rows before.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::{Command, Lower, running};
use crate::stage::Stage;

pub(super) struct Delta;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"4"},{"n":"9"}]"#,
    "delta n AS more",
    r#"[{"n":"4"},{"n":"9","more":"5"}]"#,
)]);

impl Command for Delta {
    fn name(&self) -> &'static str {
        "delta"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        running::lower(syntax, true)
    }
}
