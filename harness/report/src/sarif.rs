//! SARIF 2.1.0: the findings of a run, for code scanning of GitHub and others. A case that fails is a result, too.
//!
//! The format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html>.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use dryfire_event::{CaseFinished, Event, Finding, Place, Severity};
use serde_json::{Map, Value, json};

use crate::Report;
use crate::github::place;

/// What a code means, as viewers show it beside a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SarifRule {
    /// The code, as findings have it.
    pub id: String,
    /// A name without blanks.
    pub name: String,
    /// One line.
    pub title: String,
    /// The page, Markdown.
    pub page: String,
}

/// Writes the log when the run ends.
#[derive(Debug)]
pub struct Sarif<W: Write> {
    out: W,
    known: BTreeMap<String, SarifRule>,
    /// Code and result, in the order they came.
    results: Vec<(String, Value)>,
    /// Results that are there: the cases of one detection share its findings.
    seen: BTreeSet<String>,
}

impl<W: Write> Sarif<W> {
    /// A log in which results of these rules are explained; of others, by their code alone.
    pub fn new(out: W, rules: Vec<SarifRule>) -> Self {
        Self {
            out,
            known: rules
                .into_iter()
                .map(|rule| (rule.id.clone(), rule))
                .collect(),
            results: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let mut text = finding.message.clone();
        for more in finding.notes.iter().chain(&finding.help) {
            text.push('\n');
            text.push_str(more);
        }
        let related: Vec<Value> = finding
            .labels
            .iter()
            .enumerate()
            .map(|(id, label)| {
                let mut location = location(&label.place);
                location.insert("id".to_owned(), json!(id));
                if !label.text.is_empty() {
                    location.insert("message".to_owned(), json!({ "text": label.text }));
                }
                Value::Object(location)
            })
            .collect();
        self.result(
            &finding.code,
            level(finding.severity),
            &text,
            finding.place.as_ref(),
            related,
        );
    }

    fn case(&mut self, finished: &CaseFinished) {
        finished.findings.iter().for_each(|one| self.finding(one));
        let Some(reason) = finished
            .verdict
            .reason()
            .filter(|_| finished.verdict.needs_attention())
        else {
            return;
        };
        let (detection, test) = (&finished.case.detection, &finished.case.test);
        let text = format!("{detection} · {test}: {}", reason.text);
        let code = finished.verdict.label().to_owned();
        self.result(&code, "error", &text, place(finished), Vec::new());
    }

    fn result(
        &mut self,
        code: &str,
        level: &str,
        text: &str,
        place: Option<&Place>,
        related: Vec<Value>,
    ) {
        let mut result = Map::new();
        result.insert("ruleId".to_owned(), json!(code));
        result.insert("level".to_owned(), json!(level));
        result.insert("message".to_owned(), json!({ "text": text }));
        let locations: Vec<Value> = place
            .map(|place| Value::Object(location(place)))
            .into_iter()
            .collect();
        result.insert("locations".to_owned(), Value::Array(locations));
        if !related.is_empty() {
            result.insert("relatedLocations".to_owned(), Value::Array(related));
        }
        let result = Value::Object(result);
        if self.seen.insert(result.to_string()) {
            self.results.push((code.to_owned(), result));
        }
    }

    fn log(&self) -> Value {
        let codes: BTreeSet<&String> = self.results.iter().map(|(code, _)| code).collect();
        let index: BTreeMap<&String, usize> = codes
            .iter()
            .enumerate()
            .map(|(at, code)| (*code, at))
            .collect();
        let rules: Vec<Value> = codes
            .iter()
            .map(|code| match self.known.get(*code) {
                None => json!({ "id": code }),
                Some(rule) => json!({
                    "id": rule.id,
                    "name": rule.name,
                    "shortDescription": { "text": rule.title },
                    "help": { "text": rule.page, "markdown": rule.page },
                }),
            })
            .collect();
        let results: Vec<Value> = self
            .results
            .iter()
            .map(|(code, result)| {
                let mut result = result.clone();
                if let (Value::Object(fields), Some(at)) = (&mut result, index.get(code)) {
                    fields.insert("ruleIndex".to_owned(), json!(at));
                }
                result
            })
            .collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "dryfire",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        })
    }
}

impl<W: Write> Report for Sarif<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::CaseFinished(finished) => self.case(finished),
            Event::FindingReported(finding) => self.finding(finding),
            Event::RunStarted(_)
            | Event::DetectionDescribed(_)
            | Event::CaseStarted(_)
            | Event::RunFinished(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let log = self.log();
        serde_json::to_writer_pretty(&mut self.out, &log)?;
        writeln!(self.out)?;
        self.out.flush()
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn location(place: &Place) -> Map<String, Value> {
    let mut region = Map::new();
    region.insert("startLine".to_owned(), json!(place.line));
    region.insert("startColumn".to_owned(), json!(place.column));
    let ends = place.end_line > place.line
        || (place.end_line == place.line && place.end_column >= place.column);
    if ends {
        region.insert("endLine".to_owned(), json!(place.end_line));
        region.insert("endColumn".to_owned(), json!(place.end_column));
    }
    let physical = json!({
        "artifactLocation": { "uri": uri(&place.file) },
        "region": region,
    });
    let mut location = Map::new();
    location.insert("physicalLocation".to_owned(), physical);
    location
}

/// A path as a URI reference: relative to where the run started, or `file:///…`.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./");
    let mut made = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        made.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                made.push(char::from(byte));
            }
            _ => made.push_str(&format!("%{byte:02X}")),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn log(events: &[Event], rules: Vec<SarifRule>) -> Value {
        let mut out = Vec::new();
        let mut report = Sarif::new(&mut out, rules);
        for event in events {
            report.event(event).unwrap();
        }
        report.finish().unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn finding() -> Finding {
        let place = |line, column, end_column| Place {
            file: "detections/a b.yml".into(),
            line,
            column,
            end_line: line,
            end_column,
        };
        Finding {
            code: "DF118".into(),
            severity: Severity::Warning,
            message: "no `dest`".into(),
            place: Some(place(3, 5, 9)),
            labels: vec![dryfire_event::FindingLabel {
                text: "drops it".into(),
                place: place(7, 1, 1),
            }],
            notes: vec!["the results have `user`".into()],
            help: Some("name `user`".into()),
            rendered: String::new(),
        }
    }

    #[test]
    fn a_finding_is_a_result_of_an_explained_rule() {
        let rule = SarifRule {
            id: "DF118".into(),
            name: "risk-field".into(),
            title: "the search can't give the field".into(),
            page: "Why.".into(),
        };
        let event = Event::FindingReported(finding());
        let log = log(&[event.clone(), event], vec![rule]);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][0]["help"]["text"], "Why.");
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 1, "told once");
        let expected = json!({
            "ruleId": "DF118",
            "ruleIndex": 0,
            "level": "warning",
            "message": { "text": "no `dest`\nthe results have `user`\nname `user`" },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": "detections/a%20b.yml" },
                "region": { "startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9 },
            }}],
            "relatedLocations": [{
                "id": 0,
                "message": { "text": "drops it" },
                "physicalLocation": {
                    "artifactLocation": { "uri": "detections/a%20b.yml" },
                    "region": { "startLine": 7, "startColumn": 1, "endLine": 7, "endColumn": 1 },
                },
            }],
        });
        assert_eq!(results[0], expected);
    }

    #[test]
    fn every_rule_index_leads_to_its_rule_and_every_case_that_needs_attention_is_there() {
        let log = log(&sample::run(), Vec::new());
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert!(results.len() > 4);
        for result in results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
        }
        let failed = |result: &&Value| result["ruleId"] == "failed";
        assert_eq!(results.iter().filter(failed).count(), 2);
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("./a/b%.yml"), "a/b%25.yml");
        assert_eq!(uri("/x/ü.yml"), "file:///x/%C3%BC.yml");
        assert_eq!(uri("a\\b.yml"), "a/b.yml");
    }
}
