//! Rows in the forms in which clients ask for them.

use std::fmt::Write;
use std::ops::Range;

use dryfire_engine::{Table, Value};
use serde_json::{Map, Value as Json, json};

use crate::clock;
use crate::entry::Refusal;
use crate::http::{Params, Reply, escape};
use crate::search::Message;

/// Rows of a page where the client names no number.
const PAGE: usize = 100;
/// Most rows of a page.
const MOST: usize = 50_000;

/// A form of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    JsonRows,
    JsonColumns,
    Csv,
    Xml,
    Raw,
}

/// What a client wants of rows.
pub(crate) struct Wanted {
    form: Form,
    offset: usize,
    count: usize,
    fields: Vec<String>,
}

impl Wanted {
    /// As the parameters say.
    pub(crate) fn of(params: &Params) -> Result<Self, Refusal> {
        let form = match params.get("output_mode").unwrap_or("xml") {
            "json" => Form::Json,
            "json_rows" => Form::JsonRows,
            "json_cols" => Form::JsonColumns,
            "csv" => Form::Csv,
            "xml" | "atom" => Form::Xml,
            "raw" => Form::Raw,
            other => return Err(Refusal::bad(format!("Invalid output_mode '{other}'."))),
        };
        if params
            .get("search")
            .is_some_and(|search| !search.is_empty())
        {
            return Err(Refusal::bad(
                "Results can't be searched here: add the commands to the search itself.",
            ));
        }
        let number = |name: &str| {
            let text = params.get(name)?;
            Some(
                usize::try_from(text.trim().parse::<i64>().unwrap_or(-1))
                    .map_err(|_| Refusal::bad(format!("Invalid {name} '{text}'."))),
            )
        };
        let fields = params.all("f").flat_map(|names| names.split(','));
        Ok(Self {
            form,
            offset: number("offset").transpose()?.unwrap_or(0),
            count: match number("count").transpose()? {
                None => PAGE,
                Some(0) => MOST,
                Some(count) => count.min(MOST),
            },
            fields: fields.map(str::to_owned).collect(),
        })
    }

    /// All rows.
    pub(crate) fn everything(mut self) -> Self {
        self.offset = 0;
        self.count = usize::MAX;
        self
    }

    fn rows(&self, table: &Table) -> Range<usize> {
        let from = self.offset.min(table.len());
        from..from.saturating_add(self.count).min(table.len())
    }

    fn names<'t>(&self, table: &'t Table) -> Vec<&'t str> {
        let names = table.names().map(|name| &**name);
        names
            .filter(|name| self.fields.is_empty() || self.fields.iter().any(|one| one == name))
            .collect()
    }

    /// The rows of a job.
    pub(crate) fn reply(&self, table: &Table, messages: &[Message]) -> Reply {
        match self.form {
            Form::Json => {
                let rows: Vec<Json> = self
                    .rows(table)
                    .map(|row| self.object(table, row))
                    .collect();
                let mut body = self.head(table, messages);
                body.insert("results".to_owned(), Json::Array(rows));
                body.insert("highlighted".to_owned(), json!({}));
                Reply::json(200, &Json::Object(body))
            }
            Form::JsonRows | Form::JsonColumns => {
                let names = self.names(table);
                let cell = |row: usize, name: &str| cell(name, table.value(row, name));
                let (key, values) = if self.form == Form::JsonRows {
                    let rows = self.rows(table);
                    let row = |row| names.iter().map(|name| cell(row, name)).collect();
                    ("rows", rows.map(row).collect::<Vec<Vec<Json>>>())
                } else {
                    let column =
                        |name: &&str| self.rows(table).map(|row| cell(row, name)).collect();
                    ("columns", names.iter().map(column).collect())
                };
                let mut body = self.head(table, messages);
                body.insert("fields".to_owned(), json!(names));
                body.insert(key.to_owned(), json!(values));
                Reply::json(200, &Json::Object(body))
            }
            Form::Csv => Reply::csv(self.csv(table)),
            Form::Xml => Reply::xml(200, self.xml(table, messages)),
            Form::Raw => Reply::text(200, self.raw(table)),
        }
    }

    /// The rows as a stream would bring them: in JSON, each on a line of its own; the last line says that it is the last.
    pub(crate) fn export(&self, table: &Table, messages: &[Message]) -> Reply {
        if self.form != Form::Json {
            return self.reply(table, messages);
        }
        let mut out = String::new();
        for message in messages {
            let line = json!({"preview": false, "messages": [said(message)]});
            let _ = writeln!(out, "{line}");
        }
        let rows = self.rows(table);
        if rows.is_empty() {
            let _ = writeln!(out, "{}", json!({"preview": false, "lastrow": true}));
        }
        for row in rows.clone() {
            let mut line = Map::new();
            line.insert("preview".to_owned(), Json::Bool(false));
            line.insert("offset".to_owned(), json!(row));
            if row + 1 == rows.end {
                line.insert("lastrow".to_owned(), Json::Bool(true));
            }
            line.insert("result".to_owned(), self.object(table, row));
            let _ = writeln!(out, "{}", Json::Object(line));
        }
        Reply::json_lines(out)
    }

    fn head(&self, table: &Table, messages: &[Message]) -> Map<String, Json> {
        let names = self.names(table);
        let fields: Vec<Json> = names.iter().map(|name| json!({"name": name})).collect();
        let messages: Vec<Json> = messages.iter().map(said).collect();
        let mut head = Map::new();
        head.insert("preview".to_owned(), Json::Bool(false));
        head.insert("init_offset".to_owned(), json!(self.offset));
        head.insert("messages".to_owned(), Json::Array(messages));
        head.insert("fields".to_owned(), Json::Array(fields));
        head
    }

    fn object(&self, table: &Table, row: usize) -> Json {
        let present = table.row(row).filter(|(name, _)| {
            self.fields.is_empty() || self.fields.iter().any(|wanted| wanted == name)
        });
        let object = present.map(|(name, value)| (name.to_owned(), cell(name, value)));
        Json::Object(object.collect())
    }

    fn csv(&self, table: &Table) -> Vec<u8> {
        let names = self.names(table);
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Nothing is written to but memory.
        let _ = writer.write_record(&names);
        for row in self.rows(table) {
            let cells = names.iter().map(|name| text(name, table.value(row, name)));
            let _ = writer.write_record(cells);
        }
        writer.into_inner().unwrap_or_default()
    }

    fn xml(&self, table: &Table, messages: &[Message]) -> String {
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<results preview=\"0\"><meta><fieldOrder>",
        );
        for name in self.names(table) {
            let _ = write!(out, "<field>{}</field>", escape(name));
        }
        out.push_str("</fieldOrder></meta>");
        if !messages.is_empty() {
            out.push_str("<messages>");
            for message in messages {
                let _ = write!(
                    out,
                    "<msg type=\"{}\">{}</msg>",
                    message.kind,
                    escape(&message.text)
                );
            }
            out.push_str("</messages>");
        }
        for row in self.rows(table) {
            let _ = write!(out, "<result offset=\"{row}\">");
            for name in self.names(table) {
                let value = table.value(row, name);
                if value.is_null() {
                    continue;
                }
                let _ = write!(out, "<field k=\"{}\">", escape(name));
                if name == "_raw" {
                    let raw = escape(&value.to_text());
                    let _ = write!(out, "<v xml:space=\"preserve\" trunc=\"0\">{raw}</v>");
                } else {
                    for one in value.each() {
                        let one = escape(&text(name, one));
                        let _ = write!(out, "<value><text>{one}</text></value>");
                    }
                }
                out.push_str("</field>");
            }
            out.push_str("</result>");
        }
        out.push_str("</results>\n");
        out
    }

    /// The texts of events; of rows without one, their values.
    fn raw(&self, table: &Table) -> String {
        let mut out = String::new();
        for row in self.rows(table) {
            let raw = table.value(row, "_raw");
            if raw.is_null() {
                let values = table.row(row);
                let values: Vec<String> = values.map(|(name, value)| text(name, value)).collect();
                out.push_str(&values.join(","));
            } else {
                out.push_str(&raw.to_text());
            }
            out.push('\n');
        }
        out
    }
}

fn said(message: &Message) -> Json {
    json!({"type": message.kind, "text": message.text})
}

/// A value as Splunk gives it: text, or a list of texts.
fn cell(name: &str, value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Multi(values) => values
            .iter()
            .map(|value| Json::String(text(name, value)))
            .collect(),
        single => Json::String(text(name, single)),
    }
}

/// The text of a value; times as people read them.
fn text(name: &str, value: &Value) -> String {
    if name == "_time"
        && let Some(micros) = value
            .as_number()
            .and_then(dryfire_engine::time::from_seconds)
    {
        return clock::shown(micros);
    }
    value.to_text().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let several = Value::multi([Value::from("x"), Value::from("y")]);
        Table::from_rows([
            vec![
                ("_time", Value::Number(1_700_000_000.5)),
                ("n", Value::Number(1.0)),
            ],
            vec![("n", Value::from("<&>")), ("m", several)],
            vec![("n", Value::Number(3.0))],
        ])
    }

    fn reply(query: &str, export: bool) -> String {
        let mut params = Params::default();
        params.add(query.as_bytes());
        let wanted = Wanted::of(&params).unwrap();
        let messages = [Message::new("INFO", "told")];
        let reply = match export {
            true => wanted.everything().export(&table(), &messages),
            false => wanted.reply(&table(), &messages),
        };
        String::from_utf8(reply.body).unwrap()
    }

    #[test]
    fn json_is_one_line_of_texts_and_lists() {
        let body = reply("output_mode=json&count=2", false);
        assert!(!body.contains('\n'));
        let body: Json = serde_json::from_str(&body).unwrap();
        assert_eq!(
            body["results"],
            json!([
                {"_time": "2023-11-14T22:13:20.500+00:00", "n": "1"},
                {"n": "<&>", "m": ["x", "y"]}
            ])
        );
        assert_eq!(body["messages"], json!([{"type": "INFO", "text": "told"}]));
    }

    #[test]
    fn pages_are_cut_where_asked() {
        let body = reply("output_mode=json_rows&offset=2&count=0", false);
        let body: Json = serde_json::from_str(&body).unwrap();
        assert_eq!(body["rows"], json!([[null, "3", null]]));
        let body = reply("output_mode=csv&offset=9", false);
        assert_eq!(body, "_time,n,m\n");
        for wrong in ["output_mode=yaml", "output_mode=json&count=x", "offset=-1"] {
            let mut params = Params::default();
            params.add(wrong.as_bytes());
            assert!(Wanted::of(&params).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_line_of_an_export_says_so() {
        let body = reply("output_mode=json", true);
        let lines: Vec<Json> = body
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[3]["lastrow"], json!(true));
        assert_eq!(lines[2]["lastrow"], Json::Null);
    }

    #[test]
    fn xml_holds_what_is_there_and_nothing_else() {
        let body = reply("output_mode=xml&f=n&count=2", false);
        assert!(body.contains("<field k=\"n\"><value><text>&lt;&amp;&gt;</text></value></field>"));
        assert!(!body.contains("k=\"m\""));
    }
}
