//! What more than one verb can meet: bytes that are not what they should be, and failing input or output.

use std::{fmt, io};

/// Which part of a file or answer is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The first 16 bytes.
    Prefix,
    /// The publishing licence.
    PublishingLicence,
    /// The policy inside the publishing licence.
    Policy,
    /// A tenant or licensor certificate.
    Certificate,
    /// A tenant's key set.
    KeySet,
    /// A use licence.
    UseLicence,
    /// An edit grant.
    EditGrant,
    /// The encrypted body.
    Body,
    /// The inner header at the start of the plaintext.
    InnerHeader,
    /// The seal, its leaf list and the last 16 bytes.
    Seal,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => "prefix",
            Self::PublishingLicence => "publishing licence",
            Self::Policy => "policy",
            Self::Certificate => "certificate",
            Self::KeySet => "key set",
            Self::UseLicence => "use licence",
            Self::EditGrant => "edit grant",
            Self::Body => "body",
            Self::InnerHeader => "inner header",
            Self::Seal => "seal",
        })
    }
}

/// Bytes that are not in the one form the format allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {layer} is malformed: {detail}")]
pub struct Malformed {
    /// Where.
    pub layer: Layer,
    /// What, for people who look into files. Programs go by the layer.
    pub detail: &'static str,
}

impl Malformed {
    pub(crate) const fn new(layer: Layer, detail: &'static str) -> Self {
        Self { layer, detail }
    }
}

/// Reading or writing failed. Two are equal when their kinds are.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct IoFailed(#[from] pub io::Error);

impl PartialEq for IoFailed {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind() == other.0.kind()
    }
}

impl Eq for IoFailed {}
