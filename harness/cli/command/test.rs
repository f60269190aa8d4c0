//! `dryfire test`: loads content, runs its cases on a target, reports.

mod last;
mod select;
mod watch;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_content::selection::Change;
use dryfire_event::{ExitCode, Summary, exit_code};
use dryfire_report::Report;
use dryfire_runner::splunk::{self, Place, Pool, Splunk};
use dryfire_runner::{Local, Session, Settings, Target, Threads};
use dryfire_splunk::Lab;
use tokio::runtime::Runtime;

use watch::Files;

use super::{Failure, fetch, reports, target, unreadable, use_threads};
use crate::args::Test;
use crate::interrupt;

pub(crate) fn run(args: &Test) -> Result<ExitCode, Failure> {
    use_threads(args.threads);
    for path in &args.paths {
        if !path.exists() {
            return Err(Failure::new(
                ExitCode::Content,
                format!("error: `{}` is not there", path.display()),
            ));
        }
    }
    let cancel = interrupt::flag();
    let mut files = None;
    if !args.watch {
        return once(args, None, &mut files, &cancel);
    }
    if args.target != ["local"] {
        let text = "error: `--watch` is for the local engine: a Splunk is not searched unasked";
        return Err(Failure::new(ExitCode::Content, text));
    }
    let mut changes = None;
    loop {
        match once(args, changes.as_deref(), &mut files, &cancel) {
            Ok(ExitCode::Interrupted) => return Ok(ExitCode::Interrupted),
            Ok(_) => {}
            // What can't be loaded now may be mended with the next change.
            Err(failure) if files.is_some() => drop(failure.report()),
            Err(failure) => return Err(failure),
        }
        let found = files.as_mut().and_then(|files| files.wait(&cancel));
        let Some(found) = found else {
            return Ok(ExitCode::Interrupted);
        };
        changes = Some(found);
    }
}

/// Loads and runs once: all that is asked for, or of it what these files touch. Where files are watched and were not looked at yet,
/// they are, before anything runs: what changes during the run is seen.
fn once(
    args: &Test,
    changes: Option<&[Change]>,
    files: &mut Option<Files>,
    cancel: &Arc<AtomicBool>,
) -> Result<ExitCode, Failure> {
    let session = Session::load(&args.paths, &args.apps);
    let mut session = if args.integration {
        session.with_integration()
    } else {
        session
    };
    if args.watch && files.is_none() {
        *files = Some(Files::new(session.places(&args.paths)));
    }
    select::select(&mut session, args)?;
    if let Some(changes) = changes {
        session.select_affected(changes);
    }
    if args.select.list {
        return select::list(&session, args);
    }
    let mut reports = reports::open(&args.reports, args.select.scope())?;
    if !args.plan {
        reports.push(Box::new(last::Last::of(&session)));
    }
    if let Some(fetcher) = fetch::fetcher(args.fetching, &session.datasets)? {
        // Without the lock file, other data than meant would do.
        unreadable(&session)?;
        session.fetch(&args.target.join(","), &fetcher, cancel, &fetch::told);
    }
    let local = Local {
        session: &session,
        scheduler: &Threads,
        cancel,
        prefilter: true,
    };
    let settings = Settings {
        strict: args.strict,
        version: env!("CARGO_PKG_VERSION"),
        fail_fast: args.fail_fast.then_some(args.fail_on),
        today: dryfire_runner::today(),
    };
    if args.target == ["local"] {
        if args.plan {
            return Err(Failure::new(
                ExitCode::Content,
                "error: the local engine changes nothing: `--plan` belongs to a `--target`",
            ));
        }
        let ran = run_all(&session, &local, settings, cancel, &mut reports);
        return end(args, ran, &mut reports);
    }
    let mut servers = Vec::new();
    for name in &args.target {
        let connection = target::connect(&session, name)?;
        let place = Place::new(&connection);
        let runtime = splunk::runtime().map_err(|error| target::system(&error))?;
        let lab = connection
            .lab(&target::variables)
            .map_err(|error| target::failed(&error))?;
        servers.push((lab, place, runtime));
    }
    if args.plan {
        return plan(&session, &servers);
    }
    let mut open: Vec<Splunk<'_>> = Vec::new();
    for (lab, place, runtime) in servers {
        match Splunk::open(lab, place, local, runtime) {
            Ok(splunk) => open.push(splunk),
            Err(error) => {
                for splunk in open {
                    target::tell_left(&splunk.close(), &args.target.join(","));
                }
                return Err(target::failed(&error));
            }
        }
    }
    let first = open.remove(0);
    let there = Pool::new(first, open);
    let ran = run_all(&session, &there, settings, cancel, &mut reports);
    let left = target::tell_left(&there.close(), &args.target.join(","));
    match end(args, ran, &mut reports)? {
        ExitCode::Passed if left => Ok(ExitCode::Environment),
        code => Ok(code),
    }
}

/// Prints what would be done on one server. Which of several takes which tests is settled when they run.
fn plan(session: &Session, servers: &[(Lab, Place, Runtime)]) -> Result<ExitCode, Failure> {
    let [(lab, place, runtime)] = servers else {
        return Err(Failure::new(
            ExitCode::Content,
            "error: `--plan` is for one target at a time",
        ));
    };
    let steps = runtime
        .block_on(splunk::plan(session, place, lab.client()))
        .map_err(|error| target::failed(&error))?;
    target::print_plan(&steps)?;
    Ok(ExitCode::Passed)
}

/// Writes what is left of the reports, and gives the exit code.
fn end(
    args: &Test,
    ran: io::Result<Summary>,
    reports: &mut Vec<Box<dyn Report>>,
) -> Result<ExitCode, Failure> {
    let finished = reports.finish();
    let summary = ran?;
    finished?;
    Ok(exit_code(
        &summary,
        args.fail_on,
        select::may_be_empty(args),
    ))
}

fn run_all<T: Target>(
    session: &Session,
    target: &T,
    settings: Settings,
    cancel: &std::sync::atomic::AtomicBool,
    reports: &mut Vec<Box<dyn Report>>,
) -> io::Result<Summary> {
    dryfire_runner::run(session, target, settings, cancel, &mut |event| {
        reports.event(&event)
    })
}
