//! Recognising a publishing licence: is it of this authority, intact, and by somebody who may publish?
//!
//! Whatever is wrong with a licence, callers hear the same (`SEC-28`); the finer truth goes to the trace.

use std::sync::Arc;

use clausa_api::content::ContentGrant;
use clausa_core::id::{AccountId, LicenceDigest, Serial};
use clausa_core::keys::{ContentKey, KeyUnwrapper, SoftwareUnwrapper};
use clausa_core::policy::{Expiry, Policy, Terms};
use clausa_core::publishing::{LicenceError, PolicyError, PublishingLicence, VerifiedLicence};
use clausa_store::record::certificate::Certificate;
use clausa_store::record::content::Content;
use clausa_store::record::micros::Micros;
use clausa_store::record::secret::Secret;
use clausa_store::record::succession::Succession;
use clausa_store::record::tenant::Tenant;
use clausa_store::record::tenant_key::KeyPurpose;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError};
use sha2::{Digest as _, Sha256};

use super::failure::{Failure, failures};
use super::list_templates::who;
use super::succession::owner_mac;
use crate::state::AppState;
use crate::traces;

/// A publishing licence whose chain and signatures were verified, and what the store knows about it.
pub(super) struct Known {
    pub(super) tenant: Tenant,
    pub(super) content: Option<Content>,
    /// The publisher's certificate, of a file that nobody has registered.
    pub(super) issuer: Option<Certificate>,
    unwrappers: Vec<Arc<SoftwareUnwrapper>>,
}

impl Known {
    /// The account that published the file.
    fn publisher(&self) -> Option<AccountId> {
        let registered = self.content.as_ref().map(|content| content.issuer_account);
        registered.or(self.issuer.as_ref().map(|issuer| issuer.account))
    }
}

/// A publishing licence that was unwrapped.
pub(super) struct Opened {
    pub(super) content_key: ContentKey,
    pub(super) policy: Policy,
}

/// Why a publishing licence is not recognised, in the order of the checks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum RecogniseError {
    /// It is malformed, of another authority, or its signatures do not hold.
    #[error("the licence does not verify")]
    Unverified(#[from] LicenceError),
    /// The tenant it names is not here.
    #[error("the licence names an unknown tenant")]
    UnknownTenant,
    /// Another licence was registered for this content id (`SEC-46`).
    #[error("another licence is registered for this content id")]
    Conflict,
    /// The publisher's certificate was never issued here.
    #[error("the publisher's certificate {0} is not on record")]
    UnknownCertificate(Serial),
    /// The publisher's certificate was revoked, or had expired, before this licence was first seen (`SEC-45`).
    #[error("the licence was first seen after its publisher's certificate had ended")]
    CertificateEnded,
    /// A classical wrap stands beside a post-quantum one (`SEC-34`).
    #[error("the licence mixes wrapping suites")]
    MixedSuites,
    /// The keys do not unwrap, or the policy does not open.
    #[error("the licence does not open")]
    Unopened(#[from] PolicyError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(RecogniseError: StoreError);

/// Reads a publishing licence and verifies it to this authority's roots. Needs no store: whether these bytes verify
/// never changes, so that those of files that are opened often are verified once.
pub(super) fn verify(state: &AppState, bytes: &[u8]) -> Result<Arc<VerifiedLicence>, RecogniseError> {
    let _span = traces::span("verify licence");
    state.licences().find_or_make(Sha256::digest(bytes).into(), || {
        Ok(PublishingLicence::parse(bytes)?.verify(state.anchors())?)
    })
}

/// Loads what belongs to a verified licence and checks what the store knows against it.
pub(super) async fn look_up(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    licence: &VerifiedLicence,
    now: Micros,
) -> Result<Known, RecogniseError> {
    let tenant = tx.tenant(permit).await?.ok_or(RecogniseError::UnknownTenant)?;
    let content = tx.content(permit, licence.licence().content_id()).await?;
    if content
        .as_ref()
        .is_some_and(|content| content.digest != licence.licence().digest())
    {
        return Err(RecogniseError::Conflict);
    }
    // What is registered keeps opening, whatever became of the publisher's certificate.
    let issuer = match &content {
        Some(_) => None,
        None => Some(issuer(tx, permit, licence, now).await?),
    };
    let unwrappers = load_unwrappers(state, tx, permit, licence).await?;
    Ok(Known {
        tenant,
        content,
        issuer,
        unwrappers,
    })
}

/// The certificate under which a file is published that nobody has registered yet, if it may be.
async fn issuer(
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    licence: &VerifiedLicence,
    now: Micros,
) -> Result<Certificate, RecogniseError> {
    let serial = licence.publisher().serial;
    let issuer = tx
        .certificate(permit, serial)
        .await?
        .ok_or(RecogniseError::UnknownCertificate(serial))?;
    if issuer.revoked_at.is_some() || now > issuer.expires_at {
        return Err(RecogniseError::CertificateEnded);
    }
    if licence.licence().mixes_suites() {
        return Err(RecogniseError::MixedSuites);
    }
    Ok(issuer)
}

/// As [`look_up`], of a registered file with what was read of it, when its keys were loaded before; `None` when not.
pub(super) fn registered(
    state: &AppState,
    permit: &Permit,
    licence: &VerifiedLicence,
    tenant: Tenant,
    content: Content,
) -> Result<Option<Known>, RecogniseError> {
    if content.digest != digest(licence) {
        return Err(RecogniseError::Conflict);
    }
    let ring = state.keys();
    let unwrappers: Option<Vec<_>> = licence
        .licence()
        .wraps()
        .map(|wrap| ring.known_unwrapper(permit.tenant(), wrap.kid, wrap.suite))
        .collect();
    Ok(unwrappers.map(|unwrappers| Known {
        tenant,
        content: Some(content),
        issuer: None,
        unwrappers,
    }))
}

/// Unwraps the keys and decrypts the policy.
pub(super) fn open(licence: &VerifiedLicence, known: &Known) -> Result<Opened, RecogniseError> {
    let _span = traces::span("unwrap keys");
    let unwrappers: Vec<&dyn KeyUnwrapper> = known
        .unwrappers
        .iter()
        .map(|key| -> &dyn KeyUnwrapper { &**key })
        .collect();
    let keys = licence.unwrap_keys(&unwrappers).map_err(PolicyError::from)?;
    let policy = licence.policy(&keys.policy_key)?;
    Ok(Opened {
        content_key: keys.content_key,
        policy,
    })
}

/// False when the publisher's certificate was withdrawn since [`look_up`], and nobody has registered the file before.
pub(super) async fn may_register(
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    licence: &VerifiedLicence,
) -> Result<bool, StoreError> {
    let issuer = tx.certificate(permit, licence.publisher().serial).await?;
    let is_revoked = issuer.is_none_or(|issuer| issuer.revoked_at.is_some());
    Ok(!is_revoked
        || tx
            .content(permit, licence.licence().content_id())
            .await?
            .is_some())
}

/// Whose the file was, if the account that had its owner's address in the file's tenant was closed since.
pub(super) async fn former_owner(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    tenant: &Tenant,
    licence: &VerifiedLicence,
    policy: &Policy,
) -> Result<Option<Succession>, Failure> {
    if tenant.successions == 0 {
        return Ok(None);
    }
    let (owner, at) = (
        owner_mac(state, &policy.owner),
        Micros::from(licence.licence().issued_at()),
    );
    Ok(tx.succession(permit, tenant.id, &owner, at).await?)
}

/// The row that registers a file.
pub(super) async fn content_row(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    licence: &VerifiedLicence,
    known: &Known,
    policy: &Policy,
    file_name: Option<&str>,
    now: Micros,
) -> Result<Content, Failure> {
    let publishing = licence.licence();
    let owner = tx.account_by_address(&policy.owner).await?;
    let owner = owner
        .filter(|owner| owner.tenant == known.tenant.id)
        .map(|owner| owner.id);
    let former = former_owner(state, tx, permit, &known.tenant, licence, policy).await?;
    let (template, grants) = match &policy.terms {
        Terms::Template { id, .. } => (Some(*id), Vec::new()),
        Terms::AdHoc(grants) => {
            let shown = |grant: &clausa_core::policy::Grant| ContentGrant {
                who: who(&grant.principal, &known.tenant),
                rights: grant.rights,
            };
            (None, grants.iter().map(shown).collect())
        }
    };
    let grants = serde_json::to_vec(&grants).map_err(|_| Failure::Missing("grants"))?;
    Ok(Content {
        id: publishing.content_id(),
        digest: publishing.digest(),
        owner: policy.owner.clone(),
        owner_account: former.map(|former| former.account).or(owner),
        issuer: licence.publisher().address.clone(),
        issuer_account: known.publisher().ok_or(Failure::Missing("publisher"))?,
        template,
        parent: policy.parent,
        policy: Some(Secret::new(grants)),
        file_name: file_name.map(str::to_owned),
        published_at: Micros::from(publishing.issued_at()),
        registered_at: now,
        expires_at: match policy.expiry {
            Some(Expiry::At(at)) => Some(Micros::from(at)),
            _ => None,
        },
        revocation: None,
    })
}

/// The grants that [`content_row`] kept for the owner's eyes.
pub(super) fn kept_grants(content: &Content) -> Result<Vec<ContentGrant>, Failure> {
    let Some(kept) = &content.policy else {
        return Ok(Vec::new());
    };
    serde_json::from_slice(kept.expose()).map_err(|_| Failure::Missing("grants"))
}

/// The digest by which a file is known.
pub(super) fn digest(licence: &VerifiedLicence) -> LicenceDigest {
    licence.licence().digest()
}

/// The keys of the licence's own tenant that its wraps name, and no others: the permit sees to it (`SEC-63`).
async fn load_unwrappers(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    licence: &VerifiedLicence,
) -> Result<Vec<Arc<SoftwareUnwrapper>>, RecogniseError> {
    let mut unwrappers = Vec::new();
    for wrap in licence.licence().wraps() {
        if let Some(known) = state
            .keys()
            .known_unwrapper(permit.tenant(), wrap.kid, wrap.suite)
        {
            unwrappers.push(known);
            continue;
        }
        let row = tx.tenant_key(permit, wrap.kid).await?;
        if let Some(row) = row.filter(|row| row.purpose == KeyPurpose::Wrapping) {
            unwrappers.push(state.keys().unwrapper(permit.tenant(), &row)?);
        }
    }
    Ok(unwrappers)
}
