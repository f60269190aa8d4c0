//! Integration tests: what comes of the results of a detection. Locally the risk events and findings are simulated, written
//! to an index of the case's own, and read back by searches, as a test on a real Splunk reads them.

pub(crate) mod actions;
mod compare;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use dryfire_content::{
    Case, Detection, Mismatch, Origin, Repository, Row, Triggers, with_integration,
};
use dryfire_engine::es::{self, Acted, StashEvent, Suppressed};
use dryfire_engine::{Bound, Env, Part, Stamp, View, World, run};

use crate::evidence;
use crate::integration::compare::{Compared, mismatches};
use crate::local::{Local, failure};
use crate::session::{Prepared, Session};
use crate::target::{Answer, Failure, Produced, Triggered};

/// What is found in the indexes: risk events, notables, and what the Risk data model makes of both.
const SEARCHES: [&str; 3] = [
    "search index=risk",
    "search index=notable",
    "| from datamodel:Risk.All_Risk | table index source search_name risk_object risk_object_type risk_score",
];

/// What an event of the two indexes says of itself.
const FIRST: &[&str] = &[
    "risk_object",
    "risk_object_type",
    "risk_score",
    "risk_message",
    "threat_object",
    "threat_object_type",
    "rule_title",
    "entity",
    "entity_type",
    "severity",
    "security_domain",
    "search_name",
];

/// What integration tests need of a session.
#[derive(Debug, Default)]
pub(crate) struct Integration {
    /// The searches that read the events back.
    searches: Vec<Prepared>,
    /// The label of each root's app, with which the names of its saved searches begin.
    labels: Vec<String>,
}

impl Session {
    /// Adds contentctl's integration test to each unit test of a detection's own.
    #[must_use]
    pub fn with_integration(mut self) -> Self {
        self.cases = with_integration(self.cases, &self.repository);
        self
    }

    /// The name of a detection's saved search, as contentctl writes it.
    pub fn saved_search_name(&self, detection: &Detection) -> String {
        format!(
            "{} - {} - Rule",
            self.label(detection.root),
            detection.name.value
        )
    }

    /// What a detection's saved search does with its results; the id of the job is the caller's to fill in.
    pub fn actions(&self, detection: &Detection) -> es::Actions {
        let triggers = Triggers::of(detection, &self.repository);
        actions::of_detection(
            detection,
            triggers,
            self.label(detection.root),
            String::new(),
        )
    }

    /// The label of a root's app.
    fn label(&self, root: usize) -> &str {
        let label = self.integration.labels.get(root);
        label.map_or(actions::LABEL, String::as_str)
    }

    /// Called once everything else is loaded.
    pub(crate) fn prepare_integration(mut self) -> Self {
        let searches = SEARCHES.map(|text| self.prepare_text("<the simulated indexes>", text));
        let labels = self.repository.roots.iter().map(actions::label).collect();
        self.integration = Integration {
            searches: searches.into(),
            labels,
        };
        self
    }
}

/// What the actions of a case's detection are.
pub(crate) fn actions_of(case: &Case, session: &Session) -> es::Actions {
    actions::of(
        case,
        triggers(case, &session.repository),
        session.label(case.detection.root),
    )
}

/// What comes of the results of a case's detection.
fn triggers(case: &Case, repository: &Repository) -> Triggers {
    Triggers::of(&case.detection, repository)
}

/// How what came of the results differs from what must come of them and from what the test says.
pub(crate) fn judge(
    case: &Case,
    session: &Session,
    answer: &Answer,
    produced: &Produced,
) -> Vec<Mismatch> {
    let triggers = triggers(case, &session.repository);
    let results = evidence::content_rows(&answer.outcome.table);
    let mut found = mismatches(&Compared {
        detection: &case.detection,
        triggers,
        every_result: matches!(case.origin, Origin::Manifest(_)),
        results: &results,
        produced,
        sources: &session.sources,
    });
    for (expected, noun, rows, made) in [
        (
            &case.expectation.risk,
            "risk event",
            &produced.risk,
            triggers.risk,
        ),
        (
            &case.expectation.findings,
            "finding",
            &produced.notables,
            triggers.notable,
        ),
    ] {
        let mut own = expected
            .as_ref()
            .map(|table| table.judge(noun, rows))
            .unwrap_or_default();
        if let (Some(first), false) = (own.first_mut(), made) {
            first.notes.push(format!(
                "a detection of type {} makes no {noun}s by default",
                case.detection.kind.value.as_str()
            ));
        }
        found.append(&mut own);
    }
    found
}

/// Makes the events of many cases and reads them back.
pub(crate) fn produce(local: &Local<'_>, wave: &[Triggered<'_>]) -> Vec<Result<Produced, Failure>> {
    let session = local.session;
    let made: Vec<Result<(Acted, View, Env), Failure>> =
        wave.iter().map(|one| make(one, session)).collect();
    let bound: Vec<Bound> = made
        .iter()
        .filter_map(|made| made.as_ref().ok())
        .flat_map(|(_, view, env)| {
            session.integration.searches.iter().map(|search| Bound {
                search: Arc::clone(&search.pipeline),
                view: view.clone(),
                env: env.clone(),
                trace: false,
            })
        })
        .collect();
    let world = World {
        library: &session.library,
        sources: &session.sources,
        scheduler: local.scheduler,
        cancel: local.cancel,
        prefilter: local.prefilter,
    };
    let mut found = run(&bound, &world).into_iter();
    made.into_iter()
        .zip(wave)
        .map(|(made, one)| {
            let (acted, ..) = made?;
            let mut rows = Vec::with_capacity(SEARCHES.len());
            for outcome in found.by_ref().take(session.integration.searches.len()) {
                rows.push(
                    outcome
                        .map(|outcome| evidence::content_rows(&outcome.table))
                        .map_err(failure),
                );
            }
            let mut rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter();
            let mut next = || rows.next().unwrap_or_default();
            let (risk, notables, in_model) = (by_result(next()), by_result(next()), next());
            Ok(Produced {
                risk,
                notables,
                in_model,
                simulated: simulated(one.actions),
                ..of(acted)
            })
        })
        .collect()
}

fn make(one: &Triggered<'_>, session: &Session) -> Result<(Acted, View, Env), Failure> {
    let Answer { outcome, env } = one.answer;
    let acted = catch_unwind(AssertUnwindSafe(|| {
        es::act(&outcome.table, one.actions, env)
    }))
    .map_err(|_| Failure::Defect("the simulation of risk events failed".to_owned()))?;
    let mut view = View::default();
    for (index, events) in [("risk", &acted.risk), ("notable", &acted.notable)] {
        if !events.is_empty() {
            view.parts.push(part(index, events, one, session)?);
        }
    }
    Ok((acted, view, session.env(env.now)))
}

fn part(
    index: &str,
    events: &[StashEvent],
    one: &Triggered<'_>,
    session: &Session,
) -> Result<Part, Failure> {
    let data =
        es::open(events, &one.actions.search_name, &session.library.knowledge).map_err(failure)?;
    Ok(Part {
        data: Arc::new(data),
        stamp: Stamp {
            index: index.into(),
            host: None,
            shift: 0,
        },
    })
}

fn of(acted: Acted) -> Produced {
    Produced {
        suppressed: acted
            .suppressed
            .into_iter()
            .map(|Suppressed { row, why }| (row, why))
            .collect(),
        assumptions: acted
            .assumptions
            .into_iter()
            .map(|rule| format!("in Enterprise Security, {rule}"))
            .collect(),
        ..Produced::default()
    }
}

fn simulated(actions: &es::Actions) -> Vec<String> {
    let mut parts = Vec::new();
    if actions.risk.is_some() {
        parts.push("the risk events of Enterprise Security".to_owned());
    }
    if actions.notable.is_some() {
        parts.push("the findings (notables) of Enterprise Security".to_owned());
    }
    parts
}

/// In the order of the results they were made of, where a search gives the newest first; what an event says of itself
/// before the fields of the result, its text at the end.
fn by_result(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| {
        row.values("orig_rid")
            .first()
            .and_then(|rid| rid.parse::<u64>().ok())
    });
    for row in &mut rows {
        let place = |name: &str| match FIRST.iter().position(|first| *first == name) {
            Some(place) => place,
            None => FIRST.len() + usize::from(name == "_raw"),
        };
        row.fields.sort_by_key(|name, _| place(name));
    }
    rows
}
