//! What values say of themselves: in messages, in JSON, and to whoever asks them.

use std::io::Cursor;

use clausa_core::address::Address;
use clausa_core::certificate::KeySetPolicy;
use clausa_core::error::{IoFailed, Layer};
use clausa_core::id::TenantId;
use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::open::{OpenError, SeekableReader, StreamReader, outline_seal};
use clausa_core::origin::Origin;
use clausa_core::policy::Principal;
use clausa_core::rights::Rights;
use serde::{Serialize, de::DeserializeOwned};

use crate::world::{NOW, WORLD, sample};

/// These words are in messages to people.
#[test]
fn layers_and_principals_have_words() {
    let layers = [
        (Layer::Prefix, "prefix"),
        (Layer::PublishingLicence, "publishing licence"),
        (Layer::Policy, "policy"),
        (Layer::Certificate, "certificate"),
        (Layer::KeySet, "key set"),
        (Layer::UseLicence, "use licence"),
        (Layer::EditGrant, "edit grant"),
        (Layer::Body, "body"),
        (Layer::InnerHeader, "inner header"),
        (Layer::Seal, "seal"),
    ];
    for (layer, words) in layers {
        assert_eq!(layer.to_string(), words);
    }
    let address = || "all@contoso.example".parse::<Address>().unwrap();
    let principals = [
        (Principal::Account(address()), "all@contoso.example"),
        (Principal::Group(address()), "group all@contoso.example"),
        (
            Principal::Domain("contoso.example".parse().unwrap()),
            "@contoso.example",
        ),
        (
            Principal::TenantMembers(TenantId::from_bytes([1; 16])),
            "members of 01010101-0101-0101-0101-010101010101",
        ),
        (Principal::AnyAuthenticated, "anyone signed in"),
    ];
    for (principal, words) in principals {
        assert_eq!(principal.to_string(), words);
    }
}

/// SEC-78: what an authority sends follows the same grammar as what a person types.
#[test]
fn json_is_read_by_the_same_grammar() {
    fn check<T: Serialize + DeserializeOwned + std::fmt::Debug>(good: &str, bad: &[&str]) {
        let quoted = format!("\"{good}\"");
        let value: T = serde_json::from_str(&quoted).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), quoted);
        for text in bad {
            assert!(
                serde_json::from_str::<T>(&format!("\"{text}\"")).is_err(),
                "{text}"
            );
        }
        assert!(serde_json::from_str::<T>("7").is_err());
    }
    check::<Address>(
        "janet@contoso.example",
        &["janet", "", "janet@contoso", "janet@contoso.example "],
    );
    check::<Origin>(
        "https://rights.contoso.example",
        &[
            "https://rights.contoso.example/",
            "http://rights.contoso.example",
            "",
        ],
    );
    check::<Rights>("VIEW,PRINT", &["FLY", "VIEW,FLY", "VIEW-PRINT"]);
}

/// Clause 1.8: only these hosts may be spoken to in clear.
#[test]
fn loopback_hosts_are_known() {
    for text in ["http://127.0.0.1:8080", "http://[::1]:1", "https://localhost"] {
        assert!(text.parse::<Origin>().unwrap().is_loopback(), "{text}");
    }
    for text in [
        "https://rights.contoso.example",
        "https://127.0.0.2",
        "https://[::2]",
    ] {
        assert!(!text.parse::<Origin>().unwrap().is_loopback(), "{text}");
    }
}

#[test]
fn a_key_sets_two_switches_are_independent() {
    for (mixed, hint) in [(false, false), (false, true), (true, false), (true, true)] {
        let policy = KeySetPolicy::new(mixed, hint);
        assert_eq!(policy.allows_classical_beside_post_quantum(), mixed);
        assert_eq!(policy.allows_display_hint(), hint);
    }
}

/// Clause 8.2.3.
#[test]
fn an_inner_header_gives_a_name_that_is_safe() {
    let inner = InnerHeader::named("../plan\u{202e}.txt")
        .unwrap()
        .with_modified(NOW);
    assert_eq!(inner.name(), Some("../plan\u{202e}.txt"));
    let safe = inner.safe_name().unwrap();
    assert!(
        !safe.contains(['/', '\u{202e}']) && safe.ends_with("plan.txt"),
        "{safe}"
    );
    assert_eq!(inner.modified(), Some(NOW));
    assert_eq!(InnerHeader::default().safe_name(), None);
}

/// Clause 8.8: without the content key, who sealed, and how long each part is.
#[test]
fn a_seal_is_outlined_without_the_content_key() {
    for length in [0, 100_000, (2 << 20) + 9] {
        let file = WORLD.protect(Suite::P256, &sample(length));
        let header = WORLD.header(&file).unwrap();
        let outline = outline_seal(Cursor::new(&file), &header).unwrap();
        let tail = file.last_chunk::<16>().unwrap();
        let seal = u64::from_be_bytes(*tail.first_chunk().unwrap());
        assert_eq!(outline.seal_length, seal + 16);
        assert_eq!(
            outline.body_length,
            file.len() as u64 - header.length() as u64 - seal - 16
        );
        assert_eq!(outline.header_length, header.length() as u64);
        assert_eq!(
            outline.report.sealed_by.address().as_str(),
            "janet@contoso.example"
        );
        assert_eq!(outline.report.revision, 0);
        for (place, byte) in [(file.len() - 40, 1), (file.len() - 1, 1)] {
            let mut altered = file.clone();
            altered[place] ^= byte;
            outline_seal(Cursor::new(&altered), &header).unwrap_err();
        }
        outline_seal(Cursor::new(&file[..file.len() - 1]), &header).unwrap_err();
    }
}

/// SEC-30.
#[test]
fn readers_do_not_show_what_they_hold() {
    let file = WORLD.protect(Suite::P256, b"the rent stays as it is");
    let header = WORLD.header(&file).unwrap();
    let seekable = SeekableReader::open(Cursor::new(&file), header.clone(), WORLD.grant(&header)).unwrap();
    assert_eq!(format!("{seekable:?}"), "SeekableReader { position: 0, .. }");
    let rest = &file[header.length()..];
    let stream = StreamReader::new(rest, header.clone(), WORLD.grant(&header)).unwrap();
    let shown = format!("{stream:?}");
    assert!(
        shown.starts_with("StreamReader { leaves: ") && shown.ends_with(", .. }"),
        "{shown}"
    );
}

#[test]
fn failures_of_a_disk_are_compared_by_kind() {
    let failed = |kind: std::io::ErrorKind| OpenError::Io(IoFailed(kind.into()));
    let (full, reset) = (
        std::io::ErrorKind::StorageFull,
        std::io::ErrorKind::ConnectionReset,
    );
    assert_eq!(failed(full), failed(full));
    assert_ne!(failed(full), failed(reset));
}
