//! What is valid SPL but hardly meant: wildcards where they are none, `AS` and stars in `by`, a count that is none.

use dryfire_diagnostic::{Diagnostic, Span, codes::meaning};
use dryfire_spl::ast::{Argument, Binary, Body, Command, Compare, Expr, ExprKind, Pipeline};

/// Warns of likely slips in a search and its subsearches.
pub(crate) fn of(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for command in &pipeline.commands {
        in_command(command, found);
    }
}

fn in_command(command: &Command, found: &mut Vec<Diagnostic>) {
    let mut warn = |span: Span, message: String, label: &str, help: &str| {
        found.push(
            Diagnostic::warning(&meaning::LIKELY_SLIP, message)
                .at(span, label)
                .help(help),
        );
    };
    match &command.body {
        Body::Condition(condition) => {
            if let (ExprKind::Field(name), "head") = (&condition.kind, command.name.as_str()) {
                warn(
                    condition.at.0,
                    format!("`head` takes `{name}` for a condition, which no row satisfies"),
                    "no count",
                    "write a whole number, or a condition such as `(n<5)`",
                );
            }
            expression(condition, &mut warn);
        }
        Body::Assignments(assignments) => assignments
            .iter()
            .for_each(|assignment| expression(&assignment.value, &mut warn)),
        Body::Stats(stats) => {
            for aggregate in &stats.aggregates {
                if let Argument::Eval(inner) = &aggregate.argument {
                    expression(inner, &mut warn);
                }
            }
            for by in &stats.by {
                let name = &by.field;
                if name.quoted {
                    continue;
                }
                if name.text.eq_ignore_ascii_case("as") {
                    warn(
                        name.at.0,
                        "`AS` is taken for a field to group by".to_owned(),
                        "renames nothing here",
                        "rename the group afterwards: `| rename field AS name`",
                    );
                } else if name.text.contains('*') {
                    warn(
                        name.at.0,
                        format!("`{}` after `by` is the name of one field", name.text),
                        "no wildcard here",
                        "list the fields to group by",
                    );
                }
            }
        }
        _ => {}
    }
}

type Warn<'a> = dyn FnMut(Span, String, &str, &str) + 'a;

/// `field="a*"`: in expressions the star is a star.
fn expression(expr: &Expr, warn: &mut Warn<'_>) {
    match &expr.kind {
        ExprKind::Binary(op, a, b) => {
            let is_equality = matches!(op, Binary::Compare(Compare::Eq | Compare::Ne));
            for (side, other) in [(a, b), (b, a)] {
                if let (true, ExprKind::Text(text), ExprKind::Field(name)) =
                    (is_equality, &side.kind, &other.kind)
                    && text.contains('*')
                {
                    let like = text.replace('*', "%");
                    warn(
                        side.at.0,
                        format!("`{text}` is compared as it stands: expressions have no wildcards"),
                        "a plain `*`",
                        &format!("write `like({name}, \"{like}\")`, or use `search`"),
                    );
                }
            }
            expression(a, warn);
            expression(b, warn);
        }
        ExprKind::Unary(_, inner) => expression(inner, warn),
        ExprKind::Call { arguments, .. } => {
            arguments.iter().for_each(|inner| expression(inner, warn));
        }
        _ => {}
    }
}
