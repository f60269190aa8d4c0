//! A session for tests: the built-in pack and what a test adds, put together as the runner does it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap};
use dryfire_engine::{Bound, Env, Inline, Outcome, Scheduler, Stop, View, World, run};
use dryfire_knowledge::{App, AppFile, FileText, Knowledge, Origin, built_in};
use dryfire_plan::{Library, saved};
use dryfire_spl::ast::Pipeline;
use dryfire_spl::{expand, parse};

/// 2023-11-14 22:13:20 UTC, the `now()` of all tests, in microseconds.
pub(crate) const NOW: i64 = 1_700_000_000_000_000;

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

impl Default for Manner<'_> {
    /// On one thread, to the end, with the prefilter.
    fn default() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Self {
            scheduler: &Inline,
            cancel: &NEVER,
            prefilter: true,
        }
    }
}

impl Session {
    /// The built-in pack, and an app with these files (path within the app, text). The pack must load without a word,
    /// and so must the files.
    pub(crate) fn new(files: &[(String, String)]) -> Self {
        let (session, found) = Self::load(files);
        assert!(found.is_empty(), "knowledge: {}", found.join("\n"));
        session
    }

    /// The same, with what is said of the files.
    pub(crate) fn load(files: &[(String, String)]) -> (Self, Vec<String>) {
        let mut sources = SourceMap::new();
        let mut apps = match std::env::var_os("DRYFIRE_PACK") {
            None => built_in(&mut sources),
            Some(folder) => pack_of(folder.as_ref(), &mut sources),
        };
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
            apps.push(App {
                name: "test".into(),
                version: None,
                origin: Origin::Path("test".into()),
                files,
            });
        }
        let (knowledge, mut found) = Knowledge::merge(&apps, &mut sources);
        let (library, parsed) = Library::new(Arc::new(knowledge), &mut sources);
        found.extend(parsed);
        // What an app keeps to itself is a note; some scenarios are about it.
        found.retain(|found| found.code.id != "DF415");
        let found: Vec<String> = found
            .iter()
            .map(|found| dryfire_diagnostic::concise(found, &sources))
            .collect();
        (Self { sources, library }, found)
    }

    /// Expands and parses a search. The error is what is wrong with it.
    pub(crate) fn prepare(&mut self, spl: &str) -> Result<Arc<Pipeline>, Vec<Diagnostic>> {
        let source = self.sources.add("<test>", spl);
        let expanded = expand(source, &mut self.sources, self.library.knowledge.macros());
        let parsed = parse(expanded.source, &self.sources);
        let mut errors = expanded.diagnostics;
        errors.extend(parsed.diagnostics);
        let knowledge = self.library.knowledge.clone();
        let (pipeline, found) = saved::inline(
            parsed.pipeline,
            &knowledge,
            knowledge.macros(),
            &mut self.sources,
        );
        errors.extend(found);
        errors.retain(|found| found.severity == Severity::Error);
        if errors.is_empty() {
            Ok(Arc::new(pipeline))
        } else {
            Err(errors)
        }
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

/// The pack as it lies in a folder: to work on it without a build (`DRYFIRE_PACK=harness/knowledge/pack`).
fn pack_of(folder: &std::path::Path, sources: &mut SourceMap) -> Vec<App> {
    let entries = std::fs::read_dir(folder).expect("DRYFIRE_PACK names a folder");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.is_dir())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| App {
            origin: Origin::Pack,
            ..dryfire_knowledge::open(path, sources).expect("an app")
        })
        .collect()
}

/// A search over all time.
pub(crate) fn bound(search: Arc<Pipeline>, view: View) -> Bound {
    Bound {
        search,
        view,
        env: Env {
            // So that the laws hold for `delete`, too: nothing applies its effect here.
            can_delete: true,
            ..Env::all_time(NOW)
        },
        trace: false,
    }
}
