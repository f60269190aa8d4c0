//! Which case: its stable id, the detection and test it comes from, and where that is written.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a file, for people and editors: lines and columns count from one, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to where the run was started where possible.
    pub file: String,
    /// The first line.
    pub line: u32,
    /// The first column.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

impl Place {
    /// A single point.
    pub fn point(file: impl Into<String>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column,
            end_line: line,
            end_column: column,
        }
    }
}

impl fmt::Display for Place {
    /// `file:line:column`, which terminals and editors make clickable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What a case tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// The content's form, without data.
    Validation,
    /// The search over a dataset.
    Unit,
    /// The search and what it brings about: risk events, findings.
    Integration,
}

impl CaseKind {
    /// The word used in JSON and in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::Unit => "unit",
            Self::Integration => "integration",
        }
    }
}

impl fmt::Display for CaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A case, as every event names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRef {
    /// The same in every run: made of detection id, test name and dataset key. Shards, reruns and comparisons hang on it.
    pub id: String,
    /// The detection's name.
    pub detection: String,
    /// The detection's id (a UUID in Splunk's content).
    pub detection_id: Option<String>,
    /// The test's name.
    pub test: String,
    /// What it tests.
    pub kind: CaseKind,
    /// The MITRE ATT&CK techniques of the detection, such as `T1003.001`.
    pub techniques: Vec<String>,
    /// Where the test is written.
    pub place: Option<Place>,
}
