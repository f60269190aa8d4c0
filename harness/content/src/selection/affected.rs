//! Which cases depend on files that changed, and through what.
//!
//! A file stands for the objects in it, under the names they have now and those they had: of a macro that was deleted or
//! renamed, the searches that still call it are affected. Where it is not known what a change touches, everything is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use dryfire_diagnostic::{SourceMap, Span};

use super::uses::{Used, Uses};
use crate::case::{Case, CaseKind, Origin, StepSearch};
use crate::dataset_description::Location;
use crate::manifest::DatasetPlace;
use crate::objects::LookupTable;
use crate::paths;
use crate::repository::{Class, Repository, classify, folder_below};
use crate::yaml::{self, Node, Value};

/// Files whose change touches everything below their folder.
const EVERYTHING: &[&str] = &[crate::CONFIGURATION_FILE, "contentctl.yml"];

/// A file that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it is, or was: an absolute path without links.
    pub path: PathBuf,
    /// The path for people.
    pub shown: String,
    /// What it held, where that was text and it is no new file.
    pub old: Option<String>,
    /// How it changed.
    pub kind: ChangeKind,
}

/// How a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there.
    New,
    /// It has other content.
    Other,
    /// It is no longer there.
    Gone,
}

/// A path that the configuration or the command line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The file or folder.
    pub path: PathBuf,
    /// What it is, for people: `app`, `database of places`.
    pub what: String,
    /// The lookup that it fills; everything depends on it where there is none.
    pub lookup: Option<String>,
}

impl Change {
    fn says(&self, what: &str) -> String {
        let verb = match self.kind {
            ChangeKind::New => "is new",
            ChangeKind::Other => "changed",
            ChangeKind::Gone => "is gone",
        };
        format!("{what} {verb} ({})", self.shown)
    }
}

/// Names of objects that changed, and what to say of each.
#[derive(Debug, Default)]
struct Names {
    everything: Vec<String>,
    macros: BTreeMap<String, String>,
    lookups: BTreeMap<String, String>,
    data_sources: BTreeMap<String, String>,
    baselines: BTreeMap<String, String>,
    /// Detections that a baseline was for which is no longer there, or is another.
    detections: BTreeMap<String, String>,
    /// Types of detections whose deployment changed.
    deployments: BTreeMap<String, String>,
}

/// For each case, why it depends on what changed; nothing where it does not.
pub fn affected(
    repository: &Repository,
    cases: &[Case],
    uses: &Uses,
    settings: &[Setting],
    changes: &[Change],
    sources: &SourceMap,
) -> Vec<Vec<String>> {
    let found = Found {
        repository,
        uses,
        sources,
        changes: changes
            .iter()
            .map(|one| (one.path.as_path(), one))
            .collect(),
        folders: RefCell::default(),
    };
    let mut names = Names::default();
    found.settings(settings, &mut names);
    found.above(changes, cases, &mut names);
    found.present(&mut names);
    for change in changes {
        found.former(change, &mut names);
    }
    cases
        .iter()
        .map(|case| {
            let mut reasons = names.everything.clone();
            found.case(case, &names, &mut reasons);
            let mut seen = BTreeSet::new();
            reasons.retain(|reason| seen.insert(reason.clone()));
            reasons
        })
        .collect()
}

struct Found<'a> {
    repository: &'a Repository,
    uses: &'a Uses,
    sources: &'a SourceMap,
    changes: HashMap<&'a Path, &'a Change>,
    /// Folders and what they are without links: thousands of files stand in a few.
    folders: RefCell<HashMap<PathBuf, PathBuf>>,
}

impl<'a> Found<'a> {
    fn settings(&self, settings: &[Setting], names: &mut Names) {
        for setting in settings {
            let path = paths::identity(&setting.path);
            let changed = self.changes.values();
            let changed = changed.filter(|change| change.path.starts_with(&path));
            let Some(first) = changed.min_by_key(|change| &change.shown) else {
                continue;
            };
            let why = first.says(&setting.what);
            match &setting.lookup {
                Some(name) => drop(names.lookups.insert(name.clone(), why)),
                None => names.everything.push(why),
            }
        }
    }

    /// Configuration in a folder above a case.
    fn above(&self, changes: &[Change], cases: &[Case], names: &mut Names) {
        for change in changes {
            let name = change.path.file_name().unwrap_or_default();
            let (name, folder) = (name.to_string_lossy(), change.path.parent());
            if !EVERYTHING.contains(&&*name) {
                continue;
            }
            let below =
                |path: &Path| folder.is_some_and(|folder| self.plain(path).starts_with(folder));
            let mut paths = cases.iter().flat_map(files);
            if paths.any(below) {
                names.everything.push(change.says(&name));
            }
        }
    }

    /// The objects that are there.
    fn present(&self, names: &mut Names) {
        let repository = self.repository;
        for one in &repository.macros {
            if let Some(change) = one.span.and_then(|span| self.at(span)) {
                let why = change.says(&format!("macro `{}`", one.name));
                names.macros.insert(one.name.clone(), why);
            }
        }
        for one in &repository.lookups {
            let what = format!("lookup `{}`", one.name.value);
            let table = match &one.table {
                LookupTable::Csv(path) | LookupTable::Model(path) => Some(path),
                LookupTable::KvStore { .. } => None,
            };
            let of_table = table.and_then(|path| self.changed(path));
            if let Some(change) = self.at(one.name.span).or(of_table) {
                names
                    .lookups
                    .insert(one.name.value.clone(), change.says(&what));
            }
            // A search may name the table itself.
            if let (Some(change), Some(file)) = (of_table, table.and_then(|path| path.file_name()))
            {
                let file = file.to_string_lossy().into_owned();
                names.lookups.insert(file, change.says(&what));
            }
        }
        for one in &repository.data_sources {
            if let Some(change) = self.at(one.name.span) {
                let why = change.says(&format!("data source `{}`", one.name.value));
                names.data_sources.insert(one.name.value.clone(), why);
            }
        }
        for one in &repository.deployments {
            if let (Some(change), Some(kind)) = (self.at(one.name.span), &one.kind) {
                let why = change.says(&format!("deployment `{}`", one.name.value));
                names.deployments.insert(kind.to_lowercase(), why);
            }
        }
        for one in &repository.baselines {
            let what = format!("baseline `{}`", one.name.value);
            let mut why: Vec<String> = Vec::new();
            why.extend(self.changed(&one.path).map(|change| change.says(&what)));
            if let Some(used) = self.uses.of_baseline(one) {
                let inner = through(used, names).into_iter();
                why.extend(inner.map(|inner| format!("{inner}, used by {what}")));
            }
            if let Some(why) = why.into_iter().next() {
                for detection in &one.detections {
                    let key = detection.value.clone();
                    names.detections.entry(key).or_insert_with(|| why.clone());
                }
                names.baselines.insert(one.name.value.clone(), why);
            }
        }
    }

    /// The names that a file's objects had.
    fn former(&self, change: &Change, names: &mut Names) {
        let extension = change
            .path
            .extension()
            .and_then(|extension| extension.to_str());
        if extension.is_some_and(|one| one.eq_ignore_ascii_case("csv")) {
            let file = change
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            let why = change.says(&format!("lookup `{file}`"));
            names.lookups.entry(file.into_owned()).or_insert(why);
            return;
        }
        let Some(old) = &change.old else { return };
        let document = yaml::parse(old.trim_start_matches('\u{feff}'));
        let Some(root) = &document.root else { return };
        let roots = self.repository.roots.iter().filter(|root| root.repository);
        let folder = roots
            .filter_map(|root| folder_below(&change.path, &paths::identity(&root.path)))
            .next();
        let Some(name) = root.get("name").and_then(Node::text) else {
            return;
        };
        let own = |map: &mut BTreeMap<String, String>, name: &str, what: &str| {
            let why = change.says(&format!("{what} `{name}`"));
            map.entry(name.to_owned()).or_insert(why);
        };
        match classify(Some(root), folder.as_deref()) {
            Class::Macro => {
                let bare = name.split('(').next().unwrap_or(name).trim();
                own(&mut names.macros, bare, "macro");
            }
            Class::Lookup => own(&mut names.lookups, name, "lookup"),
            Class::DataSource => own(&mut names.data_sources, name, "data source"),
            Class::Deployment => {
                if let Some(kind) = root.get("type").and_then(Node::text) {
                    let why = change.says(&format!("deployment `{name}`"));
                    names.deployments.entry(kind.to_lowercase()).or_insert(why);
                }
            }
            Class::Baseline => {
                own(&mut names.baselines, name, "baseline");
                let named = root.get("tags").and_then(|tags| tags.get("detections"));
                let named = match named.map(|node| &node.value) {
                    Some(Value::Sequence(named)) => &named[..],
                    _ => &[],
                };
                for detection in named {
                    let why = change.says(&format!("baseline `{name}`"));
                    let detection = detection.text().unwrap_or_default().to_owned();
                    names.detections.entry(detection).or_insert(why);
                }
            }
            Class::Manifest
            | Class::Detection
            | Class::Story
            | Class::DatasetDescription
            // A dashboard has no search that is tested; a schedule says when, and tests see all of the data.
            | Class::Dashboard
            | Class::Schedule
            | Class::Other => {}
        }
    }

    /// Why a case depends on it.
    fn case(&self, case: &Case, names: &Names, out: &mut Vec<String>) {
        let detection = &case.detection;
        let changed = |path: &Path, what: &str| Some(self.changed(path)?.says(what));
        out.extend(changed(&detection.path, "the detection"));
        if let Origin::Manifest(path) = &case.origin {
            out.extend(changed(path, "the manifest"));
        }
        if let Some(used) = self.uses.of(detection) {
            out.extend(through(used, names));
        }
        for given in &case.lookups {
            let file = given.file.as_deref();
            let what = format!("lookup `{}`", given.name.value);
            out.extend(file.and_then(|file| changed(file, &what)));
        }
        let sources = detection.data_sources.iter();
        let sources = sources.flat_map(|named| named.value.split(" AND "));
        out.extend(sources.filter_map(|name| names.data_sources.get(name.trim()).cloned()));
        let baselines = detection.baselines.iter();
        out.extend(baselines.filter_map(|name| names.baselines.get(&name.value).cloned()));
        out.extend(names.detections.get(&detection.name.value).cloned());
        if case.kind == CaseKind::Integration {
            let kind = detection.kind.value.as_str().to_lowercase();
            out.extend(names.deployments.get(&kind).cloned());
        }
        self.steps(case, names, out);
        self.data(case, out);
    }

    fn steps(&self, case: &Case, names: &Names, out: &mut Vec<String>) {
        for step in &case.before {
            let (path, what, used) = match &step.search {
                StepSearch::Baseline(index) => {
                    let Some(one) = self.repository.baselines.get(*index) else {
                        continue;
                    };
                    let what = format!("baseline `{}`", one.name.value);
                    (&one.path, what, self.uses.of_baseline(one))
                }
                StepSearch::Detection(one) => {
                    let what = format!("detection `{}`", one.name.value);
                    (&one.path, what, self.uses.of(one))
                }
            };
            out.extend(self.changed(path).map(|change| change.says(&what)));
            let inner = used.map(|used| through(used, names)).unwrap_or_default();
            out.extend(inner.iter().map(|inner| format!("{inner}, used by {what}")));
            for dataset in &step.datasets {
                if let Location::Path(path) = &dataset.location {
                    let data = format!("data `{}`", dataset.key);
                    out.extend(self.changed(path).map(|change| change.says(&data)));
                }
            }
        }
    }

    fn data(&self, case: &Case, out: &mut Vec<String>) {
        for dataset in &case.datasets {
            match &dataset.location {
                Location::Path(path) => {
                    let change = self.changed(path);
                    out.extend(change.map(|one| one.says(&format!("data `{}`", dataset.key))));
                }
                Location::Url(_) => {
                    let lock =
                        |change: &&&Change| change.path.ends_with(crate::configuration::LOCK_FILE);
                    let change = self.changes.values().find(lock);
                    out.extend(
                        change.map(|one| one.says(&format!("what data `{}` must be", dataset.key))),
                    );
                }
            }
        }
        let Origin::Manifest(path) = &case.origin else {
            return;
        };
        let manifests = self.repository.manifests.iter();
        for manifest in manifests.filter(|manifest| manifest.path == *path) {
            for dataset in &case.datasets {
                if let Some(DatasetPlace::Described { path, .. }) =
                    manifest.datasets.get(&dataset.key).map(|one| &one.place)
                {
                    let what = format!("the description of data `{}`", dataset.key);
                    out.extend(self.changed(path).map(|one| one.says(&what)));
                }
            }
        }
    }

    /// The change of the file that a place is in.
    fn at(&self, span: Span) -> Option<&'a Change> {
        self.changed(Path::new(&*self.sources.get(span.source).name))
    }

    fn changed(&self, path: &Path) -> Option<&'a Change> {
        if self.changes.is_empty() {
            return None;
        }
        self.changes.get(self.plain(path).as_path()).copied()
    }

    /// An absolute path whose folders are no links. The file need not be there.
    fn plain(&self, path: &Path) -> PathBuf {
        let (folder, name) = (path.parent().unwrap_or(path), path.file_name());
        let mut folders = self.folders.borrow_mut();
        let folder = folders
            .entry(folder.to_path_buf())
            .or_insert_with_key(|folder| {
                let here = folder.as_os_str().is_empty();
                paths::identity(if here { Path::new(".") } else { folder })
            });
        name.map_or_else(|| folder.clone(), |name| folder.join(name))
    }
}

/// The files that a case is written in.
fn files(case: &Case) -> impl Iterator<Item = &Path> {
    let manifest = match &case.origin {
        Origin::Manifest(path) => Some(path.as_path()),
        Origin::Detection => None,
    };
    std::iter::once(case.detection.path.as_path()).chain(manifest)
}

/// What changed of the macros and lookups that a search uses.
fn through(used: &Used, names: &Names) -> Vec<String> {
    let mut found = Vec::new();
    for name in used.macros.keys() {
        let Some(why) = names.macros.get(name) else {
            continue;
        };
        let mut way = Vec::new();
        let mut at = name;
        while let Some(Some(above)) = used.macros.get(at) {
            way.push(format!("`{above}`"));
            at = above;
        }
        found.push(match way.is_empty() {
            true => why.clone(),
            false => format!("{why}, used through {}", way.join(", ")),
        });
    }
    let lookups = used.lookups.iter();
    found.extend(lookups.filter_map(|name| names.lookups.get(name).cloned()));
    found
}
