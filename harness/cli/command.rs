//! The subcommands, one file each.

pub(crate) mod conformance;
pub(crate) mod coverage;
pub(crate) mod datasets;
pub(crate) mod dump;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod fetch;
pub(crate) mod knowledge;
pub(crate) mod replay;
pub(crate) mod reports;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod spl;
pub(crate) mod target;
pub(crate) mod test;
pub(crate) mod validate;
pub(crate) mod verify;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, codes, full};
use dryfire_event::ExitCode as Code;
use dryfire_runner::Session;

use crate::output::visible;

/// What ends a command without a result of its own.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    code: Code,
}

impl Failure {
    /// A failure with that exit code.
    pub(crate) fn new(code: Code, text: impl fmt::Display) -> Self {
        Self {
            text: text.to_string(),
            code,
        }
    }

    /// All diagnostics, in full.
    pub(crate) fn of(code: Code, diagnostics: &[Diagnostic], sources: &SourceMap) -> Self {
        let texts: Vec<String> = diagnostics
            .iter()
            .map(|found| full(found, sources, false))
            .collect();
        Self {
            text: texts.join("\n\n"),
            code,
        }
    }

    /// Tells the user, and gives the exit code. A reader that went away is no failure.
    pub(crate) fn report(self) -> ExitCode {
        if !self.text.is_empty() {
            let _ = writeln!(io::stderr(), "{}", visible(&self.text));
        }
        ExitCode::from(self.code.code())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self {
                text: String::new(),
                code: Code::Passed,
            },
            _ => Self::new(
                Code::Content,
                format!("error: can't write the output: {error}"),
            ),
        }
    }
}

/// Stops where an app or a configuration can't be read: without it the result would be another, unseen. What is broken
/// inside of an app is no such thing.
pub(crate) fn unreadable(session: &Session) -> Result<(), Failure> {
    let configured = session.configured.iter();
    let configured = configured.filter(|found| found.severity == Severity::Error);
    let apps = session.diagnostics.iter();
    let apps = apps.filter(|found| found.code == &codes::dataset::APP_UNREADABLE);
    let wrong: Vec<Diagnostic> = configured.chain(apps).cloned().collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Failure::of(Code::Content, &wrong, &session.sources)),
    }
}

/// Makes rayon's pool as large as asked for.
pub(crate) fn use_threads(threads: Option<usize>) {
    if let Some(threads) = threads {
        dryfire_runner::Threads::limit(threads);
    }
}
