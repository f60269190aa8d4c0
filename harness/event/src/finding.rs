//! A diagnostic already resolved for people: files and lines instead of spans, and the text as a terminal shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Place;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Note,
    /// Probably a mistake; the work goes on.
    Warning,
    /// The object can't be used as it is.
    Error,
}

impl Severity {
    /// The word used in JSON and in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A marked place with a few words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FindingLabel {
    /// What to say of it; may be empty.
    pub text: String,
    /// The marked text.
    pub place: Place,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// The stable code, such as `DF203`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// One line without a full stop.
    pub message: String,
    /// The place it is about.
    pub place: Option<Place>,
    /// What is marked: the place above first, with its words, then others that belong to it.
    pub labels: Vec<FindingLabel>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// The whole finding as plain text with its source lines, for people.
    pub rendered: String,
}
