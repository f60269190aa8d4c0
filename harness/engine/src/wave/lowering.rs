//! Searches lowered onto one kind of event: filters, output fields, conditions, the literals that must stand in the raw text.

use std::collections::BTreeSet;
use std::sync::Arc;

use dryfire_knowledge::{Model, ModelObject};
use dryfire_plan::flow::search_fields;
use dryfire_plan::{
    EventFields, EventMeta, FieldSet, Fields, Graph, IndexedFields, ModelFields, ModelScope,
    NodeRef, Op, Reservations, required_literals,
};
use dryfire_spl::ast::{Compare, ModelRef, Search, SearchKind};
use hashbrown::HashMap;

use super::merge::Merge;
use super::part::{Condition, EventKind, Lowered, Open, Required};
use super::words::{self, Pairs};
use super::{Bound, World, guarded};
use crate::frame::seconds;
use crate::literals::Literals;
use crate::plan::{EventSource, ModelSource, Naming, Plan, Scope, Source};
use crate::program::Transfers;
use crate::stop::Stop;

/// With more literals than that, one pass over the raw text costs more than it saves: the columns decide then.
const MOST_LITERALS: usize = 24;

impl<'a> EventKind<'a> {
    pub(super) fn lower_all(
        &mut self,
        searches: &[usize],
        wave: &[Bound],
        planned: &[Result<Plan, Stop>],
        world: &World<'_>,
        merge: &Merge,
    ) {
        let (meta, props) = (self.meta.clone(), self.props.clone());
        let mut event = EventFields::new(world.library, world.sources, &meta, &props);
        let mut models: HashMap<(String, String), ModelFields<'_>> = HashMap::new();
        for index in searches {
            let Ok(Plan {
                source: Source::Events(source),
                ..
            }) = &planned[*index]
            else {
                continue;
            };
            let bound = &wave[*index];
            let lowered = guarded(|| {
                let (lowered, noted) = event.noting(|event| match &source.scope {
                    Scope::Own => Ok((
                        self.plain(*index, bound, source, event),
                        Reservations::default(),
                    )),
                    Scope::Indexed(prefixes) => Ok((
                        self.indexed(*index, bound, source, prefixes, event),
                        Reservations::default(),
                    )),
                    Scope::Model(dataset) => {
                        self.model(*index, bound, source, dataset, event, &mut models, world)
                    }
                });
                let (mut lowered, of_model) = lowered?;
                // What can't be lowered matters only where this kind of event can take part.
                let doubt = of_model.unsupported.first().or(noted.unsupported.first());
                if self.graph.truth(lowered.filter) != Some(false)
                    && let Some(doubt) = doubt
                {
                    return Err(Stop::Unsupported(Box::new(doubt.clone())));
                }
                lowered.assumptions.extend(noted.assumptions);
                lowered.assumptions.extend(of_model.assumptions);
                Ok(lowered)
            });
            match lowered {
                Ok(lowered) => self.searches.push(lowered),
                Err(stop) => merge.fail(*index, stop),
            }
        }
        self.program.extend(&self.graph, self.env);
    }

    /// A search over the event's own fields.
    fn plain(
        &mut self,
        index: usize,
        bound: &Bound,
        source: &EventSource,
        event: &mut EventFields<'_>,
    ) -> Lowered {
        let graph = &mut self.graph;
        let found = event.condition(&source.filter, graph);
        let chosen = names_index(&source.filter);
        let found = within_indexes(found, chosen, bound, &self.meta, graph);
        let filter = within_window(found, bound, source, graph);
        let names = named(&source.needs, &event.declared());
        let conditions = if bound.trace {
            leaves(&source.filter, event, &EventFields::condition, graph)
        } else {
            Vec::new()
        };
        let wanted = graph.truth(filter) != Some(false);
        let outputs = if wanted {
            nodes(&names, event, graph)
        } else {
            Vec::new()
        };
        let open = (wanted && source.needs.is_open()).then(|| Open {
            wanted: source.needs.clone(),
            formats: event.formats(),
            rules: event.open_rules(graph),
        });
        let (mut clauses, mut pairs) = (Vec::new(), Pairs::default());
        if wanted {
            clauses = words::clauses(&source.filter, event, &self.meta.sourcetype, graph);
            pairs = Pairs::of(filter, &outputs, open.as_ref(), graph);
        }
        self.compile(open.as_ref());
        Lowered {
            index,
            filter,
            outputs,
            open,
            conditions,
            notes: Vec::new(),
            traced: bound.trace,
            assumptions: BTreeSet::new(),
            clauses,
            singles: Vec::new(),
            pairs,
        }
    }

    /// Compiles the rules that give names made from the data.
    fn compile(&mut self, open: Option<&Open>) {
        for (rule, _) in open.iter().flat_map(|open| &open.rules) {
            // One whose pattern is not valid gives no names; fields that need it say so.
            let _ = self.program.rule(rule);
        }
    }

    /// A search over indexed fields.
    fn indexed(
        &mut self,
        index: usize,
        bound: &Bound,
        source: &EventSource,
        prefixes: &[String],
        event: &mut EventFields<'_>,
    ) -> Lowered {
        let graph = &mut self.graph;
        let mut fields = event.indexed(prefixes);
        let found = fields.condition(&source.filter, graph);
        let chosen = names_index(&source.filter);
        let found = within_indexes(found, chosen, bound, &self.meta, graph);
        let filter = within_window(found, bound, source, graph);
        let conditions = if bound.trace {
            leaves(
                &source.filter,
                &mut fields,
                &IndexedFields::condition,
                graph,
            )
        } else {
            Vec::new()
        };
        let wanted = graph.truth(filter) != Some(false);
        let outputs = if wanted {
            nodes(&named(&source.needs, &[]), &mut fields, graph)
        } else {
            Vec::new()
        };
        Lowered {
            index,
            filter,
            outputs,
            open: None,
            conditions,
            notes: fields.notes(),
            traced: bound.trace,
            assumptions: BTreeSet::new(),
            clauses: Vec::new(),
            singles: Vec::new(),
            pairs: Pairs::default(),
        }
    }

    /// A search over a data model's dataset.
    #[expect(clippy::too_many_arguments, reason = "what a lowering shares")]
    fn model<'w>(
        &mut self,
        index: usize,
        bound: &Bound,
        source: &EventSource,
        wanted: &ModelSource,
        event: &mut EventFields<'w>,
        models: &mut HashMap<(String, String), ModelFields<'w>>,
        world: &World<'w>,
    ) -> Result<(Lowered, Reservations), Stop> {
        let (reference, naming) = (&wanted.dataset, wanted.naming);
        let Some((model, object)) = dataset(world, reference) else {
            return Err(Stop::Defect(format!(
                "data model {} went away",
                reference.model
            )));
        };
        let graph = &mut self.graph;
        let fields = models
            .entry((model.name.clone(), object.name.clone()))
            .or_insert_with(|| ModelFields::new(model, object, event, graph));
        let (belongs, reservations) = (fields.constraint, fields.reservations.clone());
        let singles = fields.singles.clone();
        // Where no event belongs to the dataset, nothing else has to be lowered.
        let possible = graph.truth(belongs) != Some(false);
        let mut scope = fields.of(event);
        let found = if possible || bound.trace {
            scope.condition(&source.filter, graph)
        } else {
            belongs
        };
        let both = graph.and([belongs, found]);
        let chosen = names_index(&source.filter) || model_names_index(model, object, world);
        let both = within_indexes(both, chosen, bound, &self.meta, graph);
        let filter = within_window(both, bound, source, graph);
        let mut conditions = Vec::new();
        if bound.trace {
            conditions.push(Condition {
                at: reference.at.0,
                belongs: true,
                node: belongs,
                field: None,
            });
            conditions.extend(leaves(
                &source.filter,
                &mut scope,
                &ModelScope::condition,
                graph,
            ));
        }
        let mut outputs = Vec::new();
        let mut known = model_names(model, object, naming);
        if !wanted.strict {
            known.extend(scope.declared());
        }
        if graph.truth(filter) != Some(false) {
            let names = named(&source.needs, &known);
            let mut node = |name: &str| match naming {
                Naming::Prefixed | Naming::Bare if !wanted.strict => {
                    scope.lenient_field(name, naming == Naming::Prefixed, graph)
                }
                Naming::Prefixed if name == "_raw" => scope.bare_field(name, graph),
                Naming::Summary | Naming::Prefixed => scope.field(name, graph),
                Naming::Bare => scope.bare_field(name, graph),
            };
            outputs = names
                .iter()
                .map(|name| (name.clone(), node(name)))
                .collect();
        }
        let possible = graph.truth(filter) != Some(false);
        let open = (possible && !wanted.strict && source.needs.is_open()).then(|| Open {
            wanted: source.needs.clone(),
            formats: scope.formats(),
            rules: scope.open_rules(graph),
        });
        let pairs = match possible {
            true => Pairs::of(filter, &outputs, open.as_ref(), graph),
            false => Pairs::default(),
        };
        self.compile(open.as_ref());
        Ok((
            Lowered {
                index,
                filter,
                outputs,
                open,
                conditions,
                notes: Vec::new(),
                traced: bound.trace,
                assumptions: BTreeSet::new(),
                clauses: Vec::new(),
                singles,
                pairs,
            },
            reservations,
        ))
    }

    /// The texts of which one stands in every event that some of the searches can match.
    pub(super) fn required(&self, searches: &[usize]) -> Option<Required> {
        let mut all = Vec::new();
        for search in searches {
            let search = &self.searches[*search];
            if !search.conditions.is_empty() {
                return None;
            }
            all.extend(required_literals(&self.graph, search.filter, &Transfers)?);
            if all.len() > 4 * MOST_LITERALS {
                return None;
            }
        }
        all.sort();
        all.dedup();
        if all.is_empty() {
            return Some(Required::Impossible);
        }
        if all.len() > MOST_LITERALS {
            return None;
        }
        Literals::new(&all).map(Required::OneOf)
    }
}

/// The names to compute: those the search tells, and of an open set those that the configuration declares.
fn named(needs: &FieldSet, declared: &[String]) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = needs.names().map(Arc::from).collect();
    if needs.is_open() {
        names.extend(
            declared
                .iter()
                .filter(|name| needs.contains(name))
                .map(|name| Arc::from(name.as_str())),
        );
    }
    names.sort();
    names.dedup();
    names
}

fn nodes(
    names: &[Arc<str>],
    fields: &mut dyn Fields,
    graph: &mut Graph,
) -> Vec<(Arc<str>, NodeRef)> {
    names
        .iter()
        .map(|name| (name.clone(), fields.field(name, graph)))
        .collect()
}

fn model_names(model: &Model, object: &ModelObject, naming: Naming) -> Vec<String> {
    let plain = ["_time", "host", "source", "sourcetype", "index"].map(str::to_owned);
    let fields = model.fields(object).into_iter().map(|field| match naming {
        Naming::Bare => field.field.name.clone(),
        Naming::Summary | Naming::Prefixed => format!("{}.{}", object.name, field.field.name),
    });
    let raw = (naming != Naming::Summary).then(|| "_raw".to_owned());
    plain.into_iter().chain(raw).chain(fields).collect()
}

fn dataset<'w>(world: &World<'w>, reference: &ModelRef) -> Option<(&'w Model, &'w ModelObject)> {
    let model = world.library.knowledge.model(&reference.model)?;
    let object = match reference.path.is_empty() {
        true => model.root()?,
        false => model.object(&reference.path.join("."))?,
    };
    Some((model, object))
}

/// Nothing of an index that is not among those in which a search looks that names none (authorize.conf.spec,
/// `srchIndexesDefault`).
fn within_indexes(
    filter: NodeRef,
    chosen: bool,
    bound: &Bound,
    meta: &EventMeta,
    graph: &mut Graph,
) -> NodeRef {
    match &bound.env.default_indexes {
        Some(indexes) if !chosen && !indexes.contains(&meta.index) => {
            let never = graph.constant(false);
            graph.and([filter, never])
        }
        _ => filter,
    }
}

fn names_index(filter: &Search) -> bool {
    search_fields(filter).iter().any(|field| field == "index")
}

/// Whether the root search of a dataset chooses indexes.
fn model_names_index(model: &Model, object: &ModelObject, world: &World<'_>) -> bool {
    let root = object.lineage.first().unwrap_or(&object.name);
    let prepared = model
        .object(root)
        .and_then(|root| world.library.object(model, root));
    prepared.is_some_and(|root| root.root.iter().chain(&root.constraints).any(names_index))
}

/// The search window as a further condition.
fn within_window(
    filter: NodeRef,
    bound: &Bound,
    source: &EventSource,
    graph: &mut Graph,
) -> NodeRef {
    if !source.windowed {
        return filter;
    }
    let mut conditions = vec![filter];
    for (modifier, bound) in [
        ("earliest", bound.env.earliest),
        ("latest", bound.env.latest),
    ] {
        if let Some(micros) = bound {
            let time = graph.add(Op::Meta(dryfire_plan::Meta::Time), &[]);
            let value = seconds(micros).to_text();
            conditions.push(graph.add(
                Op::Within {
                    modifier: modifier.into(),
                    value,
                },
                &[time],
            ));
        }
    }
    graph.and(conditions)
}

/// The single conditions of a search expression, to be counted each alone.
fn leaves<F: Fields>(
    search: &Search,
    fields: &mut F,
    lower: &dyn Fn(&mut F, &Search, &mut Graph) -> NodeRef,
    graph: &mut Graph,
) -> Vec<Condition> {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => parts
            .iter()
            .flat_map(|part| leaves(part, fields, lower, graph))
            .collect(),
        SearchKind::All | SearchKind::Sub(_) => Vec::new(),
        kind => {
            let node = lower(fields, search, graph);
            let field = match kind {
                SearchKind::Compare {
                    field,
                    op: Compare::Eq,
                    value,
                } => Some((field, value.text.clone())),
                SearchKind::In { field, values } => Some((
                    field,
                    values
                        .iter()
                        .map(|value| value.text.as_str())
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                )),
                _ => None,
            };
            let field = field
                .filter(|(field, _)| field.text != "eventtype" && !field.text.starts_with("tag"));
            let field = field.map(|(field, value)| {
                let node = fields.field(&field.text, graph);
                (Arc::from(field.text.as_str()), Arc::from(value), node)
            });
            vec![Condition {
                at: search.at.0,
                belongs: false,
                node,
                field,
            }]
        }
    }
}
