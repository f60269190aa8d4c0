//! One request: what is asked, in a form that can be sent again.

use bytes::Bytes;
use reqwest::Method;
use url::Url;

use crate::secret::Secret;

/// Whether a request may be sent again after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is doing it once: a read, or a write that names what it makes.
    Safe,
    /// Only if the server certainly did nothing: there was no connection, or it said 429 or 503.
    Unless,
}

/// How a request says who asks.
#[derive(Clone)]
pub(crate) enum Authorization {
    /// It doesn't.
    None,
    /// `Splunk KEY`: a session key, or a collector's token.
    Splunk(Secret),
    /// `Bearer TOKEN`.
    Bearer(Secret),
    /// Name and password.
    Basic(String, Secret),
}

/// A request.
#[derive(Clone)]
pub(crate) struct Call {
    /// What is asked, for people: `POST /services/search/jobs`.
    pub what: String,
    pub method: Method,
    pub url: Url,
    pub authorization: Authorization,
    /// The body with its content type and, where it is packed, its encoding.
    pub body: Option<Body>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    pub repeat: Repeat,
}

/// A body.
#[derive(Clone)]
pub(crate) struct Body {
    pub bytes: Bytes,
    pub kind: &'static str,
    pub gzip: bool,
}

impl Call {
    /// A read.
    pub(crate) fn get(url: Url) -> Self {
        Self::new(Method::GET, url, Repeat::Safe)
    }

    /// A write, of a form.
    pub(crate) fn form(url: Url, form: &[(&str, &str)], repeat: Repeat) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        Self {
            body: Some(Body {
                bytes: text.into(),
                kind: "application/x-www-form-urlencoded",
                gzip: false,
            }),
            ..Self::new(Method::POST, url, repeat)
        }
    }

    pub(crate) fn new(method: Method, url: Url, repeat: Repeat) -> Self {
        Self {
            what: format!("{method} {}", url.path()),
            method,
            url,
            authorization: Authorization::None,
            body: None,
            headers: Vec::new(),
            repeat,
        }
    }

    /// The address, without user and query.
    pub(crate) fn address(&self) -> String {
        address(&self.url)
    }
}

/// A name as one part of a path: it can't lead elsewhere.
pub(crate) fn segment(name: &str) -> String {
    if matches!(name, "." | "..") {
        // Addresses take these for ways up, packed or not. Packed twice they are a name that nothing has.
        return name.replace('.', "%252E");
    }
    url::form_urlencoded::byte_serialize(name.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Scheme, host and port of an address: what errors show.
pub(crate) fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}
