//! A detection of v6 lies in the folder of its category.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ONLY_NG;
use super::{Context, Findings, Rule};
use crate::detection::Generation;
use crate::reader::list;

pub(super) const RULE: Rule = Rule::new(&content::CATEGORY, "category", Severity::Warning)
    .detections(check)
    .refused_by(ONLY_NG);

const CATEGORIES: &[&str] = &[
    "application",
    "cloud",
    "endpoint",
    "network",
    "web",
    "deprecated",
];

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    if detection.generation != Generation::V6 {
        return;
    }
    let Some(category) = detection.object.categories.first() else {
        out.push(
            RULE.finding("the detection lacks the key `category`")
                .at(detection.name.span, "this detection"),
        );
        return;
    };
    let folder = detection.path.parent().and_then(|path| path.file_name());
    let folder = folder
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    if !CATEGORIES.contains(&category.as_str()) {
        let message = format!(
            "there is no category `{}`, only {}",
            category.value,
            list(CATEGORIES)
        );
        out.push(RULE.finding(message).at(category.span, "not known"));
    } else if CATEGORIES.contains(&&*folder) && folder != category.value {
        let message = format!(
            "the category is `{}`, but the file lies in the folder `{folder}`",
            category.value
        );
        out.push(RULE.finding(message).at(category.span, "not the folder"));
    }
}
