//! `tstats`: aggregations over a data model or over indexed fields.
//!
//! Search Reference, "tstats". With `prestats=true` its rows are for `stats`, `chart` or `timechart` with the same
//! aggregations, and `append=true` adds the rows of one more: what is handed on here are the events themselves, in the
//! buckets and groups of `tstats`, so that the sums come out the same.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::{Library, flow, is_major_breaker, term_prefix};
use dryfire_spl::ast::{
    Aggregate, Argument, Body, ByField, Command, Pipeline, Stats, Tstats, Word,
};

use super::source::{all, on};
use super::{EventSource, ModelSource, Naming, Planned, Scope, Source, model};
use crate::aggregates;
use crate::commands::aggregation::AggregateSpec;
use crate::commands::buckets::TimeSpan;
use crate::commands::stats::{ByKey, StatsOp, StatsSpec, key_columns};
use crate::env::Cx;
use crate::group::Groups;
use crate::stage::MapOp;
use crate::stop::Stop;
use crate::table::Table;
use crate::wave::PARTIAL;

/// Told where `by _time` has no span.
pub(crate) const NO_SPAN: &str = "`by _time` without a span is taken as buckets of a second; Splunk chooses a width by the search range";

/// Told where `PREFIX()` is used.
const LOWER: &str = "the values of PREFIX() are in lower case, as terms stand in the index, and their column is named after the prefix: the manual shows neither";

/// Functions of `stats` that the manual does not list for `tstats` (Search Reference, "tstats", "Required arguments").
const NOT_HERE: [&str; 3] = ["estdc_error", "list", "sparkline"];

/// The stages of `tstats` at the start of a search.
pub(super) fn planned(
    command: &Command,
    tstats: &Tstats,
    library: &Library,
) -> Result<Planned, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let known = |name: &str| !NOT_HERE.contains(&name);
    check_functions(command, &tstats.aggregates, known, &mut errors);
    check_patterns(&tstats.by, &mut errors);
    let mut prefixes = Vec::new();
    let (mut aggregates, mut by) = (tstats.aggregates.clone(), tstats.by.clone());
    let fields = aggregates
        .iter_mut()
        .filter_map(|aggregate| match &mut aggregate.argument {
            Argument::Field(field) => Some(field),
            _ => None,
        });
    for field in fields.chain(by.iter_mut().map(|by| &mut by.field)) {
        match prefix(field) {
            Some(Ok(prefix)) => {
                field.text.clone_from(&prefix);
                prefixes.push(prefix);
            }
            Some(Err(found)) => errors.push(found),
            None => {}
        }
    }
    let has_prefix = !prefixes.is_empty();
    let scope = match &tstats.from {
        Some(dataset) => {
            if let Err(found) = model::check(dataset, library) {
                errors.extend(found);
            }
            if !prefixes.is_empty() {
                let message =
                    "`PREFIX()` reads the terms of the text, of which a data model has none";
                errors.push(
                    Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message)
                        .at(dataset.at.0, "leave this out"),
                );
            }
            Scope::Model(ModelSource {
                dataset: dataset.clone(),
                naming: Naming::Summary,
                strict: true,
            })
        }
        None => Scope::Indexed(prefixes),
    };
    let mut specs = Vec::new();
    for aggregate in &aggregates {
        match AggregateSpec::new(aggregate) {
            Ok(aggregate) => specs.push(aggregate),
            Err(found) => errors.extend(found),
        }
    }
    let mut keys = Vec::new();
    for group in &by {
        match group_key(group, command) {
            Ok(key) => keys.push(key),
            Err(found) => errors.push(found),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let groups: Vec<&ByField> = by.iter().collect();
    let needs = flow::aggregation_fields(&aggregates, &groups);
    let filler = command
        .option("fillnull_value")
        .map(|value| Arc::from(value.text.as_str()));
    let source = Source::Events(EventSource {
        filter: tstats.filter.clone().unwrap_or(all(command.at)),
        scope,
        needs,
        windowed: true,
    });
    let mut planned = Planned::of(source);
    planned.notes = notes(command, &by);
    if has_prefix {
        planned.notes.push(
            Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, LOWER).at(command.name_at.0, ""),
        );
    }
    if on(command, "prestats") {
        planned.map.push(Arc::new(Grouped { by: keys, filler }));
    } else {
        planned.reduce = Some(Arc::new(StatsOp::new(StatsSpec {
            aggregates: specs,
            by: keys,
            fillnull_value: filler,
            dedup_split_values: false,
        })));
    }
    Ok(planned)
}

/// Refuses functions that the command has not, and those over an expression: what would come out is not documented.
pub(super) fn check_functions(
    command: &Command,
    aggregates: &[Aggregate],
    known: impl Fn(&str) -> bool,
    errors: &mut Vec<Diagnostic>,
) {
    for aggregate in aggregates {
        let is_here = aggregates::find(&aggregate.function)
            .is_none_or(|function| known(function.spec().name));
        let why = match &aggregate.argument {
            Argument::Eval(_) => "takes no expression in a function",
            _ if !is_here => "has no such function",
            _ => continue,
        };
        let message = format!("`{}` {why}: `{}`", command.name, aggregate.text);
        let error = Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message);
        errors.push(error.at(aggregate.at.0, "what Splunk makes of it is not documented"));
    }
}

/// Refuses patterns among the group fields ("tstats", "Wildcard characters").
fn check_patterns(by: &[ByField], errors: &mut Vec<Diagnostic>) {
    let patterns = by.iter().filter(|by| by.field.text.contains('*'));
    errors.extend(patterns.map(|by| {
        let message = format!("`tstats` takes no pattern of names: `{}`", by.field.text);
        let error = Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message);
        error.at(by.field.at.0, "name the fields")
    }));
}

/// What stands in `PREFIX(…)`, if the word is one. Terms lie between major breakers, and one that begins with a word up
/// to a minor breaker can't be a part of another term.
fn prefix(word: &Word) -> Option<Result<String, Diagnostic>> {
    let inner = term_prefix(&word.text)?;
    if inner.contains(char::is_uppercase) {
        let message = format!("`PREFIX({inner})` fails: the text must be in lower case");
        let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(word.at.0, "");
        return Some(Err(
            error.help(format!("write `PREFIX({})`", inner.to_lowercase()))
        ));
    }
    let ends = inner.ends_with(|last: char| "/:=@.-$#%\\_".contains(last));
    if ends && !inner.contains(is_major_breaker) {
        return Some(Ok(inner.to_owned()));
    }
    let message = format!("the engine does not follow `PREFIX({inner})`");
    Some(Err(Diagnostic::error(
        &codes::meaning::UNSUPPORTED_COMMAND,
        message,
    )
    .at(
        word.at.0,
        "it must end with a minor breaker such as `=` and hold no major one",
    )))
}

/// `_time` without a span falls into buckets of a second. Splunk chooses a width by the search range ("tstats",
/// `span=auto`): that changes how rows are grouped, never whether there are any.
pub(super) fn group_key(group: &ByField, command: &Command) -> Result<ByKey, Diagnostic> {
    let is_time = group.field.text == "_time";
    let span = match span_of(group, command) {
        Some(word) => Some(TimeSpan::parse(&word.text).ok_or_else(|| {
            Diagnostic::error(
                &codes::meaning::BAD_ARGUMENT,
                format!("`{}` is no span of time", word.text),
            )
            .at(word.at.0, "")
        })?),
        None => is_time.then(|| TimeSpan::parse("1s")).flatten(),
    };
    Ok(ByKey {
        field: group.field.text.as_str().into(),
        span,
    })
}

/// The span of a group field: its own, or for `_time` that of the command.
fn span_of<'a>(group: &'a ByField, command: &'a Command) -> Option<&'a Word> {
    let own = group
        .options
        .iter()
        .rev()
        .find(|option| option.name == "span")
        .map(|option| &option.value);
    let of_command = command
        .option("span")
        .filter(|_| group.field.text == "_time");
    own.or(of_command).filter(|word| word.text != "auto")
}

/// `by _time` without a span: the grouping is ours.
pub(super) fn notes(command: &Command, by: &[ByField]) -> Vec<Diagnostic> {
    by.iter()
        .filter(|group| group.field.text == "_time" && span_of(group, command).is_none())
        .map(|group| {
            Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, NO_SPAN)
                .at(group.field.at.0, "no span")
        })
        .collect()
}

/// Events in the groups of `tstats prestats=true`: one row for each group that an event belongs to.
struct Grouped {
    by: Vec<ByKey>,
    filler: Option<Arc<str>>,
}

impl MapOp for Grouped {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let keys = key_columns(&self.by, self.filler.as_ref(), &table, cx);
        let mut groups = Groups::default();
        let pairs = groups.assign(&keys, table.len(), cx)?;
        cx.charge(pairs.len(), 0)?;
        let rows: Vec<u32> = pairs.iter().map(|(row, _)| *row).collect();
        let mut table = table.select(&rows);
        for (place, key) in self.by.iter().enumerate() {
            let values = pairs
                .iter()
                .map(|(_, group)| groups.keys()[*group as usize][place].clone());
            table.set(key.field.clone(), values.collect());
        }
        Ok(table)
    }
}

/// Whether rows of `prestats=true` come to a command that takes them, and all that it needs is in them.
pub(super) fn check_partial(pipeline: &Pipeline) -> Vec<Diagnostic> {
    let refused = |at, message: String| {
        vec![Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message).at(at, "")]
    };
    let is_partial = |command: &&Command| command.name == "tstats" && on(command, "prestats");
    // The planner's own, to be appended.
    if pipeline
        .commands
        .iter()
        .any(|command| command.option(PARTIAL).is_some())
    {
        return Vec::new();
    }
    let parts: Vec<&Command> = pipeline.commands.iter().take_while(is_partial).collect();
    if let Some(stray) = pipeline.commands.iter().skip(parts.len()).find(is_partial) {
        let message = "`tstats prestats=true` can only be appended to another one".to_owned();
        return refused(stray.name_at.0, message);
    }
    if let Some(second) = parts.iter().skip(1).find(|part| !on(part, "append")) {
        let message = "`tstats` makes rows: without `append=true` it can only stand first";
        return vec![
            Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(second.name_at.0, ""),
        ];
    }
    let Some(first) = parts.first() else {
        return Vec::new();
    };
    let taker = pipeline.commands.get(parts.len());
    let Some((command, stats)) = taker.and_then(|command| match &command.body {
        Body::Stats(stats) if matches!(command.name.as_str(), "stats" | "chart" | "timechart") => {
            Some((command, stats))
        }
        _ => None,
    }) else {
        let message = "the rows of `prestats=true` are for `stats`, `chart` or `timechart` only";
        return refused(first.name_at.0, message.to_owned());
    };
    let of_part = |part: &&Command| match &part.body {
        Body::Tstats(tstats) => lacking(command, stats, tstats),
        _ => None,
    };
    match parts.iter().find_map(of_part) {
        Some(lacking) => refused(command.name_at.0, lacking),
        None => Vec::new(),
    }
}

/// What the command after `prestats=true` needs and does not get.
fn lacking(command: &Command, stats: &Stats, tstats: &Tstats) -> Option<String> {
    let given: Vec<_> = tstats.aggregates.iter().map(identity).collect();
    if let Some(other) = stats
        .aggregates
        .iter()
        .find(|aggregate| !given.contains(&identity(aggregate)))
    {
        return Some(format!(
            "`{}` is not among the aggregations of `tstats prestats=true`",
            other.text
        ));
    }
    let grouped = |name: &str| tstats.by.iter().any(|by| by.field.text == name);
    let wanted = stats
        .by
        .iter()
        .chain(&stats.over)
        .map(|by| by.field.text.as_str());
    let time = Some("_time").filter(|_| command.name == "timechart");
    if let Some(name) = wanted.chain(time).find(|name| !grouped(name)) {
        return Some(format!("`tstats prestats=true` does not group by `{name}`"));
    }
    let reads_time = flow::aggregation_fields(&tstats.aggregates, &[]).contains("_time");
    (reads_time && grouped("_time")).then(|| {
        "the engine does not hand on the times within the buckets of `tstats prestats=true`"
            .to_owned()
    })
}

/// What makes two aggregations the same, whatever their spelling.
fn identity(aggregate: &Aggregate) -> (String, String) {
    let function = match aggregates::find(&aggregate.function) {
        // The digits of a percentile belong to it.
        Some(function) if !aggregate.function.contains(|c: char| c.is_ascii_digit()) => {
            function.spec().name.to_owned()
        }
        _ => aggregate.function.clone(),
    };
    let argument = match &aggregate.argument {
        Argument::None => String::new(),
        Argument::Field(field) => field.text.clone(),
        Argument::Eval(_) => aggregate.text.clone(),
    };
    (function, argument)
}
