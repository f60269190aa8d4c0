//! No list names a thing twice.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::SINCE_5;
use super::{Context, Findings, Rule, Whole, objects};
use crate::object::Object;
use crate::reader::Spanned;

pub(super) const RULE: Rule = Rule::new(&content::REPEATED, "repeated", Severity::Warning)
    .detections(check_detection)
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(SINCE_5);

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    for list in [
        &object.stories,
        &object.products,
        &object.cves,
        &object.atomic_guids,
        &object.groups,
        &object.references,
    ] {
        twice(list, out);
    }
}

fn check_detection(context: &Context<'_>, out: &mut Findings<'_>) {
    check(&context.detection.object, &context.whole, out);
    twice(&context.detection.mitre, out);
    twice(&context.detection.data_sources, out);
}

fn twice(list: &[Spanned<String>], out: &mut Findings<'_>) {
    for (at, one) in list.iter().enumerate() {
        let first = list.iter().take(at).find(|other| other.value == one.value);
        if let Some(first) = first {
            out.push(
                RULE.finding(format!("`{}` is named twice", one.value))
                    .at(one.span, "again")
                    .also_at(first.span, "first here"),
            );
        }
    }
}
