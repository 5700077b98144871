//! The log: what is in it, and who sees it.

use clausa_api::licence::LicencePurpose;
use clausa_api::log::{LogEntry, LogEvidencePage, LogPage, RequestType};
use clausa_api::{ProblemType, paths};
use clausa_server::jobs::sequence_log;

use crate::support::{House, Person};

async fn entries(house: &House, person: &Person) -> Vec<LogEntry> {
    let page: LogPage = person
        .get(house, &format!("{}?limit=1000", paths::LOG))
        .await
        .json();
    assert_eq!(page.next, None);
    page.entries
}

#[tokio::test]
async fn an_owner_sees_every_request_for_his_file() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let eve = house.person("eve@elsewhere.example").await;
    let file = janet
        .publish(
            &house,
            &janet.policy(&[("p.dover@fabrikam.example", "VIEW,PRINT")]),
        )
        .await;
    janet.register(&house, &file, Some("plan.docx")).await;
    dover.open(&house, &file).await;
    dover
        .ask(&house, &file, LicencePurpose::Unprotect)
        .await
        .refused(ProblemType::RightMissing);
    let refusal = eve
        .ask(&house, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::NotNamed);

    let log = entries(&house, &janet).await;
    let about: Vec<_> = log
        .iter()
        .filter(|entry| entry.content == Some(file.content))
        .collect();
    let told: Vec<_> = about
        .iter()
        .map(|entry| {
            (
                entry.request,
                entry.user.as_str(),
                entry.result.as_str(),
                entry.rights.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (RequestType::Publish, "janet@contoso.example", "Success", None),
            (
                RequestType::AcquireLicense,
                "p.dover@fabrikam.example",
                "Success",
                Some("VIEW,PRINT")
            ),
            (
                RequestType::RemoveProtection,
                "p.dover@fabrikam.example",
                "right-missing",
                Some("EXPORT")
            ),
            (
                RequestType::AcquireLicense,
                "eve@elsewhere.example",
                "not-named",
                None
            ),
        ]
    );
    for entry in &about {
        assert_eq!(entry.owner.as_deref(), Some("janet@contoso.example"));
        assert_eq!(entry.issuer.as_deref(), Some("janet@contoso.example"));
        assert_eq!(entry.file_name.as_deref(), Some("plan.docx"));
        assert_eq!(entry.client_info.as_deref(), Some("clausa-test/1"));
    }
    assert_eq!(about[3].correlation, refusal.instance.unwrap());
    assert!(log.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
}

#[tokio::test]
async fn nobody_sees_what_others_do() {
    // SEC-86
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let file = janet
        .publish(&house, &janet.policy(&[("p.dover@fabrikam.example", "VIEW")]))
        .await;
    dover.open(&house, &file).await;
    for other in [&sam, &dover] {
        let log = entries(&house, other).await;
        assert!(
            log.iter()
                .all(|entry| entry.content.is_none() && entry.user == other.address.as_str()),
            "{log:?}"
        );
        let only = format!("{}?content={}", paths::LOG, file.content);
        assert!(
            other
                .get(&house, &only)
                .await
                .json::<LogPage>()
                .entries
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_licence_that_says_nothing_true_is_logged_with_the_caller() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    janet
        .ask_for(&house, b"nonsense", LicencePurpose::Open)
        .await
        .refused(ProblemType::LicenceInvalid);
    let log = entries(&house, &janet).await;
    let entry = log
        .iter()
        .find(|entry| entry.result == "licence-invalid")
        .unwrap();
    assert_eq!(
        (entry.request, entry.content),
        (RequestType::AcquireLicense, None)
    );
}

#[tokio::test]
async fn reading_is_logged_once_a_page_and_pages_end() {
    // SEC-110
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    for _ in 0..5 {
        janet.get(&house, paths::TEMPLATES).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    for _ in 0..20 {
        let query = after
            .map(|after: u64| format!("&after={after}"))
            .unwrap_or_default();
        let page: LogPage = janet
            .get(&house, &format!("{}?limit=2{query}", paths::LOG))
            .await
            .json();
        seen.extend(page.entries);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(after, None, "reading the log does not make it endless");
    let templates = seen
        .iter()
        .filter(|entry| entry.request == RequestType::AcquireTemplates)
        .count();
    assert_eq!(templates, 5);
    assert!(seen.iter().any(|entry| entry.request == RequestType::ReadLog));
    for query in ["limit=0", "limit=1001", "limit=x", "colour=red"] {
        janet
            .get(&house, &format!("{}?{query}", paths::LOG))
            .await
            .refused(ProblemType::InvalidRequest);
    }
}

/// SEC-143: the tree is for the organisation's people, salts for who may read the entry.
#[tokio::test]
async fn the_tree_goes_to_those_of_the_organisation() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    let empty = janet.get(&house, paths::LOG_CHECKPOINT).await;
    assert_eq!(empty.status, 404);
    for person in [&janet, &sam, &dover] {
        entries(&house, person).await;
    }
    let text = async |person: &Person| {
        let answer = person.get(&house, paths::LOG_CHECKPOINT).await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body).unwrap()
    };
    let note = text(&janet).await;
    let lines: Vec<&str> = note.lines().collect();
    let (name, size) = (lines[0], lines[1].parse::<usize>().unwrap());
    let authority = house.authority.origin().authority();
    assert!(name.starts_with(&format!("{authority}/log/")), "{note}");
    assert!(
        size > 0 && lines[3].is_empty() && lines[4].starts_with("\u{2014} "),
        "{note}"
    );
    assert_eq!(text(&sam).await, note, "one organisation has one tree");
    assert_ne!(text(&dover).await.lines().next(), Some(name));
    let width = format!("0/000.p/{size}");
    let tile = janet.get(&house, &paths::fill(paths::LOG_TILE, &width)).await;
    assert_eq!((tile.status.as_u16(), tile.body.len()), (200, size * 32));
    assert_eq!(tile.headers["content-type"], "application/octet-stream");
    assert!(
        tile.headers["cache-control"]
            .to_str()
            .unwrap()
            .starts_with("private")
    );
    for name in [
        "0/000",
        &format!("0/000.p/{}", size + 1),
        "0/001.p/1",
        "1/000.p/1",
        "63/000",
        "0",
        "0/",
        "-1/000",
        "0/x018/x446/x744/x073/x709/x551/615",
        "x/y",
    ] {
        let tile = janet.get(&house, &paths::fill(paths::LOG_TILE, name)).await;
        assert_eq!(tile.status, 404, "{name}");
    }

    let query = format!("{}?limit=1000", paths::LOG_ENTRIES);
    let shown: LogEvidencePage = sam.get(&house, &query).await.json();
    assert!(!shown.entries.is_empty());
    assert!(
        shown
            .entries
            .iter()
            .all(|shown| shown.entry.user == sam.address.as_str())
    );
    assert!(shown.entries.iter().all(|shown| shown.salts.is_some()));
}

/// A checkpoint comes a minute after the last one, or after a thousand entries.
#[tokio::test]
async fn checkpoints_come_when_they_are_due() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let state = house.authority.state();
    let size = async || -> usize {
        let answer = janet.get(&house, paths::LOG_CHECKPOINT).await;
        let note = String::from_utf8(answer.body).unwrap();
        note.lines().nth(1).unwrap().parse().unwrap()
    };
    entries(&house, &janet).await;
    house.clock.advance_seconds(60);
    sequence_log::round(state).await.unwrap();
    let first = size().await;
    entries(&house, &janet).await;
    sequence_log::round(state).await.unwrap();
    assert_eq!(size().await, first, "not before its time");
    house.clock.advance_seconds(60);
    sequence_log::round(state).await.unwrap();
    assert_eq!(size().await, first + 1);
}

/// The length-prefixed items of a bundle, and the hashes of a tile, as the specification has them.
fn items(mut bundle: &[u8]) -> Vec<&[u8]> {
    let mut items = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk() {
        let (item, rest) = rest.split_at(u16::from_be_bytes(*length).into());
        items.push(item);
        bundle = rest;
    }
    assert!(bundle.is_empty());
    items
}

/// SEC-143: c2sp.org/tlog-tiles, "Log entries": each entry of a bundle hashes to that of the tile of leaves (RFC 6962, 2.1).
#[tokio::test]
async fn bundles_go_to_whoever_sees_all_that_is_in_them() {
    let house = House::open_with(|config| {
        config.limits.calls_per_account = clausa_server::config::LimitConfig::new(10_000, 1, 1);
    })
    .await;
    let alone = house.person("janet@contoso.example").await;
    for _ in 0..270 {
        alone.get(&house, paths::TEMPLATES).await;
    }
    sequence_log::round(house.authority.state()).await.unwrap();
    let get =
        async |person: &Person, path: &str, name: &str| person.get(&house, &paths::fill(path, name)).await;
    let full = get(&alone, paths::LOG_BUNDLE, "000").await;
    assert_eq!(full.status, 200);
    assert_eq!(full.headers["content-type"], "application/octet-stream");
    assert_eq!(full.headers["cache-control"], "no-store", "it is about people");
    let tile = get(&alone, paths::LOG_TILE, "0/000").await;
    let items = items(&full.body);
    assert_eq!((items.len(), tile.body.len()), (256, 8_192));
    for (item, hash) in items.iter().zip(tile.body.chunks(32)) {
        let hashed = <sha2::Sha256 as sha2::Digest>::digest([&[0][..], item].concat());
        assert_eq!(hashed.as_slice(), hash);
        assert!(
            !String::from_utf8_lossy(item).contains("janet"),
            "salted hashes only"
        );
    }
    let part = get(&alone, paths::LOG_BUNDLE, "000.p/3").await;
    assert_eq!(part.body, full.body[..part.body.len()]);
    for name in ["001", "002.p/1", "x000/000", "000.p/256", "nine"] {
        assert_eq!(get(&alone, paths::LOG_BUNDLE, name).await.status, 404, "{name}");
    }
    let read = entries(&house, &alone).await;
    assert_eq!(
        read.iter()
            .filter(|entry| entry.request == RequestType::ReadLog)
            .count(),
        2,
        "each is logged"
    );

    // A colleague's act is his own.
    let sam = house.person("sam@contoso.example").await;
    entries(&house, &sam).await;
    house.clock.advance_seconds(60);
    sequence_log::round(house.authority.state()).await.unwrap();
    let note = alone.get(&house, paths::LOG_CHECKPOINT).await;
    let note = String::from_utf8(note.body).unwrap();
    let width = note.lines().nth(1).unwrap().parse::<u64>().unwrap() - 256;
    for person in [&alone, &sam] {
        let name = format!("001.p/{width}");
        assert_eq!(get(person, paths::LOG_BUNDLE, &name).await.status, 404);
        assert_eq!(
            get(person, paths::LOG_TILE, &format!("0/{name}")).await.status,
            200
        );
    }
    assert_eq!(get(&sam, paths::LOG_BUNDLE, "000").await.status, 404);
    let foreigner = house.person("p.dover@fabrikam.example").await;
    assert_eq!(get(&foreigner, paths::LOG_BUNDLE, "000.p/1").await.status, 404);
}
