//! `spath`: takes fields out of JSON or XML.
//!
//! With a path it gives what stands there (an object as its text), under the path's name unless `output` says other.
//! Without, it gives every value a field by its path, out of the first 5,000 characters (limits.conf,
//! `extraction_cutoff`). JSON elements count from 0, XML ones from 1; JSON `null` is the text "null". Where a path leads
//! nowhere, the field stays as it is.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax};
use indexmap::IndexMap;

use super::arguments::Arguments;
use super::columns::first_of;
use super::doc::{Doc, Example};
use super::json_text::{self, fits};
use super::{Command, Lower, xml_text};
use crate::env::Cx;
use crate::limits::reached;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Spath;

const NULL_WORD: &str = "spath gives the word null for a JSON null; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"j":"{\"user\":{\"name\":\"bob\"},\"ports\":[22,443]}"}]"#,
        "spath input=j | table user.name ports{}",
        r#"[{"user.name":"bob","ports{}":["22","443"]}]"#,
    ),
    Example::over(
        r#"[{"j":"{\"user\":{\"name\":\"bob\"}}"}]"#,
        "spath input=j output=who path=user.name | table who",
        r#"[{"who":"bob"}]"#,
    ),
])
.uncertain(&[NULL_WORD]);

impl Command for Spath {
    fn name(&self) -> &'static str {
        "spath"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let path = match &syntax.body {
            Body::Field(field) => Some(Arc::from(field.field.text.as_str())),
            Body::None => arguments.text("path"),
            _ => return Err(arguments.missing("a path")),
        };
        let input = arguments.text("input").unwrap_or_else(|| "_raw".into());
        let output = arguments.text("output").or_else(|| path.clone());
        let stage = match (path, output) {
            (Some(path), Some(output)) => Stage::Map(Arc::new(One {
                input,
                path,
                output,
            })),
            _ => Stage::Map(Arc::new(All {
                input,
                at: syntax.name_at.0,
            })),
        };
        arguments.finish(stage)
    }
}

struct One {
    input: Arc<str>,
    path: Arc<str>,
    output: Arc<str>,
}

impl MapOp for One {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let found = table.column_or_null(&self.input).map(|value| {
            Value::multi(
                value
                    .each()
                    .iter()
                    .map(|single| single.with_text(|text| read(text, &self.path, cx))),
            )
        });
        cx.check()?;
        let before = table.column_or_null(&self.output);
        table.set(self.output.clone(), first_of(&found, &before));
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

fn read(text: &str, path: &str, cx: &Cx<'_>) -> Value {
    let mut found = Vec::new();
    if is_xml(text) {
        xml_text::walk(text, &mut |one| {
            if one.name == path || path.contains('{') && xml_fits(path, one.indexed) {
                found.push(Value::text(one.text));
            }
        });
    } else {
        json_text::walk(text, &mut |at, value| {
            if fits(path, at) {
                found.push(match value {
                    json_text::Found::Scalar(text) => Value::text(text),
                    json_text::Found::Null => {
                        cx.uncertain(NULL_WORD);
                        Value::from("null")
                    }
                    json_text::Found::Container(text) => Value::text(text),
                });
            }
        });
    }
    Value::multi(found)
}

/// Whether an indexed path (`a{1}.b{2}`) fits one in which places may be left out.
fn xml_fits(pattern: &str, indexed: &str) -> bool {
    let steps = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, indexed) = (steps(pattern), steps(indexed));
    pattern.len() == indexed.len()
        && pattern.iter().zip(&indexed).all(|(wanted, found)| {
            let Some((tag, rest)) = found.split_once('{') else {
                return wanted == found;
            };
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            wanted == found
                || *wanted == format!("{tag}{after}")
                || *wanted == format!("{tag}{{}}{after}")
        })
}

fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

struct All {
    input: Arc<str>,
    at: Span,
}

impl MapOp for All {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut made: IndexMap<String, Vec<(usize, Value)>> = IndexMap::new();
        let limit = cx.env.limits.spath_characters;
        let mut is_cut = false;
        for (row, value) in table.column_or_null(&self.input).iter().enumerate() {
            if row % 64 == 0 {
                cx.check()?;
            }
            for single in value.each() {
                single.with_text(|text| {
                    let end = text
                        .char_indices()
                        .nth(limit)
                        .map_or(text.len(), |(at, _)| at);
                    is_cut |= end < text.len();
                    every(&text[..end], cx, |name, value| {
                        made.entry(name).or_default().push((row, value))
                    });
                });
            }
        }
        if is_cut {
            let message = format!("`spath` read the first {limit} characters of a longer text");
            cx.note(reached(message, "[spath] extraction_cutoff", self.at));
        }
        // Ascending, so that the order does not follow from how events were cut into chunks.
        made.sort_keys();
        for (name, found) in made {
            let mut cells: Vec<Vec<Value>> = vec![Vec::new(); table.len()];
            found
                .into_iter()
                .for_each(|(row, value)| cells[row].push(value));
            let column = cells.into_iter().map(Value::multi).collect();
            let before = table.column_or_null(&name);
            table.set(name, first_of(&column, &before));
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

/// Every value of a document, by the name of its path.
pub(super) fn every(text: &str, cx: &Cx<'_>, mut give: impl FnMut(String, Value)) {
    if is_xml(text) {
        xml_text::walk(text, &mut |one| {
            if one.is_leaf && !one.text.is_empty() {
                give(one.name.to_owned(), Value::text(one.text));
            }
        });
        return;
    }
    json_text::walk(text, &mut |path, value| {
        if path.is_empty() {
            return;
        }
        match value {
            json_text::Found::Scalar(text) => give(json_text::name(path), Value::text(text)),
            json_text::Found::Null => {
                cx.uncertain(NULL_WORD);
                give(json_text::name(path), Value::from("null"));
            }
            json_text::Found::Container(_) => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, check, rows, try_run};
    use crate::env::Env;

    #[test]
    fn paths_lead_to_values_and_objects() {
        let input = r#"[{"j":"{\"a\": [{\"b\": 1}, {\"b\": 2}], \"c\": {\"d\": null}}"}]"#;
        check(
            input,
            "spath input=j output=b path=a{}.b | fields b",
            r#"[{"b":["1","2"]}]"#,
        );
        check(
            input,
            "spath input=j a{1}.b | fields - j",
            r#"[{"a{1}.b":"2"}]"#,
        );
        check(
            input,
            "spath input=j output=o path=a{} | fields o",
            r#"[{"o":["{\"b\": 1}","{\"b\": 2}"]}]"#,
        );
        check(
            input,
            "spath input=j | fields - j",
            r#"[{"a{}.b":["1","2"],"c.d":"null"}]"#,
        );
    }

    #[test]
    fn xml_counts_from_one() {
        let input = r#"[{"_raw":"<e v='1'><d n='x'>1</d><d n='y'>2</d></e>"}]"#;
        check(
            input,
            "spath | fields - _raw",
            r#"[{"e{@v}":"1","e.d":["1","2"],"e.d{@n}":["x","y"]}]"#,
        );
        check(
            input,
            "spath output=o path=e.d{2} | fields o | fields - _raw",
            r#"[{"o":"2"}]"#,
        );
        check(
            input,
            "spath output=o path=e.d{@n} | fields o | fields - _raw",
            r#"[{"o":["x","y"]}]"#,
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let mut env = Env::all_time(NOW);
        env.limits.spath_characters = 12;
        let outcome = try_run(
            rows(r#"[{"_raw":"{\"a\":1,\"b\":22,\"c\":3}"}]"#),
            "spath | fields - _raw",
            &[],
            &env,
        )
        .unwrap();
        assert_eq!((outcome.table.names().count(), outcome.notes.len()), (1, 1));
    }
}
