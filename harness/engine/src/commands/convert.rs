//! `convert`: changes how values are written: times to text and back, numbers with units to numbers.
//!
//! Search Reference, "convert". `num` drops what it can't convert, `auto` leaves the whole field alone if a single
//! value fails, `none` keeps a field out of the patterns of its neighbours. What else can't be read stays as it is
//! (the manual does not say), but `mktime` and `dur2sec` give nothing.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, similar};
use super::columns::{expand, fits, map_singles};
use super::conversion::{Kind, convert};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, MapOp, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::Format;
use crate::value::Value;

pub(super) struct Convert;

const UNREADABLE: &str =
    "convert leaves a value that it can't read as it is; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"took":"212 sec"}]"#,
        "convert rmunit(took)",
        r#"[{"took":"212"}]"#,
    ),
    Example::over(
        r#"[{"t":"1522196414"}]"#,
        r#"convert timeformat="%F %T" ctime(t)"#,
        r#"[{"t":"2018-03-28 00:20:14"}]"#,
    ),
])
.uncertain(&[UNREADABLE]);

impl Command for Convert {
    fn name(&self) -> &'static str {
        "convert"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Convert(conversions) = &syntax.body else {
            return Err(arguments.missing("a conversion such as `ctime(field)`"));
        };
        let format = arguments
            .text("timeformat")
            .unwrap_or_else(|| "%m/%d/%Y %H:%M:%S".into());
        let mut steps = Vec::new();
        let mut kept_out: Vec<Arc<str>> = Vec::new();
        for conversion in conversions {
            let field: Arc<str> = conversion.field.text.as_str().into();
            let Some(kind) = Kind::named(&conversion.function) else {
                let message = format!("`convert` has no function `{}`", conversion.function);
                let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message)
                    .at(conversion.at.0, "");
                arguments.extend(vec![
                    error.opt_help(similar(&conversion.function, Kind::NAMES)),
                ]);
                continue;
            };
            if let Some(name) = &conversion.name
                && field.contains('*')
            {
                arguments.wrong(name, "a pattern can't be given one new name");
            }
            match kind {
                Kind::None => kept_out.push(field),
                _ => steps.push((
                    kind,
                    field,
                    conversion
                        .name
                        .as_ref()
                        .map(|name| name.text.as_str().into()),
                )),
            }
        }
        let by_field = steps.iter().any(|(kind, ..)| *kind == Kind::Auto);
        let op = Arc::new(Steps {
            steps,
            kept_out,
            format: Format::new(&format),
        });
        arguments.finish(if by_field {
            Stage::Table(op)
        } else {
            Stage::Map(op)
        })
    }
}

struct Steps {
    steps: Vec<(Kind, Arc<str>, Option<Arc<str>>)>,
    kept_out: Vec<Arc<str>>,
    format: Format,
}

impl MapOp for Steps {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        for (kind, pattern, name) in &self.steps {
            for field in expand(std::slice::from_ref(pattern), &table) {
                let is_kept_out =
                    pattern.contains('*') && self.kept_out.iter().any(|out| fits(out, &field));
                let Some(column) = table.column(&field).filter(|_| !is_kept_out) else {
                    continue;
                };
                if *kind == Kind::Auto
                    && !column
                        .iter()
                        .flat_map(Value::each)
                        .all(|value| convert(*kind, value, &self.format, cx).is_some())
                {
                    continue;
                }
                let converted = map_singles(column, |value| {
                    convert(*kind, value, &self.format, cx).unwrap_or_else(|| {
                        if kind.drops() {
                            return Value::Null;
                        }
                        cx.uncertain(UNREADABLE);
                        value.clone()
                    })
                });
                table.set(name.clone().unwrap_or(field), converted);
            }
        }
        cx.check()?;
        Ok(table)
    }
}

impl TableOp for Steps {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        MapOp::apply(self, table, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn times_are_written_and_read() {
        let input = r#"[{"t":"1522196414.839","s":"2018-03-28 00:20:14"}]"#;
        check(
            input,
            r#"convert timeformat="%Y-%m-%d %H:%M:%S" ctime(t) mktime(s) AS m ctime(absent)"#,
            r#"[{"t":"2018-03-28 00:20:14","s":"2018-03-28 00:20:14","m":1522196414}]"#,
        );
        check(
            input,
            "convert ctime(t) AS c | fields c",
            r#"[{"c":"03/28/2018 00:20:14"}]"#,
        );
    }

    #[test]
    fn units_go() {
        check(
            r#"[{"a":"212 sec","b":"1,000.5","c":"2m","d":"00:10:15","e":"01:02.5","f":"x1","g":"1+00:00:01"}]"#,
            "convert rmunit(a) rmcomma(b) memk(c) dur2sec(d) mstime(e) num(f) dur2sec(g)",
            r#"[{"a":212,"b":"1000.5","c":2048,"d":615,"e":62.5,"g":86401}]"#,
        );
    }

    #[test]
    fn patterns_and_exceptions() {
        check(
            r#"[{"xa":"1 s","xb":"2 s","xc":"3"}]"#,
            "convert rmunit(x*) none(xb)",
            r#"[{"xa":1,"xb":"2 s","xc":3}]"#,
        );
        check(
            r#"[{"a":"1","b":"1"},{"a":"x","b":"2"}]"#,
            "convert auto(*)",
            r#"[{"a":"1","b":1},{"a":"x","b":2}]"#,
        );
        assert_eq!(
            mistakes("convert ctmie(a) num(a*) AS b"),
            ["DF307", "DF307"]
        );
    }
}
