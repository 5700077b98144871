//! Secrets in a file of the profile that only its user may read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clausa_api::Bytes;
use clausa_api::device::Keystore;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::SecretStore;
use crate::error::{ProfileError, SecretsError};
use crate::profile::{Profile, read_secret_file, write_secret_file};

/// The file. Everything in it is in clear: the person is told so.
#[derive(Debug)]
pub(crate) struct FileStore {
    profile: Profile,
    path: PathBuf,
}

/// What the file holds.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretFile {
    secrets: BTreeMap<String, Bytes>,
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        self.secrets.values_mut().for_each(|secret| secret.0.zeroize());
    }
}

impl FileStore {
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            profile: profile.clone(),
            path: profile.directory().join("secrets.json"),
        }
    }

    fn change(&self, change: impl FnOnce(&mut SecretFile)) -> Result<(), SecretsError> {
        self.profile
            .locked(|| {
                let mut file = read_secret_file(&self.path)?.unwrap_or_default();
                change(&mut file);
                write_secret_file(&self.path, &file)
            })
            .map_err(in_file)
    }
}

impl SecretStore for FileStore {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsError> {
        let mut file: SecretFile = read_secret_file(&self.path).map_err(in_file)?.unwrap_or_default();
        Ok(file.secrets.remove(name).map(|secret| Zeroizing::new(secret.0)))
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsError> {
        self.change(|file| {
            if let Some(mut old) = file.secrets.insert(name.to_owned(), Bytes(secret.to_vec())) {
                old.0.zeroize();
            }
        })
    }

    fn remove(&self, name: &str) -> Result<(), SecretsError> {
        self.change(|file| {
            if let Some(mut old) = file.secrets.remove(name) {
                old.0.zeroize();
            }
        })
    }

    fn keystore(&self) -> Keystore {
        Keystore::File
    }
}

fn in_file(error: ProfileError) -> SecretsError {
    SecretsError::File(Box::new(error))
}
