//! A run's events gathered by detection: what a report needs that is written at the end.

use std::collections::{BTreeMap, BTreeSet};

use dryfire_event::{
    CaseFinished, DetectionDescribed, Event, Finding, RunFinished, RunStarted, Summary, Verdict,
};

/// What a run said, ready to be written.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) started: Option<RunStarted>,
    pub(crate) finished: Option<RunFinished>,
    pub(crate) summary: Summary,
    pub(crate) findings: Vec<Finding>,
    /// By id and name: the order in which cases end must not show.
    pub(crate) detections: BTreeMap<(String, String), Tested>,
}

impl Collected {
    /// Takes the next event.
    pub(crate) fn event(&mut self, event: &Event) {
        self.summary.event(event);
        match event {
            Event::RunStarted(started) => self.started = Some(started.clone()),
            Event::DetectionDescribed(described) => {
                let key = (described.id.clone(), described.name.clone());
                // The first of two copies is the one that the others are copies of.
                self.detections
                    .entry(key)
                    .or_default()
                    .described
                    .get_or_insert_with(|| (**described).clone());
            }
            Event::CaseStarted(_) => {}
            Event::CaseFinished(finished) => {
                let case = &finished.case;
                let key = (
                    case.detection_id.clone().unwrap_or_default(),
                    case.detection.clone(),
                );
                let order = (
                    case.kind.label().to_owned(),
                    case.test.clone(),
                    case.id.clone(),
                );
                self.detections
                    .entry(key)
                    .or_default()
                    .cases
                    .insert(order, (**finished).clone());
            }
            Event::FindingReported(finding) => self.findings.push(finding.clone()),
            Event::RunFinished(finished) => {
                self.summary = finished.summary.clone();
                self.finished = Some(finished.clone());
            }
        }
    }
}

/// A detection and its cases.
#[derive(Debug, Default)]
pub(crate) struct Tested {
    pub(crate) described: Option<DetectionDescribed>,
    /// By kind, test and id.
    pub(crate) cases: BTreeMap<(String, String, String), CaseFinished>,
}

impl Tested {
    /// The worst verdict of its cases.
    pub(crate) fn verdict(&self) -> &'static str {
        let verdicts = self.cases.values().map(|case| &case.verdict);
        verdicts
            .min_by_key(|verdict| rank(verdict))
            .map_or("skipped", Verdict::label)
    }

    pub(crate) fn techniques(&self) -> BTreeSet<&str> {
        let own = self
            .described
            .iter()
            .flat_map(|described| &described.annotations.techniques);
        own.chain(self.cases.values().flat_map(|case| &case.case.techniques))
            .map(String::as_str)
            .collect()
    }
}

/// What needs a reader's attention comes first.
pub(crate) fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Failed { .. } => 0,
        Verdict::Error { .. } => 1,
        Verdict::Undetermined { .. } => 2,
        Verdict::Cancelled => 3,
        Verdict::Passed => 4,
        Verdict::Skipped { .. } => 5,
    }
}
