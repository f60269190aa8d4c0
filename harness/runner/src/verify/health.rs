//! Checks of the data: when each sourcetype last came, how much, and which of the fields that a detection filters on it has.

use std::collections::{BTreeMap, BTreeSet};

use dryfire_plan::{FieldSet, flow};
use dryfire_spl::ast::{Body, Command, Pipeline};
use dryfire_splunk::{Client, Error, Row, Search};

use super::{Check, DATA, unsearched};
use crate::describe;
use crate::session::Session;
use crate::splunk::job_id;

/// Events of which the fields are looked at.
const SAMPLE: u32 = 1000;
/// The time that is looked at.
const RECENT: &str = "-24h";
/// The time that is looked at for the last event, where none is recent.
const BEFORE: &str = "-30d";

/// Looks at data; each kind once.
pub(super) struct Health<'a> {
    client: &'a Client,
    volumes: BTreeMap<String, Result<Row, Error>>,
}

impl<'a> Health<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            volumes: BTreeMap::new(),
        }
    }

    pub(super) async fn checks(&mut self, session: &Session, at: usize) -> Vec<Check> {
        let (Some(detection), Some(prepared)) = (
            session.repository.detections.get(at),
            session.prepared.get(at),
        ) else {
            return Vec::new();
        };
        let mut kinds: Vec<String> = Vec::new();
        for named in describe::data_sources(detection, &session.repository) {
            let Some(sourcetype) = named.sourcetype else {
                continue;
            };
            let mut kind = format!("sourcetype=\"{}\"", quoted(&sourcetype));
            if let Some(source) = named.source {
                kind.push_str(&format!(" source=\"{}\"", quoted(&source)));
            }
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let mut checks = Vec::new();
        for kind in &kinds {
            checks.push(self.volume(at, kind).await);
        }
        if let Some((source, fields)) = filtered(&prepared.pipeline, &kinds) {
            checks.push(self.fields(at, &source, &fields).await);
        }
        checks
    }

    /// When events of a kind last came, and how many in a day.
    async fn volume(&mut self, at: usize, kind: &str) -> Check {
        let check = Check::new(Some(at), format!("events with {kind} come in"));
        if !self.volumes.contains_key(kind) {
            let text = format!("| tstats count max(_time) as last where index=* {kind}");
            let mut found = self.first(&text, RECENT).await;
            if let Ok(row) = &found
                && number(row, "count") == 0
            {
                // When it stopped is what people then ask.
                found = self.first(&text, BEFORE).await.map(|mut row| {
                    row.insert("count".to_owned(), "0".into());
                    row
                });
            }
            self.volumes.insert(kind.to_owned(), found);
        }
        match self.volumes.get(kind) {
            Some(Ok(row)) => match number(row, "count") {
                0 => check.fails(
                    "no-data",
                    format!("no event with {kind} came in the last day, {}", before(row)),
                ),
                count => check.note(
                    DATA,
                    format!("{count} events in the last day, the last at {}", last(row)),
                ),
            },
            Some(Err(error)) => unsearched(check, error),
            None => check,
        }
    }

    /// In how many of the latest events each field is present.
    async fn fields(&self, at: usize, source: &str, fields: &[String]) -> Check {
        let check = Check::new(Some(at), "the fields that it filters on are there");
        let counts: Vec<String> = fields
            .iter()
            .enumerate()
            .map(|(number, field)| format!("count(eval(isnotnull('{field}'))) as f{number}"))
            .collect();
        let text = format!(
            "{source} | head {SAMPLE} | stats count {}",
            counts.join(" ")
        );
        let row = match self.first(&text, RECENT).await {
            Ok(row) => row,
            Err(error) => return unsearched(check, &error),
        };
        let all = number(&row, "count");
        if all == 0 {
            return check.fails("no-data", "no event of the last day could be looked at");
        }
        let shares = fields.iter().enumerate().map(|(at, field)| {
            let with = number(&row, &format!("f{at}"));
            (field, with)
        });
        let shares: Vec<(&String, u64)> = shares.collect();
        let missing: Vec<&str> = shares
            .iter()
            .filter(|(_, with)| *with == 0)
            .map(|(field, _)| field.as_str())
            .collect();
        let told: Vec<String> = shares
            .iter()
            .map(|(field, with)| format!("{field} {}%", with * 100 / all))
            .collect();
        let check = check.note(DATA, format!("of {all} events: {}", told.join(", ")));
        if missing.is_empty() {
            check
        } else {
            check.fails(
                "field-missing",
                format!("none of {all} events has {}", missing.join(", ")),
            )
        }
    }

    async fn first(&self, text: &str, earliest: &str) -> Result<Row, Error> {
        let mut search = Search::new(text, job_id());
        search.earliest = Some(earliest.to_owned());
        search.latest = Some("now".to_owned());
        search.blocking = true;
        let rows = super::rows(self.client, &search).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }
}

/// Where the events come from that a search filters, and by which fields.
fn filtered(pipeline: &Pipeline, kinds: &[String]) -> Option<(String, Vec<String>)> {
    // Those that every event has tell nothing.
    const ALWAYS: [&str; 6] = ["_raw", "_time", "index", "host", "source", "sourcetype"];
    let (first, rest) = pipeline.commands.split_first()?;
    let (source, mut fields) = match &first.body {
        Body::Tstats(tstats) => {
            let model = tstats.from.as_ref()?;
            let filter = tstats.filter.as_ref()?;
            let dataset = model.path.last().unwrap_or(&model.model);
            let path: Vec<&str> = std::iter::once(&model.model)
                .chain(&model.path)
                .map(String::as_str)
                .collect();
            let fields = flow::search_fields(filter);
            let bare = fields.iter().map(|field| {
                let begin = format!("{dataset}.");
                field.strip_prefix(&begin).unwrap_or(field).to_owned()
            });
            (
                format!("| from datamodel:\"{}\"", path.join(".")),
                bare.collect::<Vec<String>>(),
            )
        }
        Body::Search(search) => {
            if kinds.is_empty() {
                return None;
            }
            let any: Vec<String> = kinds.iter().map(|kind| format!("({kind})")).collect();
            let mut fields = flow::search_fields(search);
            fields.extend(next_filters(rest));
            (format!("search index=* ({})", any.join(" OR ")), fields)
        }
        Body::From(from) if first.name == "from" && from.kind == "datamodel" => {
            let name = quoted(&from.words.first()?.text);
            (format!("| from datamodel:\"{name}\""), next_filters(rest))
        }
        _ => return None,
    };
    fields.retain(|field| !ALWAYS.contains(&field.as_str()) && !field.contains('\''));
    let mut seen = BTreeSet::new();
    fields.retain(|field| seen.insert(field.clone()));
    (!fields.is_empty()).then_some((source, fields))
}

/// The fields of the filters that come next, while nothing has changed the events.
fn next_filters(rest: &[Command]) -> Vec<String> {
    let filters = rest
        .iter()
        .take_while(|command| ["search", "where", "regex"].contains(&command.name.as_str()));
    let fields = filters.map(|command| match &command.body {
        Body::Search(search) => flow::search_fields(search),
        _ => {
            let needed = flow::before(command, FieldSet::none());
            needed.names().map(str::to_owned).collect()
        }
    });
    fields.flatten().collect()
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn number(row: &Row, key: &str) -> u64 {
    row.get(key)
        .and_then(|value| value.as_str())
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// When the last one came that is not recent.
fn before(row: &Row) -> String {
    match row.get("last") {
        Some(_) => format!("the last at {}", last(row)),
        None => "and none in the 30 days before".to_owned(),
    }
}

fn last(row: &Row) -> String {
    let text = row.get("last").and_then(|value| value.as_str());
    let seconds: Option<f64> = text.and_then(|text| text.parse().ok());
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are enough")]
    let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds as i64).ok());
    time.map_or_else(|| "an unknown time".to_owned(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::SourceMap;
    use dryfire_spl::parse;

    use super::*;

    #[test]
    fn a_search_filters_until_it_changes_its_events() {
        let kinds = ["sourcetype=\"a\"".to_owned()];
        for (text, source, fields) in [
            (
                "index=a x=1 | where y>2 AND x!=3 | search z=3 host=b | regex r=\"q\" | eval w=1 | where v=1",
                "search index=* ((sourcetype=\"a\"))",
                &["x", "y", "z", "r"][..],
            ),
            (
                "| from datamodel:Endpoint.Processes | search process_name=a | where isnotnull(dest)",
                "| from datamodel:\"Endpoint.Processes\"",
                &["process_name", "dest"],
            ),
            (
                "| tstats count from datamodel=Endpoint.Processes where Processes.user=a by Processes.dest | where count>1",
                "| from datamodel:\"Endpoint.Processes\"",
                &["user"],
            ),
        ] {
            let mut sources = SourceMap::new();
            let id = sources.add("spl", text.to_owned());
            let parsed = parse(id, &sources);
            let (found, named) = filtered(&parsed.pipeline, &kinds).unwrap();
            assert_eq!(
                (found.as_str(), named),
                (source, fields.iter().map(ToString::to_string).collect()),
                "{text}"
            );
        }
    }
}
