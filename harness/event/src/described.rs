//! A detection as its author describes it: what reports show around the verdicts on its cases.

use serde::{Deserialize, Serialize};

use crate::Place;

/// A detection that the run has cases of. It comes before the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectionDescribed {
    /// Its id, as [`crate::CaseRef::detection_id`] gives it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version; 0 where none is written.
    pub version: u64,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was last changed, as it is written.
    pub date: Option<String>,
    /// Its status, such as `production`.
    pub status: String,
    /// Its type, such as `TTP`.
    pub kind: String,
    /// What it detects.
    pub description: Option<String>,
    /// The search as it is written.
    pub search: String,
    /// The search with its macros expanded.
    pub expanded: String,
    /// The macros it uses, also those inside of others, each once, in the order met.
    pub macros: Vec<MacroUsed>,
    /// The data it is written for.
    pub data_sources: Vec<DataSourceNamed>,
    /// What it is labelled with.
    pub annotations: Annotations,
    /// When it runs by default; none where the content says nothing of it.
    pub schedule: Option<Schedule>,
    /// What it says of risk; none for one that makes none.
    pub risk: Option<RiskDescribed>,
    /// When it fires without an attack.
    pub known_false_positives: Option<String>,
    /// What it needs.
    pub how_to_implement: Option<String>,
    /// Further reading; mostly addresses.
    pub references: Vec<String>,
    /// Searches for whoever looks into a finding.
    pub drilldowns: Vec<DrilldownDescribed>,
    /// Where it is written.
    pub place: Option<Place>,
}

/// A macro and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroUsed {
    /// Its name, without the number of arguments.
    pub name: String,
    /// The names of its arguments.
    pub arguments: Vec<String>,
    /// Its text, with `$argument$` tokens and calls of other macros.
    pub definition: String,
}

/// A kind of data that a detection is written for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSourceNamed {
    /// Its name.
    pub name: String,
    /// `source`, where the content describes it.
    pub source: Option<String>,
    /// `sourcetype`, where the content describes it.
    pub sourcetype: Option<String>,
}

/// What a detection is labelled with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotations {
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<String>,
    /// Analytic stories.
    pub stories: Vec<String>,
    /// Phases of the kill chain, where known.
    pub kill_chain: Vec<String>,
    /// Functions of the NIST Cybersecurity Framework.
    pub nist: Vec<String>,
    /// CVE numbers.
    pub cves: Vec<String>,
    /// The kind of asset it watches.
    pub asset_type: Option<String>,
    /// The security domain of Enterprise Security.
    pub security_domain: Option<String>,
}

/// When a detection runs by default and what it makes then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Who says so, such as the deployment's name.
    pub from: String,
    /// The cron expression.
    pub cron: Option<String>,
    /// The window's begin.
    pub earliest: Option<String>,
    /// The window's end.
    pub latest: Option<String>,
    /// Whether its results become findings (notable events).
    pub makes_findings: bool,
    /// Whether its results become risk events.
    pub makes_risk: bool,
}

/// What a detection says of risk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskDescribed {
    /// The message, with `$field$` tokens.
    pub message: Option<String>,
    /// The finding's title, with `$field$` tokens.
    pub title: Option<String>,
    /// The highest score of its objects.
    pub score: u64,
    /// Of 100, in the format that has it.
    pub impact: Option<u64>,
    /// Of 100, in the format that has it.
    pub confidence: Option<u64>,
    /// Who or what gets a score.
    pub objects: Vec<RiskObjectDescribed>,
    /// What is reported beside them.
    pub threats: Vec<ThreatDescribed>,
}

/// A field whose value gets a risk score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskObjectDescribed {
    /// The field.
    pub field: String,
    /// `system`, `user` or `other`.
    pub kind: String,
    /// The score.
    pub score: u64,
    /// Its own message.
    pub message: Option<String>,
}

/// A field that is reported as a threat object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreatDescribed {
    /// The field.
    pub field: String,
    /// Its type, such as `process_name`.
    pub kind: String,
}

/// A drilldown search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrilldownDescribed {
    /// Its name, with `$field$` tokens.
    pub name: String,
    /// Its search, as it is written.
    pub search: String,
    /// The window's begin.
    pub earliest: Option<String>,
    /// The window's end.
    pub latest: Option<String>,
}
