//! The client against a server that plays Splunk, and against servers that mean ill.
#![expect(clippy::unwrap_used, reason = "a test")]

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
        largest_answer: 32 << 20,
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

#[test]
fn each_way_in_reaches_the_server() {
    let fake = FakeSplunk::start(|_| rows(1));
    for login in [
        Login::Session {
            user: USER.into(),
            password: Secret::new(PASSWORD),
        },
        Login::Basic {
            user: USER.into(),
            password: Secret::new(PASSWORD),
        },
        Login::Bearer(Secret::new(TOKEN)),
    ] {
        let client = Client::new(Server {
            login,
            ..server(fake.server.url())
        })
        .unwrap();
        let info = block(client.info()).unwrap().clone();
        assert_eq!(info.version, "9.3.1");
        assert!(info.has_second_search_version());
    }
    assert_eq!(fake.server.count("POST", "/services/auth/login"), 1);
}

#[test]
fn a_wrong_password_is_said_without_the_password() {
    let fake = FakeSplunk::start(|_| rows(0));
    let login = Login::Session {
        user: USER.into(),
        password: Secret::new("wrong-one"),
    };
    let client = Client::new(Server {
        login,
        ..server(fake.server.url())
    })
    .unwrap();
    let error = block(client.info()).unwrap_err();
    assert!(
        told(&error).contains("refuses the credentials (Login failed)"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("wrong-one"));
}

#[test]
fn a_session_that_expires_is_renewed_once_and_the_call_repeated() {
    let asked = AtomicUsize::new(0);
    let fake = FakeSplunk::start_with(
        |_| rows(3),
        move |request| {
            let job = request.method == "POST" && request.path.ends_with("/jobs");
            (job && asked.fetch_add(1, Ordering::Relaxed) == 0)
                .then(|| Reply::json(401, &json!({ "messages": [{ "type": "WARN", "text": "call not properly authenticated" }] })))
        },
    );
    let client = client(fake.server.url());
    let (done, rows) = block(client.run(&Search::new("index=main", "one"))).unwrap();
    assert_eq!((done.rows, rows.len()), (3, 3));
    assert_eq!(fake.server.count("POST", "/services/auth/login"), 2);
    assert_eq!(fake.jobs(), 0, "the job is removed");
}

#[test]
fn a_search_gets_its_command_and_all_time() {
    let fake = FakeSplunk::start(|_| rows(1));
    let client = client(fake.server.url());
    for (number, text) in ["index=a", "search index=a", "| tstats count", "searches"]
        .iter()
        .enumerate()
    {
        block(client.run(&Search::new(*text, format!("s{number}")))).unwrap();
    }
    let sent: Vec<String> = fake
        .server
        .requests()
        .iter()
        .filter(|request| request.method == "POST" && request.path.ends_with("/jobs"))
        .filter_map(|request| request.form("search"))
        .collect();
    assert_eq!(
        sent,
        [
            "search index=a",
            "search index=a",
            "| tstats count",
            "search searches"
        ]
    );
}

#[test]
fn an_older_server_is_asked_at_the_first_version_of_the_endpoints() {
    let fake = FakeSplunk::start_with(
        |_| rows(2),
        |request| {
            request.path.ends_with("/server/info").then(|| {
                Reply::json(
                    200,
                    &json!({ "entry": [{ "name": "i", "content": { "version": "9.0.1" } }] }),
                )
            })
        },
    );
    let client = client(fake.server.url());
    let (_, found) = block(client.run(&Search::new("index=main", "old"))).unwrap();
    assert_eq!(found.len(), 2);
    let paths: Vec<String> = fake
        .server
        .requests()
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert!(!paths.iter().any(|path| path.contains("/v2/")), "{paths:?}");
}

#[test]
fn more_rows_than_the_server_gives_at_once_all_arrive() {
    let fake = FakeSplunk::start(|_| rows(120_000));
    let client = client(fake.server.url());
    let (done, found) = block(client.run(&Search::new("index=main", "many"))).unwrap();
    assert_eq!(done.rows, 120_000);
    assert_eq!(found.len(), 120_000);
    assert_eq!(found[119_999]["n"], "119999");
    assert_eq!(
        fake.server
            .count("GET", "/services/search/v2/jobs/many/results"),
        3
    );
}

#[test]
fn an_export_hands_over_rows_and_notices_a_cut() {
    let fake = FakeSplunk::start(|_| rows(5));
    let client = client(fake.server.url());
    let mut found = 0;
    block(client.export(&Search::new("index=main", "e"), |_| {
        found += 1;
        Ok(())
    }))
    .unwrap();
    assert_eq!(found, 5);

    let cut = FakeSplunk::start_with(
        |_| rows(0),
        |request| {
            request.path.ends_with("/export").then(|| Reply::Cut {
                promised: 1000,
                body: b"{\"preview\":false,\"result\":{\"n\":\"0\"}}\n".to_vec(),
            })
        },
    );
    let client = self::client(cut.server.url());
    let error = block(client.export(&Search::new("index=main", "e"), |_| Ok(()))).unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error}");
}

#[test]
fn a_failed_job_says_why_and_a_queued_one_ends_in_time() {
    let job = |content: Value| {
        FakeSplunk::start_with(
            |_| rows(0),
            move |request| {
                (request.method == "GET" && request.path.ends_with("/jobs/j")).then(|| {
                    Reply::json(
                        200,
                        &json!({ "entry": [{ "name": "j", "content": content }] }),
                    )
                })
            },
        )
    };
    let failed = job(
        json!({ "isDone": true, "isFailed": true, "dispatchState": "FAILED",
        "messages": [{ "type": "FATAL", "text": "Unknown search command 'tsats'." }] }),
    );
    let client = client(failed.server.url());
    let error = block(client.run(&Search::new("| tsats", "j"))).unwrap_err();
    assert!(
        told(&error).contains("Unknown search command 'tsats'."),
        "{error}"
    );
    assert_eq!(failed.jobs(), 0, "the job is removed");

    let queued = job(json!({ "isDone": false, "dispatchState": "QUEUED" }));
    let mut server = server(queued.server.url());
    server.patience.search = Duration::from_millis(150);
    let client = Client::new(server).unwrap();
    let error = block(client.run(&Search::new("index=a", "j"))).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert!(told(&error).contains("queued"), "{error}");
    assert_eq!(queued.jobs(), 0, "the job is removed");
}

#[test]
fn a_page_that_was_cut_is_read_again() {
    let cut = AtomicUsize::new(0);
    let fake = FakeSplunk::start_with(
        |_| rows(2),
        move |request| {
            (request.path.ends_with("/results") && cut.fetch_add(1, Ordering::Relaxed) == 0).then(
                || Reply::Cut {
                    promised: 4000,
                    body: b"{\"results\":[{\"n\":".to_vec(),
                },
            )
        },
    );
    let client = client(fake.server.url());
    let (_, found) = block(client.run(&Search::new("index=a", "cut"))).unwrap();
    assert_eq!(found.len(), 2);
}

#[test]
fn a_job_whose_answer_was_lost_is_not_started_twice() {
    // The server starts the job; the connection ends before it has said so.
    let lost = AtomicUsize::new(0);
    let fake = FakeSplunk::start(|_| rows(1));
    let inner = fake.server.url();
    let proxy = Scripted::start(move |request| {
        let reply = forward(&inner, request);
        let start = request.method == "POST" && request.path.ends_with("/jobs");
        if start && lost.fetch_add(1, Ordering::Relaxed) == 0 {
            Reply::Nothing
        } else {
            reply
        }
    });
    let client = client(proxy.url());
    let (_, found) = block(client.run(&Search::new("index=a", "mine"))).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(fake.server.count("POST", "/services/search/v2/jobs"), 1);
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

#[test]
fn what_was_made_is_undone_and_what_was_there_is_left() {
    let fake = FakeSplunk::start(|text| {
        if text.contains("| delete") {
            vec![json!({ "index": "dryfire_1", "deleted": "1", "errors": "0" })]
        } else {
            rows(2)
        }
    });
    let (lab, folder) = lab(server(fake.server.url()));
    block(async {
        lab.create_index("dryfire_1").await.unwrap();
        let token = lab
            .create_token("dryfire", "dryfire_1", true)
            .await
            .unwrap();
        assert!(token.acknowledges && token.value.expose() == TOKEN);
        lab.create_token("dryfire", "dryfire_1", true)
            .await
            .unwrap();
        let Err(refused) = lab.create_token("dryfire", "dryfire_2", true).await else {
            panic!("a token for another index")
        };
        assert!(
            told(&refused).contains("may not write to the index `dryfire_2`"),
            "{refused}"
        );
        let name = "dryfire copy / of ESCU - A, b - Rule";
        lab.create_search(lab.client(), USER, "search", name, &[("search", "index=a")])
            .await
            .unwrap();
        let found = lab.client().saved_search(name).await.unwrap().unwrap();
        assert_eq!(
            (found.search.as_str(), found.app.as_str()),
            ("index=a", "search")
        );
        assert_eq!(found.schedule, None);
        lab.dispatch(lab.client(), USER, "search", name)
            .await
            .unwrap();
        let announced = lab.announce_events(meta()).await.unwrap();
        lab.collector(token.value)
            .unwrap()
            .raw(&announced, b"x")
            .await
            .unwrap();
    });
    assert_eq!(fake.indexes(), ["main", "risk", "notable", "dryfire_1"]);
    // As after a crash: only the journal knows.
    drop(lab);
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let journal = folder.path().join("journal.jsonl");
    let again = Lab::open(client(fake.server.url()), policy, &journal).unwrap();
    let undone = block(again.clean(Which::All));
    assert!(
        undone.iter().all(|(_, result)| result.is_ok()),
        "{undone:?}"
    );
    assert_eq!(undone.len(), 6);
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
    assert!(fake.saved().is_empty());
    assert!(block(again.clean(Which::All)).is_empty());
    let deletes: Vec<String> = fake
        .server
        .requests()
        .iter()
        .filter_map(|request| request.form("search"))
        .filter(|text| text.contains("delete"))
        .map(|text| {
            // The bound is that of the day.
            let (begin, bound) = text.split_once("_index_earliest=").unwrap();
            let (_, end) = bound.split_once(' ').unwrap();
            format!("{begin}{end}")
        })
        .collect();
    assert_eq!(
        deletes,
        [
            "search index=\"notable\" search_name=\"dryfire copy / of ESCU - A, b - Rule\" | delete",
            "search index=\"risk\" search_name=\"dryfire copy / of ESCU - A, b - Rule\" | delete",
        ]
    );
}

#[test]
fn a_production_server_and_an_index_that_is_not_allowed_are_never_written_to() {
    let fake = FakeSplunk::start(|_| rows(0));
    let folder = tempfile::tempdir().unwrap();
    let prod = Policy {
        environment: Environment::Prod,
        indexes: vec!["*".into()],
    };
    let refused = Lab::open(client(fake.server.url()), prod, &folder.path().join("j"));
    assert!(matches!(refused, Err(Error::Protected(_))));
    let (lab, _folder) = lab(server(fake.server.url()));
    let error = block(lab.create_index("main2")).unwrap_err();
    assert!(
        told(&error).contains("allows only the indexes dryfire_*"),
        "{error}"
    );
    let meta = Meta {
        index: "main".into(),
        ..meta()
    };
    assert!(matches!(
        block(lab.announce_events(meta)),
        Err(Error::Protected(_))
    ));
    assert!(fake.server.requests().is_empty(), "nothing was even asked");
}

#[test]
fn an_index_that_is_there_is_used_and_never_removed() {
    let fake = FakeSplunk::start(|_| rows(0));
    let folder = tempfile::tempdir().unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec!["main".into()],
    };
    let lab = Lab::open(client(fake.server.url()), policy, &folder.path().join("j")).unwrap();
    block(lab.create_index("main")).unwrap();
    assert!(block(lab.clean(Which::All)).is_empty());
    assert!(fake.indexes().contains(&"main".to_owned()));
}

#[test]
fn a_journal_survives_a_line_that_was_cut_off() {
    let fake = FakeSplunk::start(|_| rows(0));
    let (lab, folder) = lab(server(fake.server.url()));
    block(lab.create_index("dryfire_1")).unwrap();
    drop(lab);
    let path = folder.path().join("journal.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"will\":{\"number\":1,\"chan");
    std::fs::write(&path, text).unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let again = Lab::open(client(fake.server.url()), policy, &path).unwrap();
    assert_eq!(block(again.clean(Which::All)).len(), 1);
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
}

#[test]
fn raw_text_and_events_arrive_as_they_were() {
    let fake = FakeSplunk::start(|_| rows(0));
    let (lab, _folder) = lab(server(fake.server.url()));
    block(async {
        let collector = lab.collector(Secret::new(TOKEN)).unwrap();
        collector.health().await.unwrap();
        let announced = lab.announce_events(meta()).await.unwrap();
        let Sent::Taken(Some(first)) = collector
            .raw(&announced, "a\nb ü\n".as_bytes())
            .await
            .unwrap()
        else {
            panic!("not taken")
        };
        let event = Event {
            raw: "line 1\nline 2",
            time: 1_700_000_000_250_000,
        };
        let Sent::Taken(Some(second)) = collector.events(&announced, &[event]).await.unwrap()
        else {
            panic!("not taken")
        };
        collector.acknowledged(&[first, second]).await.unwrap();
    });
    let received = fake.received();
    assert_eq!(received[0], "a\nb ü\n");
    let wire: Value = serde_json::from_str(&received[1]).unwrap();
    assert_eq!(wire["time"], "1700000000.250000");
    assert_eq!(wire["event"], "line 1\nline 2");
    assert_eq!(wire["host"], "h 1");
    let requests = fake.server.requests();
    let raw = requests
        .iter()
        .find(|request| request.path.ends_with("/raw"))
        .unwrap();
    assert_eq!(raw.asks("source"), Some("XmlWinEventLog:Security"));
    assert!(raw.header("x-splunk-request-channel").is_some());
}

#[test]
fn a_busy_server_is_asked_again_and_an_endlessly_busy_one_is_said() {
    let busy = AtomicUsize::new(0);
    let fake = FakeSplunk::start_with(
        |_| rows(0),
        move |request| {
            let sends = request.path.ends_with("/raw");
            (sends && busy.fetch_add(1, Ordering::Relaxed) < 2).then(|| {
                Reply::json(503, &json!({ "text": "Server is busy", "code": 9 }))
                    .with("Retry-After", "0")
            })
        },
    );
    let sent = send(server(fake.server.url()), b"x").unwrap();
    assert!(matches!(sent, Sent::Taken(_)));
    assert_eq!(fake.received(), ["x"]);

    let always = Scripted::start(|_| Reply::status(503));
    let error = send(server(always.url()), b"x").unwrap_err();
    assert!(
        matches!(
            error,
            Error::Busy {
                tries: 4,
                status: 503,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_batch_whose_fate_is_unknown_is_not_sent_again() {
    let scripted = Scripted::start(|_| Reply::Nothing);
    let sent = send(server(scripted.url()), b"x").unwrap();
    assert!(
        matches!(sent, Sent::Unknown(Error::Broken { .. })),
        "{sent:?}"
    );
    assert_eq!(scripted.count("POST", "/services/collector/raw"), 1);
}

#[test]
fn an_acknowledgement_that_never_comes_ends_in_time() {
    let server = Scripted::start(|request| {
        if request.path.ends_with("/ack") {
            Reply::json(200, &json!({ "acks": { "0": false } }))
        } else {
            Reply::json(200, &json!({ "text": "Success", "code": 0, "ackId": 0 }))
        }
    });
    let mut patient = self::server(server.url());
    patient.patience.acknowledge = Duration::from_millis(100);
    let (lab, _folder) = lab(patient);
    let collector = lab.collector(Secret::new(TOKEN)).unwrap();
    let error = block(collector.acknowledged(&[0])).unwrap_err();
    assert!(told(&error).contains("1 of 1 batches"), "{error}");
}

#[test]
fn a_refused_token_is_said_without_the_token() {
    let scripted =
        Scripted::start(|_| Reply::json(403, &json!({ "text": "Invalid token", "code": 4 })));
    let error = send(server(scripted.url()), b"x").unwrap_err();
    assert!(told(&error).contains("Invalid token"), "{error}");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Scripted::start(|_| Reply::status(200));
    let to = format!("{}services/server/info?output_mode=json", elsewhere.url());
    let server = Scripted::start(move |request| {
        if request.path == "/services/auth/login" {
            Reply::json(200, &json!({ "sessionKey": SESSION_KEY }))
        } else {
            Reply::status(302).with("Location", &to)
        }
    });
    let error = block(client(server.url()).info()).unwrap_err();
    assert!(
        told(&error).contains("redirects are not followed"),
        "{error}"
    );
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let server = Scripted::start(|_| Reply::Endless(2 << 30));
    let error = block(client(server.url()).info()).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[test]
fn a_server_that_is_no_splunk_is_said() {
    let server = Scripted::start(|_| Reply::Whole {
        status: 200,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: b"<html>Hello</html>".to_vec(),
    });
    let error = block(client(server.url()).info()).unwrap_err();
    assert!(
        told(&error).contains("content type is `text/html`"),
        "{error}"
    );
}

#[test]
fn silence_and_no_server_at_all_end_in_time() {
    let silent = Scripted::start(|_| Reply::Silence);
    let mut server = server(silent.url());
    server.patience.read = Duration::from_millis(100);
    let error = block(Client::new(server).unwrap().info()).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");

    let gone = Scripted::start(|_| Reply::Silence);
    let url = gone.url();
    drop(gone);
    // The port is free once the listener has woken up and ended.
    let error = loop {
        match block(client(url.clone()).info()).unwrap_err() {
            Error::Broken { .. } => {}
            error => break error,
        }
    };
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[test]
fn a_certificate_is_judged_unless_the_user_says_otherwise() {
    let answer = |request: &Request| {
        if request.path == "/services/auth/login" {
            Reply::json(200, &json!({ "sessionKey": SESSION_KEY }))
        } else {
            Reply::json(
                200,
                &json!({ "entry": [{ "name": "i", "content": { "version": "8.2.1" } }] }),
            )
        }
    };
    let tls = Scripted::start_tls(answer);
    let with = |trust: Trust| {
        Client::new(Server {
            trust,
            ..server(tls.url())
        })
        .unwrap()
    };
    let error = block(with(Trust::System).info()).unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{error:?}");
    assert!(tls.requests().is_empty(), "no password before trust");
    let pem = tls.certificate.clone().unwrap().into_bytes();
    let client = with(Trust::Also(pem));
    assert!(!block(client.info()).unwrap().has_second_search_version());
    block(with(Trust::Anything).info()).unwrap();
}

/// A lab on a fake whose answers to some requests are other ones.
fn lab_with(
    instead: impl FnMut(&Request) -> Option<Reply> + Send + 'static,
) -> (FakeSplunk, Lab, tempfile::TempDir) {
    let fake = FakeSplunk::start_with(|_| rows(0), instead);
    let (lab, folder) = lab(server(fake.server.url()));
    (fake, lab, folder)
}

#[test]
fn what_the_server_refused_to_make_is_never_removed() {
    let (fake, lab, _folder) = lab_with(|request| {
        let makes = request.method == "POST"
            && [
                "/data/indexes",
                "/inputs/http",
                "/roles",
                "/saved/searches",
                "/dispatch",
            ]
            .iter()
            .any(|end| request.path.ends_with(end));
        makes.then(|| {
            Reply::json(
                403,
                &json!({ "messages": [{ "type": "ERROR", "text": "no" }] }),
            )
        })
    });
    block(async {
        lab.create_index("dryfire_1").await.unwrap_err();
        assert!(lab.create_token("t", "dryfire_1", true).await.is_err());
        assert!(lab.create_reader("r", &[]).await.is_err());
        let client = lab.client();
        lab.create_search(client, USER, "search", "s", &[])
            .await
            .unwrap_err();
        lab.dispatch(client, USER, "search", "s").await.unwrap_err();
        assert_eq!(lab.open_changes(Which::All).await, []);
        assert!(lab.clean(Which::All).await.is_empty());
    });
    assert!(
        !fake
            .server
            .requests()
            .iter()
            .any(|one| one.method == "DELETE")
    );
}

#[test]
fn an_index_that_somebody_else_made_meanwhile_is_not_ours() {
    let (_fake, lab, _folder) = lab_with(|request| {
        (request.method == "POST" && request.path.ends_with("/data/indexes")).then(|| {
            Reply::json(
                409,
                &json!({ "messages": [{ "type": "ERROR", "text": "it already exists" }] }),
            )
        })
    });
    block(lab.create_index("dryfire_1")).unwrap();
    assert_eq!(block(lab.open_changes(Which::All)), []);
}

#[test]
fn an_index_whose_answer_was_lost_is_made_once_and_is_ours() {
    let fake = FakeSplunk::start(|_| rows(0));
    let inner = fake.server.url();
    let proxy = Scripted::start(move |request| {
        let reply = forward(&inner, request);
        if request.method == "POST" && request.path.ends_with("/data/indexes") {
            return Reply::Nothing;
        }
        reply
    });
    let (lab, _folder) = lab(server(proxy.url()));
    block(lab.create_index("dryfire_1")).unwrap();
    assert_eq!(fake.server.count("POST", "/services/data/indexes"), 1);
    assert_eq!(block(lab.clean(Which::All)).len(), 1);
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
}

#[test]
fn a_name_leads_nowhere_else() {
    let fake = FakeSplunk::start(|_| rows(0));
    let (lab, folder) = lab(server(fake.server.url()));
    for name in [
        "dryfire_x/../../../authentication/users/victim",
        "dryfire_..",
        "dryfire_A",
        "dryfire_*",
        "_dryfire",
    ] {
        let error = block(lab.create_index(name)).unwrap_err();
        assert!(matches!(error, Error::Protected(_)), "{name}: {error}");
    }
    assert!(fake.server.requests().is_empty(), "nothing was even asked");
    drop(lab);
    // A journal of an earlier version may hold such names.
    let path = folder.path().join("journal.jsonl");
    let changes = ["x/../../authentication/users/victim", "..", "%2e%2e"]
        .map(|name| json!({ "index": { "name": name } }));
    let text: String = changes
        .iter()
        .enumerate()
        .map(|(number, change)| {
            format!(
                "{}\n",
                json!({ "will": { "number": number, "change": change } })
            )
        })
        .collect();
    std::fs::write(&path, text).unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let again = Lab::open(client(fake.server.url()), policy, &path).unwrap();
    assert_eq!(block(again.clean(Which::All)).len(), 3);
    let deleted: Vec<String> = fake
        .server
        .requests()
        .into_iter()
        .filter(|one| one.method == "DELETE")
        .map(|one| one.path)
        .collect();
    assert_eq!(deleted.len(), 3);
    for path in deleted {
        let name = path.strip_prefix("/services/data/indexes/").unwrap();
        assert!(!name.is_empty() && !name.contains('/'), "{path}");
    }
}

#[test]
fn deleting_reaches_no_host_by_pattern_and_nothing_older_than_the_run() {
    let fake = FakeSplunk::start(|_| rows(0));
    let (lab, folder) = lab(server(fake.server.url()));
    let wide = Meta {
        host: "web*".into(),
        ..meta()
    };
    let error = block(lab.announce_events(wide)).err().unwrap();
    assert!(matches!(error, Error::Protected(_)), "{error}");

    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    block(lab.announce_events(meta())).unwrap();
    block(lab.clean(Which::All));
    let sent: Vec<String> = fake
        .server
        .requests()
        .iter()
        .filter_map(|request| request.form("search"))
        .collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let (_, bound) = sent[0].split_once("_index_earliest=").unwrap();
    let bound: u64 = bound.strip_suffix(" | delete").unwrap().parse().unwrap();
    assert!(bound <= now && bound + 2 * 86_400 > now, "{bound}");
    drop(lab);

    // A journal of an earlier version may hold such a host.
    let path = folder.path().join("journal.jsonl");
    let change =
        json!({ "events": { "index": "a", "host": "web*", "source": "s", "sourcetype": "t" } });
    let line = json!({ "will": { "number": 0, "change": change } });
    std::fs::write(&path, format!("{line}\n")).unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let again = Lab::open(client(fake.server.url()), policy, &path).unwrap();
    let before = fake.server.requests().len();
    let done = block(again.clean(Which::All));
    assert!(matches!(done[0].1, Err(Error::Protected(_))));
    assert_eq!(fake.server.requests().len(), before, "no search");
}

#[test]
fn a_blocking_search_that_gives_no_answer_is_ended_on_the_server() {
    let fake = FakeSplunk::start_with(
        |_| rows(0),
        |request| {
            (request.method == "POST" && request.path.ends_with("/jobs")).then_some(Reply::Silence)
        },
    );
    let mut server = server(fake.server.url());
    server.patience.search = Duration::from_millis(150);
    let client = Client::new(server).unwrap();
    let mut search = Search::new("index=a", "slow");
    search.blocking = true;
    let error = block(client.run(&search)).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert_eq!(fake.server.count("DELETE", "/services/search/jobs/slow"), 1);
}

#[test]
fn a_list_that_never_ends_is_said() {
    let fake = FakeSplunk::start_with(
        |_| rows(0),
        |request| {
            request.path.ends_with("/data/indexes").then(|| {
                let entries: Vec<Value> = (0..1000)
                    .map(|number| FakeSplunk::entry(&format!("i{number}"), json!({})))
                    .collect();
                Reply::json(
                    200,
                    &json!({ "entry": entries, "paging": { "total": 1000 } }),
                )
            })
        },
    );
    let error = block(client(fake.server.url()).indexes()).unwrap_err();
    assert!(told(&error).contains("same page"), "{error}");
}
