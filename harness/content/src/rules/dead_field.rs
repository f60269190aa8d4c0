//! No command depends on a field that an earlier one has dropped.

use dryfire_diagnostic::{Severity, Span, codes::content, nearest};
use dryfire_plan::FieldSet;
use dryfire_spl::ast::{Binary, Body, Command, Expr, ExprKind, Search, SearchKind};

use super::{Context, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: &content::DEAD_FIELD,
    name: "dead-field",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let Some(search) = context.search else { return };
    for (index, command) in search.pipeline.commands.iter().enumerate().skip(1) {
        let there = search.produced.before(index);
        let Some((name, at, why)) = dead(command, there) else {
            continue;
        };
        let before = search.produced.steps().get(index - 1);
        let mut finding = RULE
            .finding(format!(
                "`{}` asks for the field `{name}`, which no row has at that point",
                command.name
            ))
            .at(at, why)
            .opt_help(nearest(&name, there.names()).map(|near| format!("did you mean `{near}`?")));
        // The command that dropped it.
        let dropped = (0..index)
            .rev()
            .find(|step| search.produced.before(*step).contains(&name));
        if let Some(step) = dropped
            .and_then(|step| search.produced.steps().get(step))
            .or(before)
        {
            finding = finding.also_at(step.at, format!("rows after this do not have `{name}`"));
        }
        out.push(finding);
    }
}

/// A field whose absence drops all rows.
fn dead(command: &Command, there: &FieldSet) -> Option<(String, Span, &'static str)> {
    let absent = |name: &str| !name.contains('*') && !there.contains(name);
    match (&command.body, command.name.as_str()) {
        (Body::Search(search), _) => {
            condition(search, &absent).map(|(name, at)| (name, at, "never holds"))
        }
        (Body::Condition(expr), "where") => {
            expression(expr, &absent).map(|(name, at)| (name, at, "never holds"))
        }
        (Body::Stats(stats), "stats") => {
            let by = stats.by.iter().find(|by| absent(&by.field.text))?;
            Some((
                by.field.text.clone(),
                by.field.at.0,
                "rows without it are dropped",
            ))
        }
        (Body::Fields(fields), "dedup") if command.option("keepempty").is_none() => {
            let name = fields.names.iter().find(|name| absent(&name.text))?;
            Some((name.text.clone(), name.at.0, "rows without it are dropped"))
        }
        _ => None,
    }
}

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
