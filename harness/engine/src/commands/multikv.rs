//! `multikv`: makes a row of each line of a table that stands in `_raw`; the first line names the fields.
//!
//! Search Reference, "multikv". `forceheader=N` says which line has the names, `noheader=true` that none has; `fields`
//! lists those to keep, `filter` the words of which a line must hold one. The rows have the fields of the event, unless
//! `copyattrs=false`; `rmorig=false` keeps the event behind its rows. How Splunk finds tables among other lines is not
//! published: where that decides, the result is uncertain. `conf=` (multikv.conf) is not followed.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use indexmap::IndexMap;

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::mvexpand::plain;
use super::text_table::{Layout, rows};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const GUESS: &str = "`multikv` takes the first line in capitals for the names, and reads lines with other numbers of words by the places of the columns; Splunk does not say how it finds tables";
const CASE: &str =
    "the words of `multikv filter` are found in any letter case; the manual does not say so";

pub(super) struct Multikv;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"_raw":"Name   Job\nJosh   Cook\nAda    Smith"}]"#,
    "multikv forceheader=1 | table Name Job",
    r#"[{"Name":"Josh","Job":"Cook"},{"Name":"Ada","Job":"Smith"}]"#,
)])
.uncertain(&[CASE, GUESS])
.differences(&["`conf` is not followed."]);

impl Command for Multikv {
    fn name(&self) -> &'static str {
        "multikv"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        arguments.refuse(&["conf"]);
        let nameless = arguments.flag("noheader", false);
        let layout = Layout {
            header: arguments.count("forceheader"),
            nameless,
            several: arguments.flag("multitable", true) && !nameless,
        };
        let mut op = Rows {
            layout,
            fields: Vec::new(),
            filter: Vec::new(),
            copy: arguments.flag("copyattrs", true),
            keep_event: !arguments.flag("rmorig", true),
        };
        if let Body::Fields(list) = &syntax.body {
            let mut into = None;
            for word in &list.names {
                match word.text.as_str() {
                    "fields" if !word.quoted => into = Some(true),
                    "filter" if !word.quoted => into = Some(false),
                    text => match into {
                        Some(true) => op.fields.push(text.into()),
                        Some(false) => op.filter.push(text.to_lowercase()),
                        None => arguments.wrong(word, "expected `fields` or `filter` before this"),
                    },
                }
            }
        }
        arguments.finish(Stage::Map(Arc::new(op)))
    }
}

struct Rows {
    layout: Layout,
    /// The fields to keep; none means all.
    fields: Vec<Arc<str>>,
    /// In lower case; none means every line.
    filter: Vec<String>,
    copy: bool,
    keep_event: bool,
}

impl Rows {
    fn takes(&self, line: &str, cx: &Cx<'_>) -> bool {
        let lower = line.to_lowercase();
        let found = self.filter.iter().any(|word| lower.contains(word));
        if found && !self.filter.iter().any(|word| line.contains(word)) {
            cx.uncertain(CASE);
        }
        found || self.filter.is_empty()
    }
}

impl MapOp for Rows {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut from: Vec<u32> = Vec::new();
        // Whether a row is the event itself.
        let mut is_event: Vec<bool> = Vec::new();
        let mut made: IndexMap<Arc<str>, Vec<Value>> = IndexMap::new();
        let mut put = |name: &str, value: Value, place: usize| {
            let column = made.entry(name.into()).or_default();
            column.resize(place, Value::Null);
            column.push(value);
        };
        for (row, raw) in table.column_or_null("_raw").iter().enumerate() {
            cx.charge(from.len(), 0)?;
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            raw.with_text(|text| {
                let found = rows(text, self.layout);
                if found.is_guess {
                    cx.uncertain(GUESS);
                }
                for line in found.rows {
                    if !self.takes(line.line, cx) {
                        continue;
                    }
                    put("_raw", line.line.trim_start().into(), from.len());
                    let mut seen: Vec<&str> = Vec::new();
                    for (name, value) in &line.cells {
                        let wanted =
                            self.fields.is_empty() || self.fields.iter().any(|f| **f == **name);
                        if wanted
                            && !name.is_empty()
                            && !value.is_empty()
                            && !seen.contains(&&**name)
                        {
                            put(name, (*value).into(), from.len());
                            seen.push(name);
                        }
                    }
                    from.push(row);
                    is_event.push(false);
                }
            });
            if self.keep_event {
                from.push(row);
                is_event.push(true);
            }
        }
        let mut expanded = table.select(&from);
        plain(&mut expanded);
        if !self.copy {
            let bare = |row: usize, value: &Value| match is_event[row] {
                true => value.clone(),
                false => Value::Null,
            };
            let names: Vec<Arc<str>> = expanded.names().cloned().collect();
            for name in names {
                let column = expanded.column_or_null(&name);
                let kept = column
                    .iter()
                    .enumerate()
                    .map(|(row, value)| bare(row, value));
                expanded.set(name, kept.collect());
            }
        }
        for (name, mut values) in made {
            values.resize(from.len(), Value::Null);
            let old = expanded.column_or_null(&name);
            let column = values
                .into_iter()
                .enumerate()
                .map(|(row, value)| match value {
                    Value::Null => old.get(row).clone(),
                    value => value,
                });
            expanded.set(name, column.collect());
        }
        cx.charge(expanded.len(), expanded.bytes())?;
        Ok(expanded)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes, open_points};

    const INPUT: &str =
        r#"[{"_raw":"Name   Job\nJosh   Cook\nAda    Smith","host":"h","_time":1}]"#;

    #[test]
    fn each_line_becomes_a_row() {
        check(
            INPUT,
            "multikv forceheader=1",
            r#"[{"_raw":"Josh   Cook","host":"h","_time":1,"Name":"Josh","Job":"Cook"},
                {"_raw":"Ada    Smith","host":"h","_time":1,"Name":"Ada","Job":"Smith"}]"#,
        );
        check(
            INPUT,
            "multikv fields Job filter smith cook2",
            r#"[{"_raw":"Ada    Smith","host":"h","_time":1,"Job":"Smith"}]"#,
        );
        check(
            INPUT,
            "multikv copyattrs=f fields Name filter Ada",
            r#"[{"_raw":"Ada    Smith","Name":"Ada"}]"#,
        );
        check(
            INPUT,
            "multikv rmorig=f | stats count, count(Name) AS n",
            r#"[{"count":3,"n":2}]"#,
        );
        check(
            INPUT,
            "multikv noheader=t | fields Column_2 | fields - _*",
            r#"[{"Column_2":"Job"},{"Column_2":"Cook"},{"Column_2":"Smith"}]"#,
        );
    }

    #[test]
    fn what_is_open_or_not_followed_is_told() {
        assert_eq!(open_points(INPUT, "multikv", &[]), 0);
        assert_eq!(open_points(INPUT, "multikv filter ada", &[]), 1);
        assert_eq!(open_points(r#"[{"_raw":"a b\n1 2"}]"#, "multikv", &[]), 1);
        assert_eq!(mistakes("multikv conf=ps"), ["DF301"]);
        assert_eq!(mistakes("multikv PID"), ["DF307"]);
    }
}
