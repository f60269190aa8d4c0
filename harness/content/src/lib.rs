//! What a content repository says: detections of formats v4, v5 and v6, macros, lookups, manifests, and the test cases they make.
//!
//! [`load`] reads paths into a [`Repository`]; [`cases`] makes the list of [`Case`]s; [`Expectation::judge`] compares rows with
//! what was expected. This crate opens content files and no data set, and it knows no engine.

mod align;
mod case;
mod configuration;
mod dataset_description;
mod detection;
mod expectation;
mod expected_failure;
pub mod fires_on;
mod given_lookup;
mod manifest;
mod object;
mod objects;
mod paths;
mod pattern;
mod reader;
mod repository;
mod risk_fields;
mod rule_settings;
pub mod rules;
pub mod selection;
mod target_settings;
mod triggers;
pub mod yaml;

pub use case::{
    Case, CaseId, CaseKind, DatasetRef, Origin, Skip, Step, StepSearch, cases, with_integration,
};
pub use configuration::{CONFIGURATION_FILE, Configuration, DatasetSettings};
pub use dataset_description::{DatasetDescription, DescribedDataset, Location};
pub use detection::{
    About, AttackData, Deprecation, Detection, DetectionTest, Drilldown, Extra, Generation, Kind,
    Observable, Risk, RiskObject, Schedule, Status, ThreatObject, Throttling,
};
pub use expectation::{Count, Difference, Expectation, Mismatch, Nearest, TableExpectation};
pub use expected_failure::{ExpectedFailure, ExpectedOf};
pub use given_lookup::{GivenLookup, GivenRows};
pub use manifest::{
    DatasetDefinition, DatasetPlace, DetectionRef, DetectionTarget, MANIFEST_VERSION, Manifest,
    ManifestStep, ManifestTest, StepRef,
};
pub use object::{Object, ObjectKind};
pub use objects::{
    Baseline, Dashboard, DataSource, Deployment, Lookup, LookupTable, Macro, MatchType,
    NamedSchedule, Story,
};
pub use pattern::{Pattern, Row, RowPattern};
pub use reader::{Shape, Spanned};
pub use repository::{Repository, Root, load};
pub use risk_fields::{RiskFields, contentctl_unit};
pub use target_settings::{Environment, SendAs, TargetSettings, Timeouts, Way};
pub use triggers::Triggers;
