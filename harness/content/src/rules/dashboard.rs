//! A dashboard lies beside its YAML, and both have one title.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::SINCE_5;
use super::{Findings, Rule, Whole};
use crate::yaml;

pub(super) const RULE: Rule = Rule::new(&content::DASHBOARD, "dashboard", Severity::Warning)
    .whole(check)
    .refused_by(SINCE_5);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for one in &whole.repository.dashboards {
        let name = &one.object.name;
        let Ok(text) = std::fs::read_to_string(&one.json) else {
            let message = format!("the dashboard `{}` is not there", one.json.display());
            out.push(RULE.finding(message).at(name.span, "this dashboard"));
            continue;
        };
        // JSON is YAML.
        let document = yaml::parse(&text);
        let title = document
            .root
            .as_ref()
            .and_then(|root| root.get("title")?.text());
        if title != Some(name.as_str()) {
            let message = match title {
                Some(title) => format!(
                    "the title in `{}` is `{title}`, not the name",
                    one.json.display()
                ),
                None => format!("`{}` is no dashboard with a title", one.json.display()),
            };
            out.push(RULE.finding(message).at(name.span, "the name"));
        }
    }
}
