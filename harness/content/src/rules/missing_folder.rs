//! All folders that contentctl reads are there.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ONLY_5;
use super::{Findings, Rule, Whole};

pub(super) const RULE: Rule = Rule::new(&content::MISSING_FOLDER, "missing-folder", Severity::Note)
    .whole(check)
    .refused_by(ONLY_5);

const FOLDERS: &[&str] = &[
    "deployments",
    "lookups",
    "macros",
    "stories",
    "baselines",
    "data_sources",
    "playbooks",
    "detections",
    "dashboards",
    "removed",
];

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    // Nothing is missing by our own judgement.
    if !RULE.refused_by.contains(&whole.policy.profile) {
        return;
    }
    for (at, root) in whole.repository.roots.iter().enumerate() {
        if !whole.is_complete(at) {
            continue;
        }
        for folder in FOLDERS
            .iter()
            .filter(|folder| !root.path.join(folder).is_dir())
        {
            let message = format!(
                "the folder `{}` is not there",
                root.path.join(folder).display()
            );
            out.push(
                RULE.finding(message)
                    .help("contentctl reads it; it may be empty"),
            );
        }
    }
}
