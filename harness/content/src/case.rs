//! Test cases: one detection, one set of data, one expectation. Everything that is run is one of these.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use dryfire_diagnostic::Span;

use crate::dataset_description::Location;
use crate::detection::{AttackData, Detection, DetectionTest, Kind, Status};
use crate::expectation::{Count, Expectation, TableExpectation};
use crate::given_lookup::{self, GivenLookup};
use crate::manifest::{Manifest, ManifestStep, ManifestTest, StepRef};
use crate::repository::Repository;
use crate::risk_fields::RiskFields;
use crate::triggers::Triggers;

/// The stable name of a case: detection id, test name and dataset key. Reruns, shards, diffs and JUnit hang on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(pub Box<str>);

impl CaseId {
    /// Puts the three parts together.
    pub fn new(detection: &str, test: &str, dataset: &str) -> Self {
        Self(format!("{detection}/{test}/{dataset}").into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a case checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaseKind {
    /// The results of the search.
    Unit,
    /// The risk events and findings, too.
    Integration,
    /// The detection's text; nothing is run.
    Validation,
}

impl CaseKind {
    /// All kinds.
    pub const ALL: &[Self] = &[Self::Unit, Self::Integration, Self::Validation];

    /// As manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Integration => "integration",
            Self::Validation => "validation",
        }
    }
}

/// One file of data and how it is to be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetRef {
    /// A short stable name: the manifest's key, or what the path says.
    pub key: String,
    /// Where it is.
    pub location: Location,
    /// `source`
    pub source: Option<String>,
    /// `sourcetype`
    pub sourcetype: Option<String>,
    /// `host`
    pub host: Option<String>,
    /// `index`
    pub index: Option<String>,
    /// Whether the data is known to be made up.
    pub synthetic: bool,
    /// Where it is named.
    pub span: Span,
}

/// Why a case is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// The detection says that it can only be tested by hand.
    Manual(String),
    /// The detection is not in production.
    Status(Status),
    /// A correlation searches risk events, which a data set does not make.
    Correlation,
    /// The detection has no test.
    NoTests,
    /// The test names no data.
    NoData,
    /// Neither risk events nor findings come of its results, so that there is nothing to integrate.
    NoActions,
    /// The manifest says so.
    Asked(String),
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual(reason) => write!(f, "must be tested by hand: {}", reason.trim()),
            Self::Status(status) => write!(f, "status is {}, not production", status.as_str()),
            Self::Correlation => write!(
                f,
                "a correlation needs risk data; a manifest can give it some"
            ),
            Self::NoTests => write!(f, "the detection has no tests"),
            Self::NoData => write!(f, "the test names no data"),
            Self::NoActions => write!(f, "the detection makes neither risk events nor findings"),
            Self::Asked(reason) => write!(f, "{}", reason.trim()),
        }
    }
}

/// Where a case comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A manifest.
    Manifest(PathBuf),
    /// The detection's own `tests`.
    Detection,
}

/// What runs before a case: it fills lookups, or makes risk events and findings.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it runs.
    pub search: StepSearch,
    /// The data it sees, beside the events of the steps before it.
    pub datasets: Vec<DatasetRef>,
    /// Where it is named.
    pub span: Span,
}

/// What a step runs.
#[derive(Debug, Clone)]
pub enum StepSearch {
    /// A baseline: index into [`Repository::baselines`].
    Baseline(usize),
    /// A detection.
    Detection(Arc<Detection>),
}

/// One thing to run and to judge.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its stable name, unique in the run.
    pub id: CaseId,
    /// The detection.
    pub detection: Arc<Detection>,
    /// The test's name; empty for a detection that has none.
    pub test: String,
    /// What is checked.
    pub kind: CaseKind,
    /// The data, loaded together.
    pub datasets: Vec<DatasetRef>,
    /// What runs before it, in order.
    pub before: Vec<Step>,
    /// Rows for lookups, over those of the session.
    pub lookups: Vec<GivenLookup>,
    /// What must come of it.
    pub expectation: Expectation,
    /// The targets it is for; all when empty.
    pub targets: Vec<String>,
    /// Why it is not run.
    pub skip: Option<Skip>,
    /// Where the test is written.
    pub span: Span,
    /// Who asks for it.
    pub origin: Origin,
    /// Why it is part of the run; empty where everything is.
    pub selected: Vec<String>,
}

impl Case {
    /// Whether it is to be run on a target of that name; of several, joined by commas, it must be for all.
    pub fn is_for(&self, target: &str) -> bool {
        let is_named = |name: &str| self.targets.iter().any(|named| named == name);
        self.targets.is_empty() || target.split(',').all(is_named)
    }
}

/// All cases: those of manifests first, then those of the detections' own tests, each in order of path and file.
pub fn cases(repository: &Repository) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut named = vec![false; repository.detections.len()];
    for manifest in &repository.manifests {
        for found in manifest
            .detections
            .iter()
            .flat_map(|detection| &detection.found)
        {
            if let Some(named) = named.get_mut(*found) {
                *named = true;
            }
        }
        for test in manifest.tests.iter().filter(|test| !test.broken) {
            if let Some(detection) = test
                .found
                .and_then(|found| repository.detections.get(found))
            {
                of_manifest_test(repository, manifest, test, detection, &mut cases);
            }
        }
    }
    for (detection, named) in repository.detections.iter().zip(named) {
        for test in &detection.tests {
            cases.push(of_own_test(detection, test));
        }
        // Of a detection that a manifest tests, nobody needs to hear that it has no tests of its own.
        if detection.tests.is_empty() && !named {
            let skip = skip(detection).unwrap_or(Skip::NoTests);
            cases.push(Case {
                skip: Some(skip),
                ..base(detection, "", "", detection.name.span)
            });
        }
    }
    // Two tests of one name would share a verdict in every report.
    let mut seen: BTreeMap<CaseId, usize> = BTreeMap::new();
    for case in &mut cases {
        let count = seen.entry(case.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            case.id = CaseId(format!("{}#{count}", case.id).into());
        }
    }
    cases
}

/// Puts contentctl's integration test behind each unit test of a detection's own: the same data, the same results, and
/// then what comes of them. A test that expects no result has none.
pub fn with_integration(cases: Vec<Case>, repository: &Repository) -> Vec<Case> {
    let mut all = Vec::with_capacity(cases.len() * 2);
    for case in cases {
        let derived = (case.kind == CaseKind::Unit
            && case.origin == Origin::Detection
            && !case.datasets.is_empty()
            && case.expectation.results.count != Some(Count::None))
        .then(|| {
            let nothing = Triggers::of(&case.detection, repository).is_nothing();
            Case {
                id: CaseId(format!("{} (integration)", case.id).into()),
                kind: CaseKind::Integration,
                skip: case.skip.clone().or(nothing.then_some(Skip::NoActions)),
                ..case.clone()
            }
        });
        all.push(case);
        all.extend(derived);
    }
    all
}

fn base(detection: &Arc<Detection>, test: &str, dataset: &str, span: Span) -> Case {
    Case {
        id: CaseId::new(&detection.id, test, dataset),
        detection: detection.clone(),
        test: test.to_owned(),
        kind: CaseKind::Unit,
        datasets: Vec::new(),
        before: Vec::new(),
        lookups: Vec::new(),
        expectation: Expectation::default(),
        targets: Vec::new(),
        skip: None,
        span,
        origin: Origin::Detection,
        selected: Vec::new(),
    }
}

/// A manifest names its detections on purpose: neither status nor type keeps a test from being run.
fn of_manifest_test(
    repository: &Repository,
    manifest: &Manifest,
    test: &ManifestTest,
    detection: &Arc<Detection>,
    cases: &mut Vec<Case>,
) {
    let resolve = |keys: &[crate::reader::Spanned<String>]| -> Option<Vec<DatasetRef>> {
        keys.iter()
            .map(|key| manifest.datasets.get(&key.value)?.resolved.clone())
            .collect()
    };
    let step = |step: &ManifestStep| {
        let (search, span) = match &step.search {
            StepRef::Baseline(name, path) => (
                StepSearch::Baseline(repository.baseline(name, path)?),
                name.span,
            ),
            StepRef::Detection(name) => {
                let (_, found) = repository.detection(name)?;
                (StepSearch::Detection(found.clone()), name.span)
            }
        };
        Some(Step {
            search,
            datasets: resolve(&step.datasets)?,
            span,
        })
    };
    // Without a step, the test would be another.
    let Some(before) = test.before.iter().map(step).collect::<Option<Vec<_>>>() else {
        return;
    };
    let common = |dataset: &str| Case {
        kind: test.kind,
        before: before.clone(),
        lookups: given_lookup::merge(&manifest.lookups, &test.lookups),
        targets: test
            .targets
            .iter()
            .map(|target| target.value.clone())
            .collect(),
        skip: test.skip.clone().map(Skip::Asked),
        origin: Origin::Manifest(manifest.path.clone()),
        ..base(detection, &test.name, dataset, test.name.span)
    };
    // A reference that leads nowhere has been reported as an error; half a test must not run.
    if let Some(datasets) = resolve(&test.datasets)
        && (!datasets.is_empty()
            || test.kind == CaseKind::Validation
            || (!test.before.is_empty() && test.silent_on.is_empty()))
    {
        let key = keys(&datasets);
        cases.push(Case {
            datasets,
            expectation: test.expect.clone(),
            ..common(&key)
        });
    }
    for one in &test.silent_on {
        if let Some(datasets) = resolve(std::slice::from_ref(one)) {
            let key = format!("silent on {}", one.value);
            let mut expectation = Expectation::silence();
            expectation.results.count_span = Some(one.span);
            cases.push(Case {
                datasets,
                expectation,
                kind: CaseKind::Unit,
                ..common(&key)
            });
        }
    }
}

fn of_own_test(detection: &Arc<Detection>, test: &DetectionTest) -> Case {
    let datasets: Vec<_> = test.attack_data.iter().map(dataset_of).collect();
    let count = Count::of_expected_results(test.expected_results.as_ref().map(|count| count.value));
    let results = TableExpectation {
        count: Some(count),
        count_span: test.expected_results.as_ref().map(|count| count.span),
        ..TableExpectation::default()
    };
    let own = test.experimental.clone().map(Skip::Manual);
    let skip = skip(detection)
        .or(own)
        .or(datasets.is_empty().then_some(Skip::NoData));
    let expectation = Expectation {
        results,
        fields: Some(RiskFields::of(detection)),
        ..Expectation::default()
    };
    let common = base(detection, &test.name, &keys(&datasets), test.name.span);
    Case {
        datasets,
        expectation,
        skip,
        ..common
    }
}

fn keys(datasets: &[DatasetRef]) -> String {
    datasets
        .iter()
        .map(|dataset| dataset.key.as_str())
        .collect::<Vec<_>>()
        .join("+")
}

fn dataset_of(data: &AttackData) -> DatasetRef {
    DatasetRef {
        key: data.location.key(),
        location: data.location.clone(),
        source: data.source.clone(),
        sourcetype: data.sourcetype.clone(),
        host: data.host.clone(),
        index: data.index.clone(),
        synthetic: false,
        span: data.span,
    }
}

/// contentctl's rules: tests by hand, everything but production, and correlations are not run.
fn skip(detection: &Detection) -> Option<Skip> {
    if let Some(reason) = &detection.manual_test {
        return Some(Skip::Manual(reason.value.clone()));
    }
    if detection.status.value != Status::Production {
        return Some(Skip::Status(detection.status.value));
    }
    (detection.kind.value == Kind::Correlation).then_some(Skip::Correlation)
}
