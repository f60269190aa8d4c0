//! Everything a run needs, loaded: content, knowledge, and the searches of all cases, expanded and parsed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use dryfire_content::rules::{self, Analysed, Context, Day};
use dryfire_content::{Case, Detection, LookupTable as ContentTable, MatchType, Repository, cases};
use dryfire_diagnostic::{Diagnostic, Severity, SourceId, SourceMap, codes};
use dryfire_knowledge::{
    App, Knowledge, LookupDefinition, LookupSource, LookupTable, MatchKind, built_in, open,
};
use dryfire_plan::{Library, check, lost, produces};
use dryfire_spl::ast::Pipeline;
use dryfire_spl::{MacroUse, expand, parse};

use crate::integration::Integration;
use crate::macros::Scope;

/// A detection's search, ready to run.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The tree.
    pub pipeline: Arc<Pipeline>,
    /// The text with macros expanded.
    pub expanded: SourceId,
    /// The macros that were expanded, nested ones too, in the order met.
    pub macros: Vec<MacroUse>,
    /// What is wrong with it or worth knowing: first of the search itself, then of the detection around it.
    pub diagnostics: Vec<Diagnostic>,
    broken: bool,
}

impl Prepared {
    /// Whether it can't be run as it is. What is wrong only with the detection around the search hinders no run.
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}

/// Everything a run needs.
#[derive(Debug)]
pub struct Session {
    /// All texts.
    pub sources: SourceMap,
    /// The content.
    pub repository: Repository,
    /// Knowledge, parsed.
    pub library: Library,
    /// What there is to run, in order.
    pub cases: Vec<Case>,
    /// The searches, by detection (as many as the repository has).
    pub prepared: Vec<Prepared>,
    /// What was found while loading.
    pub diagnostics: Vec<Diagnostic>,
    /// What integration tests need.
    pub(crate) integration: Integration,
}

impl Session {
    /// Loads content and apps. What can't be loaded is among the diagnostics; the rest goes on.
    pub fn load(paths: &[PathBuf], apps: &[PathBuf]) -> Self {
        let mut sources = SourceMap::new();
        let mut repository = dryfire_content::load(paths, &mut sources);
        let mut diagnostics = std::mem::take(&mut repository.diagnostics);
        let mut knowledge = knowledge(apps, &mut sources, &mut diagnostics);
        add_lookups(&repository, &mut knowledge, &mut diagnostics);
        let (library, found) = Library::new(Arc::new(knowledge), &mut sources);
        diagnostics.extend(found);
        let mut scopes: BTreeMap<usize, Scope> = BTreeMap::new();
        diagnostics.extend(rules::check_repository(&repository));
        let today = today();
        let prepared = repository
            .detections
            .iter()
            .map(|detection| {
                let scope = scopes
                    .entry(detection.root)
                    .or_insert_with(|| Scope::new(&repository, detection.root, &library.knowledge));
                let mut prepared = prepare(detection, scope, &library, &mut sources);
                validate(
                    detection,
                    &mut prepared,
                    &Surroundings {
                        repository: &repository,
                        library: &library,
                        scope,
                        today,
                    },
                    &mut sources,
                );
                prepared
            })
            .collect();
        let cases = cases(&repository);
        Self {
            sources,
            repository,
            library,
            cases,
            prepared,
            diagnostics,
            integration: Integration::default(),
        }
        .prepare_integration()
    }

    /// Only apps, for searches that come from the command line.
    pub fn bare(apps: &[PathBuf]) -> Self {
        Self::load(&[], apps)
    }

    /// The search of a detection of this session.
    pub fn prepared(&self, detection: &Arc<Detection>) -> Option<&Prepared> {
        let place = self
            .repository
            .detections
            .iter()
            .position(|known| Arc::ptr_eq(known, detection))?;
        self.prepared.get(place)
    }

    /// Prepares a search that a user typed, with the macros of the apps.
    pub fn prepare_text(&mut self, name: &str, text: &str) -> Prepared {
        let source = self.sources.add(name, text);
        let scope = Scope::new(&self.repository, usize::MAX, &self.library.knowledge);
        let mut prepared = search(source, &scope, &self.library, &mut self.sources);
        if !prepared.broken {
            let produced = produces(&prepared.pipeline, &self.library);
            let lost = lost(&prepared.pipeline, &produced);
            prepared
                .diagnostics
                .extend(lost.iter().map(|lost| lost.diagnostic(Severity::Warning)));
        }
        prepared
    }
}

/// What validation needs beside the detection.
struct Surroundings<'a> {
    repository: &'a Repository,
    library: &'a Library,
    scope: &'a Scope,
    today: Option<Day>,
}

/// Applies the content rules.
fn validate(
    detection: &Detection,
    prepared: &mut Prepared,
    around: &Surroundings<'_>,
    sources: &mut SourceMap,
) {
    let produced = produces(&prepared.pipeline, around.library);
    let context = Context {
        detection,
        repository: around.repository,
        library: around.library,
        macros: around.scope,
        search: (!prepared.broken).then_some(Analysed {
            pipeline: &prepared.pipeline,
            produced: &produced,
        }),
        today: around.today,
    };
    prepared.diagnostics.extend(rules::check(&context, sources));
}

/// The present day, UTC.
fn today() -> Option<Day> {
    let date = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now());
    Some(Day(
        u16::try_from(date.year()).ok()?,
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    ))
}

/// The built-in pack and the given apps, merged.
fn knowledge(
    apps: &[PathBuf],
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Knowledge {
    let mut loaded: Vec<App> = built_in(sources);
    for path in apps {
        match open(path, sources) {
            Ok(app) => loaded.push(app),
            Err(error) => diagnostics.push(error.diagnostic()),
        }
    }
    let (knowledge, found) = Knowledge::merge(&loaded, sources);
    diagnostics.extend(found);
    knowledge
}

/// The content's own lookups, over those of the apps.
fn add_lookups(
    repository: &Repository,
    knowledge: &mut Knowledge,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for lookup in &repository.lookups {
        let (source, table) = match &lookup.table {
            ContentTable::Csv(path) => {
                let file = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default();
                let table = match std::fs::read(path) {
                    Ok(bytes) => Some(LookupTable::from_csv(&String::from_utf8_lossy(&bytes))),
                    Err(error) => {
                        diagnostics.push(
                            Diagnostic::warning(
                                &codes::dataset::CONF_REFERENCE,
                                format!(
                                    "the table `{}` of lookup `{}` can't be read: {error}",
                                    path.display(),
                                    lookup.name.value
                                ),
                            )
                            .at(lookup.name.span, ""),
                        );
                        None
                    }
                };
                (LookupSource::File(file), table)
            }
            ContentTable::KvStore { collection, fields } => (
                LookupSource::KvStore {
                    collection: collection.clone(),
                    fields: fields.clone(),
                },
                None,
            ),
            ContentTable::Model(_) => continue,
        };
        let mut definition = LookupDefinition::new(lookup.name.value.as_str(), source);
        definition.case_sensitive = lookup.case_sensitive.unwrap_or(true);
        definition.min_matches = lookup.min_matches.map_or(0, count);
        definition.max_matches = lookup.max_matches.map_or(definition.max_matches, count);
        definition.default_match = lookup
            .default_match
            .clone()
            .filter(|default| !default.is_empty());
        definition.match_type = lookup.match_types.iter().filter_map(match_kind).collect();
        definition.at = Some(lookup.name.span);
        knowledge.add_lookup(definition, table);
    }
}

/// `EXACT` is what every column without a match type has.
fn match_kind((kind, column): &(MatchType, String)) -> Option<(MatchKind, String)> {
    let kind = match kind {
        MatchType::Wildcard => MatchKind::Wildcard,
        MatchType::Cidr => MatchKind::Cidr,
        MatchType::Exact => return None,
    };
    Some((kind, column.clone()))
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn prepare(
    detection: &Detection,
    scope: &Scope,
    library: &Library,
    sources: &mut SourceMap,
) -> Prepared {
    search(detection.search.value, scope, library, sources)
}

fn search(source: SourceId, scope: &Scope, library: &Library, sources: &mut SourceMap) -> Prepared {
    let expanded = expand(source, sources, scope);
    let parsed = parse(expanded.source, sources);
    let mut diagnostics = expanded.diagnostics;
    diagnostics.extend(parsed.diagnostics);
    let broken = diagnostics
        .iter()
        .any(|found| found.severity == Severity::Error);
    if !broken {
        diagnostics.extend(check::names(&parsed.pipeline, library));
    }
    Prepared {
        pipeline: Arc::new(parsed.pipeline),
        expanded: expanded.source,
        macros: expanded.used,
        diagnostics,
        broken,
    }
}
