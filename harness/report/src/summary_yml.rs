//! contentctl's `test_results/summary.yml`, for scripts that read it today.
//!
//! The keys and their order are those of contentctl 5.6. What it has no word for is told in its words: an undetermined case is an
//! `error`, a pass that is under assumptions says so in its message, and a validation that did not pass is one more test. A
//! difference is on purpose: `percent_complete` is the share of detections that were tested or skipped, where contentctl divides
//! the tested ones by the untested ones.

use std::io::{self, Write};

use dryfire_event::{CaseFinished, CaseKind, DetectionDescribed, Event, Verdict};
use serde::Serialize;

use crate::Report;
use crate::collected::{Collected, Tested};
use crate::text::count;

/// Which detections of the content the run was for: contentctl's `mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those that a change touches.
    Changes,
    /// Those that were chosen.
    Selected,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Changes => "Changes",
            Self::Selected => "Selected",
        }
    }
}

/// Collects a run and writes its summary.
#[derive(Debug)]
pub struct SummaryYml<W: Write> {
    out: W,
    scope: Scope,
    run: Collected,
}

#[derive(Debug, Serialize)]
struct File {
    summary: Totals,
    tested_detections: Vec<Detection>,
    skipped_detections: Vec<Detection>,
    untested_detections: Vec<Detection>,
    percent_complete: String,
}

#[derive(Debug, Default, Serialize)]
struct Totals {
    mode: &'static str,
    enable_integration_testing: bool,
    success: bool,
    total_detections: usize,
    total_tested_detections: usize,
    total_pass: usize,
    total_fail: usize,
    total_skipped: usize,
    total_untested: usize,
    total_production: usize,
    total_experimental: usize,
    total_deprecated: usize,
    total_manual: usize,
    success_rate: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pass,
    Fail,
    Error,
    Skip,
}

#[derive(Debug, Serialize)]
struct Detection {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    production_status: String,
    /// None for a detection that the run did not come to.
    status: Option<Status>,
    source_category: String,
    data_source: Vec<String>,
    search: String,
    file_path: String,
    manual_test: Option<String>,
    success: bool,
    tests: Vec<Test>,
}

#[derive(Debug, Serialize)]
struct Test {
    name: String,
    test_type: &'static str,
    success: bool,
    message: String,
    exception: Option<String>,
    status: Status,
    /// In seconds.
    duration: f64,
    wait_duration: Option<f64>,
    #[serde(rename = "resultCount")]
    result_count: Option<u64>,
    /// In seconds, as text with three decimals.
    #[serde(rename = "runDuration")]
    run_duration: Option<String>,
}

impl<W: Write> SummaryYml<W> {
    /// A report to a writer.
    pub fn new(out: W, scope: Scope) -> Self {
        Self {
            out,
            scope,
            run: Collected::default(),
        }
    }

    fn file(&self) -> File {
        let mut tested = Vec::new();
        let mut skipped = Vec::new();
        let mut untested = Vec::new();
        let mut totals = Totals {
            mode: self.scope.word(),
            ..Totals::default()
        };
        for ((_, name), of) in &self.run.detections {
            totals.enable_integration_testing |= of.cases.values().any(|case| {
                case.case.kind == CaseKind::Integration
                    && !matches!(case.verdict, Verdict::Skipped { .. })
            });
            let detection = detection(name, of);
            if detection.status.is_some() {
                match detection.production_status.as_str() {
                    "production" => totals.total_production += 1,
                    "experimental" => totals.total_experimental += 1,
                    "deprecated" => totals.total_deprecated += 1,
                    _ => {}
                }
                totals.total_manual += usize::from(detection.manual_test.is_some());
            }
            match detection.status {
                None => untested.push(detection),
                Some(Status::Skip) => skipped.push(detection),
                Some(Status::Pass) => {
                    totals.total_pass += 1;
                    tested.push(detection);
                }
                Some(Status::Fail | Status::Error) => {
                    totals.total_fail += 1;
                    tested.push(detection);
                }
            }
        }
        tested.sort_by(|a, b| (a.success, &a.name).cmp(&(b.success, &b.name)));
        skipped.sort_by(|a, b| (a.tests.is_empty(), &a.name).cmp(&(b.tests.is_empty(), &b.name)));
        untested.sort_by(|a, b| a.name.cmp(&b.name));
        totals.total_skipped = skipped.len();
        totals.total_untested = untested.len();
        totals.total_tested_detections = tested.len();
        totals.total_detections = tested.len() + skipped.len() + untested.len();
        totals.success =
            totals.total_fail == 0 && untested.is_empty() && self.run.finished.is_some();
        totals.success_rate = percent(totals.total_pass, tested.len());
        File {
            percent_complete: percent(tested.len() + skipped.len(), totals.total_detections),
            summary: totals,
            tested_detections: tested,
            skipped_detections: skipped,
            untested_detections: untested,
        }
    }
}

fn detection(name: &str, of: &Tested) -> Detection {
    let about = of.described.as_ref();
    // contentctl knows validation as a step before all tests: one that passed is no test there.
    let told: Vec<&CaseFinished> = of
        .cases
        .values()
        .filter(|case| case.case.kind != CaseKind::Validation || case.verdict != Verdict::Passed)
        .collect();
    let cancelled = told.iter().any(|case| case.verdict == Verdict::Cancelled);
    let tests: Vec<Test> = told
        .iter()
        .filter(|case| case.verdict != Verdict::Cancelled)
        .map(|case| test(case))
        .collect();
    let has = |status| tests.iter().any(|test| test.status == status);
    let status = if has(Status::Fail) || has(Status::Error) {
        Some(Status::Fail)
    } else if cancelled {
        None
    } else if has(Status::Pass) {
        Some(Status::Pass)
    } else {
        Some(Status::Skip)
    };
    let file = about
        .and_then(|about| about.place.as_ref())
        .or_else(|| of.cases.values().find_map(|case| case.case.place.as_ref()))
        .map_or("", |place| place.file.as_str());
    Detection {
        name: name.to_owned(),
        kind: about.map_or_else(String::new, |about| about.kind.clone()),
        production_status: about.map_or_else(String::new, |about| about.status.clone()),
        status,
        source_category: category(file).to_owned(),
        data_source: about.map_or_else(Vec::new, sources),
        search: about.map_or_else(String::new, |about| about.search.clone()),
        file_path: file.to_owned(),
        manual_test: told.iter().find_map(|case| by_hand(case)),
        success: matches!(status, Some(Status::Pass | Status::Skip)),
        tests,
    }
}

fn sources(about: &DetectionDescribed) -> Vec<String> {
    about
        .data_sources
        .iter()
        .map(|source| source.name.clone())
        .collect()
}

/// The folder the file lies in: contentctl's `source`, such as `endpoint`.
fn category(file: &str) -> &str {
    let mut parts = file.rsplit(['/', '\\']);
    parts.next();
    parts.next().unwrap_or("")
}

/// Why it must be tested by hand, where that is why it was left out.
fn by_hand(case: &CaseFinished) -> Option<String> {
    match &case.verdict {
        Verdict::Skipped { reason } if reason.category == "manual-test" => {
            let text = &reason.text;
            Some(
                text.split_once(": ")
                    .map_or(text.as_str(), |(_, why)| why)
                    .to_owned(),
            )
        }
        _ => None,
    }
}

fn test(case: &CaseFinished) -> Test {
    let status = match &case.verdict {
        Verdict::Passed => Status::Pass,
        Verdict::Failed { .. } => Status::Fail,
        Verdict::Skipped { .. } => Status::Skip,
        Verdict::Undetermined { .. } | Verdict::Error { .. } | Verdict::Cancelled => Status::Error,
    };
    let reason = case.verdict.reason().map_or("", |reason| &reason.text);
    let message = match &case.verdict {
        Verdict::Passed => passed(case),
        Verdict::Failed { .. } => format!("TEST FAILED: {reason}"),
        Verdict::Skipped { .. } => format!("TEST SKIPPED: {reason}"),
        Verdict::Undetermined { .. } => format!("TEST ERROR: undetermined: {reason}"),
        Verdict::Error { .. } | Verdict::Cancelled => format!("TEST ERROR: {reason}"),
    };
    let ran = case.env.is_some();
    let seconds = std::time::Duration::from_micros(case.duration_micros).as_secs_f64();
    Test {
        name: case.case.test.clone(),
        test_type: case.case.kind.label(),
        success: matches!(status, Status::Pass | Status::Skip),
        message,
        exception: matches!(case.verdict, Verdict::Error { .. }).then(|| reason.to_owned()),
        status,
        duration: seconds,
        // contentctl waits for the scheduler in integration tests; nothing here waits.
        wait_duration: (case.case.kind == CaseKind::Integration).then_some(0.0),
        result_count: ran.then_some(case.rows.total),
        run_duration: ran.then(|| format!("{seconds:.3}")),
    }
}

/// A pass, and what it rests on.
fn passed(case: &CaseFinished) -> String {
    let mut rests: Vec<String> = Vec::new();
    if case.synthetic() {
        rests.push("synthetic data".to_owned());
    }
    if !case.simulated.is_empty() {
        rests.push(format!("simulated {}", case.simulated.join(", ")));
    }
    if !case.assumptions.is_empty() {
        rests.push(count(case.assumptions.len() as u64, "assumption"));
    }
    if rests.is_empty() {
        "TEST PASSED".to_owned()
    } else {
        format!("TEST PASSED ({})", rests.join("; "))
    }
}

/// A share in percent with one decimal, in contentctl's words.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "UNKNOWN".to_owned();
    }
    let tenths = (part * 2_000 / whole).div_ceil(2);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

impl<W: Write> Report for SummaryYml<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.run.event(event);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let file = self.file();
        serde_yaml::to_writer(&mut self.out, &file).map_err(io::Error::other)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::{Value, json};

    fn summary(events: &[Event]) -> Value {
        let mut out = Vec::new();
        let mut report = SummaryYml::new(&mut out, Scope::All);
        for event in events {
            report.event(event).unwrap();
        }
        report.finish().unwrap();
        serde_yaml::from_slice(&out).unwrap()
    }

    fn unit(detection: &str, verdict: Verdict) -> CaseFinished {
        CaseFinished::new(
            sample::case(detection, "True Positive Test", CaseKind::Unit),
            verdict,
        )
    }

    #[test]
    fn counts_add_up_over_every_verdict() {
        let file = summary(&sample::run());
        let totals = &file["summary"];
        let number = |key: &str| totals[key].as_u64().unwrap();
        assert_eq!(
            number("total_detections"),
            number("total_pass")
                + number("total_fail")
                + number("total_skipped")
                + number("total_untested")
        );
        assert_eq!(totals["success"], json!(false));
        assert_eq!(totals["mode"], "All");
        assert_eq!(file["untested_detections"][0]["name"], "Detect Mimikatz");
        assert_eq!(file["untested_detections"][0]["status"], Value::Null);
    }

    #[test]
    fn what_cannot_be_judged_is_never_a_success() {
        let file = summary(&sample::run_of(vec![unit(
            "A",
            Verdict::undetermined("unsupported-command", "`foo` is not supported"),
        )]));
        let detection = &file["tested_detections"][0];
        assert_eq!(detection["status"], "fail");
        assert_eq!(detection["success"], json!(false));
        assert_eq!(detection["tests"][0]["status"], "error");
        assert_eq!(
            detection["tests"][0]["message"],
            "TEST ERROR: undetermined: `foo` is not supported"
        );
        assert_eq!(file["summary"]["success_rate"], "0.0%");
    }

    #[test]
    fn a_validation_that_failed_is_a_test_that_failed() {
        let mut invalid = unit("A", Verdict::failed("validation", "no such macro"));
        invalid.case.kind = CaseKind::Validation;
        let file = summary(&sample::run_of(vec![unit("A", Verdict::Passed), invalid]));
        assert_eq!(file["summary"]["success"], json!(false));
        assert_eq!(
            file["tested_detections"][0]["tests"][1]["test_type"],
            "validation"
        );
    }

    #[test]
    fn a_run_without_its_end_is_no_success() {
        let mut events = sample::run_of(vec![unit("A", Verdict::Passed)]);
        assert_eq!(summary(&events)["summary"]["success"], json!(true));
        events.pop();
        assert_eq!(summary(&events)["summary"]["success"], json!(false));
    }

    #[test]
    fn a_test_by_hand_keeps_its_reason() {
        let file = summary(&sample::run_of(vec![unit(
            "A",
            Verdict::skipped("manual-test", "must be tested by hand: needs: a person"),
        )]));
        assert_eq!(
            file["skipped_detections"][0]["manual_test"],
            "needs: a person"
        );
        assert_eq!(file["summary"]["total_manual"], 1);
        assert_eq!(file["summary"]["success_rate"], "UNKNOWN");
    }

    #[test]
    fn percents_are_rounded_to_a_tenth() {
        assert_eq!(percent(2, 3), "66.7%");
        assert_eq!(percent(1, 3), "33.3%");
        assert_eq!(percent(5, 5), "100.0%");
    }
}
