//! Those who take connections and ask for nothing, over real sockets (SEC-150).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clausa_api::paths;
use clausa_server::Config;
use clausa_server::config::TlsConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::support::House;

/// Far more than any limit set here; only a defect lasts so long.
const PATIENCE: Duration = Duration::from_secs(20);

async fn connect(house: &House) -> TcpStream {
    TcpStream::connect(house.authority.local_addr()).await.unwrap()
}

/// Asks on an open connection and returns the status, or `None` when it is closed.
async fn ask(stream: &mut TcpStream) -> Option<u16> {
    let request = format!("GET {} HTTP/1.1\r\nhost: probe\r\n\r\n", paths::HEALTH_LIVE);
    stream.write_all(request.as_bytes()).await.ok()?;
    read_status(stream).await
}

async fn read_status(stream: &mut TcpStream) -> Option<u16> {
    let mut answer = Vec::new();
    while !answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match timeout(PATIENCE, stream.read(&mut buffer))
            .await
            .expect("an answer or an end")
        {
            Ok(0) | Err(_) => return None,
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
        }
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split(' ').nth(1)?.parse().ok()
}

/// Sends `bytes` again and again, slowly, until the other side has had enough; says how long that took.
async fn drip(mut stream: TcpStream, bytes: &'static [u8]) -> Duration {
    let begun = Instant::now();
    let mut buffer = [0; 1024];
    while begun.elapsed() < PATIENCE {
        if stream.write_all(bytes).await.is_err() {
            return begun.elapsed();
        }
        let read = timeout(Duration::from_millis(100), stream.read(&mut buffer)).await;
        if let Ok(Ok(0) | Err(_)) = read {
            return begun.elapsed();
        }
    }
    panic!("it was borne for {PATIENCE:?}");
}

fn impatient(config: &mut Config) {
    config.server.first_request_seconds = 1;
    config.server.idle_seconds = 2;
    config.server.request_seconds = 1;
}

#[tokio::test]
async fn dripping_headers_are_cut_off_while_others_are_served() {
    let house = House::open_with(impatient).await;
    let mut dripping = Vec::new();
    for start in ["GET / HTTP/1.1\r\nhost: ", "", "PRI * HTTP/2.0\r\n\r\nSM\r\n"] {
        let mut stream = connect(&house).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        dripping.push(tokio::spawn(drip(stream, b"P")));
    }
    let mut other = connect(&house).await;
    for _ in 0..5 {
        assert_eq!(ask(&mut other).await, Some(204));
        sleep(Duration::from_millis(50)).await;
    }
    for dripping in dripping {
        dripping.await.unwrap();
    }
    house.authority.shutdown().await;
}

#[tokio::test]
async fn silence_ends_a_connection_before_the_first_request_and_after_it() {
    let house = House::open_with(impatient).await;
    let mut silent = connect(&house).await;
    assert_eq!(read_status(&mut silent).await, None);
    let mut once = connect(&house).await;
    assert_eq!(ask(&mut once).await, Some(204));
    sleep(Duration::from_millis(1_200)).await;
    assert_eq!(
        ask(&mut once).await,
        Some(204),
        "the first request's limit is over, and it has come"
    );
    assert_eq!(read_status(&mut once).await, None);
    house.authority.shutdown().await;
}

async fn begin_a_body(house: &House) -> TcpStream {
    let mut stream = connect(house).await;
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n\r\n{{",
        paths::SIGNUPS,
        house.authority.origin().authority()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_dripping_body_is_cut_off_and_takes_only_its_own_network_places() {
    let house = House::open_with(|config| {
        impatient(config);
        config.server.requests_per_network = 2;
    })
    .await;
    let mut dripping = Vec::new();
    for _ in 0..2 {
        dripping.push(tokio::spawn(drip(begin_a_body(&house).await, b" ")));
    }
    let mut other = connect(&house).await;
    let begun = Instant::now();
    while ask(&mut other).await != Some(503) {
        assert!(begun.elapsed() < PATIENCE, "the places are never all taken");
        sleep(Duration::from_millis(5)).await;
    }
    for dripping in dripping {
        dripping.await.unwrap();
    }
    assert_eq!(
        ask(&mut connect(&house).await).await,
        Some(204),
        "the places are back"
    );
    house.authority.shutdown().await;
}

#[tokio::test]
async fn a_handshake_that_is_never_finished_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], include_str!("tls/certificate.pem")).unwrap();
    std::fs::write(&files[1], include_str!("tls/key.pem")).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&files[1], std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let [certificate_file, key_file] = files;
    let house = House::open_with(|config| {
        impatient(config);
        config.server.origin = Some("https://rights.contoso.example".parse().unwrap());
        config.server.tls = Some(TlsConfig {
            certificate_file,
            key_file,
        });
    })
    .await;
    // The beginning of a ClientHello that says it is 512 bytes long.
    let mut stream = connect(&house).await;
    stream
        .write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
        .await
        .unwrap();
    drip(stream, b"\x07").await;
    house.authority.shutdown().await;
}

async fn open(address: SocketAddr, number: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..number {
        let mut stream = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut stream).await, Some(204));
        streams.push(stream);
    }
    streams
}

#[tokio::test]
async fn too_many_connections_are_closed_and_the_others_go_on() {
    type Change = fn(&mut Config);
    let limits: [Change; 2] = [
        |config| config.server.connections = 4,
        |config| config.server.connections_per_network = 4,
    ];
    for limit in limits {
        let house = House::open_with(limit).await;
        let address = house.authority.local_addr();
        let mut streams = open(address, 4).await;
        for _ in 0..3 {
            assert_eq!(ask(&mut connect(&house).await).await, None, "one too many");
        }
        for stream in &mut streams {
            assert_eq!(ask(stream).await, Some(204), "the others go on");
        }
        drop(streams.pop());
        let begun = Instant::now();
        while ask(&mut connect(&house).await).await.is_none() {
            assert!(begun.elapsed() < PATIENCE, "the place does not come back");
            sleep(Duration::from_millis(10)).await;
        }
        house.authority.shutdown().await;
    }
}

#[tokio::test]
async fn a_trusted_proxy_may_have_more_connections_than_a_network() {
    let house = House::open_with(|config| {
        config.server.connections_per_network = 1;
        config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    open(house.authority.local_addr(), 3).await;
    house.authority.shutdown().await;
}
