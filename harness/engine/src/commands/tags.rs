//! `tags`: the tags of field values (`tags.conf`), as fields.
//!
//! Search Reference, "tags": with `outputfield` all go there, with `inclname` and `inclvalue` behind the field and its
//! value; without it each field's tags go to a field of its own. `allowed_tags` leaves out the others.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_plan::{Library, Matcher, Test};
use dryfire_spl::ast::{Body, Command as Syntax, Compare};

use super::arguments::{Arguments, names};
use super::columns::expand;
use super::doc::{Doc, Example, Given};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const NAMES: &str = "without `outputfield`, `tags` writes `tag::FIELD` for each field and all tags to `tag`; Splunk's manual can be read otherwise";
const JOINED: &str = "`tags inclname=true inclvalue=true` writes FIELD::VALUE::TAG; Splunk's manual shows FIELD::TAG only";

pub(super) struct Tags;

const DOC: Doc = Doc::new(&[Example::given(
    Given::Tags(
        r#"[{"host":"db1","user":"bob"}]"#,
        "[host=db1]\ndatabase = enabled\n",
    ),
    "tags outputfield=found inclname=true host",
    r#"[{"host":"db1","user":"bob","found":"host::database"}]"#,
)])
.uncertain(&[JOINED, NAMES]);

impl Command for Tags {
    fn name(&self) -> &'static str {
        "tags"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let fields = match &syntax.body {
            Body::Fields(fields) if !fields.names.is_empty() => names(&fields.names),
            _ => vec!["*".into()],
        };
        let allowed = arguments.text("allowed_tags").map(|list| {
            let names = list.split(',').map(|name| name.trim().to_owned());
            names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
        });
        let op = Tagged {
            fields,
            tags: known(cx.library, allowed.as_deref()),
            output: arguments.text("outputfield"),
            with_name: arguments.flag("inclname", false),
            with_value: arguments.flag("inclvalue", false),
        };
        arguments.finish(Stage::Map(Arc::new(op)))
    }
}

/// A tag and the value of a field that has it.
struct Tag {
    name: Arc<str>,
    field: String,
    value: Matcher,
}

fn known(library: &Library, allowed: Option<&[String]>) -> Vec<Tag> {
    let names = library
        .tags()
        .filter(|name| allowed.is_none_or(|allowed| allowed.iter().any(|one| **one == ***name)));
    let tags = names.flat_map(|name| {
        library.tag(name).iter().map(|(field, value)| Tag {
            name: name.clone(),
            field: field.clone(),
            value: Matcher::new(&Test {
                op: Compare::Eq,
                value: value.as_str().into(),
            }),
        })
    });
    tags.collect()
}

struct Tagged {
    fields: Vec<Arc<str>>,
    tags: Vec<Tag>,
    output: Option<Arc<str>>,
    with_name: bool,
    with_value: bool,
}

impl Tagged {
    fn shown(&self, tag: &Tag, value: &Value, cx: &Cx<'_>) -> Value {
        let mut text = String::new();
        if self.output.is_some() && self.with_name {
            text.push_str(&tag.field);
            text.push_str("::");
        }
        if self.output.is_some() && self.with_value {
            if self.with_name {
                cx.uncertain(JOINED);
            }
            value.write_to(&mut text);
            text.push_str("::");
        }
        text.push_str(&tag.name);
        Value::text(text)
    }
}

impl MapOp for Tagged {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut all: Vec<Vec<Value>> = vec![Vec::new(); table.len()];
        for field in expand(&self.fields, &table) {
            let column = table.column_or_null(&field);
            let tags: Vec<&Tag> = self
                .tags
                .iter()
                .filter(|tag| *tag.field == *field)
                .collect();
            if tags.is_empty() {
                continue;
            }
            let mut own: Vec<Vec<Value>> = vec![Vec::new(); table.len()];
            for (row, values) in column.iter().enumerate() {
                if row % 1024 == 0 {
                    cx.check()?;
                }
                for value in values.each() {
                    let fits = |tag: &&&Tag| value.with_text(|text| tag.value.matches(text));
                    let found = tags.iter().filter(fits);
                    own[row].extend(found.map(|tag| self.shown(tag, value, cx)));
                }
            }
            for (all, own) in all.iter_mut().zip(&own) {
                for value in own {
                    if !all.contains(value) {
                        all.push(value.clone());
                    }
                }
            }
            if self.output.is_none() && own.iter().any(|values| !values.is_empty()) {
                cx.uncertain(NAMES);
                let name = format!("tag::{field}");
                table.set(Arc::from(name), own.into_iter().map(Value::multi).collect());
            }
        }
        let is_empty = all.iter().all(Vec::is_empty);
        let name = self.output.clone().unwrap_or_else(|| "tag".into());
        if !is_empty {
            table.set(name, all.into_iter().map(Value::multi).collect());
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}
