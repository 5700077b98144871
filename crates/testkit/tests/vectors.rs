//! Every vector of `testdata/vectors/`, through every way of reading. Each must come to the verdict that the vector names,
//! and release nothing else than the vector allows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../core/tests/support/readers.rs"]
mod readers;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};

use clausa_core::open::SeekableReader;
use clausa_core::seal::SealedBy;
use clausa_testkit::Vector;
use readers::{Identity, ONE_PASS, Piece, RANDOM, Way, authority, exit_code, unlock, verdict};

/// SEC-21, SEC-22, SEC-39: verdict and content.
#[test]
fn every_reader_comes_to_the_verdict_of_the_vector() {
    let vectors = vectors();
    // The readers of one half of the vectors run beside those of the other.
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = vectors
            .chunks(vectors.len().div_ceil(4))
            .map(|some| scope.spawn(move || some.iter().flat_map(read_every_way).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(failures.is_empty(), "{} failures: {failures:#?}", failures.len());
}

fn read_every_way(vector: &Vector) -> Vec<String> {
    let mut failures = Vec::new();
    for (expect, ways) in [(&vector.expect, &RANDOM[..]), (&vector.stream, &ONE_PASS)] {
        for (name, way) in ways {
            let (found, exit, pieces) = read(vector, *way);
            let wrong = |what: &str| format!("{}, {name}: {what}", vector.name);
            if found != expect {
                failures.push(wrong(&format!("{found} instead of {expect}")));
            }
            if expect == &vector.expect && exit != vector.exit {
                failures.push(wrong(&format!("exit code {exit} instead of {}", vector.exit)));
            }
            if !pieces
                .iter()
                .all(|(start, bytes)| vector.content.range(*start, bytes.len()) == *bytes)
            {
                failures.push(wrong("released what is not the content"));
            }
            let length: u64 = pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            let (is_whole, is_one_pass) = (found == "opens", ways.len() == ONE_PASS.len());
            if is_whole && length != vector.content.length || is_one_pass && length > vector.content.length {
                failures.push(wrong(&format!("released {length} of {}", vector.content.length)));
            }
        }
    }
    failures
}

fn read(vector: &Vector, way: Way) -> (&'static str, u8, Vec<Piece>) {
    let mut released = Vec::new();
    match way(&vector.file, &identity(vector), &mut released) {
        Ok(()) => ("opens", 0, released),
        Err(refusal) => (verdict(&refusal), exit_code(&refusal), released),
    }
}

#[test]
fn what_opens_is_what_the_vector_says() {
    let vectors = vectors();
    let opening: Vec<_> = vectors.iter().filter(|vector| vector.opened.is_some()).collect();
    assert!(opening.len() > 80, "{}", opening.len());
    for vector in opening {
        let (expected, name) = (vector.opened.as_ref().unwrap(), &vector.name);
        let Ok((header, grant)) = unlock(vector.file.as_slice(), &identity(vector)) else {
            panic!("{name} does not open");
        };
        assert_eq!(grant.licence().rights(), expected.rights, "{name}");
        let reader = SeekableReader::open(Cursor::new(&vector.file), header, grant).unwrap();
        let (inner, report) = (reader.inner_header(), reader.seal_report());
        assert_eq!(inner.name(), expected.name.as_deref(), "{name}");
        assert_eq!(inner.media_type(), expected.media_type.as_deref(), "{name}");
        assert_eq!(inner.modified(), expected.modified, "{name}");
        assert_eq!(reader.plaintext_len(), vector.content.length, "{name}");
        let sealed_by = match &report.sealed_by {
            SealedBy::Publisher { address, .. } => format!("publisher {address}"),
            SealedBy::Editor { address, .. } => format!("editor {address}"),
        };
        assert_eq!(sealed_by, expected.sealed_by, "{name}");
        assert_eq!(report.sealed_at, expected.sealed_at, "{name}");
        assert_eq!(report.revision, expected.revision, "{name}");
    }
}

/// SEC-7, SEC-8, SEC-9, SEC-63, SEC-68: the authority's side, with all of the tenant's keys and with each of them.
#[test]
fn the_authority_comes_to_the_verdict_of_the_vector() {
    let mut accepted = 0;
    for vector in vectors() {
        let (keys, anchors) = (vector.reader.unwrappers(), vector.reader.anchors());
        let (found, policy) = authority(&vector.file, anchors, &keys);
        assert_eq!(found, vector.authority, "{}", vector.name);
        assert_eq!(policy, vector.policy, "{}", vector.name);
        for key in keys.into_iter().filter(|_| found == "accepts") {
            let alone = authority(&vector.file, anchors, &[key]);
            assert_eq!(alone, ("accepts", policy), "{}", vector.name);
            accepted += 1;
        }
    }
    assert!(accepted > 400, "{accepted}");
}

#[test]
fn an_unknown_key_fails_loudly() {
    let good = std::fs::read(folder().join("inner/one_byte")).unwrap();
    Vector::parse("good", &good).unwrap();
    for line in [
        "requirment: SEC-1\n",
        "colour: blue\n",
        "expect: opens\n",
        "expect opens\n",
        "released-length: 1\n",
        "nonce: 00000000000000000000000000000000\n",
        "part: somewhere 0 1\n",
    ] {
        let text = [line.as_bytes(), &good].concat();
        Vector::parse("spoilt", &text).unwrap_err();
    }
    for key in [
        "expect",
        "exit",
        "clause",
        "requirement",
        "content",
        "authority",
        "policy",
        "sealed-by",
    ] {
        let text = String::from_utf8_lossy(&good).replacen(&format!("{key}: "), "unknown: ", 1);
        Vector::parse("spoilt", text.as_bytes()).unwrap_err();
    }
}

/// Of clause 14.1.
const VERDICTS: [&str; 11] = [
    "opens",
    "prefix",
    "publishing-licence",
    "origin",
    "use-licence",
    "unwrap",
    "altered-body",
    "altered-seal",
    "sealer",
    "unsealed",
    "inner-header",
];

/// The folder covers each layer, so that a reader which stops checking one is found out.
#[test]
fn the_kit_is_large_and_covers_each_layer() {
    let vectors = vectors();
    let accepts = |vector: &&Vector| vector.expect == "opens" && vector.authority == "accepts";
    let refused = vectors.iter().filter(|vector| vector.expect != "opens").count();
    assert!(
        vectors.len() >= 400 && refused >= 320,
        "{refused} of {}",
        vectors.len()
    );
    let good = vectors.iter().filter(accepts).count();
    assert!(good >= 80, "{good}");
    let found: BTreeSet<&str> = vectors.iter().map(|vector| vector.expect.as_str()).collect();
    assert_eq!(found, BTreeSet::from(VERDICTS));
    let exits: BTreeSet<u8> = vectors.iter().map(|vector| vector.exit).collect();
    assert_eq!(exits, BTreeSet::from([0, 10, 11, 12, 13, 14, 22, 30]));
    let sides: BTreeSet<&str> = vectors.iter().map(|vector| vector.authority.as_str()).collect();
    let all = ["accepts", "policy", "publishing-licence", "prefix", "unsealed"];
    assert_eq!(sides, BTreeSet::from(all));
}

#[test]
fn each_vector_names_a_requirement_and_a_clause_that_exist() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (model, format) = (read("docs/threat-model.md"), read("docs/spec/format.md"));
    for vector in vectors() {
        let (requirement, clause) = (&vector.requirement, &vector.clause);
        assert!(
            model.contains(&format!("- **{requirement}** ")),
            "{}: {requirement}",
            vector.name
        );
        assert!(
            format.contains(&format!("**{clause}**")),
            "{}: {clause}",
            vector.name
        );
        assert!(
            vector.comment.ends_with(['.', ')']),
            "{}: {}",
            vector.name,
            vector.comment
        );
    }
}

/// Two vectors that are the same prove nothing twice; one of them is not what its name says.
#[test]
fn no_two_vectors_are_the_same() {
    let mut seen: BTreeMap<(Vec<u8>, Vec<u8>, String), String> = BTreeMap::new();
    for vector in vectors() {
        let reader = &vector.reader;
        let others = format!("{:?} {}", reader.expected(), reader.origin);
        let key = (
            vector.file.clone(),
            [&reader.use_licence[..], &reader.tenant_certificate].concat(),
            others,
        );
        if let Some(other) = seen.insert(key, vector.name.clone()) {
            panic!("{} is {other}", vector.name);
        }
    }
}

fn identity(vector: &Vector) -> Identity<'_> {
    let reader = &vector.reader;
    Identity {
        origin: reader.origin.as_str(),
        expected: reader.expected(),
        tenant_certificate: &reader.tenant_certificate,
        use_licence: &reader.use_licence,
        device_key: reader.device_key(),
    }
}

fn vectors() -> Vec<Vector> {
    Vector::all(&folder())
}

fn folder() -> PathBuf {
    root().join("testdata/vectors")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
