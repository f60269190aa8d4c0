//! `append`: adds the rows of a subsearch below; `maxout` limits them (50,000 by default).

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::limits::cut;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Append;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"}]"#,
    r#"append [| makeresults | eval user="amy" | table user]"#,
    r#"[{"user":"bob"},{"user":"amy"}]"#,
)]);

impl Command for Append {
    fn name(&self) -> &'static str {
        "append"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let (Body::Sub(_), Some(rows)) = (&syntax.body, cx.subsearches.first()) else {
            return Err(arguments.missing("a subsearch in brackets"));
        };
        let mut rows = rows.clone();
        rows.keys = None;
        let most = arguments.maxout();
        let at = syntax.name_at.0;
        arguments.finish(Stage::Table(Arc::new(Below { rows, most, at })))
    }
}

struct Below {
    rows: Table,
    most: Option<usize>,
    at: Span,
}

impl TableOp for Below {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let limit = (cx.env.limits.result_rows, "[searchresults] maxresultrows");
        let rows = cut(&self.rows, self.most, limit, self.at, cx);
        cx.charge(table.len() + rows.len(), table.bytes() + rows.bytes())?;
        Ok(Table::concat(vec![table, rows]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_sub;

    #[test]
    fn rows_come_below() {
        let sub = r#"[{"b":"2"},{"a":"3"}]"#;
        check_sub(
            r#"[{"a":"1"}]"#,
            "append [search x]",
            &[sub],
            r#"[{"a":"1"},{"b":"2"},{"a":"3"}]"#,
        );
        check_sub("[]", "append maxout=1 [search x]", &[sub], r#"[{"b":"2"}]"#);
    }
}
