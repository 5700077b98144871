//! The decision, and the licence that follows from it.

use clausa_api::licence::LicencePurpose;
use clausa_core::certificate::{EditGrant, SignedEditGrant};
use clausa_core::decision::{Decision, GrantedRights, Question, Subject, decide};
use clausa_core::id::LicenceId;
use clausa_core::keys::DeviceEncryptionKey;
use clausa_core::random::Randomness;
use clausa_core::rights::{Right, Rights};
use clausa_core::time::{DAY, Timestamp};
use clausa_core::use_licence::UseLicenceDraft;
use clausa_store::record::licence::Licence;
use clausa_store::record::micros::Micros;

use super::super::failure::Failure;
use super::super::recognise::digest;
use super::facts::Facts;
use super::{IssuedLicence, LicenceRefusal, Request};
use crate::traces;

/// A sealed licence that is not recorded yet and must not leave before it is.
pub(super) struct Sealed {
    pub(super) issued: IssuedLicence,
    pub(super) row: Licence,
    pub(super) is_owner: bool,
}

/// Decides, and seals the content key to the device when the answer is yes.
pub(super) fn decide_and_seal(
    request: &Request,
    facts: &Facts,
    subject: &Subject,
) -> Result<Result<Sealed, LicenceRefusal>, Failure> {
    let policy = &facts.opened.policy;
    let question = Question {
        now: request.now.timestamp(),
        first_use: facts.first_use,
        revocation: facts.revocation(),
        wanted: wanted(request.order.purpose),
    };
    let decision = {
        let _span = traces::span("decide");
        decide(policy, facts.template.as_ref(), subject, &question)
    };
    match decision {
        Decision::Granted(granted) => seal(request, facts, granted).map(Ok),
        Decision::Refused(refusal) => Ok(Err(LicenceRefusal::by_policy(refusal, policy.owner.clone()))),
    }
}

/// Viewing needs VIEW; taking protection off needs EXPORT, which OWNER implies.
fn wanted(purpose: LicencePurpose) -> Rights {
    let right = match purpose {
        LicencePurpose::Open => Right::View,
        LicencePurpose::Unprotect => Right::Export,
    };
    [right].into_iter().collect()
}

fn seal(request: &Request, facts: &Facts, granted: GrantedRights) -> Result<Sealed, Failure> {
    let _span = traces::span("sign licence");
    let publishing = request.licence.licence();
    let now = request.now.timestamp();
    let mut rng = request.state.randomness();
    let offline_until = offline_until(request, &granted);
    let draft = UseLicenceDraft {
        id: licence_id(request.now, &mut rng)?,
        digest: digest(&request.licence),
        content_id: publishing.content_id(),
        tenant: publishing.tenant(),
        subject: facts.subject.account,
        device: facts.device,
        rights: granted.rights,
        issued_at: now,
        not_after: granted.not_after,
        offline_until,
        server_time: now,
        epoch: facts.known.tenant.epoch,
        nonce: request.order.nonce,
        obligations: facts.opened.policy.obligations.clone(),
        edit_grant: edit_grant(request, facts, &granted, offline_until)?,
    };
    let device = DeviceEncryptionKey::from_bytes(&facts.decryption_key)?;
    let signer = &*facts.licence_key.signer;
    let use_licence = draft.issue(&facts.opened.content_key, &device, signer, &mut rng)?;
    Ok(Sealed {
        row: Licence {
            id: draft.id,
            content: draft.content_id,
            account: facts.subject.account,
            account_tenant: facts.subject.tenant,
            device: draft.device,
            rights: draft.rights.to_string(),
            issued_at: request.now,
            not_after: draft.not_after.map(Micros::from),
            offline_until: Micros::from(offline_until),
        },
        issued: IssuedLicence {
            use_licence,
            certificate: facts.licence_key.certificate.as_bytes().to_vec(),
        },
        is_owner: granted.is_owner,
    })
}

/// Six bytes of time in milliseconds and ten that nobody can predict, so that a tenant's licences lie in the store in the
/// order in which they are issued. Whoever holds a licence knows when it was issued.
fn licence_id(now: Micros, rng: &mut dyn Randomness) -> Result<LicenceId, Failure> {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes)?;
    let [_, _, millis @ ..] = (now.0 / 1_000).to_be_bytes();
    bytes.iter_mut().zip(millis).for_each(|(to, from)| *to = from);
    Ok(LicenceId::from_bytes(bytes))
}

/// The shortest of what the policy, its template and the operator allow (`SEC-43`). A licence for taking protection
/// off is good for the moment alone: each time is asked for and logged.
fn offline_until(request: &Request, granted: &GrantedRights) -> Timestamp {
    let now = request.now.timestamp();
    match request.order.purpose {
        LicencePurpose::Unprotect => now,
        LicencePurpose::Open => {
            let most = request.state.config().keys.offline_seconds();
            granted.offline_until.min(now.plus_seconds(most.into()))
        }
    }
}

/// What lets others see that an editor was allowed to change the file (format v1 §5).
fn edit_grant(
    request: &Request,
    facts: &Facts,
    granted: &GrantedRights,
    offline_until: Timestamp,
) -> Result<Option<SignedEditGrant>, Failure> {
    let may_edit = granted.rights.contains(Right::Edit);
    let Some(address) = facts.user().filter(|_| may_edit) else {
        return Ok(None);
    };
    let now = request.now.timestamp();
    // Long enough for a day's work, also where every opening has to ask again.
    let expires = offline_until.max(now.plus_seconds(DAY));
    let key = &facts.edit_key;
    let grant = EditGrant {
        tenant: request.permit.tenant(),
        licence: digest(&request.licence),
        subject: facts.subject.account,
        address: address.clone(),
        // The session's key, which signed the proof, is the device's.
        key: request.caller().signing_key,
        right: [Right::Edit].into_iter().collect(),
        not_before: now,
        expires: granted.not_after.map_or(expires, |end| end.min(expires)),
    };
    Ok(Some(grant.issue(&*key.signer, &key.certificate)?))
}
