//! Making a publishing licence. No network is needed.

use minicbor::bytes::ByteVec;

use super::verified::may_use;
use super::wire::{BODY_PROFILE, Core, Payload, VERSION, Wrap};
use super::{DisplayHint, MAX_LICENCE_LENGTH, MAX_WRAPS, PublishError, PublishingLicence};
use crate::cbor;
use crate::certificate::{CertificateError, LicensorChain};
use crate::cose::{self, Kind};
use crate::hpke::HpkeError;
use crate::id::{ContentId, TenantId};
use crate::keys::{ContentKey, KeyBlock, Signer, WrappingPublicKey};
use crate::labels;
use crate::origin::Origin;
use crate::policy::sealing::{self, PolicySealingError};
use crate::policy::{NamedData, Policy};
use crate::random::Randomness;
use crate::time::Timestamp;

/// What a licence is made from.
#[derive(Debug, Clone)]
pub struct PublishRequest<'a> {
    /// The authority's origin.
    pub origin: Origin,
    /// The publisher's tenant.
    pub tenant: TenantId,
    /// Now.
    pub issued_at: Timestamp,
    /// The terms.
    pub policy: &'a Policy,
    /// The tenant's active wrapping keys, one to four
    /// ([`TenantKeySet::keys_for_new_files`](crate::certificate::TenantKeySet::keys_for_new_files)).
    pub wrapping_keys: &'a [WrappingPublicKey],
    /// What the file says in clear, where the tenant allows it.
    pub hint: Option<DisplayHint>,
    /// Signed additions in clear.
    pub extensions: NamedData,
    /// The publisher's certificates.
    pub chain: LicensorChain,
    /// The tenant's permission to let a classical wrap stand beside a post-quantum one (SEC-34).
    pub allow_mixed_suites: bool,
}

/// A new licence and the content key that belongs to it. Made into one file by [`crate::protect`].
#[derive(Debug)]
pub struct Published {
    licence: PublishingLicence,
    content_key: ContentKey,
}

impl Published {
    /// The licence.
    pub const fn licence(&self) -> &PublishingLicence {
        &self.licence
    }

    /// The licence's bytes, to register them with the authority.
    pub fn licence_bytes(&self) -> &[u8] {
        self.licence.bytes()
    }

    /// The new file's identifier.
    pub const fn content_id(&self) -> ContentId {
        self.licence.content_id()
    }

    pub(crate) fn into_parts(self) -> (PublishingLicence, ContentKey) {
        (self.licence, self.content_key)
    }
}

/// Makes a licence: new content id, new keys, encrypted policy, wraps, signature. Keys cannot be chosen (SEC-31).
///
/// # Errors
///
/// [`PublishError`]; nothing has left this function then.
pub fn publish(
    request: PublishRequest<'_>,
    signer: &dyn Signer,
    rng: &mut dyn Randomness,
) -> Result<Published, PublishError> {
    check_certificate(&request, signer)?;
    check_suites(&request)?;
    let content = ContentId::generate(rng)?;
    let block = KeyBlock::generate(rng)?;
    let policy = sealing::seal(request.policy, &block.policy_key, content, request.tenant).map_err(
        |error| match error {
            PolicySealingError::TooLarge => PublishError::TooLarge,
            _ => PublishError::Internal,
        },
    )?;
    let core = cbor::encode(&Core {
        version: VERSION,
        content,
        tenant: request.tenant,
        origin: request.origin,
        issued_at: request.issued_at,
        chain: request.chain.to_bytes().into_iter().map(ByteVec::from).collect(),
        policy: policy.into(),
        body_profile: BODY_PROFILE,
        hint: request.hint,
        critical: None,
        extensions: (!request.extensions.is_empty()).then_some(request.extensions),
    });
    let bind = labels::derive_bind(&core);
    let wraps = request
        .wrapping_keys
        .iter()
        .map(|key| wrap(key, &block, &bind, rng))
        .collect::<Result<Vec<_>, _>>()?;
    let payload = cbor::encode(&Payload {
        core: core.into(),
        wraps: cbor::encode(&wraps).into(),
    });
    let bytes = cose::sign(Kind::PUBLISHING_LICENCE, &payload, signer)?;
    if bytes.len() > MAX_LICENCE_LENGTH {
        return Err(PublishError::TooLarge);
    }
    // Reading it back costs little and keeps a licence that nobody could open from ever being used.
    let licence = PublishingLicence::parse(&bytes).map_err(|_| PublishError::Internal)?;
    Ok(Published {
        licence,
        content_key: block.content_key,
    })
}

fn check_certificate(request: &PublishRequest<'_>, signer: &dyn Signer) -> Result<(), PublishError> {
    let leaf = request.chain.leaf().claims();
    if leaf.key != signer.verifying_key() {
        return Err(PublishError::WrongSigner);
    }
    if leaf.tenant != request.tenant {
        return Err(CertificateError::WrongTenant.into());
    }
    if !leaf.scope.publish || !leaf.scope.seal {
        return Err(PublishError::NotAllowed);
    }
    request.chain.check_validity(request.issued_at)?;
    if !may_use(leaf, &request.policy.terms) {
        return Err(PublishError::TermsNotAllowed);
    }
    Ok(())
}

fn check_suites(request: &PublishRequest<'_>) -> Result<(), PublishError> {
    let keys = request.wrapping_keys;
    let mut kids: Vec<_> = keys.iter().map(WrappingPublicKey::kid).collect();
    kids.sort_unstable();
    kids.dedup();
    if keys.is_empty() || keys.len() > MAX_WRAPS || kids.len() != keys.len() {
        return Err(PublishError::WrappingKeys);
    }
    let post_quantum = keys.iter().filter(|key| key.suite().is_post_quantum()).count();
    if !request.allow_mixed_suites && post_quantum > 0 && post_quantum < keys.len() {
        return Err(PublishError::MixedSuites);
    }
    Ok(())
}

fn wrap(
    key: &WrappingPublicKey,
    block: &KeyBlock,
    bind: &[u8; 32],
    rng: &mut dyn Randomness,
) -> Result<Wrap, PublishError> {
    let ciphertext = key.wrap(block, bind, rng).map_err(|error| match error {
        HpkeError::InvalidKey => PublishError::InvalidWrappingKey,
        HpkeError::RandomnessFailed => PublishError::RandomnessFailed,
        _ => PublishError::Internal,
    })?;
    Ok(Wrap {
        kid: key.kid(),
        suite: key.suite(),
        ciphertext: ciphertext.into(),
    })
}
