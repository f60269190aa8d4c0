//! Tells what a YAML file is: by its folder in a content repository, anywhere else by its keys.

use std::path::Path;

use crate::yaml::{Node, Value};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Manifest,
    Detection,
    Macro,
    Lookup,
    DataSource,
    Story,
    Deployment,
    Baseline,
    Dashboard,
    Schedule,
    DatasetDescription,
    Other,
}

/// The class of a file. `folder` is the first folder below the repository's root, if it lies in one.
pub(crate) fn classify(root: Option<&Node>, folder: Option<&str>) -> Class {
    let Some(root) = root.filter(|root| matches!(root.value, Value::Mapping(_))) else {
        return Class::Other;
    };
    let has = |key: &str| root.get(key).is_some();
    if has("manifest") && !has("search") {
        return Class::Manifest;
    }
    match folder {
        Some("detections") => return Class::Detection,
        Some("macros") => return Class::Macro,
        Some("lookups") => return Class::Lookup,
        Some("data_sources") => return Class::DataSource,
        Some("stories") => return Class::Story,
        Some("deployments") => return Class::Deployment,
        Some("baselines") => return Class::Baseline,
        Some("dashboards") => return Class::Dashboard,
        Some("schedules") => return Class::Schedule,
        _ => {}
    }
    let kind = root.get("type").and_then(Node::text).unwrap_or("");
    if has("search") {
        return if kind == "Baseline" {
            Class::Baseline
        } else {
            Class::Detection
        };
    }
    let classes: &[(&[&str], Class)] = &[
        (&["definition"], Class::Macro),
        (&["lookup_type"], Class::Lookup),
        (&["filename"], Class::Lookup),
        (&["collection"], Class::Lookup),
        (&["narrative"], Class::Story),
        (&["scheduling", "alert_action"], Class::Deployment),
        (&["datasets"], Class::DatasetDescription),
        (&["dataset", "sourcetypes"], Class::DatasetDescription),
        (&["dataset", "environment"], Class::DatasetDescription),
        (&["source", "sourcetype", "name"], Class::DataSource),
        // A detection whose search is missing should be told so rather than passed over.
        (&["id", "status", "type"], Class::Detection),
    ];
    classes
        .iter()
        .find(|(keys, _)| keys.iter().all(|key| has(key)))
        .map_or(Class::Other, |(_, class)| *class)
}

/// The first folder of `path` below `root`.
pub(crate) fn folder_below(path: &Path, root: &Path) -> Option<String> {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    let below = absolute(path)?
        .strip_prefix(absolute(root)?)
        .ok()?
        .to_path_buf();
    let mut parts = below.components();
    let first = parts.next()?;
    parts
        .next()
        .map(|_| first.as_os_str().to_string_lossy().into_owned())
}
