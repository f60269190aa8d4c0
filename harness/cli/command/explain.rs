//! `dryfire explain`: a diagnostic's page; or what a detection does on its data, pipe by pipe.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use dryfire_content::DatasetRef;
use dryfire_diagnostic::{Severity, codes, find_code, full, nearest};
use dryfire_engine::Stop;
use dryfire_event::ExitCode;
use dryfire_runner::{
    ExplainError, Explanation, Failure as Outcome, Local, Session, Threads, datasets_of, explain,
    where_is,
};

use super::{Failure, fetch, unreadable, use_threads};
use crate::args::{Explain, Format};
use crate::command::search::failed;
use crate::{interrupt, output};

pub(crate) fn run(args: &Explain) -> Result<ExitCode, Failure> {
    if let Some(code) = find_code(&args.what) {
        writeln!(io::stdout(), "{}: {}\n\n{}", code.id, code.title, code.page)?;
        return Ok(ExitCode::Passed);
    }
    let looks_like_code = args.what.len() == 5 && args.what.to_ascii_uppercase().starts_with("DF");
    if looks_like_code {
        let similar = nearest(&args.what, codes::all().map(|code| code.id))
            .map(|near| format!(" (did you mean {near}?)"));
        let text = format!(
            "error: there is no diagnostic code `{}`{}",
            args.what,
            similar.unwrap_or_default()
        );
        return Err(Failure::new(ExitCode::Content, text));
    }
    detection(args)
}

fn detection(args: &Explain) -> Result<ExitCode, Failure> {
    use_threads(args.data.threads);
    let cancel = interrupt::flag();
    let file = PathBuf::from(&args.what);
    let mut paths = args.paths.clone();
    if file.is_file() {
        paths.retain(|path| path != &PathBuf::from("."));
        paths.push(file.clone());
    }
    let mut session = Session::load(&paths, &args.data.apps);
    unreadable(&session)?;
    let wanted = |detection: &dryfire_content::Detection| {
        let named = [&detection.name.value, &detection.id.value]
            .into_iter()
            .any(|name| name.eq_ignore_ascii_case(&args.what));
        named || (file.is_file() && same_file(&detection.path, &file))
    };
    let Some(place) = session
        .repository
        .detections
        .iter()
        .position(|detection| wanted(detection))
    else {
        return Err(unknown(args, &session));
    };
    let detection = Arc::clone(&session.repository.detections[place]);
    let span = detection.name.span;
    let datasets: Vec<DatasetRef> = match args.files.is_empty() {
        false => args
            .files
            .iter()
            .map(|path| given(path, args, span))
            .collect(),
        true => datasets_of(&session.cases, &detection.id.value)
            .into_iter()
            .cloned()
            .collect(),
    };
    let addresses = datasets.iter().filter_map(|one| one.location.address());
    fetch::addresses(addresses, args.data.fetching, &mut session, &cancel)?;
    let target = Local {
        session: &session,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let explanation = explain(&target, &session.prepared[place], &datasets)
        .map_err(|error| fail(error, &session))?;
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(
        out,
        "{}\n{}\n",
        detection.name.value,
        where_is(span, &session)
    )?;
    if datasets.is_empty() {
        writeln!(
            out,
            "No data: its tests name none. Give some with --on FILE.\n"
        )?;
    }
    write(&explanation, &session, &mut out)?;
    out.flush()?;
    Ok(ExitCode::Passed)
}

fn same_file(a: &std::path::Path, b: &std::path::Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn given(path: &std::path::Path, args: &Explain, span: dryfire_diagnostic::Span) -> DatasetRef {
    DatasetRef {
        key: path.display().to_string(),
        location: fetch::location(path),
        source: args.data.source.clone(),
        sourcetype: args.data.sourcetype.clone(),
        host: args.data.host.clone(),
        index: args.data.index.clone(),
        synthetic: false,
        span,
    }
}

fn unknown(args: &Explain, session: &Session) -> Failure {
    let names = session
        .repository
        .detections
        .iter()
        .map(|detection| detection.name.value.as_str());
    let similar = nearest(&args.what, names).map(|near| format!("\nhelp: did you mean `{near}`?"));
    let text = format!(
        "error: `{}` is no diagnostic code, and no detection here has that file, name or id{}",
        args.what,
        similar.unwrap_or_default()
    );
    Failure::new(ExitCode::Content, text)
}

fn fail(error: ExplainError, session: &Session) -> Failure {
    match error {
        ExplainError::Findings(found) => {
            let data = found.iter().any(|found| found.code.id.starts_with("DF4"));
            let code = if data {
                ExitCode::Environment
            } else {
                ExitCode::Content
            };
            Failure::of(code, &found, &session.sources)
        }
        ExplainError::Failure(outcome) => failed(
            &match outcome {
                Outcome::Undetermined(found) => Stop::Unsupported(found),
                Outcome::Broken(found) => Stop::Fault(found),
                Outcome::Budget(what) => Stop::Budget(what),
                Outcome::Data(why) | Outcome::Target(why) => Stop::Data(why),
                Outcome::Cancelled => Stop::Cancelled,
                Outcome::Defect(what) => Stop::Defect(what),
            },
            session,
        ),
    }
}

fn write(explanation: &Explanation, session: &Session, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Rows after each pipe, macros expanded")?;
    for (place, (command, rows)) in explanation.steps.iter().enumerate() {
        let rows = rows.map_or_else(|| "?".to_owned(), |rows| rows.to_string());
        writeln!(
            out,
            "{rows:>9}  {}{command}",
            if place == 0 { "" } else { "| " }
        )?;
    }
    if !explanation.outcome.trace.conditions.is_empty() {
        writeln!(out, "\nEvents that satisfy each condition alone")?;
        for condition in &explanation.outcome.trace.conditions {
            writeln!(
                out,
                "{:>9}  {}",
                condition.events,
                session.sources.text(condition.at)
            )?;
            for (value, count) in &condition.nearest {
                writeln!(
                    out,
                    "           the data has {} in {}",
                    output::visible(value),
                    counted(*count, "event")
                )?;
            }
        }
    }
    for (dataset, fields) in &explanation.fields {
        writeln!(out, "\nFields needed, and what gives them for {dataset}")?;
        for field in fields {
            let rules: Vec<String> = field
                .given
                .iter()
                .map(|given| rule(given, session))
                .collect();
            writeln!(
                out,
                "  {}: {}",
                field.name,
                if rules.is_empty() {
                    "nothing".to_owned()
                } else {
                    rules.join("; then ")
                }
            )?;
        }
    }
    writeln!(
        out,
        "\nResults: {}",
        counted(explanation.outcome.table.len() as u64, "row")
    )?;
    if let Some(why) = why(explanation, session) {
        writeln!(out, "{why}")?;
    }
    output::write(
        &explanation.outcome.table.filter(|row| row < 5),
        Format::Table,
        out,
    )?;
    for (row, events) in explanation
        .events
        .iter()
        .enumerate()
        .filter(|(_, events)| !events.is_empty())
    {
        let places: Vec<String> = events
            .iter()
            .map(|event| {
                let id = event
                    .record_id
                    .as_ref()
                    .map(|id| format!(" (record {id})"))
                    .unwrap_or_default();
                format!("{}:{}{id}", event.dataset, event.line)
            })
            .collect();
        writeln!(out, "  row {}: from {}", row + 1, places.join(", "))?;
    }
    for assumed in &explanation.outcome.assumptions {
        writeln!(
            out,
            "assumption: `{}` of {} events is mapped by {} as inferred, not as known",
            assumed.field, assumed.sourcetype, assumed.app
        )?;
    }
    for note in explanation
        .outcome
        .notes
        .iter()
        .filter(|note| note.severity > Severity::Note)
    {
        writeln!(out, "{}", full(note, &session.sources, false))?;
    }
    Ok(())
}

/// In a sentence or two, why there are no rows, and what to look at.
fn why(explanation: &Explanation, session: &Session) -> Option<String> {
    if !explanation.outcome.table.is_empty() {
        return None;
    }
    let lost = explanation
        .steps
        .windows(2)
        .find_map(|pair| match (&pair[0].1, &pair[1]) {
            (Some(before), (command, Some(0))) if *before > 0 => Some((*before, command)),
            _ => None,
        });
    if let Some((before, command)) = lost {
        return Some(match before {
            1 => format!("The only row is lost at `| {command}`."),
            _ => format!("All {before} rows are lost at `| {command}`."),
        });
    }
    let conditions = &explanation.outcome.trace.conditions;
    let unmet: Vec<String> = conditions
        .iter()
        .filter(|condition| condition.events == 0)
        .map(|condition| format!("`{}`", session.sources.text(condition.at)))
        .collect();
    let first = conditions.first()?;
    if first.events == 0 && first.field.is_none() && first.belongs {
        return Some(format!(
            "No event of the data belongs to `{}`: the apps give these events none of its tags.",
            session.sources.text(first.at)
        ));
    }
    Some(match unmet.is_empty() {
        false => format!(
            "No event satisfies {}. Of alternatives joined by OR one is enough; any other must hold: change it, or give data \
             that has such an event.",
            unmet.join(", ")
        ),
        true => {
            "Each condition holds for some event, but no event satisfies them together.".to_owned()
        }
    })
}

/// `1 event`, `2 events`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

pub(crate) fn rule(given: &dryfire_plan::Given, session: &Session) -> String {
    let app = given
        .app
        .as_ref()
        .map(|app| format!(" in {app}"))
        .unwrap_or_default();
    let place = given
        .at
        .map(|at| format!(" ({})", where_is(at, session)))
        .unwrap_or_default();
    let inferred = if given.inferred { ", inferred" } else { "" };
    format!("{}{app}{place}{inferred}", given.rule)
}
