//! What each verdict becomes, and that the whole keeps to the schema.

use std::collections::BTreeMap;

use dryfire_event::{CaseFinished, CaseKind, ErrorKind, Event, Finding, Severity, Verdict};

use super::Junit;
use crate::{Report, sample};

fn report(events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut report = Junit::new(&mut out);
    for event in events {
        report.event(event).unwrap();
    }
    report.finish().unwrap();
    String::from_utf8(out).unwrap()
}

/// The element a verdict becomes: the line after the test case's tag.
#[track_caller]
fn check(verdict: Verdict, expected: &str) {
    let finished = CaseFinished::new(sample::case("D", "t", CaseKind::Unit), verdict);
    let xml = report(&sample::run_of(vec![finished]));
    let element = xml.split("<testcase ").nth(1).unwrap();
    assert_eq!(element.lines().nth(1).unwrap().trim(), expected, "\n{xml}");
}

#[test]
fn each_verdict_has_its_element() {
    check(Verdict::Passed, "<system-out>");
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
<testsuites name="dryfire" tests="1" failures="0" errors="0" time="0.052">
  <testsuite name="Windows Remote Assistance Spawning Process" tests="1" failures="0" errors="0" skipped="0" time="0.012">
    <properties>
      <property name="detection_id" value="ced50492-8849-11ec-9f68-acde48001122"/>
      <property name="technique" value="T1055"/>
    </properties>
    <testcase name="fires on Sysmon process creation" classname="Windows Remote Assistance Spawning Process" time="0.012">
      <system-out>
id: Windows Remote Assistance Spawning Process/fires on Sysmon process creation
kind: unit
verdict: passed
at: detections/endpoint/windows_remote_assistance_spawning_process.yml:61:5
dataset (synthetic): datasets/attack_techniques/T1055/msra/windows-sysmon.log
assumption: `values` sorts by bytes
assumption: `parent_process_name` is the last part of ParentImage
fields from: Splunk_TA_microsoft_sysmon 4.0.2 (built-in)
</system-out>
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
            r#"<testcase name="DF102 at manifests/t1055.yml:4:3" classname="dryfire" time="0.000">"#
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

/// The rules of `junit-10.xsd` for the elements we write: attributes (`!` = must be there) and children.
const SCHEMA: &[(&str, &[&str], &[&str])] = &[
    (
        "testsuites",
        &["name", "time", "tests", "failures", "errors"],
        &["testsuite"],
    ),
    (
        "testsuite",
        &[
            "!name",
            "!tests",
            "!failures",
            "!errors",
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        ],
        &[
            "testsuite",
            "properties",
            "testcase",
            "system-out",
            "system-err",
        ],
    ),
    ("properties", &[], &["property"]),
    ("property", &["!name", "!value"], &[]),
    (
        "testcase",
        &["!name", "time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("skipped", &["type", "message"], &[]),
    ("error", &["type", "message"], &[]),
    ("failure", &["type", "message"], &[]),
    ("system-out", &[], &[]),
    ("system-err", &[], &[]),
];
/// Elements that hold text; white space is all that others may hold.
const MIXED: &[&str] = &["skipped", "error", "failure", "system-out", "system-err"];

/// Walks the tags and says where the schema is left.
fn validate(xml: &str) -> Result<(), String> {
    let rules: BTreeMap<_, _> = SCHEMA
        .iter()
        .map(|(name, attributes, children)| (*name, (*attributes, *children)))
        .collect();
    let (_, body) = xml.split_once("?>\n").ok_or("no declaration")?;
    let mut open: Vec<&str> = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').ok_or("a tag without an end")?;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes what is not open"));
            }
        } else {
            let (tag, alone) = tag
                .strip_suffix('/')
                .map_or((tag, false), |tag| (tag, true));
            let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
            let (attributes, _) = rules.get(name).ok_or(format!("<{name}> is not known"))?;
            match open.last() {
                None if name != "testsuites" => return Err(format!("<{name}> is no root")),
                Some(parent) if !rules[parent].1.contains(&name) => {
                    return Err(format!("<{name}> in <{parent}>"));
                }
                _ => {}
            }
            let given: Vec<_> = rest
                .split("\" ")
                .filter_map(|pair| pair.split_once("=\""))
                .collect();
            for (attribute, value) in &given {
                let known = attributes
                    .iter()
                    .any(|one| one.trim_start_matches('!') == *attribute);
                if !known {
                    return Err(format!("<{name} {attribute}>"));
                }
                let number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
                if *attribute == "time" && !number(value.trim_end_matches('"')) {
                    return Err(format!("time={value}"));
                }
            }
            for must in attributes.iter().filter_map(|one| one.strip_prefix('!')) {
                if !given.iter().any(|(attribute, _)| *attribute == must) {
                    return Err(format!("<{name}> without {must}"));
                }
            }
            if !alone {
                open.push(name);
            }
        }
        let inside = open.last().copied().unwrap_or("");
        if !text.trim().is_empty() && !MIXED.contains(&inside) {
            return Err(format!("text in <{inside}>"));
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("not closed: {open:?}"))
    }
}

#[test]
fn the_whole_keeps_to_the_schema() {
    let finding = Finding {
        severity: Severity::Error,
        ..sample::finding()
    };
    let mut events = sample::run();
    events.insert(1, Event::FindingReported(finding));
    validate(&report(&events)).unwrap();
    validate(&report(&[])).unwrap();
}

#[test]
fn the_check_finds_what_is_not_in_the_schema() {
    let head = "<?xml version=\"1.0\"?>\n";
    for bad in [
        "<testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\"></testsuite>",
        "<testsuites skipped=\"0\"></testsuites>",
        "<testsuites><testsuite name=\"a\"></testsuite></testsuites>",
        "<testsuites>text</testsuites>",
        "<testsuites><properties></properties></testsuites>",
    ] {
        assert!(validate(&format!("{head}{bad}")).is_err(), "{bad}");
    }
}
