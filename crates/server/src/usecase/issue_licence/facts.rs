//! What the decision looks at, read in one go from one state of the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use clausa_core::address::Address;
use clausa_core::certificate::SignedTenantCertificate;
use clausa_core::decision::{Revocation, Subject};
use clausa_core::id::DeviceThumbprint;
use clausa_core::keys::SoftwareSigner;
use clausa_core::policy::{Principal, TemplateVersion, Terms};
use clausa_core::time::Timestamp;
use clausa_store::record::account::Role;
use clausa_store::record::controls::Controls;
use clausa_store::record::licence::LicenceFacts;
use clausa_store::record::micros::Micros;
use clausa_store::record::template::TemplateVersionRow;
use clausa_store::record::tenant::Tenant;
use clausa_store::record::tenant_key::{self, KeyPurpose};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Store, StoreError};

use super::super::controls::{self, ControlRule, Controlled};
use super::super::failure::Failure;
use super::super::recognise::{self, Known, Opened};
use super::owner;
use super::{IssueLicenceError, LicenceRefusal, Request};

/// What the decision looks at, and what the licence is made with.
pub(super) struct Facts {
    pub(super) known: Known,
    pub(super) opened: Opened,
    pub(super) template: Option<TemplateVersion>,
    pub(super) subject: Subject,
    /// The name under which the caller stands in the log.
    user: Option<Address>,
    pub(super) device: DeviceThumbprint,
    /// The device's key, to which the content key is sealed.
    pub(super) decryption_key: Vec<u8>,
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
        self.user.as_ref()
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

/// Reads the facts and opens the licence. What is known of a registered file whose tenant's keys were loaded before is read
/// by one statement, which sees one state of the store; the first time takes more of them.
pub(super) async fn load(request: &Arc<Request>) -> Result<Facts, IssueLicenceError> {
    let store = request.state.store().for_tenant(request.permit.tenant());
    let stored = store
        .glance_with("licence facts", Arc::clone(request), |request, tx| {
            let content = request.licence.licence().content_id();
            let account = request.caller().actor.account;
            Box::pin(async move { tx.licence_facts(&request.permit, content, account).await })
        })
        .await?;
    if let Some(stored) = stored
        && let Some(facts) = of_registered(request, &store, stored).await?
    {
        return Ok(facts);
    }
    store
        .read_with("licence facts", Arc::clone(request), |request, tx| {
            Box::pin(read(request, tx))
        })
        .await
}

/// The facts of a registered file; `None` when its tenant's keys are still to be loaded.
async fn of_registered(
    request: &Arc<Request>,
    store: &Store,
    stored: LicenceFacts,
) -> Result<Option<Facts>, IssueLicenceError> {
    let Request {
        state,
        licence,
        permit,
        ..
    } = &**request;
    let Some(content) = stored.content else {
        return Ok(None);
    };
    let registered_with = content.template;
    let Some(known) = recognise::registered(state, permit, licence, stored.tenant, content)? else {
        return Ok(None);
    };
    let keys = (
        loaded_key(request, &stored.keys, KeyPurpose::Licence)?,
        loaded_key(request, &stored.keys, KeyPurpose::Edit)?,
    );
    let (Some(licence_key), Some(edit_key)) = keys else {
        return Ok(None);
    };
    let opened = recognise::open(licence, &known)?;
    let template = match &opened.policy.terms {
        Terms::Template { id, .. } if Some(*id) == registered_with => parse(stored.template)?,
        Terms::Template { .. } => return Ok(None),
        Terms::AdHoc(_) => None,
    };
    let own = request.announced.addresses();
    if owner::may_differ(request, &known, &opened.policy, own) {
        return Ok(None);
    }
    // Of a file that is registered already, its administrator has a say only about those outside.
    if known.tenant.managed && request.caller().actor.tenant != known.tenant.id {
        let controls = store
            .glance_with("licence facts", Arc::clone(request), |request, tx| {
                Box::pin(async move { tx.controls(&request.permit).await })
            })
            .await?;
        check_receiving(
            request,
            &known.tenant,
            &controls.unwrap_or_default(),
            &opened,
            own,
        )?;
    }
    let groups = match groups_in_question(&opened, template.as_ref(), &known.tenant, own) {
        named if named.is_empty() => Vec::new(),
        named => {
            let mut groups: Vec<Address> = store
                .glance_with("licence facts", Arc::clone(request), |request, tx| {
                    Box::pin(groups_of(request, tx))
                })
                .await?;
            groups.retain(|group| named.contains(group));
            groups
        }
    };
    let stored_keys = (licence_key, edit_key);
    let first_use = stored.first_use;
    let subject = (own.to_vec(), groups);
    assemble(request, known, opened, template, subject, first_use, stored_keys).map(Some)
}

async fn read(request: &Request, tx: &mut dyn UnitOfWork) -> Result<Facts, IssueLicenceError> {
    let Request {
        state,
        licence,
        permit,
        now,
        ..
    } = request;
    let known = recognise::look_up(state, tx, permit, licence, *now).await?;
    let opened = recognise::open(licence, &known)?;
    let template = match &opened.policy.terms {
        Terms::Template { id, .. } => parse(tx.template(permit, *id).await?.map(|row| row.version))?,
        Terms::AdHoc(_) => None,
    };
    let own = request.announced.addresses();
    check_controls(request, tx, &known, &opened, own).await?;
    let (content, account) = (licence.licence().content_id(), request.caller().actor.account);
    let first_use = tx.first_use(permit, content, account).await?;
    let keys = tx.signing_keys(permit).await?;
    let groups = match groups_in_question(&opened, template.as_ref(), &known.tenant, own) {
        named if named.is_empty() => Vec::new(),
        named => {
            let mut groups = groups_of(request, tx).await?;
            groups.retain(|group| named.contains(group));
            groups
        }
    };
    let keys = (
        signing_key(request, tx, &keys, KeyPurpose::Licence).await?,
        signing_key(request, tx, &keys, KeyPurpose::Edit).await?,
    );
    let addresses = owner::addresses_for(request, tx, &known, &opened.policy, own.to_vec()).await?;
    let subject = (addresses, groups);
    assemble(request, known, opened, template, subject, first_use, keys)
}

fn assemble(
    request: &Request,
    known: Known,
    opened: Opened,
    template: Option<TemplateVersion>,
    (addresses, groups): (Vec<Address>, Vec<Address>),
    first_use: Option<Micros>,
    (licence_key, edit_key): (SigningKey, SigningKey),
) -> Result<Facts, IssueLicenceError> {
    let (device, decryption_key) = request.announced.device().ok_or(Denied::DeviceNeeded)?;
    let (actor, own) = (&request.caller().actor, request.announced.addresses());
    Ok(Facts {
        user: request.announced.addresses().first().cloned(),
        subject: Subject {
            account: actor.account,
            tenant: actor.tenant,
            is_member: actor.role != Role::Guest,
            verified_domains: own.iter().map(Address::domain).collect(),
            addresses,
            groups,
        },
        known,
        opened,
        template,
        device,
        decryption_key: decryption_key.to_vec(),
        first_use: first_use.map(Micros::timestamp),
        licence_key,
        edit_key,
    })
}

/// What the administrator of the file's tenant has set: people of some domains never receive, and nobody registers by
/// asking for a licence what its publisher may not protect. A publisher whose clock stands still is bounded by his
/// certificate, which is not renewed.
async fn check_controls(
    request: &Request,
    tx: &mut dyn UnitOfWork,
    known: &Known,
    opened: &Opened,
    own: &[Address],
) -> Result<(), IssueLicenceError> {
    let tenant = &known.tenant;
    let Some(controls) = controls::of(tx, &request.permit, tenant).await? else {
        return Ok(());
    };
    check_receiving(request, tenant, &controls, opened, own)?;
    let publishing = request.licence.licence();
    if known.content.is_some() || Micros::from(publishing.issued_at()) < controls.changed_at {
        return Ok(());
    }
    let template = match &opened.policy.terms {
        Terms::Template { id, .. } => Some(*id),
        Terms::AdHoc(_) => None,
    };
    let publisher = request.licence.publisher().subject;
    match controls::protecting(tx, tenant, publisher).await? {
        Some((protecting, _)) => Ok(protecting
            .check(template)
            .map_err(|rule| refused(rule, tenant, &controls, opened))?),
        None => Ok(()),
    }
}

/// People of some domains never receive.
fn check_receiving(
    request: &Request,
    tenant: &Tenant,
    controls: &Controls,
    opened: &Opened,
    own: &[Address],
) -> Result<(), LicenceRefusal> {
    if request.caller().actor.tenant == tenant.id {
        return Ok(());
    }
    let domains: Vec<_> = own.iter().map(Address::domain).collect();
    match controls::never_receives(controls, domains.iter()) {
        Some(domain) => Err(refused(ControlRule::Receiving(domain), tenant, controls, opened)),
        None => Ok(()),
    }
}

fn refused(rule: ControlRule, tenant: &Tenant, controls: &Controls, opened: &Opened) -> LicenceRefusal {
    let controlled = Controlled::by(rule, tenant, controls);
    LicenceRefusal::controlled(controlled, opened.policy.owner.clone())
}

fn parse(version: Option<TemplateVersionRow>) -> Result<Option<TemplateVersion>, Failure> {
    version
        .map(|version| TemplateVersion::parse(&version.encoded))
        .transpose()
        .map_err(|_| Failure::Missing("template version"))
}

/// The addresses that the policy's grants name and that may be those of groups of the file's tenant: not the caller's own,
/// and none where there is no group.
fn groups_in_question(
    opened: &Opened,
    template: Option<&TemplateVersion>,
    tenant: &Tenant,
    own: &[Address],
) -> BTreeSet<Address> {
    let grants = match &opened.policy.terms {
        Terms::AdHoc(grants) => Some(grants),
        Terms::Template { .. } => template.map(|template| &template.grants),
    };
    let Some(grants) = grants.filter(|_| tenant.groups > 0) else {
        return BTreeSet::new();
    };
    grants
        .iter()
        .filter_map(|grant| match &grant.principal {
            Principal::Account(address) | Principal::Group(address) => Some(address),
            _ => None,
        })
        .filter(|address| !own.contains(address))
        .cloned()
        .collect()
}

/// The groups of the file's tenant that the caller belongs to.
async fn groups_of(request: &Request, tx: &mut dyn UnitOfWork) -> Result<Vec<Address>, StoreError> {
    let actor = &request.caller().actor;
    tx.groups_of(&request.permit, actor.tenant, actor.account).await
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
    let now = groups_of(request, tx).await?;
    let still = |group: &&Address| now.contains(group);
    let groups: Vec<Address> = before.groups.iter().filter(still).cloned().collect();
    Ok((groups.len() < before.groups.len()).then(|| Subject {
        groups,
        ..before.clone()
    }))
}

/// The tenant's key for a purpose, if it is loaded. Which one is in use is read each time; the key itself is loaded once.
fn loaded_key(
    request: &Request,
    keys: &[tenant_key::SigningKey],
    purpose: KeyPurpose,
) -> Result<Option<SigningKey>, Failure> {
    let (ring, tenant) = (request.state.keys(), request.permit.tenant());
    let key = in_use(keys, purpose)?;
    match ring.known_signer(tenant, key.kid) {
        Some(signer) => with_certificate(request, key, signer).map(Some),
        None => Ok(None),
    }
}

/// As [`loaded_key`], and loads it.
async fn signing_key(
    request: &Request,
    tx: &mut dyn UnitOfWork,
    keys: &[tenant_key::SigningKey],
    purpose: KeyPurpose,
) -> Result<SigningKey, Failure> {
    if let Some(loaded) = loaded_key(request, keys, purpose)? {
        return Ok(loaded);
    }
    let key = in_use(keys, purpose)?;
    let row = tx.tenant_key(&request.permit, key.kid).await?.ok_or(MISSING)?;
    let signer = request.state.keys().signer(request.permit.tenant(), &row)?;
    with_certificate(request, key, signer)
}

const MISSING: Failure = Failure::Missing("signing key");

fn in_use(keys: &[tenant_key::SigningKey], purpose: KeyPurpose) -> Result<&tenant_key::SigningKey, Failure> {
    keys.iter().find(|key| key.purpose == purpose).ok_or(MISSING)
}

fn with_certificate(
    request: &Request,
    key: &tenant_key::SigningKey,
    signer: Arc<SoftwareSigner>,
) -> Result<SigningKey, Failure> {
    let certificate = key
        .certificate
        .as_deref()
        .ok_or(Failure::Missing("tenant certificate"))?;
    Ok(SigningKey {
        signer,
        certificate: request.state.keys().certificate(certificate)?,
    })
}
