//! The file is named after the detection.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule =
    Rule::new(&content::FILE_NAME, "file-name", Severity::Warning).detections(check)
        .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let name = &context.detection.name;
    let wanted = format!(
        "{}.yml",
        name.replace([' ', '-', '.', '/'], "_").to_lowercase()
    );
    let file = context
        .detection
        .path
        .file_name()
        .map(|file| file.to_string_lossy().into_owned())
        .unwrap_or_default();
    if file != wanted {
        out.push(
            RULE.finding(format!(
                "the file is named `{file}`, not `{wanted}` after the detection"
            ))
            .at(name.span, "the name")
            .help(format!(
                "rename the file to `{wanted}`, and its filter macro with it"
            )),
        );
    }
}
