//! Every label of format version 1 and every derivation that uses one.
//!
//! The strings are frozen: a changed byte is another format. Each is used for one purpose only.

use crate::crypto::{self, CryptoError};
use crate::floe::FloeKey;
use crate::secret::SecretBytes;

/// `external_aad` of the publishing licence's signature (clause 2.4).
pub const PUBLISHING_LICENCE: &[u8] = b"clausa/v1/pl";
/// `external_aad` of the seal's signature (clause 2.4).
pub const SEAL: &[u8] = b"clausa/v1/seal";
/// `external_aad` of the use licence's signature (clause 2.4).
pub const USE_LICENCE: &[u8] = b"clausa/v1/ul";
/// `external_aad` of a tenant certificate's signature by the authority root (clause 2.4).
pub const TENANT_CERTIFICATE: &[u8] = b"clausa/v1/tenant-certificate";
/// `external_aad` of a licensor certificate's signature (clause 2.4).
pub const LICENSOR_CERTIFICATE: &[u8] = b"clausa/v1/licensor-certificate";
/// `external_aad` of a tenant key set's signature by the authority root (clause 2.4).
pub const TENANT_KEY_SET: &[u8] = b"clausa/v1/tenant-key-set";
/// `external_aad` of an edit grant's signature (clause 2.4).
pub const EDIT_GRANT: &[u8] = b"clausa/v1/edit-grant";
/// `external_aad` of a log checkpoint's signature (clause 2.4).
pub const CHECKPOINT: &[u8] = b"clausa/v1/checkpoint";
/// HPKE `info` of a wrapped key block (clause 4.3).
pub const WRAP: &[u8] = b"clausa/v1/wrap";
/// HPKE `info` of the content key sealed to a device (clause 9.4).
pub const USE_LICENCE_SEAL: &[u8] = b"clausa/v1/ul-seal";

/// Start of the input of `bind` (clause 4.2).
pub const BIND: &[u8] = b"clausa/v1/bind";
/// Start of the policy's additional data (clause 5.7).
pub const POLICY: &[u8] = b"clausa/v1/policy";
/// `info` of the body's key (clause 8.1).
pub const BODY_KEY: &[u8] = b"clausa/v1/body-key";
/// Start of the body's additional data (clause 8.1).
pub const BODY: &[u8] = b"clausa/v1/body";

/// Every label, in the order of clause 13.1.
pub const ALL: [&[u8]; 14] = [
    PUBLISHING_LICENCE,
    SEAL,
    USE_LICENCE,
    TENANT_CERTIFICATE,
    TENANT_KEY_SET,
    LICENSOR_CERTIFICATE,
    EDIT_GRANT,
    CHECKPOINT,
    BIND,
    WRAP,
    POLICY,
    BODY_KEY,
    BODY,
    USE_LICENCE_SEAL,
];

/// What ties a key block to its licence: `H("clausa/v1/bind" || core)` (clause 4.2).
pub fn derive_bind(core: &[u8]) -> [u8; 32] {
    crypto::sha256(&[BIND, core])
}

/// The additional data of the policy ciphertext: `"clausa/v1/policy" || content id || tenant id` (clause 5.7).
pub fn policy_aad(content_id: &[u8; 16], tenant_id: &[u8; 16]) -> Vec<u8> {
    [POLICY, content_id, tenant_id].concat()
}

/// The key of the body's FLOE message: `HKDF-Expand-SHA-384(CEK, "clausa/v1/body-key", 32)` (clause 8.1).
///
/// # Errors
///
/// [`CryptoError::Internal`] when the backend fails, which it has no reason to.
pub fn derive_body_key(content_key: &[u8; 32]) -> Result<FloeKey, CryptoError> {
    let mut key = SecretBytes::zeroed();
    crypto::hkdf_expand_sha384(content_key, &[BODY_KEY], key.expose_mut())?;
    Ok(FloeKey::new(key))
}

/// The additional data of the body: `"clausa/v1/body" || H(PREFIX || PL)` (clause 8.1).
pub fn body_aad(licence_digest: &[u8; 32]) -> Vec<u8> {
    [BODY, licence_digest].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use hmac::{Hmac, KeyInit, Mac};

    use super::*;
    use crate::floe::FloeHeader;
    use crate::random::SystemRandom;

    #[test]
    fn every_label_has_the_prefix_and_none_is_used_twice() {
        assert!(ALL.iter().all(|label| label.starts_with(b"clausa/v1/")));
        let distinct: std::collections::BTreeSet<_> = ALL.iter().collect();
        assert_eq!(distinct.len(), ALL.len());
    }

    #[test]
    fn derivations_are_those_of_the_format() {
        assert_eq!(derive_bind(b"core"), crypto::sha256(&[b"clausa/v1/bindcore"]));
        assert_eq!(
            body_aad(&[7; 32]),
            [b"clausa/v1/body".as_slice(), &[7; 32]].concat()
        );
        assert_eq!(
            policy_aad(&[1; 16], &[2; 16]),
            [b"clausa/v1/policy".as_slice(), &[1; 16], &[2; 16]].concat()
        );

        // The first block of HKDF-Expand, written out.
        let mut expand = Hmac::<sha2::Sha384>::new_from_slice(&[9; 32]).unwrap();
        expand.update(b"clausa/v1/body-key\x01");
        let expected = SecretBytes::from_slice(&expand.finalize().into_bytes()[..32]).unwrap();
        let sealer =
            FloeHeader::create(&derive_body_key(&[9; 32]).unwrap(), b"aad", &mut SystemRandom).unwrap();
        assert!(sealer.header().verify(&FloeKey::new(expected), b"aad").is_ok());
    }
}
