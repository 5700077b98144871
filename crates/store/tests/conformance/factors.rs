use clausa_store::permit::Action;
use clausa_store::record::factor::{FactorKind, FurtherFactor, PendingSignIn};
use clausa_store::record::hash::{RecoveryCodeMac, TicketHash};
use clausa_store::record::ident::FactorId;
use clausa_store::record::proof::{Factor, Factors, Proof};
use clausa_store::record::secret::Secret;

use super::Fixture;
use super::world::*;
use crate::{commit, look};

/// An authenticator or passkey of somebody, confirmed.
pub fn factor(person: &Person, kind: FactorKind) -> FurtherFactor {
    FurtherFactor {
        id: FactorId::from_bytes(random()),
        account: person.id(),
        kind,
        name: "phone".to_owned(),
        secret: Secret::new(vec![7; 20]),
        counter: 5,
        created_at: NOW,
        confirmed_at: Some(NOW),
        last_used_at: None,
    }
}

pub async fn a_factor_is_added_used_and_removed(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (change, show) = (janet.own(Action::ChangeFactors), janet.own(Action::StepUp));
    let begun = FurtherFactor {
        confirmed_at: None,
        counter: 0,
        ..factor(&janet, FactorKind::Totp)
    };
    let (account, id) = (janet.id(), begun.id);
    commit!(store, [change, begun], |tx| tx.add_factor(change, begun).await?);
    let found = look!(store, [show, account], |tx| tx.factors(show, *account).await?);
    assert_eq!((found.len(), found[0].id, found[0].counter), (1, id, 0));
    assert_eq!(found[0].secret.expose(), begun.secret.expose());
    let uses = async |counter: u64| {
        commit!(store, [show, account, id, counter], |tx| tx
            .use_factor(show, *account, *id, *counter, NOW)
            .await?)
    };
    assert!(!uses(7).await, "not confirmed yet");
    for expected in [true, false] {
        let confirmed = commit!(store, [change, account, id], |tx| tx
            .confirm_factor(change, *account, *id, 7, NOW)
            .await?);
        assert_eq!(confirmed, expected);
    }
    assert!(!uses(7).await && !uses(6).await, "used before");
    assert!(uses(9).await && !uses(8).await && !uses(0).await);
    let found = look!(store, [show, account], |tx| tx.factors(show, *account).await?);
    assert_eq!((found[0].counter, found[0].last_used_at), (9, Some(NOW)));

    // A passkey that does not count stays at nothing.
    let passkey = FurtherFactor {
        counter: 0,
        ..factor(&janet, FactorKind::Passkey)
    };
    commit!(store, [change, passkey], |tx| tx
        .add_factor(change, passkey)
        .await?);
    let id = passkey.id;
    for _ in 0..2 {
        assert!(commit!(store, [show, account, id], |tx| tx
            .use_factor(show, *account, *id, 0, NOW)
            .await?));
    }
    for expected in [true, false] {
        let removed = commit!(store, [change, account, id], |tx| tx
            .remove_factor(change, *account, *id)
            .await?);
        assert_eq!(removed, expected);
    }
}

pub async fn of_many_uses_of_one_code_one_wins(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (change, factor) = (janet.own(Action::ChangeFactors), factor(&janet, FactorKind::Totp));
    commit!(store, [change, factor], |tx| tx
        .add_factor(change, factor)
        .await?);
    let answers = at_once(20, |_| {
        let (store, show, account, id) = (store.clone(), janet.own(Action::StepUp), janet.id(), factor.id);
        async move {
            commit!(store, [show, account, id], |tx| tx
                .use_factor(show, *account, *id, 6, NOW)
                .await?)
        }
    })
    .await;
    assert_eq!(answers.into_iter().filter(|won| *won).count(), 1);
}

pub async fn a_recovery_code_works_once(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (change, show, account) = (
        janet.own(Action::ChangeFactors),
        janet.own(Action::StepUp),
        janet.id(),
    );
    let codes: [RecoveryCodeMac; 3] = std::array::from_fn(|_| RecoveryCodeMac::from_bytes(random()));
    commit!(store, [change, account, codes], |tx| tx
        .put_recovery_codes(change, *account, codes)
        .await?);
    let uses = async |code: RecoveryCodeMac| {
        commit!(store, [show, account, code], |tx| tx
            .use_recovery_code(show, *account, code)
            .await?)
    };
    assert!(uses(codes[0]).await && !uses(codes[0]).await);
    assert!(!uses(RecoveryCodeMac::from_bytes(random())).await);
    let left = async || {
        look!(store, [show, account], |tx| tx
            .count_recovery_codes(show, *account)
            .await?)
    };
    assert_eq!(left().await, 2);
    commit!(store, [change, account], |tx| tx
        .put_recovery_codes(change, *account, &[])
        .await?);
    assert_eq!(left().await, 0);
    assert!(!uses(codes[1]).await);
}

pub async fn a_waiting_sign_in_has_five_tries(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let pending = PendingSignIn {
        ticket: TicketHash::from_bytes(random()),
        tenant: janet.tenant(),
        account: janet.id(),
        address: janet.address.clone(),
        holder: [3; 32],
        proof: Proof {
            at: NOW,
            by: Factors::of(Factor::Password),
        },
        tries_left: 5,
        created_at: NOW,
        expires_at: NOW.plus_seconds(300),
    };
    commit!(store, [pending], |tx| tx.create_pending_sign_in(pending).await?);
    let ticket = pending.ticket;
    let tries = async |holder: [u8; 32], seconds: u64| {
        let now = NOW.plus_seconds(seconds);
        commit!(store, [ticket, holder, now], |tx| tx
            .try_pending_sign_in(ticket, holder, *now)
            .await?)
    };
    assert_eq!(tries([4; 32], 0).await, None, "somebody else's costs no try");
    assert_eq!(tries([3; 32], 300).await, None, "too late");
    for left in [4, 3, 2, 1, 0] {
        let found = tries([3; 32], 299).await.unwrap();
        let expected = PendingSignIn {
            tries_left: left,
            ..pending.clone()
        };
        assert_eq!(found, expected);
    }
    assert_eq!(tries([3; 32], 0).await, None, "out of tries");
    for expected in [true, false] {
        let ended = commit!(store, [ticket], |tx| tx.end_pending_sign_in(ticket).await?);
        assert_eq!(ended, expected);
    }
    commit!(store, [pending], |tx| tx.create_pending_sign_in(pending).await?);
    let late = NOW.plus_seconds(301);
    assert_eq!(
        commit!(store, [late], |tx| tx.purge_pending_sign_ins(*late, 10).await?),
        1
    );
}
