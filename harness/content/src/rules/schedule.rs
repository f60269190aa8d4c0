//! The schedule is well-formed: cron expression, begin and end of the range.

use dryfire_diagnostic::{Severity, codes::content};

use super::cron::Cron;
use super::relative::{Moment, read};
use super::{Context, Findings, Rule, Whole};
use crate::reader::Spanned;

pub(super) const RULE: Rule = Rule::new(&content::SCHEDULE, "schedule", Severity::Error)
    .detections(check)
    .whole(check_whole);

/// When a search runs and over which time, wherever that is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times<'a> {
    pub(super) cron: Option<&'a Spanned<String>>,
    pub(super) earliest: Option<&'a Spanned<String>>,
    pub(super) latest: Option<&'a Spanned<String>>,
}

impl<'a> Times<'a> {
    /// Those of the detection's own schedule.
    pub(super) fn of(context: &'a Context<'_>) -> Option<Self> {
        let own = context.detection.schedule.as_ref()?;
        Some(Self {
            cron: own.cron.as_ref(),
            earliest: own.earliest.as_ref(),
            latest: own.latest.as_ref(),
        })
    }
}

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    if let Some(times) = Times::of(context) {
        check_times(times, out);
    }
}

/// Those of deployments and of schedules with a name.
pub(super) fn of_objects<'a>(whole: &Whole<'a>) -> impl Iterator<Item = Times<'a>> {
    let deployments = whole.repository.deployments.iter().map(|one| Times {
        cron: one.cron.as_ref(),
        earliest: one.earliest.as_ref(),
        latest: one.latest.as_ref(),
    });
    let named = whole.repository.schedules.iter().map(|one| Times {
        cron: one.cron.as_ref(),
        earliest: one.earliest.as_ref(),
        latest: one.latest.as_ref(),
    });
    deployments.chain(named)
}

fn check_whole(whole: &Whole<'_>, out: &mut Findings<'_>) {
    of_objects(whole).for_each(|times| check_times(times, out));
}

/// Checks a schedule.
pub(super) fn check_times(times: Times<'_>, out: &mut Findings<'_>) {
    if let Some(cron) = times.cron
        && let Err(wrong) = Cron::parse(cron)
    {
        out.push(
            RULE.finding(format!(
                "`{}` is not a cron expression: {wrong}",
                cron.value
            ))
            .at(cron.span, wrong),
        );
    }
    for time in [times.earliest, times.latest].into_iter().flatten() {
        if read(time).is_none() {
            out.push(
                RULE.finding(format!(
                    "`{}` is not a time that Splunk understands",
                    time.value
                ))
                .at(time.span, "not a time modifier")
                .help("write it relative to the run, as `-70m@m`, or `now`"),
            );
        }
    }
    if let (Some(earliest), Some(latest)) = (times.earliest, times.latest)
        && let (Some(Moment::Relative(from, _)), Some(Moment::Relative(to, rounding))) = (read(earliest), read(latest))
        // Rounding the begin down only widens the range.
        && from >= to && from - to >= rounding
    {
        out.push(
            RULE.finding(format!(
                "the range from `{}` to `{}` holds no time",
                earliest.value, latest.value
            ))
            .at(earliest.span, "not before the end")
            .also_at(latest.span, "the end"),
        );
    }
}
