//! `docs/spec/example.md`: one file taken apart. `UPDATE=1` writes it anew.

use std::fmt::Write as _;

use clausa_core::hazmat::backends::{portable, sha256};
use clausa_core::hazmat::hpke::{self, HpkePrivateKey, Kem};
use clausa_core::hazmat::labels;

use crate::at;
use crate::dump::Dump;
use crate::shapes;

/// Clause 16.1
#[test]
fn the_example_is_true() {
    let bytes = std::fs::read(at("docs/spec/example.vector")).unwrap();
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
    let header = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let made = page(&header, &bytes[end + 2..]);
    let path = at("docs/spec/example.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written == made,
        "docs/spec/example.md is out of date: UPDATE=1 writes it anew"
    );
}

fn page(header: &str, file: &[u8]) -> String {
    let value = |key: &str| {
        let line = header
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{key} is missing"))
    };
    let use_licence = unhex(value("use-licence"));
    let licence_end = 16 + u32::from_be_bytes(file[12..16].try_into().unwrap()) as usize;
    let tail = file.len() - 16;
    let seal = tail - u64::from_be_bytes(file[tail..tail + 8].try_into().unwrap()) as usize;
    let mut out = String::from(TOP);

    let mut dump = Dump::new(file);
    dump.heading("PREFIX, clause 3.1");
    dump.bytes(8, "magic");
    dump.bytes(1, "major version");
    dump.bytes(1, "minor version");
    dump.bytes(2, "flags");
    dump.bytes(4, &format!("length of PL: {}", licence_end - 16));
    dump.heading("PL, clauses 3.2 to 4.1");
    dump.cbor(&shapes::PUBLISHING_LICENCE, "signed object");
    assert_eq!(dump.at(), licence_end);
    dump.heading("BODY, clause 8.1");
    dump.bytes(10, "parameters");
    dump.bytes(32, "IV");
    dump.bytes(32, "tag of the header");
    let segment = seal - dump.at();
    dump.bytes(4, &format!("length of the last segment: {segment}"));
    dump.bytes(12, "nonce");
    dump.bytes(segment - 32, "ciphertext");
    dump.bytes(16, "tag");
    dump.heading("SEAL, clause 8.3; one leaf, so no list");
    dump.cbor(&shapes::SEAL, "signed object");
    dump.heading("TAIL, clause 8.6");
    dump.bytes(8, &format!("length of SEAL: {}", tail - seal));
    dump.bytes(8, "CLSSEAL1");
    assert_eq!(dump.at(), file.len(), "every byte is told");
    write!(out, "## The file\n\n```\n{}```\n\n", dump.text()).unwrap();

    let mut dump = Dump::new(&use_licence);
    dump.cbor(&shapes::USE_LICENCE, "signed object");
    assert_eq!(dump.at(), use_licence.len());
    let (text, root) = (dump.text(), value("root"));
    let about = format!(
        "For the device whose decryption key is\n`{}`;\nthe root is `{root}`.",
        value("device-key")
    );
    write!(
        out,
        "## The use licence, clause 9.1\n\n{about}\n\n```\n{text}```\n\n"
    )
    .unwrap();
    write!(
        out,
        "{}",
        derivations(file, licence_end, seal, &use_licence, &unhex(value("device-key")))
    )
    .unwrap();
    out
}

/// Every value between the device's key and the plaintext, each made from those before it.
fn derivations(file: &[u8], body: usize, seal: usize, use_licence: &[u8], device_key: &[u8]) -> String {
    let payload = shapes::at(use_licence, &[2]);
    let core = shapes::at(&shapes::at(&file[16..], &[2]), &[0]);
    let (sealed, without_key) = shapes::take_out(&payload, 14);
    let aad = sha256(&[&without_key]);
    let key = HpkePrivateKey::from_bytes(Kem::P256, device_key.try_into().unwrap()).unwrap();
    let content_key = hpke::open(&key, labels::USE_LICENCE_SEAL, &aad, &sealed).unwrap();
    let digest = sha256(&[&file[..body]]);
    let (parameters, iv) = (&file[body..body + 10], &file[body + 10..body + 42]);
    let body_aad = labels::body_aad(&digest);
    let expand = |key: &[u8], info: &[&[u8]], length: usize| {
        let mut out = vec![0; length];
        portable::hkdf_expand_sha384(key, info, &mut out).unwrap();
        out
    };
    let body_key = expand(&content_key, &[labels::BODY_KEY], 32);
    let derive = |key: &[u8], purpose: &[&[u8]], length| {
        expand(key, &[&[parameters, iv], purpose, &[&body_aad]].concat(), length)
    };
    let tag = derive(&body_key, &[b"HEADER_TAG:"], 32);
    assert_eq!(tag, file[body + 42..body + 74]);
    let message_key = derive(&body_key, &[b"MESSAGE_KEY:"], 48);
    let segment_key = derive(&message_key, &[b"DEK:", &[0; 8]], 32);
    let mut plaintext = file[body + 90..seal - 16].to_vec();
    let aead = portable::AeadKey::new(segment_key.as_slice().try_into().unwrap()).unwrap();
    let nonce: [u8; 12] = file[body + 78..body + 90].try_into().unwrap();
    aead.open_in_place(
        &nonce,
        &[0, 0, 0, 0, 0, 0, 0, 0, 1],
        &mut plaintext,
        file[seal - 16..seal].try_into().unwrap(),
    )
    .unwrap();
    let mut out = String::from("## From keys to plaintext\n\n| what | value | clause |\n|---|---|---|\n");
    for (what, value, clause) in [
        (
            "bind, which is in the wrapped key block",
            labels::derive_bind(&core).to_vec(),
            "4.2",
        ),
        ("licence digest", digest.to_vec(), "3.9"),
        ("`H` of the use licence's map without key 14", aad.to_vec(), "9.4"),
        ("CEK, out of key 14", content_key.to_vec(), "9.4"),
        ("key of the body", body_key, "8.1"),
        ("AAD of the body", body_aad.clone(), "8.1"),
        ("tag of the FLOE header", tag, "8.1"),
        ("message key", message_key, "8.1"),
        ("segment key of segments 0 to 2^20 - 1", segment_key, "8.1"),
        (
            "additional data of segment 0, the last",
            vec![0, 0, 0, 0, 0, 0, 0, 0, 1],
            "8.1",
        ),
        (
            "root: BLAKE3 of the segments",
            portable_blake3(&file[body + 74..seal]),
            "8.4",
        ),
    ] {
        writeln!(out, "| {what} | `{}` | {clause} |", hex(&value)).unwrap();
    }
    let length = u32::from_be_bytes(plaintext[..4].try_into().unwrap()) as usize;
    let mut dump = Dump::new(&plaintext);
    dump.bytes(4, &format!("length of the inner header: {length}"));
    dump.cbor(&shapes::INNER_HEADER, "inner header");
    assert_eq!(dump.at(), 4 + length);
    let content = plaintext.len() - dump.at();
    dump.bytes(content, &format!("content, {content} bytes"));
    write!(out, "\nThe plaintext, clause 8.2:\n\n```\n{}```\n", dump.text()).unwrap();
    out
}

/// What the seal says, which the readers of this project have found true.
fn portable_blake3(segments: &[u8]) -> Vec<u8> {
    let leaf = clausa_core::hazmat::body::digest_leaf(0, segments);
    let mut tree = clausa_core::hazmat::body::LeafTree::new();
    tree.push(leaf);
    tree.root().unwrap().to_vec()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

const TOP: &str = "\
# A file, byte by byte

A letter, protected with suite 2 for one reader, and the use licence with which he opens it: [example.vector](example.vector),
written like the [test vectors](../../testdata/vectors/README.md). Numbers on the left are places in hexadecimal; what
belongs to a byte string stands further in. Of long strings the middle is left out. A test writes this page and compares it
(`UPDATE=1 cargo test -p clausa-testkit --test spec`).

";
