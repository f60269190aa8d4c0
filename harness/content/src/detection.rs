//! A detection, whichever of the three formats it was written in.

use std::path::PathBuf;

use dryfire_diagnostic::{SourceId, Span};

use crate::dataset_description::Location;
use crate::object::Object;
use crate::reader::Spanned;

mod about;
mod read;
mod risk;
mod shapes;

pub use about::About;
pub(crate) use read::read;

/// The format of a detection file. Each file is looked at for itself: repositories mix them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// contentctl 4: `tags.confidence`, `tags.impact`, `tags.observable`.
    V4,
    /// contentctl 5: an `rba` block.
    V5,
    /// contentctl-ng (ESCU 6): tags at the top level, `finding` and `intermediate_findings`.
    V6,
}

/// The `type` of a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `TTP`
    Ttp,
    /// `Anomaly`
    Anomaly,
    /// `Hunting`
    Hunting,
    /// `Correlation`
    Correlation,
}

impl Kind {
    /// As files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ttp => "TTP",
            Self::Anomaly => "Anomaly",
            Self::Hunting => "Hunting",
            Self::Correlation => "Correlation",
        }
    }
}

/// The `status` of a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// `production`: the only one that contentctl tests.
    Production,
    /// `experimental`
    Experimental,
    /// `deprecated`
    Deprecated,
    /// `removed`
    Removed,
    /// `validation` (v4 only)
    Validation,
}

impl Status {
    /// As files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Experimental => "experimental",
            Self::Deprecated => "deprecated",
            Self::Removed => "removed",
            Self::Validation => "validation",
        }
    }
}

/// One detection.
#[derive(Debug, Clone)]
pub struct Detection {
    /// The format it was written in.
    pub generation: Generation,
    /// The file.
    pub path: PathBuf,
    /// The file's text.
    pub file: SourceId,
    /// Index into [`crate::Repository::roots`]: whose macros and lookups it uses.
    pub root: usize,
    /// The name that reports show.
    pub name: Spanned<String>,
    /// The UUID.
    pub id: Spanned<String>,
    /// The version; 0 where none is written.
    pub version: u64,
    /// `date`, or v6's `creation_date` and `modification_date`.
    pub dates: Vec<Spanned<String>>,
    /// `status`
    pub status: Spanned<Status>,
    /// `type`
    pub kind: Spanned<Kind>,
    /// `description`
    pub description: Option<Spanned<String>>,
    /// `data_source`, as written: `A` or `A AND B`.
    pub data_sources: Vec<Spanned<String>>,
    /// The search, a derived source: spans in it lead to the YAML file. The span is that of the scalar.
    pub search: Spanned<SourceId>,
    /// The detection's own tests.
    pub tests: Vec<DetectionTest>,
    /// What it says about risk, in one shape for all formats.
    pub risk: Risk,
    /// `drilldown_searches`
    pub drilldowns: Vec<Drilldown>,
    /// MITRE ATT&CK techniques.
    pub mitre: Vec<Spanned<String>>,
    /// Analytic stories.
    pub stories: Vec<Spanned<String>>,
    /// `throttling`, if there is any.
    pub throttling: Option<Throttling>,
    /// Its own schedule, where it does not take that of a deployment (`deployment.scheduling` in v5, `custom_schedule` in v6).
    pub schedule: Option<Schedule>,
    /// `security_domain`
    pub security_domain: Option<Spanned<String>>,
    /// Why it can only be tested by hand, if so (`manual_test`; in v6 an `experimental` test).
    pub manual_test: Option<Spanned<String>>,
    /// Baselines that must run before it (v6 names them in the detection).
    pub baselines: Vec<Spanned<String>>,
    /// What it says of itself for people.
    pub about: About,
    /// What it has in common with all objects.
    pub object: Object,
    /// What the formats write differently and only rules read.
    pub extra: Extra,
}

impl Detection {
    /// The name of the macro that a search ends with by Splunk's convention: the file's stem and `_filter`.
    pub fn filter_macro(&self) -> String {
        let stem = self
            .path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        format!("{stem}_filter")
    }

    /// The filter macro by the detection's name, which is what its file should be named after, too.
    pub fn filter_macro_by_name(&self) -> String {
        let plain = |character| {
            if matches!(character, ' ' | '-' | '.' | '/') {
                '_'
            } else {
                character
            }
        };
        let stem: String = self.name.value.chars().map(plain).collect();
        format!("{}_filter", stem.to_lowercase())
    }
}

/// One entry of a detection's `tests`.
#[derive(Debug, Clone)]
pub struct DetectionTest {
    /// Its name.
    pub name: Spanned<String>,
    /// `experimental` (v6): not run; holds why.
    pub experimental: Option<String>,
    /// Whether it says so itself (`description`).
    pub says_why: bool,
    /// The data, replayed together.
    pub attack_data: Vec<AttackData>,
    /// `expected_results`: none or 1 = at least 1, 0 = none, n = at least n.
    pub expected_results: Option<Spanned<u64>>,
}

/// One file of a detection's test.
#[derive(Debug, Clone)]
pub struct AttackData {
    /// Where the data is.
    pub location: Location,
    /// The place of the path or address.
    pub span: Span,
    /// `source`
    pub source: Option<String>,
    /// `sourcetype`
    pub sourcetype: Option<String>,
    /// `host`
    pub host: Option<String>,
    /// `custom_index` (v5) or `index` (v6).
    pub index: Option<String>,
}

/// Risk objects, threat objects and messages. Empty for hunting searches.
#[derive(Debug, Clone, Default)]
pub struct Risk {
    /// Who or what gets a score.
    pub objects: Vec<RiskObject>,
    /// What is reported beside them.
    pub threats: Vec<ThreatObject>,
    /// The message with `$field$` tokens (v4 and v5; in v6 each object has its own).
    pub message: Option<Spanned<String>>,
    /// The finding's title (v6).
    pub finding_title: Option<Spanned<String>>,
}

/// A field whose value gets a risk score.
#[derive(Debug, Clone)]
pub struct RiskObject {
    /// The field of the result.
    pub field: Spanned<String>,
    /// `system`, `user` or `other`.
    pub kind: String,
    /// The place of the type.
    pub kind_at: Span,
    /// The score.
    pub score: u64,
    /// The object's own message (v6's intermediate findings).
    pub message: Option<Spanned<String>>,
    /// Whether it is the entity of v6's `finding`, which makes a finding and no intermediate one.
    pub finding: bool,
}

/// A field that is reported as a threat object.
#[derive(Debug, Clone)]
pub struct ThreatObject {
    /// The field of the result.
    pub field: Spanned<String>,
    /// Its type, e.g. `process_name`.
    pub kind: String,
    /// The place of the type.
    pub kind_at: Span,
}

/// A drilldown search.
#[derive(Debug, Clone)]
pub struct Drilldown {
    /// Its name, with tokens.
    pub name: Spanned<String>,
    /// Its search, a derived source. It may hold `%original_detection_search%` and `$field$` tokens.
    pub search: Spanned<SourceId>,
    /// `earliest_offset`
    pub earliest: Option<Spanned<String>>,
    /// `latest_offset`
    pub latest: Option<Spanned<String>>,
}

/// `throttling`
#[derive(Debug, Clone)]
pub struct Throttling {
    /// Results with the same values of these fields are suppressed.
    pub fields: Vec<Spanned<String>>,
    /// For how long, e.g. `3600s`.
    pub period: Option<Spanned<String>>,
}

/// When a search runs, and over which time.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// `cron_schedule`
    pub cron: Option<Spanned<String>>,
    /// `earliest_time`
    pub earliest: Option<Spanned<String>>,
    /// `latest_time`
    pub latest: Option<Spanned<String>>,
}

/// What only some formats have, and only rules read.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    /// `observable` (v4), as written.
    pub observables: Vec<Observable>,
    /// `confidence` (v4)
    pub confidence: Option<Spanned<u64>>,
    /// `impact` (v4)
    pub impact: Option<Spanned<u64>>,
    /// `required_fields` (v4)
    pub required_fields: Vec<Spanned<String>>,
    /// `schedule` (v6): the name of one.
    pub schedule_name: Option<Spanned<String>>,
    /// The place of the key `tests`, where it is written.
    pub tests_at: Option<Span>,
    /// `deprecation_info` (v6)
    pub deprecation: Option<Deprecation>,
}

/// An observable of v4.
#[derive(Debug, Clone)]
pub struct Observable {
    /// The field.
    pub name: Spanned<String>,
    /// The type.
    pub kind: Spanned<String>,
    /// The roles; one is allowed.
    pub roles: Vec<Spanned<String>>,
}

/// Why a detection is going to be removed, and what takes its place.
#[derive(Debug, Clone)]
pub struct Deprecation {
    /// The place of the key.
    pub at: Span,
    /// `reason`
    pub reason: Option<Spanned<String>>,
    /// `removed_in_version`
    pub removed_in_version: Option<Spanned<String>>,
    /// `replacement_content`: names of stories or detections.
    pub replacements: Vec<Spanned<String>>,
}
