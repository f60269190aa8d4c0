//! `sort`: orders the rows.
//!
//! Without a count, Splunk keeps the first 10,000 rows of the order; a note says so when that drops rows. A sign with a
//! space behind it holds for all keys that follow, and a trailing `desc` turns the whole order round.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::order::{Key, arrange, order};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Sort;

const TIES: &str = "sort keeps the earlier of rows that are equal by its keys when it cuts off the others; Splunk's manual does not say which stay";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"9"},{"n":"10"},{"n":"1"}]"#,
    "sort - n",
    r#"[{"n":"10"},{"n":"9"},{"n":"1"}]"#,
)])
.uncertain(&[TIES]);

impl Command for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Sort(sort) = &syntax.body else {
            return Err(arguments.missing("a field to sort by"));
        };
        let limit = arguments.count("limit").or(sort
            .limit
            .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)));
        let keys = sort
            .keys
            .iter()
            .map(|key| Key::new(key, sort.reverse))
            .collect();
        arguments.finish(Stage::Table(Arc::new(Ordered {
            keys,
            limit,
            at: syntax.name_at.0,
        })))
    }
}

struct Ordered {
    keys: Vec<Key>,
    limit: Option<usize>,
    at: Span,
}

impl Ordered {
    /// Keeps the first rows.
    fn cut(
        &self,
        table: &Table,
        rows: &mut Vec<u32>,
        limit: usize,
        cx: &Cx<'_>,
    ) -> Result<(), Stop> {
        if let Some(last) = limit.checked_sub(1)
            && let (Some(kept), Some(lost)) = (rows.get(last), rows.get(limit))
        {
            // The later of the two stays in front of the earlier only where no key tells them apart.
            let (kept, lost) = (*kept as usize, *lost as usize);
            let pair = table.filter(|row| row == kept || row == lost);
            let back = arrange(&pair, &[1, 0]);
            let same = |order: Vec<u32>| order == [0, 1];
            if same(order(&pair, &self.keys, cx)?) && same(order(&back, &self.keys, cx)?) {
                cx.uncertain(TIES);
            }
        }
        rows.truncate(limit);
        Ok(())
    }
}

impl TableOp for Ordered {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let mut rows = order(&table, &self.keys, cx)?;
        match self.limit {
            Some(0) => {}
            Some(limit) => self.cut(&table, &mut rows, limit, cx)?,
            None => {
                let limit = cx.env.limits.sort_rows;
                if rows.len() > limit {
                    let message = format!("`sort` kept {limit} of {} rows", rows.len());
                    let note = Diagnostic::warning(&codes::meaning::LIMIT, message).at(self.at, "");
                    cx.note(note.help("write `sort 0 …` to keep all"));
                    self.cut(&table, &mut rows, limit, cx)?;
                }
            }
        }
        Ok(arrange(&table, &rows))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, check, rows, try_run};
    use crate::env::Env;

    #[test]
    fn pairs_decide_how_they_compare() {
        check(
            r#"[{"x":"10.1.a"},{"x":"9.1.a"}]"#,
            "sort - x",
            r#"[{"x":"9.1.a"},{"x":"10.1.a"}]"#,
        );
        check(
            r#"[{"x":"9.1"},{"x":"10.1"},{"y":"1"}]"#,
            "sort - x",
            r#"[{"x":"10.1"},{"x":"9.1"},{"y":"1"}]"#,
        );
        check(
            r#"[{"x":"10.0.0.10"},{"x":"10.0.0.9"}]"#,
            "sort x",
            r#"[{"x":"10.0.0.9"},{"x":"10.0.0.10"}]"#,
        );
        check(
            r#"[{"x":"9"},{"x":"10"}]"#,
            "sort str(x)",
            r#"[{"x":"10"},{"x":"9"}]"#,
        );
    }

    #[test]
    fn a_sign_with_a_space_holds_on() {
        let input = r#"[{"a":"1","b":"1"},{"a":"1","b":"2"},{"a":"2","b":"1"}]"#;
        let down = r#"[{"a":"2","b":"1"},{"a":"1","b":"2"},{"a":"1","b":"1"}]"#;
        check(input, "sort - a, b", down);
        check(
            input,
            "sort -a, b",
            r#"[{"a":"2","b":"1"},{"a":"1","b":"1"},{"a":"1","b":"2"}]"#,
        );
        check(input, "sort a b desc", down);
        check(input, "sort 1 -a", r#"[{"a":"2","b":"1"}]"#);
    }

    #[test]
    fn the_default_limit_is_noted() {
        let mut env = Env::all_time(NOW);
        env.limits.sort_rows = 1;
        let outcome = try_run(rows(r#"[{"a":"2"},{"a":"1"}]"#), "sort a", &[], &env).unwrap();
        assert_eq!((outcome.table.len(), outcome.notes.len()), (1, 1));
        assert_eq!(
            try_run(rows(r#"[{"a":"2"},{"a":"1"}]"#), "sort 0 a", &[], &env)
                .unwrap()
                .table
                .len(),
            2
        );
    }
}
