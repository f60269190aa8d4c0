//! From the syntax tree of a search to stages: where its rows come from, what runs on chunks, what runs after.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, codes, nearest};
use dryfire_plan::{FieldSet, Library, flow};
use dryfire_spl::ast::{Body, ByField, Command, ModelRef, Pipeline, Search, SearchKind, Tstats};
use dryfire_spl::signature;

use crate::commands::aggregation::AggregateSpec;
use crate::commands::buckets::TimeSpan;
use crate::commands::stats::{ByKey, StatsOp, StatsSpec};
use crate::commands::{self, Lower};
use crate::stage::{Generate, MapOp, Reduce, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

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
    /// A data model dataset it must belong to, and how its fields are named.
    pub model: Option<(ModelRef, Naming)>,
    /// The fields that the search needs.
    pub needs: FieldSet,
}

/// How the fields of a data model are named in the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `Processes.dest`, as `tstats` has them.
    Prefixed,
    /// `dest`, as `from datamodel` has them.
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
) -> Result<Plan, Stop> {
    let Some(first) = pipeline.commands.first() else {
        return Err(Stop::Fault(Box::new(
            Diagnostic::error(&codes::syntax::SYNTAX, "the search is empty").at(pipeline.at.0, ""),
        )));
    };
    let mut errors = Vec::new();
    let (source, reduce) = match source(
        first,
        pipeline,
        subsearches.first().map_or(&[], Vec::as_slice),
        library,
    ) {
        Ok(found) => found,
        Err(found) => {
            errors.extend(found);
            (Source::Rows(Arc::new(Nothing)), None)
        }
    };
    let collected = matches!(source, Source::Rows(_));
    let mut plan = Plan {
        source,
        map: Vec::new(),
        reduce,
        rest: Vec::new(),
        notes: notes(first),
        commands: Vec::new(),
    };
    let first_stage = if plan.reduce.is_some() {
        StageAt::Reduce
    } else {
        StageAt::Source
    };
    plan.commands.push(Step {
        at: first.at.0,
        stage: first_stage,
    });
    for (index, command) in pipeline.commands.iter().enumerate().skip(1) {
        let tables = subsearches.get(index).map_or(&[][..], Vec::as_slice);
        match lower(command, tables, library) {
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

/// A command in the middle of a search.
pub(crate) fn lower(
    command: &Command,
    subsearches: &[Table],
    library: &Library,
) -> Result<Stage, Vec<Diagnostic>> {
    let found = commands::find(&command.name).ok_or_else(|| vec![unsupported(command)])?;
    let stage = found.lower(
        command,
        &Lower {
            library,
            subsearches,
            is_first: false,
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
    Diagnostic::error(
        &codes::meaning::UNSUPPORTED_COMMAND,
        format!("the engine does not run `{}`", command.name),
    )
    .at(command.name_at.0, "not supported")
    .help("run this case on a Splunk target, or leave it out of the local run")
}

type Planned = (Source, Option<Arc<dyn Reduce>>);

fn source(
    first: &Command,
    pipeline: &Pipeline,
    subsearches: &[Table],
    library: &Library,
) -> Result<Planned, Vec<Diagnostic>> {
    let all = |at| Search {
        kind: SearchKind::All,
        at,
    };
    match (first.name.as_str(), &first.body) {
        ("search", Body::Search(filter)) => {
            let needs = flow::needs(pipeline, 1);
            Ok((
                Source::Events(EventSource {
                    filter: filter.clone(),
                    model: None,
                    needs,
                }),
                None,
            ))
        }
        ("search", Body::None) => {
            let needs = flow::needs(pipeline, 1);
            Ok((
                Source::Events(EventSource {
                    filter: all(first.at),
                    model: None,
                    needs,
                }),
                None,
            ))
        }
        ("tstats", Body::Tstats(tstats)) => self::tstats(first, tstats, library),
        ("from", Body::From(from)) if from.kind == "datamodel" => {
            let name = from
                .words
                .first()
                .map(|word| word.text.as_str())
                .unwrap_or_default();
            let mut parts = name.split('.').map(str::to_owned);
            let reference = ModelRef {
                model: parts.next().unwrap_or_default(),
                path: parts.collect(),
                at: first.at,
            };
            check_model(&reference, library)?;
            let needs = flow::needs(pipeline, 1);
            Ok((
                Source::Events(EventSource {
                    filter: all(first.at),
                    model: Some((reference, Naming::Bare)),
                    needs,
                }),
                None,
            ))
        }
        _ => {
            let found = commands::find(&first.name).ok_or_else(|| vec![unsupported(first)])?;
            match found.lower(
                first,
                &Lower {
                    library,
                    subsearches,
                    is_first: true,
                },
            )? {
                Stage::Source(rows) => Ok((Source::Rows(rows), None)),
                _ => Err(vec![
                    Diagnostic::error(
                        &codes::meaning::BAD_ARGUMENT,
                        format!("`{}` needs rows to work on", first.name),
                    )
                    .at(first.name_at.0, "nothing comes before it")
                    .help("start with a search, `tstats`, `inputlookup` or `makeresults`"),
                ]),
            }
        }
    }
}

fn tstats(
    command: &Command,
    tstats: &Tstats,
    library: &Library,
) -> Result<Planned, Vec<Diagnostic>> {
    for option in ["prestats", "append"] {
        if let Some(value) = command.option(option)
            && matches!(value.text.to_ascii_lowercase().as_str(), "t" | "true" | "1")
        {
            return Err(vec![
                Diagnostic::error(
                    &codes::meaning::UNSUPPORTED_COMMAND,
                    format!("`tstats {option}=true` is not supported"),
                )
                .at(value.at.0, ""),
            ]);
        }
    }
    let model = match &tstats.from {
        Some(reference) => {
            check_model(reference, library)?;
            Some((reference.clone(), Naming::Prefixed))
        }
        None => None,
    };
    let mut errors = Vec::new();
    let mut aggregates = Vec::new();
    for aggregate in &tstats.aggregates {
        match AggregateSpec::new(aggregate) {
            Ok(aggregate) => aggregates.push(aggregate),
            Err(found) => errors.extend(found),
        }
    }
    let mut by = Vec::new();
    for group in &tstats.by {
        match group_key(group, command) {
            Ok(key) => by.push(key),
            Err(found) => errors.push(found),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let groups: Vec<&ByField> = tstats.by.iter().collect();
    let needs = flow::aggregation_fields(&tstats.aggregates, &groups);
    let fillnull_value = command
        .option("fillnull_value")
        .map(|value| Arc::from(value.text.as_str()));
    let op = StatsOp::new(StatsSpec {
        aggregates,
        by,
        fillnull_value,
        dedup_split_values: false,
    });
    let filter = tstats.filter.clone().unwrap_or(Search {
        kind: SearchKind::All,
        at: command.at,
    });
    Ok((
        Source::Events(EventSource {
            filter,
            model,
            needs,
        }),
        Some(Arc::new(op)),
    ))
}

/// `tstats … by _time` without a span: the grouping is ours.
fn notes(first: &Command) -> Vec<Diagnostic> {
    let Body::Tstats(tstats) = &first.body else {
        return Vec::new();
    };
    let has_span = |group: &ByField| {
        group.options.iter().any(|option| option.name == "span") || first.option("span").is_some()
    };
    let bare = tstats
        .by
        .iter()
        .filter(|group| group.field.text == "_time" && !has_span(group));
    bare.map(|group| {
        let rule = "`by _time` without a span is taken as buckets of a second; Splunk chooses a width by the search range";
        Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, rule).at(group.field.at.0, "no span")
    })
    .collect()
}

/// `_time` without a span falls into buckets of a second. Splunk chooses a width by the search range ("tstats",
/// `span=auto`): that changes how rows are grouped, never whether there are any.
fn group_key(group: &ByField, command: &Command) -> Result<ByKey, Diagnostic> {
    let own = group
        .options
        .iter()
        .rev()
        .find(|option| option.name == "span")
        .map(|option| &option.value);
    let is_time = group.field.text == "_time";
    let span = match own.or_else(|| command.option("span").filter(|_| is_time)) {
        Some(word) if word.text != "auto" => {
            Some(TimeSpan::parse(&word.text).ok_or_else(|| {
                Diagnostic::error(
                    &codes::meaning::BAD_ARGUMENT,
                    format!("`{}` is no span of time", word.text),
                )
                .at(word.at.0, "")
            })?)
        }
        _ => is_time.then(|| TimeSpan::parse("1s")).flatten(),
    };
    Ok(ByKey {
        field: group.field.text.as_str().into(),
        span,
    })
}

/// Whether the model and the dataset are there.
fn check_model(reference: &ModelRef, library: &Library) -> Result<(), Vec<Diagnostic>> {
    let knowledge = &library.knowledge;
    let Some(model) = knowledge.model(&reference.model) else {
        let similar = nearest(
            &reference.model,
            knowledge.models().map(|model| model.name.as_str()),
        );
        return Err(vec![
            Diagnostic::error(
                &codes::meaning::UNKNOWN_MODEL,
                format!("there is no data model `{}`", reference.model),
            )
            .at(reference.at.0, "not in the built-in pack or the given apps")
            .help(match similar {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => "give the app that has it with --app".to_owned(),
            }),
        ]);
    };
    let path = reference.path.join(".");
    // `Endpoint.` names a dataset, if an empty one; a model may have none at all.
    let found = match reference.path.is_empty() {
        true => model.root(),
        false => model.object(&path),
    };
    if found.is_none() {
        let similar = nearest(
            &path,
            model.objects.iter().map(|object| object.name.as_str()),
        );
        return Err(vec![
            Diagnostic::error(
                &codes::meaning::UNKNOWN_MODEL,
                format!("data model `{}` has no dataset `{path}`", reference.model),
            )
            .at(reference.at.0, "")
            .opt_help(similar.map(|similar| format!("did you mean `{similar}`?"))),
        ]);
    }
    Ok(())
}

struct Nothing;

impl Generate for Nothing {
    fn rows(&self, _: &crate::env::Cx<'_>) -> Result<Table, Stop> {
        Ok(Table::default())
    }
}
