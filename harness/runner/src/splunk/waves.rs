//! A Splunk as a target of a run: waves of searches, in groups that use the same data.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use dryfire_content::DatasetRef;
use dryfire_content::fires_on::EventBehind;
use dryfire_diagnostic::Diagnostic;
use dryfire_event::DatasetUsed;

use super::{Splunk, key};
use crate::data::{LoadError, Loaded, load};
use crate::local::used;
use crate::target::{Answer, Failure, Produced, Request, Target, Triggered};

impl Target for Splunk<'_> {
    type Data = Loaded;

    fn name(&self) -> &str {
        &self.place.name
    }

    fn open(&self, dataset: &DatasetRef) -> Result<Loaded, LoadError> {
        let session = self.local.session;
        load(dataset, &session.library.knowledge, &session.remote)
    }

    fn used(&self, dataset: &DatasetRef, data: &Loaded) -> DatasetUsed {
        used(dataset, data)
    }

    fn notes<'d>(&self, data: &'d Loaded) -> &'d [Diagnostic] {
        &data.dataset.notes
    }

    fn explains(&self) -> bool {
        false
    }

    fn behind(&self, _: &Answer, _: &[Arc<Loaded>]) -> Option<Vec<Vec<EventBehind>>> {
        None
    }

    fn search(&self, wave: &[Request<'_, Loaded>]) -> Vec<Result<Answer, Failure>> {
        let mut order: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for (at, request) in wave.iter().enumerate() {
            let data: Vec<usize> = request.data.iter().map(key).collect();
            match order.iter_mut().find(|(known, _)| *known == data) {
                Some((_, members)) => members.push(at),
                None => order.push((data, vec![at])),
            }
        }
        let mut answers: Vec<Option<Result<Answer, Failure>>> = wave.iter().map(|_| None).collect();
        for (_, members) in order {
            let requests: Vec<&Request<'_, Loaded>> = members.iter().map(|at| &wave[*at]).collect();
            let Some(first) = requests.first() else {
                continue;
            };
            let found = if self.cancel.load(Ordering::Relaxed) {
                requests.iter().map(|_| Err(Failure::Cancelled)).collect()
            } else {
                self.runtime.block_on(self.group(first.data, &requests))
            };
            for (at, answer) in members.into_iter().zip(found) {
                answers[at] = Some(answer);
            }
        }
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or(Err(Failure::Cancelled)))
            .collect()
    }

    fn act(&self, wave: &[Triggered<'_>]) -> Vec<Result<Produced, Failure>> {
        if !self.enterprise {
            // Imitated from the server's rows, and said so.
            return self.local.act(wave);
        }
        wave.iter()
            .map(|one| {
                self.made(one.actions)
                    .ok_or_else(|| Failure::Target("Enterprise Security was not asked".to_owned()))
            })
            .collect()
    }
}
