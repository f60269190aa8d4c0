//! A run: cases in waves, verdicts as events, in the order of the cases.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use dryfire_content::rules::Day;
use dryfire_content::{Case, CaseKind, DatasetRef, Location, Mismatch, fires_on};
use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_engine::es::Actions;
use dryfire_event::{
    AppUsed, CaseFinished, CaseStarted, Event, FailOn, Mode, RunFinished, RunStarted,
    SCHEMA_VERSION, Summary, Verdict,
};
use dryfire_knowledge::Origin;

use crate::chain::Chained;
use crate::session::Session;
use crate::target::{Answer, Failure, Produced, Request, Target, Triggered};
use crate::verdict;
use crate::{describe, evidence, expected, integration};

/// Cases that are searched at once.
const WAVE: usize = 512;
/// The same where a failure ends the run: they all end, whatever comes of the first.
const FAIL_FAST_WAVE: usize = 16;
/// Failing cases of a wave that are searched again to find out why.
const EXPLAINED: usize = 32;

/// How to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// A pass under assumptions is undetermined.
    pub strict: bool,
    /// The version that reports name.
    pub version: &'static str,
    /// Cases after one that makes the run fail, by this rule, are not run.
    pub fail_fast: Option<FailOn>,
    /// The day, for failures that are expected up to one. Where it is not known, none is expected.
    pub today: Option<Day>,
}

/// Runs all cases of a session on a target and hands each event to `emit`.
///
/// # Errors
/// What `emit` returns ends the run.
pub fn run<T: Target, E>(
    session: &Session,
    target: &T,
    settings: Settings,
    cancel: &AtomicBool,
    emit: &mut dyn FnMut(Event) -> Result<(), E>,
) -> Result<Summary, E> {
    let begun = Instant::now();
    let mut summary = Summary::default();
    let mut send = |event: Event| {
        summary.event(&event);
        emit(event)
    };
    send(Event::RunStarted(RunStarted {
        schema_version: SCHEMA_VERSION,
        dryfire_version: settings.version.to_owned(),
        target: target.name().to_owned(),
        mode: Mode::AllTime,
        knowledge: apps(session),
        total_cases: session.cases.len() as u64,
    }))?;
    for found in &session.diagnostics {
        send(Event::FindingReported(evidence::finding(
            found,
            &session.sources,
        )))?;
    }
    describe::detections(session)
        .into_iter()
        .try_for_each(|described| send(Event::DetectionDescribed(Box::new(described))))?;
    let order: Vec<&Case> = session.cases.iter().collect();
    let mut ended = false;
    let size = settings.fail_fast.map_or(WAVE, |_| FAIL_FAST_WAVE);
    for wave in order.chunks(size) {
        for case in wave {
            send(Event::CaseStarted(CaseStarted {
                case: evidence::case_ref(case, &session.sources),
            }))?;
        }
        let finished = match ended {
            true => not_run(session, wave),
            false => judge(session, target, settings, wave, cancel),
        };
        for (mut finished, case) in finished.into_iter().zip(wave) {
            expected::apply(&mut finished, case, session, settings.today);
            let fails = |rule| fails(&finished.verdict, rule);
            ended |= settings.fail_fast.is_some_and(fails);
            send(Event::CaseFinished(Box::new(finished)))?;
        }
    }
    summary.interrupted = cancel.load(Ordering::Relaxed);
    let elapsed_micros = micros(begun);
    emit(Event::RunFinished(RunFinished {
        summary: summary.clone(),
        elapsed_micros,
    }))?;
    Ok(summary)
}

/// The apps that fields come from.
pub(crate) fn apps(session: &Session) -> Vec<AppUsed> {
    session
        .library
        .knowledge
        .apps()
        .iter()
        .map(|app| AppUsed {
            name: app.name.to_string(),
            version: app.version.as_ref().map(|version| version.to_string()),
            origin: match &app.origin {
                Origin::Pack => "built-in".to_owned(),
                Origin::Path(path) => path.display().to_string(),
            },
        })
        .collect()
}

/// Whether a case makes the run fail, so that no more need be run.
fn fails(verdict: &Verdict, rule: FailOn) -> bool {
    match verdict {
        Verdict::Failed { .. } | Verdict::Error { .. } => true,
        Verdict::Undetermined { .. } => rule.undetermined,
        Verdict::Passed | Verdict::Skipped { .. } | Verdict::Cancelled => false,
    }
}

fn not_run(session: &Session, wave: &[&Case]) -> Vec<CaseFinished> {
    let sources = &session.sources;
    wave.iter()
        .map(|case| verdict::finished(case, Verdict::Cancelled {}, sources))
        .collect()
}

/// Runs the cases of a wave.
fn judge<T: Target>(
    session: &Session,
    target: &T,
    settings: Settings,
    wave: &[&Case],
    cancel: &AtomicBool,
) -> Vec<CaseFinished> {
    let begun = Instant::now();
    let sources = &session.sources;
    let mut verdicts: Vec<Option<CaseFinished>> = wave.iter().map(|_| None).collect();
    let mut opened: BTreeMap<DataKey, Opened<T::Data>> = BTreeMap::new();
    let mut ready: Vec<(usize, Vec<Arc<T::Data>>)> = Vec::new();
    let mut chains: BTreeMap<usize, Chained<T::Data>> = BTreeMap::new();
    for (place, case) in wave.iter().enumerate() {
        let Some(prepared) = session.prepared(&case.detection) else {
            continue;
        };
        let early = match () {
            () if cancel.load(Ordering::Relaxed) => {
                Some(verdict::finished(case, Verdict::Cancelled {}, sources))
            }
            () if case.skip.is_some() => verdict::skipped(case, sources),
            () if !case.is_for(target.name()) => Some(verdict::other_target(case, sources)),
            () if case.kind == CaseKind::Validation => {
                Some(verdict::validation(case, prepared, sources))
            }
            () => verdict::broken(case, prepared, sources),
        };
        if early.is_some() {
            verdicts[place] = early;
            continue;
        }
        let mut data = Vec::new();
        let mut open = |dataset: &DatasetRef| -> Opened<T::Data> {
            let entry = opened.entry(key(dataset)).or_insert_with(|| {
                target
                    .open(dataset)
                    .map(Arc::new)
                    .map_err(|error| (Box::new(error.diagnostic()), error.category()))
            });
            entry.clone()
        };
        for dataset in &case.datasets {
            match open(dataset) {
                Ok(found) => data.push(found),
                Err((found, category)) => {
                    let found = Diagnostic::clone(&found).at(dataset.span, "named here");
                    verdicts[place] = Some(verdict::no_data(case, &found, category, sources));
                    break;
                }
            }
        }
        if verdicts[place].is_none() && !case.before.is_empty() {
            let mut open = |dataset: &DatasetRef| open(dataset).map_err(|(found, _)| found.message);
            match Chained::run(session, target, case, &mut open) {
                Ok(chained) => {
                    data.extend(chained.data.iter().cloned());
                    chains.insert(place, chained);
                }
                Err(finished) => verdicts[place] = Some(*finished),
            }
        }
        if verdicts[place].is_none() {
            ready.push((place, data));
        }
    }
    let actions: Vec<Option<Actions>> = ready
        .iter()
        .map(|(place, _)| {
            let case = wave[*place];
            (case.kind == CaseKind::Integration).then(|| integration::actions_of(case, session))
        })
        .collect();
    let requests: Vec<Request<'_, T::Data>> = ready
        .iter()
        .zip(&actions)
        .filter_map(|((place, data), actions)| {
            let chained = chains.get(place);
            ask(
                session,
                wave[*place],
                (data, chained),
                actions.as_ref(),
                false,
            )
        })
        .collect();
    let mut answers = target.search(&requests);
    if target.explains() {
        explain(session, target, wave, &ready, &chains, &mut answers);
    } else {
        for ((place, _), answer) in ready.iter().zip(&mut answers) {
            note_origins(wave[*place], answer);
        }
    }
    let produced = act(session, target, wave, &ready, &answers);
    let each = micros(begun) / (ready.len().max(1) as u64);
    for (((place, data), answer), produced) in ready.iter().zip(answers).zip(produced) {
        let case = wave[*place];
        let Some(prepared) = session.prepared(&case.detection) else {
            continue;
        };
        let stems = answer
            .as_ref()
            .map_or(Some(Vec::new()), |answer| stems(target, case, answer, data));
        let mut finished = match (&answer, &produced) {
            (Ok(answer), None) => {
                verdict::judged(case, prepared, answer, stems, settings.strict, sources)
            }
            (Ok(answer), Some(Ok(produced))) => {
                let mismatches = integration::judge(case, session, answer, produced);
                verdict::integrated(
                    case,
                    prepared,
                    (answer, produced),
                    stems,
                    &mismatches,
                    settings.strict,
                    sources,
                )
            }
            (Err(failure), _) | (_, Some(Err(failure))) => {
                verdict::failure(case, prepared, failure, sources)
            }
        };
        finished.datasets = case
            .datasets
            .iter()
            .zip(data)
            .map(|(dataset, data)| target.used(dataset, data))
            .collect();
        if let Some(chained) = chains.get(place) {
            chained.tell(&mut finished, settings.strict);
        }
        let noticed = data.iter().flat_map(|data| target.notes(data));
        finished
            .findings
            .extend(noticed.map(|note| evidence::finding(note, sources)));
        finished.duration_micros = each;
        verdicts[*place] = Some(finished);
    }
    verdicts.into_iter().flatten().collect()
}

/// Whether the results stem from the events that the case names; nothing where that can't be told.
fn stems<T: Target>(
    target: &T,
    case: &Case,
    answer: &Answer,
    data: &[Arc<T::Data>],
) -> Option<Vec<Mismatch>> {
    let wanted = &case.expectation.fires_on;
    if wanted.is_empty() || !target.explains() {
        return Some(Vec::new());
    }
    Some(fires_on::judge(wanted, &target.behind(answer, data)?))
}

/// Says with the results that nobody looked which events they stem from.
fn note_origins(case: &Case, answer: &mut Result<Answer, Failure>) {
    if let (Ok(answer), false) = (answer, case.expectation.fires_on.is_empty()) {
        answer.outcome.notes.push(Diagnostic::warning(
            &codes::meaning::UNCERTAIN_RULE,
            "a Splunk does not tell which events are behind its results, so `fires_on` is not judged",
        ));
    }
}

fn ask<'r, D>(
    session: &'r Session,
    case: &'r Case,
    (data, chained): (&'r [Arc<D>], Option<&'r Chained<D>>),
    actions: Option<&'r Actions>,
    trace: bool,
) -> Option<Request<'r, D>> {
    Some(Request {
        prepared: session.prepared(&case.detection)?,
        data,
        lookups: chained.map_or(&case.lookups, |chained| &chained.lookups),
        // Which events are behind a row shows in the trace only.
        trace: trace || !case.expectation.fires_on.is_empty(),
        actions,
    })
}

/// Does with the results of integration tests what their detections' actions do, where the results are as expected.
fn act<T: Target>(
    session: &Session,
    target: &T,
    wave: &[&Case],
    ready: &[(usize, Vec<Arc<T::Data>>)],
    answers: &[Result<Answer, Failure>],
) -> Vec<Option<Result<Produced, Failure>>> {
    let mut produced: Vec<Option<Result<Produced, Failure>>> =
        answers.iter().map(|_| None).collect();
    let mut found = Vec::new();
    for (index, ((place, _), answer)) in ready.iter().zip(answers).enumerate() {
        if let (CaseKind::Integration, Ok(answer)) = (wave[*place].kind, answer)
            && !differs(wave[*place], answer)
        {
            found.push((
                index,
                answer,
                integration::actions_of(wave[*place], session),
            ));
        }
    }
    let triggered: Vec<Triggered<'_>> = found
        .iter()
        .map(|(_, answer, actions)| Triggered { answer, actions })
        .collect();
    for ((index, ..), made) in found.iter().zip(target.act(&triggered)) {
        produced[*index] = Some(made);
    }
    produced
}

/// Whether the results are not as expected.
fn differs(case: &Case, answer: &Answer) -> bool {
    !case
        .expectation
        .judge(&evidence::content_rows(&answer.outcome.table))
        .is_empty()
}

/// Searches again, with a trace, where a result differs from what was expected.
fn explain<T: Target>(
    session: &Session,
    target: &T,
    wave: &[&Case],
    ready: &[(usize, Vec<Arc<T::Data>>)],
    chains: &BTreeMap<usize, Chained<T::Data>>,
    answers: &mut [Result<Answer, Failure>],
) {
    let is_unclear = |index: &usize| {
        answers[*index]
            .as_ref()
            .is_ok_and(|answer| differs(wave[ready[*index].0], answer))
    };
    let unclear: Vec<usize> = (0..ready.len())
        .filter(is_unclear)
        .take(EXPLAINED)
        .collect();
    let requests: Vec<Request<'_, T::Data>> = unclear
        .iter()
        .filter_map(|index| {
            let (place, data) = &ready[*index];
            let chained = chains.get(place);
            ask(session, wave[*place], (data, chained), None, true)
        })
        .collect();
    if requests.is_empty() {
        return;
    }
    for (index, answer) in unclear.into_iter().zip(target.search(&requests)) {
        if let Ok(answer) = answer {
            answers[index] = Ok(answer);
        }
    }
}

/// A dataset that was opened; or what is wrong with it, and the reason's short name.
type Opened<D> = Result<Arc<D>, (Box<Diagnostic>, &'static str)>;

/// What makes two datasets the same data to a target.
type DataKey = (
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

pub(crate) fn key(dataset: &dryfire_content::DatasetRef) -> DataKey {
    let location = match &dataset.location {
        Location::Path(path) => path.display().to_string(),
        Location::Url(address) => address.to_string(),
    };
    (
        location,
        dataset.source.clone(),
        dataset.sourcetype.clone(),
        dataset.host.clone(),
        dataset.index.clone(),
    )
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
