//! Everything a run needs, loaded: content, knowledge, and the searches of all cases, expanded and parsed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_content::rules::{self, Analysed, Context, Day, External, Policy, Profile, Whole};
use dryfire_content::selection::Setting;
use dryfire_content::{
    Case, CaseKind, Configuration, DatasetSettings, Detection, ExpectedFailure, GivenLookup,
    LookupTable as ContentTable, MatchType, Repository, TargetSettings, cases,
};
use dryfire_dataset::fetch::{Fetched, Fetcher};
use dryfire_diagnostic::{Diagnostic, Severity, SourceId, SourceMap, codes};
use dryfire_engine::Env;
use dryfire_knowledge::{
    App, Knowledge, LookupDefinition, LookupSource, LookupTable, MatchKind, SavedSearch, built_in,
    open,
};
use dryfire_plan::{Library, check, lost, produces, saved};
use dryfire_spl::ast::Pipeline;
use dryfire_spl::{MacroUse, expand, parse};

use crate::apps;
use crate::expected;
use crate::integration::{Integration, actions};
use crate::macros::Scope;
use crate::remote::{self, Remote};
use crate::selection;
use crate::surroundings::{Surroundings, filling, misspelt};

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
    /// The searches of the baselines (as many as the repository has).
    pub baselines: Vec<Prepared>,
    /// What was found while loading.
    pub diagnostics: Vec<Diagnostic>,
    /// What of it is about `dryfire.toml` and limits.
    pub configured: Vec<Diagnostic>,
    /// How bad findings are.
    pub policy: Policy,
    /// Names that other apps bring.
    pub external: External,
    /// Splunks to run on.
    pub targets: Vec<TargetSettings>,
    /// What is said of data behind addresses.
    pub datasets: DatasetSettings,
    /// Where it is written down what that data must be.
    pub lock_file: PathBuf,
    /// What was fetched of it.
    pub remote: Remote,
    /// Files and folders that the configuration and the command line name.
    pub(crate) named: Vec<Setting>,
    /// Cases that are known to fail.
    pub(crate) expected: Vec<ExpectedFailure>,
    /// Limits and the database of places.
    pub(crate) surroundings: Surroundings,
    /// What integration tests need.
    pub(crate) integration: Integration,
}

impl Session {
    /// Loads content and apps. What can't be loaded is among the diagnostics; the rest goes on.
    pub fn load(paths: &[PathBuf], given: &[PathBuf]) -> Self {
        Self::load_as(paths, given, None)
    }

    /// The same, with a profile that stands over that of `dryfire.toml`.
    pub fn load_as(paths: &[PathBuf], given: &[PathBuf], profile: Option<Profile>) -> Self {
        let mut sources = SourceMap::new();
        let mut repository = dryfire_content::load(paths, &mut sources);
        let mut configured = Vec::new();
        let configuration = Configuration::find(paths, &mut sources, &mut configured);
        let mut policy = configuration.rules.clone();
        policy.profile = profile.unwrap_or(policy.profile);
        let mut diagnostics = std::mem::take(&mut repository.diagnostics);
        let remote = Remote::locked(remote::lock(&configuration.lock, &mut configured));
        let given = [&configuration.apps, given].concat();
        let mut knowledge = knowledge(&given, &mut sources, &mut diagnostics);
        add_lookups(&repository, &mut knowledge, &mut diagnostics);
        for given in &configuration.lookups {
            knowledge.fill(&given.name, &filling(given));
        }
        let named = selection::named(&configuration, &given);
        let surroundings = Surroundings::new(&configuration, &knowledge, &mut configured);
        diagnostics.extend(apps::missing(&repository, &knowledge));
        diagnostics.splice(0..0, configured.iter().cloned());
        add_saved_searches(&repository, &mut knowledge);
        let (library, found) = Library::new(Arc::new(knowledge), &mut sources);
        diagnostics.extend(found);
        let mut scopes: BTreeMap<usize, Scope> = BTreeMap::new();
        let whole = Whole {
            repository: &repository,
            library: &library,
            today: today(),
            policy: &policy,
            external: &configuration.external,
        };
        diagnostics.extend(rules::check_whole(&whole, &mut sources));
        let prepared: Vec<Prepared> = repository
            .detections
            .iter()
            .map(|detection| {
                let scope = scopes
                    .entry(detection.root)
                    .or_insert_with(|| Scope::new(&repository, detection.root, &library.knowledge));
                let mut prepared = prepare(detection, scope, &library, &mut sources);
                validate(detection, &mut prepared, scope, whole, &mut sources);
                prepared
            })
            .collect();
        let baselines = repository.baselines.iter().map(|baseline| {
            let scope = scopes
                .entry(baseline.root)
                .or_insert_with(|| Scope::new(&repository, baseline.root, &library.knowledge));
            search(baseline.search.value, scope, &library, &mut sources)
        });
        let baselines: Vec<Prepared> = baselines.collect();
        diagnostics.extend(misspelt(
            &repository.manifests,
            &library.knowledge,
            |detection, name| {
                let search: Option<&Prepared> = prepared.get(detection);
                search.is_some_and(|search| has_word(&sources.get(search.expanded).text, name))
            },
        ));
        let cases = cases(&repository);
        let found = expected::unused(&configuration.expected_failures, &cases, &repository);
        configured.extend(found.iter().cloned());
        diagnostics.extend(found);
        Self {
            sources,
            repository,
            library,
            cases,
            prepared,
            baselines,
            diagnostics,
            configured,
            policy,
            external: configuration.external,
            targets: configuration.targets,
            datasets: configuration.datasets,
            lock_file: configuration.lock,
            remote,
            named,
            expected: configuration.expected_failures,
            surroundings,
            integration: Integration::default(),
        }
        .prepare_integration()
    }

    /// Only apps, for searches that come from the command line.
    pub fn bare(apps: &[PathBuf]) -> Self {
        Self::load(&[], apps)
    }

    /// Fetches the data of the cases that will run on a target.
    pub fn fetch(
        &mut self,
        target: &str,
        fetcher: &Fetcher,
        cancel: &AtomicBool,
        told: &(dyn Fn(&Fetched) + Sync),
    ) {
        let run = self.cases.iter().filter(|case| {
            case.skip.is_none() && case.kind != CaseKind::Validation && case.is_for(target)
        });
        let datasets = run.flat_map(|case| {
            let steps = case.before.iter().flat_map(|step| &step.datasets);
            case.datasets.iter().chain(steps)
        });
        let addresses = datasets.filter_map(|dataset| dataset.location.address());
        self.remote.fetch(addresses, fetcher, cancel, told);
    }

    /// The surroundings of a search over all time: the limits and the database of this session.
    pub fn env(&self, now: i64) -> Env {
        Env {
            limits: self.surroundings.limits.clone(),
            places: self.surroundings.places.clone(),
            ..Env::all_time(now)
        }
    }

    /// The knowledge that searches see where lookups are given other rows; nothing where none are.
    pub(crate) fn library_with(&self, given: &[GivenLookup]) -> Option<Library> {
        if given.is_empty() {
            return None;
        }
        let mut library = self.library.clone();
        for one in given {
            library.fill(&one.name, &filling(one));
        }
        Some(library)
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
        self.prepare_text_of(usize::MAX, name, text)
    }

    /// Prepares a search as one that stands in the content of a root, with its macros.
    pub fn prepare_text_of(&mut self, root: usize, name: &str, text: &str) -> Prepared {
        let mut sources = std::mem::take(&mut self.sources);
        let prepared = self.prepare_with(root, (name, text), &self.library, &mut sources);
        self.sources = sources;
        prepared
    }

    /// The same where texts and lookups are the caller's: nothing of the session changes. `typed` is a name for the text,
    /// and the text.
    pub fn prepare_with(
        &self,
        root: usize,
        (name, text): (&str, &str),
        library: &Library,
        sources: &mut SourceMap,
    ) -> Prepared {
        let source = sources.add(name, text);
        let scope = Scope::new(&self.repository, root, &library.knowledge);
        let mut prepared = search(source, &scope, library, sources);
        if !prepared.broken {
            let produced = produces(&prepared.pipeline, library);
            let lost = lost(&prepared.pipeline, &produced);
            prepared
                .diagnostics
                .extend(lost.iter().map(|lost| lost.diagnostic(Severity::Warning)));
        }
        prepared
    }
}

/// Applies the content rules.
fn validate(
    detection: &Detection,
    prepared: &mut Prepared,
    scope: &Scope,
    whole: Whole<'_>,
    sources: &mut SourceMap,
) {
    let produced = produces(&prepared.pipeline, whole.library);
    let context = Context {
        detection,
        macros: scope,
        search: (!prepared.broken).then_some(Analysed {
            pipeline: &prepared.pipeline,
            produced: &produced,
        }),
        whole,
    };
    prepared.diagnostics.extend(rules::check(&context, sources));
}

/// The present day, UTC.
pub fn today() -> Option<Day> {
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

/// The content's own searches, by their names and by those that contentctl gives them in the app it builds.
fn add_saved_searches(repository: &Repository, knowledge: &mut Knowledge) {
    let labels: Vec<String> = repository.roots.iter().map(actions::label).collect();
    let label = |root: usize| labels.get(root).map_or(actions::LABEL, String::as_str);
    let baselines = repository.baselines.iter().map(|one| {
        let name = &one.name.value;
        (name, format!("{} - {name}", label(one.root)), &one.search)
    });
    let detections = repository.detections.iter().map(|one| {
        let name = &one.name.value;
        let deployed = format!("{} - {name} - Rule", label(one.root));
        (name, deployed, &one.search)
    });
    for (name, deployed, search) in baselines.chain(detections) {
        for name in [name.as_str(), &deployed] {
            knowledge.add_saved_search(SavedSearch {
                name: name.into(),
                search: search.value,
                // Tests run over all time, whatever the schedule says.
                has_window: false,
                disabled: false,
            });
        }
    }
}

/// The content's own lookups, over those of the apps.
fn add_lookups(
    repository: &Repository,
    knowledge: &mut Knowledge,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for lookup in &repository.lookups {
        let (source, table) = match &lookup.table {
            // A model is a table with one row, which `apply` reads.
            ContentTable::Csv(path) | ContentTable::Model(path) => {
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

/// Whether a text has a name that is no part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    let is_inner = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_inner) && !text[at + name.len()..].starts_with(is_inner)
    })
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
    let (pipeline, found) = saved::inline(parsed.pipeline, &library.knowledge, scope, sources);
    diagnostics.extend(found);
    let broken = diagnostics
        .iter()
        .any(|found| found.severity == Severity::Error);
    if !broken {
        diagnostics.extend(check::names(&pipeline, library));
    }
    Prepared {
        pipeline: Arc::new(pipeline),
        expanded: expanded.source,
        macros: expanded.used,
        diagnostics,
        broken,
    }
}
