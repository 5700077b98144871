//! The CBOR form of the publishing licence (clauses 3.2 to 3.4, 4.1).
//!
//! ```text
//! PL       COSE_Sign1 over [core: bstr, wraps: bstr]
//! core     {1 version, 2 content id, 3 tenant id, 4 origin, 5 issued at, 6 [certificate…], 7 policy ciphertext,
//!           8 body profile, 9? display hint, 10? [critical name…], 11? {name: bytes}}
//! wraps    [[kid, suite, ciphertext]…]
//! ```

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::DisplayHint;
use crate::id::{ContentId, KeyId, TenantId};
use crate::keys::Suite;
use crate::origin::Origin;
use crate::policy::NamedData;
use crate::time::Timestamp;

/// Equal to the prefix's major version (SEC-6).
pub(super) const VERSION: u8 = 1;
/// The only body profile (SEC-12).
pub(super) const BODY_PROFILE: u8 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Payload {
    #[n(0)]
    pub(super) core: ByteVec,
    #[n(1)]
    pub(super) wraps: ByteVec,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Core {
    #[n(1)]
    pub(super) version: u8,
    #[n(2)]
    pub(super) content: ContentId,
    #[n(3)]
    pub(super) tenant: TenantId,
    #[n(4)]
    pub(super) origin: Origin,
    #[n(5)]
    pub(super) issued_at: Timestamp,
    #[n(6)]
    pub(super) chain: Vec<ByteVec>,
    #[n(7)]
    pub(super) policy: ByteVec,
    #[n(8)]
    pub(super) body_profile: u8,
    #[n(9)]
    pub(super) hint: Option<DisplayHint>,
    #[n(10)]
    pub(super) critical: Option<Vec<String>>,
    #[n(11)]
    pub(super) extensions: Option<NamedData>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Wrap {
    #[n(0)]
    pub(super) kid: KeyId,
    #[n(1)]
    pub(super) suite: Suite,
    #[n(2)]
    pub(super) ciphertext: ByteVec,
}
