use clausa_core::id::{AccountId, ContentId, TenantId};
use clausa_store::record::hash::VerifierHash;
use clausa_store::record::ident::SignupId;
use clausa_store::record::signup::{Signup, SignupMade, SignupStep};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

pub fn new_signup() -> Signup {
    Signup {
        id: SignupId::from_bytes(random()),
        address: "janet@contoso.example".parse().unwrap(),
        verifier: VerifierHash::from_bytes(random()),
        step: SignupStep::MailProof,
        waiting: Some(ContentId::from_bytes(random())),
        made: None,
        redeemed: false,
        created_at: NOW,
        expires_at: NOW.plus_seconds(3600),
    }
}

fn made() -> SignupMade {
    SignupMade {
        account: AccountId::from_bytes(random()),
        tenant: TenantId::from_bytes(random()),
        tenant_is_new: true,
    }
}

pub async fn a_sign_up_goes_from_step_to_step(fixture: impl Fixture) {
    let store = fixture.store();
    let signup = new_signup();
    let (id, made) = (signup.id, made());
    commit!(store, [signup], |tx| tx.create_signup(signup).await?);
    assert_eq!(
        look!(store, [id], |tx| tx.signup(*id, NOW).await?),
        Some(signup.clone())
    );
    assert!(
        !commit!(store, [id, made], |tx| tx.finish_signup(*id, made).await?),
        "unproven"
    );
    assert!(commit!(store, [id], |tx| tx.prove_signup(*id).await?));
    assert!(!commit!(store, [id], |tx| tx.prove_signup(*id).await?), "once");
    assert!(
        !commit!(store, [id], |tx| tx.redeem_signup(*id, NOW).await?),
        "nobody to sign in"
    );
    let finished = at_once(10, |_| {
        let store = store.clone();
        async move { commit!(store, [id, made], |tx| tx.finish_signup(*id, made).await?) }
    })
    .await;
    assert_eq!(finished.iter().filter(|finished| **finished).count(), 1);
    let done = Signup {
        step: SignupStep::Done,
        made: Some(made),
        ..signup
    };
    assert_eq!(look!(store, [id], |tx| tx.signup(*id, NOW).await?), Some(done));
}

pub async fn a_finished_sign_up_signs_in_once(fixture: impl Fixture) {
    let store = fixture.store();
    let signup = new_signup();
    let (id, made, late) = (signup.id, made(), signup.expires_at);
    commit!(store, [signup, made], |tx| {
        tx.create_signup(signup).await?;
        tx.prove_signup(signup.id).await?;
        tx.finish_signup(signup.id, made).await?
    });
    assert!(
        !commit!(store, [id, late], |tx| tx.redeem_signup(*id, *late).await?),
        "too late"
    );
    let redeemed = at_once(10, |_| {
        let store = store.clone();
        async move { commit!(store, [id], |tx| tx.redeem_signup(*id, NOW).await?) }
    })
    .await;
    assert_eq!(redeemed.iter().filter(|redeemed| **redeemed).count(), 1);
    assert!(
        look!(store, [id], |tx| tx.signup(*id, NOW).await?)
            .unwrap()
            .redeemed
    );
}

pub async fn expired_sign_ups_are_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    let signup = new_signup();
    let (id, late) = (signup.id, signup.expires_at.plus_seconds(1));
    commit!(store, [signup], |tx| tx.create_signup(signup).await?);
    assert_eq!(
        look!(store, [id, late], |tx| tx.signup(*id, *late).await?),
        None,
        "cannot be resumed"
    );
    assert_eq!(commit!(store, [], |tx| tx.purge_signups(NOW, 10).await?), 0);
    assert_eq!(commit!(store, [late], |tx| tx.purge_signups(*late, 10).await?), 1);
    assert_eq!(look!(store, [id], |tx| tx.signup(*id, NOW).await?), None);
}
