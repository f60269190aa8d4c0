//! The executable side of a graph: compiled expressions, patterns, matchers, lookup indexes, one for each node.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::{
    Format, Functions, Graph, Matcher, Node, NodeRef, Op, Rule, TermMatcher, Transfer,
};
use hashbrown::HashMap;

use crate::env::Env;
use crate::eval::{Compiled, compile};
use crate::extract::rule;
use crate::functions;
use crate::lookup::LookupIndex;
use crate::pattern::Pattern;
use crate::stop::Stop;
use crate::time::{Relative, from_seconds};

/// What a node needs to run.
pub(crate) enum Exec {
    /// Nothing.
    Plain,
    /// An expression.
    Code(Compiled),
    /// A comparison.
    Matcher(Matcher),
    /// A free term.
    Term(TermMatcher),
    /// A pattern and the number of a group.
    Capture(Pattern, usize),
    /// An app's extraction.
    Rule(Arc<rule::Compiled>),
    /// A lookup.
    Lookup(LookupIndex),
    /// A bound on the time.
    Window(Window),
}

/// Seconds since 1970 between which a time must lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// At or after.
    pub from: f64,
    /// Before.
    pub to: f64,
}

impl Window {
    /// Whether a time lies inside.
    pub(crate) fn contains(&self, time: f64) -> bool {
        self.from <= time && time < self.to
    }
}

/// The compiled nodes of a graph. Grows with it.
#[derive(Default)]
pub(crate) struct Program {
    execs: Vec<Result<Exec, Box<Diagnostic>>>,
    extracts: HashMap<(Extractor, Arc<str>), NodeRef>,
    rules: HashMap<Arc<Rule>, Result<Arc<rule::Compiled>, String>>,
}

/// What finds several fields in one pass: an extraction, and the node that it reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Extractor {
    /// A native one, over `_raw`.
    Native(Format),
    /// One that an app defines.
    Rule(Arc<Rule>, NodeRef),
}

impl Extractor {
    /// The extractor of a node, and the field it finds.
    pub(crate) fn of(node: &Node) -> Option<(Self, &Arc<str>)> {
        match &node.op {
            Op::Extract(format, name) => Some((Self::Native(*format), name)),
            Op::Rule(rule, name) => Some((Self::Rule(rule.clone(), *node.inputs.first()?), name)),
            _ => None,
        }
    }
}

impl Program {
    /// Compiles the nodes that were added to the graph since the last call.
    pub(crate) fn extend(&mut self, graph: &Graph, env: &Env) {
        for at in graph.refs().skip(self.execs.len()) {
            let node = graph.node(at);
            if let Some((extractor, name)) = Extractor::of(node) {
                self.extracts.insert((extractor, name.clone()), at);
            }
            let made = match &node.op {
                Op::Rule(rule, _) => self.rule(rule).map(Exec::Rule),
                op => exec(op, env),
            };
            self.execs.push(made.map_err(Box::new));
        }
    }

    /// What a node needs to run.
    pub(crate) fn exec(&self, at: NodeRef) -> Result<&Exec, Stop> {
        match self.execs.get(at.index()) {
            Some(Ok(exec)) => Ok(exec),
            Some(Err(diagnostic)) => Err(Stop::Unsupported(diagnostic.clone())),
            None => Err(Stop::Defect(format!(
                "node {} was not compiled",
                at.index()
            ))),
        }
    }

    /// Compiles an app's extraction, once however many fields it gives.
    pub(crate) fn rule(&mut self, rule: &Arc<Rule>) -> Result<Arc<rule::Compiled>, Diagnostic> {
        let compile = || rule::Compiled::new(rule.clone()).map(Arc::new);
        let made = self.rules.entry(rule.clone()).or_insert_with(compile);
        made.clone().map_err(|reason| bad_pattern(&reason))
    }

    /// An app's extraction that was compiled; none where its pattern is not valid.
    pub(crate) fn compiled(&self, rule: &Arc<Rule>) -> Option<&rule::Compiled> {
        self.rules.get(rule)?.as_deref().ok()
    }

    /// The node that extracts a name.
    pub(crate) fn extract_node(&self, extractor: &Extractor, name: &Arc<str>) -> Option<NodeRef> {
        self.extracts
            .get(&(extractor.clone(), name.clone()))
            .copied()
    }

    /// The extractions that some nodes depend on.
    pub(crate) fn extracts_below(&self, graph: &Graph, nodes: &[NodeRef]) -> Vec<NodeRef> {
        let mut seen = vec![false; graph.len()];
        let mut open: Vec<NodeRef> = nodes.to_vec();
        let mut found = Vec::new();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at.index()], true) {
                continue;
            }
            let node = graph.node(at);
            if Extractor::of(node).is_some() {
                found.push(at);
            }
            open.extend(&node.inputs);
        }
        found.sort();
        found
    }
}

fn exec(op: &Op, env: &Env) -> Result<Exec, Diagnostic> {
    Ok(match op {
        Op::Eval(expr, fields) | Op::Holds(expr, fields) => {
            let compiled = compile(expr, fields).map_err(|mut errors| errors.swap_remove(0))?;
            Exec::Code(compiled)
        }
        Op::Test(test) => Exec::Matcher(Matcher::new(test)),
        Op::AnyOf(values) => Exec::Matcher(Matcher::any_of(values)),
        Op::Term { text, case, term } => Exec::Term(TermMatcher::new(text, *case, *term)),
        Op::Capture { pattern, group, .. } => {
            let pattern = Pattern::within(env.limits.match_steps, pattern)
                .map_err(|reason| bad_pattern(&reason))?;
            let number = match group.parse::<usize>() {
                Ok(number) => number,
                Err(_) => pattern
                    .group_names()
                    .iter()
                    .position(|name| name.as_deref() == Some(&**group))
                    .unwrap_or(usize::MAX),
            };
            Exec::Capture(pattern, number)
        }
        Op::Lookup { lookup, inputs, .. } => {
            let index = LookupIndex::new(lookup, inputs);
            Exec::Lookup(
                index
                    .map_err(|reason| Diagnostic::error(&codes::meaning::UNKNOWN_LOOKUP, reason))?,
            )
        }
        Op::Within { modifier, value } => Exec::Window(window(modifier, value, env)?),
        _ => Exec::Plain,
    })
}

fn bad_pattern(reason: &str) -> Diagnostic {
    Diagnostic::error(
        &codes::meaning::BAD_PATTERN,
        format!("an extraction's pattern is not valid: {reason}"),
    )
}

/// `earliest` and `latest` and their relatives inside a search.
fn window(modifier: &str, value: &str, env: &Env) -> Result<Window, Diagnostic> {
    let open = Window {
        from: f64::NEG_INFINITY,
        to: f64::INFINITY,
    };
    let bad = || {
        Diagnostic::error(
            &codes::meaning::BAD_ARGUMENT,
            format!("`{modifier}={value}` is not a time"),
        )
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of this era fit in 53 bits"
    )]
    let at = |micros: i64| micros as f64 / 1_000_000.0;
    let ago = |unit: f64| {
        value
            .parse::<f64>()
            .map(|count| at(env.now) - count * unit)
            .map_err(|_| bad())
    };
    match modifier {
        "earliest" | "_index_earliest" | "starttimeu" => instant(value, env)
            .map(|time| Window {
                from: at(time),
                ..open
            })
            .ok_or_else(bad),
        "latest" | "_index_latest" | "endtimeu" => instant(value, env)
            .map(|time| Window {
                to: at(time),
                ..open
            })
            .ok_or_else(bad),
        "startminutesago" => Ok(Window {
            from: ago(60.0)?,
            ..open
        }),
        "endminutesago" => Ok(Window {
            to: ago(60.0)?,
            ..open
        }),
        "starthoursago" | "hoursago" => Ok(Window {
            from: ago(3_600.0)?,
            ..open
        }),
        "endhoursago" => Ok(Window {
            to: ago(3_600.0)?,
            ..open
        }),
        "startdaysago" | "daysago" => Ok(Window {
            from: ago(86_400.0)?,
            ..open
        }),
        "enddaysago" => Ok(Window {
            to: ago(86_400.0)?,
            ..open
        }),
        _ => Err(Diagnostic::error(
            &codes::meaning::UNSUPPORTED_FUNCTION,
            format!("the time modifier `{modifier}` is not supported yet"),
        )),
    }
}

/// A time as `earliest` takes it: epoch seconds, or relative to now.
fn instant(value: &str, env: &Env) -> Option<i64> {
    match value.parse::<f64>() {
        Ok(seconds) => from_seconds(seconds),
        Err(_) => Relative::parse(value)?.apply(env.now, &env.zone),
    }
}

/// What the planner asks of the function registry.
pub(crate) struct Transfers;

impl Functions for Transfers {
    fn transfer(&self, name: &str) -> Transfer {
        functions::find(name).map_or(Transfer::Unknown, |function| function.transfer())
    }
}
