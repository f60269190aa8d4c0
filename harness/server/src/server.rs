//! A running server: started, asked for its addresses, stopped.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, codes, full};
use dryfire_runner::Session;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::collector::{self, Collector};
use crate::effects::why;
use crate::http::{Port, serve};
use crate::jobs;
use crate::journal::Journal;
use crate::routes;
use crate::saved::{Saved, app_of};
use crate::settings::Settings;
use crate::state::{InstalledApp, State};
use crate::store::Store;
use crate::tls;

/// Enterprise Security, as the simulated app is called, and the version whose clients ask for nothing beyond the two indexes.
const ENTERPRISE_SECURITY: (&str, &str) = ("SplunkEnterpriseSecuritySuite", "7.3.2");
/// The version of apps that say none.
const NO_VERSION: &str = "1.0.0";

/// Why a server did not start, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartError(String);

impl std::fmt::Display for StartError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// A running server. It ends when it is dropped.
pub struct Server {
    management: SocketAddr,
    collector: SocketAddr,
    certificate: PathBuf,
    notes: Vec<String>,
    state: Arc<State>,
    runtime: Option<Runtime>,
    threads: Vec<JoinHandle<()>>,
    /// A folder of this process alone, for the certificate of a server without `data`.
    temporary: Option<PathBuf>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// Content, apps, certificate or journal can't be read; a port can't be opened.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let mut notes = Vec::new();
        let content: Vec<PathBuf> = settings.content.iter().cloned().collect();
        let session = Session::load(&content, &settings.apps);
        refuse_unreadable(&session)?;
        let (journal, records) = match &settings.data {
            Some(folder) => {
                let (journal, records, torn) = Journal::open(folder).map_err(StartError)?;
                if let Some(torn) = torn {
                    notes.push(format!(
                        "the last {} bytes of the journal were no whole record, acknowledged to nobody, and were cut off",
                        torn.bytes
                    ));
                }
                (Some(journal), records)
            }
            None => (None, Vec::new()),
        };
        let collector = Collector::new(&records, settings.hec_token.as_deref());
        let further: &[&str] = match settings.enterprise_security {
            true => &["notable", "risk"],
            false => &[],
        };
        let knowledge = Arc::clone(&session.library.knowledge);
        let stored = settings.limits.stored_bytes;
        let store = Store::new(
            knowledge,
            stored,
            further,
            journal.map(|journal| (journal, records)),
        );
        let store = store.map_err(|error| StartError(why(&error)))?;
        let (folder, temporary) = match &settings.data {
            Some(folder) => (folder.clone(), None),
            None => {
                let folder = temporary_folder()?;
                (folder.clone(), Some(folder))
            }
        };
        let tls = tls::open(settings.certificate.as_ref(), &folder, settings.listen);
        let tls = tls.map_err(StartError)?;
        let saved = Saved::new(&session);
        let apps = apps(&session, settings.enterprise_security);
        let state = State::new(settings, session, store, collector, saved, apps);
        let state = Arc::new(state);
        let failed = |what: &str, error: std::io::Error| StartError(format!("{what}: {error}"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| failed("no threads can be started", error))?;
        let threads = jobs::spawn(&state);
        let threads = threads.map_err(|error| failed("no threads can be started", error))?;
        let mut server = Self {
            management: SocketAddr::new(state.settings.listen, state.settings.port),
            collector: SocketAddr::new(state.settings.listen, state.settings.hec_port),
            certificate: tls.certificate,
            notes,
            state: Arc::clone(&state),
            runtime: Some(runtime),
            threads,
            temporary,
        };
        let limits = Arc::new(state.settings.limits.clone());
        let acceptor = TlsAcceptor::from(tls.config);
        let shared = Arc::clone(&state);
        let management = Port {
            tls: acceptor.clone(),
            limits: Arc::clone(&limits),
            answer: Arc::new(move |request| routes::answer(&shared, &request)),
        };
        let events = Port {
            tls: acceptor,
            limits,
            answer: Arc::new(move |request| collector::answer(&state, &request)),
        };
        server.management = server.open(server.management, management)?;
        server.collector = server.open(server.collector, events)?;
        Ok(server)
    }

    /// Opens a port, and says which it is.
    fn open(&self, at: SocketAddr, port: Port) -> Result<SocketAddr, StartError> {
        let failed = |error: std::io::Error| StartError(format!("can't listen on {at}: {error}"));
        let Some(runtime) = &self.runtime else {
            return Err(StartError("the server has ended".to_owned()));
        };
        let listener = runtime.block_on(TcpListener::bind(at)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        runtime.spawn(serve(listener, port));
        Ok(address)
    }

    /// Where the REST interface is.
    pub fn management(&self) -> SocketAddr {
        self.management
    }

    /// Where the HTTP event collector is.
    pub fn collector(&self) -> SocketAddr {
        self.collector
    }

    /// The certificate that clients may trust.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// What was noticed while the server started.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How many saved searches the content and the apps have.
    pub fn saved_searches(&self) -> usize {
        self.state.saved.list("", None).len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.jobs.stop();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(2));
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        if let Some(folder) = &self.temporary {
            // What is left there is a certificate that nobody trusts any more.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Ends the start where an app or a configuration can't be read: without it results would be others, unseen.
fn refuse_unreadable(session: &Session) -> Result<(), StartError> {
    let configured = session.configured.iter();
    let configured = configured.filter(|found| found.severity == Severity::Error);
    let apps = session.diagnostics.iter();
    let apps = apps.filter(|found| found.code == &codes::dataset::APP_UNREADABLE);
    let wrong: Vec<&Diagnostic> = configured.chain(apps).collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(StartError(texts(&wrong, &session.sources))),
    }
}

fn texts(found: &[&Diagnostic], sources: &SourceMap) -> String {
    let texts: Vec<String> = found.iter().map(|one| full(one, sources, false)).collect();
    texts.join("\n\n")
}

/// A folder that nobody else can read.
fn temporary_folder() -> Result<PathBuf, StartError> {
    let name = format!("dryfire-serve-{}", uuid::Uuid::new_v4().simple());
    let folder = std::env::temp_dir().join(name);
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(&folder) {
        Ok(()) => Ok(folder),
        Err(error) => Err(StartError(format!("{}: {error}", folder.display()))),
    }
}

/// What is shown as installed.
fn apps(session: &Session, enterprise_security: bool) -> BTreeMap<String, InstalledApp> {
    let mut apps = BTreeMap::new();
    let mut add = |name: &str, version: &str, label: &str| {
        let app = InstalledApp {
            version: version.to_owned(),
            label: label.to_owned(),
        };
        apps.insert(name.to_owned(), app);
    };
    add("search", NO_VERSION, "Search & Reporting");
    add("splunk_httpinput", NO_VERSION, "splunk_httpinput");
    for app in session.library.knowledge.apps() {
        let version = app.version.as_deref().unwrap_or(NO_VERSION);
        add(&app.name, version, &app.name);
    }
    for root in session
        .repository
        .roots
        .iter()
        .filter(|root| root.repository)
    {
        let name = app_of(root);
        add(&name, NO_VERSION, &name);
    }
    if enterprise_security {
        let (name, version) = ENTERPRISE_SECURITY;
        add(name, version, "Enterprise Security (simulated)");
    }
    apps
}
