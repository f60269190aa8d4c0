//! Expressions over the columns of a table.

use dryfire_diagnostic::Diagnostic;
use dryfire_plan::field_names;
use dryfire_spl::ast::Expr;

use crate::bits::Bits;
use crate::column::Column;
use crate::env::Cx;
use crate::eval::{Code, Compiled, compile, over};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// A compiled `eval` expression; its fields are columns.
#[derive(Clone)]
pub(crate) struct Expression(Compiled);

impl Expression {
    /// Compiles an expression.
    pub(crate) fn new(expr: &Expr) -> Result<Self, Vec<Diagnostic>> {
        compile(expr, &field_names(expr)).map(Self)
    }

    /// The fields it reads.
    pub(super) fn fields(&self) -> &[String] {
        &self.0.fields
    }

    /// Its value in each row; a condition gives null.
    pub(super) fn values(&self, table: &Table, cx: &Cx<'_>) -> Result<Column, Stop> {
        over::values(&self.0, &self.columns(table), table.len(), cx)
    }

    /// Whether it holds in each row.
    pub(super) fn truths(&self, table: &Table, cx: &Cx<'_>) -> Result<Bits, Stop> {
        over::truths(&self.0, &self.columns(table), table.len(), cx)
    }

    /// Its value in each row, conditions as truths: for `count(eval(…))`.
    pub(super) fn values_or_truths(&self, table: &Table, cx: &Cx<'_>) -> Result<Column, Stop> {
        let truths = self.truths(table, cx)?;
        if self.is_condition() {
            return Ok((0..table.len())
                .map(|row| Value::Bool(truths.get(row)))
                .collect());
        }
        let values = self.values(table, cx)?;
        Ok((0..table.len())
            .map(|row| match values.get(row) {
                Value::Null if truths.get(row) => Value::Bool(true),
                value => value.clone(),
            })
            .collect())
    }

    /// Whether it holds for a row whose fields `value` gives.
    pub(super) fn holds<'v>(&self, value: impl Fn(&str) -> &'v Value, cx: &Cx<'_>) -> bool {
        let slots: Vec<&Value> = self.0.fields.iter().map(|field| value(field)).collect();
        self.0.code.holds(&slots, cx)
    }

    fn is_condition(&self) -> bool {
        use dryfire_spl::ast::Binary;
        let code = match &self.0.code {
            Code::Open(_, inner) => inner,
            code => code,
        };
        match code {
            Code::Not(_) | Code::In(..) | Code::Const(Value::Bool(_)) => true,
            Code::Binary(op, ..) => {
                matches!(
                    op,
                    Binary::And | Binary::Or | Binary::Xor | Binary::Compare(_) | Binary::Like
                )
            }
            _ => false,
        }
    }

    fn columns(&self, table: &Table) -> Vec<Column> {
        self.0
            .fields
            .iter()
            .map(|field| table.column_or_null(field))
            .collect()
    }
}
