//! Connections that break before the answer is there. Whoever asked tries again by himself where that does no harm.

use std::collections::HashSet;

use clausa_api::log::{LogQuery, RequestType};
use clausa_api::paths;
use clausa_client::{ErrorKind, PolicyChoice, SignupProfile};
use clausa_core::rights::Level;
use clausa_testkit::{Snap, TestAuthority, TestWire};

use crate::fake::{ADDRESS, Answer, Fake};

/// An authority whose clients reach it through a wire.
async fn at_the_end_of(wire: &TestWire) -> TestAuthority {
    let authority = TestAuthority::start_with(|config| config.server.origin = Some(wire.origin())).await;
    wire.lead_to(authority.authority().local_addr());
    authority
}

/// SEC-97: what is asked again is proven again.
#[tokio::test]
async fn only_what_may_be_repeated_is_asked_again_and_not_for_ever() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    for (broken, is_answered) in [(2, true), (3, false)] {
        authority.forget_seen();
        for _ in 0..broken {
            authority.answer(paths::ME, Answer::none());
        }
        assert_eq!(janet.client.whoami().await.unwrap().confirmed, is_answered);
        let seen = authority.seen(paths::ME);
        assert_eq!(seen.len(), 3);
        let proofs: HashSet<String> = seen.iter().map(|seen| seen.claims().jti).collect();
        assert_eq!(proofs.len(), 3, "each has a proof of its own");
    }
    authority.forget_seen();
    authority.answer(paths::TOKEN, Answer::none());
    let error = janet.client.login_with_password(ADDRESS, "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoNetwork, "{error:?}");
    assert_eq!(authority.seen(paths::TOKEN).len(), 1, "a password is a try");
}

/// A node may be killed while it is asked for another token.
#[tokio::test]
async fn a_token_is_asked_for_again() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    authority.clock.advance_seconds(7_200);
    authority.forget_seen();
    for _ in 0..2 {
        authority.answer(paths::TOKEN, Answer::none());
    }
    assert!(janet.client.whoami().await.unwrap().confirmed);
    let seen = authority.seen(paths::TOKEN);
    assert_eq!(seen.len(), 3);
    let proofs: HashSet<String> = seen.iter().map(|seen| seen.claims().jti).collect();
    assert_eq!(proofs.len(), 3, "each has a proof of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn licences_and_revocations_bear_broken_connections() {
    let wire = TestWire::open().await;
    let authority = at_the_end_of(&wire).await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up("p.dover@fabrikam.example").await;
    let policy = PolicyChoice::Level {
        level: Level::Viewer,
        recipients: vec!["p.dover@fabrikam.example".parse().unwrap()],
    };
    for (number, snap) in [Snap::Before, Snap::After(0), Snap::After(40)]
        .into_iter()
        .enumerate()
    {
        let file = janet
            .protect(&format!("plan{number}.txt"), b"on Friday", policy.clone())
            .await;
        wire.snap(paths::LICENCES, snap);
        wire.snap(paths::LICENCES, Snap::After(1));
        assert_eq!(dover.open(&file).await.unwrap().1, b"on Friday", "{snap:?}");
        wire.snap("/revocation", snap);
        let which = clausa_client::ContentReference::File(file);
        assert!(
            janet
                .client()
                .revoke(&which, true)
                .await
                .unwrap()
                .revoked_at
                .is_some()
        );
        assert_eq!(wire.left(), 0, "all of it happened");
    }
}

/// A step that was made before the connection broke is not made again, and one that was not is.
#[tokio::test(flavor = "multi_thread")]
async fn sign_ups_bear_broken_connections() {
    let wire = TestWire::open().await;
    let authority = at_the_end_of(&wire).await;
    for (number, snap) in [Snap::Before, Snap::After(0), Snap::After(40)]
        .into_iter()
        .enumerate()
    {
        let address = format!("p{number}@contoso.example");
        let person = authority.newcomer(&address).await;
        let mut flow = person.client().signup(&address, None).await.unwrap();
        let code = authority.mailed_code(&address).await;
        for path in ["/proof", "/state", "/profile", paths::DEVICES] {
            wire.snap(path, snap);
        }
        flow.submit_code(&code).await.unwrap();
        flow.complete_profile(SignupProfile::default()).await.unwrap();
        assert_eq!(wire.left(), 0, "all of it happened");
        let log = person.client().log(&LogQuery::default()).await.unwrap();
        let made = log
            .entries
            .iter()
            .filter(|entry| entry.request == RequestType::SignUp)
            .count();
        assert_eq!(made, 1);
    }
    // A wrong code is wrong, however often it is asked about.
    let person = authority.newcomer("last@contoso.example").await;
    let mut flow = person
        .client()
        .signup("last@contoso.example", None)
        .await
        .unwrap();
    let code = authority.mailed_code("last@contoso.example").await;
    wire.snap("/proof", Snap::After(0));
    let wrong = if code == "00000000" {
        "11111111"
    } else {
        "00000000"
    };
    let error = flow.submit_code(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeWrong, "{error:?}");
    flow.submit_code(&code).await.unwrap();
}
