//! Registering, reading and revoking files.

use clausa_api::content::Content;
use clausa_api::licence::LicencePurpose;
use clausa_api::{ProblemType, paths};
use clausa_core::id::ContentId;

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
