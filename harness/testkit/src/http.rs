//! A server on 127.0.0.1 that answers as a test says, also in ways that no library's server would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use flate2::read::GzDecoder;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// The path, as it was written.
    pub path: String,
    /// Name and value, unpacked, of the query.
    pub query: Vec<(String, String)>,
    /// Lower-case name and value.
    pub headers: Vec<(String, String)>,
    /// The body, unpacked.
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A value of the query.
    pub fn asks(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A value of the form in the body.
    pub fn form(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(&self.body)
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub enum Reply {
    Whole {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// The head promises so many bytes, the connection ends after these.
    Cut { promised: usize, body: Vec<u8> },
    /// So many bytes are promised; these come, in pieces with a pause between them. If they are fewer, the connection ends.
    Pieces {
        status: u16,
        headers: Vec<(String, String)>,
        promised: usize,
        body: Vec<u8>,
        pause: Duration,
    },
    /// The connection ends without an answer.
    Nothing,
    /// No answer, and the connection stays.
    Silence,
    /// So many bytes of blanks.
    Endless(usize),
}

impl Reply {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Whole {
            status,
            headers: vec![("Content-Type".into(), "application/json".into())],
            body: body.to_string().into_bytes(),
        }
    }

    pub fn status(status: u16) -> Self {
        Self::json(status, &serde_json::json!({}))
    }

    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        match self {
            Self::Whole {
                status,
                mut headers,
                body,
            } => {
                headers.push((name.to_owned(), value.to_owned()));
                Self::Whole {
                    status,
                    headers,
                    body,
                }
            }
            other => other,
        }
    }
}

/// To which path, and how many of its requests, only half a body arrives.
type Cut = Arc<Mutex<Option<(String, usize)>>>;

type Answer = dyn FnMut(&Request) -> Reply + Send;

/// A server that answers as a test says. It ends when it is dropped.
pub struct Scripted {
    port: u16,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<Request>>>,
    over: Arc<AtomicBool>,
    cut: Cut,
    /// The certificate (PEM), where the server speaks TLS.
    pub certificate: Option<String>,
}

trait Connection: Read + Write + Send {}
impl<T: Read + Write + Send> Connection for T {}

impl Scripted {
    pub fn start(answer: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        Self::serve(answer, None)
    }

    /// With a certificate that nobody has signed, for `localhost`.
    pub fn start_tls(answer: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key =
            rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut server = Self::serve(answer, Some(Arc::new(config)));
        server.certificate = Some(made.cert.pem());
        server
    }

    fn serve(
        answer: impl FnMut(&Request) -> Reply + Send + 'static,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            scheme: if tls.is_some() { "https" } else { "http" },
            requests: Arc::default(),
            over: Arc::default(),
            cut: Arc::default(),
            certificate: None,
        };
        let (requests, over) = (Arc::clone(&server.requests), Arc::clone(&server.over));
        let cut = Arc::clone(&server.cut);
        let answer: Arc<Mutex<Box<Answer>>> = Arc::new(Mutex::new(Box::new(answer)));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let (Ok(stream), tls) = (stream, tls.clone()) else {
                    continue;
                };
                let (answer, requests, over, cut) = (
                    Arc::clone(&answer),
                    Arc::clone(&requests),
                    Arc::clone(&over),
                    Arc::clone(&cut),
                );
                thread::spawn(move || {
                    let raw = stream.try_clone().unwrap();
                    let connection: Box<dyn Connection> = match tls {
                        None => Box::new(stream),
                        Some(config) => Box::new(rustls::StreamOwned::new(
                            rustls::ServerConnection::new(config).unwrap(),
                            stream,
                        )),
                    };
                    converse(connection, &raw, &answer, &requests, (&over, &cut));
                });
            }
        });
        server
    }

    /// The address.
    pub fn url(&self) -> url::Url {
        url::Url::parse(&format!("{}://localhost:{}", self.scheme, self.port)).unwrap()
    }

    /// Reads half of the body of the next requests to paths that hold this text, and resets the connection.
    pub fn cut_bodies(&self, path: &str, times: usize) {
        *self.cut.lock().unwrap() = Some((path.to_owned(), times));
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How often that was asked.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| request.method == method && request.path == path)
            .count()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// One connection: requests and answers until it ends.
fn converse(
    connection: Box<dyn Connection>,
    raw: &TcpStream,
    answer: &Mutex<Box<Answer>>,
    requests: &Mutex<Vec<Request>>,
    (over, cut): (&AtomicBool, &Cut),
) {
    let mut connection = BufReader::new(connection);
    while let Some(request) = read(&mut connection, cut) {
        requests.lock().unwrap().push(request.clone());
        let reply = (answer.lock().unwrap())(&request);
        let out = connection.get_mut();
        let done = match reply {
            Reply::Whole {
                status,
                headers,
                body,
            } => out
                .write_all(head(status, &headers, body.len()).as_bytes())
                .and_then(|()| out.write_all(&body))
                .and_then(|()| out.flush()),
            Reply::Cut { promised, body } => {
                let head = format!(
                    "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {promised}\r\n\r\n"
                );
                let _ = out
                    .write_all(head.as_bytes())
                    .and_then(|()| out.write_all(&body));
                let _ = out.flush();
                let _ = raw.shutdown(Shutdown::Both);
                return;
            }
            Reply::Pieces {
                status,
                headers,
                promised,
                body,
                pause,
            } => {
                let mut written = out.write_all(head(status, &headers, promised).as_bytes());
                for piece in body.chunks(body.len().div_ceil(4).max(1)) {
                    written = written.and_then(|()| out.write_all(piece));
                    written = written.and_then(|()| out.flush());
                    thread::sleep(pause);
                }
                if body.len() < promised {
                    let _ = raw.shutdown(Shutdown::Both);
                    return;
                }
                written
            }
            Reply::Nothing => {
                let _ = raw.shutdown(Shutdown::Both);
                return;
            }
            Reply::Silence => {
                while !over.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(20));
                }
                return;
            }
            Reply::Endless(bytes) => {
                let _ = out.write_all(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n");
                let blank = [b' '; 1 << 16];
                let mut left = bytes;
                while left > 0 && out.write_all(&blank).is_ok() {
                    left = left.saturating_sub(blank.len());
                }
                return;
            }
        };
        if done.is_err() {
            return;
        }
    }
}

fn head(status: u16, headers: &[(String, String)], length: usize) -> String {
    let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head
}

fn read(from: &mut impl BufRead, cut: &Cut) -> Option<Request> {
    let mut line = String::new();
    if from.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| headers.iter().find(|(found, _)| found == name);
    let length = header("content-length").map_or(0, |(_, length)| length.parse().unwrap_or(0));
    let mut body = vec![0; length];
    if let Some((path, left)) = cut.lock().unwrap().as_mut()
        && *left > 0
        && target.contains(path.as_str())
    {
        *left -= 1;
        let _ = from.read_exact(&mut body[..length / 2]);
        return None;
    }
    from.read_exact(&mut body).ok()?;
    if header("content-encoding").is_some_and(|(_, kind)| kind == "gzip") {
        let mut unpacked = Vec::new();
        GzDecoder::new(body.as_slice())
            .read_to_end(&mut unpacked)
            .ok()?;
        body = unpacked;
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request {
        method,
        path: path.to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers,
        body,
    })
}
