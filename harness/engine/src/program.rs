//! The executable side of a graph: compiled expressions, patterns, matchers, lookup indexes, one for each node.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::{Format, Functions, Graph, Matcher, NodeRef, Op, TermMatcher, Transfer};
use hashbrown::HashMap;

use crate::env::Env;
use crate::eval::{Compiled, compile};
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
    extracts: HashMap<(Format, Arc<str>), NodeRef>,
}

impl Program {
    /// Compiles the nodes that were added to the graph since the last call.
    pub(crate) fn extend(&mut self, graph: &Graph, env: &Env) {
        for at in graph.refs().skip(self.execs.len()) {
            if let Op::Extract(format, name) = &graph.node(at).op {
                self.extracts.insert((*format, name.clone()), at);
            }
            self.execs
                .push(exec(&graph.node(at).op, env).map_err(Box::new));
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

    /// The node that extracts a name.
    pub(crate) fn extract_node(
        &self,
        _: &Graph,
        format: Format,
        name: &Arc<str>,
    ) -> Option<NodeRef> {
        self.extracts.get(&(format, name.clone())).copied()
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
            if matches!(node.op, Op::Extract(..)) {
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
            let bad = |reason: String| {
                Diagnostic::error(
                    &codes::meaning::BAD_PATTERN,
                    format!("an extraction's pattern is not valid: {reason}"),
                )
            };
            let pattern = Pattern::limited(pattern, env.limits.match_steps).map_err(bad)?;
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
