//! The ranges of successive runs leave no time between them.

use dryfire_diagnostic::{Severity, codes::content};

use super::cron::Cron;
use super::relative::{Moment, read};
use super::schedule::{Times, of_objects};
use super::{Context, Findings, Rule, Whole};

pub(super) const RULE: Rule = Rule::new(&content::SCHEDULE_GAP, "schedule-gap", Severity::Warning)
    .detections(check)
    .whole(check_whole);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    if let Some(times) = Times::of(context) {
        check_times(times, out);
    }
}

fn check_whole(whole: &Whole<'_>, out: &mut Findings<'_>) {
    of_objects(whole).for_each(|times| check_times(times, out));
}

/// Checks a schedule; what is not well-formed is not looked at.
pub(super) fn check_times(times: Times<'_>, out: &mut Findings<'_>) {
    let (Some(cron), Some(earliest), Some(latest)) = (times.cron, times.earliest, times.latest)
    else {
        return;
    };
    let Some(pause) = Cron::parse(cron).ok().and_then(|cron| cron.longest_pause()) else {
        return;
    };
    let (Some(Moment::Relative(from, rounding)), Some(Moment::Relative(to, _))) =
        (read(earliest), read(latest))
    else {
        return;
    };
    // As long as it can be: the begin rounded down.
    let range = to - from + rounding;
    if range < i64::from(pause) * 60 && to - from > 0 {
        out.push(
            RULE.finding(format!(
                "a run looks at {} minutes, but the longest pause between runs is {pause} minutes",
                (to - from) / 60
            ))
            .at(earliest.span, format!("to `{}`", latest.value))
            .also_at(cron.span, "the runs")
            .help(format!(
                "let the range be at least {pause} minutes long, or run more often"
            )),
        );
    }
}
