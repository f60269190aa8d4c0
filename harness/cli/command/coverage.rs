//! `dryfire coverage`: which detections fire on which data.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use dryfire_content::Detection;
use dryfire_diagnostic::Diagnostic;
use dryfire_engine::{
    Bound, Env, Outcome, Scheduler as _, Stop, Table, Value, View, World, run as run_wave,
};
use dryfire_event::ExitCode;
use dryfire_runner::{Session, Threads};

use super::search::{now, open};
use super::{Failure, fetch, unreadable, use_threads};
use crate::args::{Coverage, Data, Format};
use crate::{interrupt, output};

pub(crate) fn run(args: &Coverage) -> Result<ExitCode, Failure> {
    use_threads(args.data.threads);
    let cancel = interrupt::flag();
    let mut session = Session::load(&args.paths, &args.data.apps);
    unreadable(&session)?;
    fetch::typed(&args.files, args.data.fetching, &mut session, &cancel)?;
    let (files, view) = view(&args.files, &args.data, &session)?;
    let world = World {
        library: &session.library,
        sources: &session.sources,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let batch = Batch {
        session: &session,
        world: &world,
        env: session.env(now("now()", &view)?),
        one_by_one: args.one_by_one,
    };
    let whole = batch.over(&view);
    let mut rows: Vec<Row> = whole.iter().map(|found| found.row(None)).collect();
    if args.by_file {
        rows.extend(batch.alone(&files, &view, &whole));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Table => {
            let shown = rows.into_iter().filter(|row| {
                row.iter()
                    .any(|(name, value)| *name == "state" && *value == Value::text("fired"))
            });
            output::write(&Table::from_rows(shown), Format::Table, &mut out)?;
            writeln!(out)?;
        }
        other => output::write(&Table::from_rows(rows), other, &mut out)?,
    }
    out.flush()?;
    sum_up(&whole, view.parts.len(), &mut io::stderr().lock())?;
    Ok(ExitCode::Passed)
}

/// A row of the result.
type Row = Vec<(&'static str, Value)>;

/// All detections, to run over some data.
struct Batch<'a> {
    session: &'a Session,
    world: &'a World<'a>,
    env: Env,
    one_by_one: bool,
}

impl<'a> Batch<'a> {
    /// What each detection does on the data.
    fn over(&self, view: &View) -> Vec<Found<'a>> {
        let prepared = &self.session.prepared;
        let wave: Vec<Bound> = prepared
            .iter()
            .filter(|prepared| !prepared.is_broken())
            .map(|prepared| Bound {
                search: Arc::clone(&prepared.pipeline),
                view: view.clone(),
                env: self.env.clone(),
                trace: false,
            })
            .collect();
        let outcomes: Vec<Result<Outcome, Stop>> = match self.one_by_one {
            true => wave
                .iter()
                .flat_map(|bound| run_wave(std::slice::from_ref(bound), self.world))
                .collect(),
            false => run_wave(&wave, self.world),
        };
        let mut outcomes = outcomes.into_iter();
        let detections = self.session.repository.detections.iter();
        let ends = prepared.iter().map(|prepared| {
            let outcome = (!prepared.is_broken()).then(|| outcomes.next());
            outcome.flatten().map_or_else(End::broken, End::of)
        });
        let found = detections.zip(ends);
        found
            .map(|(detection, end)| Found { detection, end })
            .collect()
    }

    /// What each detection does on each file alone: where it fires, or does not run though it did on all of them.
    fn alone(&self, files: &[PathBuf], view: &View, whole: &[Found<'_>]) -> Vec<Row> {
        let told: Vec<OnceLock<Vec<Row>>> = files.iter().map(|_| OnceLock::new()).collect();
        Threads.for_each(files.len(), &|place| {
            let alone = View {
                parts: vec![view.parts[place].clone()],
            };
            let differs = |found: &Found<'_>, known: &Found<'_>| match (&found.end, &known.end) {
                (End::Ran(rows), _) => *rows > 0,
                (End::Not { why, .. }, End::Not { why: known, .. }) => why != known,
                (End::Not { .. }, End::Ran(_)) => true,
            };
            let found = self.over(&alone).into_iter().zip(whole);
            let found = found.filter(|(found, known)| differs(found, known));
            let rows = found.map(|(found, _)| found.row(Some(&files[place])));
            told[place].get_or_init(|| rows.collect());
        });
        told.into_iter()
            .filter_map(OnceLock::into_inner)
            .flatten()
            .collect()
    }
}

/// What a detection did.
struct Found<'a> {
    detection: &'a Detection,
    end: End,
}

enum End {
    /// It ran and gave so many rows.
    Ran(usize),
    /// It did not run.
    Not { class: &'static str, why: String },
}

/// Classes of what did not run.
const NO_DATA: &str = "data is missing";
const NOT_ABLE: &str = "not supported";
const WRONG: &str = "wrong";

impl End {
    fn of(outcome: Result<Outcome, Stop>) -> Self {
        let stop = match outcome {
            Ok(outcome) => return End::Ran(outcome.table.len()),
            Err(stop) => stop,
        };
        let class = match &stop {
            _ if stop.wants_data() => NO_DATA,
            Stop::Unsupported(_) => NOT_ABLE,
            _ => WRONG,
        };
        let why = match stop {
            Stop::Unsupported(found) | Stop::Fault(found) => found.message,
            Stop::Budget(what) => format!("used too much: {what}"),
            Stop::Data(why) => format!("data: {why}"),
            Stop::Cancelled => "interrupted".to_owned(),
            Stop::Defect(what) => format!("a defect of dryfire: {what}"),
        };
        End::Not { class, why }
    }

    fn broken() -> Self {
        End::Not {
            class: WRONG,
            why: "not valid SPL".to_owned(),
        }
    }
}

impl Found<'_> {
    fn row(&self, file: Option<&PathBuf>) -> Row {
        let (state, class, count) = match &self.end {
            End::Ran(0) => ("silent", None, 0),
            End::Ran(count) => ("fired", None, *count),
            End::Not { class, why } => (why.as_str(), Some(*class), 0),
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let count = Value::Number(count as f64);
        let mut row = vec![("detection", Value::text(self.detection.name.value.as_str()))];
        row.extend(file.map(|file| ("file", Value::text(file.display().to_string()))));
        row.extend([("state", Value::text(state)), ("rows", count)]);
        row.extend(class.map(|class| ("not_run", Value::text(class))));
        row.push(("id", Value::text(self.detection.id.value.as_str())));
        row
    }
}

/// Says why searches did not run, what lacks data apart from what the engine can't do.
fn sum_up(found: &[Found<'_>], files: usize, err: &mut dyn Write) -> io::Result<()> {
    for class in [NO_DATA, NOT_ABLE, WRONG] {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for found in found {
            match &found.end {
                End::Not { class: its, why } if *its == class => {
                    *reasons.entry(why).or_default() += 1;
                }
                _ => {}
            }
        }
        for (reason, count) in &reasons {
            writeln!(err, "{count:>6}  not run: {reason}")?;
        }
        if !reasons.is_empty() {
            let all: usize = reasons.values().sum();
            writeln!(err, "{all:>6}  not run in all: {class}")?;
        }
    }
    let ran = found
        .iter()
        .filter(|found| matches!(found.end, End::Ran(_)));
    let fired = found
        .iter()
        .filter(|found| matches!(found.end, End::Ran(rows) if rows > 0));
    writeln!(
        err,
        "{} detections, {} ran over {files} files, {} fired",
        found.len(),
        ran.count(),
        fired.count()
    )
}

/// The files that could be opened, and the view of them.
fn view(
    paths: &[PathBuf],
    data: &Data,
    session: &Session,
) -> Result<(Vec<PathBuf>, View), Failure> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    let (mut opened, mut parts) = (Vec::new(), Vec::new());
    let mut wrong: Vec<Diagnostic> = Vec::new();
    for file in files {
        match open(&file, data, session) {
            Ok(part) => {
                parts.push(part);
                opened.push(file);
            }
            Err(found) => wrong.push(found),
        }
    }
    if parts.is_empty() {
        return Err(Failure::of(ExitCode::Environment, &wrong, &session.sources));
    }
    Ok((opened, View { parts }))
}

/// Files that may hold events: all of a folder but descriptions.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    for entry in entries {
        let extension = entry
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        if entry.is_dir() || matches!(extension, "log" | "gz" | "json" | "txt" | "raw") {
            collect(&entry, files)?;
        }
    }
    Ok(())
}
