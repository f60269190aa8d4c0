//! Reads the smaller objects out of their files.

use std::path::Path;

use super::{
    Baseline, Dashboard, DataSource, Deployment, Lookup, LookupTable, Macro, MatchType,
    NamedSchedule, Story,
};
use crate::object::{self, Object, ObjectKind};
use crate::paths::join;
use crate::reader::{Cx, Fields, Shape, Spanned};
use crate::yaml::{Node, Value};

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
    keys: &["name", "narrative"],
    required: &["name"],
};
const DASHBOARD: Shape = Shape {
    what: "a dashboard",
    keys: &["name"],
    required: &["name"],
};
const NAMED_SCHEDULE: Shape = Shape {
    what: "a schedule",
    keys: &["name", "cron_schedule", "earliest_time", "latest_time"],
    required: &["name", "cron_schedule", "earliest_time", "latest_time"],
};
const DEPLOYMENT: Shape = Shape {
    what: "a deployment",
    keys: &["name", "type", "scheduling", "alert_action"],
    required: &["name"],
};
const SCHEDULING: Shape = Shape {
    what: "the scheduling",
    keys: &[
        "cron_schedule",
        "earliest_time",
        "latest_time",
        "schedule_window",
    ],
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

/// What the object has in common with all.
fn common(
    node: &Node,
    name: Spanned<String>,
    kind: ObjectKind,
    path: &Path,
    root: usize,
) -> Object {
    object::read(node, node.get("tags"), name, kind, (path, root))
}

/// Reads a macro. `name(2)`, the form of macros.conf, is understood, too.
pub(crate) fn read_macro(node: &Node, path: &Path, root: usize, cx: &mut Cx<'_>) -> Option<Macro> {
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
        object: Some(common(node, name, ObjectKind::Macro, path, root)),
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
    let match_type_texts = fields.texts("match_type", cx);
    Some(Lookup {
        object: common(node, name.clone(), ObjectKind::Lookup, path, root),
        name,
        root,
        table,
        // A truth value that is meant as a text is written in Splunk's words.
        default_match: fields.text("default_match", cx).map(|text| text.value),
        match_types: match_type_texts
            .iter()
            .flat_map(|text| match_types(text))
            .collect(),
        match_type_texts,
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
pub(crate) fn read_data_source(
    node: &Node,
    path: &Path,
    root: usize,
    cx: &mut Cx<'_>,
) -> Option<DataSource> {
    let fields = Fields::new(node, &DATA_SOURCE, cx)?;
    let name = fields.text("name", cx)?;
    Some(DataSource {
        object: common(node, name.clone(), ObjectKind::DataSource, path, root),
        name,
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
pub(crate) fn read_story(node: &Node, path: &Path, root: usize, cx: &mut Cx<'_>) -> Option<Story> {
    let fields = Fields::new(node, &STORY, cx)?;
    let name = fields.text("name", cx)?;
    Some(Story {
        object: common(node, name.clone(), ObjectKind::Story, path, root),
        narrative: fields.text("narrative", cx),
        name,
    })
}

/// Reads a dashboard.
pub(crate) fn read_dashboard(
    node: &Node,
    path: &Path,
    root: usize,
    cx: &mut Cx<'_>,
) -> Option<Dashboard> {
    let name = Fields::new(node, &DASHBOARD, cx)?.text("name", cx)?;
    Some(Dashboard {
        json: path.with_extension("json"),
        object: common(node, name, ObjectKind::Dashboard, path, root),
    })
}

/// Reads a named schedule.
pub(crate) fn read_schedule(
    node: &Node,
    path: &Path,
    root: usize,
    cx: &mut Cx<'_>,
) -> Option<NamedSchedule> {
    let fields = Fields::new(node, &NAMED_SCHEDULE, cx)?;
    let name = fields.text("name", cx)?;
    Some(NamedSchedule {
        cron: fields.text("cron_schedule", cx),
        earliest: fields.text("earliest_time", cx),
        latest: fields.text("latest_time", cx),
        object: common(node, name, ObjectKind::Schedule, path, root),
    })
}

/// Reads a deployment.
pub(crate) fn read_deployment(
    node: &Node,
    path: &Path,
    root: usize,
    cx: &mut Cx<'_>,
) -> Option<Deployment> {
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
    let name = fields.text("name", cx)?;
    Some(Deployment {
        object: common(node, name.clone(), ObjectKind::Deployment, path, root),
        schedule_window: schedule.and_then(|schedule| schedule.text("schedule_window", cx)),
        name,
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
        object: common(node, name.clone(), ObjectKind::Baseline, path, root),
        name,
        search,
        root,
        path: path.to_path_buf(),
        detections: tags
            .map(|tags| tags.texts("detections", cx))
            .unwrap_or_default(),
    })
}
