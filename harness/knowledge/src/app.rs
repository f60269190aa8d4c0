//! An app as it was read, before anything is merged.

use std::path::PathBuf;
use std::sync::Arc;

use dryfire_diagnostic::SourceId;

/// Where an app came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The built-in pack.
    Pack,
    /// A folder or archive that the user gave.
    Path(PathBuf),
}

/// One app: its files in Splunk's layout.
#[derive(Debug, Clone)]
pub struct App {
    /// The folder's name, which decides precedence between apps.
    pub name: Arc<str>,
    /// `version` of `app.conf`.
    pub version: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// The files that matter, ascending by path.
    pub files: Vec<AppFile>,
}

/// One file of an app.
#[derive(Debug, Clone)]
pub struct AppFile {
    /// Path within the app, with `/`: `default/props.conf`.
    pub path: String,
    /// The text.
    pub text: FileText,
}

/// The text of a file.
#[derive(Debug, Clone)]
pub enum FileText {
    /// Registered in the run's source map: configuration and data models.
    Source(SourceId),
    /// Compiled in: lookup tables of the pack.
    Static(&'static str),
    /// Read from disk: lookup tables of other apps. They can be large, and no span points into them.
    Shared(Arc<str>),
}

/// What reports say of a loaded app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSummary {
    /// The folder's name.
    pub name: Arc<str>,
    /// `version` of `app.conf`.
    pub version: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

/// What a path within an app holds; nothing for files that don't matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileKind<'a> {
    /// `default/NAME.conf` or `local/NAME.conf`.
    Conf { name: &'a str, local: bool },
    /// `metadata/*.meta`.
    Meta,
    /// `lookups/NAME`.
    Lookup { name: &'a str },
    /// `default/data/models/NAME.json`.
    Model { name: &'a str, local: bool },
}

impl FileKind<'_> {
    /// Classifies a path within an app.
    pub(crate) fn of(path: &str) -> Option<FileKind<'_>> {
        let (folder, rest) = path.split_once('/')?;
        match folder {
            "default" | "local" => {
                let local = folder == "local";
                if let Some(name) = rest.strip_prefix("data/models/") {
                    let name = name.strip_suffix(".json")?;
                    return Some(FileKind::Model { name, local });
                }
                let name = rest
                    .strip_suffix(".conf")
                    .filter(|name| !name.contains('/'))?;
                Some(FileKind::Conf { name, local })
            }
            "metadata" => rest.ends_with(".meta").then_some(FileKind::Meta),
            "lookups" => {
                // A model of the Machine Learning Toolkit is a table, too.
                let known = [".csv", ".csv.default", ".mlmodel"]
                    .iter()
                    .any(|end| rest.ends_with(end));
                (known && !rest.contains('/')).then_some(FileKind::Lookup { name: rest })
            }
            _ => None,
        }
    }

    /// Whether its text belongs in the source map.
    pub(crate) fn has_spans(&self) -> bool {
        !matches!(self, FileKind::Lookup { .. })
    }
}

/// `version` of an `app.conf`, read without ceremony: its other settings say nothing about data.
pub(crate) fn version_of(app_conf: &str) -> Option<String> {
    let mut stanza = "";
    let mut version = None;
    for line in app_conf
        .lines()
        .map(|line| line.trim_start_matches('\u{feff}').trim())
    {
        if line.starts_with('[') {
            stanza = line;
        } else if let Some((key, value)) = line.split_once('=') {
            let wanted = matches!(stanza, "[launcher]" | "[id]") && key.trim() == "version";
            // [launcher] is the older and commoner place; it wins where both are given.
            if wanted && (version.is_none() || stanza == "[launcher]") {
                version = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
            }
        }
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_files() {
        assert_eq!(
            FileKind::of("default/props.conf"),
            Some(FileKind::Conf {
                name: "props",
                local: false
            })
        );
        assert_eq!(
            FileKind::of("local/macros.conf"),
            Some(FileKind::Conf {
                name: "macros",
                local: true
            })
        );
        assert_eq!(
            FileKind::of("lookups/a.csv.default"),
            Some(FileKind::Lookup {
                name: "a.csv.default"
            })
        );
        assert_eq!(
            FileKind::of("lookups/__mlspl_m.mlmodel"),
            Some(FileKind::Lookup {
                name: "__mlspl_m.mlmodel"
            })
        );
        assert_eq!(
            FileKind::of("default/data/models/Web.json"),
            Some(FileKind::Model {
                name: "Web",
                local: false
            })
        );
        assert_eq!(FileKind::of("default/data/ui/nav/default.conf"), None);
        assert_eq!(FileKind::of("bin/run.py"), None);
    }

    #[test]
    fn version() {
        assert_eq!(
            version_of("[id]\nversion = 1\n[launcher]\nversion=2.0\n").as_deref(),
            Some("2.0")
        );
        assert_eq!(version_of("[ui]\nversion = 1\n"), None);
    }
}
