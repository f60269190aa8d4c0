//! `dryfire search`: any SPL over any file.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity};
use dryfire_engine::{Bound, Outcome, Part, Stamp, Stop, Survey, View, World, run as run_wave};
use dryfire_event::ExitCode;
use dryfire_runner::{Given, Session, Threads, notes, open as open_data};

use super::{Failure, fetch, unreadable, use_threads};
use crate::args::{Data, Search};
use crate::{interrupt, output};

/// Words that make a search depend on the time: then the latest event is looked for first. Each with what follows it.
const TIME_WORDS: &[(&str, char)] = &[
    ("now", '('),
    ("time", '('),
    ("relative_time", '('),
    ("strptime", '('),
    ("earliest", '='),
    ("latest", '='),
    ("ago", '='),
];

pub(crate) fn run(args: &Search) -> Result<ExitCode, Failure> {
    use_threads(args.data.threads);
    let cancel = interrupt::flag();
    let mut session = Session::bare(&args.data.apps);
    unreadable(&session)?;
    tell(&session.configured, &session)?;
    let prepared = session.prepare_text("search", &args.spl);
    if prepared.is_broken() {
        return Err(Failure::of(
            ExitCode::Content,
            &prepared.diagnostics,
            &session.sources,
        ));
    }
    tell(&prepared.diagnostics, &session)?;
    if let Some(hint) = hint(&args.spl) {
        writeln!(io::stderr(), "{hint}")?;
    }
    if args.files.is_empty() && reads_events(&prepared.pipeline) {
        let text = "error: no file is given to search\nhelp: name files after the search, or `-` for standard input";
        return Err(Failure::new(ExitCode::Content, text));
    }
    fetch::typed(&args.files, args.data.fetching, &mut session, &cancel)?;
    let view = view(&args.files, &args.data, &session)?;
    let now = now(&session.sources.get(prepared.expanded).text, &view)?;
    let bound = Bound {
        search: prepared.pipeline,
        view: view.clone(),
        env: session.env(now),
        trace: args.trace,
    };
    let world = World {
        library: &session.library,
        sources: &session.sources,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let outcome = run_wave(&[bound], &world)
        .pop()
        .unwrap_or(Ok(Outcome::default()));
    let outcome = outcome.map_err(|stop| failed(&stop, &session))?;
    for part in &view.parts {
        tell(&notes(&part.data), &session)?;
    }
    tell(&outcome.notes, &session)?;
    let mut out = BufWriter::new(io::stdout().lock());
    output::write(&outcome.table, args.format, &mut out)?;
    out.flush()?;
    if args.trace {
        trace(&outcome, &session)?;
    }
    Ok(ExitCode::Passed)
}

/// A search that does not start with a pipe looks for its words in the events, also where they name a command.
fn hint(spl: &str) -> Option<String> {
    let word = spl.split_whitespace().next()?;
    let names_command = word != "search" && dryfire_spl::find(word).is_some();
    names_command.then(|| {
        format!("note: events with the word `{word}` are searched for, as Splunk does; to run the command, write `* | {spl}`")
    })
}

/// Whether a search looks for events, and does not make its own rows.
fn reads_events(pipeline: &dryfire_spl::ast::Pipeline) -> bool {
    pipeline
        .commands
        .first()
        .is_some_and(|first| matches!(first.name.as_str(), "search" | "tstats" | "from"))
}

/// The files as one view. Where no file is given, the search must make its own rows.
pub(crate) fn view(
    files: &[std::path::PathBuf],
    data: &Data,
    session: &Session,
) -> Result<View, Failure> {
    let mut parts = Vec::new();
    let mut wrong = Vec::new();
    for path in files {
        match open(path, data, session) {
            Ok(part) => parts.push(part),
            Err(found) => wrong.push(found),
        }
    }
    if wrong.is_empty() {
        Ok(View { parts })
    } else {
        Err(Failure::of(ExitCode::Environment, &wrong, &session.sources))
    }
}

/// Opens a file with what the user says of it.
pub(crate) fn open(path: &Path, data: &Data, session: &Session) -> Result<Part, Diagnostic> {
    let given = Given {
        source: data.source.as_deref(),
        sourcetype: data.sourcetype.as_deref(),
        host: data.host.as_deref(),
    };
    let location = fetch::location(path);
    let dataset = open_data(
        &location,
        given,
        &session.library.knowledge,
        &session.remote,
    )
    .map_err(|error| error.diagnostic())?;
    let index = data.index.as_deref().unwrap_or("main").into();
    Ok(Part {
        data: Arc::new(dataset),
        stamp: Stamp {
            index,
            host: None,
            shift: 0,
        },
    })
}

/// Whether a text has a word with that character after it. `ago` may end a longer word: `hoursago=`.
fn mentions(spl: &str, word: &str, next: char) -> bool {
    spl.match_indices(word).any(|(at, _)| {
        let inside = spl[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let follows = spl[at + word.len()..].trim_start().starts_with(next);
        follows && (!inside || word == "ago")
    })
}

/// The time of the clock, in microseconds.
fn clock() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Just after the latest event, where the search depends on the time at all.
pub(crate) fn now(spl: &str, view: &View) -> Result<i64, Failure> {
    if view.parts.is_empty() {
        // A search that makes its own rows knows no other time than the clock's.
        return Ok(clock());
    }
    let spl = spl.to_lowercase();
    if !TIME_WORDS
        .iter()
        .any(|(word, next)| mentions(&spl, word, *next))
    {
        return Ok(0);
    }
    let mut last = 0;
    for part in &view.parts {
        let survey: Survey = part
            .data
            .survey(&Threads)
            .map_err(|stop| Failure::new(ExitCode::Environment, format!("error: {stop:?}")))?;
        last = last.max(survey.times.map_or(0, |(_, last)| last));
    }
    Ok((last.div_euclid(1_000_000) + 1) * 1_000_000)
}

/// Why a search gave nothing, with the exit code.
pub(crate) fn failed(stop: &Stop, session: &Session) -> Failure {
    match stop {
        Stop::Unsupported(found) => Failure::of(
            ExitCode::Failed,
            std::slice::from_ref(found),
            &session.sources,
        ),
        Stop::Fault(found) => Failure::of(
            ExitCode::Content,
            std::slice::from_ref(found),
            &session.sources,
        ),
        Stop::Data(why) => Failure::new(ExitCode::Environment, format!("error: {why}")),
        Stop::Budget(what) => Failure::new(
            ExitCode::Failed,
            format!("error: the search used too much: {what}"),
        ),
        Stop::Cancelled => Failure::new(ExitCode::Interrupted, "interrupted"),
        Stop::Defect(what) => {
            Failure::new(ExitCode::Bug, format!("error: a defect of dryfire: {what}"))
        }
    }
}

pub(crate) fn tell(diagnostics: &[Diagnostic], session: &Session) -> io::Result<()> {
    for found in diagnostics
        .iter()
        .filter(|found| found.severity > Severity::Note)
    {
        writeln!(
            io::stderr(),
            "{}",
            dryfire_diagnostic::full(found, &session.sources, false)
        )?;
    }
    Ok(())
}

fn trace(outcome: &Outcome, session: &Session) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for step in &outcome.trace.steps {
        writeln!(err, "{:>10}  {}", step.rows, session.sources.text(step.at))?;
    }
    for condition in &outcome.trace.conditions {
        writeln!(
            err,
            "{:>10}  events satisfy {}",
            condition.events,
            session.sources.text(condition.at)
        )?;
        for (value, count) in &condition.nearest {
            writeln!(err, "{count:>10}  have {}", output::visible(value))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_time_words_ask_for_the_latest_event() {
        let asks = |spl: &str| {
            TIME_WORDS
                .iter()
                .any(|(word, next)| mentions(spl, word, *next))
        };
        for spl in [
            "where _time>now()",
            "eval x=relative_time (now (), \"-1d\")",
            "search earliest=-1h",
            "search starthoursago=3",
        ] {
            assert!(asks(spl), "{spl}");
        }
        for spl in [
            "convert ctime(firsttime)",
            "stats latest(user) by host",
            "search known=(a)",
        ] {
            assert!(!asks(spl), "{spl}");
        }
    }
}
