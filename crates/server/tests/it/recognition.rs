//! Which publishing licences the authority recognises.

use clausa_api::licence::LicencePurpose;
use clausa_api::{ProblemType, paths};
use clausa_core::keys::{SoftwareUnwrapper, Suite};
use clausa_core::random::SystemRandom;
use clausa_server::config::LimitConfig;

use crate::support::House;

/// Clause 4.6.3.
#[tokio::test]
async fn every_fault_of_a_publishing_licence_is_answered_alike() {
    // SEC-28, SEC-8
    let house = House::open_with(|config| {
        config.limits.invalid_licence_per_account = LimitConfig::new(1_000, 1_000, 60);
    })
    .await;
    let elsewhere = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let stranger = elsewhere.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    let foreign = stranger.publish(&elsewhere, &stranger.policy(&[])).await;

    let mut wrong = vec![foreign.licence, Vec::new(), b"not a licence".to_vec()];
    let step = file.licence.len() / 60 + 1;
    for position in (0..file.licence.len()).step_by(step) {
        let mut altered = file.licence.clone();
        altered[position] ^= 1;
        wrong.push(altered);
    }
    let mut first = None;
    for licence in wrong {
        let mut problem = janet
            .ask_for(&house, &licence, LicencePurpose::Open)
            .await
            .refused(ProblemType::LicenceInvalid);
        problem.instance = None;
        assert_eq!(first.get_or_insert_with(|| problem.clone()), &problem);
    }
    janet.open(&house, &file).await;
}

/// Clause 4.6.2.
#[tokio::test]
async fn a_licence_wrapped_for_another_tenants_key_is_not_unwrapped() {
    // SEC-63
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let keys = dover.wrapping_keys(&house).await;
    let file = janet.publish_for(
        &janet.policy(&[("p.dover@fabrikam.example", "OWNER")]),
        janet.chain(),
        &keys,
    );
    for person in [&janet, &dover] {
        person
            .ask(&house, &file, LicencePurpose::Open)
            .await
            .refused(ProblemType::LicenceInvalid);
    }
}

/// Clause 4.5.
#[tokio::test]
async fn a_post_quantum_wrap_with_a_classical_one_beside_it_is_refused() {
    // SEC-34
    let house = House::open().await;
    let classical = SoftwareUnwrapper::generate(Suite::P256, &mut SystemRandom).unwrap();
    let janet = house.person("janet@contoso.example").await;
    let mut keys = janet.wrapping_keys(&house).await;
    keys.push(classical.public().clone());
    let file = janet.publish_mixed(&janet.policy(&[]), janet.chain(), &keys);
    janet
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::LicenceInvalid);
}

#[tokio::test]
async fn a_certificate_that_is_not_on_record_publishes_nothing() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let chain = house.certify(&janet).await;
    let file = janet.publish_with(&house, &janet.policy(&[]), chain).await;
    janet
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::LicenceInvalid);
}

/// Clause 3.8.5.
#[tokio::test]
async fn a_revoked_or_expired_certificate_covers_only_what_was_registered_before() {
    // SEC-45
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let (known, unknown) = (
        janet.publish(&house, &janet.policy(&[])).await,
        janet.publish(&house, &janet.policy(&[])).await,
    );
    janet
        .register(&house, &known, None)
        .await
        .json::<serde_json::Value>();
    house.revoke_certificates(&janet).await;
    janet.open(&house, &known).await;
    janet
        .ask(&house, &unknown, LicencePurpose::Open)
        .await
        .refused(ProblemType::LicenceInvalid);

    let sam = house.person("sam@contoso.example").await;
    let (known, unknown) = (
        sam.publish(&house, &sam.policy(&[])).await,
        sam.publish(&house, &sam.policy(&[])).await,
    );
    sam.register(&house, &known, None)
        .await
        .json::<serde_json::Value>();
    house.clock.advance_days(366);
    sam.open(&house, &known).await;
    sam.ask(&house, &unknown, LicencePurpose::Open)
        .await
        .refused(ProblemType::LicenceInvalid);
}

#[tokio::test]
async fn guessing_at_licences_is_limited_more_tightly() {
    let house = House::open_with(|config| {
        config.limits.invalid_licence_per_account = LimitConfig::new(2, 2, 900);
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    for _ in 0..2 {
        janet
            .ask_for(&house, b"no", LicencePurpose::Open)
            .await
            .refused(ProblemType::LicenceInvalid);
    }
    janet
        .ask_for(&house, b"no", LicencePurpose::Open)
        .await
        .refused(ProblemType::RateLimited);
    let file = janet.publish(&house, &janet.policy(&[])).await;
    janet.open(&house, &file).await;
}

#[tokio::test]
async fn a_nonce_has_sixteen_bytes() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let body = serde_json::json!({"publishing_licence": "AA", "nonce": "AAAA", "purpose": "open"});
    janet
        .post(&house, paths::LICENCES, &body)
        .await
        .refused(ProblemType::InvalidRequest);
}
