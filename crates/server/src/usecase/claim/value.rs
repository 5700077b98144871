//! The value of a claim's record, and what is stored in its place.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_core::address::Domain;
use clausa_core::id::{AccountId, TenantId};
use clausa_core::random::{Randomness, RandomnessFailed};
use clausa_store::record::claim::{Claim, ClaimScope};
use clausa_store::record::hash::ClaimHash;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What stands before the domain in the record's name. Of this service alone, so that no other service's record is
/// taken for ours or ours for another's.
pub const LABEL: &str = "_clausa-challenge";
/// What the value begins with.
const PREFIX: &str = "clausa-challenge=";

/// What a record's value is bound to: it proves this and nothing else.
pub(super) struct Bound<'a> {
    pub(super) tenant: TenantId,
    pub(super) account: AccountId,
    pub(super) domain: &'a Domain,
    pub(super) scope: ClaimScope,
}

/// 256 random bits. They are published in the DNS, so what keeps them from being used by others is what they are
/// bound to.
#[derive(Clone)]
pub struct RecordValue([u8; 32]);

impl RecordValue {
    pub(super) fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
        let mut bytes = [0; 32];
        rng.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The record's text.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }

    fn read(text: &[u8]) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX.as_bytes())?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn hash(&self, bound: &Bound<'_>) -> ClaimHash {
        let mut hash = Sha256::new();
        // Every part but the last two has its fixed length; a domain and a scope have no zero bytes.
        hash.update(b"clausa claim 1\0");
        hash.update(bound.tenant.as_bytes());
        hash.update(bound.account.as_bytes());
        hash.update(self.0);
        hash.update(bound.scope.as_str());
        hash.update([0]);
        hash.update(bound.domain.as_str());
        ClaimHash::from_bytes(hash.finalize().into())
    }
}

/// True for the text of the record that proves `claim` in `tenant`.
pub(super) fn proves(claim: &Claim, tenant: TenantId, text: &[u8]) -> bool {
    let bound = Bound {
        tenant,
        account: claim.account,
        domain: &claim.domain,
        scope: claim.scope,
    };
    RecordValue::read(text)
        .is_some_and(|value| value.hash(&bound).as_bytes().ct_eq(claim.value.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use clausa_core::id::{AccountId, TenantId};
    use clausa_core::random::SystemRandom;
    use clausa_store::record::claim::ClaimScope;

    use super::{Bound, RecordValue};

    #[test]
    fn a_value_is_bound_to_everything() {
        let value = RecordValue::generate(&mut SystemRandom).unwrap();
        let (domain, other) = (
            "contoso.example".parse().unwrap(),
            "fabrikam.example".parse().unwrap(),
        );
        let bound = |tenant, account, domain| Bound {
            tenant: TenantId::from_bytes([tenant; 16]),
            account: AccountId::from_bytes([account; 16]),
            domain,
            scope: ClaimScope::Domain,
        };
        let hash = value.hash(&bound(1, 2, &domain));
        assert_eq!(hash, value.hash(&bound(1, 2, &domain)));
        for else_bound in [bound(9, 2, &domain), bound(1, 9, &domain), bound(1, 2, &other)] {
            assert_ne!(hash, value.hash(&else_bound));
        }
        let another = RecordValue::generate(&mut SystemRandom).unwrap();
        assert_ne!(hash, another.hash(&bound(1, 2, &domain)));
    }

    #[test]
    fn a_value_is_read_as_it_was_written() {
        let value = RecordValue::generate(&mut SystemRandom).unwrap();
        let text = value.text();
        assert_eq!(RecordValue::read(text.as_bytes()).unwrap().0, value.0);
        assert_eq!(text.len(), "clausa-challenge=".len() + 43);
        for wrong in [
            "",
            "clausa-challenge=",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text} "),
            &format!("{text}A"),
            &text.to_uppercase(),
        ] {
            assert!(RecordValue::read(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
