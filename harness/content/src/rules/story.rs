//! Analytic stories exist.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::policy::is_among;
use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule = Rule::new(&content::STORY, "story", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let known = &context.repository.stories;
    if !context.is_complete() || known.is_empty() {
        return;
    }
    for name in context
        .detection
        .stories
        .iter()
        .filter(|name| !known.iter().any(|one| one.name.value == name.value))
        .filter(|name| !is_among(&context.external.stories, name))
    {
        let near = nearest(name, known.iter().map(|one| one.name.value.as_str()));
        out.push(
            RULE.finding(format!("there is no analytic story `{}`", name.value))
                .at(name.span, "not in `stories`")
                .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
        );
    }
}
