//! HTTP/2 in the hands of somebody who wants the worst of it, frame by frame over real sockets (SEC-150).

use std::time::{Duration, Instant};

use clausa_api::paths;
use clausa_server::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::support::House;

/// Far more than any limit set here; only a defect lasts so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a flood may weigh before it is cut off, with everything that lies in buffers on the way.
const FLOOD: usize = 48 << 20;

/// Requests that one connection may give up, with those that lie in buffers on the way.
const MOST_GIVEN_UP: usize = 5_000;

/// Types, flags and codes of RFC 9113, sections 6 and 7.
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: [u8; 4] = [0, 0, 0, 7];
const CANCEL: [u8; 4] = [0, 0, 0, 8];
/// Methods in HPACK's static table.
const GET: u8 = 0x82;
const POST: u8 = 0x83;

struct Frame {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// A client that sends what it is told to.
struct Hostile {
    to: OwnedWriteHalf,
    from: mpsc::UnboundedReceiver<Frame>,
    next: u32,
    host: String,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

async fn listen(mut from: OwnedReadHalf, to: mpsc::UnboundedSender<Frame>) {
    let mut head = [0; 9];
    while from.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        if from.read_exact(&mut payload).await.is_err() {
            return;
        }
        let told = to.send(Frame {
            kind: head[3],
            stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
            payload,
        });
        if told.is_err() {
            return;
        }
    }
}

impl Hostile {
    async fn connect(house: &House) -> Self {
        let stream = TcpStream::connect(house.authority.local_addr()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (read, to) = stream.into_split();
        let (heard, from) = mpsc::unbounded_channel();
        tokio::spawn(listen(read, heard));
        let host = house.authority.origin().authority().to_string();
        let mut hostile = Self {
            to,
            from,
            next: 1,
            host,
        };
        let mut preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        preface.extend(frame(SETTINGS, 0, 0, &[]));
        hostile.send(&preface).await.unwrap();
        hostile
    }

    async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let sent = timeout(PATIENCE, self.to.write_all(bytes)).await;
        sent.expect("it is read, or ended")
    }

    /// A request's beginning: method (of HPACK's static table), path, and one more header of this length.
    fn request(&mut self, method: u8, path: &str, flags: u8, extra: usize) -> Vec<u8> {
        let mut block = vec![method, 0x86];
        for (name, value) in [(0x44, path), (0x41, self.host.as_str())] {
            block.extend([name, u8::try_from(value.len()).unwrap()]);
            block.extend(value.as_bytes());
        }
        if method == POST {
            // Of JSON, or it would be refused before its body is waited for.
            block.extend([0x5f, 16]);
            block.extend(b"application/json");
        }
        if extra > 0 {
            // A new name of one letter, and a length in HPACK's way (RFC 7541, section 5.1).
            block.extend([0x00, 1, b'x', 0x7f]);
            let mut rest = extra - 127;
            while rest >= 128 {
                block.push(u8::try_from(rest % 128).unwrap() | 0x80);
                rest /= 128;
            }
            block.push(u8::try_from(rest).unwrap());
            block.extend(vec![b'a'; extra]);
        }
        let stream = self.next;
        self.next += 2;
        let mut pieces = block.chunks(16_384).peekable();
        let mut frames = Vec::new();
        let mut kind = (HEADERS, flags);
        while let Some(piece) = pieces.next() {
            let end = if pieces.peek().is_none() { END_HEADERS } else { 0 };
            frames.extend(frame(kind.0, kind.1 | end, stream, piece));
            kind = (CONTINUATION, 0);
        }
        frames
    }

    /// A request whose body never comes.
    fn begin(&mut self) -> Vec<u8> {
        self.request(POST, paths::SIGNUPS, 0, 0)
    }

    /// The next frame of this kind; none when the connection has ended.
    async fn hear(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = timeout(PATIENCE, self.from.recv())
                .await
                .expect("a frame or an end")?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    /// Sends this again and again until the other side has had enough; says how many bytes that took.
    async fn flood(mut self, bytes: &[u8]) -> usize {
        let begun = Instant::now();
        let mut sent = 0;
        while self.send(bytes).await.is_ok() {
            sent += bytes.len();
            assert!(sent < FLOOD, "{sent} bytes are borne, for {:?}", begun.elapsed());
            while self.from.try_recv().is_ok() {}
        }
        sent
    }

    /// Whether a whole request is answered.
    async fn is_served(&mut self) -> bool {
        let request = self.request(GET, paths::HEALTH_LIVE, END_STREAM, 0);
        let stream = self.next - 2;
        if self.send(&request).await.is_err() {
            return false;
        }
        while let Some(frame) = self.hear(HEADERS).await {
            if frame.stream == stream {
                // 204 is in HPACK's static table.
                return frame.payload.first() == Some(&0x89);
            }
        }
        false
    }
}

/// Nothing but the limits in question ends anything.
fn patient(config: &mut Config) {
    config.server.first_request_seconds = 60;
    config.server.idle_seconds = 60;
    config.server.request_seconds = 60;
    config.server.requests_per_network = 1_000;
}

#[tokio::test]
async fn requests_at_once_on_one_connection_are_limited() {
    let house = House::open_with(patient).await;
    let mut hostile = Hostile::connect(&house).await;
    let told = hostile.hear(SETTINGS).await.unwrap().payload;
    let told: Vec<&[u8]> = told.chunks(6).collect();
    assert!(told.contains(&&[0, 3, 0, 0, 0, 64][..]), "{told:?}");
    assert!(told.contains(&&[0, 6, 0, 0, 0x80, 0][..]), "{told:?}");
    let requests: Vec<u8> = (0..100).flat_map(|_| hostile.begin()).collect();
    hostile.send(&requests).await.unwrap();
    for _ in 64..100 {
        let refused = hostile.hear(RST_STREAM).await.unwrap();
        assert_eq!(refused.payload, REFUSED_STREAM);
        assert!(refused.stream > 2 * 64, "{}", refused.stream);
    }
    assert!(Hostile::connect(&house).await.is_served().await);
    house.authority.shutdown().await;
}

#[tokio::test]
async fn somebody_who_gives_up_now_and_then_goes_on() {
    let house = House::open_with(patient).await;
    let mut client = Hostile::connect(&house).await;
    for _ in 0..200 {
        let begun = client.begin();
        client.send(&begun).await.unwrap();
        let give_up = frame(RST_STREAM, 0, client.next - 2, &CANCEL);
        tokio::time::sleep(Duration::from_millis(2)).await;
        client.send(&give_up).await.unwrap();
        assert!(client.is_served().await);
    }
    house.authority.shutdown().await;
}

/// Whoever asks and gives up again and again (CVE-2023-44487) loses the connection, whatever he asks for and whenever he gives
/// up: before the request was begun, while its body is waited for, or when its answer is there.
#[tokio::test]
async fn somebody_who_does_nothing_but_give_up_is_cut_off() {
    let house = House::open_with(patient).await;
    let waits = [
        Duration::ZERO,
        Duration::from_micros(300),
        Duration::from_millis(2),
    ];
    for (method, path, flags) in [(POST, paths::SIGNUPS, 0), (GET, paths::OPENAPI, END_STREAM)] {
        for wait in waits {
            let mut hostile = Hostile::connect(&house).await;
            let begun = Instant::now();
            let mut given_up = 0;
            loop {
                let request = hostile.request(method, path, flags, 0);
                let reset = frame(RST_STREAM, 0, hostile.next - 2, &CANCEL);
                let is_over = match wait.is_zero() {
                    true => hostile.send(&[request, reset].concat()).await.is_err(),
                    false => {
                        let is_over = hostile.send(&request).await.is_err();
                        tokio::time::sleep(wait).await;
                        is_over || hostile.send(&reset).await.is_err()
                    }
                };
                if is_over {
                    break;
                }
                given_up += 1;
                let so_far = format!("{path}, {wait:?}: {given_up} in {:?}", begun.elapsed());
                assert!(given_up < MOST_GIVEN_UP, "borne: {so_far}");
                while hostile.from.try_recv().is_ok() {}
            }
            assert!(Hostile::connect(&house).await.is_served().await);
        }
    }
    house.authority.shutdown().await;
}

/// Frames that ask for nothing, but have to be read and some answered.
#[tokio::test]
async fn floods_of_control_frames_are_cut_off() {
    let house = House::open_with(patient).await;
    let ping = frame(PING, 0, 0, b"12345678").repeat(1_000);
    let settings = frame(SETTINGS, 0, 0, &[]).repeat(1_000);
    let priority = frame(2, 0, 1, &[0, 0, 0, 0, 16]).repeat(1_000);
    let unknown = frame(0xbb, 0, 0, &[0; 16_000]);
    for flood in [ping, settings, priority, unknown] {
        Hostile::connect(&house).await.flood(&flood).await;
        assert!(Hostile::connect(&house).await.is_served().await);
    }
    house.authority.shutdown().await;
}

#[tokio::test]
async fn headers_have_a_limit_however_they_are_cut() {
    let house = House::open_with(patient).await;
    let mut client = Hostile::connect(&house).await;
    let large = client.request(GET, paths::HEALTH_LIVE, END_STREAM, 40_000);
    client.send(&large).await.unwrap();
    let answer = client.hear(HEADERS).await.unwrap();
    assert_eq!(answer.stream, 1);
    assert_ne!(
        answer.payload.first(),
        Some(&0x89),
        "it is not answered as others are"
    );
    assert!(client.is_served().await, "the connection goes on");
    // Headers without an end.
    let mut hostile = Hostile::connect(&house).await;
    let begun = frame(HEADERS, END_STREAM, 1, &[0x82]);
    hostile.send(&begun).await.unwrap();
    hostile.flood(&frame(CONTINUATION, 0, 1, &[0x86; 100])).await;
    house.authority.shutdown().await;
}
