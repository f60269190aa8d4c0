//! Loads paths. Files are read and parsed in parallel; everything else happens in order of path, so that the result is
//! always the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceMap, Span, codes::content};
use rayon::prelude::*;

use super::classify::{Class, classify, folder_below};
use super::{Repository, Root, files, resolve};
use crate::manifest::{DatasetPlace, DetectionTarget, Manifest, StepRef};
use crate::paths::identity;
use crate::reader::Cx;
use crate::yaml::{Document, Problem};
use crate::{dataset_description, detection, manifest, objects};

/// Loads files, folders and whole content repositories. What is wrong with them is in the repository's diagnostics.
///
/// A detection inside a content repository brings the repository's macros and lookups with it; a manifest brings the
/// detections and dataset descriptions that it names by path.
pub fn load(paths: &[PathBuf], sources: &mut SourceMap) -> Repository {
    let mut loader = Loader {
        repository: Repository::default(),
        sources,
        seen: BTreeSet::new(),
        queue: Vec::new(),
        roots: BTreeMap::new(),
        around: BTreeMap::new(),
    };
    for path in paths {
        loader.select(path, None);
    }
    while !loader.queue.is_empty() {
        loader.round();
    }
    let mut repository = loader.repository;
    repository.detections.sort_by(|a, b| a.path.cmp(&b.path));
    repository.manifests.sort_by(|a, b| a.path.cmp(&b.path));
    repository
        .dataset_descriptions
        .sort_by(|a, b| a.path.cmp(&b.path));
    resolve::finish(&mut repository, sources);
    repository
}

/// A file to read.
struct Task {
    path: PathBuf,
    root: usize,
    /// The place in a manifest that asks for it.
    wanted: Option<Span>,
}

struct Loader<'s> {
    repository: Repository,
    sources: &'s mut SourceMap,
    /// Files that are loaded or in the queue, by identity.
    seen: BTreeSet<PathBuf>,
    queue: Vec<Task>,
    /// Roots by identity.
    roots: BTreeMap<PathBuf, usize>,
    /// The content repository around the files of a folder, if any: asking the disk for each file would take longer than reading it.
    around: BTreeMap<PathBuf, Option<PathBuf>>,
}

impl Loader<'_> {
    /// Puts a file or all files of a folder into the queue.
    fn select(&mut self, path: &Path, wanted: Option<Span>) {
        if !path.is_dir() {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            let root = self.root_of(path, folder);
            self.push(path.to_path_buf(), root, wanted);
            return;
        }
        if files::is_repository(path) {
            let root = self.root(path, true);
            if let Some(root) = self.repository.roots.get_mut(root) {
                root.complete = true;
            }
            for folder in files::FOLDERS
                .iter()
                .map(|name| path.join(name))
                .filter(|folder| folder.is_dir())
            {
                self.folder(&folder, wanted, |_, _| root);
            }
        } else {
            self.folder(path, wanted, |loader, file| loader.root_of(file, path));
        }
    }

    fn folder(
        &mut self,
        folder: &Path,
        wanted: Option<Span>,
        root: impl Fn(&mut Self, &Path) -> usize,
    ) {
        let mut found = Vec::new();
        if let Err(error) = files::walk(folder, &mut found) {
            self.unreadable(folder, &error.to_string(), wanted);
        }
        for path in found {
            let root = root(self, &path);
            self.push(path, root, wanted);
        }
    }

    fn push(&mut self, path: PathBuf, root: usize, wanted: Option<Span>) {
        if self.seen.insert(identity(&path)) {
            self.queue.push(Task { path, root, wanted });
        }
    }

    /// The root that a file belongs to: the content repository around it, else the folder that was named.
    fn root_of(&mut self, file: &Path, named: &Path) -> usize {
        let folder = file.parent().unwrap_or(file).to_path_buf();
        let around = self
            .around
            .entry(folder)
            .or_insert_with(|| files::repository_above(file))
            .clone();
        match around {
            Some(above) => self.root(&above, true),
            None => self.root(named, false),
        }
    }

    /// The index of a root. A repository that is met for the first time brings its macros and lookups.
    fn root(&mut self, path: &Path, repository: bool) -> usize {
        let identity = identity(path);
        if let Some(index) = self.roots.get(&identity) {
            return *index;
        }
        let index = self.repository.roots.len();
        self.roots.insert(identity, index);
        self.repository.roots.push(Root {
            path: path.to_path_buf(),
            repository,
            complete: !repository,
            label: files::label(path),
        });
        if repository {
            for folder in ["macros", "lookups"]
                .map(|name| path.join(name))
                .iter()
                .filter(|folder| folder.is_dir())
            {
                self.folder(folder, None, |_, _| index);
            }
        }
        index
    }

    /// Reads what is in the queue. Manifests among it may fill the queue again.
    fn round(&mut self) {
        let mut tasks = std::mem::take(&mut self.queue);
        tasks.sort_by(|a, b| a.path.cmp(&b.path));
        let read: Vec<_> = tasks
            .par_iter()
            .map(|task| files::read(&task.path))
            .collect();
        for (task, read) in tasks.into_iter().zip(read) {
            match read {
                Ok((text, document)) => self.file(&task, text, &document),
                Err(reason) => self.unreadable(&task.path, &reason, task.wanted),
            }
        }
    }

    fn unreadable(&mut self, path: &Path, reason: &str, wanted: Option<Span>) {
        let found = Diagnostic::error(
            &content::UNREADABLE,
            format!("`{}` can't be read: {reason}", path.display()),
        );
        self.repository.diagnostics.push(match wanted {
            Some(span) => found.at(span, "named here"),
            None => found,
        });
    }

    fn file(&mut self, task: &Task, text: String, document: &Document) {
        let root = self
            .repository
            .roots
            .get(task.root)
            .filter(|root| root.repository);
        let folder = root.and_then(|root| folder_below(&task.path, &root.path));
        let base = root.map(|root| root.path.clone());
        let class = classify(document.root.as_ref(), folder.as_deref());
        let file = self.sources.add(task.path.display().to_string(), text);
        for problem in &document.problems {
            self.repository.diagnostics.push(report(problem, file));
        }
        let repository = &mut self.repository;
        let Some(node) = document.root.as_ref() else {
            if document.problems.is_empty() {
                match folder.as_deref() {
                    Some(folder) if folder != "manifests" => repository.diagnostics.push(
                        Diagnostic::error(&content::YAML, "the file is empty").at(
                            Span::new(file, 0, 0),
                            format!("nothing of the folder `{folder}` is here"),
                        ),
                    ),
                    _ => repository.others.push(task.path.clone()),
                }
            }
            return;
        };
        let mut cx = Cx::new(file, self.sources, &mut repository.diagnostics, None);
        match class {
            Class::Manifest => {
                if let Some(manifest) = manifest::read(node, &task.path, &mut cx) {
                    self.follow(&manifest);
                    self.repository.manifests.push(manifest);
                }
            }
            Class::Detection => repository.detections.extend(
                detection::read(node, &task.path, (task.root, base.as_deref()), &mut cx)
                    .map(Arc::new),
            ),
            Class::Macro => repository
                .macros
                .extend(objects::read_macro(node, &task.path, task.root, &mut cx)),
            Class::Lookup => repository
                .lookups
                .extend(objects::read_lookup(node, &task.path, task.root, &mut cx)),
            Class::DataSource => repository.data_sources.extend(objects::read_data_source(
                node, &task.path, task.root, &mut cx,
            )),
            Class::Story => repository
                .stories
                .extend(objects::read_story(node, &task.path, task.root, &mut cx)),
            Class::Deployment => repository.deployments.extend(objects::read_deployment(
                node, &task.path, task.root, &mut cx,
            )),
            Class::Dashboard => repository.dashboards.extend(objects::read_dashboard(
                node, &task.path, task.root, &mut cx,
            )),
            Class::Schedule => repository
                .schedules
                .extend(objects::read_schedule(node, &task.path, task.root, &mut cx)),
            Class::Baseline => repository
                .baselines
                .extend(objects::read_baseline(node, &task.path, task.root, &mut cx)),
            Class::DatasetDescription => repository
                .dataset_descriptions
                .extend(dataset_description::read(node, &task.path, &mut cx)),
            Class::Other => repository.others.push(task.path.clone()),
        }
    }

    /// Puts what a manifest names by path into the queue.
    fn follow(&mut self, manifest: &Manifest) {
        for detection in &manifest.detections {
            if let DetectionTarget::Path(path) = &detection.target {
                self.select(path, Some(detection.span));
            }
        }
        let steps = manifest.tests.iter().flat_map(|test| &test.before);
        for step in steps {
            if let StepRef::Baseline(name, path) = &step.search
                && files::is_yaml(path)
            {
                self.select(path, Some(name.span));
            }
        }
        for dataset in manifest.datasets.values() {
            if let DatasetPlace::Described { path, .. } = &dataset.place {
                self.select(path, Some(path.span));
            }
        }
    }
}

fn report(problem: &Problem, file: dryfire_diagnostic::SourceId) -> Diagnostic {
    let span = |range: &std::ops::Range<u32>| Span {
        source: file,
        start: range.start,
        end: range.end,
    };
    if problem.duplicate_key {
        let found = Diagnostic::error(&content::DUPLICATE_KEY, problem.message.as_str())
            .at(span(&problem.range), "again here");
        return match &problem.first {
            Some(first) => found.also_at(span(first), "first here"),
            None => found,
        };
    }
    Diagnostic::error(
        &content::YAML,
        format!("not valid YAML: {}", problem.message),
    )
    .at(span(&problem.range), "the parser stopped here")
}
