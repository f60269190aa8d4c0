//! What a Splunk would miss though we find it, and what it does not read though it is there.
//!
//! For `field=value` Splunk first looks for events in whose text the words of the value stand by themselves, unless
//! `fields.conf` says `INDEXED_VALUE = false`; only then it extracts the field (fields.conf.spec). A value that an
//! extraction takes out of a longer word is never found that way. And automatic extraction ends after so many characters
//! and fields of an event (limits.conf, `[kv]`).

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_plan::{
    EventFields, Fields, Format, Graph, NodeRef, Op, TermMatcher, required_literals,
};
use dryfire_spl::ast::{Compare, Search, SearchKind, Word};

use super::part::Open;
use crate::env::Limits;
use crate::extract;
use crate::literals::Literals;
use crate::program::Transfers;

/// A condition that must hold: one of the choices does.
pub(super) struct Clause {
    pub(super) choices: Vec<Choice>,
}

/// A comparison of a field.
pub(super) struct Choice {
    /// Whether it holds.
    pub(super) node: NodeRef,
    /// What is looked for in the text; none where the index is not asked.
    asked: Option<Asked>,
}

struct Asked {
    at: Span,
    field: Arc<str>,
    /// For each value, the words that must stand in the text.
    values: Vec<Vec<TermMatcher>>,
}

impl Clause {
    /// The comparison to blame, if this event would be missed: none of those that hold is found in the index.
    pub(super) fn missed(&self, raw: &str, holds: impl Fn(NodeRef) -> bool) -> Option<Diagnostic> {
        let mut blamed = None;
        for choice in &self.choices {
            if self.choices.len() > 1 && !holds(choice.node) {
                continue;
            }
            let asked = choice.asked.as_ref()?;
            let stands = |words: &Vec<TermMatcher>| words.iter().all(|word| word.matches(raw));
            if asked.values.iter().any(stands) {
                return None;
            }
            blamed = blamed.or(Some(asked));
        }
        blamed.map(Asked::warning)
    }
}

impl Asked {
    fn warning(&self) -> Diagnostic {
        let field = &self.field;
        let message = format!(
            "events match here that a Splunk would miss: the value of `{field}` does not stand in them as a word of its own"
        );
        Diagnostic::warning(&codes::meaning::INDEXED_WORD, message)
            .at(self.at, "Splunk looks for the words of this value first")
            .help(format!(
                "write `INDEXED_VALUE = false` under `[{field}]` of fields.conf, or `{field}=*…*` with wildcards"
            ))
    }
}

/// The conditions of a search that all must hold and of which some ask the index for words.
pub(super) fn clauses(
    search: &Search,
    event: &mut EventFields<'_>,
    sourcetype: &str,
    graph: &mut Graph,
) -> Vec<Clause> {
    match &search.kind {
        SearchKind::And(parts) => parts
            .iter()
            .flat_map(|part| clauses(part, event, sourcetype, graph))
            .collect(),
        SearchKind::Or(parts) => clause(parts, event, sourcetype, graph)
            .into_iter()
            .collect(),
        _ => clause(std::slice::from_ref(search), event, sourcetype, graph)
            .into_iter()
            .collect(),
    }
}

fn clause(
    parts: &[Search],
    event: &mut EventFields<'_>,
    sourcetype: &str,
    graph: &mut Graph,
) -> Option<Clause> {
    let mut choices = Vec::with_capacity(parts.len());
    for part in parts {
        let (field, values): (&Word, &[Word]) = match &part.kind {
            SearchKind::Compare {
                field,
                op: Compare::Eq,
                value,
            } => (field, std::slice::from_ref(value)),
            SearchKind::In { field, values } => (field, values),
            _ => return None,
        };
        let node = event.condition(part, graph);
        let values: Vec<Vec<TermMatcher>> = values.iter().map(|value| words(&value.text)).collect();
        // A value without words is found by the field's presence.
        let asks = values.iter().all(|words| !words.is_empty())
            && is_indexed_value(&field.text, event, sourcetype)
            && {
                let input = event.field(&field.text, graph);
                is_extracted(input, graph)
            };
        let asked = asks.then(|| Asked {
            at: part.at.0,
            field: field.text.as_str().into(),
            values,
        });
        choices.push(Choice { node, asked });
    }
    let some = choices.iter().any(|choice| choice.asked.is_some());
    some.then_some(Clause { choices })
}

fn is_indexed_value(field: &str, event: &EventFields<'_>, sourcetype: &str) -> bool {
    let special = matches!(field, "eventtype" | "tag") || field.starts_with("tag::");
    let rule = event.library().knowledge.field_rule(field, sourcetype);
    !special && rule.is_none_or(|rule| rule.indexed_value && !rule.indexed)
}

/// Whether a value comes from an extraction and nothing else: then Splunk asks the index for it.
fn is_extracted(node: NodeRef, graph: &Graph) -> bool {
    let found = graph.node(node);
    match &found.op {
        Op::Extract(..) | Op::Rule(..) | Op::Capture { .. } => true,
        Op::First | Op::Append => found.inputs.iter().all(|input| is_extracted(*input, graph)),
        _ => false,
    }
}

/// The words of a value, as the index would be asked for them. A network (`10.0.0.0/8`) is no word.
fn words(value: &str) -> Vec<TermMatcher> {
    let network = value.split_once('/').is_some_and(|(address, bits)| {
        let address_like = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
        bits.parse::<u8>().is_ok() && address.chars().all(address_like)
    });
    if network {
        return Vec::new();
    }
    let mut words = Vec::new();
    let mut start = 0;
    let is_end = |c: char| !c.is_alphanumeric();
    for (end, next) in value
        .match_indices(is_end)
        .chain(std::iter::once((value.len(), "")))
    {
        let word = &value[start..end];
        let open_start = value[..start].ends_with('*');
        let open_end = next == "*";
        start = end + next.len();
        // Open on both sides it stands in any word.
        let open = open_start && open_end;
        if !word.is_empty() && !open {
            let star = |open: bool| if open { "*" } else { "" };
            let text = format!("{}{word}{}", star(open_start), star(open_end));
            words.push(TermMatcher::new(&text, false, false));
        }
    }
    words
}

/// The fields that automatic extraction of pairs gives a search.
#[derive(Default)]
pub(super) struct Pairs {
    /// Those that decide whether an event matches.
    asked: Vec<Arc<str>>,
    /// Those, and what is wanted of events that match.
    wanted: Vec<Arc<str>>,
    /// Whether all pairs of matching events are wanted.
    all: bool,
    /// Of which one stands in every event that can match; none: that can't be told. Which other events are looked at
    /// hangs on the other searches of the wave, and must not show.
    literals: Option<Literals>,
}

impl Pairs {
    /// Those that a filter and what is given out need.
    pub(super) fn of(
        filter: NodeRef,
        outputs: &[(Arc<str>, NodeRef)],
        open: Option<&Open>,
        graph: &Graph,
    ) -> Self {
        let asked = pairs(vec![filter], graph);
        let outputs = outputs.iter().map(|(_, node)| *node);
        let wanted = pairs(outputs.chain([filter]).collect(), graph);
        let literals = match asked.is_empty() {
            true => None,
            false => required_literals(graph, filter, &Transfers),
        };
        Self {
            asked,
            wanted,
            all: open.is_some_and(|open| open.formats.iter().any(is_pairs)),
            literals: literals.and_then(|all| Literals::new(&all)),
        }
    }

    /// Says so where an event has a pair that is wanted and that automatic extraction does not reach.
    pub(super) fn beyond(&self, event: &str, matches: bool, limits: &Limits) -> Option<Diagnostic> {
        let (names, all) = match matches {
            true => (&self.wanted, self.all),
            false => (&self.asked, false),
        };
        if names.is_empty() && !all {
            return None;
        }
        let name = extract::beyond(event, limits, |name| {
            all || names.binary_search_by(|known| (**known).cmp(name)).is_ok()
        })?;
        let may_match = |literals: &Literals| literals.find_at(event.as_bytes(), 0).is_some();
        if !matches && !self.literals.as_ref().is_none_or(may_match) {
            return None;
        }
        let message = format!(
            "an event has the field `{name}` where automatic extraction does not reach: it ends after {} characters and {} fields",
            limits.kv_characters, limits.kv_fields
        );
        let warning = Diagnostic::warning(&codes::meaning::LIMIT, message);
        Some(warning.help(
            "extract the field by EXTRACT or REPORT, or set `maxchars` and `limit` under `[kv]` of limits.conf as production has them",
        ))
    }
}

fn is_pairs(format: &Format) -> bool {
    matches!(format, Format::KeyValue | Format::KeyValueEscaped)
}

/// The names of pairs that nodes need, ascending.
fn pairs(nodes: Vec<NodeRef>, graph: &Graph) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    let mut seen = vec![false; graph.len()];
    let mut rest = nodes;
    while let Some(node) = rest.pop() {
        if std::mem::replace(&mut seen[node.index()], true) {
            continue;
        }
        let found = graph.node(node);
        if let Op::Extract(format, name) = &found.op
            && is_pairs(format)
        {
            names.push(name.clone());
        }
        rest.extend(found.inputs.iter().copied());
    }
    names.sort();
    names.dedup();
    names
}
