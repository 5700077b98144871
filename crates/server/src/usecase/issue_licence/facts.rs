//! What the decision looks at, read in one go from one state of the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use clausa_core::address::Address;
use clausa_core::certificate::SignedTenantCertificate;
use clausa_core::decision::{Revocation, Subject};
use clausa_core::keys::SoftwareSigner;
use clausa_core::policy::{Grants, Principal, TemplateVersion, Terms};
use clausa_core::time::Timestamp;
use clausa_store::Denied;
use clausa_store::record::account::Role;
use clausa_store::record::device::Device;
use clausa_store::record::tenant::Tenant;
use clausa_store::record::tenant_key::{self, KeyPurpose};
use clausa_store::repo::UnitOfWork;

use super::super::failure::Failure;
use super::super::recognise::{self, Known, Opened};
use super::{IssueLicenceError, Request};

/// What the decision looks at, and what the licence is made with.
pub(super) struct Facts {
    pub(super) known: Known,
    pub(super) opened: Opened,
    pub(super) template: Option<TemplateVersion>,
    pub(super) subject: Subject,
    pub(super) device: Device,
    pub(super) first_use: Option<Timestamp>,
    pub(super) licence_key: SigningKey,
    pub(super) edit_key: SigningKey,
}

/// One of the tenant's signing keys.
pub(super) struct SigningKey {
    pub(super) signer: Arc<SoftwareSigner>,
    pub(super) certificate: Arc<SignedTenantCertificate>,
}

impl Facts {
    /// The name under which the caller stands in the log.
    pub(super) fn user(&self) -> Option<&Address> {
        self.subject.addresses.first()
    }

    /// The file's revocation, as the decision takes it.
    pub(super) fn revocation(&self) -> Option<Revocation> {
        let revocation = self.known.content.as_ref()?.revocation?;
        Some(Revocation {
            at: revocation.at.timestamp(),
            binds_owner: revocation.including_owner,
        })
    }
}

/// Reads the facts and opens the licence.
pub(super) async fn load(request: &Arc<Request>) -> Result<Facts, IssueLicenceError> {
    request
        .state
        .store()
        .read("licence facts", |tx| {
            let request = Arc::clone(request);
            Box::pin(async move { read(&request, tx).await })
        })
        .await
}

async fn read(request: &Request, tx: &mut dyn UnitOfWork) -> Result<Facts, IssueLicenceError> {
    let Request {
        state,
        caller,
        licence,
        permit,
        now,
        ..
    } = request;
    let known = recognise::look_up(state, tx, permit, licence, *now).await?;
    let opened = recognise::open(licence, &known)?;
    let template = match &opened.policy.terms {
        Terms::Template { id, .. } => match tx.template(permit, *id).await? {
            Some(row) => Some(
                TemplateVersion::parse(&row.version.encoded)
                    .map_err(|_| Failure::Missing("template version"))?,
            ),
            None => None,
        },
        Terms::AdHoc(_) => None,
    };
    let addresses = caller.addresses(tx).await?;
    let content = licence.licence().content_id();
    let first_use = tx
        .first_use(permit, content, caller.actor.account)
        .await?
        .map(|at| at.timestamp());
    let device = tx
        .caller_device(&caller.actor)
        .await?
        .ok_or(Denied::DeviceNeeded)?;
    let keys = tx.signing_keys(permit).await?;
    let terms = match &opened.policy.terms {
        Terms::AdHoc(grants) => Some(grants),
        Terms::Template { .. } => template.as_ref().map(|template| &template.grants),
    };
    let groups = match terms {
        Some(grants) => memberships(request, tx, &known.tenant, grants, &addresses).await?,
        None => Vec::new(),
    };
    Ok(Facts {
        licence_key: signing_key(request, tx, &keys, KeyPurpose::Licence).await?,
        edit_key: signing_key(request, tx, &keys, KeyPurpose::Edit).await?,
        subject: Subject {
            account: caller.actor.account,
            tenant: caller.actor.tenant,
            is_member: caller.actor.role != Role::Guest,
            verified_domains: addresses.iter().map(Address::domain).collect(),
            addresses,
            groups,
        },
        known,
        opened,
        template,
        device,
        first_use,
    })
}

/// The groups of the file's tenant that grants name and the caller belongs to. Looked for only where there can be any.
async fn memberships(
    request: &Request,
    tx: &mut dyn UnitOfWork,
    tenant: &Tenant,
    grants: &Grants,
    own: &[Address],
) -> Result<Vec<Address>, Failure> {
    if tenant.groups == 0 {
        return Ok(Vec::new());
    }
    let named: BTreeSet<&Address> = grants
        .iter()
        .filter_map(|grant| match &grant.principal {
            Principal::Account(address) | Principal::Group(address) => Some(address),
            _ => None,
        })
        .filter(|address| !own.contains(address))
        .collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let actor = &request.caller.actor;
    let mut groups = tx.groups_of(&request.permit, actor.tenant, actor.account).await?;
    groups.retain(|group| named.contains(group));
    Ok(groups)
}

/// The caller as he is now, if he has left a group since that the decision looked at.
pub(super) async fn who_left(
    request: &Request,
    facts: &Facts,
    tx: &mut dyn UnitOfWork,
) -> Result<Option<Subject>, Failure> {
    let before = &facts.subject;
    if before.groups.is_empty() {
        return Ok(None);
    }
    let now = tx
        .groups_of(&request.permit, before.tenant, before.account)
        .await?;
    let still = |group: &&Address| now.contains(group);
    let groups: Vec<Address> = before.groups.iter().filter(still).cloned().collect();
    Ok((groups.len() < before.groups.len()).then(|| Subject {
        groups,
        ..before.clone()
    }))
}

/// Which key is in use is read each time; the key itself is loaded once.
async fn signing_key(
    request: &Request,
    tx: &mut dyn UnitOfWork,
    keys: &[tenant_key::SigningKey],
    purpose: KeyPurpose,
) -> Result<SigningKey, Failure> {
    let missing = Failure::Missing("signing key");
    let Some(key) = keys.iter().find(|key| key.purpose == purpose) else {
        return Err(missing);
    };
    let (ring, tenant) = (request.state.keys(), request.permit.tenant());
    let signer = match ring.known_signer(tenant, key.kid) {
        Some(signer) => signer,
        None => {
            let row = tx.tenant_key(&request.permit, key.kid).await?.ok_or(missing)?;
            ring.signer(tenant, &row)?
        }
    };
    let certificate = key
        .certificate
        .as_deref()
        .ok_or(Failure::Missing("tenant certificate"))?;
    Ok(SigningKey {
        signer,
        certificate: ring.certificate(certificate)?,
    })
}
