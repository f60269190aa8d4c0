//! Lists of fields, `rename`, `sort`, one field, counts.

use super::{Parser, Step};
use crate::ast::{Body, FieldAs, Fields, Opt, Rename, Sign, Sort, SortKey, Word};
use crate::signature::Signature;

impl Parser<'_> {
    /// `[sign] [count] names [by names] [sortby keys]` with options anywhere.
    pub(super) fn fields(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Body> {
        let mut fields = Fields {
            sign: None,
            count: None,
            names: Vec::new(),
            by: Vec::new(),
            sortby: Vec::new(),
        };
        let takes_count = matches!(
            signature.name,
            "dedup" | "top" | "rare" | "sitop" | "sirare"
        );
        let faults = self.diagnostics.len();
        if signature.name == "fields" {
            self.cursor.skip_commas();
            fields.sign = self.sign();
        }
        loop {
            self.options(signature, options)?;
            if self.cursor.is_done() {
                break;
            }
            if takes_count && fields.count.is_none() && fields.names.is_empty() {
                fields.count = self.count();
                if fields.count.is_some() {
                    continue;
                }
            }
            if signature.name == "dedup" && self.cursor.keyword("sortby") {
                fields.sortby = self.sort_keys()?.0;
                break;
            }
            if takes_count && !fields.names.is_empty() && self.cursor.keyword("by") {
                fields.by = self.by_names(signature, options)?;
                break;
            }
            fields.names.push(self.name("a field")?);
        }
        let is_bare = fields.names.is_empty() && fields.by.is_empty() && fields.sortby.is_empty();
        // `table x=1` has its fault already.
        let is_sound = faults == self.diagnostics.len();
        if is_bare
            && is_sound
            && matches!(
                signature.name,
                "table" | "fields" | "dedup" | "mvexpand" | "top" | "rare" | "nomv" | "mvcombine"
            )
        {
            return self.expected("a field");
        }
        Ok(
            if is_bare && fields.sign.is_none() && fields.count.is_none() {
                Body::None
            } else {
                Body::Fields(fields)
            },
        )
    }

    fn by_names(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Vec<Word>> {
        let mut names = vec![self.name("a field after `by`")?];
        loop {
            self.options(signature, options)?;
            if self.cursor.is_done() {
                return Ok(names);
            }
            names.push(self.name("a field")?);
        }
    }

    fn sign(&mut self) -> Option<Sign> {
        if self.cursor.eat("-") {
            Some(Sign::Minus)
        } else if self.cursor.eat("+") {
            Some(Sign::Plus)
        } else {
            None
        }
    }

    /// `from AS to`, separated by commas or white space.
    pub(super) fn renames(&mut self) -> Step<Vec<Rename>> {
        let mut renames = Vec::new();
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done() && !renames.is_empty() {
                return Ok(renames);
            }
            let from = self.name("a field to rename")?;
            if !self.cursor.keyword("as") {
                let help = format!("write `rename {} AS new_name`", from.text);
                return self.expected_or("`AS`", Some(&help));
            }
            let to = self.name("the new name")?;
            renames.push(Rename { from, to });
        }
    }

    /// `[limit] keys [desc]`.
    pub(super) fn sort(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Sort> {
        self.options(signature, options)?;
        let limit = options
            .pop_if(|option| option.name == "limit")
            .and_then(|option| option.value.text.parse().ok());
        let limit = limit.or_else(|| self.count());
        let (keys, reverse) = self.sort_keys()?;
        if keys.is_empty() {
            return self.expected("a field to sort by");
        }
        Ok(Sort {
            limit,
            keys,
            reverse,
        })
    }

    /// The keys, and whether `desc` follows them. A sign with white space behind it holds for the keys that follow.
    fn sort_keys(&mut self) -> Step<(Vec<SortKey>, bool)> {
        let mut keys: Vec<SortKey> = Vec::new();
        let mut lasting = false;
        loop {
            let before = self.cursor.at;
            self.cursor.skip_commas();
            if self.cursor.is_done() {
                return Ok((keys, false));
            }
            let has_comma = self.cursor.slice(before, self.cursor.at).contains(',');
            let is_last = |rest: &str| {
                rest.trim_end().eq_ignore_ascii_case("desc")
                    || rest.trim_end().eq_ignore_ascii_case("d")
            };
            if !keys.is_empty() && !has_comma && is_last(self.cursor.rest()) {
                self.cursor.at = self.cursor.end;
                return Ok((keys, true));
            }
            let mut descending = lasting;
            if let Some(sign) = self.sign() {
                descending = sign == Sign::Minus;
                if self.cursor.peek().is_some_and(char::is_whitespace) {
                    lasting = descending;
                }
            }
            let (field, cast) = self.sort_field()?;
            keys.push(SortKey {
                field,
                descending,
                cast,
            });
        }
    }

    /// `field` or `cast(field)`.
    fn sort_field(&mut self) -> Step<(Word, Option<String>)> {
        let word = self.name("a field to sort by")?;
        let cast = ["num", "str", "ip", "auto"].into_iter().find_map(|cast| {
            let inner = word
                .text
                .strip_prefix(cast)?
                .strip_prefix('(')?
                .strip_suffix(')')?;
            (!word.quoted).then(|| (inner.to_owned(), cast.to_owned()))
        });
        Ok(match cast {
            Some((text, cast)) => (Word { text, ..word }, Some(cast)),
            None => (word, None),
        })
    }

    /// One field with an optional new name, options anywhere.
    pub(super) fn field(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Body> {
        self.options(signature, options)?;
        if self.cursor.is_done() {
            return match signature.name {
                "apply" | "bin" | "makemv" | "iplocation" | "fromjson" | "accum" | "delta" => {
                    self.expected("a field")
                }
                _ => Ok(Body::None),
            };
        }
        let field = self.name("a field")?;
        self.options(signature, options)?;
        let name = self.alias()?;
        Ok(Body::Field(FieldAs { field, name }))
    }

    /// `head 5`, `head (x>5)`.
    pub(super) fn count_or_condition(
        &mut self,
        signature: &'static Signature,
        options: &mut Vec<Opt>,
    ) -> Step<Body> {
        // An unknown `name=` may start a condition: `head x=5`.
        let is_option = |parser: &mut Self| signature.option(parser.cursor.ahead()).is_some();
        if is_option(self) {
            self.options(signature, options)?;
        }
        self.cursor.skip_space();
        let start = self.cursor.at;
        if let Some(count) = self.count() {
            return Ok(Body::Count(Some((count, self.at_word(start)))));
        }
        if self.cursor.is_done() {
            return Ok(Body::Count(None));
        }
        if signature.name != "head" {
            return self.expected("a count");
        }
        Ok(Body::Condition(self.expression()?))
    }
}
