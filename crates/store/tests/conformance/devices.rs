use clausa_core::id::Serial;
use clausa_store::permit::Action;
use clausa_store::record::certificate::Certificate;
use clausa_store::record::device::{Device, Enrolment, Keystore};
use clausa_store::record::hash::{AccessTokenHash, RefreshTokenHash};
use clausa_store::record::ident::SessionId;
use clausa_store::record::micros::Micros;
use clausa_store::record::proof::Proof;
use clausa_store::record::session::{Session, TokenPair};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

fn certificate(person: &Person) -> Certificate {
    Certificate {
        serial: Serial::from_bytes(random()),
        account: person.id(),
        device: person.device.thumbprint,
        bytes: vec![7; 300],
        issued_at: NOW,
        expires_at: NOW.plus_seconds(86_400),
        revoked_at: None,
    }
}

pub async fn a_device_is_enrolled_renewed_and_removed(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (id, thumbprint) = (janet.id(), janet.device.thumbprint);
    let (enrol, list, remove) = (
        janet.own(Action::EnrolDevice),
        janet.own(Action::ListDevices),
        janet.own(Action::RemoveDevice),
    );
    assert_eq!(
        look!(store, [list, id], |tx| tx.devices(list, *id).await?),
        std::slice::from_ref(&janet.device)
    );

    let later = NOW.plus_seconds(3600);
    let renewed = Device {
        name: "renamed".to_owned(),
        keystore: Keystore::OsKeyring,
        enrolled_at: later,
        last_seen_at: later,
        ..janet.device.clone()
    };
    assert_eq!(
        commit!(store, [enrol, renewed], |tx| tx
            .enrol_device(enrol, renewed)
            .await?),
        Enrolment::Renewed
    );
    let stored = look!(store, [list, id, thumbprint], |tx| tx
        .device(list, *id, *thumbprint)
        .await?);
    assert_eq!(
        stored,
        Some(Device {
            enrolled_at: NOW,
            ..renewed.clone()
        }),
        "enrolled when it first was"
    );
    let actor = janet.actor;
    assert_eq!(look!(store, [actor], |tx| tx.caller_device(actor).await?), stored);

    let seen = later.plus_seconds(3600);
    assert!(commit!(store, [list, id, thumbprint, seen], |tx| tx
        .touch_device(list, *id, *thumbprint, *seen)
        .await?));
    let touched = look!(store, [list, id, thumbprint], |tx| tx
        .device(list, *id, *thumbprint)
        .await?);
    assert_eq!(touched.unwrap().last_seen_at, seen);

    assert!(commit!(store, [remove, id, thumbprint], |tx| tx
        .remove_device(remove, *id, *thumbprint, NOW)
        .await?));
    assert!(!commit!(store, [remove, id, thumbprint], |tx| tx
        .remove_device(remove, *id, *thumbprint, NOW)
        .await?));
    assert!(look!(store, [list, id], |tx| tx.devices(list, *id).await?).is_empty());
    assert_eq!(look!(store, [actor], |tx| tx.caller_device(actor).await?), None);
    assert_eq!(
        commit!(store, [enrol, renewed], |tx| tx
            .enrol_device(enrol, renewed)
            .await?),
        Enrolment::Returned
    );
    assert!(look!(store, [actor], |tx| tx.caller_device(actor).await?).is_some());
}

pub async fn removing_a_device_ends_what_it_could_do(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (id, thumbprint) = (janet.id(), janet.device.thumbprint);
    let session = Session {
        id: SessionId::from_bytes(random()),
        account: id,
        tenant: janet.tenant(),
        key: thumbprint,
        created_at: NOW,
        ended_at: None,
        proof: Proof::default(),
        client: None,
    };
    let tokens = TokenPair {
        access: AccessTokenHash::from_bytes(random()),
        access_expires_at: NOW.plus_seconds(60),
        refresh: RefreshTokenHash::from_bytes(random()),
        refresh_expires_at: NOW.plus_seconds(60),
    };
    let (enrol, remove) = (janet.own(Action::EnrolDevice), janet.own(Action::RemoveDevice));
    let certificate = certificate(&janet);
    commit!(store, [session, tokens, enrol, certificate], |tx| {
        tx.start_session(session, tokens).await?;
        tx.add_certificate(enrol, certificate).await?
    });
    commit!(store, [remove, id, thumbprint], |tx| tx
        .remove_device(remove, *id, *thumbprint, NOW)
        .await?);
    let access = tokens.access;
    assert_eq!(look!(store, [access], |tx| tx.caller(access, NOW).await?), None);
    let serial = certificate.serial;
    let revoked = look!(store, [enrol, serial], |tx| tx
        .certificate(enrol, *serial)
        .await?)
    .unwrap();
    assert_eq!(revoked.revoked_at, Some(NOW));
}

/// SEC-45: the authority can tell a revoked certificate.
pub async fn certificates_are_found_until_revoked(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (id, device, enrol) = (
        janet.id(),
        janet.device.thumbprint,
        janet.own(Action::EnrolDevice),
    );
    let old = certificate(&janet);
    let new = Certificate {
        issued_at: NOW.plus_seconds(1),
        ..certificate(&janet)
    };
    for certificate in [old.clone(), new.clone()] {
        assert!(commit!(store, [enrol, certificate], |tx| tx
            .add_certificate(enrol, certificate)
            .await?));
        assert!(!commit!(store, [enrol, certificate], |tx| tx
            .add_certificate(enrol, certificate)
            .await?));
    }
    let current = async |now: Micros| {
        look!(store, [enrol, id, device, now], |tx| tx
            .current_certificate(enrol, *id, *device, *now)
            .await?)
    };
    assert_eq!(current(NOW).await, Some(new.clone()));
    assert_eq!(current(new.expires_at).await, None);
    let at = NOW.plus_seconds(5);
    let revoked = commit!(store, [enrol, id, device, at], |tx| tx
        .revoke_certificates(enrol, *id, *device, *at)
        .await?);
    assert_eq!(revoked, 2);
    assert_eq!(current(NOW).await, None);
    let serial = old.serial;
    let permit = janet.in_tenant(Action::PublishContent);
    let found = look!(store, [permit, serial], |tx| tx
        .certificate(permit, *serial)
        .await?);
    assert_eq!(
        found,
        Some(Certificate {
            revoked_at: Some(at),
            ..old
        })
    );
}
