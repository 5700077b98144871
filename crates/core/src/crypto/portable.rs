//! The portable backend: pure Rust, from the RustCrypto and dalek projects.
//!
//! It draws all its randomness from the [`Randomness`](crate::random::Randomness) it is given, and ECDSA is
//! deterministic (RFC 6979), so the same bytes in give the same bytes out. RSA private operations are missing on
//! purpose: no constant-time implementation exists here (RUSTSEC-2023-0071, SEC-27).

mod aead;
mod agreement;
mod kdf;
mod ml_kem;
mod rsa;
mod signature;

pub use aead::AeadKey;
pub use agreement::{P256PrivateKey, X25519PrivateKey};
pub use kdf::{hkdf_expand_sha256, hkdf_expand_sha384, hkdf_extract_sha256, hmac_sha256};
pub use ml_kem::{MlKemPrivateKey, ml_kem_encapsulate};
pub use rsa::{RsaPrivateKey, RsaPublicKey};
pub use signature::{Ed25519SigningKey, P256SigningKey, ed25519_verify, p256_verify};
