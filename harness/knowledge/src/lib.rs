//! What Splunk knows about data: apps in Splunk's layout, merged into one [`Knowledge`].
//!
//! Only the loader ([`open`]) reads files. Everything else works on texts in a `SourceMap`, so that every setting,
//! expression and search leads back to the file and line that gave it.

mod app;
mod check;
mod conf;
mod eventtypes;
mod fields_conf;
mod hash;
mod index_time;
mod json;
mod knowledge;
mod layers;
mod load;
mod lookups;
mod macros;
mod matcher;
mod merge;
mod metadata;
mod model;
mod model_json;
mod pack;
mod props;
mod saved_searches;
mod search_time;
mod stanza;
mod table;
mod tags;
mod text;
mod transforms;

pub use app::{App, AppFile, AppSummary, FileText, Origin};
pub use conf::{Conf, ConfSetting, ConfStanza, parse as parse_conf};
pub use dryfire_spl::macros::{Macro, Macros};
pub use eventtypes::EventType;
pub use fields_conf::FieldRule;
pub use hash::ContentHash;
pub use index_time::{
    DatetimeConfig, IndexTime, IndexTransform, IndexedExtractions, SedCommand, Structured,
};
pub use knowledge::Knowledge;
pub use layers::{Layered, Setting, Stanza};
pub use load::{AppError, open};
pub use lookups::{Filling, Lookup, LookupDefinition, LookupSource, MatchKind, Native};
pub use macros::MacroTable;
pub use model::{Calculation, CalculationKind, FieldRef, Model, ModelField, ModelObject, RootKind};
pub use pack::built_in;
pub use props::{Meta, Props};
pub use saved_searches::SavedSearch;
pub use search_time::{Alias, AutoLookup, Calculated, Extract, KvMode, Report, SearchTime};
pub use table::LookupTable;
pub use tags::Tag;
pub use transforms::{Format, Template, TemplatePart, Transform};
