//! The reference: all that the registries say of commands, functions and statistics, as entries to be shown.

mod markdown;
mod open_points;

use dryfire_spl::signature::{self, OptionKind, OptionSpec, Signature};

use crate::commands::doc::{Doc, Given};
use crate::commands::docs;
use crate::functions::{self, Certainty, FORMS, Spec};
use crate::{aggregates, eval};

pub use markdown::{page, pages};
pub use open_points::{OpenPoint, open_points};

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A command.
    Command,
    /// A function of `eval`.
    Function,
    /// A function of `stats`.
    Statistic,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 3] = [Kind::Command, Kind::Function, Kind::Statistic];

    /// `command`, `function`, `statistic`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Command => "command",
            Kind::Function => "function",
            Kind::Statistic => "statistic",
        }
    }

    /// A heading over all of a kind.
    pub fn heading(self) -> &'static str {
        match self {
            Kind::Command => "Commands",
            Kind::Function => "Functions of eval and where",
            Kind::Statistic => "Functions of stats and its relatives",
        }
    }
}

/// Whether the engine runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// It does.
    Supported,
    /// It does not: a search that needs it is undetermined.
    Undetermined,
    /// It comes with an app, so that only a Splunk that has the app can run it.
    External,
}

impl Support {
    /// All states.
    pub const ALL: [Support; 3] = [Support::Supported, Support::Undetermined, Support::External];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Support::Supported => "supported",
            Support::Undetermined => "undetermined here",
            Support::External => "external",
        }
    }

    /// What that means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Support::Supported => "The engine runs it.",
            Support::Undetermined => {
                "The engine knows its syntax but does not run it: a search that needs it ends as undetermined, never as a pass. Run such a case on a Splunk target."
            }
            Support::External => {
                "It comes with an app and is a program of its own: a search that needs it ends as undetermined here. Run such a case on a Splunk target that has the app."
            }
        }
    }
}

/// An option of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The name, and other spellings of it.
    pub names: Vec<&'static str>,
    /// What it takes.
    pub takes: String,
    /// What it does.
    pub summary: &'static str,
}

/// An example, ready to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// What it works on.
    pub given: Given,
    /// The search or the expression.
    pub spl: &'static str,
    /// What comes out: a JSON array of rows from a search, a text from an expression.
    pub result: Gives,
}

/// What comes out of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// A JSON array of rows.
    Rows(&'static str),
    /// A value as text: several are on a line each, none is null.
    Value(&'static str),
}

/// A page of the reference.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// The group it belongs to.
    pub group: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// One sentence.
    pub summary: String,
    /// Whether the engine runs it.
    pub support: Support,
    /// Its options.
    pub options: Vec<Choice>,
    /// What Splunk's manual leaves open.
    pub uncertain: Vec<&'static str>,
    /// Where the engine is known to differ.
    pub differences: &'static [&'static str],
    /// Examples, which tests hold.
    pub examples: Vec<Shown>,
}

/// Every entry: commands, functions, statistics; each kind ascends by name.
pub fn entries() -> Vec<Entry> {
    let mut entries: Vec<Entry> = signature::ALL
        .iter()
        .map(|signature| command(signature))
        .chain(
            functions::all()
                .map(functions::Function::spec)
                .chain(FORMS.iter().copied())
                .map(|spec| function(spec, Kind::Function)),
        )
        .chain(aggregates::all().map(|aggregate| function(aggregate.spec(), Kind::Statistic)))
        .collect();
    entries.sort_by_key(|entry| (entry.kind, entry.name));
    entries
}

fn command(signature: &'static Signature) -> Entry {
    let doc = docs().find(|(name, _)| *name == signature.name);
    let support = match (&doc, signature.external) {
        (Some(_), _) => Support::Supported,
        (None, true) => Support::External,
        (None, false) => Support::Undetermined,
    };
    let doc = doc.map_or(&Doc::NONE, |(_, doc)| doc);
    Entry {
        kind: Kind::Command,
        name: signature.name,
        aliases: signature.aliases,
        group: signature::group(signature),
        syntax: signature.syntax,
        summary: sentence(signature.summary),
        support,
        options: signature.options.iter().map(choice).collect(),
        uncertain: doc.uncertain.to_vec(),
        differences: doc.differences,
        examples: doc
            .examples
            .iter()
            .map(|example| Shown {
                given: example.given,
                spl: example.spl,
                result: Gives::Rows(example.result),
            })
            .collect(),
    }
}

fn function(spec: &'static Spec, kind: Kind) -> Entry {
    let given = match kind {
        Kind::Statistic => Given::Rows(aggregates::SAMPLE),
        _ => Given::Nothing,
    };
    Entry {
        kind,
        name: spec.name,
        aliases: &[],
        group: spec.group,
        syntax: spec.syntax,
        summary: spec.summary.to_owned(),
        support: Support::Supported,
        options: Vec::new(),
        uncertain: match spec.certainty {
            Certainty::Documented => Vec::new(),
            Certainty::Uncertain(point) => vec![point],
        },
        differences: &[],
        examples: spec
            .examples
            .iter()
            .map(|example| Shown {
                given,
                spl: example.expression,
                result: Gives::Value(example.result),
            })
            .collect(),
    }
}

fn choice(option: &OptionSpec) -> Choice {
    Choice {
        names: [option.name]
            .into_iter()
            .chain(option.aliases.iter().copied())
            .collect(),
        takes: match option.kind {
            OptionKind::Bool => "true or false".to_owned(),
            OptionKind::Int => "a whole number".to_owned(),
            OptionKind::Number => "a number".to_owned(),
            OptionKind::Text => "text".to_owned(),
            OptionKind::Field => "a field".to_owned(),
            OptionKind::Span => "a span, such as 5m".to_owned(),
            OptionKind::OneOf(words) => words.join(", "),
        },
        summary: option.summary,
    }
}

/// A signature's summary as a sentence.
fn sentence(summary: &str) -> String {
    let mut letters = summary.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// The entries of that name, in any letter case; of a name that several kinds have, all.
pub fn find(name: &str) -> Vec<Entry> {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    let statistic = aggregates::find(&name.to_ascii_lowercase()).map(|found| found.spec().name);
    entries()
        .into_iter()
        .filter(|entry| {
            is(entry.name)
                || entry.aliases.iter().any(|alias| is(alias))
                || entry.kind == Kind::Statistic && statistic == Some(entry.name)
        })
        .collect()
}

/// Every name that [`find`] knows, for suggestions.
pub fn names() -> Vec<&'static str> {
    entries()
        .iter()
        .flat_map(|entry| {
            [entry.name]
                .into_iter()
                .chain(entry.aliases.iter().copied())
        })
        .collect()
}

/// The rows of an example as a table: a header, then a line of cells for each row.
pub fn grid(rows: &str) -> Vec<Vec<String>> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(rows).unwrap_or_default();
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(serde_json::Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let cell = |value: Option<&serde_json::Value>| match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(value) => texts(value).join("\n"),
    };
    let header = names.iter().map(|name| (*name).clone()).collect();
    let lines = rows
        .iter()
        .map(|row| names.iter().map(|name| cell(row.get(*name))).collect());
    [header].into_iter().chain(lines).collect()
}

fn texts(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Array(values) => values.iter().flat_map(texts).collect(),
        serde_json::Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// Rules of expressions and searches that belong to no single command or function.
fn general() -> impl Iterator<Item = (&'static str, &'static str)> {
    let expressions = eval::OPEN_POINTS
        .iter()
        .map(|point| ("expressions", *point));
    let searches = crate::open::OPEN_POINTS
        .iter()
        .map(|point| ("search expressions", *point));
    expressions.chain(searches)
}
