//! What automatic extraction does not read though it is there: it ends after so many characters and fields of an event
//! (limits.conf, `[kv]`).

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::{Format, Graph, NodeRef, Op, required_literals};

use super::part::Open;
use crate::env::Limits;
use crate::extract;
use crate::literals::Literals;
use crate::program::Transfers;

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
