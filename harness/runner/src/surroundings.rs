//! What `dryfire.toml` and the apps' `limits.conf` make of a search's surroundings: limits, the database of places, the rows
//! that lookups are given.

use std::sync::Arc;

use dryfire_content::{Configuration, GivenLookup, GivenRows, Manifest};
use dryfire_diagnostic::{Diagnostic, codes, nearest};
use dryfire_engine::{Limits, Places};
use dryfire_knowledge::{Filling, Knowledge, LookupTable};

use crate::places::Database;

/// What holds for all searches of a session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    pub(crate) limits: Limits,
    pub(crate) places: Option<Arc<dyn Places>>,
}

impl Surroundings {
    /// Splunk's limits, as the apps change them, as the configuration changes those; and the database.
    pub(crate) fn new(
        configuration: &Configuration,
        knowledge: &Knowledge,
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let (mut limits, found) = Limits::of(knowledge);
        out.extend(found);
        from_configuration(&mut limits, configuration, out);
        let places = configuration
            .places
            .as_ref()
            .and_then(|path| match Database::open(path) {
                Ok(database) => Some(Arc::new(database) as Arc<dyn Places>),
                Err(why) => {
                    let message = format!("`{}` can't be used: {why}", path.display());
                    out.push(
                        Diagnostic::error(&codes::configuration::DATABASE, message)
                            .at(path.span, "named here"),
                    );
                    None
                }
            });
        Self { limits, places }
    }
}

fn from_configuration(
    limits: &mut Limits,
    configuration: &Configuration,
    out: &mut Vec<Diagnostic>,
) {
    for (name, number) in &configuration.limits {
        if limits.set(name, usize::try_from(*number).unwrap_or(usize::MAX)) {
            continue;
        }
        out.push(match Limits::not_followed(name) {
            Some(found) => found.at(name.span, "without effect"),
            None => {
                let known = Limits::NAMES.iter().map(|(name, _)| *name);
                let near = nearest(name, known.clone());
                let help = near.map_or_else(
                    || format!("known limits: {}", known.collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no limit `{}`", name.value);
                Diagnostic::error(&codes::configuration::LIMIT_NAME, message)
                    .at(name.span, "not known")
                    .help(help)
            }
        });
    }
}

/// Lookups of manifests that are defined nowhere and that none of the manifest's searches names: most likely misspelt, so
/// that what was meant would have no rows. `names` tells whether a search, by its detection, names a lookup.
pub(crate) fn misspelt(
    manifests: &[Manifest],
    knowledge: &Knowledge,
    names: impl Fn(usize, &str) -> bool,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for manifest in manifests {
        let detections: Vec<usize> = manifest
            .detections
            .iter()
            .flat_map(|detection| detection.found.iter().copied())
            .collect();
        let own = manifest.tests.iter().flat_map(|test| &test.lookups);
        for given in manifest.lookups.iter().chain(own) {
            let name = given.name.value.as_str();
            let is_named = detections.iter().any(|detection| names(*detection, name));
            if is_named || knowledge.lookup(name).is_some() || detections.is_empty() {
                continue;
            }
            let known = knowledge.lookups();
            let near = nearest(name, known.map(|lookup| lookup.definition.name.as_str()));
            let message = format!("nothing defines or names a lookup `{name}`");
            found.push(
                Diagnostic::error(&codes::content::UNKNOWN_REFERENCE, message)
                    .at(given.name.span, "given rows, but not used")
                    .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
            );
        }
    }
    found
}

/// The rows that a lookup is given.
pub(crate) fn filling(given: &GivenLookup) -> Filling {
    match &given.rows {
        GivenRows::Empty => Filling::Empty,
        GivenRows::Csv(text) => Filling::Rows(LookupTable::from_csv(text)),
        GivenRows::Rows { columns, rows } => Filling::Rows(LookupTable::new(columns.clone(), rows)),
    }
}
