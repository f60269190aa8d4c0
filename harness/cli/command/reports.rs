//! The reports of a run: the terminal's, and those that were asked for.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};

use dryfire_event::ExitCode;
use dryfire_report::{
    Github, Html, Json, Junit, Markdown, Navigator, Report, Scope, SummaryYml, Terminal,
    TerminalOptions,
};

use super::Failure;
use crate::args::Reports;

/// Opens all reports of a run for the cases of that scope.
pub(crate) fn open(args: &Reports, scope: Scope) -> Result<Vec<Box<dyn Report>>, Failure> {
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
    if let Some(path) = &args.summary {
        let out = BufWriter::new(create(path)?);
        reports.push(Box::new(SummaryYml::new(out, scope)));
    }
    if let Some(path) = &args.navigator {
        reports.push(Box::new(Navigator::new(BufWriter::new(create(path)?))));
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
    Ok(reports)
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
