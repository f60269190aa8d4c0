//! The smaller objects of a content repository: macros, lookups, data sources, stories, deployments, baselines.

use std::path::PathBuf;

use dryfire_diagnostic::{SourceId, Span};

use crate::object::Object;
use crate::reader::Spanned;

mod read;

pub(crate) use read::{
    read_baseline, read_dashboard, read_data_source, read_deployment, read_lookup, read_macro,
    read_schedule, read_story,
};

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
    /// What it has in common with all objects; none for a supplied one.
    pub object: Option<Object>,
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
    /// `match_type`, as written.
    pub match_type_texts: Vec<Spanned<String>>,
    /// What it has in common with all objects.
    pub object: Object,
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
    /// What it has in common with all objects.
    pub object: Object,
}

/// An analytic story.
#[derive(Debug, Clone)]
pub struct Story {
    /// Its name, as detections write it.
    pub name: Spanned<String>,
    /// `narrative`
    pub narrative: Option<Spanned<String>>,
    /// What it has in common with all objects.
    pub object: Object,
}

/// A dashboard, which lies in a file beside its YAML.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The JSON file.
    pub json: PathBuf,
    /// What it has in common with all objects.
    pub object: Object,
}

/// A schedule that detections of v6 take by its name.
#[derive(Debug, Clone)]
pub struct NamedSchedule {
    /// The cron expression.
    pub cron: Option<Spanned<String>>,
    /// Start of the search window.
    pub earliest: Option<Spanned<String>>,
    /// End of the search window.
    pub latest: Option<Spanned<String>>,
    /// What it has in common with all objects.
    pub object: Object,
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
    /// `schedule_window`
    pub schedule_window: Option<Spanned<String>>,
    /// Whether it makes a notable or finding.
    pub notable: bool,
    /// Whether it makes risk events.
    pub risk: bool,
    /// What it has in common with all objects.
    pub object: Object,
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
    /// What it has in common with all objects.
    pub object: Object,
}
