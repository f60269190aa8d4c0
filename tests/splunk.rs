//! Commands that use a Splunk, against a server that plays one. It understands no SPL and gives the rows that the local engine
//! found: what is shown here is what is sent, in which order, and what is left. No Splunk was ever there.

mod account;
mod conformance;
mod hostile;
mod proof;
mod replay;
mod target;
mod verify;

use std::fs;
use std::process::{self, Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assert_cmd::Command;
use dryfire_testkit::{FakeSplunk, PASSWORD, Reply, Request, SESSION_KEY, TOKEN, USER};
use serde_json::{Value, json};

use crate::project::{Project, Run};

/// A project with a target `lab`, and the server behind it.
pub(crate) struct Lab {
    pub(crate) fake: FakeSplunk,
    pub(crate) project: Project,
}

/// What no output may hold.
const SECRETS: [&str; 3] = [PASSWORD, SESSION_KEY, TOKEN];

impl Lab {
    /// The shipped manifest, whose searches find there what they find locally.
    pub(crate) fn new(project: Project) -> Self {
        Self::with(project, |_| None)
    }

    /// The same with some answers replaced.
    pub(crate) fn with(
        project: Project,
        instead: impl FnMut(&Request) -> Option<Reply> + Send + 'static,
    ) -> Self {
        let here = project.test(&[]);
        let known = Known::of(&here);
        Self::serve(
            project,
            FakeSplunk::start_all(move |text, events| known.rows(text, events), instead),
        )
    }

    /// A server of the test's own.
    pub(crate) fn serve(project: Project, fake: FakeSplunk) -> Self {
        let url = fake.server.url();
        let project = project.write(
            "dryfire.toml",
            format!(
                "[targets.lab]\nurl = \"{url}\"\nhec_url = \"{url}\"\nenvironment = \"lab\"\nuser = \"{USER}\"\njournal = \"journal.jsonl\"\ntimeouts = {{ search = 1, acknowledge = 1, settle = 1, read = 2 }}\n\n[targets.prod]\nurl = \"{url}\"\nhec_url = \"{url}\"\nenvironment = \"prod\"\nuser = \"{USER}\"\nindexes = [\"*\"]\n"
            ),
        );
        Self { fake, project }
    }

    /// Enterprise Security is installed.
    pub(crate) fn has_enterprise_security(&self) {
        let suite = FakeSplunk::entry(
            "SplunkEnterpriseSecuritySuite",
            json!({ "version": "8.1.0" }),
        );
        self.fake.set("apps/local", vec![suite]);
    }

    /// A run that goes on by itself, once the server has seen what it waits for.
    pub(crate) fn spawn_until<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: &[S],
        seen: &AtomicBool,
    ) -> Child {
        let mut child = process::Command::new(env!("CARGO_BIN_EXE_dryfire"))
            .args(arguments)
            .current_dir(self.project.path("."))
            .env("DRYFIRE_LAB_PASSWORD", PASSWORD)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !seen.load(Ordering::Relaxed) {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    /// The command with the secrets in its environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.project.command();
        for name in ["LAB", "PROD"] {
            command.env(format!("DRYFIRE_{name}_PASSWORD"), PASSWORD);
        }
        command.env("XDG_STATE_HOME", self.project.path("state"));
        command
    }

    /// Runs the command; nothing that it writes holds a secret.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let json = self.project.path("run.jsonl");
        let _ = fs::remove_file(&json);
        let mut command = self.command();
        command.args(arguments);
        if ["test", "verify", "conformance"].contains(&arguments[0])
            && !arguments.contains(&"--plan")
        {
            command.arg("--json").arg(&json);
        }
        let output = command.output().unwrap();
        let run = Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            json: fs::read_to_string(json).unwrap_or_default(),
        };
        self.tells_no_secret(&run.all());
        assert!(!run.stderr.contains("panicked"), "{}", run.all());
        run
    }

    /// That neither a text nor any file of the project (reports, journal, records) holds a secret, the run's own included.
    #[track_caller]
    pub(crate) fn tells_no_secret(&self, text: &str) {
        let made = self.fake.passwords();
        let secrets: Vec<&str> = SECRETS
            .into_iter()
            .chain(made.iter().map(String::as_str))
            .collect();
        for secret in &secrets {
            assert!(!text.contains(secret), "{text}");
        }
        let mut folders = vec![self.project.path(".")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let held = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                let told = secrets.iter().any(|secret| held.contains(secret));
                assert!(!told, "{} holds a secret", path.display());
            }
        }
    }

    /// That the server was sent each event of so many once, over all tests.
    #[track_caller]
    pub(crate) fn got_each_event_once(&self) {
        let here = self.project.test(&[]);
        let cases = here.each("case_finished");
        let data = cases
            .iter()
            .flat_map(|case| case["datasets"].as_array().unwrap());
        let wanted: u64 = data.filter_map(|data| data["events"].as_u64()).sum();
        let received = self.fake.received();
        let lines = received.iter().map(|batch| batch.lines().count() as u64);
        assert_eq!(lines.sum::<u64>(), wanted);
    }

    /// The same with so many bytes of memory for data, and no more: what asks for more is ended by the system.
    pub(crate) fn run_within(&self, bytes: u64, arguments: &[&str]) -> Run {
        let mut command = process::Command::new("sh");
        command
            .args(["-c", "ulimit -d \"$0\" && exec \"$@\""])
            .arg((bytes / 1024).to_string())
            .arg(env!("CARGO_BIN_EXE_dryfire"))
            .args(arguments)
            .current_dir(self.project.path("."))
            .env("DRYFIRE_LAB_PASSWORD", PASSWORD);
        let output = command.output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            json: String::new(),
        }
    }

    /// The requests that change something, as `METHOD path`: neither reads nor logins, and searches only where they delete.
    pub(crate) fn writes(&self) -> Vec<String> {
        let requests = self.fake.server.requests();
        let mut writes: Vec<String> = requests.iter().filter_map(write).collect();
        writes.dedup();
        writes
    }

    /// That the server is as it was.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        self.is_undone();
        assert_eq!(self.fake.jobs(), 0);
    }

    /// The same, but for a job that a killed run began: those expire by themselves.
    #[track_caller]
    pub(crate) fn is_undone(&self) {
        assert_eq!(self.fake.indexes(), ["main", "risk", "notable"]);
        assert!(self.fake.users().is_empty(), "{:?}", self.fake.users());
        assert!(self.fake.tokens().is_empty(), "{:?}", self.fake.tokens());
        assert!(self.fake.saved().is_empty(), "{:?}", self.fake.saved());
        assert!(self.fake.events().is_empty());
    }
}

fn write(request: &Request) -> Option<String> {
    let path = request.path.as_str();
    if request.method == "GET" || path.ends_with("/auth/login") {
        return None;
    }
    if path.contains("/search/jobs") || path.contains("/search/v2/jobs") {
        let deletes = request
            .form("search")
            .is_some_and(|text| text.ends_with("| delete"));
        return deletes.then(|| "SEARCH | delete".to_owned());
    }
    if path.starts_with("/services/collector") {
        return (!path.ends_with("/health")).then(|| format!("POST {path}"));
    }
    Some(format!("{} {path}", request.method))
}

/// What searches find: that of the local engine, by the number of events that there are.
struct Known {
    results: Vec<(u64, Vec<Value>)>,
    risk: Vec<(u64, Vec<Value>)>,
    notables: Vec<(u64, Vec<Value>)>,
}

impl Known {
    fn of(run: &Run) -> Self {
        let rows = |key: &str| {
            let cases = run.each("case_finished").into_iter();
            cases
                .filter_map(|case| {
                    let events = case["datasets"].as_array()?;
                    let events = events.iter().filter_map(|data| data["events"].as_u64());
                    let rows = case.pointer(key)?.as_array()?;
                    Some((events.sum(), rows.iter().map(row).collect::<Vec<Value>>()))
                })
                .filter(|(_, rows)| !rows.is_empty())
                .collect()
        };
        Self {
            results: rows("/rows/first"),
            risk: rows("/risk_events"),
            notables: rows("/findings_made"),
        }
    }

    fn rows(&self, text: &str, events: u64) -> Vec<Value> {
        let (list, copy) = match text.split_once("search_name=\"") {
            Some((begin, name)) => (
                match begin.trim() {
                    "search index=risk" => &self.risk,
                    "search index=notable" => &self.notables,
                    "| from datamodel:Risk.All_Risk | search" => &self.risk,
                    _ => return Vec::new(),
                },
                name.strip_suffix('"'),
            ),
            None => (&self.results, None),
        };
        let found = list.iter().find(|(count, _)| *count == events);
        let mut rows = found.map(|(_, rows)| rows.clone()).unwrap_or_default();
        // As the server's own search made them.
        if let Some(copy) = copy {
            for row in &mut rows {
                row["search_name"] = json!(copy);
                row["index"] = json!(if list.as_ptr() == self.risk.as_ptr() {
                    "risk"
                } else {
                    "notable"
                });
            }
        }
        rows
    }
}

/// A row of an event as a Splunk writes it.
fn row(row: &Value) -> Value {
    let fields = row["fields"].as_array().unwrap().iter().map(|field| {
        let values = field["values"].as_array().unwrap();
        let value = match values.as_slice() {
            [one] => one.clone(),
            _ => json!(values),
        };
        (field["name"].as_str().unwrap().to_owned(), value)
    });
    Value::Object(fields.collect())
}

/// The calls of a plan that change something, in order.
fn planned(plan: &str) -> Vec<String> {
    let calls = plan.lines().filter_map(|line| line.strip_prefix("    "));
    let mut calls: Vec<String> = calls
        .filter(|call| *call != "SEARCH")
        .map(same_run)
        .collect();
    calls.dedup();
    calls
}

/// The calls that were made.
fn done(writes: &[String]) -> Vec<String> {
    let mut calls: Vec<String> = writes.iter().map(|call| same_run(call)).collect();
    calls.dedup();
    calls
}

/// A call with the run's own name left out.
fn same_run(call: &str) -> String {
    let mut parts = call.split("dryfire_run_");
    let begin = parts.next().unwrap_or_default().to_owned();
    parts.fold(begin, |text, part| {
        let after = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        format!("{text}RUN{after}")
    })
}
