//! `lookup`: adds columns of a table to the rows that match it.
//!
//! `OUTPUT` overwrites: where nothing matches, the output fields are cleared; a row that lacks a field to match is not
//! touched (props.conf.spec, `LOOKUP-<class>`). `OUTPUTNEW` decides field by field whether the row has one already.
//! Without either, all other columns are put out as by `OUTPUT`. Several matches give lists. Of a lookup that is bounded
//! by time, the rows that hold at the event's time are taken: `_time`, or the field that `event_time_field` names.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax, FieldAs};

use super::arguments::{Arguments, similar};
use super::columns::map_many;
use super::doc::{Doc, Example, Given};
use super::{Command, Lower, tables};
use crate::column::Column;
use crate::env::Cx;
use crate::lookup::{Found, LookupIndex};
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::to_seconds;
use crate::value::Value;

pub(super) struct Lookup;

const SEVERAL: &str = "lookup: each of several values to match is looked up, and all that is found comes out; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::given(
    Given::Lookup(
        r#"[{"src":"10.0.0.1"},{"src":"10.0.0.9"}]"#,
        "hosts.csv",
        "ip,name\n10.0.0.1,dc1\n",
    ),
    "lookup hosts.csv ip AS src OUTPUT name",
    r#"[{"src":"10.0.0.1","name":"dc1"},{"src":"10.0.0.9"}]"#,
)])
.uncertain(&[SEVERAL]);

impl Command for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Lookup(body) = &syntax.body else {
            return Err(arguments.missing("a lookup and a column to match"));
        };
        let time = syntax
            .option("event_time_field")
            .map_or("_time", |field| field.text.as_str());
        let lookup = match tables::lookup(&body.table, cx) {
            Ok(lookup) => lookup,
            Err(errors) => {
                arguments.extend(errors);
                return arguments.finish_some(None);
            }
        };
        let known: Vec<String> = match (lookup.native(), lookup.table()) {
            (Some(native), _) => native.columns().iter().map(ToString::to_string).collect(),
            (None, Some(table)) => table.columns().to_vec(),
            (None, None) => return Err(arguments.missing("a lookup with rows")),
        };
        let outputs = body.output.iter().flat_map(|output| &output.fields);
        for field in body.inputs.iter().chain(outputs.clone()) {
            let name = &field.field.text;
            if !lookup.has_any_column() && !known.contains(name) {
                let message = format!("the lookup `{}` has no column `{name}`", body.table.text);
                let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message)
                    .at(field.field.at.0, "")
                    .because(format!("its columns are {}", known.join(", ")))
                    .opt_help(similar(name, known.iter().map(String::as_str)));
                arguments.extend(vec![error]);
            }
        }
        let columns: Vec<String> = body
            .inputs
            .iter()
            .map(|input| input.field.text.clone())
            .collect();
        let outputs: Vec<(String, Arc<str>)> = match &body.output {
            Some(_) => outputs
                .map(|field| (field.field.text.clone(), target(field)))
                .collect(),
            None => known
                .into_iter()
                .filter(|name| !columns.contains(name))
                .map(|name| (name.clone(), name.into()))
                .collect(),
        };
        let index = match LookupIndex::new(&lookup, &columns) {
            Ok(index) => Some(index),
            Err(why) => {
                // A column that is not there has been reported.
                let error = Diagnostic::error(&codes::meaning::UNKNOWN_LOOKUP, why);
                if columns.iter().all(|column| !lookup_lacks(&lookup, column)) {
                    arguments.extend(vec![error.at(body.table.at.0, "")]);
                }
                None
            }
        };
        let new_only = body.output.as_ref().is_some_and(|output| output.new_only);
        let inputs = body.inputs.iter().map(target).collect();
        let op = index.map(|index| {
            Stage::Map(Arc::new(Join {
                index,
                inputs,
                outputs,
                new_only,
                time: time.into(),
            }))
        });
        arguments.finish_some(op)
    }
}

fn lookup_lacks(lookup: &dryfire_knowledge::Lookup, column: &str) -> bool {
    lookup
        .table()
        .is_some_and(|table| table.column(column).is_none())
}

/// The name on the side of the events.
fn target(field: &FieldAs) -> Arc<str> {
    field
        .name
        .as_ref()
        .unwrap_or(&field.field)
        .text
        .as_str()
        .into()
}

struct Join {
    index: LookupIndex,
    inputs: Vec<Arc<str>>,
    /// The columns, and what they are called in the rows.
    outputs: Vec<(String, Arc<str>)>,
    new_only: bool,
    /// The field with the time of a row.
    time: Arc<str>,
}

impl Join {
    /// The value of each output, and whether the lookup was done at all.
    fn find(&self, inputs: &[&Value], at: &Value, cx: &Cx<'_>) -> Vec<Value> {
        if inputs.iter().any(|input| matches!(input, Value::Multi(_))) {
            cx.uncertain(SEVERAL);
        }
        if let Some(rule) = self.index.is_uncertain(inputs) {
            cx.uncertain(rule);
        }
        let found = self.index.find(inputs, at, cx.env);
        let mut values: Vec<Value> = self
            .outputs
            .iter()
            .map(|(column, _)| self.index.value(&found, column))
            .collect();
        values.push(Value::Bool(!matches!(found, Found::NotAsked)));
        values
    }

    /// The time of each row, where it matters: `_time` of events is known also where no one asked for the field.
    fn times(&self, table: &Table) -> Option<Column> {
        if !self.index.is_timed() {
            return None;
        }
        match (table.column(&self.time), &table.keys) {
            (None, Some(keys)) if &*self.time == "_time" => Some(
                keys.iter()
                    .map(|key| Value::Number(to_seconds(key.time)))
                    .collect(),
            ),
            _ => Some(table.column_or_null(&self.time)),
        }
    }
}

impl MapOp for Join {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let inputs: Vec<Column> = self
            .inputs
            .iter()
            .map(|name| table.column_or_null(name))
            .collect();
        let times = self.times(&table);
        let count = self.outputs.len() + 1;
        let mut found: Vec<Column> = match (&inputs[..], &times) {
            ([only], None) => map_many(only, count, |value| self.find(&[value], &Value::Null, cx)),
            (several, times) => {
                let mut cells: Vec<Vec<Value>> = vec![Vec::with_capacity(table.len()); count];
                for row in 0..table.len() {
                    if row % 1024 == 0 {
                        cx.check()?;
                    }
                    let values: Vec<&Value> =
                        several.iter().map(|column| column.get(row)).collect();
                    let at = times.as_ref().map_or(&Value::Null, |times| times.get(row));
                    cells
                        .iter_mut()
                        .zip(self.find(&values, at, cx))
                        .for_each(|(cells, value)| cells.push(value));
                }
                cells
                    .into_iter()
                    .map(|cells| cells.into_iter().collect())
                    .collect()
            }
        };
        let asked = found.pop().unwrap_or_else(|| Column::null(table.len()));
        for ((_, name), column) in self.outputs.iter().zip(found) {
            let merged = match table.column(name) {
                None => column,
                Some(before) => (0..table.len())
                    .map(|row| {
                        let keeps = match asked.get(row) {
                            Value::Bool(true) => self.new_only && !before.get(row).is_null(),
                            _ => true,
                        };
                        if keeps {
                            before.get(row).clone()
                        } else {
                            column.get(row).clone()
                        }
                    })
                    .collect(),
            };
            table.set(name.clone(), merged);
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    const INPUT: &str = r#"[{"src":"10.0.0.1","name":"old"},{"src":"10.0.0.2"},{"src":"x","name":"old"},{"name":"old"}]"#;

    #[test]
    fn output_overwrites_and_clears() {
        check(
            INPUT,
            "lookup hosts ip AS src OUTPUT name",
            r#"[{"src":"10.0.0.1","name":"alpha"},{"src":"10.0.0.2","name":["beta","gamma"]},{"src":"x"},{"name":"old"}]"#,
        );
    }

    #[test]
    fn outputnew_decides_field_by_field() {
        check(
            INPUT,
            "lookup hosts ip AS src OUTPUTNEW name, zone AS z",
            r#"[{"src":"10.0.0.1","name":"old","z":"dmz"},{"src":"10.0.0.2","name":["beta","gamma"],"z":"lan"},
                {"src":"x","name":"old"},{"name":"old"}]"#,
        );
    }

    #[test]
    fn without_a_clause_all_columns_come() {
        check(
            r#"[{"ip":"10.0.0.1"}]"#,
            "lookup hosts ip",
            r#"[{"ip":"10.0.0.1","name":"alpha","zone":"dmz"}]"#,
        );
        check(
            r#"[{"ip":"10.0.0.2","name":"gamma"}]"#,
            "lookup hosts.csv ip name OUTPUT zone",
            r#"[{"ip":"10.0.0.2","name":"gamma","zone":"lan"}]"#,
        );
    }

    #[test]
    fn wildcards_and_defaults() {
        check(
            r#"[{"agent":"arkei/1.2"},{"agent":"b"},{"c":"1"}]"#,
            "lookup agents agent OUTPUT tool",
            r#"[{"agent":"arkei/1.2","tool":"Arkei"},{"agent":"b","tool":"none"},{"c":"1"}]"#,
        );
    }

    #[test]
    fn what_is_not_there_is_reported() {
        assert_eq!(mistakes("lookup hots ip OUTPUT name"), ["DF305"]);
        assert_eq!(mistakes("lookup store a"), ["DF305"]);
        assert_eq!(mistakes("lookup hosts pi OUTPUT nmae"), ["DF307", "DF307"]);
    }
}
