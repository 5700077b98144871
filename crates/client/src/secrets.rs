//! Where this device keeps what must stay secret: its two private keys, its tokens, and the proof that a begun sign-up
//! is its own.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use clausa_api::device::Keystore;
use clausa_core::origin::Origin;
use clausa_core::random::{Randomness, SystemRandom};
use zeroize::Zeroizing;

use crate::error::{ProfileError, SecretsError};
use crate::profile::{Profile, environment};

pub(crate) use device_keys::DeviceKeys;
pub(crate) use file::FileStore;
pub(crate) use freshness::FreshnessState;
pub(crate) use session_tokens::SessionTokens;

mod device_keys;
mod file;
mod freshness;
#[cfg(feature = "os-keyring")]
mod os_keyring;
mod session_tokens;

/// A place for secrets: small byte strings under a name.
///
/// Implement it to keep them somewhere else, and pass it as [`KeyringChoice::Custom`]. Calls may block.
pub trait SecretStore: Send + Sync {
    /// Reads a secret; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`SecretsError`] when the place cannot be used.
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsError>;

    /// Keeps a secret, in the place of the one under that name.
    ///
    /// # Errors
    ///
    /// [`SecretsError`] when the place cannot be used.
    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsError>;

    /// Forgets a secret; that there was none is success.
    ///
    /// # Errors
    ///
    /// [`SecretsError`] when the place cannot be used.
    fn remove(&self, name: &str) -> Result<(), SecretsError>;

    /// What the authority and the person are told of the place.
    fn keystore(&self) -> Keystore;
}

/// Which place to use.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum KeyringChoice {
    /// The operating system's keyring when there is one that answers, otherwise a file in the profile that only its
    /// user may read. What was found the first time is kept to.
    #[default]
    Automatic,
    /// The operating system's keyring, or nothing.
    OsKeyring,
    /// A file in the profile that only its user may read.
    File,
    /// Another place.
    Custom(Arc<dyn SecretStore>),
}

impl KeyringChoice {
    /// Environment variable that chooses.
    pub const ENVIRONMENT: &'static str = "CLAUSA_KEYRING";

    /// What `CLAUSA_KEYRING` says: `auto`, `os` or `file`; automatic when it is not set.
    ///
    /// # Errors
    ///
    /// [`UnknownKeyring`] for any other value.
    pub fn from_environment() -> Result<Self, UnknownKeyring> {
        environment(Self::ENVIRONMENT).map_or(Ok(Self::Automatic), |value| value.parse())
    }
}

/// A text is none of `auto`, `os`, `file`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a keyring is one of auto, os, file")]
pub struct UnknownKeyring;

impl FromStr for KeyringChoice {
    type Err = UnknownKeyring;

    fn from_str(text: &str) -> Result<Self, UnknownKeyring> {
        match text {
            "auto" => Ok(Self::Automatic),
            "os" => Ok(Self::OsKeyring),
            "file" => Ok(Self::File),
            _ => Err(UnknownKeyring),
        }
    }
}

impl fmt::Debug for KeyringChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Automatic => "Automatic",
            Self::OsKeyring => "OsKeyring",
            Self::File => "File",
            Self::Custom(_) => "Custom(..)",
        })
    }
}

/// The secrets of one profile. The place is looked for when it is first needed: inspecting a file never asks a keyring.
pub(crate) struct Secrets {
    profile: Profile,
    choice: KeyringChoice,
    found: Mutex<Option<Arc<dyn SecretStore>>>,
}

impl Secrets {
    pub(crate) fn new(profile: &Profile, choice: KeyringChoice) -> Self {
        Self {
            profile: profile.clone(),
            choice,
            found: Mutex::default(),
        }
    }

    /// Where secrets are kept.
    pub(crate) fn keystore(&self) -> Result<Keystore, ProfileError> {
        Ok(self.store()?.keystore())
    }

    /// This device's keys at `origin`, if it has any.
    pub(crate) fn device_keys(&self, origin: &Origin) -> Result<Option<DeviceKeys>, ProfileError> {
        self.read(&device(origin), DeviceKeys::from_secret)
    }

    pub(crate) fn put_device_keys(&self, origin: &Origin, keys: &DeviceKeys) -> Result<(), ProfileError> {
        let secret = keys.to_secret().ok_or(SecretsError::DeviceKey)?;
        self.write(&device(origin), &secret)
    }

    pub(crate) fn remove_device_keys(&self, origin: &Origin) -> Result<(), ProfileError> {
        self.remove(&device(origin))
    }

    pub(crate) fn session(&self, origin: &Origin) -> Result<Option<SessionTokens>, ProfileError> {
        self.read(&session(origin), SessionTokens::from_secret)
    }

    pub(crate) fn put_session(&self, origin: &Origin, tokens: &SessionTokens) -> Result<(), ProfileError> {
        self.write(&session(origin), &tokens.to_secret())
    }

    pub(crate) fn remove_session(&self, origin: &Origin) -> Result<(), ProfileError> {
        self.remove(&session(origin))
    }

    /// The 32-byte secret whose hash began a sign-up or sign-in (SEC-73).
    pub(crate) fn verifier(
        &self,
        begun: Begun,
        origin: &Origin,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, ProfileError> {
        self.read(&begun.name(origin), |bytes| {
            (bytes.len() == 32).then(|| Zeroizing::new(bytes.to_vec()))
        })
    }

    pub(crate) fn put_verifier(
        &self,
        begun: Begun,
        origin: &Origin,
        verifier: &[u8],
    ) -> Result<(), ProfileError> {
        self.write(&begun.name(origin), verifier)
    }

    pub(crate) fn remove_verifier(&self, begun: Begun, origin: &Origin) -> Result<(), ProfileError> {
        self.remove(&begun.name(origin))
    }

    /// What is known of the time and of the epochs at `origin`.
    pub(crate) fn freshness(&self, origin: &Origin) -> Result<FreshnessState, ProfileError> {
        Ok(self
            .read(&freshness(origin), FreshnessState::from_secret)?
            .unwrap_or_default())
    }

    pub(crate) fn put_freshness(&self, origin: &Origin, state: &FreshnessState) -> Result<(), ProfileError> {
        self.write(&freshness(origin), &state.to_secret())
    }

    /// Forgets everything kept for `origin`.
    pub(crate) fn remove_all(&self, origin: &Origin) -> Result<(), ProfileError> {
        let begun = [Begun::Signup.name(origin), Begun::Login.name(origin)];
        let names = [device(origin), session(origin), freshness(origin)];
        names.iter().chain(&begun).try_for_each(|name| self.remove(name))
    }

    fn read<T>(&self, name: &str, parse: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, ProfileError> {
        let Some(bytes) = self.store()?.read(name)? else {
            return Ok(None);
        };
        match parse(&bytes) {
            Some(value) => Ok(Some(value)),
            None => Err(SecretsError::Damaged {
                name: name.to_owned(),
            }
            .into()),
        }
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), ProfileError> {
        Ok(self.store()?.write(name, secret)?)
    }

    fn remove(&self, name: &str) -> Result<(), ProfileError> {
        Ok(self.store()?.remove(name)?)
    }

    fn store(&self) -> Result<Arc<dyn SecretStore>, ProfileError> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*found {
            return Ok(store.clone());
        }
        let store = self.find()?;
        *found = Some(store.clone());
        Ok(store)
    }

    fn find(&self) -> Result<Arc<dyn SecretStore>, ProfileError> {
        match &self.choice {
            KeyringChoice::Custom(store) => return Ok(store.clone()),
            KeyringChoice::File => return Ok(Arc::new(FileStore::new(&self.profile))),
            KeyringChoice::OsKeyring => return Ok(open_os_keyring(&self.profile_name()?)?),
            KeyringChoice::Automatic => {}
        }
        match self.profile.configuration()?.keystore {
            Some(Keystore::File) => return Ok(Arc::new(FileStore::new(&self.profile))),
            // The secrets are in a keyring: looking elsewhere would only say that nobody is signed in.
            Some(Keystore::OsKeyring) => return Ok(open_os_keyring(&self.profile_name()?)?),
            None => {}
        }
        let store: Arc<dyn SecretStore> = match open_os_keyring(&self.profile_name()?) {
            Ok(store) => store,
            Err(error) => {
                tracing::info!(reason = %error, "there is no keyring; secrets are kept in the profile");
                Arc::new(FileStore::new(&self.profile))
            }
        };
        let keystore = store.keystore();
        self.profile.change_configuration(|configuration| {
            configuration.keystore = Some(keystore);
            Ok(())
        })?;
        Ok(store)
    }

    /// The random name of this profile among those that share a keyring.
    fn profile_name(&self) -> Result<String, ProfileError> {
        if let Some(name) = self.profile.configuration()?.profile {
            return Ok(name);
        }
        self.profile.change_configuration(|configuration| {
            if let Some(name) = &configuration.profile {
                return Ok(name.clone());
            }
            let mut bytes = [0_u8; 16];
            SystemRandom
                .fill(&mut bytes)
                .map_err(|_| SecretsError::Randomness)?;
            let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            configuration.profile = Some(name.clone());
            Ok(name)
        })
    }
}

/// What was begun with a verifier.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Begun {
    Signup,
    Login,
}

impl Begun {
    fn name(self, origin: &Origin) -> String {
        match self {
            Self::Signup => format!("signup:{origin}"),
            Self::Login => format!("login:{origin}"),
        }
    }
}

fn device(origin: &Origin) -> String {
    format!("device:{origin}")
}

fn session(origin: &Origin) -> String {
    format!("session:{origin}")
}

fn freshness(origin: &Origin) -> String {
    format!("freshness:{origin}")
}

#[cfg(feature = "os-keyring")]
fn open_os_keyring(profile: &str) -> Result<Arc<dyn SecretStore>, SecretsError> {
    Ok(Arc::new(os_keyring::OsKeyring::open(profile)?))
}

#[cfg(not(feature = "os-keyring"))]
fn open_os_keyring(_profile: &str) -> Result<Arc<dyn SecretStore>, SecretsError> {
    Err(SecretsError::NoKeyring)
}
