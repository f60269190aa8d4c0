//! The local engine as a target.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_content::fires_on::EventBehind;
use dryfire_content::{DatasetRef, Location};
use dryfire_diagnostic::Diagnostic;
use dryfire_engine::es::Actions;
use dryfire_engine::{Bound, Part, Scheduler, Stop, View, World, run};
use dryfire_event::DatasetUsed;

use crate::data::{LoadError, Loaded, load};
use crate::explain::place;
use crate::integration;
use crate::session::Session;
use crate::target::{Answer, Failure, Made, Produced, Request, Target, Triggered};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// The local engine.
#[derive(Clone, Copy)]
pub struct Local<'a> {
    /// Knowledge and texts.
    pub session: &'a Session,
    /// Who runs the work.
    pub scheduler: &'a dyn Scheduler,
    /// Ends everything when set.
    pub cancel: &'a AtomicBool,
    /// Off only to test that it changes nothing.
    pub prefilter: bool,
}

impl Target for Local<'_> {
    type Data = Loaded;

    fn name(&self) -> &str {
        "local"
    }

    fn open(&self, dataset: &DatasetRef) -> Result<Loaded, LoadError> {
        load(
            dataset,
            &self.session.library.knowledge,
            &self.session.remote,
        )
    }

    fn used(&self, dataset: &DatasetRef, data: &Loaded) -> DatasetUsed {
        used(dataset, data)
    }

    fn notes<'d>(&self, data: &'d Loaded) -> &'d [Diagnostic] {
        &data.dataset.notes
    }

    fn explains(&self) -> bool {
        true
    }

    fn behind(&self, answer: &Answer, data: &[Arc<Loaded>]) -> Option<Vec<Vec<EventBehind>>> {
        let origins = answer.outcome.table.origins.as_ref()?;
        let of_row = |keys: &dryfire_engine::Origin| {
            keys.iter().filter_map(|key| place(key, data)).collect()
        };
        Some(origins.iter().map(of_row).collect())
    }

    fn chains(&self) -> bool {
        true
    }

    fn events_of(&self, answer: &Answer, actions: &Actions) -> Result<Made<Loaded>, Failure> {
        integration::events_of(self, &Triggered { answer, actions })
    }

    fn search(&self, wave: &[Request<'_, Loaded>]) -> Vec<Result<Answer, Failure>> {
        let mut answers: Vec<Option<Result<Answer, Failure>>> = wave.iter().map(|_| None).collect();
        for places in alike(wave) {
            let bound: Vec<Bound> = places
                .iter()
                .map(|place| bind(&wave[*place], self.session))
                .collect();
            let given = places.first().map_or(&[][..], |place| wave[*place].lookups);
            let library = self.session.library_with(given);
            let world = World {
                library: library.as_ref().unwrap_or(&self.session.library),
                sources: &self.session.sources,
                scheduler: self.scheduler,
                cancel: self.cancel,
                prefilter: self.prefilter,
            };
            let outcomes = run(&bound, &world);
            for ((place, bound), outcome) in places.into_iter().zip(bound).zip(outcomes) {
                answers[place] = Some(match outcome {
                    Ok(outcome) => Ok(Answer {
                        outcome,
                        env: bound.env,
                    }),
                    Err(stop) => Err(failure(stop)),
                });
            }
        }
        answers.into_iter().flatten().collect()
    }

    fn act(&self, wave: &[Triggered<'_>]) -> Vec<Result<Produced, Failure>> {
        integration::produce(self, wave)
    }
}

/// The requests in groups whose lookups hold the same rows: those of a group see one knowledge and run as one wave.
fn alike(wave: &[Request<'_, Loaded>]) -> Vec<Vec<usize>> {
    let rows = |place: usize| {
        let lookups = wave[place].lookups.iter();
        lookups.map(|given| (&given.name.value, &given.rows))
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in 0..wave.len() {
        match groups
            .iter_mut()
            .find(|group| rows(group[0]).eq(rows(place)))
        {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

/// What reports say of a dataset that was loaded here.
pub(crate) fn used(dataset: &DatasetRef, data: &Loaded) -> DatasetUsed {
    let path = match &dataset.location {
        Location::Path(path) => path.display().to_string(),
        Location::Url(address) => address.to_string(),
    };
    DatasetUsed {
        name: dataset.key.clone(),
        path,
        source: data.dataset.input.source.to_string(),
        sourcetype: data.dataset.input.sourcetype.to_string(),
        synthetic: dataset.synthetic,
        events: data.survey.events,
        bytes: data.dataset.bytes(),
    }
}

/// All time, as contentctl searches; `now` is just after the data's last event, so that a verdict does not depend on
/// the day it is asked for.
fn bind(request: &Request<'_, Loaded>, session: &Session) -> Bound {
    let last = request
        .data
        .iter()
        .filter_map(|data| data.survey.times)
        .map(|(_, last)| last)
        .max()
        .unwrap_or(0);
    let now = (last.div_euclid(SECOND) + 1) * SECOND;
    let parts = request
        .data
        .iter()
        .map(|data| Part {
            data: data.dataset.clone(),
            stamp: data.stamp(),
        })
        .collect();
    Bound {
        search: Arc::clone(&request.prepared.pipeline),
        view: View { parts },
        env: session.env(now),
        trace: request.trace,
    }
}

pub(crate) fn failure(stop: Stop) -> Failure {
    match stop {
        Stop::Cancelled => Failure::Cancelled,
        Stop::Budget(what) => Failure::Budget(what),
        Stop::Unsupported(found) => Failure::Undetermined(found),
        Stop::Fault(found) => Failure::Broken(found),
        Stop::Data(why) => Failure::Data(why),
        Stop::Defect(what) => Failure::Defect(what),
    }
}
