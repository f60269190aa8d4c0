//! Fields as nodes: a hash-consed graph in which equal work is one node.
//!
//! Splunk's search-time order gives one name several values (extracted, aliased, calculated, looked up), so a field's
//! *name* is no key for its value. A node's key is the hash of its operation, its parameters and its inputs' keys:
//! searches that share an extraction, an alias or a tag's condition share the node, whatever they call it.

use std::fmt::Write as _;
use std::sync::Arc;

use dryfire_knowledge::Lookup;
use dryfire_spl::ast::{Compare, Expr};
use hashbrown::HashMap;

use crate::rule::Rule;

/// The key of a node: equal keys, equal values on any chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(u128);

/// A node of one [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeRef(u32);

impl NodeRef {
    /// The position in the graph.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an event brings with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meta {
    /// `_raw`
    Raw,
    /// `_time`
    Time,
    /// `index`
    Index,
    /// `host`
    Host,
    /// `source`
    Source,
    /// `sourcetype`
    Sourcetype,
    /// `linecount`
    Linecount,
    /// `date_hour` and the like.
    Date(DatePart),
}

impl Meta {
    /// The field of that name.
    pub fn named(name: &str) -> Option<Meta> {
        Some(match name {
            "_raw" => Meta::Raw,
            "_time" => Meta::Time,
            "index" => Meta::Index,
            "host" => Meta::Host,
            "source" => Meta::Source,
            "sourcetype" => Meta::Sourcetype,
            "linecount" => Meta::Linecount,
            _ => return None,
        })
    }
}

/// A part of the time as the text of an event shows it, in the zone that it is written in.
///
/// Splunk Knowledge Manual, "Use default fields", `date_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DatePart {
    /// `date_hour`: 0 to 23.
    Hour,
    /// `date_mday`: 1 to 31.
    Mday,
    /// `date_minute`
    Minute,
    /// `date_month`: `january`, …
    Month,
    /// `date_second`
    Second,
    /// `date_wday`: `sunday`, …
    Wday,
    /// `date_year`
    Year,
    /// `date_zone`: minutes east of UTC, or `local` where the text names no zone.
    Zone,
}

impl DatePart {
    /// The field of that name.
    pub fn named(name: &str) -> Option<DatePart> {
        const ALL: [DatePart; 8] = [
            DatePart::Hour,
            DatePart::Mday,
            DatePart::Minute,
            DatePart::Month,
            DatePart::Second,
            DatePart::Wday,
            DatePart::Year,
            DatePart::Zone,
        ];
        ALL.into_iter().find(|part| part.name() == name)
    }

    /// The name of its field.
    pub fn name(self) -> &'static str {
        match self {
            DatePart::Hour => "date_hour",
            DatePart::Mday => "date_mday",
            DatePart::Minute => "date_minute",
            DatePart::Month => "date_month",
            DatePart::Second => "date_second",
            DatePart::Wday => "date_wday",
            DatePart::Year => "date_year",
            DatePart::Zone => "date_zone",
        }
    }
}

/// A comparison of a search expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Test {
    /// The operator.
    pub op: Compare,
    /// The value as written; `*` is a wildcard for `=` and `!=`.
    pub value: Arc<str>,
}

/// A native extractor of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Windows event XML: `DRYFIRE_FORMAT = windows_event_xml`.
    WindowsEventXml,
    /// Windows events as classic text, or as XML: `DRYFIRE_FORMAT = windows_event_text`.
    WindowsEventText,
    /// `KV_MODE = json`, and JSON objects under `KV_MODE = auto`.
    Json,
    /// `KV_MODE = auto`: `key=value` pairs.
    KeyValue,
    /// `KV_MODE = auto_escaped`: the same, `\"` and `\\` in quoted values resolved.
    KeyValueEscaped,
    /// `KV_MODE = xml`: XML paths.
    Xml,
    /// The text of Splunk's summary, risk and notable indexes: `DRYFIRE_FORMAT = stash`.
    Stash,
}

/// How a node's value is made.
#[derive(Debug, Clone)]
pub enum Op {
    /// Absent.
    Null,
    /// What can't be lowered: a search that depends on it is not judged. Unlike `Null` it decides no condition.
    Undefined,
    /// The same text in every row.
    Text(Arc<str>),
    /// A field of the event itself.
    Meta(Meta),
    /// A field that index time gave the event.
    Indexed(Arc<str>),
    /// The named field that a native extractor finds in `_raw`.
    Extract(Format, Arc<str>),
    /// The named field that an app's extraction finds in the input.
    Rule(Arc<Rule>, Arc<str>),
    /// A named group of a pattern over the input; all matches, or the first.
    Capture {
        /// The PCRE pattern.
        pattern: Arc<str>,
        /// The group.
        group: Arc<str>,
        /// Every match gives a value (`MV_ADD`).
        all: bool,
    },
    /// What follows this text, in lower case, in the terms of the input (`_raw`) that begin with it: `PREFIX()`.
    Prefix(Arc<str>),
    /// The first input that is not null.
    First,
    /// The values of all inputs (`MV_ADD` over several extractions).
    Append,
    /// An `eval` expression; its fields are the inputs, in the order of `fields`.
    Eval(Arc<Expr>, Arc<[String]>),
    /// A column of a lookup; the inputs are the values to match, in the order of `inputs`.
    Lookup {
        /// The lookup.
        lookup: Arc<Lookup>,
        /// The columns to match.
        inputs: Arc<[String]>,
        /// The column wanted.
        output: Arc<str>,
    },
    /// `OUTPUT` of a lookup: input 0 is the looked-up value, 1 the field before, the others the lookup's own inputs.
    /// The old value stays only where an input is missing (props.conf.spec, `LOOKUP-<class>`).
    Override,
    /// A column of a table of rows.
    Column(Arc<str>),
    /// Always.
    True,
    /// Never.
    False,
    /// All inputs hold.
    And,
    /// Some input holds.
    Or,
    /// The input does not hold.
    Not,
    /// A comparison of the input.
    Test(Test),
    /// `field IN (…)` and long `OR`s over one field.
    AnyOf(Arc<[Arc<str>]>),
    /// A word or phrase in the input (`_raw`); exact case if `case`, bounded by major breakers if `term`.
    Term {
        /// The text; `*` is a wildcard.
        text: Arc<str>,
        /// `CASE()`.
        case: bool,
        /// `TERM()`.
        term: bool,
    },
    /// A bound on `_time` inside a search: `earliest=-1h`. The engine knows the time.
    Within {
        /// The modifier.
        modifier: Arc<str>,
        /// Its value.
        value: Arc<str>,
    },
    /// An `eval` condition; its fields are the inputs.
    Holds(Arc<Expr>, Arc<[String]>),
    /// The names whose condition (the input at the same place) holds: `eventtype`, `tag`.
    Names(Arc<[Arc<str>]>),
}

/// A node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its key.
    pub id: NodeId,
    /// How its value is made.
    pub op: Op,
    /// What it is made of.
    pub inputs: Box<[NodeRef]>,
}

/// Nodes, each once. Inputs stand before the nodes that use them.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    known: HashMap<NodeId, NodeRef>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes, inputs before their users.
    pub fn refs(&self) -> impl Iterator<Item = NodeRef> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeRef)
    }

    /// A node.
    pub fn node(&self, at: NodeRef) -> &Node {
        &self.nodes[at.index()]
    }

    /// The node of that operation on these inputs: a known one, or a new one.
    pub fn add(&mut self, op: Op, inputs: &[NodeRef]) -> NodeRef {
        let id = self.key(&op, inputs);
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let at = NodeRef(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node {
            id,
            op,
            inputs: inputs.into(),
        });
        self.known.insert(id, at);
        at
    }

    /// Absent.
    pub fn null(&mut self) -> NodeRef {
        self.add(Op::Null, &[])
    }

    /// A condition that always or never holds.
    pub fn constant(&mut self, truth: bool) -> NodeRef {
        self.add(if truth { Op::True } else { Op::False }, &[])
    }

    /// The truth of a condition that needs no event.
    pub fn truth(&self, at: NodeRef) -> Option<bool> {
        match self.node(at).op {
            Op::True => Some(true),
            Op::False => Some(false),
            _ => None,
        }
    }

    /// All conditions hold; folded where some are decided.
    pub fn and(&mut self, inputs: impl IntoIterator<Item = NodeRef>) -> NodeRef {
        self.junction(inputs, true)
    }

    /// Some condition holds; folded where some are decided.
    pub fn or(&mut self, inputs: impl IntoIterator<Item = NodeRef>) -> NodeRef {
        self.junction(inputs, false)
    }

    fn junction(&mut self, inputs: impl IntoIterator<Item = NodeRef>, all: bool) -> NodeRef {
        let mut open = Vec::new();
        for input in inputs {
            match self.truth(input) {
                Some(truth) if truth == all => {}
                Some(_) => return self.constant(!all),
                None if open.contains(&input) => {}
                None => open.push(input),
            }
        }
        match open[..] {
            [] => self.constant(all),
            [only] => only,
            _ => self.add(if all { Op::And } else { Op::Or }, &open),
        }
    }

    /// The condition does not hold.
    pub fn not(&mut self, input: NodeRef) -> NodeRef {
        match self.truth(input) {
            Some(truth) => self.constant(!truth),
            None => self.add(Op::Not, &[input]),
        }
    }

    /// The first of these values that is not null; folded where some are known to be null.
    pub fn first(&mut self, inputs: impl IntoIterator<Item = NodeRef>) -> NodeRef {
        let mut open = Vec::new();
        for input in inputs {
            match self.node(input).op {
                Op::Null => {}
                Op::Text(_) => {
                    open.push(input);
                    break;
                }
                _ if open.contains(&input) => {}
                _ => open.push(input),
            }
        }
        match open[..] {
            [] => self.null(),
            [only] => only,
            _ => self.add(Op::First, &open),
        }
    }

    /// The values of both (`MV_ADD`); folded where one is known to be null.
    pub fn appended(&mut self, first: NodeRef, second: NodeRef) -> NodeRef {
        match (&self.node(first).op, &self.node(second).op) {
            (Op::Null, _) => second,
            (_, Op::Null) => first,
            _ => self.add(Op::Append, &[first, second]),
        }
    }

    fn key(&self, op: &Op, inputs: &[NodeRef]) -> NodeId {
        let mut text = String::new();
        describe(op, &mut text);
        let mut hasher = blake3::Hasher::new();
        hasher.update(text.as_bytes());
        for input in inputs {
            hasher.update(&self.node(*input).id.0.to_le_bytes());
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        NodeId(u128::from_le_bytes(half))
    }
}

/// The operation and its parameters as unambiguous text: what the key is made of.
fn describe(op: &Op, out: &mut String) {
    // Writing to a String can't fail.
    let _ = match op {
        Op::Eval(expr, fields) | Op::Holds(expr, fields) => {
            let kind = if matches!(op, Op::Eval(..)) {
                "eval"
            } else {
                "holds"
            };
            write!(
                out,
                "{kind}\0{}\0{fields:?}\0",
                dryfire_spl::print_expression(expr)
            )
        }
        Op::Lookup {
            lookup,
            inputs,
            output,
        } => {
            write!(
                out,
                "lookup\0{}\0{:?}\0{inputs:?}\0{output:?}\0",
                lookup.definition.name,
                lookup.hash().as_bytes()
            )
        }
        other => write!(out, "{other:?}\0"),
    };
}
