//! `dryfire replay` and `dryfire dump`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dryfire_testkit::{FakeSplunk, Held, PASSWORD, Reply};
use serde_json::json;

use super::Lab;
use crate::project::{Project, SECURITY, SYSMON};

const YAML: &str = "datasets/malware/qbot/msra/msra.yml";
const DETECTION: &str = "Windows Remote Assistance Spawning Process";

fn lab() -> Lab {
    Lab::serve(Project::shipped(), FakeSplunk::start(|_| Vec::new()))
}

fn replay<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["replay", "--target", "lab"], arguments].concat()
}

/// That these are the events of a file, one after the other. Some have several lines.
#[track_caller]
fn are_of(events: &[Held], lab: &Lab, file: &str) {
    let raws: Vec<&str> = events.iter().map(|event| event.raw.as_str()).collect();
    assert!(
        raws.join("\n") == lab.project.read(file).trim_end(),
        "{file}"
    );
}

#[test]
fn a_dataset_description_is_replayed_stays_and_is_undone() {
    let lab = lab();
    let run = lab.run(&replay(&[YAML]));
    run.ended(0).says(&[
        "windows-sysmon.log: 430 events into dryfire_replay (host dryfire-windows-sysmon-",
        "4 of 4 datasets, 1384 events sent, 1384 found",
    ]);
    let events = lab.fake.events();
    are_of(&events[..430], &lab, SYSMON);
    assert_eq!(
        events[0].source,
        "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"
    );
    assert_eq!(events[0].index, "dryfire_replay");
    // Again: what is there is not sent twice, with or without a word.
    let again = lab.run(&replay(&[YAML]));
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("holds 430 events of the host"),
        "{}",
        again.all()
    );
    lab.run(&replay(&["--resume", YAML]))
        .ended(0)
        .says(&["0 events sent, 1384 found"]);
    assert_eq!(lab.fake.events().len(), 1384);
    let plan = lab.run(&replay(&["--clean", "--plan"]));
    plan.ended(0)
        .says(&["undo: create the index `dryfire_replay`"]);
    lab.run(&replay(&["--clean"]))
        .ended(0)
        .says(&["undone: create the index `dryfire_replay`"]);
    lab.is_clean();
    assert_eq!(lab.run(&replay(&["--clean"])).stdout, "");
}

#[test]
fn the_plan_is_what_is_then_done() {
    let lab = lab();
    let plan = lab.run(&replay(&["--plan", YAML]));
    plan.ended(0);
    assert!(lab.writes().is_empty());
    let mut planned: Vec<&str> = plan
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    planned.dedup();
    lab.run(&replay(&[YAML])).ended(0);
    assert_eq!(planned, lab.writes());
}

#[test]
fn production_gets_no_replay() {
    let lab = lab();
    for more in [&[YAML][..], &["--clean"], &["--plan", YAML]] {
        let run = lab.run(&[&["replay", "--target", "prod"], more].concat());
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.stderr.contains("`prod` target: nothing writes there"));
    }
    assert!(lab.fake.server.requests().is_empty());
}

#[test]
fn data_is_found_by_file_folder_and_detection() {
    let project = Project::shipped();
    let text = project.read("manifests/detections/windows_remote_assistance_spawning_process.yml");
    assert!(!text.contains("\ntests:"), "the test adds its own");
    let text = text.replace("tags:\n", "tags:\n  analytic_story: [Qakbot]\n");
    let project = project.write(
        "manifests/detections/windows_remote_assistance_spawning_process.yml",
        format!("{text}tests:\n- name: own\n  attack_data:\n  - data: ../../{SECURITY}\n    sourcetype: XmlWinEventLog\n    source: XmlWinEventLog:Security\n"),
    );
    let lab = Lab::serve(project, FakeSplunk::start(|_| Vec::new()));
    for (what, datasets) in [
        (&[SYSMON][..], 1),
        (&["datasets"], 4),
        (&[DETECTION], 1),
        (&["ced50492-8849-11ec-9f68-acde48001122"], 1),
        (&["T1055"], 4),
        (&["Qakbot"], 1),
        (&[SYSMON, "datasets"], 4),
    ] {
        let run = lab.run(&replay(&[what, &["--plan"]].concat()));
        assert_eq!(run.code, 0, "{what:?} {}", run.all());
        assert_eq!(
            run.stdout.matches("send events").count(),
            datasets,
            "{what:?} {}",
            run.all()
        );
    }
    let run = lab.run(&replay(&["Nothing of the kind"]));
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("leads to no data"), "{}", run.all());
}

#[test]
fn the_old_form_of_a_description_is_read_from_the_clone_around_it() {
    let project = Project::shipped().write(
        "datasets/malware/qbot/msra/old.yml",
        "author: x\nid: 0b1c\ndate: '2020-01-01'\ndescription: x\nenvironment: y\ndataset:\n- https://media.example/attack_data/master/datasets/malware/qbot/msra/windows-security.log\nsourcetypes:\n- XmlWinEventLog\n",
    );
    let lab = Lab::serve(project, FakeSplunk::start(|_| Vec::new()));
    lab.run(&replay(&[
        "datasets/malware/qbot/msra/old.yml",
        "--source",
        "XmlWinEventLog:Security",
    ]))
    .ended(0);
    let events = lab.fake.events();
    assert_eq!(events.len(), 375);
    assert_eq!(events[0].source, "XmlWinEventLog:Security");
}

#[test]
fn events_of_others_in_an_index_are_neither_counted_nor_undone() {
    let lab = lab();
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "indexes = [\"main\"]\nindex = \"main\"\njournal =",
    );
    let lab = Lab { project, ..lab };
    // Somebody's own events.
    let other = ["replay", "--target", "lab", SECURITY, "--host", "wkstn"];
    lab.run(&other).ended(0);
    std::fs::remove_file(lab.project.path("journal.jsonl")).unwrap();
    let run = lab.run(&other);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("which are not of a replay"),
        "{}",
        run.all()
    );
    lab.run(&replay(&[SYSMON])).ended(0);
    lab.run(&replay(&["--clean"])).ended(0);
    assert_eq!(lab.fake.events().len(), 375);
    assert!(lab.fake.events().iter().all(|event| event.host == "wkstn"));
}

#[test]
fn a_rate_makes_batches_of_at_most_a_second() {
    let lab = lab();
    lab.run(&replay(&[SYSMON, "--rate", "200"])).ended(0);
    let sizes: Vec<usize> = lab
        .fake
        .received()
        .iter()
        .map(|batch| batch.lines().count())
        .collect();
    assert_eq!(sizes, [200, 200, 30]);
}

/// A terminal is made by `script`, where the system has it.
#[cfg(target_os = "linux")]
#[test]
fn a_person_sees_how_far_it_is() {
    let lab = lab();
    let command = format!(
        "{} replay --target lab {SYSMON} --rate 1000",
        env!("CARGO_BIN_EXE_dryfire")
    );
    let ran = std::process::Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(lab.project.path("."))
        .env("DRYFIRE_LAB_PASSWORD", PASSWORD)
        .output();
    let Ok(ran) = ran else {
        println!("skipped: there is no `script`");
        return;
    };
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    lab.tells_no_secret(&told);
    assert!(told.contains("\r430 events sent, now "), "{told}");
    assert!(told.contains("430 events sent, 430 found"), "{told}");
}

#[test]
fn what_the_same_host_sent_before_and_long_after_a_replay_is_left() {
    let lab = lab();
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "indexes = [\"main\"]\nindex = \"main\"\njournal =",
    );
    let lab = Lab { project, ..lab };
    lab.run(&replay(&[SECURITY, "--host", "wkstn"])).ended(0);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let days = 3 * 86_400;
    for (indexed, raw) in [(now - days, "before"), (now + days, "after")] {
        lab.fake.hold(Held {
            index: "main".into(),
            host: "wkstn".into(),
            raw: raw.into(),
            indexed,
            ..Held::default()
        });
    }
    lab.run(&replay(&["--clean"])).ended(0);
    let left = lab.fake.events();
    let left: Vec<&str> = left.iter().map(|event| event.raw.as_str()).collect();
    assert_eq!(left, ["before", "after"]);
}

#[test]
fn times_move_to_now_and_keep_their_spacing() {
    let lab = lab();
    lab.run(&replay(&[SYSMON])).ended(0);
    let before = lab.fake.events();
    lab.run(&replay(&["--clean"])).ended(0);
    lab.run(&replay(&[SYSMON, "--time", "now", "--rewrite"]))
        .ended(0);
    let after = lab.fake.events();
    let seconds = |event: &Held| event.time.as_ref().unwrap().parse::<f64>().unwrap();
    let shift = seconds(&after[0]) - seconds(&before[0]);
    assert!(shift > 1e8 && shift.fract() == 0.0, "{shift}");
    for (old, new) in before.iter().zip(&after) {
        assert!((seconds(new) - seconds(old) - shift).abs() < 1e-3);
        assert_ne!(old.raw, new.raw, "the text tells the new time");
        assert_eq!(old.raw.len(), new.raw.len());
    }
    let resume = lab.run(&replay(&[SYSMON, "--time", "now", "--resume"]));
    assert_eq!(resume.code, 2);
    assert!(resume.stderr.contains("the present is another now"));
    // The lab's index keeps events for six years.
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "indexes = [\"main\"]\nindex = \"main\"\nsend_as = \"raw\"\njournal =",
    );
    let old = project.read(SYSMON).replace("2022-01-11", "2012-01-11");
    let lab = Lab {
        project: project.write(SYSMON, old),
        ..lab
    };
    let run = lab.run(&replay(&[SYSMON, "--plan"]));
    for told in [
        "the index `main` keeps events for 2184 days",
        "MAX_DAYS_AGO",
    ] {
        assert!(run.stderr.contains(told), "{}", run.all());
    }
}

#[test]
fn a_replay_that_was_killed_is_resumed_without_a_double_and_can_be_undone() {
    let batches = Arc::new(AtomicUsize::new(0));
    let stuck = Arc::new(AtomicBool::new(false));
    let (seen, is_stuck) = (batches.clone(), stuck.clone());
    let fake = FakeSplunk::start_with(
        |_| Vec::new(),
        move |request| {
            let sends = request.path.ends_with("/collector/event");
            let hangs = sends && seen.fetch_add(1, Ordering::Relaxed) == 2;
            hangs.then(|| {
                is_stuck.store(true, Ordering::Relaxed);
                Reply::Nothing
            })
        },
    );
    let lab = Lab::serve(Project::shipped(), fake);
    // Slowly, so that there are several batches.
    let arguments = replay(&[SYSMON, "--rate", "100"]);
    let mut child = lab.spawn_until(&arguments, &stuck);
    child.kill().unwrap();
    child.wait().unwrap();
    let there = lab.fake.events().len();
    assert!((100..430).contains(&there), "{there}");
    let resume = replay(&[SYSMON, "--rate", "100", "--resume"]);
    lab.run(&resume).ended(0).says(&["were there already"]);
    are_of(&lab.fake.events(), &lab, SYSMON);
    lab.run(&replay(&["--clean"])).ended(0);
    lab.is_undone();
}

#[test]
fn a_test_that_was_killed_is_undone_by_clean() {
    let stuck = Arc::new(AtomicBool::new(false));
    let is_stuck = stuck.clone();
    let lab = Lab::with(Project::new(), move |request| {
        let search = request.form("search").unwrap_or_default();
        (request.path.ends_with("/jobs") && search.contains("Processes")).then(|| {
            is_stuck.store(true, Ordering::Relaxed);
            Reply::Silence
        })
    });
    let mut child = lab.spawn_until(&["test", "manifests", "--target", "lab"], &stuck);
    // While it lives, nobody else changes this target.
    let busy = lab.run(&replay(&["--clean"]));
    assert_eq!(busy.code, 2);
    assert!(busy.stderr.contains("another run works on this target"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(lab.fake.indexes().len(), 4);
    lab.run(&replay(&["--clean"])).ended(0);
    lab.is_clean();
}

#[test]
fn a_test_that_was_killed_while_its_copy_ran_is_undone_by_clean() {
    let stuck = Arc::new(AtomicBool::new(false));
    let is_stuck = stuck.clone();
    let lab = Lab::with(Project::shipped(), move |request| {
        request.path.ends_with("/dispatch").then(|| {
            is_stuck.store(true, Ordering::Relaxed);
            Reply::Silence
        })
    });
    lab.has_enterprise_security();
    let mut child = lab.spawn_until(&["test", "manifests", "--target", "lab"], &stuck);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(lab.fake.saved().len(), 1);
    let run = lab.run(&replay(&["--clean"]));
    run.ended(0).says(&[
        "undone: let the search `",
        "undone: create the private search `",
        "undone: create the role and the user `",
    ]);
    lab.is_undone();
}

#[test]
fn what_can_not_be_undone_stays_in_the_journal() {
    let refuses = Arc::new(AtomicBool::new(true));
    let still = refuses.clone();
    let fake = FakeSplunk::start_with(
        |_| Vec::new(),
        move |request| {
            let removes = request.method == "DELETE" && request.path.contains("/data/indexes/");
            (removes && still.load(Ordering::Relaxed)).then(|| {
                Reply::json(
                    403,
                    &json!({ "messages": [{ "type": "ERROR", "text": "not allowed" }] }),
                )
            })
        },
    );
    let lab = Lab::serve(Project::shipped(), fake);
    lab.run(&replay(&[SYSMON])).ended(0);
    let run = lab.run(&replay(&["--clean"]));
    assert_eq!(run.code, 3);
    assert!(
        run.stderr
            .contains("can't undo: create the index `dryfire_replay`"),
        "{}",
        run.all()
    );
    refuses.store(false, Ordering::Relaxed);
    lab.run(&replay(&["--clean"])).ended(0);
    lab.is_clean();
}

#[test]
fn what_is_dumped_replays_as_the_same_events() {
    let lab = lab();
    lab.run(&replay(&[YAML])).ended(0);
    let first = lab.fake.events();
    let rows: Vec<serde_json::Value> = first
        .iter()
        .map(|event| {
            json!({ "_time": event.time, "_raw": event.raw, "source": event.source, "sourcetype": event.sourcetype })
        })
        .collect();
    let range = Lab::serve(
        Project::shipped(),
        FakeSplunk::start(move |text| {
            assert_eq!(
                text,
                "search index=win | sort 0 + _time | fields _time _raw source sourcetype"
            );
            rows.clone()
        }),
    );
    let dump = [
        "dump",
        "index=win",
        "dumped.log",
        "--target",
        "prod",
        "--earliest",
        "-1h",
    ];
    range.run(&dump).ended(0).says(&["described in dumped.yml"]);
    let asked = range.fake.server.requests();
    assert!(
        asked
            .iter()
            .any(|request| request.form("earliest_time").as_deref() == Some("-1h"))
    );
    // Nothing is overwritten.
    assert_eq!(range.run(&dump).code, 2);
    range.run(&replay(&["dumped.yml"])).ended(0);
    let key = |event: &Held| {
        (
            event.sourcetype.clone(),
            event.source.clone(),
            event.time.clone(),
            event.raw.clone(),
        )
    };
    let mut before: Vec<_> = first.iter().map(key).collect();
    let replayed = range.fake.events();
    let mut after: Vec<_> = replayed.iter().map(key).collect();
    before.sort();
    after.sort();
    assert_eq!(before, after);
}

#[test]
fn an_attack_range_is_found_by_its_configuration() {
    let fake = FakeSplunk::start(|_| Vec::new());
    let url = fake.server.url();
    let project = Project::shipped()
        .write(
            "attack_range.yml",
            format!("general:\n  attack_range_password: {PASSWORD}\n  cloud_provider: local\nsplunk_server:\n  byo_splunk: '0'\n  byo_splunk_ip: ''\n"),
        )
        .write(
            "dryfire.toml",
            format!("[targets.range]\nattack_range = \"attack_range.yml\"\nurl = \"{url}\"\nhec_url = \"{url}\"\nenvironment = \"lab\"\nuser = \"tester\"\nindex = \"win\"\njournal = \"j\"\n"),
        );
    let run = project
        .command()
        .args(["replay", SYSMON, "--target", "range"])
        .assert()
        .code(0);
    assert!(!String::from_utf8_lossy(&run.get_output().stdout).contains(PASSWORD));
    assert_eq!(fake.events().len(), 430);
    assert_eq!(fake.events()[0].index, "win");
    // Where the address stands nowhere, that is said.
    let project = project.replace(
        "dryfire.toml",
        &format!("url = \"{url}\"\nhec_url"),
        "hec_url",
    );
    let run = project
        .command()
        .args(["replay", SYSMON, "--target", "range"])
        .assert()
        .code(2);
    let told = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(told.contains("does not say where its Splunk is"), "{told}");
}

#[test]
fn a_dump_only_reads() {
    let lab = lab();
    let dump = |search, target| lab.run(&["dump", search, "dumped.log", "--target", target]);
    for (search, target, told) in [
        (
            "index=main | outputlookup assets.csv",
            "prod",
            "`outputlookup` writes",
        ),
        (
            "index=main | collect index=summary",
            "lab",
            "`collect` writes",
        ),
        (
            "index=main | append [search index=x | delete]",
            "lab",
            "`delete` writes",
        ),
        ("index=main | `write_it`", "prod", "macro"),
        ("index=main | frobnicate", "prod", "frobnicate"),
    ] {
        let run = dump(search, target);
        assert_eq!(run.code, 2, "{search} {}", run.all());
        assert!(run.stderr.contains(told), "{search} {}", run.all());
    }
    assert!(lab.fake.server.requests().is_empty(), "nothing was asked");
}
