//! TLS by rustls with AWS-LC: version 1.3, and 1.2 with its AEAD suites.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{TlsConfig, is_exposed};

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read or holds nothing of the kind.
    #[error("{} is not a PEM file with a {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
        /// Why not.
        source: rustls_pki_types::pem::Error,
    },
    /// Others may read the private key.
    #[error("others may read {}: run `chmod 600` on it", .0.display())]
    Exposed(PathBuf),
    /// Certificate and key do not fit, or rustls does not take them.
    #[error("the certificate and its key cannot be used together")]
    Rejected(#[source] rustls::Error),
}

/// Reads certificate and key.
pub(crate) fn server_config(config: &TlsConfig) -> Result<Arc<ServerConfig>, TlsError> {
    let file_error = |path: &PathBuf, what| {
        let path = path.clone();
        move |source| TlsError::File { path, what, source }
    };
    let chain = CertificateDer::pem_file_iter(&config.certificate_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(file_error(&config.certificate_file, "certificate"))?;
    let key = PrivateKeyDer::from_pem_file(&config.key_file)
        .map_err(file_error(&config.key_file, "private key"))?;
    if is_exposed(&config.key_file).unwrap_or(true) {
        return Err(TlsError::Exposed(config.key_file.clone()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Rejected)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsError::Rejected)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}
