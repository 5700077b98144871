//! The native backend: AWS-LC through `aws-lc-rs`.
//!
//! AWS-LC draws the randomness of ECDSA nonces, RSA-OAEP seeds, RSA keys and ML-KEM encapsulation from its own
//! generator, which the operating system seeds; its interface takes none from us. Everything else uses the
//! [`Randomness`](crate::random::Randomness) it is given.

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
