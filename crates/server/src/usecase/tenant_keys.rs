//! Making a tenant's keys, and handing out its signed key set.

use clausa_core::certificate::{
    KeySetPolicy, Purpose, TenantCertificate, TenantKeySet, TenantSigningKey, WrappingKeyEntry,
    WrappingKeyStatus,
};
use clausa_core::id::TenantId;
use clausa_core::keys::{Signer, SoftwareSigner, SoftwareUnwrapper, Suite, VerifyingKey, WrappingPublicKey};
use clausa_core::random::Randomness;
use clausa_core::time::{DAY, Timestamp};
use clausa_store::permit::Action;
use clausa_store::record::micros::Micros;
use clausa_store::record::secret::Secret;
use clausa_store::record::tenant_key::{KeyPurpose, KeySet, KeyState, TenantKey};
use clausa_store::{Permit, SystemAct};

use super::failure::Failure;
use crate::request::Caller;
use crate::state::AppState;

/// How long a tenant certificate is valid. It outlives every use licence and most files' interest; a key is replaced
/// long before, and old files then show the old certificate.
const CERTIFICATE_DAYS: u64 = 20 * 365;
/// How long clients may protect offline with a key set before they have to ask for a newer one.
const KEY_SET_DAYS: u64 = 90;
/// A key set older than this is signed anew when somebody asks for it.
const KEY_SET_RENEWAL_DAYS: u64 = 30;

/// A new tenant's keys: one signing key per purpose, one wrapping key, and the key set that tells clients of them.
pub struct NewTenantKeys {
    /// The keys with their certificates.
    pub keys: Vec<TenantKey>,
    /// The signed key set, version 1.
    pub key_set: KeySet,
}

/// Makes the keys of `tenant`. For an RSA suite this takes seconds: call it outside transactions and off the runtime.
///
/// # Errors
///
/// [`Failure`] when a key cannot be made or signed for.
pub fn generate(
    tenant: TenantId,
    organisation: Option<&str>,
    suite: Suite,
    root: &dyn Signer,
    now: Timestamp,
    rng: &mut dyn Randomness,
) -> Result<NewTenantKeys, Failure> {
    let mut keys = Vec::with_capacity(Purpose::ALL.len() + 1);
    for purpose in Purpose::ALL {
        keys.push(signing_key(tenant, purpose, root, now, rng)?);
    }
    keys.push(wrapping_key(suite, now, rng)?);
    let key_set = sign_key_set(tenant, organisation, &keys, 1, root, now)?;
    Ok(NewTenantKeys { keys, key_set })
}

/// Signs a key set over `keys`.
///
/// # Errors
///
/// [`Failure`] when a stored public key cannot be read or signing fails.
pub fn sign_key_set(
    tenant: TenantId,
    organisation: Option<&str>,
    keys: &[TenantKey],
    version: u64,
    root: &dyn Signer,
    now: Timestamp,
) -> Result<KeySet, Failure> {
    let mut signing_keys = Vec::new();
    let mut wrapping_keys = Vec::new();
    for key in keys {
        match purpose(key.purpose) {
            Some(purpose) => {
                let key = VerifyingKey::from_bytes(&key.public)?;
                signing_keys.push(TenantSigningKey { purpose, key });
            }
            None => {
                let status = match key.state {
                    KeyState::Active => WrappingKeyStatus::Active,
                    KeyState::Archived => WrappingKeyStatus::Archived,
                };
                let key = WrappingPublicKey::from_bytes(suite(key)?, &key.public)?;
                wrapping_keys.push(WrappingKeyEntry { key, status });
            }
        }
    }
    let mut accepted_suites: Vec<_> = wrapping_keys
        .iter()
        .filter(|entry| entry.status == WrappingKeyStatus::Active)
        .map(|entry| entry.key.suite())
        .collect();
    accepted_suites.sort();
    accepted_suites.dedup();
    let expires = now.plus_days(KEY_SET_DAYS);
    let signed = TenantKeySet {
        tenant,
        version,
        organisation: organisation.map(str::to_owned),
        issued_at: now,
        expires,
        signing_keys,
        wrapping_keys,
        accepted_suites,
        policy: KeySetPolicy::default(),
    }
    .issue(root)?;
    Ok(KeySet {
        version,
        bytes: signed.as_bytes().to_vec(),
        issued_at: Micros::from(now),
        expires_at: Micros::from(expires),
    })
}

/// The wrapping suite of a stored key.
///
/// # Errors
///
/// [`Failure::Missing`] when there is none, or one that this version does not know.
pub fn suite(key: &TenantKey) -> Result<Suite, Failure> {
    key.suite
        .and_then(|number| Suite::try_from(u16::from(number)).ok())
        .ok_or(Failure::Missing("wrapping suite"))
}

/// The signed key set of the caller's tenant, signed anew when it has become old.
///
/// # Errors
///
/// [`Failure`].
pub async fn current_key_set(state: &AppState, caller: &Caller) -> Result<Vec<u8>, Failure> {
    let permit = caller.permit_in_tenant(Action::ReadKeySet)?;
    let now = state.now_micros();
    let stored = state
        .store()
        .read("read key set", move |tx| {
            Box::pin(async move { tx.key_set(&permit).await?.ok_or(Failure::Missing("key set")) })
        })
        .await?;
    if now < stored.issued_at.plus_seconds(KEY_SET_RENEWAL_DAYS * DAY) {
        return Ok(stored.bytes);
    }
    renew_key_set(state, caller.tenant(), now.timestamp()).await
}

/// Signs a key set over the tenant's keys as they are now, unless somebody else has just done so.
async fn renew_key_set(state: &AppState, tenant: TenantId, now: Timestamp) -> Result<Vec<u8>, Failure> {
    let input = (state.clone(), Permit::system(SystemAct::KeyCare(tenant)));
    state
        .store()
        .transact_with("renew key set", input, move |(state, permit), tx| {
            Box::pin(async move {
                let stored = tx.key_set(permit).await?.ok_or(Failure::Missing("key set"))?;
                if now.seconds() < stored.issued_at.seconds() + KEY_SET_RENEWAL_DAYS * DAY {
                    return Ok(stored.bytes);
                }
                let tenant = tx.tenant(permit).await?.ok_or(Failure::Missing("tenant"))?;
                let keys = tx.tenant_keys(permit).await?;
                let organisation = (!tenant.personal).then_some(tenant.name.as_str());
                let set = sign_key_set(
                    tenant.id,
                    organisation,
                    &keys,
                    stored.version + 1,
                    state.root(),
                    now,
                )?;
                tx.put_key_set(permit, &set).await?;
                Ok::<_, Failure>(set.bytes)
            })
        })
        .await
}

fn signing_key(
    tenant: TenantId,
    purpose: Purpose,
    root: &dyn Signer,
    now: Timestamp,
    rng: &mut dyn Randomness,
) -> Result<TenantKey, Failure> {
    let signer = SoftwareSigner::generate_ed25519(rng)?;
    let key = signer.verifying_key();
    let expires = now.plus_days(CERTIFICATE_DAYS);
    let certificate = TenantCertificate {
        tenant,
        purpose,
        key,
        not_before: now,
        expires,
    }
    .issue(root)?;
    Ok(TenantKey {
        kid: key.kid(),
        purpose: match purpose {
            Purpose::Licensor => KeyPurpose::Licensor,
            Purpose::Licence => KeyPurpose::Licence,
            Purpose::Edit => KeyPurpose::Edit,
            Purpose::Checkpoint => KeyPurpose::Checkpoint,
        },
        suite: None,
        public: key.as_bytes().to_vec(),
        secret: Secret::new(signer.expose_secret_for_sealing()?),
        certificate: Some(certificate.as_bytes().to_vec()),
        state: KeyState::Active,
        created_at: Micros::from(now),
    })
}

fn wrapping_key(suite: Suite, now: Timestamp, rng: &mut dyn Randomness) -> Result<TenantKey, Failure> {
    let unwrapper = SoftwareUnwrapper::generate(suite, rng)?;
    let public = unwrapper.public();
    Ok(TenantKey {
        kid: public.kid(),
        purpose: KeyPurpose::Wrapping,
        suite: u8::try_from(suite.number()).ok(),
        public: public.as_bytes().to_vec(),
        secret: Secret::new(unwrapper.expose_secret_for_sealing()?),
        certificate: None,
        state: KeyState::Active,
        created_at: Micros::from(now),
    })
}

fn purpose(purpose: KeyPurpose) -> Option<Purpose> {
    match purpose {
        KeyPurpose::Licensor => Some(Purpose::Licensor),
        KeyPurpose::Licence => Some(Purpose::Licence),
        KeyPurpose::Edit => Some(Purpose::Edit),
        KeyPurpose::Checkpoint => Some(Purpose::Checkpoint),
        KeyPurpose::Wrapping => None,
    }
}
