//! A session for tests: the built-in pack and what a test adds, put together as the runner does it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap};
use dryfire_engine::{Bound, Env, Outcome, Scheduler, Stop, Value, View, World, run};
use dryfire_knowledge::{App, AppFile, FileText, Knowledge, Origin, built_in};
use dryfire_plan::Library;
use dryfire_spl::ast::Pipeline;
use dryfire_spl::{expand, parse};
use serde_json::{Map, Value as Json};

/// 2023-11-14 22:13:20 UTC, the `now()` of all tests, in microseconds.
pub(crate) const NOW: i64 = 1_700_000_000_000_000;

/// Between the values of a multivalue field on its way through `makeresults`; it stands in no test data.
const SEPARATOR: char = '\u{1f}';
/// `makeresults` fills `_raw` itself, so a row's own goes by this name until it is renamed.
const OWN_RAW: &str = "raw__";

/// Knowledge, parsed, and the texts of the searches that were prepared.
pub(crate) struct Session {
    pub(crate) sources: SourceMap,
    pub(crate) library: Library,
}

/// How a wave is run.
pub(crate) struct Manner<'a> {
    pub(crate) scheduler: &'a dyn Scheduler,
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) prefilter: bool,
}

impl Session {
    /// The built-in pack, and an app with these files (path within the app, text). The pack must load without a word,
    /// and so must the files.
    pub(crate) fn new(files: &[(String, String)]) -> Self {
        let mut sources = SourceMap::new();
        let mut apps = built_in(&mut sources);
        if !files.is_empty() {
            let mut files = files.to_vec();
            files.sort();
            let files = files.into_iter().map(|(path, text)| AppFile {
                text: match path.starts_with("lookups/") {
                    true => FileText::Shared(text.into()),
                    false => FileText::Source(sources.add(path.as_str(), text)),
                },
                path,
            });
            let files = files.collect();
            apps.push(App { name: "test".into(), version: None, origin: Origin::Path("test".into()), files });
        }
        let (knowledge, mut found) = Knowledge::merge(&apps, &mut sources);
        let (library, parsed) = Library::new(Arc::new(knowledge), &mut sources);
        found.extend(parsed);
        // Without metadata, an app is private: that is of no concern here.
        found.retain(|found| found.code.id != "DF415");
        let found: Vec<String> = found.iter().map(|found| dryfire_diagnostic::concise(found, &sources)).collect();
        assert!(found.is_empty(), "knowledge: {}", found.join("\n"));
        Self { sources, library }
    }

    /// Expands and parses a search. The error is what is wrong with it.
    pub(crate) fn prepare(&mut self, spl: &str) -> Result<Arc<Pipeline>, Vec<Diagnostic>> {
        let source = self.sources.add("<test>", spl);
        let expanded = expand(source, &mut self.sources, self.library.knowledge.macros());
        let parsed = parse(expanded.source, &self.sources);
        let mut errors = expanded.diagnostics;
        errors.extend(parsed.diagnostics);
        errors.retain(|found| found.severity == Severity::Error);
        if errors.is_empty() { Ok(Arc::new(parsed.pipeline)) } else { Err(errors) }
    }

    /// Runs a wave.
    pub(crate) fn run(&self, wave: &[Bound], manner: &Manner<'_>) -> Vec<Result<Outcome, Stop>> {
        let world = World {
            library: &self.library,
            sources: &self.sources,
            scheduler: manner.scheduler,
            cancel: manner.cancel,
            prefilter: manner.prefilter,
        };
        run(wave, &world)
    }
}

/// A search over all time.
pub(crate) fn bound(search: Arc<Pipeline>, view: View) -> Bound {
    Bound { search, view, env: Env::all_time(NOW), trace: false }
}

/// The search that makes these rows and then does what `spl` says. Lists become multivalue fields.
pub(crate) fn over_rows(rows: &[Map<String, Json>], spl: &str) -> String {
    let mut lists: Vec<&str> = Vec::new();
    let mut has = |wanted: &str| rows.iter().any(|row| row.contains_key(wanted));
    let (has_raw, has_time) = (has("_raw"), has("_time"));
    let mut given = Vec::new();
    for row in rows {
        let mut made = Map::new();
        for (name, value) in row {
            let name_made = if name == "_raw" { OWN_RAW } else { name };
            let value = match value {
                Json::Array(values) => {
                    if !lists.contains(&name_made) {
                        lists.push(name_made);
                    }
                    let texts: Vec<String> = values.iter().map(plain).collect();
                    Json::String(texts.join(&SEPARATOR.to_string()))
                }
                single => single.clone(),
            };
            made.insert(name_made.to_owned(), value);
        }
        given.push(Json::Object(made));
    }
    let data = Json::Array(given).to_string().replace('\\', r"\\").replace('"', "\\\"");
    let mut search = format!("| makeresults format=json data=\"{data}\" | fields - _raw");
    if !has_time {
        search.push_str(" | fields - _time");
    }
    if has_raw {
        search.push_str(&format!(" | rename {OWN_RAW} AS _raw"));
    }
    for name in lists {
        let name = if name == OWN_RAW { "_raw" } else { name };
        search.push_str(&format!(" | eval \"{name}\"=split('{name}',\"{SEPARATOR}\")"));
    }
    let spl = spl.trim();
    search.push_str(if spl.is_empty() || spl.starts_with('|') { " " } else { " | " });
    search.push_str(spl);
    search
}

/// A JSON scalar as the text of a field.
pub(crate) fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The single values of a cell as text: none for null.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    value.each().iter().map(|value| value.to_text().to_string()).collect()
}
