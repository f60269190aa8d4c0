//! What a run would do on a Splunk, in order: `--plan`.

use std::fmt;

use dryfire_content::{Case, CaseKind, DatasetRef};
use dryfire_splunk::{Change, Client, Meta, Result};

use super::enterprise::copy_name;
use super::{Form, Place};
use crate::data::load;
use crate::integration;
use crate::session::Session;

/// A thing that would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// In words.
    pub what: String,
    /// The requests, as `METHOD path`.
    pub calls: Vec<String>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for call in &self.calls {
            write!(f, "\n    {call}")?;
        }
        Ok(())
    }
}

impl Step {
    /// The change is made.
    pub fn make(change: &Change) -> Self {
        Self {
            what: change.to_string(),
            calls: change.calls(),
        }
    }

    /// Events are sent, in batches: each of the requests is made once or more.
    pub(crate) fn send(meta: &Meta, form: Form, acknowledges: bool) -> Self {
        let to = match form {
            Form::Events => "event",
            Form::Raw => "raw",
        };
        let what = format!("{}, {form}", Change::Events(meta.clone()));
        let mut calls = vec![format!("POST /services/collector/{to}")];
        if acknowledges {
            calls.push("POST /services/collector/ack".to_owned());
        }
        Self { what, calls }
    }

    /// The change is undone.
    pub fn undo(change: &Change) -> Self {
        Self {
            what: format!("undo: {change}"),
            calls: change.undoing_calls(),
        }
    }

    /// A search runs.
    pub(crate) fn search(what: String) -> Self {
        Self {
            what,
            calls: vec!["SEARCH".to_owned()],
        }
    }
}

/// What the cases of a session would do. Only reads are sent to find out.
///
/// # Errors
/// The server can't be reached or refuses.
pub async fn plan(session: &Session, place: &Place, client: &Client) -> Result<Vec<Step>> {
    let context = client.context().await?;
    let enterprise = client.has_enterprise_security().await?;
    let acknowledges = place.asks_acknowledgement(client).await?;
    let user = if context.may_make_users() {
        place.run.clone()
    } else {
        context.user.clone()
    };
    let access = place.access(&context);
    let mut steps: Vec<Step> = access.iter().map(Step::make).collect();
    let mut at_end: Vec<Change> = access;
    let mut copies = 0;
    for (number, (datasets, cases)) in groups(session, place).into_iter().enumerate() {
        let number = number as u64 + 1;
        let index = place.index_of(number);
        let mut changes = place.preparations(number);
        steps.extend(changes.iter().map(Step::make));
        for dataset in datasets {
            // What can't be read is an error of its cases, when they run.
            let Ok(loaded) = load(dataset, &session.library.knowledge, &session.remote) else {
                continue;
            };
            let input = &loaded.dataset.input;
            let meta = Meta {
                index: index.clone(),
                host: input.host.to_string(),
                source: input.source.to_string(),
                sourcetype: input.sourcetype.to_string(),
            };
            let form = place.forms.of(&input.sourcetype);
            steps.push(Step::send(&meta, form, acknowledges));
            changes.push(Change::Events(meta));
        }
        for case in cases {
            let detection = &case.detection.name.value;
            steps.push(Step::search(format!(
                "search as `{detection}` does ({})",
                case.test
            )));
            if case.kind == CaseKind::Integration && enterprise {
                let actions = integration::actions_of(case, session);
                copies += 1;
                let copy = Change::Search {
                    user: user.clone(),
                    app: place.app.clone().unwrap_or_else(|| "search".to_owned()),
                    name: copy_name(&place.run, copies, &actions.search_name),
                };
                steps.push(Step::make(&copy));
                let name = copy_name(&place.run, copies, &actions.search_name);
                steps.push(Step {
                    what: format!(
                        "run `{name}` with its actions, which write to the indexes risk and notable"
                    ),
                    calls: copy.dispatching_calls(),
                });
                at_end.push(copy);
                at_end.extend(["risk", "notable"].map(|index| Change::Findings {
                    index: index.to_owned(),
                    search_name: name.clone(),
                }));
            }
        }
        let own = place.index.is_none();
        changes.retain(|change| !own || !matches!(change, Change::Events(_)));
        steps.extend(changes.iter().rev().map(Step::undo));
    }
    steps.extend(at_end.iter().rev().map(Step::undo));
    Ok(steps)
}

/// The cases that are searched, by the data they use, in order.
fn groups<'s>(session: &'s Session, place: &Place) -> Vec<(&'s [DatasetRef], Vec<&'s Case>)> {
    let mut groups: Vec<(&[DatasetRef], Vec<&Case>)> = Vec::new();
    let searched = session.cases.iter().filter(|case| {
        let prepared = session.prepared(&case.detection);
        case.skip.is_none()
            && case.is_for(&place.name)
            && case.kind != CaseKind::Validation
            && prepared.is_some_and(|prepared| !prepared.is_broken())
    });
    let is_same = |one: &[DatasetRef], other: &[DatasetRef]| {
        one.len() == other.len()
            && one
                .iter()
                .zip(other)
                .all(|(one, other)| crate::run::key(one) == crate::run::key(other))
    };
    for case in searched {
        match groups
            .iter_mut()
            .find(|(datasets, _)| is_same(datasets, &case.datasets))
        {
            Some((_, cases)) => cases.push(case),
            None => groups.push((&case.datasets, vec![case])),
        }
    }
    groups
}
