//! `INDEXED_EXTRACTIONS`: files whose form says where events are and which fields they have.
//!
//! props.conf.spec, "Structured Data Header Extraction and configuration".

use dryfire_diagnostic::Diagnostic;
use dryfire_knowledge::{IndexTime, IndexedExtractions};
use serde_json::Value as Json;

use super::draft::Draft;
use super::{Clock, compiled};
use crate::extract::json;
use crate::pattern::Pattern;
use crate::stop::Stop;

/// How a structured file is read.
pub(super) struct Structured {
    form: Form,
    time_fields: Vec<String>,
}

enum Form {
    /// One event an object.
    Json,
    /// The same, in the form of the HTTP Event Collector.
    Collector,
    Table(Box<Table>),
}

struct Table {
    delimiter: Delimiter,
    quote: Option<char>,
    header_delimiter: Delimiter,
    header_quote: Option<char>,
    /// Line of the header, from 1; 0 for the first that is none of the preamble.
    header_line: usize,
    header: Option<Pattern>,
    names: Vec<String>,
    preamble: Option<Pattern>,
    missing: Option<Pattern>,
    /// Lines that begin with `#` are no events, and may bring a new header.
    comments: bool,
}

#[derive(Clone, Copy)]
enum Delimiter {
    Char(char),
    Blanks,
}

impl Structured {
    /// How the configuration wants files to be read; none for plain text.
    pub(super) fn new(rules: &IndexTime, notes: &mut Vec<Diagnostic>) -> Option<Self> {
        let kind = rules.indexed_extractions?;
        let given = &rules.structured;
        let mut compile =
            |key: &str, pattern: &Option<String>| compiled(key, pattern.as_deref()?, notes);
        let usual = match kind {
            IndexedExtractions::Json => return Some(Self::objects(Form::Json, rules)),
            IndexedExtractions::Hec => return Some(Self::objects(Form::Collector, rules)),
            IndexedExtractions::Csv => Delimiter::Char(','),
            IndexedExtractions::Tsv => Delimiter::Char('\t'),
            IndexedExtractions::Psv => Delimiter::Char('|'),
            IndexedExtractions::W3c => Delimiter::Blanks,
        };
        let w3c = kind == IndexedExtractions::W3c;
        let header = if w3c && given.field_header_regex.is_none() {
            Some(r"^#Fields:\s*(.*)".to_owned())
        } else {
            given.field_header_regex.clone()
        };
        let delimiter = delimiter(given.field_delimiter.as_deref(), usual);
        let quote = quote(given.field_quote.as_deref(), Some('"'));
        let table = Table {
            header_delimiter: self::delimiter(given.header_field_delimiter.as_deref(), delimiter),
            header_quote: self::quote(given.header_field_quote.as_deref(), quote),
            delimiter,
            quote,
            header_line: given.header_field_line_number,
            header: compile("FIELD_HEADER_REGEX", &header),
            names: given.field_names.clone(),
            preamble: compile("PREAMBLE_REGEX", &given.preamble_regex),
            missing: compile("MISSING_VALUE_REGEX", &given.missing_value_regex),
            comments: w3c,
        };
        let mut time_fields = given.timestamp_fields.clone();
        if w3c && time_fields.is_empty() {
            time_fields = vec!["date".to_owned(), "time".to_owned()];
        }
        Some(Self {
            form: Form::Table(Box::new(table)),
            time_fields,
        })
    }

    fn objects(form: Form, rules: &IndexTime) -> Self {
        Self {
            form,
            time_fields: rules.structured.timestamp_fields.clone(),
        }
    }

    /// The events of a file. One without a time has that of the event before it, the first one `time`.
    pub(super) fn read(&self, text: &str, clock: &Clock, time: i64) -> Result<Vec<Draft>, Stop> {
        let mut drafts = match &self.form {
            Form::Json => objects(text, json_draft),
            Form::Collector => objects(text, collector_draft),
            Form::Table(table) => table.read(text)?,
        };
        let mut last = time;
        for draft in &mut drafts {
            let fields: Vec<&str> = self
                .time_fields
                .iter()
                .filter_map(|name| draft.first(name).map(|value| &**value))
                .collect();
            let found = match (draft.time, fields.as_slice()) {
                (given, _) if given != 0 => Some(given),
                (_, []) => clock.read(&draft.raw),
                (_, fields) => clock.read_fields(&fields.join(" ")),
            };
            last = found.unwrap_or(last);
            draft.time = last;
        }
        Ok(drafts)
    }
}

fn delimiter(given: Option<&str>, usual: Delimiter) -> Delimiter {
    match given {
        Some("ws") => Delimiter::Blanks,
        Some(text) => text.chars().next().map_or(usual, Delimiter::Char),
        None => usual,
    }
}

fn quote(given: Option<&str>, usual: Option<char>) -> Option<char> {
    match given {
        Some(text) if text.eq_ignore_ascii_case("none") => None,
        Some(text) => text.chars().next(),
        None => usual,
    }
}

/// One event an object; lines that are none are events without fields.
fn objects(text: &str, make: fn(&Json, &str) -> Draft) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let skipped = rest.len()
            - rest
                .trim_start_matches([' ', '\t', '\r', '\n', ',', '\u{feff}'])
                .len();
        at += skipped;
        let rest = &text[at..];
        if rest.is_empty() {
            return drafts;
        }
        let mut objects = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
        let (mut draft, length) = match objects.next() {
            Some(Ok(json)) if json.is_object() => {
                let length = objects.byte_offset();
                (make(&json, &rest[..length]), length)
            }
            _ => {
                let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
                let draft = Draft {
                    raw: rest[..length].to_owned(),
                    ..Draft::default()
                };
                (draft, length)
            }
        };
        draft.origin = at as u64;
        drafts.push(draft);
        at += length;
    }
}

fn json_draft(json: &Json, text: &str) -> Draft {
    let mut draft = Draft {
        raw: text.to_owned(),
        ..Draft::default()
    };
    json::fields(json, &mut |name, value| draft.add(name, value));
    draft
}

/// `{"event": …, "time": …, "host": …, "fields": {…}}`.
fn collector_draft(json: &Json, text: &str) -> Draft {
    let given = |key: &str| {
        json.get(key)
            .and_then(Json::as_str)
            .map(std::sync::Arc::from)
    };
    let raw = match json.get("event") {
        Some(Json::String(event)) => event.clone(),
        Some(event) => event.to_string(),
        None => text.to_owned(),
    };
    let mut draft = Draft {
        raw,
        ..Draft::default()
    };
    let time = json.get("time").map(|time| match time {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    });
    let time = time.and_then(|time| time.parse().ok());
    draft.time = time.and_then(crate::time::from_seconds).unwrap_or(0);
    draft.kind.host = given("host");
    draft.kind.source = given("source");
    draft.kind.sourcetype = given("sourcetype");
    draft.kind.index = given("index");
    if let Some(fields) = json.get("fields") {
        json::fields(fields, &mut |name, value| {
            draft.add(name.trim_end_matches("{}"), value);
        });
    }
    draft
}

impl Table {
    fn read(&self, text: &str) -> Result<Vec<Draft>, Stop> {
        let hit = |pattern: &Option<Pattern>, line: &str| match pattern {
            Some(pattern) => pattern
                .is_match(line)
                .map_err(|limit| Stop::Budget(format!("a structured file's pattern: {limit}"))),
            None => Ok(false),
        };
        let mut names: Option<Vec<String>> =
            (!self.names.is_empty()).then(|| self.names.iter().map(|name| clean(name)).collect());
        let mut drafts = Vec::new();
        let (mut at, mut line_number) = (0, 0);
        while at < text.len() {
            let rest = &text[at..];
            let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
            let next_line = (line.len() + 1).min(rest.len());
            let line = line.strip_suffix('\r').unwrap_or(line);
            line_number += 1;
            let is_header = match (&self.header, self.header_line) {
                (Some(_), _) => hit(&self.header, line)?,
                (None, 0) => {
                    names.is_none() && !line.trim().is_empty() && !hit(&self.preamble, line)?
                }
                (None, number) => names.is_none() && line_number == number,
            };
            if is_header {
                names = Some(self.header_of(line)?);
                at += next_line;
                continue;
            }
            let skip = line.trim().is_empty()
                || names.is_none()
                || (self.comments && line.starts_with('#'))
                || (drafts.is_empty() && hit(&self.preamble, line)?);
            if skip {
                at += next_line;
                continue;
            }
            let (length, cells) = cells(rest, self.delimiter, self.quote);
            let mut draft = Draft {
                raw: rest[..length].trim_end_matches(['\r', '\n']).to_owned(),
                origin: at as u64,
                ..Draft::default()
            };
            for (name, cell) in names.iter().flatten().zip(cells) {
                let missing = match &self.missing {
                    Some(_) => hit(&self.missing, &cell)?,
                    None => false,
                };
                if !missing {
                    draft.add(name.as_str(), cell);
                }
            }
            drafts.push(draft);
            at += length.max(1);
        }
        Ok(drafts)
    }

    /// The names in a header line: after what FIELD_HEADER_REGEX matches, or in its first group.
    fn header_of(&self, line: &str) -> Result<Vec<String>, Stop> {
        let mut text = line.trim_start_matches('\u{feff}');
        if let Some(pattern) = &self.header {
            let groups = pattern
                .groups_at(text, 0)
                .map_err(|limit| Stop::Budget(format!("FIELD_HEADER_REGEX: {limit}")))?;
            if let Some(groups) = groups {
                let whole = groups.first().copied().flatten();
                text = match (groups.get(1).copied().flatten(), whole) {
                    (Some((start, end)), _) => &text[start..end],
                    (None, Some((_, end))) => &text[end..],
                    (None, None) => text,
                };
            }
        }
        let (_, names) = cells(text, self.header_delimiter, self.header_quote);
        Ok(names.iter().map(|name| clean(name.trim())).collect())
    }
}

/// What is neither alphanumeric nor a blank becomes `_` (`HEADER_FIELD_ACCEPTABLE_SPECIAL_CHARACTERS`).
fn clean(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_alphanumeric() || letter == ' ' {
                letter
            } else {
                '_'
            }
        })
        .collect()
}

/// The cells of the record at the start of a text, and where the next record begins. A quoted cell may hold line ends.
fn cells(text: &str, delimiter: Delimiter, quote: Option<char>) -> (usize, Vec<String>) {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let (mut quoted, mut fresh) = (false, true);
    let mut letters = text.char_indices().peekable();
    let mut length = text.len();
    while let Some((at, letter)) = letters.next() {
        let is_quote = Some(letter) == quote;
        if quoted {
            if !is_quote {
                cell.push(letter);
            } else if letters.next_if(|(_, next)| *next == letter).is_some() {
                // A doubled quote is one.
                cell.push(letter);
            } else {
                quoted = false;
            }
            continue;
        }
        let delimits = match delimiter {
            Delimiter::Char(char) => letter == char,
            Delimiter::Blanks => letter == ' ' || letter == '\t',
        };
        if is_quote && fresh {
            quoted = true;
            fresh = false;
        } else if letter == '\n' {
            length = at + 1;
            break;
        } else if letter == '\r' {
            // The end of a line, or nothing.
        } else if delimits {
            if !(matches!(delimiter, Delimiter::Blanks) && fresh) {
                cells.push(std::mem::take(&mut cell));
            }
            fresh = true;
        } else {
            cell.push(letter);
            fresh = false;
        }
    }
    if !(matches!(delimiter, Delimiter::Blanks) && fresh) {
        cells.push(cell);
    }
    (length, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        let comma = Delimiter::Char(',');
        let (length, found) = cells("a,\"b, \"\"c\"\"\nd\",,e\r\nnext", comma, Some('"'));
        assert_eq!(found, ["a", "b, \"c\"\nd", "", "e"]);
        assert_eq!(length, 19);
        let (_, found) = cells(" a  b\tc ", Delimiter::Blanks, None);
        assert_eq!(found, ["a", "b", "c"]);
        assert_eq!(clean("cs(User-Agent)"), "cs_User_Agent_");
    }
}
