//! A field of an event, step by step in Splunk's search-time order.
//!
//! props.conf.spec and "The sequence of search-time operations": EXTRACT, REPORT, automatic key/value, FIELDALIAS,
//! EVAL (in parallel), LOOKUP (in class order), event types, tags.

use std::rc::Rc;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, codes};
use dryfire_knowledge::{AutoLookup, KvMode, Lookup, Transform};
use dryfire_spl::ast::{Expr, ExprKind, Search};
use dryfire_spl::{parse_expression, parse_search};

use super::{Assumption, EventFields, Fields, Layer};
use crate::flow::search_fields;
use crate::node::{DatePart, Format, Graph, Meta, NodeRef, Op};
use crate::produces::columns;
use crate::rule::{Gives, Rule, groups};

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
            Layer::Partial(extracts, reports) => fields.partial(extracts, reports, name, graph),
            Layer::Extracted => fields.extracted(name, graph),
            Layer::Aliased => fields.aliased(name, graph),
            Layer::Calculated => fields.calculated(name, graph),
            Layer::LookedUp(count) => fields.looked_up(count, name, graph),
            Layer::Complete => fields.complete(name, graph),
        });
        self.open.pop();
        // Absent for want of a rule of ours is not absent: nothing may follow from it.
        let is_null = matches!(graph.node(node).op, Op::Null);
        let node = if is_null && !noted.unsupported.is_empty() {
            graph.add(Op::Undefined, &[])
        } else {
            node
        };
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
        let rules = &self.props.search_time;
        let all = Layer::Partial(rules.extracts.len(), rules.reports.len());
        let mut found = self.at(all, name, graph);
        for format in self.formats() {
            let raw = graph.add(Op::Meta(Meta::Raw), &[]);
            let made = graph.add(Op::Extract(format, name.into()), &[raw]);
            // JSON that was read at index time is read again: a field has each value twice (props.conf.spec,
            // `INDEXED_EXTRACTIONS`).
            found = if format == Format::Json && self.props.indexed.contains(name) {
                graph.appended(found, made)
            } else {
                graph.first([found, made])
            };
        }
        if let Some(other) = rules
            .format
            .as_deref()
            .filter(|name| native(name).is_none())
        {
            self.doubt(format!("DRYFIRE_FORMAT = {other} is not known"));
        }
        if rules.kv_mode == KvMode::Multi {
            // "Invokes the multikv search command" (props.conf.spec): when, and whether the filter sees the event or
            // its rows, is not said.
            self.doubt("KV_MODE = multi makes several events of one, and Splunk's manual does not say before or after which step of a search; set KV_MODE = none and call `multikv` in the search".to_owned());
        }
        if rules.is_excessive {
            self.doubt(
                "props.conf has more rules for one kind of event than are followed".to_owned(),
            );
        }
        let tokenizer = self.tokenizer(name);
        match tokenizer.filter(|_| !matches!(graph.node(found).op, Op::Null)) {
            Some(rule) => graph.add(Op::Rule(Arc::new(rule), name.into()), &[found]),
            None => found,
        }
    }

    /// How one value of a field becomes several (fields.conf.spec, `TOKENIZER`; not for fields of the index).
    fn tokenizer(&self, name: &str) -> Option<Rule> {
        let sourcetype = &self.meta.sourcetype;
        let rule = self.library.knowledge.field_rule(name, sourcetype)?;
        let pattern = rule.tokenizer.clone()?;
        (!rule.indexed && !self.props.indexed.contains(name))
            .then(|| Rule::tokenizer(name, pattern))
    }

    /// What the index, and the first of the EXTRACTs and REPORTs, give. An extraction sees what those before it made.
    fn partial(
        &mut self,
        extracts: usize,
        reports: usize,
        name: &str,
        graph: &mut Graph,
    ) -> NodeRef {
        if let Some(meta) = self.meta_field(name, graph) {
            return meta;
        }
        let (indexed, rules) = (&self.props.indexed, &self.props.search_time);
        let mut found = match indexed.get(name) {
            Some(name) => graph.add(Op::Indexed(name.clone()), &[]),
            None => graph.null(),
        };
        if let Some(part) = DatePart::named(name) {
            let date = graph.add(Op::Meta(Meta::Date(part)), &[]);
            found = graph.first([found, date]);
        }
        for (place, extract) in rules.extracts.iter().take(extracts).enumerate() {
            if has_group(&extract.pattern, name) {
                let rule = Rule::extract(&extract.pattern, rules.match_limit, rules.depth_limit);
                let field = extract.in_field.as_deref().unwrap_or("_raw");
                let input = self.at(Layer::Partial(place, 0), field, graph);
                let made = graph.add(Op::Rule(Arc::new(rule), name.into()), &[input]);
                found = graph.first([found, made]);
            }
        }
        for (place, report) in rules.reports.iter().take(reports).enumerate() {
            let before = Layer::Partial(extracts, place);
            if let Some((made, add)) = self.reported(&report.transform, before, name, graph) {
                found = if add {
                    graph.appended(found, made)
                } else {
                    graph.first([found, made])
                };
            }
        }
        found
    }

    /// The value that a REPORT transform gives a field, and whether it is added to those that are there.
    fn reported(
        &mut self,
        transform: &Transform,
        before: Layer,
        name: &str,
        graph: &mut Graph,
    ) -> Option<(NodeRef, bool)> {
        let rule = Rule::report(transform)?;
        let doubt = match rule.gives(name) {
            Gives::Never => return None,
            Gives::Unclear => {
                Some("its FORMAT joins text and groups, which search time does not have")
            }
            Gives::Named | Gives::Perhaps => transform
                .source_key
                .starts_with("MetaData:")
                .then_some("its SOURCE_KEY is one of index time"),
        };
        if let Some(why) = doubt {
            self.doubt(format!(
                "[{}] is not defined at search time: {why}",
                transform.name
            ));
            return None;
        }
        let input = self.at(before, source_key(transform), graph);
        let add = rule.add;
        Some((
            graph.add(Op::Rule(Arc::new(rule), name.into()), &[input]),
            add,
        ))
    }

    /// The extractions that take names from the data, and what they read.
    pub fn open_rules(&mut self, graph: &mut Graph) -> Vec<(Arc<Rule>, NodeRef)> {
        let rules = &self.props.search_time;
        let mut open = Vec::new();
        for (place, report) in rules.reports.iter().enumerate() {
            if let Some(rule) = Rule::report(&report.transform).filter(Rule::is_open) {
                let before = Layer::Partial(rules.extracts.len(), place);
                let input = self.at(before, source_key(&report.transform), graph);
                open.push((Arc::new(rule), input));
            }
        }
        open
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
        let mut inputs: Vec<NodeRef> = rule
            .inputs
            .iter()
            .map(|(_, field)| self.at(Layer::LookedUp(before), field, graph))
            .collect();
        let columns: Arc<[String]> = rule
            .inputs
            .iter()
            .map(|(column, _)| column.clone())
            .collect();
        let matched = inputs.clone();
        // A lookup bounded by time matches the event's, too.
        if lookup.definition.time_field.is_some() {
            inputs.push(self.at(Layer::LookedUp(before), "_time", graph));
        }
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
        let inputs: Vec<NodeRef> = [looked, old].into_iter().chain(matched).collect();
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
        let Some(lookup) = self.library.lookup(&rule.table) else {
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
                let Some(columns) = columns(&rule.table, self.library) else {
                    self.doubt(format!(
                        "the columns of the automatic lookup `{}` are not known",
                        rule.table
                    ));
                    return None;
                };
                let is_column = columns.iter().any(|column| column == name);
                (!is_input && is_column).then(|| name.to_owned())?
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
        names.extend(self.props.indexed.iter().map(|name| name.to_string()));
        names.extend(
            rules
                .extracts
                .iter()
                .flat_map(|extract| groups(&extract.pattern)),
        );
        let reports = rules.reports.iter();
        let reports = reports.filter_map(|report| Rule::report(&report.transform));
        names.extend(reports.flat_map(|rule| rule.names()));
        names.extend(rules.aliases.iter().map(|alias| alias.to.clone()));
        names.extend(rules.evals.iter().map(|rule| rule.field.clone()));
        for rule in &rules.lookups {
            match &rule.outputs {
                Some(outputs) => names.extend(outputs.iter().map(|(_, field)| field.clone())),
                None => names.extend(columns(&rule.table, self.library).unwrap_or_default()),
            }
        }
        // A field that is taken apart must be known by name, for what gives names from the data does not.
        let split = self.library.knowledge.field_rules(&self.meta.sourcetype);
        let split = split.filter(|rule| rule.tokenizer.is_some() && !rule.name.contains('*'));
        names.extend(split.map(|rule| rule.name.to_string()));
        names.extend(["eventtype", "tag"].map(str::to_owned));
        names.sort();
        names.dedup();
        names
    }

    /// The native formats that give names made from the data.
    pub fn formats(&self) -> Vec<Format> {
        let rules = &self.props.search_time;
        let mut formats = Vec::new();
        formats.extend(rules.format.as_deref().and_then(native));
        match rules.kv_mode {
            KvMode::Json => formats.push(Format::Json),
            KvMode::Auto | KvMode::AutoEscaped => {
                if rules.auto_kv_json {
                    formats.push(Format::Json);
                }
                formats.push(match rules.kv_mode {
                    KvMode::AutoEscaped => Format::KeyValueEscaped,
                    _ => Format::KeyValue,
                });
            }
            KvMode::Xml => formats.push(Format::Xml),
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

    pub(super) fn doubt(&mut self, message: String) {
        if let Some(noted) = self.noted.last_mut() {
            noted
                .unsupported
                .push(Diagnostic::warning(&codes::dataset::CONF_VALUE, message));
        }
    }
}

/// The native extractor that `DRYFIRE_FORMAT` names.
fn native(name: &str) -> Option<Format> {
    Some(match name {
        "windows_event_xml" => Format::WindowsEventXml,
        "windows_event_text" => Format::WindowsEventText,
        "stash" => Format::Stash,
        _ => return None,
    })
}

/// The field that a transform reads at search time.
fn source_key(transform: &Transform) -> &str {
    let key = transform.source_key.as_str();
    key.strip_prefix("field:").unwrap_or(key)
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
            ExprKind::Call {
                function,
                arguments,
                ..
            } if function == "searchmatch" => {
                let searches = arguments
                    .iter()
                    .filter_map(|argument| match &argument.kind {
                        ExprKind::Text(text) => Some(text_search(text).0),
                        _ => None,
                    });
                for name in searches.flat_map(|search| search_fields(&search)) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
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

/// The search in the text that `searchmatch` takes. Places in it are those of the text alone.
pub fn text_search(text: &str) -> (Search, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let source = sources.add("searchmatch", text);
    parse_search(source, &sources)
}

pub(super) fn has_group(pattern: &str, name: &str) -> bool {
    groups(pattern).iter().any(|group| group == name)
}
