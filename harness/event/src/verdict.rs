//! The verdict on a case, and the reason for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// A short stable slug, such as `no-rows` or `unsupported-command`; reports count by it.
    pub category: String,
    /// The reason in words: one line without a full stop.
    pub text: String,
}

impl Reason {
    /// A reason.
    pub fn new(category: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            category: category.into(),
            text: text.into(),
        }
    }
}

/// What went wrong outside the detection under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The data could not be had: not there, not reachable, not readable.
    Dataset,
    /// The Splunk did not answer, or refused.
    Target,
    /// The content could not be loaded.
    Content,
    /// A bug of ours.
    Engine,
}

impl ErrorKind {
    /// The word used in JSON and in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Target => "target",
            Self::Content => "content",
            Self::Engine => "engine",
        }
    }
}

/// The verdict on one case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every expectation was met, perhaps under assumptions, which the event lists.
    #[serde(with = "no_fields")]
    Passed,
    /// An expectation was not met.
    Failed {
        /// Which, in short.
        reason: Reason,
    },
    /// It can't be said: something the search needs is not supported or not there. Never a pass.
    Undetermined {
        /// What is missing.
        reason: Reason,
    },
    /// Not run, on purpose.
    Skipped {
        /// On whose word.
        reason: Reason,
    },
    /// Not judged, because of something else than the detection.
    Error {
        /// Whose fault it is.
        kind: ErrorKind,
        /// What happened.
        reason: Reason,
    },
    /// The run was stopped before the case came to an end.
    #[serde(with = "no_fields")]
    Cancelled,
}

impl Verdict {
    /// A verdict that an expectation was not met.
    pub fn failed(category: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Failed {
            reason: Reason::new(category, text),
        }
    }

    /// A verdict that it can't be said.
    pub fn undetermined(category: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Undetermined {
            reason: Reason::new(category, text),
        }
    }

    /// A verdict that the case was left out.
    pub fn skipped(category: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Skipped {
            reason: Reason::new(category, text),
        }
    }

    /// A verdict that something else than the detection went wrong.
    pub fn error(kind: ErrorKind, category: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Error {
            kind,
            reason: Reason::new(category, text),
        }
    }

    /// The word used in JSON and in reports.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::Undetermined { .. } => "undetermined",
            Self::Skipped { .. } => "skipped",
            Self::Error { .. } => "error",
            Self::Cancelled => "cancelled",
        }
    }

    /// The reason, where the verdict has one.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Passed | Self::Cancelled => None,
            Self::Failed { reason }
            | Self::Undetermined { reason }
            | Self::Skipped { reason }
            | Self::Error { reason, .. } => Some(reason),
        }
    }

    /// Whether reports must show the case in full: it failed, can't be judged, or ran into an error.
    pub fn needs_attention(&self) -> bool {
        matches!(
            self,
            Self::Failed { .. } | Self::Undetermined { .. } | Self::Error { .. }
        )
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Writes a variant without fields as `{"passed":{}}`, not as `"passed"`: a reader finds an object with one key whatever the verdict.
mod no_fields {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct NoFields {}

    pub(super) fn serialize<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
        NoFields {}.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        NoFields::deserialize(deserializer).map(|NoFields {}| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(verdict: &Verdict, json: &str) {
        let written = serde_json::to_string(verdict).unwrap();
        assert_eq!(written, json);
        assert_eq!(&serde_json::from_str::<Verdict>(&written).unwrap(), verdict);
    }

    #[test]
    fn every_verdict_is_an_object_with_one_key() {
        check(&Verdict::Passed, r#"{"passed":{}}"#);
        check(&Verdict::Cancelled, r#"{"cancelled":{}}"#);
        check(
            &Verdict::failed("no-rows", "no row came back"),
            r#"{"failed":{"reason":{"category":"no-rows","text":"no row came back"}}}"#,
        );
        check(
            &Verdict::error(ErrorKind::Dataset, "not-found", "no such file"),
            r#"{"error":{"kind":"dataset","reason":{"category":"not-found","text":"no such file"}}}"#,
        );
    }

    #[test]
    fn the_label_is_the_json_key() {
        let verdicts = [
            Verdict::Passed,
            Verdict::failed("a", "b"),
            Verdict::undetermined("a", "b"),
            Verdict::skipped("a", "b"),
            Verdict::error(ErrorKind::Engine, "a", "b"),
            Verdict::Cancelled,
        ];
        for verdict in verdicts {
            let json = serde_json::to_value(&verdict).unwrap();
            assert!(json.get(verdict.label()).is_some(), "{json}");
        }
    }
}
