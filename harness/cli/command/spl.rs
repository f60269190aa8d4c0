//! `dryfire spl`: the reference of commands, functions and statistics, and what the engine supports of them.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table as Grid};
use dryfire_diagnostic::nearest;
use dryfire_engine::commands::doc::Given;
use dryfire_engine::reference::{
    Choice, Entry, Gives, Kind, Shown, Support, entries, find, grid, names, page, pages,
};
use dryfire_event::ExitCode;
use serde_json::{Value as Json, json};

use super::Failure;
use crate::args::{ReferenceFormat, Spl};

pub(crate) fn run(args: &Spl) -> Result<ExitCode, Failure> {
    if let Some(folder) = &args.write {
        write_pages(folder)?;
        return Ok(ExitCode::Passed);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let found = match &args.name {
        None if args.format == ReferenceFormat::Text => {
            matrix(&mut out)?;
            out.flush()?;
            return Ok(ExitCode::Passed);
        }
        None => entries(),
        Some(name) => {
            let found = find(name);
            if found.is_empty() {
                return Err(unknown(name));
            }
            found
        }
    };
    match args.format {
        ReferenceFormat::Json => {
            for entry in &found {
                writeln!(out, "{}", as_json(entry))?;
            }
        }
        ReferenceFormat::Markdown => {
            let texts: Vec<String> = found.iter().map(page).collect();
            write!(out, "{}", texts.join("\n"))?;
        }
        ReferenceFormat::Text => {
            for (place, entry) in found.iter().enumerate() {
                if place > 0 {
                    writeln!(out)?;
                }
                text(entry, &mut out)?;
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::Passed)
}

fn unknown(name: &str) -> Failure {
    let names = names();
    let similar = nearest(name, names.iter().copied());
    let help = match similar {
        Some(similar) => format!("did you mean `{similar}`? "),
        None => String::new(),
    };
    Failure::new(
        ExitCode::Content,
        format!(
            "error: there is no command or function `{name}`\nhelp: {help}`dryfire spl` lists them all"
        ),
    )
}

fn write_pages(folder: &Path) -> Result<(), Failure> {
    for (path, text) in pages() {
        let file = folder.join(path);
        let written = file
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&file, text));
        written.map_err(|error| {
            let text = format!("error: can't write {}: {error}", file.display());
            Failure::new(ExitCode::Content, text)
        })?;
    }
    Ok(())
}

/// All names by kind and group, in a column for each state of support.
fn matrix(out: &mut dyn Write) -> io::Result<()> {
    let entries = entries();
    for kind in Kind::ALL {
        let of_kind: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == kind).collect();
        let count = |support| {
            let is = |entry: &&&Entry| entry.support == support;
            of_kind.iter().filter(is).count()
        };
        let states: Vec<Support> = Support::ALL
            .into_iter()
            .filter(|support| count(*support) > 0)
            .collect();
        writeln!(
            out,
            "{}: {} of {} run here\n",
            kind.heading(),
            count(Support::Supported),
            of_kind.len()
        )?;
        let mut groups: Vec<&str> = of_kind.iter().map(|entry| entry.group).collect();
        groups.sort_unstable();
        groups.dedup();
        let mut grid = columns();
        grid.set_header(
            ["group"]
                .into_iter()
                .chain(states.iter().map(|support| support.word())),
        );
        for group in groups {
            let cells = states.iter().map(|support| {
                let names: Vec<&str> = of_kind
                    .iter()
                    .filter(|entry| entry.group == group && entry.support == *support)
                    .map(|entry| entry.name)
                    .collect();
                names.join(" ")
            });
            grid.add_row([group.to_owned()].into_iter().chain(cells));
        }
        lines(&grid, "", out)?;
        writeln!(out)?;
    }
    writeln!(
        out,
        "`dryfire spl NAME` shows the page of a command or function."
    )
}

/// A table without lines. Its width is the shell's, where that says one.
fn columns() -> Grid {
    let width = std::env::var("COLUMNS")
        .ok()
        .and_then(|width| width.parse().ok());
    let mut grid = Grid::new();
    grid.load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.unwrap_or(110));
    grid
}

fn lines(grid: &Grid, before: &str, out: &mut dyn Write) -> io::Result<()> {
    for line in grid.lines() {
        writeln!(out, "{before}{}", line.trim_end())?;
    }
    Ok(())
}

fn text(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} ({}, {}): {}",
        entry.name,
        entry.kind.word(),
        entry.group,
        entry.support.word()
    )?;
    writeln!(out, "{}\n\n  {}", entry.summary, entry.syntax)?;
    if !entry.aliases.is_empty() {
        writeln!(out, "  also written: {}", entry.aliases.join(", "))?;
    }
    if !entry.options.is_empty() {
        writeln!(out, "\nOptions")?;
        let mut grid = columns();
        for option in &entry.options {
            grid.add_row([
                option.names.join(", "),
                option.takes.clone(),
                option.summary.to_owned(),
            ]);
        }
        lines(&grid, " ", out)?;
    }
    if entry.support != Support::Supported {
        writeln!(out, "\n{}", entry.support.meaning())?;
    }
    if !entry.uncertain.is_empty() {
        writeln!(
            out,
            "\nOpen in Splunk's manual (a pass that depends on it carries an assumption)"
        )?;
        for rule in &entry.uncertain {
            writeln!(out, "  - {rule}")?;
        }
    }
    if !entry.differences.is_empty() {
        writeln!(out, "\nKnown differences from Splunk")?;
        for difference in entry.differences {
            writeln!(out, "  - {difference}")?;
        }
    }
    for (place, shown) in entry.examples.iter().enumerate() {
        if place == 0 {
            writeln!(out, "\nExamples")?;
        } else {
            writeln!(out)?;
        }
        example(shown, out)?;
    }
    Ok(())
}

fn example(shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    match shown.given {
        Given::Nothing => {}
        Given::Rows(rows) => table(rows, out)?,
        Given::Lookup(rows, name, csv) => {
            writeln!(out, "  lookup {name}:")?;
            csv.lines()
                .try_for_each(|line| writeln!(out, "    {line}"))?;
            if rows != "[]" {
                table(rows, out)?;
            }
        }
        Given::Tags(rows, conf) => {
            writeln!(out, "  tags.conf:")?;
            conf.lines()
                .try_for_each(|line| writeln!(out, "    {line}"))?;
            table(rows, out)?;
        }
        Given::Saved(name, search) => writeln!(out, "  saved search {name}:\n    {search}")?,
        Given::Events(sourcetype, _, raw) => {
            writeln!(out, "  an event of the sourcetype {sourcetype}:\n    {raw}")?;
        }
    }
    match shown.result {
        Gives::Rows(rows) => {
            writeln!(out, "  {}  gives", shown.spl)?;
            table(rows, out)
        }
        Gives::Value("") => writeln!(out, "  {}  is null or empty", shown.spl),
        Gives::Value(value) => {
            writeln!(out, "  {}  is {}", shown.spl, value.replace('\n', ", "))
        }
    }
}

fn table(rows: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut all = grid(rows).into_iter();
    let mut grid = columns();
    grid.set_header(all.next().unwrap_or_default());
    if all.len() == 0 {
        return writeln!(out, "    no rows");
    }
    for row in all {
        grid.add_row(row);
    }
    lines(&grid, "   ", out)
}

fn as_json(entry: &Entry) -> Json {
    json!({
        "kind": entry.kind.word(),
        "name": entry.name,
        "aliases": entry.aliases,
        "group": entry.group,
        "support": entry.support.word(),
        "syntax": entry.syntax,
        "summary": entry.summary,
        "options": entry.options.iter().map(option_json).collect::<Vec<_>>(),
        "uncertain": entry.uncertain,
        "differences": entry.differences,
        "examples": entry.examples.iter().map(example_json).collect::<Vec<_>>(),
    })
}

fn option_json(option: &Choice) -> Json {
    json!({ "names": option.names, "takes": option.takes, "summary": option.summary })
}

fn example_json(shown: &Shown) -> Json {
    let rows = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_default();
    let given = match shown.given {
        Given::Nothing => Json::Null,
        Given::Rows(text) => json!({ "rows": rows(text) }),
        Given::Lookup(text, name, csv) => {
            json!({ "rows": rows(text), "lookup": { "name": name, "csv": csv } })
        }
        Given::Tags(text, conf) => json!({ "rows": rows(text), "tags": conf }),
        Given::Saved(name, search) => json!({ "savedSearch": { "name": name, "search": search } }),
        Given::Events(sourcetype, source, raw) => {
            json!({ "events": { "sourcetype": sourcetype, "source": source, "raw": raw } })
        }
    };
    let result = match shown.result {
        Gives::Rows(text) => rows(text),
        Gives::Value(value) => Json::from(value),
    };
    json!({ "given": given, "spl": shown.spl, "result": result })
}
