//! CVE numbers are well-formed.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole, objects};
use crate::object::Object;

pub(super) const RULE: Rule = Rule::new(&content::CVE, "cve", Severity::Warning)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    for cve in object.cves.iter().filter(|one| !is_cve(one)) {
        out.push(
            RULE.finding(format!("`{}` is not a CVE number", cve.value))
                .at(cve.span, "not a CVE number")
                .help("write it as `CVE-2024-12345`"),
        );
    }
}

fn is_cve(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| {
            year.len() == 4 && year.starts_with(['1', '2']) && digits(year) && digits(number)
        })
}
