//! The use licence: what the authority issues to one device of one account for one file (clause 9).
//!
//! The authority fills in a [`UseLicenceDraft`] and issues it. The client reads the answer with
//! [`UseLicence::parse_verify`], which holds it against everything it must fit, and gets the content key out with
//! [`VerifiedUseLicence::unseal`].

mod draft;
mod error;
mod verified;
mod wire;

pub use draft::UseLicenceDraft;
pub use error::UseLicenceError;
pub use verified::{Expected, UseLicence, VerifiedUseLicence};

/// How far a device's clock may lag behind the latest time the authority has told it, in seconds (SEC-44).
pub const CLOCK_TOLERANCE: u64 = 300;
/// Bytes of a request nonce.
pub const NONCE_LENGTH: usize = 16;
