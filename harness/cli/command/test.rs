//! `dryfire test`: loads content, runs its cases on a target, reports.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};

use dryfire_event::{ExitCode, exit_code};
use dryfire_report::{Github, Html, Json, Junit, Markdown, Report, Terminal, TerminalOptions};
use dryfire_runner::{Local, Session, Settings, Threads};

use super::{Failure, use_threads};
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
    let target = Local {
        session: &session,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let settings = Settings {
        strict: args.strict,
        version: env!("CARGO_PKG_VERSION"),
    };
    let ran = self::run_all(&session, &target, settings, &cancel, &mut reports);
    let finished = reports.finish();
    let summary = ran?;
    finished?;
    Ok(exit_code(&summary, args.fail_on, args.allow_empty))
}

fn run_all(
    session: &Session,
    target: &Local<'_>,
    settings: Settings,
    cancel: &std::sync::atomic::AtomicBool,
    reports: &mut Vec<Box<dyn Report>>,
) -> io::Result<dryfire_event::Summary> {
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
