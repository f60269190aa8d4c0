//! Reads executable specifications: Markdown in which each `##` heading is one scenario.
//!
//! `spec/README.md` says what a scenario looks like. Whatever the reader does not understand is an error, so that a
//! misspelt block is never a scenario that says nothing.

use std::path::Path;

use serde_json::{Map, Value as Json};

/// A row as it is written.
pub type Object = Map<String, Json>;

/// How far a rule is known to be Splunk's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The manual says so: the page.
    Confirmed,
    /// It does not.
    Uncertain,
    /// What is asserted is wrong; the text says what is right.
    Fixme,
}

/// What must come out.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// These rows, in this order or in any.
    Rows {
        /// The rows.
        rows: Vec<Object>,
        /// Whether their order is asserted.
        ordered: bool,
    },
    /// An error with this code, or a kind of stop (`budget`, `cancelled`, `data`, `defect`).
    Error(String),
}

/// Raw data and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// `sourcetype`
    pub sourcetype: String,
    /// `source`
    pub source: String,
    /// `host`
    pub host: String,
    /// `index`
    pub index: String,
    /// The text.
    pub text: String,
}

/// One scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The heading.
    pub name: String,
    /// The line of the heading, from 1.
    pub line: usize,
    /// How far the rule is known.
    pub standing: Standing,
    /// Rows that the search works on.
    pub rows: Option<Vec<Object>>,
    /// Events that the search works on.
    pub events: Vec<Events>,
    /// Paths within an app, and texts.
    pub files: Vec<(String, String)>,
    /// The user's time zone, where it is not UTC.
    pub zone: Option<String>,
    /// The search.
    pub spl: String,
    /// What must come out.
    pub expect: Expect,
    /// The names of all columns in order, where they are asserted.
    pub columns: Option<Vec<String>>,
    /// Codes of the remarks, where they are asserted.
    pub notes: Option<Vec<String>>,
    /// Whether a remark, or the reason that there is none, stands for an uncertain rule.
    pub is_told: bool,
}

/// What has been read of a scenario.
#[derive(Default)]
struct Draft {
    standing: Option<Standing>,
    /// Whether it says why an uncertain rule raises no assumption.
    unassumed: bool,
    rows: Option<Vec<Object>>,
    events: Vec<Events>,
    files: Vec<(String, String)>,
    zone: Option<String>,
    spl: Option<String>,
    expect: Option<Expect>,
    columns: Option<Vec<String>>,
    notes: Option<Vec<String>>,
}

/// The scenarios of a file, or what is wrong with it.
///
/// # Errors
/// The file can't be read, or holds something that is no part of a scenario.
pub fn read(path: &Path) -> Result<Vec<Scenario>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut scenarios = Vec::new();
    let mut open: Option<(String, usize, Draft)> = None;
    let mut lines = text.lines().enumerate();
    while let Some((place, line)) = lines.next() {
        let number = place + 1;
        let wrong = |what: String| format!("line {number}: {what}");
        if let Some(name) = line.strip_prefix("## ") {
            if let Some((name, line, draft)) = open.take() {
                scenarios.push(finish(name, line, draft)?);
            }
            open = Some((name.trim().to_owned(), number, Draft::default()));
            continue;
        }
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        let Some((_, _, draft)) = &mut open else {
            continue;
        };
        if ticks < 3 {
            sentence(line, draft).map_err(wrong)?;
            continue;
        }
        let fence = &line[..ticks];
        let mut body = Vec::new();
        loop {
            let Some((_, inner)) = lines.next() else {
                return Err(wrong("the block is not closed".to_owned()));
            };
            if inner.trim_end() == fence {
                break;
            }
            body.push(inner);
        }
        block(line[ticks..].trim(), &body.join("\n"), draft).map_err(wrong)?;
    }
    if let Some((name, line, draft)) = open {
        scenarios.push(finish(name, line, draft)?);
    }
    if scenarios.is_empty() {
        return Err("there is no scenario".to_owned());
    }
    Ok(scenarios)
}

fn finish(name: String, line: usize, draft: Draft) -> Result<Scenario, String> {
    let lacks = |what: &str| format!("line {line}: `{name}` has no {what}");
    if draft.rows.is_some() && !draft.events.is_empty() {
        return Err(format!("line {line}: `{name}` has both rows and events"));
    }
    let raises = |notes: &Vec<String>| notes.iter().any(|code| code == "DF308");
    let is_told = draft.unassumed || draft.notes.as_ref().is_some_and(raises);
    Ok(Scenario {
        standing: draft
            .standing
            .ok_or_else(|| lacks("line `confirmed:`, `uncertain:` or `fixme:`"))?,
        is_told,
        spl: draft.spl.ok_or_else(|| lacks("block `spl`"))?,
        expect: draft
            .expect
            .ok_or_else(|| lacks("block `expect` or `error`"))?,
        rows: draft.rows,
        events: draft.events,
        files: draft.files,
        zone: draft.zone,
        columns: draft.columns,
        notes: draft.notes,
        name,
        line,
    })
}

/// A line outside a block: a rule's standing, or prose.
fn sentence(line: &str, draft: &mut Draft) -> Result<(), String> {
    if let Some(reason) = line.strip_prefix("unassumed:") {
        draft.unassumed = true;
        return match reason.trim() {
            "" => Err("`unassumed:` without a reason".to_owned()),
            _ => Ok(()),
        };
    }
    let standing = [
        ("confirmed:", Standing::Confirmed),
        ("uncertain:", Standing::Uncertain),
        ("fixme:", Standing::Fixme),
    ];
    for (word, standing) in standing {
        let Some(reason) = line.strip_prefix(word) else {
            continue;
        };
        if reason.trim().is_empty() {
            return Err(format!("`{word}` without a reason"));
        }
        // `fixme:` stands beside the line that says what the right rule rests on.
        if draft.standing.is_none() || standing == Standing::Fixme {
            draft.standing = Some(standing);
        } else if draft.standing != Some(Standing::Fixme) {
            return Err(format!(
                "`{word}`: the scenario has said already how far it is known"
            ));
        }
    }
    Ok(())
}

fn block(header: &str, body: &str, draft: &mut Draft) -> Result<(), String> {
    let words: Vec<&str> = header.split_whitespace().collect();
    let set = |what: &str, twice: bool| {
        if twice {
            Err(format!("a second block `{what}`"))
        } else {
            Ok(())
        }
    };
    match words.as_slice() {
        ["rows"] => {
            set("rows", draft.rows.is_some())?;
            draft.rows = Some(objects(body)?);
        }
        ["events", sourcetype, options @ ..] => {
            draft.events.push(events(sourcetype, options, body)?)
        }
        ["spl"] => {
            set("spl", draft.spl.is_some())?;
            draft.spl = Some(body.to_owned());
        }
        ["lookup", name] => draft
            .files
            .push((format!("lookups/{name}"), format!("{body}\n"))),
        ["conf", name] => draft
            .files
            .push((format!("default/{name}"), format!("{body}\n"))),
        ["zone", name] => draft.zone = Some((*name).to_owned()),
        ["expect", order @ ..] => {
            set("expect", draft.expect.is_some())?;
            let ordered = match order {
                [] => true,
                ["unordered"] => false,
                _ => return Err(format!("`{header}`: only `unordered` can follow")),
            };
            draft.expect = Some(Expect::Rows {
                rows: objects(body)?,
                ordered,
            });
        }
        ["error", code] => {
            set("error", draft.expect.is_some())?;
            draft.expect = Some(Expect::Error((*code).to_owned()));
        }
        ["columns"] => draft.columns = Some(body.lines().map(str::to_owned).collect()),
        ["notes"] => draft.notes = Some(body.lines().map(str::to_owned).collect()),
        _ => return Err(format!("`{header}` is no kind of block")),
    }
    Ok(())
}

fn events(sourcetype: &str, options: &[&str], body: &str) -> Result<Events, String> {
    let mut events = Events {
        sourcetype: sourcetype.to_owned(),
        source: "test".to_owned(),
        host: "dryfire".to_owned(),
        index: "main".to_owned(),
        text: format!("{body}\n"),
    };
    for option in options {
        match option.split_once('=') {
            Some(("source", value)) => events.source = value.to_owned(),
            Some(("host", value)) => events.host = value.to_owned(),
            Some(("index", value)) => events.index = value.to_owned(),
            _ => return Err(format!("`{option}` is no option of `events`")),
        }
    }
    Ok(events)
}

fn objects(body: &str) -> Result<Vec<Object>, String> {
    body.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| match serde_json::from_str(line) {
            Ok(Json::Object(object)) => Ok(object),
            Ok(_) => Err(format!("no JSON object: {line}")),
            Err(error) => Err(format!("{error}: {line}")),
        })
        .collect()
}
