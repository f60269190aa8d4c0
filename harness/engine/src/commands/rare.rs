//! `rare`: the least common combinations of values, with count and share.

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::{Command, Lower, ranking};
use crate::stage::Stage;

pub(super) struct Rare;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"},{"user":"bob"},{"user":"eve"}]"#,
    "rare limit=1 showperc=false user",
    r#"[{"user":"eve","count":"1"}]"#,
)])
.uncertain(&[super::ranking::TIES]);

impl Command for Rare {
    fn name(&self) -> &'static str {
        "rare"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        ranking::lower(syntax, true)
    }
}
