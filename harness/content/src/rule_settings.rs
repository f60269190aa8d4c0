//! `[rules]` and `[external]` of `dryfire.toml`: how bad findings are, and which names other apps bring.

use std::path::Path;

use dryfire_diagnostic::{Diagnostic, Severity, codes::content, nearest};

use crate::pattern::Pattern;
use crate::reader::{Cx, Fields, Shape, list};
use crate::rules::{External, Policy, Profile, Setting, code, names};
use crate::yaml::Node;

const RULES: Shape = Shape {
    what: "`[rules]`",
    keys: &["profile", "severity", "path"],
    required: &[],
};
const PATH: Shape = Shape {
    what: "`[[rules.path]]`",
    keys: &["files", "severity"],
    required: &["files", "severity"],
};
const EXTERNAL: Shape = Shape {
    what: "`[external]`",
    keys: &["macros", "lookups", "stories"],
    required: &[],
};
const SEVERITIES: &[(&str, Option<Severity>)] = &[
    ("off", None),
    ("note", Some(Severity::Note)),
    ("warning", Some(Severity::Warning)),
    ("error", Some(Severity::Error)),
];

/// Reads `[rules]`. The settings for paths stand over those for all files, the later over the earlier.
pub(crate) fn read_rules(node: &Node, folder: &Path, cx: &mut Cx<'_>) -> Policy {
    let mut policy = Policy {
        folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()),
        ..Policy::default()
    };
    let Some(fields) = Fields::new(node, &RULES, cx) else {
        return policy;
    };
    if let Some(name) = fields.text("profile", cx) {
        match Profile::find(&name) {
            Some(profile) => policy.profile = profile,
            None => {
                let all: Vec<&str> = Profile::ALL.iter().map(|one| one.name()).collect();
                unknown(
                    &format!("there is no profile `{}`", name.value),
                    &all,
                    &name,
                    name.span,
                    cx,
                );
            }
        }
    }
    if let Some(node) = fields.get("severity") {
        severities(node, &[], &mut policy, cx);
    }
    for node in fields.items("path", cx) {
        let Some(fields) = Fields::new(node, &PATH, cx) else {
            continue;
        };
        let files = patterns(fields, "files", cx);
        // Without files, what is meant for some would hold for all.
        if let (Some(node), false) = (fields.get("severity"), files.is_empty()) {
            severities(node, &files, &mut policy, cx);
        }
    }
    policy
}

/// Reads `[external]`.
pub(crate) fn read_external(node: &Node, cx: &mut Cx<'_>) -> External {
    let Some(fields) = Fields::new(node, &EXTERNAL, cx) else {
        return External::default();
    };
    External {
        macros: patterns(fields, "macros", cx),
        lookups: patterns(fields, "lookups", cx),
        stories: patterns(fields, "stories", cx),
    }
}

fn patterns(fields: Fields<'_>, key: &str, cx: &mut Cx<'_>) -> Vec<Pattern> {
    let Some(node) = fields.get(key) else {
        return Vec::new();
    };
    let items = cx.items(node);
    items
        .iter()
        .filter_map(|item| Pattern::read(item, cx))
        .collect()
}

/// `rule = "off"`, by code or by name.
fn severities(node: &Node, files: &[Pattern], policy: &mut Policy, cx: &mut Cx<'_>) {
    if node.entries().is_empty() {
        cx.invalid(node, "`rule = \"error\"`");
    }
    for entry in node.entries() {
        let at = cx.span(&entry.key_range);
        let Some(code) = code(&entry.key) else {
            let all: Vec<&str> = names().collect();
            unknown(
                &format!("there is no rule `{}`", entry.key),
                &all,
                &entry.key,
                at,
                cx,
            );
            continue;
        };
        let Some(word) = cx.text(&entry.value) else {
            continue;
        };
        match SEVERITIES.iter().find(|(name, _)| *name == word.value) {
            Some((_, severity)) => policy.settings.push(Setting {
                code,
                severity: *severity,
                paths: files.to_vec(),
            }),
            None => cx.invalid(&entry.value, "`off`, `note`, `warning` or `error`"),
        }
    }
}

fn unknown(message: &str, all: &[&str], name: &str, at: dryfire_diagnostic::Span, cx: &mut Cx<'_>) {
    let help = match nearest(name, all.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if all.len() < 10 => Some(format!("there are {}", list(all))),
        None => None,
    };
    cx.out.push(
        Diagnostic::error(&content::UNKNOWN_REFERENCE, message)
            .at(at, "not known")
            .opt_help(help),
    );
}

#[cfg(test)]
mod tests {
    use std::fs;

    use dryfire_diagnostic::{SourceMap, codes, concise};

    use super::*;
    use crate::Configuration;

    fn read(text: &str) -> (Configuration, Vec<String>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dryfire.toml"), text).unwrap();
        let (mut sources, mut out) = (SourceMap::new(), Vec::new());
        let read = Configuration::find(&[folder.path().join("a.yml")], &mut sources, &mut out);
        let out = out.iter().map(|found| concise(found, &sources)).collect();
        (read, out, folder)
    }

    #[test]
    fn a_path_stands_over_all_and_a_setting_over_the_profile() {
        let (read, out, folder) = read(
            "[rules]\nprofile = \"contentctl-5.6\"\n[rules.severity]\nDF118 = \"warning\"\nfile-name = \"note\"\n\
             [[rules.path]]\nfiles = [\"detections/old/*\"]\nseverity = { file-name = \"off\", id = \"warning\" }\n\
             [external]\nmacros = [\"get_*\"]\n",
        );
        assert!(out.is_empty(), "{out:?}");
        let (new, old) = (
            folder.path().join("detections/new/a.yml"),
            folder.path().join("detections/old/a.yml"),
        );
        let rules = &read.rules;
        let of = |code, refused, file: &Path| rules.of_rule(code, Severity::Error, refused, file);
        assert_eq!(
            of(&content::RISK_FIELD, false, &new),
            Some(Severity::Warning)
        );
        assert_eq!(of(&content::FILE_NAME, true, &new), Some(Severity::Note));
        assert_eq!(of(&content::FILE_NAME, true, &old), None);
        assert_eq!(of(&content::ID, true, &old), Some(Severity::Warning));
        // Where nothing is said, the profile has the word: what contentctl 5.6 refuses, and nothing else.
        assert_eq!(of(&content::ID, true, &new), Some(Severity::Error));
        assert_eq!(of(&content::DEAD_FIELD, false, &new), None);
        let sources = SourceMap::new();
        let settled = |code| {
            let mut finding = Diagnostic::error(code, "x");
            rules
                .settle(&mut finding, &sources)
                .then_some(finding.severity)
        };
        assert_eq!(settled(&codes::syntax::SYNTAX), Some(Severity::Warning));
        assert_eq!(settled(&content::UNKNOWN_KEY), Some(Severity::Error));
        assert_eq!(settled(&content::DUPLICATE_KEY), None);
        assert_eq!(read.external.macros.len(), 1);
    }

    #[test]
    fn what_is_not_known_is_told() {
        for (text, wanted) in [
            (
                "[rules]\nprofile = \"contentctl-5\"\n",
                "did you mean `contentctl-5.6`?",
            ),
            (
                "[rules.severity]\nrisk-feild = \"off\"\n",
                "did you mean `risk-field`?",
            ),
            (
                "[rules.severity]\nDF118 = \"of\"\n",
                "`off`, `note`, `warning` or `error`",
            ),
            ("[[rules.path]]\nfiles = []\n", "lacks the key `severity`"),
            ("[external]\nmacro = []\n", "did you mean `macros`?"),
        ] {
            let (_, out, _folder) = read(text);
            assert!(
                out.iter().any(|found| found.contains(wanted)),
                "{text} {out:?}"
            );
        }
    }
}
