//! Starting and stopping the authority.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use clausa_core::certificate::TrustAnchors;
use clausa_core::keys::{Signer as _, SoftwareSigner, VerifyingKey};
use clausa_core::origin::Origin;
use clausa_core::random::{Randomness, SystemRandom};
use clausa_core::time::{Clock, DAY, Timestamp};
use clausa_store::record::authority::RootKey;
use clausa_store::record::micros::Micros;
use clausa_store::record::secret::Secret;
use clausa_store::record::tenant_key::KeyState;
use clausa_store::{KeyEncryptionKey, Sealer, Store, StoreError};
use tokio::task::JoinHandle;

use crate::config::{Config, ConfigError, ServerConfig};
use crate::connections::{self, Places};
use crate::data_folder::DataFolder;
pub use crate::data_folder::DataFolderError;
use crate::database;
use crate::jobs::{self, Jobs};
use crate::state::{AppState, Parts};
use crate::tls;
pub use crate::tls::TlsError;
pub use crate::traces::TracesError;
use crate::traces::{self, Running, Traces, Transactions};
use crate::usecase::addresses::AddressPolicy;
use crate::usecase::failure::Failure;
use crate::usecase::passwords::{HashError, Passwords};

/// The number under which the data folder's key-encryption key stands in sealed values.
const KEK_NUMBER: u32 = 1;

/// Connections of those who read the metrics.
const WATCHERS: usize = 16;

/// A running authority.
pub struct Authority {
    state: AppState,
    local_addr: SocketAddr,
    handle: Handle<SocketAddr>,
    server: JoinHandle<std::io::Result<()>>,
    metrics: Option<SocketAddr>,
    jobs: Jobs,
    exporter: Option<Running>,
    drain_for: Duration,
    stop_after: Duration,
}

/// Why an authority did not start, ordered by whose fault it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration does not fit together.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The configuration names another origin than the one that the protected files of this data folder name.
    #[error(
        "this data folder belongs to {kept}, and the files protected so far name it; the configuration says {given}. \
         To move the authority for good, remove the file `origin` from the data folder"
    )]
    OriginChanged {
        /// The origin of earlier starts.
        kept: Origin,
        /// The origin of the configuration.
        given: Origin,
    },
    /// The database was written with other keys than those in the data folder.
    #[error(
        "the database was written with other keys than those in this data folder: copy the folder `keys` of a node that \
         runs, or of the backup, to this one"
    )]
    OtherKeys,
    /// The nodes that share the database serve another origin.
    #[error(
        "the nodes that share this database serve {kept}, and the files protected so far name it; this one would serve \
         {given}. Give every node the same server.origin"
    )]
    OtherOrigin {
        /// The origin of the other nodes.
        kept: Origin,
        /// The origin of this one.
        given: Origin,
    },
    /// The folder holds no authority's data.
    #[error("{} holds no authority: it is made by `clausa serve --data`", .0.display())]
    NoAuthority(std::path::PathBuf),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: is another program using it?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("cannot open the database")]
    Store(#[from] StoreError),
    /// The system's clock is behind the log by more than [`CLOCK_SLACK_SECONDS`]: every date in a policy would be
    /// judged by it.
    #[error(
        "the system's clock says {now}, but the newest log entry was written at {newest}: set the clock right \
         (or, if the entry was written under a wrong clock, wait until then or restore a backup)"
    )]
    ClockBehind {
        /// The system's time.
        now: Timestamp,
        /// The newest log entry's.
        newest: Timestamp,
    },
    /// The system's clock is before this program was written.
    #[error("the system's clock says {now}, before this program was written: set the clock right")]
    ClockUnset {
        /// The system's time.
        now: Timestamp,
    },
    /// Passwords could not be hashed with the configured parameters.
    #[error("the password parameters do not work")]
    Passwords(#[from] HashError),
    /// Mail cannot be set up.
    #[error("mail cannot be set up")]
    Mail(#[from] jobs::MailSetupError),
    /// Traces cannot be sent as configured.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// The authority's root cannot be made or loaded.
    #[error("the authority's root key cannot be made or loaded")]
    Root(#[source] Failure),
}

impl Authority {
    /// Makes what is missing in the data folder, binds, begins to serve and starts the background jobs.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing runs then.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        config.check()?;
        let mut rng = SystemRandom;
        let folder = DataFolder::open(&config.data.folder, &mut rng)?;
        let tls = config.server.tls.as_ref().map(tls::server_config).transpose()?;
        let (listener, local_addr, origin) = listen(&config.server, &folder)?;
        let metrics = config.server.metrics_listen.map(bind).transpose()?;
        let mut store = database::open(&config.data, &folder, sealer_of(&folder, rng)?).await?;
        let (queue, exporter) = traces::open(&config.traces)?.unzip();
        let traces = Traces::new(&config.traces, queue);
        if exporter.is_some() {
            store = store.observed_by(Arc::new(Transactions));
        }
        let now = Micros(clock.micros());
        let newest = store
            .read("read newest log time", |tx| {
                Box::pin(async move { tx.newest_log_time().await })
            })
            .await?;
        check_clock(now, newest)?;
        let [drain_for, stop_after] = [config.server.drain_seconds, config.server.stop_seconds]
            .map(|seconds| Duration::from_secs(seconds.into()));
        let state = assemble(store, clock, config, &folder, origin, traces).await?;
        let outbox = folder.outbox();
        let jobs = Jobs::start(state.clone(), &outbox)?;
        let exporter = exporter.map(traces::Exporter::start);
        let handle = Handle::new();
        let router = crate::http::router(state.clone());
        let settings = &state.config().server;
        let failed = |source| StartError::Listen {
            address: local_addr,
            source,
        };
        let server = connections::serve(
            router,
            listener,
            tls,
            Arc::clone(state.connections()),
            settings,
            handle.clone(),
        )
        .map_err(failed)?;
        let metrics = metrics
            .map(|(listener, address)| {
                let (router, places) = (
                    crate::metrics::router(state.clone()),
                    Places::new(WATCHERS, WATCHERS),
                );
                connections::serve(router, listener, None, places, settings, handle.clone()).map(|_| address)
            })
            .transpose()
            .map_err(failed)?;
        tracing::info!(origin = %state.origin(), address = %local_addr, "serving");
        Ok(Self {
            state,
            local_addr,
            handle,
            server,
            metrics,
            jobs,
            exporter,
            drain_for,
            stop_after,
        })
    }

    /// The origin under which clients reach it.
    pub fn origin(&self) -> &Origin {
        self.state.origin()
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The address on which it tells its metrics, if it does.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// What its requests share: the store, the clock, the keys.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Its store.
    pub fn store(&self) -> &Store {
        self.state.store()
    }

    /// Stops: says that it is not ready and goes on for as long as is configured, each connection to its next answer;
    /// then takes no new connections, gives running requests the configured time, ends the jobs, closes the store.
    pub async fn shutdown(self) {
        self.state.begin_stopping();
        tokio::time::sleep(self.drain_for).await;
        self.handle.graceful_shutdown(Some(self.stop_after));
        if let Ok(Err(error)) = self.server.await {
            tracing::warn!(%error, "the server ended with an error");
        }
        self.jobs.stop().await;
        if let Some(exporter) = self.exporter {
            exporter.stop().await;
        }
        self.state.store().close().await;
    }
}

/// What requests and operators share, over an opened database that belongs to the folder's keys and the origin.
pub(crate) async fn assemble(
    store: Store,
    clock: Arc<dyn Clock>,
    config: Config,
    folder: &DataFolder,
    origin: Origin,
    traces: Traces,
) -> Result<AppState, StartError> {
    database::check_node(&store, &config.data, folder, &origin).await?;
    let now = Micros(clock.micros());
    let (root, anchors) = load_root(&store, now, &mut SystemRandom)
        .await
        .map_err(StartError::Root)?;
    let passwords = Passwords::new(&config.passwords, folder.pepper.clone())?;
    let addresses = AddressPolicy::load(&config.signup)?;
    Ok(AppState::new(Parts {
        store,
        clock,
        config,
        origin,
        root,
        anchors,
        passwords,
        addresses,
        traces,
        code_key: folder.code_key.clone(),
    }))
}

/// Seals under the folder's key-encryption key.
pub(crate) fn sealer_of(folder: &DataFolder, rng: SystemRandom) -> Result<Sealer, StoreError> {
    Sealer::new(vec![KeyEncryptionKey::new(KEK_NUMBER, folder.kek.clone())], rng)
}

/// Binds and finds the origin: the configured one, or the one kept from earlier starts, or one made from the address.
fn listen(
    config: &ServerConfig,
    folder: &DataFolder,
) -> Result<(TcpListener, SocketAddr, Origin), StartError> {
    let kept = folder.origin()?;
    if let (Some(kept), Some(given)) = (&kept, &config.origin)
        && kept != given
    {
        return Err(StartError::OriginChanged {
            kept: kept.clone(),
            given: given.clone(),
        });
    }
    let mut address = config.listen;
    // A configured origin says nothing about the port behind it.
    if let Some(kept) = &kept
        && config.origin.is_none()
        && address.port() == 0
    {
        address.set_port(kept.port());
    }
    let (listener, local_addr) = bind(address)?;
    let origin = match (kept.clone(), &config.origin) {
        (_, Some(given)) => given.clone(),
        (Some(kept), None) if kept.port() == local_addr.port() => kept,
        (kept, None) => {
            let made = loopback_origin(local_addr)?;
            match kept {
                Some(kept) => return Err(StartError::OriginChanged { kept, given: made }),
                None => made,
            }
        }
    };
    if kept.is_none() {
        folder.remember_origin(&origin)?;
    }
    Ok((listener, local_addr, origin))
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let local_addr = listener.local_addr().map_err(failed)?;
    Ok((listener, local_addr))
}

fn loopback_origin(address: SocketAddr) -> Result<Origin, ConfigError> {
    let host = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let port = if address.port() == 80 {
        String::new()
    } else {
        format!(":{}", address.port())
    };
    format!("http://{host}{port}").parse().map_err(|error| {
        ConfigError::refused(
            "server.listen",
            format!("{error}; listen on 127.0.0.1 or [::1], or set server.origin"),
        )
    })
}

/// How far the newest log entry may be ahead of the system's clock, in seconds: a day.
pub const CLOCK_SLACK_SECONDS: u64 = DAY;
/// 2026-01-01T00:00:00Z: a clock before it was never set.
const EARLIEST: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// A clock that is far off opens what has ended and refuses what has begun, so nothing is served under it (`SEC-151`).
pub(crate) fn check_clock(now: Micros, newest: Option<Micros>) -> Result<(), StartError> {
    let clock = now.timestamp();
    if clock < EARLIEST {
        return Err(StartError::ClockUnset { now: clock });
    }
    match newest {
        Some(newest) if newest > now.plus_seconds(CLOCK_SLACK_SECONDS) => Err(StartError::ClockBehind {
            now: clock,
            newest: newest.timestamp(),
        }),
        _ => Ok(()),
    }
}

/// The active root, made on the first start, and every root that clients may pin.
async fn load_root(
    store: &Store,
    now: Micros,
    rng: &mut dyn Randomness,
) -> Result<(Arc<SoftwareSigner>, TrustAnchors), Failure> {
    let fresh = SoftwareSigner::generate_ed25519(rng)?;
    let key = fresh.verifying_key();
    let fresh = RootKey {
        kid: key.kid(),
        public: key.as_bytes().to_vec(),
        secret: Secret::new(fresh.expose_secret_for_sealing()?),
        state: KeyState::Active,
        created_at: now,
    };
    let keys = store
        .transact_with("load root", fresh, |fresh, tx| {
            Box::pin(async move {
                let keys = tx.root_keys().await?;
                if keys.iter().any(|key| key.state == KeyState::Active) {
                    return Ok::<_, Failure>(keys);
                }
                tx.add_root_key(fresh).await?;
                Ok(tx.root_keys().await?)
            })
        })
        .await?;
    let active = keys
        .iter()
        .find(|key| key.state == KeyState::Active)
        .ok_or(Failure::Missing("root key"))?;
    let signer = SoftwareSigner::from_secret_bytes(active.secret.expose())?;
    let roots = keys
        .iter()
        .map(|key| VerifyingKey::from_bytes(&key.public))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((Arc::new(signer), TrustAnchors { roots }))
}
