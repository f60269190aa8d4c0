//! The reference as Markdown: a page for each entry, an index with the support matrix, and all open points.

use std::fmt::Write as _;

use super::{Entry, Gives, Kind, OpenPoint, Shown, Support, entries, grid, open_points};
use crate::commands::doc::Given;

/// Every page: its path below the reference's folder, and its text.
pub fn pages() -> Vec<(String, String)> {
    let entries = entries();
    let mut pages = vec![
        ("README.md".to_owned(), index(&entries)),
        ("uncertain.md".to_owned(), uncertain()),
    ];
    pages.extend(entries.iter().map(|entry| (path(entry), page(entry))));
    pages
}

fn path(entry: &Entry) -> String {
    format!("{}s/{}.md", entry.kind.word(), entry.name)
}

/// The page of an entry.
pub fn page(entry: &Entry) -> String {
    let mut text = format!("# {}\n\n{}", entry.name, entry.summary);
    let _ = write!(
        text,
        "\n\n*{} · {} · {}*\n\n```spl\n{}\n```\n",
        capital(entry.kind.word()),
        entry.group,
        entry.support.word(),
        entry.syntax
    );
    if !entry.aliases.is_empty() {
        let _ = writeln!(text, "\nAlso written {}.", names(entry.aliases));
    }
    if !entry.options.is_empty() {
        text.push_str("\n## Options\n\n| option | takes | what it does |\n|---|---|---|\n");
        for option in &entry.options {
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                names(&option.names),
                cell(&option.takes),
                cell(option.summary)
            );
        }
    }
    let _ = writeln!(text, "\n## How far it follows Splunk\n\n{}", follows(entry));
    for rule in &entry.uncertain {
        let _ = writeln!(text, "- open: {rule}");
    }
    for difference in entry.differences {
        let _ = writeln!(text, "- differs: {difference}");
    }
    if !entry.examples.is_empty() {
        text.push_str("\n## Examples\n");
        entry
            .examples
            .iter()
            .for_each(|shown| example(shown, &mut text));
    }
    text
}

/// In a sentence or two.
fn follows(entry: &Entry) -> String {
    if entry.support != Support::Supported {
        return entry.support.meaning().to_owned();
    }
    let mut text = "It runs as Splunk's manual describes it".to_owned();
    match (entry.uncertain.is_empty(), entry.differences.is_empty()) {
        (true, true) => text.push_str("; no difference is known."),
        (false, true) => text.push_str(
            ". Some points are open: where one of them decides, a pass carries it as an assumption.\n",
        ),
        (true, false) => text.push_str(", with known differences.\n"),
        (false, false) => text.push_str(
            ", with known differences. Some points are open: where one of them decides, a pass carries it as an assumption.\n",
        ),
    }
    text
}

fn example(shown: &Shown, text: &mut String) {
    match shown.given {
        Given::Nothing => {}
        Given::Rows(rows) => {
            text.push_str("\nOver these rows:\n\n");
            table(rows, text);
        }
        Given::Lookup(rows, name, csv) => {
            let _ = write!(text, "\nWith the lookup `{name}`:\n\n```csv\n{csv}```\n");
            if rows != "[]" {
                text.push_str("\nand over these rows:\n\n");
                table(rows, text);
            }
        }
        Given::Tags(rows, conf) => {
            let _ = write!(
                text,
                "\nWith `tags.conf`:\n\n```ini\n{conf}```\n\nover these rows:\n\n"
            );
            table(rows, text);
        }
        Given::Saved(name, search) => {
            let _ = write!(
                text,
                "\nWith the saved search `{name}`:\n\n```spl\n{search}\n```\n"
            );
        }
        Given::Events(sourcetype, _, raw) => {
            let _ = write!(
                text,
                "\nOver this event of the sourcetype `{sourcetype}`:\n\n```text\n{raw}\n```\n"
            );
        }
    }
    let _ = write!(text, "\n```spl\n{}\n```\n\n", shown.spl);
    match shown.result {
        Gives::Rows("[]") => text.push_str("gives no rows.\n"),
        Gives::Rows(rows) => {
            text.push_str("gives\n\n");
            table(rows, text);
        }
        Gives::Value("") => text.push_str("is null or empty.\n"),
        Gives::Value(value) => {
            let values: Vec<String> = value.split('\n').map(code).collect();
            let _ = writeln!(text, "is {}.", values.join(", "));
        }
    }
}

fn table(rows: &str, text: &mut String) {
    for (place, row) in grid(rows).iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if place == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
        }
    }
}

/// Text that can stand in a cell.
fn cell(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('|', r"\|");
    text.replace('<', "&lt;").replace('\n', "<br>")
}

/// Text as code, whatever it holds.
fn code(text: &str) -> String {
    match text {
        "" => "an empty text".to_owned(),
        text if text.contains('`') => format!("`` {text} ``"),
        text => format!("`{text}`"),
    }
}

fn names(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// Written at the head of the index.
const HEAD: &str = "# The SPL that Dryfire knows

Generated from the registries of the engine by `dryfire spl --write`; a test holds that these pages are up to date, and
another that every example gives what it says. `dryfire spl NAME` shows a page in the terminal.

";

fn index(entries: &[Entry]) -> String {
    let mut text = HEAD.to_owned();
    for support in Support::ALL {
        let _ = writeln!(text, "- **{}**: {}", support.word(), support.meaning());
    }
    text.push_str(
        "\nWhat is not certain of the rules is listed in [uncertain.md](uncertain.md).\n",
    );
    for kind in Kind::ALL {
        let of_kind: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == kind).collect();
        let supported = of_kind
            .iter()
            .filter(|entry| entry.support == Support::Supported);
        let _ = write!(
            text,
            "\n## {}\n\n{} of {} run here.\n\n| name | group | support | open points | what it does |\n|---|---|---|---|---|\n",
            kind.heading(),
            supported.count(),
            of_kind.len()
        );
        for entry in of_kind {
            let open = match entry.uncertain.len() {
                0 => String::new(),
                count => count.to_string(),
            };
            let _ = writeln!(
                text,
                "| [{}]({}) | {} | {} | {open} | {} |",
                entry.name,
                path(entry),
                entry.group,
                entry.support.word(),
                cell(&entry.summary)
            );
        }
    }
    text
}

fn uncertain() -> String {
    let (rules, scenarios) = open_points();
    let mut text = "# What is not certain

Splunk's manual leaves these points open, and no recorded output that settles them is known to us. Where one of them
decides something in a search, the result carries it as an *assumption*: `dryfire test --strict` makes a pass that
depends on it undetermined.

## Rules of the engine

| where | rule |
|---|---|
"
    .to_owned();
    for OpenPoint { place, rule, .. } in &rules {
        let _ = writeln!(text, "| {} | {} |", code(place), cell(rule));
    }
    text.push_str(
        "\n## Scenarios of the executable specifications marked uncertain\n\n| specification | scenario | why |\n|---|---|---|\n",
    );
    for OpenPoint {
        place,
        rule,
        reason,
    } in &scenarios
    {
        let _ = writeln!(
            text,
            "| [{place}](../spec/{place}) | {} | {} |",
            cell(rule),
            cell(reason.as_deref().unwrap_or_default())
        );
    }
    text
}
