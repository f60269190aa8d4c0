//! `xmlunescape`: resolves the entities of XML in `_raw`.
//!
//! Search Reference, "xmlunescape". `maxinputs` limits how many results are worked on at a time and changes none.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::columns::map_singles;
use super::doc::{Doc, Example};
use super::xml_text::decode;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Xmlunescape;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"_raw":"a &lt;b&gt;"}]"#,
    "xmlunescape",
    r#"[{"_raw":"a <b>"}]"#,
)]);

impl Command for Xmlunescape {
    fn name(&self) -> &'static str {
        "xmlunescape"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, _: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Map(Arc::new(Unescape)))
    }
}

struct Unescape;

impl MapOp for Unescape {
    fn apply(&self, mut table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        if let Some(raw) = table.column("_raw") {
            let plain = map_singles(raw, |value| {
                value.with_text(|text| Value::text(decode(text)))
            });
            table.set("_raw", plain);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn entities_are_resolved_in_the_raw_text() {
        check(
            r#"[{"_raw":"a &lt;b&gt; &amp;amp;","x":"&lt;"},{"x":"1"}]"#,
            "xmlunescape",
            r#"[{"_raw":"a <b> &amp;","x":"&lt;"},{"x":"1"}]"#,
        );
    }
}
