//! Enrolling the calling device: it gets a licensor certificate, with which it may publish offline.

use std::sync::Arc;

use clausa_api::log::RequestType;
use clausa_core::certificate::{LicensorCertificate, Scope};
use clausa_core::id::{AccountId, Serial};
use clausa_core::keys::{DeviceEncryptionKey, SoftwareSigner};
use clausa_store::permit::Action;
use clausa_store::record::certificate::Certificate;
use clausa_store::record::device::{Device, Enrolment, Keystore};
use clausa_store::record::micros::Micros;
use clausa_store::record::tenant_key::{KeyPurpose, KeyState, TenantKey};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit};

use super::DeviceError;
use crate::request::Caller;
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::controls::{self, Protecting};
use crate::usecase::failure::Failure;
use crate::usecase::tenant_keys;

/// Longest name and longest description of the platform, in characters.
const MAX_TEXT: usize = 100;
/// Most devices of one account: nobody has more, and the list stays readable.
const MAX_DEVICES: usize = 50;

/// What a device says of itself. Its signing key is the one that signed the request's proof.
pub struct Enrol {
    /// Public decryption key: P-256, uncompressed.
    pub decryption_key: Vec<u8>,
    /// The name its owner will recognise.
    pub name: String,
    /// Operating system and client version.
    pub platform: String,
    /// Where the device keeps its keys.
    pub keystore: Keystore,
}

/// What a device gets.
pub struct Enrolled {
    /// Licensor certificates, leaf first.
    pub licensor_chain: Vec<Vec<u8>>,
    /// The tenant's signed key set.
    pub key_set: Vec<u8>,
}

struct Input {
    state: AppState,
    caller: Caller,
    permit: Permit,
    device: Device,
    serial: Serial,
    now: Micros,
}

/// Enrols the calling device or renews its certificate. Asking again is harmless: the certificate stays the same until
/// half of its time is over.
///
/// # Errors
///
/// [`DeviceError`] when a field breaks a rule or the account has too many devices.
pub async fn enrol(state: &AppState, caller: &Caller, request: Enrol) -> Result<Enrolled, DeviceError> {
    let permit = caller.permit_for_self(Action::EnrolDevice)?;
    DeviceEncryptionKey::from_bytes(&request.decryption_key)
        .map_err(|_| DeviceError::Malformed("decryption_key is not an uncompressed P-256 point"))?;
    let now = state.now_micros();
    let device = Device {
        thumbprint: caller.key,
        account: caller.actor.account,
        signing_key: caller.signing_key.as_bytes().to_vec(),
        decryption_key: request.decryption_key,
        name: text(request.name, "name has 1 to 100 printable characters")?,
        platform: text(request.platform, "platform has 1 to 100 printable characters")?,
        keystore: request.keystore,
        enrolled_at: now,
        last_seen_at: now,
        removed_at: None,
    };
    let serial = Serial::generate(&mut state.randomness())?;
    let input = Input {
        state: state.clone(),
        caller: caller.clone(),
        permit,
        device,
        serial,
        now,
    };
    let licensor_chain = state
        .store()
        .for_tenant(permit.tenant())
        .transact_with("device.enrol", input, |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await?;
    let key_set = tenant_keys::current_key_set(state, caller).await?;
    Ok(Enrolled {
        licensor_chain,
        key_set,
    })
}

fn text(text: String, rule: &'static str) -> Result<String, DeviceError> {
    let fits = (1..=MAX_TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text)
    } else {
        Err(DeviceError::Malformed(rule))
    }
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<Vec<Vec<u8>>, DeviceError> {
    let Input {
        state,
        caller,
        permit,
        device,
        now,
        ..
    } = input;
    // A device that was removed since the call was let in must not come back by it.
    if !tx.is_session_open(caller.session).await? {
        return Err(Failure::from(Denied::DeviceNeeded).into());
    }
    let enrolment = tx.enrol_device(permit, device).await?;
    if enrolment != Enrolment::Renewed && tx.devices(permit, device.account).await?.len() > MAX_DEVICES {
        return Err(DeviceError::TooMany);
    }
    let (row, signer) = licensor_key(state, permit, tx).await?;
    let issuer = row
        .certificate
        .clone()
        .ok_or(Failure::Missing("certificate of the licensor key"))?;
    let user = caller
        .addresses(tx)
        .await?
        .into_iter()
        .next()
        .ok_or(Failure::Missing("address of an account"))?;
    if enrolment != Enrolment::Renewed {
        let entry = caller.log_entry(RequestType::Certify, user.as_str(), LogResult::Success, *now);
        tx.append_log(permit, &entry).await?;
    }
    let current = tx
        .current_certificate(permit, device.account, device.thumbprint, *now)
        .await?;
    if let Some(current) = current.filter(|current| may_stay(current, &row, *now)) {
        return Ok(vec![current.bytes, issuer]);
    }
    let may_publish = caller.actor.may_publish() && !is_refused(tx, permit, device.account).await?;
    let days = u64::from(state.config().keys.licensor_days);
    let (not_before, expires) = (now.timestamp(), now.timestamp().plus_days(days));
    let signed = LicensorCertificate {
        serial: input.serial,
        tenant: permit.tenant(),
        subject: device.account,
        address: user.clone(),
        key: caller.signing_key,
        not_before,
        expires,
        scope: if may_publish { Scope::ALL } else { Scope::SEAL },
        templates: None,
    }
    .issue(&*signer)
    .map_err(Failure::from)?;
    let certificate = Certificate {
        serial: input.serial,
        account: device.account,
        device: device.thumbprint,
        bytes: signed.as_bytes().to_vec(),
        issued_at: *now,
        expires_at: Micros::from(expires),
        revoked_at: None,
    };
    tx.add_certificate(permit, &certificate).await?;
    let request = RequestType::GetClientLicensorCert;
    let entry = caller.log_entry(request, user.as_str(), LogResult::Success, *now);
    tx.append_log(permit, &entry).await?;
    Ok(vec![certificate.bytes, issuer])
}

/// True for somebody whom the administrator does not let protect anything.
async fn is_refused(
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    account: AccountId,
) -> Result<bool, DeviceError> {
    let tenant = tx.tenant(permit).await?.ok_or(Failure::Missing("tenant"))?;
    let judged = controls::protecting(tx, &tenant, account).await?;
    Ok(matches!(judged, Some((Protecting::Refused(_), _))))
}

/// A certificate stays until half of its time is over, unless the tenant has changed its licensor key since.
fn may_stay(current: &Certificate, key: &TenantKey, now: Micros) -> bool {
    let half = current.issued_at.0 + (current.expires_at.0.saturating_sub(current.issued_at.0)) / 2;
    now.0 < half && key.created_at <= current.issued_at
}

async fn licensor_key(
    state: &AppState,
    permit: &Permit,
    tx: &mut dyn UnitOfWork,
) -> Result<(TenantKey, Arc<SoftwareSigner>), DeviceError> {
    let keys = tx.tenant_keys(permit).await?;
    let row = keys
        .into_iter()
        .find(|key| key.purpose == KeyPurpose::Licensor && key.state == KeyState::Active)
        .ok_or(Failure::Missing("licensor key"))?;
    let signer = state.keys().signer(permit.tenant(), &row)?;
    Ok((row, signer))
}
