//! From the syntax tree of a search to stages: where its rows come from, what runs on chunks, what runs after.

mod indexed;
mod inventory;
mod metric_filter;
mod metric_points;
mod metrics;
mod model;
mod source;

pub(crate) use indexed::NO_SPAN;

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, codes, nearest};
use dryfire_plan::{FieldSet, Library};
use dryfire_spl::ast::{Command, ModelRef, Pipeline, Search};
use dryfire_spl::signature;

use crate::commands::doc::Doc;
use crate::commands::{self, Lower};
use crate::limits::Limits;
use crate::stage::{Generate, MapOp, Reduce, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

/// Documentation of the commands that are the planner's alone.
pub(crate) const DOCS: &[(&str, &Doc)] = &[
    ("datamodel", &model::DOC),
    ("eventcount", &inventory::EVENTCOUNT),
    ("mcatalog", &metrics::MCATALOG),
    ("metadata", &inventory::METADATA),
    ("mstats", &metrics::MSTATS),
];

/// Where the rows of a search come from.
pub(crate) enum Source {
    /// Events.
    Events(EventSource),
    /// A command that makes rows.
    Rows(Arc<dyn Generate>),
}

/// Which events, and which of their fields.
pub(crate) struct EventSource {
    /// What an event must satisfy.
    pub filter: Search,
    /// What its fields are.
    pub scope: Scope,
    /// The fields that the search needs.
    pub needs: FieldSet,
    /// Whether the window of the search bounds the events.
    pub windowed: bool,
}

/// What the fields of events are.
pub(crate) enum Scope {
    /// Their own, as of search time.
    Own,
    /// Those that stand in the index; some are what follows a text in their terms.
    Indexed(Vec<String>),
    /// Those of a data model dataset, to which the events must belong.
    Model(ModelSource),
}

/// A data model dataset and the form of its fields.
pub(crate) struct ModelSource {
    /// The dataset.
    pub dataset: ModelRef,
    /// How its fields are named.
    pub naming: Naming,
    /// Whether there are no others.
    pub strict: bool,
}

/// How the fields of a data model are named in the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `Processes.dest`, without the text of the event: `tstats`.
    Summary,
    /// `Processes.dest`: `datamodel … search`.
    Prefixed,
    /// `dest`: `from datamodel`, `datamodel … flat`.
    Bare,
}

/// A search, ready to run.
pub(crate) struct Plan {
    /// Where its rows come from.
    pub source: Source,
    /// What runs on each chunk.
    pub map: Vec<Arc<dyn MapOp>>,
    /// What brings the chunks together; none: rows are collected, newest first.
    pub reduce: Option<Arc<dyn Reduce>>,
    /// What runs on the whole table after that.
    pub rest: Vec<Rest>,
    /// Rules that are not certain, on which the result depends.
    pub notes: Vec<Diagnostic>,
    /// For each command, how many stages of map, reduce and rest it is: for the trace.
    pub commands: Vec<Step>,
}

/// A stage after the rows were brought together.
pub(crate) enum Rest {
    /// Row by row.
    Map(Arc<dyn MapOp>),
    /// A reduction over the table.
    Reduce(Arc<dyn Reduce>),
    /// Over the whole table.
    Table(Arc<dyn TableOp>),
}

/// A command of the search and where it runs.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The command's place.
    pub at: dryfire_diagnostic::Span,
    /// The stage that ends it.
    pub stage: StageAt,
}

/// A place among the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StageAt {
    /// The source.
    Source,
    /// The n-th map stage.
    Map(usize),
    /// The reduction.
    Reduce,
    /// The n-th stage after it.
    Rest(usize),
}

/// Plans a search whose subsearches have been replaced: those of search expressions in the tree, those of commands as
/// tables, one list for each command.
pub(crate) fn plan(
    pipeline: &Pipeline,
    subsearches: &[Vec<Table>],
    library: &Library,
    limits: &Limits,
) -> Result<Plan, Stop> {
    let Some(first) = pipeline.commands.first() else {
        return Err(Stop::Fault(Box::new(
            Diagnostic::error(&codes::syntax::SYNTAX, "the search is empty").at(pipeline.at.0, ""),
        )));
    };
    let mut errors = indexed::check_partial(pipeline);
    let planned = source::planned(
        first,
        pipeline,
        subsearches.first().map_or(&[], Vec::as_slice),
        library,
        limits,
    );
    let planned = planned.unwrap_or_else(|found| {
        errors.extend(found);
        Planned::of(Source::Rows(Arc::new(Nothing)))
    });
    let collected = matches!(planned.source, Source::Rows(_));
    let mut plan = Plan {
        source: planned.source,
        map: planned.map,
        reduce: planned.reduce,
        rest: planned.rest,
        notes: pipeline
            .commands
            .iter()
            .flat_map(crate::open::of_command)
            .chain(planned.notes)
            .collect(),
        commands: Vec::new(),
    };
    let first_stage = match (plan.rest.len(), &plan.reduce, plan.map.len()) {
        (0, None, 0) => StageAt::Source,
        (0, None, maps) => StageAt::Map(maps - 1),
        (0, Some(_), _) => StageAt::Reduce,
        (rest, ..) => StageAt::Rest(rest - 1),
    };
    plan.commands.push(Step {
        at: first.at.0,
        stage: first_stage,
    });
    for (index, command) in pipeline.commands.iter().enumerate().skip(1) {
        let tables = subsearches.get(index).map_or(&[][..], Vec::as_slice);
        let before = &pipeline.commands[..index];
        match lower(command, before, tables, library, limits) {
            Ok(stage) => {
                let whole = collected || plan.reduce.is_some() || !plan.rest.is_empty();
                let stage = plan.push(stage, whole);
                plan.commands.push(Step {
                    at: command.at.0,
                    stage,
                });
            }
            Err(found) => errors.extend(found),
        }
    }
    match worst(errors) {
        Some(stop) => Err(stop),
        None => Ok(plan),
    }
}

impl Plan {
    fn push(&mut self, stage: Stage, whole: bool) -> StageAt {
        match stage {
            Stage::Map(op) if !whole => {
                self.map.push(op);
                return StageAt::Map(self.map.len() - 1);
            }
            Stage::Reduce(op) if !whole => {
                self.reduce = Some(op);
                return StageAt::Reduce;
            }
            Stage::Map(op) => self.rest.push(Rest::Map(op)),
            Stage::Reduce(op) => self.rest.push(Rest::Reduce(op)),
            Stage::Table(op) => self.rest.push(Rest::Table(op)),
            // Refused by `lower`.
            Stage::Source(_) => {}
        }
        StageAt::Rest(self.rest.len().saturating_sub(1))
    }
}

/// A search that can't be judged weighs more than one that is wrong: both are told, the first of them leads.
fn worst(mut errors: Vec<Diagnostic>) -> Option<Stop> {
    if errors.is_empty() {
        return None;
    }
    let first = errors
        .iter()
        .position(|error| error.severity == Severity::Error)
        .unwrap_or(0);
    let lead = errors.swap_remove(first);
    let certain = [
        &codes::meaning::BAD_ARGUMENT,
        &codes::meaning::BAD_PATTERN,
        &codes::syntax::SYNTAX,
        &codes::syntax::UNKNOWN_COMMAND,
    ];
    let lead = errors
        .into_iter()
        .fold(lead, |lead, other| lead.because(other.message));
    Some(if certain.contains(&lead.code) {
        Stop::Fault(Box::new(lead))
    } else {
        Stop::Unsupported(Box::new(lead))
    })
}

/// A command in the middle of a search, with those before it.
pub(crate) fn lower(
    command: &Command,
    before: &[Command],
    subsearches: &[Table],
    library: &Library,
    limits: &Limits,
) -> Result<Stage, Vec<Diagnostic>> {
    let found = commands::find(&command.name).ok_or_else(|| vec![unsupported(command)])?;
    let stage = found.lower(
        command,
        &Lower {
            library,
            subsearches,
            limits,
            is_first: false,
            before,
        },
    )?;
    if matches!(stage, Stage::Source(_)) {
        return Err(vec![
            Diagnostic::error(
                &codes::meaning::BAD_ARGUMENT,
                format!("`{}` makes rows and can only stand first", command.name),
            )
            .at(command.name_at.0, "here it would drop the rows before it"),
        ]);
    }
    Ok(stage)
}

fn unsupported(command: &Command) -> Diagnostic {
    if signature::find(&command.name).is_none() {
        let names = signature::ALL.iter().map(|signature| signature.name);
        let similar = nearest(&command.name, names).map(|name| format!("did you mean `{name}`?"));
        return Diagnostic::error(
            &codes::syntax::UNKNOWN_COMMAND,
            format!("there is no command `{}`", command.name),
        )
        .at(command.name_at.0, "")
        .opt_help(similar);
    }
    let refused = Diagnostic::error(
        &codes::meaning::UNSUPPORTED_COMMAND,
        format!("the engine does not run `{}`", command.name),
    )
    .at(command.name_at.0, "not supported");
    let refused = match commands::unsupported::reason(&command.name) {
        Some(reason) => refused.because(reason),
        None => refused,
    };
    refused.help("run this case on a Splunk target, or leave it out of the local run")
}

/// The stages of the first command.
struct Planned {
    source: Source,
    map: Vec<Arc<dyn MapOp>>,
    reduce: Option<Arc<dyn Reduce>>,
    rest: Vec<Rest>,
    notes: Vec<Diagnostic>,
}

impl Planned {
    /// A source alone.
    fn of(source: Source) -> Self {
        Self {
            source,
            map: Vec::new(),
            reduce: None,
            rest: Vec::new(),
            notes: Vec::new(),
        }
    }
}

struct Nothing;

impl Generate for Nothing {
    fn rows(&self, _: &crate::env::Cx<'_>) -> Result<Table, Stop> {
        Ok(Table::default())
    }
}
