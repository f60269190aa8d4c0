//! What a Splunk would miss though we find it.
//!
//! For `field=value` Splunk first looks for events in whose text the words of the value stand by themselves, unless
//! `fields.conf` says `INDEXED_VALUE = false`; only then it extracts the field (fields.conf.spec). A value that an
//! extraction takes out of a longer word is never found that way. Event types, tags and a data model's constraints are
//! searches, too: they are put in the place of their names, and ask the index as if they had been typed.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_plan::{EventFields, Fields, Graph, Matcher, NodeRef, Op, TermMatcher, Test};
use dryfire_spl::ast::{At, Compare, Search, SearchKind, Word};
use hashbrown::HashMap;

/// How deep event types may name each other.
const DEEPEST: usize = 20;

/// Which events the index gives for a condition.
#[derive(Clone)]
pub(super) enum Asks {
    /// All that satisfy it: the index is not asked for words.
    Holds(NodeRef),
    /// Those in whose text the words of a value stand.
    Words(NodeRef, Arc<Asked>),
    /// Those that all parts give.
    All(Vec<Arc<Asks>>),
    /// Those that some part gives.
    Any(Vec<Arc<Asks>>),
}

/// What is looked for in the text.
pub(super) struct Asked {
    at: Span,
    field: Arc<str>,
    /// For each value, the words that must stand in the text.
    values: Vec<Vec<TermMatcher>>,
}

/// What becomes of an event.
pub(super) enum Seen<'a> {
    /// It does not satisfy the condition.
    Other,
    /// It satisfies the condition, and the index gives it.
    Found,
    /// It satisfies the condition, and the index does not give it because of this comparison.
    Missed(&'a Asked),
}

impl Asks {
    /// What becomes of an event with this text, of which the conditions hold that `holds` says.
    pub(super) fn see(&self, raw: &str, holds: &dyn Fn(NodeRef) -> bool) -> Seen<'_> {
        match self {
            Self::Holds(node) if holds(*node) => Seen::Found,
            Self::Words(node, asked) if holds(*node) => match asked.stands(raw) {
                true => Seen::Found,
                false => Seen::Missed(asked),
            },
            Self::Holds(_) | Self::Words(..) => Seen::Other,
            Self::All(parts) => {
                let mut all = Seen::Found;
                for part in parts {
                    match (part.see(raw, holds), &all) {
                        (Seen::Other, _) => return Seen::Other,
                        (Seen::Missed(asked), Seen::Found) => all = Seen::Missed(asked),
                        _ => {}
                    }
                }
                all
            }
            Self::Any(parts) => {
                let mut any = Seen::Other;
                for part in parts {
                    match (part.see(raw, holds), &any) {
                        (Seen::Found, _) => return Seen::Found,
                        (Seen::Missed(asked), Seen::Other) => any = Seen::Missed(asked),
                        _ => {}
                    }
                }
                any
            }
        }
    }

    /// The conditions that it is made of.
    pub(super) fn nodes(&self, into: &mut Vec<NodeRef>) {
        match self {
            Self::Holds(node) | Self::Words(node, _) => into.push(*node),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.nodes(into);
                }
            }
        }
    }

    fn has_words(&self) -> bool {
        match self {
            Self::Holds(_) => false,
            Self::Words(..) => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.has_words()),
        }
    }
}

impl Asked {
    fn stands(&self, raw: &str) -> bool {
        let mut values = self.values.iter();
        values.any(|words| words.iter().all(|word| word.matches(raw)))
    }

    /// What is said of an event that is missed.
    pub(super) fn warning(&self) -> Diagnostic {
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

/// Finds out what the searches over one kind of event ask the index.
pub(super) struct Askers {
    sourcetype: Arc<str>,
    /// Event types that were met, each with what it asks.
    known: HashMap<String, Arc<Asks>>,
    /// Those in work: event types may name each other.
    open: Vec<String>,
}

impl Askers {
    /// For events of a sourcetype.
    pub(super) fn new(sourcetype: &str) -> Self {
        Self {
            sourcetype: sourcetype.into(),
            known: HashMap::new(),
            open: Vec::new(),
        }
    }

    /// The conditions of a search that all must hold and of which some ask the index for words.
    pub(super) fn of(
        &mut self,
        search: &Search,
        event: &mut EventFields<'_>,
        graph: &mut Graph,
    ) -> Vec<Arc<Asks>> {
        let found = match &search.kind {
            SearchKind::And(parts) => {
                let parts = parts.iter();
                return parts.flat_map(|part| self.of(part, event, graph)).collect();
            }
            _ => self.asks(search, event, graph),
        };
        let found = match found {
            // Each gets a word of its own.
            Asks::All(parts) => parts,
            other => vec![Arc::new(other)],
        };
        let asking = found.into_iter().filter(|part| part.has_words());
        asking.collect()
    }

    fn asks(&mut self, search: &Search, event: &mut EventFields<'_>, graph: &mut Graph) -> Asks {
        let node = event.condition(search, graph);
        if graph.truth(node).is_some() {
            return Asks::Holds(node);
        }
        let mut parts = |parts: &[Search]| -> Vec<Arc<Asks>> {
            let parts = parts.iter();
            parts
                .map(|part| Arc::new(self.asks(part, event, graph)))
                .collect()
        };
        let found = match &search.kind {
            SearchKind::And(all) => Asks::All(parts(all)),
            SearchKind::Or(any) => Asks::Any(parts(any)),
            SearchKind::Compare {
                field,
                op: Compare::Eq,
                value,
            } => self.compared(
                (field, std::slice::from_ref(value)),
                (search.at.0, node),
                event,
                graph,
            ),
            SearchKind::In { field, values } => {
                self.compared((field, values), (search.at.0, node), event, graph)
            }
            _ => Asks::Holds(node),
        };
        match found.has_words() {
            true => found,
            false => Asks::Holds(node),
        }
    }

    fn compared(
        &mut self,
        (field, values): (&Word, &[Word]),
        (at, node): (Span, NodeRef),
        event: &mut EventFields<'_>,
        graph: &mut Graph,
    ) -> Asks {
        let on = field.text.strip_prefix("tag::");
        if field.text == "eventtype" || field.text == "tag" || on.is_some() {
            let mut any = Vec::new();
            for value in values {
                any.extend(self.named(&field.text, on, value, event, graph));
            }
            return match <[Arc<Asks>; 1]>::try_from(any) {
                Ok([only]) => Asks::clone(&only),
                Err(any) => Asks::Any(any),
            };
        }
        let words: Vec<Vec<TermMatcher>> = values.iter().map(|value| words(&value.text)).collect();
        let input = event.field(&field.text, graph);
        // A value without words is found by the field's presence.
        let asks = words.iter().all(|words| !words.is_empty())
            && self.is_indexed_value(&field.text, event)
            && is_extracted(input, graph);
        if !asks {
            return Asks::Holds(node);
        }
        let asked = Asked {
            at,
            field: field.text.as_str().into(),
            values: words,
        };
        Asks::Words(node, Arc::new(asked))
    }

    /// What the event types or tags ask that a value names.
    fn named(
        &mut self,
        kind: &str,
        on: Option<&str>,
        value: &Word,
        event: &mut EventFields<'_>,
        graph: &mut Graph,
    ) -> Vec<Arc<Asks>> {
        let library = event.library();
        let pattern = Matcher::new(&Test {
            op: Compare::Eq,
            value: value.text.as_str().into(),
        });
        let names: Vec<Arc<str>> = match kind {
            "eventtype" => library.eventtypes().cloned().collect(),
            _ => library.tags().cloned().collect(),
        };
        let mut found = Vec::new();
        for name in names.iter().filter(|name| pattern.matches(name)) {
            if kind == "eventtype" {
                found.extend(self.eventtype(name, event, graph));
                continue;
            }
            let pairs = library.tag(name);
            for (field, tagged) in pairs.iter().filter(|pair| on.is_none_or(|on| on == pair.0)) {
                if field == "eventtype" {
                    found.extend(self.eventtype(tagged, event, graph));
                    continue;
                }
                // The tag stands in the search; what it means stands in tags.conf.
                let word = |text: &str| Word {
                    text: text.to_owned(),
                    quoted: true,
                    at: At(value.at.0),
                };
                let kind = SearchKind::Compare {
                    field: word(field),
                    op: Compare::Eq,
                    value: word(tagged),
                };
                let search = Search {
                    kind,
                    at: At(value.at.0),
                };
                found.push(Arc::new(self.asks(&search, event, graph)));
            }
        }
        found
    }

    fn eventtype(
        &mut self,
        name: &str,
        event: &mut EventFields<'_>,
        graph: &mut Graph,
    ) -> Option<Arc<Asks>> {
        if let Some(known) = self.known.get(name) {
            return Some(known.clone());
        }
        if self.open.len() > DEEPEST || self.open.iter().any(|open| open == name) {
            return None;
        }
        let search = event.library().eventtype(name)?.clone();
        self.open.push(name.to_owned());
        let asks = Arc::new(self.asks(&search, event, graph));
        self.open.pop();
        self.known.insert(name.to_owned(), asks.clone());
        Some(asks)
    }

    fn is_indexed_value(&self, field: &str, event: &EventFields<'_>) -> bool {
        let rule = event
            .library()
            .knowledge
            .field_rule(field, &self.sourcetype);
        rule.is_none_or(|rule| rule.indexed_value && !rule.indexed)
    }
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
