//! The instruments themselves: what others' tests lean on must hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clausa_api::device::{Device, Keystore};
use clausa_client::{PolicyChoice, Source};
use clausa_core::rights::Right;
use clausa_testkit::{TestAuthority, TestStore};

#[tokio::test]
async fn two_people_sign_up_and_one_opens_what_the_other_protected() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let colleague = authority.sign_up("colleague@contoso.example").await;
    let file = janet
        .protect(
            "plan.txt",
            b"on Friday",
            PolicyChoice::template("confidential-view-only"),
        )
        .await;
    let (rights, content) = colleague.open(&file).await.unwrap();
    assert_eq!(content, b"on Friday");
    assert!(rights.contains(Right::View) && !rights.contains(Right::Export));
}

#[tokio::test]
async fn an_authority_comes_back_under_its_origin_with_its_data() {
    let mut authority = TestAuthority::start().await;
    let origin = authority.origin().clone();
    let mut janet = authority.sign_up("janet@contoso.example").await;
    let file = janet
        .protect("plan.txt", b"on Friday", PolicyChoice::template("confidential"))
        .await;
    authority.restart().await;
    janet.reopen().await;
    assert_eq!(authority.authority().origin(), &origin);
    assert_eq!(janet.open(&file).await.unwrap().1, b"on Friday");
}

#[tokio::test]
async fn the_clock_is_in_the_hand_of_the_test() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let reader = authority.sign_up("reader@contoso.example").await;
    let mut options = clausa_client::ProtectOptions::new(PolicyChoice::template("confidential-view-only"));
    options.until = Some("2d".parse().unwrap());
    let file = janet.protect_with("plan.txt", b"on Friday", options).await;
    reader.open(&file).await.unwrap();
    authority.clock().advance_days(3);
    let refused = reader.client().open(Source::file(&file)).await.unwrap_err();
    assert_eq!(refused.kind(), clausa_client::ErrorKind::Expired, "{refused}");
    janet.open(&file).await.unwrap();
}

#[tokio::test]
async fn a_test_store_is_fresh_and_can_be_reopened() {
    let mut first = TestStore::new().await;
    let second = TestStore::new().await;
    assert_ne!(first.path(), second.path());
    first.reopen().await;
    assert!(first.path().exists());
}

/// SEC-55: the person and the authority are told where this device keeps its keys.
#[tokio::test]
async fn where_keys_are_kept_is_told() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let told = janet.client().whoami().await.unwrap();
    let [listed]: [Device; 1] = janet.client().devices().await.unwrap().try_into().unwrap();
    assert_eq!(told.keystore, Keystore::File);
    assert_eq!(listed.keystore, Keystore::File);
    assert_eq!(listed.thumbprint, told.device);
    assert!(listed.current);
}
