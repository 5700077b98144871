//! Licences of several files in one call, and what the one transaction of a licence holds together.

use clausa_api::licence::{LicenceResult, LicencesAnswer, MAX_LICENCES};
use clausa_api::{Bytes, ProblemType, paths};
use clausa_server::config::LimitConfig;
use serde_json::json;

use crate::support::{Answer, House, Person, Published};

fn problems(answer: &Answer) -> Vec<Option<ProblemType>> {
    let answer: LicencesAnswer = answer.json();
    let problem = |result: LicenceResult| {
        assert_ne!(result.licence.is_some(), result.problem.is_some(), "one of both");
        result.problem.map(|problem| problem.problem_type().unwrap())
    };
    answer.results.into_iter().map(problem).collect()
}

async fn files(house: &House, person: &Person, count: usize) -> Vec<Published> {
    let mut files = Vec::new();
    for _ in 0..count {
        files.push(person.publish(house, &person.policy(&[])).await);
    }
    files
}

fn licences(files: &[Published]) -> Vec<&[u8]> {
    files.iter().map(|file| file.licence.as_slice()).collect()
}

/// SEC-106
#[tokio::test]
async fn each_of_several_licences_is_decided_and_logged_for_itself() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let mine = files(&house, &janet, 2).await;
    let of_sam = sam.publish(&house, &sam.policy(&[])).await;
    let mut altered = mine[0].licence.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;

    let asked: Vec<&[u8]> = vec![
        &mine[0].licence,
        &of_sam.licence,
        &altered,
        b"nothing",
        &mine[1].licence,
    ];
    let answer = janet.ask_for_several(&house, &asked).await;
    assert_eq!(
        problems(&answer),
        [
            None,
            Some(ProblemType::NotNamed),
            Some(ProblemType::LicenceInvalid),
            Some(ProblemType::LicenceInvalid),
            None,
        ]
    );
    assert_eq!(house.count("SELECT count(*) FROM licences").await, 2);
    let rows = "SELECT count(*) FROM log WHERE request = 'AcquireLicense'";
    assert_eq!(house.count(rows).await, 5, "each has its row, refusals too");
    assert_eq!(
        house
            .count("SELECT count(*) FROM log WHERE request = 'AcquireLicense' AND result = 'Success'")
            .await,
        2
    );
}

/// SEC-81: every file counts, and those beyond the limit are told so.
#[tokio::test]
async fn several_licences_count_as_many() {
    let house = House::open_with(|config| {
        config.limits.licence_per_account = LimitConfig::new(20, 1, 3_600);
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    let answer = janet
        .ask_for_several(&house, &[file.licence.as_slice(); 30])
        .await;
    let problems = problems(&answer);
    assert!(problems[..20].iter().all(Option::is_none), "{problems:?}");
    assert_eq!(problems[20..], [Some(ProblemType::RateLimited); 10]);
    assert_eq!(house.count("SELECT count(*) FROM licences").await, 20);
    janet
        .ask(&house, &file, clausa_api::licence::LicencePurpose::Open)
        .await
        .refused(ProblemType::RateLimited);
}

/// SEC-81: what cannot be verified counts twice, once as a request and once as an invalid one.
#[tokio::test]
async fn invalid_licences_among_several_are_counted_too() {
    let house = House::open_with(|config| {
        config.limits.invalid_licence_per_account = LimitConfig::new(2, 1, 3_600);
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    let answer = janet.ask_for_several(&house, &[b"nothing".as_slice(); 3]).await;
    assert_eq!(
        problems(&answer),
        [
            Some(ProblemType::LicenceInvalid),
            Some(ProblemType::LicenceInvalid),
            Some(ProblemType::RateLimited),
        ]
    );
    let rows = "SELECT count(*) FROM log WHERE result = 'licence-invalid'";
    assert_eq!(house.count(rows).await, 3);
}

/// SEC-101
#[tokio::test]
async fn a_call_for_no_licence_or_too_many_is_refused_as_a_whole() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let one = json!({"publishing_licence": Bytes(vec![1]), "nonce": Bytes(vec![7; 16]), "purpose": "open"});
    let mut short = one.clone();
    short["nonce"] = json!(Bytes(vec![7; 15]));
    for body in [
        json!({"licences": []}),
        json!({"licences": vec![one; MAX_LICENCES + 1]}),
        json!({"licences": [short]}),
    ] {
        janet
            .post(&house, paths::LICENCES_BATCH, &body)
            .await
            .refused(ProblemType::InvalidRequest);
    }
    assert_eq!(
        house
            .count("SELECT count(*) FROM log WHERE request = 'AcquireLicense'")
            .await,
        0
    );
}

/// SEC-97, SEC-98: the proof of a call for several is used up by it, and its transactions after the first still look who
/// calls.
#[tokio::test]
async fn a_proof_is_good_for_one_call_for_licences() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let files = files(&house, &janet, 1).await;
    for path in [paths::LICENCES, paths::LICENCES_BATCH] {
        let one = json!({"publishing_licence": Bytes(files[0].licence.clone()), "nonce": Bytes(vec![7; 16]), "purpose": "open"});
        let body = match path {
            paths::LICENCES => one,
            _ => json!({"licences": [one]}),
        };
        let proof = janet.sign(&janet.proof("POST", path));
        let again = || janet.request_with("POST", path, Some(&proof), Some(body.to_string()));
        assert!(house.send(again()).await.status.is_success());
        house.send(again()).await.refused(ProblemType::ProofInvalid);
    }
    assert_eq!(house.count("SELECT count(*) FROM licences").await, 2);
}

/// SEC-81: a call that comes to nothing is a call.
#[tokio::test]
async fn refused_requests_for_licences_use_up_the_calls() {
    let house = House::open_with(|config| {
        config.limits.calls_per_account = LimitConfig::new(6, 1, 3_600);
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    let mut refusals = Vec::new();
    for _ in 0..8 {
        let answer = janet.ask_for_several(&house, &[b"nothing".as_slice()]).await;
        refusals.push(answer.status.as_u16());
    }
    assert_eq!(refusals.last(), Some(&429), "{refusals:?}");
    assert!(refusals.contains(&200), "{refusals:?}");
}

/// SEC-50: somebody whose device was removed while his request was prepared gets nothing.
#[tokio::test]
async fn a_removed_device_gets_no_licence() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let files = files(&house, &janet, 2).await;
    janet.open(&house, &files[0]).await;
    house.sql("UPDATE devices SET removed_at = 1").await;
    janet
        .ask_for_several(&house, &licences(&files))
        .await
        .refused(ProblemType::DeviceUnknown);
    assert_eq!(house.count("SELECT count(*) FROM licences").await, 1);
}
