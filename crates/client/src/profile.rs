//! The profile: what this device remembers between runs.
//!
//! One folder, readable by its user alone. Each file in it is replaced as a whole: written beside, flushed to disk,
//! renamed over. Changes are made under a lock, so that several processes can share a profile; reading needs none.
//! A file that this program does not understand is an error that names it, and is never overwritten.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clausa_api::device::Keystore;
use clausa_core::origin::Origin;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::error::ProfileError;
use crate::file::partial;
use crate::origins::{Authorities, TrustedAuthority};

pub(crate) use accounts::{AccountRecord, Enrolment};
pub use directory::ProfileDirectory;
pub(crate) use directory::environment;

pub(crate) use licences::LicenceRecord;
pub use pending::Waiting;
pub(crate) use pending::{PendingLogin, PendingSignup};
pub(crate) use registrations::{PendingGroup, RegistrationRecord};
pub(crate) use templates::TemplateRecord;
pub(crate) use unfinished::Unfinished;

mod accounts;
mod directory;
mod documents;
mod licences;
mod lock;
mod logs;
mod pending;
mod registrations;
mod templates;
mod unfinished;

/// An open profile. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    folder: PathBuf,
}

/// What `config.toml` holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    version: u64,
    /// Names this profile in the keyring: 32 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    /// Where the secrets were put; a later run looks there and nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keystore: Option<Keystore>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Origin>,
    #[serde(default, rename = "authority", skip_serializing_if = "Vec::is_empty")]
    trusted: Vec<TrustedAuthority>,
}

/// How long a process waits for another to finish a change; each takes milliseconds.
const CHANGE_PATIENCE: Duration = Duration::from_secs(10);
/// How long a process waits for another to renew a session, which takes a call to the authority.
const SESSION_PATIENCE: Duration = Duration::from_secs(60);
/// Longest name of a folder that every common file system takes, in bytes.
const LONGEST_NAME: usize = 255;
/// Version of every file of the profile.
const VERSION: u64 = 1;

impl Profile {
    /// Opens the folder, making it when it is not there, reads its configuration once to refuse a damaged one early, and
    /// removes what killed processes have left.
    pub(crate) fn open(directory: ProfileDirectory) -> Result<Self, ProfileError> {
        let profile = Self {
            folder: directory.prepare()?,
        };
        profile.configuration()?;
        profile.remove_unfinished();
        partial::remove_abandoned(&profile.folder);
        Ok(profile)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn configuration(&self) -> Result<Configuration, ProfileError> {
        documents::read_toml(&self.configuration_path(), VERSION).map(Option::unwrap_or_default)
    }

    /// Changes the configuration under the profile's lock and gives back what `change` returned.
    pub(crate) fn change_configuration<T>(
        &self,
        change: impl FnOnce(&mut Configuration) -> Result<T, ProfileError>,
    ) -> Result<T, ProfileError> {
        let _lock = self.lock()?;
        let mut configuration = self.configuration()?;
        let before = toml_text(&configuration);
        let value = change(&mut configuration)?;
        configuration.version = VERSION;
        let after = toml_text(&configuration);
        if before != after {
            documents::write_atomically(&self.configuration_path(), after.as_bytes())?;
        }
        Ok(value)
    }

    pub(crate) fn authorities(&self) -> Result<Authorities, ProfileError> {
        let configuration = self.configuration()?;
        Ok(Authorities::new(configuration.default, configuration.trusted))
    }

    pub(crate) fn change_authorities<T>(
        &self,
        change: impl FnOnce(&mut Authorities) -> T,
    ) -> Result<T, ProfileError> {
        self.change_configuration(|configuration| {
            let mut authorities = Authorities::new(
                configuration.default.take(),
                std::mem::take(&mut configuration.trusted),
            );
            let value = change(&mut authorities);
            (configuration.default, configuration.trusted) = authorities.into_parts();
            Ok(value)
        })
    }

    /// Held while a file of the profile is read, changed and written.
    fn lock(&self) -> Result<lock::Lock, ProfileError> {
        lock::Lock::acquire(&self.folder.join("lock"), CHANGE_PATIENCE)
    }

    /// Held while a session is renewed: a refresh token used twice ends the session (RFC 9700 §4.14.2).
    pub(crate) fn lock_session(&self, origin: &Origin) -> Result<lock::Lock, ProfileError> {
        let folder = self.authority_folder(origin);
        documents::make_folder(&folder)?;
        lock::Lock::acquire(&folder.join("session.lock"), SESSION_PATIENCE)
    }

    /// Held while what is known of the time at `origin` is read, changed and written.
    pub(crate) fn lock_freshness(&self, origin: &Origin) -> Result<lock::Lock, ProfileError> {
        let folder = self.authority_folder(origin);
        documents::make_folder(&folder)?;
        lock::Lock::acquire(&folder.join("freshness.lock"), CHANGE_PATIENCE)
    }

    /// Runs `change` under the profile's lock.
    pub(crate) fn locked<T>(
        &self,
        change: impl FnOnce() -> Result<T, ProfileError>,
    ) -> Result<T, ProfileError> {
        let _lock = self.lock()?;
        change()
    }

    fn configuration_path(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    /// Where the texts that are being edited are noted down, and are themselves where there is no better place.
    pub(crate) fn editing_folder(&self) -> PathBuf {
        self.folder.join("editing")
    }

    /// Makes the folder of texts that are being edited when it is not there.
    pub(crate) fn make_editing_folder(&self) -> Result<PathBuf, ProfileError> {
        let folder = self.editing_folder();
        documents::make_folder(&folder)?;
        Ok(folder)
    }

    /// Where changed files go that could not be saved in their place; made when it is not there.
    pub(crate) fn unsaved_folder(&self) -> Result<PathBuf, ProfileError> {
        let folder = self.folder.join("unsaved");
        documents::make_folder(&folder)?;
        Ok(folder)
    }

    /// Where the cached things of one authority are: `cache/https_host_port`, or under SHA-256 of an origin that is too
    /// long for a name.
    fn authority_folder(&self, origin: &Origin) -> PathBuf {
        let mut name = origin.as_str().replace("://", "_");
        // What an origin may contain beside letters, digits, dots and hyphens is colons and brackets.
        name = name.replace([':', '[', ']'], "_");
        if name.len() > LONGEST_NAME {
            // The longest origins are longer than a file name may be.
            name = sha2::Sha256::digest(origin.as_str())
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
        }
        self.folder.join("cache").join(name)
    }

    /// Forgets everything cached of one authority.
    pub(crate) fn clear_cache(&self, origin: &Origin) -> Result<(), ProfileError> {
        let _lock = self.lock()?;
        documents::remove_folder(&self.authority_folder(origin))
    }
}

/// Serialising a table of strings, numbers and lists does not fail; an empty text would be refused when read.
fn toml_text(configuration: &Configuration) -> String {
    toml::to_string_pretty(configuration).unwrap_or_default()
}

/// Reads the file that stands in for a keyring.
pub(crate) fn read_secret_file<T: serde::de::DeserializeOwned>(
    path: &Path,
) -> Result<Option<T>, ProfileError> {
    documents::read_json(path, VERSION)
}

/// Writes the file that stands in for a keyring.
pub(crate) fn write_secret_file<T: Serialize>(path: &Path, content: &T) -> Result<(), ProfileError> {
    documents::write_json(path, VERSION, content)
}
