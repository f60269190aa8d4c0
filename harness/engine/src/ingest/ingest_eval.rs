//! `INGEST_EVAL` and `STOP_PROCESSING_IF`: expressions over the keys and fields of an event on its way into the index.
//!
//! transforms.conf.spec, `INGEST_EVAL`: expressions parted by commas; `=` adds a value to a field of the index, `:=`
//! takes the place of those that are there, null takes them away; `name[type]` only chooses how a number is stored;
//! `$pd:key$`, `$field:name$` and `$mv:name$` name a key, a field, all values of a field.

use dryfire_diagnostic::{Severity, SourceMap};
use dryfire_plan::field_names;
use dryfire_spl::parse_expression;

use super::draft::Draft;
use super::key::{Defaults, eval_value, eval_write};
use crate::env::Cx;
use crate::eval::{Compiled, compile};
use crate::stop::Stop;
use crate::value::Value;

/// Compiled assignments.
pub(super) struct Evals(Vec<Assignment>);

struct Assignment {
    target: String,
    replace: bool,
    value: Compiled,
}

impl Evals {
    /// Compiles the assignments; the error is for people.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let assignments = split(text).into_iter().map(|item| {
            let (target, replace, expression) =
                assignment(item).ok_or_else(|| format!("`{item}` is not `field = expression`"))?;
            Ok(Assignment {
                target,
                replace,
                value: expression_of(expression)?,
            })
        });
        assignments.collect::<Result<_, _>>().map(Self)
    }

    /// Carries them out, one after the other; a later one sees what an earlier one wrote.
    pub(super) fn apply(
        &self,
        draft: &mut Draft,
        defaults: &Defaults,
        cx: &Cx<'_>,
    ) -> Result<(), Stop> {
        for assignment in &self.0 {
            let value = run(&assignment.value, draft, defaults, cx);
            cx.check()?;
            eval_write(&assignment.target, &value, assignment.replace, draft);
        }
        Ok(())
    }
}

/// A condition, compiled.
pub(super) struct Condition(Compiled);

impl Condition {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        expression_of(text).map(Self)
    }

    /// Null, false and 0 do not hold, all else does (`STOP_PROCESSING_IF`).
    pub(super) fn holds(&self, draft: &Draft, defaults: &Defaults, cx: &Cx<'_>) -> bool {
        match run(&self.0, draft, defaults, cx) {
            Value::Null => false,
            Value::Bool(truth) => truth,
            other => other.as_number() != Some(0.0),
        }
    }
}

fn run(code: &Compiled, draft: &Draft, defaults: &Defaults, cx: &Cx<'_>) -> Value {
    let values: Vec<Value> = code
        .fields
        .iter()
        .map(|name| eval_value(name, draft, defaults))
        .collect();
    code.code.run(&values.iter().collect::<Vec<_>>(), cx)
}

fn expression_of(text: &str) -> Result<Compiled, String> {
    let mut sources = SourceMap::new();
    let source = sources.add("INGEST_EVAL", without_dollars(text));
    let (expression, diagnostics) = parse_expression(source, &sources);
    if let Some(error) = diagnostics
        .into_iter()
        .find(|found| found.severity == Severity::Error)
    {
        return Err(error.message);
    }
    compile(&expression, &field_names(&expression))
        .map_err(|mut errors| errors.swap_remove(0).message)
}

/// Splits at the commas that stand in no quotes and no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let mut quote = None;
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        match (quote, next) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if next == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(next),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                items.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&text[start..]);
    items.retain(|item| !item.trim().is_empty());
    items.iter().map(|item| item.trim()).collect()
}

/// `target`, whether it is `:=`, and the expression.
fn assignment(item: &str) -> Option<(String, bool, &str)> {
    let (target, expression) = item.split_once('=')?;
    let (target, replace) = match target.trim_end().strip_suffix(':') {
        Some(target) => (target, true),
        None => (target, false),
    };
    let target = target.trim();
    // `[int]`, `[float32-sf]`: how it is stored.
    let target = match target
        .strip_suffix(']')
        .and_then(|target| target.split_once('['))
    {
        Some((target, _)) => target,
        None => target,
    };
    let target = target.trim_matches(['$', '\'', '"']);
    let target = target.strip_prefix("pd:").unwrap_or(target);
    (!target.is_empty()).then(|| (target.to_owned(), replace, expression))
}

/// `$pd:_raw$` as `'_raw'`: names with colons stand in single quotes in expressions.
fn without_dollars(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let name = rest[at + 1..]
            .find('$')
            .map(|end| &rest[at + 1..at + 1 + end]);
        let name = name.filter(|name| {
            ["pd:", "field:", "mv:"]
                .iter()
                .any(|kind| name.starts_with(kind))
        });
        match name {
            Some(name) => {
                out.push_str(&rest[..at]);
                let key = name.strip_prefix("pd:").unwrap_or(name);
                out.push_str(&format!("'{key}'"));
                rest = &rest[at + name.len() + 2..];
            }
            None => {
                out.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_split_and_named() {
        assert_eq!(
            split(r#"a=f(1,2), b := "x,y" ,'c'=[1,2],"#),
            ["a=f(1,2)", r#"b := "x,y""#, "'c'=[1,2]"]
        );
        let (target, replace, expression) = assignment("$field:n$[int] := len(x)=3").unwrap();
        assert_eq!(
            (target.as_str(), replace, expression),
            ("field:n", true, " len(x)=3")
        );
        assert_eq!(assignment("$pd:_raw$=1").unwrap().0, "_raw");
        assert_eq!(
            without_dollars("mvjoin($mv:v$,\"$\")"),
            "mvjoin('mv:v',\"$\")"
        );
        assert!(Evals::parse("nonsense").is_err());
        assert!(Evals::parse("a=no_such_function(1)").is_err());
    }
}
