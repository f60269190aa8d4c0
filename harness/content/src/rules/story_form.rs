//! Stories have a narrative, a category, a product and a use case.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole};

pub(super) const RULE: Rule = Rule::new(&content::STORY_FORM, "story-form", Severity::Warning)
    .whole(check)
    .refused_by(ALL_VERSIONS);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for story in &whole.repository.stories {
        let object = &story.object;
        let missing = [
            ("narrative", story.narrative.is_none()),
            ("category", object.categories.is_empty()),
            ("product", object.products.is_empty()),
            ("usecase", object.usecase.is_none()),
        ];
        for (key, _) in missing.iter().filter(|(_, is_missing)| *is_missing) {
            out.push(
                RULE.finding(format!("the story lacks the key `{key}`"))
                    .at(story.name.span, "this story"),
            );
        }
    }
}
