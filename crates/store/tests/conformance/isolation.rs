use clausa_core::address::{Address, Domain};
use clausa_core::id::{KeyId, Serial, TemplateId};
use clausa_store::permit::{Action, Resource};
use clausa_store::record::account::{Role, RoleChange};
use clausa_store::record::certificate::Certificate;
use clausa_store::record::claim::ClaimState;
use clausa_store::record::content::{Revocation, RevocationOutcome};
use clausa_store::record::controls::Controls;
use clausa_store::record::factor::FactorKind;
use clausa_store::record::group::MemberAdded;
use clausa_store::record::hash::{OwnerMac, RecoveryCodeMac};
use clausa_store::record::ident::SessionId;
use clausa_store::record::log::LogFilter;
use clausa_store::record::secret::Secret;
use clausa_store::record::session::SessionRef;
use clausa_store::record::template::{Template, TemplateVersionRow};
use clausa_store::record::tenant::Plan;
use clausa_store::record::tenant_key::{KeyPurpose, KeySet, KeyState, TenantKey};
use clausa_store::{Permit, StoreError, authorise};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

/// SEC-92: with everything in tenant A, a permit of tenant B finds and changes nothing.
pub async fn one_tenants_permit_finds_nothing_of_another(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let stranger = stored_tenant(store).await;
    let (own, other) = (system(janet.tenant()), system(stranger));
    let key = TenantKey {
        kid: KeyId::from_bytes(random()),
        purpose: KeyPurpose::Licence,
        suite: None,
        public: vec![1],
        secret: Secret::new(vec![2]),
        certificate: None,
        state: KeyState::Active,
        created_at: NOW,
    };
    let set = KeySet {
        version: 1,
        bytes: vec![1],
        issued_at: NOW,
        expires_at: NOW,
    };
    let template = Template {
        id: TemplateId::from_bytes(random()),
        slug: "confidential".to_owned(),
        name: "Confidential".to_owned(),
        version: TemplateVersionRow {
            version: 1,
            encoded: vec![1],
            digest: random(),
            created_at: NOW,
        },
        archived_at: None,
    };
    let certificate = Certificate {
        serial: Serial::from_bytes(random()),
        account: janet.id(),
        device: janet.device.thumbprint,
        bytes: vec![1],
        issued_at: NOW,
        expires_at: NOW.plus_seconds(60),
        revoked_at: None,
    };
    let content = janet.publish(store).await.id;
    let request = janet.on(Action::RequestLicence, janet.tenant(), content);
    let licence = janet.licence(content);
    let (session, _) = super::sessions::signed_in(store, &janet).await;
    let [cookie, _] = super::sessions::two_browsers(store, &janet).await;
    let factor = super::factor(&janet, FactorKind::Totp);
    let domain: Domain = "contoso.example".parse().unwrap();
    commit!(store, [own, domain], |tx| tx
        .claim_domain(own, domain, NOW)
        .await?);
    let group: Address = "sales@contoso.example".parse().unwrap();
    let member = janet.address.clone();
    super::groups::make(store, janet.tenant(), &group).await;
    super::groups::put(store, janet.tenant(), &group, &member).await;
    let (claiming, claim) = (janet.in_tenant(Action::ClaimTenant), janet.claim(&domain));
    commit!(store, [claiming, claim], |tx| tx
        .create_claim(claiming, claim)
        .await?);
    let claim = claim.id;
    let (retired, owner) = (
        super::closing::retirement(janet.id(), None, NOW),
        OwnerMac::from_bytes([7; 32]),
    );
    commit!(store, [own, retired], |tx| tx.retire_owner(own, retired).await?);
    commit!(
        store,
        [
            factor,
            own,
            key,
            set,
            template,
            certificate,
            request,
            licence,
            janet
        ],
        |tx| {
            tx.add_factor(own, factor).await?;
            tx.put_recovery_codes(own, factor.account, &[RecoveryCodeMac::from_bytes([1; 32])])
                .await?;
            tx.add_tenant_key(own, key).await?;
            tx.put_key_set(own, set).await?;
            tx.update_tenant(own, "", Plan::Individual, true).await?;
            tx.put_controls(own, &Controls::default()).await?;
            tx.create_template(own, template).await?;
            tx.add_certificate(own, certificate).await?;
            tx.record_licence(request, licence, true, &janet.address).await?;
            tx.append_log(own, &janet.entry("SignIn")).await?;
            let grown = tx.grow_log_tree(own, 10).await?.unwrap();
            tx.put_checkpoint(own, grown.size, "checkpoint", NOW).await?
        }
    );

    /// Whether each method finds something with the permit.
    macro_rules! findings {
        ($permit:ident) => {{
            let (account, device) = (janet.id(), janet.device.thumbprint);
            let (kid, template, serial, licence) = (key.kid, template.id, certificate.serial, licence.id);
            look!(
                store,
                [
                    $permit, account, device, kid, template, serial, licence, content, group, claim, owner
                ],
                |tx| [
                    tx.account($permit, *account).await?.is_some(),
                    !tx.addresses($permit, *account).await?.is_empty(),
                    tx.device($permit, *account, *device).await?.is_some(),
                    !tx.devices($permit, *account).await?.is_empty(),
                    tx.certificate($permit, *serial).await?.is_some(),
                    tx.current_certificate($permit, *account, *device, NOW)
                        .await?
                        .is_some(),
                    !tx.tenant_keys($permit).await?.is_empty(),
                    tx.tenant_key($permit, *kid).await?.is_some(),
                    !tx.signing_keys($permit).await?.is_empty(),
                    tx.key_set($permit).await?.is_some(),
                    !tx.templates($permit).await?.is_empty(),
                    tx.template($permit, *template).await?.is_some(),
                    tx.template_version($permit, *template, 1).await?.is_some(),
                    tx.content($permit, *content).await?.is_some(),
                    tx.licence($permit, *licence).await?.is_some(),
                    tx.count_licences($permit, *content).await? > 0,
                    !tx.log(
                        $permit,
                        &LogFilter {
                            content: None,
                            after: 0,
                            limit: 10
                        }
                    )
                    .await?
                    .is_empty(),
                    !tx.factors($permit, *account).await?.is_empty(),
                    tx.count_recovery_codes($permit, *account).await? > 0,
                    !tx.open_sessions($permit, *account, NOW).await?.is_empty(),
                    !tx.open_browser_sessions($permit, *account, NOW).await?.is_empty(),
                    tx.log_tree($permit).await?.size > 0,
                    tx.log_tile($permit, 0, 0).await?.is_some(),
                    tx.group($permit, group).await?.is_some(),
                    !tx.groups($permit).await?.is_empty(),
                    !tx.members($permit, group).await?.is_empty(),
                    tx.claim($permit, *claim).await?.is_some(),
                    !tx.claims($permit, 10).await?.is_empty(),
                    !tx.member_addresses($permit).await?.is_empty(),
                    !tx.list_accounts($permit, "", "", 10).await?.is_empty(),
                    tx.controls($permit).await?.is_some(),
                    tx.count_accounts($permit, Role::Member).await? > 0,
                    !tx.accounts($permit, None, 10).await?.is_empty(),
                    tx.last_holder($permit, owner).await?.is_some(),
                    tx.succession($permit, $permit.tenant(), owner, NOW)
                        .await?
                        .is_some(),
                ]
            )
        }};
    }
    assert_eq!(findings!(own), [true; 35]);
    assert_eq!(findings!(other), [false; 35]);

    let (account, device, kid, id) = (janet.id(), janet.device.thumbprint, key.kid, template.id);
    let (session, factor) = (session.id, factor.id);
    let changed = commit!(
        store,
        [
            other, account, device, kid, id, content, session, cookie, factor, group, member, claim
        ],
        |tx| [
            tx.set_password_hash(other, *account, None).await?,
            tx.prove_claim(other, *claim, NOW, NOW).await?,
            tx.close_account(other, *account, &[], NOW).await?,
            tx.fulfil_claim(other, *claim, NOW).await?,
            tx.end_claim(other, *claim, ClaimState::Disputed, NOW).await?,
            tx.set_display_name(other, *account, None).await?,
            tx.change_role(other, *account, Role::Administrator).await? != RoleChange::Unknown,
            tx.put_controls(other, &Controls::default()).await?,
            tx.use_factor(other, *account, *factor, 9, NOW).await?,
            tx.use_recovery_code(other, *account, &RecoveryCodeMac::from_bytes([1; 32]))
                .await?,
            tx.remove_factor(other, *account, *factor).await?,
            tx.end_own_session(other, *account, *session, NOW).await?,
            tx.end_own_browser_session(other, *account, cookie).await?,
            tx.end_other_sessions(
                other,
                *account,
                SessionRef::Client(SessionId::from_bytes([0; 16])),
                NOW
            )
            .await?
                > 0,
            tx.remove_device(other, *account, *device, NOW).await?,
            tx.touch_device(other, *account, *device, NOW).await?,
            tx.revoke_certificates(other, *account, *device, NOW).await? > 0,
            tx.set_tenant_key_state(other, *kid, KeyState::Archived).await?,
            tx.archive_template(other, *id, Some(NOW)).await?,
            tx.revoke_content(
                other,
                *content,
                &Revocation {
                    at: NOW,
                    including_owner: true,
                    by: *account
                }
            )
            .await?
                != RevocationOutcome::Unknown,
            tx.remove_member(other, group, member).await?,
            tx.delete_group(other, group).await?,
            tx.add_member(other, group, member, NOW).await? != MemberAdded::NoGroup,
        ]
    );
    assert_eq!(changed, [false; 23]);
    assert_eq!(findings!(own), [true; 35]);
}

async fn scope_of<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(refused(result), StoreError::PermitScope { .. })
}

/// SEC-95: a permit for one thing does not do another.
pub async fn a_permit_covers_its_action_alone(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let content = janet.publish(store).await.id;
    let reads = janet.on(Action::ReadContent, janet.tenant(), content);
    let templates = janet.in_tenant(Action::ReadTemplates);
    let revocation = Revocation {
        at: NOW,
        including_owner: true,
        by: janet.id(),
    };
    macro_rules! attempt {
        (|$tx:ident| $body:expr) => {
            scope_of(
                store
                    .transact("test", move |$tx| {
                        Box::pin(async move { $body.await.map(|_| ()) })
                    })
                    .await,
            )
        };
    }
    assert!(attempt!(|tx| tx.revoke_content(&reads, content, &revocation)).await);
    assert!(attempt!(|tx| tx.tenant_keys(&templates)).await);
    assert!(attempt!(|tx| tx.key_set(&templates)).await);
    assert!(
        attempt!(|tx| tx.log(
            &templates,
            &LogFilter {
                content: None,
                after: 0,
                limit: 1
            }
        ))
        .await
    );
    assert!(attempt!(|tx| tx.archive_template(&templates, TemplateId::from_bytes([1; 16]), None)).await);
    assert!(attempt!(|tx| tx.note_first_use(&reads, content, janet_id(&reads), NOW)).await);
}

fn janet_id(permit: &Permit) -> clausa_core::id::AccountId {
    permit.account().unwrap()
}

/// SEC-95: a permit for one file is none for another.
pub async fn a_permit_covers_its_file_alone(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let bob = Person::stored(store, janet.tenant(), "bob@contoso.example").await;
    let (of_janet, of_bob) = (janet.publish(store).await.id, bob.publish(store).await.id);
    let permit = bob.on(Action::RevokeContent, bob.tenant(), of_bob);
    let revocation = Revocation {
        at: NOW,
        including_owner: true,
        by: bob.id(),
    };
    let result = store
        .transact("test", move |tx| {
            Box::pin(async move { tx.revoke_content(&permit, of_janet, &revocation).await })
        })
        .await;
    assert!(scope_of(result).await);
    let theirs = Resource::Content {
        tenant: janet.tenant(),
        content: of_janet,
        owner: Some(janet.id()),
    };
    assert!(authorise(&bob.actor, Action::RevokeContent, &theirs).is_err());
}

/// SEC-86, SEC-95: a permit for one's own account is none for a colleague's.
pub async fn a_permit_covers_its_account_alone(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let bob = Person::stored(store, janet.tenant(), "bob@contoso.example").await;
    let (permit, theirs, device) = (bob.own(Action::RemoveDevice), janet.id(), janet.device.thumbprint);
    let removal = store
        .transact("test", move |tx| {
            Box::pin(async move { tx.remove_device(&permit, theirs, device, NOW).await })
        })
        .await;
    assert!(scope_of(removal).await);
    let reading = store
        .read("test", move |tx| {
            Box::pin(async move { tx.account(&permit, theirs).await })
        })
        .await;
    assert!(scope_of(reading).await);
}
