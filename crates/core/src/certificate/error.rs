//! Why a certificate, key set or edit grant is not accepted, or cannot be issued.

use crate::cose::BadSignature;
use crate::error::Malformed;
use crate::keys::SignError;
use crate::time::Timestamp;

/// Why a certificate, key set or edit grant is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The bytes are not a certificate.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No pinned root has signed it: the file or answer comes from an authority that this reader does not know.
    #[error("the authority is not one of the known ones")]
    UnknownRoot,
    /// The signature is not the issuer's.
    #[error("the certificate is not authentic")]
    BadSignature,
    /// It is for another purpose or has another scope.
    #[error("the certificate is for another purpose")]
    WrongPurpose,
    /// It belongs to another tenant than what it should vouch for.
    #[error("the certificate belongs to another organisation")]
    WrongTenant,
    /// It is about another file or key than what it should vouch for.
    #[error("the certificate is about something else")]
    WrongSubject,
    /// It was used before it became valid.
    #[error("the certificate is valid from {from} on")]
    NotYetValid {
        /// The first second.
        from: Timestamp,
    },
    /// It was used after it had expired.
    #[error("the certificate expired at {at}")]
    Expired {
        /// The last second.
        at: Timestamp,
    },
}

impl From<BadSignature> for CertificateError {
    fn from(_: BadSignature) -> Self {
        Self::BadSignature
    }
}

/// Holds a time against a validity; both ends are inside.
pub(super) fn check_validity(
    not_before: Timestamp,
    expires: Timestamp,
    at: Timestamp,
) -> Result<(), CertificateError> {
    if at < not_before {
        Err(CertificateError::NotYetValid { from: not_before })
    } else if at > expires {
        Err(CertificateError::Expired { at: expires })
    } else {
        Ok(())
    }
}

/// Why something cannot be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// It would end before it begins, or live longer than its kind may.
    #[error("the validity is empty or too long")]
    InvalidValidity,
    /// It would be larger than a reader accepts, or lack something that a reader demands.
    #[error("what should be issued breaks the limits of the format")]
    OutOfBounds,
    /// The signing key failed.
    #[error("signing failed")]
    Sign(#[from] SignError),
}
