//! Starting, stopping and starting again.

use std::sync::Arc;

use clausa_api::{paths, service::ServiceDescription};
use clausa_server::config::TlsConfig;
use clausa_server::{Authority, Config, StartError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::StillClock;

async fn start(config: &Config) -> Result<Authority, StartError> {
    Authority::start(config.clone(), Arc::new(StillClock::new())).await
}

async fn describe(authority: &Authority) -> ServiceDescription {
    let mut connection = TcpStream::connect(authority.local_addr()).await.unwrap();
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
        paths::WELL_KNOWN,
        authority.origin().authority()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(&answer[answer.find("\r\n\r\n").unwrap()..]).unwrap()
}

#[tokio::test]
async fn a_restarted_authority_is_the_same_one() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::loopback(folder.path().join("data"));
    let first = start(&config).await.unwrap();
    let before = describe(&first).await;
    assert!(before.origin.as_str().starts_with("http://127.0.0.1:"));
    first.shutdown().await;
    let second = start(&config).await.unwrap();
    assert_eq!(describe(&second).await, before, "origin and root are kept");
    second.shutdown().await;
}

/// The head of the answer on a connection that stays open.
async fn head(connection: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: probe\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut head = String::new();
    while !head.contains("\r\n\r\n") {
        let mut piece = [0; 4096];
        let length = connection.read(&mut piece).await.unwrap();
        assert!(length > 0, "it was closed: {head}");
        head.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    head
}

/// Whoever spreads requests over nodes learns that this one is about to stop, and what comes meanwhile is answered.
#[tokio::test]
async fn an_authority_that_stops_says_so_first_and_answers_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.server.drain_seconds = 5;
    let authority = start(&config).await.unwrap();
    let address = authority.local_addr();
    let mut open = TcpStream::connect(address).await.unwrap();
    let ready = head(&mut open, paths::HEALTH_READY).await;
    assert!(ready.starts_with("HTTP/1.1 204"), "{ready}");
    assert!(!ready.contains("connection: close"), "{ready}");
    let stopping = tokio::spawn(authority.shutdown());
    let told = loop {
        let mut new = TcpStream::connect(address).await.unwrap();
        let told = head(&mut new, paths::HEALTH_READY).await;
        if !told.starts_with("HTTP/1.1 204") {
            break told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(told.starts_with("HTTP/1.1 503"), "{told}");
    // The connection that is open is answered once more, and told not to be used again.
    let last = head(&mut open, paths::HEALTH_LIVE).await;
    assert!(
        last.starts_with("HTTP/1.1 204") && last.contains("connection: close"),
        "{last}"
    );
    stopping.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_data_folder_belongs_to_one_origin() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    start(&config).await.unwrap().shutdown().await;
    config.server.origin = Some("https://rights.contoso.example".parse().unwrap());
    assert!(matches!(
        start(&config).await.err(),
        Some(StartError::OriginChanged { .. })
    ));
}

#[tokio::test]
async fn a_taken_port_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.server.listen = taken.local_addr().unwrap();
    let error = start(&config).await.err().unwrap();
    assert!(
        error
            .to_string()
            .contains(&taken.local_addr().unwrap().to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn plain_http_stays_on_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.server.listen = "0.0.0.0:0".parse().unwrap();
    let error = start(&config).await.err().unwrap().to_string();
    assert!(error.contains("[server.tls]"), "{error}");
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[tokio::test]
async fn a_missing_certificate_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.server.origin = Some("https://rights.contoso.example".parse().unwrap());
    let file = folder.path().join("none.pem");
    config.server.tls = Some(TlsConfig {
        certificate_file: file.clone(),
        key_file: file,
    });
    let error = start(&config).await.err().unwrap();
    assert!(
        matches!(error, StartError::Tls(_)) && error.to_string().contains("none.pem"),
        "{error}"
    );
}

/// A certificate for `rights.contoso.example` that no machine but this test trusts, good for a hundred years.
const CERTIFICATE: &str = include_str!("tls/certificate.pem");
const KEY: &str = include_str!("tls/key.pem");

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.server.origin = Some("https://rights.contoso.example".parse().unwrap());
    let (certificate_file, key_file) = (
        folder.path().join("certificate.pem"),
        folder.path().join("key.pem"),
    );
    std::fs::write(&certificate_file, CERTIFICATE).unwrap();
    std::fs::write(&key_file, KEY).unwrap();
    config.server.tls = Some(TlsConfig {
        certificate_file,
        key_file: key_file.clone(),
    });
    #[cfg(unix)]
    {
        // SEC-122
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(start(&config).await.err(), Some(StartError::Tls(_))));
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let authority = start(&config).await.unwrap();
    let address = authority.local_addr();
    let answer = tokio::task::spawn_blocking(move || ask_by_tls(address))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer
            .to_lowercase()
            .contains("strict-transport-security: max-age=63072000"),
        "{answer}"
    );
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: rights.contoso.example\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).await.ok();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    authority.shutdown().await;
}

fn ask_by_tls(address: std::net::SocketAddr) -> String {
    use std::io::{Read as _, Write as _};

    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;

    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "rights.contoso.example".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, std::net::TcpStream::connect(address).unwrap());
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: rights.contoso.example\r\nconnection: close\r\n\r\n",
        paths::WELL_KNOWN
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok();
    answer
}
