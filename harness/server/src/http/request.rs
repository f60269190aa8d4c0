//! Requests, read whole.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use hyper::{Method, Request as Head};
use tokio::time::timeout;

use super::form::{Params, in_path};
use super::reply::Reply;
use crate::settings::Limits;

/// Most bytes of a body that are read although it is refused.
const DRAINED: usize = 256 << 20;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The segments of the path, each decoded once; empty ones are left out, so that a slash at the end means nothing.
    pub(crate) path: Vec<String>,
    pub(crate) query: Params,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// Reads a request. The error is the reply to one that is too large or too slow.
    pub(super) async fn read(head: Head<Incoming>, limits: &Limits) -> Result<Self, Reply> {
        let (parts, mut incoming) = head.into_parts();
        let declared = parts
            .headers
            .get(hyper::header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if declared.is_some_and(|length| length > limits.body_bytes as u64) {
            drain(&mut incoming, limits).await;
            return Err(too_large(limits));
        }
        let mut body = BytesMut::new();
        loop {
            let frame = match timeout(limits.patience, incoming.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(_))) => return Err(refused(400, "The body of the request broke off.")),
                Ok(None) => break,
                Err(_) => return Err(refused(408, "The body of the request came too slowly.")),
            };
            if let Some(data) = frame.data_ref() {
                if body.len() + data.len() > limits.body_bytes {
                    drop(body);
                    drain(&mut incoming, limits).await;
                    return Err(too_large(limits));
                }
                body.extend_from_slice(data);
            }
        }
        let segments = parts.uri.path().split('/');
        let path = segments
            .filter(|segment| !segment.is_empty())
            .map(in_path)
            .collect();
        let mut query = Params::default();
        query.add(parts.uri.query().unwrap_or_default().as_bytes());
        Ok(Self {
            method: parts.method,
            path,
            query,
            headers: parts.headers,
            body: body.freeze(),
        })
    }

    /// The text of a header.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Query and body as one form. Splunk's SDK sends forms without a content type.
    pub(crate) fn form(&self) -> Params {
        let mut params = self.query.clone();
        let kind = self.header(CONTENT_TYPE).unwrap_or_default();
        if !kind.contains("json") && !kind.contains("xml") {
            params.add(&self.body);
        }
        params
    }
}

/// Reads on for a while and keeps nothing: a client that is still writing when the connection ends never sees the reply.
async fn drain(incoming: &mut Incoming, limits: &Limits) {
    let reading = async {
        let mut left = DRAINED;
        while let Some(Ok(frame)) = incoming.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    let _ = timeout(limits.patience, reading).await;
}

fn refused(status: u16, text: &str) -> Reply {
    Reply::text(status, text).closing()
}

fn too_large(limits: &Limits) -> Reply {
    let text = format!(
        "The body of the request is larger than {} bytes.",
        limits.body_bytes
    );
    refused(413, &text)
}
