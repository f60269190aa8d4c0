//! `savedsearch`, where it is left over: searches that are there stand in its place before planning
//! (`dryfire_plan::saved`).

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::check::unknown_saved_search;
use dryfire_plan::saved::named;
use dryfire_spl::ast::Command as Syntax;

use super::arguments::Arguments;
use super::doc::{Doc, Example, Given};
use super::{Command, Lower};
use crate::stage::Stage;

pub(super) struct Savedsearch;

const DOC: Doc = Doc::new(&[Example::given(
    Given::Saved("Two rows", "| makeresults count=$n$ | eval a=1 | table a"),
    "| savedsearch \"Two rows\" n=2",
    r#"[{"a":"1"},{"a":"1"}]"#,
)]);

impl Command for Savedsearch {
    fn name(&self) -> &'static str {
        "savedsearch"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Err(left_over(syntax, cx))
    }
}

/// Why a saved search was not put in the place of its name.
pub(super) fn left_over(syntax: &Syntax, cx: &Lower<'_>) -> Vec<Diagnostic> {
    let Some((name, _)) = named(syntax) else {
        return Arguments::new(syntax).missing("the name of a saved search");
    };
    let unknown = unknown_saved_search(&name, syntax.name_at.0, cx.library);
    vec![unknown.unwrap_or_else(|| {
        let message = "the engine runs no saved search inside of a search that is made of rows";
        Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message).at(syntax.name_at.0, "")
    })]
}
