//! The file is named after the object.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole, objects};
use crate::object::{Object, ObjectKind, file_name};

pub(super) const RULE: Rule = Rule::new(&content::FILE_NAME, "file-name", Severity::Warning)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    let name = &object.name;
    let wanted = file_name(name);
    let file = object
        .path
        .file_name()
        .map(|file| file.to_string_lossy().into_owned())
        .unwrap_or_default();
    if file == wanted {
        return;
    }
    let what = object.kind.words().trim_start_matches("a ");
    let macros = match object.kind {
        ObjectKind::Detection => ", and its filter macro with it",
        _ => "",
    };
    out.push(
        RULE.finding(format!(
            "the file is named `{file}`, not `{wanted}` after the {what}"
        ))
        .at(name.span, "the name")
        .help(format!("rename the file to `{wanted}`{macros}")),
    );
}
