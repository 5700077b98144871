//! What every request shares.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clausa_core::certificate::TrustAnchors;
use clausa_core::keys::SoftwareSigner;
use clausa_core::origin::Origin;
use clausa_core::publishing::VerifiedLicence;
use clausa_core::random::SystemRandom;
use clausa_core::time::{Clock, Timestamp};
use clausa_store::Store;
use clausa_store::record::micros::Micros;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::cache::Cache;
use crate::config::Config;
use crate::connections::{Place, Places};
use crate::key_ring::KeyRing;
use crate::metrics::Metrics;
use crate::traces::Traces;
use crate::usecase::addresses::AddressPolicy;
use crate::usecase::check_store::Readiness;
use crate::usecase::passwords::Passwords;

/// Requests answered at the same time; more are told to come back (`SEC-105`).
const MAX_RUNNING: usize = 1_024;
/// Verified publishing licences that are kept, of some 3 KiB each.
const MAX_LICENCES: usize = 4_096;

/// What every request shares: the store, the clock, the configuration and the authority's keys.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The parts of an [`AppState`].
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Config,
    pub(crate) origin: Origin,
    pub(crate) root: Arc<SoftwareSigner>,
    pub(crate) anchors: TrustAnchors,
    pub(crate) passwords: Passwords,
    pub(crate) addresses: AddressPolicy,
    pub(crate) traces: Traces,
    pub(crate) code_key: Zeroizing<[u8; 32]>,
}

struct Shared {
    parts: Parts,
    keys: KeyRing,
    licences: Cache<[u8; 32], VerifiedLicence>,
    running: Arc<Places>,
    connections: Arc<Places>,
    metrics: Metrics,
    stopping: AtomicBool,
    readiness: Readiness,
    mail: Notify,
}

impl AppState {
    pub(crate) fn new(parts: Parts) -> Self {
        let server = &parts.config.server;
        let running = Places::new(MAX_RUNNING, server.requests_per_network.into());
        let [all, each] = [server.connections, server.connections_per_network]
            .map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        Self(Arc::new(Shared {
            parts,
            keys: KeyRing::default(),
            licences: Cache::new(MAX_LICENCES),
            running,
            connections: Places::new(all, each),
            metrics: Metrics::new(),
            stopping: AtomicBool::new(false),
            readiness: Readiness::default(),
            mail: Notify::new(),
        }))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.0.parts.store
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.parts.clock
    }

    /// The authority's time in whole seconds.
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// The authority's time as the store keeps it.
    pub fn now_micros(&self) -> Micros {
        Micros(self.0.parts.clock.micros())
    }

    /// The operating system's random generator.
    pub fn randomness(&self) -> SystemRandom {
        SystemRandom
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.parts.config
    }

    /// The origin under which clients reach this authority.
    pub fn origin(&self) -> &Origin {
        &self.0.parts.origin
    }

    /// The root that signs tenants' certificates and key sets.
    pub fn root(&self) -> &SoftwareSigner {
        &self.0.parts.root
    }

    /// The roots that clients pin.
    pub fn anchors(&self) -> &TrustAnchors {
        &self.0.parts.anchors
    }

    /// Loaded keys of tenants.
    pub fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    /// Publishing licences that were verified to this authority's roots, by the SHA-256 of their bytes.
    pub fn licences(&self) -> &Cache<[u8; 32], VerifiedLicence> {
        &self.0.licences
    }

    /// Hashes and checks passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.0.parts.passwords
    }

    /// Which addresses may sign up.
    pub fn addresses(&self) -> &AddressPolicy {
        &self.0.parts.addresses
    }

    /// The key under which mailed codes are stored as HMACs (`SEC-73`).
    pub fn code_key(&self) -> &[u8; 32] {
        &self.0.parts.code_key
    }

    /// Wakes the delivery of mail; call it after the transaction that queued one.
    pub fn mail_queued(&self) {
        self.0.mail.notify_one();
    }

    /// Waits until somebody has queued a mail since the last call.
    pub(crate) async fn mail_waiting(&self) {
        self.0.mail.notified().await;
    }

    /// A place among the running requests, or `None` when all are taken, or all that `network` may take.
    pub(crate) fn try_enter(&self, network: IpAddr) -> Option<Place> {
        self.0.running.take(Some(network))
    }

    /// How many requests are running.
    pub(crate) fn running(&self) -> usize {
        self.0.running.taken()
    }

    /// What is counted.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Begins traces, if they are wanted.
    pub(crate) fn traces(&self) -> &Traces {
        &self.0.parts.traces
    }

    /// The places of open connections.
    pub(crate) fn connections(&self) -> &Arc<Places> {
        &self.0.connections
    }

    /// Whether the store took writes when it was last tried.
    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// True once the authority has begun to stop: probes fail, so that no new work is sent here.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }

    pub(crate) fn begin_stopping(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }
}

/// The origin says which authority it is; keys never show.
impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppState")
            .field("origin", self.origin())
            .finish_non_exhaustive()
    }
}
