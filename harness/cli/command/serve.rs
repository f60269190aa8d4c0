//! `dryfire serve`: the engine behind Splunk's HTTP interfaces.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dryfire_event::ExitCode;
use dryfire_server::{Certificate, Limits, Server, Settings};
use serde_json::json;

use super::{Failure, use_threads};
use crate::args::{Serve, ServeFormat};
use crate::interrupt;

/// The variable with the password of `admin`.
const PASSWORD: &str = "DRYFIRE_SERVE_PASSWORD";
/// The variable with the value of a token.
const TOKEN: &str = "DRYFIRE_SERVE_HEC_TOKEN";
/// How often it is looked whether the user has had enough.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) fn run(args: &Serve) -> Result<ExitCode, Failure> {
    use_threads(args.threads);
    let cancel = interrupt::flag();
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let password = given(PASSWORD);
    let made = password.is_none().then(new_password);
    let Some(password) = password.or_else(|| made.clone()) else {
        return Err(Failure::new(
            ExitCode::Content,
            "error: there is no password",
        ));
    };
    let server = Server::start(settings(args, password, given(TOKEN)))
        .map_err(|error| Failure::new(ExitCode::Content, format!("error: {error}")))?;
    for note in server.notes() {
        writeln!(io::stderr(), "note: {note}")?;
    }
    if !args.listen.is_loopback() {
        writeln!(
            io::stderr(),
            "note: other machines can reach this server at {}",
            args.listen
        )?;
    }
    tell(args.format, &server, made.as_deref())?;
    while !cancel.load(Ordering::Relaxed) {
        std::thread::sleep(PAUSE);
    }
    drop(server);
    Ok(ExitCode::Passed)
}

fn settings(args: &Serve, password: String, hec_token: Option<String>) -> Settings {
    let files = args.certificate.clone().zip(args.key.clone());
    Settings {
        listen: args.listen,
        port: args.port,
        hec_port: args.hec_port,
        content: args.content.clone(),
        apps: args.apps.clone(),
        enterprise_security: args.es,
        data: args.data.clone(),
        certificate: files.map(|(certificate, key)| Certificate { certificate, key }),
        password,
        hec_token,
        limits: Limits {
            body_bytes: args.max_body.saturating_mul(1 << 20),
            stored_bytes: args.max_stored.saturating_mul(1 << 20),
            searches: args.max_searches,
            search_time: Duration::from_secs(args.search_time),
            ..Limits::default()
        },
    }
}

fn new_password() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Says where the server is, once it can be reached.
fn tell(format: ServeFormat, server: &Server, password: Option<&str>) -> io::Result<()> {
    let url = |address: SocketAddr| format!("https://{address}");
    let (management, collector) = (url(server.management()), url(server.collector()));
    let certificate = server.certificate().display().to_string();
    let mut out = io::stdout().lock();
    match format {
        ServeFormat::Json => {
            let mut told = json!({
                "management": management,
                "collector": collector,
                "pid": std::process::id(),
                "certificate": certificate,
                "user": "admin",
                "saved_searches": server.saved_searches(),
            });
            if let (Some(password), Some(told)) = (password, told.as_object_mut()) {
                told.insert("password".to_owned(), json!(password));
            }
            writeln!(out, "{told}")?;
        }
        ServeFormat::Text => {
            writeln!(out, "management {management}")?;
            writeln!(out, "collector {collector}")?;
            writeln!(out, "certificate {certificate}")?;
            if let Some(password) = password {
                writeln!(out, "password {password}")?;
            }
        }
    }
    out.flush()
}
