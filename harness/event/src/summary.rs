//! What came of a run: counts by verdict and by reason.

use serde::{Deserialize, Serialize};

use crate::{CaseFinished, ErrorKind, Event, Finding, Severity, Verdict};

/// Errors by whose fault they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCounts {
    /// Data that could not be had.
    pub dataset: u64,
    /// A Splunk that did not answer.
    pub target: u64,
    /// Content that could not be loaded.
    pub content: u64,
    /// Bugs of ours.
    pub engine: u64,
}

impl ErrorCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.dataset + self.target + self.content + self.engine
    }
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCounts {
    /// Errors.
    pub error: u64,
    /// Warnings.
    pub warning: u64,
    /// Notes.
    pub note: u64,
}

impl FindingCounts {
    fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.error += 1,
            Severity::Warning => self.warning += 1,
            Severity::Note => self.note += 1,
        }
    }
}

/// How many cases have one verdict for one category of reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// The verdict's label.
    pub verdict: String,
    /// The reason's category.
    pub category: String,
    /// How many.
    pub cases: u64,
}

/// The counts of a run. Made by feeding it the run's events in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Cases whose expectations were met.
    pub passed: u64,
    /// Of these, those that passed under assumptions.
    pub passed_with_assumptions: u64,
    /// Cases with an expectation that was not met.
    pub failed: u64,
    /// Cases of which it can't be said.
    pub undetermined: u64,
    /// Cases left out on purpose.
    pub skipped: u64,
    /// Cases that could not be judged.
    pub errors: ErrorCounts,
    /// Cases the run was stopped before.
    pub cancelled: u64,
    /// Cases by verdict and category of reason, sorted by both.
    pub reasons: Vec<ReasonCount>,
    /// Findings on cases.
    pub case_findings: FindingCounts,
    /// Findings that belong to no case.
    pub run_findings: FindingCounts,
    /// Whether the user stopped the run.
    pub interrupted: bool,
}

impl Summary {
    /// Counts what an event says; events that count nothing are ignored.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::CaseFinished(finished) => self.case(finished),
            Event::FindingReported(finding) => self.finding(finding),
            Event::RunStarted(_)
            | Event::DetectionDescribed(_)
            | Event::CaseStarted(_)
            | Event::RunFinished(_) => {}
        }
    }

    /// Counts a case.
    pub fn case(&mut self, finished: &CaseFinished) {
        match &finished.verdict {
            Verdict::Passed => {
                self.passed += 1;
                if !finished.assumptions.is_empty() {
                    self.passed_with_assumptions += 1;
                }
            }
            Verdict::Failed { .. } => self.failed += 1,
            Verdict::Undetermined { .. } => self.undetermined += 1,
            Verdict::Skipped { .. } => self.skipped += 1,
            Verdict::Error { kind, .. } => match kind {
                ErrorKind::Dataset => self.errors.dataset += 1,
                ErrorKind::Target => self.errors.target += 1,
                ErrorKind::Content => self.errors.content += 1,
                ErrorKind::Engine => self.errors.engine += 1,
            },
            Verdict::Cancelled => self.cancelled += 1,
        }
        if let Some(reason) = finished.verdict.reason() {
            self.reason(finished.verdict.label(), &reason.category);
        }
        for finding in &finished.findings {
            self.case_findings.add(finding.severity);
        }
    }

    /// Counts a finding that belongs to no case.
    pub fn finding(&mut self, finding: &Finding) {
        self.run_findings.add(finding.severity);
    }

    /// How many cases there were.
    pub fn cases(&self) -> u64 {
        self.passed
            + self.failed
            + self.undetermined
            + self.skipped
            + self.errors.total()
            + self.cancelled
    }

    fn reason(&mut self, verdict: &str, category: &str) {
        let key = (verdict, category);
        match self
            .reasons
            .binary_search_by(|count| (count.verdict.as_str(), count.category.as_str()).cmp(&key))
        {
            Ok(at) => self.reasons[at].cases += 1,
            Err(at) => {
                let count = ReasonCount {
                    verdict: verdict.to_owned(),
                    category: category.to_owned(),
                    cases: 1,
                };
                self.reasons.insert(at, count);
            }
        }
    }
}
