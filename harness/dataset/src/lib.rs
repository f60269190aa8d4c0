//! Finds, fetches and opens datasets: paths, addresses, packed files; archives belong here, too.
//!
//! Whatever the file is, what comes out is text. It knows no event's meaning, only containers: packed files, event logs.

mod evtx;
pub mod fetch;
mod file;
mod lfs;
mod pack;

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use dryfire_diagnostic::{Diagnostic, codes};

use pack::Packing;

pub use file::Content;

/// Why a dataset can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// Nothing is at the path.
    #[error("the dataset `{}` is not there", .0.display())]
    Missing(PathBuf),
    /// The path is a folder.
    #[error("`{}` is a folder, not a dataset", .0.display())]
    Folder(PathBuf),
    /// The file has no bytes.
    #[error("the dataset `{}` is empty", .0.display())]
    Empty(PathBuf),
    /// A Git LFS pointer stands in for the data.
    #[error("`{}` is a Git LFS pointer to {size} bytes, not the data", .path.display())]
    LfsPointer {
        /// The file.
        path: PathBuf,
        /// The size of the data it points to.
        size: u64,
    },
    /// Reading failed.
    #[error("`{}` can't be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The file is cut off or damaged, so that nothing can be trusted.
    #[error("`{}` is damaged: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An event log has no record that can be read.
    #[error("no record of the event log `{}` can be read: {reason}", .path.display())]
    NoRecords {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The unpacked data would be larger than allowed.
    #[error("`{}` unpacks to more than {} MiB", .0.display(), UNPACKED_BYTES >> 20)]
    TooLarge(PathBuf),
}

/// Most bytes that a packed dataset may unpack to.
const UNPACKED_BYTES: u64 = 4 << 30;

impl DatasetError {
    /// The finding for people: what is wrong and what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            Self::Missing(_) => (
                &codes::dataset::DATASET_MISSING,
                "check the path; in a manifest it is relative to the manifest",
            ),
            Self::Folder(_) => (&codes::dataset::DATASET_MISSING, "name a file in it"),
            Self::Empty(_) => (
                &codes::dataset::DATASET_EMPTY,
                "a test on no data proves nothing: restore the file",
            ),
            Self::LfsPointer { .. } => (
                &codes::dataset::LFS_POINTER,
                "run `git lfs pull` for this path",
            ),
            Self::Unreadable { .. } => (
                &codes::dataset::DATASET_MISSING,
                "check the file and its permissions",
            ),
            Self::Damaged { .. } => (&codes::dataset::DATASET_TRUNCATED, "fetch the file again"),
            Self::NoRecords { .. } => (
                &codes::dataset::DATASET_EMPTY,
                "export the log again, or restore the file",
            ),
            Self::TooLarge(_) => (
                &codes::dataset::DATASET_MISSING,
                "unpack it by hand, if that is meant",
            ),
        };
        Diagnostic::error(code, self.to_string()).help(help)
    }
}

/// How much of a file decides what it is.
const HEAD_BYTES: usize = 4096;

/// Opens the data at a path. Files that gzip or zstd packed and event logs are unpacked into memory; any other is read
/// in place, piece by piece. The first bytes decide: attack data often bears the wrong ending.
pub fn open(path: &Path) -> Result<Content, DatasetError> {
    open_as(path, path)
}

/// The same for a file that users know by another name, as one in the cache: that name is shown, and its ending counts.
pub fn open_as(file: &Path, path: &Path) -> Result<Content, DatasetError> {
    let unreadable = |reason| DatasetError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    if path == Path::new("-") {
        return stream(path, std::io::stdin().lock());
    }
    let metadata = std::fs::metadata(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => DatasetError::Missing(path.to_owned()),
        _ => unreadable(error),
    })?;
    if metadata.is_dir() {
        return Err(DatasetError::Folder(path.to_owned()));
    }
    // A pipe tells no length: it is read to its end.
    if !metadata.is_file() {
        return stream(path, File::open(file).map_err(unreadable)?);
    }
    if metadata.len() == 0 {
        return Err(DatasetError::Empty(path.to_owned()));
    }
    let mut file = File::open(file).map_err(unreadable)?;
    if let Some(found) = lfs::pointer(&mut file, metadata.len()).map_err(unreadable)? {
        return Err(DatasetError::LfsPointer {
            path: path.to_owned(),
            size: found.size,
        });
    }
    let mut head = Vec::new();
    (&mut file)
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if let Some(packing) = Packing::of(&head) {
        return unpacked(path, file, packing);
    }
    if head.starts_with(evtx::MAGIC) {
        return event_log(path, BufReader::new(file));
    }
    let name = pack::plain_name(path);
    if ending(&name, "evtx") && head.contains(&0) {
        let reason = "an event log begins with `ElfFile`, this file does not".to_owned();
        return Err(DatasetError::Damaged {
            path: path.to_owned(),
            reason,
        });
    }
    Ok(Content::file(name, file, metadata.len()))
}

/// Standard input (`-`) and pipes.
fn stream(path: &Path, mut from: impl Read) -> Result<Content, DatasetError> {
    let mut bytes = Vec::new();
    let read = (&mut from).take(UNPACKED_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|reason| DatasetError::Unreadable {
        path: path.to_owned(),
        reason,
    })?;
    if bytes.len() as u64 > UNPACKED_BYTES {
        return Err(DatasetError::TooLarge(path.to_owned()));
    }
    match Packing::of(&bytes) {
        Some(packing) => unpacked(path, Cursor::new(bytes), packing),
        None if bytes.is_empty() => Err(DatasetError::Empty(path.to_owned())),
        None if bytes.starts_with(evtx::MAGIC) => event_log(path, Cursor::new(bytes)),
        None => Ok(Content::memory(pack::plain_name(path), bytes)),
    }
}

fn unpacked(path: &Path, file: impl Read, packing: Packing) -> Result<Content, DatasetError> {
    let path = path.to_owned();
    let bytes = match packing.unpack(file, UNPACKED_BYTES) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(DatasetError::TooLarge(path)),
        Err(error) => {
            return Err(DatasetError::Damaged {
                path,
                reason: error.to_string(),
            });
        }
    };
    if bytes.is_empty() {
        return Err(DatasetError::Empty(path));
    }
    if bytes.starts_with(evtx::MAGIC) {
        return event_log(&path, Cursor::new(bytes));
    }
    Ok(Content::memory(pack::plain_name(&path), bytes))
}

fn event_log(path: &Path, file: impl Read + Seek) -> Result<Content, DatasetError> {
    let name = pack::plain_name(path);
    let path = path.to_owned();
    let decoded = match evtx::decode(file, UNPACKED_BYTES) {
        Ok(decoded) => decoded,
        Err(evtx::Problem::NoLog(reason)) => return Err(DatasetError::NoRecords { path, reason }),
        Err(evtx::Problem::TooLarge) => return Err(DatasetError::TooLarge(path)),
    };
    let lost = decoded.lost.words();
    if decoded.events == 0 {
        return Err(DatasetError::NoRecords {
            path,
            reason: lost.unwrap_or_else(|| "it holds none".to_owned()),
        });
    }
    let note = lost.map(|lost| {
        Diagnostic::warning(
            &codes::dataset::DATASET_TRUNCATED,
            format!("a part of `{}` is left out: {lost}", path.display()),
        )
        .because(format!("{} records could be read", decoded.events))
        .help("export the log again; until then a rule may miss what stood in that part")
    });
    Ok(Content::memory(name, decoded.text).noted(note))
}

fn ending(name: &str, ending: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn each_way_to_have_no_data_is_told_apart() {
        let (folder, empty) = write("a.log", b"");
        assert!(matches!(open(&empty), Err(DatasetError::Empty(_))));
        assert!(matches!(
            open(&folder.path().join("b.log")),
            Err(DatasetError::Missing(_))
        ));
        assert!(matches!(open(folder.path()), Err(DatasetError::Folder(_))));
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
        let (_folder, path) = write("c.log", pointer.as_bytes());
        assert!(matches!(
            open(&path),
            Err(DatasetError::LfsPointer { size: 12345, .. })
        ));
    }

    #[test]
    fn packed_and_plain_read_the_same() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"one\ntwo\n").unwrap();
        let (_a, packed) = write("a.log.gz", &packer.finish().unwrap());
        let (_b, plain) = write("a.log", b"one\ntwo\n");
        // The ending does not count.
        let (_c, zstd) = write(
            "a.log",
            &ruzstd::encoding::compress_to_vec(
                &b"one\ntwo\n"[..],
                ruzstd::encoding::CompressionLevel::Fastest,
            ),
        );
        let (_d, misnamed) = write("a.log.gz", b"one\ntwo\n");
        for path in [packed, plain, zstd, misnamed] {
            let content = open(&path).unwrap();
            let mut bytes = [0; 16];
            assert_eq!(
                (content.len(), content.name(), content.notes().len()),
                (8, "a.log", 0)
            );
            let count = content.read_at(4, &mut bytes).unwrap();
            assert_eq!(&bytes[..count], b"two\n");
        }
    }

    #[test]
    fn a_file_named_a_log_may_be_text_but_not_other_bytes() {
        let (_a, text) = write("a.evtx", b"<Event></Event>\n");
        assert_eq!(open(&text).unwrap().len(), 16);
        let (_b, other) = write("a.evtx", b"EmfFile\0\0\0");
        assert!(matches!(open(&other), Err(DatasetError::Damaged { .. })));
        let (_c, none) = write("a.log", b"ElfFile\0");
        assert!(matches!(open(&none), Err(DatasetError::NoRecords { .. })));
    }
}
