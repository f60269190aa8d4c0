//! Data behind addresses, as far as it was fetched before a run.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use dryfire_dataset::fetch::{FetchError, Fetched, Fetcher, Lock, Wanted};
use dryfire_diagnostic::{Diagnostic, codes};

use crate::data::LoadError;

/// What is there of data behind addresses. Nothing is, until [`Remote::fetch`].
#[derive(Debug, Default)]
pub struct Remote {
    /// What it must be.
    pub lock: Lock,
    found: BTreeMap<String, Result<Fetched, FetchError>>,
}

impl Remote {
    /// With what it must be; nothing is fetched yet.
    pub(crate) fn locked(lock: Lock) -> Self {
        Self {
            lock,
            found: BTreeMap::new(),
        }
    }

    /// Fetches what is not there yet, each address once. `told` hears of each that came over the network.
    pub fn fetch<'a>(
        &mut self,
        addresses: impl IntoIterator<Item = &'a str>,
        fetcher: &Fetcher,
        cancel: &AtomicBool,
        told: &(dyn Fn(&Fetched) + Sync),
    ) {
        let mut wanted: Vec<Wanted> = Vec::new();
        for address in addresses {
            let is_new = !self.found.contains_key(address)
                && !wanted.iter().any(|known| known.address == address);
            if is_new {
                wanted.push(Wanted {
                    address: address.to_owned(),
                    sha256: self.lock.get(address).map(|locked| locked.sha256.clone()),
                });
            }
        }
        let fetched = fetcher.fetch(&wanted, cancel, told);
        let addresses = wanted.into_iter().map(|one| one.address);
        self.found.extend(addresses.zip(fetched));
    }

    /// The file that holds what an address gave.
    ///
    /// # Errors
    /// It was not fetched, or could not be.
    pub fn path(&self, address: &str) -> Result<&Path, LoadError> {
        self.get(address).map(|fetched| fetched.path.as_path())
    }

    /// What an address gave.
    ///
    /// # Errors
    /// It was not fetched, or could not be.
    pub fn get(&self, address: &str) -> Result<&Fetched, LoadError> {
        match self.found.get(address) {
            Some(Ok(fetched)) => Ok(fetched),
            Some(Err(error)) => Err(LoadError::Fetch(error.clone())),
            None => Err(LoadError::Remote(address.to_owned())),
        }
    }
}

/// Reads the lock file, where there is one. One that can't be read is no reason to take any data.
pub(crate) fn lock(path: &Path, out: &mut Vec<Diagnostic>) -> Lock {
    let wrong = match std::fs::read_to_string(path) {
        Ok(text) => match Lock::parse(&text) {
            Ok(lock) => return lock,
            Err(line) => format!(
                "line {line} of `{}` is not a SHA-256, a size and an address, or contradicts an earlier one",
                path.display()
            ),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => return Lock::default(),
        Err(error) => format!("`{}` can't be read: {error}", path.display()),
    };
    let help =
        "mend the line, or remove the file and write it anew with `dryfire datasets fetch --lock`";
    out.push(Diagnostic::error(&codes::configuration::LOCK, wrong).help(help));
    Lock::default()
}
