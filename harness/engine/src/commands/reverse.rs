//! `reverse`: turns the order of rows round.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::tail::Last;
use super::{Command, Lower};
use crate::stage::Stage;

pub(super) struct Reverse;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"1"},{"n":"2"}]"#,
    "reverse",
    r#"[{"n":"2"},{"n":"1"}]"#,
)]);

impl Command for Reverse {
    fn name(&self) -> &'static str {
        "reverse"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, _: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Table(Arc::new(Last(usize::MAX))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn the_last_row_comes_first() {
        check(
            r#"[{"a":"1"},{"a":"2"}]"#,
            "reverse",
            r#"[{"a":"2"},{"a":"1"}]"#,
        );
    }
}
