//! Finds content files, and the repository that a file belongs to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::paths::shorten;
use crate::yaml::{self, Document};

/// Folders of a content repository that hold what is read here.
pub(super) const FOLDERS: &[&str] = &[
    "detections",
    "macros",
    "lookups",
    "data_sources",
    "stories",
    "deployments",
    "baselines",
    "dashboards",
    "schedules",
    "manifests",
];

/// Folders in which nobody keeps content: build products.
const SKIPPED: &[&str] = &["target", "dist", "node_modules"];

/// No content file comes near this size; a log named `.yml` must not fill the memory.
const MAX_BYTES: u64 = 16 << 20;

/// All YAML files below a folder, in order of path. Links to folders are not followed: they can make circles.
pub(super) fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_ref()) {
                walk(&path, found)?;
            }
        } else if is_yaml(&path) && (kind.is_file() || path.is_file()) {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether the name says YAML.
pub(super) fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yml") || extension.eq_ignore_ascii_case("yaml")
    })
}

/// Whether a folder is a content repository.
pub(super) fn is_repository(folder: &Path) -> bool {
    folder.join("contentctl.yml").is_file()
        || (folder.join("macros").is_dir() && folder.join("detections").is_dir())
}

/// The content repository that a path lies in. The search ends at the border of a Git repository.
pub(super) fn repository_above(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    for folder in absolute.ancestors().skip(1) {
        if is_repository(folder) {
            return Some(shorten(folder));
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// A file's text and tree.
pub(super) fn read(path: &Path) -> Result<(String, Document), String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?;
    if size.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if size.len() > MAX_BYTES {
        return Err(format!(
            "it has {} MiB, more than any content file",
            size.len() >> 20
        ));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "it is not UTF-8 text (byte {})",
            error.utf8_error().valid_up_to()
        )
    })?;
    // A byte order mark is no content; without it, columns count from the first letter.
    let text = text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text);
    let document = yaml::parse(&text);
    Ok((text, document))
}

/// The label of the app that is built of a content repository.
pub(super) fn label(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join("contentctl.yml")).ok()?;
    let document = yaml::parse(&text);
    let label = document.root.as_ref()?.get("app")?.get("label")?.text()?;
    (!label.is_empty()).then(|| label.to_owned())
}
