//! Data behind addresses: fetched when that is asked for, each file once, and there without a network afterwards.

use std::fs;

use assert_cmd::Command;
use dryfire_testkit::{FakeSplunk, FileServer, Play};

use crate::project::{
    CROWDSTRIKE, DETECTION, ON_CROWDSTRIKE, ON_SECURITY, ON_SYSMON, Project, Run, SECURITY, SILENT,
    SYSMON, repository,
};
use crate::splunk::Lab;

const YAML: &str = "datasets/malware/qbot/msra/msra.yml";
const BENIGN: &str = "datasets/malware/qbot/msra/benign-remote-assistance.log";
const FILES: [&str; 4] = [SYSMON, SECURITY, CROWDSTRIKE, BENIGN];

/// Where a server has a file, as a forge writes it.
fn path(file: &str) -> String {
    format!("/o/attack_data/raw/master/{file}")
}

/// A server with the data, each file given in its own way.
fn serve(plays: [Play; 4]) -> FileServer {
    let bytes = FILES.map(|file| fs::read(repository().join(file)).unwrap());
    let paths = FILES.map(path);
    let mut files: Vec<(&str, &[u8], Play)> = Vec::new();
    for (place, play) in plays.into_iter().enumerate() {
        files.push((&paths[place], &bytes[place], play));
    }
    FileServer::start(&files)
}

/// The project with its data behind addresses of a server, and not on disk.
fn remote(mut project: Project, server: &FileServer) -> Project {
    for file in FILES {
        let address = server.at(&path(file));
        project = project
            .replace(YAML, &format!("path: /{file}"), &format!("path: {address}"))
            .remove(file);
    }
    project
}

/// `dryfire test manifests` with a cache in the project's folder.
fn test(project: &Project, arguments: &[&str]) -> Run {
    run(
        project,
        project.command(),
        &[&["test", "manifests"], arguments].concat(),
    )
}

fn run(project: &Project, mut command: Command, arguments: &[&str]) -> Run {
    let json = project.path("run.jsonl");
    let _ = fs::remove_file(&json);
    command
        .env("XDG_CACHE_HOME", project.path("cache"))
        .env_remove("DRYFIRE_FETCH_HEADERS")
        .args(arguments);
    if arguments[0] == "test" {
        command.arg("--json").arg(&json);
    }
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        json: fs::read_to_string(json).unwrap_or_default(),
    }
}

/// Verdicts and rows: what a run says but for how long it took.
fn verdicts(run: &Run) -> Vec<String> {
    let cases = run.each("case_finished");
    cases
        .into_iter()
        .map(|mut case| {
            case["duration_micros"] = 0.into();
            case.to_string()
        })
        .collect()
}

#[test]
fn nothing_is_fetched_unasked() {
    let server = serve([Play::Whole; 4]);
    let project = remote(Project::new(), &server);
    let run = test(&project, &[]);
    run.ended(3);
    let case = run.case(ON_SYSMON);
    case.is("error", "dataset-remote");
    let help = case.finding("DF405")["help"].to_string();
    assert!(help.contains("--fetch"), "{help}");
    let offline = test(&project, &["--offline"]);
    offline
        .ended(3)
        .case(ON_SYSMON)
        .is("error", "dataset-remote");
    assert!(server.requests().is_empty());
    // What failed is remembered there for `--rerun`; no data is.
    let kept = std::fs::read_dir(project.path("cache/dryfire")).unwrap();
    let kept: Vec<_> = kept.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, ["runs"]);
}

#[test]
fn each_file_is_fetched_once_and_the_second_run_needs_no_network() {
    let server = serve([
        Play::CutOnce(10_000),
        Play::BusyOnce,
        Play::Pointer,
        Play::Slow,
    ]);
    let project = remote(Project::new(), &server);
    let first = test(&project, &["--fetch"]);
    let all = [ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE, SILENT];
    first.ended(0).passed(&all);
    assert_eq!(first.stderr.matches("fetched http://").count(), 4);
    // Resumed, asked again, and led to its data; the slow one is just waited for.
    let counts = FILES.map(|file| server.count(&path(file)));
    assert_eq!(counts, [2, 2, 1, 1]);
    let asked = server.requests();
    let ranges = asked.iter().filter_map(|one| one.header("range"));
    assert_eq!(ranges.collect::<Vec<_>>(), ["bytes=10000-"]);
    for arguments in [["--offline"], ["--fetch"]] {
        let second = test(&project, &arguments);
        second.ended(0).passed(&all);
        assert_eq!(verdicts(&second), verdicts(&first));
        assert!(!second.stderr.contains("fetched"), "{}", second.all());
    }
    assert_eq!(server.requests().len(), asked.len());
    // Nothing tells where the cache is.
    assert!(!first.all().contains("cache/dryfire"));
}

#[test]
fn what_cannot_be_fetched_is_an_error_of_its_cases_alone() {
    let server = serve([Play::Whole, Play::LostPointer, Play::Whole, Play::Whole]);
    let project = remote(Project::new(), &server);
    let gone = server.at(&path(CROWDSTRIKE));
    let project = project.replace(YAML, &gone, &format!("{gone}.gone"));
    let run = test(&project, &["--fetch"]);
    run.ended(3).passed(&[ON_SYSMON, SILENT]);
    let pointer = run.case(ON_SECURITY);
    pointer.is("error", "dataset-unreachable").finding("DF430");
    let missing = run.case(ON_CROWDSTRIKE);
    missing.is("error", "dataset-missing").finding("DF401");
    run.says(&["the server answered 404", "Object does not exist"]);
}

#[test]
fn the_configuration_may_ask_for_it_and_say_where() {
    let server = serve([Play::Whole; 4]);
    let settings = "[datasets]\ncache = \"kept\"\nfetch = true\n";
    let project = remote(Project::new(), &server).write("dryfire.toml", settings);
    test(&project, &["--offline"]).ended(3);
    assert!(server.requests().is_empty());
    test(&project, &[]).ended(0);
    assert!(project.path("kept/objects").is_dir() && !project.path("cache").exists());
    let project = project.write("dryfire.toml", format!("{settings}limit_mib = 0\n"));
    fs::remove_dir_all(project.path("kept")).unwrap();
    let run = test(&project, &[]);
    run.ended(3)
        .case(ON_SYSMON)
        .is("error", "dataset-too-large");
}

#[test]
fn headers_come_from_the_environment_and_are_never_shown() {
    let server = serve([Play::Private, Play::Whole, Play::Whole, Play::Whole]);
    let project = remote(Project::new(), &server);
    let run = test(&project, &["--fetch"]);
    let refused = run.case(ON_SYSMON);
    let help = refused.finding("DF430")["help"].to_string();
    assert!(help.contains("DRYFIRE_FETCH_HEADERS"), "{help}");
    let with = |text: &str| {
        let mut command = project.command();
        command
            .env("DRYFIRE_FETCH_HEADERS", text)
            .env("XDG_CACHE_HOME", project.path("cache"))
            .args(["test", "manifests", "--fetch"]);
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains("t0p"), "{said}");
        (output.status.code(), said)
    };
    let (code, said) = with("localhost X-Key t0p");
    assert_eq!(code, Some(2));
    assert!(said.contains("line 1 of DRYFIRE_FETCH_HEADERS"), "{said}");
    assert_eq!(with("localhost X-Key: t0p").0, Some(0));
}

#[test]
fn an_address_can_stand_where_files_stand() {
    let server = serve([Play::Whole; 4]);
    let project = Project::shipped();
    let address = server.at(&path(SYSMON));
    let here = |arguments: &[&str]| run(&project, project.command(), arguments);
    let search = ["search", "* | stats count", &address, "--format", "csv"];
    let unasked = here(&search);
    assert!(
        unasked.code == 3 && unasked.stderr.contains("--fetch"),
        "{}",
        unasked.all()
    );
    here(&[&search[..], &["--fetch"]].concat())
        .ended(0)
        .says(&["430"]);
    here(&["events", &address, "--offline", "--limit", "1"]).ended(0);
    let coverage = here(&["coverage", DETECTION, "--data", &address, "--offline"]);
    coverage.ended(0);
    assert!(
        coverage.stderr.contains("1 files, 1 fired"),
        "{}",
        coverage.all()
    );
    here(&[
        "explain",
        DETECTION,
        "manifests",
        "--on",
        &address,
        "--offline",
    ])
    .ended(0);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_address_is_replayed() {
    let server = serve([Play::CutOnce(5_000), Play::Whole, Play::Whole, Play::Whole]);
    let lab = Lab::serve(Project::shipped(), FakeSplunk::start(|_| Vec::new()));
    let address = server.at(&path(SYSMON));
    let replay = ["replay", "--target", "lab", &address];
    let unasked = run(&lab.project, lab.command(), &replay);
    assert!(
        unasked.code == 3 && unasked.stderr.contains("--fetch"),
        "{}",
        unasked.all()
    );
    let asked = [&replay[..], &["--fetch"]].concat();
    run(&lab.project, lab.command(), &asked)
        .ended(0)
        .says(&["windows-sysmon.log: 430 events into dryfire_replay"]);
    assert_eq!(lab.fake.events().len(), 430);
    let again = [&replay[..], &["--offline", "--resume"]].concat();
    run(&lab.project, lab.command(), &again)
        .ended(0)
        .says(&["0 events sent, 430 found"]);
    assert_eq!(server.count(&path(SYSMON)), 2);
}

#[test]
fn data_is_locked_and_checked() {
    let server = serve([Play::Whole; 4]);
    let project = remote(Project::new(), &server);
    let here = |arguments: &[&str]| run(&project, project.command(), arguments);
    let listed = here(&["datasets", "list", "manifests", "--format", "csv"]);
    listed
        .ended(0)
        .says(&["windows-sysmon.log,dataset-remote,1,,no"]);
    here(&["datasets", "check", "manifests"]).ended(3);
    assert!(server.requests().is_empty());
    here(&["datasets", "fetch", "manifests", "--lock"])
        .ended(0)
        .says(&["4 of 4 datasets are in the cache"]);
    let listed = here(&["datasets", "list", "manifests", "--format", "csv"]);
    listed
        .ended(0)
        .says(&["windows-sysmon.log,cached,1,589094,yes,"]);
    here(&["datasets", "check", "manifests"])
        .ended(0)
        .says(&["4 datasets are sound, 0 damaged, 0 not there; 0 of the fetched"]);
    let lock = project.read("dryfire.lock");
    // A file that changed in the cache, at the same length.
    let line = lock
        .lines()
        .find(|line| line.ends_with("windows-sysmon.log"));
    let sum = line.unwrap()[..64].to_owned();
    let object = format!("cache/dryfire/objects/{}/{sum}", &sum[..2]);
    let changed = project.read(&object).replacen('<', "(", 1);
    let project = project.write(&object, changed);
    let here = |arguments: &[&str]| run(&project, project.command(), arguments);
    here(&["datasets", "check", "manifests"]).ended(1).says(&[
        "windows-sysmon.log: damaged",
        "3 datasets are sound, 1 damaged",
    ]);
    // Other data than is written down is refused.
    let project = project
        .remove(&object)
        .write("dryfire.lock", lock.replace(&sum, &"0".repeat(64)));
    let run = test(&project, &["--fetch"]);
    run.ended(3).passed(&[ON_SECURITY]);
    let refused = run.case(ON_SYSMON);
    refused.is("error", "dataset-checksum").finding("DF431");
    let project = project.write("dryfire.lock", "nonsense\n");
    let broken = test(&project, &["--fetch"]);
    assert!(
        broken.code == 2 && broken.stderr.contains("line 1 of `dryfire.lock`"),
        "{}",
        broken.all()
    );
}
