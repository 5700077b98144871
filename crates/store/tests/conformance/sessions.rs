use clausa_core::address::Address;
use clausa_core::id::{DeviceThumbprint, TenantId};
use clausa_store::Store;
use clausa_store::record::account::AccountState;
use clausa_store::record::code::{AuthorisationCode, CodeRedemption};
use clausa_store::record::hash::{AccessTokenHash, AuthorisationCodeHash, CookieHash, RefreshTokenHash};
use clausa_store::record::ident::SessionId;
use clausa_store::record::micros::Micros;
use clausa_store::record::proof::{Factor, Factors, Proof};
use clausa_store::record::secret::Secret;
use clausa_store::record::session::{BrowserSession, Caller, Rotation, Session, TokenPair};

use clausa_store::permit::Action;
use clausa_store::record::challenge::{Challenge, ChallengePurpose, CodeAttempt, CodeTry};
use clausa_store::record::hash::{CodeMac, VerifierHash};
use clausa_store::record::ident::ChallengeId;
use clausa_store::record::session::SessionRef;

use super::Fixture;
use super::world::*;
use crate::{commit, look};

fn shown(factor: Factor) -> Proof {
    Proof {
        at: NOW,
        by: Factors::of(factor),
    }
}

fn tokens() -> TokenPair {
    TokenPair {
        access: AccessTokenHash::from_bytes(random()),
        access_expires_at: NOW.plus_seconds(600),
        refresh: RefreshTokenHash::from_bytes(random()),
        refresh_expires_at: NOW.plus_seconds(86_400),
    }
}

pub(super) async fn signed_in(store: &Store, person: &Person) -> (Session, TokenPair) {
    let session = Session {
        id: SessionId::from_bytes(random()),
        account: person.id(),
        tenant: person.tenant(),
        key: person.device.thumbprint,
        created_at: NOW,
        ended_at: None,
        proof: shown(Factor::Password),
        client: Some("clausa/0.1.0 (Linux)".to_owned()),
    };
    let tokens = tokens();
    commit!(store, [session, tokens], |tx| tx
        .start_session(session, tokens)
        .await?);
    (session, tokens)
}

async fn caller(store: &Store, tokens: &TokenPair, now: Micros) -> Option<Caller> {
    let access = tokens.access;
    let found = look!(store, [access, now], |tx| tx.caller(access, *now).await?);
    if let Some(found) = &found {
        let (own, other) = (found.tenant, TenantId::from_bytes(random()));
        let in_tenants = look!(store, [own, other, access, now], |tx| [
            tx.caller_of(*own, access, *now).await?,
            tx.caller_of(*other, access, *now).await?
        ]);
        assert_eq!(in_tenants, [Some(found.clone()), None]);
    }
    found
}

async fn rotate(
    store: &Store,
    old: &TokenPair,
    key: DeviceThumbprint,
    new: &TokenPair,
    now: Micros,
) -> Rotation {
    let (refresh, new) = (old.refresh, *new);
    commit!(store, [refresh, key, new, now], |tx| tx
        .rotate_tokens(refresh, key, new, *now)
        .await?)
}

pub async fn a_token_names_its_caller(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, tokens) = signed_in(store, &janet).await;
    let (own, account) = (system(janet.tenant()), janet.id());
    let second: Address = "j.lee@contoso.example".parse().unwrap();
    commit!(store, [own, account, second], |tx| tx
        .add_address(own, *account, second)
        .await?);
    let expected = Caller {
        session: session.id,
        key: session.key,
        account: janet.id(),
        tenant: janet.tenant(),
        role: janet.actor.role,
        managed: false,
        personal: false,
        needs_factor: false,
        ends_at: None,
        device: Some(janet.device.thumbprint),
        device_last_seen: Some(NOW),
        decryption_key: Some(janet.device.decryption_key.clone()),
        addresses: vec![janet.address.clone(), second],
    };
    let found = caller(store, &tokens, NOW).await.unwrap();
    assert_eq!(found, expected);
    assert_eq!(found.actor(), janet.actor);
    assert_eq!(
        caller(store, &tokens, tokens.access_expires_at).await,
        None,
        "expired"
    );
    let unknown = super::sessions::tokens();
    assert_eq!(caller(store, &unknown, NOW).await, None);

    // A key that is not an enrolled device's signs in too: that is how a device comes to be enrolled.
    let mut fresh = janet.clone();
    fresh.device.thumbprint = DeviceThumbprint::from_bytes(random());
    let (_, tokens) = signed_in(store, &fresh).await;
    let found = caller(store, &tokens, NOW).await.unwrap();
    assert_eq!((found.device, found.decryption_key), (None, None));
}

pub async fn a_refresh_token_works_once(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, first) = signed_in(store, &janet).await;
    let second = tokens();
    assert_eq!(
        rotate(store, &first, session.key, &second, NOW).await,
        Rotation::Rotated(session.clone())
    );
    assert!(caller(store, &second, NOW).await.is_some());
    let third = tokens();
    assert_eq!(
        rotate(store, &second, session.key, &third, NOW).await,
        Rotation::Rotated(session.clone())
    );
    let late = third.refresh_expires_at;
    assert_eq!(
        rotate(store, &third, session.key, &tokens(), late).await,
        Rotation::Refused,
        "expired"
    );
    assert_eq!(
        rotate(store, &tokens(), session.key, &tokens(), NOW).await,
        Rotation::Refused,
        "unknown"
    );
    let refresh = third.refresh;
    assert_eq!(
        look!(store, [refresh], |tx| tx.session_by_refresh(refresh).await?),
        Some(session.clone())
    );
    let access = third.access;
    assert_eq!(
        look!(store, [access], |tx| tx.session_by_access(access).await?),
        Some(session)
    );
}

pub async fn a_stolen_refresh_token_ends_the_session(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, first) = signed_in(store, &janet).await;
    let second = tokens();
    rotate(store, &first, session.key, &second, NOW).await;
    let ended = Session {
        ended_at: Some(NOW),
        ..session.clone()
    };
    assert_eq!(
        rotate(store, &first, session.key, &tokens(), NOW).await,
        Rotation::Reused(ended)
    );
    assert_eq!(
        caller(store, &second, NOW).await,
        None,
        "what the thief or the owner got is worth nothing now"
    );
    assert_eq!(
        rotate(store, &second, session.key, &tokens(), NOW).await,
        Rotation::Refused
    );
}

pub async fn of_many_refreshes_one_wins(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, first) = signed_in(store, &janet).await;
    let answers = at_once(20, |_| {
        let (store, key) = (store.clone(), session.key);
        async move { rotate(&store, &first, key, &tokens(), NOW).await }
    })
    .await;
    let rotated = answers
        .iter()
        .filter(|answer| matches!(answer, Rotation::Rotated(_)))
        .count();
    let reused = answers
        .iter()
        .filter(|answer| matches!(answer, Rotation::Reused(_)))
        .count();
    assert_eq!(
        (rotated, reused),
        (1, 1),
        "the first repetition ends the session, the rest find it ended"
    );
}

pub async fn a_refresh_token_needs_its_key(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, first) = signed_in(store, &janet).await;
    let other = DeviceThumbprint::from_bytes(random());
    assert_eq!(
        rotate(store, &first, other, &tokens(), NOW).await,
        Rotation::Refused
    );
    assert!(matches!(
        rotate(store, &first, session.key, &tokens(), NOW).await,
        Rotation::Rotated(_)
    ));
    assert_eq!(
        rotate(store, &first, other, &tokens(), NOW).await,
        Rotation::Refused,
        "and ends nothing"
    );
}

pub async fn ended_sessions_have_no_tokens(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, tokens_of_it) = signed_in(store, &janet).await;
    let id = session.id;
    assert!(commit!(store, [id], |tx| tx.end_session(*id, NOW).await?));
    assert!(!commit!(store, [id], |tx| tx.end_session(*id, NOW).await?));
    assert_eq!(caller(store, &tokens_of_it, NOW).await, None);
    assert_eq!(
        rotate(store, &tokens_of_it, session.key, &tokens(), NOW).await,
        Rotation::Refused
    );

    let mut phone = janet.clone();
    phone.device.thumbprint = DeviceThumbprint::from_bytes(random());
    let (_, laptop_tokens) = signed_in(store, &janet).await;
    let (_, phone_tokens) = signed_in(store, &phone).await;
    let (tenant, account) = (janet.tenant(), janet.id());
    let ended = commit!(store, [tenant, account], |tx| tx
        .end_sessions_of_account(*tenant, *account, NOW)
        .await?);
    assert_eq!(ended, 2);
    assert_eq!(caller(store, &laptop_tokens, NOW).await, None);
    assert_eq!(caller(store, &phone_tokens, NOW).await, None);
}

pub async fn a_closed_account_has_no_sessions(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, first) = signed_in(store, &janet).await;
    assert!(commit!(store, [janet], |tx| tx
        .set_account_state(&system(janet.tenant()), janet.id(), AccountState::Closed)
        .await?));
    assert_eq!(caller(store, &first, NOW).await, None);
    assert_eq!(
        rotate(store, &first, session.key, &tokens(), NOW).await,
        Rotation::Refused
    );
}

pub async fn signing_in_again_replaces_the_session(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (_, first) = signed_in(store, &janet).await;
    let (_, second) = signed_in(store, &janet).await;
    assert_eq!(caller(store, &first, NOW).await, None);
    assert!(caller(store, &second, NOW).await.is_some());
}

/// RFC 6749 §4.1.2: a code is used once, and a second use ends what the first began.
pub async fn an_authorisation_code_works_once(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let code = |expires_at| AuthorisationCode {
        hash: AuthorisationCodeHash::from_bytes(random()),
        client: "clausa-cli".to_owned(),
        redirect_uri: "http://127.0.0.1:4711/".to_owned(),
        pkce_challenge: random(),
        key: None,
        account: janet.id(),
        tenant: janet.tenant(),
        session: None,
        created_at: NOW,
        expires_at,
        proof: shown(Factor::MailCode),
    };
    let (good, late) = (code(NOW.plus_seconds(60)), code(NOW));
    commit!(store, [good, late], |tx| {
        tx.create_code(good).await?;
        tx.create_code(late).await?
    });
    let redeem =
        async |hash: AuthorisationCodeHash| commit!(store, [hash], |tx| tx.redeem_code(hash, NOW).await?);
    assert_eq!(redeem(late.hash).await, CodeRedemption::Refused);
    assert_eq!(
        redeem(AuthorisationCodeHash::from_bytes(random())).await,
        CodeRedemption::Refused
    );
    assert_eq!(redeem(good.hash).await, CodeRedemption::Redeemed(good.clone()));
    let (session, tokens) = signed_in(store, &janet).await;
    let (hash, id) = (good.hash, session.id);
    assert!(commit!(store, [hash, id], |tx| tx
        .set_code_session(hash, *id)
        .await?));
    assert!(caller(store, &tokens, NOW).await.is_some());
    let used = AuthorisationCode {
        session: Some(id),
        ..good
    };
    assert_eq!(redeem(hash).await, CodeRedemption::Reused(used));
    assert_eq!(
        caller(store, &tokens, NOW).await,
        None,
        "the session that the stolen code began is over"
    );
    let after = NOW.plus_seconds(3600);
    assert_eq!(commit!(store, [after], |tx| tx.purge_codes(*after, 10).await?), 2);
    assert_eq!(redeem(hash).await, CodeRedemption::Refused);
}

pub async fn browser_sessions_come_and_go(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let session = BrowserSession {
        cookie: CookieHash::from_bytes(random()),
        signed_in: None,
        signup: None,
        state: Some(Secret::new(b"state".to_vec())),
        created_at: NOW,
        expires_at: NOW.plus_seconds(60),
        proof: Proof::default(),
        client: None,
    };
    let cookie = session.cookie;
    let find = async |now: Micros| {
        look!(store, [cookie, now], |tx| tx
            .browser_session(cookie, *now)
            .await?)
    };
    commit!(store, [session], |tx| tx.put_browser_session(session).await?);
    assert_eq!(find(NOW).await.unwrap().state.unwrap().expose(), b"state");
    let signed_in = BrowserSession {
        signed_in: Some((janet.tenant(), janet.id())),
        state: None,
        proof: shown(Factor::Password),
        client: Some("Firefox".to_owned()),
        ..session.clone()
    };
    commit!(store, [signed_in], |tx| tx.put_browser_session(signed_in).await?);
    let found = find(NOW).await.unwrap();
    assert_eq!(found.signed_in, signed_in.signed_in);
    assert!(found.state.is_none());
    assert_eq!((found.proof, &found.client), (signed_in.proof, &signed_in.client));
    assert!(find(session.expires_at).await.is_none(), "expired");
    assert!(commit!(store, [cookie], |tx| tx
        .end_browser_session(cookie)
        .await?));
    assert!(!commit!(store, [cookie], |tx| tx
        .end_browser_session(cookie)
        .await?));
    commit!(store, [signed_in], |tx| tx.put_browser_session(signed_in).await?);
    let (tenant, account) = (janet.tenant(), janet.id());
    let ended = commit!(store, [tenant, account], |tx| tx
        .end_sessions_of_account(*tenant, *account, NOW)
        .await?);
    assert_eq!(ended, 1, "signing out everywhere includes the browser");
    assert!(find(NOW).await.is_none());
}

pub async fn old_sessions_are_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (_, first) = signed_in(store, &janet).await;
    let (session, second) = signed_in(store, &janet).await;
    let just_after = NOW.plus_seconds(1);
    commit!(store, [just_after], |tx| tx
        .purge_sessions(*just_after, 100)
        .await?);
    let refresh = first.refresh;
    assert_eq!(
        look!(store, [refresh], |tx| tx.session_by_refresh(refresh).await?),
        None,
        "ended, so forgotten"
    );
    assert!(caller(store, &second, NOW).await.is_some());
    let third = tokens();
    assert!(matches!(
        rotate(store, &second, session.key, &third, NOW).await,
        Rotation::Rotated(_)
    ));
    let long_after = NOW.plus_seconds(100_000);
    commit!(store, [long_after], |tx| tx
        .purge_sessions(*long_after, 100)
        .await?);
    let access = third.access;
    assert_eq!(
        look!(store, [access], |tx| tx.session_by_access(access).await?),
        None
    );
}

fn browser(person: &Person, created_at: Micros) -> BrowserSession {
    BrowserSession {
        cookie: CookieHash::from_bytes(random()),
        signed_in: Some((person.tenant(), person.id())),
        signup: None,
        state: None,
        created_at,
        expires_at: NOW.plus_seconds(60),
        proof: shown(Factor::Password),
        client: Some("Firefox".to_owned()),
    }
}

pub(super) async fn two_browsers(store: &Store, person: &Person) -> [CookieHash; 2] {
    let (one, two) = (browser(person, NOW), browser(person, NOW.plus_seconds(1)));
    commit!(store, [one, two], |tx| {
        tx.put_browser_session(one).await?;
        tx.put_browser_session(two).await?
    });
    [one.cookie, two.cookie]
}

pub async fn an_owner_lists_and_ends_sessions(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let bob = Person::stored(store, janet.tenant(), "bob@contoso.example").await;
    let (session, tokens) = signed_in(store, &janet).await;
    let mut fresh = janet.clone();
    fresh.device.thumbprint = DeviceThumbprint::from_bytes(random());
    let (other, _) = signed_in(store, &fresh).await;
    let (of_bob, _) = signed_in(store, &bob).await;
    let [cookie, newer] = two_browsers(store, &janet).await;
    let [of_bobs_browser, _] = two_browsers(store, &bob).await;
    let (list, end, id) = (
        janet.own(Action::ListSessions),
        janet.own(Action::EndSessions),
        janet.id(),
    );
    let open = async |now: Micros| {
        look!(store, [list, id, now], |tx| (
            tx.open_sessions(list, *id, *now).await?,
            tx.open_browser_sessions(list, *id, *now).await?,
        ))
    };
    let (clients, browsers) = open(NOW).await;
    let mut names: Vec<_> = clients
        .iter()
        .map(|open| (open.session.id, open.device_name.clone()))
        .collect();
    names.sort_by_key(|(_, name)| name.is_none());
    assert_eq!(
        names,
        [(session.id, Some(janet.device.name.clone())), (other.id, None)]
    );
    assert!(
        clients
            .iter()
            .any(|open| open.session == session && open.expires_at == tokens.refresh_expires_at)
    );
    assert_eq!(
        browsers.iter().map(|open| open.cookie).collect::<Vec<_>>(),
        [newer, cookie]
    );
    assert_eq!(browsers[0].proof, shown(Factor::Password));
    let (clients, browsers) = open(tokens.refresh_expires_at).await;
    assert!(clients.is_empty() && browsers.is_empty(), "they have run out");

    let (session, of_bob) = (session.id, of_bob.id);
    let ended = commit!(store, [end, id, session, of_bob, cookie, of_bobs_browser], |tx| [
        tx.end_own_session(end, *id, *of_bob, NOW).await?,
        tx.end_own_browser_session(end, *id, of_bobs_browser).await?,
        tx.end_own_session(end, *id, *session, NOW).await?,
        tx.end_own_session(end, *id, *session, NOW).await?,
        tx.end_own_browser_session(end, *id, cookie).await?,
        tx.end_own_browser_session(end, *id, cookie).await?,
    ]);
    assert_eq!(ended, [false, false, true, false, true, false]);
    let (clients, browsers) = open(NOW).await;
    assert_eq!((clients.len(), browsers.len()), (1, 1));
    assert_eq!(caller(store, &tokens, NOW).await, None);
}

/// SEC-75: one session stays, and nothing that could begin another one is left.
pub async fn ending_the_others_leaves_one(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let bob = Person::stored(store, janet.tenant(), "bob@contoso.example").await;
    let (_, of_bob) = signed_in(store, &bob).await;
    let permit = janet.own(Action::EndSessions);
    for stays_in_browser in [false, true] {
        let (session, tokens) = signed_in(store, &janet).await;
        let [_, cookie] = two_browsers(store, &janet).await;
        two_browsers(store, &bob).await;
        let code = AuthorisationCode {
            hash: AuthorisationCodeHash::from_bytes(random()),
            client: "clausa-cli".to_owned(),
            redirect_uri: "http://127.0.0.1:4711/".to_owned(),
            pkce_challenge: random(),
            key: None,
            account: janet.id(),
            tenant: janet.tenant(),
            session: None,
            created_at: NOW,
            expires_at: NOW.plus_seconds(60),
            proof: shown(Factor::Password),
        };
        let challenge = Challenge {
            id: ChallengeId::from_bytes(random()),
            purpose: ChallengePurpose::Login,
            address: janet.address.clone(),
            verifier: VerifierHash::from_bytes([1; 32]),
            code: CodeMac::from_bytes([2; 32]),
            tries_left: 5,
            signup: None,
            created_at: NOW,
            expires_at: NOW.plus_seconds(60),
            used_at: None,
        };
        commit!(store, [code, challenge], |tx| {
            tx.create_code(code).await?;
            tx.create_challenge(challenge).await?
        });
        let id = janet.id();
        let staying = match stays_in_browser {
            true => SessionRef::Browser(cookie),
            false => SessionRef::Client(session.id),
        };
        let ended = commit!(store, [permit, id, staying], |tx| tx
            .end_other_sessions(permit, *id, *staying, NOW)
            .await?);
        // Two browsers and one client, but for the one that stays; the second round finds the first's client too.
        assert_eq!(ended, 2, "{staying:?}");
        assert_eq!(caller(store, &tokens, NOW).await.is_some(), !stays_in_browser);
        let found = look!(store, [cookie], |tx| tx.browser_session(cookie, NOW).await?);
        assert_eq!(found.is_some(), stays_in_browser);
        assert!(
            caller(store, &of_bob, NOW).await.is_some(),
            "bob is not concerned"
        );
        let hash = code.hash;
        assert_eq!(
            commit!(store, [hash], |tx| tx.redeem_code(hash, NOW).await?),
            CodeRedemption::Refused
        );
        let attempt = CodeAttempt {
            challenge: challenge.id,
            purpose: ChallengePurpose::Login,
            verifier: challenge.verifier,
            code: challenge.code,
            at: NOW,
        };
        assert_eq!(
            commit!(store, [attempt], |tx| tx.try_code(attempt).await?),
            CodeTry::Void
        );
    }
}

pub async fn a_proof_stays_with_its_session(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, _) = signed_in(store, &janet).await;
    let [cookie, _] = two_browsers(store, &janet).await;
    let again = Proof {
        at: NOW.plus_seconds(30),
        by: Factors::of(Factor::Password).and(Factor::Totp),
    };
    for place in [SessionRef::Client(session.id), SessionRef::Browser(cookie)] {
        let proof = async || look!(store, [place], |tx| tx.proof_of(place, NOW).await?);
        assert_eq!(proof().await, Some(shown(Factor::Password)));
        assert!(commit!(store, [place, again], |tx| tx
            .note_proof_of(place, *again)
            .await?));
        assert_eq!(proof().await, Some(again));
    }
    let id = session.id;
    commit!(store, [id, cookie], |tx| {
        tx.end_session(*id, NOW).await?;
        tx.end_browser_session(cookie).await?
    });
    for place in [SessionRef::Client(id), SessionRef::Browser(cookie)] {
        assert_eq!(
            look!(store, [place], |tx| tx.proof_of(place, NOW).await?),
            None,
            "it has ended"
        );
        assert!(!commit!(store, [place, again], |tx| tx
            .note_proof_of(place, *again)
            .await?));
    }
}
