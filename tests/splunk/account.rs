//! What the account may do decides how tests are kept apart; several servers; what a run needs before it can begin.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use dryfire_testkit::{FakeSplunk, PASSWORD, Reply, TOKEN};
use serde_json::json;

use super::Lab;
use crate::project::{ON_SYSMON, Project, SILENT};

const ON_TARGET: [&str; 4] = ["test", "manifests", "--target", "lab"];

#[test]
fn each_way_in_runs_a_manifest() {
    for (way, variable, secret) in [
        ("basic", "DRYFIRE_LAB_PASSWORD", PASSWORD),
        ("token", "DRYFIRE_LAB_TOKEN", TOKEN),
    ] {
        // One that may not make users: all requests are the account's own.
        let lab = Lab::with(Project::new(), weak);
        let login = format!("login = \"{way}\"\njournal =");
        let project = lab.project.replace("dryfire.toml", "journal =", &login);
        let lab = Lab { project, ..lab };
        let run = lab.command().args(ON_TARGET).env(variable, secret).assert();
        let run = run.code(0);
        assert_eq!(lab.fake.server.count("POST", "/services/auth/login"), 0);
        lab.is_clean();
        let told = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
        lab.tells_no_secret(&told);
        assert!(
            told.contains("the account may not make users, so the search saw all"),
            "{told}"
        );
    }
}

/// The account may search, make indexes and tokens, and no users.
fn weak(request: &dryfire_testkit::Request) -> Option<Reply> {
    request.path.ends_with("/current-context").then(|| {
        Reply::json(
            200,
            &json!({ "entry": [{ "name": "c", "content": { "username": "tester", "capabilities": ["search", "indexes_edit", "edit_token_http"] } }] }),
        )
    })
}

#[test]
fn rows_of_other_indexes_are_reported_where_searches_see_them() {
    let fake = FakeSplunk::start_with(
        |text| match text.contains("Processes") {
            true => vec![json!({ "index": "main", "dest": "x" })],
            false => Vec::new(),
        },
        weak,
    );
    let lab = Lab::serve(Project::new(), fake);
    let run = lab.run(&ON_TARGET);
    run.ended(1);
    run.case(SILENT).is("undetermined", "other-index");
    let finding = run.case(SILENT).finding("DF408").clone();
    assert!(
        finding["message"]
            .as_str()
            .unwrap()
            .contains("from the index `main`"),
        "{finding}"
    );
    assert!(lab.fake.users().is_empty());
    lab.is_clean();
}

#[test]
fn a_test_that_gives_rows_to_lookups_proves_nothing_there() {
    let search = "| `windows_remote_assistance_spawning_process_filter`";
    let lab = Lab::new(
        Project::new()
            .replace(
                crate::project::DETECTION,
                search,
                &format!("| lookup seen dest OUTPUT owner | where isnull(owner) {search}"),
            )
            .replace(
                crate::project::MANIFEST,
                "\ntests:\n",
                "\nlookups: { seen: empty }\ntests:\n",
            ),
    );
    let run = lab.run(&ON_TARGET);
    assert_eq!(
        run.case(ON_SYSMON).verdict(),
        "undetermined",
        "{}",
        run.all()
    );
    run.says(&["a Splunk's lookups are not changed"]);
    lab.is_clean();
}

#[test]
fn several_servers_share_the_tests() {
    let lab = Lab::new(Project::shipped());
    let other = Lab::new(Project::shipped());
    let text = lab.project.read("dryfire.toml");
    let (url, other_url) = (
        lab.fake.server.url().to_string(),
        other.fake.server.url().to_string(),
    );
    let second = text
        .replace(&url, &other_url)
        .replace("[targets.lab]", "[targets.second]")
        .replace("journal.jsonl", "second.jsonl");
    let second = second.split("[targets.prod]").next().unwrap();
    let project = lab
        .project
        .write("dryfire.toml", format!("{text}\n{second}"));
    let lab = Lab { project, ..lab };
    let mut command = lab.command();
    command
        .args(["test", "manifests", "--target", "lab,second", "--json", "r"])
        .env("DRYFIRE_SECOND_PASSWORD", PASSWORD);
    command.assert().code(0);
    let verdicts = |text: &str| -> Vec<serde_json::Value> {
        let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
        events
            .filter_map(|event: serde_json::Value| {
                let case = event.get("case_finished")?;
                Some(json!([case["case"]["id"], case["verdict"]]))
            })
            .collect()
    };
    let here = lab.project.test(&[]);
    assert_eq!(verdicts(&lab.project.read("r")), verdicts(&here.json));
    for one in [&lab, &other] {
        assert!(!one.fake.received().is_empty());
        one.is_clean();
    }
}

#[test]
fn several_servers_work_at_the_same_time() {
    // Each server holds back the answer to its first detection's search until the other one has been asked, too.
    let asked = Arc::new((Mutex::new(0_usize), Condvar::new()));
    let server = || {
        let asked = Arc::clone(&asked);
        let first = AtomicBool::new(true);
        Lab::with(Project::shipped(), move |request| {
            let text = request.form("search").unwrap_or_default();
            if text.contains("Processes") && first.swap(false, Ordering::Relaxed) {
                let (count, more) = &*asked;
                let mut count = count.lock().unwrap();
                *count += 1;
                more.notify_all();
                let waited =
                    more.wait_timeout_while(count, Duration::from_secs(60), |count| *count < 2);
                drop(waited);
            }
            None
        })
    };
    let (lab, other) = (server(), server());
    let text = lab
        .project
        .read("dryfire.toml")
        .replace("search = 1", "search = 30");
    let text = text.replace("read = 2", "read = 30");
    let first = text.split("[targets.prod]").next().unwrap();
    let second = first
        .replace(
            lab.fake.server.url().as_str(),
            other.fake.server.url().as_str(),
        )
        .replace("[targets.lab]", "[targets.second]")
        .replace("journal.jsonl", "second.jsonl");
    let project = lab
        .project
        .write("dryfire.toml", format!("{first}\n{second}"));
    let lab = Lab { project, ..lab };
    let mut command = lab.command();
    command
        .args(["test", "manifests", "--target", "lab,second"])
        .env("DRYFIRE_SECOND_PASSWORD", PASSWORD);
    // One after the other, the first would wait for longer than its search may take.
    command.assert().code(0);
    assert_eq!(*asked.0.lock().unwrap(), 2);
    for one in [&lab, &other] {
        one.is_clean();
    }
}

#[test]
fn a_cloud_makes_no_index_and_no_token_and_acknowledges_nothing() {
    let lab = Lab::with(Project::new(), |request| {
        let path = request.path.as_str();
        if path.ends_with("/server/info") {
            let cloud = json!({ "version": "9.3.2411", "instance_type": "cloud" });
            return Some(Reply::json(
                200,
                &json!({ "entry": [{ "name": "i", "content": cloud }] }),
            ));
        }
        let makes = request.method == "POST"
            && (path.ends_with("/data/indexes") || path.ends_with("/inputs/http"));
        makes.then(|| Reply::status(404)).or_else(|| weak(request))
    });
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "login = \"token\"\nindexes = [\"main\"]\nindex = \"main\"\njournal =",
    );
    let lab = Lab { project, ..lab };
    let mut command = lab.command();
    command
        .args(ON_TARGET)
        .env("DRYFIRE_LAB_TOKEN", TOKEN)
        .env("DRYFIRE_LAB_HEC_TOKEN", TOKEN);
    let run = command.assert().code(0);
    lab.tells_no_secret(&String::from_utf8_lossy(&run.get_output().stdout));
    lab.got_each_event_once();
    let mut writes = lab.writes();
    writes.sort();
    writes.dedup();
    assert_eq!(
        writes,
        ["POST /services/collector/event", "SEARCH | delete"]
    );
    lab.is_clean();
}

#[test]
fn what_a_run_made_before_it_could_begin_is_undone() {
    let lab = Lab::with(Project::new(), |request| {
        let makes = request.method == "POST" && request.path.ends_with("/authentication/users");
        makes.then(|| {
            Reply::json(
                400,
                &json!({ "messages": [{ "type": "ERROR", "text": "password policy" }] }),
            )
        })
    });
    let run = lab.run(&ON_TARGET);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stderr.contains("password policy"), "{}", run.all());
    lab.is_clean();
}
