//! `nomv`: joins the values of a field, one a line, or as the command says that made the list.
//!
//! Search Reference, "nomv": a new line between the values. "mvcombine", section "Specifying delimiters", and "stats",
//! `delim`: the text of a list that they make has `delim` between its values, seen by `nomv` right after them.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Argument, Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Nomv;

const BLANK: &str = "nomv puts new lines between the values of a list that stats or mvcombine made without `delim`; of that list the manual says a blank, of nomv a new line";
const FAR: &str = "whether `delim` of a command that makes a list still counts for nomv where other commands stand between them is not documented; it is taken where the field is the same";

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"port":["22","443"]}]"#,
        "nomv port | eval kind=typeof(port) | table kind",
        r#"[{"kind":"String"}]"#,
    ),
    Example::over(
        r#"[{"host":"ws1","port":"22"},{"host":"ws1","port":"443"}]"#,
        r#"stats delim="," values(port) AS ports by host | nomv ports"#,
        r#"[{"host":"ws1","ports":"22,443"}]"#,
    ),
])
.uncertain(&[BLANK, FAR]);

impl Command for Nomv {
    fn name(&self) -> &'static str {
        "nomv"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Fields(fields) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("a field"));
        };
        let joins = names(&fields.names).into_iter().map(|field| {
            let (delim, doubt) = delimiter(&field, cx.before);
            Join {
                field,
                delim,
                doubt,
            }
        });
        Ok(Stage::Map(Arc::new(Joins(joins.collect()))))
    }
}

/// What stands between the values of a field after the commands so far, and what is not settled about it.
fn delimiter(field: &str, before: &[Syntax]) -> (Arc<str>, Option<&'static str>) {
    let given = |command: &Syntax| command.option("delim").map(|word| word.text.clone());
    // One `nomv` may follow another.
    let commands = || before.iter().rev().filter(|command| command.name != "nomv");
    if let Some((distance, maker)) = commands()
        .enumerate()
        .find(|(_, command)| makes_list(command, field))
    {
        return match given(maker) {
            Some(delim) => (delim.into(), Some(FAR).filter(|_| distance > 0)),
            None => ("\n".into(), Some(BLANK)),
        };
    }
    let elsewhere = commands().any(|command| command.name != "makemv" && given(command).is_some());
    ("\n".into(), Some(FAR).filter(|_| elsewhere))
}

/// Whether a command makes lists in that field, with a text of their own.
fn makes_list(command: &Syntax, field: &str) -> bool {
    match (command.name.as_str(), &command.body) {
        ("mvcombine", Body::Fields(fields)) => fields.names.iter().any(|name| name.text == field),
        ("stats", Body::Stats(stats)) => stats.aggregates.iter().any(|aggregate| {
            let name = aggregate
                .name
                .as_ref()
                .map_or(&aggregate.text, |name| &name.text);
            let lists = matches!(aggregate.function.as_str(), "list" | "values");
            let is_pattern =
                matches!(&aggregate.argument, Argument::Field(word) if word.text.contains('*'));
            lists && (name == field || is_pattern)
        }),
        _ => false,
    }
}

/// Fields whose values are joined.
struct Joins(Vec<Join>);

struct Join {
    field: Arc<str>,
    delim: Arc<str>,
    /// Told where there was something to join.
    doubt: Option<&'static str>,
}

impl MapOp for Joins {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        for join in &self.0 {
            let Some(column) = table.column(&join.field) else {
                continue;
            };
            let mut any = false;
            let joined = column.map(|value| match value {
                Value::Multi(values) => {
                    any = true;
                    let texts: Vec<Arc<str>> = values.iter().map(Value::to_text).collect();
                    Value::text(texts.join(&*join.delim))
                }
                single => single.clone(),
            });
            table.set(join.field.clone(), joined);
            if let Some(doubt) = join.doubt.filter(|_| any) {
                cx.uncertain(doubt);
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn the_maker_of_a_list_says_what_joins_it() {
        for (spl, joined) in [
            (r#"mvcombine delim=";" a | nomv a"#, "1;2"),
            (r#"mvcombine delim=";" a | nomv b | nomv a"#, "1;2"),
            (r#"stats delim=", " values(a) as a | nomv a"#, "1, 2"),
            (
                r#"stats delim=";" values(*) as * | nomv a | fields a"#,
                "1;2",
            ),
            (r#"stats values(a) as a | nomv a"#, "1\\n2"),
        ] {
            let expected = format!(r#"[{{"a":"{joined}"}}]"#);
            check(r#"[{"a":"1"},{"a":"2"}]"#, spl, &expected);
        }
    }

    #[test]
    fn values_become_lines() {
        check(
            r#"[{"m":["a","b"]},{"m":"c"}]"#,
            "nomv m",
            r#"[{"m":"a\nb"},{"m":"c"}]"#,
        );
    }
}
