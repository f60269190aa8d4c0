//! Objects say what people need to know of them: author, date, version, description and the like.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Profile, Rule, Whole, objects};
use crate::object::{Object, ObjectKind};
use crate::reader::Spanned;

pub(super) const RULE: Rule = Rule::new(&content::METADATA, "metadata", Severity::Warning)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

/// Length that contentctl allows, where it sets one.
const AUTHOR: usize = 255;
const DESCRIPTION: usize = 10_000;
/// The shortest text that says something.
const SHORTEST: usize = 4;

fn check(object: &Object, whole: &Whole<'_>, out: &mut Findings<'_>) {
    let mut say = |message: String, at| out.push(RULE.finding(message).at(at, "in this object"));
    let name = object.name.span;
    let lacks = |key: &str| format!("{} lacks the key `{key}`", object.kind.words());
    let is_detection = object.kind == ObjectKind::Detection;
    let demands = !matches!(
        object.kind,
        // Of these contentctl fills in what is missing.
        ObjectKind::Macro | ObjectKind::Lookup | ObjectKind::Schedule
    );
    if demands && object.author.is_none() {
        say(lacks("author"), name);
    }
    if demands && object.dates.is_empty() {
        say(lacks("date"), name);
    }
    if demands && object.description.is_none() {
        say(lacks("description"), name);
    }
    // Deployments of Splunk's own have no version.
    if demands && object.version.is_none() && object.kind != ObjectKind::Deployment {
        say(lacks("version"), name);
    }
    if let Some(author) = object
        .author
        .as_ref()
        .filter(|one| one.chars().count() > AUTHOR)
    {
        say(
            format!("the author has more than {AUTHOR} characters"),
            author.span,
        );
    }
    let long = |one: &&Spanned<String>| one.chars().count() > DESCRIPTION;
    if let Some(description) = object.description.as_ref().filter(long) {
        say(
            format!("the description has more than {DESCRIPTION} characters"),
            description.span,
        );
    }
    if let Some(version) = object
        .version
        .as_ref()
        .filter(|one| one.parse::<u64>().is_err())
    {
        say(
            format!("the version `{}` is not a whole number", version.value),
            version.span,
        );
    }
    let newest = whole.policy.profile == Profile::ContentctlNg;
    if let Some(version) = object
        .version
        .as_ref()
        .filter(|one| newest && one.value == "0")
    {
        say(
            "the version is 0; versions count from 1".to_owned(),
            version.span,
        );
    }
    if !(is_detection || object.kind == ObjectKind::Baseline) {
        return;
    }
    let texts = [
        (&object.how_to_implement, "how_to_implement"),
        (&object.known_false_positives, "known_false_positives"),
    ];
    for (text, key) in texts {
        match text {
            None => say(lacks(key), name),
            Some(text) if text.chars().count() < SHORTEST => {
                say(
                    format!("`{key}` has fewer than {SHORTEST} characters"),
                    text.span,
                );
            }
            Some(_) => {}
        }
    }
    if object.security_domain.is_none() {
        say(lacks("security_domain"), name);
    }
    if object.products.is_empty() {
        say(lacks("product"), name);
    }
    if is_detection && object.asset_type.is_none() {
        say(lacks("asset_type"), name);
    }
    if is_detection && object.stories.is_empty() {
        say(lacks("analytic_story"), name);
    }
}
