//! `from`: the rows of a dataset by kind and name.
//!
//! Search Reference, "from": `datamodel:` gives events of a data model (the planner's), `lookup:` and `inputlookup:` the
//! rows of a lookup, `savedsearch:` those of a saved search, which stands in its place before planning.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example, SYSMON};
use super::{Command, Lower, savedsearch, tables};
use crate::env::Cx;
use crate::stage::{Generate, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct From;

const INPUTLOOKUP: &str =
    "from takes inputlookup as lookup; the manual names datamodel, lookup and savedsearch only";

const DOC: Doc = Doc::new(&[Example::given(
    SYSMON,
    "| from datamodel:Endpoint.Processes | table dest process_name",
    r#"[{"dest":"ws1","process_name":"whoami.exe"}]"#,
)])
.differences(&["Of other datasets only lookups and saved searches are known."])
.uncertain(&[INPUTLOOKUP]);

impl Command for From {
    fn name(&self) -> &'static str {
        "from"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::From(from) = &syntax.body else {
            return Err(arguments.missing("a dataset"));
        };
        let Some(name) = from.words.first() else {
            return Err(arguments.missing("the name of a dataset"));
        };
        match from.kind.as_str() {
            "savedsearch" => return Err(savedsearch::left_over(syntax, cx)),
            "lookup" | "inputlookup" => {}
            kind => {
                arguments.unsupported(
                    syntax.name_at.0,
                    format!("the engine does not know datasets of the kind `{kind}`"),
                );
                return arguments.finish_some(None);
            }
        }
        let rows = match tables::lookup(name, cx) {
            Ok(lookup) => lookup.table().map(tables::rows).unwrap_or_default(),
            Err(errors) => {
                arguments.extend(errors);
                Table::default()
            }
        };
        let documented = from.kind == "lookup";
        arguments.finish(Stage::Source(Arc::new(Rows { rows, documented })))
    }
}

/// Rows that are there already.
struct Rows {
    rows: Table,
    /// Whether the manual names the kind of dataset.
    documented: bool,
}

impl Generate for Rows {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        if !self.documented {
            cx.uncertain(INPUTLOOKUP);
        }
        cx.charge(self.rows.len(), self.rows.bytes())?;
        Ok(self.rows.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn lookups_are_datasets() {
        let rows = r#"[{"agent":"arkei/*","tool":"Arkei"}]"#;
        check("[]", "from lookup:agents", rows);
        check("[]", "from inputlookup:\"agents\"", rows);
        assert_eq!(mistakes("from lookup:nosuch"), ["DF305"]);
        assert_eq!(mistakes("from savedsearch:nosuch"), ["DF320"]);
        assert_eq!(mistakes("from planet:mars"), ["DF301"]);
    }
}
