//! A file names an authority. Nobody follows it (SEC-51, SEC-52, attack A7).

use std::io::ErrorKind as Io;

use clausa_api::paths;
use clausa_client::{AccountError, ChainStatus};
use clausa_client::{
    ContentReference, ErrorKind, OpenError, RequestError, SealStatus, Source, TrustError, UnprotectOptions,
};
use tokio::net::TcpListener;

use crate::fake::{ADDRESS, Answer, Fake, Person};

/// SEC-51: a file whose origin is a listener that would take tokens gets not one connection, signed in elsewhere or not.
/// Clause 3.7.
#[tokio::test]
async fn a_file_of_an_unknown_authority_causes_no_connection() {
    let theirs = Fake::start().await;
    let attacker = theirs.person().await;
    let file = attacker.protect("bait.txt", b"open me").await.output;

    let ours = Fake::start().await;
    let victim = ours.person().await;
    theirs.forget_seen();
    ours.forget_seen();
    let unknown = |error: &OpenError| {
        assert!(
            matches!(error, OpenError::AuthorityUnknown { origin } if *origin == theirs.origin),
            "{error:?}"
        );
        assert_eq!(error.kind(), ErrorKind::AuthorityUnknown);
        assert!(
            error.to_string().contains(theirs.origin.as_str()),
            "the message names the origin: {error}"
        );
    };
    unknown(&victim.client.open(Source::file(&file)).await.unwrap_err());
    unknown(&victim.client.rights(Source::file(&file)).await.unwrap_err());
    unknown(
        &victim
            .client
            .unprotect(Source::file(&file), UnprotectOptions::default())
            .await
            .unwrap_err(),
    );
    let which = ContentReference::File(file.clone());
    for error in [
        victim.client.content(&which).await.unwrap_err(),
        victim.client.revoke(&which, true).await.unwrap_err(),
    ] {
        assert!(
            matches!(
                error,
                AccountError::Request(RequestError::AuthorityUnknown { .. })
            ),
            "{error:?}"
        );
    }
    let inspection = victim.client.inspect(&file).await.unwrap();
    assert_eq!(
        (inspection.chain, inspection.seal),
        (ChainStatus::AuthorityNotTrusted, SealStatus::NotChecked)
    );
    assert_eq!(inspection.publisher.unwrap().as_str(), ADDRESS);
    assert!(!inspection.authority_trusted);
    assert_eq!(theirs.state.lock().unwrap().seen.len(), 0);
    assert_eq!(ours.state.lock().unwrap().seen.len(), 0);
}

/// SEC-51: the origin of a trusted authority with another root behind it proves nothing.
/// Clauses 7.1.1 and 10.1.1.
#[tokio::test]
async fn a_file_that_only_claims_a_trusted_origin_is_refused() {
    let ours = Fake::start().await;
    let victim = ours.person().await;
    // The same origin, pinned with the root of another authority: to this profile the file is forged.
    let stranger = Fake::start().await;
    let forger = Person::new(&ours.clock).await;
    let mut description = forger.client.trust(&stranger.origin).await.unwrap();
    description.origin = ours.origin.clone();
    forger.client.distrust(&stranger.origin).await.unwrap();
    forger.client.trust_pinned(description).await.unwrap();

    let file = victim.protect("mine.txt", b"mine").await.output;
    ours.forget_seen();
    let error = forger.client.open(Source::file(&file)).await.unwrap_err();
    assert!(matches!(error, OpenError::Altered { .. }), "{error:?}");
    let inspection = forger.client.inspect(&file).await.unwrap();
    assert!(matches!(inspection.chain, ChainStatus::Refused { .. }));
    assert!(ours.state.lock().unwrap().seen.is_empty());
}

/// SEC-52: a redirect is not followed, least of all with a token.
#[tokio::test]
async fn redirects_are_not_followed() {
    let ours = Fake::start().await;
    let janet = ours.person().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for status in [301, 302, 303, 307, 308] {
        let headers = format!("location: http://{}/v1/me\r\n", elsewhere.local_addr().unwrap());
        ours.answer(
            paths::ME,
            Answer {
                status,
                headers,
                body: Vec::new(),
            },
        );
        let error = janet.client.whoami().await.unwrap_err();
        assert!(
            matches!(error, AccountError::Request(RequestError::Redirected { .. })),
            "{status}: {error:?}"
        );
        assert_eq!(error.kind(), ErrorKind::AuthorityMisbehaved);
    }
    let elsewhere = elsewhere.into_std().unwrap();
    assert_eq!(
        elsewhere.accept().unwrap_err().kind(),
        Io::WouldBlock,
        "nobody came"
    );
}

#[tokio::test]
async fn roots_are_pinned_when_an_authority_is_trusted() {
    let ours = Fake::start().await;
    let janet = ours.person().await;
    janet.client.trust(&ours.origin).await.unwrap();
    let stranger = Fake::start().await;
    let mut other = Person::new(&ours.clock)
        .await
        .client
        .trust(&stranger.origin)
        .await
        .unwrap();
    let error = janet.client.trust_pinned({
        other.origin = ours.origin.clone();
        other.clone()
    });
    assert!(matches!(
        error.await.unwrap_err(),
        TrustError::RootsChanged { .. }
    ));
    // An authority that says it is another one.
    let said = serde_json::json!({
        "contract": 1, "origin": "https://rights.contoso.example", "name": "x", "roots": other.roots, "code_seconds": 1
    });
    stranger.answer(paths::WELL_KNOWN, Answer::json(&said));
    let error = janet.client.trust(&stranger.origin).await.unwrap_err();
    assert!(matches!(error, TrustError::OtherOrigin { .. }), "{error:?}");
    let mut later = said;
    later["contract"] = 2.into();
    stranger.answer(paths::WELL_KNOWN, Answer::json(&later));
    let error = janet.client.trust(&stranger.origin).await.unwrap_err();
    assert!(
        matches!(error, TrustError::UnknownContract { version: 2, .. }),
        "{error:?}"
    );
    assert_eq!(janet.client.authorities().await.unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_trusted_authority_nothing_is_chosen() {
    let ours = Fake::start().await;
    let nobody = Person::new(&ours.clock).await;
    let error = nobody.client.whoami().await.unwrap_err();
    assert!(
        matches!(
            error,
            AccountError::Request(RequestError::NoAuthority { trusted: 0 })
        ),
        "{error:?}"
    );
    assert_eq!(error.kind(), ErrorKind::Usage);
    nobody.client.trust(&ours.origin).await.unwrap();
    assert_eq!(
        nobody.client.whoami().await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    nobody.client.distrust(&ours.origin).await.unwrap();
    let error = nobody
        .client
        .set_default_authority(&ours.origin)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthorityUnknown);
}
