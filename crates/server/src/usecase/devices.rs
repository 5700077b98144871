//! Devices: enrolled installations of a client.

mod enrol;
mod list;
mod remove;

use clausa_core::random::RandomnessFailed;
use clausa_store::record::device::Keystore;
use clausa_store::{Denied, StoreError};

pub use enrol::{Enrol, Enrolled, enrol};
pub use list::list;
pub use remove::remove;

use super::failure::{Failure, failures};

/// Why a device is not enrolled, listed or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A field breaks a rule.
    #[error("{0}")]
    Malformed(&'static str),
    /// The account has as many devices as one may have.
    #[error("there are too many devices")]
    TooMany,
    /// The caller has no such device.
    #[error("there is no such device")]
    Unknown,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(DeviceError: StoreError, Denied, RandomnessFailed);

/// The word of the contract for where keys are kept.
pub(crate) fn keystore_of(keystore: Keystore) -> clausa_api::device::Keystore {
    match keystore {
        Keystore::OsKeyring => clausa_api::device::Keystore::OsKeyring,
        Keystore::File => clausa_api::device::Keystore::File,
    }
}
