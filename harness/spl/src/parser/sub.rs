//! Commands with brackets: subsearches, `foreach`, `map`, and the filters of `transaction`.

use super::{Parser, Place, Step};
use crate::ast::{Body, Filter, Foreach, Opt, Pipeline, Sub, Transaction, Word};
use crate::signature::Signature;
use crate::structure::split;

impl Parser<'_> {
    /// `[ pipeline ]`; the bracket is known to come next.
    pub(super) fn subsearch(&mut self) -> Step<Pipeline> {
        self.cursor.skip_space();
        self.enter()?;
        let pipeline = self.pipeline(self.cursor.at + 1, self.cursor.end, Place::Nested);
        self.leave();
        Ok(pipeline)
    }

    /// The text between brackets, not parsed; the bracket is known to come next.
    fn bracketed(&mut self) -> Word {
        let start = self.cursor.at + 1;
        let close = split(self.cursor.text, start, self.cursor.end, true).close;
        let end = close.unwrap_or(self.cursor.end);
        self.cursor.at = close.map_or(end, |close| close + 1);
        Word {
            text: self.cursor.slice(start, end).to_owned(),
            quoted: false,
            at: self.at(start, end),
        }
    }

    /// Fields and subsearches, options anywhere.
    pub(super) fn sub(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Sub> {
        let mut sub = Sub {
            fields: Vec::new(),
            pipelines: Vec::new(),
        };
        // With `left=L right=R`, `join` compares fields: `where L.a=R.b`.
        let mut compares = false;
        loop {
            if !compares {
                self.options(signature, options)?;
            }
            self.cursor.skip_commas();
            if self.cursor.is_done() {
                break;
            }
            if self.cursor.peek() == Some('[') {
                sub.pipelines.push(self.subsearch()?);
                compares = false;
                continue;
            }
            let rule = if compares {
                crate::lexer::WordRule::Value
            } else {
                crate::lexer::WordRule::Name
            };
            let word = self.word(rule, "a field or a subsearch in brackets")?;
            compares |=
                signature.name == "join" && !word.quoted && word.text.eq_ignore_ascii_case("where");
            sub.fields.push(word);
        }
        if sub.pipelines.is_empty() && signature.name != "union" {
            return self.expected("a subsearch in brackets");
        }
        Ok(sub)
    }

    /// `patterns [ template ]`.
    pub(super) fn foreach(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Foreach> {
        let mut patterns = Vec::new();
        loop {
            self.options(signature, options)?;
            if self.cursor.sees('[') {
                return Ok(Foreach {
                    patterns,
                    template: self.bracketed(),
                });
            }
            patterns.push(self.name("a field pattern or a template in brackets")?);
        }
    }

    /// `search="…"`, `[ … ]`, or the name of a saved search.
    pub(super) fn map(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Body> {
        loop {
            let mut after = self.cursor;
            if after.ahead().eq_ignore_ascii_case("search") {
                after.skip_space();
                after.at += "search".len();
                if after.eat("=") {
                    self.cursor = after;
                    let text = self.only_word("the search in quotes")?;
                    self.options(signature, options)?;
                    return Ok(Body::Map(Word {
                        quoted: true,
                        ..text
                    }));
                }
            }
            match self.option(signature)? {
                Some(option) => options.extend(option),
                None => break,
            }
        }
        if self.cursor.sees('[') {
            let text = self.bracketed();
            self.options(signature, options)?;
            return Ok(Body::Map(text));
        }
        if self.cursor.is_done() {
            return self.expected("`search=\"…\"`");
        }
        Ok(self.raw_body())
    }

    /// Fields, filters and options in any order.
    pub(super) fn transaction(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Transaction> {
        let mut transaction = Transaction {
            fields: Vec::new(),
            filters: Vec::new(),
        };
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done() {
                return Ok(transaction);
            }
            let name = self.cursor.ahead().to_ascii_lowercase();
            if matches!(name.as_str(), "startswith" | "endswith") {
                let mut after = self.cursor;
                after.at += name.len();
                if after.eat("=") {
                    self.cursor = after;
                    let filter = self.filter()?;
                    transaction.filters.push((name, filter));
                    continue;
                }
            }
            match self.option(signature)? {
                Some(option) => options.extend(option),
                None => transaction.fields.push(self.name("a field")?),
            }
        }
    }

    /// `eval(condition)`, `(expression)`, or one term.
    fn filter(&mut self) -> Step<Filter> {
        let mut after = self.cursor;
        if after.keyword("eval") && after.sees('(') {
            let open = after.at;
            self.cursor = after;
            self.cursor.bump();
            let condition = self.expression()?;
            self.close(open)?;
            return Ok(Filter::Eval(condition));
        }
        self.negation().map(Filter::Search)
    }
}
