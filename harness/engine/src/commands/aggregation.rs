//! Aggregations over groups of rows: what `stats`, `eventstats`, `chart` and their like have in common.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::capture;
use dryfire_spl::ast::{Aggregate as Syntax, Argument};
use indexmap::IndexMap;

use super::Expression;
use super::arguments::{Arguments, similar};
use super::columns::fits;
use super::computed::rate_without_time;
use super::rename::fill;
use crate::aggregates::{self, Accumulator, Aggregate, Input};
use crate::column::Column;
use crate::env::Cx;
use crate::stop::Stop;
use crate::table::Table;

/// The columns an aggregation reads, by the names of their results; no column for a bare `count`.
type Inputs = Vec<(Arc<str>, Option<Column>)>;

/// One aggregation.
#[derive(Clone)]
pub(crate) struct AggregateSpec {
    function: &'static dyn Aggregate,
    /// The name used, such as `perc95`.
    called: Arc<str>,
    source: Source,
    /// The column's name; with a pattern as the source, a pattern too.
    output: Arc<str>,
}

#[derive(Clone)]
enum Source {
    Rows,
    Field(Arc<str>),
    Pattern(Arc<str>),
    Expression(Expression),
}

impl AggregateSpec {
    /// The aggregation as written. Without `AS`, the column is called what is written.
    pub(crate) fn new(syntax: &Syntax) -> Result<Self, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let function = aggregates::find(&syntax.function);
        if let Some(error) = rate_without_time(syntax) {
            return Err(vec![error]);
        }
        if function.is_none() {
            let message = format!(
                "the engine has no statistics function `{}`",
                syntax.function
            );
            let names = aggregates::all().map(|function| function.spec().name);
            let error = Diagnostic::error(&codes::meaning::UNSUPPORTED_FUNCTION, message);
            errors.push(
                error
                    .at(syntax.function_at.0, "not known")
                    .opt_help(similar(&syntax.function, names)),
            );
        }
        let source = match &syntax.argument {
            Argument::None => Source::Rows,
            // What is drawn is an aggregation, not a field.
            Argument::Field(drawn) if syntax.function == "sparkline" => {
                if !matches!(drawn.text.as_str(), "count" | "c" | "count()") {
                    let message = "the engine draws sparklines of `count` only";
                    let error = Diagnostic::error(&codes::meaning::UNSUPPORTED_FUNCTION, message);
                    errors.push(error.at(drawn.at.0, ""));
                }
                Source::Rows
            }
            Argument::Field(field) if field.text.contains('*') => {
                Source::Pattern(field.text.as_str().into())
            }
            Argument::Field(field) => Source::Field(field.text.as_str().into()),
            Argument::Eval(expr) => match Expression::new(expr) {
                Ok(expression) => Source::Expression(expression),
                Err(more) => {
                    errors.extend(more);
                    Source::Rows
                }
            },
        };
        if let (Some(function), Argument::None) = (function, &syntax.argument)
            && function.spec().min > 0
        {
            let message = format!("`{}` needs a field", syntax.function);
            errors.push(
                Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(syntax.at.0, ""),
            );
        }
        let output: Arc<str> = syntax
            .name
            .as_ref()
            .map_or(&syntax.text, |name| &name.text)
            .as_str()
            .into();
        if let (Source::Pattern(pattern), Some(name)) = (&source, &syntax.name)
            && pattern.matches('*').count() != output.matches('*').count()
        {
            let message = "both names must have the same number of `*`";
            errors
                .push(Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(name.at.0, ""));
        }
        match function {
            Some(function) if errors.is_empty() => Ok(Self {
                function,
                called: syntax.function.as_str().into(),
                source,
                output,
            }),
            _ => Err(errors),
        }
    }

    /// The aggregations of a command; mistakes go to the arguments.
    pub(super) fn all(list: &[Syntax], arguments: &mut Arguments<'_>) -> Vec<Self> {
        let mut specs = Vec::new();
        for syntax in list {
            match Self::new(syntax) {
                Ok(spec) => specs.push(spec),
                Err(errors) => arguments.extend(errors),
            }
        }
        specs
    }

    /// The name of the column.
    pub(super) fn output(&self) -> &Arc<str> {
        &self.output
    }

    /// Whether what is counted are rows, so that nothing counts as zero.
    pub(super) fn is_count(&self) -> bool {
        self.function.spec().name == "count"
    }

    fn start(&self, cx: &Cx<'_>) -> Box<dyn Accumulator> {
        self.function.start(&self.called, &cx.env.limits)
    }

    /// The columns that the aggregation reads in a batch, by the names of their results.
    pub(super) fn inputs(
        &self,
        table: &Table,
        groups: &[&str],
        cx: &Cx<'_>,
    ) -> Result<Inputs, Stop> {
        let one = |column| Ok(vec![(self.output.clone(), column)]);
        match &self.source {
            Source::Rows => one(None),
            Source::Field(field) => one(Some(table.column_or_null(field))),
            // `count` counts the rows for which a condition holds; other functions see no value in a condition.
            Source::Expression(expression) if self.is_count() => {
                one(Some(expression.values_or_truths(table, cx)?))
            }
            Source::Expression(expression) => one(Some(expression.values(table, cx)?)),
            Source::Pattern(pattern) => Ok(table
                .columns()
                .filter(|(name, column)| {
                    fits(pattern, name) && !groups.contains(&&***name) && !column.is_all_null()
                })
                .map(|(name, column)| (self.output_for(pattern, name), Some(column.clone())))
                .collect()),
        }
    }

    fn output_for(&self, pattern: &str, name: &str) -> Arc<str> {
        let parts = capture(pattern, name).unwrap_or_default();
        if self.output.matches('*').count() == parts.len() {
            fill(&self.output, &parts)
        } else {
            name.into()
        }
    }
}

/// The state of some aggregations over groups. A pattern has one state for each field that it met.
#[derive(Default)]
pub(super) struct Accumulators {
    states: IndexMap<(usize, Arc<str>), Box<dyn Accumulator>>,
    /// Rows seen so far.
    before: usize,
}

impl Accumulators {
    /// Takes in a batch: pairs of row and group.
    pub(super) fn push(
        &mut self,
        specs: &[AggregateSpec],
        by: &[&str],
        table: &Table,
        pairs: &[(u32, u32)],
        groups: usize,
        cx: &Cx<'_>,
    ) -> Result<(), Stop> {
        let time = table.column("_time");
        for (index, spec) in specs.iter().enumerate() {
            for (name, values) in spec.inputs(table, by, cx)? {
                let state = self
                    .states
                    .entry((index, name))
                    .or_insert_with(|| spec.start(cx));
                let input = Input {
                    values: values.as_ref(),
                    time,
                    keys: table.keys.as_deref(),
                    before: self.before,
                };
                state.push(&input, pairs, groups, cx);
                cx.check()?;
            }
        }
        self.before += table.len();
        Ok(())
    }

    /// Takes in the states of the rows that follow; group `g` of theirs is `map[g]` here.
    pub(super) fn merge(
        &mut self,
        specs: &[AggregateSpec],
        next: Accumulators,
        map: &[u32],
        groups: usize,
        cx: &Cx<'_>,
    ) {
        for ((index, name), state) in next.states {
            let Some(spec) = specs.get(index) else {
                continue;
            };
            let own = self
                .states
                .entry((index, name))
                .or_insert_with(|| spec.start(cx));
            own.merge(state, map, groups);
        }
        self.before += next.before;
    }

    /// The results for these groups, one column an aggregation, in the order of the aggregations; the fields of a
    /// pattern ascending.
    pub(super) fn finish(
        self,
        specs: &[AggregateSpec],
        order: &[u32],
        cx: &Cx<'_>,
    ) -> Result<Vec<(Arc<str>, Column)>, Stop> {
        let found = self.finish_by_place(specs, order, cx)?;
        Ok(found
            .into_iter()
            .map(|(_, name, column)| (name, column))
            .collect())
    }

    /// The same, with the place of each one's aggregation.
    pub(super) fn finish_by_place(
        mut self,
        specs: &[AggregateSpec],
        order: &[u32],
        cx: &Cx<'_>,
    ) -> Result<Vec<(usize, Arc<str>, Column)>, Stop> {
        self.start_all(specs, cx);
        self.states.sort_keys();
        let mut columns = Vec::with_capacity(self.states.len());
        for ((place, name), mut state) in self.states {
            cx.check()?;
            columns.push((
                place,
                name,
                order
                    .iter()
                    .map(|group| state.finish(*group as usize, cx))
                    .collect(),
            ));
        }
        Ok(columns)
    }

    /// Results exist even where no row came.
    fn start_all(&mut self, specs: &[AggregateSpec], cx: &Cx<'_>) {
        for (index, spec) in specs.iter().enumerate() {
            if !matches!(spec.source, Source::Pattern(_)) {
                self.states
                    .entry((index, spec.output.clone()))
                    .or_insert_with(|| spec.start(cx));
            }
        }
    }
}

/// The columns that some aggregations read of a table, and the names of their results.
pub(super) struct Running<'a> {
    specs: &'a [AggregateSpec],
    inputs: Vec<(usize, Arc<str>, Option<Column>)>,
    table: &'a Table,
}

impl<'a> Running<'a> {
    /// Reads the columns once, for aggregations over many windows of the rows.
    pub(super) fn new(
        specs: &'a [AggregateSpec],
        by: &[&str],
        table: &'a Table,
        cx: &Cx<'_>,
    ) -> Result<Self, Stop> {
        let mut inputs = Vec::new();
        for (index, spec) in specs.iter().enumerate() {
            let mut found = spec.inputs(table, by, cx)?;
            found.sort_by(|a, b| a.0.cmp(&b.0));
            inputs.extend(
                found
                    .into_iter()
                    .map(|(name, column)| (index, name, column)),
            );
        }
        Ok(Self {
            specs,
            inputs,
            table,
        })
    }

    /// The names of the results.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.inputs.iter().map(|(_, name, _)| name)
    }

    /// Fresh states, one for each result.
    pub(super) fn start(&self, cx: &Cx<'_>) -> Vec<Box<dyn Accumulator>> {
        self.inputs
            .iter()
            .map(|(index, ..)| self.specs[*index].start(cx))
            .collect()
    }

    /// Takes in rows: pairs of row and group.
    pub(super) fn push(
        &self,
        states: &mut [Box<dyn Accumulator>],
        pairs: &[(u32, u32)],
        groups: usize,
        cx: &Cx<'_>,
    ) {
        let time = self.table.column("_time");
        for (state, (.., values)) in states.iter_mut().zip(&self.inputs) {
            let input = Input {
                values: values.as_ref(),
                time,
                keys: None,
                before: 0,
            };
            state.push(&input, pairs, groups, cx);
        }
    }
}
