//! Calls: proofs, renewal, trying again, and answers that make no sense.

use std::collections::HashSet;

use clausa_api::{Problem, ProblemType, paths};
use clausa_client::{AccountError, ErrorKind, Freshness, LoginError, RequestError};

use crate::fake::{ADDRESS, Answer, Fake, Person};

/// SEC-97: each request has a proof of its own, for its method and place, bound to its token.
#[tokio::test]
async fn every_call_carries_a_fresh_proof() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    janet.client.whoami().await.unwrap();
    janet.protect("plan.txt", b"plan").await;
    let seen = authority.state.lock().unwrap().seen.clone();
    let proven: Vec<_> = seen
        .iter()
        .filter(|seen| seen.path != paths::WELL_KNOWN)
        .collect();
    let mut jti = HashSet::new();
    for request in &proven {
        let claims = request.claims();
        assert_eq!(claims.htm, request.method);
        assert_eq!(claims.htu, format!("{}{}", authority.origin, request.path));
        assert_eq!(claims.ath.is_some(), request.path != paths::TOKEN);
        assert_eq!(request.authorization.is_some(), request.path != paths::TOKEN);
        assert!(jti.insert(claims.jti));
    }
    assert!(proven.len() >= 6);
    assert!(
        seen.iter()
            .all(|seen| seen.path != paths::WELL_KNOWN || seen.authorization.is_none())
    );
}

#[tokio::test]
async fn a_token_that_has_run_out_is_renewed_once() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    authority.forget_seen();
    authority.answer(paths::ME, Answer::problem(ProblemType::NotSignedIn));
    assert!(janet.client.whoami().await.unwrap().confirmed);
    assert_eq!(authority.seen(paths::TOKEN).len(), 1);
    let tokens: Vec<_> = authority
        .seen(paths::ME)
        .into_iter()
        .map(|seen| seen.authorization.unwrap())
        .collect();
    assert_eq!(tokens, ["DPoP access-1", "DPoP access-2"]);

    // Refused again after renewal: once is enough.
    authority.forget_seen();
    for _ in 0..2 {
        authority.answer(paths::ME, Answer::problem(ProblemType::NotSignedIn));
    }
    assert_eq!(
        janet.client.whoami().await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    assert_eq!(authority.seen(paths::ME).len(), 2);

    // The session is over: the profile takes note and asks no more.
    authority.answer(paths::ME, Answer::problem(ProblemType::NotSignedIn));
    authority.answer(paths::TOKEN, Answer::problem(ProblemType::SignInRefused));
    assert_eq!(
        janet.client.whoami().await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    authority.forget_seen();
    assert_eq!(
        janet.client.whoami().await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    assert!(authority.state.lock().unwrap().seen.is_empty());
}

/// A refresh token that is used twice ends the session, so of many callers one renews and the others wait.
#[tokio::test(flavor = "multi_thread")]
async fn many_callers_renew_once() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    authority.clock.advance_seconds(7_200);
    authority.forget_seen();
    let mut second = Person::new(&authority.clock).await;
    // The same profile in what stands for another process.
    second.folder = tempfile::TempDir::new().unwrap();
    let profile = clausa_client::ProfileDirectory::at(janet.path("profile"));
    let options = clausa_client::ClientOptions {
        clock: authority.clock.shared(),
        keyring: clausa_client::KeyringChoice::File,
        ..clausa_client::ClientOptions::default()
    };
    let other = clausa_client::Client::open_profile(profile, options)
        .await
        .unwrap();
    let calls: Vec<_> = (0..10)
        .map(|number| {
            let client = if number % 2 == 0 {
                janet.client.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move { client.templates(Freshness::Now).await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(authority.seen(paths::TOKEN).len(), 1);
}

#[tokio::test]
async fn only_what_may_be_repeated_is_tried_again() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    authority.forget_seen();
    for _ in 0..2 {
        authority.answer(paths::ME, Answer::problem(ProblemType::Unavailable));
    }
    assert!(janet.client.whoami().await.unwrap().confirmed);
    assert_eq!(authority.seen(paths::ME).len(), 3);

    authority.forget_seen();
    for _ in 0..3 {
        authority.answer(paths::ME, Answer::problem(ProblemType::Unavailable));
    }
    assert_eq!(janet.client.whoami().await.unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(authority.seen(paths::ME).len(), 3, "and not for ever");

    // A password that was sent may have been counted as a try.
    authority.forget_seen();
    authority.answer(paths::TOKEN, Answer::problem(ProblemType::Unavailable));
    let error = janet.client.login_with_password(ADDRESS, "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(authority.seen(paths::TOKEN).len(), 1);

    // "Come back in an hour" is for the person to do.
    authority.forget_seen();
    let mut limited = Problem::new(ProblemType::RateLimited);
    limited.retry_after = Some(3_600);
    authority.answer(paths::ME, Answer::with(limited));
    assert_eq!(janet.client.whoami().await.unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(authority.seen(paths::ME).len(), 1);
}

/// A machine whose clock is wrong can still prove possession: the authority tells its time.
#[tokio::test]
async fn a_wrong_clock_is_allowed_for_in_proofs() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let theirs = authority.clock.shared().now().seconds() + 4_000;
    let mut refused = Problem::new(ProblemType::ProofInvalid);
    refused.at = Some(theirs);
    authority.forget_seen();
    authority.answer(paths::ME, Answer::with(refused.clone()));
    assert!(janet.client.whoami().await.unwrap().confirmed);
    let times: Vec<_> = authority
        .seen(paths::ME)
        .iter()
        .map(|seen| seen.claims().iat)
        .collect();
    assert_eq!(times, [theirs - 4_000, theirs]);
    // A refusal that the clock does not explain is final.
    authority.forget_seen();
    authority.answer(paths::ME, Answer::with(refused));
    assert!(janet.client.whoami().await.is_err());
    assert_eq!(authority.seen(paths::ME).len(), 1);
}

#[tokio::test]
async fn answers_that_make_no_sense_are_refused() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let html = || "content-type: text/html\r\n".to_owned();
    let json = || "content-type: application/json\r\n".to_owned();
    for answer in [
        Answer {
            status: 200,
            headers: html(),
            body: b"<p>Welcome to the hotel".to_vec(),
        },
        Answer {
            status: 200,
            headers: json(),
            body: b"{}".to_vec(),
        },
        Answer {
            status: 200,
            headers: json(),
            body: vec![b' '; 9 << 20],
        },
        Answer {
            status: 404,
            headers: html(),
            body: b"not found".to_vec(),
        },
        Answer {
            status: 500,
            headers: String::new(),
            body: Vec::new(),
        },
        Answer {
            status: 403,
            headers: "content-type: application/problem+json\r\n".to_owned(),
            body: b"[".to_vec(),
        },
    ] {
        let status = answer.status;
        authority.answer(paths::ME, answer);
        let error = janet.client.whoami().await.unwrap_err();
        assert!(
            matches!(error, AccountError::Request(RequestError::BadAnswer { .. })),
            "{status}: {error:?}"
        );
    }
}

/// What enrolment gives is used only when it is about this device and leads to the pinned root.
#[tokio::test]
async fn an_enrolment_for_somebody_else_is_refused() {
    let authority = Fake::start().await;
    let stranger = Fake::start().await;
    let _theirs = stranger.person().await;
    let other = authority.person().await;
    let devices = authority.seen(paths::DEVICES);
    assert_eq!(devices.len(), 1);
    drop(other);
    let mut janet = Person::new(&authority.clock).await;
    janet.client.trust(&authority.origin).await.unwrap();
    let somebody_else = serde_json::json!({
        "thumbprint": "00".repeat(32), "licensor_chain": [], "key_set": "",
    });
    authority.answer(paths::DEVICES, Answer::json(&somebody_else));
    let error = janet.client.login_with_password(ADDRESS, "x").await.unwrap_err();
    assert!(
        matches!(error, LoginError::Request(RequestError::BadAnswer { .. })),
        "{error:?}"
    );
    // The sign-in is kept, and the enrolment goes on with the next verb.
    janet.reopen().await;
    janet.protect("plan.txt", b"plan").await;
}

#[tokio::test]
async fn no_network_is_said_at_once() {
    let mut authority = Fake::start().await;
    let janet = authority.person().await;
    authority.stop().await;
    let begun = std::time::Instant::now();
    let error = janet.client.devices().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoNetwork, "{error:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    assert!(!janet.client.whoami().await.unwrap().confirmed);
}
