//! Commands over text: `rex`, `regex`, `convert`, `replace`.

use super::{Parser, Step};
use crate::ast::{Conversion, Opt, RegexFilter, Replace, Word};
use crate::signature::Signature;

impl Parser<'_> {
    /// The pattern of `rex`, options before or after.
    pub(super) fn pattern(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Word> {
        self.options(signature, options)?;
        self.only_pattern()
    }

    /// A quoted pattern, or a bare one up to white space. Brackets are plain in it.
    fn only_pattern(&mut self) -> Step<Word> {
        if self.cursor.sees('"') {
            return self.quoted('"');
        }
        let start = self.cursor.at;
        let rest = self.cursor.rest();
        let text = rest.split(char::is_whitespace).next().unwrap_or("");
        if text.is_empty() {
            return self.expected("a pattern in quotes");
        }
        self.cursor.at += text.len();
        Ok(Word {
            text: text.to_owned(),
            quoted: false,
            at: self.at_word(start),
        })
    }

    /// `[field] (=|!=) "pattern"`.
    pub(super) fn regex(&mut self) -> Step<RegexFilter> {
        self.cursor.skip_space();
        let start = self.cursor;
        if let Some(field) = self.word_ahead(crate::lexer::WordRule::Term)? {
            let negated = self.cursor.eat("!=");
            if negated || self.cursor.eat("=") {
                let pattern = self.only_pattern()?;
                return Ok(RegexFilter {
                    field: Some(field),
                    negated,
                    pattern,
                });
            }
        }
        self.cursor = start;
        let negated = self.cursor.eat("!=");
        let pattern = self.only_pattern()?;
        Ok(RegexFilter {
            field: None,
            negated,
            pattern,
        })
    }

    /// `function(field) [AS name] …`.
    pub(super) fn conversions(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Vec<Conversion>> {
        let mut conversions = Vec::new();
        loop {
            self.options(signature, options)?;
            if self.cursor.is_done() && !conversions.is_empty() {
                return Ok(conversions);
            }
            let start = self.cursor.at;
            let function = self.cursor.ahead().to_lowercase();
            if function.is_empty() {
                return self.expected("a conversion such as `ctime(field)`");
            }
            self.cursor.at += function.len();
            let at = self.at_word(start);
            if !self.cursor.sees('(') {
                return self.expected("`(`");
            }
            let open = self.cursor.at;
            self.cursor.bump();
            let field = self.name("a field")?;
            self.close(open)?;
            let name = self.alias()?;
            conversions.push(Conversion {
                function,
                at,
                field,
                name,
            });
        }
    }

    /// `a WITH b, … [IN fields]`.
    pub(super) fn replace(&mut self) -> Step<Replace> {
        let mut replace = Replace {
            pairs: Vec::new(),
            fields: Vec::new(),
        };
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done() && !replace.pairs.is_empty() {
                return Ok(replace);
            }
            if !replace.pairs.is_empty() && self.cursor.keyword("in") {
                break;
            }
            let from = self.name("a value to replace")?;
            if !self.cursor.keyword("with") {
                return self.expected("`WITH`");
            }
            let to = self.name("the new value")?;
            replace.pairs.push((from, to));
        }
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done() && !replace.fields.is_empty() {
                return Ok(replace);
            }
            replace.fields.push(self.name("a field after `IN`")?);
        }
    }
}
