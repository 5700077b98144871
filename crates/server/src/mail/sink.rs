//! A small SMTP server that keeps what it receives: the mailbox of the demonstration and of tests.
//!
//! It listens on a free port of the loopback interface, takes mail for everybody, forwards nothing, and hands each
//! mail out once. It speaks as much of RFC 5321 as a relay client needs, without TLS or authentication.

mod mime;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use clausa_core::address::Address;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Largest mail that is taken, in bytes; ours have about 4 KiB.
const MAX_MAIL: usize = 1 << 20;
/// Longest line that is taken; RFC 5321 §4.5.3.1.6 allows 1 000 bytes.
const MAX_LINE: usize = 4_096;
/// How many mails are kept; the oldest go first.
const MAX_KEPT: usize = 10_000;

/// The running server. It stops when dropped.
pub struct MailSink {
    address: SocketAddr,
    mailbox: Arc<Mailbox>,
    task: JoinHandle<()>,
}

/// One mail, decoded.
#[derive(Clone)]
pub struct ReceivedMail {
    from: String,
    to: Vec<String>,
    raw: Vec<u8>,
}

#[derive(Default)]
struct Mailbox {
    waiting: Mutex<Vec<ReceivedMail>>,
    arrived: Notify,
}

impl MailSink {
    /// Listens on a free loopback port.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mailbox = Arc::new(Mailbox::default());
        let task = tokio::spawn(serve(listener, Arc::clone(&mailbox)));
        Ok(Self {
            address,
            mailbox,
            task,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The oldest mail to `address` that has not been handed out yet; waits at most `timeout` for one.
    pub async fn wait_for(&self, address: &Address, timeout: Duration) -> Option<ReceivedMail> {
        let next = async {
            loop {
                // Registered before looking, so that a mail which arrives in between is not missed.
                let arrived = self.mailbox.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if let Some(mail) = self.mailbox.take(address.as_str()) {
                    return mail;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(timeout, next).await.ok()
    }

    /// How many mails wait to be handed out, to any address.
    pub fn waiting(&self) -> usize {
        self.mailbox
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

impl Drop for MailSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ReceivedMail {
    /// Takes a mail's bytes as they would arrive, with an empty envelope.
    pub fn parse(raw: &[u8]) -> Self {
        Self {
            from: String::new(),
            to: Vec::new(),
            raw: raw.to_vec(),
        }
    }

    /// The bytes that arrived.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The sender of the envelope.
    pub fn envelope_from(&self) -> &str {
        &self.from
    }

    /// A header's decoded value, if the mail has it.
    pub fn header(&self, name: &str) -> Option<String> {
        mime::header(&self.raw, name)
    }

    /// The decoded subject.
    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The plain text, decoded, with line feeds alone.
    pub fn text(&self) -> String {
        mime::body(&self.raw, "text/plain").unwrap_or_default()
    }

    /// The HTML, decoded; empty when there is none.
    pub fn html(&self) -> String {
        mime::body(&self.raw, "text/html").unwrap_or_default()
    }

    /// The 8-digit code in the text, without the space in its middle.
    pub fn code(&self) -> Option<String> {
        let text = self.text();
        text.lines().find_map(|line| {
            let digits: String = line.chars().filter(char::is_ascii_digit).collect();
            let only_a_code = line
                .trim_start_matches(|c: char| !c.is_ascii_digit())
                .trim_end()
                .chars()
                .all(|c| c.is_ascii_digit() || c == ' ');
            (digits.len() == 8 && only_a_code).then_some(digits)
        })
    }

    /// The first link in the text.
    pub fn link(&self) -> Option<String> {
        let text = self.text();
        let start = text.find("https://").or_else(|| text.find("http://"))?;
        text[start..].split_whitespace().next().map(str::to_owned)
    }
}

/// Only what cannot be a secret: a mail may hold a code.
impl fmt::Debug for ReceivedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedMail")
            .field("to", &self.to)
            .field("bytes", &self.raw.len())
            .finish()
    }
}

impl Mailbox {
    fn take(&self, address: &str) -> Option<ReceivedMail> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let place = waiting
            .iter()
            .position(|mail| mail.to.iter().any(|to| to == address))?;
        Some(waiting.remove(place))
    }

    fn keep(&self, mail: ReceivedMail) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_KEPT {
            waiting.remove(0);
        }
        waiting.push(mail);
        drop(waiting);
        self.arrived.notify_waiters();
    }
}

async fn serve(listener: TcpListener, mailbox: Arc<Mailbox>) {
    while let Ok((stream, _)) = listener.accept().await {
        let mailbox = Arc::clone(&mailbox);
        // A broken connection is its client's affair.
        tokio::spawn(async move { _ = converse(stream, &mailbox).await });
    }
}

async fn converse(stream: TcpStream, mailbox: &Mailbox) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let (mut from, mut to) = (None, Vec::new());
    write.write_all(b"220 localhost ready\r\n").await?;
    while let Some(line) = read_line(&mut lines).await? {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = text
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-localhost\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "HELO" | "NOOP" => b"250 localhost\r\n",
            "RSET" => {
                (from, to) = (None, Vec::new());
                b"250 forgotten\r\n"
            }
            "MAIL" => {
                from = path_of(&text);
                to.clear();
                b"250 sender taken\r\n"
            }
            "RCPT" => match path_of(&text) {
                Some(path) if from.is_some() => {
                    to.push(path.to_ascii_lowercase());
                    b"250 recipient taken\r\n"
                }
                _ => b"503 say MAIL FROM first\r\n",
            },
            "DATA" if to.is_empty() => b"503 say RCPT TO first\r\n",
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let Some(raw) = read_data(&mut lines).await? else {
                    return Ok(());
                };
                mailbox.keep(ReceivedMail {
                    from: from.take().unwrap_or_default(),
                    to: std::mem::take(&mut to),
                    raw,
                });
                b"250 kept\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"500 not known here\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}

/// The address between the angle brackets of MAIL FROM and RCPT TO.
fn path_of(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    rest.split_once('>').map(|(path, _)| path.to_owned())
}

/// The mail up to the lone dot, with the doubled dots undone (RFC 5321 §4.5.2).
async fn read_data(lines: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    while let Some(line) = read_line(lines).await? {
        if line == b".\r\n" {
            return Ok(Some(raw));
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        if raw.len() > MAX_MAIL {
            return Err(io::Error::other("the mail is too large"));
        }
    }
    Ok(None)
}

async fn read_line(lines: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let available = lines.fill_buf().await?;
        if available.is_empty() {
            return Ok(None);
        }
        let end = available
            .iter()
            .position(|byte| *byte == b'\n')
            .map(|place| place + 1);
        let taken = end.unwrap_or(available.len());
        line.extend_from_slice(&available[..taken]);
        lines.consume(taken);
        if end.is_some() {
            return Ok(Some(line));
        }
        if line.len() > MAX_LINE {
            return Err(io::Error::other("the line is too long"));
        }
    }
}
