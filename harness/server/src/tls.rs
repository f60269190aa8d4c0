//! The certificate: given by the user, kept beside the data, or made anew.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::Certificate;

/// What the ports need, and where clients find the certificate.
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) certificate: PathBuf,
}

/// The user's certificate; else that of the folder, which is made at the first start.
pub(crate) fn open(
    given: Option<&Certificate>,
    folder: &Path,
    listen: IpAddr,
) -> Result<Tls, String> {
    let own = Certificate {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
    };
    let files = given.unwrap_or(&own);
    if given.is_none() && !(own.certificate.is_file() && own.key.is_file()) {
        make(&own, listen)?;
    }
    let wrong = |path: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&files.certificate, &error))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong(&files.key, &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| wrong(&files.certificate, &error))?;
    Ok(Tls {
        config: Arc::new(config),
        certificate: files.certificate.clone(),
    })
}

/// Makes a certificate that vouches for this machine's own names alone.
fn make(files: &Certificate, listen: IpAddr) -> Result<(), String> {
    let names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        listen.to_string(),
    ];
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| format!("no certificate can be made: {error}"))?;
    // The key first: a certificate without its key is made again.
    write_private(&files.key, &made.signing_key.serialize_pem())?;
    write_private(&files.certificate, &made.cert.pem())
}

/// Writes a file that nobody but its owner can read.
fn write_private(path: &Path, text: &str) -> Result<(), String> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| format!("{}: {error}", path.display()))
}
