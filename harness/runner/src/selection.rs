//! Which of a session's cases are run, and why: by an expression, by what changed, by an earlier run, one part of several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dryfire_content::selection::{Change, Filter, Setting, Shard, Subject, Uses, affected};
use dryfire_content::{Configuration, Location};

use crate::git::{GitError, Since, since};
use crate::session::Session;

/// What is asked for; nothing asks for all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The cases for which it holds.
    pub filter: Option<Filter>,
    /// Those that depend on what changed since a commit, or since the default one.
    pub changed: Option<Option<String>>,
    /// Those of these ids, and what to say of them.
    pub only: Option<(BTreeSet<String>, String)>,
    /// Of those that are left, one part.
    pub shard: Option<Shard>,
}

impl Session {
    /// Keeps the cases that were asked for. What each base of changes came to is returned, for people. `path` is where the
    /// repository is looked for.
    ///
    /// # Errors
    /// Where Git can't tell what changed.
    pub fn select(&mut self, selection: &Selection, path: &Path) -> Result<Vec<Since>, GitError> {
        let mut bases: Vec<Option<String>> = selection.changed.iter().cloned().collect();
        if let Some(filter) = &selection.filter {
            bases.extend(filter.bases());
        }
        bases.sort();
        bases.dedup();
        let uses = self.uses();
        let mut told = Vec::new();
        // By case, by base.
        let mut changed: Vec<BTreeMap<Option<String>, Option<Vec<String>>>> =
            vec![BTreeMap::new(); self.cases.len()];
        for base in bases {
            let found = since(path, base.as_deref())?;
            let reasons = self.affected(&uses, &found.changes);
            for (of_case, reasons) in changed.iter_mut().zip(reasons) {
                let reasons = Some(reasons).filter(|reasons| !reasons.is_empty());
                of_case.insert(base.clone(), reasons);
            }
            told.push(found);
        }
        let mut number = 0;
        self.cases.retain_mut(|case| {
            let changed = &changed[number];
            number += 1;
            let mut why: Vec<String> = Vec::new();
            if let Some(base) = &selection.changed {
                match changed.get(base) {
                    Some(Some(reasons)) => why.extend(reasons.iter().cloned()),
                    _ => return false,
                }
            }
            if let Some((ids, what)) = &selection.only {
                if !ids.contains(case.id.as_str()) {
                    return false;
                }
                why.push(what.clone());
            }
            if let Some(filter) = &selection.filter {
                let subject = Subject {
                    case,
                    uses: &uses,
                    changed,
                };
                if !filter.matches(&subject) {
                    return false;
                }
                let of_filter = filter.why(&subject);
                why.extend(of_filter.into_iter().filter(|one| !one.is_empty()));
            }
            if selection.shard.is_some_and(|shard| !shard.has(case)) {
                return false;
            }
            let mut seen = BTreeSet::new();
            why.retain(|reason| seen.insert(reason.clone()));
            case.selected = why;
            true
        });
        Ok(told)
    }

    /// Keeps the cases that depend on these files.
    pub fn select_affected(&mut self, changes: &[Change]) {
        let mut reasons = self.affected(&self.uses(), changes).into_iter();
        self.cases.retain_mut(|case| {
            case.selected = reasons.next().unwrap_or_default();
            !case.selected.is_empty()
        });
    }

    /// The folders and files that the content comes from: the repository's root, apps, data.
    pub fn places(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let root = self.lock_file.parent().map(|folder| {
            let here = folder.as_os_str().is_empty();
            if here {
                PathBuf::from(".")
            } else {
                folder.to_path_buf()
            }
        });
        let data = self.cases.iter().flat_map(|case| &case.datasets);
        let data = data.filter_map(|dataset| match &dataset.location {
            Location::Path(path) => Some(path.clone()),
            Location::Url(_) => None,
        });
        let named = self.named.iter().map(|setting| setting.path.clone());
        let all: BTreeSet<PathBuf> = root.into_iter().chain(named).chain(data).collect();
        all.into_iter().chain(paths.iter().cloned()).collect()
    }

    /// For each case, why it depends on these files.
    fn affected(&self, uses: &Uses, changes: &[Change]) -> Vec<Vec<String>> {
        affected(
            &self.repository,
            &self.cases,
            uses,
            &self.named,
            changes,
            &self.sources,
        )
    }

    fn uses(&self) -> Uses {
        let macros = self.library.knowledge.macros().iter();
        let macros = macros.map(|one| (one.name.as_str(), one.definition));
        Uses::new(&self.repository, macros, &self.sources)
    }
}

/// The paths that the configuration and the command line name.
pub(crate) fn named(configuration: &Configuration, apps: &[PathBuf]) -> Vec<Setting> {
    let everything = |path: &Path, what: String| Setting {
        path: path.to_path_buf(),
        what,
        lookup: None,
    };
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    };
    let mut named: Vec<Setting> = apps
        .iter()
        .map(|app| everything(app, format!("the app `{}`", name(app))))
        .collect();
    if let Some(places) = &configuration.places {
        let what = "the database of places".to_owned();
        named.push(everything(&places.value, what));
    }
    for given in &configuration.lookups {
        if let Some(file) = &given.file {
            named.push(Setting {
                path: file.clone(),
                what: format!("lookup `{}`", given.name.value),
                lookup: Some(given.name.value.clone()),
            });
        }
    }
    named
}
