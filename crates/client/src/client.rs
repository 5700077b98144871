//! The client: a profile, its secrets, and one connection pool an authority.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clausa_core::origin::Origin;
use clausa_core::random::SystemRandom;
use clausa_core::time::Clock;

use crate::clock::SystemClock;
use crate::error::{ProfileError, RequestError};
use crate::origins::TrustedAuthority;
use crate::profile::{Profile, ProfileDirectory};
use crate::secrets::{KeyringChoice, Secrets};
use crate::transport::{Transport, TransportOptions};

/// How a [`Client`] is set up. Everything has a default.
#[derive(Clone)]
pub struct ClientOptions {
    /// The authority that verbs without a file talk to; otherwise the profile's default one.
    pub authority: Option<Origin>,
    /// The clock, [`SystemClock`] unless a test holds one in its hand.
    pub clock: Arc<dyn Clock>,
    /// Where secrets are kept.
    pub keyring: KeyringChoice,
    /// What the client says of itself to the authority, which writes it into the log; at most 200 printable ASCII
    /// characters.
    pub client_info: String,
    /// The name under which a device enrols, which its owner will recognise; the machine's host name otherwise.
    pub device_name: Option<String>,
    /// A PEM file of further certificates to trust for TLS, for an authority behind a private certificate authority.
    pub tls_roots: Option<PathBuf>,
    /// How often a call is made at most that does no more when it is made twice, while the authority is busy or its
    /// connections break; 3 unless somebody has more patience than a person. At least 1.
    pub tries: u32,
    /// The language in which the authority writes its mails to this person, as a tag (`fr`, `fr-CA`); the authority's
    /// own otherwise.
    pub language: Option<String>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            authority: None,
            clock: Arc::new(SystemClock),
            keyring: KeyringChoice::Automatic,
            client_info: concat!("clausa-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            device_name: None,
            tls_roots: None,
            tries: 3,
            language: None,
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("authority", &self.authority)
            .field("keyring", &self.keyring)
            .field("client_info", &self.client_info)
            .finish_non_exhaustive()
    }
}

/// A person's Clausa on this device. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) profile: Profile,
    pub(crate) secrets: Secrets,
    pub(crate) options: ClientOptions,
    transports: Mutex<HashMap<Origin, Transport>>,
    /// Serialises the changes of sessions within this process; the profile's lock does it between processes.
    pub(crate) session_gate: tokio::sync::Mutex<()>,
}

impl Client {
    /// Opens the profile in `directory`, making the folder when it is not there.
    ///
    /// Nothing is sent anywhere, and the keyring is not asked yet. Texts in clear that a killed process left behind while
    /// somebody edited them are removed.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] when the folder cannot be made or is not private, or one of its files cannot be understood.
    pub async fn open_profile(
        directory: ProfileDirectory,
        options: ClientOptions,
    ) -> Result<Self, ProfileError> {
        let keyring = options.keyring.clone();
        let (profile, secrets) = crate::background::blocking(move || {
            let profile = Profile::open(directory)?;
            crate::edit::remove_abandoned(&profile);
            let secrets = Secrets::new(&profile, keyring);
            Ok::<_, ProfileError>((profile, secrets))
        })
        .await?;
        Ok(Self {
            inner: Arc::new(Inner {
                profile,
                secrets,
                options,
                transports: Mutex::default(),
                session_gate: tokio::sync::Mutex::default(),
            }),
        })
    }

    /// The profile's folder.
    pub fn profile_directory(&self) -> &Path {
        self.inner.profile.directory()
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.inner.profile
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.options.clock
    }

    pub(crate) fn rng(&self) -> SystemRandom {
        SystemRandom
    }

    /// The authority that verbs without a file talk to.
    pub(crate) fn chosen_authority(&self) -> Result<TrustedAuthority, RequestError> {
        let trusted = self.profile().authorities()?;
        if let Some(origin) = &self.inner.options.authority {
            return trusted
                .find(origin)
                .cloned()
                .ok_or_else(|| RequestError::AuthorityUnknown {
                    origin: origin.clone(),
                });
        }
        trusted.default_one().cloned().ok_or(RequestError::NoAuthority {
            trusted: trusted.len(),
        })
    }

    /// The connection pool to `origin`. The caller has made sure that `origin` is trusted, or is about to be by the
    /// person's own word.
    pub(crate) fn transport(&self, origin: &Origin) -> Result<Transport, RequestError> {
        let mut transports = match self.inner.transports.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        };
        if let Some(transport) = transports.get(origin) {
            return Ok(transport.clone());
        }
        let options = TransportOptions {
            client_info: self.inner.options.client_info.clone(),
            tls_roots: self.inner.options.tls_roots.clone(),
            language: self.inner.options.language.clone(),
            clock: self.inner.options.clock.clone(),
            tries: self.inner.options.tries,
        };
        let transport = Transport::new(origin.clone(), options)?;
        transports.insert(origin.clone(), transport.clone());
        Ok(transport)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("profile", &self.profile_directory())
            .finish_non_exhaustive()
    }
}
