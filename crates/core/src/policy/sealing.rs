//! The policy's encryption under its own key, padded so that its length tells little (clause 5.7).
//!
//! ```text
//! plaintext   policy CBOR, then zeros up to the next of 512 B, 1, 2, 4 … 512 KiB
//! ciphertext  AES-256-GCM, nonce 0, the tag at the end
//! ```

use zeroize::Zeroizing;

use super::Policy;
use crate::cbor::{self, Limits};
use crate::crypto::{AEAD_TAG_LENGTH, AeadKey, CryptoError};
use crate::error::{Layer, Malformed};
use crate::id::{ContentId, TenantId};
use crate::keys::PolicyKey;
use crate::labels;

const SMALLEST: usize = 512;
/// Longest padded policy, in bytes.
pub const LARGEST: usize = 512 << 10;
/// A policy key encrypts one policy, so its nonce need not vary.
const NONCE: [u8; 12] = [0; 12];

/// Why a policy was not encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicySealingError {
    /// It is longer than the largest size.
    TooLarge,
    /// The ciphertext is not one made with this key for this file.
    DoesNotOpen,
    /// What came out is not a policy.
    Malformed(Malformed),
    /// The backend failed.
    Backend(CryptoError),
}

pub(crate) fn seal(
    policy: &Policy,
    key: &PolicyKey,
    content: ContentId,
    tenant: TenantId,
) -> Result<Vec<u8>, PolicySealingError> {
    let sealed_size = |length| padded_size(length).unwrap_or(length) + AEAD_TAG_LENGTH;
    let mut buffer = cbor::encode_wiped(policy, sealed_size);
    let size = padded_size(buffer.len()).ok_or(PolicySealingError::TooLarge)?;
    buffer.resize(size, 0);
    let aad = labels::policy_aad(content.as_bytes(), tenant.as_bytes());
    let tag = AeadKey::new(key.expose())
        .and_then(|key| key.seal_in_place(&NONCE, &aad, &mut buffer))
        .map_err(PolicySealingError::Backend)?;
    buffer.extend_from_slice(&tag);
    Ok(std::mem::take(&mut buffer))
}

pub(crate) fn open(
    ciphertext: &[u8],
    key: &PolicyKey,
    content: ContentId,
    tenant: TenantId,
) -> Result<Policy, PolicySealingError> {
    let (ciphertext, tag) = ciphertext
        .split_last_chunk::<AEAD_TAG_LENGTH>()
        .ok_or(PolicySealingError::DoesNotOpen)?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let aad = labels::policy_aad(content.as_bytes(), tenant.as_bytes());
    AeadKey::new(key.expose())
        .map_err(PolicySealingError::Backend)?
        .open_in_place(&NONCE, &aad, &mut buffer, tag)
        .map_err(|_| PolicySealingError::DoesNotOpen)?;
    let policy = unpad(&buffer).map_err(PolicySealingError::Malformed)?;
    // Clause 5.3: nothing is made from itself.
    if policy.parent == Some(content) {
        let malformed = Malformed::new(Layer::Policy, "the parent is the content itself");
        return Err(PolicySealingError::Malformed(malformed));
    }
    Ok(policy)
}

/// True for the lengths that [`seal`] produces.
pub(crate) fn is_ciphertext_length(length: usize) -> bool {
    length
        .checked_sub(AEAD_TAG_LENGTH)
        .is_some_and(|size| padded_size(size) == Some(size))
}

fn unpad(buffer: &[u8]) -> Result<Policy, Malformed> {
    let length = cbor::scan(buffer, Limits::STANDARD, Layer::Policy)?;
    let (policy, padding) = buffer.split_at(length.min(buffer.len()));
    if padding.iter().any(|byte| *byte != 0) || padded_size(length) != Some(buffer.len()) {
        return Err(Malformed::new(
            Layer::Policy,
            "the padding is not the canonical one",
        ));
    }
    cbor::decode(policy, Limits::STANDARD, Layer::Policy)
}

fn padded_size(length: usize) -> Option<usize> {
    (length <= LARGEST).then(|| length.next_power_of_two().max(SMALLEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{Expiry, Grant, Grants, NamedData, OfflineWindow, Principal, Terms};
    use crate::random::SystemRandom;
    use crate::rights::Rights;
    use crate::time::Timestamp;

    const CONTENT: ContentId = ContentId::from_bytes([1; 16]);
    const TENANT: TenantId = TenantId::from_bytes([2; 16]);

    fn only_me() -> Policy {
        Policy::new("a@b.example".parse().unwrap(), Terms::AdHoc(Grants::default()))
    }

    fn with_data(length: usize) -> Policy {
        let mut policy = only_me();
        policy.application_data.insert("x", vec![7; length]).unwrap();
        policy
    }

    /// Clause 5.7
    /// Clause 5.7.1.
    #[test]
    fn lengths_come_in_steps() {
        let length = |policy: &Policy| {
            let key = PolicyKey::generate(&mut SystemRandom).unwrap();
            seal(policy, &key, CONTENT, TENANT).unwrap().len() - 16
        };
        assert_eq!(length(&only_me()), 512);
        let plain = cbor::encode(&with_data(400)).len() - 400;
        assert_eq!(length(&with_data(512 - plain)), 512);
        assert_eq!(length(&with_data(513 - plain)), 1_024);
        assert_eq!(length(&with_data(60_000)), 65_536);
        let allowed: Vec<_> = (0..=1 << 20)
            .filter(|length| is_ciphertext_length(*length))
            .collect();
        assert_eq!(allowed, (9..=19).map(|bits| (1 << bits) + 16).collect::<Vec<_>>());
    }

    #[test]
    fn only_this_key_file_and_tenant_open_it() {
        let [key, other] = [1, 2].map(|fill| PolicyKey::from_bytes(&[fill; 32]));
        let mut sealed = seal(&only_me(), &key, CONTENT, TENANT).unwrap();
        assert_eq!(open(&sealed, &key, CONTENT, TENANT), Ok(only_me()));
        assert_eq!(
            open(&sealed, &other, CONTENT, TENANT),
            Err(PolicySealingError::DoesNotOpen)
        );
        let (content, tenant) = (ContentId::from_bytes([9; 16]), TenantId::from_bytes([9; 16]));
        assert_eq!(
            open(&sealed, &key, content, TENANT),
            Err(PolicySealingError::DoesNotOpen)
        );
        assert_eq!(
            open(&sealed, &key, CONTENT, tenant),
            Err(PolicySealingError::DoesNotOpen)
        );
        assert_eq!(
            open(&sealed[..15], &key, CONTENT, TENANT),
            Err(PolicySealingError::DoesNotOpen)
        );
        for place in 0..sealed.len() {
            sealed[place] ^= 1;
            assert_eq!(
                open(&sealed, &key, CONTENT, TENANT),
                Err(PolicySealingError::DoesNotOpen)
            );
            sealed[place] ^= 1;
        }
    }

    /// Somebody with the policy key could pad otherwise; that is refused too.
    /// Clause 5.7.2.
    #[test]
    fn the_padding_is_canonical() {
        let mut plain = cbor::encode(&only_me());
        let length = plain.len();
        plain.resize(512, 0);
        assert_eq!(unpad(&plain), Ok(only_me()));
        plain[length] = 1;
        assert!(unpad(&plain).is_err());
        plain[length] = 0;
        for other in [length, 511, 513, 1_024] {
            plain.resize(other, 0);
            assert!(unpad(&plain).is_err(), "{other}");
        }
    }

    /// Clause 5.3: a file may say what it was made from, and never that it was made from itself.
    #[test]
    fn a_parent_is_another_content() {
        let key = PolicyKey::from_bytes(&[1; 32]);
        let mut policy = only_me();
        let parent = ContentId::from_bytes([3; 16]);
        policy.parent = Some(parent);
        let encoded = cbor::encode(&policy);
        assert_eq!(encoded[encoded.len() - 18..], [&[9, 0x50][..], &[3; 16]].concat());
        let sealed = seal(&policy, &key, CONTENT, TENANT).unwrap();
        assert_eq!(open(&sealed, &key, CONTENT, TENANT), Ok(policy.clone()));
        let own = seal(&policy, &key, parent, TENANT).unwrap();
        assert!(matches!(
            open(&own, &key, parent, TENANT),
            Err(PolicySealingError::Malformed(_))
        ));
        let truncated = [&encoded[..encoded.len() - 18], &[9, 0x4f], &[3; 15]].concat();
        assert!(Policy::parse(&truncated).is_err(), "an identifier has 16 bytes");
    }

    /// Clause 5.3
    #[test]
    fn literal_encoding() {
        let grant = |principal, rights: &str| Grant {
            principal,
            rights: rights.parse().unwrap(),
        };
        let grants = vec![
            grant(Principal::AnyAuthenticated, "VIEW"),
            grant(Principal::TenantMembers(TENANT), "VIEW,PRINT"),
            grant(Principal::Account("c@d.example".parse().unwrap()), "OWNER"),
        ];
        let mut policy = only_me();
        policy.terms = Terms::AdHoc(Grants::new(grants).unwrap());
        policy.not_before = Some(Timestamp::from_seconds(1));
        policy.expiry = Some(Expiry::DaysAfterFirstUse(30));
        policy.offline = Some(OfflineWindow::from_seconds(60).unwrap());
        let expected = [
            &[0xa5, 1, 0x6b][..],
            b"a@b.example",
            &[3, 0x83, 0x83, 1, 0x6b],
            b"c@d.example",
            &[0x19, 0x20, 0, 0x83, 4, 0x50],
            &[2; 16],
            &[0x19, 1, 1, 0x83, 5, 0x60, 1],
            &[4, 1, 5, 0x82, 2, 0x18, 30, 6, 0x18, 60],
        ]
        .concat();
        assert_eq!(cbor::encode(&policy), expected);
    }

    /// SEC-2, SEC-42
    /// Clauses 1.7.1, 5.2, 5.3.1, 5.3.2, 5.4 and 5.5.
    #[test]
    fn other_encodings_are_refused() {
        let read = |bytes: &[u8]| cbor::decode::<Policy>(bytes, Limits::STANDARD, Layer::Policy);
        let owner = [&[1, 0x6b][..], b"a@b.example"].concat();
        let policy = |pairs: u8, rest: &[u8]| read(&[&[0xa0 + pairs][..], &owner, rest].concat());
        assert!(policy(2, &[3, 0x80]).is_ok());
        assert!(policy(1, &[]).is_err(), "neither template nor grants");
        let template = [&[2, 0x82, 0x50][..], &[1; 16], &[0x58, 32], &[2; 32]].concat();
        assert!(policy(2, &template).is_ok());
        assert!(policy(3, &[&template[..], &[3, 0x80]].concat()).is_err(), "both");
        assert!(policy(2, &[3, 0x81, 0x83, 5, 0x60, 1]).is_ok());
        assert!(policy(2, &[3, 0x81, 0x83, 5, 0x60, 0]).is_err(), "no right");
        assert!(
            policy(2, &[3, 0x81, 0x83, 5, 0x60, 0x19, 0x40, 0]).is_err(),
            "an unknown right"
        );
        assert!(
            policy(2, &[3, 0x81, 0x83, 6, 0x60, 1]).is_err(),
            "an unknown kind of principal"
        );
        assert!(
            policy(2, &[3, 0x81, 0x83, 5, 0x61, b'x', 1]).is_err(),
            "a name for everybody"
        );
        assert!(
            policy(2, &[3, 0x82, 0x83, 5, 0x60, 1, 0x83, 5, 0x60, 2]).is_err(),
            "a principal twice"
        );
        let capital = [&[0xa2, 1, 0x6b][..], b"A@b.example", &[3, 0x80]].concat();
        assert!(read(&capital).is_err(), "an address in another spelling");
        assert!(
            policy(3, &[3, 0x80, 6, 0x1a, 0, 0x27, 0x8d, 1]).is_err(),
            "longer offline than 30 days"
        );
        assert!(
            policy(3, &[3, 0x80, 7, 0xa0]).is_err(),
            "empty obligations are left out"
        );
    }

    fn any_policy() -> impl Strategy<Value = Policy> {
        let name = "[a-z][a-z0-9.-]{0,8}";
        let data = proptest::collection::btree_map(name, proptest::collection::vec(any::<u8>(), 0..40), 0..4);
        let named = data.prop_map(|entries| {
            let mut data = NamedData::default();
            entries
                .into_iter()
                .for_each(|(name, value)| data.insert(&name, value).unwrap());
            data
        });
        let address = "[a-z][a-z0-9]{0,9}@[a-z]{1,9}\\.example".prop_map(|text| text.parse().unwrap());
        let principal = prop_oneof![
            address.clone().prop_map(Principal::Account),
            address.clone().prop_map(Principal::Group),
            "[a-z]{1,9}\\.example".prop_map(|text| Principal::Domain(text.parse().unwrap())),
            any::<[u8; 16]>().prop_map(|id| Principal::TenantMembers(TenantId::from_bytes(id))),
            Just(Principal::AnyAuthenticated),
        ];
        let grant = (principal, 1_u16..1 << 14).prop_map(|(principal, bits)| Grant {
            principal,
            rights: Rights::from_bits(bits).unwrap(),
        });
        let terms = prop_oneof![
            proptest::collection::vec(grant, 0..12).prop_map(|list| Terms::AdHoc(Grants::new(list).unwrap())),
            any::<([u8; 16], [u8; 32])>().prop_map(|(id, digest)| Terms::Template {
                id: crate::id::TemplateId::from_bytes(id),
                digest
            }),
        ];
        let time = || any::<u64>().prop_map(Timestamp::from_seconds);
        let expiry = prop_oneof![
            time().prop_map(Expiry::At),
            any::<u16>().prop_map(Expiry::DaysAfterFirstUse)
        ];
        let window = (0_u32..=2_592_000).prop_map(|s| OfflineWindow::from_seconds(s).unwrap());
        let (of, opt) = (proptest::option::of(time()), proptest::option::of(expiry));
        (
            address,
            terms,
            of,
            opt,
            proptest::option::of(window),
            named.clone(),
            named,
            proptest::option::of(any::<[u8; 16]>().prop_map(ContentId::from_bytes)),
        )
            .prop_map(
                |(owner, terms, not_before, expiry, offline, obligations, application_data, parent)| Policy {
                    owner,
                    terms,
                    not_before,
                    expiry,
                    offline,
                    obligations,
                    application_data,
                    parent,
                },
            )
    }

    proptest! {
        #[test]
        fn policies_round_trip(policy in any_policy()) {
            let bytes = cbor::encode(&policy);
            prop_assert_eq!(cbor::decode::<Policy>(&bytes, Limits::STANDARD, Layer::Policy), Ok(policy));
        }

        /// SEC-2: whatever is accepted is its own encoding.
        #[test]
        fn what_is_accepted_encodes_to_the_same_bytes(
            policy in any_policy(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let mut bytes = cbor::encode(&policy);
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if let Ok(read) = cbor::decode::<Policy>(&bytes, Limits::STANDARD, Layer::Policy) {
                prop_assert_eq!(cbor::encode(&read), bytes);
            }
        }
    }
}
