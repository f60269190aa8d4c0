//! One scenario on a server: its events go to an index of its own, its search runs, the index goes.

use std::sync::Arc;

use dryfire_diagnostic::SourceMap;
use dryfire_engine::ingest::UNIT_BYTES;
use dryfire_engine::{Dataset, Input};
use dryfire_spec::{Events, Expect, Scenario, over_rows};
use dryfire_spl::parse;
use dryfire_splunk::{Client, Done, Error, Meta, Result, Search, Which};

use super::Conformance;
use super::outcome::{Outcome, compare};
use super::refusal;
use crate::splunk::{
    Form, Scope, Sending, Silence, count_differs, errors, job_id, must_be_empty, prepare,
    send_dataset, silence, writes,
};

/// The server that is asked.
pub(super) struct Server<'a> {
    run: &'a Conformance<'a>,
    acknowledges: bool,
    /// Searches as a user who sees nothing but the scenarios' events.
    reader: Option<Client>,
}

impl<'a> Server<'a> {
    pub(super) async fn open(run: &'a Conformance<'a>) -> Result<Self> {
        let client = run.lab.client();
        let context = client.context().await?;
        let acknowledges = run.place.asks_acknowledgement(client).await?;
        let seen = match &run.place.index {
            Some(index) => index.clone(),
            None => format!("{}_*", run.place.run),
        };
        let reader = if context.may_make_users() {
            Some(run.lab.create_reader(&run.place.run, &[seen]).await?)
        } else {
            None
        };
        Ok(Self {
            run,
            acknowledges,
            reader,
        })
    }

    fn client(&self) -> &Client {
        self.reader
            .as_ref()
            .unwrap_or_else(|| self.run.lab.client())
    }

    /// Asks the server; whatever goes wrong is the scenario's outcome.
    pub(super) async fn ask(&self, scenario: &Scenario, number: u64) -> Outcome {
        if let Some(why) = not_askable(scenario) {
            return Outcome::LeftOut(why);
        }
        let index = self.run.place.index_of(number);
        let mut outcome = match self.fill(scenario, &index).await {
            Ok(None) => self.search(scenario, &index).await,
            // Of other events than those that are meant, no answer says anything.
            Ok(Some(why)) => Outcome::Unknown(why),
            Err(error) => trouble(&error),
        };
        if !scenario.events.is_empty() {
            let undone = self.run.lab.clean(Which::Index(&index)).await;
            let failed = undone.into_iter().find_map(|(_, result)| result.err());
            if let Some(error) = failed {
                outcome = trouble(&error);
            }
        }
        outcome
    }

    /// Sends the events; where others are there then, it says so.
    async fn fill(&self, scenario: &Scenario, index: &str) -> Result<Option<String>> {
        if scenario.events.is_empty() {
            return Ok(None);
        }
        if self.run.place.index.is_some() {
            must_be_empty(self.run.lab.client(), index).await?;
        }
        let token = self.run.place.token.as_ref();
        let collector = prepare(self.run.lab, index, token, self.acknowledges).await?;
        for events in &scenario.events {
            let announced = self
                .run
                .lab
                .announce_events(Meta {
                    index: index.to_owned(),
                    host: events.host.clone(),
                    source: events.source.clone(),
                    sourcetype: events.sourcetype.clone(),
                })
                .await?;
            let sending = Sending {
                client: self.run.lab.client(),
                collector: &collector,
                scope: Scope {
                    index: index.to_owned(),
                    host: None,
                },
                // Breaking and timing are what is asked.
                form: Form::Raw,
                shift: 0,
                rewrite: false,
                skip: 0,
                rate: None,
                acknowledges: self.acknowledges,
                cancel: self.run.cancel,
            };
            let sent = send_dataset(&sending, &announced, &self.dataset(events)?).await?;
            if let Some(found) = count_differs(sent, &events.sourcetype) {
                return Ok(Some(found.message));
            }
        }
        Ok(None)
    }

    /// The events as broken here, which says how many to wait for.
    fn dataset(&self, events: &Events) -> Result<Dataset> {
        let input = Input {
            name: "events".into(),
            source: events.source.as_str().into(),
            sourcetype: events.sourcetype.as_str().into(),
            host: events.host.as_str().into(),
            fallback_time: 0,
            unit_bytes: UNIT_BYTES,
        };
        let bytes = Arc::new(events.text.clone().into_bytes());
        Dataset::open(input, bytes, self.run.knowledge)
            .map_err(|stop| Error::Settings(format!("the events can't be read here: {stop:?}")))
    }

    async fn search(&self, scenario: &Scenario, index: &str) -> Outcome {
        let mut search = Search::new(text(scenario), job_id());
        search.blocking = true;
        match self.client().run(&search).await {
            Ok((done, rows)) => {
                if let Some(said) = errors(&done.messages) {
                    if matches!(scenario.expect, Expect::Error(_)) {
                        return refusal::judge(scenario, &said);
                    }
                    return Outcome::Unknown(format!(
                        "the server reports errors, so rows may be missing: {said}"
                    ));
                }
                if rows.is_empty()
                    && !scenario.events.is_empty()
                    && let Some(why) = self.unproven(&search.text, &done, index).await
                {
                    return why;
                }
                compare(scenario, &rows)
            }
            Err(Error::Rejected { detail, .. } | Error::SearchFailed { detail, .. }) => {
                refusal::judge(scenario, &detail)
            }
            Err(error) => trouble(&error),
        }
    }

    /// Why a search without rows says nothing of the rule; nothing where it could see the scenario's events.
    async fn unproven(&self, text: &str, done: &Done, index: &str) -> Option<Outcome> {
        let mut sources = SourceMap::new();
        let source = sources.add("spl", text.to_owned());
        let pipeline = parse(source, &sources).pipeline;
        match silence(self.client(), None, &pipeline, done, index).await {
            Ok(Silence::Proven) => None,
            Ok(Silence::Assumed(why)) => Some(Outcome::Unknown(why.to_owned())),
            Ok(Silence::Unseen) => Some(Outcome::Unknown(
                "no row came, and the search saw none of the events".to_owned(),
            )),
            Err(error) => Some(trouble(&error)),
        }
    }
}

/// The search as it is sent.
fn text(scenario: &Scenario) -> String {
    match &scenario.rows {
        Some(rows) => over_rows(rows, &scenario.spl),
        None => scenario.spl.trim().to_owned(),
    }
}

fn trouble(error: &Error) -> Outcome {
    match error {
        Error::Interrupted => Outcome::Cancelled,
        error => Outcome::Error(error.to_string()),
    }
}

/// Why a server can't be asked that.
pub(super) fn not_askable(scenario: &Scenario) -> Option<&'static str> {
    // Ours alone: what our engine does not support, and its budgets.
    const OWN: [&str; 6] = ["DF301", "DF302", "budget", "cancelled", "data", "defect"];
    let spl = scenario.spl.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| spl.contains(word));
    match &scenario.expect {
        Expect::Error(code) if OWN.contains(&code.as_str()) => {
            return Some("the error is the local engine's own");
        }
        _ => {}
    }
    let elsewhere = scenario.events.iter().any(|events| events.index != "main");
    match () {
        () if !scenario.files.is_empty() => {
            Some("it needs an app's files on the server, which are not written there")
        }
        () if scenario.zone.is_some() => Some("it needs a user of another time zone"),
        () if has(&[
            "now()",
            "time()",
            "relative_time",
            "gentimes",
            "earliest=",
            "latest=",
        ]) =>
        {
            Some("it depends on the present time")
        }
        () if elsewhere || has(&["index="]) => Some("it names an index"),
        () if has(&["random()"]) => Some("it rolls dice"),
        () if writes(&text(scenario)).is_some() => Some("it writes"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn most_specifications_can_be_asked() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/spec");
        let found = super::super::find(&[folder]).unwrap();
        let askable = found
            .iter()
            .filter(|found| not_askable(&found.scenario).is_none())
            .count();
        println!("{askable} of {}", found.len());
        assert!(askable * 2 > found.len(), "{askable} of {}", found.len());
    }
}
