//! `dryfire events`: how a file is broken and timed, what each event gets, and why.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use dryfire_engine::{Stop, Table, Value, time};
use dryfire_event::ExitCode;
use dryfire_plan::Given;
use dryfire_runner::{
    EventKind, EventSearch, Events as Found, EventsError, Local, Session, Threads, notes,
    of_eventtype, of_tag, place,
};
use serde_json::{Map, Value as Json, json};

use super::search::{failed, now, tell, view};
use super::{Failure, fetch, unreadable, use_threads};
use crate::args::{Events, Listing};
use crate::{interrupt, output};

/// Fields that stand beside the others.
const APART: &[&str] = &["_raw", "_time", "eventtype", "tag"];

pub(crate) fn run(args: &Events) -> Result<ExitCode, Failure> {
    use_threads(args.data.threads);
    let cancel = interrupt::flag();
    let mut session = Session::bare(&args.data.apps);
    unreadable(&session)?;
    let search = EventSearch::new(&mut session, &args.search)
        .map_err(|found| Failure::of(ExitCode::Content, &found, &session.sources))?;
    fetch::typed(&args.files, args.data.fetching, &mut session, &cancel)?;
    let view = view(&args.files, &args.data, &session)?;
    let now = now(&args.search, &view)?;
    let target = Local {
        session: &session,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let found = search.run(&target, &view, now).map_err(|error| match error {
        EventsError::Stop(stop) => failed(&stop, &session),
        EventsError::NotEvents => {
            let text = "error: --where takes a search that finds events, and this one makes other rows of them";
            Failure::new(ExitCode::Content, text)
        }
    })?;
    for part in &view.parts {
        tell(&notes(&part.data), &session)?;
    }
    untold(&found.untold)?;
    let shown = args.limit.unwrap_or(usize::MAX).min(found.table.len());
    let list = List {
        found: &found,
        session: &session,
        files: args
            .files
            .iter()
            .map(|file| file.display().to_string())
            .collect(),
        rules: args.why.then(|| rules(&found, &session)),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Listing::Json => {
            for row in 0..shown {
                serde_json::to_writer(&mut out, &list.object(row)).map_err(io::Error::from)?;
                writeln!(out)?;
            }
        }
        Listing::Table if args.why => {
            for row in 0..shown {
                list.block(row, &mut out)?;
            }
        }
        Listing::Table => {
            let rows = (0..shown).map(|row| list.line(row));
            output::grid(&Table::from_rows(rows), &mut out)?;
        }
    }
    out.flush()?;
    let counted = |count: usize, noun: &str| super::explain::counted(count as u64, noun);
    let events = counted(found.table.len(), "event");
    let files = counted(view.parts.len(), "file");
    writeln!(io::stderr(), "{events} in {files}")?;
    Ok(ExitCode::Passed)
}

/// Says which datasets could not be told, so that nobody takes them for empty.
fn untold(datasets: &[(Arc<str>, Stop)]) -> io::Result<()> {
    for (name, stop) in datasets {
        let why = match stop {
            Stop::Unsupported(found) | Stop::Fault(found) => &found.message,
            Stop::Data(why) | Stop::Budget(why) | Stop::Defect(why) => why,
            Stop::Cancelled => "interrupted",
        };
        writeln!(
            io::stderr(),
            "note: which events belong to {name} can't be told: {why}"
        )?;
    }
    Ok(())
}

/// The rules that give each field, by kind of event.
type Rules = Vec<BTreeMap<Arc<str>, Vec<Given>>>;

fn rules(found: &Found, session: &Session) -> Rules {
    let names: Vec<Arc<str>> = found.table.names().cloned().collect();
    let kinds = found.kinds.iter();
    kinds.map(|kind| kind.rules(&names, session)).collect()
}

/// The events with all that is shown of them.
struct List<'a> {
    found: &'a Found,
    session: &'a Session,
    files: Vec<String>,
    rules: Option<Rules>,
}

impl List<'_> {
    fn values(&self, row: usize, field: &str) -> Vec<String> {
        let values = self.found.table.value(row, field).each().iter();
        values.map(|value| value.to_text().to_string()).collect()
    }

    fn kind(&self, row: usize) -> &EventKind {
        &self.found.kinds[self.found.places[row].kind]
    }

    fn stands(&self, row: usize) -> (&str, u64) {
        let place = &self.found.places[row];
        (&self.files[place.part], place.line)
    }

    /// The fields that the event has.
    fn fields(&self, row: usize) -> impl Iterator<Item = (&str, &Value)> {
        let all = self.found.table.row(row);
        all.filter(|(name, value)| !value.is_null() && !APART.contains(name))
    }

    fn object(&self, row: usize) -> Json {
        let table = &self.found.table;
        let (file, line) = self.stands(row);
        let fields = self.fields(row);
        let fields: Map<String, Json> = fields
            .map(|(name, value)| (name.to_owned(), output::json_value(value)))
            .collect();
        let mut object = json!({
            "file": file,
            "line": line,
            "_time": output::json_value(table.value(row, "_time")),
            "_raw": output::json_value(table.value(row, "_raw")),
            "fields": fields,
            "eventtypes": self.values(row, "eventtype"),
            "tags": self.values(row, "tag"),
            "datasets": self.found.places[row].datasets,
        });
        if let Some(rules) = &self.rules {
            object["why"] = self.why(row, &rules[self.found.places[row].kind]);
        }
        object
    }

    fn why(&self, row: usize, rules: &BTreeMap<Arc<str>, Vec<Given>>) -> Json {
        let reasons =
            |given: &[Given]| -> Json { given.iter().map(|one| self.reason(one)).collect() };
        let kind = self.kind(row);
        let settings: Map<String, Json> = kind
            .index_settings()
            .map(|(key, setting)| {
                let place = place(setting.at, &self.session.sources);
                let reason = json!({
                    "value": setting.value, "stanza": setting.stanza, "app": setting.app,
                    "file": place.file, "line": place.line,
                });
                (key.to_string(), reason)
            })
            .collect();
        let fields: Map<String, Json> = self
            .fields(row)
            .filter_map(|(name, _)| Some((name.to_owned(), reasons(rules.get(name)?))))
            .collect();
        let types: Map<String, Json> = self
            .values(row, "eventtype")
            .into_iter()
            .filter_map(|name| {
                let given = of_eventtype(&name, self.session)?;
                Some((name, self.reason(&given)))
            })
            .collect();
        let tags: Map<String, Json> = self
            .values(row, "tag")
            .into_iter()
            .map(|tag| {
                let given = of_tag(&tag, &self.found.table, row, self.session);
                (tag, reasons(&given))
            })
            .collect();
        json!({
            "stanzas": kind.props.stanzas,
            "settings": settings,
            "fields": fields,
            "eventtypes": types,
            "tags": tags,
        })
    }

    fn reason(&self, given: &Given) -> Json {
        let place = given.at.map(|at| place(at, &self.session.sources));
        json!({
            "rule": given.rule,
            "app": given.app,
            "file": place.as_ref().map(|place| &place.file),
            "line": place.as_ref().map(|place| place.line),
            "inferred": given.inferred,
        })
    }

    /// A row of the table.
    fn line(&self, row: usize) -> Vec<(&'static str, Value)> {
        let (file, line) = self.stands(row);
        let start = match self.files.len() {
            1 => line.to_string(),
            _ => format!("{file}:{line}"),
        };
        let meta = &self.kind(row).meta;
        let join = |values: Vec<String>| Value::text(values.join(" "));
        let datasets = self.found.places[row].datasets.iter();
        vec![
            ("line", Value::text(start)),
            ("time", Value::text(self.time(row))),
            ("source", Value::text(meta.source.clone())),
            ("sourcetype", Value::text(meta.sourcetype.clone())),
            ("eventtypes", join(self.values(row, "eventtype"))),
            ("tags", join(self.values(row, "tag"))),
            (
                "datasets",
                join(datasets.map(ToString::to_string).collect()),
            ),
        ]
    }

    fn time(&self, row: usize) -> String {
        let seconds = self.found.table.value(row, "_time").as_number();
        seconds.and_then(time::iso).unwrap_or_default()
    }

    /// All of an event, for people.
    fn block(&self, row: usize, out: &mut dyn Write) -> io::Result<()> {
        let (file, line) = self.stands(row);
        let kind = self.kind(row);
        let meta = &kind.meta;
        writeln!(out, "{file}:{line}  {}", self.time(row))?;
        writeln!(
            out,
            "  source {}, sourcetype {}, host {}, index {}",
            meta.source, meta.sourcetype, meta.host, meta.index
        )?;
        for (key, setting) in kind.index_settings() {
            let shown = output::visible(&format!("{key} = {}", setting.value));
            writeln!(
                out,
                "  {shown}    [{}] of {} ({})",
                setting.stanza,
                setting.app,
                self.at(setting.at)
            )?;
        }
        for name in self.values(row, "eventtype") {
            let given = of_eventtype(&name, self.session);
            writeln!(out, "  eventtype {name}    {}", self.all(given.as_slice()))?;
        }
        for tag in self.values(row, "tag") {
            let given = of_tag(&tag, &self.found.table, row, self.session);
            writeln!(out, "  tag {tag}    {}", self.all(&given))?;
        }
        for name in &self.found.places[row].datasets {
            writeln!(out, "  dataset {name}")?;
        }
        let rules = self
            .rules
            .as_ref()
            .map(|rules| &rules[self.found.places[row].kind]);
        for (name, value) in self.fields(row) {
            let given = rules.and_then(|rules| rules.get(name));
            let shown = output::visible(&format!("{name} = {}", value.to_text()));
            writeln!(
                out,
                "  {shown}    {}",
                self.all(given.map_or(&[], Vec::as_slice))
            )?;
        }
        writeln!(out)
    }

    fn all(&self, given: &[Given]) -> String {
        let each = given
            .iter()
            .map(|one| super::explain::rule(one, self.session));
        each.collect::<Vec<_>>().join("; ")
    }

    fn at(&self, span: dryfire_diagnostic::Span) -> String {
        dryfire_runner::where_is(span, self.session)
    }
}
