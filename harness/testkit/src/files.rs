//! A server with files, each of which plays one way in which a download can go.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::http::{Reply, Request, Scripted};

/// How a file is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Play {
    /// At once.
    Whole,
    /// In pieces, with pauses.
    Slow,
    /// The first answer breaks off after so many bytes; parts are given.
    CutOnce(usize),
    /// The same of a server that names no version of the file, and gives no parts.
    CutOnceForgetful(usize),
    /// The first answer breaks off after so many bytes; then the file is another, with the bytes reversed.
    CutAndChanged(usize),
    /// The first answer is 503.
    BusyOnce,
    /// Always 503.
    Busy,
    /// Sent on to the file `/moved/…`.
    Moved,
    /// A Git LFS pointer; the data is where the batch API says, for those who send the header that it gives.
    Pointer,
    /// A Git LFS pointer to data that its server does not have.
    LostPointer,
    /// For those who send `X-Key: t0p`.
    Private,
}

/// A server with files. All else is 404.
pub struct FileServer(Scripted);

impl FileServer {
    pub fn start(files: &[(&str, &[u8], Play)]) -> Self {
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        let files: BTreeMap<String, (Vec<u8>, Play)> = files
            .iter()
            .map(|(path, bytes, play)| ((*path).to_owned(), (bytes.to_vec(), *play)))
            .collect();
        Self(Scripted::start(move |request| {
            let times = asked.entry(request.path.clone()).or_default();
            *times += 1;
            answer(&files, request, *times == 1)
        }))
    }

    /// The address of a path.
    pub fn at(&self, path: &str) -> String {
        self.0.url().join(path).unwrap().to_string()
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.0.count("GET", path)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.0.requests()
    }
}

fn hex(bytes: &[u8]) -> String {
    let sum = Sha256::digest(bytes);
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn whole(status: u16, headers: &[(&str, String)], body: &[u8]) -> Reply {
    Reply::Whole {
        status,
        headers: owned(headers),
        body: body.to_vec(),
    }
}

fn owned(headers: &[(&str, String)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn answer(files: &BTreeMap<String, (Vec<u8>, Play)>, request: &Request, is_first: bool) -> Reply {
    if request.path.ends_with("/info/lfs/objects/batch") {
        return batch(files, request);
    }
    if let Some(oid) = request.path.strip_prefix("/lfs/") {
        let found = files.values().find(|(bytes, _)| hex(bytes) == oid);
        return match (found, request.header("x-lfs")) {
            (Some((bytes, _)), Some("open")) => ranged(request, bytes),
            (Some(_), _) => Reply::status(403),
            (None, _) => Reply::status(404),
        };
    }
    if let Some((bytes, _)) = request
        .path
        .strip_prefix("/moved")
        .and_then(|path| files.get(path))
    {
        return ranged(request, bytes);
    }
    let Some((bytes, play)) = files.get(&request.path) else {
        return Reply::status(404);
    };
    let cut = |at: usize, headers: &[(&str, String)]| Reply::Pieces {
        status: 200,
        headers: owned(headers),
        promised: bytes.len(),
        body: bytes[..at].to_vec(),
        pause: Duration::ZERO,
    };
    let again = || Reply::status(503).with("Retry-After", "0");
    match *play {
        Play::Slow => Reply::Pieces {
            status: 200,
            headers: owned(&[("ETag", tag(bytes))]),
            promised: bytes.len(),
            body: bytes.clone(),
            pause: Duration::from_millis(300),
        },
        Play::CutOnce(at) if is_first => cut(at, &[("ETag", tag(bytes))]),
        Play::CutAndChanged(at) if is_first => cut(at, &[("ETag", tag(bytes))]),
        Play::CutOnceForgetful(at) if is_first => cut(at, &[]),
        Play::CutOnceForgetful(_) => whole(200, &[], bytes),
        Play::CutAndChanged(_) => {
            let other: Vec<u8> = bytes.iter().rev().copied().collect();
            ranged(request, &other)
        }
        Play::BusyOnce if is_first => again(),
        Play::Busy => again(),
        Play::Moved => whole(302, &[("Location", format!("/moved{}", request.path))], b""),
        Play::Pointer | Play::LostPointer => whole(200, &[], pointer(bytes).as_bytes()),
        Play::Private if request.header("x-key") != Some("t0p") => Reply::status(401),
        Play::Whole | Play::CutOnce(_) | Play::BusyOnce | Play::Private => ranged(request, bytes),
    }
}

fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", &hex(bytes)[..16])
}

fn pointer(bytes: &[u8]) -> String {
    let (oid, size) = (hex(bytes), bytes.len());
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n")
}

/// The part that is asked for, if it is still of the same file; else all.
fn ranged(request: &Request, bytes: &[u8]) -> Reply {
    let tag = tag(bytes);
    let same = request.header("if-range").is_none_or(|asked| asked == tag);
    let from = request.header("range").filter(|_| same).and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    });
    match from {
        Some(from) if from < bytes.len() => {
            let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
            whole(
                206,
                &[("ETag", tag), ("Content-Range", range)],
                &bytes[from..],
            )
        }
        Some(_) => Reply::status(416),
        None => whole(200, &[("ETag", tag)], bytes),
    }
}

/// The batch API of Git LFS, as far as a download needs it.
fn batch(files: &BTreeMap<String, (Vec<u8>, Play)>, request: &Request) -> Reply {
    let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let lfs = "application/vnd.git-lfs+json";
    if request.header("accept") != Some(lfs) || request.header("content-type") != Some(lfs) {
        return Reply::status(406);
    }
    let object = &asked["objects"][0];
    let known = files.values().any(|(bytes, play)| {
        *play == Play::Pointer && object["oid"] == hex(bytes) && object["size"] == bytes.len()
    });
    let mut told = json!({ "oid": object["oid"], "size": object["size"] });
    if known && asked["operation"] == "download" {
        let host = request.header("host").unwrap_or_default();
        let href = format!("http://{host}/lfs/{}", object["oid"].as_str().unwrap());
        told["actions"] = json!({ "download": { "href": href, "header": { "X-Lfs": "open" } } });
    } else {
        told["error"] = json!({ "code": 404, "message": "Object does not exist" });
    }
    Reply::json(200, &json!({ "transfer": "basic", "objects": [told] }))
}
