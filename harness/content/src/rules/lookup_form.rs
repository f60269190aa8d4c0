//! Settings of a lookup are ones that Splunk takes.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole};

pub(super) const RULE: Rule = Rule::new(&content::LOOKUP_FORM, "lookup-form", Severity::Warning)
    .whole(check)
    .refused_by(ALL_VERSIONS);

/// What contentctl allows.
const MOST: u64 = 1_000;

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for lookup in &whole.repository.lookups {
        for text in &lookup.match_type_texts {
            for part in text
                .split(',')
                .map(str::trim)
                .filter(|part| !is_match_type(part))
            {
                out.push(
                    RULE.finding(format!("`{part}` is not a match type"))
                        .at(text.span, "not a match type")
                        .help("write `WILDCARD(field)` or `CIDR(field)`"),
                );
            }
        }
        if let Some(most) = lookup.max_matches.filter(|most| !(1..=MOST).contains(most)) {
            out.push(
                RULE.finding(format!("`max_matches` is {most}, not 1 to {MOST}"))
                    .at(lookup.name.span, "of this lookup"),
            );
        }
        if let (Some(least), Some(most)) = (lookup.min_matches, lookup.max_matches)
            && least > most
        {
            out.beyond(
                RULE.finding(format!(
                    "`min_matches` is {least}, more than `max_matches`, which is {most}"
                ))
                .at(lookup.name.span, "of this lookup"),
            );
        }
    }
}

fn is_match_type(text: &str) -> bool {
    let inner = text.strip_suffix(')').and_then(|text| text.split_once('('));
    inner.is_some_and(|(kind, field)| {
        !field.trim().is_empty() && ["WILDCARD", "CIDR", "EXACT"].contains(&kind.trim())
    })
}
