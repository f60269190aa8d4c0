//! Partial results, brought together in the order of the data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use dryfire_diagnostic::Diagnostic;
use dryfire_plan::Assumption;

use crate::env::Cx;
use crate::stage::Partial;
use crate::stop::Stop;

/// What a unit gave, by search.
pub(super) type Found = Vec<(usize, Result<Box<dyn Partial>, Stop>)>;

/// Takes in the results of units as they come; merges them as soon as all before have come.
pub(super) struct Merge {
    state: Mutex<State>,
}

struct State {
    next: usize,
    waiting: BTreeMap<usize, Found>,
    searches: Vec<Search>,
}

#[derive(Default)]
struct Search {
    merged: Option<Box<dyn Partial>>,
    failed: Option<Stop>,
    assumptions: BTreeSet<Assumption>,
    notes: Vec<Diagnostic>,
}

impl Merge {
    pub(super) fn new(searches: usize) -> Self {
        let searches = (0..searches).map(|_| Search::default()).collect();
        Self {
            state: Mutex::new(State {
                next: 0,
                waiting: BTreeMap::new(),
                searches,
            }),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a search; the first reason stays.
    pub(super) fn fail(&self, search: usize, stop: Stop) {
        self.lock().searches[search].failed.get_or_insert(stop);
    }

    /// Whether a search has ended.
    pub(super) fn has_failed(&self, search: usize) -> bool {
        self.lock().searches[search].failed.is_some()
    }

    /// Notes that rows of a search depend on inferred mappings.
    pub(super) fn assume<'a>(
        &self,
        search: usize,
        assumptions: impl IntoIterator<Item = &'a Assumption>,
    ) {
        self.lock().searches[search]
            .assumptions
            .extend(assumptions.into_iter().cloned());
    }

    /// Notes what is to be said of events that a search looked at, once.
    pub(super) fn note(&self, search: usize, found: Diagnostic) {
        let notes = &mut self.lock().searches[search].notes;
        if !notes.contains(&found) {
            notes.push(found);
        }
    }

    /// The results of the unit at that place in the order of the data.
    pub(super) fn add(&self, place: usize, found: Found, contexts: &[Cx<'_>]) {
        let mut state = self.lock();
        state.waiting.insert(place, found);
        loop {
            let next = state.next;
            let Some(found) = state.waiting.remove(&next) else {
                return;
            };
            state.next += 1;
            for (index, result) in found {
                let search = &mut state.searches[index];
                match (result, search.merged.take()) {
                    (Err(stop), before) => {
                        search.failed.get_or_insert(stop);
                        search.merged = before;
                    }
                    (Ok(partial), None) => search.merged = Some(partial),
                    (Ok(partial), Some(mut merged)) => {
                        if let Err(stop) = merged.merge(partial, &contexts[index]) {
                            search.failed.get_or_insert(stop);
                        }
                        search.merged = Some(merged);
                    }
                }
            }
        }
    }

    pub(super) fn finish(self) -> Merged {
        Merged(
            self.state
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)
                .searches,
        )
    }
}

/// The merged results.
pub(super) struct Merged(Vec<Search>);

impl Merged {
    pub(super) fn take(&mut self, search: usize) -> Result<Option<Box<dyn Partial>>, Stop> {
        let search = &mut self.0[search];
        match search.failed.take() {
            Some(stop) => Err(stop),
            None => Ok(search.merged.take()),
        }
    }

    /// What was noted of events, in an order that does not hang on the threads.
    pub(super) fn notes(&mut self, search: usize) -> Vec<Diagnostic> {
        let mut notes = std::mem::take(&mut self.0[search].notes);
        notes.sort_by_cached_key(|note| {
            let at = note.primary.as_ref().map(|label| label.span);
            (at, note.message.clone())
        });
        notes
    }

    pub(super) fn assumptions(&mut self, search: usize) -> Vec<Assumption> {
        std::mem::take(&mut self.0[search].assumptions)
            .into_iter()
            .collect()
    }
}
