//! The times of a drilldown are ones that Splunk takes.

use dryfire_diagnostic::{Severity, codes::content};

use super::relative::read;
use super::token::tokens;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule = Rule::new(
    &content::DRILLDOWN_TIME,
    "drilldown-time",
    Severity::Warning,
)
.detections(check);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    for drilldown in &context.detection.drilldowns {
        for time in [&drilldown.earliest, &drilldown.latest]
            .into_iter()
            .flatten()
        {
            let text = time.trim();
            let is_token = tokens(text).first().is_some_and(|token| token.start == 0);
            if !is_token && read(text).is_none() && !is_span(text) {
                out.push(
                    RULE.finding(format!("`{text}` is not a time that a drilldown takes"))
                        .at(time.span, "not a time")
                        .help("write a token as `$info_min_time$`, a number of seconds, or a time as `7d` or `-24h`"),
                );
            }
        }
    }
}

/// `7d`: Enterprise Security counts an offset from the finding and takes it without a sign.
fn is_span(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit()) && read(&format!("-{text}")).is_some()
}
