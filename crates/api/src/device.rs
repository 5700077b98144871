//! Devices: enrolled installations of a client, each with its own signing and decryption key.

use clausa_core::id::DeviceThumbprint;
use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Enrols the device whose signing key signed this request's proof, or renews its certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolDeviceRequest {
    /// Public decryption key: P-256, uncompressed, 65 bytes.
    pub decryption_key: Bytes,
    /// The name its owner will recognise, at most 100 characters.
    pub name: String,
    /// Operating system and client version, for the owner's list.
    pub platform: String,
    /// Where the device keeps its keys.
    pub keystore: Keystore,
}

/// Where a device keeps its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Keystore {
    /// The operating system's keyring.
    OsKeyring,
    /// A file readable by its user alone.
    File,
}

/// What a device needs to publish offline and to check licences.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolDeviceAnswer {
    /// The device.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub thumbprint: DeviceThumbprint,
    /// Licensor certificates, leaf first, each a COSE_Sign1.
    pub licensor_chain: Vec<Bytes>,
    /// The tenant's signed key set.
    pub key_set: Bytes,
}

/// Answer of `GET` [`crate::paths::KEYS`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySetAnswer {
    /// The tenant's signed key set.
    pub key_set: Bytes,
}

/// One row of a person's own devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    /// The device.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub thumbprint: DeviceThumbprint,
    /// The name given at enrolment.
    pub name: String,
    /// Operating system and client version.
    pub platform: String,
    /// Where it keeps its keys.
    pub keystore: Keystore,
    /// Seconds since 1970.
    pub enrolled_at: u64,
    /// Seconds since 1970 of its last authenticated call, to the hour.
    pub last_seen: u64,
    /// True for the device that asked.
    pub current: bool,
}

/// Answer of `GET` [`crate::paths::DEVICES`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceList {
    /// In the order of enrolment.
    pub devices: Vec<Device>,
}
