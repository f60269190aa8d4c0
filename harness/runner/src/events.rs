//! What Splunk makes of a file: its events with their fields, event types, tags and data model datasets, and which
//! rules of which apps gave them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_engine::{Bound, EventKey, Stop, Table, Value, View, World, run};
use dryfire_knowledge::{ModelObject, Props, RootKind, Setting};
use dryfire_plan::{EventFields, EventMeta, Given, Matcher, Test};
use dryfire_spl::ast::{Compare, Pipeline};

use crate::local::Local;
use crate::session::Session;

/// The settings of index time that decide where events begin and end, when they were, and what they are.
const INDEX_KEYS: &[&str] = &[
    "BREAK_ONLY_BEFORE",
    "BREAK_ONLY_BEFORE_DATE",
    "CHARSET",
    "DATETIME_CONFIG",
    "INDEXED_EXTRACTIONS",
    "LINE_BREAKER",
    "LINE_BREAKER_LOOKBEHIND",
    "MAX_DAYS_AGO",
    "MAX_DAYS_HENCE",
    "MAX_DIFF_SECS_AGO",
    "MAX_DIFF_SECS_HENCE",
    "MAX_EVENTS",
    "MAX_TIMESTAMP_LOOKAHEAD",
    "MUST_BREAK_AFTER",
    "MUST_NOT_BREAK_AFTER",
    "MUST_NOT_BREAK_BEFORE",
    "SHOULD_LINEMERGE",
    "TIME_FORMAT",
    "TIME_PREFIX",
    "TRUNCATE",
    "TZ",
];
/// The same, with a class in the name.
const INDEX_CLASSES: &[&str] = &["TRANSFORMS-", "SEDCMD-"];

/// The events of a view, as searches see them.
#[derive(Debug)]
pub struct Events {
    /// Fields by event, in the order of the data.
    pub table: Table,
    /// For each event, where it stands and what it belongs to.
    pub places: Vec<EventPlace>,
    /// The kinds of events there are.
    pub kinds: Vec<EventKind>,
    /// Datasets of which could not be told which events they have, each with the reason.
    pub untold: Vec<(Arc<str>, Stop)>,
}

/// Where an event stands, and what it belongs to.
#[derive(Debug, Clone, Default)]
pub struct EventPlace {
    /// Which part of the view.
    pub part: usize,
    /// The line at which it begins, from 1.
    pub line: u64,
    /// Its kind.
    pub kind: usize,
    /// The data model datasets it belongs to.
    pub datasets: Vec<Arc<str>>,
}

/// What some events have in common.
#[derive(Debug, Clone)]
pub struct EventKind {
    /// Source, host, sourcetype, index.
    pub meta: EventMeta,
    /// The configuration.
    pub props: Arc<Props>,
}

/// Why the events can't be told.
#[derive(Debug)]
pub enum EventsError {
    /// The engine gave up.
    Stop(Stop),
    /// The search makes rows that are no events.
    NotEvents,
}

/// The searches that tell everything of the events that one of them finds.
#[derive(Debug)]
pub struct EventSearch {
    search: Arc<Pipeline>,
    datasets: Vec<(Arc<str>, Arc<Pipeline>)>,
}

impl EventSearch {
    /// Prepares them. The search is as a user types it; `*` finds all events.
    ///
    /// # Errors
    /// What is wrong with the search.
    pub fn new(session: &mut Session, search: &str) -> Result<Self, Vec<Diagnostic>> {
        let prepared = session.prepare_text("search", search);
        if prepared.is_broken() {
            return Err(prepared.diagnostics);
        }
        let datasets = names_of_datasets(session).into_iter();
        let datasets = datasets.map(|name| {
            let spl = format!("| from datamodel:\"{name}\" | fields _time");
            let pipeline = session.prepare_text("dataset", &spl).pipeline;
            (name, pipeline)
        });
        Ok(Self {
            search: prepared.pipeline,
            datasets: datasets.collect(),
        })
    }

    /// Runs them over a view.
    ///
    /// # Errors
    /// When the events can't be found.
    pub fn run(&self, target: &Local<'_>, view: &View, now: i64) -> Result<Events, EventsError> {
        let session = target.session;
        let all =
            std::iter::once(&self.search).chain(self.datasets.iter().map(|(_, search)| search));
        let bound = all.map(|search| Bound {
            search: search.clone(),
            view: view.clone(),
            env: session.env(now),
            trace: false,
        });
        let world = World {
            library: &session.library,
            sources: &session.sources,
            scheduler: target.scheduler,
            cancel: target.cancel,
            prefilter: target.prefilter,
        };
        let mut outcomes = run(&bound.collect::<Vec<_>>(), &world).into_iter();
        let found = outcomes.next().unwrap_or(Err(Stop::Cancelled));
        let table = found.map_err(EventsError::Stop)?.table;
        let keys = table.keys.clone().ok_or(EventsError::NotEvents)?;
        let mut order: Vec<u32> = (0..table.len())
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        order.sort_by_key(|row| stands(&keys[*row as usize]));
        let keys: Vec<EventKey> = order.iter().map(|row| keys[*row as usize]).collect();
        let (mut places, kinds) = located(view, &keys).map_err(EventsError::Stop)?;
        let mut untold = Vec::new();
        for ((name, _), outcome) in self.datasets.iter().zip(outcomes) {
            let rows = match outcome {
                Ok(outcome) => outcome.table,
                Err(Stop::Cancelled) => return Err(EventsError::Stop(Stop::Cancelled)),
                Err(stop) => {
                    untold.push((name.clone(), stop));
                    continue;
                }
            };
            for key in rows.keys.iter().flat_map(|keys| keys.iter()) {
                if let Ok(row) = keys.binary_search_by_key(&stands(key), stands) {
                    places[row].datasets.push(name.clone());
                }
            }
        }
        Ok(Events {
            table: table.select(&order),
            places,
            kinds,
            untold,
        })
    }
}

/// The order of the data.
fn stands(key: &EventKey) -> (u32, u32, u32) {
    (key.part, key.unit, key.row)
}

/// All datasets of data models whose rows are events.
fn names_of_datasets(session: &Session) -> Vec<Arc<str>> {
    let models = session.library.knowledge.models();
    let objects = models.flat_map(|model| {
        let of_events = |object: &&ModelObject| object.root != RootKind::BaseTransaction;
        let objects = model.objects.iter().filter(of_events);
        objects.map(|object| format!("{}.{}", model.name, object.name).into())
    });
    objects.collect()
}

/// The places of these events, which ascend, and the kinds of events there are.
fn located(view: &View, keys: &[EventKey]) -> Result<(Vec<EventPlace>, Vec<EventKind>), Stop> {
    let mut places = Vec::with_capacity(keys.len());
    let mut kinds = Vec::new();
    let mut rest = keys;
    for (part, shown) in view.parts.iter().enumerate() {
        let first = kinds.len();
        kinds.extend(shown.data.kinds().iter().map(|kind| EventKind {
            meta: shown.meta_of(kind),
            props: kind.props.clone(),
        }));
        while let Some(unit) = rest
            .first()
            .filter(|key| key.part as usize == part)
            .map(|key| key.unit)
        {
            let count = rest
                .iter()
                .take_while(|key| (key.part as usize, key.unit) == (part, unit))
                .count();
            let (own, after) = rest.split_at(count);
            let placed = shown.data.places(unit as usize)?;
            for key in own {
                let found = placed.binary_search_by_key(&key.row, |placed| placed.row);
                let found = found.ok().and_then(|at| placed.get(at));
                places.push(EventPlace {
                    part,
                    line: found.map_or(0, |placed| placed.line),
                    kind: first + found.map_or(0, |placed| placed.kind),
                    datasets: Vec::new(),
                });
            }
            rest = after;
        }
    }
    Ok((places, kinds))
}

impl EventKind {
    /// The settings that broke and timed such events, or changed them, by name.
    pub fn index_settings(&self) -> impl Iterator<Item = (&Arc<str>, &Setting)> {
        let settings = self.props.index_settings.iter();
        settings.filter(|(key, setting)| {
            let of_class = INDEX_CLASSES.iter().any(|class| key.starts_with(class));
            let known = INDEX_KEYS.contains(&key.as_ref());
            (known || of_class) && !setting.value.is_empty()
        })
    }

    /// The rules that can give each of these fields, in the order in which they apply.
    pub fn rules(&self, names: &[Arc<str>], session: &Session) -> BTreeMap<Arc<str>, Vec<Given>> {
        let event = EventFields::new(&session.library, &session.sources, &self.meta, &self.props);
        let rules = names.iter().map(|name| (name.clone(), event.given(name)));
        rules.collect()
    }
}

/// Where an event type is defined.
pub fn of_eventtype(name: &str, session: &Session) -> Option<Given> {
    let found = session.library.knowledge.eventtype(name)?;
    Some(Given {
        rule: format!("[{name}] of eventtypes.conf"),
        app: Some(found.app.clone()),
        at: Some(found.at),
        inferred: false,
    })
}

/// What gives a tag to the event in a row.
pub fn of_tag(tag: &str, table: &Table, row: usize, session: &Session) -> Vec<Given> {
    let has = |field: &str, value: &str| {
        let equals = Matcher::new(&Test {
            op: Compare::Eq,
            value: value.into(),
        });
        let values = table.value(row, field).each().iter();
        values.map(Value::to_text).any(|text| equals.matches(&text))
    };
    let tags = session.library.knowledge.tags().iter();
    let tags = tags.filter(|one| &*one.tag == tag && has(&one.field, &one.value));
    let mut given: Vec<Given> = tags
        .map(|one| Given {
            rule: format!("[{}={}] of tags.conf", one.field, one.value),
            app: Some(one.app.clone()),
            at: Some(one.at),
            inferred: false,
        })
        .collect();
    let typed = session
        .library
        .knowledge
        .eventtypes()
        .filter(|one| one.tags.iter().any(|other| other == tag) && has("eventtype", &one.name));
    given.extend(typed.filter_map(|one| of_eventtype(&one.name, session)));
    given
}
