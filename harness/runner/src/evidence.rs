//! From the engine's and the content's terms to those of events.

use dryfire_content::{Case, CaseKind, Mismatch, Row};
use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, Span, full};
use dryfire_engine::{Env, Table, Trace};
use dryfire_event as event;
use jiff::Timestamp;

/// Rows that an event carries; the total is told beside them.
const SHOWN_ROWS: usize = 20;
/// Characters of a command that a trace shows.
const COMMAND_WIDTH: usize = 200;

/// A place for people.
pub fn place(span: Span, sources: &SourceMap) -> event::Place {
    let place = sources.place(span);
    event::Place {
        file: place.name.to_string(),
        line: place.line,
        column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

/// A diagnostic, resolved.
pub fn finding(diagnostic: &Diagnostic, sources: &SourceMap) -> event::Finding {
    let labels = diagnostic
        .secondary
        .iter()
        .map(|label| event::FindingLabel {
            text: label.text.clone(),
            place: place(label.span, sources),
        })
        .collect();
    event::Finding {
        code: diagnostic.code.id.to_owned(),
        severity: match diagnostic.severity {
            Severity::Error => event::Severity::Error,
            Severity::Warning => event::Severity::Warning,
            Severity::Note => event::Severity::Note,
        },
        message: diagnostic.message.clone(),
        place: diagnostic
            .primary
            .as_ref()
            .map(|label| place(label.span, sources)),
        labels,
        notes: diagnostic.notes.clone(),
        help: diagnostic.help.clone(),
        rendered: full(diagnostic, sources, false),
    }
}

/// What reports know a case by.
pub(crate) fn case_ref(case: &Case, sources: &SourceMap) -> event::CaseRef {
    event::CaseRef {
        id: case.id.to_string(),
        detection: case.detection.name.value.clone(),
        detection_id: Some(case.detection.id.value.clone()),
        test: case.test.clone(),
        kind: match case.kind {
            CaseKind::Unit => event::CaseKind::Unit,
            CaseKind::Integration => event::CaseKind::Integration,
            CaseKind::Validation => event::CaseKind::Validation,
        },
        techniques: case
            .detection
            .mitre
            .iter()
            .map(|id| id.value.clone())
            .collect(),
        place: Some(place(case.span, sources)),
    }
}

/// The first rows and how many there are.
pub(crate) fn rows(table: &Table) -> event::ResultRows {
    let first = (0..table.len().min(SHOWN_ROWS))
        .map(|row| {
            table
                .row(row)
                .map(|(name, value)| (name.to_owned(), texts(value)))
                .collect()
        })
        .collect();
    event::ResultRows {
        first,
        total: table.len() as u64,
    }
}

/// The rows as expectations see them.
pub(crate) fn content_rows(table: &Table) -> Vec<Row> {
    (0..table.len())
        .map(|row| Row {
            fields: table
                .row(row)
                .map(|(name, value)| (name.to_owned(), texts(value)))
                .collect(),
        })
        .collect()
}

/// Risk events or findings. Their text is left out: it says the same again.
pub(crate) fn events(rows: &[Row]) -> Vec<event::Row> {
    let one = |row: &Row| {
        let fields = row.fields.iter().filter(|(name, _)| *name != "_raw");
        fields
            .map(|(name, values)| (name.clone(), values.clone()))
            .collect()
    };
    rows.iter().take(SHOWN_ROWS).map(one).collect()
}

fn texts(value: &dryfire_engine::Value) -> Vec<String> {
    value
        .each()
        .iter()
        .map(|single| single.to_text().to_string())
        .collect()
}

/// The trace, resolved.
pub(crate) fn trace(trace: &Trace, sources: &SourceMap) -> event::Trace {
    let text = |span: Span| {
        let text: String = sources
            .text(span)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        match text.char_indices().nth(COMMAND_WIDTH) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    };
    event::Trace {
        steps: trace
            .steps
            .iter()
            .map(|step| event::Step {
                command: text(step.at),
                place: Some(place(step.at, sources)),
                rows: step.rows,
            })
            .collect(),
        conditions: trace
            .conditions
            .iter()
            .map(|condition| event::Condition {
                text: text(condition.at),
                place: Some(place(condition.at, sources)),
                events: condition.events,
                nearest: condition
                    .nearest
                    .iter()
                    .map(|(value, events)| event::NearestValue {
                        field: condition.field.as_deref().unwrap_or_default().to_owned(),
                        value: value.to_string(),
                        events: *events,
                    })
                    .collect(),
            })
            .collect(),
    }
}

/// The surroundings, for people.
pub(crate) fn env(env: &Env) -> event::Env {
    let time = |micros: i64| {
        Timestamp::from_microsecond(micros)
            .map(|time| time.to_string())
            .unwrap_or_default()
    };
    event::Env {
        now: time(env.now),
        earliest: env.earliest.map(time),
        latest: env.latest.map(time),
        time_zone: env.zone.iana_name().unwrap_or("UTC").to_owned(),
    }
}

/// What was expected and is not so.
pub(crate) fn mismatch(mismatch: &Mismatch, sources: &SourceMap) -> event::Mismatch {
    let notes = mismatch.notes.iter().map(String::as_str);
    let actual = std::iter::once(mismatch.actual.as_str())
        .chain(notes)
        .collect::<Vec<_>>()
        .join("; ");
    event::Mismatch {
        expected: mismatch.expected.clone(),
        actual,
        place: mismatch.span.map(|span| place(span, sources)),
        nearest: mismatch.nearest.as_ref().map(|nearest| event::NearestRow {
            number: nearest.number,
            row: nearest
                .row
                .fields
                .iter()
                .map(|(name, values)| (name.clone(), values.clone()))
                .collect(),
            differences: nearest
                .differences
                .iter()
                .map(|one| event::Difference {
                    field: one.field.clone(),
                    expected: one.expected.clone(),
                    actual: one.actual.clone(),
                })
                .collect(),
        }),
    }
}
