//! Challenges of passkeys: made of the time and a keyed hash, so that none has to be stored. Each is for one browser, one
//! ceremony and five minutes, and works once.

use clausa_store::record::hash::{CookieHash, ReplayKey};
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::state::AppState;
use crate::usecase::failure::Failure;

/// How long one is good.
const SECONDS: u64 = 300;

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// Adding a passkey.
    Register,
    /// Showing one.
    Show,
}

/// A challenge for this browser, from now on.
pub fn challenge(state: &AppState, browser: &CookieHash, ceremony: Ceremony) -> [u8; 32] {
    let expires = state.now_micros().plus_seconds(SECONDS).seconds();
    make(state, browser, ceremony, expires)
}

/// True for a challenge that was made for this browser and ceremony, is not too old, and was not used before.
///
/// # Errors
///
/// The store's failure.
pub(super) async fn use_up(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    browser: &CookieHash,
    ceremony: Ceremony,
    shown: &[u8],
) -> Result<bool, Failure> {
    let Some(expires) = shown.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes)) else {
        return Ok(false);
    };
    let is_ours: bool = make(state, browser, ceremony, expires).ct_eq(shown).into();
    if !is_ours || expires <= state.now_micros().seconds() {
        return Ok(false);
    }
    // As of the proofs beside which it stands: first the time, by which the rows lie.
    let hash: [u8; 32] = Sha256::digest(shown).into();
    let mut key = [0; 32];
    key[..8].copy_from_slice(&expires.to_be_bytes());
    key[8..].copy_from_slice(&hash[..24]);
    Ok(tx
        .note_proof(
            &ReplayKey::from_bytes(key),
            Micros(expires.saturating_mul(Micros::SECOND)),
        )
        .await?)
}

fn make(state: &AppState, browser: &CookieHash, ceremony: Ceremony, expires: u64) -> [u8; 32] {
    // RFC 2104 pads a short key with zeros to the hash function's block.
    let mut block = zeroize::Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(state.code_key());
    let mac: [u8; 32] = Hmac::<Sha256>::new((&*block).into())
        .chain_update(b"clausa/v1/passkey\0")
        .chain_update([ceremony as u8])
        .chain_update(browser.as_bytes())
        .chain_update(expires.to_be_bytes())
        .finalize()
        .into_bytes()
        .into();
    let mut challenge = [0; 32];
    challenge[..8].copy_from_slice(&expires.to_be_bytes());
    challenge[8..].copy_from_slice(&mac[..24]);
    challenge
}
