//! The seal: the publisher's signature over the content (clauses 8.3 to 8.7).
//!
//! Every reader holds the content key, so no encryption can stop a reader from writing another text under the same
//! licence. The seal does: it signs header and body, and every way of reading checks it.

mod leaves;
mod verify;
mod wire;

pub(crate) use leaves::TrustedLeaves;
pub(crate) use verify::verify;
pub use wire::{MAX_OBJECT_LENGTH, TAIL_LENGTH};
pub(crate) use wire::{Wire, ends_with_tail, leaf_list_length, parse_tail, tail};

use crate::address::Address;
use crate::id::AccountId;
use crate::time::Timestamp;

/// What a verified seal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealReport {
    /// Who sealed.
    pub sealed_by: SealedBy,
    /// When, by that person's clock.
    pub sealed_at: Timestamp,
    /// 0 for the first version, and one more with each saved change.
    pub revision: u64,
    /// BLAKE3 over the body's segments: what `b3sum` gives for that range of the file.
    pub root: [u8; 32],
}

impl SealReport {
    /// True when the text is not the one that was protected first.
    pub const fn is_changed(&self) -> bool {
        self.revision > 0
    }
}

/// Who sealed a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedBy {
    /// The publisher.
    Publisher {
        /// His account.
        account: AccountId,
        /// His address when his certificate was issued.
        address: Address,
    },
    /// Somebody to whom the tenant gave an edit grant.
    Editor {
        /// His account.
        account: AccountId,
        /// His address when the grant was issued.
        address: Address,
    },
}

impl SealedBy {
    /// The account of whoever sealed.
    pub const fn account(&self) -> AccountId {
        match self {
            Self::Publisher { account, .. } | Self::Editor { account, .. } => *account,
        }
    }

    /// His address at the time.
    pub const fn address(&self) -> &Address {
        match self {
            Self::Publisher { address, .. } | Self::Editor { address, .. } => address,
        }
    }
}
