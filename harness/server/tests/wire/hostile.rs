//! Requests that nobody means well by. After each of them the server still answers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::client::Client;

fn still_there(client: &Client, after: &str) {
    let reply = client.get("/services/server/info");
    assert_eq!(reply.status, 200, "after {after}");
    assert_eq!(
        client
            .hec("/services/collector/raw", "still there\n")
            .status,
        200,
        "after {after}"
    );
}

#[test]
fn malformed_and_hostile_requests_are_refused() {
    let mut settings = crate::client::settings();
    settings.limits.body_bytes = 1 << 20;
    let client = Client::with(settings);
    let jobs = "/services/search/jobs";
    let deep = format!("search={}x{}", "(".repeat(20_000), ")".repeat(20_000));
    let long = format!("search=search+{}", "a+OR+".repeat(100_000));
    let many = "a=1&".repeat(200_000);
    let large = "x".repeat(2 << 20);
    let post = Method::POST;
    let index = "/services/data/indexes";
    for (what, method, path, body, statuses) in [
        (
            "a way up in a path",
            Method::GET,
            "/services/../../etc/passwd",
            "",
            &[404][..],
        ),
        (
            "an encoded way up",
            Method::GET,
            "/services/data/indexes/%2e%2e%2f%2e%2e%2fetc",
            "",
            &[404],
        ),
        (
            "a twice encoded way up",
            Method::GET,
            "/services/data/inputs/http/%252e%252e%252fx",
            "",
            &[404],
        ),
        (
            "a zero byte in a name",
            Method::GET,
            "/services/saved/searches/%00",
            "",
            &[404],
        ),
        (
            "bytes that are no text",
            Method::GET,
            "/services/saved/searches/%ff%fe",
            "",
            &[404],
        ),
        (
            "an index with a way in its name",
            post.clone(),
            index,
            "name=..%2F..%2Fx",
            &[400],
        ),
        (
            "an index with a path of its own",
            post.clone(),
            index,
            "name=ok&homePath=%2Fetc",
            &[201],
        ),
        (
            "a file of the server to read",
            post.clone(),
            "/services/data/inputs/oneshot",
            "name=%2Fetc%2Fpasswd",
            &[403],
        ),
        (
            "SPL that asks for a file",
            post.clone(),
            jobs,
            "exec_mode=oneshot&search=%7C+inputcsv+..%2Fetc%2Fpasswd",
            &[400],
        ),
        (
            "SPL that asks for a lookup elsewhere",
            post.clone(),
            jobs,
            "exec_mode=oneshot&search=%7C+inputlookup+..%2F..%2Fetc%2Fpasswd",
            &[400],
        ),
        (
            "SPL that writes a file",
            post.clone(),
            jobs,
            "exec_mode=oneshot&search=%7C+makeresults+%7C+outputlookup+..%2F..%2Fx.csv",
            &[400],
        ),
        (
            "SPL that writes a CSV",
            post.clone(),
            jobs,
            "exec_mode=oneshot&search=%7C+makeresults+%7C+outputcsv+..%2Fx",
            &[200, 400],
        ),
        (
            "SPL that runs a program",
            post.clone(),
            jobs,
            "exec_mode=oneshot&search=%7C+script+python+x",
            &[400],
        ),
        ("deep brackets", post.clone(), jobs, &deep, &[400]),
        ("a long search", post.clone(), jobs, &long, &[201, 400]),
        ("many parameters", post.clone(), jobs, &many, &[400]),
        ("a large body", post.clone(), jobs, &large, &[413]),
        (
            "rows without end",
            post.clone(),
            jobs,
            "exec_mode=oneshot&search=%7C+makeresults+count%3D999999999999",
            &[400],
        ),
        (
            "a value without end",
            post.clone(),
            jobs,
            "exec_mode=oneshot&search=%7C+makeresults+%7C+eval+x%3Dmvjoin(mvrange(1%2C99999999)%2C%22xxxxxxxxxxxxxxxx%22)",
            &[200, 400],
        ),
        ("another method", Method::PATCH, jobs, "", &[405]),
    ] {
        let reply = client.call(method, path, body);
        assert!(
            statuses.contains(&reply.status),
            "{what}: {} {}",
            reply.status,
            reply.text
        );
        still_there(&client, what);
    }
    assert!(!std::path::Path::new("x.csv").exists());
}

/// What the server says to bytes that may be no request.
fn raw(client: &Client, bytes: &[u8]) -> String {
    let plain = TcpStream::connect(client.server.management()).unwrap();
    plain
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut stream = tls(plain);
    // The server may end the connection before all is written.
    let _ = stream.write_all(bytes);
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    String::from_utf8_lossy(&reply).into_owned()
}

fn tls(stream: TcpStream) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(std::sync::Arc::new(Anyone))
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(config.into(), name).unwrap();
    rustls::StreamOwned::new(connection, stream)
}

/// Takes any certificate: what is tested is not the certificate.
#[derive(Debug)]
struct Anyone;

impl rustls::client::danger::ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[test]
fn bytes_that_are_no_request_end_the_connection_alone() {
    let mut settings = crate::client::settings();
    settings.limits.patience = Duration::from_secs(1);
    let client = Client::with(settings);
    let line = "GET /services/server/info HTTP/1.1\r\nHost: x\r\n";
    let huge = format!("{line}X: {}\r\n\r\n", "a".repeat(200_000));
    let many = format!("{line}{}\r\n", "A: b\r\n".repeat(1000));
    let lengths = format!("{line}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde");
    for (what, bytes, status) in [
        ("a huge header", huge.as_bytes(), "431"),
        ("many headers", many.as_bytes(), "431"),
        ("two lengths", lengths.as_bytes(), "400"),
        ("no HTTP", b"\x00\x01\x02\x03 garbage\r\n\r\n", "400"),
    ] {
        let reply = raw(&client, bytes);
        assert!(
            reply.starts_with(&format!("HTTP/1.1 {status}")),
            "{what}: {reply}"
        );
        still_there(&client, what);
    }
    let slow = "POST /services/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nuser";
    let reply = raw(&client, slow.as_bytes());
    assert!(reply.starts_with("HTTP/1.1 408"), "a slow body: {reply}");
    still_there(&client, "a slow body");
    // Headers that never end, and no TLS at all.
    assert_eq!(raw(&client, line.as_bytes()), "");
    let mut plain = TcpStream::connect(client.server.management()).unwrap();
    let _ = plain.write_all(b"GET / HTTP/1.1\r\n\r\n");
    still_there(&client, "plain HTTP");
}

#[test]
fn idle_connections_make_room_for_those_that_ask() {
    let mut settings = crate::client::settings();
    settings.limits.connections = 20;
    settings.limits.patience = Duration::from_secs(600);
    let client = Client::with(settings);
    let begun = Instant::now();
    let mut idle = Vec::new();
    for _ in 0..500 {
        idle.push(TcpStream::connect(client.server.management()).unwrap());
    }
    still_there(&client, "idle connections");
    assert!(
        begun.elapsed() < Duration::from_secs(300),
        "it waited for them"
    );
}
