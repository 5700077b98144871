//! Closing an account: who could open a file before can open it afterwards, and nobody comes by anything.

use std::collections::BTreeSet;

use clausa_api::closing::{CloseAnswer, CloseRequest, FilesOfClosed};
use clausa_api::content::{Content, RevokeContentRequest};
use clausa_api::licence::LicencePurpose;
use clausa_api::log::{LogPage, RequestType};
use clausa_api::{ProblemType, paths};
use clausa_core::policy::Policy;
use clausa_server::usecase::forget;

use crate::export::{files, freshen};
use crate::support::{Answer, House, Person, Published};

fn request(person: &Person, successor: Option<&Person>) -> CloseRequest {
    CloseRequest {
        address: person.address.to_string(),
        files: match successor {
            Some(_) => FilesOfClosed::HandOver,
            None => FilesOfClosed::Keep,
        },
        successor: successor.map(|successor| successor.address.to_string()),
        erase: false,
    }
}

async fn ask(house: &House, person: &Person, request: &CloseRequest) -> Answer {
    freshen(house).await;
    person.post(house, paths::ME_CLOSE, request).await
}

async fn close(house: &House, person: &Person, successor: Option<&Person>) {
    let answer: CloseAnswer = ask(house, person, &request(person, successor)).await.json();
    assert_eq!(answer.address, person.address.as_str());
}

/// Time goes on, so that what comes afterwards is later.
fn later(house: &House) {
    house.clock.advance_seconds(5);
}

async fn opens(house: &House, person: &Person, file: &Published, purpose: LicencePurpose) -> bool {
    person.ask(house, file, purpose).await.status.is_success()
}

/// Who of these opens the file, and who may take the protection off.
async fn who_opens(house: &House, people: &[&Person], file: &Published) -> BTreeSet<String> {
    let mut who = BTreeSet::new();
    for person in people {
        for (purpose, name) in [
            (LicencePurpose::Open, "opens"),
            (LicencePurpose::Unprotect, "exports"),
        ] {
            if opens(house, person, file, purpose).await {
                who.insert(format!("{} {name}", person.address));
            }
        }
    }
    who
}

async fn published(house: &House, person: &Person, policy: &Policy) -> Published {
    let file = person.publish(house, policy).await;
    person
        .register(house, &file, Some("plan.txt"))
        .await
        .json::<Content>();
    file
}

async fn content(house: &House, person: &Person, file: &Published) -> Answer {
    let path = paths::fill(paths::CONTENT, &file.content.to_string());
    person.get(house, &path).await
}

#[tokio::test]
async fn kept_files_open_for_exactly_the_same_people() {
    // SEC-180
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let others = [&sam, &lee];
    let policies = [
        janet.policy(&[("lee@fabrikam.example", "VIEW")]),
        janet.policy(&[
            ("sam@contoso.example", "VIEW,EXPORT"),
            ("lee@fabrikam.example", "VIEW"),
        ]),
        janet.policy(&[]),
    ];
    let mut kept = Vec::new();
    for policy in &policies {
        kept.push(published(&house, &janet, policy).await);
    }
    let mut before = Vec::new();
    for file in &kept {
        before.push(who_opens(&house, &others, file).await);
        assert!(opens(&house, &janet, file, LicencePurpose::Unprotect).await);
    }
    later(&house);
    close(&house, &janet, None).await;
    for (file, before) in kept.iter().zip(before) {
        assert_eq!(who_opens(&house, &others, file).await, before);
    }
    // Nothing of hers works any more, and nobody can close it twice.
    let file = &kept[0];
    janet
        .ask(&house, file, LicencePurpose::Open)
        .await
        .refused(ProblemType::NotSignedIn);
    janet
        .get(&house, paths::ME)
        .await
        .refused(ProblemType::NotSignedIn);
    ask(&house, &janet, &request(&janet, None))
        .await
        .refused(ProblemType::NotSignedIn);
    for left in ["sessions", "factors", "addresses"] {
        let query: &'static str = format!(
            "SELECT count(*) FROM {left} x JOIN accounts a ON a.tenant = x.tenant AND a.account = x.account \
             WHERE a.state = 'closed'"
        )
        .leak();
        assert_eq!(house.count(query).await, 0, "{left}");
    }
    assert_eq!(
        house
            .count("SELECT count(*) FROM devices WHERE removed_at IS NULL")
            .await,
        2
    );
    assert_eq!(
        house
            .count("SELECT count(*) FROM certificates WHERE revoked_at IS NULL")
            .await,
        2
    );
    assert_eq!(
        house
            .count("SELECT count(*) FROM log WHERE request = 'CloseAccount'")
            .await,
        1
    );
}

/// SEC-181: whoever gets the address later is somebody else: no owner of what was there before, and owner of his own.
#[tokio::test]
async fn a_later_holder_of_the_address_owns_nothing_of_before() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let old = published(&house, &janet, &janet.policy(&[("sam@contoso.example", "VIEW")])).await;
    // Sam protected this for her and nobody has registered it yet.
    let mut for_her = sam.policy(&[("sam@contoso.example", "VIEW")]);
    for_her.owner = janet.address.clone();
    let unregistered = sam.publish(&house, &for_her).await;
    later(&house);
    close(&house, &janet, None).await;
    later(&house);
    let second = house.person("janet@contoso.example").await;
    assert_ne!(second.account, janet.account);
    for file in [&old, &unregistered] {
        second
            .ask(&house, file, LicencePurpose::Open)
            .await
            .refused(ProblemType::NotNamed);
        content(&house, &second, file)
            .await
            .refused(ProblemType::NotFound);
        let path = paths::fill(paths::CONTENT_REVOCATION, &file.content.to_string());
        let revoke = RevokeContentRequest::default();
        second
            .post(&house, &path, &revoke)
            .await
            .refused(ProblemType::NotFound);
        assert!(opens(&house, &sam, file, LicencePurpose::Open).await);
    }
    let own = published(&house, &second, &second.policy(&[])).await;
    assert!(opens(&house, &second, &own, LicencePurpose::Unprotect).await);
    content(&house, &second, &own).await.json::<Content>();
    freshen(&house).await;
    let export = second.get(&house, paths::ME_EXPORT).await;
    let seen: Vec<_> = files(&export).into_iter().map(|file| file.id).collect();
    assert_eq!(seen, [own.content]);

    // And the same once more, with what the second one leaves.
    later(&house);
    close(&house, &second, Some(&sam)).await;
    later(&house);
    let third = house.person("janet@contoso.example").await;
    for file in [&old, &own] {
        assert!(!opens(&house, &third, file, LicencePurpose::Open).await);
    }
    assert!(opens(&house, &sam, &own, LicencePurpose::Unprotect).await);
    assert!(
        !opens(&house, &sam, &old, LicencePurpose::Unprotect).await,
        "hers was kept"
    );
}

#[tokio::test]
async fn a_successor_has_the_owners_rights_and_nothing_else() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let kim = house.person("kim@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let hers = published(&house, &janet, &janet.policy(&[("lee@fabrikam.example", "VIEW")])).await;
    let granted = published(
        &house,
        &kim,
        &kim.policy(&[("janet@contoso.example", "VIEW,EXPORT")]),
    )
    .await;
    lee.open(&house, &hers).await;
    assert!(!opens(&house, &sam, &hers, LicencePurpose::Open).await);
    later(&house);
    close(&house, &janet, Some(&sam)).await;

    assert!(opens(&house, &sam, &hers, LicencePurpose::Unprotect).await);
    assert!(opens(&house, &lee, &hers, LicencePurpose::Open).await);
    assert!(!opens(&house, &kim, &hers, LicencePurpose::Open).await);
    assert!(!opens(&house, &sam, &granted, LicencePurpose::Open).await);
    let seen: Content = content(&house, &sam, &hers).await.json();
    assert_eq!(seen.owner, janet.address);
    assert_eq!(seen.grants[0].who, "lee@fabrikam.example");
    content(&house, &kim, &hers).await.refused(ProblemType::NotFound);
    // Who opened it before and after, and why he may see that.
    for path in [
        paths::LOG.to_owned(),
        format!("{}?content={}", paths::LOG, hers.content),
    ] {
        let path = path.as_str();
        let request = sam.request("GET", path.split('?').next().unwrap(), None);
        let (mut parts, body) = request.into_parts();
        parts.uri = path.parse().unwrap();
        let log: LogPage = house
            .send(axum::http::Request::from_parts(parts, body))
            .await
            .json();
        let opened = log.entries.iter().filter(|entry| {
            entry.request == RequestType::AcquireLicense && entry.user == "lee@fabrikam.example"
        });
        assert_eq!(opened.count(), 2, "{path}");
        let told = log
            .entries
            .iter()
            .any(|entry| entry.request == RequestType::CloseAccount && entry.user == "janet@contoso.example");
        assert_eq!(told, !path.contains('?'), "{path}");
    }
    freshen(&house).await;
    let export = sam.get(&house, paths::ME_EXPORT).await;
    assert!(
        files(&export)
            .iter()
            .any(|file| file.id == hers.content && file.owned)
    );

    // What came to him goes on with him.
    later(&house);
    close(&house, &sam, Some(&kim)).await;
    assert!(opens(&house, &kim, &hers, LicencePurpose::Unprotect).await);
    let path = paths::fill(paths::CONTENT_REVOCATION, &hers.content.to_string());
    let answer = kim.post(&house, &path, &RevokeContentRequest::default()).await;
    assert!(answer.status.is_success());
    lee.ask(&house, &hers, LicencePurpose::Open)
        .await
        .refused(ProblemType::AccessRevoked);
}

#[tokio::test]
async fn what_is_wrong_closes_nothing() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let right = request(&janet, None);
    janet
        .post(&house, paths::ME_CLOSE, &right)
        .await
        .refused(ProblemType::StepUpNeeded);
    let typed = |address: &str| CloseRequest {
        address: address.to_owned(),
        ..right.clone()
    };
    for address in ["", "sam@contoso.example", "janet", "janet@contoso.exampl"] {
        let answer = ask(&house, &janet, &typed(address)).await;
        answer.refused(ProblemType::ClosingRefused);
    }
    let to = |successor: &str| CloseRequest {
        files: FilesOfClosed::HandOver,
        successor: Some(successor.to_owned()),
        ..right.clone()
    };
    let wrong = [
        janet.address.as_str(),
        lee.address.as_str(),
        "nobody@contoso.example",
        "no address",
    ];
    for successor in wrong {
        let answer = ask(&house, &janet, &to(successor)).await;
        answer.refused(ProblemType::ClosingRefused);
    }
    let without = CloseRequest {
        files: FilesOfClosed::HandOver,
        ..right.clone()
    };
    let with = CloseRequest {
        successor: Some(sam.address.to_string()),
        ..right.clone()
    };
    for contradiction in [without, with] {
        let answer = ask(&house, &janet, &contradiction).await;
        answer.refused(ProblemType::InvalidRequest);
    }
    house.sql("UPDATE accounts SET role = 'guest'").await;
    ask(&house, &janet, &request(&janet, Some(&sam)))
        .await
        .refused(ProblemType::ClosingRefused);
    // Somebody has to be left who administers what is administered.
    house.sql("UPDATE tenants SET managed = 1").await;
    house.sql("UPDATE accounts SET role = 'administrator'").await;
    close(&house, &sam, Some(&janet)).await;
    ask(&house, &janet, &right)
        .await
        .refused(ProblemType::ClosingRefused);
    assert_eq!(
        house
            .count("SELECT count(*) FROM accounts WHERE state = 'closed'")
            .await,
        1
    );
    assert_eq!(house.count("SELECT count(*) FROM successions").await, 1);
}

#[tokio::test]
async fn whoever_asks_is_erased_and_his_files_stay() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let file = published(&house, &janet, &janet.policy(&[("sam@contoso.example", "VIEW")])).await;
    sam.open(&house, &file).await;
    janet.open(&house, &file).await;
    later(&house);
    let erase = CloseRequest {
        erase: true,
        ..request(&janet, Some(&sam))
    };
    let answer: CloseAnswer = ask(&house, &janet, &erase).await.json();
    assert!(answer.forgotten.unwrap() >= 3);
    for (table, column) in [
        ("log", "user_name"),
        ("log", "owner"),
        ("log", "issuer"),
        ("contents", "owner"),
        ("contents", "issuer"),
        ("addresses", "address"),
    ] {
        let query: &'static str =
            format!("SELECT count(*) FROM {table} WHERE {column} = 'janet@contoso.example'").leak();
        assert_eq!(house.count(query).await, 0, "{table}.{column}");
    }
    assert!(opens(&house, &sam, &file, LicencePurpose::Unprotect).await);
    later(&house);
    let second = house.person("janet@contoso.example").await;
    assert!(!opens(&house, &second, &file, LicencePurpose::Open).await);
}

/// An account that the operator has forgotten leaves nothing to a later holder of its address either.
#[tokio::test]
async fn a_forgotten_owner_has_no_heir_by_address() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let file = published(&house, &janet, &janet.policy(&[])).await;
    later(&house);
    let state = house.authority.state();
    let person = forget::find(state, &janet.address).await.unwrap();
    forget::forget(state, &person, "operator").await.unwrap();
    later(&house);
    let second = house.person("janet@contoso.example").await;
    assert!(!opens(&house, &second, &file, LicencePurpose::Open).await);
}

/// A closed account can still be forgotten, by the address that it had.
#[tokio::test]
async fn a_closed_account_can_be_forgotten_later() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    published(&house, &janet, &janet.policy(&[])).await;
    close(&house, &janet, None).await;
    let query = "SELECT count(*) FROM log WHERE user_name = 'janet@contoso.example'";
    assert!(house.count(query).await > 0);
    let state = house.authority.state();
    let person = forget::find(state, &janet.address).await.unwrap();
    forget::forget(state, &person, "operator").await.unwrap();
    assert_eq!(house.count(query).await, 0);
}

/// A file of another organisation whose owner he was: there, too, a later holder of the address owns nothing of before.
#[tokio::test]
async fn ownership_abroad_ends_as_well() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let mut policy = lee.policy(&[("lee@fabrikam.example", "VIEW")]);
    policy.owner = janet.address.clone();
    let file = published(&house, &lee, &policy).await;
    assert!(opens(&house, &janet, &file, LicencePurpose::Unprotect).await);
    later(&house);
    close(&house, &janet, None).await;
    later(&house);
    let second = house.person("janet@contoso.example").await;
    assert!(!opens(&house, &second, &file, LicencePurpose::Open).await);
    assert!(opens(&house, &lee, &file, LicencePurpose::Open).await);
}

/// SEC-180: of licences that are asked for while the account is closed, none is answered after the closing was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_licence_follows_the_closing() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let file = published(&house, &janet, &janet.policy(&[])).await;
    freshen(&house).await;
    let body = request(&janet, None);
    let closing = janet.post(&house, paths::ME_CLOSE, &body);
    let asking = async {
        let mut answers = Vec::new();
        for _ in 0..24 {
            answers.push(
                janet
                    .ask(&house, &file, LicencePurpose::Open)
                    .await
                    .status
                    .as_u16(),
            );
        }
        answers
    };
    let (closed, answers) = tokio::join!(closing, asking);
    assert!(closed.status.is_success());
    let refused = answers.iter().position(|status| *status == 401);
    if let Some(refused) = refused {
        assert!(
            answers[refused..].iter().all(|status| *status == 401),
            "{answers:?}"
        );
    }
    janet
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::NotSignedIn);
}
