//! Types and scores of risk objects are allowed ones; in v6 no field gets two scores.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::SINCE_5;
use super::{Context, Findings, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule = Rule::new(&content::RISK_VALUE, "risk-value", Severity::Error)
    .detections(check)
    .refused_by(SINCE_5);

const KINDS: [&str; 3] = ["system", "user", "other"];

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let generation = context.detection.generation;
    let objects = &context.detection.risk.objects;
    // v4 has neither: its types are translated, its score is computed.
    if generation == Generation::V4 {
        return;
    }
    let least = u64::from(generation == Generation::V5);
    for (index, object) in objects.iter().enumerate() {
        let name = &object.field;
        if !KINDS.contains(&object.kind.as_str()) {
            let near = nearest(&object.kind, KINDS).map(|near| format!("did you mean `{near}`?"));
            let message = format!(
                "`{}` is not a type of risk object: it is `system`, `user` or `other`",
                object.kind
            );
            out.push(
                RULE.finding(message)
                    .at(name.span, "of this risk object")
                    .opt_help(near),
            );
        }
        if !(least..=100).contains(&object.score) {
            let message = format!("the score {} is not between {least} and 100", object.score);
            out.push(RULE.finding(message).at(name.span, "of this risk object"));
        }
        let earlier = objects
            .iter()
            .take(index)
            .find(|other| other.field.value == name.value);
        if let (Generation::V6, Some(earlier)) = (generation, earlier) {
            let message = format!("the field `{}` gets two scores", name.value);
            out.push(
                RULE.finding(message)
                    .at(name.span, "scored again")
                    .also_at(earlier.field.span, "scored here"),
            );
        }
    }
}
