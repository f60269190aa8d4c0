//! Apps made to exhaust: whatever they hold, the program ends with a clear word and the right exit code. Memory is held by
//! a limit of the system (`ulimit -v`), under which the program could not hold what the apps would grow to.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::str::contains;

use crate::project::{MANIFEST, Project};

/// Runs the program in the project's folder; on Linux with so many mebibytes of address space.
fn within(mebibytes: u32, project: &Project, arguments: &[&str]) -> Assert {
    let mut command = if cfg!(target_os = "linux") {
        let mut shell = Command::new("sh");
        let limit = (mebibytes * 1024).to_string();
        shell.args(["-c", r#"ulimit -v "$0" && exec "$@""#, &limit]);
        shell.arg(env!("CARGO_BIN_EXE_dryfire"));
        shell.current_dir(project.path("."));
        shell
    } else {
        project.command()
    };
    command.args(arguments).assert()
}

/// A configuration of ten megabytes, of lines made by their number.
fn ten_megabytes(head: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for number in 0.. {
        if text.len() >= 10_000_000 {
            break;
        }
        text.push_str(&line(number));
    }
    text
}

const LOG: &str = "2024-03-01 10:00:00 y=1\n";

#[test]
fn a_configuration_of_ten_megabytes_is_loaded() {
    let props = ten_megabytes("", |number| {
        format!("[te:large:{number}]\nEVAL-x = \"value {number}\"\n")
    });
    let project = Project::empty()
        .write("TA_large/default/props.conf", props)
        .write("a.log", LOG);
    within(2048, &project, &["knowledge", "check", "TA_large"])
        .code(0)
        .stdout(contains("0 findings"));
    let search = ["search", "y=1 | table x", "a.log", "--app", "TA_large"];
    let of_one = ["--sourcetype", "te:large:77", "--format", "json"];
    within(2048, &project, &[&search[..], &of_one].concat())
        .code(0)
        .stdout(contains(r#"{"x":"value 77"}"#));
}

#[test]
fn more_rules_for_an_event_than_can_be_followed_leave_a_search_undecided() {
    // Without an end to it, each would be one more step down for the field of the last.
    let line = |kind: &str, number: usize| match kind {
        "EXTRACT-" => format!("EXTRACT-x{number} = y=(?<x{number}>\\d)\n"),
        "REPORT-" => format!("REPORT-x{number} = t\n"),
        "FIELDALIAS-" => format!("FIELDALIAS-x{number} = y AS x{number}\n"),
        "EVAL-" => format!("EVAL-x{number} = y + {number}\n"),
        _ => format!("LOOKUP-x{number} = t y OUTPUT z AS x{number}\n"),
    };
    for kind in ["EXTRACT-", "REPORT-", "FIELDALIAS-", "EVAL-", "LOOKUP-"] {
        let head = "[te:same]\nSHOULD_LINEMERGE = false\n";
        let project = Project::empty()
            .write(
                "TA_same/default/props.conf",
                ten_megabytes(head, |number| line(kind, number)),
            )
            .write(
                "TA_same/default/transforms.conf",
                "[t]\nfilename = t.csv\nREGEX = (?<r>\\d)\n",
            )
            .write("TA_same/lookups/t.csv", "y,z\n1,2\n")
            .write("a.log", LOG);
        within(2048, &project, &["knowledge", "check", "TA_same"])
            .code(1)
            .stdout(contains(format!("rules by `{kind}")));
        let search = ["search", "y=*", "a.log", "--sourcetype", "te:same"];
        let app = ["--app", "TA_same"];
        within(2048, &project, &[&search[..], &app].concat())
            .code(1)
            .stderr(contains("more rules for one kind of event"));
    }
}

#[test]
fn a_pattern_of_ten_megabytes_is_named() {
    let pattern = "a".repeat(10_000_000);
    let project = Project::empty().write(
        "TA_line/default/props.conf",
        format!("[te:line]\nEXTRACT-y = (?<y>{pattern})\n"),
    );
    let check = ["knowledge", "check", "TA_line", "--format", "concise"];
    within(1024, &project, &check)
        .code(1)
        .stdout(contains("TA_line/default/props.conf:2:13"))
        .stdout(contains("the pattern is not valid"));
}

/// Zeros without end.
struct Zeros;

impl Read for Zeros {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'0');
        Ok(buffer.len())
    }
}

#[test]
fn an_archive_that_grows_beyond_measure_is_refused() {
    let project = Project::new();
    let gzip = flate2::write::GzEncoder::new(
        File::create(project.path("bomb.tgz")).unwrap(),
        flate2::Compression::best(),
    );
    let mut archive = tar::Builder::new(gzip);
    let mut header = tar::Header::new_gnu();
    let size = 640 << 20;
    header.set_size(size);
    header.set_mode(0o644);
    archive
        .append_data(&mut header, "TA_bomb/default/props.conf", Zeros.take(size))
        .unwrap();
    archive.into_inner().unwrap().finish().unwrap();
    let project = project.write("a.log", LOG);
    let search = ["search", "*", "a.log", "--app", "bomb.tgz"];
    let events = ["events", "a.log", "--app", "bomb.tgz"];
    for arguments in [search.as_slice(), &events] {
        within(600, &project, arguments)
            .code(2)
            .stderr(contains("bomb.tgz is too large"));
    }
    // These tell all that they find in their report.
    let check = ["knowledge", "check", "bomb.tgz"];
    let test = ["test", MANIFEST, "--app", "bomb.tgz"];
    for arguments in [check.as_slice(), &test] {
        within(600, &project, arguments)
            .code(2)
            .stdout(contains("bomb.tgz is too large"));
    }
}

#[test]
fn macros_that_expand_without_end_are_named_whether_they_are_called_or_not() {
    // Each level calls the one below ten times: ten to the eleventh in all.
    let mut macros = "[level0]\ndefinition = a=1\n".to_owned();
    for level in 1..12 {
        let calls = vec![format!("`level{}`", level - 1); 10].join(" OR ");
        write!(macros, "[level{level}]\ndefinition = {calls}\n").unwrap();
    }
    macros += "[circle]\ndefinition = `round`\n[round]\ndefinition = x=1 OR `circle`\n";
    let project = Project::empty()
        .write("TA_laughs/default/macros.conf", macros)
        .write(
            "TA_laughs/default/eventtypes.conf",
            "[type]\nsearch = `level11`\n",
        )
        .write("a.log", LOG);
    let check = ["knowledge", "check", "TA_laughs", "--format", "concise"];
    within(600, &project, &check)
        .code(1)
        .stdout(contains("DF208"))
        .stdout(contains("DF206"))
        .stdout(contains("TA_laughs/default/macros.conf:"));
    // The full text leads from the macro to the event type that calls it.
    within(600, &project, &check[..3])
        .code(1)
        .stdout(contains("TA_laughs/default/eventtypes.conf:2:10"));
    let of_all = |spl| ["search", spl, "a.log", "--app", "TA_laughs"];
    within(600, &project, &of_all("`level11`"))
        .code(2)
        .stderr(contains("DF208"));
    within(600, &project, &of_all("`circle`"))
        .code(2)
        .stderr(contains("DF206"));
}

#[test]
fn a_pattern_that_backtracks_gives_up_and_is_none_that_does_not_match() {
    let props = "[extract]\nSHOULD_LINEMERGE = false\nEXTRACT-x = (?<x>(a+)+)$\n\
                 [report]\nSHOULD_LINEMERGE = false\nREPORT-x = backtracks\n\
                 [break]\nSHOULD_LINEMERGE = false\nLINE_BREAKER = ( )(?=(a+)+$)\n\
                 [calculate]\nSHOULD_LINEMERGE = false\nEVAL-x = replace(_raw, \"(a+)+$\", \"\")\n";
    let project = Project::empty()
        .write("TA_hostile/default/props.conf", props)
        .write(
            "TA_hostile/default/transforms.conf",
            "[backtracks]\nREGEX = (a+)+$\nFORMAT = x::$1\n",
        )
        .write(
            "a.log",
            format!("2024-03-01 10:00:00 {}b\n", "a".repeat(5_000)).repeat(20),
        );
    let of_all = |spl, sourcetype| {
        let search = ["search", spl, "a.log", "--app", "TA_hostile"];
        let of_one = ["--sourcetype", sourcetype];
        within(600, &project, &[&search[..], &of_one].concat())
    };
    for sourcetype in ["extract", "report", "calculate"] {
        of_all("x=* | stats count", sourcetype)
            .code(1)
            .stderr(contains("match limit exceeded"));
    }
    of_all("* | stats count", "break").code(3).stderr(contains(
        "LINE_BREAKER: PCRE2: error matching: match limit exceeded",
    ));
}
