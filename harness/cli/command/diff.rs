//! `dryfire diff`: what changed from one run, folder or git ref to another.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use dryfire_event::{Event, ExitCode, Place, SCHEMA_VERSION};
use dryfire_report::{Comparison, Recorded};
use dryfire_runner::{Local, Session, Settings, Threads};

use super::{Failure, unreadable, use_threads};
use crate::args::{Diff, DiffFormat};
use crate::interrupt;

pub(crate) fn run(args: &Diff) -> Result<ExitCode, Failure> {
    use_threads(args.threads);
    let cancel = interrupt::flag();
    let before = side(args, &args.before, &cancel)?;
    let after = side(args, &args.after, &cancel)?;
    let comparison = Comparison::of(&before, &after);
    let text = match args.format {
        DiffFormat::Text => comparison.text(),
        DiffFormat::Markdown => comparison.markdown(),
        DiffFormat::Html => comparison.html(),
    };
    match &args.output {
        None => io::stdout().write_all(text.as_bytes())?,
        Some(path) => fs::write(path, text).map_err(|error| unusable("write", path, &error))?,
    }
    if cancel.load(std::sync::atomic::Ordering::Relaxed) {
        return Ok(ExitCode::Interrupted);
    }
    Ok(match comparison.is_worse() {
        true => ExitCode::Failed,
        false => ExitCode::Passed,
    })
}

/// One of the two: the events of a run, the content of a folder, or that of a git ref.
fn side(args: &Diff, name: &str, cancel: &AtomicBool) -> Result<Recorded, Failure> {
    let path = Path::new(name);
    if path.is_file() {
        return recorded(path);
    }
    if path.is_dir() {
        return tested(args, name, path, cancel);
    }
    let folder = checkout(name)?;
    tested(args, name, folder.path(), cancel)
}

/// The events that `--json` wrote.
fn recorded(path: &Path) -> Result<Recorded, Failure> {
    let mut recorded = Recorded::new(path.display().to_string());
    let file = File::open(path).map_err(|error| unusable("read", path, &error))?;
    let mut events = 0;
    for (at, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| unusable("read", path, &error))?;
        let event: Event = serde_json::from_str(&line).map_err(|error| {
            content(format!(
                "error: {}:{}: this is no event of a run: {error}\nhelp: `dryfire test … --json FILE` writes the file that is compared",
                path.display(),
                at + 1
            ))
        })?;
        if let Event::RunStarted(started) = &event
            && started.schema_version != SCHEMA_VERSION
        {
            return Err(content(format!(
                "error: `{}` was written in version {} of the events' schema, and this dryfire reads version {SCHEMA_VERSION}\nhelp: run both with the same version of dryfire",
                path.display(),
                started.schema_version
            )));
        }
        recorded.event(&event);
        events += 1;
    }
    if events == 0 {
        return Err(content(format!(
            "error: `{}` is empty: there is no run in it",
            path.display()
        )));
    }
    Ok(recorded)
}

/// Runs the content of a folder on the local engine. Places are told as from within the folder.
fn tested(
    args: &Diff,
    name: &str,
    folder: &Path,
    cancel: &AtomicBool,
) -> Result<Recorded, Failure> {
    let session = Session::load(&[folder.to_owned()], &args.apps);
    unreadable(&session)?;
    let session = match args.integration {
        true => session.with_integration(),
        false => session,
    };
    let local = Local {
        session: &session,
        scheduler: &Threads,
        cancel,
        prefilter: true,
    };
    let settings = Settings {
        strict: args.strict,
        version: env!("CARGO_PKG_VERSION"),
        fail_fast: None,
        today: dryfire_runner::today(),
    };
    let prefix = format!("{}/", folder.display());
    let mut recorded = Recorded::new(name);
    dryfire_runner::run(&session, &local, settings, cancel, &mut |mut event| {
        if let Event::CaseFinished(finished) = &mut event {
            from_within(&prefix, finished.case.place.as_mut());
        }
        recorded.event(&event);
        Ok::<(), io::Error>(())
    })?;
    Ok(recorded)
}

fn from_within(prefix: &str, place: Option<&mut Place>) {
    if let Some(place) = place
        && let Some(file) = place.file.strip_prefix(prefix)
    {
        place.file = file.to_owned();
    }
}

/// The files of a git ref, below the current folder, in a folder of their own that goes with the value.
fn checkout(reference: &str) -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::tempdir()?;
    let commit = format!("{reference}^{{commit}}");
    let known = git([
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &commit,
    ])
    .output();
    let known = known.map_err(|error| no_git(reference, &error))?;
    if !known.status.success() {
        return Err(content(format!(
            "error: `{reference}` is neither a file or folder nor a commit that git knows here\nhelp: give the events of a run (`dryfire test … --json FILE`), a folder of content, or a git ref"
        )));
    }
    let commit = String::from_utf8_lossy(&known.stdout).trim().to_owned();
    let mut child = git(["archive", "--format=tar", &commit])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| no_git(reference, &error))?;
    let unpacked = match child.stdout.take() {
        Some(archive) => tar::Archive::new(archive).unpack(folder.path()),
        None => Ok(()),
    };
    let mut said = String::new();
    if let Some(mut errors) = child.stderr.take() {
        errors.read_to_string(&mut said)?;
    }
    let ended = child.wait()?;
    if !ended.success() {
        return Err(content(format!(
            "error: git can't give the files of `{reference}`: {}",
            said.trim()
        )));
    }
    unpacked.map_err(|error| unusable("unpack the files of", Path::new(reference), &error))?;
    Ok(folder)
}

fn git<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("git");
    command.args(arguments.into_iter().map(OsStr::new));
    command
}

fn no_git(reference: &str, error: &io::Error) -> Failure {
    content(format!(
        "error: `{reference}` is no file or folder, and git can't be asked for it: {error}"
    ))
}

fn unusable(what: &str, path: &Path, error: &io::Error) -> Failure {
    content(format!("error: can't {what} `{}`: {error}", path.display()))
}

fn content(text: String) -> Failure {
    Failure::new(ExitCode::Content, text)
}
