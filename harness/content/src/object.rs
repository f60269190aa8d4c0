//! What all objects of a content repository have in common, so that a rule on names or dates is written once.

use std::path::{Path, PathBuf};

use dryfire_diagnostic::{SourceId, Span};

use crate::reader::Spanned;
use crate::yaml::{Node, Value};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A detection.
    Detection,
    /// A macro.
    Macro,
    /// A lookup.
    Lookup,
    /// A data source.
    DataSource,
    /// An analytic story.
    Story,
    /// A deployment.
    Deployment,
    /// A baseline.
    Baseline,
    /// A dashboard.
    Dashboard,
    /// A named schedule (v6).
    Schedule,
}

impl ObjectKind {
    /// In words, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Detection => "a detection",
            Self::Macro => "a macro",
            Self::Lookup => "a lookup",
            Self::DataSource => "a data source",
            Self::Story => "a story",
            Self::Deployment => "a deployment",
            Self::Baseline => "a baseline",
            Self::Dashboard => "a dashboard",
            Self::Schedule => "a schedule",
        }
    }
}

/// What an object says of itself, each value with its place. Nothing of it changes how a search runs, so what is of another
/// form than expected is left out here; rules say what is missing.
#[derive(Debug, Clone)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// The file.
    pub path: PathBuf,
    /// The file's text.
    pub file: SourceId,
    /// Index into [`crate::Repository::roots`].
    pub root: usize,
    /// The name.
    pub name: Spanned<String>,
    /// The UUID.
    pub id: Option<Spanned<String>>,
    /// `author`
    pub author: Option<Spanned<String>>,
    /// `date`, or v6's `creation_date` and `modification_date`.
    pub dates: Vec<Spanned<String>>,
    /// `version`
    pub version: Option<Spanned<String>>,
    /// `status`
    pub status: Option<Spanned<String>>,
    /// `description`
    pub description: Option<Spanned<String>>,
    /// `how_to_implement`
    pub how_to_implement: Option<Spanned<String>>,
    /// `known_false_positives`
    pub known_false_positives: Option<Spanned<String>>,
    /// `references`
    pub references: Vec<Spanned<String>>,
    /// `category`: v6's folder of a detection, a story's kinds.
    pub categories: Vec<Spanned<String>>,
    /// `product`
    pub products: Vec<Spanned<String>>,
    /// `security_domain`
    pub security_domain: Option<Spanned<String>>,
    /// `asset_type`
    pub asset_type: Option<Spanned<String>>,
    /// `usecase`
    pub usecase: Option<Spanned<String>>,
    /// `cve`
    pub cves: Vec<Spanned<String>>,
    /// `atomic_guid`
    pub atomic_guids: Vec<Spanned<String>>,
    /// `group`, or v6's `threat_group`.
    pub groups: Vec<Spanned<String>>,
    /// `analytic_story`
    pub stories: Vec<Spanned<String>>,
    /// `enabled_by_default`
    pub enabled_by_default: Option<Spanned<bool>>,
}

/// Reads what is there. `tags` is where the tags stand: the key `tags`, or in v6 the file itself.
pub(crate) fn read(
    node: &Node,
    tags: Option<&Node>,
    name: Spanned<String>,
    kind: ObjectKind,
    place: (&Path, usize),
) -> Object {
    let file = name.span.source;
    let at = |node: &Node| Span {
        source: file,
        start: node.range.start,
        end: node.range.end,
    };
    let one = |node: Option<&Node>| {
        let node = node?;
        let value = node.text()?.trim().to_owned();
        (!value.is_empty()).then(|| Spanned {
            value,
            span: at(node),
        })
    };
    let many = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(Value::Sequence(items)) => items.iter().filter_map(|item| one(Some(item))).collect(),
        _ => one(node).into_iter().collect::<Vec<_>>(),
    };
    let own = |key: &str| one(node.get(key));
    let tag = |key: &str| tags.and_then(|tags| tags.get(key));
    let dates = ["date", "creation_date", "modification_date"];
    let group = tag("group").or_else(|| tag("threat_group"));
    Object {
        kind,
        path: place.0.to_path_buf(),
        file,
        root: place.1,
        id: own("id"),
        author: own("author"),
        dates: dates.iter().filter_map(|key| own(key)).collect(),
        version: own("version"),
        status: own("status"),
        description: own("description"),
        how_to_implement: own("how_to_implement"),
        known_false_positives: own("known_false_positives"),
        references: many(node.get("references")),
        categories: many(tag("category")),
        products: many(tag("product")),
        security_domain: one(tag("security_domain")),
        asset_type: one(tag("asset_type")),
        usecase: one(tag("usecase")),
        cves: many(tag("cve")),
        atomic_guids: many(tag("atomic_guid")),
        groups: many(group),
        stories: many(tag("analytic_story")),
        enabled_by_default: own("enabled_by_default").map(|text| {
            text.map(|word| matches!(word.to_ascii_lowercase().as_str(), "true" | "yes" | "on"))
        }),
        name,
    }
}

/// The file name that contentctl derives from an object's name.
pub(crate) fn file_name(name: &str) -> String {
    format!(
        "{}.yml",
        name.replace([' ', '-', '.', '/'], "_").to_lowercase()
    )
}
