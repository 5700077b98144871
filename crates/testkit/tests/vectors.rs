//! Every vector of `testdata/vectors/container/`, through every way of reading. Each must come to the verdict that the
//! vector names, and all ways to the same one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use clausa_core::error::Layer;
use clausa_core::hazmat::backends::sha256;
use clausa_core::keys::KeyUnwrapper;
use clausa_core::open::{
    OpenError, OpenGrant, SeekableReader, StreamReader, VerifiedHeader, open_in_memory, read_header,
};
use clausa_core::use_licence::UseLicence;
use clausa_testkit::Vector;

#[test]
fn every_way_of_reading_comes_to_the_verdict_of_the_vector() {
    for vector in vectors() {
        for (way, read) in WAYS {
            let (verdict, content) = match read(&vector) {
                Ok(content) => ("opens".to_owned(), Some(content)),
                Err(error) => (verdict_of(&error), None),
            };
            assert_eq!(verdict, vector.expect, "{}, {way}", vector.name);
            if let Some(expected) = &vector.opened {
                let content = content.unwrap();
                assert_eq!(content.len() as u64, expected.length, "{}, {way}", vector.name);
                assert_eq!(sha256(&[&content]), expected.plaintext, "{}, {way}", vector.name);
            }
        }
    }
}

#[test]
fn what_opens_has_the_name_and_the_rights_of_the_vector() {
    let opening: Vec<Vector> = vectors()
        .into_iter()
        .filter(|vector| vector.opened.is_some())
        .collect();
    assert!(!opening.is_empty());
    for vector in opening {
        let expected = vector.opened.as_ref().unwrap();
        let (header, grant) = unlock(&vector, vector.file.as_slice()).unwrap();
        assert_eq!(grant.licence().rights(), expected.rights, "{}", vector.name);
        let reader = SeekableReader::open(Cursor::new(&vector.file), header, grant).unwrap();
        assert_eq!(
            reader.inner_header().name(),
            Some(expected.name.as_str()),
            "{}",
            vector.name
        );
        assert_eq!(reader.plaintext_len(), expected.length, "{}", vector.name);
    }
}

/// SEC-8, SEC-68: each of the tenant's keys opens the licence by itself, and they agree on the policy.
#[test]
fn the_tenants_keys_open_the_licence_and_its_policy() {
    for vector in vectors().iter().filter(|vector| vector.opened.is_some()) {
        let licence = read_header(vector.file.as_slice())
            .unwrap()
            .verify(vector.reader.anchors())
            .unwrap();
        let licence = licence.verified_licence();
        for unwrapper in vector.reader.unwrappers() {
            let keys = licence.unwrap_keys(&[&unwrapper as &dyn KeyUnwrapper]).unwrap();
            let policy = licence.policy(&keys.policy_key).unwrap();
            assert_eq!(policy.owner, licence.publisher().address, "{}", vector.name);
        }
    }
}

#[test]
fn an_unknown_key_fails_loudly() {
    let folder = folder();
    let good = std::fs::read(folder.join("opens_suite_2")).unwrap();
    Vector::parse("good", &good).unwrap();
    for line in ["colour: blue\n", "expect: opens\n", "expect opens\n", ""] {
        let text = [b"requirment: SEC-1\n".as_slice(), line.as_bytes(), &good].concat();
        Vector::parse("spoilt", &text).unwrap_err();
    }
}

/// The folder covers each layer, so that a reader which stops checking one is found out.
#[test]
fn every_layer_has_a_vector_that_it_refuses() {
    let found: BTreeSet<String> = vectors().into_iter().map(|vector| vector.expect).collect();
    for verdict in [
        "opens",
        "prefix",
        "publishing-licence",
        "use-licence",
        "unwrap",
        "altered-body",
        "altered-seal",
        "sealer",
        "unsealed",
    ] {
        assert!(found.contains(verdict), "no vector expects {verdict}");
    }
}

type Way = fn(&Vector) -> Result<Vec<u8>, OpenError>;

const WAYS: [(&str, Way); 4] = [
    ("in memory", in_memory),
    ("seekable", seekable),
    ("seekable, backwards", seekable_backwards),
    ("stream", stream),
];

fn in_memory(vector: &Vector) -> Result<Vec<u8>, OpenError> {
    let (header, grant) = unlock(vector, vector.file.as_slice())?;
    Ok(open_in_memory(&vector.file, header, grant)?.plaintext.to_vec())
}

fn seekable(vector: &Vector) -> Result<Vec<u8>, OpenError> {
    let (header, grant) = unlock(vector, vector.file.as_slice())?;
    let mut reader = SeekableReader::open(Cursor::new(&vector.file), header, grant)?;
    let mut content = Vec::new();
    reader.read_to_end(&mut content)?;
    Ok(content)
}

/// Piece by piece from the end, as a viewer might.
fn seekable_backwards(vector: &Vector) -> Result<Vec<u8>, OpenError> {
    const PIECE: u64 = 30_011;
    let (header, grant) = unlock(vector, vector.file.as_slice())?;
    let mut reader = SeekableReader::open(Cursor::new(&vector.file), header, grant)?;
    let length = reader.plaintext_len();
    let mut content = vec![0; usize::try_from(length).unwrap()];
    for start in (0..length)
        .step_by(PIECE as usize)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        reader.seek(SeekFrom::Start(start))?;
        let end = length.min(start + PIECE);
        reader.read_exact(&mut content[start as usize..end as usize])?;
    }
    Ok(content)
}

/// A pipe: read once, and nothing counts until `finish`.
fn stream(vector: &Vector) -> Result<Vec<u8>, OpenError> {
    let mut input = vector.file.as_slice();
    let (header, grant) = unlock(vector, &mut input)?;
    let mut reader = StreamReader::new(input, header, grant)?;
    let mut content = Vec::new();
    reader.read_to_end(&mut content)?;
    reader.finish()?;
    Ok(content)
}

fn unlock(vector: &Vector, file: impl Read) -> Result<(VerifiedHeader, OpenGrant), OpenError> {
    let reader = &vector.reader;
    let header = read_header(file)?.verify(reader.anchors())?;
    let licence = UseLicence::parse_verify(
        &reader.use_licence,
        &reader.tenant_certificate,
        &header,
        &reader.expected(),
    )?;
    let grant = licence.unseal(&reader.device_key())?;
    Ok((header, grant))
}

fn verdict_of(error: &OpenError) -> String {
    match error {
        OpenError::Prefix(_) => "prefix",
        OpenError::Licence(_) => "publishing-licence",
        OpenError::UseLicence(_) => "use-licence",
        OpenError::Unwrap(_) => "unwrap",
        OpenError::Unsealed => "unsealed",
        OpenError::Sealer(_) => "sealer",
        OpenError::Altered(Layer::Body) => "altered-body",
        OpenError::Altered(Layer::Seal) => "altered-seal",
        OpenError::Malformed(malformed) if malformed.layer == Layer::Body => "altered-body",
        OpenError::Malformed(malformed) if malformed.layer == Layer::Seal => "altered-seal",
        other => return format!("{other:?}"),
    }
    .to_owned()
}

fn vectors() -> Vec<Vector> {
    Vector::all(&folder())
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors/container")
}
