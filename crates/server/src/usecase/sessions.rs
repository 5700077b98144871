//! One's own sessions: those of clients, which hold tokens, and those of browsers, which hold a cookie.

mod end;
mod list;

use clausa_core::random::RandomnessFailed;
use clausa_store::record::hash::CookieHash;
use clausa_store::record::ident::SessionId;
use clausa_store::{Denied, StoreError};
use sha2::{Digest as _, Sha256};

pub use end::{end, end_others, sign_out};
pub use list::list;

use super::failure::{Failure, failures};

/// Why a session is not ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The account has no such session.
    #[error("there is no such session")]
    Unknown,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(SessionError: StoreError, RandomnessFailed, Denied);

/// The name by which a browser's session is told from others; nothing leads from it to the cookie.
fn name_of(cookie: &CookieHash) -> SessionId {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(b"clausa/v1/browser/name\0")
        .chain_update(cookie.as_bytes())
        .finalize()
        .into();
    let (name, _) = digest.split_at(16);
    SessionId::from_bytes(name.try_into().unwrap_or_default())
}
