//! `searchmatch("x=hi y=*")`: whether a row matches a search expression.
//!
//! Search Reference, "Comparison and conditional functions". Bare words are looked for in `_raw`, as the command `search`
//! does it.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, codes};
use dryfire_plan::{flow, text_search};
use dryfire_spl::ast::{Expr, ExprKind};

use crate::column::Column;
use crate::commands::condition::Condition;
use crate::env::Cx;
use crate::functions::Prepared;
use crate::table::Table;
use crate::value::Value;

/// A search, and the fields it reads.
pub(super) struct SearchMatch {
    condition: Condition,
    fields: Vec<Arc<str>>,
}

impl SearchMatch {
    /// Compiles the text of a search.
    pub(super) fn new(text: &Expr) -> Result<Self, Vec<Diagnostic>> {
        let wrong = |message: String| {
            vec![Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(text.at.0, "")]
        };
        let ExprKind::Text(written) = &text.kind else {
            return Err(wrong("`searchmatch` takes a search in quotes".to_owned()));
        };
        let (search, found) = text_search(written);
        // The places are those of the text alone: tell them by that of the argument.
        if let Some(error) = found
            .into_iter()
            .find(|found| found.severity == Severity::Error)
        {
            return Err(wrong(format!("in this search: {}", error.message)));
        }
        let condition = Condition::new(&search).map_err(|errors| {
            let messages = errors.into_iter().map(|error| error.message);
            wrong(messages.collect::<Vec<_>>().join("; "))
        })?;
        let fields = flow::search_fields(&search);
        Ok(Self {
            condition,
            fields: fields.into_iter().map(Arc::from).collect(),
        })
    }

    /// The fields, in the order in which [`Prepared::call`] takes their values.
    pub(super) fn fields(&self) -> &[Arc<str>] {
        &self.fields
    }
}

impl Prepared for SearchMatch {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let mut row = Table::new(1);
        for (name, value) in self.fields.iter().zip(arguments) {
            row.set(name.clone(), Column::Const(value.clone(), 1));
        }
        match self.condition.truths(&row, cx) {
            Ok(truths) => Value::Bool(truths.get(0)),
            Err(stop) => {
                cx.fail(stop);
                Value::Null
            }
        }
    }
}
