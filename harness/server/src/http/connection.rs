//! Connections: how many, for how long, and who goes when there are too many.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request as Head, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::reply::Reply;
use super::request::Request;
use crate::settings::Limits;

/// Most bytes of a request's headers.
const HEADER_BYTES: usize = 64 << 10;
/// Most headers of a request.
const HEADERS: usize = 100;
/// How long to wait where no connection can be accepted: most often because files have run out.
const PAUSE: Duration = Duration::from_millis(50);

/// How long to take in what a client sends after the end.
const LINGER: Duration = Duration::from_secs(2);

/// What answers on a port. It runs on a thread where it may block.
pub(crate) type Answer = dyn Fn(Request) -> Reply + Send + Sync;

/// A port and what answers there.
#[derive(Clone)]
pub(crate) struct Port {
    pub(crate) tls: TlsAcceptor,
    pub(crate) limits: Arc<Limits>,
    pub(crate) answer: Arc<Answer>,
}

/// The connections of a port, the oldest first. Where there are too many, the oldest that does nothing goes.
#[derive(Default)]
struct Connections(Mutex<VecDeque<Connection>>);

struct Connection {
    task: AbortHandle,
    busy: Arc<AtomicBool>,
}

impl Connections {
    /// Whether there is room for one more.
    fn make_room(&self, most: usize) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|one| !one.task.is_finished());
        if held.len() < most {
            return true;
        }
        let idle = held
            .iter()
            .position(|one| !one.busy.load(Ordering::Relaxed));
        match idle.and_then(|place| held.remove(place)) {
            Some(idle) => {
                idle.task.abort();
                true
            }
            None => false,
        }
    }

    fn add(&self, connection: Connection) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.push_back(connection);
    }
}

/// Accepts connections as long as the runtime lives.
pub(crate) async fn serve(listener: TcpListener, port: Port) {
    let connections = Connections::default();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Room for files may come back when idle connections go.
            connections.make_room(0);
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if !connections.make_room(port.limits.connections) {
            // All are at work: this one is closed at once.
            continue;
        }
        let busy = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(connection(stream, port.clone(), Arc::clone(&busy)));
        connections.add(Connection {
            task: task.abort_handle(),
            busy,
        });
    }
}

async fn connection(stream: TcpStream, port: Port, busy: Arc<AtomicBool>) {
    // Small replies must not wait for further ones.
    let _ = stream.set_nodelay(true);
    let patience = port.limits.patience;
    let Ok(Ok(stream)) = timeout(patience, port.tls.accept(stream)).await else {
        return;
    };
    let service = service_fn(|head: Head<Incoming>| {
        let (port, busy) = (port.clone(), Arc::clone(&busy));
        async move {
            busy.store(true, Ordering::Relaxed);
            let response = respond(head, port).await;
            busy.store(false, Ordering::Relaxed);
            Ok::<_, Infallible>(response)
        }
    });
    let mut served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    // How a connection ends is the client's affair.
    let _ = (&mut served).await;
    let mut stream = served.into_parts().io.into_inner();
    let _ = timeout(LINGER, linger(&mut stream)).await;
}

/// Says that the end is meant, and takes in what is still on its way: where it were left unread, the client would be told of a
/// broken connection and lose the last reply.
async fn linger(stream: &mut TlsStream<TcpStream>) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let (tcp, _) = stream.get_mut();
    let mut rest = [0; 4096];
    while matches!(tcp.read(&mut rest).await, Ok(count) if count > 0) {}
}

async fn respond(head: Head<Incoming>, port: Port) -> Response<Full<Bytes>> {
    let asked = head.headers().get(CONNECTION);
    let closes = asked
        .and_then(|asked| asked.to_str().ok())
        .is_some_and(|asked| asked.to_ascii_lowercase().contains("close"));
    let reply = match Request::read(head, &port.limits).await {
        Ok(request) => {
            let answer = Arc::clone(&port.answer);
            let work = tokio::task::spawn_blocking(move || answer(request));
            work.await
                .unwrap_or_else(|_| Reply::text(500, "A defect of dryfire ended the request."))
        }
        Err(reply) => reply,
    };
    let closes = closes || reply.closes;
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = hyper::StatusCode::from_u16(reply.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.kind));
    // Splunk's SDK reads nothing of a reply that says nothing of the connection.
    let connection = if closes { "Close" } else { "Keep-Alive" };
    headers.insert(CONNECTION, HeaderValue::from_static(connection));
    headers.insert("Server", HeaderValue::from_static("dryfire"));
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.insert(name, value);
        }
    }
    response
}
