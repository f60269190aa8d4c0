//! The keys of detection files in each format. Keys that are listed and read nowhere are known and kept for later versions.

use crate::reader::Shape;

const REQUIRED: &[&str] = &["name", "id", "status", "type", "search"];

/// Format v4 ignored keys it did not know, so this table serves reading only.
pub(super) const V4: Shape = Shape {
    what: "a detection",
    keys: &[
        "name",
        "id",
        "version",
        "date",
        "status",
        "type",
        "description",
        "data_source",
        "search",
        "drilldown_searches",
        "tags",
        "tests",
    ],
    required: REQUIRED,
};
pub(super) const V5: Shape = Shape {
    what: "a detection",
    keys: &[
        "name",
        "id",
        "version",
        "date",
        "author",
        "status",
        "type",
        "description",
        "data_source",
        "search",
        "how_to_implement",
        "known_false_positives",
        "references",
        "explanation",
        "enabled_by_default",
        "drilldown_searches",
        "rba",
        "tags",
        "tests",
        "deployment",
    ],
    required: REQUIRED,
};
pub(super) const V6: Shape = Shape {
    what: "a detection",
    keys: &[
        "name",
        "id",
        "version",
        "creation_date",
        "modification_date",
        "author",
        "status",
        "type",
        "category",
        "description",
        "data_source",
        "search",
        "how_to_implement",
        "known_false_positives",
        "references",
        "explanation",
        "enabled_by_default",
        "drilldown_searches",
        "finding",
        "intermediate_findings",
        "threat_objects",
        "analytic_story",
        "asset_type",
        "mitre_attack_id",
        "product",
        "security_domain",
        "cve",
        "atomic_guid",
        "threat_group",
        "baselines",
        "schedule",
        "custom_schedule",
        "deprecation_info",
        "throttling",
        "tests",
    ],
    required: REQUIRED,
};

/// Keys that only v6 has at the top level.
pub(super) const V6_ONLY: &[&str] = &[
    "finding",
    "intermediate_findings",
    "threat_objects",
    "creation_date",
    "modification_date",
    "category",
    "mitre_attack_id",
    "analytic_story",
];
/// Keys that only v4 has in `tags`.
pub(super) const V4_TAGS_ONLY: &[&str] = &[
    "confidence",
    "impact",
    "observable",
    "message",
    "required_fields",
    "risk_score",
];

pub(super) const TAGS_V4: Shape = Shape {
    what: "the tags",
    keys: &[
        "analytic_story",
        "asset_type",
        "mitre_attack_id",
        "throttling",
        "security_domain",
        "manual_test",
        "confidence",
        "impact",
        "observable",
        "message",
        "required_fields",
    ],
    required: &[],
};
pub(super) const TAGS: Shape = Shape {
    what: "the tags",
    keys: &[
        "analytic_story",
        "asset_type",
        "group",
        "mitre_attack_id",
        "nist",
        "product",
        "throttling",
        "security_domain",
        "cve",
        "atomic_guid",
        "research_site_url",
        "event_schema",
        "mappings",
        "manual_test",
    ],
    required: &[],
};
pub(super) const OBSERVABLE: Shape = Shape {
    what: "an observable",
    keys: &["name", "type", "role"],
    required: &["name", "type", "role"],
};
pub(super) const RBA: Shape = Shape {
    what: "the rba block",
    keys: &["message", "risk_objects", "threat_objects"],
    required: &["message", "risk_objects"],
};
pub(super) const RISK_OBJECT: Shape = Shape {
    what: "a risk object",
    keys: &["field", "type", "score"],
    required: &["field", "type", "score"],
};
pub(super) const THREAT_OBJECT: Shape = Shape {
    what: "a threat object",
    keys: &["field", "type"],
    required: &["field", "type"],
};
pub(super) const FINDING: Shape = Shape {
    what: "the finding",
    keys: &["title", "entity"],
    required: &["title", "entity"],
};
pub(super) const INTERMEDIATE: Shape = Shape {
    what: "the intermediate findings",
    keys: &["entities"],
    required: &["entities"],
};
pub(super) const ENTITY: Shape = Shape {
    what: "an entity",
    keys: &["field", "type", "score", "message"],
    required: &["field", "type", "score"],
};
pub(super) const THROTTLING: Shape = Shape {
    what: "the throttling",
    keys: &["fields", "period"],
    required: &["fields"],
};
pub(super) const DRILLDOWN: Shape = Shape {
    what: "a drilldown search",
    keys: &["name", "search", "earliest_offset", "latest_offset", "type"],
    required: &["name", "search"],
};
pub(super) const TEST: Shape = Shape {
    what: "a test",
    keys: &[
        "name",
        "test_type",
        "description",
        "attack_data",
        "expected_results",
        "earliest_time",
        "latest_time",
    ],
    required: &["name"],
};
pub(super) const ATTACK_DATA: Shape = Shape {
    what: "attack data",
    keys: &[
        "data",
        "source",
        "sourcetype",
        "host",
        "index",
        "custom_index",
        "update_timestamp",
    ],
    required: &["data"],
};
pub(super) const DEPLOYMENT: Shape = Shape {
    what: "the deployment",
    keys: &["scheduling", "alert_action"],
    required: &[],
};
pub(super) const SCHEDULE: Shape = Shape {
    what: "the schedule",
    keys: &[
        "cron_schedule",
        "earliest_time",
        "latest_time",
        "schedule_window",
    ],
    required: &["cron_schedule", "earliest_time", "latest_time"],
};
pub(super) const DEPRECATION: Shape = Shape {
    what: "the deprecation",
    keys: &["reason", "removed_in_version", "replacement_content"],
    required: &[],
};
