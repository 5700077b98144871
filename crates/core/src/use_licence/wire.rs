//! The CBOR form of the use licence (clauses 9.1 and 9.4).

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::{NONCE_LENGTH, UseLicenceDraft};
use crate::cbor;
use crate::crypto;
use crate::id::{AccountId, ContentId, DeviceThumbprint, LicenceDigest, LicenceId, TenantId};
use crate::policy::NamedData;
use crate::rights::Rights;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Wire {
    #[n(1)]
    pub(super) id: LicenceId,
    #[n(2)]
    pub(super) digest: LicenceDigest,
    #[n(3)]
    pub(super) content: ContentId,
    #[n(4)]
    pub(super) tenant: TenantId,
    #[n(5)]
    pub(super) subject: AccountId,
    #[n(6)]
    pub(super) device: DeviceThumbprint,
    #[n(7)]
    pub(super) rights: Rights,
    #[n(8)]
    pub(super) issued_at: Timestamp,
    #[n(9)]
    pub(super) not_after: Option<Timestamp>,
    #[n(10)]
    pub(super) offline_until: Timestamp,
    #[n(11)]
    pub(super) server_time: Timestamp,
    #[n(12)]
    pub(super) epoch: u64,
    #[cbor(n(13), with = "minicbor::bytes")]
    pub(super) nonce: [u8; NONCE_LENGTH],
    #[n(14)]
    pub(super) sealed_key: Option<ByteVec>,
    #[n(15)]
    pub(super) obligations: Option<NamedData>,
    #[n(16)]
    pub(super) edit_grant: Option<ByteVec>,
}

impl Wire {
    /// Everything but the sealed key, which is made over the rest.
    pub(super) fn without_key(draft: &UseLicenceDraft) -> Self {
        Self {
            id: draft.id,
            digest: draft.digest,
            content: draft.content_id,
            tenant: draft.tenant,
            subject: draft.subject,
            device: draft.device,
            rights: draft.rights,
            issued_at: draft.issued_at,
            not_after: draft.not_after,
            offline_until: draft.offline_until,
            server_time: draft.server_time,
            epoch: draft.epoch,
            nonce: draft.nonce,
            sealed_key: None,
            obligations: (!draft.obligations.is_empty()).then(|| draft.obligations.clone()),
            edit_grant: draft
                .edit_grant
                .as_ref()
                .map(|grant| grant.as_bytes().to_vec().into()),
        }
    }

    /// SHA-256 of the encoding of all fields but the sealed key: the additional data under which the key is sealed.
    pub(super) fn key_aad(&self) -> [u8; 32] {
        let others = Self {
            sealed_key: None,
            ..self.clone()
        };
        crypto::sha256(&[&cbor::encode(&others)])
    }
}
