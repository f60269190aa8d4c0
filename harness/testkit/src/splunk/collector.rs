//! The event collector.

use serde_json::{Value, json};

use super::{Held, State, TOKEN};
use crate::http::{Reply, Request};

pub(super) fn collector(state: &mut State, request: &Request, place: &str) -> Reply {
    if place == "health" {
        return Reply::json(200, &json!({ "text": "HEC is healthy", "code": 17 }));
    }
    if request.header("authorization") != Some(&format!("Splunk {TOKEN}")) {
        return Reply::json(403, &json!({ "text": "Invalid token", "code": 4 }));
    }
    match place {
        "ack" => {
            let asked: Value = serde_json::from_slice(&request.body).unwrap();
            let acks: serde_json::Map<String, Value> = asked["acks"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|number| (number.to_string(), json!(true)))
                .collect();
            Reply::json(200, &json!({ "acks": acks }))
        }
        "raw" | "event" => {
            let index = match state.tokens.values().next() {
                Some((index, _)) => index.clone(),
                None => "main".to_owned(),
            };
            state.events.extend(held(request, place, &index));
            state.batches_seen.push(request.text());
            state.batches += 1;
            let mut said = json!({ "text": "Success", "code": 0 });
            if state.tokens.values().next().is_none_or(|(_, ack)| *ack) {
                said["ackId"] = json!(state.batches - 1);
            }
            Reply::json(200, &said)
        }
        _ => Reply::json(404, &json!({ "text": "Not Found", "code": 404 })),
    }
}

/// The events of a batch: a line each, as raw text or as the JSON of an event.
fn held(request: &Request, place: &str, index: &str) -> Vec<Held> {
    let asked = |name: &str| request.asks(name).map(str::to_owned);
    let text = request.text();
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            if place == "raw" {
                return Held {
                    index: asked("index").unwrap_or_else(|| index.to_owned()),
                    host: asked("host").unwrap_or_default(),
                    source: asked("source").unwrap_or_default(),
                    sourcetype: asked("sourcetype").unwrap_or_default(),
                    raw: line.to_owned(),
                    ..Held::default()
                };
            }
            let sent: Value = serde_json::from_str(line).unwrap();
            let said = |name: &str| sent[name].as_str().map(str::to_owned);
            Held {
                index: said("index").unwrap_or_else(|| index.to_owned()),
                host: said("host").unwrap_or_default(),
                source: said("source").unwrap_or_default(),
                sourcetype: said("sourcetype").unwrap_or_default(),
                time: said("time"),
                raw: said("event").unwrap_or_default(),
                ..Held::default()
            }
        })
        .collect()
}
