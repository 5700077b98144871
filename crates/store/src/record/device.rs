//! Devices: enrolled installations of a client.

use clausa_core::id::{AccountId, DeviceThumbprint};

use super::micros::Micros;
use super::words;

words! {
    /// Where a device keeps its keys.
    Keystore {
        /// The operating system's keyring.
        OsKeyring = "os-keyring",
        /// A file readable by its user alone.
        File = "file",
    }
}

/// One device of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Thumbprint of its signing key.
    pub thumbprint: DeviceThumbprint,
    /// Whose it is.
    pub account: AccountId,
    /// Public signing key, as `clausa_core::keys` encodes it.
    pub signing_key: Vec<u8>,
    /// Public decryption key: P-256, uncompressed.
    pub decryption_key: Vec<u8>,
    /// The name given at enrolment.
    pub name: String,
    /// Operating system and client version.
    pub platform: String,
    /// Where it keeps its keys.
    pub keystore: Keystore,
    /// When it was first enrolled.
    pub enrolled_at: Micros,
    /// Its last authenticated call, to the hour.
    pub last_seen_at: Micros,
    /// Set once removed by its owner.
    pub removed_at: Option<Micros>,
}

/// What came of an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// The device is new to the account.
    New,
    /// It was enrolled already; name, platform and decryption key are now those given.
    Renewed,
    /// It had been removed and is enrolled again, after a fresh sign-in.
    Returned,
}
