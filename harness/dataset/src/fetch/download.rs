//! One download: resumed where it broke off, checked, and kept; a Git LFS pointer is followed.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use reqwest::header::{
    CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE,
};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::cache::{Cache, Partial};
use super::error::Problem;
use super::net::{Failed, Net};
use super::{Fetched, Wanted, lfs};
use crate::lfs::pointer;

/// Fetches an address into the cache.
pub(crate) async fn fetch(
    net: &Net<'_>,
    cache: &Cache,
    wanted: &Wanted,
    url: &Url,
) -> Result<Fetched, Problem> {
    let partial = cache.partial(&wanted.address)?;
    let source = Source {
        url: url.clone(),
        headers: HeaderMap::new(),
        // Where a pointer comes, the checksum is that of the data it names.
        sha256: None,
    };
    let found = whole(net, &partial, &source).await?;
    let Some(pointer) = named(&partial)? else {
        let sha256 = match &wanted.sha256 {
            Some(meant) if *meant != found => {
                let meant = meant.clone();
                partial.discard();
                return Err(Problem::Checksum {
                    wanted: meant,
                    found,
                });
            }
            _ => found,
        };
        cache.keep(partial, &sha256)?;
        return cache.note(wanted, sha256);
    };
    partial.discard();
    if let Some(meant) = &wanted.sha256
        && *meant != pointer.oid
    {
        return Err(Problem::Checksum {
            wanted: meant.clone(),
            found: pointer.oid,
        });
    }
    if pointer.size > net.limit {
        return Err(Problem::TooLarge(net.limit));
    }
    if !cache.holds(&pointer.oid) {
        let source = lfs::locate(net, url, &pointer).await?;
        // Under a name of its own, so that a download that broke off goes on.
        let partial = cache.partial(&format!("lfs:{}", pointer.oid))?;
        let found = whole(net, &partial, &source).await?;
        if found != pointer.oid {
            partial.discard();
            return Err(Problem::Checksum {
                wanted: pointer.oid,
                found,
            });
        }
        cache.keep(partial, &found)?;
    }
    cache.note(wanted, pointer.oid)
}

/// What a download asks for.
pub(crate) struct Source {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// The SHA-256 it must have. With it, a download goes on even where the server names no version.
    pub(crate) sha256: Option<String>,
}

/// Downloads until all is there, and gives its SHA-256.
async fn whole(net: &Net<'_>, partial: &Partial, source: &Source) -> Result<String, Problem> {
    let mut furthest = partial.len()?;
    loop {
        let mut resumed = false;
        net.again(async || {
            let begun = attempt(net, partial, source, &mut resumed).await;
            let length = partial.len()?;
            let progress = length > furthest;
            furthest = furthest.max(length);
            begun.map_err(|failed| Failed { progress, ..failed })
        })
        .await?;
        let found = partial.sha256()?;
        match &source.sha256 {
            // The part that was there may have been of something else.
            Some(meant) if *meant != found && resumed => {
                partial.restart(None)?;
                furthest = 0;
            }
            _ => return Ok(found),
        }
    }
}

/// One try: what is there already is not asked for again, if it is sure to be of the same data.
async fn attempt(
    net: &Net<'_>,
    partial: &Partial,
    source: &Source,
    resumed: &mut bool,
) -> Result<(), Failed> {
    let mut have = partial.len()?;
    let validator = partial
        .validator()
        .and_then(|text| HeaderValue::from_str(&text).ok());
    let mut headers = source.headers.clone();
    if have > 0 && (validator.is_some() || source.sha256.is_some()) {
        let range = HeaderValue::from_str(&format!("bytes={have}-"));
        headers.extend(range.map(|range| (RANGE, range)));
        headers.extend(validator.map(|validator| (IF_RANGE, validator)));
    }
    let sent = net.send(Method::GET, &source.url, &headers, None).await;
    let mut response = match sent {
        Err(failed) if failed.problem == Problem::Refused(416) && have > 0 => {
            partial.restart(None)?;
            return Err(Failed::passing("the server has no such part of the data"));
        }
        other => other?,
    };
    if response.status() == StatusCode::PARTIAL_CONTENT {
        if begins_at(&response) != Some(have) {
            partial.restart(None)?;
            return Err(Failed::passing(
                "the server sent another part than it was asked for",
            ));
        }
        *resumed = true;
    } else {
        partial.restart(version(&response).as_deref())?;
        *resumed = false;
        have = 0;
    }
    let promised = response.content_length().unwrap_or(0);
    if have.saturating_add(promised) > net.limit {
        return Err(Problem::TooLarge(net.limit).into());
    }
    let mut file = &partial.file;
    let unable = |error: std::io::Error| Failed::from(partial.broken(&error));
    file.seek(SeekFrom::Start(have)).map_err(unable)?;
    while let Some(piece) = net.piece(&mut response).await? {
        have += piece.len() as u64;
        if have > net.limit {
            partial.restart(None)?;
            return Err(Problem::TooLarge(net.limit).into());
        }
        file.write_all(&piece).map_err(unable)?;
    }
    Ok(())
}

/// The version of the data, as `If-Range` takes it: a strong tag, or else a time.
fn version(response: &Response) -> Option<String> {
    let text = |name| response.headers().get(name)?.to_str().ok();
    text(ETAG)
        .filter(|tag| !tag.starts_with("W/"))
        .or_else(|| text(LAST_MODIFIED))
        .map(str::to_owned)
}

/// Where a part begins.
fn begins_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (begin, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    begin.parse().ok()
}

/// What a download names, where it is a pointer.
fn named(partial: &Partial) -> Result<Option<crate::lfs::Pointer>, Problem> {
    let unable = |error: std::io::Error| partial.broken(&error);
    let mut file = File::open(partial.path()).map_err(unable)?;
    let found = pointer(&mut file, partial.len()?).map_err(unable)?;
    match found {
        Some(pointer) if pointer.oid.is_empty() => {
            Err(Problem::Lfs("it names no SHA-256".to_owned()))
        }
        found => Ok(found),
    }
}
