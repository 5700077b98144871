//! Answers to a licence request that are not the answer to it (SEC-39, SEC-40, SEC-49).

use std::io::Read;

use clausa_api::licence::LicenceAnswer;
use clausa_api::{ProblemType, paths};
use clausa_client::error::NoLicence;
use clausa_client::{ErrorKind, LicenceOrigin, OpenError, Source, UnprotectOptions};

use crate::fake::{Answer, Fake, Lie};

async fn content(person: &crate::fake::Person, file: &std::path::Path) -> Result<Vec<u8>, OpenError> {
    let mut opened = person.client.open(Source::file(file)).await?;
    let mut content = Vec::new();
    opened.reader().read_to_end(&mut content).unwrap();
    Ok(content)
}

/// SEC-39, SEC-40: each lie is found out by itself, and nothing of it is kept.
#[tokio::test]
async fn a_licence_that_does_not_fit_is_refused() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let first = janet.protect("first.txt", b"first").await.output;
    content(&janet, &first).await.unwrap();
    let file = janet.protect("plan.txt", b"plan").await.output;
    for lie in [
        Lie::Nonce,
        Lie::Digest,
        Lie::Content,
        Lie::Tenant,
        Lie::Device,
        Lie::Subject,
        Lie::Epoch,
        Lie::ServerTime,
        Lie::Signature,
        Lie::Certificate,
        Lie::Purpose,
        Lie::SealedForAnother,
        Lie::Garbage,
    ] {
        authority.lie(lie);
        let error = content(&janet, &file).await.unwrap_err();
        assert!(
            matches!(error, OpenError::LicenceRefused { .. }),
            "{lie:?}: {error:?}"
        );
        assert_eq!(error.kind(), ErrorKind::AuthorityMisbehaved);
    }
    authority.lie(Lie::Expired);
    assert_eq!(
        content(&janet, &file).await.unwrap_err().kind(),
        ErrorKind::Expired
    );
    authority.lie(Lie::NoView);
    assert_eq!(
        content(&janet, &file).await.unwrap_err().kind(),
        ErrorKind::NotPermitted
    );
    authority.lie(Lie::None);
    // What did not fit was not kept: the next licence is asked for and good.
    assert_eq!(content(&janet, &file).await.unwrap(), b"plan");
}

/// SEC-49: an answer given before is not taken again.
#[tokio::test]
async fn an_old_answer_is_refused() {
    let authority = Fake::start().await;
    authority.state.lock().unwrap().offline_seconds = 0;
    let janet = authority.person().await;
    let file = janet.protect("plan.txt", b"plan").await.output;
    assert_eq!(content(&janet, &file).await.unwrap(), b"plan");
    // What the authority gave, recorded on the way.
    let recorded: LicenceAnswer = {
        let seen = authority.seen(paths::LICENCES).remove(0);
        let replayed = replay(&authority, &seen).await;
        serde_json::from_slice(&replayed).unwrap()
    };
    authority.answer(paths::LICENCES, Answer::json(&recorded));
    let error = content(&janet, &file).await.unwrap_err();
    assert!(matches!(error, OpenError::LicenceRefused { .. }), "{error:?}");
}

/// Sends a request again, byte for byte, as somebody between the two could.
async fn replay(authority: &Fake, seen: &crate::fake::Seen) -> Vec<u8> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(authority.origin.authority())
        .await
        .unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ndpop: {}\r\ncontent-length: {}\r\n\r\n",
        seen.path,
        seen.proof.as_ref().unwrap(),
        seen.body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&seen.body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let start = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    answer.split_off(start)
}

/// The authority's word outweighs what is kept, and what is kept is of use only for its file.
#[tokio::test]
async fn kept_licences_are_used_until_the_authority_says_otherwise() {
    let mut authority = Fake::start().await;
    let mut janet = authority.person().await;
    let file = janet.protect("plan.txt", b"plan").await.output;
    let other = janet.protect("other.txt", b"other").await.output;
    content(&janet, &file).await.unwrap();
    authority.forget_seen();
    janet.reopen().await;
    assert_eq!(content(&janet, &file).await.unwrap(), b"plan");
    assert_eq!(
        janet
            .client
            .rights(Source::file(&file))
            .await
            .unwrap()
            .facts
            .origin,
        LicenceOrigin::Kept
    );
    assert!(
        authority.state.lock().unwrap().seen.is_empty(),
        "a kept licence asks nobody"
    );

    // Another file's licence under this file's name.
    let licences = licence_folder(&janet);
    let of_file = std::fs::read_dir(&licences)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let other_id = janet.client.inspect(&other).await.unwrap().content_id;
    std::fs::copy(&of_file, licences.join(format!("{other_id}.json"))).unwrap();
    authority.lie(Lie::Garbage);
    assert!(matches!(
        content(&janet, &other).await.unwrap_err(),
        OpenError::LicenceRefused { .. }
    ));
    authority.lie(Lie::None);

    // A damaged one is asked for again.
    std::fs::write(&of_file, b"{").unwrap();
    assert_eq!(content(&janet, &file).await.unwrap(), b"plan");

    // The window is over and the authority says no: what is kept is forgotten.
    authority.clock.advance_days(2);
    authority.answer(paths::LICENCES, Answer::problem(ProblemType::AccessRevoked));
    assert_eq!(
        content(&janet, &file).await.unwrap_err().kind(),
        ErrorKind::Revoked
    );
    authority.stop().await;
    let error = content(&janet, &file).await.unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::NoNetwork {
                licence: NoLicence::None,
                ..
            }
        ),
        "{error:?}"
    );
}

/// Taking protection off never uses what is kept, and leaves nothing behind when it is refused.
#[tokio::test]
async fn unprotecting_always_asks() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let file = janet.protect("plan.txt", b"plan").await.output;
    content(&janet, &file).await.unwrap();
    std::fs::remove_file(janet.path("plan.txt")).unwrap();
    authority.forget_seen();
    authority.lie(Lie::NoView);
    let error = janet
        .client
        .unprotect(Source::file(&file), UnprotectOptions::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::NotPermitted,
        "the licence is what counts, not the answer's status"
    );
    assert_eq!(janet.files(), ["plan.txt.clausa"]);
    authority.lie(Lie::None);
    let opened = janet.client.open(Source::file(&file)).await.unwrap();
    let written = opened.export(UnprotectOptions::default()).await.unwrap();
    assert_eq!(std::fs::read(written.output).unwrap(), b"plan");
    let purposes: Vec<_> = authority
        .seen(paths::LICENCES)
        .iter()
        .map(|seen| seen.json::<clausa_api::licence::LicenceRequest>().purpose)
        .collect();
    assert_eq!(purposes, [clausa_api::licence::LicencePurpose::Unprotect; 2]);
}

fn licence_folder(person: &crate::fake::Person) -> std::path::PathBuf {
    let cache = person.path("profile").join("cache");
    std::fs::read_dir(cache)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("licences")
}
