use clausa_core::id::AccountId;
use clausa_store::Store;
use clausa_store::permit::Action;
use clausa_store::record::account::{AccountState, Role};
use clausa_store::record::hash::OwnerMac;
use clausa_store::record::micros::Micros;
use clausa_store::record::succession::{Retirement, Succession};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

const OWNER: OwnerMac = OwnerMac::from_bytes([7; 32]);

pub(super) fn retirement(account: AccountId, successor: Option<AccountId>, at: Micros) -> Retirement {
    Retirement {
        account,
        owners: vec![OWNER],
        successor,
        at,
    }
}

async fn retire(store: &Store, person: &Person, successor: Option<AccountId>, at: Micros) -> bool {
    let (own, retirement) = (system(person.tenant()), retirement(person.id(), successor, at));
    commit!(store, [own, retirement], |tx| tx
        .retire_owner(own, retirement)
        .await?)
}

/// Whose a file is that was published then, for whoever asks for a licence.
async fn whose(store: &Store, asking: &Person, at: Micros) -> Option<Succession> {
    let permit = asking.on(Action::RequestLicence, asking.tenant(), asking.content().id);
    let tenant = asking.tenant();
    look!(store, [permit, tenant, at], |tx| tx
        .succession(permit, *tenant, &OWNER, *at)
        .await?)
}

pub async fn an_owner_is_followed_by_time_and_by_hand(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let tenant = janet.tenant();
    let sam = Person::stored(store, tenant, "sam@contoso.example").await;
    let kim = Person::stored(store, tenant, "kim@contoso.example").await;
    let count = async || {
        look!(store, [tenant], |tx| tx.find_tenant(*tenant).await?)
            .unwrap()
            .successions
    };
    assert_eq!((whose(store, &sam, NOW).await, count().await), (None, 0));
    let of = |account: &Person, successor: Option<&Person>| {
        Some(Succession {
            account: account.id(),
            successor: successor.map(Person::id),
        })
    };
    let (second, third) = (NOW.plus_seconds(10), NOW.plus_seconds(20));
    assert!(retire(store, &janet, Some(sam.id()), NOW).await);
    assert!(!retire(store, &janet, None, second).await, "once");
    // Another account had the address afterwards.
    assert!(retire(store, &kim, None, second).await);
    assert_eq!(whose(store, &sam, NOW).await, of(&janet, Some(&sam)));
    assert_eq!(whose(store, &sam, NOW.plus_seconds(1)).await, of(&kim, None));
    assert_eq!(whose(store, &sam, second).await, of(&kim, None));
    assert_eq!(whose(store, &sam, third).await, None);
    assert_eq!(count().await, 2);
    // Her file is his.
    let content = janet.publish(store).await.id;
    let owner = async || {
        look!(store, [tenant, content], |tx| tx
            .content_owner(*tenant, *content)
            .await?)
    };
    assert_eq!(owner().await, Some(Some(sam.id())));
    // What came to him goes on.
    let lee = Person::stored(store, tenant, "lee@contoso.example").await;
    let (own, his) = (system(tenant), sam.id());
    let on = Retirement {
        owners: vec![OwnerMac::from_bytes([8; 32])],
        ..retirement(his, Some(lee.id()), third)
    };
    assert!(commit!(store, [own, on], |tx| tx.retire_owner(own, on).await?));
    assert_eq!(whose(store, &lee, NOW).await, of(&janet, Some(&lee)));
    assert_eq!(owner().await, Some(Some(lee.id())));
}

pub async fn closing_ends_what_an_account_could_do(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (own, id) = (system(janet.tenant()), janet.id());
    let (session, _) = super::sessions::signed_in(store, &janet).await;
    let addresses = vec![janet.address.clone()];
    let members = async || look!(store, [own], |tx| tx.count_accounts(own, Role::Member).await?);
    assert_eq!(members().await, 1);
    let close = async || {
        commit!(store, [own, id, addresses], |tx| tx
            .close_account(own, *id, addresses, NOW)
            .await?)
    };
    assert!(close().await && !close().await);
    assert_eq!(members().await, 0);
    let (account, held, device, sessions) = look!(store, [own, id, janet], |tx| (
        tx.account(own, *id).await?,
        tx.account_by_address(&janet.address).await?,
        tx.device(own, *id, janet.device.thumbprint).await?,
        tx.open_sessions(own, *id, NOW).await?
    ));
    assert_eq!(account.unwrap().state, AccountState::Closed);
    assert!(held.is_none() && device.is_none() && sessions.is_empty());
    drop(session);
}
