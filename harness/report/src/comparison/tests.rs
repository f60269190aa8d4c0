//! Comparisons of runs that differ in one thing each.

use super::*;
use crate::sample;
use dryfire_event::{Assumption, CaseKind, Env, Field, Row};

fn passed(detection: &str, rows: &[&str]) -> CaseFinished {
    let mut case = CaseFinished::new(
        sample::case(detection, "True Positive Test", CaseKind::Unit),
        Verdict::Passed,
    );
    case.env = Some(Env {
        now: "2026-02-03T04:05:07Z".into(),
        earliest: None,
        latest: None,
        time_zone: "UTC".into(),
    });
    case.rows.total = rows.len() as u64;
    case.rows.first = rows
        .iter()
        .map(|user| Row {
            fields: vec![Field::single("user", *user)],
        })
        .collect();
    case
}

fn failed(detection: &str, text: &str) -> CaseFinished {
    CaseFinished {
        verdict: Verdict::failed("no-rows", text),
        ..passed(detection, &[])
    }
}

fn run(name: &str, cases: Vec<CaseFinished>) -> Recorded {
    let mut recorded = Recorded::new(name);
    for event in sample::run_of(cases) {
        recorded.event(&event);
    }
    recorded
}

fn compare(before: Vec<CaseFinished>, after: Vec<CaseFinished>) -> Comparison {
    Comparison::of(&run("before", before), &run("after", after))
}

fn kinds(comparison: &Comparison) -> Vec<(What, &str)> {
    comparison
        .changes
        .iter()
        .map(|change| (change.what, change.case.detection.as_str()))
        .collect()
}

#[test]
fn each_change_has_its_kind() {
    let comparison = compare(
        vec![
            passed("breaks", &["a"]),
            failed("is mended", "no row"),
            failed("other reason", "no row"),
            passed("goes", &["a"]),
            failed("goes too", "no row"),
            passed("same", &["a", "b"]),
            passed("rows", &["a", "b"]),
        ],
        vec![
            failed("breaks", "no row"),
            passed("is mended", &["a"]),
            failed("other reason", "too many rows"),
            passed("same", &["b", "a"]),
            passed("rows", &["a", "c"]),
            passed("comes", &["a"]),
            failed("comes broken", "no row"),
        ],
    );
    assert_eq!(
        kinds(&comparison),
        [
            (What::NewlyFailing, "breaks"),
            (What::NewlyFailing, "comes broken"),
            (What::NoLongerTested, "goes"),
            (What::OtherReason, "other reason"),
            (What::Rows, "rows"),
            (What::Fixed, "is mended"),
            (What::Added, "comes"),
            (What::Removed, "goes too"),
        ]
    );
    assert_eq!(comparison.same, 1);
    assert!(comparison.is_worse());
}

#[test]
fn time_is_no_difference() {
    let mut slow = passed("a", &["x"]);
    slow.duration_micros = 9_000_000;
    let comparison = compare(vec![passed("a", &["x"])], vec![slow]);
    assert!(comparison.changes.is_empty() && !comparison.is_worse());
}

#[test]
fn a_pass_that_is_skipped_is_no_longer_tested() {
    let mut skipped = passed("a", &[]);
    skipped.verdict = Verdict::skipped("manual-test", "by hand");
    let comparison = compare(vec![passed("a", &["x"])], vec![skipped]);
    assert_eq!(kinds(&comparison), [(What::NoLongerTested, "a")]);
}

#[test]
fn a_row_that_is_there_twice_counts_twice() {
    let comparison = compare(
        vec![passed("a", &["x", "x"])],
        vec![passed("a", &["x", "y"])],
    );
    let change = &comparison.changes[0].rows[0];
    assert_eq!((change.gone.len(), change.new.len()), (1, 1));
    assert!(!change.partial);
}

#[test]
fn new_assumptions_are_told() {
    let mut assumed = passed("a", &["x"]);
    assumed.assumptions.push(Assumption {
        text: "`values` sorts by bytes".into(),
        place: None,
    });
    let comparison = compare(vec![passed("a", &["x"])], vec![assumed]);
    assert_eq!(kinds(&comparison), [(What::Assumptions, "a")]);
    assert!(
        comparison
            .text()
            .contains("+ assumption: `values` sorts by bytes")
    );
}

#[test]
fn an_interrupted_run_is_a_caution() {
    let mut before = Recorded::new("before");
    for event in &sample::run_of(vec![passed("a", &["x"])])[..3] {
        before.event(event);
    }
    let comparison = Comparison::of(&before, &run("after", vec![passed("a", &["x"])]));
    assert_eq!(
        comparison.cautions,
        ["`before` did not come to its end: cases that are missing there say nothing"]
    );
}

#[test]
fn every_format_tells_the_reason_and_escapes_data() {
    let comparison = compare(
        vec![passed("<b>breaks</b>", &["a"])],
        vec![failed("<b>breaks</b>", "no row\u{1b}[31m came back")],
    );
    let text = comparison.text();
    assert!(
        text.contains("NEWLY FAILING (1)") && text.contains("passed with 1 row → failed: no row")
    );
    assert!(text.contains("- user=a"));
    let (markdown, html) = (comparison.markdown(), comparison.html());
    assert!(markdown.contains("### newly failing (1)") && !markdown.contains("<b>breaks"));
    assert!(html.contains("&lt;b&gt;breaks") && !html.contains("<b>breaks"));
    for format in [&text, &markdown, &html] {
        assert!(!format.contains('\u{1b}'), "{format}");
        assert!(format.contains("came back"));
    }
}

#[test]
fn a_changed_macro_is_named_as_the_cause() {
    let mut after = sample::described();
    after.macros[0].definition = "nothing".into();
    assert_eq!(
        causes(Some(&sample::described()), Some(&after)),
        [
            "the macro `windows_shells` was `(Processes.process_name IN (\"cmd.exe\", \"powershell*\"))` and is `nothing`"
        ]
    );
}
