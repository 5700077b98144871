//! Everything about oneself, and nothing of others.

use clausa_api::export::{EXPORT_FORMAT, EXPORT_TYPE, ExportEnd, ExportLine, ExportedFile};
use clausa_api::log::RequestType;
use clausa_api::{ProblemType, paths};
use clausa_core::id::ContentId;
use clausa_core::random::SystemRandom;
use clausa_server::usecase::groups;

use crate::support::{Answer, House, Person};

/// Everybody has just shown who he is.
pub async fn freshen(house: &House) {
    house.sql("UPDATE sessions SET proven_at = created_at").await;
}

async fn export(house: &House, person: &Person) -> Answer {
    person.get(house, paths::ME_EXPORT).await
}

/// The lines of a whole export, without the first and the last.
fn lines(answer: &Answer) -> Vec<ExportLine> {
    assert!(answer.status.is_success(), "{}", answer.status);
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(text.ends_with('\n'));
    let mut lines: Vec<ExportLine> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let count = lines.len() as u64;
    let end = ExportEnd {
        lines: count - 1,
        complete: true,
    };
    assert_eq!(lines.pop(), Some(ExportLine::End(end)));
    match lines.remove(0) {
        ExportLine::Export(begin) => assert_eq!(begin.format, EXPORT_FORMAT),
        other => panic!("{other:?}"),
    }
    lines
}

pub fn files(answer: &Answer) -> Vec<ExportedFile> {
    let files = lines(answer).into_iter().filter_map(|line| match line {
        ExportLine::File(file) => Some(*file),
        _ => None,
    });
    files.collect()
}

#[tokio::test]
async fn a_person_gets_everything_about_himself_and_nothing_of_others() {
    // SEC-182
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let blue = "blue@contoso.example".parse().unwrap();
    let state = house.authority.state();
    groups::create(state, &blue, "").await.unwrap();
    groups::add(state, &blue, std::slice::from_ref(&janet.address))
        .await
        .unwrap();
    let hers = janet
        .publish(&house, &janet.policy(&[("lee@fabrikam.example", "VIEW")]))
        .await;
    janet.register(&house, &hers, Some("plan.txt")).await;
    let his = sam
        .publish(&house, &sam.policy(&[("janet@contoso.example", "VIEW")]))
        .await;
    sam.register(&house, &his, Some("secret-name.txt")).await;
    lee.open(&house, &hers).await;
    sam.open(&house, &his).await;

    export(&house, &janet).await.refused(ProblemType::StepUpNeeded);
    // Even an administrator exports himself, not the organisation.
    house.sql("UPDATE tenants SET managed = 1").await;
    house.sql("UPDATE accounts SET role = 'administrator'").await;
    freshen(&house).await;
    let answer = export(&house, &janet).await;
    assert_eq!(answer.headers["content-type"], EXPORT_TYPE);
    assert!(answer.headers.contains_key("content-disposition"));
    let (mut identities, mut devices, mut sessions, mut groups) = (0, 0, 0, Vec::new());
    let mut log = Vec::new();
    for line in lines(&answer) {
        match line {
            ExportLine::Identity(identity) => {
                identities += 1;
                assert_eq!(identity.account, janet.account);
                assert_eq!(identity.addresses, std::slice::from_ref(&janet.address));
            }
            ExportLine::Device(_) => devices += 1,
            ExportLine::Session(_) => sessions += 1,
            ExportLine::Group(group) => groups.push(group),
            ExportLine::Log(entry) => log.push((entry.request, entry.user)),
            _ => {}
        }
    }
    assert_eq!((identities, devices, sessions), (1, 1, 1));
    assert_eq!(groups, [blue]);
    let files = files(&answer);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].id, hers.content);
    assert!(files[0].owned);
    assert_eq!(files[0].file_name.as_deref(), Some("plan.txt"));
    assert_eq!(files[0].grants[0].who, "lee@fabrikam.example");
    let seen = |request, user: &str| log.contains(&(request, user.to_owned()));
    assert!(seen(RequestType::AcquireLicense, "lee@fabrikam.example"));
    assert!(seen(RequestType::ExportAccount, "janet@contoso.example"));
    let text = String::from_utf8(answer.body).unwrap();
    for others in ["secret-name.txt", "sam@contoso.example", janet.token.as_str()] {
        assert!(!text.contains(others), "{others}");
    }
}

/// More than fits into a page goes in several, none left out and none twice.
#[tokio::test]
async fn an_export_is_read_in_pages() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let mut made = Vec::new();
    for _ in 0..1_203 {
        let content = ContentId::generate(&mut SystemRandom).unwrap();
        house.occupy(&janet, content).await;
        made.push(content);
    }
    freshen(&house).await;
    let answer = export(&house, &janet).await;
    let mut seen: Vec<_> = files(&answer).into_iter().map(|file| file.id).collect();
    made.sort();
    seen.sort();
    assert_eq!(seen, made);
}
