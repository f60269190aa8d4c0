//! The cache: data by its SHA-256, and which address gave which.
//!
//! `objects/ab/<sha256>` is data, whole and checked; `addresses/<key>.json` says what an address gave; `partial/<key>` is what
//! has come of a download so far. A key is the SHA-256 of the address. Files appear whole, by renaming.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{Problem, shown};
use super::{Fetched, Wanted};

/// A folder that keeps what was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

/// What an address gave.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// For people who look into the folder; the file's name is what counts.
    address: String,
    sha256: String,
    size: u64,
}

/// What has come of a download.
pub(crate) struct Partial {
    pub(crate) file: File,
    path: PathBuf,
}

impl Cache {
    /// In a folder, which is made when something is kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder that the environment names: `$XDG_CACHE_HOME/dryfire`, or `.cache/dryfire` at home.
    pub fn standard(variables: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| variables(name).filter(|value| !value.is_empty());
        let caches = set("XDG_CACHE_HOME")
            .or_else(|| set("LOCALAPPDATA"))
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(&set("HOME")?).join(".cache")))?;
        Some(Self::new(caches.join("dryfire")))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is there of an address; nothing where other data is meant than it gave. Data that is meant and came from
    /// elsewhere is taken, too.
    pub fn find(&self, wanted: &Wanted) -> Option<Fetched> {
        let entry = self.entry(&wanted.address);
        let sha256 = match (&wanted.sha256, &entry) {
            (Some(meant), _) => meant.clone(),
            (None, Some(entry)) => entry.sha256.clone(),
            (None, None) => return None,
        };
        let path = self.object(&sha256);
        let size = fs::metadata(&path).ok()?.len();
        // A file of another length is no longer what was checked.
        let changed = entry.is_some_and(|entry| entry.sha256 == sha256 && entry.size != size);
        (!changed).then(|| Fetched {
            address: wanted.address.clone(),
            path,
            sha256,
            size,
            from_cache: true,
        })
    }

    fn entry(&self, address: &str) -> Option<Entry> {
        let text = fs::read(self.named("addresses", address, ".json")).ok()?;
        let entry: Entry = serde_json::from_slice(&text).ok()?;
        crate::lfs::is_sha256(&entry.sha256).then_some(entry)
    }

    fn object(&self, sha256: &str) -> PathBuf {
        let first = sha256.get(..2).unwrap_or_default();
        self.folder.join("objects").join(first).join(sha256)
    }

    fn named(&self, folder: &str, address: &str, ending: &str) -> PathBuf {
        let key = hex(&Sha256::digest(address.as_bytes()));
        self.folder.join(folder).join(format!("{key}{ending}"))
    }

    /// Keeps other processes from fetching the same address at the same time; waits for them.
    pub(crate) fn lock(&self, address: &str) -> Result<File, Problem> {
        let path = self.named("partial", address, ".lock");
        let locked = made(&path).and_then(|()| {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            file.lock()?;
            Ok(file)
        });
        locked.map_err(|error| broken(&path, &error))
    }

    /// What has come of a download so far.
    pub(crate) fn partial(&self, address: &str) -> Result<Partial, Problem> {
        let path = self.named("partial", address, "");
        let opened = made(&path).and_then(|()| {
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(&path)
        });
        match opened {
            Ok(file) => Ok(Partial { file, path }),
            Err(error) => Err(broken(&path, &error)),
        }
    }

    /// Moves a whole download, whose SHA-256 this is, among the data.
    pub(crate) fn keep(&self, partial: Partial, sha256: &str) -> Result<PathBuf, Problem> {
        let path = self.object(sha256);
        let kept = made(&path).and_then(|()| {
            partial.file.sync_all()?;
            fs::rename(&partial.path, &path)
        });
        partial.forget_validator();
        kept.map_err(|error| broken(&path, &error))?;
        Ok(path)
    }

    /// Writes down that an address gave this data.
    pub(crate) fn note(&self, wanted: &Wanted, sha256: String) -> Result<Fetched, Problem> {
        let path = self.object(&sha256);
        let size = fs::metadata(&path)
            .map_err(|error| broken(&path, &error))?
            .len();
        let entry = Entry {
            address: shown(&wanted.address),
            sha256: sha256.clone(),
            size,
        };
        let file = self.named("addresses", &wanted.address, ".json");
        let beside = file.with_extension("new");
        let written = made(&file).and_then(|()| {
            fs::write(&beside, serde_json::to_vec_pretty(&entry)?)?;
            fs::rename(&beside, &file)
        });
        written.map_err(|error| broken(&file, &error))?;
        Ok(Fetched {
            address: wanted.address.clone(),
            path,
            sha256,
            size,
            from_cache: false,
        })
    }

    /// Whether this data is there.
    pub(crate) fn holds(&self, sha256: &str) -> bool {
        crate::lfs::is_sha256(sha256) && self.object(sha256).is_file()
    }
}

impl Partial {
    fn validator_path(&self) -> PathBuf {
        self.path.with_extension("validator")
    }

    /// What the server calls the version of the data that has come.
    pub(crate) fn validator(&self) -> Option<String> {
        fs::read_to_string(self.validator_path()).ok()
    }

    /// Begins anew.
    pub(crate) fn restart(&self, validator: Option<&str>) -> Result<(), Problem> {
        let path = self.validator_path();
        let done = self.file.set_len(0).and_then(|()| match validator {
            Some(validator) => fs::write(&path, validator),
            None => gone(&path),
        });
        done.map_err(|error| broken(&path, &error))
    }

    /// Throws it away.
    pub(crate) fn discard(self) {
        self.forget_validator();
        let _ = fs::remove_file(&self.path);
    }

    fn forget_validator(&self) {
        let _ = gone(&self.validator_path());
    }

    /// How much has come.
    pub(crate) fn len(&self) -> Result<u64, Problem> {
        let length = self.file.metadata().map(|metadata| metadata.len());
        length.map_err(|error| self.broken(&error))
    }

    /// The SHA-256 of what has come.
    pub(crate) fn sha256(&self) -> Result<String, Problem> {
        sha256(&self.path).map_err(|error| self.broken(&error))
    }

    pub(crate) fn broken(&self, error: &std::io::Error) -> Problem {
        broken(&self.path, error)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The SHA-256 of a file.
pub(crate) fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(count) => hash.update(&block[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the folder of a file.
fn made(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn gone(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn broken(path: &Path, error: &std::io::Error) -> Problem {
    Problem::Cache(format!("{}: {error}", path.display()))
}
