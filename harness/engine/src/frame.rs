//! Nodes over the rows of a chunk, or of a table: each computed once, however many searches need it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use dryfire_plan::{Graph, Meta, NodeRef, Op};

use crate::bits::Bits;
use crate::column::{Column, DictBuilder};
use crate::env::Cx;
use crate::eval::over;
use crate::extract;
use crate::ingest::Chunk;
use crate::program::{Exec, Extractor, Program};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// Where leaves come from.
enum Rows<'a> {
    /// Some events of a chunk; their places in it ascend. The shift is added to `_time`.
    Events {
        chunk: &'a Chunk,
        places: Vec<u32>,
        shift: i64,
    },
    /// The rows of a table.
    Table(&'a Table),
}

/// A set of rows, and the nodes computed for them so far.
pub(crate) struct Frame<'a> {
    graph: &'a Graph,
    program: &'a Program,
    cx: &'a Cx<'a>,
    rows: Rows<'a>,
    len: usize,
    /// A frame over more rows, and where the rows of this one are in it.
    wider: Option<(&'a Frame<'a>, Vec<u32>)>,
    /// Names that one pass of an extractor should find.
    wanted: Vec<(Extractor, Vec<Arc<str>>)>,
    columns: RefCell<Vec<Option<Column>>>,
    bits: RefCell<Vec<Option<Rc<Bits>>>>,
}

impl<'a> Frame<'a> {
    /// The given events of a chunk.
    pub(crate) fn of_events(
        graph: &'a Graph,
        program: &'a Program,
        chunk: &'a Chunk,
        places: Vec<u32>,
        shift: i64,
        cx: &'a Cx<'a>,
    ) -> Self {
        let len = places.len();
        Self::new(
            graph,
            program,
            Rows::Events {
                chunk,
                places,
                shift,
            },
            len,
            cx,
        )
    }

    /// The rows of a table.
    pub(crate) fn of_table(
        graph: &'a Graph,
        program: &'a Program,
        table: &'a Table,
        cx: &'a Cx<'a>,
    ) -> Self {
        Self::new(graph, program, Rows::Table(table), table.len(), cx)
    }

    fn new(
        graph: &'a Graph,
        program: &'a Program,
        rows: Rows<'a>,
        len: usize,
        cx: &'a Cx<'a>,
    ) -> Self {
        Self {
            graph,
            program,
            cx,
            rows,
            len,
            wider: None,
            wanted: Vec::new(),
            columns: RefCell::new(vec![None; graph.len()]),
            bits: RefCell::new(vec![None; graph.len()]),
        }
    }

    /// A frame over some rows of this one, which takes over what is computed here already.
    pub(crate) fn narrow<'b>(&'b self, rows: Vec<u32>) -> Frame<'b>
    where
        'a: 'b,
    {
        let part = match &self.rows {
            Rows::Events {
                chunk,
                places,
                shift,
            } => Rows::Events {
                chunk,
                places: rows.iter().map(|row| places[*row as usize]).collect(),
                shift: *shift,
            },
            Rows::Table(table) => Rows::Table(table),
        };
        let mut frame = Frame::new(self.graph, self.program, part, rows.len(), self.cx);
        frame.wider = Some((self, rows));
        frame
    }

    /// Tells which extracted names will be asked for, so that one pass finds them all.
    pub(crate) fn want(&mut self, nodes: &[NodeRef]) {
        for at in self.program.extracts_below(self.graph, nodes) {
            let Some((extractor, name)) = Extractor::of(self.graph.node(at)) else {
                continue;
            };
            let known = self.wider.as_ref().is_some_and(|(wider, _)| wider.has(at));
            if known {
                continue;
            }
            match self
                .wanted
                .iter_mut()
                .find(|(wanted, _)| *wanted == extractor)
            {
                Some((_, names)) if names.contains(name) => {}
                Some((_, names)) => names.push(name.clone()),
                None => self.wanted.push((extractor, vec![name.clone()])),
            }
        }
    }

    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The place in the chunk of a row.
    pub(crate) fn place(&self, row: u32) -> u32 {
        match &self.rows {
            Rows::Events { places, .. } => places[row as usize],
            Rows::Table(_) => row,
        }
    }

    fn has(&self, at: NodeRef) -> bool {
        self.columns
            .borrow()
            .get(at.index())
            .is_some_and(Option::is_some)
    }

    /// The values of a node.
    pub(crate) fn column(&self, at: NodeRef) -> Result<Column, Stop> {
        if let Some(known) = self.columns.borrow()[at.index()].clone() {
            return Ok(known);
        }
        let column = match &self.wider {
            // A table is not narrowed itself: its leaves come from the wider frame.
            Some((wider, rows)) if wider.has(at) || matches!(self.rows, Rows::Table(_)) => {
                wider.column(at)?.select(rows)
            }
            _ => self.compute(at)?,
        };
        self.columns.borrow_mut()[at.index()] = Some(column.clone());
        Ok(column)
    }

    /// The rows for which a condition holds.
    pub(crate) fn bits(&self, at: NodeRef) -> Result<Rc<Bits>, Stop> {
        if let Some(known) = self.bits.borrow()[at.index()].clone() {
            return Ok(known);
        }
        let bits = Rc::new(self.decide(at)?);
        self.bits.borrow_mut()[at.index()] = Some(bits.clone());
        Ok(bits)
    }

    fn inputs(&self, at: NodeRef) -> Result<Vec<Column>, Stop> {
        self.graph
            .node(at)
            .inputs
            .iter()
            .map(|input| self.column(*input))
            .collect()
    }

    fn compute(&self, at: NodeRef) -> Result<Column, Stop> {
        self.cx.check()?;
        let node = self.graph.node(at);
        match &node.op {
            Op::Null | Op::Undefined => Ok(Column::null(self.len)),
            Op::Text(text) => Ok(Column::Const(Value::Text(text.clone()), self.len)),
            Op::Meta(meta) => self.meta(*meta),
            Op::Column(name) => match &self.rows {
                Rows::Table(table) => Ok(table.column_or_null(name)),
                Rows::Events { .. } => Ok(Column::null(self.len)),
            },
            Op::Indexed(name) => Ok(match &self.rows {
                Rows::Events { chunk, places, .. } => match chunk.indexed(name) {
                    Some(column) => column.select(places),
                    None => Column::null(self.len),
                },
                Rows::Table(_) => Column::null(self.len),
            }),
            Op::Extract(..) | Op::Rule(..) => self.extract(at),
            Op::Capture { all, .. } => self.capture(at, *all),
            Op::Prefix(prefix) => Ok(self
                .column(node.inputs[0])?
                .map(|raw| prefixed(raw, prefix))),
            Op::First => {
                let mut inputs = self.inputs(at)?.into_iter();
                let first = inputs.next().unwrap_or_else(|| Column::null(self.len));
                Ok(inputs.fold(first, |first, next| either(&first, &next)))
            }
            Op::Append => {
                let inputs = self.inputs(at)?;
                Ok((0..self.len)
                    .map(|row| Value::multi(inputs.iter().map(|input| input.get(row).clone())))
                    .collect())
            }
            Op::Eval(..) => match self.program.exec(at)? {
                Exec::Code(code) => over::values(code, &self.inputs(at)?, self.len, self.cx),
                _ => Err(mismatch(at)),
            },
            Op::Lookup { output, .. } => self.look_up(at, output),
            Op::Override => {
                let inputs = self.inputs(at)?;
                let asked = |row: usize| inputs[2..].iter().all(|input| !input.get(row).is_null());
                Ok((0..self.len)
                    .map(|row| inputs[usize::from(!asked(row))].get(row).clone())
                    .collect())
            }
            Op::Names(names) => {
                let holds: Result<Vec<Rc<Bits>>, Stop> =
                    node.inputs.iter().map(|input| self.bits(*input)).collect();
                let holds = holds?;
                let mut builder = DictBuilder::new(self.len);
                for row in 0..self.len {
                    let held: Vec<&Arc<str>> = names
                        .iter()
                        .zip(&holds)
                        .filter(|(_, holds)| holds.get(row))
                        .map(|(name, _)| name)
                        .collect();
                    builder.push_all(&held);
                }
                Ok(builder.finish())
            }
            _ => Err(mismatch(at)),
        }
    }

    fn meta(&self, meta: Meta) -> Result<Column, Stop> {
        match &self.rows {
            Rows::Table(table) => Ok(table.column_or_null(match meta {
                Meta::Raw => "_raw",
                Meta::Time => "_time",
                Meta::Index => "index",
                Meta::Host => "host",
                Meta::Source => "source",
                Meta::Sourcetype => "sourcetype",
                Meta::Linecount => "linecount",
                Meta::Date(part) => part.name(),
            })),
            Rows::Events {
                chunk,
                places,
                shift,
            } => Ok(match meta {
                Meta::Raw => places
                    .iter()
                    .map(|place| Value::text(chunk.event(*place)))
                    .collect(),
                Meta::Time => {
                    let times = chunk.times();
                    places
                        .iter()
                        .map(|place| seconds(times[*place as usize] + shift))
                        .collect()
                }
                Meta::Linecount => places
                    .iter()
                    .map(|place| {
                        let lines = chunk.event(*place).lines().count();
                        Value::text(lines.to_string())
                    })
                    .collect(),
                Meta::Date(part) => places
                    .iter()
                    .map(|place| {
                        let shown = chunk.shown(*place);
                        shown.map_or(Value::Null, |shown| Value::text(shown.part(part)))
                    })
                    .collect(),
                // Index, host, source and sourcetype are constants of the chunk, lowered as text.
                _ => Column::null(self.len),
            }),
        }
    }

    /// Finds a field, and in the same pass those others that one extractor is to find.
    fn extract(&self, at: NodeRef) -> Result<Column, Stop> {
        let Some((extractor, name)) = Extractor::of(self.graph.node(at)) else {
            return Err(mismatch(at));
        };
        let mut names = match self.wanted.iter().find(|(wanted, _)| *wanted == extractor) {
            Some((_, names)) if names.contains(name) => names.clone(),
            _ => vec![name.clone()],
        };
        names.sort();
        let columns = match &extractor {
            Extractor::Native(format) => match &self.rows {
                Rows::Events { chunk, places, .. } => {
                    let events = places.iter().map(|place| chunk.event(*place));
                    // That a limit cut an event is not told: whether this search or another of the wave asked can't be
                    // known here.
                    extract::extract(*format, events, &names, &self.cx.env.limits).0
                }
                Rows::Table(_) => return Ok(Column::null(self.len)),
            },
            Extractor::Rule(_, input) => match self.program.exec(at)? {
                Exec::Rule(rule) => self.by_rule(rule, *input, &names)?,
                _ => return Err(mismatch(at)),
            },
        };
        self.cx.check()?;
        let mut wanted = None;
        for (found, column) in names.iter().zip(columns) {
            if found == name {
                wanted = Some(column);
            } else if let Some(other) = self.program.extract_node(&extractor, found)
                && let Some(place) = self.columns.borrow_mut().get_mut(other.index())
            {
                place.get_or_insert(column);
            }
        }
        wanted.ok_or_else(|| mismatch(at))
    }

    /// The fields that an app's extraction finds in what a node holds.
    pub(crate) fn by_rule(
        &self,
        rule: &extract::rule::Compiled,
        input: NodeRef,
        names: &[Arc<str>],
    ) -> Result<Vec<Column>, Stop> {
        let limit = |limit: String| Stop::Budget(format!("an extraction's pattern: {limit}"));
        // `_raw` is read in place, without a copy of each event.
        if let (Op::Meta(Meta::Raw), Rows::Events { chunk, places, .. }) =
            (&self.graph.node(input).op, &self.rows)
        {
            let texts = places.iter().map(|place| vec![chunk.event(*place)]);
            return extract::rule::extract(rule, texts, names).map_err(limit);
        }
        let column = self.column(input)?;
        let texts: Vec<Vec<Arc<str>>> = column
            .iter()
            .map(|value| value.each().iter().map(Value::to_text).collect())
            .collect();
        let texts = texts
            .iter()
            .map(|row| row.iter().map(|text| &**text).collect());
        extract::rule::extract(rule, texts, names).map_err(limit)
    }

    /// The names that an app's extraction takes from what a node holds.
    pub(crate) fn rule_names(
        &self,
        rule: &extract::rule::Compiled,
        input: NodeRef,
    ) -> Result<Vec<String>, Stop> {
        let mut names = indexmap::IndexSet::new();
        for value in self.column(input)?.iter() {
            for single in value.each() {
                single
                    .with_text(|text| extract::rule::names(rule, text, &mut names))
                    .map_err(|limit| Stop::Budget(format!("an extraction's pattern: {limit}")))?;
            }
        }
        Ok(names.into_iter().collect())
    }

    fn capture(&self, at: NodeRef, all: bool) -> Result<Column, Stop> {
        let Exec::Capture(pattern, group) = self.program.exec(at)? else {
            return Err(mismatch(at));
        };
        let limit = if all { usize::MAX } else { 1 };
        let read = |text: &str| match pattern.all(text, limit) {
            Ok(matches) => Value::multi(matches.iter().filter_map(|groups| {
                let (start, end) = groups.get(*group).copied().flatten()?;
                (end > start).then(|| Value::text(&text[start..end]))
            })),
            Err(limit) => {
                self.cx
                    .fail(Stop::Budget(format!("an extraction's pattern: {limit}")));
                Value::Null
            }
        };
        // `_raw` is read in place, without a copy of each event.
        let input = self.graph.node(at).inputs[0];
        if let (Op::Meta(Meta::Raw), Rows::Events { chunk, places, .. }) =
            (&self.graph.node(input).op, &self.rows)
        {
            let column = places
                .iter()
                .map(|place| read(chunk.event(*place)))
                .collect();
            self.cx.check()?;
            return Ok(column);
        }
        let column = self.column(input)?.map(|value| match value {
            Value::Null => Value::Null,
            value => Value::multi(value.each().iter().map(|single| single.with_text(read))),
        });
        self.cx.check()?;
        Ok(column)
    }

    fn look_up(&self, at: NodeRef, output: &str) -> Result<Column, Stop> {
        let Exec::Lookup(index) = self.program.exec(at)? else {
            return Err(mismatch(at));
        };
        let env = self.cx.env;
        let value =
            |inputs: &[&Value], at: &Value| index.value(&index.find(inputs, at, env), output);
        let mut inputs = self.inputs(at)?;
        let time = if index.is_timed() { inputs.pop() } else { None };
        if let ([only], None) = (&inputs[..], &time) {
            return Ok(only.map(|input| value(&[input], &Value::Null)));
        }
        Ok((0..self.len)
            .map(|row| {
                let inputs: Vec<&Value> = inputs.iter().map(|input| input.get(row)).collect();
                value(
                    &inputs,
                    time.as_ref().map_or(&Value::Null, |time| time.get(row)),
                )
            })
            .collect())
    }

    fn decide(&self, at: NodeRef) -> Result<Bits, Stop> {
        self.cx.check()?;
        let node = self.graph.node(at);
        match &node.op {
            Op::True => Ok(Bits::all(self.len, true)),
            Op::False => Ok(Bits::all(self.len, false)),
            Op::And => {
                let mut bits = Bits::all(self.len, true);
                for input in &node.inputs {
                    bits.and(&*self.bits(*input)?);
                    if bits.none() {
                        break;
                    }
                }
                Ok(bits)
            }
            Op::Or => {
                let mut bits = Bits::all(self.len, false);
                for input in &node.inputs {
                    bits.or(&*self.bits(*input)?);
                }
                Ok(bits)
            }
            Op::Not => {
                let mut bits = (*self.bits(node.inputs[0])?).clone();
                bits.not();
                Ok(bits)
            }
            Op::Test(_) | Op::AnyOf(_) => {
                let Exec::Matcher(matcher) = self.program.exec(at)? else {
                    return Err(mismatch(at));
                };
                let column = self.column(node.inputs[0])?;
                Ok(per_value(&column, |value| {
                    let holds = |single: &Value| single.with_text(|text| matcher.matches(text));
                    if let Value::Multi(values) = value
                        && values.iter().any(holds) != values.iter().all(holds)
                    {
                        self.cx.uncertain(crate::open::ONE_OF_SEVERAL);
                    }
                    matches_any(value, |text| matcher.matches(text))
                }))
            }
            Op::Term { .. } => {
                let Exec::Term(term) = self.program.exec(at)? else {
                    return Err(mismatch(at));
                };
                if let Rows::Events { chunk, places, .. } = &self.rows {
                    return Ok(Bits::from_fn(self.len, |row| {
                        term.matches(chunk.event(places[row]))
                    }));
                }
                let column = self.column(node.inputs[0])?;
                Ok(per_value(&column, |value| {
                    matches_any(value, |text| term.matches(text))
                }))
            }
            Op::Within { .. } => {
                let Exec::Window(window) = self.program.exec(at)? else {
                    return Err(mismatch(at));
                };
                let column = self.column(node.inputs[0])?;
                Ok(per_value(&column, |value| {
                    value.as_number().is_some_and(|time| window.contains(time))
                }))
            }
            Op::Holds(..) => match self.program.exec(at)? {
                Exec::Code(code) => over::truths(code, &self.inputs(at)?, self.len, self.cx),
                _ => Err(mismatch(at)),
            },
            _ => Err(mismatch(at)),
        }
    }
}

fn mismatch(at: NodeRef) -> Stop {
    Stop::Defect(format!("node {} is used as what it is not", at.index()))
}

/// What follows a text in the terms that begin with it; terms lie between major breakers and are kept in lower case.
fn prefixed(raw: &Value, prefix: &str) -> Value {
    let text = raw.to_text();
    let mut found: Vec<Value> = Vec::new();
    for term in text.split(dryfire_plan::is_major_breaker) {
        let term = term.to_lowercase();
        if let Some(rest) = term.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
            let value = Value::from(rest);
            // The index holds each term of an event once.
            if !found.contains(&value) {
                found.push(value);
            }
        }
    }
    Value::multi(found)
}

/// `_time` as a number of seconds.
pub(crate) fn seconds(micros: i64) -> Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of this era fit in 53 bits"
    )]
    Value::Number(micros as f64 / 1_000_000.0)
}

/// Whether one of the values satisfies a condition on text.
pub(crate) fn matches_any(value: &Value, holds: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Text(text) => holds(text),
        other => other.each().iter().any(|single| single.with_text(&holds)),
    }
}

/// A condition on values, decided once per dictionary entry.
pub(crate) fn per_value(column: &Column, mut holds: impl FnMut(&Value) -> bool) -> Bits {
    match column {
        Column::Const(value, len) => Bits::all(*len, holds(value)),
        Column::Dict(codes, dict) => {
            let mut known: Vec<Option<bool>> = vec![None; dict.len()];
            Bits::from_fn(codes.len(), |row| {
                let code = codes[row] as usize;
                *known[code].get_or_insert_with(|| holds(&dict[code]))
            })
        }
        Column::Plain(values) => Bits::from_fn(values.len(), |row| holds(&values[row])),
    }
}

/// The first column where it has a value, else the second.
fn either(first: &Column, second: &Column) -> Column {
    match first {
        Column::Const(Value::Null, _) => return second.clone(),
        Column::Const(..) => return first.clone(),
        Column::Dict(codes, dict) if codes.iter().all(|code| !dict[*code as usize].is_null()) => {
            return first.clone();
        }
        _ => {}
    }
    if second.is_all_null() {
        return first.clone();
    }
    (0..first.len())
        .map(|row| match first.get(row) {
            Value::Null => second.get(row).clone(),
            value => value.clone(),
        })
        .collect()
}
