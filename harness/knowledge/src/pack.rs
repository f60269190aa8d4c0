//! The built-in pack: apps in Splunk's own layout, compiled in.

use std::collections::BTreeMap;

use dryfire_diagnostic::SourceMap;

use crate::app::{App, AppFile, FileKind, FileText, Origin, version_of};

/// Every file below `pack/`, sorted; `build.rs` makes the table.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// The apps of the built-in pack, in ASCII order. A caller may leave some out.
pub fn built_in(sources: &mut SourceMap) -> Vec<App> {
    let mut apps: BTreeMap<&str, App> = BTreeMap::new();
    for (path, text) in FILES {
        let Some((name, inner)) = path.split_once('/') else {
            continue;
        };
        let app = apps.entry(name).or_insert_with(|| App {
            name: name.into(),
            version: None,
            origin: Origin::Pack,
            files: Vec::new(),
        });
        let Some(kind) = FileKind::of(inner) else {
            continue;
        };
        if inner == "default/app.conf" {
            app.version = version_of(text);
        }
        let text = if kind.has_spans() {
            FileText::Source(sources.add(format!("<built-in>/{path}"), *text))
        } else {
            FileText::Static(text)
        };
        app.files.push(AppFile {
            path: inner.to_owned(),
            text,
        });
    }
    apps.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Knowledge, Meta};

    #[test]
    fn the_whole_pack_loads_without_a_word() {
        let mut sources = SourceMap::new();
        let apps = built_in(&mut sources);
        assert!(!apps.is_empty());
        let (knowledge, mut diagnostics) = Knowledge::merge(&apps, &mut sources);
        diagnostics.extend(knowledge.lookups().flat_map(|lookup| lookup.check()));
        diagnostics.extend(knowledge.check());
        let lines: Vec<_> = diagnostics
            .iter()
            .map(|found| dryfire_diagnostic::concise(found, &sources))
            .collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
        knowledge.resolve(&Meta {
            source: "x",
            host: "y",
            sourcetype: "z",
        });
    }
}
