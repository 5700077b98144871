//! Payloads that somebody with the right key has signed: what a fuzzer would never get past a signature.

use std::io::{Cursor, Read};

use clausa_core::hazmat::labels;
use clausa_core::keys::{Signer, SoftwareSigner};
use clausa_core::open::{SeekableReader, StreamReader};
use clausa_core::publishing::PublishingLicence;
use clausa_core::seal::SealReport;
use minicbor::Encoder;

use super::contains;
use super::keys::{ACCOUNT, CONTENT, NONCE, licence_key, publisher_key};
use super::scenario::SCENARIO;

/// The core of a publishing licence, under a true signature of the publisher and beside the true wraps.
pub fn core_map(bytes: &[u8]) -> bool {
    let mut payload = Vec::new();
    Encoder::new(&mut payload)
        .array(2)
        .unwrap()
        .bytes(bytes)
        .unwrap()
        .bytes(&SCENARIO.wraps)
        .unwrap();
    let object = sign(labels::PUBLISHING_LICENCE, &payload, &publisher_key());
    let Ok(licence) = PublishingLicence::parse(&object) else {
        return false;
    };
    assert_eq!(licence.bytes(), object);
    for part in licence.chain().to_bytes() {
        assert!(contains(bytes, &part));
    }
    assert!(contains(bytes, licence.content_id().as_bytes()));
    assert!(contains(bytes, licence.tenant().as_bytes()));
    assert!(contains(bytes, licence.origin().as_str().as_bytes()));
    let tenant = licence.tenant();
    if let Ok(verified) = licence.verify(&SCENARIO.anchors) {
        // The scenario's root has signed one chain.
        assert_eq!(verified.publisher().key, publisher_key().verifying_key());
        assert_eq!(tenant, SCENARIO.header.licence().tenant());
    }
    true
}

/// The payload of a use licence, under a true signature of the tenant.
pub fn use_licence(bytes: &[u8]) -> bool {
    let object = sign(labels::USE_LICENCE, bytes, &licence_key());
    let Some(licence) = SCENARIO.verify(&object) else {
        return false;
    };
    // What the reader compares is what the licence says.
    for part in [&ACCOUNT[..], &NONCE, SCENARIO.header.digest().as_bytes()] {
        assert!(contains(bytes, part));
    }
    assert!(!licence.rights().is_empty());
    assert!(contains(bytes, licence.licence_id().as_bytes()));
    // The sealed key is bound to every other field.
    let is_genuine = bytes == SCENARIO.use_licence_payload();
    assert_eq!(licence.unseal(&SCENARIO.device).is_ok(), is_genuine);
    true
}

/// The payload of a seal, under a true signature of the publisher, behind the true body.
pub fn seal(bytes: &[u8]) -> bool {
    let object = sign(labels::SEAL, bytes, &publisher_key());
    let tail = (object.len() as u64).to_be_bytes();
    let file = [&SCENARIO.file[..SCENARIO.body_end], &object, &tail, b"CLSSEAL1"].concat();
    let seekable = || -> Option<SealReport> {
        let mut reader =
            SeekableReader::open(Cursor::new(&file), SCENARIO.header.clone(), SCENARIO.grant()).ok()?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content).ok()?;
        assert_eq!(content, CONTENT);
        Some(reader.seal_report().clone())
    };
    let stream = || -> Option<SealReport> {
        let body = &file[SCENARIO.header.length()..];
        let mut reader = StreamReader::new(body, SCENARIO.header.clone(), SCENARIO.grant()).ok()?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content).ok()?;
        assert_eq!(content, CONTENT);
        reader.finish().ok()
    };
    let (sought, streamed) = (seekable(), stream());
    assert_eq!(sought, streamed, "every way of reading comes to the same verdict");
    if let Some(report) = &sought {
        // Only revision and time may differ from what the publisher has signed of this body.
        assert!(contains(bytes, &report.root) && contains(&SCENARIO.seal_payload, &report.root));
        assert_eq!(bytes[..72], SCENARIO.seal_payload[..72], "header digest and root");
    }
    sought.is_some()
}

/// COSE_Sign1 by an Ed25519 key, without a key identifier.
fn sign(kind: &[u8], payload: &[u8], signer: &SoftwareSigner) -> Vec<u8> {
    let protected = [0xa1, 1, 0x32];
    let mut message = Vec::new();
    Encoder::new(&mut message)
        .array(4)
        .unwrap()
        .str("Signature1")
        .unwrap()
        .bytes(&protected)
        .unwrap()
        .bytes(kind)
        .unwrap()
        .bytes(payload)
        .unwrap();
    let signature = signer.sign(&message).unwrap();
    let mut object = Vec::new();
    Encoder::new(&mut object)
        .array(4)
        .unwrap()
        .bytes(&protected)
        .unwrap()
        .map(0)
        .unwrap()
        .bytes(payload)
        .unwrap()
        .bytes(&signature.0)
        .unwrap();
    object
}
