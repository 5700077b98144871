//! Why a licence cannot be published, is not accepted, or its policy not read.

use crate::certificate::CertificateError;
use crate::cose::BadSignature;
use crate::error::Malformed;
use crate::keys::{SignError, UnwrapFailed};

/// Why a publishing licence is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LicenceError {
    /// The bytes are not a publishing licence.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It demands something that this version does not know (SEC-18).
    #[error("the file needs a feature that this version does not have")]
    UnknownCritical,
    /// The publisher's certificates do not hold.
    #[error("the publisher's certificate does not hold")]
    Certificate(#[from] CertificateError),
    /// The publisher's signature does not hold.
    #[error("the publisher's signature does not verify")]
    BadSignature,
}

impl From<BadSignature> for LicenceError {
    fn from(_: BadSignature) -> Self {
        Self::BadSignature
    }
}

/// Why the authority cannot use a verified licence's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The policy does not open, or is not one. The same for every cause (SEC-28).
    #[error(transparent)]
    Unwrap(#[from] UnwrapFailed),
    /// The publisher's certificate does not allow these terms.
    #[error("the publisher may not use this template, or only templates")]
    TermsNotAllowed,
}

/// Why a licence cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The signer is not the one that the licensor certificate names.
    #[error("the signing key is not the certificate's")]
    WrongSigner,
    /// The licensor certificate does not let its holder publish, or seal.
    #[error("the certificate does not allow publishing")]
    NotAllowed,
    /// The licensor certificate does not allow these terms.
    #[error("the certificate does not allow this template, or allows only templates")]
    TermsNotAllowed,
    /// The licensor certificate has expired, is not valid yet, or belongs to another tenant.
    #[error("the certificate cannot be used now")]
    Certificate(#[from] CertificateError),
    /// There is no wrapping key, or there are more than four, or one comes twice.
    #[error("a file is wrapped for one to four different keys")]
    WrappingKeys,
    /// A post-quantum wrap would stand beside a classical one, which undoes it (SEC-34).
    #[error("a post-quantum wrap beside a classical one is not allowed")]
    MixedSuites,
    /// The policy, or the licence with it, is longer than the format allows.
    #[error("the policy names too much for one file")]
    TooLarge,
    /// A wrapping key is not a valid key of its kind.
    #[error("a wrapping key is not valid")]
    InvalidWrappingKey,
    /// The signing key failed.
    #[error("signing failed")]
    Sign(#[from] SignError),
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
    /// The cryptographic backend failed for a reason of its own.
    #[error("the cryptographic backend failed")]
    Internal,
}

impl From<crate::random::RandomnessFailed> for PublishError {
    fn from(_: crate::random::RandomnessFailed) -> Self {
        Self::RandomnessFailed
    }
}
