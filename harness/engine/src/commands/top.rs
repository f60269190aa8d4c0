//! `top`: the most common combinations of values, with count and share.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::{Command, Lower, ranking};
use crate::stage::Stage;

pub(super) struct Top;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"},{"user":"bob"},{"user":"eve"},{"user":"bob"}]"#,
    "top limit=1 user",
    r#"[{"user":"bob","count":"3","percent":"75.000000"}]"#,
)])
.uncertain(&[super::ranking::TIES]);

impl Command for Top {
    fn name(&self) -> &'static str {
        "top"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        ranking::lower(syntax, false)
    }
}
