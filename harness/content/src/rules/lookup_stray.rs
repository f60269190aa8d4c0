//! Each file of the folder `lookups` belongs to a lookup.

use dryfire_diagnostic::{Severity, Span, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole};
use crate::objects::{Lookup, LookupTable};

pub(super) const RULE: Rule = Rule::new(&content::LOOKUP_STRAY, "lookup-stray", Severity::Warning)
    .whole(check)
    .refused_by(ALL_VERSIONS);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    let lookups = &whole.repository.lookups;
    for (at, root) in whole.repository.roots.iter().enumerate() {
        let Ok(entries) = std::fs::read_dir(root.path.join("lookups")) else {
            continue;
        };
        if !whole.is_complete(at) {
            continue;
        }
        let mut files: Vec<_> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        files.sort();
        for file in files {
            let extension = file
                .extension()
                .map(|text| text.to_string_lossy().to_lowercase());
            let hidden = file
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            let message = match extension.as_deref() {
                _ if hidden || file.is_dir() => continue,
                Some("yml" | "yaml") => continue,
                Some("csv" | "mlmodel") => {
                    let is_it = |one: &Lookup| match &one.table {
                        LookupTable::Csv(path) | LookupTable::Model(path) => {
                            path.file_name() == file.file_name()
                        }
                        LookupTable::KvStore { .. } => false,
                    };
                    if lookups.iter().any(is_it) {
                        continue;
                    }
                    format!("no lookup uses `{}`", file.display())
                }
                _ => format!(
                    "`{}` is neither a lookup nor the table of one",
                    file.display()
                ),
            };
            let text = std::sync::Arc::<str>::from("");
            let source = out.sources.add(file.display().to_string(), text);
            out.push(
                RULE.finding(message)
                    .at(Span::new(source, 0, 0), "this file")
                    .help("write a lookup for it, or take it away"),
            );
        }
    }
}
