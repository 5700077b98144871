use clausa_core::id::{AccountId, ContentId, TenantId};
use clausa_store::record::challenge::{Challenge, ChallengePurpose};
use clausa_store::record::hash::VerifierHash;
use clausa_store::record::ident::SignupId;
use clausa_store::record::signup::{Signup, SignupMade, SignupStep};

use super::Fixture;
use super::challenges::new_challenge;
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

pub async fn a_sign_up_is_handed_over_while_it_waits_for_its_code(fixture: impl Fixture) {
    let store = fixture.store();
    let (signup, other) = (new_signup(), new_signup());
    let (id, old) = (signup.id, signup.verifier);
    let code = Challenge {
        signup: Some(id),
        purpose: ChallengePurpose::Signup,
        verifier: old,
        ..new_challenge()
    };
    commit!(store, [signup, other, code], |tx| {
        tx.create_signup(signup).await?;
        tx.create_signup(other).await?;
        tx.create_challenge(code).await?
    });
    let takers: Vec<_> = (0..10).map(|_| VerifierHash::from_bytes(random())).collect();
    let handed = at_once(10, |index| {
        let (store, new) = (store.clone(), takers[index]);
        async move {
            commit!(store, [id, old, new], |tx| tx
                .hand_over_signup(*id, old, new)
                .await?)
        }
    })
    .await;
    assert_eq!(handed.iter().filter(|handed| **handed).count(), 1, "of many one");
    let new = takers[handed.iter().position(|handed| *handed).unwrap()];
    let found = look!(store, [id], |tx| tx.signup(*id, NOW).await?).unwrap();
    assert_eq!(
        found,
        Signup {
            verifier: new,
            ..signup
        }
    );
    let found = look!(store, [id], |tx| tx.challenge_of_signup(*id).await?).unwrap();
    assert_eq!(
        found,
        Challenge {
            verifier: new,
            ..code
        },
        "the code goes along as it is"
    );
    let untouched = other.id;
    let found = look!(store, [untouched], |tx| tx.signup(*untouched, NOW).await?);
    assert_eq!(found, Some(other));
    assert!(commit!(store, [id], |tx| tx.prove_signup(*id).await?));
    assert!(
        !commit!(store, [id, old, new], |tx| tx
            .hand_over_signup(*id, new, old)
            .await?),
        "a proven address stays where it was proven"
    );
}
