//! `dryfire coverage`: which detections fire on which data.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_engine::{Bound, Outcome, Stop, Table, Value, View, World, run as run_wave};
use dryfire_event::ExitCode;
use dryfire_runner::{Session, Threads};

use super::search::{now, open};
use super::{Failure, use_threads};
use crate::args::{Coverage, Data, Format};
use crate::{interrupt, output};

pub(crate) fn run(args: &Coverage) -> Result<ExitCode, Failure> {
    use_threads(args.data.threads);
    let cancel = interrupt::flag();
    let session = Session::load(&args.paths, &args.data.apps);
    let view = view(&args.files, &args.data, &session)?;
    let env = session.env(now("now()", &view)?);
    let detections = &session.repository.detections;
    let runnable: Vec<usize> = (0..detections.len())
        .filter(|place| !session.prepared[*place].is_broken())
        .collect();
    let wave: Vec<Bound> = runnable
        .iter()
        .map(|place| Bound {
            search: Arc::clone(&session.prepared[*place].pipeline),
            view: view.clone(),
            env: env.clone(),
            trace: false,
        })
        .collect();
    let world = World {
        library: &session.library,
        sources: &session.sources,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let outcomes: Vec<Result<Outcome, Stop>> = match args.one_by_one {
        true => wave
            .iter()
            .flat_map(|bound| run_wave(std::slice::from_ref(bound), &world))
            .collect(),
        false => run_wave(&wave, &world),
    };
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let broken = detections.len() - runnable.len();
    if broken > 0 {
        reasons.insert("not valid SPL".to_owned(), broken);
    }
    let (mut ran, mut fired) = (0, 0);
    let mut rows = Vec::new();
    for (place, outcome) in runnable.iter().zip(&outcomes) {
        let detection = &detections[*place];
        let (state, count) = match outcome {
            Ok(outcome) => {
                ran += 1;
                fired += usize::from(!outcome.table.is_empty());
                (
                    if outcome.table.is_empty() {
                        "silent"
                    } else {
                        "fired"
                    }
                    .to_owned(),
                    outcome.table.len(),
                )
            }
            Err(stop) => {
                let reason = reason(stop);
                *reasons.entry(reason.clone()).or_default() += 1;
                (reason, 0)
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let count = Value::Number(count as f64);
        rows.push(vec![
            ("detection", Value::text(detection.name.value.as_str())),
            ("state", Value::text(state)),
            ("rows", count),
        ]);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Table => {
            let shown = rows
                .into_iter()
                .filter(|row| matches!(&row[1].1, Value::Text(state) if &**state == "fired"));
            output::write(&Table::from_rows(shown), Format::Table, &mut out)?;
            writeln!(out)?;
        }
        other => output::write(&Table::from_rows(rows), other, &mut out)?,
    }
    out.flush()?;
    let mut err = io::stderr().lock();
    for (reason, count) in &reasons {
        writeln!(err, "{count:>6}  not run: {reason}")?;
    }
    writeln!(
        err,
        "{} detections, {ran} ran over {} files, {fired} fired",
        detections.len(),
        view.parts.len()
    )?;
    Ok(ExitCode::Passed)
}

fn reason(stop: &Stop) -> String {
    match stop {
        Stop::Unsupported(found) | Stop::Fault(found) => found.message.clone(),
        Stop::Budget(what) => format!("used too much: {what}"),
        Stop::Data(why) => format!("data: {why}"),
        Stop::Cancelled => "interrupted".to_owned(),
        Stop::Defect(what) => format!("a defect of dryfire: {what}"),
    }
}

fn view(paths: &[PathBuf], data: &Data, session: &Session) -> Result<View, Failure> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    let mut parts = Vec::new();
    let mut wrong: Vec<Diagnostic> = Vec::new();
    for file in files {
        match open(&file, data, session) {
            Ok(part) => parts.push(part),
            Err(found) => wrong.push(found),
        }
    }
    if parts.is_empty() {
        return Err(Failure::of(ExitCode::Environment, &wrong, &session.sources));
    }
    Ok(View { parts })
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
