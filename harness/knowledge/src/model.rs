//! Splunk's data models, as their JSON files describe them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::SourceId;

/// One data model.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The datasets; parents stand before their children.
    pub objects: Vec<ModelObject>,
    /// `tags_whitelist` of `datamodels.conf`: the tags that the model's `tag` field shows; none where not given.
    pub tags_allowed: Option<Vec<String>>,
    /// The app it came from.
    pub app: Arc<str>,
    /// The file.
    pub file: SourceId,
}

/// One dataset of a model.
#[derive(Debug, Clone)]
pub struct ModelObject {
    /// Its name.
    pub name: String,
    /// The dataset it extends; none for a root.
    pub parent: Option<String>,
    /// What kind of root stands above it, or it is.
    pub root: RootKind,
    /// Names from the root down to this one.
    pub lineage: Vec<String>,
    /// Searches that events must match, beside the parent's.
    pub constraints: Vec<SourceId>,
    /// For `BaseSearch`, the whole search, pipes included.
    pub base_search: Option<SourceId>,
    /// Own fields, declared and calculated.
    pub fields: Vec<ModelField>,
    /// Own calculations in order; they run after the constraints, a child's after its parent's.
    pub calculations: Vec<Calculation>,
}

/// What a root dataset is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RootKind {
    /// Events that match the constraints.
    BaseEvent,
    /// The rows of a search.
    BaseSearch,
    /// Groups of events. Not supported by the engine.
    BaseTransaction,
}

/// One field of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelField {
    /// Its name.
    pub name: String,
    /// Its type: `string`, `number`, `boolean`, `timestamp`, `ipv4`, `objectCount`, …
    pub kind: String,
    /// Not shown in Splunk's interface.
    pub hidden: bool,
    /// Events without it don't belong to the dataset.
    pub required: bool,
    /// May hold several values.
    pub multivalue: bool,
    /// Made by a calculation.
    pub calculated: bool,
}

/// One calculation.
#[derive(Debug, Clone)]
pub struct Calculation {
    /// What it does.
    pub kind: CalculationKind,
    /// The fields it makes.
    pub outputs: Vec<String>,
}

/// What a [`Calculation`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalculationKind {
    /// An eval expression.
    Eval {
        /// The expression.
        expression: SourceId,
    },
    /// A regular expression with named groups.
    Rex {
        /// The field it reads.
        input: String,
        /// The regular expression.
        expression: SourceId,
    },
    /// A lookup.
    Lookup {
        /// The lookup's name.
        table: String,
        /// Columns and the fields that must equal them.
        inputs: Vec<(String, String)>,
        /// Columns and the fields that receive them.
        outputs: Vec<(String, String)>,
    },
    /// The place of an address.
    GeoIp {
        /// The field with the address.
        input: String,
    },
}

/// A field of a dataset, own or inherited.
#[derive(Debug, Clone, Copy)]
pub struct FieldRef<'a> {
    /// The field.
    pub field: &'a ModelField,
    /// The dataset that defines it: `tstats` names the field after it.
    pub object: &'a ModelObject,
}

impl Model {
    /// Finds a dataset by its name or lineage: `All_Changes`, `All_Changes.Account_Management`, `Account_Management`.
    pub fn object(&self, path: &str) -> Option<&ModelObject> {
        let matches = |object: &&ModelObject| {
            let mut parts = path.rsplit('.');
            let mut lineage = object.lineage.iter().rev();
            // Each part of the path must be the next name up the lineage.
            parts.all(|part| lineage.next().is_some_and(|name| name == part))
        };
        self.objects.iter().find(matches)
    }

    /// The first root dataset: what a search means that names only the model.
    pub fn root(&self) -> Option<&ModelObject> {
        self.objects.iter().find(|object| object.parent.is_none())
    }

    /// The dataset and those above it, root first.
    pub fn chain<'a>(&'a self, object: &'a ModelObject) -> Vec<&'a ModelObject> {
        let above = object.lineage.iter().filter(|name| **name != object.name);
        above
            .filter_map(|name| self.own(name))
            .chain([object])
            .collect()
    }

    /// The datasets that extend this one directly.
    pub fn children<'a>(
        &'a self,
        object: &'a ModelObject,
    ) -> impl Iterator<Item = &'a ModelObject> {
        self.objects
            .iter()
            .filter(|child| child.parent.as_deref() == Some(object.name.as_str()))
    }

    /// All fields of a dataset, inherited ones first. A field defined again belongs to the lowest that does.
    pub fn fields<'a>(&'a self, object: &'a ModelObject) -> Vec<FieldRef<'a>> {
        let mut fields: Vec<FieldRef<'a>> = Vec::new();
        for object in self.chain(object) {
            for field in &object.fields {
                fields.retain(|earlier| earlier.field.name != field.name);
                fields.push(FieldRef { field, object });
            }
        }
        fields
    }

    /// One field of a dataset, own or inherited.
    pub fn field<'a>(&'a self, object: &'a ModelObject, name: &str) -> Option<FieldRef<'a>> {
        let own = |object: &'a ModelObject| {
            object
                .fields
                .iter()
                .find(|field| field.name == name)
                .map(|field| FieldRef { field, object })
        };
        self.chain(object).into_iter().rev().find_map(own)
    }

    fn own(&self, name: &str) -> Option<&ModelObject> {
        self.objects.iter().find(|object| object.name == name)
    }
}

/// Finds `Model` or `Model.Dataset` (any depth); a bare model means its first root.
pub(crate) fn find<'a>(
    models: &'a BTreeMap<String, Model>,
    path: &str,
) -> Option<(&'a Model, &'a ModelObject)> {
    if let Some(model) = models.get(path) {
        return model.root().map(|object| (model, object));
    }
    let (name, rest) = path.split_once('.')?;
    let model = models.get(name)?;
    model.object(rest).map(|object| (model, object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::merge;

    const MODEL: &str = r#"{"modelName": "Change", "displayName": "x", "objects": [
      {"objectName": "Account", "parentName": "All_Changes", "fields": [{"fieldName": "src_user", "type": "string", "required": true}],
       "calculations": [], "constraints": [{"search": "tag=\"account\""}], "children": []},
      {"objectName": "All_Changes", "parentName": "BaseEvent", "fields": [{"fieldName": "status", "hidden": true}, {"fieldName": "dest"}],
       "constraints": [{"search": "tag=change", "owner": "x"}], "calculations": [
        {"calculationID": "a", "calculationType": "Eval", "outputFields": [{"fieldName": "dest"}], "expression": "if(isnull(dest) OR dest=\"\",\"unknown\",dest)"},
        {"calculationType": "Rex", "inputField": "url", "outputFields": [{"fieldName": "domain"}], "expression": "(?<domain>\\w+)"},
        {"calculationType": "Lookup", "lookupName": "t", "lookupInputs": [{"lookupField": "c", "inputField": "f"}], "outputFields": [{"fieldName": "o", "lookupOutputFieldName": "col"}]},
        {"calculationType": "Magic", "outputFields": []}]},
      {"objectName": "Created", "parentName": "Account", "fields": [], "constraints": [{"search": "action=created"}]},
      {"objectName": "Orphan", "parentName": "Nowhere"},
      {"objectName": "Rows", "parentName": "BaseSearch", "baseSearch": "tag=x | eval a=1"}]}"#;

    #[test]
    fn datasets_and_inheritance() {
        let (knowledge, sources, diagnostics) = merge(&[
            ("pack", "A", "default/data/models/Change.json", MODEL),
            (
                "pack",
                "A",
                "default/datamodels.conf",
                "[Change]\ntags_whitelist = account, change\n",
            ),
        ]);
        assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
        for path in [
            "Change.Created",
            "Change.Account.Created",
            "Change.All_Changes.Account.Created",
        ] {
            assert_eq!(knowledge.dataset(path).unwrap().1.name, "Created", "{path}");
        }
        assert!(knowledge.dataset("Change.All_Changes.Created").is_none());
        assert!(knowledge.dataset("Nope").is_none());
        let (model, created) = knowledge.dataset("Change.Created").unwrap();
        assert_eq!(knowledge.dataset("Change").unwrap().1.name, "All_Changes");
        assert_eq!(
            model.tags_allowed.as_deref(),
            Some(&["account".to_owned(), "change".to_owned()][..])
        );
        assert_eq!(created.lineage, ["All_Changes", "Account", "Created"]);
        let chain: Vec<_> = model
            .chain(created)
            .iter()
            .map(|object| object.name.as_str())
            .collect();
        assert_eq!(chain, created.lineage);
        let fields: Vec<_> = model
            .fields(created)
            .iter()
            .map(|f| (f.field.name.as_str(), f.object.name.as_str()))
            .collect();
        let all = |name| (name, "All_Changes");
        assert_eq!(
            fields,
            [
                all("status"),
                all("dest"),
                all("domain"),
                all("o"),
                ("src_user", "Account")
            ]
        );
        assert!(model.field(created, "dest").unwrap().field.calculated);
        assert!(model.field(created, "nope").is_none());
        let root = model.root().unwrap();
        assert_eq!(root.calculations.len(), 3);
        let CalculationKind::Eval { expression } = root.calculations[0].kind else {
            panic!()
        };
        assert_eq!(
            sources.get(expression).text.as_ref(),
            "if(isnull(dest) OR dest=\"\",\"unknown\",dest)"
        );
        let rows = model.object("Rows").unwrap();
        assert_eq!(
            (rows.root, rows.base_search.is_some()),
            (RootKind::BaseSearch, true)
        );
        assert_eq!(
            model
                .children(root)
                .map(|child| child.name.as_str())
                .collect::<Vec<_>>(),
            ["Account"]
        );
    }

    #[test]
    fn broken_json_names_its_place() {
        let (knowledge, sources, diagnostics) = merge(&[(
            "user",
            "A",
            "default/data/models/X.json",
            "{\n  \"objects\": [}\n",
        )]);
        assert!(knowledge.model("X").is_none());
        let place = sources.place(diagnostics[0].primary.as_ref().unwrap().span);
        assert_eq!(place.line, 2);
    }
}
