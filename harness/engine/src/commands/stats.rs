//! `stats`: one row for each combination of the group fields, with aggregations; also the last step of `tstats`.
//!
//! A row that lacks a group field is left out; one with several values in it belongs to several groups. Without group
//! fields there is one row, even when nothing came in. Rows ascend by the group fields.

use std::any::Any;
use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::aggregation::{Accumulators, AggregateSpec};
use super::arguments::Arguments;
use super::buckets::TimeSpan;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::group::Groups;
use crate::origins::Origins;
use crate::stage::{Partial, Reduce, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Stats;

const DOC: Doc = Doc::new(&[Example::over(r#"[{"user":"bob","host":"ws1"},{"user":"bob","host":"ws2"},{"user":"amy","host":"ws1"}]"#,"stats count dc(host) AS hosts by user",r#"[{"user":"amy","count":"1","hosts":"1"},{"user":"bob","count":"2","hosts":"2"}]"#),Example::over(r#"[{"status":"ok"},{"status":"fail"}]"#,r#"stats count(eval(status="fail")) AS failed"#,r#"[{"failed":"1"}]"#)]).differences(&["Sums are exact and rounded once; Splunk adds one number after the other, so that its last figures depend on the order."]);

impl Command for Stats {
    fn name(&self) -> &'static str {
        "stats"
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
        let spec = StatsSpec {
            aggregates: AggregateSpec::all(&stats.aggregates, &mut arguments),
            by: stats
                .by
                .iter()
                .map(|by| ByKey {
                    field: by.field.text.as_str().into(),
                    span: None,
                })
                .collect(),
            fillnull_value: None,
            dedup_split_values: arguments.flag("dedup_splitvals", false),
        };
        arguments.finish(Stage::Reduce(Arc::new(StatsOp::new(spec))))
    }
}

/// What to aggregate, and by what.
#[derive(Clone, Default)]
pub(crate) struct StatsSpec {
    /// The aggregations in order.
    pub(crate) aggregates: Vec<AggregateSpec>,
    /// The group fields in order.
    pub(crate) by: Vec<ByKey>,
    /// Stands for an absent group field (`tstats fillnull_value=`).
    pub(crate) fillnull_value: Option<Arc<str>>,
    /// A row counts once in a group, even if a value is repeated in it.
    pub(crate) dedup_split_values: bool,
}

/// A group field.
#[derive(Clone)]
pub(crate) struct ByKey {
    /// The field.
    pub(crate) field: Arc<str>,
    /// The width of the buckets that its times are put into.
    pub(crate) span: Option<TimeSpan>,
}

/// The reduction.
#[derive(Clone)]
pub(crate) struct StatsOp(Arc<StatsSpec>);

impl StatsOp {
    /// The reduction of these parts.
    pub(crate) fn new(spec: StatsSpec) -> Self {
        Self(Arc::new(spec))
    }
}

impl Reduce for StatsOp {
    fn begin(&self, _: &Cx<'_>) -> Box<dyn Partial> {
        Box::new(State {
            spec: self.0.clone(),
            groups: Groups::default(),
            accumulators: Accumulators::default(),
            origins: Origins::default(),
        })
    }
}

struct State {
    spec: Arc<StatsSpec>,
    groups: Groups,
    accumulators: Accumulators,
    origins: Origins,
}

/// The columns by which rows are grouped: times in buckets, the filler in gaps.
pub(crate) fn key_columns(
    by: &[ByKey],
    filler: Option<&Arc<str>>,
    table: &Table,
    cx: &Cx<'_>,
) -> Vec<Column> {
    let column = |key: &ByKey| {
        let column = table.column_or_null(&key.field);
        let column = match key.span {
            Some(span) => span.floor_column(&column, &cx.env.zone),
            None => column,
        };
        match filler {
            Some(filler) => column.map(|value| match value {
                Value::Null => Value::Text(filler.clone()),
                value => value.clone(),
            }),
            None => column,
        }
    };
    by.iter().map(column).collect()
}

impl Partial for State {
    fn push(&mut self, table: &Table, cx: &Cx<'_>) -> Result<(), Stop> {
        let filler = self.spec.fillnull_value.as_ref();
        let keys = key_columns(&self.spec.by, filler, table, cx);
        let mut pairs = self.groups.assign(&keys, table.len(), cx)?;
        cx.charge(self.groups.len(), pairs.len() * 8)?;
        if self.spec.dedup_split_values {
            pairs.sort_unstable();
            pairs.dedup();
        }
        self.origins.push(table, &pairs);
        let by: Vec<&str> = self.spec.by.iter().map(|key| &*key.field).collect();
        self.accumulators.push(
            &self.spec.aggregates,
            &by,
            table,
            &pairs,
            self.groups.len(),
            cx,
        )
    }

    fn merge(&mut self, next: Box<dyn Partial>, cx: &Cx<'_>) -> Result<(), Stop> {
        let Ok(next) = next.into_any().downcast::<State>() else {
            return Err(Stop::Defect(
                "partial results of different stages".to_owned(),
            ));
        };
        let map = self.groups.merge(&next.groups);
        self.origins.merge(next.origins, &map);
        self.accumulators.merge(
            &self.spec.aggregates,
            next.accumulators,
            &map,
            self.groups.len(),
            cx,
        );
        cx.charge(self.groups.len(), 0)
    }

    fn finish(mut self: Box<Self>, cx: &Cx<'_>) -> Result<Table, Stop> {
        if self.spec.by.is_empty() {
            self.groups.of(&[]);
        }
        let order = self.groups.sorted();
        let mut table = Table::new(order.len());
        table.origins = self.origins.finish(&order);
        for (place, key) in self.spec.by.iter().enumerate() {
            let values = order
                .iter()
                .map(|group| self.groups.keys()[*group as usize][place].clone());
            table.set(key.field.clone(), values.collect());
        }
        for (name, column) in self
            .accumulators
            .finish(&self.spec.aggregates, &order, cx)?
        {
            table.set(name, column);
        }
        Ok(table)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_columns, mistakes};

    const INPUT: &str =
        r#"[{"a":"x","n":"1"},{"a":"y","n":"2"},{"a":["x","z"],"n":"4"},{"n":"8"}]"#;

    #[test]
    fn rows_without_the_group_field_are_left_out() {
        check(
            INPUT,
            "stats count sum(n) AS s by a",
            r#"[{"a":"x","count":2,"s":5},{"a":"y","count":1,"s":2},{"a":"z","count":1,"s":4}]"#,
        );
        check(INPUT, "stats sum(n)", r#"[{"sum(n)":15}]"#);
    }

    #[test]
    fn nothing_gives_one_row_unless_there_are_groups() {
        check("[]", "stats count sum(n)", r#"[{"count":0}]"#);
        check("[]", "stats count by a", "[]");
    }

    #[test]
    fn conditions_count_where_they_hold() {
        check(
            INPUT,
            r#"stats count(eval(n>1)) AS big count(eval(if(n>1,1,null()))) AS same sum(eval(n*2)) AS twice"#,
            r#"[{"big":3,"same":3,"twice":30}]"#,
        );
    }

    #[test]
    fn patterns_meet_all_fields_but_groups_and_internal_ones() {
        let input = r#"[{"g":"1","P.b":"2","_time":1},{"g":"1","P.a":"3"}]"#;
        check(
            input,
            "stats sum(P.*) AS * by g",
            r#"[{"g":"1","a":3,"b":2}]"#,
        );
        check_columns(input, "stats sum(*) by g", &["g", "sum(P.a)", "sum(P.b)"]);
        check_columns(
            input,
            "stats sum(P.b) AS second count AS first by g",
            &["g", "second", "first"],
        );
    }

    #[test]
    fn repeated_values_count_again_unless_told_otherwise() {
        check(
            r#"[{"s":["A","A"]}]"#,
            "stats count by s",
            r#"[{"s":"A","count":2}]"#,
        );
        check(
            r#"[{"s":["A","A"]}]"#,
            "stats dedup_splitvals=true count by s",
            r#"[{"s":"A","count":1}]"#,
        );
    }

    #[test]
    fn every_mistake_is_reported() {
        assert_eq!(
            mistakes("stats coutn(a) sum(*) AS a, sum() AS b"),
            ["DF302", "DF307", "DF307"]
        );
    }
}
