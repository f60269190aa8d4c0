//! The fields and the constraint of a data model dataset, over the fields of an event.
//!
//! A root search that expands rows (`mvexpand`) is followed as long as the field has one value: events are nodes, not rows.
//!
//! Order: the root search and its `eval`s, the root's calculations, then for each child on the way its constraints and
//! its calculations ("About data models", field and constraint inheritance).

use std::rc::Rc;
use std::sync::Arc;

use dryfire_knowledge::{Model, ModelObject};
use dryfire_spl::ast::{Compare, Search, Target};
use hashbrown::HashMap;

use super::fields::eval;
use super::search::{Scope, condition, test};
use super::{EventFields, Fields, Reservations};
use crate::library::PreparedKind;
use crate::node::{Format, Graph, Meta, NodeRef, Op};
use crate::rule::Rule;

/// A data model dataset, lowered for one kind of event.
pub struct ModelFields<'a> {
    model: &'a Model,
    object: &'a ModelObject,
    /// What the root search and the calculations make, in order. A step sees what the steps before it made.
    steps: Vec<Step>,
    /// Fields looked up so far, by the step that makes them. Nothing is lowered that no search asks for.
    known: HashMap<(usize, String), (NodeRef, Rc<Reservations>)>,
    /// What an event must satisfy to belong to the dataset.
    pub constraint: NodeRef,
    /// What must have at most one value, or the event can't be judged.
    pub singles: Vec<NodeRef>,
    /// What has to be noted for the constraint.
    pub reservations: Reservations,
}

/// Calculated fields.
struct Step {
    outputs: Vec<String>,
    kind: PreparedKind,
}

/// A dataset's fields as `tstats` names them, with the event they come from.
pub struct ModelScope<'f, 'a> {
    fields: &'f mut ModelFields<'a>,
    event: &'f mut EventFields<'a>,
}

/// A dataset's fields by their bare names, as its own searches see them.
struct Inside<'f, 'a> {
    fields: &'f mut ModelFields<'a>,
    event: &'f mut EventFields<'a>,
}

impl<'a> ModelFields<'a> {
    /// Lowers the dataset's chain from the root down.
    pub fn new(
        model: &'a Model,
        object: &'a ModelObject,
        event: &mut EventFields<'a>,
        graph: &mut Graph,
    ) -> Self {
        let constraint = graph.constant(true);
        let mut fields = Self {
            model,
            object,
            steps: Vec::new(),
            known: HashMap::new(),
            constraint,
            singles: Vec::new(),
            reservations: Reservations::default(),
        };
        let mut unsupported = Vec::new();
        let (constraint, mut noted) = event.noting(|event| {
            let mut demands = Vec::new();
            for link in model.chain(object) {
                let Some(prepared) = event.library().object(model, link).cloned() else {
                    continue;
                };
                unsupported.extend(prepared.unsupported.iter().cloned());
                for search in prepared.root.iter().chain(&prepared.constraints) {
                    demands.push(condition(
                        search,
                        &mut Inside {
                            fields: &mut fields,
                            event,
                        },
                        graph,
                    ));
                }
                for assignment in &prepared.assignments {
                    if let Target::Field(name) = &assignment.target {
                        fields.steps.push(Step {
                            outputs: vec![name.clone()],
                            kind: PreparedKind::Eval(Arc::new(assignment.value.clone())),
                        });
                    }
                }
                for name in &prepared.expands {
                    let steps = fields.steps.len();
                    let value = fields.after(steps, name, event, graph);
                    // A row without the field is dropped.
                    demands.push(test(value, Compare::Eq, "*", graph));
                    fields.singles.push(value);
                }
                fields
                    .steps
                    .extend(prepared.calculations.iter().map(|calculation| Step {
                        outputs: calculation.outputs.clone(),
                        kind: calculation.kind.clone(),
                    }));
            }
            graph.and(demands)
        });
        noted.unsupported.extend(unsupported);
        fields.constraint = constraint;
        fields.reservations = noted;
        fields
    }

    /// The fields together with the event they come from.
    pub fn of<'f>(&'f mut self, event: &'f mut EventFields<'a>) -> ModelScope<'f, 'a> {
        ModelScope {
            fields: self,
            event,
        }
    }

    /// The field as the first so many steps leave it, whether the model lists it or not.
    fn after(
        &mut self,
        steps: usize,
        name: &str,
        event: &mut EventFields<'a>,
        graph: &mut Graph,
    ) -> NodeRef {
        let Some(last) = self.steps[..steps]
            .iter()
            .rposition(|step| step.outputs.iter().any(|output| output == name))
        else {
            return event.field(name, graph);
        };
        let key = (last, name.to_owned());
        if let Some((known, noted)) = self.known.get(&key).cloned() {
            event.note(&noted);
            return known;
        }
        let kind = self.steps[last].kind.clone();
        let (node, noted) = event.noting(|event| self.calculated(&kind, last, name, event, graph));
        self.known.insert(key, (node, Rc::new(noted)));
        node
    }

    /// A field as the calculation at that step makes it.
    fn calculated(
        &mut self,
        kind: &PreparedKind,
        step: usize,
        name: &str,
        event: &mut EventFields<'a>,
        graph: &mut Graph,
    ) -> NodeRef {
        match kind {
            PreparedKind::Eval(expression) => {
                eval(expression.clone(), graph, &mut |name, graph| {
                    self.after(step, name, event, graph)
                })
            }
            PreparedKind::Rex { input, pattern } => {
                let input = self.after(step, input, event, graph);
                let old = self.after(step, name, event, graph);
                let rule = Rule::rex(pattern);
                let made = graph.add(Op::Rule(Arc::new(rule), name.into()), &[input]);
                // Where nothing matches the field stays as it was.
                graph.first([made, old])
            }
            PreparedKind::Lookup {
                table,
                inputs,
                outputs,
            } => {
                let old = self.after(step, name, event, graph);
                let column = outputs.iter().find(|(_, field)| field == name);
                let (Some((column, _)), Some(lookup)) = (column, event.library().lookup(table))
                else {
                    return old;
                };
                let lookup = Arc::new(lookup.clone());
                let matched: Vec<NodeRef> = inputs
                    .iter()
                    .map(|(_, field)| self.after(step, field, event, graph))
                    .collect();
                let mut wanted = matched.clone();
                if lookup.definition.time_field.is_some() {
                    wanted.push(event.field("_time", graph));
                }
                let looked = graph.add(
                    Op::Lookup {
                        lookup,
                        inputs: inputs.iter().map(|(column, _)| column.clone()).collect(),
                        output: column.as_str().into(),
                    },
                    &wanted,
                );
                let all: Vec<NodeRef> = [looked, old].into_iter().chain(matched).collect();
                graph.add(Op::Override, &all)
            }
        }
    }
}

impl Fields for Inside<'_, '_> {
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        self.fields
            .after(self.fields.steps.len(), name, self.event, graph)
    }
}

impl Scope for Inside<'_, '_> {
    fn special(&mut self, field: &str, value: &str, graph: &mut Graph) -> Option<NodeRef> {
        self.event.special(field, value, graph)
    }
}

impl ModelScope<'_, '_> {
    /// A search expression over the dataset's fields: the `where` of `tstats`.
    pub fn condition(&mut self, search: &Search, graph: &mut Graph) -> NodeRef {
        condition(search, self, graph)
    }

    /// `nodename`: the datasets of the model that the event belongs to, each with those above it.
    fn nodes(&mut self, graph: &mut Graph) -> NodeRef {
        let (model, root) = (self.fields.model, self.fields.object.lineage.first());
        let below = model
            .objects
            .iter()
            .filter(|object| object.lineage.first() == root);
        let (names, holds): (Vec<Arc<str>>, Vec<NodeRef>) = below
            .filter_map(|object| {
                let name = object.lineage.join(".").into();
                let fields = ModelFields::new(model, object, self.event, graph);
                let holds = fields.constraint;
                (graph.truth(holds) != Some(false)).then_some((name, holds))
            })
            .unzip();
        graph.add(Op::Names(names.into()), &holds)
    }

    /// The names of the event's own fields that could be listed.
    pub fn declared(&self) -> Vec<String> {
        self.event.declared()
    }

    /// The native formats that give names made from the data.
    pub fn formats(&self) -> Vec<Format> {
        self.event.formats()
    }

    /// Rules that give names made from the data, each with what it reads.
    pub fn open_rules(&mut self, graph: &mut Graph) -> Vec<(Arc<Rule>, NodeRef)> {
        self.event.open_rules(graph)
    }

    /// The dataset's field of that name in the form of `datamodel … search`, or the event's own where the dataset has
    /// none (`strict_fields=false`).
    pub fn lenient_field(&mut self, name: &str, prefixed: bool, graph: &mut Graph) -> NodeRef {
        let (model, object) = (self.fields.model, self.fields.object);
        let bare = if prefixed {
            without_dataset(model, object, name)
        } else {
            Some(name)
        };
        match bare.filter(|bare| model.field(object, bare).is_some()) {
            Some(bare) => self.bare_field(bare, graph),
            None => self.event.field(name, graph),
        }
    }

    /// The dataset's field of that bare name, as `from datamodel` gives it.
    pub fn bare_field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        let fields = &mut *self.fields;
        if Meta::named(name).is_some() || fields.model.field(fields.object, name).is_some() {
            return fields.after(fields.steps.len(), name, self.event, graph);
        }
        graph.null()
    }
}

impl Fields for ModelScope<'_, '_> {
    /// `Dataset.field` for the model's fields; `_time`, `host`, `source`, `sourcetype` and `index` by themselves.
    /// A field that the dataset does not define is null, as in Splunk.
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        if Meta::named(name).is_some_and(|meta| meta != Meta::Raw) {
            return self.event.field(name, graph);
        }
        if name == "nodename" {
            return self.nodes(graph);
        }
        match without_dataset(self.fields.model, self.fields.object, name) {
            Some(field) => self.bare_field(field, graph),
            None => graph.null(),
        }
    }
}

impl Scope for ModelScope<'_, '_> {
    fn special(&mut self, field: &str, value: &str, graph: &mut Graph) -> Option<NodeRef> {
        match field {
            "eventtype" | "tag" => self.event.special(field, value, graph),
            "nodename" => {
                let model = self.fields.model;
                let Some(object) = model.object(value) else {
                    return Some(graph.constant(false));
                };
                Some(ModelFields::new(model, object, self.event, graph).constraint)
            }
            _ => None,
        }
    }
}

/// The field's name without the datasets in front: `Processes.dest` → `dest`. `None` where there is no such prefix.
pub fn without_dataset<'n>(model: &Model, object: &ModelObject, name: &'n str) -> Option<&'n str> {
    let chain = model.chain(object);
    let mut rest = name;
    while let Some((head, tail)) = rest.split_once('.') {
        if !chain.iter().any(|link| link.name == head) {
            break;
        }
        rest = tail;
    }
    (rest.len() < name.len()).then_some(rest)
}
