//! Throttling goes by fields that the search can give, for a period that Splunk understands.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule, field};

pub(super) const RULE: Rule = Rule::new(&content::THROTTLING, "throttling", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let Some(throttling) = &context.detection.throttling else {
        return;
    };
    for name in &throttling.fields {
        if name.contains(' ') {
            out.push(
                RULE.finding(format!(
                    "the throttling field `{}` has a blank in its name",
                    name.value
                ))
                .at(name.span, "one field an entry"),
            );
        } else if let Some(finding) =
            field::missing(&RULE, context, name, name.span, "throttling goes by")
        {
            // contentctl is content with the name anywhere in the search.
            out.beyond(finding);
        }
    }
    if let Some(period) = &throttling.period {
        let digits = period.strip_suffix(['s', 'm', 'h']);
        if !digits.is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }) {
            out.push(
                RULE.finding(format!("`{}` is not a throttling period", period.value))
                    .at(period.span, "not a period")
                    .help("write a number and `s`, `m` or `h`, as `86400s`"),
            );
        }
    }
}
