//! `foreach`: runs an `eval` template for each field, or for each value of a list.
//!
//! `<<FIELD>>`, `<<MATCHSTR>>` and `<<MATCHSEGn>>` are replaced as text before the template is parsed (Search
//! Reference, "foreach"). Fields that a pattern finds come ascending. In `mode=multivalue`, `<<ITEM>>` stands for the
//! value itself and `<<ITER>>` for its place, from 0. Templates other than `eval` are not run.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceMap, codes};
use dryfire_plan::capture;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::columns::{expand, has_pattern};
use super::doc::{Doc, Example};
use super::eval::Assign;
use super::{Command, Lower, json_text};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, MapOp, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Foreach;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"in_kb":"1","out_kb":"2"}]"#,
    "foreach *_kb [eval <<MATCHSTR>>='<<FIELD>>'*1024] | table in out",
    r#"[{"in":"1024","out":"2048"}]"#,
)])
.differences(&["Templates other than `eval` are not run: the search is undetermined."]);

/// The columns that hold the value and its place while a template runs.
const ITEM: &str = "foreach item";
const ITER: &str = "foreach place";

impl Command for Foreach {
    fn name(&self) -> &'static str {
        "foreach"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Foreach(body) = &syntax.body else {
            return Err(arguments.missing("fields and a template in brackets"));
        };
        let token = |option: &str, default: &str| {
            let own = arguments.text(option).unwrap_or_else(|| default.into());
            own.to_string()
        };
        let template = Template {
            text: body.template.text.clone(),
            field: token("fieldstr", "<<FIELD>>"),
            matched: token("matchstr", "<<MATCHSTR>>"),
            segments: [1, 2, 3].map(|number| {
                token(
                    &format!("matchseg{number}"),
                    &format!("<<MATCHSEG{number}>>"),
                )
            }),
            item: token("itemstr", "<<ITEM>>"),
            iter: token("iterstr", "<<ITER>>"),
        };
        let mode = arguments
            .text("mode")
            .unwrap_or_else(|| "multifield".into());
        let fields = names(&body.patterns);
        if &*mode == "auto_collections" {
            arguments.refuse(&["mode"]);
        }
        // The template must make sense for some name; the places are those of the text alone.
        if let Err(errors) = template.compile("field", "field", &[]) {
            for error in errors {
                arguments.error(error.code, body.template.at.0, error.message);
            }
        }
        let pattern = has_pattern(&fields);
        let op = Arc::new(Each {
            fields,
            template,
            items: &*mode != "multifield",
            json: &*mode == "json_array",
        });
        arguments.finish(if pattern {
            Stage::Table(op)
        } else {
            Stage::Map(op)
        })
    }
}

/// The text with what stands for the token. An empty one (`fieldstr=""`) stands nowhere, not between all letters.
fn filled(text: &str, token: &str, with: &str) -> String {
    if token.is_empty() {
        text.to_owned()
    } else {
        text.replace(token, with)
    }
}

struct Template {
    text: String,
    field: String,
    matched: String,
    segments: [String; 3],
    item: String,
    iter: String,
}

impl Template {
    fn compile(
        &self,
        field: &str,
        matched: &str,
        segments: &[&str],
    ) -> Result<Assign, Vec<Diagnostic>> {
        let mut text = filled(&self.text, &self.field, field);
        text = filled(&text, &self.matched, matched);
        for (token, segment) in self.segments.iter().zip(segments) {
            text = filled(&text, token, segment);
        }
        for (token, name) in [(&self.item, ITEM), (&self.iter, ITER)] {
            // In quotes or not, the token stands for the value itself.
            for written in [format!("\"{token}\""), format!("'{token}'"), token.clone()] {
                if !token.is_empty() {
                    text = text.replace(&written, &format!("'{name}'"));
                }
            }
        }
        let mut sources = SourceMap::new();
        let source = sources.add("foreach", text);
        let parsed = dryfire_spl::parse_nested(source, &sources);
        let mut errors: Vec<Diagnostic> = parsed
            .diagnostics
            .into_iter()
            .filter(|found| found.severity == dryfire_diagnostic::Severity::Error)
            .collect();
        let mut assignments = Vec::new();
        for command in &parsed.pipeline.commands {
            match (&command.body, command.name.as_str()) {
                (Body::Assignments(more), "eval") => assignments.extend(more.iter().cloned()),
                _ if !errors.is_empty() => {}
                _ => {
                    let message = format!(
                        "the engine does not run `{}` inside `foreach`",
                        command.name
                    );
                    errors.push(Diagnostic::error(
                        &codes::meaning::UNSUPPORTED_COMMAND,
                        message,
                    ));
                }
            }
        }
        match Assign::new(&assignments) {
            Ok(assign) if errors.is_empty() => Ok(assign),
            Ok(_) => Err(errors),
            Err(more) => {
                errors.extend(more);
                Err(errors)
            }
        }
    }
}

/// How many fields a pattern may stand for.
const MOST_FIELDS: usize = 10_000;

struct Each {
    fields: Vec<Arc<str>>,
    template: Template,
    items: bool,
    json: bool,
}

impl Each {
    fn compile(&self, field: &str, matched: &str, segments: &[&str]) -> Result<Assign, Stop> {
        self.template
            .compile(field, matched, segments)
            .map_err(|mut errors| {
                Stop::Unsupported(Box::new(
                    errors
                        .swap_remove(0)
                        .because(format!("in the template for the field `{field}`")),
                ))
            })
    }

    /// Runs the template for each value; rows with fewer values are left alone.
    fn each_value(&self, mut table: Table, field: &str, cx: &Cx<'_>) -> Result<Table, Stop> {
        let column = table.column_or_null(field);
        let lists: Vec<Value> = column
            .iter()
            .map(|value| {
                if self.json {
                    elements(value)
                } else {
                    value.clone()
                }
            })
            .collect();
        let most = lists
            .iter()
            .map(|value| value.each().len())
            .max()
            .unwrap_or(0);
        let assign = self.compile(field, field, &[])?;
        for place in 0..most {
            cx.check()?;
            let rows: Vec<u32> = (0..table.len())
                .filter(|row| lists[*row].each().len() > place)
                .filter_map(|row| u32::try_from(row).ok())
                .collect();
            let mut part = table.select(&rows);
            part.set(
                ITEM,
                rows.iter()
                    .map(|row| lists[*row as usize].each()[place].clone())
                    .collect(),
            );
            part.set(
                ITER,
                Column::Const(Value::text(place.to_string()), rows.len()),
            );
            let mut part = assign.apply(part, cx)?;
            part.remove(ITEM);
            part.remove(ITER);
            for (name, column) in part.columns() {
                let mut cells: Vec<Value> = table.column_or_null(name).iter().cloned().collect();
                rows.iter()
                    .enumerate()
                    .for_each(|(from, to)| cells[*to as usize] = column.get(from).clone());
                table.set(name.clone(), cells.into_iter().collect());
            }
        }
        Ok(table)
    }
}

fn elements(value: &Value) -> Value {
    let mut found = Vec::new();
    value.with_text(|text| {
        json_text::walk(text, &mut |path, value| {
            if let [json_text::Part::Index(_)] = path {
                found.push(match value {
                    json_text::Found::Scalar(text) => Value::text(text),
                    json_text::Found::Null => Value::from("null"),
                    json_text::Found::Container(text) => Value::text(text),
                });
            }
        });
    });
    Value::multi(found)
}

impl MapOp for Each {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        for pattern in &self.fields {
            let fields = expand(std::slice::from_ref(pattern), &table);
            if fields.len() > MOST_FIELDS {
                // `foreach * [eval <<FIELD>>_x=…]` doubles the fields each time.
                let message = format!("foreach: more than {MOST_FIELDS} fields");
                return Err(Stop::Budget(message));
            }
            for field in fields {
                cx.check()?;
                if self.items {
                    table = self.each_value(table, &field, cx)?;
                    continue;
                }
                let segments = capture(pattern, &field).unwrap_or_default();
                let matched = if segments.is_empty() {
                    field.to_string()
                } else {
                    segments.concat()
                };
                table = self
                    .compile(&field, &matched, &segments)?
                    .apply(table, cx)?;
            }
        }
        Ok(table)
    }
}

impl TableOp for Each {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        MapOp::apply(self, table, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn templates_run_for_each_field() {
        check(
            r#"[{"t1":"1","t2":"2","n":"0"}]"#,
            "foreach t* [eval n=n+'<<FIELD>>']",
            r#"[{"t1":"1","t2":"2","n":3}]"#,
        );
        check(
            r#"[{"std_x":"2","avg_x":"1","x":"5"}]"#,
            "foreach std_* [eval z_<<MATCHSTR>>=('<<MATCHSTR>>'-'avg_<<MATCHSTR>>')/'<<FIELD>>'] | fields z_x",
            r#"[{"z_x":2}]"#,
        );
        check(
            r#"[{"a":"null","b":"x"}]"#,
            r#"foreach * [eval <<FIELD>>=if(<<FIELD>>="null",null(),<<FIELD>>)]"#,
            r#"[{"b":"x"}]"#,
        );
    }

    #[test]
    fn templates_run_for_each_value() {
        check(
            r#"[{"m":["5","15"],"t":"0"},{"m":"x","t":"0"},{"t":"0"}]"#,
            r#"foreach mode=multivalue m [eval t=t+<<ITEM>>, l=mvappend(l, <<ITER>>.":".<<ITEM>>)] | fields t l"#,
            r#"[{"t":20,"l":["0:5","1:15"]},{"t":"0x","l":"0:x"},{"t":"0"}]"#,
        );
        check(
            r#"[{"j":"[1,2]","t":"0"}]"#,
            "foreach mode=json_array j [eval t=t+<<ITEM>>] | fields t",
            r#"[{"t":3}]"#,
        );
    }

    #[test]
    fn a_template_must_be_eval() {
        assert_eq!(mistakes("foreach a [stats count]"), ["DF301"]);
        assert_eq!(mistakes("foreach a [eval x=nosuch(<<FIELD>>)]"), ["DF302"]);
    }
}
