//! Commands over data sources: `lookup`, `inputlookup`, `from`.

use super::{Parser, Step};
use crate::ast::{FieldAs, FromRef, Lookup, LookupOutput, Opt, SavedRef, TableRef};
use crate::lexer::WordRule;
use crate::signature::Signature;

impl Parser<'_> {
    /// `table column [AS field] … [OUTPUT|OUTPUTNEW column [AS field] …]`.
    pub(super) fn lookup(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Lookup> {
        self.options(signature, options)?;
        let table = self.name("a lookup")?;
        let mut inputs = Vec::new();
        let mut output: Option<LookupOutput> = None;
        loop {
            self.options(signature, options)?;
            if self.cursor.is_done() {
                break;
            }
            let clause = if self.cursor.keyword("output") {
                Some(false)
            } else if self.cursor.keyword("outputnew") {
                Some(true)
            } else {
                None
            };
            if let Some(new_only) = clause {
                if output.is_some() {
                    return self.fail(
                        self.cursor.at,
                        self.cursor.at,
                        "a lookup has one `OUTPUT` clause only",
                    );
                }
                output = Some(LookupOutput {
                    new_only,
                    fields: Vec::new(),
                });
                continue;
            }
            let field = self.field_as()?;
            let list: &mut Vec<FieldAs> = output
                .as_mut()
                .map_or(&mut inputs, |output| &mut output.fields);
            list.push(field);
        }
        if inputs.is_empty() {
            return self.expected("a column to match");
        }
        if output
            .as_ref()
            .is_some_and(|output| output.fields.is_empty())
        {
            return self.expected("a column after `OUTPUT`");
        }
        Ok(Lookup {
            table,
            inputs,
            output,
        })
    }

    /// `table [where expression]`, options anywhere.
    pub(super) fn table(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<TableRef> {
        self.options(signature, options)?;
        let table = self.name("a lookup or a file")?;
        self.options(signature, options)?;
        let filter = if self.cursor.keyword("where") {
            Some(self.search(false)?)
        } else {
            None
        };
        Ok(TableRef { table, filter })
    }

    /// `kind:name`, `kind name …`; for `datamodel`, the words alone.
    pub(super) fn dataset(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<FromRef> {
        self.options(signature, options)?;
        let kind = if signature.name == "from" {
            let kind = self.cursor.ahead().to_owned();
            if kind.is_empty() {
                return self.expected("a kind of dataset such as `datamodel` or `lookup`");
            }
            self.cursor.at += kind.len();
            self.cursor.eat(":");
            kind.to_lowercase()
        } else {
            signature.name.to_owned()
        };
        let mut words = Vec::new();
        loop {
            self.options(signature, options)?;
            // `"Model"."Dataset"`
            while self.cursor.eat(".") {}
            if self.cursor.is_done() {
                break;
            }
            words.push(self.name("a name")?);
        }
        if words.is_empty() && signature.name == "from" {
            return self.expected("the name of a dataset");
        }
        Ok(FromRef { kind, words })
    }

    /// `name token=value …`, in any order; the names of tokens are free.
    pub(super) fn saved(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<SavedRef> {
        let mut found = None;
        let mut tokens = Vec::new();
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done() {
                break;
            }
            match self.setting_ahead() {
                Some((name, _)) if signature.option(name).is_some() => {
                    self.options(signature, options)?;
                }
                Some((name, after)) => {
                    let start = self.cursor.at;
                    self.cursor.at = after;
                    let value = self.setting_value()?;
                    tokens.push(Opt {
                        name: name.to_owned(),
                        value,
                        at: self.at_word(start),
                    });
                }
                None if found.is_none() => {
                    found = Some(self.word(WordRule::Setting, "the name of a saved search")?);
                }
                None => return self.expected("`token=value`"),
            }
        }
        match found {
            Some(name) => Ok(SavedRef { name, tokens }),
            None => self.expected("the name of a saved search"),
        }
    }
}
