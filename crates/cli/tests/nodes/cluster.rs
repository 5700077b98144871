//! Nodes as processes of the program, and their PostgreSQL.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clausa_client::{Client, ClientOptions, KeyringChoice, ProfileDirectory};
use clausa_core::origin::Origin;
use clausa_core::random::{Randomness as _, SystemRandom};
use clausa_server::mail::sink::ReceivedMail;
use clausa_testkit::{PostgresServer, TestDatabase};

use crate::front::Front;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clausa");
/// Nodes.
const NODES: usize = 3;
/// The limits protect against people, and tests are quicker than people.
const LIMITS: [&str; 10] = [
    "login_per_network",
    "login_per_account",
    "signup_per_network",
    "token_per_network",
    "mail_per_address",
    "mail_per_address_day",
    "licence_per_account",
    "invalid_licence_per_account",
    "publish_per_account",
    "calls_per_account",
];

/// Three nodes over a database of their own.
pub struct Cluster {
    pub database: Arc<TestDatabase>,
    pub place: Arc<Place>,
    front: Front,
    nodes: Vec<Option<Child>>,
}

/// Where everything is.
pub struct Place {
    root: tempfile::TempDir,
    pub origin: Origin,
    /// How often clients make a call that may be repeated.
    tries: u32,
}

/// A number from 0 to `below`, exclusively.
pub fn die(below: usize) -> usize {
    let mut bytes = [0; 4];
    SystemRandom.fill(&mut bytes).unwrap();
    u32::from_be_bytes(bytes) as usize % below
}

impl Cluster {
    /// Starts it, for clients that make a call so often; none on a machine without PostgreSQL.
    pub async fn start(drain_seconds: u64, tries: u32) -> Option<Self> {
        let server = tokio::task::spawn_blocking(PostgresServer::own).await.unwrap()?;
        let front = Front::open(NODES).await;
        let place = Place {
            root: tempfile::Builder::new()
                .prefix("clausa-nodes-")
                .tempdir()
                .unwrap(),
            origin: format!("http://{}", front.address()).parse().unwrap(),
            tries,
        };
        let limits =
            LIMITS.map(|limit| format!("{limit} = {{ burst = 1000000, refill = 1000000, seconds = 1 }}\n"));
        let settings = format!(
            "[server]\ndrain_seconds = {drain_seconds}\n[limits]\n{}",
            limits.concat()
        );
        let mut cluster = Self {
            database: Arc::new(server.database()),
            place: Arc::new(place),
            front,
            nodes: Vec::new(),
        };
        for index in 0..NODES {
            let folder = cluster.place.node(index);
            make_private(&folder);
            std::fs::write(folder.join("authority.toml"), &settings).unwrap();
            if index > 0 {
                make_private(&folder.join("keys"));
                for key in ["kek", "pepper", "code-key"] {
                    let from = cluster.place.node(0).join("keys").join(key);
                    std::fs::copy(from, folder.join("keys").join(key)).unwrap();
                }
            }
            cluster.nodes.push(None);
            cluster.serve(index);
        }
        cluster.front.all_ready().await;
        Some(cluster)
    }

    fn serve(&mut self, index: usize) {
        let (child, address) = self.place.serve(index, &self.database.url());
        self.nodes[index] = Some(child);
        self.front.place(index, address);
    }

    fn end(&mut self, index: usize, signal: &str) {
        let mut child = self.nodes[index].take().unwrap();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let status = child.wait().unwrap();
        assert!(
            signal == "KILL" || status.success(),
            "a graceful stop is success: {status}"
        );
    }

    /// Kills a node, or the database, every few seconds for so long; says how often.
    pub async fn trouble(&mut self, how_long: Duration) -> String {
        let until = Instant::now() + how_long;
        let (mut kills, mut crashes) = (0, 0);
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(1_500 + die(1_500) as u64)).await;
            let is_node = die(2) == 0;
            tokio::task::block_in_place(|| {
                if is_node {
                    let index = die(NODES);
                    self.end(index, "KILL");
                    self.serve(index);
                    kills += 1;
                } else {
                    self.database.server().crash();
                    crashes += 1;
                }
            });
        }
        self.front.all_ready().await;
        format!("{kills} nodes killed, {crashes} crashes of the database")
    }

    /// Stops the nodes and starts them again, one after the other, for so long; says how often.
    pub async fn replace_in_turn(&mut self, how_long: Duration) -> usize {
        let until = Instant::now() + how_long;
        let mut replaced = 0;
        while Instant::now() < until || replaced < NODES {
            tokio::task::block_in_place(|| {
                self.end(replaced % NODES, "TERM");
                self.serve(replaced % NODES);
            });
            self.front.all_ready().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            replaced += 1;
        }
        replaced
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.nodes.iter_mut().flatten() {
            // Gone already, if a test failed while it was being replaced.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Place {
    fn node(&self, index: usize) -> PathBuf {
        self.root.path().join(format!("node{index}"))
    }

    /// A folder for somebody's files.
    pub fn files(&self) -> &Path {
        self.root.path()
    }

    fn serve(&self, index: usize, database: &str) -> (Child, SocketAddr) {
        let errors = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.root.path().join(format!("node{index}.log")))
            .unwrap();
        // A database that is being started again is waited for.
        for _ in 0..40 {
            let mut child = Command::new(PROGRAM)
                .args(["--quiet", "--json", "serve", "--listen", "127.0.0.1:0", "--data"])
                .arg(self.node(index))
                .args(["--database", database, "--origin", &self.origin.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(errors.try_clone().unwrap())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap())
                .read_line(&mut line)
                .unwrap();
            if let Ok(told) = serde_json::from_str::<serde_json::Value>(&line) {
                return (child, told["listen"].as_str().unwrap().parse().unwrap());
            }
            child.wait().unwrap();
            std::thread::sleep(Duration::from_millis(250));
        }
        let log = std::fs::read_to_string(self.root.path().join(format!("node{index}.log")));
        panic!("node {index} does not start: {}", log.unwrap());
    }

    /// A client with a fresh profile that trusts the authority, when that can be reached.
    pub async fn client(&self, name: &str) -> Client {
        let options = ClientOptions {
            keyring: KeyringChoice::File,
            device_name: Some(name.to_owned()),
            tries: self.tries,
            ..ClientOptions::default()
        };
        let profile = ProfileDirectory::at(self.root.path().join("profiles").join(name));
        let client = Client::open_profile(profile, options).await.unwrap();
        for _ in 0..300 {
            if client.trust(&self.origin).await.is_ok() {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("nobody answers");
    }

    /// Every code that was mailed to an address.
    pub fn codes(&self, address: &str) -> Vec<String> {
        let ending = format!("-{address}.eml");
        let mails = (0..NODES).filter_map(|index| std::fs::read_dir(self.node(index).join("outbox")).ok());
        mails
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(&ending))
            .filter_map(|path| ReceivedMail::parse(&std::fs::read(path).unwrap()).code())
            .collect()
    }
}

fn make_private(folder: &Path) {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .unwrap();
}
