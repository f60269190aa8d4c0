//! A copy of the manifests and their data in a temporary folder, to break one thing at a time, and what a run over it gave.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The detection that the manifest tests.
pub(crate) const DETECTION: &str =
    "manifests/detections/windows_remote_assistance_spawning_process.yml";
/// The manifest.
pub(crate) const MANIFEST: &str = "manifests/qbot_msra.yml";
/// The folder of the data.
const DATA: &str = "datasets/malware/qbot/msra";
/// The attack in the Sysmon log.
pub(crate) const SYSMON: &str = "datasets/malware/qbot/msra/windows-sysmon.log";
/// The attack in the Security log.
pub(crate) const SECURITY: &str = "datasets/malware/qbot/msra/windows-security.log";
/// The attack in the CrowdStrike sensor's events.
pub(crate) const CROWDSTRIKE: &str = "datasets/malware/qbot/msra/crowdstrike.log";

/// The names of the manifest's tests.
pub(crate) const ON_SYSMON: &str = "fires on Sysmon process creation";
pub(crate) const ON_SECURITY: &str = "fires on the Windows Security log";
pub(crate) const ON_CROWDSTRIKE: &str = "fires on CrowdStrike process events";
pub(crate) const SILENT: &str = "is silent on a help desk's ordinary day";
pub(crate) const VALID: &str = "is valid";

/// The repository itself.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The binary under test, without what the surroundings would say about colours and CI.
pub(crate) fn dryfire() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dryfire"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "CI"] {
        command.env_remove(name);
    }
    // What did not pass is remembered there; nobody's own cache is touched.
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.current_dir(repository());
    command
}

/// A temporary folder to run in.
pub(crate) struct Project(TempDir);

impl Project {
    /// Nothing in it.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The manifests and their data, cut to the unit tests: one broken thing then shows in the exit code, whatever else is
    /// asked of the detection.
    pub(crate) fn new() -> Self {
        let project = Self::shipped();
        let manifest = project.read(MANIFEST);
        let unit = |test: &&str| !test.contains("\n    type: ");
        let kept: Vec<&str> = manifest.split("\n  - name: ").filter(unit).collect();
        assert_eq!(
            kept.len(),
            5,
            "the head, three tests that fire, one that is silent"
        );
        let kept = kept.join("\n  - name: ") + "\n";
        project.write(MANIFEST, kept)
    }

    /// The manifests and their data, as they are.
    pub(crate) fn shipped() -> Self {
        let project = Self::empty();
        for folder in ["manifests", "manifests/detections", DATA] {
            fs::create_dir_all(project.path(folder)).unwrap();
            for entry in fs::read_dir(repository().join(folder))
                .unwrap()
                .map(Result::unwrap)
            {
                if entry.file_type().unwrap().is_file() {
                    fs::copy(entry.path(), project.path(folder).join(entry.file_name())).unwrap();
                }
            }
        }
        project
    }

    /// Where a file of the project is.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// The file's text.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(self, file: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Replaces the first occurrence of a text, which must be there.
    pub(crate) fn replace(self, file: &str, from: &str, to: &str) -> Self {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no `{from}`");
        self.write(file, text.replacen(from, to, 1))
    }

    /// Takes a file away.
    pub(crate) fn remove(self, file: &str) -> Self {
        fs::remove_file(self.path(file)).unwrap();
        self
    }

    /// `file:line:column` of the first occurrence of a text, found without the program's help.
    pub(crate) fn place_of(&self, file: &str, text: &str) -> String {
        let all = self.read(file);
        let before = &all[..all
            .find(text)
            .unwrap_or_else(|| panic!("{file} has no `{text}`"))];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        format!("{file}:{line}:{column}")
    }

    /// The binary, run in the project's folder.
    pub(crate) fn command(&self) -> Command {
        let mut command = dryfire();
        command.current_dir(self.0.path());
        command
    }

    /// `dryfire test manifests` with further arguments.
    pub(crate) fn test(&self, arguments: &[&str]) -> Run {
        self.run(&[&["test", "manifests"], arguments].concat())
    }

    /// `dryfire test` as given, with `--json`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let json = self.path("run.jsonl");
        let output = self
            .command()
            .args(arguments)
            .arg("--json")
            .arg(&json)
            .output()
            .unwrap();
        let run = Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            json: fs::read_to_string(json).unwrap_or_default(),
        };
        // Whatever goes wrong, nothing panics.
        assert!(
            run.code != 101 && !run.stderr.contains("panicked"),
            "{}",
            run.all()
        );
        run
    }
}

/// What a run gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) json: String,
}

impl Run {
    /// All of it, for the message of a failed assertion.
    pub(crate) fn all(&self) -> String {
        format!(
            "exit code {}\n{}\n{}\n{}",
            self.code, self.stdout, self.stderr, self.json
        )
    }

    /// The events.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.json
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The contents of the events of one kind.
    pub(crate) fn each(&self, kind: &str) -> Vec<Value> {
        self.events()
            .iter()
            .filter_map(|event| event.get(kind).cloned())
            .collect()
    }

    /// A test's verdict with its evidence.
    #[track_caller]
    pub(crate) fn case(&self, test: &str) -> Case {
        let found = self
            .each("case_finished")
            .into_iter()
            .find(|case| case["case"]["test"] == test);
        Case(found.unwrap_or_else(|| panic!("no case `{test}` in {}", self.all())))
    }

    /// The findings that belong to no case.
    pub(crate) fn findings(&self) -> Vec<Value> {
        self.each("finding_reported")
    }

    /// That these tests passed.
    #[track_caller]
    pub(crate) fn passed(&self, tests: &[&str]) -> &Self {
        for test in tests {
            assert_eq!(self.case(test).verdict(), "passed", "{}", self.all());
        }
        self
    }

    /// That the run ended with this code.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }

    /// That a person reads each of these texts.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(
                self.stdout.contains(text),
                "nothing says `{text}` in {}",
                self.all()
            );
        }
        self
    }
}

/// One finished case.
pub(crate) struct Case(pub(crate) Value);

impl Case {
    /// `passed`, `failed`, …
    pub(crate) fn verdict(&self) -> &str {
        let verdict = self.0["verdict"].as_object().unwrap();
        assert_eq!(verdict.len(), 1, "{verdict:?}");
        verdict.keys().next().unwrap()
    }

    /// The reason's category, such as `no-results`.
    pub(crate) fn category(&self) -> &str {
        self.0["verdict"][self.verdict()]["reason"]["category"]
            .as_str()
            .unwrap_or_default()
    }

    /// The finding with this code.
    #[track_caller]
    pub(crate) fn finding(&self, code: &str) -> &Value {
        let found = self.0["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["code"] == code);
        found.unwrap_or_else(|| panic!("no finding {code} in {}", self.0))
    }

    /// That it has this verdict for this category of reason.
    #[track_caller]
    pub(crate) fn is(&self, verdict: &str, category: &str) -> &Self {
        assert_eq!(
            (self.verdict(), self.category()),
            (verdict, category),
            "{}",
            self.0
        );
        self
    }
}

/// `file:line:column` of whatever has a place.
pub(crate) fn place(of: &Value) -> String {
    let place = &of["place"];
    format!(
        "{}:{}:{}",
        place["file"].as_str().unwrap_or("?"),
        place["line"],
        place["column"]
    )
}
