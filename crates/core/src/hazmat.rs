//! The pieces under the protected file, for benchmarks, tests and those who build something next to it.
//!
//! Nothing here checks a licence or a right, and each piece has rules that its types cannot enforce alone. Protecting
//! and opening files is done elsewhere in this crate.

/// The body in leaves of 1 MiB, for callers who work on several leaves at once (clauses 8.1 and 8.4).
pub mod body {
    pub use crate::body::*;
}

/// The body's encryption (clause 8.1).
pub mod floe {
    pub use crate::floe::*;
    pub use crate::secret::SecretBytes;
}

/// Public-key encryption of single messages (clauses 4.3 and 9.4).
pub mod hpke {
    pub use crate::hpke::*;
}

/// Authenticated encryption with the backend in use, for what is sealed at rest.
pub mod aead {
    pub use crate::crypto::{AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH, AeadKey, CryptoError};
}

/// Every label of the format, and what is derived with them.
pub mod labels {
    pub use crate::labels::*;
}

/// Limits of clause 11.1 that no public type carries.
pub mod limits {
    pub use crate::cbor::{
        MAX_DEPTH, MAX_ITEMS, MAX_KEY_SET_STRING, MAX_LICENCE_STRING, MAX_STRING, MAX_USE_LICENCE_STRING,
    };
    pub use crate::policy::sealing::LARGEST as MAX_PADDED_POLICY;
    pub use crate::seal::{MAX_OBJECT_LENGTH as MAX_SEAL_OBJECT, TAIL_LENGTH};
}

/// The primitives, each backend under its own name so that one can be compared with the other.
pub mod backends {
    #[cfg(feature = "aws-lc")]
    pub use crate::crypto::aws_lc;
    #[cfg(feature = "portable")]
    pub use crate::crypto::portable;
    pub use crate::crypto::{CryptoError, Encapsulated, RsaSize, compress_p256, constant_time_eq, sha256};
}
