//! The publishing licence: the signed header of a protected file (clauses 3 and 4).
//!
//! A publisher makes one with [`publish`]. Everybody else goes through two steps: [`PublishingLicence::parse`] reads the
//! bytes and proves nothing, [`PublishingLicence::verify`] holds them against the pinned roots. Only the authority then
//! goes on to [`VerifiedLicence::unwrap_keys`] and [`VerifiedLicence::policy`].

mod error;
mod hint;
mod licence;
mod publish;
mod verified;
mod wire;

pub use error::{LicenceError, PolicyError, PublishError};
pub use hint::{DisplayHint, InvalidDisplayHint};
pub use licence::{PublishingLicence, WrapInfo};
pub use publish::{PublishRequest, Published, publish};
pub use verified::VerifiedLicence;

/// Longest publishing licence (clause 3.1).
pub const MAX_LICENCE_LENGTH: usize = 1 << 20;
/// Most wraps of one key block (clause 4.1).
pub const MAX_WRAPS: usize = 4;
