//! The closed event enum: all a report ever learns of a run.

use serde::{Deserialize, Serialize};

use crate::{
    Assumption, CaseRef, DatasetUsed, DetectionDescribed, Env, Finding, Mismatch, ResultRows, Row,
    Summary, Trace, Verdict,
};

/// The version of the JSON schema; the crate's documentation says when it goes up.
pub const SCHEMA_VERSION: u32 = 2;

/// One thing that happened in a run.
///
/// The order is: `RunStarted`; then findings, detections and cases, each detection described before its first case, each case
/// started before it is finished; `RunFinished`, also after an interrupt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The run begins.
    RunStarted(RunStarted),
    /// A detection that there are cases of.
    DetectionDescribed(Box<DetectionDescribed>),
    /// A case begins.
    CaseStarted(CaseStarted),
    /// A case has its verdict.
    CaseFinished(Box<CaseFinished>),
    /// Something was found that belongs to no single case: a manifest that can't be read, a broken app.
    FindingReported(Finding),
    /// The run ends.
    RunFinished(RunFinished),
}

/// Which time the searches see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The whole dataset, `now` just after its last event.
    AllTime,
    /// The detection's own schedule window, laid around the data.
    Window,
}

impl Mode {
    /// The words used in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::AllTime => "all time",
            Self::Window => "window",
        }
    }
}

/// An app whose knowledge objects are in force.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppUsed {
    /// The app's folder name, such as `Splunk_TA_microsoft_sysmon`.
    pub name: String,
    /// Its version, where its `app.conf` gives one.
    pub version: Option<String>,
    /// Where it comes from: `built-in`, or a path.
    pub origin: String,
}

/// The run begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Always [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// The version of Dryfire.
    pub dryfire_version: String,
    /// The target's name: `local`, or one of the configuration.
    pub target: String,
    /// Which time the searches see.
    pub mode: Mode,
    /// The apps in force, lowest precedence first.
    pub knowledge: Vec<AppUsed>,
    /// How many cases there will be.
    pub total_cases: u64,
}

/// A case begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseStarted {
    /// Which.
    pub case: CaseRef,
}

/// A case has its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFinished {
    /// Which.
    pub case: CaseRef,
    /// The verdict.
    pub verdict: Verdict,
    /// How long it took. Leave it out when comparing runs: it and the run's time are all that differs between two equal runs.
    pub duration_micros: u64,
    /// The data it read.
    pub datasets: Vec<DatasetUsed>,
    /// The rows the search gave.
    pub rows: ResultRows,
    /// The expectations that were not met.
    pub mismatches: Vec<Mismatch>,
    /// How the search came to its rows; empty where nothing was traced.
    pub trace: Trace,
    /// What is not certain and what the verdict depends on.
    pub assumptions: Vec<Assumption>,
    /// Parts of Splunk that were imitated, such as `risk events`; empty on a real Splunk.
    pub simulated: Vec<String>,
    /// Diagnostics on this case.
    pub findings: Vec<Finding>,
    /// The settings the search ran under; none where no search ran.
    pub env: Option<Env>,
    /// The apps that gave the fields the search reads.
    pub fields_from: Vec<AppUsed>,
    /// The risk events it made, in an integration test.
    #[serde(default)]
    pub risk_events: Vec<Row>,
    /// The findings (notable events) it made, in an integration test.
    #[serde(default)]
    pub findings_made: Vec<Row>,
    /// Why the case was selected, such as `macro \`x\` changed (macros/x.yml)`; empty where every case is run.
    #[serde(default)]
    pub selected: Vec<String>,
}

impl CaseFinished {
    /// A verdict without evidence; fill in what there is.
    pub fn new(case: CaseRef, verdict: Verdict) -> Self {
        Self {
            case,
            verdict,
            duration_micros: 0,
            datasets: Vec::new(),
            rows: ResultRows::default(),
            mismatches: Vec::new(),
            trace: Trace::default(),
            assumptions: Vec::new(),
            simulated: Vec::new(),
            findings: Vec::new(),
            env: None,
            fields_from: Vec::new(),
            risk_events: Vec::new(),
            findings_made: Vec::new(),
            selected: Vec::new(),
        }
    }

    /// Whether any of the data was written for the test instead of recorded from an attack.
    pub fn synthetic(&self) -> bool {
        self.datasets.iter().any(|dataset| dataset.synthetic)
    }
}

/// The run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFinished {
    /// What came of it.
    pub summary: Summary,
    /// How long the run took. Leave it out when comparing runs.
    pub elapsed_micros: u64,
}
