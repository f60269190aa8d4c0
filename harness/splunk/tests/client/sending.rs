//! Events on their way to the collector.

use super::*;

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
