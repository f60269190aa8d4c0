//! `addinfo`: adds the time range of the search to each row.
//!
//! `info_min_time` is 0 and `info_max_time` is `+Infinity` where the range is open.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::to_seconds;
use crate::value::Value;

pub(super) struct Addinfo;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"}]"#,
    "addinfo | table user info_min_time info_max_time",
    r#"[{"user":"bob","info_min_time":"0","info_max_time":"+Infinity"}]"#,
)])
.differences(&["`info_sid` is the same for every search."]);

impl Command for Addinfo {
    fn name(&self) -> &'static str {
        "addinfo"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, _: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Map(Arc::new(Add)))
    }
}

struct Add;

impl MapOp for Add {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let seconds = |micros: i64| Value::Number(to_seconds(micros));
        let latest = cx
            .env
            .latest
            .map_or_else(|| Value::from("+Infinity"), seconds);
        for (name, value) in [
            ("info_min_time", seconds(cx.env.earliest.unwrap_or(0))),
            ("info_max_time", latest),
            ("info_sid", Value::from("dryfire")),
            ("info_search_time", seconds(cx.env.now)),
        ] {
            table.set(name, Column::Const(value, table.len()));
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn the_range_is_added() {
        check(
            r#"[{"a":"1"}]"#,
            "addinfo | fields - info_sid",
            r#"[{"a":"1","info_min_time":0,"info_max_time":"+Infinity","info_search_time":1700000000}]"#,
        );
    }
}
