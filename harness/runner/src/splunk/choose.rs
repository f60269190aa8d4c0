//! Which data `dryfire replay` means: files, dataset descriptions, folders, or the data of detections by name, id, technique
//! or story.

use std::path::Path;

use dryfire_content::{DatasetDescription, DatasetRef, Detection, Location, Repository};
use dryfire_diagnostic::{SourceMap, Span};

/// The data of these words. A word that is nothing is returned as an error with what it could have been.
///
/// # Errors
/// The words that lead to no data.
pub fn choose(
    words: &[String],
    repository: &Repository,
    sources: &mut SourceMap,
) -> Result<Vec<DatasetRef>, Vec<String>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for word in words {
        let mut here = if word.contains("://") {
            vec![file(Location::Url(word.clone()), sources)]
        } else if Path::new(word).exists() {
            in_path(Path::new(word), sources)
        } else {
            by_name(word, repository)
        };
        if here.is_empty() {
            wrong.push(format!(
                "`{word}` leads to no data: it is neither a file nor the name, id, technique or story of a detection with tests"
            ));
        }
        found.append(&mut here);
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(once(found))
}

/// Each file once: as it is described, where it is named bare, too.
fn once(found: Vec<DatasetRef>) -> Vec<DatasetRef> {
    let mut kept: Vec<(Location, DatasetRef)> = Vec::new();
    for dataset in found {
        let place = real(&dataset.location);
        match kept.iter_mut().find(|(known, _)| *known == place) {
            Some((_, known)) if known.sourcetype.is_none() => *known = dataset,
            Some(_) => {}
            None => kept.push((place, dataset)),
        }
    }
    kept.into_iter().map(|(_, dataset)| dataset).collect()
}

/// One file may be written in several ways.
fn real(location: &Location) -> Location {
    match location {
        Location::Path(path) => {
            Location::Path(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()))
        }
        address @ Location::Url(_) => address.clone(),
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yml" || ending == "yaml")
}

fn in_path(path: &Path, sources: &mut SourceMap) -> Vec<DatasetRef> {
    if path.is_file() && !is_yaml(path) {
        return vec![file(Location::Path(path.to_owned()), sources)];
    }
    let repository = dryfire_content::load(&[path.to_owned()], sources);
    let described = repository.dataset_descriptions.iter().flat_map(described);
    let tested = repository.detections.iter().flat_map(|one| tested(one));
    described.chain(tested).collect()
}

/// A file of which nothing is said. Its span is that of its name, as it was typed.
fn file(location: Location, sources: &mut SourceMap) -> DatasetRef {
    let typed = location.to_string();
    let source = sources.add("<command line>", typed.as_str());
    let end = typed.len();
    DatasetRef {
        key: location.key(),
        location,
        source: None,
        sourcetype: None,
        host: None,
        index: None,
        synthetic: false,
        span: Span::new(source, 0, end),
    }
}

fn by_name(word: &str, repository: &Repository) -> Vec<DatasetRef> {
    let is = |text: &str| text.eq_ignore_ascii_case(word);
    // A technique stands for its parts, too.
    let covers = |technique: &str| {
        is(technique)
            || (technique.len() > word.len()
                && technique.as_bytes()[word.len()] == b'.'
                && technique
                    .get(..word.len())
                    .is_some_and(|begin| begin.eq_ignore_ascii_case(word)))
    };
    let of_detections = repository.detections.iter().filter(|one| {
        is(&one.name.value)
            || is(&one.id.value)
            || one.mitre.iter().any(|technique| covers(&technique.value))
            || one.stories.iter().any(|story| is(&story.value))
    });
    let of_descriptions = repository.dataset_descriptions.iter().filter(|one| {
        one.id.as_ref().is_some_and(|id| is(&id.value))
            || one.mitre.iter().any(|technique| covers(&technique.value))
    });
    of_detections
        .flat_map(|one| tested(one))
        .chain(of_descriptions.flat_map(described))
        .collect()
}

/// The data of a detection's own tests.
fn tested(detection: &Detection) -> Vec<DatasetRef> {
    let data = detection.tests.iter().flat_map(|test| &test.attack_data);
    data.map(|data| DatasetRef {
        key: data.location.key(),
        location: local(&data.location, &detection.path),
        source: data.source.clone(),
        sourcetype: data.sourcetype.clone(),
        host: data.host.clone(),
        index: data.index.clone(),
        synthetic: false,
        span: data.span,
    })
    .collect()
}

fn described(description: &DatasetDescription) -> Vec<DatasetRef> {
    let datasets = description.datasets.iter();
    datasets
        .map(|dataset| DatasetRef {
            key: dataset.name.value.clone(),
            location: local(&dataset.location, &description.path),
            source: dataset.source.clone(),
            sourcetype: dataset.sourcetype.clone(),
            host: dataset.host.clone(),
            index: dataset.index.clone(),
            synthetic: description.synthetic,
            span: dataset.span(),
        })
        .collect()
}

/// An address of attack_data's that lies in the clone around the file that names it.
fn local(location: &Location, from: &Path) -> Location {
    let Location::Url(address) = location else {
        return location.clone();
    };
    let Some((_, below)) = address.split_once("/datasets/") else {
        return location.clone();
    };
    match Location::resolve(&format!("/datasets/{below}"), from) {
        Location::Path(path) if path.exists() => Location::Path(path),
        _ => location.clone(),
    }
}
