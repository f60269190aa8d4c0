//! What changed since a commit, asked of the `git` program: it honours the user's settings, worktrees and large files.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use dryfire_content::selection::{Change, ChangeKind};

/// Where the default branch is looked for: as the remote says, then by its usual names, then the branch's own upstream.
const DEFAULT_BASES: &[&str] = &["origin/HEAD", "origin/main", "origin/master", "@{upstream}"];
/// Characters of a commit's name for people.
const SHORT: usize = 10;

/// Why it can't be told what changed.
#[derive(Debug)]
pub enum GitError {
    /// The program could not be started.
    Program(io::Error),
    /// The folder is in no repository of Git.
    NoRepository(PathBuf),
    /// There is no such commit.
    UnknownBase(String),
    /// The commit and the present one have no common history here.
    NoMergeBase(String),
    /// Git failed.
    Failed(String, String),
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(error) => write!(
                f,
                "can't start `git`, which tells what changed: {error}; install it, or select by `--filter`"
            ),
            Self::NoRepository(folder) => write!(
                f,
                "`{}` is in no Git repository, so that nothing tells what changed",
                folder.display()
            ),
            Self::UnknownBase(base) => write!(
                f,
                "Git knows no commit `{base}`: fetch it (in CI, a checkout with its whole history), or name another with `--base`"
            ),
            Self::NoMergeBase(base) => write!(
                f,
                "`{base}` and the present commit have no common history here: fetch more of it (in CI, a checkout with its whole history)"
            ),
            Self::Failed(command, why) => write!(f, "`git {command}` failed: {why}"),
        }
    }
}

impl std::error::Error for GitError {}

/// What changed, and since when.
#[derive(Debug)]
pub struct Since {
    /// The base for people: `origin/main (0123456789)`.
    pub base: String,
    /// The files, in order of path: committed or not, known to Git or not, those that it ignores aside.
    pub changes: Vec<Change>,
}

/// What changed in the repository around a folder since it left the history of `base`.
///
/// # Errors
/// Where Git can't tell.
pub(crate) fn since(folder: &Path, base: Option<&str>) -> Result<Since, GitError> {
    let git = Git::around(folder)?;
    let (name, commit) = git.base(base)?;
    let mut changes = Vec::new();
    let status = git.run(&[
        "diff",
        "--name-status",
        "--no-renames",
        "--no-ext-diff",
        "-z",
        &commit,
        "--",
    ])?;
    let mut parts = status.split('\0');
    while let (Some(status), Some(path)) = (parts.next(), parts.next()) {
        let kind = match status.chars().next() {
            Some('A') => ChangeKind::New,
            Some('D') => ChangeKind::Gone,
            _ => ChangeKind::Other,
        };
        let old = match kind {
            ChangeKind::New => None,
            _ => git.old(&commit, path),
        };
        changes.push(git.change(path, kind, old));
    }
    let untracked = git.run(&["ls-files", "--others", "--exclude-standard", "-z"])?;
    for path in untracked.split('\0').filter(|path| !path.is_empty()) {
        // A file that was deleted from Git and is there all the same has other content.
        match changes.iter_mut().find(|change| change.shown == path) {
            Some(known) => known.kind = ChangeKind::Other,
            None => changes.push(git.change(path, ChangeKind::New, None)),
        }
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    let short = commit.get(..SHORT).unwrap_or(&commit);
    Ok(Since {
        base: format!("{name} ({short})"),
        changes,
    })
}

struct Git {
    root: PathBuf,
}

impl Git {
    fn around(folder: &Path) -> Result<Self, GitError> {
        let folder = match folder.is_file() {
            true => folder.parent().filter(|path| !path.as_os_str().is_empty()),
            false => Some(folder),
        };
        let folder = folder.unwrap_or(Path::new("."));
        let git = Self {
            root: folder.to_path_buf(),
        };
        match git.run(&["rev-parse", "--show-toplevel"]) {
            Ok(root) => {
                let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
                Ok(Self {
                    root: root.canonicalize().unwrap_or(root),
                })
            }
            Err(GitError::Failed(..)) => Err(GitError::NoRepository(folder.to_path_buf())),
            Err(error) => Err(error),
        }
    }

    /// The name of the base and its commit: where the present commit left its history.
    fn base(&self, asked: Option<&str>) -> Result<(String, String), GitError> {
        let candidates = match asked {
            Some(asked) => vec![asked],
            None => DEFAULT_BASES.to_vec(),
        };
        for name in candidates {
            let Some(commit) = self.commit(name) else {
                continue;
            };
            let found = self.run(&["merge-base", &commit, "HEAD"]);
            let found = found.map_err(|_| GitError::NoMergeBase(name.to_owned()))?;
            return Ok((name.to_owned(), found.trim().to_owned()));
        }
        if let Some(asked) = asked {
            return Err(GitError::UnknownBase(asked.to_owned()));
        }
        let head = self.commit("HEAD");
        let head = head.ok_or_else(|| GitError::UnknownBase("HEAD".to_owned()))?;
        Ok(("HEAD".to_owned(), head))
    }

    fn commit(&self, name: &str) -> Option<String> {
        let name = format!("{name}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ];
        let found = self.run(&arguments).ok()?;
        Some(found.trim().to_owned())
    }

    /// What a YAML file held: of these alone the names are asked.
    fn old(&self, commit: &str, path: &str) -> Option<String> {
        let extension = Path::new(path).extension().and_then(OsStr::to_str)?;
        let yaml = ["yml", "yaml"];
        yaml.iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
            .then(|| self.run(&["show", &format!("{commit}:{path}")]).ok())?
    }

    fn change(&self, path: &str, kind: ChangeKind, old: Option<String>) -> Change {
        Change {
            path: self.root.join(path),
            shown: path.to_owned(),
            old,
            kind,
        }
    }

    /// The output of a command. Bytes that are no UTF-8 are replaced: such a path names no content.
    fn run(&self, arguments: &[&str]) -> Result<String, GitError> {
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.root)
            .args(arguments)
            // Reads only: another program may hold the lock.
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C")
            .output()
            .map_err(GitError::Program)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(GitError::Failed(arguments.join(" "), why))
    }
}
