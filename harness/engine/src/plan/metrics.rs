//! `mstats`: aggregations over metric data points; `mcatalog`: the values of their names and dimensions.
//!
//! Search Reference, "mstats" and "mcatalog".

use std::any::Any;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_plan::FieldSet;
use dryfire_spl::ast::{
    Aggregate, Argument, ByField, Command, Search, SearchKind, TermMode, Tstats, Word,
};

use super::metric_filter::{self, MetricFilter};
use super::metric_points::Points;
use super::source::on;
use super::{EventSource, Planned, Scope, Source, indexed};
use crate::commands::aggregation::AggregateSpec;
use crate::commands::doc::{Doc, Example, Given};
use crate::commands::stats::{StatsOp, StatsSpec};
use crate::env::Cx;
use crate::stage::{Partial, Reduce};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::from_seconds;

/// What a measure is called in a data point, before its name.
pub(super) const MEASURE: &str = "metric_name:";

const POINT: Given = Given::Events(
    "_json",
    "metrics",
    r#"{"timestamp": "2023-11-14T10:00:00Z", "metric_name:cpu.usr": 1.5, "region": "eu"}"#,
);

/// Told wherever data points decide.
const ANY_INDEX: &str = "which indexes hold metrics, and which of them are searched without `index=`, is not known: every event that looks like a data point counts";

/// The functions of `mstats` (Search Reference, "mstats", section "Stats metric term options").
const FUNCTIONS: [&str; 21] = [
    "avg",
    "count",
    "earliest",
    "earliest_time",
    "latest",
    "latest_time",
    "max",
    "median",
    "min",
    "perc",
    "range",
    "rate",
    "stdev",
    "stdevp",
    "sum",
    "sumsq",
    "rate_avg",
    "rate_sum",
    "upperperc",
    "var",
    "varp",
];

/// Documentation of `mstats`.
pub(super) const MSTATS: Doc = Doc::new(&[Example::given(
    POINT,
    "| mstats avg(cpu.usr) AS usr by region",
    r#"[{"region":"eu","usr":"1.5"}]"#,
)])
.differences(&[
    "`prestats`, `append` and `chart` are not followed.",
    "Data points are events that hold `metric_name:NAME` or `metric_name` and `_value`.",
])
.uncertain(&[ANY_INDEX]);

/// Documentation of `mcatalog`.
pub(super) const MCATALOG: Doc = Doc::new(&[Example::given(
    POINT,
    "| mcatalog values(metric_name) AS names",
    r#"[{"names":"cpu.usr"}]"#,
)])
.differences(&["`_dims` and wildcards in names of dimensions are not followed."])
.uncertain(&[ANY_INDEX]);

/// The stages of `mstats`.
pub(super) fn planned(command: &Command, mstats: &Tstats) -> Result<Planned, Vec<Diagnostic>> {
    let mut errors = refused(command, mstats);
    if command.name == "mstats" {
        let known = |name: &str| FUNCTIONS.contains(&name);
        indexed::check_functions(command, &mstats.aggregates, known, &mut errors);
        let measures = mstats.aggregates.iter().filter_map(measure);
        let measures: Vec<&Word> = measures.collect();
        metric_filter::check(&measures, mstats.filter.as_ref(), &mut errors);
    }
    let mut aggregates = Vec::new();
    for aggregate in &mstats.aggregates {
        let syntax = match command.name.as_str() {
            "mcatalog" => listed(aggregate),
            _ => measured(aggregate),
        };
        match syntax.and_then(|aggregate| AggregateSpec::new(&aggregate)) {
            Ok(aggregate) => aggregates.push(aggregate),
            Err(found) => errors.extend(found),
        }
    }
    let groups = groups(command, mstats);
    let mut by = Vec::new();
    for group in &groups {
        match indexed::group_key(group, command) {
            Ok(key) => by.push(key),
            Err(found) => errors.push(found),
        }
    }
    let condition = match mstats.filter.as_ref().map(MetricFilter::new).transpose() {
        Ok(condition) => condition,
        Err(found) => {
            errors.extend(found);
            None
        }
    };
    if !errors.is_empty() {
        return Err(errors);
    }
    let filler = command
        .option("fillnull_value")
        .map(|value| Arc::from(value.text.as_str()));
    let stats = StatsOp::new(StatsSpec {
        aggregates,
        by,
        fillnull_value: filler,
        dedup_split_values: false,
    });
    let names = ["_raw", "_time", "host", "index", "source", "sourcetype"];
    let mut planned = Planned::of(Source::Events(EventSource {
        filter: data_points(command),
        scope: Scope::Own,
        needs: FieldSet::of(names),
        // The time of a data point may stand in it: its own bounds apply.
        windowed: false,
    }));
    planned.map.push(Arc::new(Points));
    planned.reduce = Some(Arc::new(Measured {
        stats,
        condition: condition.map(Arc::new),
        at: command.name_at.0,
        name: command.name.as_str().into(),
    }));
    planned.notes = indexed::notes(command, &groups);
    Ok(planned)
}

/// Events that can be data points.
fn data_points(command: &Command) -> Search {
    let text = Word {
        text: "metric_name".to_owned(),
        quoted: true,
        at: command.at,
    };
    let mode = TermMode::Plain;
    Search {
        kind: SearchKind::Term { text, mode },
        at: command.at,
    }
}

/// The forms that the engine does not follow.
fn refused(command: &Command, mstats: &Tstats) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    let mut refuse = |at: Span, message: String| {
        errors.push(Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message).at(at, ""));
    };
    for option in ["prestats", "append", "chart"] {
        if on(command, option) {
            let message = format!("the engine does not run `{} {option}=true`", command.name);
            refuse(command.name_at.0, message);
        }
    }
    if let Some(word) = command.option("every") {
        refuse(
            word.at.0,
            "the engine does not follow `every` of `mstats`".to_owned(),
        );
    }
    let grouped = mstats.by.iter().map(|group| &group.field);
    if let Some(field) = grouped
        .clone()
        .find(|field| matches!(field.text.as_str(), "_time" | "_value"))
    {
        let message = format!("`{}` can't group by `{}`", command.name, field.text);
        let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(field.at.0, "");
        errors.push(error.help("`span=…` makes buckets of time"));
    }
    if let Some(field) = grouped.clone().find(|field| field.text.contains('*')) {
        let message = format!("`{}` groups by no pattern of names", command.name);
        errors.push(Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(field.at.0, ""));
    }
    if let Some(model) = &mstats.from {
        let message = format!("`{}` reads metrics and takes no data model", command.name);
        let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message);
        errors.push(error.at(model.at.0, ""));
    }
    errors
}

/// What an aggregation is over.
fn measure(aggregate: &Aggregate) -> Option<&Word> {
    match &aggregate.argument {
        Argument::Field(field) => Some(field),
        _ => None,
    }
}

/// An aggregation over the measures that its argument names: the column is called as it is written.
fn measured(aggregate: &Aggregate) -> Result<Aggregate, Vec<Diagnostic>> {
    let Argument::Field(field) = &aggregate.argument else {
        let message = format!(
            "the engine runs `{}` of `mstats` over metrics only",
            aggregate.text
        );
        return Err(vec![
            Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                .at(aggregate.at.0, "name a metric, or `_value`"),
        ]);
    };
    if field.text == "_value" {
        return Ok(aggregate.clone());
    }
    let name = aggregate.name.clone().unwrap_or(Word {
        text: aggregate.text.clone(),
        quoted: true,
        at: aggregate.at,
    });
    Ok(Aggregate {
        argument: Argument::Field(Word {
            text: format!("{MEASURE}{}", field.text),
            ..field.clone()
        }),
        name: Some(name),
        ..aggregate.clone()
    })
}

/// `values` of `metric_name` or a dimension: Search Reference, "mcatalog".
fn listed(aggregate: &Aggregate) -> Result<Aggregate, Vec<Diagnostic>> {
    match &aggregate.argument {
        Argument::Field(field)
            if aggregate.function == "values"
                && field.text != "_dims"
                && !field.text.contains('*') =>
        {
            Ok(aggregate.clone())
        }
        _ => {
            let message = format!("the engine does not run `{}` of `mcatalog`", aggregate.text);
            Err(vec![
                Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message).at(
                    aggregate.at.0,
                    "it takes `values(metric_name)` or a dimension",
                ),
            ])
        }
    }
}

/// The group fields. A span makes buckets of time, whether `_time` is among them or not.
fn groups(command: &Command, mstats: &Tstats) -> Vec<ByField> {
    let mut groups = mstats.by.clone();
    if let Some(span) = command.option("span")
        && !groups.iter().any(|group| group.field.text == "_time")
    {
        let field = Word {
            text: "_time".to_owned(),
            quoted: false,
            at: span.at,
        };
        let options = Vec::new();
        groups.insert(0, ByField { field, options });
    }
    groups
}

/// The aggregation, with an eye on whether there are data points at all.
struct Measured {
    stats: StatsOp,
    condition: Option<Arc<MetricFilter>>,
    at: Span,
    name: Arc<str>,
}

impl Reduce for Measured {
    fn begin(&self, cx: &Cx<'_>) -> Box<dyn Partial> {
        Box::new(State {
            stats: self.stats.begin(cx),
            condition: self.condition.clone(),
            at: self.at,
            name: self.name.clone(),
            any: false,
        })
    }
}

struct State {
    stats: Box<dyn Partial>,
    condition: Option<Arc<MetricFilter>>,
    at: Span,
    name: Arc<str>,
    any: bool,
}

impl Partial for State {
    fn push(&mut self, table: &Table, cx: &Cx<'_>) -> Result<(), Stop> {
        self.any |= !table.is_empty();
        let times = table.column_or_null("_time");
        let mut rows = table.filter(|row| {
            let time = times.get(row).as_number().and_then(from_seconds);
            let after = |from| time.is_some_and(|time| time >= from);
            let before = |to| time.is_some_and(|time| time < to);
            cx.env.earliest.is_none_or(after) && cx.env.latest.is_none_or(before)
        });
        if let Some(condition) = &self.condition {
            let holds = condition.truths(&rows, cx)?;
            rows = rows.filter(|row| holds.get(row));
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.stats.push(&rows, cx)
    }

    fn merge(&mut self, next: Box<dyn Partial>, cx: &Cx<'_>) -> Result<(), Stop> {
        let Ok(next) = next.into_any().downcast::<State>() else {
            return Err(Stop::Defect(
                "partial results of different stages".to_owned(),
            ));
        };
        self.any |= next.any;
        self.stats.merge(next.stats, cx)
    }

    fn finish(self: Box<Self>, cx: &Cx<'_>) -> Result<Table, Stop> {
        if !self.any {
            let message = format!(
                "`{}` found no metric data points in the data, so that its silence proves nothing",
                self.name
            );
            cx.note(
                Diagnostic::warning(&codes::meaning::UNCERTAIN_RULE, message)
                    .at(self.at, "reads metrics")
                    .help("a data point is a JSON object with `metric_name:NAME` and a number"),
            );
            return Ok(Table::default());
        }
        cx.uncertain(ANY_INDEX);
        self.stats.finish(cx)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
