//! Fields that a command asks for and no row can have any more: where they are asked for, and where they got lost.

use std::collections::BTreeSet;

use dryfire_diagnostic::{Diagnostic, Severity, Span, codes::content, nearest};
use dryfire_spl::ast::{
    Argument, Binary, Body, Command, Expr, ExprKind, Pipeline, Search, SearchKind,
};

use crate::fieldset::FieldSet;
use crate::produces::Produced;

/// A field that is asked for in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The command that asks for it.
    pub command: String,
    /// The field.
    pub name: String,
    /// Where it is asked for.
    pub at: Span,
    /// What comes of it, in a few words.
    pub why: &'static str,
    /// Whether the command lets no row through because of it.
    pub drops_all: bool,
    /// The command that dropped it; else the one that made the rows, without it.
    pub lost_at: Option<Span>,
    /// Whether rows could have it before that command.
    pub was_there: bool,
    /// A field that is there and has a similar name.
    pub similar: Option<String>,
}

impl Lost {
    /// As a finding of that severity.
    pub fn diagnostic(&self, severity: Severity) -> Diagnostic {
        let message = format!(
            "`{}` asks for the field `{}`, which no row has at that point",
            self.command, self.name
        );
        let mut finding = Diagnostic::new(&content::DEAD_FIELD, severity, message)
            .at(self.at, self.why)
            .opt_help(
                self.similar
                    .as_ref()
                    .map(|near| format!("did you mean `{near}`?")),
            );
        if let Some(at) = self.lost_at {
            let label = match self.was_there {
                true => format!("rows after this do not have `{}`", self.name),
                false => format!("rows come from here without `{}`", self.name),
            };
            finding = finding.also_at(at, label);
        }
        finding
    }
}

/// The fields that are asked for in vain, in the order of the search, each once.
pub fn lost(pipeline: &Pipeline, produced: &Produced) -> Vec<Lost> {
    let mut found: Vec<Lost> = Vec::new();
    // Names that are told, and what they were renamed to: there is no more to say of those.
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (index, command) in pipeline.commands.iter().enumerate().skip(1) {
        let there = produced.before(index);
        let at_step = |step: usize| produced.steps().get(step).map(|step| step.at);
        let dropped_by = |name: &str| {
            (1..index)
                .rev()
                .find(|step| produced.before(*step).contains(name))
        };
        for Asked {
            name,
            at,
            why,
            drops_all,
        } in asked(command, there)
        {
            // That nothing comes through is told of every command.
            if !told.insert(name.clone()) && !drops_all {
                continue;
            }
            let dropped = dropped_by(&name);
            let made = || {
                let without = |step: &usize| !produced.before(*step).contains(&name);
                (1..=index).find(without).map(|step| step - 1)
            };
            found.push(Lost {
                command: command.name.clone(),
                at,
                why,
                drops_all,
                was_there: dropped.is_some(),
                lost_at: dropped.or_else(made).and_then(at_step),
                similar: nearest(&name, there.names()).map(str::to_owned),
                name,
            });
        }
        if let Body::Renames(renames) = &command.body {
            for rename in renames {
                if told.contains(&rename.from.text)
                    && !produced.before(index + 1).contains(&rename.to.text)
                {
                    told.insert(rename.to.text.clone());
                }
            }
        }
    }
    found
}

struct Asked {
    name: String,
    at: Span,
    why: &'static str,
    drops_all: bool,
}

const NEVER_HOLDS: &str = "never holds";
const DROPPED: &str = "rows without it are dropped";
const NULL: &str = "gives nothing";
const EMPTY: &str = "an empty column";

/// What a command asks for that is not there. Of what drops all rows, the first is told.
fn asked(command: &Command, there: &FieldSet) -> Vec<Asked> {
    let absent = |name: &str| !name.contains('*') && !there.contains(name);
    let drops = |name: &str, at: Span, why: &'static str| Asked {
        name: name.to_owned(),
        at,
        why,
        drops_all: true,
    };
    let lacks = |name: &str, at: Span, why: &'static str| Asked {
        drops_all: false,
        ..drops(name, at, why)
    };
    let fatal = match (&command.body, command.name.as_str()) {
        (Body::Search(search), _) => {
            condition(search, &absent).map(|(name, at)| drops(&name, at, NEVER_HOLDS))
        }
        (Body::Condition(expr), "where") => {
            expression(expr, &absent).map(|(name, at)| drops(&name, at, NEVER_HOLDS))
        }
        (Body::Stats(stats), "stats") => stats
            .by
            .iter()
            .find(|by| absent(&by.field.text))
            .map(|by| drops(&by.field.text, by.field.at.0, DROPPED)),
        (Body::Fields(fields), "dedup") if command.option("keepempty").is_none() => fields
            .names
            .iter()
            .find(|name| absent(&name.text))
            .map(|name| drops(&name.text, name.at.0, DROPPED)),
        _ => None,
    };
    if let Some(fatal) = fatal {
        return vec![fatal];
    }
    match (&command.body, command.name.as_str()) {
        (Body::Assignments(assignments), "eval") => {
            let mut made: Vec<&str> = Vec::new();
            let mut found = Vec::new();
            for assignment in assignments {
                let is_absent = |name: &str| absent(name) && !made.contains(&name);
                if let Some((name, at)) = null(&assignment.value, &is_absent) {
                    found.push(lacks(&name, at, NULL));
                }
                match &assignment.target {
                    dryfire_spl::ast::Target::Field(name) => made.push(name),
                    // A name out of data may be any.
                    dryfire_spl::ast::Target::Dynamic(_) => return found,
                }
            }
            found
        }
        (Body::Stats(stats), _) => stats
            .aggregates
            .iter()
            .filter_map(|aggregate| match &aggregate.argument {
                Argument::Field(field) if absent(&field.text) => {
                    Some(lacks(&field.text, field.at.0, NULL))
                }
                _ => None,
            })
            .collect(),
        (Body::Renames(renames), _) => {
            let mut made: Vec<&str> = Vec::new();
            let mut found = Vec::new();
            for rename in renames {
                let from = &rename.from;
                let is_open = made.iter().any(|name| name.contains('*'));
                if !is_open && absent(&from.text) && !made.contains(&from.text.as_str()) {
                    found.push(lacks(&from.text, from.at.0, NULL));
                }
                made.push(&rename.to.text);
            }
            found
        }
        (Body::Fields(fields), "table") => fields
            .names
            .iter()
            .filter(|name| absent(&name.text))
            .map(|name| lacks(&name.text, name.at.0, EMPTY))
            .collect(),
        _ => Vec::new(),
    }
}

/// An absent field because of which an expression is null, whatever the rest is.
fn null(expr: &Expr, absent: &dyn Fn(&str) -> bool) -> Option<(String, Span)> {
    match &expr.kind {
        // `null` alone is written for null().
        ExprKind::Field(name) if name != "null" && absent(name) => Some((name.clone(), expr.at.0)),
        ExprKind::Unary(dryfire_spl::ast::Unary::Minus, inner) => null(inner, absent),
        ExprKind::Binary(
            Binary::Add | Binary::Sub | Binary::Concat | Binary::Mul | Binary::Div | Binary::Rem,
            a,
            b,
        ) => null(a, absent).or_else(|| null(b, absent)),
        ExprKind::Call {
            function,
            arguments,
            ..
        } if STRICT.contains(&function.as_str()) => {
            arguments.first().and_then(|first| null(first, absent))
        }
        _ => None,
    }
}

/// Functions that give null where their first argument is null.
const STRICT: &[&str] = &[
    "abs",
    "ceil",
    "ceiling",
    "floor",
    "len",
    "lower",
    "ltrim",
    "mvindex",
    "mvjoin",
    "replace",
    "round",
    "rtrim",
    "split",
    "strftime",
    "strptime",
    "substr",
    "tonumber",
    "tostring",
    "trim",
    "upper",
    "urldecode",
];

fn condition(search: &Search, absent: &dyn Fn(&str) -> bool) -> Option<(String, Span)> {
    match &search.kind {
        SearchKind::And(parts) => parts.iter().find_map(|part| condition(part, absent)),
        SearchKind::Or(parts) => {
            let mut dead = parts.iter().map(|part| condition(part, absent));
            let first = dead.next()??;
            dead.all(|part| part.is_some()).then_some(first)
        }
        SearchKind::Compare { field, .. } | SearchKind::In { field, .. } => {
            absent(&field.text).then(|| (field.text.clone(), field.at.0))
        }
        _ => None,
    }
}

fn expression(expr: &Expr, absent: &dyn Fn(&str) -> bool) -> Option<(String, Span)> {
    let null = |side: &Expr| match &side.kind {
        ExprKind::Field(name) => absent(name).then(|| (name.clone(), side.at.0)),
        _ => None,
    };
    match &expr.kind {
        ExprKind::Binary(Binary::And, a, b) => {
            expression(a, absent).or_else(|| expression(b, absent))
        }
        ExprKind::Binary(Binary::Or, a, b) => {
            expression(a, absent).filter(|_| expression(b, absent).is_some())
        }
        ExprKind::Binary(Binary::Compare(_) | Binary::Like, a, b) => null(a).or_else(|| null(b)),
        ExprKind::In(item, _) => null(item),
        ExprKind::Call {
            function,
            arguments,
            ..
        } if matches!(
            function.as_str(),
            "match" | "like" | "cidrmatch" | "isnotnull"
        ) =>
        {
            arguments.iter().find_map(null)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dryfire_diagnostic::{SourceMap, concise};
    use dryfire_knowledge::Knowledge;
    use dryfire_spl::parse;

    use super::*;
    use crate::{Library, produces};

    fn told(spl: &str) -> Vec<String> {
        let mut sources = SourceMap::new();
        let (library, _) = Library::new(Arc::new(Knowledge::default()), &mut sources);
        let source = sources.add("s", spl);
        let parsed = parse(source, &sources);
        assert!(parsed.diagnostics.is_empty(), "{spl}");
        let produced = produces(&parsed.pipeline, &library);
        lost(&parsed.pipeline, &produced)
            .iter()
            .map(|lost| {
                let place = lost.lost_at.map(|at| sources.text(at).to_owned());
                assert!(concise(&lost.diagnostic(Severity::Warning), &sources).contains("DF130"));
                format!(
                    "{}: {} ({}) since {}",
                    lost.command,
                    lost.name,
                    lost.why,
                    place.unwrap_or_default()
                )
            })
            .collect()
    }

    #[test]
    fn a_field_is_told_once_with_the_command_that_lost_it() {
        for (tail, expected) in [
            (
                "table a | eval c=a.b",
                &["eval: b (gives nothing) since table a"][..],
            ),
            (
                "table a | eval c=coalesce(b, a), d=if(isnull(b), 1, 2)",
                &[],
            ),
            ("table a | eval b=1, c=b+1", &[]),
            ("table a | eval b=null", &[]),
            (
                "table a | stats sum(b)",
                &["stats: b (gives nothing) since table a"],
            ),
            (
                "stats count by a | where b=1",
                &["where: b (never holds) since stats count by a"],
            ),
            ("stats count by a | where b=1 OR a=1", &[]),
            (
                "fields - b | table a b | table b",
                &["table: b (an empty column) since fields - b"],
            ),
            (
                "table a | rename b AS c | table a c",
                &["rename: b (gives nothing) since table a"],
            ),
            ("table a | rename a AS b | table b", &[]),
            ("eval c=b | table c", &[]),
        ] {
            assert_eq!(told(&format!("x | {tail}")), expected, "{tail}");
        }
    }
}
