//! What each detection's search uses, also through other macros.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use dryfire_diagnostic::{SourceId, SourceMap};

use super::names;
use crate::detection::Detection;
use crate::objects::Baseline;
use crate::repository::Repository;

/// What a search uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// Macros, those that are not defined too, each with the macro that calls it, where it is not the search itself.
    pub macros: BTreeMap<String, Option<String>>,
    /// Lookups, by the names and files written.
    pub lookups: BTreeSet<String>,
}

/// What all searches use.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    /// By the detection's file: a search stands in one.
    detections: BTreeMap<Arc<Path>, Used>,
    baselines: BTreeMap<Arc<Path>, Used>,
}

/// What the definition of a macro itself names.
#[derive(Debug, Default)]
struct Named {
    macros: Vec<String>,
    lookups: Vec<String>,
}

impl Named {
    fn of(text: &str) -> Self {
        Self {
            macros: names::macros(text),
            lookups: names::lookups(text),
        }
    }
}

impl Uses {
    /// Looks through all searches. `others` are macros of apps: name and definition.
    pub fn new<'m>(
        repository: &'m Repository,
        others: impl Iterator<Item = (&'m str, SourceId)>,
        sources: &SourceMap,
    ) -> Self {
        let text = |source: SourceId| &*sources.get(source).text;
        // Macros of one name in several roots, or with other numbers of arguments, are taken together.
        let mut defined: BTreeMap<&str, Vec<Named>> = BTreeMap::new();
        let own = repository.macros.iter();
        let own = own.map(|one| (one.name.as_str(), one.definition));
        for (name, definition) in own.chain(others) {
            let named = Named::of(text(definition));
            defined.entry(name).or_default().push(named);
        }
        let detections = repository.detections.iter().map(|one| {
            let used = used(text(one.search.value), &defined);
            (Arc::from(one.path.as_path()), used)
        });
        let baselines = repository.baselines.iter().map(|one| {
            let used = used(text(one.search.value), &defined);
            (Arc::from(one.path.as_path()), used)
        });
        Self {
            detections: detections.collect(),
            baselines: baselines.collect(),
        }
    }

    /// What a detection's search uses.
    pub fn of(&self, detection: &Detection) -> Option<&Used> {
        self.detections.get(detection.path.as_path())
    }

    /// What a baseline's search uses.
    pub fn of_baseline(&self, baseline: &Baseline) -> Option<&Used> {
        self.baselines.get(baseline.path.as_path())
    }
}

/// Follows macros to macros; one that calls itself ends the way.
fn used(search: &str, defined: &BTreeMap<&str, Vec<Named>>) -> Used {
    let mut used = Used::default();
    let own = Named::of(search);
    used.lookups.extend(own.lookups);
    let mut queue: Vec<(String, Option<String>)> =
        own.macros.into_iter().map(|name| (name, None)).collect();
    while let Some((name, through)) = queue.pop() {
        if used.macros.contains_key(&name) {
            continue;
        }
        for named in defined.get(name.as_str()).into_iter().flatten() {
            used.lookups.extend(named.lookups.iter().cloned());
            let inner = named.macros.iter();
            queue.extend(inner.map(|inner| (inner.clone(), Some(name.clone()))));
        }
        used.macros.insert(name, through);
    }
    used
}
