//! No mark of a template is left.

use dryfire_diagnostic::{Severity, Span, codes::content};

use super::profile::SINCE_5;
use super::{Findings, Rule, Whole, objects};
use crate::object::Object;

pub(super) const RULE: Rule = Rule::new(&content::TEMPLATE_MARK, "template-mark", Severity::Error)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(SINCE_5);

const MARK: &str = "__UPDATE__";

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    let Some(at) = out.sources.get(object.file).text.find(MARK) else {
        return;
    };
    let place = Span::new(object.file, at, at + MARK.len());
    out.push(
        RULE.finding(format!("the file still holds `{MARK}`"))
            .at(place, "left by a template")
            .help("write what belongs there"),
    );
}
