//! `dryfire test`: loads content, runs its cases on a target, reports.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};

use dryfire_event::{ExitCode, Summary, exit_code};
use dryfire_report::{Github, Html, Json, Junit, Markdown, Report, Terminal, TerminalOptions};
use dryfire_runner::splunk::{self, Place, Splunk};
use dryfire_runner::{Local, Session, Settings, Target, Threads};

use super::{Failure, target, use_threads};
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
    let mut reports: Vec<Box<dyn Report>> = vec![Box::new(Terminal::new(
        io::stdout(),
        TerminalOptions::detect(),
    ))];
    if let Some(path) = &args.json {
        reports.push(Box::new(Json::new(BufWriter::new(create(path)?))));
    }
    if let Some(path) = &args.junit {
        reports.push(Box::new(Junit::new(BufWriter::new(create(path)?))));
    }
    if let Some(path) = &args.html {
        let html = Html::folder(path).map_err(|error| cannot_write(path, &error))?;
        reports.push(Box::new(html));
    }
    if let Some(path) = &args.markdown {
        reports.push(Box::new(Markdown::new(BufWriter::new(create(path)?))));
    }
    if args
        .github
        .unwrap_or_else(|| env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"))
    {
        reports.push(Box::new(Github::new(io::stdout())));
        if let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
            let path = std::path::Path::new(&path);
            let file = OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .map_err(|error| cannot_write(path, &error))?;
            reports.push(Box::new(Markdown::new(BufWriter::new(file))));
        }
    }
    let cancel = interrupt::flag();
    let session = Session::load(&args.paths, &args.apps);
    let session = if args.integration {
        session.with_integration()
    } else {
        session
    };
    let local = Local {
        session: &session,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let settings = Settings {
        strict: args.strict,
        version: env!("CARGO_PKG_VERSION"),
    };
    if args.target == "local" {
        if args.plan {
            return Err(Failure::new(
                ExitCode::Content,
                "error: the local engine changes nothing: `--plan` belongs to a `--target`",
            ));
        }
        let ran = run_all(&session, &local, settings, &cancel, &mut reports);
        return end(args, ran, &mut reports);
    }
    let connection = target::connect(&session, &args.target)?;
    let place = Place::new(&connection);
    let runtime = splunk::runtime().map_err(|error| target::system(&error))?;
    let lab = connection
        .lab(&target::variables)
        .map_err(|error| target::failed(&error))?;
    if args.plan {
        let steps = runtime
            .block_on(splunk::plan(&session, &place, lab.client()))
            .map_err(|error| target::failed(&error))?;
        target::print_plan(&steps)?;
        return Ok(ExitCode::Passed);
    }
    let there = Splunk::open(lab, place, local, runtime).map_err(|error| target::failed(&error))?;
    let ran = run_all(&session, &there, settings, &cancel, &mut reports);
    let left = target::tell_left(&there.close(), &args.target);
    match end(args, ran, &mut reports)? {
        ExitCode::Passed if left => Ok(ExitCode::Environment),
        code => Ok(code),
    }
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
    Ok(exit_code(&summary, args.fail_on, args.allow_empty))
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

fn create(path: &std::path::Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &std::path::Path, error: &io::Error) -> Failure {
    Failure::new(
        ExitCode::Content,
        format!("error: can't write `{}`: {error}", path.display()),
    )
}
