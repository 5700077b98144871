//! The protected file, its licences, its policy and the rights decision.
//!
//! This crate reads and writes; it knows no network, no database, no clock and no file system. Randomness, time and
//! signing keys are parameters.
//!
//! | to do this | go through |
//! |---|---|
//! | make a licence for a new file | [`publishing::publish`] |
//! | write a protected file | [`protect::ProtectWriter`], or [`protect::protect`] in memory |
//! | read one | [`open::read_header`] → [`open::Header::verify`] → [`use_licence::UseLicence::parse_verify`] → [`use_licence::VerifiedUseLicence::unseal`] → [`open::SeekableReader`] |
//! | decide what somebody may do | [`decision::decide`] |
//! | issue a licence to a device | [`use_licence::UseLicenceDraft`] |
//! | vouch for keys | [`certificate`] |
//!
//! The format is specified in `docs/spec/format.md`; "clause" in this crate means a clause of that text.

pub mod address;
mod body;
mod cbor;
pub mod certificate;
mod cose;
mod crypto;
pub mod decision;
pub mod error;
mod floe;
pub mod hazmat;
mod hpke;
pub mod id;
pub mod inner;
pub mod keys;
mod labels;
pub mod open;
pub mod origin;
pub mod policy;
pub mod prefix;
pub mod protect;
pub mod publishing;
pub mod random;
pub mod rights;
pub mod seal;
mod secret;
pub mod time;
pub mod use_licence;

pub use cose::BadSignature;
