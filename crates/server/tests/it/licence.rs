//! Use licences: who gets one, who does not, and that nothing leaves without a row.

use std::io::Cursor;
use std::sync::Arc;

use clausa_api::licence::{LicenceAnswer, LicencePurpose};
use clausa_api::log::{LogEntry, LogPage, RequestType};
use clausa_api::{ProblemType, paths};
use clausa_core::certificate::TrustAnchors;
use clausa_core::open::{VerifiedHeader, open_in_memory, read_header};
use clausa_core::policy::{Expiry, Policy, Terms};
use clausa_core::rights::Right;
use clausa_core::time::Clock as _;
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceError, VerifiedUseLicence};
use clausa_server::config::{LimitConfig, WrappingSuite};

use crate::support::{House, PLAINTEXT, Person, Published};

fn header(house: &House, file: &Published) -> VerifiedHeader {
    read_header(Cursor::new(&file.file))
        .unwrap()
        .verify(house.authority.state().anchors())
        .unwrap()
}

fn expected<'a>(person: &Person, anchors: &'a TrustAnchors) -> Expected<'a> {
    Expected {
        anchors,
        device: person.device(),
        subject: person.account,
        nonce: Some([7; 16]),
        minimum_epoch: 0,
        clock_floor: person.clock.now(),
        now: person.clock.now(),
    }
}

/// Reads a licence as the person's client does, and the file with it.
fn read(house: &House, person: &Person, file: &Published, answer: &LicenceAnswer) -> VerifiedUseLicence {
    let header = header(house, file);
    let expected = expected(person, house.authority.state().anchors());
    let licence =
        UseLicence::parse_verify(&answer.use_licence.0, &answer.certificate.0, &header, &expected).unwrap();
    let grant = licence.clone().unseal(&person.decryption).unwrap();
    let opened = open_in_memory(&file.file, header, grant).unwrap();
    assert_eq!(*opened.plaintext, PLAINTEXT);
    licence
}

async fn view_only(house: &House, janet: &Person) -> Policy {
    let list: clausa_api::template::TemplateList = janet.get(house, paths::TEMPLATES).await.json();
    let template = list
        .templates
        .iter()
        .find(|template| template.slug == "confidential-view-only")
        .unwrap();
    assert_eq!(template.name, "Contoso - Confidential View Only");
    let digest = template.digest.0.clone().try_into().unwrap();
    Policy::new(
        janet.address.clone(),
        Terms::Template {
            id: template.id,
            digest,
        },
    )
}

#[tokio::test]
async fn a_colleague_opens_with_the_template_and_gets_his_own_rights_alone() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let colleague = house.person("sam@contoso.example").await;
    assert_eq!(janet.tenant, colleague.tenant);
    let file = janet.publish(&house, &view_only(&house, &janet).await).await;

    let answer = colleague.open(&house, &file).await;
    let licence = read(&house, &colleague, &file, &answer);
    assert_eq!(licence.rights().to_string(), "VIEW,VIEWRIGHTSDATA");
    assert_eq!(licence.offline_until(), house.clock.now().plus_days(7));
    assert_eq!(licence.server_time(), house.clock.now());
    // SEC-41: nobody else's address travels in it.
    let text = String::from_utf8_lossy(&answer.use_licence.0).into_owned();
    assert!(!text.contains("janet") && !text.contains("contoso"));
}

#[tokio::test]
async fn somebody_of_another_organisation_opens_what_is_addressed_to_him() {
    for suite in [WrappingSuite::Hybrid, WrappingSuite::P256, WrappingSuite::Rsa] {
        let house = House::open_with(|config| config.keys.suite = suite).await;
        let janet = house.person("janet@contoso.example").await;
        let dover = house.person("p.dover@fabrikam.example").await;
        assert_ne!(janet.tenant, dover.tenant);
        let until = house.clock.now().plus_days(30);
        let mut policy = janet.policy(&[("p.dover@fabrikam.example", "VIEW,PRINT")]);
        policy.expiry = Some(Expiry::At(until));
        let file = janet.publish(&house, &policy).await;

        let answer = dover.open(&house, &file).await;
        let licence = read(&house, &dover, &file, &answer);
        assert_eq!(licence.rights().to_string(), "VIEW,PRINT");
        assert_eq!(licence.not_after(), Some(until));
        assert_eq!(licence.offline_until(), house.clock.now().plus_days(2));

        // SEC-40: for another device or account it is nothing.
        let header = header(&house, &file);
        let mut other = expected(&dover, house.authority.state().anchors());
        other.subject = janet.account;
        let refused = UseLicence::parse_verify(&answer.use_licence.0, &answer.certificate.0, &header, &other);
        assert_eq!(refused.unwrap_err(), UseLicenceError::WrongSubject);
    }
}

#[tokio::test]
async fn an_owner_opens_with_every_right_and_no_end() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let mut policy = janet.policy(&[]);
    policy.expiry = Some(Expiry::At(house.clock.now().plus_days(1)));
    let file = janet.publish(&house, &policy).await;
    house.clock.advance_days(3);
    let answer = janet.open(&house, &file).await;
    let licence = read(&house, &janet, &file, &answer);
    assert!(licence.rights().contains(Right::Export));
    assert_eq!(licence.not_after(), None);
    assert!(licence.edit_grant().is_some());
    // SEC-43
    assert_eq!(licence.offline_until(), house.clock.now().plus_days(30));
}

#[tokio::test]
async fn an_outsider_is_refused_and_told_whom_to_ask() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let outsider = house.person("eve@elsewhere.example").await;
    let file = janet.publish(&house, &view_only(&house, &janet).await).await;
    let problem = outsider
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::NotNamed);
    assert_eq!(problem.contact.as_deref(), Some("janet@contoso.example"));
}

#[tokio::test]
async fn dates_are_kept_by_the_authoritys_clock() {
    // SEC-43
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let from = house.clock.now().plus_days(1);
    let until = house.clock.now().plus_days(2);
    let mut policy = janet.policy(&[("p.dover@fabrikam.example", "VIEW")]);
    (policy.not_before, policy.expiry) = (Some(from), Some(Expiry::At(until)));
    let file = janet.publish(&house, &policy).await;

    let problem = dover
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::NotYetValid);
    assert_eq!(problem.at, Some(from.seconds()));
    house.clock.advance_days(2);
    let licence = read(&house, &dover, &file, &dover.open(&house, &file).await);
    assert_eq!(
        licence.offline_until(),
        until,
        "the offline window ends with the permission"
    );
    house.clock.advance_seconds(1);
    let problem = dover
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::AccessExpired);
    assert_eq!(problem.at, Some(until.seconds()));
}

#[tokio::test]
async fn days_after_first_use_count_from_ones_own_first_licence() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let mut policy = janet.policy(&[("p.dover@fabrikam.example", "VIEW")]);
    policy.expiry = Some(Expiry::DaysAfterFirstUse(3));
    let file = janet.publish(&house, &policy).await;
    house.clock.advance_days(10);
    dover.open(&house, &file).await;
    house.clock.advance_days(3);
    dover.open(&house, &file).await;
    house.clock.advance_seconds(1);
    dover
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::AccessExpired);
}

#[tokio::test]
async fn taking_protection_off_needs_export_or_owner() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let grants = [
        ("p.dover@fabrikam.example", "VIEW,PRINT"),
        ("lee@fabrikam.example", "VIEW,EXPORT"),
    ];
    let file = janet.publish(&house, &janet.policy(&grants)).await;

    let problem = dover
        .ask(&house, &file, LicencePurpose::Unprotect)
        .await
        .refused(ProblemType::RightMissing);
    assert_eq!(problem.right.as_deref(), Some("EXPORT"));
    for allowed in [&lee, &janet] {
        let answer = allowed.ask(&house, &file, LicencePurpose::Unprotect).await.json();
        let licence = read(&house, allowed, &file, &answer);
        assert_eq!(
            licence.offline_until(),
            house.clock.now(),
            "each time is asked for"
        );
    }
}

#[tokio::test]
async fn a_revoked_file_opens_for_nobody_but_its_owner_unless_that_was_asked_for_too() {
    // SEC-98, SEC-50
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let file = janet
        .publish(&house, &janet.policy(&[("p.dover@fabrikam.example", "VIEW")]))
        .await;
    let before = read(&house, &dover, &file, &dover.open(&house, &file).await);

    let path = paths::fill(paths::CONTENT_REVOCATION, &file.content.to_string());
    let revoked: clausa_api::content::Content =
        janet.post(&house, &path, &serde_json::json!({})).await.json();
    assert_eq!(revoked.revoked_at, Some(house.clock.now().seconds()));
    dover
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::AccessRevoked);
    let after = read(&house, &janet, &file, &janet.open(&house, &file).await);
    assert!(
        after.epoch() > before.epoch(),
        "the client can tell older licences"
    );

    janet
        .post(&house, &path, &serde_json::json!({"including_owner": true}))
        .await
        .json::<serde_json::Value>();
    janet
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::AccessRevoked);
    // Somebody else learns no more than before.
    let outsider = house.person("eve@elsewhere.example").await;
    outsider
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::NotNamed);
}

#[tokio::test]
async fn all_members_means_members_at_the_time_of_the_request() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &view_only(&house, &janet).await).await;
    house.clock.advance_days(20);
    let newcomer = house.person("new@contoso.example").await;
    newcomer.open(&house, &file).await;
}

#[tokio::test]
async fn a_licence_is_sealed_to_an_enrolled_device_alone() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let stranger = house.newcomer("p.dover@fabrikam.example", false).await;
    let file = janet
        .publish(&house, &janet.policy(&[("p.dover@fabrikam.example", "VIEW")]))
        .await;
    stranger
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::DeviceUnknown);
    house.enrol(&stranger).await;
    let answer = stranger.open(&house, &file).await;
    read(&house, &stranger, &file, &answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_licence_follows_an_answered_revocation() {
    // SEC-98
    let house = Arc::new(House::open().await);
    let janet = house.person("janet@contoso.example").await;
    let dover = Arc::new(house.person("p.dover@fabrikam.example").await);
    for _ in 0..5 {
        let file = janet
            .publish(&house, &janet.policy(&[("p.dover@fabrikam.example", "VIEW")]))
            .await;
        janet
            .register(&house, &file, None)
            .await
            .json::<serde_json::Value>();
        let asking: Vec<_> = (0..8)
            .map(|_| {
                let (house, dover, file) = (house.clone(), dover.clone(), file.clone());
                tokio::spawn(async move { dover.ask(&house, &file, LicencePurpose::Open).await.status })
            })
            .collect();
        let path = paths::fill(paths::CONTENT_REVOCATION, &file.content.to_string());
        janet
            .post(&house, &path, &serde_json::json!({}))
            .await
            .json::<serde_json::Value>();
        let (mut issued, revoked_log) = (0, format!("{}?limit=1000&content={}", paths::LOG, file.content));
        for answer in asking {
            issued += usize::from(answer.await.unwrap().is_success());
        }
        // The log's order is the order of the commits: every success stands before the revocation.
        let log: LogPage = janet.get(&house, &revoked_log).await.json();
        let revoked = log
            .entries
            .iter()
            .position(|entry| entry.request == RequestType::RevokeAccess)
            .unwrap();
        let before = log.entries[..revoked]
            .iter()
            .filter(|entry| is_issued(entry))
            .count();
        assert!(
            log.entries[revoked..].iter().all(|entry| !is_issued(entry)),
            "{:?}",
            log.entries
        );
        assert_eq!(before, issued);
        dover
            .ask(&house, &file, LicencePurpose::Open)
            .await
            .refused(ProblemType::AccessRevoked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_licence_follows_the_removal_of_its_device_or_of_the_publishers() {
    // SEC-45, SEC-50: what is withdrawn while a request is under way counts.
    let house = Arc::new(House::open().await);
    let janet = house.person("janet@contoso.example").await;
    let dover = Arc::new(house.person("p.dover@fabrikam.example").await);
    for (withdraw, restore) in [
        (
            "UPDATE devices SET removed_at = 1",
            "UPDATE devices SET removed_at = NULL",
        ),
        (
            "UPDATE certificates SET revoked_at = 1",
            "UPDATE certificates SET revoked_at = NULL",
        ),
    ] {
        for _ in 0..5 {
            let file = janet
                .publish(&house, &janet.policy(&[("p.dover@fabrikam.example", "VIEW")]))
                .await;
            let asking: Vec<_> = (0..8)
                .map(|_| {
                    let (house, dover, file) = (house.clone(), dover.clone(), file.clone());
                    tokio::spawn(async move { dover.ask(&house, &file, LicencePurpose::Open).await.status })
                })
                .collect();
            house.sql(withdraw).await;
            let files = "SELECT count(*) FROM contents";
            let licences = "SELECT count(*) FROM licences";
            let (files_then, licences_then) = (house.count(files).await, house.count(licences).await);
            for answer in asking {
                answer.await.unwrap();
            }
            assert_eq!(house.count(files).await, files_then);
            if withdraw.contains("devices") {
                assert_eq!(house.count(licences).await, licences_then);
            }
            house.sql(restore).await;
        }
    }
}

fn is_issued(entry: &LogEntry) -> bool {
    entry.request == RequestType::AcquireLicense && entry.result == "Success"
}

#[tokio::test]
async fn a_key_set_is_signed_anew_in_time() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let first = janet.key_set(&house).await;
    house.clock.advance_days(29);
    assert_eq!(janet.key_set(&house).await, first);
    house.clock.advance_days(1);
    let second = janet.key_set(&house).await;
    assert_eq!(second.version, first.version + 1);
    assert_eq!(second.wrapping_keys, first.wrapping_keys);
    assert!(second.expires > first.expires);
    assert_eq!(janet.key_set(&house).await, second);
}

/// Clause 9.3.
#[tokio::test]
async fn without_a_log_row_there_is_no_licence() {
    // SEC-106
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    house.database.break_log().await;
    let problem = janet
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::Internal);
    assert_eq!(problem.detail, None, "a failure tells its request id alone");
    house.database.mend_log().await;
    assert_eq!(house.count("SELECT count(*) FROM licences").await, 0);
    assert_eq!(house.count("SELECT count(*) FROM contents").await, 0);
    janet.open(&house, &file).await;
    assert_eq!(house.count("SELECT count(*) FROM licences").await, 1);
}

#[tokio::test]
async fn a_subjects_requests_are_limited() {
    let house = House::open_with(|config| {
        config.limits.licence_per_account = LimitConfig::new(2, 1, 60);
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    janet.open(&house, &file).await;
    janet.open(&house, &file).await;
    let answer = janet.ask(&house, &file, LicencePurpose::Open).await;
    let problem = answer.refused(ProblemType::RateLimited);
    assert_eq!(problem.retry_after, Some(60));
    assert_eq!(answer.headers["retry-after"], "60");
    house.clock.advance_seconds(60);
    janet.open(&house, &file).await;
}
