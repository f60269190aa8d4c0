//! Everything that requests share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use dryfire_plan::Library;
use dryfire_runner::Session;

use crate::collector::Collector;
use crate::identity::Identity;
use crate::jobs::Jobs;
use crate::saved::Saved;
use crate::settings::Settings;
use crate::store::Store;

/// An app that is shown as installed.
#[derive(Debug, Clone)]
pub(crate) struct InstalledApp {
    pub(crate) version: String,
    pub(crate) label: String,
}

/// A file of configuration and a stanza, and what clients set there.
pub(crate) type Configured = BTreeMap<(String, String), BTreeMap<String, String>>;

/// Everything that requests share.
pub(crate) struct State {
    pub(crate) settings: Settings,
    /// Content and apps, as they were at the start.
    pub(crate) session: Session,
    /// The knowledge, with the rows that searches wrote into lookups.
    library: RwLock<Arc<Library>>,
    pub(crate) store: Store,
    pub(crate) identity: Identity,
    pub(crate) collector: Collector,
    pub(crate) jobs: Jobs,
    pub(crate) saved: Saved,
    pub(crate) apps: BTreeMap<String, InstalledApp>,
    configured: Mutex<Configured>,
}

impl State {
    pub(crate) fn new(
        settings: Settings,
        session: Session,
        store: Store,
        collector: Collector,
        saved: Saved,
        apps: BTreeMap<String, InstalledApp>,
    ) -> Self {
        Self {
            identity: Identity::new(&settings.password, settings.enterprise_security),
            library: RwLock::new(Arc::new(session.library.clone())),
            jobs: Jobs::new(&settings.limits),
            settings,
            session,
            store,
            collector,
            saved,
            apps,
            configured: Mutex::default(),
        }
    }

    /// The knowledge as it is now.
    pub(crate) fn library(&self) -> Arc<Library> {
        let library = self.library.read();
        Arc::clone(&library.unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the knowledge for later searches.
    pub(crate) fn change_library(&self, change: impl FnOnce(&mut Library)) {
        let library = self.library.write();
        let mut library = library.unwrap_or_else(PoisonError::into_inner);
        let mut changed = Library::clone(&library);
        change(&mut changed);
        *library = Arc::new(changed);
    }

    /// What clients configured.
    pub(crate) fn configured(&self) -> MutexGuard<'_, Configured> {
        self.configured
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
