//! Baselines belong to stories and detections that exist.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule, Whole};
use crate::reader::Spanned;

pub(super) const RULE: Rule =
    Rule::new(&content::BASELINE_FORM, "baseline-form", Severity::Warning)
        .detections(check_detection)
        .whole(check)
        .refused_by(ALL_VERSIONS);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    let repository = whole.repository;
    for one in repository
        .baselines
        .iter()
        .filter(|one| whole.is_complete(one.root))
    {
        let stories: Vec<&str> = repository
            .stories
            .iter()
            .map(|one| one.name.value.as_str())
            .collect();
        let detections: Vec<&str> = repository
            .detections
            .iter()
            .map(|one| one.name.value.as_str())
            .collect();
        let named =
            |list: &'_ [Spanned<String>], known: &[&str], what: &str, out: &mut Findings<'_>| {
                for name in list.iter().filter(|name| !known.contains(&name.as_str())) {
                    let near = nearest(name, known.iter().copied());
                    out.push(
                        RULE.finding(format!("there is no {what} `{}`", name.value))
                            .at(name.span, "not in the repository")
                            .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
                    );
                }
            };
        if !stories.is_empty() {
            named(&one.object.stories, &stories, "analytic story", out);
        }
        named(&one.detections, &detections, "detection", out);
    }
}

fn check_detection(context: &Context<'_>, out: &mut Findings<'_>) {
    let baselines = &context.repository.baselines;
    if !context.is_complete() {
        return;
    }
    for name in &context.detection.baselines {
        let names = || baselines.iter().map(|one| one.name.value.as_str());
        if !names().any(|one| one == name.value) {
            let near = nearest(name, names()).map(|near| format!("did you mean `{near}`?"));
            out.push(
                RULE.finding(format!("there is no baseline `{}`", name.value))
                    .at(name.span, "not in `baselines`")
                    .opt_help(near),
            );
        }
    }
}
