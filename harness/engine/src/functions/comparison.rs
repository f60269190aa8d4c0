//! Comparison and conditional functions that take their arguments as values: `match`, `like`, `cidrmatch`, `nullif`, …

use std::net::IpAddr;
use std::sync::Arc;

use dryfire_plan::{Transfer, fold};
use ipnet::IpNet;

use super::{Certainty, Example, Function, Prepared, Spec, regular};
use crate::env::Cx;
use crate::eval::equal;
use crate::pattern::Pattern;
use crate::value::Value;

pub(super) const ALL: &[&dyn Function] = &[&CidrMatch, &Like, &Match, &NullIf];

struct CidrMatch;

impl Function for CidrMatch {
    fn spec(&self) -> &'static Spec {
        &Spec {
            name: "cidrmatch",
            min: 2,
            max: Some(2),
            syntax: "cidrmatch(<cidr>, <ip>)",
            summary: "True when the address lies in the network, IPv4 or IPv6.",
            group: "Comparison and conditional",
            certainty: Certainty::Documented,
            examples: &[
                Example {
                    expression: r#"if(cidrmatch("10.0.0.0/8", "10.1.2.3"), "in", "out")"#,
                    result: "in",
                },
                Example {
                    expression: r#"if(cidrmatch("2001:db8::/32", "10.1.2.3"), "in", "out")"#,
                    result: "out",
                },
            ],
        }
    }

    fn call(&self, arguments: &[Value], _: &Cx<'_>) -> Value {
        let [network, address] = arguments else {
            return Value::Null;
        };
        if network.is_null() || address.is_null() {
            return Value::Null;
        }
        let Ok(network) = network.with_text(str::parse::<IpNet>) else {
            return Value::Bool(false);
        };
        let inside = |value: &Value| {
            value
                .with_text(str::parse::<IpAddr>)
                .is_ok_and(|address| network.contains(&address))
        };
        Value::Bool(address.each().iter().any(inside))
    }
}

struct Like;

impl Function for Like {
    fn spec(&self) -> &'static Spec {
        &Spec {
            name: "like",
            min: 2,
            max: Some(2),
            syntax: "like(<str>, <pattern>)",
            summary: "True when the whole text fits the pattern, in which % is any text and _ one character.",
            group: "Comparison and conditional",
            certainty: Certainty::Uncertain(
                "like() is taken to be case-sensitive; the manual does not say",
            ),
            examples: &[
                Example {
                    expression: r#"if(like("foobar", "foo%"), "yes", "no")"#,
                    result: "yes",
                },
                Example {
                    expression: r#"if(like("foo", "fo_o"), "yes", "no")"#,
                    result: "no",
                },
            ],
        }
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let [text, pattern] = arguments else {
            return Value::Null;
        };
        if text.is_null() || pattern.is_null() {
            return Value::Null;
        }
        PreparedLike(characters(pattern)).call(arguments, cx)
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        let pattern = constants
            .get(1)
            .and_then(Option::as_ref)
            .filter(|pattern| !pattern.is_null());
        Ok(pattern.map(|pattern| Arc::new(PreparedLike(characters(pattern))) as Arc<dyn Prepared>))
    }
}

fn characters(pattern: &Value) -> Box<[char]> {
    pattern.with_text(|pattern| pattern.chars().collect())
}

struct PreparedLike(Box<[char]>);

const CASE_OF_LIKE: &str = "like() tells upper from lower case; a value would fit if it did not, and Splunk's manual leaves that open";

impl Prepared for PreparedLike {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let Some(text) = arguments.first().filter(|text| !text.is_null()) else {
            return Value::Null;
        };
        // What does not fit without regard to case does not fit with it: one pass for most values.
        let mut nearly = false;
        let mut fits = |text: &str| {
            like(text, &self.0, true) && {
                let exact = like(text, &self.0, false);
                nearly |= !exact;
                exact
            }
        };
        let found = text.each().iter().any(|value| value.with_text(&mut fits));
        if nearly && !found {
            cx.uncertain(CASE_OF_LIKE);
        }
        Value::Bool(found)
    }
}

/// SQL's LIKE, with a backslash as escape; with or without regard to letter case.
fn like(text: &str, pattern: &[char], any_case: bool) -> bool {
    let same = |a: char, b: char| a == b || (any_case && fold(a) == fold(b));
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut pat) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        let escaped = pattern.get(pat) == Some(&'\\')
            && matches!(pattern.get(pat + 1), Some('%' | '_' | '\\'));
        let width = if escaped { 2 } else { 1 };
        match pattern.get(pat + width - 1) {
            Some('%') if !escaped => {
                retry = Some((at, pat + 1));
                pat += 1;
                continue;
            }
            Some(wanted) if same(*wanted, text[at]) || (*wanted == '_' && !escaped) => {
                at += 1;
                pat += width;
                continue;
            }
            _ => {}
        }
        // Give the last % one character more.
        let Some((start, after)) = retry else {
            return false;
        };
        retry = Some((start + 1, after));
        (at, pat) = (start + 1, after);
    }
    pattern[pat..].iter().all(|rest| *rest == '%')
}

struct Match;

impl Function for Match {
    fn spec(&self) -> &'static Spec {
        &Spec {
            name: "match",
            min: 2,
            max: Some(2),
            syntax: "match(<str>, <regex>)",
            summary: "True when the pattern matches anywhere in the text; for several values, in one of them.",
            group: "Comparison and conditional",
            certainty: Certainty::Documented,
            examples: &[
                Example {
                    expression: r#"if(match("10.0.0.1", "^\d+\.\d+"), "yes", "no")"#,
                    result: "yes",
                },
                Example {
                    expression: r#"if(match("abc", "B"), "yes", "no")"#,
                    result: "no",
                },
            ],
        }
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let [text, pattern] = arguments else {
            return Value::Null;
        };
        if text.is_null() || pattern.is_null() {
            return Value::Null;
        }
        regular::varying("match", pattern, cx)
            .map_or(Value::Null, |pattern| matches(text, &pattern, cx))
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        let pattern = regular::constant(constants.get(1))?;
        Ok(pattern.map(|pattern| Arc::new(PreparedMatch(pattern)) as Arc<dyn Prepared>))
    }
}

/// Told where one of several values matches and another does not.
pub(crate) const SOME_MATCH: &str = "match() of several values is true when one of them matches; Splunk's manual speaks of a single text";

struct PreparedMatch(Pattern);

impl Prepared for PreparedMatch {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        arguments
            .first()
            .filter(|text| !text.is_null())
            .map_or(Value::Null, |text| matches(text, &self.0, cx))
    }
}

fn matches(text: &Value, pattern: &Pattern, cx: &Cx<'_>) -> Value {
    let (mut some, mut all) = (false, true);
    for value in text.each() {
        match regular::within_limits("match", value.with_text(|text| pattern.is_match(text)), cx) {
            Some(hit) => {
                some |= hit;
                all &= hit;
            }
            None => return Value::Null,
        }
    }
    if some && !all {
        cx.uncertain(SOME_MATCH);
    }
    Value::Bool(some)
}

struct NullIf;

impl Function for NullIf {
    fn spec(&self) -> &'static Spec {
        &Spec {
            name: "nullif",
            min: 2,
            max: Some(2),
            syntax: "nullif(<x>, <y>)",
            summary: "Null when both are equal, else the first.",
            group: "Comparison and conditional",
            certainty: Certainty::Documented,
            examples: &[
                Example {
                    expression: r#"nullif("a", "a")"#,
                    result: "",
                },
                Example {
                    expression: r#"nullif("a", "b")"#,
                    result: "a",
                },
            ],
        }
    }

    fn call(&self, arguments: &[Value], _: &Cx<'_>) -> Value {
        let [value, other] = arguments else {
            return Value::Null;
        };
        if equal(value, other) {
            Value::Null
        } else {
            value.clone()
        }
    }

    fn transfer(&self) -> Transfer {
        Transfer::PieceOf(0)
    }
}
