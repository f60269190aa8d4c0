//! The event collector.

use std::io::Write;

use serde_json::json;

use crate::client::{Client, TOKEN};

#[test]
fn raw_text_is_broken_and_found() {
    let client = Client::new();
    let path = "/services/collector/raw?index=main&source=s&sourcetype=lines&host=h1";
    let reply = client.hec(path, "2024-01-01T00:00:00Z one\n2024-01-01T00:00:01Z two\n");
    assert_eq!(reply.json(), json!({"text": "Success", "code": 0}));
    let rows = client.rows("search index=main host=h1 | table _time _raw source sourcetype host");
    assert_eq!(
        rows,
        [
            json!({"_time": "2024-01-01T00:00:01.000+00:00", "_raw": "2024-01-01T00:00:01Z two", "source": "s", "sourcetype": "lines", "host": "h1"}),
            json!({"_time": "2024-01-01T00:00:00.000+00:00", "_raw": "2024-01-01T00:00:00Z one", "source": "s", "sourcetype": "lines", "host": "h1"}),
        ]
    );
}

#[test]
fn single_events_keep_their_time_and_their_fields() {
    let client = Client::new();
    let body = r#"{"time":1700000000.25,"host":"a","sourcetype":"x","event":"multi\nline","fields":{"site":["n","s"]}}
        {"time":"1700000001","event":{"user":"bob","n":1.0},"sourcetype":"_json"}"#;
    let reply = client.hec("/services/collector/event", body);
    assert_eq!(reply.status, 200, "{}", reply.text);
    let rows = client.rows("search sourcetype=x site=s | table _time _raw site host");
    assert_eq!(
        rows,
        [
            json!({"_time": "2023-11-14T22:13:20.250+00:00", "_raw": "multi\nline", "site": ["n", "s"], "host": "a"})
        ]
    );
    let rows = client.rows("search user=bob | table n");
    assert_eq!(rows, [json!({"n": "1.0"})]);
}

#[test]
fn what_is_wrong_has_splunk_s_code() {
    let client = Client::new();
    let event = "/services/collector/event";
    for (path, body, status, code) in [
        (event, "", 400, 5),
        (event, "{", 400, 6),
        (event, "[1]", 400, 6),
        (event, r#"{"event":"x","index":"nowhere"}"#, 400, 7),
        (event, r#"{"time":1}"#, 400, 12),
        (event, r#"{"event":""}"#, 400, 13),
        (event, r#"{"event":"x","fields":{"a":{"b":1}}}"#, 400, 15),
        (event, r#"{"event":"x","time":"soon"}"#, 400, 6),
        ("/services/collector/raw?index=nowhere", "x", 400, 7),
        ("/services/collector/raw", " \n", 400, 5),
        ("/services/collector/raw?channel=x", "x", 400, 11),
        ("/services/collector/ack", r#"{"acks":[0]}"#, 400, 14),
    ] {
        let reply = client.hec(path, body);
        assert_eq!(reply.status, status, "{path} {body}: {}", reply.text);
        assert_eq!(reply.json()["code"], code, "{path} {body}");
    }
    let wrong = client.hec_with("wrong", event, r#"{"event":"x"}"#);
    assert_eq!(
        (wrong.status, wrong.json()["code"].clone()),
        (403, json!(4))
    );
    let request = client.http.post(client.hec_url(event)).body("{}");
    let none = client.send(request);
    assert_eq!((none.status, none.json()["code"].clone()), (401, json!(2)));
    // Of a request with one wrong event, none is taken.
    let both = r#"{"event":"good"}{"event":"bad","index":"nowhere"}"#;
    let reply = client.hec(event, both);
    assert_eq!(reply.json()["invalid-event-number"], 1);
    assert_eq!(client.number("search index=* | stats count", "count"), 0);
    let health = client
        .http
        .get(client.hec_url("/services/collector/health"));
    assert_eq!(client.send(health).json()["code"], 17);
}

#[test]
fn acknowledgements_are_told_to_the_channel() {
    let client = Client::new();
    let form = [("name", "acks"), ("useACK", "True"), ("token", "acks")];
    assert_eq!(client.post("/services/data/inputs/http", &form).status, 201);
    let no_channel = client.hec_with("acks", "/services/collector/raw", "x");
    assert_eq!(no_channel.json()["code"], 10);
    let channel = "channel=8f0f2c3e-0c63-4a8e-9a55-0a1b1c1d1e1f";
    let sent = client.hec_with("acks", &format!("/services/collector/raw?{channel}"), "x");
    assert_eq!(
        sent.json(),
        json!({"text": "Success", "code": 0, "ackId": 0})
    );
    let ask = format!("/services/collector/ack?{channel}");
    let acks = client.hec_with("acks", &ask, r#"{"acks":[0,1]}"#);
    assert_eq!(acks.json(), json!({"acks": {"0": true, "1": false}}));
}

#[test]
fn packed_bodies_are_unpacked_and_bombs_are_refused() {
    let mut settings = crate::client::settings();
    settings.limits.body_bytes = 1 << 20;
    let client = Client::with(settings);
    let packed = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let send = |body: Vec<u8>| {
        let request = client.http.post(client.hec_url("/services/collector/raw"));
        let request = request.header("Authorization", format!("Splunk {TOKEN}"));
        client.send(request.header("Content-Encoding", "gzip").body(body))
    };
    assert_eq!(send(packed(b"packed event\n")).status, 200);
    assert_eq!(client.number("search packed | stats count", "count"), 1);
    let bomb = packed(&vec![b'x'; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(send(bomb).status, 413);
    assert_eq!(send(b"no gzip".to_vec()).json()["code"], 6);
    let reply = client.hec("/services/collector/raw", vec![b'x'; (1 << 20) + 1]);
    assert_eq!(reply.status, 413);
}

#[test]
fn a_full_store_is_busy() {
    let mut settings = crate::client::settings();
    settings.limits.stored_bytes = 10_000;
    let client = Client::with(settings);
    let reply = client.hec(
        "/services/collector/raw?sourcetype=aws:firehose:json",
        "x\n".repeat(1000),
    );
    assert_eq!(
        (reply.status, reply.json()["code"].clone()),
        (503, json!(9))
    );
}
