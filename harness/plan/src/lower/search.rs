//! Search expressions over the fields of an event, event types and tags, as conditions.

use std::rc::Rc;
use std::sync::Arc;

use dryfire_spl::ast::{Compare, Search, SearchKind, TermMode, Word};

use super::{EventFields, Fields, Layer};
use crate::matcher::Matcher;
use crate::node::{Graph, Meta, NodeRef, Op, Test};

/// How deep event types may name each other.
const DEEPEST: usize = 20;

impl EventFields<'_> {
    /// A search expression over this event's own fields; `eventtype=` and `tag=` are resolved backwards.
    pub fn condition(&mut self, search: &Search, graph: &mut Graph) -> NodeRef {
        condition(search, self, graph)
    }

    /// Whether an event is of that type.
    pub(super) fn eventtype(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        let library = self.library;
        let Some(search) = library.eventtype(name) else {
            return graph.constant(false);
        };
        let key = (Layer::Complete, format!("eventtype={name}"));
        if let Some((known, noted)) = self.known.get(&key).cloned() {
            self.note(&noted);
            return known;
        }
        if self.open.contains(&key) || self.open.len() > DEEPEST {
            return graph.constant(false);
        }
        self.open.push(key.clone());
        let (holds, noted) = self.noting(|fields| condition(search, fields, graph));
        self.open.pop();
        self.known.insert(key, (holds, Rc::new(noted)));
        holds
    }

    /// Whether an event carries a tag; with `on`, through that field.
    pub(super) fn tag(&mut self, name: &str, on: Option<&str>, graph: &mut Graph) -> NodeRef {
        let library = self.library;
        let pairs = library
            .tag(name)
            .iter()
            .filter(|(field, _)| on.is_none_or(|on| on == field));
        let choices: Vec<NodeRef> = pairs
            .map(|(field, value)| {
                if field == "eventtype" {
                    return self.eventtype(value, graph);
                }
                let layer = Layer::LookedUp(self.props.search_time.lookups.len());
                let input = self.at(layer, field, graph);
                test(input, Compare::Eq, value, graph)
            })
            .collect();
        graph.or(choices)
    }

    /// All names that fit a pattern.
    fn named(&mut self, kind: &str, pattern: &str, graph: &mut Graph) -> NodeRef {
        let library = self.library;
        let matcher = Matcher::new(&Test {
            op: Compare::Eq,
            value: pattern.into(),
        });
        let names: Vec<Arc<str>> = match kind {
            "eventtype" => library
                .eventtypes()
                .filter(|name| matcher.matches(name))
                .cloned()
                .collect(),
            _ => library
                .tags()
                .filter(|name| matcher.matches(name))
                .cloned()
                .collect(),
        };
        let choices: Vec<NodeRef> = names
            .iter()
            .map(|name| match kind.strip_prefix("tag::") {
                Some(field) => self.tag(name, Some(field), graph),
                None if kind == "tag" => self.tag(name, None, graph),
                None => self.eventtype(name, graph),
            })
            .collect();
        graph.or(choices)
    }
}

/// Where a search expression looks names up.
pub(super) trait Scope: Fields {
    /// A comparison that is not one of a field's value: `eventtype=x`, `tag=x`. `None`: it is an ordinary field.
    fn special(&mut self, field: &str, value: &str, graph: &mut Graph) -> Option<NodeRef>;
}

impl Scope for EventFields<'_> {
    fn special(&mut self, field: &str, value: &str, graph: &mut Graph) -> Option<NodeRef> {
        let special = field == "eventtype" || field == "tag" || field.starts_with("tag::");
        special.then(|| self.named(field, value, graph))
    }
}

/// A search expression over rows, whose `eventtype` and `tag` are fields like any other.
pub fn row_condition(search: &Search, fields: &mut dyn Fields, graph: &mut Graph) -> NodeRef {
    struct Rows<'a>(&'a mut dyn Fields);
    impl Fields for Rows<'_> {
        fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
            self.0.field(name, graph)
        }
    }
    impl Scope for Rows<'_> {
        fn special(&mut self, _: &str, _: &str, _: &mut Graph) -> Option<NodeRef> {
            None
        }
    }
    condition(search, &mut Rows(fields), graph)
}

/// A search expression as a condition.
pub(super) fn condition(search: &Search, scope: &mut dyn Scope, graph: &mut Graph) -> NodeRef {
    match &search.kind {
        SearchKind::All => graph.constant(true),
        SearchKind::And(parts) => {
            let parts: Vec<NodeRef> = parts
                .iter()
                .map(|part| condition(part, scope, graph))
                .collect();
            graph.and(parts)
        }
        SearchKind::Or(parts) => {
            let parts: Vec<NodeRef> = parts
                .iter()
                .map(|part| condition(part, scope, graph))
                .collect();
            graph.or(parts)
        }
        SearchKind::Not(inner) => {
            let inner = condition(inner, scope, graph);
            graph.not(inner)
        }
        SearchKind::Compare { field, op, value } => compare(field, *op, value, scope, graph),
        SearchKind::In { field, values } => {
            if let [only] = &values[..] {
                return compare(field, Compare::Eq, only, scope, graph);
            }
            let special: Option<Vec<NodeRef>> = values
                .iter()
                .map(|value| scope.special(&field.text, &value.text, graph))
                .collect();
            if let Some(choices) = special {
                return graph.or(choices);
            }
            let input = scope.field(&field.text, graph);
            let values: Arc<[Arc<str>]> = values
                .iter()
                .map(|value| value.text.as_str().into())
                .collect();
            match constant(input, graph) {
                Some(text) => {
                    let holds = text.is_some_and(|text| Matcher::any_of(&values).matches(&text));
                    graph.constant(holds)
                }
                None => graph.add(Op::AnyOf(values), &[input]),
            }
        }
        SearchKind::Term { text, mode } => term(text, *mode, graph),
        SearchKind::Text(text) => term(text, TermMode::Plain, graph),
        SearchKind::Time { name, value } => {
            let time = graph.add(Op::Meta(Meta::Time), &[]);
            graph.add(
                Op::Within {
                    modifier: name.as_str().into(),
                    value: value.text.as_str().into(),
                },
                &[time],
            )
        }
        // Subsearches are replaced by their results before lowering.
        SearchKind::Sub(_) => graph.constant(false),
    }
}

fn compare(
    field: &Word,
    op: Compare,
    value: &Word,
    scope: &mut dyn Scope,
    graph: &mut Graph,
) -> NodeRef {
    if matches!(op, Compare::Eq | Compare::Ne)
        && let Some(holds) = scope.special(&field.text, &value.text, graph)
    {
        return if op == Compare::Eq {
            holds
        } else {
            graph.not(holds)
        };
    }
    let input = scope.field(&field.text, graph);
    test(input, op, &value.text, graph)
}

/// A comparison, decided at once where the field is constant for all events of the chunk.
pub(super) fn test(input: NodeRef, op: Compare, value: &str, graph: &mut Graph) -> NodeRef {
    let test = Test {
        op,
        value: value.into(),
    };
    match constant(input, graph) {
        Some(text) => {
            let holds = text.is_some_and(|text| Matcher::new(&test).matches(&text));
            graph.constant(holds)
        }
        None => graph.add(Op::Test(test), &[input]),
    }
}

/// The value of a node that is the same for all events: `Some(None)` when it is absent.
fn constant(input: NodeRef, graph: &Graph) -> Option<Option<Arc<str>>> {
    match &graph.node(input).op {
        Op::Null => Some(None),
        Op::Text(text) => Some(Some(text.clone())),
        _ => None,
    }
}

fn term(text: &Word, mode: TermMode, graph: &mut Graph) -> NodeRef {
    if text.text.chars().all(|character| character == '*') {
        return graph.constant(true);
    }
    let raw = graph.add(Op::Meta(Meta::Raw), &[]);
    let term = Op::Term {
        text: text.text.as_str().into(),
        case: mode == TermMode::Case,
        term: mode == TermMode::Term,
    };
    graph.add(term, &[raw])
}
