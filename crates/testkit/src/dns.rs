//! A DNS server on loopback, over UDP and TCP, that answers as a test tells it: honestly, slowly, falsely or not at all.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a server answers to every question.
#[derive(Clone, Debug)]
pub enum DnsAnswer {
    /// TXT records at the name that was asked, each of one string or of several.
    Texts(Vec<Vec<Vec<u8>>>),
    /// TXT records at another name.
    TextsAt(&'static str, Vec<Vec<u8>>),
    /// An alias to another name, and TXT records there.
    Alias(&'static str, Vec<Vec<u8>>),
    /// Records of another type that hold the same bytes.
    OtherType(Vec<u8>),
    /// This response code and nothing else: 2 for a failure, 3 for no such name, 5 for a refusal.
    Code(u8),
    /// No record of this type.
    Empty,
    /// Nothing at all.
    Silence,
    /// Over UDP only that there is more; the whole over TCP.
    CutOverUdp(Vec<u8>),
    /// Over UDP only that there is more; over TCP the connection ends.
    CutEverywhere,
    /// The right answer to another question's number.
    WrongNumber(Vec<u8>),
    /// Bytes that are no message.
    Garbage,
    /// An answer, after so long.
    After(Duration, Box<DnsAnswer>),
    /// The first answer once, then the second.
    Then(Box<DnsAnswer>, Box<DnsAnswer>),
}

impl DnsAnswer {
    /// One record of one string.
    pub fn text(value: &str) -> Self {
        Self::Texts(vec![vec![value.as_bytes().to_vec()]])
    }
}

/// A running server; it stops when dropped, once it has given the answer that it is giving.
pub struct DnsServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Mutex<DnsAnswer>,
    asked: AtomicUsize,
    stopping: AtomicBool,
}

const LOOK: Duration = Duration::from_millis(50);

impl DnsServer {
    /// Starts a server on a free port, the same for UDP and TCP.
    pub fn start(answer: DnsAnswer) -> std::io::Result<Self> {
        let (udp, tcp) = sockets()?;
        udp.set_read_timeout(Some(LOOK))?;
        tcp.set_nonblocking(true)?;
        let address = udp.local_addr()?;
        let shared = Arc::new(Shared {
            answer: Mutex::new(answer),
            asked: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
        });
        let (over_udp, over_tcp) = (shared.clone(), shared.clone());
        std::thread::spawn(move || over_udp.serve_udp(&udp));
        std::thread::spawn(move || over_tcp.serve_tcp(&tcp));
        Ok(Self { address, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it answers this.
    pub fn answer(&self, answer: DnsAnswer) {
        *self.shared.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// How many questions reached it.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
    }
}

/// A UDP port whose TCP twin is free too.
fn sockets() -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut last = std::io::Error::other("no port is free");
    for _ in 0..50 {
        let udp = UdpSocket::bind("127.0.0.1:0")?;
        match TcpListener::bind(udp.local_addr()?) {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Shared {
    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// What is answered now; of a sequence, the next.
    fn next(&self) -> DnsAnswer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.clone() {
            DnsAnswer::Then(first, second) => {
                *answer = *second;
                *first
            }
            other => other,
        }
    }

    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 2_048];
        while !self.stopping() {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            if let Some(message) = reply(&self.next(), &buffer[..length], false) {
                drop(socket.send_to(&message, from));
            }
        }
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        while !self.stopping() {
            match listener.accept() {
                Ok((stream, _)) => drop(self.serve_stream(stream)),
                Err(_) => std::thread::sleep(LOOK / 5),
            }
        }
    }

    fn serve_stream(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question)?;
        let Some(message) = reply(&self.next(), &question, true) else {
            return Ok(());
        };
        let length = u16::try_from(message.len()).map_err(std::io::Error::other)?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(&message)
    }
}

const TXT: u16 = 16;
const CNAME: u16 = 5;

/// A message in answer to `question`, whose name is echoed letter by letter.
fn reply(answer: &DnsAnswer, question: &[u8], over_tcp: bool) -> Option<Vec<u8>> {
    let end = end_of_question(question)?;
    let (number, asked) = (&question[..2], &question[12..end]);
    let name = &question[12..end - 4];
    let message = |code: u8, cut: bool, records: Vec<Vec<u8>>| {
        let mut bytes = number.to_vec();
        // An answer, recursion desired and available; perhaps cut.
        bytes.extend([0x81 | u8::from(cut) << 1, 0x80 | code, 0, 1, 0]);
        bytes.extend([u8::try_from(records.len()).unwrap_or(u8::MAX), 0, 0, 0, 0]);
        bytes.extend(asked);
        bytes.extend(records.concat());
        Some(bytes)
    };
    let one = |value: &[u8]| vec![text_record(name, &[value.to_vec()])];
    match answer {
        DnsAnswer::Texts(texts) => {
            let records = texts.iter().map(|strings| text_record(name, strings)).collect();
            message(0, false, records)
        }
        DnsAnswer::TextsAt(other, values) => {
            let other = encode(other);
            let records = values
                .iter()
                .map(|value| text_record(&other, std::slice::from_ref(value)));
            message(0, false, records.collect())
        }
        DnsAnswer::Alias(target, values) => {
            let target = encode(target);
            let mut records = vec![record(name, CNAME, &target)];
            records.extend(
                values
                    .iter()
                    .map(|value| text_record(&target, std::slice::from_ref(value))),
            );
            message(0, false, records)
        }
        DnsAnswer::OtherType(value) => message(0, false, vec![record(name, 10, value)]),
        DnsAnswer::Code(code) => message(*code, false, Vec::new()),
        DnsAnswer::Empty => message(0, false, Vec::new()),
        DnsAnswer::Silence => None,
        DnsAnswer::CutOverUdp(value) if over_tcp => message(0, false, one(value)),
        DnsAnswer::CutOverUdp(_) => message(0, true, Vec::new()),
        DnsAnswer::CutEverywhere if over_tcp => None,
        DnsAnswer::CutEverywhere => message(0, true, Vec::new()),
        DnsAnswer::WrongNumber(value) => message(0, false, one(value)).map(|mut bytes| {
            bytes[0] ^= 0xff;
            bytes
        }),
        DnsAnswer::Garbage => Some([number, &[0xff; 40]].concat()),
        DnsAnswer::After(time, answer) => {
            std::thread::sleep(*time);
            reply(answer, question, over_tcp)
        }
        DnsAnswer::Then(first, _) => reply(first, question, over_tcp),
    }
}

/// Where the one question of a message ends: after name, type and class.
fn end_of_question(message: &[u8]) -> Option<usize> {
    let mut at = 12;
    loop {
        match *message.get(at)? {
            0 => break,
            length if length < 64 => at += usize::from(length) + 1,
            _ => return None,
        }
    }
    (message.len() >= at + 5).then_some(at + 5)
}

fn encode(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap_or(63));
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn text_record(name: &[u8], strings: &[Vec<u8>]) -> Vec<u8> {
    let mut data = Vec::new();
    for string in strings {
        data.push(u8::try_from(string.len()).unwrap_or(u8::MAX));
        data.extend(string);
    }
    record(name, TXT, &data)
}

fn record(name: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = name.to_vec();
    bytes.extend(kind.to_be_bytes());
    // Class IN, a minute.
    bytes.extend([0, 1, 0, 0, 0, 60]);
    bytes.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(data);
    bytes
}
