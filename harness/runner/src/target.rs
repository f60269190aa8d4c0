//! Where searches run: the local engine, or a Splunk.

use std::sync::Arc;

use dryfire_content::DatasetRef;
use dryfire_diagnostic::Diagnostic;
use dryfire_engine::{Env, Outcome};

use crate::data::LoadError;
use crate::session::Prepared;

/// A search and the data it sees.
pub struct Request<'a, D> {
    /// The search.
    pub prepared: &'a Prepared,
    /// The data.
    pub data: &'a [Arc<D>],
    /// Whether to find out why, not only what.
    pub trace: bool,
}

/// What a search gave.
#[derive(Debug)]
pub struct Answer {
    /// Rows, effects, trace, notes.
    pub outcome: Outcome,
    /// The surroundings it ran in.
    pub env: Env,
}

/// Why a search gave nothing.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The target can't run the search: nothing may be concluded.
    Undetermined(Box<Diagnostic>),
    /// The search is wrong.
    Broken(Box<Diagnostic>),
    /// It used too much.
    Budget(String),
    /// The data could not be read.
    Data(String),
    /// The run was interrupted.
    Cancelled,
    /// A defect of ours.
    Defect(String),
}

/// Where searches run.
pub trait Target {
    /// Data that this target can search.
    type Data: Send + Sync;

    /// What users call it.
    fn name(&self) -> &str;

    /// Makes a dataset searchable.
    fn open(&self, dataset: &DatasetRef) -> Result<Self::Data, LoadError>;

    /// What to report of a dataset.
    fn used(&self, dataset: &DatasetRef, data: &Self::Data) -> dryfire_event::DatasetUsed;

    /// Runs searches at once. The i-th answer is that of the i-th request.
    fn search(&self, wave: &[Request<'_, Self::Data>]) -> Vec<Result<Answer, Failure>>;
}
