//! How the addresses of closed accounts are kept: enough to find out again, with the key, whose a file was.

use clausa_core::address::Address;
use clausa_store::record::hash::OwnerMac;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::state::AppState;

/// Sets these apart from everything else that is made with the same key.
const LABEL: &[u8] = b"clausa/v1/former-owner\0";

/// What is kept of an address that owned files. The key is not in the database, so that a stolen one cannot be guessed
/// against.
pub(super) fn owner_mac(state: &AppState, owner: &Address) -> OwnerMac {
    // RFC 2104 pads a short key with zeros to the hash function's block.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(state.code_key());
    let mac = Hmac::<Sha256>::new((&*block).into())
        .chain_update(LABEL)
        .chain_update(owner.as_str().as_bytes());
    OwnerMac::from_bytes(mac.finalize().into_bytes().into())
}
