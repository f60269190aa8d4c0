//! The client against a server that plays Splunk, and against servers that mean ill.
#![expect(clippy::unwrap_used, reason = "a test")]

mod changing;
mod hostile;
mod reading;
mod sending;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dryfire_splunk::{
    Client, Environment, Error, Event, Lab, Login, Meta, Patience, Policy, Search, Secret, Sent,
    Server, Trust, Which,
};
use dryfire_testkit::{FakeSplunk, PASSWORD, Reply, Request, SESSION_KEY, Scripted, TOKEN, USER};
use serde_json::{Value, json};

fn quick() -> Patience {
    Patience {
        connect: Duration::from_secs(5),
        read: Duration::from_secs(5),
        search: Duration::from_secs(5),
        acknowledge: Duration::from_secs(5),
        settle: Duration::from_millis(200),
        tries: 4,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(20),
        pages: Duration::from_secs(60),
        largest_answer: 32 << 20,
        largest_held: 1 << 30,
    }
}

fn server(url: url::Url) -> Server {
    Server {
        management: url.clone(),
        collector: Some(url),
        login: Login::Session {
            user: USER.to_owned(),
            password: Secret::new(PASSWORD),
        },
        trust: Trust::System,
        patience: quick(),
    }
}

fn client(url: url::Url) -> Client {
    Client::new(server(url)).unwrap()
}

/// A lab whose journal is in a folder of its own.
fn lab(server: Server) -> (Lab, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec!["dryfire_*".to_owned()],
    };
    let client = Client::new(server).unwrap();
    let lab = Lab::open(client, policy, &folder.path().join("journal.jsonl")).unwrap();
    (lab, folder)
}

fn meta() -> Meta {
    Meta {
        index: "dryfire_1".into(),
        host: "h 1".into(),
        source: "XmlWinEventLog:Security".into(),
        sourcetype: "XmlWinEventLog".into(),
    }
}

/// Sends raw text to a server, as a lab's.
fn send(server: Server, text: &[u8]) -> dryfire_splunk::Result<Sent> {
    let (lab, _folder) = lab(server);
    block(async {
        let announced = lab.announce_events(meta()).await.unwrap();
        lab.collector(Secret::new(TOKEN))?
            .raw(&announced, text)
            .await
    })
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn rows(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({ "n": n.to_string() })).collect()
}

/// No error may hold a secret.
fn told(error: &Error) -> String {
    let told = format!("{error} {error:?}");
    for secret in [PASSWORD, SESSION_KEY, TOKEN] {
        assert!(!told.contains(secret), "{told}");
    }
    error.to_string()
}

/// Asks another server the same.
fn forward(to: &url::Url, request: &Request) -> Reply {
    let mut url = to.clone();
    url.set_path(&request.path);
    url.query_pairs_mut().extend_pairs(&request.query);
    let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
    let mut asked = reqwest::Client::new()
        .request(method, url)
        .body(request.body.clone());
    for (name, value) in &request.headers {
        if !matches!(
            name.as_str(),
            "host" | "content-length" | "content-encoding"
        ) {
            asked = asked.header(name, value);
        }
    }
    block(async {
        let answer = asked.send().await.unwrap();
        Reply::Whole {
            status: answer.status().as_u16(),
            headers: vec![("Content-Type".into(), "application/json".into())],
            body: answer.bytes().await.unwrap().to_vec(),
        }
    })
}
