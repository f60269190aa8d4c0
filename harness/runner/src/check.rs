//! What in apps is broken: their files merged and parsed as for a run, and everything said that a run passes over.

use std::path::PathBuf;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, codes};
use dryfire_knowledge::{App, AppSummary, Knowledge, Origin, built_in, open};
use dryfire_plan::Library;
use dryfire_spl::macros::expand;

/// After so many macros that expand without end no more are looked for: each is worth the longest expansion.
const MOST_ENDLESS: usize = 50;

/// What was found in apps.
#[derive(Debug)]
pub struct Checked {
    /// The texts that places lead to.
    pub sources: SourceMap,
    /// What is wrong, in the order of the places; what can't be read comes first.
    pub findings: Vec<Diagnostic>,
    /// The apps that were loaded.
    pub apps: Vec<AppSummary>,
    /// How many stanzas of configuration they have.
    pub stanzas: usize,
    /// Whether an app could not be read at all.
    pub is_unreadable: bool,
}

/// Loads the apps over the built-in pack and tells what is wrong with them. What is broken hinders nothing else.
pub fn check(paths: &[PathBuf]) -> Checked {
    let mut sources = SourceMap::new();
    let mut findings = Vec::new();
    let mut apps: Vec<App> = built_in(&mut sources);
    for path in paths {
        match open(path, &mut sources) {
            Ok(app) => apps.push(app),
            Err(error) => findings.push(error.diagnostic()),
        }
    }
    let is_unreadable = !findings.is_empty();
    let (knowledge, found) = Knowledge::merge(&apps, &mut sources);
    findings.extend(found);
    findings.extend(knowledge.faults(&sources));
    let knowledge = Arc::new(knowledge);
    let (_, found) = Library::new(knowledge.clone(), &mut sources);
    findings.extend(found);
    findings.extend(endless(&knowledge, &mut sources));
    let key = |found: &Diagnostic| {
        let place = found
            .primary
            .as_ref()
            .map(|label| sources.place(label.span));
        (place, found.code.id, found.message.clone())
    };
    findings.sort_by_cached_key(key);
    findings.dedup_by_key(|found| key(found));
    findings.sort_by_key(|found| found.severity < Severity::Error);
    let given = knowledge.apps().iter();
    let apps: Vec<AppSummary> = given
        .filter(|app| app.origin != Origin::Pack)
        .cloned()
        .collect();
    let confs = knowledge
        .conf_names()
        .filter_map(|name| knowledge.conf(name));
    let stanzas = confs.flat_map(|conf| conf.stanzas.values());
    let own = stanzas.filter(|stanza| apps.iter().any(|app| app.name == stanza.app));
    let stanzas = own.count();
    Checked {
        sources,
        findings,
        apps,
        stanzas,
        is_unreadable,
    }
}

/// Macros that expand without end, or to more than a search may hold, whether a search calls them or not.
fn endless(knowledge: &Knowledge, sources: &mut SourceMap) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for one in knowledge.macros().iter().filter(|one| !one.is_eval) {
        let expanded = expand(one.definition, sources, knowledge.macros());
        let wrong = expanded.diagnostics.into_iter();
        found.extend(wrong.filter(|wrong| {
            [&codes::syntax::MACRO_RECURSION, &codes::syntax::TOO_LARGE].contains(&wrong.code)
        }));
        if found.len() >= MOST_ENDLESS {
            break;
        }
    }
    found
}
