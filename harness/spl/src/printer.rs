//! Trees as canonical text: `parse(print(tree))` gives the tree again. Quotes and parentheses stand only where needed.

mod body;
mod expression;
mod search;

use crate::ast::{Command, Expr, Opt, Pipeline, Search, Word};
use crate::lexer::{Cursor, WordRule, quote};

/// A search as text.
pub fn print(pipeline: &Pipeline) -> String {
    let mut out = String::new();
    write_pipeline(&mut out, pipeline, true);
    out
}

/// One command as text, without a pipe.
pub fn print_command(command: &Command) -> String {
    let mut out = String::new();
    write_command(&mut out, command);
    out
}

/// A search expression as text.
pub fn print_search(search: &Search) -> String {
    let mut out = String::new();
    search::write(&mut out, search);
    out
}

/// An `eval` expression as text.
pub fn print_expression(expression: &Expr) -> String {
    let mut out = String::new();
    expression::write(&mut out, expression);
    out
}

/// A whole search starts with `search` or with a pipe.
fn write_pipeline(out: &mut String, pipeline: &Pipeline, is_whole: bool) {
    for (index, command) in pipeline.commands.iter().enumerate() {
        if index > 0 {
            out.push_str(" | ");
        } else if is_whole && command.name != "search" {
            out.push_str("| ");
        }
        write_command(out, command);
    }
}

fn write_command(out: &mut String, command: &Command) {
    out.push_str(&command.name);
    for option in &command.options {
        out.push(' ');
        write_option(out, option);
    }
    let before = out.len();
    body::write(out, command);
    if out.len() > before {
        out.insert(before, ' ');
    }
}

fn write_option(out: &mut String, option: &Opt) {
    out.push_str(&option.name);
    out.push('=');
    // A second `=` would make a comparison of it.
    if !option.value.quoted && option.value.text.starts_with('=') {
        out.push(' ');
    }
    out.push_str(&setting(&option.value));
}

/// The value of an option.
fn setting(word: &Word) -> String {
    listed(word, WordRule::Setting)
}

/// A name in a list.
fn name(word: &Word) -> String {
    listed(word, WordRule::Name)
}

/// A word that has no escapes when it is bare.
fn listed(word: &Word, rule: WordRule) -> String {
    if !word.quoted && is_bare(&word.text, rule) {
        word.text.clone()
    } else {
        quote(&word.text, '"')
    }
}

/// Whether a text reads as one bare word.
fn is_bare(text: &str, rule: WordRule) -> bool {
    !text.is_empty() && Cursor::new(text, 0, text.len()).bare_end(rule) == text.len()
}

/// Writes items with a separator between them.
fn write_list<T>(
    out: &mut String,
    items: &[T],
    separator: &str,
    mut write: impl FnMut(&mut String, &T),
) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        write(out, item);
    }
}
