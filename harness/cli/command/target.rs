//! Splunks of `dryfire.toml`, for the commands that use one.

use std::fmt::Display;
use std::io::{self, Write};

use dryfire_content::TargetSettings;
use dryfire_diagnostic::{Diagnostic, Severity};
use dryfire_event::ExitCode;
use dryfire_runner::Session;
use dryfire_runner::splunk::{Connection, Step};
use dryfire_splunk::{Change, Error};

use super::Failure;
use crate::output::visible;

/// A variable of the environment.
pub(crate) fn variables(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The target of that name, with the secrets of the environment.
pub(crate) fn connect(session: &Session, name: &str) -> Result<Connection, Failure> {
    let wrong: Vec<Diagnostic> = session
        .configured
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .cloned()
        .collect();
    if !wrong.is_empty() {
        return Err(Failure::of(ExitCode::Content, &wrong, &session.sources));
    }
    let known = &session.targets;
    let found = known.iter().find(|target| target.name.value == name);
    let settings = found.ok_or_else(|| unknown(known, name))?;
    Connection::new(settings, &variables).map_err(|error| failed(&error))
}

fn unknown(known: &[TargetSettings], name: &str) -> Failure {
    let names: Vec<String> = known
        .iter()
        .map(|target| format!("`{}`", target.name.value))
        .collect();
    let help = if names.is_empty() {
        format!("set it up in dryfire.toml, under [targets.{name}]")
    } else {
        format!("dryfire.toml has {}", names.join(", "))
    };
    Failure::new(
        ExitCode::Content,
        format!("error: there is no target `{name}`: {help}"),
    )
}

/// What ends a command that could not use its target.
pub(crate) fn failed(error: &Error) -> Failure {
    let code = match error {
        Error::Settings(_) | Error::Protected(_) => ExitCode::Content,
        Error::Interrupted => ExitCode::Interrupted,
        _ => ExitCode::Environment,
    };
    Failure::new(code, format!("error: {error}"))
}

/// The same where the system fails.
pub(crate) fn system(error: &io::Error) -> Failure {
    Failure::new(ExitCode::Environment, format!("error: {error}"))
}

/// Prints what would be done.
pub(crate) fn print_plan(steps: &[Step]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for step in steps {
        writeln!(out, "{}", visible(&step.to_string()))?;
    }
    Ok(())
}

/// Says what could not be undone. Whether anything was left is returned.
pub(crate) fn tell_left<E: Display>(left: &[(Change, E)], target: &str) -> bool {
    let mut out = io::stderr().lock();
    for (change, error) in left {
        let line = format!("warning: can't undo: {change}: {error}");
        let _ = writeln!(out, "{}", visible(&line));
    }
    if !left.is_empty() {
        let _ = writeln!(
            out,
            "it stays in the journal: `dryfire replay --clean --target {target}` tries again"
        );
    }
    !left.is_empty()
}
