//! Looks up what names refer to, once everything is loaded: manifests' references, duplicates, filter macros.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dryfire_diagnostic::{Diagnostic, SourceMap, Span, codes::content, nearest};

use super::Repository;
use crate::case::{CaseKind, DatasetRef};
use crate::manifest::{
    DatasetDefinition, DatasetPlace, DetectionTarget, Manifest, ManifestStep, ManifestTest, StepRef,
};
use crate::objects::Macro;
use crate::paths::identity;

/// Completes a repository.
pub(super) fn finish(repository: &mut Repository, sources: &mut SourceMap) {
    duplicates(repository);
    let mut manifests = std::mem::take(&mut repository.manifests);
    if !manifests.is_empty() {
        // Asked once for each file and not once for each reference.
        let detection_files: Vec<_> = repository
            .detections
            .iter()
            .map(|one| identity(&one.path))
            .collect();
        let description_files: Vec<_> = repository
            .dataset_descriptions
            .iter()
            .map(|one| identity(&one.path))
            .collect();
        for manifest in &mut manifests {
            detections(manifest, &detection_files, repository, sources);
            datasets(manifest, &description_files, repository, sources);
        }
    }
    for manifest in &mut manifests {
        tests(manifest, repository);
    }
    repository.manifests = manifests;
    filter_macros(repository, sources);
}

/// Detections share no id and no name; macros and lookups of one root share no name.
fn duplicates(repository: &mut Repository) {
    let detections = repository.detections.iter();
    let ids = detections
        .clone()
        .map(|one| ("detections have the id", one.id.to_lowercase(), one.id.span));
    let names = detections.map(|one| {
        (
            "detections have the name",
            one.name.value.clone(),
            one.name.span,
        )
    });
    let macros = repository.macros.iter().filter_map(|one| {
        Some((
            "macros have the name",
            format!("{}({})@{}", one.name, one.arguments.len(), one.root),
            one.span?,
        ))
    });
    let lookups = repository.lookups.iter().map(|one| {
        (
            "lookups have the name",
            format!("{}@{}", one.name.value, one.root),
            one.name.span,
        )
    });
    let mut first: BTreeMap<(&str, String), Span> = BTreeMap::new();
    let mut found = Vec::new();
    for (what, key, span) in ids.chain(names).chain(macros).chain(lookups) {
        let shown = key.split('@').next().unwrap_or("").to_owned();
        match first.get(&(what, key.clone())) {
            Some(before) => found.push(
                Diagnostic::error(
                    &content::DUPLICATE,
                    format!("two {what} `{}`", shown.trim_end_matches("(0)")),
                )
                .at(span, "used again")
                .also_at(*before, "first used here"),
            ),
            None => {
                first.insert((what, key), span);
            }
        }
    }
    repository.diagnostics.extend(found);
}

fn unknown(
    message: String,
    span: Span,
    name: &str,
    candidates: impl Iterator<Item = impl AsRef<str>>,
) -> Diagnostic {
    let candidates: Vec<_> = candidates.collect();
    let near = nearest(name, candidates.iter().map(AsRef::as_ref))
        .map(|near| format!("did you mean `{near}`?"));
    Diagnostic::error(&content::UNKNOWN_REFERENCE, message)
        .at(span, "not found")
        .opt_help(near)
}

fn detections(
    manifest: &mut Manifest,
    files: &[PathBuf],
    repository: &mut Repository,
    sources: &SourceMap,
) {
    for entry in &mut manifest.detections {
        let all = repository.detections.iter().enumerate();
        entry.found = match &entry.target {
            DetectionTarget::Path(path) => {
                let wanted = identity(path);
                all.zip(files)
                    .filter(|(_, file)| file.starts_with(&wanted))
                    .map(|((at, _), _)| at)
                    .collect()
            }
            DetectionTarget::Name(name) => all
                .filter(|(_, one)| one.name.value == *name)
                .map(|(at, _)| at)
                .collect(),
            DetectionTarget::Id(id) => all
                .filter(|(_, one)| one.id.eq_ignore_ascii_case(id))
                .map(|(at, _)| at)
                .collect(),
        };
        if !entry.found.is_empty() {
            continue;
        }
        let names = repository
            .detections
            .iter()
            .map(|one| one.name.value.as_str());
        let found = match &entry.target {
            DetectionTarget::Path(path) if reported(repository, sources, path) => continue,
            DetectionTarget::Path(path) => unknown(
                format!("`{}` holds no detection", path.display()),
                entry.span,
                "",
                std::iter::empty::<&str>(),
            ),
            DetectionTarget::Name(name) => unknown(
                format!("no detection in the selection is named `{name}`"),
                entry.span,
                name,
                names,
            ),
            DetectionTarget::Id(id) => unknown(
                format!("no detection in the selection has the id `{id}`"),
                entry.span,
                id,
                names,
            ),
        };
        repository.diagnostics.push(found);
    }
}

/// Whether something has been said of a file already, so that nothing need be said of what it lacks.
fn reported(repository: &Repository, sources: &SourceMap, path: &Path) -> bool {
    let name = path.display().to_string();
    let labels = repository
        .diagnostics
        .iter()
        .filter_map(|finding| finding.primary.as_ref());
    !path.exists()
        || labels
            .into_iter()
            .any(|label| *sources.get(label.span.source).name == *name)
}

fn datasets(
    manifest: &mut Manifest,
    files: &[PathBuf],
    repository: &mut Repository,
    sources: &SourceMap,
) {
    for (key, definition) in &mut manifest.datasets {
        definition.resolved = match &definition.place {
            DatasetPlace::Direct(location) => Some(DatasetRef {
                key: key.clone(),
                location: location.value.clone(),
                source: definition.source.clone(),
                sourcetype: definition.sourcetype.clone(),
                host: definition.host.clone(),
                index: definition.index.clone(),
                synthetic: definition.synthetic.unwrap_or(false),
                span: location.span,
            }),
            DatasetPlace::Described { .. } => {
                match described(key, definition, files, repository, sources) {
                    Ok(found) => found,
                    Err(finding) => {
                        repository.diagnostics.push(*finding);
                        None
                    }
                }
            }
        };
    }
}

fn described(
    key: &str,
    definition: &DatasetDefinition,
    files: &[PathBuf],
    repository: &Repository,
    sources: &SourceMap,
) -> Result<Option<DatasetRef>, Box<Diagnostic>> {
    let DatasetPlace::Described { path, name } = &definition.place else {
        return Ok(None);
    };
    let wanted = identity(&path.value);
    let Some(description) = repository
        .dataset_descriptions
        .iter()
        .zip(files)
        .find(|(_, file)| **file == wanted)
        .map(|(one, _)| one)
    else {
        if reported(repository, sources, &path.value) {
            return Ok(None);
        }
        let message = format!("`{}` is not a dataset description", path.value.display());
        return Err(Box::new(unknown(
            message,
            path.span,
            "",
            std::iter::empty::<&str>(),
        )));
    };
    let names = || {
        description
            .datasets
            .iter()
            .map(|one| one.name.value.as_str())
    };
    let one = match name {
        Some(name) => description
            .datasets
            .iter()
            .find(|one| one.name.value == name.value)
            .ok_or_else(|| {
                let message = format!(
                    "`{}` describes no data set named `{}`",
                    path.value.display(),
                    name.value
                );
                Box::new(
                    unknown(message, name.span, &name.value, names())
                        .because(format!("it describes {}", list(names()))),
                )
            })?,
        None => match description.datasets.as_slice() {
            [only] => only,
            _ => {
                let message = format!(
                    "`{}` describes {} data sets: `name` must say which",
                    path.value.display(),
                    description.datasets.len()
                );
                let found = Diagnostic::error(&content::MISSING_KEY, message)
                    .at(path.span, "without a `name`");
                return Err(Box::new(
                    found.because(format!("it describes {}", list(names()))),
                ));
            }
        },
    };
    Ok(Some(DatasetRef {
        key: key.to_owned(),
        location: one.location.clone(),
        source: definition.source.clone().or_else(|| one.source.clone()),
        sourcetype: definition
            .sourcetype
            .clone()
            .or_else(|| one.sourcetype.clone()),
        host: definition.host.clone().or_else(|| one.host.clone()),
        index: definition.index.clone().or_else(|| one.index.clone()),
        synthetic: definition.synthetic.unwrap_or(description.synthetic),
        span: definition.span,
    }))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn tests(manifest: &mut Manifest, repository: &mut Repository) {
    let candidates: Vec<usize> = manifest
        .detections
        .iter()
        .flat_map(|one| one.found.iter().copied())
        .collect();
    for test in &mut manifest.tests {
        match detection_of(test, &candidates, repository) {
            Ok(found) => test.found = found,
            Err(finding) => repository.diagnostics.push(*finding),
        }
        if test.kind == CaseKind::Validation {
            continue;
        }
        for step in &test.before {
            repository
                .diagnostics
                .extend(unknown_step(step, repository));
        }
        let of_steps = test.before.iter().flat_map(|step| &step.datasets);
        for key in test.datasets.iter().chain(&test.silent_on).chain(of_steps) {
            if !manifest.datasets.contains_key(&key.value) {
                let message = format!("the manifest has no data set `{}`", key.value);
                repository.diagnostics.push(unknown(
                    message,
                    key.span,
                    &key.value,
                    manifest.datasets.keys(),
                ));
            }
        }
    }
}

/// That a step names what is not there, if so.
fn unknown_step(step: &ManifestStep, repository: &Repository) -> Option<Diagnostic> {
    match &step.search {
        StepRef::Baseline(name, path) if repository.baseline(name, path).is_none() => {
            let known = repository.baselines.iter();
            let known = known.map(|one| one.name.value.as_str());
            let message = format!("there is no baseline `{}`", name.value);
            Some(unknown(message, name.span, name, known))
        }
        StepRef::Detection(name) if repository.detection(name).is_none() => {
            let known = repository.detections.iter();
            let known = known.map(|one| one.name.value.as_str());
            let message = format!("there is no detection `{}`", name.value);
            Some(unknown(message, name.span, name, known))
        }
        StepRef::Baseline(..) | StepRef::Detection(_) => None,
    }
}

/// The detection that a test is about, out of those that the manifest names.
fn detection_of(
    test: &ManifestTest,
    candidates: &[usize],
    repository: &Repository,
) -> Result<Option<usize>, Box<Diagnostic>> {
    let named = || {
        candidates
            .iter()
            .filter_map(|at| repository.detections.get(*at))
    };
    match (&test.detection, candidates) {
        (Some(wanted), _) => {
            let fits = |at: &&usize| {
                repository.detections.get(**at).is_some_and(|one| {
                    one.name.value == wanted.value || one.id.eq_ignore_ascii_case(wanted)
                })
            };
            match candidates.iter().find(fits) {
                Some(found) => Ok(Some(*found)),
                None => {
                    let message = format!(
                        "none of the manifest's detections has the name or id `{}`",
                        wanted.value
                    );
                    Err(Box::new(unknown(
                        message,
                        wanted.span,
                        wanted,
                        named().map(|one| one.name.value.as_str()),
                    )))
                }
            }
        }
        (None, [only]) => Ok(Some(*only)),
        // Nothing was found at all; that has been said.
        (None, []) => Ok(None),
        (None, _) => {
            let message = format!(
                "the test `{}` must say which `detection` it is about: the manifest names {}",
                test.name.value,
                candidates.len()
            );
            Err(Box::new(
                Diagnostic::error(&content::MISSING_KEY, message)
                    .at(test.name.span, "without `detection`"),
            ))
        }
    }
}

/// contentctl makes a macro that lets everything pass for each detection whose filter macro nobody wrote.
fn filter_macros(repository: &mut Repository, sources: &mut SourceMap) {
    let mut known: BTreeSet<(usize, String)> = repository
        .macros
        .iter()
        .map(|one| (one.root, one.name.clone()))
        .collect();
    let loose: Vec<usize> = repository
        .roots
        .iter()
        .enumerate()
        .filter(|(_, root)| !root.repository)
        .map(|(at, _)| at)
        .collect();
    let mut definition = None;
    for detection in &repository.detections {
        // A file may have been renamed: the search names its filter after the detection then.
        for name in [detection.filter_macro(), detection.filter_macro_by_name()] {
            let defined = loose
                .iter()
                .chain([&detection.root])
                .any(|root| known.contains(&(*root, name.clone())));
            if defined {
                continue;
            }
            let definition = *definition.get_or_insert_with(|| {
                sources.add("<filter macro supplied by Dryfire>", "search *")
            });
            known.insert((detection.root, name.clone()));
            repository.macros.push(Macro {
                name,
                arguments: Vec::new(),
                definition,
                span: None,
                root: detection.root,
                supplied: true,
                object: None,
            });
        }
    }
}
