//! Headers for private mirrors. They come from the environment alone, go to their host alone, and are never printed.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

/// The variable of the environment: lines of `HOST NAME: VALUE`.
pub const VARIABLE: &str = "DRYFIRE_FETCH_HEADERS";

/// Headers by host. Values are marked sensitive, so that `Debug` does not show them.
#[derive(Debug, Clone, Default)]
pub struct Headers(Vec<(String, HeaderName, HeaderValue)>);

impl Headers {
    /// Reads the variable's text.
    ///
    /// # Errors
    /// Which line is wrong, without what it says.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut headers = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let parsed = header(line);
            headers.push(parsed.ok_or_else(|| {
                format!("line {} of {VARIABLE} is not `HOST NAME: VALUE`", at + 1)
            })?);
        }
        Ok(Self(headers))
    }

    /// What goes with a request to this address. Nothing goes unencrypted to another machine.
    pub(crate) fn of(&self, url: &Url) -> HeaderMap {
        let mut map = HeaderMap::new();
        if url.scheme() != "https" && !is_here(url) {
            return map;
        }
        let host = url.host_str().unwrap_or_default();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        for (of, name, value) in &self.0 {
            if of.eq_ignore_ascii_case(host)
                || with_port
                    .as_ref()
                    .is_some_and(|host| of.eq_ignore_ascii_case(host))
            {
                map.append(name.clone(), value.clone());
            }
        }
        map
    }
}

fn header(line: &str) -> Option<(String, HeaderName, HeaderValue)> {
    let (host, header) = line.split_once(char::is_whitespace)?;
    let (name, value) = header.trim().split_once(':')?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((host.to_owned(), name, value))
}

/// Whether an address is on this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(headers: &Headers, address: &str) -> usize {
        headers.of(&Url::parse(address).unwrap()).len()
    }

    #[test]
    fn they_go_to_their_host_and_encrypted() {
        let headers =
            Headers::parse("a.example Authorization: Bearer t0p\n\n b.example:8443 X-Key: k:1 \n")
                .unwrap();
        assert_eq!(sent(&headers, "https://a.example/x"), 1);
        assert_eq!(sent(&headers, "https://a.example:99/x"), 1);
        assert_eq!(sent(&headers, "https://b.example:8443/x"), 1);
        assert_eq!(sent(&headers, "https://b.example/x"), 0);
        assert_eq!(sent(&headers, "https://c.example/x"), 0);
        assert_eq!(sent(&headers, "http://a.example/x"), 0);
        assert!(!format!("{headers:?}").contains("t0p"));
    }

    #[test]
    fn a_wrong_line_is_named_and_not_shown() {
        let wrong = Headers::parse("a.example X: 1\nBearer-t0p").unwrap_err();
        assert!(
            wrong.contains("line 2") && !wrong.contains("t0p"),
            "{wrong}"
        );
    }
}
