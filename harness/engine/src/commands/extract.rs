//! `extract` (`kv`): makes fields of the name and value pairs in `_raw`.
//!
//! With `pairdelim` and `kvdelim`, each a set of characters, the text is cut at them; otherwise pairs are found as at
//! search time. Of a name that comes twice the first value counts, unless `mv_add=true`. Stanzas of transforms.conf are
//! not run.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_plan::Format;
use dryfire_spl::ast::{Body, Command as Syntax};
use indexmap::IndexMap;

use super::arguments::Arguments;
use super::columns::first_of;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::{Cx, Limits};
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Extract;

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"_raw":"user=bob port=22"}]"#,
        "extract | table user port",
        r#"[{"user":"bob","port":"22"}]"#,
    ),
    Example::over(
        r#"[{"_raw":"user:bob;port:22"}]"#,
        r#"extract pairdelim=";" kvdelim=":" | table user port"#,
        r#"[{"user":"bob","port":"22"}]"#,
    ),
])
.differences(&["Stanzas of transforms.conf are not run: with one, the search is undetermined."]);

impl Command for Extract {
    fn name(&self) -> &'static str {
        "extract"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        if let Body::Fields(fields) = &syntax.body {
            for stanza in &fields.names {
                arguments.unsupported(
                    stanza.at.0,
                    "the engine does not run stanzas of transforms.conf by `extract`",
                );
            }
        }
        let op = Pairs {
            delims: arguments.text("pairdelim").zip(arguments.text("kvdelim")),
            limit: arguments.count("limit").filter(|limit| *limit > 0),
            characters: arguments.count("maxchars"),
            add: arguments.flag("mv_add", false),
            clean: arguments.flag("clean_keys", true),
        };
        arguments.finish(Stage::Map(Arc::new(op)))
    }
}

struct Pairs {
    delims: Option<(Arc<str>, Arc<str>)>,
    limit: Option<usize>,
    characters: Option<usize>,
    add: bool,
    clean: bool,
}

impl Pairs {
    fn read(
        &self,
        raw: &str,
        pair: &str,
        kv: &str,
        limits: &Limits,
    ) -> IndexMap<String, Vec<Value>> {
        let end = raw
            .char_indices()
            .nth(limits.kv_characters)
            .map_or(raw.len(), |(at, _)| at);
        let mut found: IndexMap<String, Vec<Value>> = IndexMap::new();
        for text in raw[..end]
            .split(|letter| pair.contains(letter))
            .take(limits.kv_fields)
        {
            let Some((name, value)) = text.split_once(|letter| kv.contains(letter)) else {
                continue;
            };
            // A value that holds the delimiter again is not taken (Search Reference, "extract").
            if value.contains(|letter| kv.contains(letter)) {
                continue;
            }
            let (name, value) = (self.name(name.trim()), value.trim().trim_matches('"'));
            if name.is_empty() || value.is_empty() {
                continue;
            }
            let values = found.entry(name).or_default();
            if values.is_empty() || self.add {
                values.push(Value::text(value));
            }
        }
        found
    }

    /// transforms.conf.spec, `CLEAN_KEYS`: odd characters become `_`, leading `_` and digits go.
    fn name(&self, name: &str) -> String {
        if !self.clean {
            return name.to_owned();
        }
        let clean: String = name
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        clean
            .trim_start_matches(|letter: char| letter == '_' || letter.is_ascii_digit())
            .to_owned()
    }
}

impl MapOp for Pairs {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let raw = table.column_or_null("_raw");
        let known = &cx.env.limits;
        let limits = Limits {
            kv_fields: self.limit.unwrap_or(known.kv_fields),
            kv_characters: self.characters.unwrap_or(known.kv_characters),
            ..known.clone()
        };
        let made: Vec<(Arc<str>, Column)> = match &self.delims {
            None => {
                let texts: Vec<Arc<str>> = raw.iter().map(Value::to_text).collect();
                let names = crate::extract::names(
                    Format::KeyValue,
                    texts.iter().map(|text| &**text),
                    &limits,
                );
                let mut names: Vec<Arc<str>> = names.into_iter().map(Arc::from).collect();
                names.sort();
                let (columns, is_cut) = crate::extract::extract(
                    Format::KeyValue,
                    texts.iter().map(|text| &**text),
                    &names,
                    &limits,
                );
                if is_cut {
                    cx.note(limits.events_cut());
                }
                names.into_iter().zip(columns).collect()
            }
            Some((pair, kv)) => {
                let mut cells: IndexMap<String, Vec<Value>> = IndexMap::new();
                for (row, value) in raw.iter().enumerate() {
                    for (name, values) in value.with_text(|raw| self.read(raw, pair, kv, &limits)) {
                        let column = cells
                            .entry(name)
                            .or_insert_with(|| vec![Value::Null; table.len()]);
                        column[row] = Value::multi(values);
                    }
                }
                cells.sort_keys();
                cells
                    .into_iter()
                    .map(|(name, cells)| (name.into(), cells.into_iter().collect()))
                    .collect()
            }
        };
        cx.check()?;
        for (name, column) in made {
            let column = first_of(&column, &table.column_or_null(&name));
            table.set(name, column);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn pairs_become_fields() {
        let spl = r#"extract pairdelim=";" kvdelim=":" | fields - _raw"#;
        check(
            r#"[{"_raw":"a:1; b c:2;d:x:y;a:3;e:"}]"#,
            spl,
            r#"[{"a":"1","b_c":"2"}]"#,
        );
        check(
            r#"[{"_raw":"user=bob x=1"}]"#,
            "extract | fields - _raw",
            r#"[{"user":"bob","x":"1"}]"#,
        );
        assert_eq!(mistakes("extract access-extractions"), ["DF301"]);
    }
}
