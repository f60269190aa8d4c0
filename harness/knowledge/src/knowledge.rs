//! All apps merged into one: what the engine asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceMap, codes};
use dryfire_spl::macros::Macro;

use crate::app::{App, AppSummary};
use crate::eventtypes::{self, EventType};
use crate::fields_conf::{self, FieldRule};
use crate::layers::Layered;
use crate::lookups::{Filling, Lookup, LookupDefinition, LookupSource, Lookups};
use crate::macros::{self, MacroTable};
use crate::merge::{self, Parsed};
use crate::model::{self, Model, ModelObject};
use crate::props::{Meta, Props, PropsTable};
use crate::saved_searches::{self, SavedSearch};
use crate::table::LookupTable;
use crate::tags::{self, Tag};
use crate::text;
use crate::transforms::{self, Transform, Transforms};

/// What Splunk knows about data, from all apps.
#[derive(Debug, Default)]
pub struct Knowledge {
    apps: Vec<AppSummary>,
    confs: BTreeMap<String, Layered>,
    props: PropsTable,
    index_transforms: Transforms,
    index_transforms_conf: Layered,
    search_transforms: Transforms,
    lookups: Lookups,
    eventtypes: BTreeMap<Arc<str>, EventType>,
    field_rules: BTreeMap<Arc<str>, FieldRule>,
    tags: Vec<Tag>,
    macros: MacroTable,
    models: BTreeMap<String, Model>,
    saved_searches: BTreeMap<Arc<str>, SavedSearch>,
}

impl Knowledge {
    /// Merges apps, key by key. The order in which they are given does not matter: their names decide, and the
    /// built-in pack stands behind all others, as Splunk's own system/default does.
    pub fn merge(apps: &[App], sources: &mut SourceMap) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut parsed: Vec<Parsed<'_>> = apps
            .iter()
            .filter_map(|app| merge::parse(app, sources, &mut diagnostics))
            .collect();
        // Search time: the pack first, then by name; what is laid later wins.
        parsed.sort_by(|a, b| (!a.is_pack(), &a.app.name).cmp(&(!b.is_pack(), &b.app.name)));

        let mut knowledge = Self {
            apps: parsed
                .iter()
                .map(|parsed| merge::summary(parsed.app))
                .collect(),
            confs: merge::at_search_time(&parsed),
            ..Self::default()
        };
        knowledge.index_transforms = {
            let mut conf = merge::at_index_time(&parsed, "transforms");
            knowledge.index_transforms_conf = conf.clone();
            conf.inherit_default();
            transforms::read(&conf, &mut diagnostics)
        };
        let transforms_conf = knowledge.inherited("transforms");
        knowledge.search_transforms = transforms::read(&transforms_conf, &mut diagnostics);
        let mut props_conf = knowledge.confs.get("props").cloned().unwrap_or_default();
        props_conf.derive(sources, |key| key.starts_with("EVAL-"));
        knowledge.props = PropsTable::new(
            merge::at_index_time(&parsed, "props"),
            props_conf,
            &knowledge.index_transforms,
            &knowledge.search_transforms,
            &mut diagnostics,
        );
        knowledge.lookups = Lookups::read(
            &transforms_conf,
            merge::lookup_files(&parsed),
            &mut diagnostics,
        );
        let mut conf = knowledge.inherited("eventtypes");
        conf.derive(sources, |key| key == "search");
        knowledge.eventtypes = eventtypes::read(&conf, &mut diagnostics);
        knowledge.field_rules = fields_conf::read(&knowledge.inherited("fields"), &mut diagnostics);
        knowledge.tags = tags::read(&knowledge.inherited("tags"), &mut diagnostics);
        let mut conf = knowledge.inherited("macros");
        conf.derive(sources, |key| key == "definition");
        knowledge.macros = macros::read(&conf, &mut diagnostics);
        let mut conf = knowledge.inherited("savedsearches");
        conf.derive(sources, |key| key == "search");
        knowledge.saved_searches = saved_searches::read(&conf);
        knowledge.models = merge::models(&parsed, sources, &mut diagnostics);
        knowledge.allow_tags();
        (knowledge, merge::unique(diagnostics))
    }

    /// The apps that take part, the weakest first.
    pub fn apps(&self) -> &[AppSummary] {
        &self.apps
    }

    /// What is known of events of this source, host and sourcetype. The work is not cached: keep the result.
    pub fn resolve(&self, meta: &Meta<'_>) -> Props {
        self.props
            .resolve(meta, &self.index_transforms, &self.search_transforms)
    }

    /// A lookup, by its definition's name or its file's, with or without `.csv`.
    pub fn lookup(&self, name: &str) -> Option<&Lookup> {
        self.lookups.get(name)
    }

    /// All lookups: definitions in ASCII order, then files.
    pub fn lookups(&self) -> impl Iterator<Item = &Lookup> {
        self.lookups.all()
    }

    /// An event type.
    pub fn eventtype(&self, name: &str) -> Option<&EventType> {
        self.eventtypes.get(name)
    }

    /// All event types in ASCII order.
    pub fn eventtypes(&self) -> impl Iterator<Item = &EventType> {
        self.eventtypes.values()
    }

    /// What `fields.conf` says of a field of events of a sourcetype; a rule for the sourcetype goes before one for all.
    pub fn field_rule(&self, name: &str, sourcetype: &str) -> Option<&FieldRule> {
        if self.field_rules.is_empty() {
            return None;
        }
        let own = format!("sourcetype::{sourcetype}::{name}");
        self.field_rules
            .get(own.as_str())
            .or_else(|| self.field_rules.get(name))
    }

    /// The rules of `fields.conf` that hold for events of a sourcetype, ascending by their stanzas.
    pub fn field_rules(&self, sourcetype: &str) -> impl Iterator<Item = &FieldRule> {
        self.field_rules.values().filter(move |rule| {
            rule.sourcetype
                .as_ref()
                .is_none_or(|own| **own == *sourcetype)
        })
    }

    /// All enabled tags, in an order that does not change.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The fields and values that have a tag, `tags` of event types included.
    pub fn tagged<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let tagged = self
            .tags
            .iter()
            .filter(move |found| found.tag.as_ref() == tag);
        let tagged = tagged.map(|found| (found.field.as_str(), found.value.as_str()));
        let typed = self
            .eventtypes
            .values()
            .filter(move |found| found.tags.iter().any(|other| other == tag));
        tagged.chain(typed.map(|found| ("eventtype", found.name.as_ref())))
    }

    /// All macros.
    pub fn macros(&self) -> &MacroTable {
        &self.macros
    }

    /// A data model.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name)
    }

    /// All data models in ASCII order.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }

    /// A dataset of a data model: `Endpoint.Processes` at any depth; `Endpoint` is its first root.
    pub fn dataset(&self, path: &str) -> Option<(&Model, &ModelObject)> {
        model::find(&self.models, path)
    }

    /// A saved search.
    pub fn saved_search(&self, name: &str) -> Option<&SavedSearch> {
        self.saved_searches.get(name)
    }

    /// All saved searches in ASCII order.
    pub fn saved_searches(&self) -> impl Iterator<Item = &SavedSearch> {
        self.saved_searches.values()
    }

    /// Adds or replaces a saved search: those of a content repository stand before the apps'.
    pub fn add_saved_search(&mut self, new: SavedSearch) {
        self.saved_searches.insert(new.name.clone(), new);
    }

    /// One kind of configuration, merged as at search time: `limits`, `fields`, …
    pub fn conf(&self, name: &str) -> Option<&Layered> {
        self.confs.get(name)
    }

    /// One kind of configuration, merged as at index time, when other apps win: `props` or `transforms`.
    pub fn index_conf(&self, name: &str) -> Option<&Layered> {
        match name {
            "props" => Some(self.props.index()),
            "transforms" => Some(&self.index_transforms_conf),
            _ => None,
        }
    }

    /// `props.conf` as at search time, each expression with a text of its own.
    pub(crate) fn props_conf(&self) -> &Layered {
        self.props.search()
    }

    /// The kinds of configuration that there are, ascending.
    pub fn conf_names(&self) -> impl Iterator<Item = &str> {
        self.confs.keys().map(String::as_str)
    }

    /// The transforms as at search time.
    pub(crate) fn search_transforms(&self) -> impl Iterator<Item = &Transform> {
        self.search_transforms.values().map(Arc::as_ref)
    }

    /// Adds or replaces a macro: the content repository's stand before the apps'.
    pub fn add_macro(&mut self, new: Macro) {
        self.macros.add(new);
    }

    /// Adds or replaces a lookup; the table also becomes known by its file name. Without a table, a file that an app
    /// has under that name is used.
    pub fn add_lookup(&mut self, definition: LookupDefinition, table: Option<LookupTable>) {
        let lookup = match (&definition.source, table) {
            (LookupSource::File(file), None) => {
                let file = file.clone();
                self.lookups.with_file(definition, &file)
            }
            (_, table) => Lookup::new(definition, table),
        };
        self.lookups.add(lookup);
    }

    /// The lookups that change when a run fills the rows of this one: all over the same file or collection.
    pub fn filled(&self, name: &str, filling: &Filling) -> Vec<Lookup> {
        self.lookups.filled(name, filling)
    }

    /// Fills the rows of a lookup for good, and of all over the same file or collection.
    pub fn fill(&mut self, name: &str, filling: &Filling) {
        for lookup in self.filled(name, filling) {
            self.lookups.add(lookup);
        }
    }

    /// What is broken across objects: automatic lookups without their lookup, lookups without their file.
    ///
    /// Apart from [`Knowledge::merge`], because a content repository may still add what is missing.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = self.props.check(|name| self.lookups.get(name).is_some());
        for lookup in self.lookups.all() {
            if let (LookupSource::File(file), None) = (&lookup.definition.source, lookup.path()) {
                let message = format!("lookup `{}` has no file `{file}`", lookup.definition.name);
                let warning = Diagnostic::warning(&codes::dataset::CONF_REFERENCE, message);
                found.push(match lookup.definition.at {
                    Some(at) => warning.at(at, ""),
                    None => warning,
                });
            }
        }
        found
    }

    /// A kind of configuration whose stanzas have what they inherit from `[default]`.
    fn inherited(&self, name: &str) -> Layered {
        let mut conf = self.confs.get(name).cloned().unwrap_or_default();
        conf.inherit_default();
        conf
    }

    /// Takes `tags_whitelist` from `datamodels.conf`.
    fn allow_tags(&mut self) {
        let Some(conf) = self.confs.get("datamodels") else {
            return;
        };
        for model in self.models.values_mut() {
            let setting = conf.get(&model.name, "tags_whitelist");
            model.tags_allowed = setting.map(|setting| text::comma_list(&setting.value));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
