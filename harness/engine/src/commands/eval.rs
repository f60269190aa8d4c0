//! `eval`: computes fields, from left to right; a later assignment sees the earlier ones.
//!
//! Splunk refuses to store the result of a condition: `eval x=a>1` is an error. `eval {key}=…` names the field by the
//! value that `key` has in the row (Search Reference, "eval"); a row in which `key` is absent gets no field.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{
    Assignment, Binary, Body, Command as Syntax, Expr, ExprKind, NamePart, Target, Unary,
};
use indexmap::IndexMap;

use super::arguments::Arguments;
use super::columns::first_of;
use super::doc::{Doc, Example};
use super::{Command, Expression, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Eval;

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"user":"CORP\\bob"}]"#,
        r#"eval name=lower(mvindex(split(user, "\\"), 1)), long=len(name)"#,
        r#"[{"user":"CORP\\bob","name":"bob","long":"3"}]"#,
    ),
    Example::over(
        r#"[{"k":"src","v":"10.0.0.1"}]"#,
        "eval {k}=v | table src",
        r#"[{"src":"10.0.0.1"}]"#,
    ),
]);

impl Command for Eval {
    fn name(&self) -> &'static str {
        "eval"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Assignments(assignments) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("an assignment such as `field=1`"));
        };
        match Assign::new(assignments) {
            Ok(assign) => Ok(Stage::Map(Arc::new(assign))),
            Err(errors) => Err(errors),
        }
    }
}

/// Whether Splunk would see a truth.
fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary(Unary::Not, _) | ExprKind::In(..) => true,
        ExprKind::Binary(op, ..) => {
            matches!(
                op,
                Binary::And | Binary::Or | Binary::Xor | Binary::Compare(_) | Binary::Like
            )
        }
        ExprKind::Call { function, .. } => matches!(
            function.as_str(),
            "cidrmatch"
                | "false"
                | "in"
                | "isbool"
                | "isint"
                | "isnotnull"
                | "isnull"
                | "isnum"
                | "isstr"
                | "like"
                | "match"
                | "searchmatch"
                | "true"
        ),
        _ => false,
    }
}

enum Name {
    Fixed(Arc<str>),
    Dynamic(Vec<NamePart>),
}

/// Assignments in order.
pub(super) struct Assign(Vec<(Name, Expression)>);

impl Assign {
    /// Compiles assignments.
    pub(super) fn new(assignments: &[Assignment]) -> Result<Self, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let mut steps = Vec::new();
        for assignment in assignments {
            if is_condition(&assignment.value) {
                let message = "a field can't hold the result of a condition";
                let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message);
                let at = assignment.value.at.0;
                errors.push(
                    error
                        .at(at, "true or false")
                        .help("write `if(condition, 1, 0)`"),
                );
            }
            let target = match &assignment.target {
                Target::Field(name) => Name::Fixed(name.as_str().into()),
                Target::Dynamic(parts) => Name::Dynamic(parts.clone()),
            };
            match Expression::new(&assignment.value) {
                Ok(value) => steps.push((target, value)),
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() {
            Ok(Self(steps))
        } else {
            Err(errors)
        }
    }
}

impl MapOp for Assign {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        for (name, expression) in &self.0 {
            let values = expression.values(&table, cx)?;
            match name {
                Name::Fixed(name) => table.set(name.clone(), values),
                Name::Dynamic(parts) => assign_by_row(&mut table, parts, &values),
            }
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

fn assign_by_row(table: &mut Table, parts: &[NamePart], values: &Column) {
    let mut made: IndexMap<Arc<str>, Vec<Value>> = IndexMap::new();
    let rows = table.len();
    for row in 0..rows {
        let Some(name) = name_in_row(table, parts, row) else {
            continue;
        };
        if values.get(row).is_null() {
            continue;
        }
        made.entry(name).or_insert_with(|| vec![Value::Null; rows])[row] = values.get(row).clone();
    }
    for (name, values) in made {
        let column = first_of(&values.into_iter().collect(), &table.column_or_null(&name));
        table.set(name, column);
    }
}

fn name_in_row(table: &Table, parts: &[NamePart], row: usize) -> Option<Arc<str>> {
    let mut name = String::new();
    for part in parts {
        match part {
            NamePart::Text(text) => name.push_str(text),
            NamePart::Field(field) => match table.value(row, field) {
                Value::Null => return None,
                value => value.write_to(&mut name),
            },
        }
    }
    (!name.is_empty()).then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn assignments_see_the_earlier_ones() {
        check(
            r#"[{"x":"2"}]"#,
            "eval a=x+1, b=a*2, x=null()",
            r#"[{"a":3,"b":6}]"#,
        );
    }

    #[test]
    fn names_may_come_from_the_row() {
        check(
            r#"[{"k":"u","v":"1"},{"k":"w","v":"2","u":"old"},{"v":"3"}]"#,
            "eval {k}=v, p_{k}_q=v | fields - k v",
            r#"[{"u":"1","p_u_q":"1"},{"w":"2","u":"old","p_w_q":"2"},{}]"#,
        );
    }

    #[test]
    fn a_condition_is_no_value() {
        assert_eq!(
            mistakes("eval a=x>1, b=nosuch(x), c=isnull(x)"),
            ["DF307", "DF302", "DF307"]
        );
    }
}
