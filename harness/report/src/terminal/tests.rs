//! Golden outputs of the report for people.

use dryfire_event::{CaseFinished, CaseKind, ErrorKind, Event, Finding, Severity, Verdict};

use super::{Terminal, TerminalOptions};
use crate::text::width;
use crate::{Report, sample};

fn report(events: &[Event], options: TerminalOptions) -> String {
    let mut out = Vec::new();
    let mut report = Terminal::new(&mut out, options);
    for event in events {
        report.event(event).unwrap();
    }
    report.finish().unwrap();
    String::from_utf8(out).unwrap()
}

/// The events of some cases, without the sample's finding.
fn events(cases: Vec<CaseFinished>) -> Vec<Event> {
    let mut events = sample::run_of(cases);
    events.retain(|event| !matches!(event, Event::FindingReported(_)));
    for event in &mut events {
        if let Event::RunFinished(finished) = event {
            finished.summary.run_findings = dryfire_event::FindingCounts::default();
        }
    }
    events
}

#[track_caller]
fn check(cases: Vec<CaseFinished>, expected: &str) {
    let text = report(&events(cases), TerminalOptions::default());
    assert_eq!(text.trim_end(), expected.trim(), "\n{text}");
}

fn plain(test: &str, verdict: Verdict) -> CaseFinished {
    CaseFinished::new(
        sample::case("Detect Mimikatz", test, CaseKind::Unit),
        verdict,
    )
}

fn sampled(test: &str) -> CaseFinished {
    sample::cases()
        .into_iter()
        .find(|finished| finished.case.test == test)
        .unwrap()
}

#[test]
fn passes_and_what_they_rest_on() {
    check(
        vec![sampled("fires on Sysmon process creation"), sampled("makes a risk event"), sampled("validation")],
        "
dryfire 0.1.0 · target local · all time · 3 cases

PASS  Windows Remote Assistance Spawning Process · fires on Sysmon process creation (synthetic data, 2 assumptions)   5 rows  12 ms
PASS  Windows Remote Assistance Spawning Process · makes a risk event (simulated, 1 assumption, 1 warning)   1 row  <1 ms
PASS  Suspicious Rundll32 Inline HTA · validation   <1 ms

fields from
  2 cases  Splunk_TA_microsoft_sysmon 4.0.2 (built-in)

passed with warnings
  1 case  warning[DF640]: `maxresultrows` of limits.conf cut the subsearch at 50,000 rows

passed under assumptions
  2 cases  `values` sorts by bytes
  1 case   `parent_process_name` is the last part of ParentImage

passed with parts of Splunk simulated
  1 case  risk events

passed on synthetic data
  1 case  data written for the test, not recorded from an attack

3 passed, 0 failed in 0.05 s
",
    );
}

#[test]
fn a_search_without_rows() {
    check(
        vec![sampled("fires on a renamed parent")],
        "
dryfire 0.1.0 · target local · all time · 1 case

FAIL  Windows Remote Assistance Spawning Process · fires on a renamed parent   0 rows  14 ms
      no row came back where at least 1 is expected

────────────────────────────────────────────────────────────────────────────────────────────────────
FAIL  Windows Remote Assistance Spawning Process · fires on a renamed parent
  no row came back where at least 1 is expected
  at detections/endpoint/windows_remote_assistance_spawning_process.yml:61:5

  expected  at least 1 row
  actual    no rows

  rows after each pipe
    0    tstats summariesonly=false count from datamodel=Endpoint.Processes where Processes.parent_process_name=msra.ex…
       <- no event matches at detections/endpoint/windows_remote_assistance_spawning_process.yml:15:12
    0  | rename Processes.* as *
    0  | search NOT process=\"*msra.exe*\"

  a condition that no event satisfies
    Processes.parent_process_name=msra.exe  detections/endpoint/windows_remote_assistance_spawning_process.yml:16:11
      the data has  msra2.exe  in 3 events
                    mshta.exe  in 1 event

  data         datasets/attack_techniques/T1055/msra/windows-sysmon.log  212 events, 384.2 kB, XmlWinEventLog
  fields from  Splunk_TA_microsoft_sysmon 4.0.2 (built-in)
  time         all time, now 2026-02-03T04:05:07Z, UTC
────────────────────────────────────────────────────────────────────────────────────────────────────

fields from
  1 case  Splunk_TA_microsoft_sysmon 4.0.2 (built-in)

0 passed, 1 failed in 0.05 s
",
    );
}

#[test]
fn a_row_that_differs() {
    let text = report(
        &events(vec![sampled("names the user")]),
        TerminalOptions::default(),
    );
    let expected = r#"
  expected  a row with user=bob and dest=win-*  detections/endpoint/windows_remote_assistance_spawning_process.yml:66:9
  actual    9 rows, none of them
  nearest   row 2
            user          is        ADMINISTRATOR\u{1b}[31m
                          expected  bob
            dest          win-dc-128.attackrange.local
            process       C:\Windows\System32\rundll32.exe javascript:"\..\mshtml,RunHTMLApplication ";document.write()…
            process_guid  {4D1C8F8E-7F0C-6201-7D08-000000000E02}

  rows after each pipe
    120    search sourcetype=XmlWinEventLog EventCode=1
      9  | stats count by dest, user, process, process_guid

  result (first 2 of 9 rows)
    1  dest          win-dc-128.attackrange.local
       user          ADMINISTRATOR\u{1b}[31m
       process       C:\Windows\System32\rundll32.exe javascript:"\..\mshtml,RunHTMLApplication ";document.write();h=ne…
       process_guid  {4D1C8F8E-7F0C-6201-7D08-000000000E02}
"#;
    assert!(text.contains(expected), "\n{text}");
}

#[test]
fn small_rows_are_a_table() {
    let mut finished = plain(
        "t",
        Verdict::failed("too-many-rows", "2 rows came back where none is expected"),
    );
    let row = |dest: &str, users: &[&str]| {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        [
            ("dest".to_owned(), vec![dest.to_owned()]),
            ("user".to_owned(), users),
        ]
        .into_iter()
        .collect()
    };
    finished.rows.first = vec![row("win-1", &["bob", "eve"]), row("win-host-20", &[])];
    finished.rows.total = 2;
    let text = report(&events(vec![finished]), TerminalOptions::default());
    let expected = "
  result (2 rows)
    dest         user
    win-1        bob; eve
    win-host-20  (null)
";
    assert!(text.contains(expected), "\n{text}");
}

#[test]
fn conditions_that_each_hold_but_never_together() {
    let mut finished = sampled("fires on a renamed parent");
    finished
        .trace
        .conditions
        .iter_mut()
        .for_each(|condition| condition.events += 2);
    let text = report(&events(vec![finished]), TerminalOptions::default());
    let expected = "
  events that satisfy each condition alone
     2  Processes.parent_process_name=msra.exe
    42  Processes.user!=SYSTEM
";
    assert!(text.contains(expected), "\n{text}");
}

#[test]
fn many_cases_are_folded() {
    let mut cases: Vec<_> = (0..1_200)
        .map(|at| plain(&format!("t{at}"), Verdict::Passed))
        .collect();
    cases.extend((0..5).map(|at| {
        plain(
            &format!("u{at}"),
            Verdict::undetermined("lookup-missing", "lookup `x` is not there"),
        )
    }));
    cases.push(plain("s", Verdict::skipped("manual-test", "manual test")));
    let text = report(&events(cases), TerminalOptions::default());
    assert!(!text.contains("PASS"), "\n{text}");
    let in_full = text.matches("UNDET  Detect Mimikatz").count();
    assert_eq!(
        (in_full, text.matches("UNDET Detect Mimikatz").count()),
        (3, 3),
        "\n{text}"
    );
    assert!(
        text.contains(
            "\n      more undetermined for the same reason (lookup-missing) are counted\n"
        ),
        "\n{text}"
    );
    let end = "
and 2 more undetermined for the same reason (lookup-missing)

cases by verdict and reason
  1,200  passed
      5  undetermined  lookup-missing
      1  skipped       manual-test

1,200 passed, 0 failed, 5 undetermined, 1 skipped in 0.05 s
";
    assert!(text.ends_with(end), "\n{text}");
}

#[test]
fn errors_of_one_reason_are_counted_and_failures_never() {
    let remote = || Verdict::error(ErrorKind::Dataset, "dataset-remote", "it is remote");
    let mut cases: Vec<_> = (0..60)
        .map(|at| plain(&format!("e{at}"), remote()))
        .collect();
    cases.extend((0..9).map(|at| plain(&format!("f{at}"), Verdict::failed("no-rows", "no row"))));
    let text = report(&events(cases), TerminalOptions::default());
    assert_eq!(text.matches("\nERROR Detect").count(), 3, "\n{text}");
    assert_eq!(
        text.matches("\nFAIL  Detect Mimikatz · f").count(),
        2 * 9,
        "\n{text}"
    );
    assert!(
        text.contains("\nand 57 more errors for the same reason (dataset-remote)\n"),
        "\n{text}"
    );
}

#[test]
fn attack_data_gives_github_no_commands() {
    let mut finished = sampled("names the user");
    finished.rows.first[0].fields[0].values = vec!["::add-mask::a ##[error]b".into()];
    finished.case.detection = "::stop-commands::x".into();
    let github = TerminalOptions {
        github: true,
        ..TerminalOptions::default()
    };
    let text = report(&events(vec![finished]), github);
    let obeyed = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    assert!(!text.lines().any(obeyed), "\n{text}");
}

#[test]
fn a_finding_stands_where_it_comes_up() {
    let text = report(
        &sample::run_of(vec![plain("t", Verdict::Passed)]),
        TerminalOptions::default(),
    );
    let expected = "
dryfire 0.1.0 · target local · all time · 1 case

warning[DF102]: unknown key `datset`
 --> manifests/t1055.yml:4:3
  |
4 |   datset: windows-sysmon.log
  |   ^^^^^^ did you mean `dataset`?

PASS  Detect Mimikatz · t   0 rows  <1 ms

1 warning outside of cases, shown above
1 passed, 0 failed in 0.05 s
";
    assert_eq!(text, expected.trim_start(), "\n{text}");
}

#[test]
fn an_interrupted_run_still_ends_with_its_counts() {
    let mut events = events(vec![
        plain("t", Verdict::Passed),
        plain("u", Verdict::Cancelled),
    ]);
    events.pop();
    let text = report(&events, TerminalOptions::default());
    assert!(
        text.ends_with("\ninterrupted: 1 passed, 0 failed, 1 cancelled\n"),
        "\n{text}"
    );
}

#[test]
fn nothing_selected() {
    check(
        Vec::new(),
        "
dryfire 0.1.0 · target local · all time · no cases


no case was selected: 0 passed, 0 failed in 0.05 s
",
    );
}

#[test]
fn lines_of_cases_keep_within_a_terminal() {
    for columns in [40, 64, 80, 100, 120, 200] {
        let options = TerminalOptions {
            width: columns,
            tty: true,
            ..TerminalOptions::default()
        };
        let text = report(&events(sample::cases()), options);
        let stream = text.split("\n────").next().unwrap();
        for line in stream
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with("      ("))
        {
            assert!(width(line) <= columns, "{columns}: {line}");
        }
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let colored = report(
        &sample::run(),
        TerminalOptions {
            color: true,
            ..TerminalOptions::default()
        },
    );
    let uncolored = report(&sample::run(), TerminalOptions::default());
    assert!(colored.contains("\x1b[31m"));
    assert_eq!(
        anstream::adapter::strip_str(&colored).to_string(),
        uncolored
    );
}

#[test]
fn attack_data_can_not_drive_the_terminal() {
    let mut finished = sampled("names the user");
    finished.case.test = "t\x1b]0;owned\x07\r\n".into();
    finished.findings.push(Finding {
        severity: Severity::Error,
        rendered: "a\x1b[2Jb".into(),
        ..sample::finding()
    });
    let text = report(&events(vec![finished]), TerminalOptions::default());
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n'),
        "\n{text}"
    );
}

#[test]
fn a_hidden_progress_bar_leaves_the_lines_alone() {
    let with = report(
        &sample::run(),
        TerminalOptions {
            progress: true,
            ..TerminalOptions::default()
        },
    );
    assert_eq!(with, report(&sample::run(), TerminalOptions::default()));
}
