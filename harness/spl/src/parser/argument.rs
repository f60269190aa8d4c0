//! Options and words, as most commands take them.

use dryfire_diagnostic::codes::meaning::BAD_ARGUMENT;
use dryfire_diagnostic::codes::syntax::{SYNTAX, UNKNOWN_OPTION};
use dryfire_diagnostic::{Diagnostic, nearest};

use super::{Parser, Step};
use crate::ast::{FieldAs, Opt, Word};
use crate::lexer::{WordRule, unescape};
use crate::signature::Signature;

impl<'a> Parser<'a> {
    /// Takes the options that come next, with the commas around them.
    pub(super) fn options(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<()> {
        loop {
            self.cursor.skip_commas();
            match self.option(signature)? {
                Some(option) => options.extend(option),
                None => return Ok(()),
            }
        }
    }

    /// Takes `name=value`. An unknown name is an error that does not stop the command: `Some(None)`.
    pub(super) fn option(&mut self, signature: &'static Signature) -> Step<Option<Option<Opt>>> {
        let Some((name, after)) = self.setting_ahead() else {
            return Ok(None);
        };
        let start = self.cursor.at;
        let spec = signature.option(name);
        if spec.is_none() {
            self.unknown_option(signature, name);
        }
        self.cursor.at = after;
        let value = self.setting_value()?;
        if let Some(wanted) = spec.and_then(|spec| spec.refusal(&value.text)) {
            let message = format!("`{name}` takes {wanted}, not `{}`", value.text);
            self.diagnostics
                .push(Diagnostic::error(&BAD_ARGUMENT, message).at(value.at.0, ""));
        }
        let at = self.at_word(start);
        Ok(Some(spec.map(|spec| Opt {
            name: spec.name.to_owned(),
            value,
            at,
        })))
    }

    /// The name and the place behind the `=` when `name=` comes next.
    pub(super) fn setting_ahead(&mut self) -> Option<(&'a str, usize)> {
        let name = self.cursor.ahead();
        let mut after = self.cursor;
        after.at += name.len();
        let is_setting = !name.is_empty() && after.eat("=") && !after.rest().starts_with('=');
        is_setting.then_some((name, after.at))
    }

    fn unknown_option(&mut self, signature: &'static Signature, name: &str) {
        let span = self.span(self.cursor.at, self.cursor.at + name.len());
        let near = nearest(name, signature.options.iter().map(|option| option.name));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if signature.options.is_empty() => {
                format!("`{}` takes no options", signature.name)
            }
            None => {
                let names: Vec<_> = signature.options.iter().map(|option| option.name).collect();
                format!("its options are {}", names.join(", "))
            }
        };
        let message = format!("`{}` has no option `{name}`", signature.name);
        self.diagnostics.push(
            Diagnostic::error(&UNKNOWN_OPTION, message)
                .at(span, "not an option")
                .help(help),
        );
    }

    /// The value of an option: a quoted text, a condition in parentheses, or a bare word.
    pub(super) fn setting_value(&mut self) -> Step<Word> {
        self.cursor.skip_space();
        if self.cursor.sees('(')
            && let Some(close) = self.cursor.close_of_paren()
        {
            let start = self.cursor.at;
            self.cursor.at = close + 1;
            return Ok(Word {
                text: self.cursor.slice(start, close + 1).to_owned(),
                // As if it stood in quotes, which is the other way to write it.
                quoted: true,
                at: self.at_word(start),
            });
        }
        self.word(WordRule::Setting, "a value")
    }

    /// A name in a list, quoted or bare.
    pub(super) fn name(&mut self, wanted: &str) -> Step<Word> {
        self.word(WordRule::Name, wanted)
    }

    /// A word, or an error that says what was wanted.
    pub(super) fn word(&mut self, rule: WordRule, wanted: &str) -> Step<Word> {
        match self.word_ahead(rule)? {
            Some(word) => Ok(word),
            None => self.expected(wanted),
        }
    }

    /// Takes the word that comes next, quoted or bare.
    pub(super) fn word_ahead(&mut self, rule: WordRule) -> Step<Option<Word>> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        let is_search = matches!(rule, WordRule::Term | WordRule::Value | WordRule::Item);
        match self.cursor.peek() {
            Some('"') => self.quoted('"').map(Some),
            Some('\'') if !is_search && self.cursor.quoted('\'').is_some() => {
                self.quoted('\'').map(Some)
            }
            _ => {
                let end = self.cursor.bare_end(rule);
                if end <= start {
                    return Ok(None);
                }
                self.cursor.at = end;
                let text = self.cursor.slice(start, end);
                if let Some(help) = super::hint::smart_quote(text)
                    && !text.starts_with(char::is_alphanumeric)
                {
                    let message = "this quotation mark does not quote";
                    self.diagnostics.push(
                        Diagnostic::warning(&SYNTAX, message)
                            .at(self.span(start, end), "taken as it stands")
                            .help(help),
                    );
                }
                let text = if is_search {
                    unescape(text, "\\\"|")
                } else {
                    text.to_owned()
                };
                Ok(Some(Word {
                    text,
                    quoted: false,
                    at: self.at(start, end),
                }))
            }
        }
    }

    /// Takes a quoted text; the quote is known to come next.
    pub(super) fn quoted(&mut self, mark: char) -> Step<Word> {
        let start = self.cursor.at;
        let Some((content_end, end)) = self.cursor.quoted(mark) else {
            self.unbalanced(start, "this quote is not closed");
            return Err(super::Abort);
        };
        self.cursor.at = end;
        let known = if mark == '"' { "\\\"" } else { "\\'" };
        let text = unescape(self.cursor.slice(start + 1, content_end), known);
        Ok(Word {
            text,
            quoted: true,
            at: self.at(start, end),
        })
    }

    /// `field [AS name]`.
    pub(super) fn field_as(&mut self) -> Step<FieldAs> {
        let field = self.name("a field")?;
        let name = self.alias()?;
        Ok(FieldAs { field, name })
    }

    /// The name after `AS`, when there is one.
    pub(super) fn alias(&mut self) -> Step<Option<Word>> {
        if self.cursor.keyword("as") {
            self.name("a name after `AS`").map(Some)
        } else {
            Ok(None)
        }
    }

    /// Takes a whole number when it is a word of its own.
    pub(super) fn count(&mut self) -> Option<u64> {
        self.cursor.skip_space();
        let rest = self.cursor.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        if !after.is_empty()
            && !after.starts_with(|c: char| c.is_whitespace() || ",+\"".contains(c))
        {
            return None;
        }
        let count = digits.parse().ok()?;
        self.cursor.at += end;
        Some(count)
    }
}
