//! A network between clients and an authority over HTTP that breaks when a test says so.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use clausa_core::origin::Origin;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// When a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snap {
    /// Before the request is handed on.
    Before,
    /// When so many bytes of the answer were handed back.
    After(usize),
}

/// Listens on loopback and hands on, without TLS, one request after the other.
pub struct TestWire {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    far: Mutex<Option<SocketAddr>>,
    snaps: Mutex<VecDeque<(String, Snap)>>,
}

impl TestWire {
    /// A wire that leads nowhere yet.
    ///
    /// # Panics
    ///
    /// When nothing can listen on loopback.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::<Shared>::default();
        let carrying = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let shared = Arc::clone(&carrying);
                // Either side may end it at any time.
                tokio::spawn(async move { shared.carry(near).await });
            }
        });
        Self {
            address,
            shared,
            task,
        }
    }

    /// The origin of an authority that is reached through it.
    ///
    /// # Panics
    ///
    /// Never: an address of loopback is one.
    pub fn origin(&self) -> Origin {
        let origin = format!("http://{}", self.address);
        origin.parse().expect("loopback is an origin")
    }

    /// Hands on to this address from now on.
    pub fn lead_to(&self, far: SocketAddr) {
        *lock(&self.shared.far) = Some(far);
    }

    /// Breaks the connection of the next request whose path ends so. Several are met one after the other.
    pub fn snap(&self, path: &str, snap: Snap) {
        lock(&self.shared.snaps).push_back((path.to_owned(), snap));
    }

    /// How many connections are still to be broken.
    pub fn left(&self) -> usize {
        lock(&self.shared.snaps).len()
    }
}

impl Drop for TestWire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn carry(&self, mut near: TcpStream) -> io::Result<()> {
        let far = lock(&self.far).ok_or(io::ErrorKind::NotConnected)?;
        let mut far = TcpStream::connect(far).await?;
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        let mut snap = None;
        loop {
            tokio::select! {
                read = near.read(&mut request) => {
                    let request = &request[..read?];
                    snap = snap.or_else(|| self.snap_for(request));
                    if request.is_empty() || snap == Some(Snap::Before) {
                        return Ok(());
                    }
                    far.write_all(request).await?;
                }
                read = far.read(&mut answer) => {
                    let answer = &answer[..read?];
                    if let Some(Snap::After(length)) = snap {
                        return near.write_all(&answer[..length.min(answer.len())]).await;
                    }
                    if answer.is_empty() {
                        return Ok(());
                    }
                    near.write_all(answer).await?;
                }
            }
        }
    }

    /// What is to be done to this piece, if a request begins with it.
    fn snap_for(&self, piece: &[u8]) -> Option<Snap> {
        let line = piece.split(|byte| *byte == b'\r').next()?;
        let line = std::str::from_utf8(line).ok()?;
        let path = line.strip_suffix(" HTTP/1.1")?;
        let mut snaps = lock(&self.snaps);
        let position = snaps.iter().position(|(end, _)| path.ends_with(end.as_str()))?;
        snaps.remove(position).map(|(_, snap)| snap)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics in between")
}
