//! `tail`: the last rows, the last one first; 10 by default.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::order::arrange;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Tail;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"1"},{"n":"2"},{"n":"3"}]"#,
    "tail 2",
    r#"[{"n":"3"},{"n":"2"}]"#,
)]);

impl Command for Tail {
    fn name(&self) -> &'static str {
        "tail"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let count = match &syntax.body {
            Body::Count(Some((count, _))) => usize::try_from(*count).unwrap_or(usize::MAX),
            Body::Count(None) | Body::None => 10,
            _ => return Err(Arguments::new(syntax).missing("a count")),
        };
        Ok(Stage::Table(Arc::new(Last(count))))
    }
}

/// The last so many rows, backwards.
pub(super) struct Last(pub(super) usize);

impl TableOp for Last {
    fn apply(&self, table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let rows: Vec<u32> = (0..table.len())
            .rev()
            .take(self.0)
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        Ok(arrange(&table, &rows))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn the_last_row_comes_first() {
        check(
            r#"[{"a":"1"},{"a":"2"},{"a":"3"}]"#,
            "tail 2",
            r#"[{"a":"3"},{"a":"2"}]"#,
        );
    }
}
