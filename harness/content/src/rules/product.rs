//! Products are those that contentctl knows.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole, objects};
use crate::object::Object;

pub(super) const RULE: Rule = Rule::new(&content::PRODUCT, "product", Severity::Warning)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

const PRODUCTS: &[&str] = &[
    "Splunk Enterprise",
    "Splunk Enterprise Security",
    "Splunk Cloud",
    "Splunk Security Analytics for AWS",
    "Splunk Behavioral Analytics",
];

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    for product in object
        .products
        .iter()
        .filter(|one| !PRODUCTS.contains(&one.as_str()))
    {
        let near = nearest(product, PRODUCTS.iter().copied());
        out.push(
            RULE.finding(format!("there is no product `{}`", product.value))
                .at(product.span, "not known")
                .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
        );
    }
}
