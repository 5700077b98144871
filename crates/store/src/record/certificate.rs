//! Licensor certificates (CLC) that let a device publish offline.

use clausa_core::id::{AccountId, DeviceThumbprint, Serial};

use super::micros::Micros;

/// An issued licensor certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its serial number.
    pub serial: Serial,
    /// Whose it is.
    pub account: AccountId,
    /// The device whose signing key it certifies.
    pub device: DeviceThumbprint,
    /// The signed bytes.
    pub bytes: Vec<u8>,
    /// When it was issued.
    pub issued_at: Micros,
    /// When it stops covering new publishing licences.
    pub expires_at: Micros,
    /// From when on new publishing licences under it are refused (`SEC-45`).
    pub revoked_at: Option<Micros>,
}
