//! Registering, reading and revoking files.

use clausa_api::content::{Content, MAX_REGISTRATIONS, RegisterContentsAnswer};
use clausa_api::licence::LicencePurpose;
use clausa_api::{Bytes, ProblemType, paths};
use clausa_core::id::ContentId;
use clausa_server::config::LimitConfig;
use serde_json::{Value, json};

use crate::support::House;

#[tokio::test]
async fn a_registered_file_is_shown_to_its_owner_with_its_recipients() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet
        .publish(
            &house,
            &janet.policy(&[("p.dover@fabrikam.example", "VIEW,PRINT")]),
        )
        .await;
    let registered: Content = janet.register(&house, &file, Some("plan.docx")).await.json();
    assert_eq!(registered.owner.as_str(), "janet@contoso.example");
    assert_eq!(registered.file_name.as_deref(), Some("plan.docx"));
    assert_eq!(registered.grants.len(), 1);
    assert_eq!(registered.grants[0].who, "p.dover@fabrikam.example");
    assert_eq!(registered.grants[0].rights.to_string(), "VIEW,PRINT");

    let path = paths::fill(paths::CONTENT, &file.content.to_string());
    assert_eq!(janet.get(&house, &path).await.json::<Content>(), registered);
    // SEC-102: the same registration again changes nothing.
    assert_eq!(
        janet
            .register(&house, &file, Some("other.docx"))
            .await
            .json::<Content>(),
        registered
    );
}

#[tokio::test]
async fn the_first_licence_for_a_content_id_wins() {
    // SEC-46
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    house.occupy(&sam, file.content).await;
    janet
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::ContentConflict);
    janet
        .register(&house, &file, None)
        .await
        .refused(ProblemType::ContentConflict);
    assert_eq!(house.count("SELECT count(*) FROM licences").await, 0);
}

#[tokio::test]
async fn one_registers_ones_own_files_alone() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    for other in [&sam, &dover] {
        other
            .register(&house, &file, None)
            .await
            .refused(ProblemType::NotPermitted);
    }
    let reader = house.personal("reader@mail.example").await;
    reader
        .register(&house, &file, None)
        .await
        .refused(ProblemType::NotPermitted);
    let bare = house.newcomer("bare@contoso.example", false).await;
    bare.register(&house, &file, None)
        .await
        .refused(ProblemType::DeviceUnknown);
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist() {
    // SEC-95
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let file = janet
        .publish(&house, &janet.policy(&[("p.dover@fabrikam.example", "OWNER")]))
        .await;
    janet.register(&house, &file, None).await.json::<Content>();
    let nothing = ContentId::from_bytes([9; 16]);
    for (person, id) in [(&sam, file.content), (&dover, file.content), (&janet, nothing)] {
        let content = paths::fill(paths::CONTENT, &id.to_string());
        let revocation = paths::fill(paths::CONTENT_REVOCATION, &id.to_string());
        person.get(&house, &content).await.refused(ProblemType::NotFound);
        person
            .post(&house, &revocation, &serde_json::json!({}))
            .await
            .refused(ProblemType::NotFound);
    }
    janet
        .get(&house, &paths::fill(paths::CONTENT, "nonsense"))
        .await
        .refused(ProblemType::NotFound);
}

#[tokio::test]
async fn a_file_name_has_bounds() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    for name in [String::new(), "a".repeat(256), "a\nb".to_owned()] {
        janet
            .register(&house, &file, Some(&name))
            .await
            .refused(ProblemType::InvalidRequest);
    }
}

/// SEC-46, SEC-95: a call with many files is many registrations.
#[tokio::test]
async fn each_of_several_files_is_taken_or_refused_for_itself() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let good = [
        janet.publish(&house, &janet.policy(&[])).await,
        janet.publish(&house, &janet.policy(&[])).await,
    ];
    let of_sam = sam.publish(&house, &sam.policy(&[])).await;
    let taken = janet.publish(&house, &janet.policy(&[])).await;
    house.occupy(&sam, taken.content).await;
    let mut altered = janet.publish(&house, &janet.policy(&[])).await;
    let last = altered.licence.len() - 1;
    altered.licence[last] ^= 1;

    let files = [&good[0], &of_sam, &taken, &altered, &good[1], &good[0]];
    assert_eq!(
        janet.register_several(&house, &files).await,
        [
            None,
            Some(ProblemType::NotPermitted),
            Some(ProblemType::ContentConflict),
            Some(ProblemType::LicenceInvalid),
            None,
            // SEC-102: once more is the same answer, not a second file.
            None,
        ]
    );
    for file in &good {
        let path = paths::fill(paths::CONTENT, &file.content.to_string());
        janet.get(&house, &path).await.json::<Content>();
    }
    let of_others = "SELECT count(*) FROM contents WHERE issuer_account IS NOT NULL";
    assert_eq!(
        house.count(of_others).await,
        3,
        "the two, and the one that was there"
    );
    assert_eq!(
        house
            .count("SELECT count(*) FROM log WHERE request = 'Publish'")
            .await,
        6,
        "each has its row in the log, refusals too"
    );
    // Whoever may call it registers his own files alone, as with one file.
    for other in [&sam, &dover] {
        assert_eq!(
            other.register_several(&house, &[&good[0]]).await,
            [Some(ProblemType::NotPermitted)]
        );
    }
    let bare = house.newcomer("bare@contoso.example", false).await;
    let one = json!({"contents": [{"publishing_licence": Bytes(good[0].licence.clone())}]});
    bare.post(&house, paths::CONTENTS_BATCH, &one)
        .await
        .refused(ProblemType::DeviceUnknown);
}

/// SEC-81: every file counts, and those beyond the limit are told so; the others are registered.
#[tokio::test]
async fn several_files_count_as_many_registrations() {
    let house = House::open_with(|config| {
        config.limits.publish_per_account = LimitConfig::new(3, 1, 3_600);
    })
    .await;
    let janet = house.person("janet@contoso.example").await;
    let mut files = Vec::new();
    for _ in 0..5 {
        files.push(janet.publish(&house, &janet.policy(&[])).await);
    }
    let limited = Some(ProblemType::RateLimited);
    assert_eq!(
        janet
            .register_several(&house, &files.iter().collect::<Vec<_>>())
            .await,
        [None, None, None, limited, limited]
    );
    assert_eq!(house.count("SELECT count(*) FROM contents").await, 3);
    janet
        .register(&house, &files[3], None)
        .await
        .refused(ProblemType::RateLimited);
}

/// SEC-101
#[tokio::test]
async fn a_call_with_no_file_or_too_many_is_refused_as_a_whole() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let file = janet.publish(&house, &janet.policy(&[])).await;
    let of = |count: usize, name: &str| {
        let one = json!({"publishing_licence": Bytes(file.licence.clone()), "file_name": name});
        json!({"contents": vec![one; count]})
    };
    for body in [
        of(0, "a"),
        of(MAX_REGISTRATIONS + 1, "a"),
        json!({"contents": [{"file": 1}]}),
    ] {
        janet
            .post(&house, paths::CONTENTS_BATCH, &body)
            .await
            .refused(ProblemType::InvalidRequest);
    }
    assert_eq!(house.count("SELECT count(*) FROM contents").await, 0);
    let answer = janet.post(&house, paths::CONTENTS_BATCH, &of(1, "a\nb")).await;
    let answer: RegisterContentsAnswer = answer.json();
    let problem = answer.results[0].problem.as_ref().unwrap();
    assert_eq!(problem.problem_type(), Some(ProblemType::InvalidRequest));
    let whole = janet
        .post(&house, paths::CONTENTS_BATCH, &of(MAX_REGISTRATIONS, "a"))
        .await;
    assert!(
        whole.json::<Value>()["results"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one == &json!({}))
    );
}
