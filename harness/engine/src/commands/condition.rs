//! Search expressions over the rows of a table: `search` in the middle of a pipeline, the `where` of `inputlookup`,
//! the filters of `transaction`.

use std::sync::{Arc, OnceLock};

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::{Fields, Graph, NodeRef, Op, row_condition};
use dryfire_spl::ast::{Search, SearchKind};

use crate::bits::Bits;
use crate::env::Cx;
use crate::frame::Frame;
use crate::program::Program;
use crate::stop::Stop;
use crate::table::Table;

/// A search expression; its fields are columns, `tag` and `eventtype` among them.
pub(crate) struct Condition {
    graph: Graph,
    holds: NodeRef,
    /// Whether it says something of the time of the search.
    has_bounds: bool,
    /// Compiled at the first use.
    program: OnceLock<Arc<Program>>,
}

struct Columns;

impl Fields for Columns {
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        graph.add(Op::Column(name.into()), &[])
    }
}

impl Condition {
    /// Lowers a search expression.
    pub(crate) fn new(search: &Search) -> Result<Self, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        refuse(search, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut graph = Graph::new();
        let holds = row_condition(search, &mut Columns, &mut graph);
        let has_bounds = graph
            .refs()
            .any(|at| matches!(graph.node(at).op, Op::Within { .. }));
        Ok(Self {
            graph,
            holds,
            has_bounds,
            program: OnceLock::new(),
        })
    }

    /// The rows that match.
    pub(crate) fn truths(&self, table: &Table, cx: &Cx<'_>) -> Result<Bits, Stop> {
        let program = self.program(cx);
        let frame = Frame::of_table(&self.graph, &program, table, cx);
        let bits = frame.bits(self.holds)?;
        Ok((*bits).clone())
    }

    fn program(&self, cx: &Cx<'_>) -> Arc<Program> {
        let compile = || {
            let mut program = Program::default();
            program.extend(&self.graph, cx.env);
            Arc::new(program)
        };
        // Bounds of time hold for one run only.
        if self.has_bounds {
            return compile();
        }
        self.program.get_or_init(compile).clone()
    }
}

/// Subsearches become expressions before a search is lowered; one that is left must not match nothing in silence.
fn refuse(search: &Search, errors: &mut Vec<Diagnostic>) {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => {
            parts.iter().for_each(|part| refuse(part, errors))
        }
        SearchKind::Not(inner) => refuse(inner, errors),
        SearchKind::Sub(_) => {
            let message = "a subsearch can't stand here";
            errors.push(
                Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                    .at(search.at.0, ""),
            );
        }
        _ => {}
    }
}
