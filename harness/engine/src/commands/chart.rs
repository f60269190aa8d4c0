//! `chart`: aggregations in a table with rows by one field and, with a second one, a column for each of its values.
//!
//! The first of two `by` fields gives the rows, like `over`. Rows ascend. `span` and `bins` of a field put it into
//! buckets first.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, ByField, Command as Syntax};

use super::arguments::Arguments;
use super::bin::Width;
use super::charting::{Rows, chart, with_split_options};
use super::computed::Aggregations;
use super::doc::{Doc, Example};
use super::series::Series;
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Chart;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"ws1","action":"ok"},{"host":"ws1","action":"fail"},{"host":"dc1","action":"ok"}]"#,
    "chart count over host by action",
    r#"[{"host":"dc1","fail":"0","ok":"1"},{"host":"ws1","fail":"1","ok":"1"}]"#,
)]);

impl Command for Chart {
    fn name(&self) -> &'static str {
        "chart"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        // The span of a field is its own.
        let whole = with_split_options(syntax, |option| option != "span");
        let syntax = &whole;
        let mut arguments = Arguments::new(syntax);
        let Body::Stats(stats) = &syntax.body else {
            return Err(arguments.missing("an aggregation"));
        };
        let fields: Vec<&ByField> = stats.over.iter().chain(&stats.by).collect();
        let (Some(x), true) = (fields.first(), fields.len() <= 2) else {
            return Err(arguments.missing("one or two fields after `over` and `by`"));
        };
        arguments.refuse(&["minspan", "start", "end", "aligntime"]);
        let bins = arguments.count("bins").filter(|bins| *bins > 0);
        let op = Charted {
            x: Axis {
                bins,
                ..Axis::new(x, syntax, &mut arguments)
            },
            split: fields
                .get(1)
                .map(|split| Axis::new(split, syntax, &mut arguments)),
            specs: Aggregations::new(&stats.aggregates, false, &mut arguments),
            series: Series::new(syntax, &mut arguments),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

/// A group field and its buckets.
struct Axis {
    field: Arc<str>,
    width: Option<Width>,
    bins: Option<usize>,
}

impl Axis {
    fn new(by: &ByField, syntax: &Syntax, arguments: &mut Arguments<'_>) -> Self {
        let own = by
            .options
            .iter()
            .rev()
            .find(|option| option.name == "span")
            .map(|option| &option.value);
        let word = own.or_else(|| syntax.option("span").filter(|_| by.field.text == "_time"));
        let width = word.and_then(|word| Width::of(word, arguments));
        Self {
            field: by.field.text.as_str().into(),
            width,
            bins: None,
        }
    }

    fn column(&self, table: &Table, cx: &Cx<'_>) -> Column {
        let column = table.column_or_null(&self.field);
        let width = self.width.or_else(|| {
            let bins = self.bins?;
            Width::fitting(&self.field, &column, (None, None), bins, None, cx)
        });
        match width {
            Some(width) => width.bucket(&self.field, &column, None, cx),
            None => column,
        }
    }
}

struct Charted {
    specs: Aggregations,
    x: Axis,
    split: Option<Axis>,
    series: Series,
}

impl TableOp for Charted {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let x = self.x.column(&table, cx);
        let split = self
            .split
            .as_ref()
            .map(|axis| (&axis.field, axis.column(&table, cx)));
        let split = split.as_ref().map(|(field, column)| (*field, column));
        chart(
            &table,
            &self.specs,
            Rows {
                name: &self.x.field,
                column: &x,
                seconds: &|_| None,
            },
            split,
            &self.series,
            |rows| rows,
            cx,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_columns, mistakes};

    const INPUT: &str = r#"[{"h":"a","s":"x","n":"1"},{"h":"a","s":"y","n":"2"},{"h":"b","s":"x","n":"4"},{"h":"b","n":"8"}]"#;

    #[test]
    fn series_become_columns() {
        check(
            INPUT,
            "chart count over h by s",
            r#"[{"h":"a","x":1,"y":1,"NULL":0},{"h":"b","x":1,"y":0,"NULL":1}]"#,
        );
        check(
            INPUT,
            "chart sum(n) by h s usenull=f",
            r#"[{"h":"a","x":1,"y":2},{"h":"b","x":4}]"#,
        );
        check(
            INPUT,
            "chart count by h",
            r#"[{"h":"a","count":2},{"h":"b","count":2}]"#,
        );
        check_columns(
            INPUT,
            "chart count sum(n) AS t by h s",
            &[
                "h",
                "count: x",
                "count: y",
                "count: NULL",
                "t: x",
                "t: y",
                "t: NULL",
            ],
        );
    }

    #[test]
    fn the_rest_is_one_series() {
        check(
            INPUT,
            "chart limit=1 usenull=f sum(n) over h by s",
            r#"[{"h":"a","x":1,"OTHER":2},{"h":"b","x":4}]"#,
        );
        check(
            INPUT,
            "chart limit=1 useother=f usenull=f count over h by s",
            r#"[{"h":"a","x":1},{"h":"b","x":1}]"#,
        );
    }

    #[test]
    fn numbers_can_be_put_into_buckets() {
        check(
            INPUT,
            "chart count over n span=5",
            r#"[{"n":"0-5","count":3},{"n":"5-10","count":1}]"#,
        );
        check(
            INPUT,
            "chart count over n bins=2",
            r#"[{"n":"0-5","count":3},{"n":"5-10","count":1}]"#,
        );
        assert_eq!(mistakes("chart count"), ["DF307"]);
    }
}
