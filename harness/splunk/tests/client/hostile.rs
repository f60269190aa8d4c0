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
