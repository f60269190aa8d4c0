//! JUnit XML for CI systems: a test suite per detection, a test case per case, written when the run ends or is interrupted.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use dryfire_event::{CaseFinished, Event, Finding, Place, Severity, Verdict};
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use crate::Report;
use crate::detail::{Detail, app};
use crate::style::Paint;
use crate::text::{lines, one_line};

/// Collects cases and writes them at the end.
///
/// | verdict | element |
/// |---|---|
/// | passed | none |
/// | failed | `failure`, its `type` the reason's category |
/// | undetermined | `failure` of type `undetermined` |
/// | error | `error`, its `type` the kind |
/// | skipped, cancelled | `skipped` |
///
/// Control characters are shown as escapes: left to the XML writer, they would be dropped with the text after them.
#[derive(Debug)]
pub struct Junit<W: Write> {
    out: W,
    /// By detection, then test and id: the order in which cases end must not show.
    suites: BTreeMap<String, Vec<Keyed>>,
    /// Errors that belong to no case.
    findings: Vec<TestCase>,
    elapsed_micros: Option<u64>,
}

impl<W: Write> Junit<W> {
    /// A report to a writer.
    pub fn new(out: W) -> Self {
        Self {
            out,
            suites: BTreeMap::new(),
            findings: Vec::new(),
            elapsed_micros: None,
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let mut report = quick_junit::Report::new("dryfire");
        if let Some(micros) = self.elapsed_micros {
            report.set_time(Duration::from_micros(micros));
        }
        if !self.findings.is_empty() {
            let mut suite = TestSuite::new("dryfire");
            suite.add_test_cases(self.findings.drain(..));
            report.add_test_suite(suite);
        }
        for (detection, mut cases) in std::mem::take(&mut self.suites) {
            cases.sort_by(|(left, _), (right, _)| left.cmp(right));
            let cases: Vec<_> = cases.into_iter().map(|(_, case)| case).collect();
            let mut suite = TestSuite::new(one_line(&detection));
            suite.set_time(cases.iter().filter_map(|case| case.time).sum());
            suite.add_test_cases(cases);
            report.add_test_suite(suite);
        }
        report.serialize(&mut self.out).map_err(io::Error::other)?;
        self.out.flush()
    }
}

impl<W: Write> Report for Junit<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::CaseFinished(finished) => {
                let key = (finished.case.test.clone(), finished.case.id.clone());
                self.suites
                    .entry(finished.case.detection.clone())
                    .or_default()
                    .push((key, test_case(finished)));
            }
            Event::FindingReported(finding) if finding.severity == Severity::Error => {
                self.findings.push(finding_case(finding));
            }
            Event::RunFinished(finished) => self.elapsed_micros = Some(finished.elapsed_micros),
            Event::RunStarted(_) | Event::CaseStarted(_) | Event::FindingReported(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.write()
    }
}

/// A test case behind its test's name and its id.
type Keyed = ((String, String), TestCase);

fn test_case(finished: &CaseFinished) -> TestCase {
    let mut case = TestCase::new(one_line(&finished.case.test), status(finished));
    case.set_classname(one_line(&finished.case.detection));
    case.set_time(Duration::from_micros(finished.duration_micros));
    if let Some(Place { file, line, .. }) = &finished.case.place {
        // GitLab reads the attribute, others the property.
        case.extra.insert("file".into(), file.as_str().into());
        case.extra.insert("line".into(), line.to_string().into());
    }
    let mut property = |name: &str, value: &str| {
        case.add_property(Property::new(name, one_line(value)));
    };
    property("id", &finished.case.id);
    property("kind", finished.case.kind.label());
    property("verdict", finished.verdict.label());
    if let Some(id) = &finished.case.detection_id {
        property("detection_id", id);
    }
    for technique in &finished.case.techniques {
        property("technique", technique);
    }
    if let Some(Place { file, line, .. }) = &finished.case.place {
        property("file", file);
        property("line", &line.to_string());
    }
    for dataset in &finished.datasets {
        property(
            if dataset.synthetic {
                "dataset (synthetic)"
            } else {
                "dataset"
            },
            &dataset.path,
        );
    }
    for assumption in &finished.assumptions {
        property("assumption", &assumption.text);
    }
    for part in &finished.simulated {
        property("simulated", part);
    }
    for used in &finished.fields_from {
        property("fields_from", &app(used));
    }
    if finished.verdict == Verdict::Passed && !finished.findings.is_empty() {
        let rendered: Vec<_> = finished
            .findings
            .iter()
            .map(|finding| lines(&finding.rendered).into_owned())
            .collect();
        case.set_system_out(rendered.join("\n"));
    }
    case
}

fn status(finished: &CaseFinished) -> TestCaseStatus {
    let mut status = match &finished.verdict {
        Verdict::Passed => return TestCaseStatus::success(),
        Verdict::Failed { reason } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(&*reason.category);
            status
        }
        Verdict::Undetermined { .. } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("undetermined");
            status
        }
        Verdict::Error { kind, .. } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type(kind.label());
            status
        }
        Verdict::Skipped { .. } | Verdict::Cancelled => TestCaseStatus::skipped(),
    };
    let reason = finished
        .verdict
        .reason()
        .map(|reason| one_line(&reason.text));
    status.set_message(reason.unwrap_or("the run was stopped before this case ended".into()));
    if finished.verdict.needs_attention() {
        let detail = Detail {
            width: 160,
            paint: Paint { color: false },
        };
        status.set_description(format!("\n{}", detail.render(finished)));
    }
    status
}

/// An error that belongs to no case, as a test case of its own: a CI system shows nothing else.
fn finding_case(finding: &Finding) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_type(&*finding.code)
        .set_message(one_line(&finding.message))
        .set_description(format!("\n{}", lines(&finding.rendered)));
    let name = finding.place.as_ref().map_or_else(
        || finding.code.clone(),
        |place| format!("{} at {place}", finding.code),
    );
    let mut case = TestCase::new(name, status);
    case.set_classname("dryfire");
    if let Some(Place { file, line, .. }) = &finding.place {
        case.add_property(Property::new("file", &**file));
        case.add_property(Property::new("line", line.to_string()));
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use dryfire_event::{CaseKind, ErrorKind};

    fn report(events: &[Event]) -> String {
        let mut out = Vec::new();
        let mut report = Junit::new(&mut out);
        for event in events {
            report.event(event).unwrap();
        }
        report.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The element a verdict becomes, from its tag to the first line of its text.
    #[track_caller]
    fn check(verdict: Verdict, expected: &str) {
        let finished = CaseFinished::new(sample::case("D", "t", CaseKind::Unit), verdict);
        let xml = report(&sample::run_of(vec![finished]));
        let element = xml.split("</properties>").nth(1).unwrap().trim_start();
        assert_eq!(element.lines().next().unwrap(), expected, "\n{xml}");
    }

    #[test]
    fn each_verdict_has_its_element() {
        check(Verdict::Passed, "</testcase>");
        check(
            Verdict::failed("no-rows", "no row"),
            r#"<failure message="no row" type="no-rows">"#,
        );
        check(
            Verdict::undetermined("lookup-missing", "no `x`"),
            r#"<failure message="no `x`" type="undetermined">"#,
        );
        check(
            Verdict::error(ErrorKind::Target, "refused", "401"),
            r#"<error message="401" type="target">"#,
        );
        check(
            Verdict::skipped("manual-test", "manual"),
            r#"<skipped message="manual"/>"#,
        );
        check(
            Verdict::Cancelled,
            r#"<skipped message="the run was stopped before this case ended"/>"#,
        );
    }

    #[test]
    fn a_pass_carries_what_it_rests_on() {
        let cases = sample::cases();
        let finished = cases.into_iter().find(CaseFinished::synthetic).unwrap();
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="dryfire" tests="1" skipped="0" failures="0" errors="0" time="0.052">
    <testsuite name="Windows Remote Assistance Spawning Process" tests="1" skipped="0" errors="0" failures="0" time="0.012">
        <testcase name="fires on Sysmon process creation" classname="Windows Remote Assistance Spawning Process" time="0.012" file="detections/endpoint/windows_remote_assistance_spawning_process.yml" line="61">
            <properties>
                <property name="id" value="Windows Remote Assistance Spawning Process/fires on Sysmon process creation"/>
                <property name="kind" value="unit"/>
                <property name="verdict" value="passed"/>
                <property name="detection_id" value="ced50492-8849-11ec-9f68-acde48001122"/>
                <property name="technique" value="T1055"/>
                <property name="file" value="detections/endpoint/windows_remote_assistance_spawning_process.yml"/>
                <property name="line" value="61"/>
                <property name="dataset (synthetic)" value="datasets/attack_techniques/T1055/msra/windows-sysmon.log"/>
                <property name="assumption" value="`values` sorts by bytes"/>
                <property name="assumption" value="`parent_process_name` is the last part of ParentImage"/>
                <property name="fields_from" value="Splunk_TA_microsoft_sysmon 4.0.2 (built-in)"/>
            </properties>
        </testcase>
    </testsuite>
</testsuites>
"#;
        assert_eq!(report(&sample::run_of(vec![finished])), expected);
    }

    #[test]
    fn the_order_in_which_cases_end_does_not_show() {
        let mut cases = sample::cases();
        let forwards = report(&sample::run_of(cases.clone()));
        cases.reverse();
        assert_eq!(report(&sample::run_of(cases)), forwards);
    }

    #[test]
    fn an_interrupted_run_is_written_too() {
        let mut events = sample::run();
        events.pop();
        assert!(report(&events).starts_with("<?xml"));
        assert_eq!(
            report(&events).matches("<testcase ").count(),
            sample::cases().len()
        );
    }

    #[test]
    fn an_error_outside_of_cases_is_a_case() {
        let finding = Finding {
            severity: Severity::Error,
            ..sample::finding()
        };
        let xml = report(&[Event::FindingReported(finding)]);
        assert!(
            xml.contains(
                r#"<testcase name="DF102 at manifests/t1055.yml:4:3" classname="dryfire">"#
            ),
            "\n{xml}"
        );
        assert!(
            xml.contains(r#"<error message="unknown key `datset`" type="DF102">"#),
            "\n{xml}"
        );
    }

    #[test]
    fn what_xml_forbids_is_escaped() {
        let mut finished = sample::cases().remove(1);
        finished.case.test = "a\u{1b}b<&".into();
        let xml = report(&sample::run_of(vec![finished]));
        assert!(
            !xml.contains('\u{1b}') && xml.contains(r#"name="a\u{1b}b&lt;&amp;""#),
            "\n{xml}"
        );
    }
}
