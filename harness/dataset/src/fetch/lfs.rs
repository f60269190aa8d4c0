//! Asks a Git LFS server where the data of a pointer is (batch API, transfer `basic`).

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use url::Url;

use super::download::Source;
use super::error::Problem;
use super::net::{Failed, Net};
use crate::lfs::Pointer;

/// The type of the protocol's messages.
const TYPE: HeaderValue = HeaderValue::from_static("application/vnd.git-lfs+json");
/// Most bytes of an answer.
const LARGEST: usize = 1 << 20;

#[derive(Deserialize)]
struct Answer {
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    oid: String,
    #[serde(default)]
    actions: Actions,
    error: Option<Refusal>,
}

#[derive(Deserialize, Default)]
struct Actions {
    download: Option<Download>,
}

#[derive(Deserialize)]
struct Download {
    href: String,
    #[serde(default)]
    header: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Refusal {
    code: u32,
    message: String,
}

/// Where the data of a pointer is that came from this address.
pub(crate) async fn locate(net: &Net<'_>, url: &Url, pointer: &Pointer) -> Result<Source, Problem> {
    let server = server(url).ok_or_else(|| {
        Problem::Lfs("the address does not tell which repository it is of".to_owned())
    })?;
    let body = json!({
        "operation": "download",
        "transfers": ["basic"],
        "hash_algo": "sha256",
        "objects": [{ "oid": pointer.oid, "size": pointer.size }],
    })
    .to_string();
    let headers = HeaderMap::from_iter([(ACCEPT, TYPE), (CONTENT_TYPE, TYPE)]);
    let text = net
        .again(async || {
            let sent = net.send(Method::POST, &server, &headers, Some(&body));
            let mut response = sent.await?;
            let mut text = Vec::new();
            while let Some(piece) = net.piece(&mut response).await? {
                text.extend_from_slice(&piece);
                if text.len() > LARGEST {
                    let why = "the server's answer is too long";
                    return Err(Failed::from(Problem::Lfs(why.to_owned())));
                }
            }
            Ok(text)
        })
        .await
        .map_err(|problem| match problem {
            Problem::Refused(status) => Problem::Lfs(format!("its server answered {status}")),
            other => other,
        })?;
    let download = chosen(&text, pointer).map_err(Problem::Lfs)?;
    source(&server, &download, pointer)
        .ok_or_else(|| Problem::Lfs("its server names no address that can be used".to_owned()))
}

/// The answer's download.
fn chosen(text: &[u8], pointer: &Pointer) -> Result<Download, String> {
    let answer: Answer = serde_json::from_slice(text)
        .map_err(|_| "its server's answer can't be understood".to_owned())?;
    let object = answer
        .objects
        .into_iter()
        .find(|object| object.oid.eq_ignore_ascii_case(&pointer.oid))
        .ok_or("its server does not speak of it")?;
    match (object.error, object.actions.download) {
        (Some(refusal), _) => Err(format!(
            "its server says: {} ({})",
            refusal.message, refusal.code
        )),
        (None, Some(download)) => Ok(download),
        (None, None) => Err("its server offers no download".to_owned()),
    }
}

fn source(server: &Url, download: &Download, pointer: &Pointer) -> Option<Source> {
    let url = Url::parse(&download.href).ok()?;
    match url.scheme() {
        "https" => {}
        "http" if server.scheme() == "http" => {}
        _ => return None,
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &download.header {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Some(Source {
        url,
        headers,
        sha256: Some(pointer.oid.clone()),
    })
}

/// The batch address of the repository that a file's address belongs to, as the forges write them:
/// `raw.githubusercontent.com/OWNER/NAME/…`, and `…/REPOSITORY/raw/…` or `…/-/raw/…`.
fn server(url: &Url) -> Option<Url> {
    let path = url.path();
    let mut server = url.clone();
    server.set_query(None);
    server.set_fragment(None);
    let repository = match url.host_str()? {
        "raw.githubusercontent.com" | "media.githubusercontent.com" => {
            server.set_host(Some("github.com")).ok()?;
            let path = path.strip_prefix("/media").unwrap_or(path);
            let mut parts = path.trim_start_matches('/').splitn(3, '/');
            format!("/{}/{}", parts.next()?, parts.next()?)
        }
        _ => ["/-/raw/", "/raw/", "/-/blob/", "/blob/"]
            .iter()
            .find_map(|part| path.split_once(part))
            .map(|(repository, _)| repository.to_owned())?,
    };
    let repository = repository.trim_end_matches(".git");
    server.set_path(&format!("{repository}.git/info/lfs/objects/batch"));
    Some(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_found_in_addresses_of_the_forges() {
        let batch = "info/lfs/objects/batch";
        for (address, wanted) in [
            (
                "https://raw.githubusercontent.com/o/n/master/a/b.log",
                "https://github.com/o/n.git/",
            ),
            (
                "https://media.githubusercontent.com/media/o/n/master/a/b.log?x=1",
                "https://github.com/o/n.git/",
            ),
            (
                "https://github.com/o/n/raw/refs/heads/main/b.log",
                "https://github.com/o/n.git/",
            ),
            (
                "https://git.example/g/s/n/-/raw/main/b.log",
                "https://git.example/g/s/n.git/",
            ),
        ] {
            let found = server(&Url::parse(address).unwrap()).unwrap();
            assert_eq!(found.as_str(), format!("{wanted}{batch}"));
        }
        assert!(server(&Url::parse("https://x.example/a/b.log").unwrap()).is_none());
    }
}
