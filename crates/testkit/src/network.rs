//! A network between a store and its PostgreSQL that fails when a test says so.
//!
//! It listens on loopback and hands on what it is sent, message by message, so that it knows a COMMIT when it sees one. What
//! it holds back is delivered later or never, as on a real network; the other side learns of an end only while it passes
//! things on.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::TestDatabase;
use crate::door::Link;

/// What the network does to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Hands on.
    Fair,
    /// Takes everything, connections too, and hands nothing on until the weather changes.
    BlackHole,
    /// Hands each piece on after so long, either way.
    Slow(Duration),
}

/// What the network does to one COMMIT and the connection it comes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Ends the connection instead of handing it on.
    Before,
    /// Hands it on, and ends the connection instead of handing the answer back.
    After,
    /// Ends the connection on the near side, and hands it on so much later.
    Late(Duration),
}

/// Decides about each COMMIT.
type Chooser = Box<dyn FnMut() -> Option<Cut> + Send>;

/// A network in front of one database.
pub struct TestNetwork {
    address: SocketAddr,
    database: String,
    shared: Arc<Shared>,
}

struct Shared {
    weather: Mutex<Weather>,
    changed: Condvar,
    chooser: Mutex<Option<Chooser>>,
    cuts: AtomicU32,
    is_over: AtomicBool,
}

/// The frontend's messages that have no type byte (PostgreSQL, "Message Formats").
const PROTOCOL_3: u32 = 196_608;
/// Larger than any message of a store.
const MAX_MESSAGE: u32 = 64 << 20;

impl TestNetwork {
    /// A network in fair weather.
    ///
    /// # Panics
    ///
    /// When nothing can listen on loopback.
    pub fn before(database: &TestDatabase) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            weather: Mutex::new(Weather::Fair),
            changed: Condvar::new(),
            chooser: Mutex::new(None),
            cuts: AtomicU32::new(0),
            is_over: AtomicBool::new(false),
        });
        let (far, accepting) = (database.server().door(), Arc::clone(&shared));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if accepting.is_over.load(SeqCst) {
                    break;
                }
                let (far, shared) = (far.clone(), Arc::clone(&accepting));
                std::thread::spawn(move || {
                    shared.wait();
                    let Ok(far) = far.connect() else { return };
                    // Either side may end it at any time.
                    let _ = shared.carry(near, far);
                });
            }
        });
        Self {
            address,
            database: database.name().to_owned(),
            shared,
        }
    }

    /// Where the authority finds the database through it.
    pub fn url(&self) -> String {
        format!("postgres://clausa@{}/{}", self.address, self.database)
    }

    /// Changes the weather, for open connections too.
    pub fn set(&self, weather: Weather) {
        *self.shared.weather() = weather;
        self.shared.changed.notify_all();
    }

    /// Does this to the next COMMIT.
    pub fn cut_next(&self, cut: Cut) {
        let mut next = Some(cut);
        self.choose(move || next.take());
    }

    /// Asks for each COMMIT from now on what to do to it.
    pub fn choose(&self, chooser: impl FnMut() -> Option<Cut> + Send + 'static) {
        *self.shared.chooser() = Some(Box::new(chooser));
    }

    /// How many it has cut.
    pub fn cuts(&self) -> u32 {
        self.shared.cuts.load(SeqCst)
    }
}

impl Drop for TestNetwork {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        self.set(Weather::Fair);
        // Wakes the one who accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().expect("nobody panics in between")
    }

    fn chooser(&self) -> MutexGuard<'_, Option<Chooser>> {
        self.chooser.lock().expect("nobody panics in between")
    }

    /// Returns when something may be handed on.
    fn wait(&self) {
        let fair = self
            .changed
            .wait_while(self.weather(), |weather| *weather == Weather::BlackHole);
        let weather = *fair.expect("nobody panics in between");
        if let Weather::Slow(pause) = weather {
            std::thread::sleep(pause);
        }
    }

    fn carry(self: &Arc<Self>, near: TcpStream, far: Link) -> io::Result<()> {
        near.set_nodelay(true)?;
        let swallows = Arc::new(AtomicBool::new(false));
        let back = Back {
            shared: Arc::clone(self),
            swallows: Arc::clone(&swallows),
            near: near.try_clone()?,
            far: far.try_clone()?,
        };
        std::thread::spawn(move || back.carry());
        let carried = self.carry_messages(&near, far.try_clone()?, &swallows);
        self.wait();
        if !swallows.load(SeqCst) {
            far.shutdown();
        }
        carried
    }

    fn carry_messages(&self, mut near: &TcpStream, mut far: Link, swallows: &AtomicBool) -> io::Result<()> {
        let mut has_begun = false;
        loop {
            let mut message = Vec::new();
            read_message(&mut near, has_begun, &mut message)?;
            let is_commit = has_begun && message[0] == b'Q' && message[5..].starts_with(b"COMMIT");
            has_begun = has_begun || message[4..].starts_with(&PROTOCOL_3.to_be_bytes());
            self.wait();
            let cut = match &mut *self.chooser() {
                Some(choose) if is_commit => choose(),
                _ => None,
            };
            self.cuts.fetch_add(cut.is_some().into(), SeqCst);
            match cut {
                None => far.write_all(&message)?,
                Some(Cut::Before) => return near.shutdown(Shutdown::Both),
                Some(Cut::After) => {
                    swallows.store(true, SeqCst);
                    return far.write_all(&message);
                }
                Some(Cut::Late(pause)) => {
                    swallows.store(true, SeqCst);
                    near.shutdown(Shutdown::Both)?;
                    std::thread::sleep(pause);
                    return far.write_all(&message);
                }
            }
        }
    }
}

/// The way from the database.
struct Back {
    shared: Arc<Shared>,
    /// The next thing that comes ends the connection.
    swallows: Arc<AtomicBool>,
    near: TcpStream,
    far: Link,
}

impl Back {
    fn carry(mut self) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = self.far.read(&mut buffer) {
            self.shared.wait();
            if self.swallows.load(SeqCst) || self.near.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        self.shared.wait();
        // Gone already, most of the time.
        let _ = self.near.shutdown(Shutdown::Both);
        self.far.shutdown();
    }
}

/// Reads one message of a frontend: a type, except at the beginning, and a length that counts itself.
fn read_message(from: &mut impl Read, has_type: bool, message: &mut Vec<u8>) -> io::Result<()> {
    let head = if has_type { 5 } else { 4 };
    message.resize(head, 0);
    from.read_exact(message)?;
    let length: [u8; 4] = message[head - 4..].try_into().expect("four bytes");
    let length = u32::from_be_bytes(length);
    if !(4..MAX_MESSAGE).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    message.resize(head - 4 + length as usize, 0);
    from.read_exact(&mut message[head..])
}
