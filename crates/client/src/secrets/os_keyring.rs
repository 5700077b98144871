//! Secrets in the operating system's keyring: Keychain, Credential Manager, Secret Service.
//!
//! A keyring is another program, which may be absent, locked, or silent. Each call runs on a thread of its own and is
//! waited for a bounded time: a keyring never hangs this program.

use std::sync::mpsc;
use std::time::Duration;

use clausa_api::device::Keystore;
use keyring::{Entry, Error};
use zeroize::Zeroizing;

use super::SecretStore;
use crate::error::SecretsError;

/// The name under which entries are filed.
const SERVICE: &str = "clausa";
/// How long to wait for a keyring to show that it is there.
const PROBE_PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait for an answer: somebody may have to type a password first.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub(super) struct OsKeyring {
    profile: String,
}

impl OsKeyring {
    /// Looks for a keyring by reading an entry that need not exist.
    pub(super) fn open(profile: &str) -> Result<Self, SecretsError> {
        if !may_have_keyring() {
            return Err(SecretsError::NoKeyring);
        }
        let keyring = Self {
            profile: profile.to_owned(),
        };
        let user = keyring.user("probe");
        within(PROBE_PATIENCE, move || {
            match Entry::new(SERVICE, &user)?.get_secret() {
                Ok(_) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(error),
            }
        })?;
        Ok(keyring)
    }

    fn user(&self, name: &str) -> String {
        format!("{}/{name}", self.profile)
    }
}

impl SecretStore for OsKeyring {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsError> {
        let user = self.user(name);
        within(PATIENCE, move || match Entry::new(SERVICE, &user)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsError> {
        let (user, secret) = (self.user(name), Zeroizing::new(secret.to_vec()));
        within(PATIENCE, move || Entry::new(SERVICE, &user)?.set_secret(&secret))
    }

    fn remove(&self, name: &str) -> Result<(), SecretsError> {
        let user = self.user(name);
        within(PATIENCE, move || {
            match Entry::new(SERVICE, &user)?.delete_credential() {
                Ok(()) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(error),
            }
        })
    }

    fn keystore(&self) -> Keystore {
        Keystore::OsKeyring
    }
}

/// Runs `work` on its own thread and waits at most `patience`. A thread that is never answered ends with the process.
fn within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, SecretsError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("clausa-keyring".to_owned())
        .spawn(move || {
            // Nobody listens any more when the time is up.
            let _ = sender.send(work());
        });
    thread.map_err(|source| SecretsError::Keyring {
        source: Box::new(source),
    })?;
    match receiver.recv_timeout(patience) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Error::NoDefaultStore | Error::NotSupportedByStore(_))) => Err(SecretsError::NoKeyring),
        // The text of an error may hold what was stored; its kind is told.
        Ok(Err(Error::BadEncoding(_) | Error::BadDataFormat(..))) => Err(SecretsError::Damaged {
            name: SERVICE.to_owned(),
        }),
        Ok(Err(error)) => Err(SecretsError::Keyring {
            source: Box::new(error),
        }),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(SecretsError::TimedOut {
            seconds: patience.as_secs(),
        }),
        // The library panicked; its message has been printed by the panic hook.
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(SecretsError::NoKeyring),
    }
}

/// False when there is certainly none: then no thread is started and no library is waited for.
#[cfg(all(unix, not(target_os = "macos")))]
fn may_have_keyring() -> bool {
    use crate::profile::environment;
    let session_bus = environment("XDG_RUNTIME_DIR").map(|folder| std::path::Path::new(&folder).join("bus"));
    environment("DBUS_SESSION_BUS_ADDRESS").is_some() || session_bus.is_some_and(|socket| socket.exists())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn may_have_keyring() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_keyring_is_given_up() {
        let error = within(Duration::from_millis(20), || {
            std::thread::sleep(Duration::from_secs(2));
            Ok(())
        })
        .unwrap_err();
        assert!(matches!(error, SecretsError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn a_missing_keyring_is_said_to_be_missing() {
        let error = within(Duration::from_secs(5), || Err::<(), _>(Error::NoDefaultStore)).unwrap_err();
        assert!(matches!(error, SecretsError::NoKeyring), "{error}");
    }
}
