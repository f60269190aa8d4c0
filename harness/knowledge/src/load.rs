//! Reads an app from a folder or an archive. The only module that touches files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use dryfire_diagnostic::{Diagnostic, SourceMap, codes};
use flate2::read::MultiGzDecoder;

use crate::app::{App, AppFile, FileKind, FileText, Origin, version_of};

/// At most so many bytes may come out of an archive.
const MAX_BYTES: u64 = 1 << 30;
/// At most so many entries may be in an archive.
const MAX_FILES: usize = 100_000;
/// Configuration and tables pack to a tenth or twentieth of their size; a bomb to a thousandth.
const MAX_RATIO: u64 = 100;
/// Up to so many bytes the ratio does not matter.
const FREE_BYTES: u64 = 16 << 20;

/// Why an app can't be read.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The system refused.
    #[error("{} can't be read: {source}", path.display())]
    Io {
        /// The folder, archive or file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// There is nothing of an app in it.
    #[error("{} is not an app: it has no default/, local/, lookups/ or metadata/ with files that matter", path.display())]
    NotAnApp {
        /// The folder or archive.
        path: PathBuf,
    },
    /// An archive with more than one folder at its top.
    #[error("{} holds several apps: {}", path.display(), names.join(", "))]
    SeveralApps {
        /// The archive.
        path: PathBuf,
        /// The folders.
        names: Vec<String>,
    },
    /// An entry would leave the archive's own folder.
    #[error("{} is not safe to unpack: it holds `{entry}`", path.display())]
    Unsafe {
        /// The archive.
        path: PathBuf,
        /// The entry.
        entry: String,
    },
    /// More than an app can reasonably be: an archive made to fill disks, or not an app.
    #[error("{} is too large: unpacked it has more than 100,000 files, 1 GiB, or 100 times its own size", path.display())]
    TooLarge {
        /// The archive.
        path: PathBuf,
    },
}

impl AppError {
    /// The same as a diagnostic.
    pub fn diagnostic(&self) -> Diagnostic {
        let help = match self {
            AppError::NotAnApp { .. } => {
                Some("give the app's own folder, or its .tgz, .spl or .tar.gz archive")
            }
            AppError::SeveralApps { .. } => Some("unpack the archive and give each app by itself"),
            _ => None,
        };
        Diagnostic::error(&codes::dataset::APP_UNREADABLE, self.to_string())
            .opt_help(help.map(str::to_owned))
    }
}

/// Reads the app at `path`: a folder, or an archive (`.tgz`, `.spl`, `.tar.gz`, `.tar`).
pub fn open(path: &Path, sources: &mut SourceMap) -> Result<App, AppError> {
    let io = |source| AppError::Io {
        path: path.to_owned(),
        source,
    };
    let (name, mut files) = if fs::metadata(path).map_err(io)?.is_dir() {
        folder(path)?
    } else {
        archive(path)?
    };
    if files.is_empty() {
        return Err(AppError::NotAnApp {
            path: path.to_owned(),
        });
    }
    files.sort();
    // An archive may hold the same path twice; the last one stands, as when unpacking.
    files.reverse();
    files.dedup_by(|later, first| later.0 == first.0);
    files.reverse();
    let mut version = None;
    let files = files.into_iter().filter_map(|(inner, bytes)| {
        let kind = FileKind::of(&inner)?;
        let text = String::from_utf8_lossy(&bytes);
        if inner == "default/app.conf" {
            version = version_of(&text);
        }
        let text = if kind.has_spans() {
            FileText::Source(sources.add(path.join(&inner).display().to_string(), text))
        } else {
            FileText::Shared(text.into())
        };
        Some(AppFile { path: inner, text })
    });
    let files = files.collect();
    Ok(App {
        name: name.into(),
        version,
        origin: Origin::Path(path.to_owned()),
        files,
    })
}

/// An app's name, and its files that matter: path within the app, content.
type Contents = (String, Vec<(String, Vec<u8>)>);

/// Reads only the folders of Splunk's layout, so that neither links nor `bin/` lead astray.
fn folder(path: &Path) -> Result<Contents, AppError> {
    let full = fs::canonicalize(path).map_err(|source| AppError::Io {
        path: path.to_owned(),
        source,
    })?;
    let name = full
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut files = Vec::new();
    let mut left = MAX_BYTES;
    for inner in [
        "default",
        "local",
        "metadata",
        "lookups",
        "default/data/models",
        "local/data/models",
    ] {
        let at = path.join(inner);
        let entries = match fs::read_dir(&at) {
            Ok(entries) => entries,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                continue;
            }
            Err(source) => return Err(AppError::Io { path: at, source }),
        };
        for entry in entries {
            let entry = entry.map_err(|source| AppError::Io {
                path: at.clone(),
                source,
            })?;
            let inner = format!("{inner}/{}", entry.file_name().to_string_lossy());
            let file = entry.path();
            if FileKind::of(&inner).is_none() || is_hidden(&inner) || !file.is_file() {
                continue;
            }
            let io = |source| AppError::Io {
                path: file.clone(),
                source,
            };
            let size = fs::metadata(&file).map_err(io)?.len();
            left = left.checked_sub(size).ok_or_else(|| AppError::TooLarge {
                path: path.to_owned(),
            })?;
            let bytes = fs::read(&file).map_err(io)?;
            files.push((inner, bytes));
        }
    }
    Ok((name, files))
}

fn archive(path: &Path) -> Result<Contents, AppError> {
    let io = |source: io::Error| match source.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
    {
        true => AppError::TooLarge {
            path: path.to_owned(),
        },
        false => AppError::Io {
            path: path.to_owned(),
            source,
        },
    };
    let file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    let mut file = BufReader::new(file);
    let packed = io::BufRead::fill_buf(&mut file)
        .map_err(io)?
        .starts_with(&[0x1f, 0x8b]);
    let stream: Box<dyn Read> = if packed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut archive = tar::Archive::new(Limited {
        stream,
        left: MAX_BYTES.min(FREE_BYTES.max(size.saturating_mul(MAX_RATIO))),
    });
    let mut names = BTreeSet::new();
    let mut files = Vec::new();
    for (count, entry) in archive.entries().map_err(io)?.enumerate() {
        let mut entry = entry.map_err(io)?;
        if count >= MAX_FILES {
            return Err(AppError::TooLarge {
                path: path.to_owned(),
            });
        }
        let inner = entry.path().map_err(io)?.into_owned();
        let Some(parts) = parts(&inner) else {
            return Err(AppError::Unsafe {
                path: path.to_owned(),
                entry: inner.display().to_string(),
            });
        };
        let [name, rest @ ..] = parts.as_slice() else {
            continue;
        };
        let inner = rest.join("/");
        // Links are not followed: what they point to is in the archive or is not ours.
        if !entry.header().entry_type().is_file()
            || FileKind::of(&inner).is_none()
            || is_hidden(&inner)
        {
            continue;
        }
        // macOS writes `._app/…` beside each folder.
        if name.starts_with("._") {
            continue;
        }
        names.insert(name.clone());
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(io)?;
        files.push((inner, bytes));
    }
    if names.len() > 1 {
        return Err(AppError::SeveralApps {
            path: path.to_owned(),
            names: names.into_iter().collect(),
        });
    }
    Ok((names.pop_first().unwrap_or_default(), files))
}

/// The parts of a relative path; none where it leads outside.
fn parts(path: &Path) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts)
}

/// Editors' and systems' own files.
fn is_hidden(inner: &str) -> bool {
    inner
        .rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with('.'))
}

/// Stops a stream that grows beyond a limit: a small archive may unpack to anything.
struct Limited<R> {
    stream: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("too large")]
struct TooLarge;

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(TooLarge))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn tgz(path: &Path, entries: &[(&str, &str)]) {
        let mut builder = tar::Builder::new(GzEncoder::new(
            File::create(path).unwrap(),
            Compression::fast(),
        ));
        for (name, text) in entries {
            let mut header = tar::Header::new_gnu();
            // `set_path` refuses bad names; an attacker would not.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        builder
            .into_inner()
            .unwrap()
            .finish()
            .unwrap()
            .flush()
            .unwrap();
    }

    #[test]
    fn folder_and_archive_give_the_same() {
        let temp = tempfile::tempdir().unwrap();
        let files = [
            ("default/props.conf", "[a]\n"),
            ("default/app.conf", "[launcher]\nversion = 1.2\n"),
            ("lookups/x.csv", "a\n1\n"),
            ("bin/run.py", "no"),
            ("default/data/models/M.json", "{}"),
        ];
        let root = temp.path().join("TA_x");
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let archive = temp.path().join("ta-x_12.spl");
        let entries: Vec<_> = files
            .iter()
            .map(|(name, text)| (format!("TA_x/{name}"), *text))
            .collect();
        let mut entries: Vec<_> = entries
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .collect();
        entries.push(("._TA_x/default/props.conf", ""));
        tgz(&archive, &entries);
        let mut sources = SourceMap::new();
        for path in [root, archive] {
            let app = open(&path, &mut sources).unwrap();
            assert_eq!(
                (app.name.as_ref(), app.version.as_deref()),
                ("TA_x", Some("1.2"))
            );
            let paths: Vec<_> = app.files.iter().map(|file| file.path.as_str()).collect();
            assert_eq!(
                paths,
                [
                    "default/app.conf",
                    "default/data/models/M.json",
                    "default/props.conf",
                    "lookups/x.csv"
                ]
            );
            assert_eq!(app.origin, Origin::Path(path));
        }
    }

    #[test]
    fn hostile_and_wrong_archives() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a.tgz");
        let mut sources = SourceMap::new();
        for name in [
            "../default/props.conf",
            "/default/props.conf",
            "a/../../default/props.conf",
        ] {
            tgz(&path, &[(name, "")]);
            assert!(
                matches!(open(&path, &mut sources), Err(AppError::Unsafe { .. })),
                "{name}"
            );
        }
        tgz(
            &path,
            &[("a/default/props.conf", ""), ("b/default/props.conf", "")],
        );
        assert!(matches!(
            open(&path, &mut sources),
            Err(AppError::SeveralApps { .. })
        ));
        tgz(&path, &[("a/readme.txt", "")]);
        let error = open(&path, &mut sources).unwrap_err();
        assert!(matches!(error, AppError::NotAnApp { .. }));
        assert!(error.diagnostic().help.is_some());
        fs::write(&path, b"\x1f\x8bnonsense").unwrap();
        assert!(matches!(
            open(&path, &mut sources),
            Err(AppError::Io { .. })
        ));
        assert!(matches!(
            open(&temp.path().join("none"), &mut sources),
            Err(AppError::Io { .. })
        ));
        assert!(matches!(
            open(temp.path(), &mut sources),
            Err(AppError::NotAnApp { .. })
        ));
    }

    #[test]
    fn a_bomb_ends_early_and_links_lead_nowhere() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("bomb.tgz");
        let zeros = "0".repeat(usize::try_from(FREE_BYTES).unwrap() + 1);
        tgz(
            &path,
            &[("a/default/props.conf", "[a]\n"), ("a/bin/zeros", &zeros)],
        );
        let mut sources = SourceMap::new();
        let error = open(&path, &mut sources).unwrap_err();
        assert!(matches!(error, AppError::TooLarge { .. }), "{error}");
        let path = temp.path().join("links.tgz");
        let mut builder = tar::Builder::new(File::create(&path).unwrap());
        for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(0);
            builder
                .append_link(&mut header, "a/default/props.conf", "/etc/passwd")
                .unwrap();
        }
        builder.into_inner().unwrap();
        let error = open(&path, &mut sources).unwrap_err();
        assert!(matches!(error, AppError::NotAnApp { .. }), "{error}");
    }

    #[test]
    fn the_limit_holds() {
        let mut limited = Limited {
            stream: io::repeat(0),
            left: 10,
        };
        let mut bytes = Vec::new();
        assert!(
            limited
                .read_to_end(&mut bytes)
                .unwrap_err()
                .get_ref()
                .unwrap()
                .is::<TooLarge>()
        );
    }
}
