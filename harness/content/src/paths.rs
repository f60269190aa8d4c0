//! Paths as reports show them and as names of one and the same file.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// `folder` and `relative` with `.` and `..` worked out by name, so that reports show short paths.
pub(crate) fn join(folder: &Path, relative: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in folder.join(relative).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(path.components().next_back(), Some(Component::Normal(_))) =>
            {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path
}

/// The path from the working directory, where it lies in it: reports show it.
pub(crate) fn shorten(path: &Path) -> PathBuf {
    let current = std::env::current_dir().ok();
    match current.and_then(|current| path.strip_prefix(current).ok().map(Path::to_path_buf)) {
        Some(short) if short.as_os_str().is_empty() => PathBuf::from("."),
        Some(short) => short,
        None => path.to_path_buf(),
    }
}

/// The same for two paths to one file.
pub(crate) fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_path_buf())
}
