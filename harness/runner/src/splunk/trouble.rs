//! What an error of the client means for a case.

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_splunk::Error;

use crate::target::Failure;

/// What an error of the client means for a case where it is not its search that failed.
pub(super) fn trouble(error: &Error) -> Failure {
    match error {
        Error::Interrupted => Failure::Cancelled,
        error => Failure::Target(error.to_string()),
    }
}

/// What the server lacks, by its own words, where a search that is right can't run.
const LACKING: [&str; 5] = [
    "lookup",
    "unknown search command",
    "data model",
    "datamodel",
    "macro",
];

/// What an error of the client means for a case.
pub(super) fn failure(error: &Error) -> Failure {
    match error {
        Error::Rejected { detail, .. } | Error::SearchFailed { detail, .. } => {
            let found = Box::new(Diagnostic::error(
                &codes::dataset::SERVER_MESSAGE,
                error.to_string(),
            ));
            if lacks(detail) {
                Failure::Undetermined(found)
            } else {
                Failure::Broken(found)
            }
        }
        error => trouble(error),
    }
}

/// Whether the server says that it lacks something that a right search may need.
fn lacks(detail: &str) -> bool {
    let said = detail.to_lowercase();
    LACKING.iter().any(|what| said.contains(what))
}
