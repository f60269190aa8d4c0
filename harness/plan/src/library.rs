//! Knowledge with its searches parsed: event types, tags and data models, ready to be lowered.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, SourceId, SourceMap, codes};
use dryfire_knowledge::{CalculationKind, Filling, Knowledge, Lookup, Model, ModelObject};
use dryfire_spl::ast::{Assignment, Body, Expr, Pipeline, Search, SearchKind};
use dryfire_spl::{expand, parse, parse_expression, parse_search};

/// Everything a search can name, parsed. A copy is cheap.
#[derive(Debug, Clone)]
pub struct Library {
    /// Apps, macros, lookups, configuration.
    pub knowledge: Arc<Knowledge>,
    /// Lookups whose rows were given for some searches only; they stand before those of the knowledge.
    filled: BTreeMap<String, Arc<Lookup>>,
    eventtypes: BTreeMap<Arc<str>, Arc<Search>>,
    tags: BTreeMap<Arc<str>, Vec<(String, String)>>,
    objects: BTreeMap<(String, String), Arc<PreparedObject>>,
}

/// A data model dataset with its searches parsed.
#[derive(Debug)]
pub struct PreparedObject {
    /// What its root search demands of an event (for a child: nothing).
    pub root: Option<Search>,
    /// `eval`s of the root search, in order.
    pub assignments: Vec<Assignment>,
    /// What a child demands, after its parent's calculations.
    pub constraints: Vec<Search>,
    /// Calculated fields, in order.
    pub calculations: Vec<PreparedCalculation>,
    /// Fields over which the root search expands rows (`mvexpand`): an event with several values of one can't be judged.
    pub expands: Vec<String>,
    /// A part that can't be lowered; what depends on this dataset can't be judged.
    pub unsupported: Vec<Diagnostic>,
}

/// Calculated fields of a data model.
#[derive(Debug)]
pub struct PreparedCalculation {
    /// The fields it gives.
    pub outputs: Vec<String>,
    /// What it does.
    pub kind: PreparedKind,
}

/// What a calculation of a data model does.
#[derive(Debug, Clone)]
pub enum PreparedKind {
    /// An expression.
    Eval(Arc<Expr>),
    /// A pattern with named groups, as `rex` applies it.
    Rex {
        /// The field it reads.
        input: String,
        /// The pattern.
        pattern: String,
    },
    /// A lookup, as `lookup … OUTPUT …` makes it.
    Lookup {
        /// Its name.
        table: String,
        /// Columns and the fields that must equal them.
        inputs: Vec<(String, String)>,
        /// Columns and the fields that receive them.
        outputs: Vec<(String, String)>,
    },
}

impl Library {
    /// Parses what the knowledge holds. What can't be parsed is reported, and absent.
    pub fn new(knowledge: Arc<Knowledge>, sources: &mut SourceMap) -> (Self, Vec<Diagnostic>) {
        let mut found = Vec::new();
        let mut eventtypes = BTreeMap::new();
        let mut tags: BTreeMap<Arc<str>, Vec<(String, String)>> = BTreeMap::new();
        for eventtype in knowledge
            .eventtypes()
            .filter(|eventtype| !eventtype.disabled)
        {
            if let Some(search) = search(eventtype.search, &knowledge, sources, &mut found) {
                eventtypes.insert(eventtype.name.clone(), Arc::new(search));
            }
            for tag in &eventtype.tags {
                tags.entry(tag.as_str().into())
                    .or_default()
                    .push(("eventtype".to_owned(), eventtype.name.to_string()));
            }
        }
        for tag in knowledge.tags() {
            tags.entry(tag.tag.clone())
                .or_default()
                .push((tag.field.clone(), tag.value.clone()));
        }
        let mut objects = BTreeMap::new();
        for model in knowledge.models() {
            for object in &model.objects {
                let prepared = prepare(object, &knowledge, sources, &mut found);
                objects.insert(
                    (model.name.clone(), object.name.clone()),
                    Arc::new(prepared),
                );
            }
        }
        (
            Self {
                knowledge,
                filled: BTreeMap::new(),
                eventtypes,
                tags,
                objects,
            },
            found,
        )
    }

    /// The same library with other rows in a lookup, and in all over the same file or collection.
    pub fn fill(&mut self, name: &str, filling: &Filling) {
        let named = self
            .lookup(name)
            .map(|lookup| lookup.definition.name.clone());
        for lookup in self
            .knowledge
            .filled(named.as_deref().unwrap_or(name), filling)
        {
            self.filled
                .insert(lookup.definition.name.clone(), Arc::new(lookup));
        }
    }

    /// A lookup, by its definition's name or its file's, with or without `.csv`.
    pub fn lookup(&self, name: &str) -> Option<&Lookup> {
        let filled = |name: &str| self.filled.get(name).map(Arc::as_ref);
        let known = || self.knowledge.lookup(name);
        filled(name)
            .or_else(|| filled(&known()?.definition.name))
            .or_else(known)
            .or_else(|| filled(&format!("{name}.csv")))
    }

    /// The search of an event type.
    pub fn eventtype(&self, name: &str) -> Option<&Arc<Search>> {
        self.eventtypes.get(name)
    }

    /// The names of all event types, ascending.
    pub fn eventtypes(&self) -> impl Iterator<Item = &Arc<str>> {
        self.eventtypes.keys()
    }

    /// The field=value pairs that carry a tag.
    pub fn tag(&self, name: &str) -> &[(String, String)] {
        self.tags.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of all tags, ascending.
    pub fn tags(&self) -> impl Iterator<Item = &Arc<str>> {
        self.tags.keys()
    }

    /// The parsed parts of a data model dataset.
    pub fn object(&self, model: &Model, object: &ModelObject) -> Option<&Arc<PreparedObject>> {
        self.objects.get(&(model.name.clone(), object.name.clone()))
    }
}

/// Expands and parses a search expression; `None` when it has errors, which are reported.
fn search(
    source: SourceId,
    knowledge: &Knowledge,
    sources: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<Search> {
    let expanded = expand(source, sources, knowledge.macros());
    let (search, parsed) = parse_search(expanded.source, sources);
    usable(search, [expanded.diagnostics, parsed].concat(), found)
}

fn pipeline(
    source: SourceId,
    knowledge: &Knowledge,
    sources: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<Pipeline> {
    let expanded = expand(source, sources, knowledge.macros());
    let parsed = parse(expanded.source, sources);
    usable(
        parsed.pipeline,
        [expanded.diagnostics, parsed.diagnostics].concat(),
        found,
    )
}

fn usable<T>(tree: T, diagnostics: Vec<Diagnostic>, found: &mut Vec<Diagnostic>) -> Option<T> {
    let broken = diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    found.extend(diagnostics);
    (!broken).then_some(tree)
}

fn prepare(
    object: &ModelObject,
    knowledge: &Knowledge,
    sources: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> PreparedObject {
    let mut prepared = PreparedObject {
        root: None,
        assignments: Vec::new(),
        constraints: Vec::new(),
        calculations: Vec::new(),
        expands: Vec::new(),
        unsupported: Vec::new(),
    };
    if let Some(source) = object.base_search
        && let Some(pipeline) = pipeline(source, knowledge, sources, found)
    {
        base_search(pipeline, &mut prepared);
    }
    for constraint in &object.constraints {
        prepared
            .constraints
            .extend(search(*constraint, knowledge, sources, found));
    }
    for calculation in &object.calculations {
        match &calculation.kind {
            CalculationKind::Eval { expression } => {
                let (tree, diagnostics) = parse_expression(*expression, sources);
                if let Some(tree) = usable(tree, diagnostics, found) {
                    prepared.calculations.push(PreparedCalculation {
                        outputs: calculation.outputs.clone(),
                        kind: PreparedKind::Eval(Arc::new(tree)),
                    });
                }
            }
            CalculationKind::Rex { input, expression } => {
                prepared.calculations.push(PreparedCalculation {
                    outputs: calculation.outputs.clone(),
                    kind: PreparedKind::Rex {
                        input: input.clone(),
                        pattern: sources.get(*expression).text.to_string(),
                    },
                });
            }
            CalculationKind::Lookup {
                table,
                inputs,
                outputs,
            } if knowledge.lookup(table).is_some() => {
                prepared.calculations.push(PreparedCalculation {
                    outputs: calculation.outputs.clone(),
                    kind: PreparedKind::Lookup {
                        table: table.clone(),
                        inputs: inputs.clone(),
                        outputs: outputs.clone(),
                    },
                });
            }
            _ => prepared.unsupported.push(Diagnostic::warning(
                &codes::meaning::UNKNOWN_MODEL_FIELD,
                format!(
                    "the fields {} of dataset {} are calculated in a way that is not supported",
                    calculation.outputs.join(", "),
                    object.name
                ),
            )),
        }
    }
    prepared
}

/// A root search is a search expression and, at most, `eval`s; other commands are not lowered to nodes.
fn base_search(pipeline: Pipeline, prepared: &mut PreparedObject) {
    let mut commands = pipeline.commands.into_iter();
    match commands.next().map(|command| (command.at, command.body)) {
        Some((_, Body::Search(search))) => prepared.root = Some(search),
        Some((at, Body::None)) => {
            prepared.root = Some(Search {
                kind: SearchKind::All,
                at,
            })
        }
        _ => {}
    }
    for command in commands {
        match command.body {
            Body::Assignments(assignments) => prepared.assignments.extend(assignments),
            Body::Fields(fields) if command.name == "mvexpand" => {
                let names = fields.names.iter().take(1);
                prepared.expands.extend(names.map(|name| name.text.clone()));
            }
            _ => prepared.unsupported.push(
                Diagnostic::error(
                    &codes::meaning::UNSUPPORTED_COMMAND,
                    format!(
                        "`{}` in the root search of a data model is not supported",
                        command.name
                    ),
                )
                .at(command.at.0, ""),
            ),
        }
    }
}
