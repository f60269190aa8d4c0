//! One command: its name, its options, and the grammar that its signature names.

use super::{Named, Parser, Place, Step, unknown_command};
use crate::ast::{At, Body, Command, Opt, Raw};
use crate::signature::{Shape, Signature, find};

impl Parser<'_> {
    /// Parses the command that fills the cursor.
    pub(super) fn command(&mut self, place: Place) -> Result<Command, Named> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        let word = self.cursor.ahead();
        let name_at = self.at(start, start + word.len());
        let explicit = place == Place::Nested
            || word.eq_ignore_ascii_case("search") && self.is_command_word(word);
        if !explicit {
            self.warn_of_missing_pipe(word);
            return match self.body_of_search() {
                Ok(body) => Ok(Command {
                    name: "search".into(),
                    name_at,
                    options: Vec::new(),
                    body,
                    at: name_at,
                }),
                Err(_) => Err(Named {
                    name: "search".into(),
                    name_at,
                    options: Vec::new(),
                }),
            };
        }
        if word.is_empty() {
            let _: Step<()> = self.expected("a command");
            return Err(Named {
                name: String::new(),
                name_at,
                options: Vec::new(),
            });
        }
        self.cursor.at += word.len();
        let Some(signature) = find(word) else {
            let first = self.depth > 0 && self.diagnostics.is_empty();
            self.diagnostics
                .push(unknown_command(word, name_at.0, first));
            let body = self.raw_body();
            return Ok(Command {
                name: word.to_lowercase(),
                name_at,
                options: Vec::new(),
                body,
                at: name_at,
            });
        };
        let mut options = Vec::new();
        match self.arguments(signature, &mut options) {
            Ok(body) => Ok(Command {
                name: signature.name.to_owned(),
                name_at,
                options,
                body,
                at: name_at,
            }),
            Err(_) => Err(Named {
                name: signature.name.to_owned(),
                name_at,
                options,
            }),
        }
    }

    /// Whether the word ahead names a command and is not the left side of a comparison.
    fn is_command_word(&self, word: &str) -> bool {
        let mut after = self.cursor;
        after.at += word.len();
        after
            .peek()
            .is_none_or(|c| c.is_whitespace() || "[(\"*".contains(c))
            && !{
                after.skip_space();
                after.rest().starts_with(['=', '<', '>']) || after.rest().starts_with("!=")
            }
    }

    /// A search that starts with `tstats`, say, without a pipe is a search for that word.
    fn warn_of_missing_pipe(&mut self, word: &str) {
        if find(word).is_some_and(|signature| signature.generating) && self.is_command_word(word) {
            let span = self.span(self.cursor.at, self.cursor.at + word.len());
            let message = format!(
                "without a pipe before it, `{word}` is a word to search for, not a command"
            );
            let warning = dryfire_diagnostic::Diagnostic::warning(
                &dryfire_diagnostic::codes::syntax::SYNTAX,
                message,
            );
            self.diagnostics
                .push(warning.at(span, "").help(format!("write `| {word} …`")));
        }
    }

    fn body_of_search(&mut self) -> Step<Body> {
        let search = self.search(false)?;
        self.finish("a search term")?;
        Ok(Body::Search(search))
    }

    fn arguments(&mut self, signature: &'static Signature, options: &mut Vec<Opt>) -> Step<Body> {
        let body = match signature.shape {
            Shape::Search => return self.body_of_search(),
            Shape::Raw => return Ok(self.raw_body()),
            Shape::None => Body::None,
            Shape::Condition => Body::Condition(self.expression()?),
            Shape::Assignments => Body::Assignments(self.assignments()?),
            Shape::Fields => self.fields(signature, options)?,
            Shape::Renames => Body::Renames(self.renames()?),
            Shape::Stats => Body::Stats(self.stats(signature, options)?),
            Shape::Tstats => Body::Tstats(self.tstats(signature, options)?),
            Shape::Lookup => Body::Lookup(self.lookup(signature, options)?),
            Shape::Table => Body::Table(self.table(signature, options)?),
            Shape::From => Body::From(self.dataset(signature, options)?),
            Shape::Saved => Body::Saved(self.saved(signature, options)?),
            Shape::Pattern => Body::Pattern(self.pattern(signature, options)?),
            Shape::Regex => Body::Regex(self.regex()?),
            Shape::Convert => Body::Convert(self.conversions(signature, options)?),
            Shape::Field => self.field(signature, options)?,
            Shape::Sort => Body::Sort(self.sort(signature, options)?),
            Shape::Count => self.count_or_condition(signature, options)?,
            Shape::Sub => Body::Sub(self.sub(signature, options)?),
            Shape::Foreach => Body::Foreach(self.foreach(signature, options)?),
            Shape::Map => self.map(signature, options)?,
            Shape::Replace => Body::Replace(self.replace()?),
            Shape::Transaction => Body::Transaction(self.transaction(signature, options)?),
        };
        self.options(signature, options)?;
        if signature.name == "rex" && self.cursor.sees('"') {
            let help = "the field to read is named before the pattern: `rex field=user \"…\"`";
            return self.expected_or("the end of the command", Some(help));
        }
        self.finish("the end of the command")?;
        Ok(body)
    }

    /// Keeps the rest as it stands and parses the subsearches in it.
    pub(super) fn raw_body(&mut self) -> Body {
        self.cursor.skip_space();
        let (start, end) = (self.cursor.at, self.cursor.end);
        let text = self.cursor.slice(start, end).trim_end().to_owned();
        let mut pipelines = Vec::new();
        while let Some(next) = self.cursor.peek() {
            match next {
                '"' => self.cursor.at = self.cursor.quoted('"').map_or(end, |(_, after)| after),
                '[' if self.starts_subsearch() => match self.subsearch() {
                    Ok(pipeline) => pipelines.push(pipeline),
                    Err(_) => self.cursor.at = end,
                },
                _ => {
                    self.cursor.bump();
                }
            }
        }
        if text.is_empty() {
            Body::None
        } else {
            Body::Raw(Raw { text, pipelines })
        }
    }

    /// At `[`: whether a pipe or a command follows. A bracket in kept text may be anything.
    fn starts_subsearch(&self) -> bool {
        let mut inside = self.cursor;
        inside.bump();
        inside.eat("|") || find(inside.ahead()).is_some()
    }

    pub(super) fn at_word(&self, start: usize) -> At {
        self.at(start, self.cursor.at)
    }
}
