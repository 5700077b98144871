//! Proof of possession: there is no way in without one that fits (`SEC-97`).

use axum::body::Body;
use axum::http::Request;
use clausa_api::identity::Identity;
use clausa_api::{ProblemType, paths};

use crate::support::{House, Person, ProofDraft};

async fn with(house: &House, person: &Person, proof: Option<&str>) -> Option<ProblemType> {
    let answer = house
        .send(person.request_with("GET", paths::ME, proof, None))
        .await;
    if answer.status.is_success() {
        None
    } else {
        answer.problem().problem_type()
    }
}

async fn bent(house: &House, person: &Person, bend: impl FnOnce(&mut ProofDraft)) -> Option<ProblemType> {
    let mut draft = person.proof("GET", paths::ME);
    bend(&mut draft);
    with(house, person, Some(&person.sign(&draft))).await
}

#[tokio::test]
async fn an_honest_proof_lets_its_person_in() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let me: Identity = janet.get(&house, paths::ME).await.json();
    assert_eq!(me.account, janet.account);
    assert_eq!(me.organisation.as_deref(), Some("Contoso"));
    assert_eq!(me.device, Some(janet.device()));
    assert!(!me.managed);
    let reader = house.personal("reader@mail.example").await;
    let me: Identity = reader.get(&house, paths::ME).await.json();
    assert_eq!(me.organisation, None);
}

#[tokio::test]
async fn a_proof_works_once() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let proof = janet.sign(&janet.proof("GET", paths::ME));
    assert_eq!(with(&house, &janet, Some(&proof)).await, None);
    assert_eq!(
        with(&house, &janet, Some(&proof)).await,
        Some(ProblemType::ProofInvalid)
    );
}

#[tokio::test]
async fn a_proof_fits_one_request() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let invalid = Some(ProblemType::ProofInvalid);
    assert_eq!(with(&house, &janet, None).await, invalid);
    assert_eq!(with(&house, &janet, Some("")).await, invalid);
    assert_eq!(with(&house, &janet, Some("a.b.c")).await, invalid);
    assert_eq!(bent(&house, &janet, |_| {}).await, None);
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.htm = "POST".to_owned()).await,
        invalid
    );
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.htu.push('/')).await,
        invalid
    );
    let elsewhere = "https://evil.example/v1/me".to_owned();
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.htu = elsewhere).await,
        invalid
    );
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.ath = None).await,
        invalid
    );
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.ath = Some("AAAA".to_owned())).await,
        invalid
    );
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.iat -= 61).await,
        invalid
    );
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.iat += 61).await,
        invalid
    );
    assert_eq!(bent(&house, &janet, |proof| proof.claims.iat -= 60).await, None);
    assert_eq!(
        bent(&house, &janet, |proof| proof.claims.jti = "AAAA".to_owned()).await,
        invalid
    );
    // SEC-4
    assert_eq!(
        bent(&house, &janet, |proof| proof.header.alg = "none".to_owned()).await,
        invalid
    );
    assert_eq!(
        bent(&house, &janet, |proof| proof.header.alg = "HS256".to_owned()).await,
        invalid
    );
    assert_eq!(
        bent(&house, &janet, |proof| proof.header.typ = "JWT".to_owned()).await,
        invalid
    );
    // A point that is not on the curve.
    assert_eq!(
        bent(&house, &janet, |proof| proof.header.jwk.y =
            proof.header.jwk.x.clone())
        .await,
        invalid
    );
}

#[tokio::test]
async fn a_token_is_worth_nothing_with_another_key() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let thief = house.person("thief@contoso.example").await;
    let mut draft = thief.proof("GET", paths::ME);
    draft.claims.ath = janet.proof("GET", paths::ME).claims.ath;
    let proof = thief.sign(&draft);
    assert_eq!(
        with(&house, &janet, Some(&proof)).await,
        Some(ProblemType::ProofInvalid)
    );
    // Nor is a proof of hers under his signature.
    let mut forged = janet.sign(&janet.proof("GET", paths::ME));
    let signature = thief
        .sign(&thief.proof("GET", paths::ME))
        .rsplit('.')
        .next()
        .unwrap()
        .to_owned();
    forged.truncate(forged.rfind('.').unwrap() + 1);
    forged.push_str(&signature);
    assert_eq!(
        with(&house, &janet, Some(&forged)).await,
        Some(ProblemType::ProofInvalid)
    );
}

#[tokio::test]
async fn only_a_dpop_token_counts() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    for authorization in [
        "",
        "Bearer x",
        "DPoP",
        "DPoP ",
        "DPoP unknown",
        &format!("Bearer {}", janet.token),
    ] {
        let proof = janet.sign(&{
            let mut draft = janet.proof("GET", paths::ME);
            if let Some(token) = authorization.strip_prefix("DPoP ") {
                use base64::Engine as _;
                use sha2::Digest as _;
                let digest = sha2::Sha256::digest(token.as_bytes());
                draft.claims.ath = Some(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest));
            }
            draft
        });
        let request = Request::builder()
            .uri(paths::ME)
            .header("host", janet.origin.authority())
            .header("authorization", authorization)
            .header("dpop", proof)
            .body(Body::empty())
            .unwrap();
        let answer = house.send(request).await;
        answer.refused(ProblemType::NotSignedIn);
        assert!(
            answer.headers["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("DPoP")
        );
    }
}

#[tokio::test]
async fn calls_are_limited() {
    use clausa_server::config::LimitConfig;
    let house =
        House::open_with(|config| config.limits.calls_per_account = LimitConfig::new(3, 60, 60)).await;
    let janet = house.person("janet@contoso.example").await;
    for _ in 0..3 {
        janet.get(&house, paths::ME).await.json::<Identity>();
    }
    janet
        .get(&house, paths::ME)
        .await
        .refused(ProblemType::RateLimited);
    house.clock.advance_seconds(1);
    janet.get(&house, paths::ME).await.json::<Identity>();
}
