//! Search expressions as text.

use crate::ast::{Search, SearchKind, TermMode, Word};
use crate::lexer::{WordRule, quote};
use crate::parser::mark_of;

/// How tight the place binds in which an expression stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Anything goes.
    Top,
    /// Beside other terms: no `AND`.
    Joined,
    /// Beside `OR`, or after `NOT`: one term.
    Alone,
}

pub(super) fn write(out: &mut String, search: &Search) {
    write_in(out, search, Place::Top);
}

fn write_in(out: &mut String, search: &Search, place: Place) {
    match &search.kind {
        SearchKind::All => out.push_str("()"),
        SearchKind::And(items) => grouped(out, place > Place::Top, |out| {
            for (index, item) in items.iter().enumerate() {
                out.push_str(match index {
                    0 => "",
                    _ if ends_with_in(out) => " AND ",
                    _ => " ",
                });
                write_in(out, item, Place::Joined);
            }
        }),
        SearchKind::Or(items) => grouped(out, place > Place::Joined, |out| {
            super::write_list(out, items, " OR ", |out, item| {
                write_in(out, item, Place::Alone)
            });
        }),
        SearchKind::Not(inner) => {
            out.push_str("NOT ");
            write_in(out, inner, Place::Alone);
        }
        SearchKind::Compare { field, op, value } => {
            write_left_side(out, field, mark_of(*op));
            write_value(out, value);
        }
        SearchKind::In { field, values } => {
            out.push_str(&term(field, WordRule::Term));
            out.push_str(" IN (");
            super::write_list(out, values, ", ", |out, value| {
                out.push_str(&term(value, WordRule::Item))
            });
            out.push(')');
        }
        SearchKind::Term {
            text,
            mode: TermMode::Plain,
        } => out.push_str(&term(text, WordRule::Term)),
        SearchKind::Term { text, mode } => {
            out.push_str(if *mode == TermMode::Case {
                "CASE("
            } else {
                "TERM("
            });
            out.push_str(&term(text, WordRule::Value));
            out.push(')');
        }
        SearchKind::Time { name, value } => {
            out.push_str(name);
            out.push('=');
            write_value(out, value);
        }
        SearchKind::Sub(pipeline) => {
            out.push('[');
            super::write_pipeline(out, pipeline, false);
            out.push(']');
        }
        SearchKind::Text(word) => out.push_str(&word.text),
    }
}

/// Whether the last word is `in`, which would start a list before a parenthesis.
fn ends_with_in(text: &str) -> bool {
    let last = text.rsplit([' ', '(']).next().unwrap_or("");
    last.eq_ignore_ascii_case("in")
}

fn grouped(out: &mut String, parentheses: bool, write: impl FnOnce(&mut String)) {
    if parentheses {
        out.push('(');
    }
    write(out);
    if parentheses {
        out.push(')');
    }
}

/// The left side of a comparison, and its operator. A `!` at the end of a name would join the operator.
pub(super) fn write_left_side(out: &mut String, field: &Word, operator: &str) {
    out.push_str(&term(field, WordRule::Term));
    if !field.quoted && field.text.ends_with('!') {
        out.push(' ');
    }
    out.push_str(operator);
}

/// The right side of a comparison. A `=` at its start would join the operator.
fn write_value(out: &mut String, value: &Word) {
    if !value.quoted && value.text.starts_with('=') {
        out.push(' ');
    }
    out.push_str(&term(value, WordRule::Value));
}

/// A word of a search expression. Bare words have escapes, too.
fn term(word: &Word, rule: WordRule) -> String {
    let mut text = String::with_capacity(word.text.len());
    for next in word.text.chars() {
        if matches!(next, '\\' | '"' | '|') {
            text.push('\\');
        }
        text.push(next);
    }
    if !word.quoted && super::is_bare(&text, rule) {
        text
    } else {
        quote(&word.text, '"')
    }
}
