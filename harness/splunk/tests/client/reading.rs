//! Sessions, searches, jobs and their rows.

use super::*;

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
fn a_oneshot_is_one_request_and_leaves_no_job() {
    let fake = FakeSplunk::start(|_| rows(7));
    let client = client(fake.server.url());
    let found = block(client.oneshot(&Search::new("index=main", "o"))).unwrap();
    assert_eq!(found.len(), 7);
    assert_eq!(fake.jobs(), 0);
    let requests = fake.server.requests();
    let jobs = requests.iter().filter(|one| one.path.contains("/jobs"));
    assert_eq!(jobs.count(), 1);
    fake.say("index=main", "ERROR", "a peer did not answer");
    let error = block(client.oneshot(&Search::new("index=main", "o"))).unwrap_err();
    assert!(told(&error).contains("a peer did not answer"), "{error}");
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
