//! `dryfire verify`: is a deployment ready for the content, and unchanged? Reads and searches only, on lab and prod alike.
//!
//! Each question is a case, so that every report can show the answers. What the account may not read is undetermined.

mod content;
mod facts;
mod health;
mod names;
mod search;
mod server;

use dryfire_content::Detection;
use dryfire_diagnostic::{Code, Diagnostic, codes};
use dryfire_event::{
    CaseFinished, CaseKind, CaseRef, CaseStarted, ErrorKind, Event, Mode, RunFinished, RunStarted,
    SCHEMA_VERSION, Summary, Verdict,
};
use dryfire_splunk::{Client, Result};

use crate::run::{Settings, apps};
use crate::session::Session;
use crate::{describe, evidence};
use facts::Facts;

/// The deployment that is verified.
pub struct Deployment<'a> {
    /// What users call it.
    pub name: &'a str,
    /// Reads it.
    pub client: &'a Client,
    /// Whether tests and replays write to it.
    pub is_lab: bool,
    /// The index that is there for them.
    pub index: Option<&'a str>,
}

/// An answer to one question.
struct Check {
    /// The detection it is about; none for the deployment.
    detection: Option<usize>,
    /// The question, as a statement that should hold.
    holds: String,
    /// Whether it does.
    verdict: Verdict,
    /// What was found.
    notes: Vec<Diagnostic>,
}

impl Check {
    fn new(detection: Option<usize>, holds: impl Into<String>) -> Self {
        Self {
            detection,
            holds: holds.into(),
            verdict: Verdict::Passed,
            notes: Vec::new(),
        }
    }

    /// It does not hold.
    fn fails(mut self, category: &str, why: impl Into<String>) -> Self {
        self.verdict = Verdict::failed(category, why);
        self
    }

    /// The server does not let us look.
    fn unknown(mut self, error: &dryfire_splunk::Error) -> Self {
        self.verdict = Verdict::undetermined("not-readable", error.to_string());
        self
    }

    /// What was found tells nothing.
    fn unclear(mut self, category: &str, why: impl Into<String>) -> Self {
        self.verdict = Verdict::undetermined(category, why);
        self
    }

    fn note(mut self, code: &'static Code, text: impl Into<String>) -> Self {
        self.notes.push(Diagnostic::note(code, text));
        self
    }
}

/// Verifies a deployment and hands each event to `emit`.
///
/// # Errors
/// What `emit` returns; the server can't be reached at all, or refuses the login.
pub fn verify<E>(
    session: &Session,
    deployment: &Deployment<'_>,
    settings: Settings,
    runtime: &tokio::runtime::Runtime,
    emit: &mut dyn FnMut(Event) -> std::result::Result<(), E>,
) -> Result<std::result::Result<Summary, E>> {
    let begun = std::time::Instant::now();
    let checks = runtime.block_on(all(session, deployment))?;
    let told = tell(session, deployment, settings, checks, begun, emit);
    Ok(told)
}

async fn all(session: &Session, deployment: &Deployment<'_>) -> Result<Vec<Check>> {
    let facts = Facts::read(deployment.client).await?;
    let mut checks = server::checks(session, deployment, &facts).await;
    let mut health = health::Health::new(deployment.client);
    for at in 0..session.repository.detections.len() {
        checks.extend(content::checks(session, at, &facts));
        checks.extend(search::checks(session, at, &facts, deployment.client).await);
        checks.extend(health.checks(session, at).await);
    }
    Ok(checks)
}

fn tell<E>(
    session: &Session,
    deployment: &Deployment<'_>,
    settings: Settings,
    checks: Vec<Check>,
    begun: std::time::Instant,
    emit: &mut dyn FnMut(Event) -> std::result::Result<(), E>,
) -> std::result::Result<Summary, E> {
    let mut summary = Summary::default();
    let mut send = |event: Event| {
        summary.event(&event);
        emit(event)
    };
    send(Event::RunStarted(RunStarted {
        schema_version: SCHEMA_VERSION,
        dryfire_version: settings.version.to_owned(),
        target: deployment.name.to_owned(),
        mode: Mode::AllTime,
        knowledge: apps(session),
        total_cases: checks.len() as u64,
    }))?;
    for found in &session.diagnostics {
        send(Event::FindingReported(evidence::finding(
            found,
            &session.sources,
        )))?;
    }
    for described in describe::detections(session) {
        send(Event::DetectionDescribed(Box::new(described)))?;
    }
    for check in checks {
        let detection = check
            .detection
            .and_then(|at| session.repository.detections.get(at));
        let case = case(
            &check,
            detection.map(AsRef::as_ref),
            deployment.name,
            session,
        );
        send(Event::CaseStarted(CaseStarted { case: case.clone() }))?;
        let mut finished = CaseFinished::new(case, check.verdict);
        finished.findings = check
            .notes
            .iter()
            .map(|note| evidence::finding(note, &session.sources))
            .collect();
        send(Event::CaseFinished(Box::new(finished)))?;
    }
    let elapsed_micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    emit(Event::RunFinished(RunFinished {
        summary: summary.clone(),
        elapsed_micros,
    }))?;
    Ok(summary)
}

fn case(
    check: &Check,
    detection: Option<&Detection>,
    deployment: &str,
    session: &Session,
) -> CaseRef {
    let owner = detection.map_or("deployment", |detection| detection.id.value.as_str());
    CaseRef {
        id: format!("verify/{owner}/{}", check.holds),
        detection: match detection {
            Some(detection) => detection.name.value.clone(),
            None => format!("deployment {deployment}"),
        },
        detection_id: detection.map(|detection| detection.id.value.clone()),
        test: check.holds.clone(),
        kind: CaseKind::Validation,
        techniques: detection
            .into_iter()
            .flat_map(|detection| &detection.mitre)
            .map(|technique| technique.value.clone())
            .collect(),
        place: detection.map(|detection| evidence::place(detection.name.span, &session.sources)),
    }
}

/// The rows of a search. A job that reports errors, though it ended well, may lack some: it failed.
async fn rows(
    client: &Client,
    search: &dryfire_splunk::Search,
) -> Result<Vec<dryfire_splunk::Row>> {
    let (done, rows) = client.run(search).await?;
    match crate::splunk::errors(&done.messages) {
        None => Ok(rows),
        Some(detail) => Err(dryfire_splunk::Error::SearchFailed {
            address: client.address(),
            sid: search.id.clone(),
            detail,
        }),
    }
}

/// A check whose search could not be run: of the target's making where it could not be asked at all.
fn unsearched(check: Check, error: &dryfire_splunk::Error) -> Check {
    use dryfire_splunk::Error;
    match error {
        Error::Rejected { .. } | Error::SearchFailed { .. } | Error::Forbidden { .. } => {
            check.unknown(error)
        }
        error => Check {
            verdict: Verdict::error(ErrorKind::Target, "target", error.to_string()),
            ..check
        },
    }
}

/// What is told of a deployment.
const DEPLOYMENT: &Code = &codes::run::DEPLOYMENT;
/// What is told of data.
const DATA: &Code = &codes::run::DATA_HEALTH;
