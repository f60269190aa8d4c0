//! Multivalue functions: `mvappend`, `mvindex`, `mvfind`, `split`, …; `mvmap` and `mvfilter` are forms.
//!
//! Splunk, Search Reference, "Multivalue eval functions".

use std::sync::Arc;

use dryfire_plan::Transfer::{self, AnyOf, PieceOf, Unknown};
use hashbrown::HashSet;
use serde_json::Value as Json;

use super::plain::{count, each, integer, plain_functions, spec};
use super::{Function, Prepared, Spec, json_path, regular};
use crate::env::Cx;
use crate::pattern::Pattern;
use crate::stop::Stop;
use crate::time;
use crate::value::Value;

plain_functions! { "Multivalue":
    Unknown, |a, cx| each(a.first(), |search| search.with_text(|search| Value::multi(commands(search, cx).into_iter().map(Value::from)))),
    ("commands", 1..=1, "commands(<search>)", "The names of the commands in the text of a search.",
     "commands inside of subsearches are left out",
     [r#"commands("search foo | stats count | sort count")"# => "search\nstats\nsort"]);

    Unknown, |a, _| a.first().filter(|value| !value.is_null())
        .map_or(Value::Null, |value| to_json(value, matches!(a.get(1), Some(Value::Bool(true))))),
    ("mv_to_json_array", 1..=2, "mv_to_json_array(<field>, <infer_types>)",
     "The values as a JSON array of strings; with true() as second argument, of what they spell.",
     [r#"mv_to_json_array(split("a,1", ","))"# => r#"["a","1"]"#, r#"mv_to_json_array(split("a,1", ","), true())"# => r#"["a",1]"#]);

    AnyOf, |a, _| Value::multi(a.iter().cloned()),
    ("mvappend", 1.., "mvappend(<values>)", "All values in one list; nulls are left out.",
     [r#"mvappend("a", missing, split("b,c", ","))"# => "a\nb\nc"]);

    Unknown, |a, _| a.first().filter(|value| !value.is_null()).map_or(Value::Null, |value| count(value.each().len())),
    ("mvcount", 1..=1, "mvcount(<mv>)", "How many values; null for none.",
     [r#"mvcount(split("a,b", ","))"# => "2", r#"mvcount("a")"# => "1", "mvcount(missing)" => ""]);

    PieceOf(0), |a, _| distinct(a.first()),
    ("mvdedup", 1..=1, "mvdedup(<mv>)", "The values without repetitions.", [r#"mvdedup(split("a,b,a", ","))"# => "a\nb"]);

    PieceOf(0), index,
    ("mvindex", 2..=3, "mvindex(<mv>, <start>, <end>)", "The value at a place, or those from a place to another; the first is 0, the last -1.",
     [r#"mvindex(split("a,b,c", ","), 1)"# => "b", r#"mvindex(split("a,b,c", ","), -2, -1)"# => "b\nc", r#"mvindex("a", 5)"# => ""]);

    Unknown, join,
    ("mvjoin", 2..=2, "mvjoin(<mv>, <delim>)", "The values joined to one text.", [r#"mvjoin(split("a,b", ","), " OR ")"# => "a OR b"]);

    Unknown, range,
    ("mvrange", 2..=3, "mvrange(<start>, <end>, <step>)", "The numbers from the start to before the end; a step such as 7d counts days of the calendar.",
     [r#"mvrange(1, 11, 2)"# => "1\n3\n5\n7\n9", r#"mvrange(0, 172800, "1d")"# => "0\n86400"]);

    PieceOf(0), |a, _| a.first().map_or(Value::Null, |value| Value::multi(value.each().iter().rev().cloned())),
    ("mvreverse", 1..=1, "mvreverse(<mv>)", "The values in reverse order.", [r#"mvreverse(split("a,b", ","))"# => "b\na"]);

    PieceOf(0), |a, _| sorted(a.first()),
    ("mvsort", 1..=1, "mvsort(<mv>)", "The values in lexicographic order.", [r#"mvsort(split("9,70,10,100", ","))"# => "10\n100\n70\n9"]);

    Unknown, zip,
    ("mvzip", 2..=3, "mvzip(<mv_left>, <mv_right>, <delim>)", "The first values joined, the second values joined, and so on; by a comma unless given.",
     "values of the longer list without a partner are left out",
     [r#"mvzip(split("a,b", ","), split("1,2", ","))"# => "a,1\nb,2", r#"mvzip("a", "1", "|")"# => "a|1"]);

    PieceOf(0), split,
    ("split", 2..=2, "split(<str>, <delim>)", "The parts of the text between the delimiters; its characters for an empty one.",
     [r#"split("a::b", "::")"# => "a\nb", r#"split("abc", "")"# => "a\nb\nc", r#"split("abc", ";")"# => "abc"]);
}

/// The functions that are more than plain.
pub(super) const OTHERS: &[&dyn Function] = &[&MvFind];

/// The first word after each pipe that stands outside of quotes and brackets.
fn commands<'s>(search: &'s str, cx: &Cx<'_>) -> Vec<&'s str> {
    if search.contains('[') {
        cx.uncertain("commands() leaves out the commands inside of subsearches; Splunk's manual does not say");
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    search
        .split(|character| {
            let plain = !quoted && depth == 0;
            match character {
                '"' if !escaped => quoted = !quoted,
                '[' if !quoted => depth += 1,
                ']' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            escaped = character == '\\' && !escaped;
            character == '|' && plain
        })
        .filter_map(|command| command.split_whitespace().next())
        .collect()
}

fn to_json(value: &Value, infer: bool) -> Value {
    let element = |value: &Value| {
        value.with_text(|text| match serde_json::from_str(text) {
            Ok(json) if infer => json,
            _ => Json::String(text.to_owned()),
        })
    };
    json_path::value(&Json::Array(value.each().iter().map(element).collect()))
}

fn distinct(list: Option<&Value>) -> Value {
    let mut seen = HashSet::new();
    list.map_or(Value::Null, |list| {
        Value::multi(
            list.each()
                .iter()
                .filter(|value| seen.insert(*value))
                .cloned(),
        )
    })
}

fn index(arguments: &[Value], _: &Cx<'_>) -> Value {
    let (Some(list), Some(start)) = (arguments.first(), integer(arguments.get(1))) else {
        return Value::Null;
    };
    let values = list.each();
    let length = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let place = |index: i64| if index < 0 { index + length } else { index };
    let start = place(start);
    let end = match arguments.get(2) {
        None => start,
        some => match integer(some) {
            Some(end) => place(end),
            None => return Value::Null,
        },
    };
    // A range that reaches over an end is null, as a single place there is.
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    range
        .and_then(|(start, end)| values.get(start..=end))
        .map_or(Value::Null, |part| Value::multi(part.iter().cloned()))
}

fn join(arguments: &[Value], cx: &Cx<'_>) -> Value {
    let [list, delimiter] = arguments else {
        return Value::Null;
    };
    if list.is_null() || delimiter.is_null() {
        return Value::Null;
    }
    let texts: Vec<Arc<str>> = list.each().iter().map(Value::to_text).collect();
    delimiter.with_text(|delimiter| {
        let bytes = texts.iter().map(|text| text.len() + delimiter.len()).sum();
        if cx.allows(bytes) {
            Value::text(texts.join(delimiter))
        } else {
            Value::Null
        }
    })
}

fn range(arguments: &[Value], cx: &Cx<'_>) -> Value {
    let (Some(start), Some(end)) = (
        arguments.first().and_then(Value::as_number),
        arguments.get(1).and_then(Value::as_number),
    ) else {
        return Value::Null;
    };
    let most = cx
        .env
        .budget
        .rows
        .min(cx.env.budget.bytes / size_of::<Value>() / 16);
    let mut values = Vec::new();
    let mut add = |at: f64| {
        values.push(Value::Number(at));
        values.len() <= most
    };
    let whole = match arguments.get(2).map_or(Some(1.0), Value::as_number) {
        Some(0.0) => return Value::Null,
        Some(step) => (0_u32..)
            .map(|index| start + f64::from(index) * step)
            .take_while(|at| if step > 0.0 { *at < end } else { *at > end })
            .all(&mut add),
        None => {
            let span = arguments
                .get(2)
                .and_then(|step| step.with_text(time::Span::parse))
                .filter(|span| span.count > 0);
            let Some(span) = span else { return Value::Null };
            // Each step counts from the start, so that a short month does not shorten those after it.
            (0..)
                .map_while(|index| {
                    let step = time::Span {
                        count: span.count.checked_mul(index)?,
                        ..span
                    };
                    step.after(time::from_seconds(start)?, &cx.env.zone)
                        .map(time::to_seconds)
                })
                .take_while(|at| *at < end)
                .all(&mut add)
        }
    };
    if !whole {
        cx.fail(Stop::Budget(format!("mvrange(): more than {most} values")));
        return Value::Null;
    }
    Value::multi(values)
}

fn sorted(list: Option<&Value>) -> Value {
    let mut values = list.map_or(Vec::new(), |list| list.each().to_vec());
    values.sort_by(|a, b| a.with_text(|a| b.with_text(|b| a.cmp(b))));
    Value::multi(values)
}

fn zip(arguments: &[Value], cx: &Cx<'_>) -> Value {
    let [left, right, rest @ ..] = arguments else {
        return Value::Null;
    };
    let delimiter = rest.first().map_or_else(|| ",".into(), Value::to_text);
    if left.each().len() != right.each().len() {
        cx.uncertain("mvzip() leaves out the values of the longer list that have no partner; Splunk's manual does not say");
    }
    let count = left.each().len().min(right.each().len());
    if !cx.allows(count.saturating_mul(delimiter.len())) {
        return Value::Null;
    }
    Value::multi(left.each().iter().zip(right.each()).map(|(left, right)| {
        let mut text = String::new();
        left.write_to(&mut text);
        text.push_str(&delimiter);
        right.write_to(&mut text);
        Value::text(text)
    }))
}

fn split(arguments: &[Value], _: &Cx<'_>) -> Value {
    let [text, delimiter] = arguments else {
        return Value::Null;
    };
    if delimiter.is_null() {
        return Value::Null;
    }
    let delimiter = delimiter.to_text();
    each(Some(text), |text| {
        text.with_text(|text| {
            if delimiter.is_empty() {
                return Value::multi(
                    text.chars()
                        .map(|character| Value::text(character.to_string())),
                );
            }
            Value::multi(text.split(&*delimiter).map(Value::from))
        })
    })
}

struct MvFind;

impl Function for MvFind {
    fn spec(&self) -> &'static Spec {
        spec!("Multivalue", "mvfind", 2..=2, "mvfind(<mv>, <regex>)",
            "The place of the first value that the pattern matches, from 0; null when there is none.",
            [r#"mvfind(split("ok,err12,err9", ","), "err\d+")"# => "1", r#"mvfind("ok", "err")"# => ""])
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let [list, pattern] = arguments else {
            return Value::Null;
        };
        if list.is_null() || pattern.is_null() {
            return Value::Null;
        }
        regular::varying("mvfind", pattern, cx)
            .map_or(Value::Null, |pattern| find(list, &pattern, cx))
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        let pattern = regular::constant(constants.get(1))?;
        Ok(pattern.map(|pattern| Arc::new(PreparedFind(pattern)) as Arc<dyn Prepared>))
    }

    fn transfer(&self) -> Transfer {
        Unknown
    }
}

struct PreparedFind(Pattern);

impl Prepared for PreparedFind {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        arguments
            .first()
            .map_or(Value::Null, |list| find(list, &self.0, cx))
    }
}

fn find(list: &Value, pattern: &Pattern, cx: &Cx<'_>) -> Value {
    for (place, value) in list.each().iter().enumerate() {
        match regular::within_limits("mvfind", value.with_text(|text| pattern.is_match(text)), cx) {
            Some(true) => return count(place),
            Some(false) => {}
            None => break,
        }
    }
    Value::Null
}
