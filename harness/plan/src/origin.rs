//! Where a value comes from, and so which literals must stand in the raw text where a condition holds.
//!
//! A literal is used only where a match implies it: the value is a piece of the raw text, letter case aside, and no
//! constant that the field may hold instead satisfies the condition. What is not understood gives no literal.

use std::sync::Arc;

use dryfire_spl::ast::{Binary, Compare, Expr, ExprKind};

use crate::matcher::Matcher;
use crate::node::{Format, Graph, Meta, NodeRef, Op, Test};

/// What a function's result can hold of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Anything.
    Unknown,
    /// Every value is a contiguous piece of a value of that argument, letter case aside.
    PieceOf(usize),
    /// Every value is one of an argument, letter case aside.
    AnyOf,
}

/// What is known of the functions of `eval`. The engine's registry answers.
pub trait Functions {
    /// What the result of the function can hold of its arguments.
    fn transfer(&self, name: &str) -> Transfer;
}

/// Shorter literals stand in nearly every event.
const SHORTEST: usize = 3;
/// More alternatives than that cost more than they save.
const MOST: usize = 64;

#[derive(Debug, Clone, Default)]
struct Origin {
    /// The value may be a piece of the raw text.
    raw: bool,
    /// The raw text may spell it with JSON escapes.
    json: bool,
    /// Constants it may be.
    constants: Vec<Arc<str>>,
    /// It may be anything.
    unknown: bool,
}

impl Origin {
    fn unknown() -> Self {
        Self {
            unknown: true,
            ..Self::default()
        }
    }

    fn or(mut self, other: Origin) -> Self {
        self.raw |= other.raw;
        self.json |= other.json;
        self.unknown |= other.unknown || self.constants.len() + other.constants.len() > MOST;
        self.constants.extend(other.constants);
        self
    }
}

/// Texts of which at least one stands in the raw text of every event that satisfies the condition, without regard to
/// ASCII letter case. An empty list: no event can satisfy it. `None`: nothing can be told.
pub fn required_literals(
    graph: &Graph,
    condition: NodeRef,
    functions: &dyn Functions,
) -> Option<Vec<String>> {
    let cx = Cx { graph, functions };
    let mut literals = cx.required(condition)?;
    literals.sort();
    literals.dedup();
    (literals.len() <= MOST).then_some(literals)
}

struct Cx<'a> {
    graph: &'a Graph,
    functions: &'a dyn Functions,
}

impl Cx<'_> {
    fn required(&self, at: NodeRef) -> Option<Vec<String>> {
        let node = self.graph.node(at);
        match &node.op {
            Op::False => Some(Vec::new()),
            Op::And => node
                .inputs
                .iter()
                .filter_map(|input| self.required(*input))
                .min_by_key(|found| cost(found)),
            Op::Or => {
                let mut all = Vec::new();
                for input in &node.inputs {
                    all.extend(self.required(*input)?);
                }
                Some(all)
            }
            Op::Test(test) => self.test(node.inputs[0], test),
            Op::AnyOf(values) => {
                let mut all = Vec::new();
                for value in values.iter() {
                    all.extend(self.test(
                        node.inputs[0],
                        &Test {
                            op: Compare::Eq,
                            value: value.clone(),
                        },
                    )?);
                }
                Some(all)
            }
            Op::Term { text, .. } => longest_run(text, false).map(|literal| vec![literal]),
            _ => None,
        }
    }

    fn test(&self, input: NodeRef, test: &Test) -> Option<Vec<String>> {
        if test.op != Compare::Eq {
            return None;
        }
        let matcher = Matcher::new(test);
        let origin = self.origin(input);
        let blind = matches!(matcher, Matcher::Network(..)) || origin.unknown;
        if blind
            || origin
                .constants
                .iter()
                .any(|constant| matcher.matches(constant))
        {
            return None;
        }
        if !origin.raw {
            return Some(Vec::new());
        }
        let literal = longest_run(&test.value, origin.json)?;
        // Any character of a JSON string may be spelt as \uXXXX.
        Some(if origin.json {
            vec![literal, "\\u".to_owned()]
        } else {
            vec![literal]
        })
    }

    fn origin(&self, at: NodeRef) -> Origin {
        let node = self.graph.node(at);
        match &node.op {
            Op::Null => Origin::default(),
            Op::Text(text) => Origin {
                constants: vec![text.clone()],
                ..Origin::default()
            },
            Op::Meta(Meta::Raw)
            | Op::Extract(Format::WindowsEventXml | Format::WindowsEventText, _) => Origin {
                raw: true,
                ..Origin::default()
            },
            Op::Extract(Format::Json, _) => Origin {
                raw: true,
                json: true,
                ..Origin::default()
            },
            Op::Rule(rule, name) if rule.is_piece(name) => self.origin(node.inputs[0]),
            Op::Capture { .. } => self.origin(node.inputs[0]),
            Op::First | Op::Append => node
                .inputs
                .iter()
                .map(|input| self.origin(*input))
                .fold(Origin::default(), Origin::or),
            Op::Eval(expr, fields) => {
                let inputs: Vec<Origin> = node
                    .inputs
                    .iter()
                    .map(|input| self.origin(*input))
                    .collect();
                self.expression(expr, fields, &inputs)
            }
            Op::Names(names) => Origin {
                constants: names.to_vec(),
                ..Origin::default()
            },
            _ => Origin::unknown(),
        }
    }

    fn expression(&self, expr: &Expr, fields: &[String], inputs: &[Origin]) -> Origin {
        let of = |expr: &Expr| self.expression(expr, fields, inputs);
        let any = |exprs: &mut dyn Iterator<Item = &Expr>| {
            exprs.map(of).fold(Origin::default(), Origin::or)
        };
        match &expr.kind {
            ExprKind::Text(text) => Origin {
                constants: vec![text.as_str().into()],
                ..Origin::default()
            },
            ExprKind::Number(_, text) => Origin {
                constants: vec![text.as_str().into()],
                ..Origin::default()
            },
            ExprKind::Field(name) => fields
                .iter()
                .position(|field| field == name)
                .and_then(|slot| inputs.get(slot).cloned())
                .unwrap_or_default(),
            ExprKind::Call {
                function,
                arguments,
                ..
            } => match (function.as_str(), &arguments[..]) {
                ("if", [_, then, otherwise]) => of(then).or(of(otherwise)),
                ("case", arguments) => any(&mut arguments.iter().skip(1).step_by(2)),
                ("coalesce", arguments) => any(&mut arguments.iter()),
                ("null", []) => Origin::default(),
                ("replace", [subject, pattern, with]) if keeps_one_piece(pattern, with) => {
                    of_piece(&of)(subject)
                }
                ("mvfilter", [body]) => any(&mut fields_of(body).into_iter()),
                (name, arguments) => match self.functions.transfer(name) {
                    Transfer::Unknown => Origin::unknown(),
                    Transfer::PieceOf(index) => arguments
                        .get(index)
                        .map_or_else(Origin::unknown, of_piece(&of)),
                    Transfer::AnyOf => any(&mut arguments.iter()),
                },
            },
            ExprKind::Binary(Binary::Like, ..) | ExprKind::Error => Origin::unknown(),
            _ => Origin::unknown(),
        }
    }
}

/// A piece of a constant is another text than the constant: nothing is known of it.
fn of_piece<'a>(of: &'a dyn Fn(&Expr) -> Origin) -> impl Fn(&Expr) -> Origin + 'a {
    move |expr| {
        let mut origin = of(expr);
        origin.unknown |= !origin.constants.is_empty();
        origin
    }
}

fn fields_of(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Field(_) => vec![expr],
        ExprKind::Unary(_, inner) => fields_of(inner),
        ExprKind::Binary(_, a, b) => [fields_of(a), fields_of(b)].concat(),
        ExprKind::In(item, list) => list.iter().chain([&**item]).flat_map(fields_of).collect(),
        ExprKind::Call { arguments, .. } => arguments.iter().flat_map(fields_of).collect(),
        _ => Vec::new(),
    }
}

/// Whether `replace(x, pattern, with)` leaves one contiguous piece of `x`: it cuts something off the start or the end,
/// or it takes one group out of the whole.
fn keeps_one_piece(pattern: &Expr, with: &Expr) -> bool {
    let (ExprKind::Text(pattern), ExprKind::Text(with)) = (&pattern.kind, &with.kind) else {
        return false;
    };
    let pattern = pattern.strip_prefix("(?s)").unwrap_or(pattern);
    if pattern.contains('|') || pattern.contains("(?m") {
        return false;
    }
    let (start, end) = (
        pattern.starts_with('^'),
        pattern.ends_with('$') && !pattern.ends_with("\\$"),
    );
    let group = with
        .strip_prefix('\\')
        .is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit());
    (with.is_empty() && (start || end)) || (group && start && end)
}

/// The longest run of a pattern that must stand in the text as it is.
fn longest_run(pattern: &str, json: bool) -> Option<String> {
    let usable = |byte: char| {
        byte.is_ascii_graphic() && byte != '*' && !(json && "\"\\/".contains(byte)) || byte == ' '
    };
    pattern
        .split(|character: char| !usable(character))
        .max_by_key(|run| run.len())
        .filter(|run| run.len() >= SHORTEST)
        .map(str::to_ascii_lowercase)
}

/// Few and long literals come first.
fn cost(literals: &[String]) -> (usize, usize) {
    let shortest = literals.iter().map(String::len).min().unwrap_or(usize::MAX);
    (
        usize::from(shortest < 5) + literals.len() / 8,
        usize::MAX - shortest,
    )
}
