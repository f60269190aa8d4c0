//! Aggregations with their groups: `stats`, charts, `tstats`, `mstats`.

use super::{Parser, Step};
use crate::ast::{Aggregate, Argument, ByField, ModelRef, Opt, Stats, Tstats, Word};
use crate::lexer::{WordRule, unescape};
use crate::signature::Signature;

impl Parser<'_> {
    /// `aggregates [over field] [by fields] [where …]`.
    pub(super) fn stats(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Stats> {
        let mut stats = Stats {
            aggregates: Vec::new(),
            over: None,
            by: Vec::new(),
            tail: None,
        };
        let is_chart = signature.name.ends_with("chart");
        loop {
            self.options(signature, options)?;
            if self.cursor.is_done() {
                break;
            } else if self.cursor.keyword("by") {
                self.by_fields(signature, options, &mut stats.by)?;
            } else if is_chart && self.cursor.keyword("over") {
                let field = self.name("a field after `over`")?;
                let options = self.trailing_options(signature)?;
                stats.over = Some(ByField { field, options });
            } else if is_chart && self.cursor.keyword("where") {
                self.cursor.skip_space();
                let start = self.cursor.at;
                let text = self.cursor.rest().trim_end().to_owned();
                self.cursor.at = self.cursor.end;
                stats.tail = Some(Word {
                    quoted: false,
                    at: self.at(start, start + text.len()),
                    text,
                });
            } else if stats.by.is_empty() {
                stats.aggregates.push(self.aggregate()?);
            } else {
                return self.expected("a field");
            }
        }
        if stats.aggregates.is_empty() {
            return self.expected("an aggregation such as `count` or `values(field)`");
        }
        Ok(stats)
    }

    /// Fields after `by`. `span=` belongs to `_time`; the options of a chart to the field before them.
    fn by_fields(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
        by: &mut Vec<ByField>,
    ) -> Step<()> {
        self.cursor.skip_commas();
        if self.cursor.is_done() {
            return self.expected("a field after `by`");
        }
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done()
                || ["where", "from", "over", "by"]
                    .iter()
                    .any(|word| self.cursor.sees_keyword(word))
            {
                return Ok(());
            }
            if let Some(option) = self.option(signature)? {
                let Some(option) = option else { continue };
                let is_chart = signature.name.ends_with("chart");
                let time = by.iter_mut().rev().find(|field| {
                    is_chart || (option.name == "span" && field.field.text == "_time")
                });
                match time {
                    Some(field) => field.options.push(option),
                    None => options.push(option),
                }
                continue;
            }
            by.push(ByField {
                field: self.name("a field")?,
                options: Vec::new(),
            });
        }
    }

    fn trailing_options(&mut self, signature: &'static Signature) -> Step<Vec<Opt>> {
        let mut options = Vec::new();
        self.options(signature, &mut options)?;
        Ok(options)
    }

    /// `function[(argument)] [AS name]`.
    pub(super) fn aggregate(&mut self) -> Step<Aggregate> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        let mut length = self.cursor.ahead().len();
        let digits =
            |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        // `perc99.5(x)`
        if let Some(rest) = self
            .cursor
            .rest()
            .get(length..)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            let fraction = digits(rest);
            length += if fraction > 0
                && rest
                    .get(fraction..)
                    .is_some_and(|rest| rest.starts_with('('))
            {
                fraction + 1
            } else {
                0
            };
        }
        let written = self.cursor.slice(start, start + length);
        if written.is_empty() {
            return self.expected("an aggregation such as `count` or `values(field)`");
        }
        self.cursor.at += length;
        let function_at = self.at_word(start);
        let function = written.to_lowercase();
        let mut after_name = self.cursor;
        let argument = if self.cursor.sees('(') {
            self.argument(&function)?
        } else if matches!(function.as_str(), "count" | "c" | "sparkline") {
            std::mem::swap(&mut self.cursor, &mut after_name);
            Argument::None
        } else {
            let message = match function.as_str() {
                "as" => "`AS` follows an aggregation, as in `count AS total`".to_owned(),
                _ => {
                    format!("`{written}` needs a field in parentheses, such as `{written}(field)`")
                }
            };
            self.fail::<()>(start, start + length, message).ok();
            let last = self.diagnostics.last_mut();
            if let (Some(last), true) = (last, crate::signature::find(written).is_some()) {
                last.help = Some(format!("is a `|` missing before the command `{written}`?"));
            }
            return Err(super::Abort);
        };
        let text = self.cursor.slice(start, self.cursor.at).to_owned();
        let name = self.alias()?;
        let at = self.at_word(start);
        Ok(Aggregate {
            function,
            function_at,
            argument,
            name,
            text,
            at,
        })
    }

    /// The argument in parentheses; `(` is known to come next.
    fn argument(&mut self, function: &str) -> Step<Argument> {
        let open = self.cursor.at;
        let mut inside = self.cursor;
        inside.bump();
        let has_eval = inside.ahead().eq_ignore_ascii_case("eval") && {
            inside.at += "eval".len();
            inside.sees('(')
        };
        if has_eval || function == "eval" {
            self.cursor.bump();
            if has_eval {
                self.cursor.at = inside.at;
                self.cursor.eat("(");
            }
            let expression = self.expression()?;
            if has_eval {
                self.close_of_eval(inside.at)?;
            }
            self.close(open)?;
            return Ok(Argument::Eval(expression));
        }
        let Some(close) = self.cursor.close_of_paren() else {
            self.unbalanced(open, "this parenthesis is not closed");
            return Err(super::Abort);
        };
        self.cursor.bump();
        let content = self.cursor.slice(self.cursor.at, close);
        let text = content.trim();
        let start = self.cursor.at + (content.len() - content.trim_start().len());
        self.cursor.at = close + 1;
        if text.is_empty() {
            return Ok(Argument::None);
        }
        let at = self.at(start, start + text.len());
        let inner = ['"', '\''].into_iter().find_map(|mark| {
            text.strip_prefix(mark)?
                .strip_suffix(mark)
                .map(|inner| (inner, mark))
        });
        Ok(Argument::Field(match inner {
            Some((inner, mark)) => Word {
                text: unescape(inner, if mark == '"' { "\\\"" } else { "\\'" }),
                quoted: true,
                at,
            },
            None => Word {
                text: text.to_owned(),
                quoted: false,
                at,
            },
        }))
    }

    fn close_of_eval(&mut self, open: usize) -> Step<()> {
        if self.cursor.eat(")") {
            return Ok(());
        }
        if self.cursor.is_done() {
            self.unbalanced(open, "this parenthesis is not closed");
            return Err(super::Abort);
        }
        self.expected("`)` or an operator")
    }

    /// `aggregates [from datamodel=M.D] [where expression] [by fields]`, options anywhere.
    pub(super) fn tstats(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Tstats> {
        let mut tstats = Tstats {
            aggregates: Vec::new(),
            from: None,
            filter: None,
            by: Vec::new(),
        };
        loop {
            self.options(signature, options)?;
            if self.cursor.is_done() {
                break;
            } else if self.cursor.keyword("by") || self.cursor.keyword("groupby") {
                self.by_fields(signature, options, &mut tstats.by)?;
            } else if self.cursor.keyword("from") {
                tstats.from = Some(self.model()?);
            } else if self.cursor.keyword("where") {
                // Without `by`, the span of `mstats` follows the condition.
                self.ends_before = (signature.name != "tstats").then_some(signature);
                let filter = self.search(true);
                self.ends_before = None;
                tstats.filter = Some(filter?);
            } else if tstats.from.is_none() && tstats.filter.is_none() && tstats.by.is_empty() {
                tstats.aggregates.push(self.aggregate()?);
            } else {
                return self.expected("`where` or `by`");
            }
        }
        if tstats.aggregates.is_empty() {
            return self.expected("an aggregation such as `count` or `values(field)`");
        }
        Ok(tstats)
    }

    /// `datamodel=Model.Dataset`.
    fn model(&mut self) -> Step<ModelRef> {
        if !self.cursor.keyword("datamodel") && self.cursor.ahead() != "datamodel" {
            return self.expected("`datamodel=`");
        }
        if self.cursor.ahead() == "datamodel" {
            self.cursor.at += "datamodel".len();
        }
        if !self.cursor.eat("=") {
            self.cursor.eat(":");
        }
        let word = self.word(WordRule::Setting, "a data model")?;
        let mut parts = word.text.split('.').map(str::to_owned);
        let model = parts.next().unwrap_or_default();
        Ok(ModelRef {
            model,
            path: parts.collect(),
            at: word.at,
        })
    }
}
