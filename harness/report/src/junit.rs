//! JUnit XML for CI systems: a test suite per detection, a test case per case, written when the run ends or is interrupted.
//!
//! It keeps to the schema that Jenkins' xUnit plugin and pytest validate against (`junit-10.xsd`): a test case has neither
//! properties nor a file there, so what there is to say about a case stands in its `system-out`.

mod xml;

use std::collections::BTreeMap;
use std::io::{self, Write};

use dryfire_event::{CaseFinished, Event, Finding, Severity, Verdict};

use self::xml::Xml;
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
/// Control characters are shown as escapes: XML has no way to write them.
#[derive(Debug)]
pub struct Junit<W: Write> {
    out: W,
    /// By detection and its id, then test and id: the order in which cases end must not show.
    suites: BTreeMap<(String, String), Suite>,
    /// Errors that belong to no case.
    findings: Vec<TestCase>,
    elapsed_micros: Option<u64>,
}

/// The cases of a detection.
#[derive(Debug, Default)]
struct Suite {
    techniques: Vec<String>,
    /// By test and id.
    cases: BTreeMap<(String, String), TestCase>,
}

/// A `testcase`.
#[derive(Debug)]
struct TestCase {
    name: String,
    classname: String,
    micros: u64,
    outcome: Option<Outcome>,
    /// What there is to say of it: `system-out`.
    facts: String,
}

/// The element that says how a case ended; a pass has none.
#[derive(Debug)]
struct Outcome {
    element: &'static str,
    kind: Option<String>,
    message: String,
    text: String,
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
        let all = || {
            let suites = self.suites.values();
            suites
                .flat_map(|suite| suite.cases.values())
                .chain(&self.findings)
        };
        let [tests, failures, errors, _] = counts(all());
        let time = self.elapsed_micros.map(seconds);
        let mut attributes = vec![
            ("name", "dryfire"),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", &errors),
        ];
        attributes.extend(time.as_deref().map(|time| ("time", time)));
        let (suites, findings) = (&self.suites, &self.findings);
        Xml::new(&mut self.out)?.element("testsuites", &attributes, |xml| {
            if !findings.is_empty() {
                suite(xml, "dryfire", &[], &mut findings.iter())?;
            }
            for ((detection, id), found) in suites {
                let mut properties = vec![("detection_id", id.as_str())];
                properties.retain(|(_, id)| !id.is_empty());
                let techniques = found.techniques.iter();
                properties.extend(techniques.map(|technique| ("technique", technique.as_str())));
                suite(xml, detection, &properties, &mut found.cases.values())?;
            }
            Ok(())
        })?;
        self.out.flush()
    }
}

impl<W: Write> Report for Junit<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::CaseFinished(finished) => {
                let case = &finished.case;
                let key = (
                    case.detection.clone(),
                    case.detection_id.clone().unwrap_or_default(),
                );
                let suite = self.suites.entry(key).or_default();
                suite.techniques.clone_from(&case.techniques);
                let key = (case.test.clone(), case.id.clone());
                suite.cases.insert(key, test_case(finished));
            }
            Event::FindingReported(finding) if finding.severity == Severity::Error => {
                self.findings.push(finding_case(finding));
            }
            Event::RunFinished(finished) => self.elapsed_micros = Some(finished.elapsed_micros),
            Event::RunStarted(_)
            | Event::DetectionDescribed(_)
            | Event::CaseStarted(_)
            | Event::FindingReported(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.write()
    }
}

/// Tests, failures, errors, skipped.
fn counts<'c>(cases: impl Iterator<Item = &'c TestCase>) -> [String; 4] {
    let mut counts = [0_u64; 4];
    for case in cases {
        counts[0] += 1;
        match case.outcome.as_ref().map(|outcome| outcome.element) {
            Some("failure") => counts[1] += 1,
            Some("error") => counts[2] += 1,
            Some(_) => counts[3] += 1,
            None => {}
        }
    }
    counts.map(|count| count.to_string())
}

/// Seconds to the millisecond.
fn seconds(micros: u64) -> String {
    format!("{}.{:03}", micros / 1_000_000, micros / 1_000 % 1_000)
}

fn suite<W: Write>(
    xml: &mut Xml<'_, W>,
    name: &str,
    properties: &[(&str, &str)],
    cases: &mut dyn Iterator<Item = &TestCase>,
) -> io::Result<()> {
    let cases: Vec<_> = cases.collect();
    let [tests, failures, errors, skipped] = counts(cases.iter().copied());
    let time = seconds(cases.iter().map(|case| case.micros).sum());
    let name = one_line(name);
    let attributes = [
        ("name", &*name),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", &errors),
        ("skipped", &skipped),
        ("time", &time),
    ];
    xml.element("testsuite", &attributes, |xml| {
        if !properties.is_empty() {
            xml.element("properties", &[], |xml| {
                properties.iter().try_for_each(|(name, value)| {
                    xml.empty("property", &[("name", name), ("value", &one_line(value))])
                })
            })?;
        }
        cases.into_iter().try_for_each(|found| case(xml, found))
    })
}

fn case<W: Write>(xml: &mut Xml<'_, W>, case: &TestCase) -> io::Result<()> {
    let time = seconds(case.micros);
    let attributes = [
        ("name", case.name.as_str()),
        ("classname", &case.classname),
        ("time", &time),
    ];
    if case.outcome.is_none() && case.facts.is_empty() {
        return xml.empty("testcase", &attributes);
    }
    xml.element("testcase", &attributes, |xml| {
        if let Some(outcome) = &case.outcome {
            let mut attributes = vec![("message", outcome.message.as_str())];
            attributes.extend(outcome.kind.as_deref().map(|kind| ("type", kind)));
            if outcome.text.is_empty() {
                xml.empty(outcome.element, &attributes)?;
            } else {
                xml.text(outcome.element, &attributes, &outcome.text)?;
            }
        }
        if case.facts.is_empty() {
            return Ok(());
        }
        xml.text("system-out", &[], &case.facts)
    })
}

fn test_case(finished: &CaseFinished) -> TestCase {
    TestCase {
        name: one_line(&finished.case.test).into_owned(),
        classname: one_line(&finished.case.detection).into_owned(),
        micros: finished.duration_micros,
        outcome: outcome(finished),
        facts: facts(finished),
    }
}

fn outcome(finished: &CaseFinished) -> Option<Outcome> {
    let (element, kind) = match &finished.verdict {
        Verdict::Passed => return None,
        Verdict::Failed { reason } => ("failure", Some(one_line(&reason.category).into_owned())),
        Verdict::Undetermined { .. } => ("failure", Some("undetermined".to_owned())),
        Verdict::Error { kind, .. } => ("error", Some(kind.label().to_owned())),
        Verdict::Skipped { .. } | Verdict::Cancelled => ("skipped", None),
    };
    let reason = finished.verdict.reason();
    let message = reason.map_or(
        "the run was stopped before this case ended".into(),
        |reason| one_line(&reason.text),
    );
    let text = if finished.verdict.needs_attention() {
        let detail = Detail {
            width: 160,
            paint: Paint { color: false },
        };
        format!("\n{}", detail.render(finished))
    } else {
        String::new()
    };
    Some(Outcome {
        element,
        kind,
        message: message.into_owned(),
        text,
    })
}

/// What identifies the case and what its verdict rests on, a line each; then the findings on a pass.
fn facts(finished: &CaseFinished) -> String {
    let mut facts = String::from("\n");
    let mut fact = |name: &str, value: &str| {
        facts.push_str(&format!("{name}: {}\n", one_line(value)));
    };
    fact("id", &finished.case.id);
    fact("kind", finished.case.kind.label());
    fact("verdict", finished.verdict.label());
    if let Some(place) = &finished.case.place {
        fact("at", &place.to_string());
    }
    for why in &finished.selected {
        fact("selected", why);
    }
    for dataset in &finished.datasets {
        let name = if dataset.synthetic {
            "dataset (synthetic)"
        } else {
            "dataset"
        };
        fact(name, &dataset.path);
    }
    for assumption in &finished.assumptions {
        fact("assumption", &assumption.text);
    }
    for part in &finished.simulated {
        fact("simulated", part);
    }
    for used in &finished.fields_from {
        fact("fields from", &app(used));
    }
    if finished.verdict == Verdict::Passed {
        for finding in &finished.findings {
            facts.push_str(&format!("\n{}\n", lines(finding.rendered.trim_end())));
        }
    }
    facts
}

/// An error that belongs to no case, as a test case of its own: a CI system shows nothing else.
fn finding_case(finding: &Finding) -> TestCase {
    let name = finding.place.as_ref().map_or_else(
        || finding.code.clone(),
        |place| format!("{} at {place}", finding.code),
    );
    TestCase {
        name: one_line(&name).into_owned(),
        classname: "dryfire".to_owned(),
        micros: 0,
        outcome: Some(Outcome {
            element: "error",
            kind: Some(finding.code.clone()),
            message: one_line(&finding.message).into_owned(),
            text: format!("\n{}", lines(&finding.rendered)),
        }),
        facts: String::new(),
    }
}

#[cfg(test)]
mod tests;
