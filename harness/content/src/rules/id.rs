//! The id is a UUID.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole, objects};
use crate::object::Object;

pub(super) const RULE: Rule = Rule::new(&content::ID, "id", Severity::Error)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    let Some(id) = &object.id else { return };
    if !is_uuid(id) {
        out.push(
            RULE.finding(format!("the id `{}` is not a UUID", id.value))
                .at(id.span, "not a UUID")
                .help("give it one, as `uuidgen` makes them; never change an id that is in use"),
        );
    }
}

pub(super) fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    (lengths == [8, 4, 4, 4, 12] || lengths == [32])
        && text
            .chars()
            .all(|letter| letter == '-' || letter.is_ascii_hexdigit())
}
