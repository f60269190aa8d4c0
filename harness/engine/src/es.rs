//! Enterprise Security without Enterprise Security: what the results of a detection become.
//!
//! [`act`] turns results into risk events and notables (findings) in the form that the risk and notable actions write
//! into the indexes `risk` and `notable`; [`open`] makes them a dataset that the next wave of searches can see. It is an
//! imitation, from field lists, contracts and the stash writer of the common action model. Where the behaviour of the
//! real actions is not certain and the events depend on it, the outcome says so in [`Acted::assumptions`].

mod attack;
mod event;
mod message;
mod notable;
mod risk;
mod throttle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dryfire_knowledge::Knowledge;

pub use attack::{kill_chain_phases, tactics};
pub use event::StashEvent;

use crate::env::Env;
use crate::ingest::{Dataset, Input, UNIT_BYTES};
use crate::stop::Stop;
use crate::table::Table;
use event::Draft;
use throttle::Throttle;

/// The sourcetype of both indexes.
const SOURCETYPE: &str = "stash";
/// `host` of the events: the search head's name.
const HOST: &str = "dryfire";

/// What a detection does with its results.
#[derive(Debug, Clone, Default)]
pub struct Actions {
    /// The saved search, such as `ESCU - Name - Rule`.
    pub search_name: String,
    /// The search's id, for `orig_sid`.
    pub sid: String,
    /// Framework and values: `mitre_attack`, `analytic_story`, `kill_chain_phases` and the like.
    pub annotations: BTreeMap<String, Vec<String>>,
    /// The risk action; none when it is off.
    pub risk: Option<RiskAction>,
    /// The notable action; none when it is off.
    pub notable: Option<NotableAction>,
    /// Which results are held back.
    pub throttling: Option<Throttling>,
}

/// The risk action.
#[derive(Debug, Clone, Default)]
pub struct RiskAction {
    /// Whose score rises.
    pub objects: Vec<RiskObject>,
    /// What is named beside them.
    pub threats: Vec<ThreatObject>,
}

/// A field whose values get a score.
#[derive(Debug, Clone)]
pub struct RiskObject {
    /// The field of the results.
    pub field: String,
    /// `system`, `user` or `other`.
    pub kind: String,
    /// The score.
    pub score: u64,
    /// The message, with `$field$` tokens.
    pub message: String,
}

/// A field whose values are named as threats.
#[derive(Debug, Clone)]
pub struct ThreatObject {
    /// The field of the results.
    pub field: String,
    /// Its type, such as `process_name`.
    pub kind: String,
}

/// The notable action.
#[derive(Debug, Clone, Default)]
pub struct NotableAction {
    /// The title, with `$field$` tokens.
    pub title: String,
    /// The description, with `$field$` tokens.
    pub description: String,
    /// `security_domain`
    pub security_domain: String,
    /// `severity`
    pub severity: String,
    /// Whom a finding is about, in versions that have findings.
    pub entity: Option<Entity>,
}

/// Whom a finding is about.
#[derive(Debug, Clone)]
pub struct Entity {
    /// The field of the results.
    pub field: String,
    /// `system`, `user` or `other`.
    pub kind: String,
    /// The score.
    pub score: u64,
}

/// Results with the same values in some fields are held back for a while after the first.
#[derive(Debug, Clone)]
pub struct Throttling {
    /// The fields; without any, every result after the first is held back.
    pub fields: Vec<String>,
    /// For how long, such as `3600s`.
    pub period: Option<String>,
}

/// What the actions made.
#[derive(Debug, Clone, Default)]
pub struct Acted {
    /// Events of the index `risk`, in the order of the results.
    pub risk: Vec<StashEvent>,
    /// Events of the index `notable`.
    pub notable: Vec<StashEvent>,
    /// What was not made.
    pub suppressed: Vec<Suppressed>,
    /// Rules that are not certain and that these events depend on; each text is always the same for the same rule.
    pub assumptions: BTreeSet<&'static str>,
}

/// A result that did not become what it could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The result, counted from 0.
    pub row: usize,
    /// Why.
    pub why: Why,
}

/// Why an event was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Throttling held the result back.
    Throttled,
    /// The risk object has no value there.
    NoObject(String),
    /// The finding's entity has no value there.
    NoEntity(String),
}

/// Rules that nothing but a real Enterprise Security can confirm.
mod assumed {
    pub(super) const SEVERAL: &str =
        "a risk object with several values makes one event for each of them";
    pub(super) const EMPTY: &str =
        "a result without a value in a risk object makes no event for that object";
    pub(super) const PLACEHOLDER: &str =
        "a risk object that reads `null`, `unknown` or `-` makes an event like any other";
    pub(super) const SEVERAL_IN_TEXT: &str =
        "several values of a token in a message stand there on lines of their own";
    pub(super) const NOTHING_IN_TEXT: &str =
        "a token whose field is empty in a result leaves nothing in the message";
    pub(super) const THROTTLED: &str =
        "throttling holds back the later of the results of one run that agree in its fields";
}

/// Values that mean that nobody knows: Enterprise Security has no special rule for them that we know of.
const PLACEHOLDERS: &[&str] = &["null", "unknown", "-"];

/// Does what the actions of a detection do with its results.
pub fn act(results: &Table, actions: &Actions, env: &Env) -> Acted {
    let mut acted = Acted::default();
    let mut throttle = Throttle::new(actions.throttling.as_ref());
    for row in 0..results.len() {
        if throttle.holds_back(results, row) {
            acted.assumptions.insert(assumed::THROTTLED);
            acted.suppressed.push(Suppressed {
                row,
                why: Why::Throttled,
            });
            continue;
        }
        let draft = Draft::new(results, row, actions, env);
        if let Some(action) = &actions.risk {
            risk::act(action, &draft, &mut acted);
        }
        if let Some(action) = &actions.notable {
            notable::act(action, &draft, &mut acted);
        }
    }
    acted
}

/// Events as the text of their index.
pub fn text(events: &[StashEvent]) -> String {
    let mut text = String::new();
    for event in events {
        event.write_to(&mut text);
        text.push('\n');
    }
    text
}

/// Events as a dataset; its index is the stamp's affair.
pub fn open(
    events: &[StashEvent],
    search_name: &str,
    knowledge: &Knowledge,
) -> Result<Dataset, Stop> {
    let input = Input {
        name: "simulated".into(),
        source: search_name.into(),
        sourcetype: SOURCETYPE.into(),
        host: HOST.into(),
        fallback_time: events.first().map_or(0, |event| event.time),
        unit_bytes: UNIT_BYTES,
    };
    Dataset::open(input, Arc::new(text(events).into_bytes()), knowledge)
}

#[cfg(test)]
mod tests;
