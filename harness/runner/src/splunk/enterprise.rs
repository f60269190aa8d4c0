//! Integration tests where Enterprise Security is there: a private copy of the search makes real risk events and notables.
//!
//! The installed search is neither run nor changed. The copy has its search, its risk and notable actions and no other action,
//! bears a name of its own, and goes with what it made at the end of the run.

use std::time::Instant;

use dryfire_content::Row;
use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_engine::es::Actions;
use dryfire_splunk::{Client, Error, Result, SavedSearch, Search};

use super::{Splunk, errors, job_id, rows, trouble};
use crate::evidence;
use crate::target::{Failure, Produced};

/// Actions that the copy keeps.
const KEPT: [&str; 3] = ["action.risk", "action.notable", "action.correlationsearch"];

/// Runs a private copy and reads back what Enterprise Security made of its results. `expected` is what it makes by our own
/// rules: it says how many events to wait for.
/// `fires` is whether the search gave any results.
pub(super) async fn produce(
    splunk: &Splunk<'_>,
    actions: &Actions,
    text: &str,
    expected: Vec<std::result::Result<Produced, Failure>>,
    fires: bool,
) -> std::result::Result<Produced, Failure> {
    let made = run(splunk, actions, text, expected).await;
    let made = made.map_err(|error| failure(&error))?;
    if fires {
        let client = splunk.lab.client();
        let written = [
            ("risk", actions.risk.is_some(), &made.risk),
            ("notable", actions.notable.is_some(), &made.notables),
        ];
        for (index, writes, rows) in written {
            if writes && rows.is_empty() && !holds_events(client, index).await? {
                return Err(Failure::Undetermined(Box::new(unread(index))));
            }
        }
    }
    Ok(made)
}

/// Whether the account sees any event of an index: that there is none of ours proves something only then.
async fn holds_events(client: &Client, index: &str) -> std::result::Result<bool, Failure> {
    let text = format!("| tstats count where index=\"{index}\" by index");
    let mut search = Search::new(text, job_id());
    search.blocking = true;
    let (done, rows) = client.run(&search).await.map_err(|error| failure(&error))?;
    match errors(&done.messages) {
        Some(said) => Err(failure(&failed(client, &search.id, said))),
        None => Ok(!rows.is_empty()),
    }
}

/// What to say where nothing of an index can be seen.
fn unread(index: &str) -> Diagnostic {
    Diagnostic::error(
        &codes::dataset::NOT_SEARCHED,
        format!(
            "nothing that the search made is in the index `{index}`, and the account sees no event at all there"
        ),
    )
    .help("let the account's role search that index; in a new Enterprise Security, let a test that makes such an event run first")
}

/// Runs the copy.
async fn run(
    splunk: &Splunk<'_>,
    actions: &Actions,
    text: &str,
    expected: Vec<std::result::Result<Produced, Failure>>,
) -> Result<Produced> {
    let expected = expected
        .into_iter()
        .next()
        .and_then(std::result::Result::ok)
        .unwrap_or_default();
    let installed = splunk
        .lab
        .client()
        .saved_search(&actions.search_name)
        .await?;
    let number = {
        let mut state = splunk.state();
        state.copies += 1;
        state.copies
    };
    let copy = copy_name(&splunk.place.run, number, &actions.search_name);
    let app = splunk.place.app.as_deref().unwrap_or("search");
    let settings = settings(installed.as_ref(), actions, text);
    let borrowed: Vec<(&str, &str)> = settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let who = splunk.client();
    splunk
        .lab
        .create_search(who, &splunk.user, app, &copy, &borrowed)
        .await?;
    let sid = splunk.lab.dispatch(who, &splunk.user, app, &copy).await?;
    let job = who.job(sid);
    let ended = job.wait().await;
    // What can't be removed expires by itself.
    let _ = job.cancel().await;
    if let Some(said) = errors(&ended?.messages) {
        return Err(failed(who, job.sid(), said));
    }
    let wanted = (expected.risk.len(), expected.notables.len());
    let patience = splunk.lab.client().patience();
    let (begun, mut pause) = (Instant::now(), patience.first_wait);
    let (risk, notables) = loop {
        let risk = find(splunk.lab.client(), "search index=risk", &copy).await?;
        let notables = find(splunk.lab.client(), "search index=notable", &copy).await?;
        if (risk.len() >= wanted.0 && notables.len() >= wanted.1)
            || begun.elapsed() >= patience.settle
        {
            break (risk, notables);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(patience.longest_wait);
    };
    let model = "| from datamodel:Risk.All_Risk | search";
    let in_model = find(splunk.lab.client(), model, &copy).await?;
    let named = |rows: Vec<Row>| rename(rows, &copy, &actions.search_name);
    Ok(Produced {
        risk: named(risk),
        notables: named(notables),
        in_model: named(in_model),
        ..Produced::default()
    })
}

/// The name of a copy, which no other search has.
pub(super) fn copy_name(run: &str, number: u64, original: &str) -> String {
    format!("{run}_{number} of {original}")
}

/// The settings of the copy: those of the installed search, or, where none is, those that contentctl would write.
fn settings(
    installed: Option<&SavedSearch>,
    actions: &Actions,
    text: &str,
) -> Vec<(String, String)> {
    let mut set = vec![
        ("search".to_owned(), text.to_owned()),
        ("dispatch.earliest_time".to_owned(), "0".to_owned()),
        ("dispatch.latest_time".to_owned(), "now".to_owned()),
        ("alert_type".to_owned(), "number of events".to_owned()),
        ("alert_comparator".to_owned(), "greater than".to_owned()),
        ("alert_threshold".to_owned(), "0".to_owned()),
        ("alert.suppress".to_owned(), "0".to_owned()),
    ];
    if let Some(installed) = installed {
        let keys = installed.entry.content.keys();
        set.extend(
            keys.filter(|key| KEPT.iter().any(|kept| key.starts_with(kept)))
                .filter_map(|key| Some((key.clone(), installed.entry.text(key)?))),
        );
        let kept = ["risk", "notable"].map(|action| (action, format!("action.{action}")));
        let on: Vec<&str> = kept
            .iter()
            .filter(|(_, key)| installed.entry.is_on(key))
            .map(|(action, _)| *action)
            .collect();
        set.push(("actions".to_owned(), on.join(",")));
        return set;
    }
    let mut on = Vec::new();
    let mut add = |key: &str, value: String| set.push((key.to_owned(), value));
    let annotations = serde_json::json!(actions.annotations).to_string();
    add("action.correlationsearch.enabled", "1".to_owned());
    add(
        "action.correlationsearch.label",
        actions.search_name.clone(),
    );
    add("action.correlationsearch.annotations", annotations);
    if let Some(risk) = &actions.risk {
        on.push("risk");
        let objects = risk.objects.iter().map(|object| {
            serde_json::json!({ "risk_object_field": object.field, "risk_object_type": object.kind, "risk_score": object.score })
        });
        let threats = risk.threats.iter().map(|threat| {
            serde_json::json!({ "threat_object_field": threat.field, "threat_object_type": threat.kind })
        });
        let all: Vec<serde_json::Value> = objects.chain(threats).collect();
        let message = risk.objects.first().map(|object| object.message.clone());
        add("action.risk", "1".to_owned());
        add(
            "action.risk.param._risk",
            serde_json::json!(all).to_string(),
        );
        add(
            "action.risk.param._risk_message",
            message.unwrap_or_default(),
        );
    }
    if let Some(notable) = &actions.notable {
        on.push("notable");
        add("action.notable", "1".to_owned());
        add("action.notable.param.rule_title", notable.title.clone());
        add(
            "action.notable.param.rule_description",
            notable.description.clone(),
        );
        add(
            "action.notable.param.security_domain",
            notable.security_domain.clone(),
        );
        add("action.notable.param.severity", notable.severity.clone());
    }
    set.push(("actions".to_owned(), on.join(",")));
    set
}

/// The events that the copy made, as a search finds them.
async fn find(client: &Client, begin: &str, copy: &str) -> Result<Vec<Row>> {
    let name = copy.replace('\\', "\\\\").replace('"', "\\\"");
    let search = Search::new(format!("{begin} search_name=\"{name}\""), job_id());
    match client.run(&search).await {
        Ok((done, found)) => match errors(&done.messages) {
            Some(said) => Err(failed(client, &search.id, said)),
            None => Ok(evidence::content_rows(&rows::table(found))),
        },
        // A model that is not there holds nothing.
        Err(Error::Rejected { detail, .. } | Error::SearchFailed { detail, .. })
            if begin.starts_with('|') && detail.to_lowercase().contains("model") =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// What an error means for the case: where a search of ours failed, nothing may be concluded of the detection's.
pub(super) fn failure(error: &Error) -> Failure {
    match error {
        Error::SearchFailed { .. } => Failure::Undetermined(Box::new(Diagnostic::error(
            &codes::dataset::SERVER_MESSAGE,
            error.to_string(),
        ))),
        error => trouble(error),
    }
}

/// A job that ended well, and may lack rows by what it says.
fn failed(client: &Client, sid: &str, detail: String) -> Error {
    Error::SearchFailed {
        address: client.address(),
        sid: sid.to_owned(),
        detail: format!("rows may be missing: {detail}"),
    }
}

/// The rows as if the installed search had made them.
fn rename(mut rows: Vec<Row>, copy: &str, original: &str) -> Vec<Row> {
    for row in &mut rows {
        for values in row.fields.values_mut() {
            for value in values {
                if value.contains(copy) {
                    *value = value.replace(copy, original);
                }
            }
        }
    }
    rows
}
