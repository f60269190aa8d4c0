//! What becomes of a verdict where a failure is expected: it is left out of the count, up to a day; a pass is a failure then.

use dryfire_content::rules::Day;
use dryfire_content::{Case, ExpectedFailure, ExpectedOf, Repository};
use dryfire_diagnostic::{Diagnostic, codes, nearest};
use dryfire_event::{CaseFinished, Verdict};

use crate::evidence;
use crate::session::Session;

/// The reason's short name of a failure that is as expected.
const EXPECTED: &str = "expected-failure";

/// Applies the first expected failure that is about the case. An error and what was not run are no failures.
pub(crate) fn apply(
    finished: &mut CaseFinished,
    case: &Case,
    session: &Session,
    today: Option<Day>,
) {
    let mut all = session.expected.iter();
    let Some(expected) = all.find(|expected| expected.is_of(case)) else {
        return;
    };
    let day = expected.expires.value;
    let expired = today.is_none_or(|today| today > day);
    let who = format!("{} ({})", expected.owner.trim(), expected.reason.trim());
    let note = |text: String, help: &str| {
        let found = Diagnostic::warning(&codes::configuration::EXPECTED_FAILURE, text)
            .at(expected.expires.span, "expected here")
            .help(help);
        evidence::finding(&found, &session.sources)
    };
    match (&finished.verdict, expired) {
        (Verdict::Failed { reason } | Verdict::Undetermined { reason }, false) => {
            let label = finished.verdict.label();
            let text = format!("{label}, as {who} expects until {day}: {}", reason.text);
            finished.verdict = Verdict::skipped(EXPECTED, text);
        }
        (Verdict::Failed { .. } | Verdict::Undetermined { .. }, true) => {
            let text = format!("{who} expected this failure until {day}, which is past");
            let help = "mend it, or set another day for which somebody answers";
            finished.findings.push(note(text, help));
        }
        (Verdict::Passed, false) => {
            let text = format!("it passes, though {who} expects it to fail until {day}");
            finished.verdict = Verdict::failed("unexpected-pass", text.clone());
            let help = "take the entry out of dryfire.toml";
            finished.findings.push(note(text, help));
        }
        (Verdict::Passed, true) => {
            let text = format!("it passes; {who} expected it to fail until {day}");
            let help = "take the entry out of dryfire.toml";
            finished.findings.push(note(text, help));
        }
        (Verdict::Skipped { .. } | Verdict::Error { .. } | Verdict::Cancelled, _) => {}
    }
}

/// Entries about no case, most likely misspelt, where all of the content was loaded.
pub(crate) fn unused(
    all: &[ExpectedFailure],
    cases: &[Case],
    repository: &Repository,
) -> Vec<Diagnostic> {
    let complete = repository.roots.iter().any(|root| root.complete);
    let unused = all
        .iter()
        .filter(|expected| !cases.iter().any(|case| expected.is_of(case)));
    unused
        .filter_map(|expected| {
            let (what, at, known): (String, _, Vec<&str>) = match &expected.of {
                ExpectedOf::Case(id) => (
                    format!("no case has the id `{}`", id.value),
                    id,
                    cases.iter().map(|case| case.id.as_str()).collect(),
                ),
                ExpectedOf::Detection(name, test) => match (test, repository.detection(name)) {
                    (Some(test), Some((_, found))) => (
                        format!("`{}` has no test `{}`", name.value, test.value),
                        test,
                        cases
                            .iter()
                            .filter(|case| case.detection.id.value == found.id.value)
                            .map(|case| case.test.as_str())
                            .collect(),
                    ),
                    _ => (
                        format!("there is no detection `{}`", name.value),
                        name,
                        repository
                            .detections
                            .iter()
                            .map(|one| one.name.value.as_str())
                            .collect(),
                    ),
                },
            };
            let is_known = matches!(&expected.of, ExpectedOf::Detection(name, Some(_)) if repository.detection(name).is_some());
            (complete || is_known).then(|| {
                let near = nearest(&at.value, known.iter().copied());
                Diagnostic::warning(&codes::configuration::EXPECTED_FAILURE, what)
                    .at(at.span, "of this a failure is expected")
                    .opt_help(near.map(|near| format!("did you mean `{near}`?")))
            })
        })
        .collect()
}
