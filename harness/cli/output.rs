//! Rows for people and for programs: table, JSON lines, CSV, raw events.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table as Grid};
use dryfire_engine::{Table, Value};
use serde_json::{Map, Number, Value as Json};

use crate::args::Format;

/// Writes the rows.
pub(crate) fn write(table: &Table, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => grid(table, out),
        Format::Json => json(table, out),
        Format::Csv => csv(table, out),
        Format::Raw => raw(table, out),
    }
}

/// An aligned table.
pub(crate) fn grid(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    if table.is_empty() {
        return Ok(());
    }
    let mut grid = Grid::new();
    grid.load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    grid.set_header(table.names().map(|name| name.to_string()));
    for row in 0..table.len() {
        grid.add_row(
            table
                .columns()
                .map(|(_, column)| visible(&column.get(row).to_text())),
        );
    }
    for line in grid.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Attack data may hold anything: control characters are shown, not sent to the terminal.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => character.to_string(),
            control if control.is_control() => control.escape_default().to_string(),
            other => other.to_string(),
        })
        .collect()
}

fn json(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for row in 0..table.len() {
        let object: Map<String, Json> = table
            .row(row)
            .map(|(name, value)| (name.to_owned(), json_value(value)))
            .collect();
        serde_json::to_writer(&mut *out, &object)?;
        writeln!(out)?;
    }
    Ok(())
}

/// A value of a row in JSON.
pub(crate) fn json_value(value: &Value) -> Json {
    match value {
        Value::Number(number) => {
            let whole = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            let json = if whole {
                Some(Number::from(*number as i64))
            } else {
                Number::from_f64(*number)
            };
            json.map_or(Json::Null, Json::Number)
        }
        Value::Multi(values) => Json::Array(values.iter().map(json_value).collect()),
        Value::Null => Json::Null,
        other => Json::String(other.to_text().to_string()),
    }
}

fn csv(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer
        .write_record(table.names().map(|name| name.as_bytes()))
        .map_err(plain)?;
    for row in 0..table.len() {
        writer
            .write_record(
                table
                    .columns()
                    .map(|(_, column)| column.get(row).to_text().to_string()),
            )
            .map_err(plain)?;
    }
    writer.flush()
}

/// The error that the writer below had: a reader that went away must be told from a full disk.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn raw(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for row in 0..table.len() {
        let text = table.value(row, "_raw");
        writeln!(out, "{}", text.to_text())?;
    }
    Ok(())
}
