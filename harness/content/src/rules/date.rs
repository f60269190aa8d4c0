//! Dates are well-formed and not in the future.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Day, Findings, Rule, Whole, objects};
use crate::object::Object;

pub(super) const RULE: Rule = Rule::new(&content::DATE, "date", Severity::Error)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

fn check(object: &Object, whole: &Whole<'_>, out: &mut Findings<'_>) {
    for date in &object.dates {
        match Day::read(date) {
            None => out.push(
                RULE.finding(format!("`{}` is not a date", date.value))
                    .at(date.span, "not a date")
                    .help("write year, month and day as `2026-01-31`"),
            ),
            Some(day) if whole.today.is_some_and(|today| day > today) => {
                let mut finding = RULE
                    .finding(format!("the date {} lies in the future", date.value))
                    .at(date.span, "not yet")
                    .help("contentctl refuses the file until then");
                // No verdict hangs on the clock of the machine.
                finding.severity = Severity::Warning;
                out.push(finding);
            }
            Some(_) => {}
        }
    }
}

impl Day {
    /// Reads `2026-01-31`; nothing where there is no such day.
    pub fn read(text: &str) -> Option<Self> {
        read(text)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0, self.1, self.2)
    }
}

fn read(text: &str) -> Option<Day> {
    let mut parts = text.trim().split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some()
        || year.len() != 4
        || month.is_empty()
        || month.len() > 2
        || day.is_empty()
        || day.len() > 2
    {
        return None;
    }
    let found = Day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let leap =
        found.0.is_multiple_of(4) && (!found.0.is_multiple_of(100) || found.0.is_multiple_of(400));
    let last = match found.1 {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=last).contains(&found.2).then_some(found)
}
