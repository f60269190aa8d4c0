//! `dryfire test`: which cases are run; `--list` prints them.

use std::io::{self, Write};

use dryfire_content::{Case, CaseKind};
use dryfire_event::ExitCode;
use dryfire_runner::{Selection, Session};

use super::last::Last;
use crate::args::Test;
use crate::command::Failure;
use crate::output::visible;

/// Keeps the cases that were asked for.
pub(super) fn select(session: &mut Session, args: &Test) -> Result<(), Failure> {
    let asked = &args.select;
    let mut selection = Selection {
        filter: asked.filter.clone(),
        changed: asked.changed.then(|| asked.base.clone()),
        only: None,
        shard: asked.shard,
    };
    if asked.rerun.is_some() {
        let last = Last::of(session);
        let failed = last.read().map_err(|why| {
            Failure::new(
                ExitCode::Content,
                format!("error: nothing to run again: {why}"),
            )
        })?;
        selection.only = Some((failed, "it did not pass when it was last run".to_owned()));
    }
    let path = args
        .paths
        .first()
        .map_or(".".as_ref(), |path| path.as_path());
    let told = session
        .select(&selection, path)
        .map_err(|error| Failure::new(ExitCode::Content, format!("error: {error}")))?;
    for since in told {
        let files = match since.changes.len() {
            1 => "1 file".to_owned(),
            files => format!("{files} files"),
        };
        let line = format!("{files} changed since {}", since.base);
        let _ = writeln!(io::stderr(), "{}", visible(&line));
    }
    Ok(())
}

/// Whether a run of nothing is as it should be.
pub(super) fn may_be_empty(args: &Test) -> bool {
    args.allow_empty || args.watch || args.select.changed || args.select.rerun.is_some()
}

/// Prints the cases, and why each is run.
pub(super) fn list(session: &Session, args: &Test) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    for case in &session.cases {
        writeln!(out, "{}", visible(&line(case)))?;
        for why in &case.selected {
            writeln!(out, "    {}", visible(why))?;
        }
    }
    let cases = session.cases.len();
    writeln!(out, "{cases} {}", if cases == 1 { "case" } else { "cases" })?;
    Ok(match session.cases.is_empty() && !may_be_empty(args) {
        true => ExitCode::NothingSelected,
        false => ExitCode::Passed,
    })
}

fn line(case: &Case) -> String {
    let mut line = case.detection.name.value.clone();
    if !case.test.is_empty() {
        line.push_str(&format!(" · {}", case.test));
    }
    if case.kind != CaseKind::Unit {
        line.push_str(&format!(" ({})", case.kind.as_str()));
    }
    if let Some(skip) = &case.skip {
        line.push_str(&format!("  skipped: {skip}"));
    }
    format!("{line}  {}", case.id)
}
