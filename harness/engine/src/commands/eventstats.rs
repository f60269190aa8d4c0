//! `eventstats`: adds the aggregations of a row's group to the row.
//!
//! A row that lacks a group field stays as it is (the manual does not say). A row with several values in a group field
//! gets the results of its first group.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::aggregation::{Accumulators, AggregateSpec};
use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::group::Groups;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Eventstats;

const NO_GROUP: &str =
    "eventstats: a row that lacks a field to group by stays as it is; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(r#"[{"user":"bob","n":"1"},{"user":"bob","n":"4"},{"user":"amy","n":"2"}]"#,"eventstats max(n) AS most by user",r#"[{"user":"bob","n":"1","most":"4"},{"user":"bob","n":"4","most":"4"},{"user":"amy","n":"2","most":"2"}]"#)]).uncertain(&[NO_GROUP]);

impl Command for Eventstats {
    fn name(&self) -> &'static str {
        "eventstats"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Stats(stats) = &syntax.body else {
            return Err(arguments.missing("an aggregation"));
        };
        arguments.refuse_switch("allnum");
        let op = Add {
            specs: AggregateSpec::all(&stats.aggregates, &mut arguments),
            by: stats
                .by
                .iter()
                .map(|by| by.field.text.as_str().into())
                .collect(),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Add {
    specs: Vec<AggregateSpec>,
    by: Vec<Arc<str>>,
}

impl TableOp for Add {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let keys: Vec<Column> = self
            .by
            .iter()
            .map(|field| table.column_or_null(field))
            .collect();
        let mut groups = Groups::default();
        let pairs = groups.assign(&keys, table.len(), cx)?;
        cx.charge(table.len(), pairs.len() * 8)?;
        let by: Vec<&str> = self.by.iter().map(|field| &**field).collect();
        let mut accumulators = Accumulators::default();
        accumulators.push(&self.specs, &by, &table, &pairs, groups.len(), cx)?;
        let order: Vec<u32> = (0..groups.len())
            .filter_map(|group| u32::try_from(group).ok())
            .collect();
        let results = accumulators.finish(&self.specs, &order, cx)?;
        let group_of = first_groups(&pairs, table.len());
        if group_of.iter().any(Option::is_none) {
            cx.uncertain(NO_GROUP);
        }
        for (name, results) in results {
            let before = table.column_or_null(&name);
            let column = (0..table.len()).map(|row| match group_of[row] {
                Some(group) => results.get(group as usize).clone(),
                None => before.get(row).clone(),
            });
            let column = column.collect();
            table.set(name, column);
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

/// The first group of each row.
pub(super) fn first_groups(pairs: &[(u32, u32)], rows: usize) -> Vec<Option<u32>> {
    let mut groups = vec![None; rows];
    for (row, group) in pairs {
        groups[*row as usize].get_or_insert(*group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_get_the_results_of_their_group() {
        check(
            r#"[{"u":"a","n":"1"},{"u":"b","n":"2"},{"u":"a","n":"3"},{"n":"4","s":"old"}]"#,
            "eventstats sum(n) AS s count by u",
            r#"[{"u":"a","n":"1","s":4,"count":2},{"u":"b","n":"2","s":2,"count":1},{"u":"a","n":"3","s":4,"count":2},
                {"n":"4","s":"old"}]"#,
        );
        check(
            r#"[{"n":"1"},{"n":"2"}]"#,
            "eventstats count",
            r#"[{"n":"1","count":2},{"n":"2","count":2}]"#,
        );
    }
}
