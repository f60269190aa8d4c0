//! The run's events: the seam between whoever runs cases and whoever reports them.
//!
//! A runner emits [`Event`]s in order; a report consumes them and knows nothing else. This crate knows no engine, no SPL and no
//! terminal, and depends on serde alone, so that a run can be stored, replayed, compared and read by other programs.
//!
//! # The JSON schema and its version
//!
//! One event is one JSON object on one line; `schema/event.schema.json` (JSON Schema 2020-12) describes it, and
//! `tests/schema.rs` holds the two together. Enums are externally tagged in `snake_case`: the only key of an object says what it is.
//!
//! [`SCHEMA_VERSION`] stands in the first event of a run. It goes up when a reader written for the old version could go wrong:
//!
//! - a field is removed, renamed, or changes its type, its unit or its meaning;
//! - an enum gains a variant (an event, a verdict, a kind), because readers may match exhaustively.
//!
//! | version | what changed |
//! |---|---|
//! | 1 | the first |
//! | 2 | the event `detection_described` |
//!
//! It stays when a field is added. Readers must therefore ignore fields they don't know, and a new field must have a default here
//! (`#[serde(default)]`), so that a stored run of an earlier release can still be read.

mod case;
mod described;
mod event;
mod evidence;
mod exit;
mod finding;
mod summary;
mod verdict;

pub use case::{CaseKind, CaseRef, Place};
pub use described::{
    Annotations, DataSourceNamed, DetectionDescribed, DrilldownDescribed, MacroUsed, RiskDescribed,
    RiskObjectDescribed, Schedule, ThreatDescribed,
};
pub use event::{
    AppUsed, CaseFinished, CaseStarted, Event, Mode, RunFinished, RunStarted, SCHEMA_VERSION,
};
pub use evidence::{
    Assumption, Condition, DatasetUsed, Difference, Env, Field, Mismatch, NearestRow, NearestValue,
    ResultRows, Row, Step, Trace,
};
pub use exit::{ExitCode, FailOn, UnknownFailOn, exit_code};
pub use finding::{Finding, FindingLabel, Severity};
pub use summary::{ErrorCounts, FindingCounts, ReasonCount, Summary};
pub use verdict::{ErrorKind, Reason, Verdict};
