//! The local engine as a target.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_content::fires_on::EventBehind;
use dryfire_content::{DatasetRef, Location};
use dryfire_diagnostic::Diagnostic;
use dryfire_engine::{Bound, Env, Part, Scheduler, Stop, View, World, run};
use dryfire_event::DatasetUsed;

use crate::data::{LoadError, Loaded, load};
use crate::explain::place;
use crate::integration;
use crate::session::Session;
use crate::target::{Answer, Failure, Produced, Request, Target, Triggered};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// The local engine.
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
        load(dataset, &self.session.library.knowledge)
    }

    fn used(&self, dataset: &DatasetRef, data: &Loaded) -> DatasetUsed {
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

    fn notes<'d>(&self, data: &'d Loaded) -> &'d [Diagnostic] {
        &data.dataset.notes
    }

    fn behind(&self, answer: &Answer, data: &[Arc<Loaded>]) -> Option<Vec<Vec<EventBehind>>> {
        let origins = answer.outcome.table.origins.as_ref()?;
        let of_row = |keys: &dryfire_engine::Origin| {
            keys.iter().filter_map(|key| place(key, data)).collect()
        };
        Some(origins.iter().map(of_row).collect())
    }

    fn search(&self, wave: &[Request<'_, Loaded>]) -> Vec<Result<Answer, Failure>> {
        let bound: Vec<Bound> = wave.iter().map(bind).collect();
        let world = World {
            library: &self.session.library,
            sources: &self.session.sources,
            scheduler: self.scheduler,
            cancel: self.cancel,
            prefilter: self.prefilter,
        };
        let outcomes = run(&bound, &world);
        bound
            .into_iter()
            .zip(outcomes)
            .map(|(bound, outcome)| match outcome {
                Ok(outcome) => Ok(Answer {
                    outcome,
                    env: bound.env,
                }),
                Err(stop) => Err(failure(stop)),
            })
            .collect()
    }

    fn act(&self, wave: &[Triggered<'_>]) -> Vec<Result<Produced, Failure>> {
        integration::produce(self, wave)
    }
}

/// All time, as contentctl searches; `now` is just after the data's last event, so that a verdict does not depend on
/// the day it is asked for.
fn bind(request: &Request<'_, Loaded>) -> Bound {
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
        env: Env::all_time(now),
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
