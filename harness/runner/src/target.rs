//! Where searches run: the local engine, or a Splunk.

use std::sync::Arc;

use dryfire_content::fires_on::EventBehind;
use dryfire_content::{DatasetRef, GivenLookup, Row};
use dryfire_diagnostic::Diagnostic;
use dryfire_engine::es::{Actions, Why};
use dryfire_engine::{Env, Outcome};

use crate::data::LoadError;
use crate::session::Prepared;

/// A search and the data it sees.
pub struct Request<'a, D> {
    /// The search.
    pub prepared: &'a Prepared,
    /// The data.
    pub data: &'a [Arc<D>],
    /// Rows for lookups, for this search only.
    pub lookups: &'a [GivenLookup],
    /// Whether to find out why, not only what.
    pub trace: bool,
    /// What its detection does with results, where that is tested.
    pub actions: Option<&'a Actions>,
}

// Not derived: the data need not be cloned for that.
impl<D> Clone for Request<'_, D> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// What a search gave.
#[derive(Debug)]
pub struct Answer {
    /// Rows, effects, trace, notes.
    pub outcome: Outcome,
    /// The surroundings it ran in.
    pub env: Env,
}

/// Results and what is to be done with them.
pub struct Triggered<'a> {
    /// The results.
    pub answer: &'a Answer,
    /// The detection's actions.
    pub actions: &'a Actions,
}

/// What came of results.
#[derive(Debug, Default)]
pub struct Produced {
    /// The risk events, as a search finds them, in the order of the results.
    pub risk: Vec<Row>,
    /// The notables or findings.
    pub notables: Vec<Row>,
    /// What the Risk data model holds of both.
    pub in_model: Vec<Row>,
    /// Results, counted from 0, that made less than they could have.
    pub suppressed: Vec<(usize, Why)>,
    /// Rules that are not certain and that the events depend on.
    pub assumptions: Vec<String>,
    /// Parts of Splunk that were imitated.
    pub simulated: Vec<String>,
}

/// Events that came of results.
#[derive(Debug)]
pub struct Made<D> {
    /// The events, each index apart.
    pub data: Vec<D>,
    /// Rules that are not certain and that they depend on.
    pub assumptions: Vec<String>,
    /// Parts of Splunk that were imitated.
    pub simulated: Vec<String>,
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
    /// The target did not answer, or refused: nothing may be concluded.
    Target(String),
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

    /// What was noticed while the data was made searchable.
    fn notes<'d>(&self, data: &'d Self::Data) -> &'d [Diagnostic];

    /// Whether a trace tells why: the rows after each command, the events behind a row.
    fn explains(&self) -> bool;

    /// The events behind each row of a traced answer; nothing where that is not known.
    fn behind(&self, answer: &Answer, data: &[Arc<Self::Data>]) -> Option<Vec<Vec<EventBehind>>>;

    /// Whether what a step leaves can be seen by the searches after it, and by no others.
    fn chains(&self) -> bool {
        false
    }

    /// The events that come of a step's results, as data for the searches after it.
    fn events_of(&self, _: &Answer, _: &Actions) -> Result<Made<Self::Data>, Failure> {
        Ok(Made {
            data: Vec::new(),
            assumptions: Vec::new(),
            simulated: Vec::new(),
        })
    }

    /// Runs searches at once. The i-th answer is that of the i-th request.
    fn search(&self, wave: &[Request<'_, Self::Data>]) -> Vec<Result<Answer, Failure>>;

    /// Does with results what the actions of their detections do. The i-th outcome is that of the i-th.
    fn act(&self, wave: &[Triggered<'_>]) -> Vec<Result<Produced, Failure>>;
}
