//! A client of a few lines, and the server that it speaks to.

use std::future::Future;

use dryfire_server::{Server, Settings};
use reqwest::{Method, Response};
use serde_json::Value as Json;

pub(crate) const PASSWORD: &str = "a password";
pub(crate) const TOKEN: &str = "11111111-2222-3333-4444-555555555555";

pub(crate) struct Client {
    pub(crate) server: Server,
    pub(crate) http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    pub(crate) key: String,
}

/// A reply, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) connection: String,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        hec_token: Some(TOKEN.to_owned()),
        ..Settings::local(PASSWORD)
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let server = Server::start(settings).unwrap();
        let http = reqwest::Client::builder()
            .danger_accept_invalid_certs(true)
            // A connection for each request: tests on idle ones would break those that wait here.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut client = Self {
            server,
            http,
            runtime,
            key: String::new(),
        };
        let login = [
            ("username", "admin"),
            ("password", PASSWORD),
            ("output_mode", "json"),
        ];
        let reply = client.post("/services/auth/login", &login);
        client.key = reply.json()["sessionKey"].as_str().unwrap().to_owned();
        client
    }

    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.server.management())
    }

    pub(crate) fn hec_url(&self, path: &str) -> String {
        format!("https://{}{path}", self.server.collector())
    }

    pub(crate) fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.run(async { read(request.send().await.unwrap()).await })
    }

    pub(crate) fn call(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = self.http.request(method, self.url(path));
        let authorization = format!("Splunk {}", self.key);
        let request = request.header("Authorization", authorization);
        self.send(request.body(body.to_owned()))
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, "")
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, "")
    }

    /// A form, without a content type, as Splunk's SDK sends it.
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.call(Method::POST, path, &body)
    }

    pub(crate) fn hec(&self, path: &str, body: impl Into<reqwest::Body>) -> Reply {
        self.hec_with(TOKEN, path, body)
    }

    pub(crate) fn hec_with(
        &self,
        token: &str,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        let request = self.http.post(self.hec_url(path));
        let request = request.header("Authorization", format!("Splunk {token}"));
        self.send(request.body(body))
    }

    /// The rows of a search.
    pub(crate) fn rows(&self, search: &str) -> Vec<Json> {
        let form = [
            ("search", search),
            ("exec_mode", "oneshot"),
            ("output_mode", "json"),
            ("count", "0"),
        ];
        let reply = self.post("/services/search/v2/jobs", &form);
        assert_eq!(reply.status, 200, "{search}: {}", reply.text);
        reply.json()["results"].as_array().unwrap().clone()
    }

    /// The only value of a search's only row.
    pub(crate) fn number(&self, search: &str, field: &str) -> u64 {
        let rows = self.rows(search);
        assert_eq!(rows.len(), 1, "{search}: {rows:?}");
        rows[0][field].as_str().unwrap().parse().unwrap()
    }
}

pub(crate) async fn read(response: Response) -> Reply {
    let status = response.status().as_u16();
    let connection = response.headers().get("connection");
    let connection = connection.map(|value| value.to_str().unwrap().to_owned());
    Reply {
        status,
        connection: connection.unwrap_or_default(),
        text: response.text().await.unwrap(),
    }
}
