//! Data behind addresses, as far as it was fetched before a run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use dryfire_dataset::fetch::{FetchError, Fetched, Fetcher, Wanted};

use crate::data::LoadError;

/// What is there of data behind addresses. Nothing is, until [`Remote::fetch`].
#[derive(Debug, Default)]
pub struct Remote {
    found: BTreeMap<String, Result<Fetched, FetchError>>,
}

impl Remote {
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
                    sha256: None,
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
        match self.found.get(address) {
            Some(Ok(fetched)) => Ok(&fetched.path),
            Some(Err(error)) => Err(LoadError::Fetch(error.clone())),
            None => Err(LoadError::Remote(address.to_owned())),
        }
    }
}
