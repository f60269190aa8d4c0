//! A manifest: which detections are tested on which data, and what is expected of them.

use std::path::PathBuf;

use dryfire_diagnostic::{SourceId, Span};
use indexmap::IndexMap;

use crate::case::{CaseKind, DatasetRef};
use crate::dataset_description::Location;
use crate::expectation::Expectation;
use crate::given_lookup::GivenLookup;
use crate::reader::Spanned;

mod read;
mod shapes;

pub(crate) use read::read;

/// The version of the format that this program reads.
pub const MANIFEST_VERSION: u64 = 1;

/// One manifest. What its names refer to is worked out when everything is loaded.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file.
    pub path: PathBuf,
    /// The file's text.
    pub file: SourceId,
    /// Its name.
    pub name: Spanned<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The detections that its tests may name.
    pub detections: Vec<DetectionRef>,
    /// The data sets that its tests may name, by key.
    pub datasets: IndexMap<String, DatasetDefinition>,
    /// Rows for lookups, in all tests that don't say otherwise.
    pub lookups: Vec<GivenLookup>,
    /// The tests in order.
    pub tests: Vec<ManifestTest>,
}

/// An entry of `detections`.
#[derive(Debug, Clone)]
pub struct DetectionRef {
    /// How it is named.
    pub target: DetectionTarget,
    /// Its place.
    pub span: Span,
    /// Indices into [`crate::Repository::detections`]: several for a folder, none when nothing was found.
    pub found: Vec<usize>,
}

/// How a manifest names a detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetectionTarget {
    /// A file, or a folder for all detections in it.
    Path(PathBuf),
    /// The name of a detection in the selection.
    Name(String),
    /// The id of a detection in the selection.
    Id(String),
}

/// An entry of `datasets`.
#[derive(Debug, Clone)]
pub struct DatasetDefinition {
    /// The key's place.
    pub span: Span,
    /// Where the data is said to be.
    pub place: DatasetPlace,
    /// `source`; wins over the description's.
    pub source: Option<String>,
    /// `sourcetype`; wins over the description's.
    pub sourcetype: Option<String>,
    /// `host`
    pub host: Option<String>,
    /// `index`
    pub index: Option<String>,
    /// Whether the data is made up; without it the description says so.
    pub synthetic: Option<bool>,
    /// What it comes to; none when the description or the name in it was not found.
    pub resolved: Option<DatasetRef>,
}

/// Where a data set is said to be.
#[derive(Debug, Clone)]
pub enum DatasetPlace {
    /// In a dataset description of attack_data's form.
    Described {
        /// The description's file.
        path: Spanned<PathBuf>,
        /// The name in it; may be left out when it has one data set only.
        name: Option<Spanned<String>>,
    },
    /// At a path or address.
    Direct(Spanned<Location>),
}

/// What runs before a test.
#[derive(Debug, Clone)]
pub struct ManifestStep {
    /// What it runs.
    pub search: StepRef,
    /// Keys of the data sets it sees.
    pub datasets: Vec<Spanned<String>>,
}

/// How a step names what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepRef {
    /// A baseline, by name or by file.
    Baseline(Spanned<String>, PathBuf),
    /// A detection, by name or id.
    Detection(Spanned<String>),
}

/// One test.
#[derive(Debug, Clone)]
pub struct ManifestTest {
    /// Its name.
    pub name: Spanned<String>,
    /// The detection's name or id; may be left out when the manifest names one only.
    pub detection: Option<Spanned<String>>,
    /// Index into [`crate::Repository::detections`].
    pub found: Option<usize>,
    /// Keys of the data sets, loaded together.
    pub datasets: Vec<Spanned<String>>,
    /// Keys of data sets on which the detection must give no result, each alone.
    pub silent_on: Vec<Spanned<String>>,
    /// `type`
    pub kind: CaseKind,
    /// `expect`; without it, at least one result.
    pub expect: Expectation,
    /// Rows for lookups; they win over the manifest's.
    pub lookups: Vec<GivenLookup>,
    /// Targets it is for; all when empty.
    pub targets: Vec<Spanned<String>>,
    /// Why it is not run at present.
    pub skip: Option<String>,
    /// What runs before it, in order.
    pub before: Vec<ManifestStep>,
    /// Whether something in it could not be read. It makes no case then: with a part of its expectations it might pass.
    pub broken: bool,
}
