//! What a detection does on its data: pipe by pipe, which fields it needs and what gives them, which events are behind
//! its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use dryfire_content::fires_on::EventBehind;
use dryfire_content::{Case, DatasetRef};
use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_engine::{EventKey, Outcome, Part};
use dryfire_plan::{EventFields, Given, flow, without_dataset};
use dryfire_spl::ast::{Body, ModelRef, Pipeline};
use dryfire_spl::print_command;

use crate::data::Loaded;
use crate::local::Local;
use crate::session::{Prepared, Session};
use crate::target::{Failure, Request, Target};

/// Rows of which the events are looked up.
const ROWS: usize = 5;
/// Events that are told of one row.
const EVENTS: usize = 5;

/// A detection explained on some data.
#[derive(Debug)]
pub struct Explanation {
    /// The commands of the expanded search, with the rows after each.
    pub steps: Vec<(String, Option<u64>)>,
    /// What the search gave, with the trace.
    pub outcome: Outcome,
    /// For each dataset, the fields the search needs and what gives them.
    pub fields: Vec<(String, Vec<FieldSource>)>,
    /// For the first rows, the events behind them.
    pub events: Vec<Vec<EventBehind>>,
}

/// A needed field.
#[derive(Debug)]
pub struct FieldSource {
    /// The name as the search has it.
    pub name: String,
    /// The rules that can give it.
    pub given: Vec<Given>,
}

/// Why a detection can't be explained.
#[derive(Debug)]
pub enum ExplainError {
    /// Its search is not valid, or a dataset is not to be had.
    Findings(Vec<Diagnostic>),
    /// The engine gave up.
    Failure(Failure),
}

/// Explains a detection on datasets.
///
/// # Errors
/// When the search is not valid, data is missing, or the engine can't run it.
pub fn explain(
    target: &Local<'_>,
    prepared: &Prepared,
    datasets: &[DatasetRef],
) -> Result<Explanation, ExplainError> {
    if prepared.is_broken() {
        return Err(ExplainError::Findings(prepared.diagnostics.clone()));
    }
    let mut data = Vec::new();
    let mut wrong = Vec::new();
    for dataset in datasets {
        match target.open(dataset) {
            Ok(loaded) => data.push(Arc::new(loaded)),
            Err(error) => wrong.push(error.diagnostic().at(dataset.span, "named here")),
        }
    }
    if !wrong.is_empty() {
        return Err(ExplainError::Findings(wrong));
    }
    // Its tests may say what lookups hold.
    let session = target.session;
    let of_this = |case: &&dryfire_content::Case| {
        let found = session.prepared(&case.detection);
        found.is_some_and(|found| std::ptr::eq(found, prepared)) && !case.lookups.is_empty()
    };
    let lookups = session.cases.iter().find(of_this);
    let request = Request {
        prepared,
        data: &data,
        lookups: lookups.map_or(&[], |case| &case.lookups),
        trace: true,
        actions: None,
    };
    let answer = target
        .search(&[request])
        .pop()
        .unwrap_or(Err(Failure::Cancelled))
        .map_err(ExplainError::Failure)?;
    let outcome = answer.outcome;
    let steps = prepared
        .pipeline
        .commands
        .iter()
        .map(|command| {
            (
                print_command(command),
                outcome
                    .trace
                    .steps
                    .iter()
                    .find(|step| step.at == command.at.0)
                    .map(|step| step.rows),
            )
        })
        .collect();
    let fields = data
        .iter()
        .map(|loaded| {
            (
                loaded.dataset.input.name.to_string(),
                sources(loaded, prepared, target.session),
            )
        })
        .collect();
    let events = (0..outcome.table.len().min(ROWS))
        .map(|row| behind(&outcome, row, &data))
        .collect();
    Ok(Explanation {
        steps,
        outcome,
        fields,
        events,
    })
}

/// The datasets that the cases of a detection name, each once.
pub fn datasets_of<'c>(cases: &'c [Case], detection: &str) -> Vec<&'c DatasetRef> {
    let mut seen = BTreeSet::new();
    let of_detection = |case: &&Case| {
        case.detection.name.value.eq_ignore_ascii_case(detection)
            || case.detection.id.value.eq_ignore_ascii_case(detection)
    };
    cases
        .iter()
        .filter(of_detection)
        .flat_map(|case| &case.datasets)
        .filter(|dataset| seen.insert(format!("{:?}", dataset.location)))
        .collect()
}

/// The events behind a row.
fn behind(outcome: &Outcome, row: usize, data: &[Arc<Loaded>]) -> Vec<EventBehind> {
    let Some(origins) = &outcome.table.origins else {
        return Vec::new();
    };
    origins
        .get(row)
        .into_iter()
        .flat_map(|keys| keys.iter())
        .take(EVENTS)
        .filter_map(|key| place(key, data))
        .collect()
}

/// Where an event stands in its dataset.
pub(crate) fn place(key: &EventKey, data: &[Arc<Loaded>]) -> Option<EventBehind> {
    let loaded = data.get(key.part as usize)?;
    let (line, text) = loaded.dataset.locate(key.unit, key.row).ok()??;
    let record_id = text
        .split_once("<EventRecordID>")
        .and_then(|(_, rest)| rest.split_once('<'))
        .and_then(|(id, _)| id.parse().ok());
    Some(EventBehind {
        dataset: loaded.dataset.input.name.to_string(),
        line,
        record_id,
    })
}

fn sources(loaded: &Loaded, prepared: &Prepared, session: &Session) -> Vec<FieldSource> {
    let part = Part {
        data: loaded.dataset.clone(),
        stamp: loaded.stamp(),
    };
    let (meta, props) = (part.meta(), loaded.dataset.props.clone());
    let event = EventFields::new(&session.library, &session.sources, &meta, &props);
    let (names, model) = needed(&prepared.pipeline);
    names
        .into_iter()
        .map(|name| {
            let bare = model
                .as_ref()
                .and_then(|reference| bare(reference, &name, session))
                .unwrap_or_else(|| name.clone());
            let mut given = event.given(&bare);
            given.extend(calculated(model.as_ref(), &bare, session));
            FieldSource { name, given }
        })
        .collect()
}

/// The fields that the first command and all after it need, and the data model they are looked for in.
fn needed(pipeline: &Pipeline) -> (Vec<String>, Option<ModelRef>) {
    let Some(first) = pipeline.commands.first() else {
        return (Vec::new(), None);
    };
    let mut names = BTreeSet::new();
    let mut model = None;
    match &first.body {
        Body::Tstats(tstats) => {
            let groups: Vec<_> = tstats.by.iter().collect();
            names.extend(
                flow::aggregation_fields(&tstats.aggregates, &groups)
                    .names()
                    .map(str::to_owned),
            );
            names.extend(tstats.filter.iter().flat_map(flow::search_fields));
            model.clone_from(&tstats.from);
        }
        Body::Search(search) => {
            names.extend(flow::search_fields(search));
            names.extend(flow::needs(pipeline, 1).names().map(str::to_owned));
        }
        _ => {}
    }
    (names.into_iter().collect(), model)
}

fn bare(reference: &ModelRef, name: &str, session: &Session) -> Option<String> {
    let (model, object) = session.library.knowledge.dataset(&path(reference))?;
    without_dataset(model, object, name).map(str::to_owned)
}

/// The data model's own calculation of a field.
fn calculated(reference: Option<&ModelRef>, name: &str, session: &Session) -> Option<Given> {
    let (model, object) = session.library.knowledge.dataset(&path(reference?))?;
    let made = model.chain(object).into_iter().find(|link| {
        link.calculations
            .iter()
            .any(|made| made.outputs.iter().any(|output| output == name))
    })?;
    let rule = format!("calculated in data model {}.{}", model.name, made.name);
    Some(Given {
        rule,
        app: Some(model.app.clone()),
        at: None,
        inferred: false,
    })
}

fn path(reference: &ModelRef) -> String {
    std::iter::once(&reference.model)
        .chain(&reference.path)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(".")
}

/// The place of a setting, for people.
pub fn where_is(span: Span, session: &Session) -> String {
    let place = session.sources.place(span);
    format!("{}:{}", place.name, place.line)
}
