//! Servers that mean ill: answers without end, silence, false certificates.

use super::*;

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

#[test]
fn a_list_of_ever_new_entries_ends_where_it_takes_too_much_memory() {
    let fake = FakeSplunk::start_with(
        |_| rows(0),
        |request| {
            request.path.ends_with("/data/indexes").then(|| {
                let begin: usize = request.asks("offset").unwrap().parse().unwrap();
                let entries: Vec<Value> = (begin..begin + 1000)
                    .map(|number| FakeSplunk::entry(&format!("i{number}"), json!({})))
                    .collect();
                Reply::json(200, &json!({ "entry": entries }))
            })
        },
    );
    let error = block(holding(fake.server.url(), 20 << 20).indexes()).unwrap_err();
    assert!(matches!(error, Error::TooMuch { .. }), "{error}");
    assert!(told(&error).contains("20971520 bytes of memory"), "{error}");
    let pages = fake.server.count("GET", "/services/data/indexes");
    assert!((2..20).contains(&pages), "{pages}");
}

#[test]
fn rows_without_end_are_not_all_held() {
    let fake = FakeSplunk::start_with(
        |_| rows(0),
        |request| {
            if request.path.ends_with("/results") {
                return Some(Reply::json(200, &json!({ "results": rows(1000) })));
            }
            (request.method == "GET" && request.path.ends_with("/jobs/j")).then(|| {
                let content = json!({ "isDone": true, "dispatchState": "DONE", "resultCount": 1_000_000_000_u64 });
                Reply::json(200, &json!({ "entry": [{ "name": "j", "content": content }] }))
            })
        },
    );
    let client = holding(fake.server.url(), 20 << 20);
    let error = block(client.run(&Search::new("index=a", "j"))).unwrap_err();
    assert!(matches!(error, Error::TooMuch { .. }), "{error}");
    assert!(told(&error).starts_with("the results of job j would take more than"));
    assert_eq!(fake.jobs(), 0, "the job is removed");
}

#[test]
fn a_small_text_of_large_values_is_not_read() {
    // Seven bytes each, of which some hundred would become.
    let dense = format!(
        "{{\"entry\":[],\"x\":[{}{{}}]}}",
        "{\"\":0},".repeat(50_000)
    );
    let server = Scripted::start(move |_| Reply::Whole {
        status: 200,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: dense.clone().into_bytes(),
    });
    let error = block(holding(server.url(), 20 << 20).info()).unwrap_err();
    assert!(matches!(error, Error::TooMuch { .. }), "{error}");
}

#[test]
fn a_byte_now_and_then_is_no_answer() {
    let server = Scripted::start(|_| Reply::Pieces {
        status: 200,
        headers: vec![],
        promised: 4,
        body: b"    ".to_vec(),
        pause: Duration::from_millis(60),
    });
    let mut slow = self::server(server.url());
    // Each piece comes in time, and all of them do not.
    slow.patience.read = Duration::from_millis(150);
    slow.patience.pages = Duration::from_millis(150);
    let error = block(Client::new(slow).unwrap().info()).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
}

#[test]
fn a_refused_export_is_not_read_without_end() {
    let fake = FakeSplunk::start_with(
        |_| rows(0),
        |request| {
            request.path.ends_with("/export").then(|| Reply::Pieces {
                status: 400,
                headers: vec![],
                promised: 1 << 40,
                body: Vec::new(),
                pause: Duration::ZERO,
            })
        },
    );
    let client = client(fake.server.url());
    let error = block(client.export(&Search::new("index=a", "e"), |_| Ok(()))).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

/// A client that holds so many bytes of rows and entries.
fn holding(url: url::Url, bytes: usize) -> Client {
    let mut server = server(url);
    server.patience.largest_held = bytes;
    Client::new(server).unwrap()
}
