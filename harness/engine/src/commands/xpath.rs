//! `xpath`: takes the values at a path of XML out of a field.
//!
//! Search Reference, "xpath": `field` is `_raw`, `outfield` is `xpath`, `default` stands in where nothing is found. Of the
//! language there are `/`, `//`, names, `*`, `@name`, `text()` and the conditions `[2]`, `[@name]`, `[@name="value"]`;
//! what else is written is not run. An element with elements in it gives the XML inside it, which is uncertain.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::xml_text::walk;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const INNER: &str = "`xpath` gives the XML inside of an element that holds others; the manual shows only elements with text";

pub(super) struct Xpath;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"x":"<e><Data Name=\"a\">1</Data><Data Name=\"b\">2</Data></e>"}]"#,
    "xpath field=x \"//Data[@Name='b']\" outfield=found | fields found",
    r#"[{"found":"2"}]"#,
)])
.uncertain(&[INNER])
.differences(&[
    "Paths are steps with names, `*`, `@name`, `text()`, a position or a test of an attribute; others are undetermined.",
]);

impl Command for Xpath {
    fn name(&self) -> &'static str {
        "xpath"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Pattern(path) = &syntax.body else {
            return Err(arguments.missing("a path in quotes"));
        };
        let steps = parse(&path.text);
        if steps.is_none() {
            arguments.unsupported(
                path.at.0,
                "the engine follows paths such as `//a/b[@c=\"d\"]/@e` only",
            );
        }
        let field = arguments.text("field").unwrap_or_else(|| "_raw".into());
        let output = arguments.text("outfield").unwrap_or_else(|| "xpath".into());
        let default = arguments.text("default").map_or(Value::Null, Value::Text);
        arguments.finish_some(steps.map(|steps| {
            Stage::Map(Arc::new(Path {
                steps,
                field,
                output,
                default,
            }))
        }))
    }
}

/// A step of a path.
#[derive(Debug)]
struct Step {
    /// `//`: at any depth.
    deep: bool,
    /// `*`, a name, or `@name`.
    name: String,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
enum Condition {
    Place(usize),
    Has(String),
    Is(String, String),
}

/// The steps of a path, where all of it is known.
fn parse(text: &str) -> Option<Vec<Step>> {
    let text = text.trim();
    let text = text.strip_suffix("/text()").unwrap_or(text);
    let mut rest = text;
    let mut steps: Vec<Step> = Vec::new();
    while !rest.is_empty() {
        rest = rest.strip_prefix('/')?;
        let deep = rest.starts_with('/');
        rest = rest.strip_prefix('/').unwrap_or(rest);
        let is_name = |c: char| c.is_alphanumeric() || "_-.:@*".contains(c);
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        let bare = name.strip_prefix('@').unwrap_or(name);
        let is_plain = !bare.is_empty() && !bare.contains(['@', '*']) && !bare.starts_with('.');
        // Nothing is below an attribute.
        let follows_attribute = steps.last().is_some_and(|step| step.name.starts_with('@'));
        if (!is_plain && name != "*") || follows_attribute {
            return None;
        }
        let mut conditions = Vec::new();
        while let Some(inside) = rest.strip_prefix('[') {
            let (condition, after) = inside.split_once(']')?;
            rest = after;
            conditions.push(Condition::parse(condition.trim())?);
        }
        // The place among elements of any name is not known.
        let placed = conditions.iter().any(|c| matches!(c, Condition::Place(_)));
        if placed && name == "*" {
            return None;
        }
        steps.push(Step {
            deep,
            name: name.to_owned(),
            conditions,
        });
    }
    (!steps.is_empty()).then_some(steps)
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(place) = text.parse() {
            return Some(Condition::Place(place));
        }
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_-.:".contains(c))
        };
        let attribute = text.strip_prefix('@')?;
        let Some((name, value)) = attribute.split_once('=') else {
            return is_name(attribute).then(|| Condition::Has(attribute.to_owned()));
        };
        let (name, value) = (name.trim(), value.trim());
        let value = ['"', '\'']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))?;
        is_name(name).then(|| Condition::Is(name.to_owned(), value.to_owned()))
    }
}

/// An element or an attribute of a document.
struct Node {
    /// Names with their places among namesakes; an attribute's place is 0.
    path: Vec<(String, usize)>,
    text: String,
    is_leaf: bool,
}

/// `a{1}.b{2}{@c}`, as the walk over XML names it.
fn path_of(indexed: &str) -> Vec<(String, usize)> {
    let mut path = Vec::new();
    let mut rest = indexed;
    while let Some((name, after)) = rest.split_once('{') {
        let Some((place, after)) = after.split_once('}') else {
            break;
        };
        match place.strip_prefix('@') {
            Some(attribute) => path.push((format!("@{attribute}"), 0)),
            None => path.push((name.to_owned(), place.parse().unwrap_or(0))),
        }
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    path
}

/// Whether steps lead to a node; `depth` elements of its path are behind.
fn leads(steps: &[Step], node: &Node, depth: usize, all: &[Node]) -> bool {
    let Some((step, later)) = steps.split_first() else {
        return depth == node.path.len();
    };
    let last = if step.deep {
        node.path.len()
    } else {
        depth + 1
    };
    (depth..last.min(node.path.len())).any(|at| {
        let (name, place) = &node.path[at];
        let is_named = *name == step.name || (step.name == "*" && !name.starts_with('@'));
        let attribute = |wanted: &str| {
            let is = |other: &&Node| {
                other.path.split_last().is_some_and(|((name, _), before)| {
                    name.strip_prefix('@') == Some(wanted) && *before == node.path[..=at]
                })
            };
            all.iter().find(is).map(|found| found.text.as_str())
        };
        let holds = |condition: &Condition| match condition {
            Condition::Place(wanted) => wanted == place,
            Condition::Has(name) => attribute(name).is_some(),
            Condition::Is(name, value) => attribute(name) == Some(value),
        };
        is_named && step.conditions.iter().all(holds) && leads(later, node, at + 1, all)
    })
}

struct Path {
    steps: Vec<Step>,
    field: Arc<str>,
    output: Arc<str>,
    default: Value,
}

impl Path {
    fn values(&self, text: &str, cx: &Cx<'_>) -> Value {
        let mut all = Vec::new();
        walk(text, &mut |found| {
            all.push(Node {
                path: path_of(found.indexed),
                text: found.text,
                is_leaf: found.is_leaf,
            });
        });
        let found = all.iter().filter(|node| leads(&self.steps, node, 0, &all));
        let values = found.map(|node| {
            if !node.is_leaf {
                cx.uncertain(INNER);
            }
            Value::text(node.text.as_str())
        });
        match Value::multi(values) {
            Value::Null => self.default.clone(),
            values => values,
        }
    }
}

impl MapOp for Path {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let column = table.column_or_null(&self.field);
        let found = column.map(|value| value.with_text(|text| self.values(text, cx)));
        table.set(self.output.clone(), found);
        cx.check()?;
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes, open_points};

    const INPUT: &str = r#"[{"x":"<e><s><Data Name=\"a\">1</Data><Data Name=\"b\">2 &amp; 3</Data></s><t k=\"v\"/></e>"}]"#;

    #[test]
    fn paths_lead_to_values() {
        for (path, value) in [
            ("//Data", r#"["1","2 & 3"]"#),
            ("/e/s/Data[2]", r#""2 & 3""#),
            ("//Data[@Name='a']", r#""1""#),
            ("//Data[@Name='b']/text()", r#""2 & 3""#),
            ("//s/Data/@Name", r#"["a","b"]"#),
            ("/e/*/@k", r#""v""#),
            ("//t[@k]/@k", r#""v""#),
            ("//@k", r#""v""#),
            ("/Data", "null"),
            ("/e/Data", "null"),
        ] {
            check(
                INPUT,
                &format!("xpath field=x \"{path}\" outfield=o | fields o"),
                &format!(r#"[{{"o":{value}}}]"#),
            );
        }
        check(
            INPUT,
            "xpath \"//zz\" field=x default=none | fields xpath",
            r#"[{"xpath":"none"}]"#,
        );
    }

    #[test]
    fn other_paths_are_not_run() {
        for path in [
            "count(//a)",
            "//a[b=1]",
            "a/b",
            "//a[last()]",
            "/a|/b",
            "//*[1]",
        ] {
            assert_eq!(mistakes(&format!("xpath \"{path}\"")), ["DF301"], "{path}");
        }
        assert_eq!(open_points(INPUT, "xpath \"//s\" field=x", &[]), 1);
    }
}
