//! The security domain is one of Enterprise Security.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole, objects};
use crate::object::Object;
use crate::reader::{Spanned, list};

pub(super) const RULE: Rule = Rule::new(
    &content::SECURITY_DOMAIN,
    "security-domain",
    Severity::Error,
)
.detections(|context, out| objects::detection(context, out, check))
.whole(|whole, out| objects::others(whole, out, check))
.refused_by(ALL_VERSIONS);

const DOMAINS: &[&str] = &[
    "endpoint", "network", "threat", "identity", "access", "audit",
];

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    let unknown = |one: &&Spanned<String>| !DOMAINS.contains(&one.as_str());
    if let Some(domain) = object.security_domain.as_ref().filter(unknown) {
        let near = nearest(domain, DOMAINS.iter().copied());
        out.push(
            RULE.finding(format!(
                "there is no security domain `{}`, only {}",
                domain.value,
                list(DOMAINS)
            ))
            .at(domain.span, "not known")
            .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
        );
    }
}
