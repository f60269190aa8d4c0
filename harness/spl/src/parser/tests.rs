//! Tests of the parser, by grammar.

mod commands;
mod errors;
mod expression;
mod limits;
mod round_trip;
mod search;

use dryfire_diagnostic::{Diagnostic, SourceMap, concise};

use super::{parse, parse_expression, parse_search};
use crate::ast::{
    Binary, Command, Expr, ExprKind, Pipeline, Search, SearchKind, TermMode, Unary, Word,
};
use crate::parser::mark_of;

/// Parses a search that has no faults.
#[track_caller]
fn parsed(text: &str) -> Pipeline {
    let mut sources = SourceMap::new();
    let source = sources.add("t", text);
    let parse = parse(source, &sources);
    assert_eq!(parse.diagnostics, [], "{text}");
    parse.pipeline
}

/// The only command of a search.
#[track_caller]
fn command(text: &str) -> Command {
    let mut pipeline = parsed(text);
    assert_eq!(pipeline.commands.len(), 1);
    pipeline.commands.remove(0)
}

/// The findings on a search, a line each.
fn findings(text: &str) -> Vec<String> {
    let mut sources = SourceMap::new();
    let source = sources.add("t", text);
    let parse = parse(source, &sources);
    parse
        .diagnostics
        .iter()
        .map(|one| concise(one, &sources))
        .collect()
}

fn search_of(text: &str) -> (Search, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let source = sources.add("t", text);
    parse_search(source, &sources)
}

fn expression_of(text: &str) -> (Expr, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let source = sources.add("t", text);
    parse_expression(source, &sources)
}

/// A word, with its quotes but without escapes.
fn word(word: &Word) -> String {
    if word.quoted {
        format!("\"{}\"", word.text)
    } else {
        word.text.clone()
    }
}

/// A search expression with every parenthesis, as a Lisp would write it. Independent of the printer.
fn lisp(search: &Search) -> String {
    let all = |name: &str, items: &[Search]| {
        format!(
            "({name} {})",
            items.iter().map(lisp).collect::<Vec<_>>().join(" ")
        )
    };
    match &search.kind {
        SearchKind::All => "all".into(),
        SearchKind::And(items) => all("and", items),
        SearchKind::Or(items) => all("or", items),
        SearchKind::Not(inner) => format!("(not {})", lisp(inner)),
        SearchKind::Compare { field, op, value } => {
            format!("{}{}{}", word(field), mark_of(*op), word(value))
        }
        SearchKind::In { field, values } => format!(
            "(in {} {})",
            word(field),
            values.iter().map(word).collect::<Vec<_>>().join(" ")
        ),
        SearchKind::Term {
            text,
            mode: TermMode::Plain,
        } => word(text),
        SearchKind::Term { text, mode } => format!("({mode:?} {})", word(text)),
        SearchKind::Time { name, value } => format!("(time {name} {})", word(value)),
        SearchKind::Sub(pipeline) => format!("(sub {})", pipeline.commands.len()),
        SearchKind::Text(text) => format!("(text {})", text.text),
    }
}

/// An `eval` expression with every parenthesis.
fn lisp_of(expression: &Expr) -> String {
    let all = |name: &str, items: &[Expr]| {
        format!(
            "({})",
            std::iter::once(name.to_owned())
                .chain(items.iter().map(lisp_of))
                .collect::<Vec<_>>()
                .join(" ")
        )
    };
    match &expression.kind {
        ExprKind::Number(_, text) => text.clone(),
        ExprKind::Text(text) => format!("\"{text}\""),
        ExprKind::Field(name) => name.clone(),
        ExprKind::Unary(op, inner) => {
            let mark = match op {
                Unary::Minus => "neg",
                Unary::Plus => "pos",
                Unary::Not => "not",
            };
            format!("({mark} {})", lisp_of(inner))
        }
        ExprKind::Binary(Binary::Compare(op), left, right) => {
            format!("({} {} {})", mark_of(*op), lisp_of(left), lisp_of(right))
        }
        ExprKind::Binary(op, left, right) => {
            format!("({op:?} {} {})", lisp_of(left), lisp_of(right))
        }
        ExprKind::In(item, list) => format!(
            "(in {} {})",
            lisp_of(item),
            list.iter().map(lisp_of).collect::<Vec<_>>().join(" ")
        ),
        ExprKind::Call {
            function,
            arguments,
            ..
        } => all(function, arguments),
        ExprKind::Error => "error".into(),
    }
}
