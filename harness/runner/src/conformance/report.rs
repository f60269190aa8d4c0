//! What is recorded of a run: which rules which Splunk confirms, as a file that can be committed.

use std::io::{self, Write};

use dryfire_spec::Standing;
use dryfire_splunk::{Entry, Info};
use serde_json::{Value, json};

use super::Found;
use super::outcome::Outcome;

/// What is recorded of a run.
pub struct Report {
    splunk: Value,
    apps: Vec<Value>,
    dryfire: String,
    date: String,
    scenarios: Vec<Value>,
    counts: Counts,
}

/// How many scenarios ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    confirmed: u64,
    differs: u64,
    left_out: u64,
    unclear: u64,
}

impl Report {
    pub(super) fn new(info: &Info, apps: &[Entry], dryfire: &str, date: String) -> Self {
        let mut apps: Vec<Value> = apps
            .iter()
            .filter(|app| !app.is_on("disabled"))
            .map(|app| json!({ "name": app.name, "version": app.text("version") }))
            .collect();
        apps.sort_by_key(|app| app["name"].to_string());
        Self {
            splunk: json!({ "version": info.version, "instance_type": info.instance_type }),
            apps,
            dryfire: dryfire.to_owned(),
            date,
            scenarios: Vec::new(),
            counts: Counts::default(),
        }
    }

    pub(super) fn add(&mut self, found: &Found, outcome: &Outcome) {
        let (word, why, lines) = match outcome {
            Outcome::Holds => {
                self.counts.confirmed += 1;
                ("confirmed", None, None)
            }
            Outcome::Differs { why, lines } => {
                self.counts.differs += 1;
                ("differs", Some(why.clone()), Some(lines))
            }
            Outcome::LeftOut(why) => {
                self.counts.left_out += 1;
                ("left_out", Some((*why).to_owned()), None)
            }
            Outcome::Unknown(why) | Outcome::Error(why) => {
                self.counts.unclear += 1;
                ("unclear", Some(why.clone()), None)
            }
            Outcome::Cancelled => {
                self.counts.unclear += 1;
                ("unclear", Some("interrupted".to_owned()), None)
            }
        };
        let mut entry = json!({
            "file": found.file,
            "scenario": found.scenario.name,
            "manual": match found.scenario.standing {
                Standing::Confirmed => "confirmed",
                Standing::Uncertain | Standing::Fixme => "uncertain",
            },
            "outcome": word,
        });
        if let Some(why) = why {
            entry["why"] = json!(why);
        }
        if let Some(lines) = lines.filter(|lines| !lines.is_empty()) {
            entry["rows"] = json!(lines);
        }
        self.scenarios.push(entry);
    }

    /// How many hold, in a sentence.
    pub fn sentence(&self) -> String {
        let counts = self.counts;
        format!(
            "Splunk {}: {} rules confirmed, {} differ, {} unclear, {} can't be asked",
            self.splunk["version"].as_str().unwrap_or_default(),
            counts.confirmed,
            counts.differs,
            counts.unclear,
            counts.left_out
        )
    }
}

/// Writes a report as JSON.
///
/// # Errors
/// The writer's.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts;
    let whole = json!({
        "schema_version": 1,
        "splunk": report.splunk,
        "apps": report.apps,
        "dryfire_version": report.dryfire,
        "date": report.date,
        "counts": {
            "confirmed": counts.confirmed,
            "differs": counts.differs,
            "unclear": counts.unclear,
            "left_out": counts.left_out,
        },
        "scenarios": report.scenarios,
    });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}
