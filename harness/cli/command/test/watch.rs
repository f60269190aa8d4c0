//! `dryfire test --watch`: runs again what a change of a file touches, until Ctrl-C. Files are looked at twice a second: that works
//! on every disk and network share.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use dryfire_content::selection::{Change, ChangeKind};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Folders in which no content is.
const SKIPPED: &[&str] = &["target", "dist", "node_modules"];

/// Files as they were at one look.
pub(super) struct Files {
    roots: Vec<PathBuf>,
    seen: BTreeMap<PathBuf, Seen>,
}

#[derive(PartialEq, Eq)]
struct Seen {
    modified: Option<SystemTime>,
    size: u64,
    /// The text of a YAML file, for the names it defined.
    text: Option<String>,
}

impl Files {
    /// All files below these paths.
    pub(super) fn new(roots: Vec<PathBuf>) -> Self {
        let seen = look(&roots, &BTreeMap::new());
        Self { roots, seen }
    }

    /// Waits until files change, and tells which; nothing where the user ends it.
    pub(super) fn wait(&mut self, cancel: &AtomicBool) -> Option<Vec<Change>> {
        let _ = writeln!(io::stderr(), "watching for changes; Ctrl-C ends it");
        loop {
            if cancel.load(Ordering::Relaxed) {
                return None;
            }
            thread::sleep(PAUSE);
            let now = look(&self.roots, &self.seen);
            let changes = changes(&self.seen, &now);
            self.seen = now;
            if !changes.is_empty() {
                return Some(changes);
            }
        }
    }
}

fn changes(before: &BTreeMap<PathBuf, Seen>, now: &BTreeMap<PathBuf, Seen>) -> Vec<Change> {
    let change = |path: &Path, kind: ChangeKind| Change {
        path: path.to_path_buf(),
        shown: path.display().to_string(),
        old: before.get(path).and_then(|seen| seen.text.clone()),
        kind,
    };
    let present = now
        .iter()
        .filter_map(|(path, seen)| match before.get(path) {
            None => Some(change(path, ChangeKind::New)),
            Some(known) if known != seen => Some(change(path, ChangeKind::Other)),
            Some(_) => None,
        });
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let gone = gone.map(|path| change(path, ChangeKind::Gone));
    present.chain(gone).collect()
}

/// Reads only what is not as it was.
fn look(roots: &[PathBuf], before: &BTreeMap<PathBuf, Seen>) -> BTreeMap<PathBuf, Seen> {
    let mut seen = BTreeMap::new();
    for root in roots {
        let root = root.canonicalize().unwrap_or_else(|_| root.clone());
        walk(&root, before, &mut seen);
    }
    seen
}

fn walk(path: &Path, before: &BTreeMap<PathBuf, Seen>, seen: &mut BTreeMap<PathBuf, Seen>) {
    let Ok(about) = fs::metadata(path) else {
        return;
    };
    if about.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let left_out = name.starts_with('.') || SKIPPED.contains(&&*name);
            // Links to folders can make circles.
            let circle = is_link && entry.path().is_dir();
            if !left_out && !circle {
                walk(&entry.path(), before, seen);
            }
        }
        return;
    }
    let (modified, size) = (about.modified().ok(), about.len());
    let extension = path.extension().and_then(|one| one.to_str());
    let is_yaml = extension.is_some_and(|one| matches!(one, "yml" | "yaml"));
    let known = before.get(path);
    let known = known.filter(|known| (known.modified, known.size) == (modified, size));
    let text = match known {
        Some(known) => known.text.clone(),
        None => is_yaml.then(|| fs::read_to_string(path).ok()).flatten(),
    };
    let found = Seen {
        modified,
        size,
        text,
    };
    seen.insert(path.to_path_buf(), found);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(size: u64, text: &str) -> Seen {
        Seen {
            modified: None,
            size,
            text: Some(text.to_owned()),
        }
    }

    #[test]
    fn what_is_new_other_and_gone_is_told_with_what_it_was() {
        let before = BTreeMap::from([
            ("a".into(), seen(1, "x")),
            ("b".into(), seen(1, "y")),
            ("c".into(), seen(1, "z")),
        ]);
        let now = BTreeMap::from([
            ("a".into(), seen(1, "x")),
            ("b".into(), seen(2, "yy")),
            ("d".into(), seen(1, "w")),
        ]);
        let found = changes(&before, &now);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.shown.as_str(), one.kind, one.old.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("b", ChangeKind::Other, Some("y")),
                ("d", ChangeKind::New, None),
                ("c", ChangeKind::Gone, Some("z"))
            ]
        );
    }
}
