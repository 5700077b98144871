//! SEC-2, SEC-4, clauses 7.6.1 and 7.6.2: every vector of `testdata/key_sets/`, which its README describes.

#[path = "../support/key_sets.rs"]
mod judge;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clausa_core::certificate::TrustAnchors;
use clausa_core::id::TenantId;
use clausa_core::keys::VerifyingKey;
use clausa_core::time::Timestamp;
use judge::judge;

/// What a vector expects, and how often it has to be expected, so that the folder goes on covering it.
const EXPECTED: [(&str, usize); 6] = [
    ("accepts", 20),
    ("form", 50),
    ("root", 1),
    ("signature", 5),
    ("tenant", 1),
    ("validity", 2),
];

struct Vector {
    name: String,
    expect: String,
    wraps_for: Vec<String>,
    anchors: TrustAnchors,
    tenant: TenantId,
    now: Timestamp,
    key_set: Vec<u8>,
}

#[test]
fn every_key_set_is_judged_as_its_vector_says() {
    let mut seen = BTreeMap::<_, usize>::new();
    for vector in vectors() {
        let (verdict, keys) = judge(&vector.key_set, &vector.anchors, vector.tenant, vector.now);
        assert_eq!(
            (verdict, &keys),
            (vector.expect.as_str(), &vector.wraps_for),
            "{}",
            vector.name
        );
        *seen.entry(verdict).or_default() += 1;
    }
    for (verdict, least) in EXPECTED {
        assert!(seen[verdict] >= least, "{verdict}: {seen:?}");
    }
}

#[test]
fn each_key_set_names_a_requirement_and_a_clause_that_exist() {
    let read = |name: &str| std::fs::read_to_string(root().join("docs").join(name)).unwrap();
    let (model, format) = (read("threat-model.md"), read("spec/format.md"));
    for (name, header, _) in files() {
        let (requirement, clause) = (field(&header, "requirement"), field(&header, "clause"));
        assert!(model.contains(&format!("- **{requirement}** ")), "{name}");
        assert!(format.contains(&format!("**{clause}**")), "{name}");
        assert!(field(&header, "comment").ends_with('.'), "{name}");
    }
}

fn vectors() -> Vec<Vector> {
    let vector = |(name, header, key_set): (String, String, Vec<u8>)| Vector {
        expect: field(&header, "expect").to_owned(),
        wraps_for: fields(&header, "wraps-for").map(str::to_owned).collect(),
        anchors: TrustAnchors::new(VerifyingKey::from_bytes(&unhex(field(&header, "root"))).unwrap()),
        tenant: TenantId::from_bytes(unhex(field(&header, "tenant")).try_into().unwrap()),
        now: field(&header, "now").parse().unwrap(),
        name,
        key_set,
    };
    files().into_iter().map(vector).collect()
}

/// Name, header and bytes of each file.
fn files() -> Vec<(String, String, Vec<u8>)> {
    let entries = std::fs::read_dir(root().join("testdata/key_sets")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let header = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let known = [
            "comment",
            "requirement",
            "clause",
            "expect",
            "root",
            "tenant",
            "now",
            "wraps-for",
        ];
        for line in header.lines() {
            let key = line.split(": ").next().unwrap();
            assert!(known.contains(&key), "{}: {line}", path.display());
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, header, bytes[end + 2..].to_vec())
    };
    paths
        .filter(|path| !path.ends_with("README.md"))
        .map(read)
        .collect()
}

fn field<'a>(header: &'a str, key: &str) -> &'a str {
    fields(header, key)
        .next()
        .unwrap_or_else(|| panic!("{key}: {header}"))
}

fn fields<'a>(header: &'a str, key: &str) -> impl Iterator<Item = &'a str> {
    header
        .lines()
        .filter_map(move |line| line.strip_prefix(key)?.strip_prefix(": "))
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
