//! A field of an event, step by step in Splunk's search-time order.
//!
//! props.conf.spec and "The sequence of search-time operations": EXTRACT, REPORT, automatic key/value, FIELDALIAS,
//! EVAL (in parallel), LOOKUP (in class order), event types, tags.

use std::rc::Rc;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, codes};
use dryfire_knowledge::{AutoLookup, KvMode, Lookup, Transform};
use dryfire_spl::ast::{Expr, ExprKind};
use dryfire_spl::parse_expression;

use super::{Assumption, EventFields, Fields, Layer};
use crate::node::{Format, Graph, Meta, NodeRef, Op};

/// Extractions always read as `(?ms)` (props.conf.spec, `EXTRACT-<class>`).
const FLAGS: &str = "(?ms)";

impl Fields for EventFields<'_> {
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        self.at(Layer::Complete, name, graph)
    }
}

impl EventFields<'_> {
    /// The value of a field after a step.
    pub(super) fn at(&mut self, layer: Layer, name: &str, graph: &mut Graph) -> NodeRef {
        let key = (layer, name.to_owned());
        if let Some((known, noted)) = self.known.get(&key).cloned() {
            self.note(&noted);
            return known;
        }
        // A definition that needs itself sees nothing, as in Splunk.
        if self.open.contains(&key) {
            return graph.null();
        }
        self.open.push(key.clone());
        let (node, noted) = self.noting(|fields| match layer {
            Layer::Extracted => fields.extracted(name, graph),
            Layer::Aliased => fields.aliased(name, graph),
            Layer::Calculated => fields.calculated(name, graph),
            Layer::LookedUp(count) => fields.looked_up(count, name, graph),
            Layer::Complete => fields.complete(name, graph),
        });
        self.open.pop();
        self.known.insert(key, (node, Rc::new(noted)));
        node
    }

    fn meta_field(&self, name: &str, graph: &mut Graph) -> Option<NodeRef> {
        let text = match Meta::named(name)? {
            Meta::Index => &self.meta.index,
            Meta::Host => &self.meta.host,
            Meta::Source => &self.meta.source,
            Meta::Sourcetype => {
                let renamed = self.props.search_time.rename.as_deref().map(Arc::from);
                return Some(graph.add(
                    Op::Text(renamed.unwrap_or_else(|| self.meta.sourcetype.clone())),
                    &[],
                ));
            }
            meta => return Some(graph.add(Op::Meta(meta), &[])),
        };
        Some(graph.add(Op::Text(text.clone()), &[]))
    }

    fn extracted(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        if let Some(meta) = self.meta_field(name, graph) {
            return meta;
        }
        let mut found = Vec::new();
        let rules = self.props;
        for extract in &rules.search_time.extracts {
            if has_group(&extract.pattern, name) {
                let input = match extract.in_field.as_deref() {
                    None | Some("_raw") => graph.add(Op::Meta(Meta::Raw), &[]),
                    Some(field) => self.at(Layer::Extracted, field, graph),
                };
                found.push(graph.add(capture(&extract.pattern, name, false), &[input]));
            }
        }
        for report in &rules.search_time.reports {
            found.extend(self.reported(&report.transform, name, graph));
        }
        let raw = graph.add(Op::Meta(Meta::Raw), &[]);
        match rules.search_time.format.as_deref() {
            Some("windows_event_xml") => {
                found.push(graph.add(Op::Extract(Format::WindowsEventXml, name.into()), &[raw]));
            }
            Some("windows_event_text") => {
                found.push(graph.add(Op::Extract(Format::WindowsEventText, name.into()), &[raw]));
            }
            Some("stash") => found.push(graph.add(Op::Extract(Format::Stash, name.into()), &[raw])),
            Some(other) => self.doubt(format!("DRYFIRE_FORMAT = {other} is not known")),
            None => {}
        }
        match rules.search_time.kv_mode {
            KvMode::Json => found.push(graph.add(Op::Extract(Format::Json, name.into()), &[raw])),
            KvMode::Auto | KvMode::AutoEscaped => {
                if rules.search_time.auto_kv_json {
                    found.push(graph.add(Op::Extract(Format::Json, name.into()), &[raw]));
                }
                found.push(graph.add(Op::Extract(Format::KeyValue, name.into()), &[raw]));
            }
            KvMode::None => {}
            other => self.doubt(format!("KV_MODE = {other:?} is not supported yet")),
        }
        graph.first(found)
    }

    /// The value that a REPORT transform gives a field.
    fn reported(
        &mut self,
        transform: &Transform,
        name: &str,
        graph: &mut Graph,
    ) -> Option<NodeRef> {
        let Some(regex) = transform.regex.as_deref() else {
            if transform.fields.is_empty() || transform.fields.iter().any(|field| field == name) {
                self.doubt(format!(
                    "the delimiter extraction [{}] is not supported yet",
                    transform.name
                ));
            }
            return None;
        };
        let mut group = None;
        match &transform.format {
            None => group = has_group(regex, name).then(|| name.to_owned()),
            Some(format) => {
                for (field, value) in &format.pairs {
                    if field.literal() == Some(name) {
                        match (value.parts.len(), value.groups().next()) {
                            (1, Some(number)) => group = Some(number.to_string()),
                            _ => self.doubt(format!(
                                "FORMAT of [{}] is not supported yet",
                                transform.name
                            )),
                        }
                    } else if field.literal().is_none() {
                        self.doubt(format!(
                            "[{}] takes field names from the data, which is not supported yet",
                            transform.name
                        ));
                    }
                }
            }
        }
        let group = group?;
        let input = match transform.source_key.as_str() {
            "_raw" => graph.add(Op::Meta(Meta::Raw), &[]),
            field => self.at(Layer::Extracted, field, graph),
        };
        Some(graph.add(capture(regex, &group, transform.mv_add), &[input]))
    }

    fn aliased(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        let mut node = self.at(Layer::Extracted, name, graph);
        let rules = self.props;
        for alias in rules
            .search_time
            .aliases
            .iter()
            .filter(|alias| alias.to == name)
        {
            let from = self.at(Layer::Extracted, &alias.from, graph);
            // `AS` takes the place of what was there, also when the source is missing; `ASNEW` does not.
            node = if alias.new_only {
                graph.first([node, from])
            } else {
                from
            };
            self.assume(name, &alias.app);
        }
        node
    }

    fn calculated(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        let rules = self.props;
        let Some(rule) = rules
            .search_time
            .evals
            .iter()
            .rev()
            .find(|rule| rule.field == name)
        else {
            return self.at(Layer::Aliased, name, graph);
        };
        let (expression, diagnostics) = parse_expression(rule.expression, self.sources);
        if diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
        {
            // Splunk skips a calculated field that it can't parse.
            return self.at(Layer::Aliased, name, graph);
        }
        self.assume(name, &rule.app);
        eval(Arc::new(expression), graph, &mut |field, graph| {
            self.at(Layer::Aliased, field, graph)
        })
    }

    fn looked_up(&mut self, count: usize, name: &str, graph: &mut Graph) -> NodeRef {
        let Some(before) = count.checked_sub(1) else {
            return self.at(Layer::Calculated, name, graph);
        };
        let old = self.at(Layer::LookedUp(before), name, graph);
        let rules = self.props;
        let rule = &rules.search_time.lookups[before];
        let Some((lookup, column)) = self.lookup_output(rule, name) else {
            return old;
        };
        let inputs: Vec<NodeRef> = rule
            .inputs
            .iter()
            .map(|(_, field)| self.at(Layer::LookedUp(before), field, graph))
            .collect();
        let columns: Arc<[String]> = rule
            .inputs
            .iter()
            .map(|(column, _)| column.clone())
            .collect();
        let looked = graph.add(
            Op::Lookup {
                lookup,
                inputs: columns,
                output: column.into(),
            },
            &inputs,
        );
        self.assume(name, &rule.app);
        if rule.new_only {
            return graph.first([old, looked]);
        }
        let inputs: Vec<NodeRef> = [looked, old].into_iter().chain(inputs).collect();
        graph.add(Op::Override, &inputs)
    }

    /// The lookup and its column, if this automatic lookup gives the field.
    fn lookup_output(&mut self, rule: &AutoLookup, name: &str) -> Option<(Arc<Lookup>, String)> {
        let outputs = rule.outputs.as_ref();
        if let Some(outputs) = outputs
            && !outputs.iter().any(|(_, field)| field == name)
        {
            return None;
        }
        let Some(lookup) = self.library.knowledge.lookup(&rule.table) else {
            self.doubt(format!(
                "the automatic lookup `{}` is not there",
                rule.table
            ));
            return None;
        };
        let column = match outputs {
            Some(outputs) => outputs
                .iter()
                .find(|(_, field)| field == name)
                .map(|(column, _)| column.clone())?,
            None => {
                let is_input = rule.inputs.iter().any(|(column, _)| column == name);
                let table = lookup.table()?;
                (!is_input && table.column(name).is_some()).then(|| name.to_owned())?
            }
        };
        Some((Arc::new(lookup.clone()), column))
    }

    fn complete(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        let last = Layer::LookedUp(self.props.search_time.lookups.len());
        let library = self.library;
        let named: Vec<(Arc<str>, NodeRef)> = match name {
            "eventtype" => library
                .eventtypes()
                .map(|name| (name.clone(), self.eventtype(name, graph)))
                .collect(),
            "tag" => library
                .tags()
                .map(|name| (name.clone(), self.tag(name, None, graph)))
                .collect(),
            _ => match name.strip_prefix("tag::") {
                Some(field) => library
                    .tags()
                    .map(|name| (name.clone(), self.tag(name, Some(field), graph)))
                    .collect(),
                None => return self.at(last, name, graph),
            },
        };
        let possible: Vec<_> = named
            .into_iter()
            .filter(|(_, holds)| graph.truth(*holds) != Some(false))
            .collect();
        if possible.is_empty() {
            return graph.null();
        }
        let (names, holds): (Vec<Arc<str>>, Vec<NodeRef>) = possible.into_iter().unzip();
        graph.add(Op::Names(names.into()), &holds)
    }

    /// The fields that could be listed by name: for `table *` and the like. Names made from data are not among them.
    pub fn declared(&self) -> Vec<String> {
        let rules = &self.props.search_time;
        let mut names: Vec<String> = ["_raw", "_time", "host", "index", "source", "sourcetype"]
            .map(str::to_owned)
            .to_vec();
        names.extend(
            rules
                .extracts
                .iter()
                .flat_map(|extract| groups(&extract.pattern)),
        );
        names.extend(rules.reports.iter().flat_map(|report| {
            match (&report.transform.regex, &report.transform.format) {
                (Some(regex), None) => groups(regex),
                (_, Some(format)) => format
                    .pairs
                    .iter()
                    .filter_map(|(field, _)| field.literal().map(str::to_owned))
                    .collect(),
                _ => Vec::new(),
            }
        }));
        names.extend(rules.aliases.iter().map(|alias| alias.to.clone()));
        names.extend(rules.evals.iter().map(|rule| rule.field.clone()));
        for rule in &rules.lookups {
            match &rule.outputs {
                Some(outputs) => names.extend(outputs.iter().map(|(_, field)| field.clone())),
                None => names.extend(
                    self.library
                        .knowledge
                        .lookup(&rule.table)
                        .and_then(|lookup| lookup.table().map(|table| table.columns().to_vec()))
                        .unwrap_or_default(),
                ),
            }
        }
        names.extend(["eventtype", "tag"].map(str::to_owned));
        names.sort();
        names.dedup();
        names
    }

    /// The native formats that give names made from the data.
    pub fn formats(&self) -> Vec<Format> {
        let rules = &self.props.search_time;
        let mut formats = Vec::new();
        match rules.format.as_deref() {
            Some("windows_event_xml") => formats.push(Format::WindowsEventXml),
            Some("windows_event_text") => formats.push(Format::WindowsEventText),
            Some("stash") => formats.push(Format::Stash),
            _ => {}
        }
        match rules.kv_mode {
            KvMode::Json => formats.push(Format::Json),
            KvMode::Auto | KvMode::AutoEscaped => {
                if rules.auto_kv_json {
                    formats.push(Format::Json);
                }
                formats.push(Format::KeyValue);
            }
            _ => {}
        }
        formats
    }

    fn assume(&mut self, field: &str, app: &Arc<str>) {
        if self.props.search_time.inferred.contains(field)
            && let Some(noted) = self.noted.last_mut()
        {
            let sourcetype = self.meta.sourcetype.clone();
            noted.assumptions.insert(Assumption {
                field: field.to_owned(),
                sourcetype,
                app: app.clone(),
            });
        }
    }

    fn doubt(&mut self, message: String) {
        if let Some(noted) = self.noted.last_mut() {
            noted
                .unsupported
                .push(Diagnostic::warning(&codes::dataset::CONF_VALUE, message));
        }
    }
}

/// A node for an expression over fields.
pub(super) fn eval(
    expression: Arc<Expr>,
    graph: &mut Graph,
    field: &mut dyn FnMut(&str, &mut Graph) -> NodeRef,
) -> NodeRef {
    if let ExprKind::Field(name) = &expression.kind {
        return field(name, graph);
    }
    let names: Arc<[String]> = field_names(&expression).into();
    let inputs: Vec<NodeRef> = names.iter().map(|name| field(name, graph)).collect();
    graph.add(Op::Eval(expression, names), &inputs)
}

/// The fields an expression names, each once, in order of appearance.
pub fn field_names(expression: &Expr) -> Vec<String> {
    fn walk(expression: &Expr, names: &mut Vec<String>) {
        match &expression.kind {
            ExprKind::Field(name) if !names.contains(name) => names.push(name.clone()),
            ExprKind::Unary(_, inner) => walk(inner, names),
            ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|side| walk(side, names)),
            ExprKind::In(item, list) => [&**item]
                .into_iter()
                .chain(list)
                .for_each(|part| walk(part, names)),
            ExprKind::Call { arguments, .. } => {
                arguments.iter().for_each(|argument| walk(argument, names))
            }
            _ => {}
        }
    }
    let mut names = Vec::new();
    walk(expression, &mut names);
    names
}

fn capture(pattern: &str, group: &str, all: bool) -> Op {
    Op::Capture {
        pattern: format!("{FLAGS}{pattern}").into(),
        group: group.into(),
        all,
    }
}

pub(super) fn has_group(pattern: &str, name: &str) -> bool {
    groups(pattern).iter().any(|group| group == name)
}

/// The named groups of a pattern: `(?<n>`, `(?P<n>`, `(?'n'`.
fn groups(pattern: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in pattern.match_indices("(?") {
        let rest = &pattern[at + 2..];
        let rest = rest.strip_prefix('P').unwrap_or(rest);
        let close = match rest.as_bytes().first() {
            Some(b'<') => '>',
            Some(b'\'') => '\'',
            _ => continue,
        };
        if let Some((name, _)) = rest[1..].split_once(close)
            && name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || character == '_')
        {
            names.push(name.to_owned());
        }
    }
    names
}
