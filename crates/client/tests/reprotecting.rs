//! Protecting the content of a protected file anew, against a real authority.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use clausa_api::ProblemType;
use clausa_api::log::{LogQuery, RequestType};
use clausa_client::{
    ContentReference, EditOptions, ErrorKind, OpenError, PolicyChoice, ProtectOptions, Recipient,
    ReprotectError, Sink, Source,
};
use clausa_core::rights::Right;
use clausa_testkit::TestAuthority;

const CONTENT: &[u8] = b"the plan for next year";
const DOVER: &str = "p.dover@fabrikam.example";
const EVE: &str = "eve@tailspin.example";

fn terms(address: &str, rights: &str) -> ProtectOptions {
    let recipient: Recipient = address.parse().unwrap();
    ProtectOptions::new(PolicyChoice::rights([recipient], rights.parse().unwrap()))
}

fn to(output: impl Into<std::path::PathBuf>, options: ProtectOptions) -> ProtectOptions {
    let mut options = options;
    options.output = Some(Sink::file(output));
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_under_other_terms_is_a_file_of_its_own() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up(DOVER).await;
    let eve = authority.sign_up(EVE).await;
    let old = janet
        .protect_with("plan.txt", CONTENT, terms(DOVER, "VIEW,EXPORT"))
        .await;
    let before = fs::read(&old).unwrap();
    let old_id = janet.client().inspect(&old).await.unwrap().content_id;

    // Somebody with EXPORT could take the content out; what he makes of it is his.
    let target = dover.folder().join("passed-on.clausa");
    let made = dover
        .client()
        .reprotect(Source::file(&old), to(&target, terms(EVE, "VIEW")), false)
        .await
        .unwrap();
    assert!(made.registered);
    assert_ne!(made.content_id, old_id);
    assert_eq!(fs::read(&old).unwrap(), before);
    assert_eq!(eve.open(&target).await.unwrap().1, CONTENT);
    assert_eq!(
        janet.open(&target).await.unwrap_err().kind(),
        ErrorKind::NotPermitted,
        "the new file is Dover's"
    );
    let opened = eve.client().open(Source::file(&target)).await.unwrap();
    assert_eq!(opened.publisher().as_str(), DOVER);
    let inner = opened.inner_header();
    assert_eq!(
        (inner.name(), inner.media_type(), inner.size()),
        (Some("plan.txt"), Some("text/plain"), Some(CONTENT.len() as u64))
    );
    assert_eq!(opened.seal_report().revision, 0);

    // Its lineage is for its owner and the authority; the old file's owner sees that protection was taken off.
    let known = dover
        .client()
        .content(&ContentReference::Id(made.content_id))
        .await;
    assert_eq!(known.unwrap().parent, Some(old_id));
    let known = janet.client().content(&ContentReference::Id(old_id)).await;
    assert_eq!(known.unwrap().parent, None);
    let entries = janet.client().log(&LogQuery::default()).await.unwrap().entries;
    assert!(entries.iter().any(|entry| {
        entry.request == RequestType::RemoveProtection && entry.user == DOVER && entry.result == "Success"
    }));
}

/// SEC-134
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_replaced_in_one_step_and_only_by_those_who_may() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up(DOVER).await;
    let file = janet
        .protect_with("plan.txt", CONTENT, terms(DOVER, "VIEW,EDIT"))
        .await;
    let before = fs::read(&file).unwrap();

    // EDIT is not EXPORT.
    let refused = dover
        .client()
        .reprotect(Source::file(&file), terms(EVE, "VIEW"), true)
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            ReprotectError::Open(OpenError::RightMissing {
                right: Right::Export,
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
    let entries = janet.client().log(&LogQuery::default()).await.unwrap().entries;
    assert!(
        entries
            .iter()
            .any(|entry| entry.user == DOVER && entry.result == ProblemType::RightMissing.code())
    );

    // The last change goes along, not the first version.
    dover
        .client()
        .save_changed(&file, &b"changed by dover"[..], None, EditOptions::default())
        .await
        .unwrap();
    let made = janet
        .client()
        .reprotect(Source::file(&file), terms(DOVER, "VIEW,PRINT"), true)
        .await
        .unwrap();
    assert_eq!(made.output, file);
    let (rights, content) = dover.open(&file).await.unwrap();
    assert_eq!(
        (rights.to_string().as_str(), content.as_slice()),
        ("VIEW,PRINT", &b"changed by dover"[..])
    );
    let names: Vec<_> = fs::read_dir(janet.folder()).unwrap().collect();
    assert_eq!(names.len(), 3, "the file, its source and the profile");

    // Without a name for the output, over something that is there, and through a link: nothing happens.
    let before = fs::read(&file).unwrap();
    let missing = janet
        .client()
        .reprotect(Source::file(&file), terms(EVE, "VIEW"), false)
        .await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::Usage);
    let taken = to(janet.folder().join("plan.txt"), terms(EVE, "VIEW"));
    let exists = janet.client().reprotect(Source::file(&file), taken, false).await;
    assert_eq!(exists.unwrap_err().kind(), ErrorKind::OutputExists);
    #[cfg(unix)]
    {
        let link = janet.folder().join("link.clausa");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let linked = janet
            .client()
            .reprotect(Source::file(&link), terms(EVE, "VIEW"), true)
            .await;
        assert_eq!(linked.unwrap_err().kind(), ErrorKind::OutputExists);
    }
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read(janet.folder().join("plan.txt")).unwrap(), CONTENT);
}

/// It always asks, so that the old file's owner always sees it.
#[tokio::test(flavor = "multi_thread")]
async fn protecting_anew_needs_the_authority() {
    let mut authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let file = janet
        .protect_with("plan.txt", CONTENT, terms(DOVER, "VIEW"))
        .await;
    janet.open(&file).await.unwrap();
    authority.stop().await;
    let target = janet.folder().join("new.clausa");
    let refused = janet
        .client()
        .reprotect(Source::file(&file), to(&target, terms(EVE, "VIEW")), false)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NoNetwork);
    assert!(!target.exists());
}
