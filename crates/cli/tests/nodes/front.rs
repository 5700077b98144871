//! Spreads connections over the nodes that say that they are ready, as whatever stands before several nodes does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Between two questions to a node whether it is ready.
const PROBE: Duration = Duration::from_millis(100);
/// How long a node is waited for, by the one who asks and by those who are to be served.
const PATIENCE: Duration = Duration::from_secs(60);

/// Listens on loopback.
pub struct Front {
    address: SocketAddr,
    nodes: Arc<Nodes>,
    _tasks: JoinSet<()>,
}

struct Nodes {
    places: Mutex<Vec<(Option<SocketAddr>, bool)>>,
    next: AtomicUsize,
}

impl Front {
    /// For so many nodes, of which none is there.
    pub async fn open(nodes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let nodes = Arc::new(Nodes {
            places: Mutex::new(vec![(None, false); nodes]),
            next: AtomicUsize::new(0),
        });
        let mut tasks = JoinSet::new();
        for index in 0..nodes.places.lock().unwrap().len() {
            let nodes = Arc::clone(&nodes);
            tasks.spawn(async move {
                loop {
                    nodes.probe(index).await;
                    tokio::time::sleep(PROBE).await;
                }
            });
        }
        let spreading = Arc::clone(&nodes);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let nodes = Arc::clone(&spreading);
                connections.spawn(async move { nodes.carry(near).await });
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            nodes,
            _tasks: tasks,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says where a node is now.
    pub fn place(&self, index: usize, address: SocketAddr) {
        self.nodes.places.lock().unwrap()[index] = (Some(address), false);
    }

    /// Waits until each node is ready.
    pub async fn all_ready(&self) {
        let begun = Instant::now();
        while self.nodes.places.lock().unwrap().iter().any(|(_, ready)| !ready) {
            assert!(begun.elapsed() < PATIENCE, "a node does not get ready");
            tokio::time::sleep(PROBE).await;
        }
    }
}

impl Nodes {
    async fn probe(&self, index: usize) {
        let place = self.places.lock().unwrap()[index].0;
        let Some(address) = place else { return };
        let asked = tokio::time::timeout(Duration::from_secs(2), ask(address)).await;
        let ready = matches!(asked, Ok(Ok(true)));
        let mut places = self.places.lock().unwrap();
        if places[index].0 == Some(address) {
            places[index].1 = ready;
        }
    }

    async fn carry(&self, mut near: TcpStream) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let Some((index, address)) = self.choose() else {
                tokio::time::sleep(PROBE).await;
                continue;
            };
            if let Ok(mut far) = TcpStream::connect(address).await {
                near.set_nodelay(true).unwrap();
                far.set_nodelay(true).unwrap();
                // Each may end it.
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                return;
            }
            self.places.lock().unwrap()[index].1 = false;
        }
    }

    fn choose(&self) -> Option<(usize, SocketAddr)> {
        let places = self.places.lock().unwrap();
        let first = self.next.fetch_add(1, SeqCst);
        (0..places.len())
            .map(|step| (first + step) % places.len())
            .find_map(|index| match places[index] {
                (Some(address), true) => Some((index, address)),
                _ => None,
            })
    }
}

async fn ask(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(b"GET /health/ready HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n")
        .await?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await?;
    Ok(answer == *b"HTTP/1.1 204")
}
