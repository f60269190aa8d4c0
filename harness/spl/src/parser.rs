//! The parser: recursive descent over one text, with recovery at the next pipe.

mod argument;
mod command;
mod data;
mod expression;
mod fields;
mod hint;
mod search;
mod stats;
mod sub;
mod text;

pub(crate) use expression::{mark_of, power, power_of};

use std::collections::BTreeSet;

use dryfire_diagnostic::codes::syntax::{SYNTAX, TOO_LARGE, UNBALANCED, UNKNOWN_COMMAND};
use dryfire_diagnostic::{Diagnostic, SourceId, SourceMap, Span};

use crate::ast::{
    Assignment, At, Body, Command, Expr, ExprKind, Pipeline, Raw, Search, SearchKind,
};
use crate::lexer::Cursor;
use crate::signature::Signature;
use crate::structure::{Fault, split};

/// The longest text that is parsed.
const MAX_BYTES: usize = 1 << 20;
/// How deep brackets, parentheses and calls may nest.
const MAX_DEPTH: usize = 200;

/// A parsed search.
#[derive(Debug)]
pub struct Parse {
    /// The commands. Where a command could not be parsed, its body is [`Body::Raw`].
    pub pipeline: Pipeline,
    /// What was found wrong. Without an error among them, the pipeline says what the text says.
    pub diagnostics: Vec<Diagnostic>,
}

/// A command can't be parsed further; the diagnostic is recorded.
#[derive(Debug)]
pub(crate) struct Abort;

pub(crate) type Step<T> = Result<T, Abort>;

/// Where a pipeline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A whole search: without a leading pipe, the first command is an implicit `search`.
    Whole,
    /// Between brackets: the first word names a command.
    Nested,
}

/// Parses a whole search. Macros must be expanded before.
pub fn parse(source: SourceId, sources: &SourceMap) -> Parse {
    pipeline(source, sources, Place::Whole)
}

/// Parses a pipeline as it stands between brackets (a `foreach` template, a `map` subsearch): it starts with a command.
pub fn parse_nested(source: SourceId, sources: &SourceMap) -> Parse {
    pipeline(source, sources, Place::Nested)
}

fn pipeline(source: SourceId, sources: &SourceMap, place: Place) -> Parse {
    let mut parser = Parser::new(source, sources);
    let end = parser.cursor.end;
    let pipeline = if parser.is_fit() {
        parser.report_faults();
        parser.pipeline(0, end, place)
    } else {
        Pipeline {
            commands: Vec::new(),
            at: parser.at(0, end),
        }
    };
    Parse {
        pipeline,
        diagnostics: parser.diagnostics,
    }
}

/// Parses a search expression, such as an event type or a data model constraint.
pub fn parse_search(source: SourceId, sources: &SourceMap) -> (Search, Vec<Diagnostic>) {
    let mut parser = Parser::new(source, sources);
    let all = Search {
        kind: SearchKind::All,
        at: parser.at(0, parser.cursor.end),
    };
    let search = parser.alone(|parser| parser.search(false)).unwrap_or(all);
    (search, parser.diagnostics)
}

/// Parses an `eval` expression, such as a calculated field.
pub fn parse_expression(source: SourceId, sources: &SourceMap) -> (Expr, Vec<Diagnostic>) {
    let mut parser = Parser::new(source, sources);
    let error = Expr {
        kind: ExprKind::Error,
        at: parser.at(0, parser.cursor.end),
    };
    let expression = parser.alone(Parser::expression).unwrap_or(error);
    (expression, parser.diagnostics)
}

/// Parses `field = expression, …`, the arguments of `eval`.
pub fn parse_assignments(
    source: SourceId,
    sources: &SourceMap,
) -> (Vec<Assignment>, Vec<Diagnostic>) {
    let mut parser = Parser::new(source, sources);
    let assignments = parser.alone(Parser::assignments).unwrap_or_default();
    (assignments, parser.diagnostics)
}

/// The state of one parse.
pub(crate) struct Parser<'a> {
    /// What comes next, up to the end of the command in work.
    cursor: Cursor<'a>,
    source: SourceId,
    sources: &'a SourceMap,
    diagnostics: Vec<Diagnostic>,
    /// A command whose options end its search expression.
    ends_before: Option<&'static Signature>,
    /// How deep brackets, parentheses and calls are nested here.
    depth: usize,
    /// Opening marks that are already reported.
    unbalanced: BTreeSet<usize>,
}

impl<'a> Parser<'a> {
    fn new(source: SourceId, sources: &'a SourceMap) -> Self {
        let text = &*sources.get(source).text;
        let cursor = Cursor::new(text, 0, text.len());
        Self {
            cursor,
            source,
            sources,
            diagnostics: Vec::new(),
            ends_before: None,
            depth: 0,
            unbalanced: BTreeSet::new(),
        }
    }

    /// Refuses a text that is too long.
    fn is_fit(&mut self) -> bool {
        let length = self.cursor.end;
        if length > MAX_BYTES {
            let message =
                format!("the search is {length} bytes long; at most {MAX_BYTES} are parsed");
            self.diagnostics
                .push(Diagnostic::error(&TOO_LARGE, message).at(self.span(0, 0), ""));
        }
        length <= MAX_BYTES
    }

    /// Parses a text that is not a pipeline, up to its end.
    fn alone<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Option<T> {
        if !self.is_fit() {
            return None;
        }
        let tree = read(self).ok()?;
        self.finish("the end").ok().map(|()| tree)
    }

    fn report_faults(&mut self) {
        for fault in split(self.cursor.text, 0, self.cursor.end, false).faults {
            let (at, message) = match fault {
                Fault::Quote(at) => (at, "this quote is not closed"),
                Fault::Bracket(at) => (at, "this bracket is not closed"),
                Fault::Stray(at) => (at, "this bracket closes nothing"),
                Fault::Comment(at) => (at, "this comment is not closed"),
            };
            self.unbalanced(at, message);
        }
    }

    /// Reports an opening mark without partner, once.
    fn unbalanced(&mut self, at: usize, message: &str) {
        if self.unbalanced.insert(at) {
            let label = if message.ends_with("nothing") {
                "closes nothing"
            } else {
                "opened here"
            };
            self.diagnostics
                .push(Diagnostic::error(&UNBALANCED, message).at(self.span(at, at + 1), label));
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    fn at(&self, start: usize, end: usize) -> At {
        At(self.span(start, end))
    }

    /// Records an error at a place and gives up the command.
    fn fail<T>(&mut self, start: usize, end: usize, message: impl Into<String>) -> Step<T> {
        self.diagnostics
            .push(Diagnostic::error(&SYNTAX, message).at(self.span(start, end), ""));
        Err(Abort)
    }

    /// Fails because something else was expected here.
    fn expected<T>(&mut self, wanted: &str) -> Step<T> {
        self.expected_or(wanted, None)
    }

    /// The same with what to do, which goes before what can be guessed from what stands here.
    fn expected_or<T>(&mut self, wanted: &str, help: Option<&str>) -> Step<T> {
        self.cursor.skip_space();
        let (end, found) = self.next_piece();
        let start = self.cursor.at.min(end);
        if self.unbalanced.contains(&start) {
            return Err(Abort);
        }
        let diagnostic = if self.cursor.peek() == Some('`') {
            Diagnostic::error(&SYNTAX, "a macro call stands here that was not expanded")
                .at(self.span(start, end), "")
        } else {
            let message = format!("expected {wanted}, found {found}");
            let guess = hint::of(self.cursor.text, start, end);
            Diagnostic::error(&SYNTAX, message)
                .at(self.span(start, end), format!("expected {wanted}"))
                .opt_help(guess)
                .opt_help(help.map(str::to_owned))
        };
        self.diagnostics.push(diagnostic);
        Err(Abort)
    }

    /// The end of what comes next, and how to name it.
    fn next_piece(&self) -> (usize, String) {
        let rest = self.cursor.rest();
        let Some(first) = rest.chars().next() else {
            let what = if self.cursor.end >= self.cursor.text.len() {
                "the end of the search"
            } else {
                "the end of the command"
            };
            return (self.cursor.at, what.to_owned());
        };
        let is_word = |c: char| c.is_alphanumeric() || "_.{}*$@:-".contains(c);
        let length = if is_word(first) {
            rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let shown: String = rest.get(..length).unwrap_or("").chars().take(40).collect();
        (self.cursor.at + length, format!("`{shown}`"))
    }

    /// Checks that nothing is left of the command.
    fn finish(&mut self, wanted: &str) -> Step<()> {
        if self.cursor.is_done() {
            return Ok(());
        }
        if self.cursor.peek() == Some(')') {
            let at = self.cursor.at;
            self.unbalanced(at, "this parenthesis closes nothing");
            return Err(Abort);
        }
        self.expected(wanted)
    }

    /// Goes one level down; [`Parser::leave`] comes back.
    fn enter(&mut self) -> Step<()> {
        if self.depth >= MAX_DEPTH {
            let place = self.span(self.cursor.at, self.cursor.at + 1);
            if !self
                .diagnostics
                .iter()
                .any(|diagnostic| diagnostic.code == &TOO_LARGE)
            {
                let message = format!("the search is nested more than {MAX_DEPTH} deep");
                self.diagnostics
                    .push(Diagnostic::error(&TOO_LARGE, message).at(place, "too deep"));
            }
            return Err(Abort);
        }
        self.depth += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Parses the commands between `start` and `end`. A nested pipeline ends at its `]`; the cursor is left behind it.
    fn pipeline(&mut self, start: usize, end: usize, place: Place) -> Pipeline {
        let outer = self.cursor.end;
        let structure = split(
            self.cursor.text,
            start,
            end,
            place == Place::Nested && self.depth > 0,
        );
        let close = structure.close.unwrap_or(end);
        let mut commands = Vec::new();
        let last = structure.commands.len().saturating_sub(1);
        let mut place = place;
        for (index, (from, to)) in structure.commands.into_iter().enumerate() {
            self.cursor.at = from;
            self.cursor.end = to;
            if self.cursor.is_done() {
                if (index > 0 || last == 0) && !self.stands_for_macro(from, to) {
                    self.empty_command(from, to, last == 0);
                }
            } else {
                commands.push(self.recovering(place));
            }
            place = Place::Nested;
        }
        self.cursor.end = outer;
        self.cursor.at = structure.close.map_or(end, |close| close + 1);
        Pipeline {
            commands,
            at: self.at(start, close),
        }
    }

    fn empty_command(&mut self, from: usize, to: usize, is_whole: bool) {
        let message = if is_whole {
            "there is no search here"
        } else {
            "there is no command after this pipe"
        };
        let mark = if is_whole {
            self.span(from, to)
        } else {
            self.span(from.saturating_sub(1), from)
        };
        self.diagnostics
            .push(Diagnostic::error(&SYNTAX, message).at(mark, "expected a command"));
    }

    /// Whether a macro stood here that could not be expanded, which is reported already.
    fn stands_for_macro(&self, from: usize, to: usize) -> bool {
        (from..to).any(|at| {
            let origin = self.sources.trace(self.span(at, at + 1)).origin;
            let text = self.sources.text(origin);
            text.starts_with('`') && !text.starts_with("```")
        })
    }

    /// Parses one command; on an error, its text is kept.
    fn recovering(&mut self, place: Place) -> Command {
        let depth = self.depth;
        let (start, end) = (self.cursor.at, self.cursor.end);
        let command = self.command(place);
        self.depth = depth;
        self.cursor.end = end;
        let text = self.cursor.slice(start, end).trim_end();
        let at = self.at(start, start + text.len());
        match command {
            Ok(command) => Command { at, ..command },
            Err(named) => {
                let Named {
                    name,
                    name_at,
                    options,
                } = named;
                Command {
                    name,
                    name_at,
                    options,
                    body: Body::Raw(Raw {
                        text: text.to_owned(),
                        pipelines: Vec::new(),
                    }),
                    at,
                }
            }
        }
    }
}

/// What is known of a command whose arguments could not be parsed.
struct Named {
    name: String,
    name_at: At,
    options: Vec<crate::ast::Opt>,
}

/// The error for a word that is no command.
fn unknown_command(name: &str, span: Span, nested: bool) -> Diagnostic {
    let names = crate::signature::ALL
        .iter()
        .flat_map(|signature| std::iter::once(&signature.name).chain(signature.aliases));
    let near = dryfire_diagnostic::nearest(name, names.copied());
    let help = near.map(|near| format!("did you mean `{near}`?"));
    let first = nested.then(|| "a subsearch starts with a command, such as `search`".to_owned());
    Diagnostic::error(&UNKNOWN_COMMAND, format!("there is no command `{name}`"))
        .at(span, "not a command")
        .opt_help(help.or(first))
}

#[cfg(test)]
mod tests;
