//! The smaller objects of a content repository: macros, lookups, data sources, stories, deployments, baselines.

use std::path::{Path, PathBuf};

use dryfire_diagnostic::{SourceId, Span};

use crate::paths::join;
use crate::reader::{Cx, Fields, Shape, Spanned};
use crate::yaml::{Node, Value};

/// A search macro.
#[derive(Debug, Clone)]
pub struct Macro {
    /// Its name, without the number of arguments.
    pub name: String,
    /// The names of its arguments.
    pub arguments: Vec<String>,
    /// Its text, a derived source.
    pub definition: SourceId,
    /// Where it is defined; none for a supplied one.
    pub span: Option<Span>,
    /// Index into [`crate::Repository::roots`].
    pub root: usize,
    /// Whether it stands for a `…_filter` macro that nobody wrote.
    pub supplied: bool,
}

/// A lookup.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Its name.
    pub name: Spanned<String>,
    /// Index into [`crate::Repository::roots`].
    pub root: usize,
    /// Where its rows are.
    pub table: LookupTable,
    /// What a row without a match gets.
    pub default_match: Option<String>,
    /// How fields match that don't match exactly.
    pub match_types: Vec<(MatchType, String)>,
    /// At least so many rows; those that lack get `default_match`.
    pub min_matches: Option<u64>,
    /// At most so many rows.
    pub max_matches: Option<u64>,
    /// `case_sensitive_match`
    pub case_sensitive: Option<bool>,
}

/// Where the rows of a lookup are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupTable {
    /// A CSV file. Nobody has looked whether it exists.
    Csv(PathBuf),
    /// A KV store collection, which starts empty.
    KvStore {
        /// The collection.
        collection: String,
        /// Its fields.
        fields: Vec<String>,
    },
    /// A model of the machine learning toolkit.
    Model(PathBuf),
}

/// How a lookup field matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchType {
    /// `WILDCARD(field)`
    Wildcard,
    /// `CIDR(field)`
    Cidr,
    /// `EXACT(field)`
    Exact,
}

/// A data source.
#[derive(Debug, Clone)]
pub struct DataSource {
    /// Its name, as detections write it.
    pub name: Spanned<String>,
    /// `source`
    pub source: Option<String>,
    /// `sourcetype`
    pub sourcetype: Option<String>,
    /// Fields that detections which use it must give (v5).
    pub output_fields: Vec<Spanned<String>>,
    /// The add-ons that give its fields (`supported_TA`): name and version.
    pub add_ons: Vec<(String, Option<String>)>,
}

/// An analytic story.
#[derive(Debug, Clone)]
pub struct Story {
    /// Its name, as detections write it.
    pub name: Spanned<String>,
}

/// When detections of a type run and what they trigger.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Its name.
    pub name: Spanned<String>,
    /// The type of the detections it is for.
    pub kind: Option<String>,
    /// The cron expression.
    pub cron: Option<Spanned<String>>,
    /// Start of the search window.
    pub earliest: Option<Spanned<String>>,
    /// End of the search window.
    pub latest: Option<Spanned<String>>,
    /// Whether it makes a notable or finding.
    pub notable: bool,
    /// Whether it makes risk events.
    pub risk: bool,
}

/// A search that fills lookups for detections.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its name.
    pub name: Spanned<String>,
    /// Its search, a derived source.
    pub search: Spanned<SourceId>,
    /// Index into [`crate::Repository::roots`].
    pub root: usize,
    /// The file.
    pub path: PathBuf,
    /// Names of the detections that need it.
    pub detections: Vec<Spanned<String>>,
}

const MACRO: Shape = Shape {
    what: "a macro",
    keys: &["name", "definition", "arguments"],
    required: &["name", "definition"],
};
const LOOKUP: Shape = Shape {
    what: "a lookup",
    keys: &[
        "name",
        "lookup_type",
        "filename",
        "collection",
        "fields",
        "fields_list",
        "default_match",
        "match_type",
        "min_matches",
        "max_matches",
        "case_sensitive_match",
    ],
    required: &["name"],
};
const DATA_SOURCE: Shape = Shape {
    what: "a data source",
    keys: &[
        "name",
        "source",
        "sourcetype",
        "output_fields",
        "supported_TA",
    ],
    required: &["name"],
};
const STORY: Shape = Shape {
    what: "a story",
    keys: &["name"],
    required: &["name"],
};
const DEPLOYMENT: Shape = Shape {
    what: "a deployment",
    keys: &["name", "type", "scheduling", "alert_action"],
    required: &["name"],
};
const SCHEDULING: Shape = Shape {
    what: "the scheduling",
    keys: &["cron_schedule", "earliest_time", "latest_time"],
    required: &[],
};
const ALERT_ACTION: Shape = Shape {
    what: "the alert action",
    keys: &["notable", "rba"],
    required: &[],
};
const RBA_ACTION: Shape = Shape {
    what: "the rba action",
    keys: &["enabled"],
    required: &[],
};
const BASELINE: Shape = Shape {
    what: "a baseline",
    keys: &["name", "search", "tags"],
    required: &["name", "search"],
};
const BASELINE_TAGS: Shape = Shape {
    what: "the tags",
    keys: &["detections"],
    required: &[],
};

/// Reads a macro. `name(2)`, the form of macros.conf, is understood, too.
pub(crate) fn read_macro(node: &Node, root: usize, cx: &mut Cx<'_>) -> Option<Macro> {
    let fields = Fields::new(node, &MACRO, cx)?;
    let arguments = fields
        .texts("arguments", cx)
        .into_iter()
        .map(|argument| argument.value)
        .collect();
    let name = fields.text("name", cx)?;
    let bare = name
        .value
        .split_once('(')
        .map_or(name.value.as_str(), |(bare, _)| bare)
        .trim()
        .to_owned();
    let definition = fields
        .get("definition")
        .and_then(|node| cx.spl(node, &format!("macro {bare}")))?;
    Some(Macro {
        name: bare,
        arguments,
        definition: definition.value,
        span: Some(name.span),
        root,
        supplied: false,
    })
}

/// Reads a lookup.
pub(crate) fn read_lookup(
    node: &Node,
    path: &Path,
    root: usize,
    cx: &mut Cx<'_>,
) -> Option<Lookup> {
    let fields = Fields::new(node, &LOOKUP, cx)?;
    let name = fields.text("name", cx)?;
    let file = fields.text("filename", cx);
    let collection = fields.text("collection", cx);
    let folder = path.parent().unwrap_or(Path::new(""));
    let named = file.map(|file| join(folder, &file));
    let table = match fields
        .text("lookup_type", cx)
        .map(|kind| kind.value)
        .as_deref()
    {
        Some("kvstore") => kvstore(
            collection.map_or_else(|| name.value.clone(), |collection| collection.value),
            fields,
            cx,
        ),
        Some("mlmodel") => LookupTable::Model(path.with_extension("mlmodel")),
        Some("csv") => LookupTable::Csv(named.unwrap_or_else(|| path.with_extension("csv"))),
        Some(_) => {
            if let Some(kind) = fields.get("lookup_type") {
                cx.invalid(kind, "`csv`, `kvstore` or `mlmodel`");
            }
            return None;
        }
        None => match (named, collection) {
            (Some(file), _)
                if file
                    .extension()
                    .is_some_and(|extension| extension == "mlmodel") =>
            {
                LookupTable::Model(file)
            }
            (Some(file), _) => LookupTable::Csv(file),
            (None, Some(collection)) => kvstore(collection.value, fields, cx),
            (None, None) => LookupTable::Csv(path.with_extension("csv")),
        },
    };
    Some(Lookup {
        name,
        root,
        table,
        // A truth value that is meant as a text is written in Splunk's words.
        default_match: fields.text("default_match", cx).map(|text| text.value),
        match_types: fields
            .texts("match_type", cx)
            .iter()
            .flat_map(|text| match_types(text))
            .collect(),
        min_matches: fields.number_or_text("min_matches", cx),
        max_matches: fields.number_or_text("max_matches", cx),
        case_sensitive: fields.truth("case_sensitive_match", cx),
    })
}

fn kvstore(collection: String, fields: Fields<'_>, cx: &mut Cx<'_>) -> LookupTable {
    let lists = [fields.texts("fields", cx), fields.texts("fields_list", cx)].concat();
    let names = lists
        .iter()
        .flat_map(|text| text.value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty());
    LookupTable::KvStore {
        collection,
        fields: names.map(str::to_owned).collect(),
    }
}

/// `WILDCARD(a), CIDR(b)`: kinds and fields.
fn match_types(text: &str) -> Vec<(MatchType, String)> {
    let one = |part: &str| {
        let (kind, field) = part.trim().strip_suffix(')')?.split_once('(')?;
        let kind = match kind.trim().to_ascii_uppercase().as_str() {
            "WILDCARD" => MatchType::Wildcard,
            "CIDR" => MatchType::Cidr,
            "EXACT" => MatchType::Exact,
            _ => return None,
        };
        Some((kind, field.trim().to_owned()))
    };
    text.split(',').filter_map(one).collect()
}

/// Reads a data source.
pub(crate) fn read_data_source(node: &Node, cx: &mut Cx<'_>) -> Option<DataSource> {
    let fields = Fields::new(node, &DATA_SOURCE, cx)?;
    Some(DataSource {
        name: fields.text("name", cx)?,
        source: fields.text("source", cx).map(|text| text.value),
        sourcetype: fields.text("sourcetype", cx).map(|text| text.value),
        output_fields: fields.texts("output_fields", cx),
        add_ons: fields
            .items("supported_TA", cx)
            .iter()
            .filter_map(|item| {
                let set = |key: &str| Some(item.get(key)?.text()?.to_owned());
                Some((set("name")?, set("version")))
            })
            .collect(),
    })
}

/// Reads a story.
pub(crate) fn read_story(node: &Node, cx: &mut Cx<'_>) -> Option<Story> {
    Some(Story {
        name: Fields::new(node, &STORY, cx)?.text("name", cx)?,
    })
}

/// Reads a deployment.
pub(crate) fn read_deployment(node: &Node, cx: &mut Cx<'_>) -> Option<Deployment> {
    let fields = Fields::new(node, &DEPLOYMENT, cx)?;
    let schedule = fields
        .get("scheduling")
        .and_then(|node| Fields::new(node, &SCHEDULING, cx));
    let actions = fields
        .get("alert_action")
        .filter(|node| matches!(node.value, Value::Mapping(_)))
        .and_then(|node| Fields::new(node, &ALERT_ACTION, cx));
    let rba = actions
        .and_then(|actions| actions.get("rba"))
        .and_then(|node| Fields::new(node, &RBA_ACTION, cx));
    Some(Deployment {
        name: fields.text("name", cx)?,
        kind: fields.text("type", cx).map(|text| text.value),
        cron: schedule.and_then(|schedule| schedule.text("cron_schedule", cx)),
        earliest: schedule.and_then(|schedule| schedule.text("earliest_time", cx)),
        latest: schedule.and_then(|schedule| schedule.text("latest_time", cx)),
        notable: actions.is_some_and(|actions| actions.get("notable").is_some()),
        risk: rba
            .and_then(|rba| rba.truth("enabled", cx))
            .unwrap_or(false),
    })
}

/// Reads a baseline.
pub(crate) fn read_baseline(
    node: &Node,
    path: &Path,
    root: usize,
    cx: &mut Cx<'_>,
) -> Option<Baseline> {
    let fields = Fields::new(node, &BASELINE, cx)?;
    let name = fields.text("name", cx)?;
    let search = fields
        .get("search")
        .and_then(|node| cx.spl(node, &format!("search of {}", name.value)))?;
    let tags = fields
        .get("tags")
        .and_then(|node| Fields::new(node, &BASELINE_TAGS, cx));
    Some(Baseline {
        name,
        search,
        root,
        path: path.to_path_buf(),
        detections: tags
            .map(|tags| tags.texts("detections", cx))
            .unwrap_or_default(),
    })
}
