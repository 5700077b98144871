//! Forgeries: what somebody with keys of his own, with a licence to read, or with a program of his own might try. Each
//! attack is a test of its own; none may be accepted.
//!
//! What only the authority can know, such as that a certificate was withdrawn, is tested where it is decided
//! (`crates/server/tests/it/recognition.rs`).

#[path = "forgeries/algorithm.rs"]
mod algorithm;
#[path = "forgeries/body.rs"]
mod body;
#[path = "forgeries/gcm.rs"]
mod gcm;
#[path = "forgeries/inner.rs"]
mod inner;
#[path = "forgeries/keyholder.rs"]
pub mod keyholder;
#[path = "forgeries/licence.rs"]
mod licence;
#[path = "forgeries/seal.rs"]
mod seal;
#[path = "forgeries/use_licence.rs"]
mod use_licence;

pub use seal::revised;
