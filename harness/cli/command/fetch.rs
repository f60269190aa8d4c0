//! Data behind addresses, for the commands that use data.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use dryfire_content::{DatasetSettings, Location};
use dryfire_dataset::fetch::{Cache, Fetched, Fetcher, Headers, Policy, VARIABLE, shown};
use dryfire_event::ExitCode;
use dryfire_runner::Session;

use super::{Failure, target};
use crate::args::Fetching;
use crate::output::visible;

/// Who fetches; nobody where that was not asked for.
pub(crate) fn fetcher(
    args: Fetching,
    settings: &DatasetSettings,
) -> Result<Option<Fetcher>, Failure> {
    let policy = match args {
        Fetching { offline: true, .. } => Policy::Offline,
        _ if args.fetch || settings.fetch => Policy::Fetch,
        _ => return Ok(None),
    };
    let wrong = |text: String| Failure::new(ExitCode::Content, format!("error: {text}"));
    let cache = match &settings.cache {
        Some(folder) => Some(Cache::new(folder)),
        None => Cache::standard(&target::variables),
    };
    let cache = cache.ok_or_else(|| {
        let text = "there is no folder for the cache: set XDG_CACHE_HOME, or `cache` under `[datasets]` in dryfire.toml";
        wrong(text.to_owned())
    })?;
    let mut fetcher = Fetcher::new(cache, policy);
    if let Some(text) = target::variables(VARIABLE) {
        fetcher.headers = Headers::parse(&text).map_err(wrong)?;
    }
    if let Some(limit) = settings.limit_mib {
        fetcher.limit = limit.saturating_mul(1 << 20);
    }
    Ok(Some(fetcher))
}

/// Tells of what came over the network.
pub(crate) fn told(fetched: &Fetched) {
    let line = format!(
        "fetched {} ({})",
        shown(&fetched.address),
        size(fetched.size)
    );
    let _ = writeln!(io::stderr(), "{}", visible(&line));
}

/// A size for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1 << 20)),
    }
}

/// Fetches some addresses, where that was asked for. What fails shows when the data is opened.
pub(crate) fn addresses<'a>(
    addresses: impl IntoIterator<Item = &'a str>,
    args: Fetching,
    session: &mut Session,
    cancel: &AtomicBool,
) -> Result<(), Failure> {
    if let Some(fetcher) = fetcher(args, &session.datasets)? {
        session.remote.fetch(addresses, &fetcher, cancel, &told);
    }
    Ok(())
}

/// The same for what was typed where files stand.
pub(crate) fn typed(
    files: &[PathBuf],
    args: Fetching,
    session: &mut Session,
    cancel: &AtomicBool,
) -> Result<(), Failure> {
    let locations: Vec<Location> = files.iter().map(|file| location(file)).collect();
    let found = locations.iter().filter_map(Location::address);
    addresses(found, args, session, cancel)
}

/// A file or an address, as it was typed.
pub(crate) fn location(typed: &Path) -> Location {
    match typed.to_str() {
        Some(text) if text.contains("://") && !typed.exists() => Location::Url(text.to_owned()),
        _ => Location::Path(typed.to_owned()),
    }
}
