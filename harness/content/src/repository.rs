//! Everything that a run was pointed at, loaded: detections, macros, lookups, manifests and what they refer to.

use std::path::PathBuf;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity};

use crate::dataset_description::DatasetDescription;
use crate::detection::Detection;
use crate::manifest::Manifest;
use crate::object::Object;
use crate::objects::{
    Baseline, Dashboard, DataSource, Deployment, Lookup, Macro, NamedSchedule, Story,
};

mod classify;
mod files;
mod load;
mod resolve;

pub(crate) use classify::{Class, classify, folder_below};
pub use load::load;

/// A folder whose objects belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The folder.
    pub path: PathBuf,
    /// Whether it is a content repository (`contentctl.yml` or a `macros` folder). Otherwise it is just where files were.
    pub repository: bool,
    /// Whether all of it was loaded. Of a repository from which single files were named, only macros and lookups are
    /// loaded, so that a data source or story that is not there proves nothing.
    pub complete: bool,
    /// The label of the app that is built of it (`app.label` in `contentctl.yml`).
    pub label: Option<String>,
}

/// What was loaded. Lists are in order of path.
#[derive(Debug, Default)]
pub struct Repository {
    /// The folders.
    pub roots: Vec<Root>,
    /// Detections, also those that only a manifest names.
    pub detections: Vec<Arc<Detection>>,
    /// Macros, with a supplied `…_filter` macro for each detection that lacks its own.
    pub macros: Vec<Macro>,
    /// Lookups.
    pub lookups: Vec<Lookup>,
    /// Data sources.
    pub data_sources: Vec<DataSource>,
    /// Stories.
    pub stories: Vec<Story>,
    /// Deployments.
    pub deployments: Vec<Deployment>,
    /// Baselines.
    pub baselines: Vec<Baseline>,
    /// Dashboards.
    pub dashboards: Vec<Dashboard>,
    /// Named schedules.
    pub schedules: Vec<NamedSchedule>,
    /// Manifests.
    pub manifests: Vec<Manifest>,
    /// Dataset descriptions.
    pub dataset_descriptions: Vec<DatasetDescription>,
    /// YAML files that are none of these: known to be there, and not read.
    pub others: Vec<PathBuf>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Repository {
    /// The macros that objects of a root can use: the root's own, and those of folders that are no repository.
    pub fn macros_of(&self, root: usize) -> impl Iterator<Item = &Macro> {
        self.macros
            .iter()
            .filter(move |one| self.sees(root, one.root))
    }

    /// The lookups that objects of a root can use.
    pub fn lookups_of(&self, root: usize) -> impl Iterator<Item = &Lookup> {
        self.lookups
            .iter()
            .filter(move |one| self.sees(root, one.root))
    }

    /// The objects that are no detections.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        let macros = self.macros.iter().filter_map(|one| one.object.as_ref());
        macros
            .chain(self.lookups.iter().map(|one| &one.object))
            .chain(self.data_sources.iter().map(|one| &one.object))
            .chain(self.stories.iter().map(|one| &one.object))
            .chain(self.deployments.iter().map(|one| &one.object))
            .chain(self.baselines.iter().map(|one| &one.object))
            .chain(self.dashboards.iter().map(|one| &one.object))
            .chain(self.schedules.iter().map(|one| &one.object))
    }

    /// The detection of that name or id, and its index.
    pub fn detection(&self, name_or_id: &str) -> Option<(usize, &Arc<Detection>)> {
        self.detections.iter().enumerate().find(|(_, one)| {
            one.name.value == name_or_id || one.id.eq_ignore_ascii_case(name_or_id)
        })
    }

    /// The index of the baseline that a step of a manifest names, by name or by file.
    pub fn baseline(&self, name: &str, path: &std::path::Path) -> Option<usize> {
        let path = crate::paths::identity(path);
        self.baselines
            .iter()
            .position(|one| one.name.value == name || crate::paths::identity(&one.path) == path)
    }

    /// Whether something could not be loaded as it is. A run that goes on all the same must not end as if all were well.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    fn sees(&self, from: usize, other: usize) -> bool {
        from == other || self.roots.get(other).is_some_and(|root| !root.repository)
    }
}

/// Whether a folder is the root of a content repository.
pub(crate) fn is_root(folder: &std::path::Path) -> bool {
    files::is_repository(folder)
}
