//! Several Splunks as one target: each takes a part of the data and the tests on it, all at the same time.

use std::sync::Arc;

use dryfire_content::DatasetRef;
use dryfire_content::fires_on::EventBehind;
use dryfire_diagnostic::Diagnostic;
use dryfire_event::DatasetUsed;
use dryfire_splunk::{Change, Error};

use super::{Splunk, key};
use crate::data::{LoadError, Loaded};
use crate::target::{Answer, Failure, Produced, Request, Target, Triggered};

/// Several Splunks; at least one.
pub struct Pool<'a> {
    name: String,
    first: Splunk<'a>,
    others: Vec<Splunk<'a>>,
}

impl<'a> Pool<'a> {
    /// These servers together.
    pub fn new(first: Splunk<'a>, others: Vec<Splunk<'a>>) -> Self {
        let names: Vec<&str> = std::iter::once(&first)
            .chain(&others)
            .map(Target::name)
            .collect();
        Self {
            name: names.join(","),
            first,
            others,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Splunk<'a>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Undoes what the run made on all servers. What could not be undone is returned, and stays in the journals.
    pub fn close(self) -> Vec<(Change, Error)> {
        std::iter::once(self.first)
            .chain(self.others)
            .flat_map(Splunk::close)
            .collect()
    }
}

impl Target for Pool<'_> {
    type Data = Loaded;

    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self, dataset: &DatasetRef) -> Result<Loaded, LoadError> {
        self.first.open(dataset)
    }

    fn used(&self, dataset: &DatasetRef, data: &Loaded) -> DatasetUsed {
        self.first.used(dataset, data)
    }

    fn notes<'d>(&self, data: &'d Loaded) -> &'d [Diagnostic] {
        self.first.notes(data)
    }

    fn explains(&self) -> bool {
        false
    }

    fn behind(&self, _: &Answer, _: &[Arc<Loaded>]) -> Option<Vec<Vec<EventBehind>>> {
        None
    }

    fn search(&self, wave: &[Request<'_, Loaded>]) -> Vec<Result<Answer, Failure>> {
        let parts = shares(wave, 1 + self.others.len());
        let mut answers: Vec<Option<Result<Answer, Failure>>> = wave.iter().map(|_| None).collect();
        let found: Vec<Part> = std::thread::scope(|scope| {
            let running: Vec<_> = self
                .all()
                .zip(parts)
                .map(|(server, places)| {
                    let part: Vec<Request<'_, Loaded>> =
                        places.iter().map(|at| wave[*at].clone()).collect();
                    let handle = scope.spawn(move || server.search(&part));
                    (places, handle)
                })
                .collect();
            running
                .into_iter()
                .map(|(places, handle)| {
                    let defect = |_: &usize| Err(Failure::Defect("a thread failed".to_owned()));
                    let answers = handle
                        .join()
                        .unwrap_or_else(|_| places.iter().map(defect).collect());
                    (places, answers)
                })
                .collect()
        });
        for (places, part) in found {
            for (at, answer) in places.into_iter().zip(part) {
                answers[at] = Some(answer);
            }
        }
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or(Err(Failure::Cancelled)))
            .collect()
    }

    fn act(&self, wave: &[Triggered<'_>]) -> Vec<Result<Produced, Failure>> {
        wave.iter()
            .map(|one| {
                let made = self.all().find_map(|server| server.made(one.actions));
                match made {
                    Some(made) => Ok(made),
                    // Imitated from the server's rows, and said so.
                    None => self.first.simulate(one).unwrap_or(Err(Failure::Cancelled)),
                }
            })
            .collect()
    }
}

/// The places of some requests, and the answers to them.
type Part = (Vec<usize>, Vec<Result<Answer, Failure>>);

/// The places of the requests that each server takes: those on the same data stay together.
fn shares(wave: &[Request<'_, Loaded>], servers: usize) -> Vec<Vec<usize>> {
    let mut known: Vec<Vec<usize>> = Vec::new();
    let mut shares: Vec<Vec<usize>> = (0..servers).map(|_| Vec::new()).collect();
    for (at, request) in wave.iter().enumerate() {
        let data: Vec<usize> = request.data.iter().map(key).collect();
        let group = known.iter().position(|one| *one == data);
        let group = group.unwrap_or_else(|| {
            known.push(data);
            known.len() - 1
        });
        shares[group % servers].push(at);
    }
    shares
}
