//! A detection of v6 has one schedule, and one that exists.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::ONLY_NG;
use super::{Context, Findings, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule = Rule::new(
    &content::SCHEDULE_CHOICE,
    "schedule-choice",
    Severity::Error,
)
.detections(check)
.refused_by(ONLY_NG);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let Some(name) = detection
        .extra
        .schedule_name
        .as_ref()
        .filter(|_| detection.generation == Generation::V6)
    else {
        return;
    };
    let own = detection
        .schedule
        .as_ref()
        .and_then(|own| own.cron.as_ref());
    if let Some(own) = own {
        out.push(
            RULE.finding("the detection has a `schedule` and a `custom_schedule`")
                .at(name.span, "the one")
                .also_at(own.span, "the other")
                .help("keep one of them"),
        );
    }
    let known = &context.repository.schedules;
    let is_it = |one: &&str| *one == name.value;
    let names = || known.iter().map(|one| one.object.name.value.as_str());
    if context.is_complete() && !known.is_empty() && !names().any(|one| is_it(&one)) {
        let near = nearest(name, names()).map(|near| format!("did you mean `{near}`?"));
        out.push(
            RULE.finding(format!("there is no schedule `{}`", name.value))
                .at(name.span, "not in `schedules`")
                .opt_help(near),
        );
    }
}
