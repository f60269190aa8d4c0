//! The fields and the constraint of a data model dataset, over the fields of an event.
//!
//! Order: the root search and its `eval`s, the root's calculations, then for each child on the way its constraints and
//! its calculations ("About data models", field and constraint inheritance).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_knowledge::{Model, ModelObject};
use dryfire_spl::ast::{Expr, Search, Target};
use hashbrown::HashMap;

use super::fields::eval;
use super::search::{Scope, condition};
use super::{EventFields, Fields};
use crate::node::{Graph, Meta, NodeRef};

/// The fields of a data model dataset, as `tstats` names them.
pub struct ModelFields<'e, 'a> {
    chain: Chain<'e, 'a>,
    /// What an event must satisfy to belong to the dataset.
    pub constraint: NodeRef,
    /// Parts of the model that can't be lowered.
    pub unsupported: Vec<Diagnostic>,
}

/// The fields as they stand on the way down the chain, by their bare names.
struct Chain<'e, 'a> {
    event: &'e mut EventFields<'a>,
    model: &'a Model,
    object: &'a ModelObject,
    /// Fields that the root search or a calculation has made so far.
    made: HashMap<String, NodeRef>,
}

impl<'e, 'a> ModelFields<'e, 'a> {
    /// Lowers the dataset's chain from the root down.
    pub fn new(model: &'a Model, object: &'a ModelObject, event: &'e mut EventFields<'a>, graph: &mut Graph) -> Self {
        let mut chain = Chain { event, model, object, made: HashMap::new() };
        let mut unsupported = Vec::new();
        let mut demands = Vec::new();
        for link in model.chain(object) {
            let Some(prepared) = chain.event.library().object(model, link).cloned() else { continue };
            unsupported.extend(prepared.unsupported.iter().cloned());
            demands.extend(prepared.root.iter().chain(&prepared.constraints).map(|search| condition(search, &mut chain, graph)));
            for assignment in &prepared.assignments {
                if let Target::Field(name) = &assignment.target {
                    chain.make(std::slice::from_ref(name), &Arc::new(assignment.value.clone()), graph);
                }
            }
            for calculation in &prepared.calculations {
                chain.make(&calculation.outputs, &calculation.expression, graph);
            }
        }
        let constraint = graph.and(demands);
        Self { chain, constraint, unsupported }
    }

    /// A search expression over the dataset's fields: the `where` of `tstats`.
    pub fn condition(&mut self, search: &Search, graph: &mut Graph) -> NodeRef {
        condition(search, self, graph)
    }

    /// The dataset's field of that bare name, as `from datamodel` gives it.
    pub fn bare_field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        let chain = &mut self.chain;
        if Meta::named(name).is_some() || chain.model.field(chain.object, name).is_some() {
            return chain.field(name, graph);
        }
        graph.null()
    }
}

impl Chain<'_, '_> {
    fn make(&mut self, outputs: &[String], expression: &Arc<Expr>, graph: &mut Graph) {
        let value = eval(expression.clone(), graph, &mut |name, graph| self.field(name, graph));
        for output in outputs {
            self.made.insert(output.clone(), value);
        }
    }
}

impl Fields for Chain<'_, '_> {
    /// The field as the chain has it so far, whether the model lists it or not.
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        match self.made.get(name) {
            Some(node) => *node,
            None => self.event.field(name, graph),
        }
    }
}

impl Scope for Chain<'_, '_> {
    fn special(&mut self, field: &str, value: &str, graph: &mut Graph) -> Option<NodeRef> {
        self.event.special(field, value, graph)
    }
}

impl Fields for ModelFields<'_, '_> {
    /// `Dataset.field` for the model's fields; `_time`, `host`, `source`, `sourcetype` and `index` by themselves.
    /// A field that the dataset does not define is null, as in Splunk.
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        if Meta::named(name).is_some_and(|meta| meta != Meta::Raw) {
            return self.chain.event.field(name, graph);
        }
        match without_dataset(self.chain.model, self.chain.object, name) {
            Some(field) => self.bare_field(field, graph),
            None => graph.null(),
        }
    }
}

impl Scope for ModelFields<'_, '_> {
    fn special(&mut self, field: &str, value: &str, graph: &mut Graph) -> Option<NodeRef> {
        match field {
            "eventtype" | "tag" => self.chain.event.special(field, value, graph),
            "nodename" => {
                let (model, event) = (self.chain.model, &mut *self.chain.event);
                let Some(object) = model.object(value) else { return Some(graph.constant(false)) };
                Some(ModelFields::new(model, object, event, graph).constraint)
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
