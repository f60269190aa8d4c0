//! `dryfire conformance`: runs the executable specifications and the reference's examples on a Splunk and records what it makes
//! of them.
//!
//! A rule of ours is confirmed only by this. What a server can't be asked is left out, with the reason: an app's files, another
//! time zone, the present time, budgets, and searches that name an index.

mod examples;
mod outcome;
mod refusal;
mod report;
mod scenario;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_event::{
    CaseFinished, CaseKind, CaseRef, CaseStarted, ErrorKind, Event, Mode, Place as At, RunFinished,
    RunStarted, SCHEMA_VERSION, Summary, Verdict,
};
use dryfire_knowledge::Knowledge;
use dryfire_spec::{Scenario, Standing, read};
use dryfire_splunk::{Change, Entry, Info, Lab, Meta, Result, Which};

pub use examples::examples;
pub use report::{Report, write};

use crate::evidence;
use crate::run::Settings;
use crate::splunk::{Form, Place, Step};
use outcome::Outcome;
use scenario::Server;

/// A scenario and the file that it stands in.
pub struct Found {
    file: String,
    scenario: Scenario,
}

/// Reads the specifications at these paths, files or folders. Those of `fixme` assert what is wrong, and are passed over.
///
/// # Errors
/// What can't be read.
pub fn find(paths: &[PathBuf]) -> std::result::Result<Vec<Found>, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path)
                .map_err(|error| format!("`{}` can't be read: {error}", path.display()))?;
            let mut inside: Vec<PathBuf> = entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| {
                    path.extension().is_some_and(|ending| ending == "md")
                        && !path.ends_with("README.md")
                })
                .collect();
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    let mut found = Vec::new();
    for path in files {
        let scenarios = read(&path).map_err(|why| format!("`{}`: {why}", path.display()))?;
        found.extend(
            scenarios
                .into_iter()
                .filter(|scenario| scenario.standing != Standing::Fixme)
                .map(|scenario| Found {
                    file: name(&path),
                    scenario,
                }),
        );
    }
    Ok(found)
}

fn name(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// What runs the scenarios.
pub struct Conformance<'a> {
    /// The server. Events of scenarios are sent there.
    pub lab: &'a Lab,
    /// What is set up of it.
    pub place: &'a Place,
    /// Breaks the scenarios' events, to know how many to wait for.
    pub knowledge: &'a Knowledge,
    /// The version of ours.
    pub settings: Settings,
    /// Ends it.
    pub cancel: &'a AtomicBool,
}

impl Conformance<'_> {
    /// Runs all scenarios; hands each event to `emit`, and returns what is to be recorded.
    ///
    /// # Errors
    /// What `emit` returns; the server can't be reached at all, or refuses the login.
    pub async fn run<E>(
        &self,
        scenarios: &[Found],
        date: String,
        emit: &mut dyn FnMut(Event) -> std::result::Result<(), E>,
    ) -> Result<std::result::Result<(Summary, Report), E>> {
        let begun = std::time::Instant::now();
        let client = self.lab.client();
        let info: Info = client.info().await?.clone();
        let apps: Vec<Entry> = client.list("/services/apps/local").await?;
        let server = Server::open(self).await?;
        let mut report = Report::new(&info, &apps, self.settings.version, date);
        let mut summary = Summary::default();
        let mut send = |summary: &mut Summary, event: Event| {
            summary.event(&event);
            emit(event)
        };
        let begin = Event::RunStarted(RunStarted {
            schema_version: SCHEMA_VERSION,
            dryfire_version: self.settings.version.to_owned(),
            target: self.place.name.clone(),
            mode: Mode::AllTime,
            knowledge: Vec::new(),
            total_cases: scenarios.len() as u64,
        });
        if let Err(error) = send(&mut summary, begin) {
            return Ok(Err(error));
        }
        for (number, found) in scenarios.iter().enumerate() {
            let case = case(found);
            let started = Event::CaseStarted(CaseStarted { case: case.clone() });
            let outcome = if self.cancel.load(Ordering::Relaxed) {
                Outcome::Cancelled
            } else {
                server.ask(&found.scenario, number as u64 + 1).await
            };
            report.add(found, &outcome);
            let finished = Event::CaseFinished(Box::new(finished(case, &outcome)));
            for event in [started, finished] {
                if let Err(error) = send(&mut summary, event) {
                    return Ok(Err(error));
                }
            }
        }
        summary.interrupted = self.cancel.load(Ordering::Relaxed);
        let elapsed_micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let end = Event::RunFinished(RunFinished {
            summary: summary.clone(),
            elapsed_micros,
        });
        Ok(send(&mut Summary::default(), end).map(|()| (summary, report)))
    }

    /// What would be done, in order. Only reads are sent to find out.
    ///
    /// # Errors
    /// As any request.
    pub async fn plan(&self, scenarios: &[Found]) -> Result<Vec<Step>> {
        let context = self.lab.client().context().await?;
        let access = self.place.access(&context);
        let acknowledges = self.place.asks_acknowledgement(self.lab.client()).await?;
        let mut steps: Vec<Step> = access.iter().map(Step::make).collect();
        for (number, found) in scenarios.iter().enumerate() {
            let scenario = &found.scenario;
            if scenario::not_askable(scenario).is_some() {
                continue;
            }
            let number = number as u64 + 1;
            let mut changes = Vec::new();
            if !scenario.events.is_empty() {
                changes = self.place.preparations(number);
                steps.extend(changes.iter().map(Step::make));
                for events in &scenario.events {
                    let meta = Meta {
                        index: self.place.index_of(number),
                        host: events.host.clone(),
                        source: events.source.clone(),
                        sourcetype: events.sourcetype.clone(),
                    };
                    steps.push(Step::send(&meta, Form::Raw, acknowledges));
                    changes.push(Change::Events(meta));
                }
            }
            steps.push(Step::search(format!(
                "search as `{}` does ({})",
                scenario.name, found.file
            )));
            let own = self.place.index.is_none();
            changes.retain(|change| !own || !matches!(change, Change::Events(_)));
            steps.extend(changes.iter().rev().map(Step::undo));
        }
        steps.extend(access.iter().rev().map(Step::undo));
        Ok(steps)
    }

    /// Undoes what was made. What could not be undone is returned.
    pub async fn clean(&self) -> Vec<(dryfire_splunk::Change, dryfire_splunk::Error)> {
        let done = self.lab.clean(Which::Own).await;
        done.into_iter()
            .filter_map(|(change, result)| Some((change, result.err()?)))
            .collect()
    }
}

fn case(found: &Found) -> CaseRef {
    let line = u32::try_from(found.scenario.line).unwrap_or(u32::MAX);
    CaseRef {
        id: format!("{}/{}", found.file, found.scenario.name),
        detection: found.file.clone(),
        detection_id: None,
        test: found.scenario.name.clone(),
        kind: CaseKind::Unit,
        techniques: Vec::new(),
        // Examples stand in the binary.
        place: (line > 0).then(|| At::point(found.file.clone(), line, 1)),
    }
}

fn finished(case: CaseRef, outcome: &Outcome) -> CaseFinished {
    let verdict = match outcome {
        Outcome::Holds => Verdict::Passed,
        Outcome::Differs { why, .. } => Verdict::failed("differs", why.clone()),
        Outcome::LeftOut(why) => Verdict::skipped("not-askable", *why),
        Outcome::Unknown(why) => Verdict::undetermined("unclear", why.clone()),
        Outcome::Error(why) => Verdict::error(ErrorKind::Target, "target", why.clone()),
        Outcome::Cancelled => Verdict::Cancelled,
    };
    let mut finished = CaseFinished::new(case, verdict);
    if let Outcome::Differs { lines, .. } = outcome {
        let note = Diagnostic::note(
            &codes::run::CONFORMANCE,
            "- the specification's rows, + the server's",
        );
        let note = lines.iter().cloned().fold(note, Diagnostic::because);
        let sources = dryfire_diagnostic::SourceMap::new();
        finished.findings.push(evidence::finding(&note, &sources));
    }
    finished
}
