//! `metadata` and `eventcount`: what the indexes hold.
//!
//! Search Reference, "metadata": for each host, source or source type the first and last times and how many events. A
//! time range only leaves out whole buckets there; here it leaves out nothing.
//! "eventcount": how many events there are, whatever the time range; of each index with `summarize=false`.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::FieldSet;
use dryfire_spl::ast::{Aggregate, Argument, Command, Search, SearchKind, Word};

use super::source::{all, on};
use super::{EventSource, Planned, Rest, Scope, Source};
use crate::column::Column;
use crate::commands::aggregation::AggregateSpec;
use crate::commands::doc::{Doc, Example, Given};
use crate::commands::stats::{ByKey, StatsOp, StatsSpec};
use crate::env::Cx;
use crate::stage::MapOp;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const RECENT: &str =
    "metadata gives the last event's time as `recentTime`: when events were indexed is not known";
const DEFAULT: &str =
    "eventcount without `index=` counts all events; Splunk counts those of the default index";
const EVENT: Given = Given::Events("test", "test", "2023-11-14T10:00:00Z hello");

/// Documentation of `metadata`.
pub(super) const METADATA: Doc = Doc::new(&[Example::given(
    EVENT,
    "| metadata type=sourcetypes | table sourcetype totalCount",
    r#"[{"sourcetype":"test","totalCount":"1"}]"#,
)])
.uncertain(&[RECENT]);

/// Documentation of `eventcount`.
pub(super) const EVENTCOUNT: Doc =
    Doc::new(&[Example::given(EVENT, "| eventcount", r#"[{"count":"1"}]"#)]).uncertain(&[DEFAULT]);

/// The stages of `metadata`.
pub(super) fn metadata(command: &Command) -> Result<Planned, Vec<Diagnostic>> {
    let kind = command
        .option("type")
        .map(|word| word.text.to_ascii_lowercase());
    let field = match kind.as_deref() {
        Some("hosts") => "host",
        Some("sources") => "source",
        Some("sourcetypes") => "sourcetype",
        _ => {
            let message = "`metadata` needs `type=hosts`, `type=sources` or `type=sourcetypes`";
            return Err(vec![
                Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(command.name_at.0, ""),
            ]);
        }
    };
    refuse(command, "datatype", |value| value == "event")?;
    let mut planned = counted(
        command,
        &[
            ("count", None, "totalCount"),
            ("min", Some("_time"), "firstTime"),
            ("max", Some("_time"), "lastTime"),
        ],
        Some(field),
    )?;
    planned.rest.push(Rest::Map(Arc::new(Metadata {
        field,
        kind: kind.unwrap_or_default().into(),
    })));
    Ok(planned)
}

/// The stages of `eventcount`.
pub(super) fn eventcount(command: &Command) -> Result<Planned, Vec<Diagnostic>> {
    refuse(command, "report_size", |value| {
        matches!(value, "f" | "false" | "0" | "no")
    })?;
    let summarize = command.option("summarize").is_none() || on(command, "summarize");
    let mut planned = counted(
        command,
        &[("count", None, "count")],
        Some("index").filter(|_| !summarize),
    )?;
    if !summarize {
        planned.rest.push(Rest::Map(Arc::new(PerIndex)));
    }
    if command.option("index").is_none() {
        planned.notes.push(
            Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, DEFAULT).at(command.name_at.0, ""),
        );
    }
    Ok(planned)
}

/// Refuses an option unless its value, in lower case, changes nothing.
fn refuse(
    command: &Command,
    name: &str,
    harmless: impl Fn(&str) -> bool,
) -> Result<(), Vec<Diagnostic>> {
    match command.option(name) {
        Some(word) if !harmless(&word.text.to_ascii_lowercase()) => {
            let message = format!("the engine does not follow `{name}` of `{}`", command.name);
            Err(vec![
                Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message).at(word.at.0, ""),
            ])
        }
        _ => Ok(()),
    }
}

/// The events of the indexes that the command names, aggregated; the time range of the search does not bound them.
fn counted(
    command: &Command,
    aggregates: &[(&str, Option<&str>, &str)],
    by: Option<&str>,
) -> Result<Planned, Vec<Diagnostic>> {
    let word = |text: &str| Word {
        text: text.to_owned(),
        quoted: false,
        at: command.at,
    };
    let specs: Result<Vec<_>, _> = aggregates
        .iter()
        .map(|(function, field, name)| {
            AggregateSpec::new(&Aggregate {
                function: (*function).to_owned(),
                function_at: command.name_at,
                argument: field.map_or(Argument::None, |field| Argument::Field(word(field))),
                name: Some(word(name)),
                text: String::new(),
                at: command.at,
            })
        })
        .collect();
    let indexes: Vec<Word> = command
        .options
        .iter()
        .filter(|option| option.name == "index")
        .map(|option| option.value.clone())
        .collect();
    let filter = match indexes.is_empty() {
        true => all(command.at),
        false => Search {
            kind: SearchKind::In {
                field: word("index"),
                values: indexes,
            },
            at: command.at,
        },
    };
    let fields = aggregates.iter().filter_map(|(_, field, _)| *field);
    let mut planned = Planned::of(Source::Events(EventSource {
        filter,
        scope: Scope::Own,
        needs: FieldSet::of(fields.chain(by)),
        windowed: false,
    }));
    planned.reduce = Some(Arc::new(StatsOp::new(StatsSpec {
        aggregates: specs?,
        by: by
            .map(|field| ByKey {
                field: field.into(),
                span: None,
            })
            .into_iter()
            .collect(),
        fillnull_value: None,
        dedup_split_values: false,
    })));
    Ok(planned)
}

/// The columns of `metadata` in their order.
struct Metadata {
    field: &'static str,
    kind: Arc<str>,
}

impl MapOp for Metadata {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        if !table.is_empty() {
            cx.uncertain(RECENT);
        }
        let seconds = |value: &Value| {
            value
                .as_number()
                .map_or(Value::Null, |time| Value::number(time.floor()))
        };
        for name in ["firstTime", "lastTime"] {
            let times = table.column_or_null(name).map(seconds);
            table.set(name, times);
        }
        table.set("recentTime", table.column_or_null("lastTime"));
        table.set(
            "type",
            Column::Const(Value::Text(self.kind.clone()), table.len()),
        );
        let names = [
            "firstTime",
            self.field,
            "lastTime",
            "recentTime",
            "totalCount",
            "type",
        ];
        Ok(table.project(&names.map(Arc::from)))
    }
}

/// The columns of `eventcount summarize=false` in their order.
struct PerIndex;

impl MapOp for PerIndex {
    fn apply(&self, mut table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        table.set("server", Column::Const(Value::from("local"), table.len()));
        Ok(table.project(&["count", "index", "server"].map(Arc::from)))
    }
}
