//! Why a use licence is not accepted.

use crate::certificate::CertificateError;
use crate::cose::BadSignature;
use crate::error::Malformed;
use crate::time::Timestamp;

/// Why a use licence is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UseLicenceError {
    /// The device's clock is behind what the authority has told it before; ask the authority again (SEC-44).
    #[error("this device's clock is behind; it was {floor} already")]
    ClockBehind {
        /// The latest time the device knows of.
        floor: Timestamp,
    },
    /// The licence has expired.
    #[error("the licence expired at {at}")]
    Expired {
        /// Its last second.
        at: Timestamp,
    },
    /// The licence may no longer be used without asking the authority again.
    #[error("the licence could be used offline until {at}")]
    OfflineWindowOver {
        /// The last second of the window.
        at: Timestamp,
    },
    /// The bytes are not a use licence.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The certificate of the signing key does not hold.
    #[error("the certificate of the authority's licence key does not hold")]
    Certificate(#[from] CertificateError),
    /// The signature does not hold.
    #[error("the licence is not authentic")]
    BadSignature,
    /// It comes from another tenant than the file.
    #[error("the licence comes from another organisation than the file")]
    WrongTenant,
    /// It is for another file.
    #[error("the licence is for another file")]
    WrongFile,
    /// It is for another device.
    #[error("the licence is for another device")]
    WrongDevice,
    /// It is for another account.
    #[error("the licence is for another account")]
    WrongSubject,
    /// It answers another request (SEC-49).
    #[error("the licence answers another request")]
    WrongNonce,
    /// A newer one was seen before.
    #[error("a newer licence than this one was seen before")]
    Outdated {
        /// The epoch it would need at least.
        minimum_epoch: u64,
    },
}

impl UseLicenceError {
    /// True when asking the authority again may help.
    pub const fn needs_authority(&self) -> bool {
        matches!(
            self,
            Self::ClockBehind { .. }
                | Self::Expired { .. }
                | Self::OfflineWindowOver { .. }
                | Self::Outdated { .. }
        )
    }
}

impl From<BadSignature> for UseLicenceError {
    fn from(_: BadSignature) -> Self {
        Self::BadSignature
    }
}
