//! From a case and what its search gave to a verdict with its evidence.

use dryfire_content::{Case, CaseKind, Mismatch};
use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, codes};
use dryfire_engine::Outcome;
use dryfire_event::{Assumption, CaseFinished, ErrorKind, Verdict};

use crate::evidence;
use crate::session::Prepared;
use crate::target::{Answer, Failure, Produced};

/// The verdict on a case that is not run.
pub(crate) fn skipped(case: &Case, sources: &SourceMap) -> Option<CaseFinished> {
    use dryfire_content::Skip;
    let skip = case.skip.as_ref()?;
    let category = match skip {
        Skip::Manual(_) => "manual-test",
        Skip::Status(_) => "not-production",
        Skip::Correlation => "correlation",
        Skip::NoTests => "no-tests",
        Skip::NoData => "no-data",
        Skip::NoActions => "no-actions",
        Skip::Asked(_) => "skipped-by-manifest",
    };
    Some(finished(
        case,
        Verdict::skipped(category, skip.to_string()),
        sources,
    ))
}

/// The verdict on a case that is for other targets.
pub(crate) fn other_target(case: &Case, sources: &SourceMap) -> CaseFinished {
    let targets = case.targets.join(", ");
    let verdict = Verdict::skipped("other-target", format!("the test is for {targets}"));
    finished(case, verdict, sources)
}

/// The verdict of validation alone: the search parses, and its names lead somewhere.
pub(crate) fn validation(case: &Case, prepared: &Prepared, sources: &SourceMap) -> CaseFinished {
    let errors: Vec<&Diagnostic> = prepared
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    let verdict = match errors.first() {
        None => Verdict::Passed,
        Some(first) => Verdict::failed("validation", counted(&first.message, errors.len())),
    };
    with_findings(finished(case, verdict, sources), prepared, sources)
}

/// The verdict on a case whose search can't be run, because it is not valid SPL.
pub(crate) fn broken(
    case: &Case,
    prepared: &Prepared,
    sources: &SourceMap,
) -> Option<CaseFinished> {
    if !prepared.is_broken() {
        return None;
    }
    let errors: Vec<&Diagnostic> = prepared
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    let first = errors.first()?;
    let category = match first.code.id {
        id if id == codes::syntax::UNKNOWN_MACRO.id => "unknown-macro",
        id if id == codes::syntax::UNKNOWN_COMMAND.id => "unknown-command",
        _ => "invalid-search",
    };
    let verdict = Verdict::failed(category, counted(&first.message, errors.len()));
    Some(with_findings(
        finished(case, verdict, sources),
        prepared,
        sources,
    ))
}

/// The verdict on a case whose data is not to be had.
pub(crate) fn no_data(
    case: &Case,
    diagnostic: &Diagnostic,
    category: &str,
    sources: &SourceMap,
) -> CaseFinished {
    let verdict = Verdict::error(ErrorKind::Dataset, category, diagnostic.message.clone());
    let mut finished = finished(case, verdict, sources);
    finished
        .findings
        .push(evidence::finding(diagnostic, sources));
    finished
}

/// The verdict on a case whose search ended without a result.
pub(crate) fn failure(
    case: &Case,
    prepared: &Prepared,
    failure: &Failure,
    sources: &SourceMap,
) -> CaseFinished {
    let (verdict, found) = match failure {
        Failure::Undetermined(found) => {
            let category = match found.code.id {
                id if id == codes::meaning::UNSUPPORTED_COMMAND.id => "unsupported-command",
                id if id == codes::meaning::UNSUPPORTED_FUNCTION.id => "unsupported-function",
                id if id == codes::meaning::UNKNOWN_MODEL.id => "unknown-data-model",
                id if id == codes::meaning::UNKNOWN_LOOKUP.id => "lookup-missing",
                id if id == codes::dataset::EVENT_COUNT.id => "event-count",
                id if id == codes::dataset::OTHER_INDEX.id => "other-index",
                id if id == codes::dataset::NOT_SEARCHED.id => "not-searched",
                id if id == codes::dataset::WRITES.id => "writes",
                id if id == codes::dataset::SERVER_MESSAGE.id => "server-lacks",
                _ => "unsupported",
            };
            (
                Verdict::undetermined(category, found.message.clone()),
                Some(found),
            )
        }
        Failure::Broken(found) => (
            Verdict::failed("invalid-search", found.message.clone()),
            Some(found),
        ),
        Failure::Budget(what) => (
            Verdict::undetermined("budget", format!("the search used too much: {what}")),
            None,
        ),
        Failure::Data(why) => (
            Verdict::error(ErrorKind::Dataset, "dataset-unreadable", why.clone()),
            None,
        ),
        Failure::Target(why) => (
            Verdict::error(ErrorKind::Target, "target", why.clone()),
            None,
        ),
        Failure::Cancelled => (Verdict::Cancelled {}, None),
        Failure::Defect(what) => (
            Verdict::error(
                ErrorKind::Engine,
                "defect",
                format!("a defect of dryfire: {what}"),
            ),
            None,
        ),
    };
    let mut finished = with_findings(finished(case, verdict, sources), prepared, sources);
    finished
        .findings
        .extend(found.map(|found| evidence::finding(found, sources)));
    finished
}

/// Whether a pass rests on it: a rule that is not settled, or a value that a Splunk would not look up in its index.
fn is_assumed(note: &Diagnostic) -> bool {
    [
        &codes::meaning::UNCERTAIN_RULE,
        &codes::meaning::INDEXED_WORD,
    ]
    .contains(&note.code)
}

/// What is not certain and what results depend on.
pub(crate) fn assumptions(
    prepared: &Prepared,
    outcome: &Outcome,
    sources: &SourceMap,
) -> Vec<Assumption> {
    outcome
        .assumptions
        .iter()
        .map(|assumed| Assumption {
            text: format!(
                "`{}` of {} events is mapped by {} as inferred, not as known",
                assumed.field, assumed.sourcetype, assumed.app
            ),
            place: None,
        })
        .chain(
            prepared
                .diagnostics
                .iter()
                .chain(&outcome.notes)
                .filter(|note| is_assumed(note))
                .map(|note| Assumption {
                    text: note.message.clone(),
                    place: note
                        .primary
                        .as_ref()
                        .map(|label| evidence::place(label.span, sources)),
                }),
        )
        .collect()
}

/// The verdict on a case whose search ran.
pub(crate) fn judged(
    case: &Case,
    prepared: &Prepared,
    answer: &Answer,
    stems: Option<Vec<Mismatch>>,
    strict: bool,
    sources: &SourceMap,
) -> CaseFinished {
    let outcome = &answer.outcome;
    let mut mismatches = case
        .expectation
        .judge(&evidence::content_rows(&outcome.table));
    let origin_unknown = stems.is_none();
    mismatches.extend(stems.into_iter().flatten());
    let assumptions = assumptions(prepared, outcome, sources);
    let verdict = match mismatches.first() {
        Some(first) if case.kind == CaseKind::Integration => Verdict::failed(
            "unit-failed",
            format!(
                "the results are not as expected, so nothing was made of them: {}",
                counted(&first.message(), mismatches.len())
            ),
        ),
        Some(first) => {
            let category = if outcome.table.is_empty() {
                "no-results"
            } else {
                "unexpected-results"
            };
            Verdict::failed(category, counted(&first.message(), mismatches.len()))
        }
        None if origin_unknown => Verdict::undetermined(
            "origin-unknown",
            "a command of the search does not tell which events are behind its rows, so `fires_on` can't be judged",
        ),
        None => match dead_condition(prepared) {
            Some(dead) => Verdict::undetermined("search-error", dead.message.clone()),
            None => passed(&assumptions, strict),
        },
    };
    let mut finished = with_findings(finished(case, verdict, sources), prepared, sources);
    finished.mismatches = mismatches
        .iter()
        .map(|found| evidence::mismatch(found, sources))
        .collect();
    finished.rows = evidence::rows(&outcome.table);
    finished.trace = evidence::trace(&outcome.trace, sources);
    finished.assumptions = assumptions;
    finished.env = Some(evidence::env(&answer.env));
    let notes = outcome
        .notes
        .iter()
        .filter(|note| note.code != &codes::meaning::UNCERTAIN_RULE);
    finished
        .findings
        .extend(notes.map(|note| evidence::finding(note, sources)));
    finished
}

/// The verdict on an integration test whose results are as expected.
pub(crate) fn integrated(
    case: &Case,
    prepared: &Prepared,
    (answer, produced): (&Answer, &Produced),
    stems: Option<Vec<Mismatch>>,
    mismatches: &[Mismatch],
    strict: bool,
    sources: &SourceMap,
) -> CaseFinished {
    let mut finished = judged(case, prepared, answer, stems, false, sources);
    finished
        .assumptions
        .extend(produced.assumptions.iter().map(|text| Assumption {
            text: text.clone(),
            place: None,
        }));
    // What already stands against the results stands against what was made of them.
    if finished.verdict == Verdict::Passed {
        finished.verdict = match mismatches.first() {
            Some(first) => Verdict::failed(
                "unexpected-events",
                counted(&first.message(), mismatches.len()),
            ),
            None => passed(&finished.assumptions, strict),
        };
    }
    finished.mismatches.extend(
        mismatches
            .iter()
            .map(|found| evidence::mismatch(found, sources)),
    );
    finished.simulated.clone_from(&produced.simulated);
    finished.risk_events = evidence::events(&produced.risk);
    finished.findings_made = evidence::events(&produced.notables);
    finished
}

/// A pass, unless it rests on something that is not certain and may not.
fn passed(assumptions: &[Assumption], strict: bool) -> Verdict {
    match assumptions.first() {
        Some(first) if strict => {
            Verdict::undetermined("assumptions", counted(&first.text, assumptions.len()))
        }
        _ => Verdict::Passed,
    }
}

/// An error in what the search means, such as a condition on a field that no event can have: then silence proves nothing.
fn dead_condition(prepared: &Prepared) -> Option<&Diagnostic> {
    prepared
        .diagnostics
        .iter()
        .find(|found| found.severity == Severity::Error && found.code.id.starts_with("DF3"))
}

/// A verdict without evidence.
pub(crate) fn finished(case: &Case, verdict: Verdict, sources: &SourceMap) -> CaseFinished {
    let mut finished = CaseFinished::new(evidence::case_ref(case, sources), verdict);
    finished.selected.clone_from(&case.selected);
    finished
}

fn with_findings(
    mut finished: CaseFinished,
    prepared: &Prepared,
    sources: &SourceMap,
) -> CaseFinished {
    finished.findings.extend(
        prepared
            .diagnostics
            .iter()
            .map(|found| evidence::finding(found, sources)),
    );
    finished
}

fn counted(first: &str, all: usize) -> String {
    match all {
        0 | 1 => first.to_owned(),
        all => format!("{first} (and {} more)", all - 1),
    }
}
