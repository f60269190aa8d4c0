//! `dryfire serve` as a process: what it prints, what a kill leaves, and Dryfire's own Splunk target against it. The last
//! proves the wire between two parts of this project that share no code for it; it proves nothing of what SPL means.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;

use crate::project::{Project, dryfire};

const PASSWORD: &str = "of the test";
const TOKEN: &str = "0f0f0f0f-1111-2222-3333-444444444444";

/// A server that goes with the test.
struct Served {
    child: Child,
    told: Value,
}

impl Drop for Served {
    fn drop(&mut self) {
        // On Unix this is SIGKILL: nothing is tidied up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(arguments: &[&str]) -> Served {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dryfire"))
        .args([
            "serve",
            "--port",
            "0",
            "--hec-port",
            "0",
            "--format",
            "json",
        ])
        .args(arguments)
        .env("DRYFIRE_SERVE_PASSWORD", PASSWORD)
        .env("DRYFIRE_SERVE_HEC_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let told = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    Served { child, told }
}

impl Served {
    fn text(&self, key: &str) -> String {
        self.told[key].as_str().unwrap().to_owned()
    }

    fn url(&self, port: &str, path: &str) -> String {
        format!("{}{path}", self.text(port))
    }
}

/// Runs something that waits for the network, with a client that trusts the server's certificate and no other.
fn with_client<T, F: Future<Output = T>>(
    served: &Served,
    work: impl FnOnce(reqwest::Client) -> F,
) -> T {
    let pem = std::fs::read(served.text("certificate")).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work(client))
}

/// The values of a field that a search finds.
fn values(served: &Served, search: &str, field: &str) -> Vec<String> {
    let url = served.url("management", "/services/search/jobs/export");
    let body = with_client(served, |client| async move {
        let form = [("search", search), ("output_mode", "json")];
        let request = client.post(url).basic_auth("admin", Some(PASSWORD));
        let reply = request.form(&form).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        reply.text().await.unwrap()
    });
    let lines = body
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter_map(|line| Some(line.get("result")?[field].as_str()?.to_owned()))
        .collect()
}

#[test]
fn a_password_is_made_where_none_is_given_and_ports_in_use_are_told() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dryfire"))
        .args(["serve", "--port", "0", "--hec-port", "0"])
        .env_remove("DRYFIRE_SERVE_PASSWORD")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let lines: Vec<String> = out.lines().take(4).map(Result::unwrap).collect();
    for (line, begin) in lines.iter().zip([
        "management https://127.0.0.1:",
        "collector https://127.0.0.1:",
        "certificate ",
        "password ",
    ]) {
        assert!(line.starts_with(begin), "{line}");
    }
    let port = lines[0].rsplit(':').next().unwrap();
    let second = dryfire()
        .args(["serve", "--hec-port", "0", "--port", port])
        .env("DRYFIRE_SERVE_PASSWORD", PASSWORD)
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2));
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(told.contains("can't listen on 127.0.0.1:"), "{told}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Sends numbered events from several threads until the process is killed; the numbers that were acknowledged.
fn send_until_killed(mut served: Served, next: &AtomicU64, enough: usize) -> BTreeSet<u64> {
    let acknowledged = Mutex::new(BTreeSet::new());
    let over = AtomicBool::new(false);
    let shared = &served;
    let url = &shared.url("collector", "/services/collector/event");
    let (acked, ended) = (&acknowledged, &over);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                with_client(shared, |client| async move {
                    while !ended.load(Ordering::Relaxed) {
                        let first = next.fetch_add(10, Ordering::Relaxed);
                        let numbers = first..first + 10;
                        let body: String = numbers
                            .clone()
                            .map(|n| format!("{{\"event\":\"number={n}\"}}"))
                            .collect();
                        let request = client.post(url).body(body);
                        let request = request.header("Authorization", format!("Splunk {TOKEN}"));
                        let Ok(reply) = request.send().await else {
                            return;
                        };
                        if reply.status() == 200 && reply.text().await.is_ok() {
                            acked.lock().unwrap().extend(numbers);
                        }
                    }
                });
            });
        }
        while acknowledged.lock().unwrap().len() < enough {
            std::thread::yield_now();
        }
        // While all of them are sending.
        let pid = shared.child.id().to_string();
        let killed = Command::new("kill").args(["-9", &pid]).status().unwrap();
        assert!(killed.success());
        over.store(true, Ordering::Relaxed);
    });
    served.child.wait().unwrap();
    acknowledged.into_inner().unwrap()
}

#[cfg(unix)]
#[test]
fn what_was_acknowledged_outlives_a_kill_and_a_torn_last_write() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let next = AtomicU64::new(0);
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let served = serve(&["--data", data]);
        acknowledged.extend(send_until_killed(served, &next, 200));
        if round > 0 {
            tear(folder.path());
        }
        let served = serve(&["--data", data]);
        let found = values(&served, "search number=* | table number", "number");
        let count = found.len();
        let found: BTreeSet<u64> = found.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(found.len(), count, "no event is there twice");
        let lost: Vec<_> = acknowledged.difference(&found).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
    }
}

/// A write that the kill cut in the middle: the head of a record, and half of what it announces.
fn tear(folder: &Path) {
    let mut journal = std::fs::OpenOptions::new()
        .append(true)
        .open(folder.join("journal"))
        .unwrap();
    let mut torn = 1000_u32.to_le_bytes().to_vec();
    torn.extend([7; 500]);
    journal.write_all(&torn).unwrap();
}

#[test]
fn the_shipped_manifest_gives_the_same_verdicts_on_the_server() {
    let served = serve(&["--content", "manifests"]);
    let target = format!(
        "[targets.lab]\nurl = \"{}\"\nhec_url = \"{}\"\nenvironment = \"lab\"\nuser = \"admin\"\nca_file = \"{}\"\njournal = \"journal.jsonl\"\n",
        served.text("management"),
        served.text("collector"),
        served.text("certificate"),
    );
    let project = Project::new().write("dryfire.toml", target);
    let run = |target: &[&str], file: &str| -> Vec<(String, String, String)> {
        let mut command = project.command();
        command
            .args(["test", "manifests", "--json", file])
            .args(target);
        command.env("DRYFIRE_LAB_PASSWORD", PASSWORD);
        command.env("XDG_STATE_HOME", project.path("state"));
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{told}{errors}");
        let events = project.read(file);
        let events = events
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut cases: Vec<(String, String, String)> = events
            .filter_map(|event| {
                let case = event.get("case_finished")?;
                let verdict = case["verdict"].as_object()?.keys().next()?;
                let results = case["rows"]["total"].to_string();
                let test = case["case"]["test"].as_str()?;
                Some((test.to_owned(), verdict.clone(), results))
            })
            .collect();
        cases.sort();
        cases
    };
    let here = run(&[], "here.jsonl");
    let there = run(&["--target", "lab"], "there.jsonl");
    assert!(here.len() == 4, "{here:?}");
    assert_eq!(here, there);
    // What the run made is gone.
    let left = values(
        &served,
        "| eventcount summarize=false index=* | table index count",
        "index",
    );
    assert!(
        left.iter().all(|index| !index.contains("dryfire")),
        "{left:?}"
    );
}
