//! Forged bodies: another text by somebody who has the content key, two texts with one tag, another construction.

use std::io::{Cursor, Read};

use clausa_core::error::Layer;
use clausa_core::hazmat::body::{LeafOpener, plaintext_slots};
use clausa_core::hazmat::floe::{FloeError, FloeHeader, FloeKey};
use clausa_core::hazmat::labels;
use clausa_core::keys::Suite;
use clausa_core::open::{OpenError, SeekableReader, StreamReader, VerifiedHeader, open_in_memory};
use fast_floe::Parameters;

use super::gcm::{Gcm, solve_for_both};
use super::keyholder::{
    Message, assemble, content_key_of_a_reader, grant_with_key, parts, position, seal_over, stream,
};
use crate::world::{SUITES, WORLD, sample};

/// What each reader says of a file, and what the pipe let out.
fn readers(file: &[u8], header: &VerifiedHeader) -> ([Result<(), OpenError>; 3], Vec<u8>) {
    let grant = || WORLD.grant(header);
    let memory = open_in_memory(file, header.clone(), grant()).map(drop);
    let seekable = SeekableReader::open(Cursor::new(file), header.clone(), grant())
        .and_then(|mut reader| Ok(reader.read_to_end(&mut Vec::new()).map(drop)?));
    let mut released = Vec::new();
    let mut pipe = || {
        let mut reader = StreamReader::new(&file[header.length()..], header.clone(), grant())?;
        reader.read_to_end(&mut released)?;
        reader.finish().map(drop)
    };
    let pipe = pipe();
    ([memory, pipe, seekable], released)
}

/// The body as FLOE alone sees it: it opens, so nothing but the seal refuses the file.
fn opens_as_floe(
    header: &VerifiedHeader,
    content_key: &[u8; 32],
    floe_header: &[u8],
    segments: &[u8],
) -> Vec<u8> {
    let key = labels::derive_body_key(content_key).unwrap();
    let aad = labels::body_aad(header.digest().as_bytes());
    let floe_header = FloeHeader::parse(floe_header.try_into().unwrap()).unwrap();
    let mut opener = LeafOpener::new(&floe_header.verify(&key, &aad).unwrap());
    let leaves = segments.len().div_ceil(1 << 20);
    let opened = segments.chunks(1 << 20).enumerate().flat_map(|(index, leaf)| {
        let mut leaf = leaf.to_vec();
        opener
            .open_in_place(index as u64, index + 1 == leaves, &mut leaf)
            .unwrap();
        plaintext_slots(leaf.len())
            .flat_map(|slot| leaf[slot].to_vec())
            .collect::<Vec<_>>()
    });
    opened.collect()
}

/// SEC-14, clause 8.8. A reader has the content key and encrypts a text of his own; with the publisher's FLOE header
/// and seal, with a FLOE header of his own, with a seal of his own.
#[test]
fn another_text_encrypted_under_the_content_key_by_a_reader_is_refused() {
    for suite in SUITES {
        let file = WORLD.protect(*suite, b"pay 100");
        let header = WORLD.header(&file).unwrap();
        let key = content_key_of_a_reader(&header);
        let [head, floe_header, segments, seal] = parts(&file, &header);
        let text = stream(b"pay 999");
        let (same, own) = (
            Message::of(&file, &header, &key),
            Message::new(&header, &key, [7; 32]),
        );
        let own_header = own.header();
        let forged = same.seal(&text);
        assert_eq!(
            opens_as_floe(&header, &key, floe_header, &forged),
            text,
            "the attack is real"
        );
        let forged_anew = own.seal(&text);
        assert_eq!(opens_as_floe(&header, &key, &own_header, &forged_anew), text);
        let dover = &WORLD.dover.signer;
        let files = [
            assemble(head, floe_header, &forged, seal),
            assemble(head, &own_header, &forged_anew, seal),
            assemble(head, &own_header, segments, seal),
            assemble(
                head,
                floe_header,
                &forged,
                &seal_over(head, floe_header, &forged, dover),
            ),
            assemble(
                head,
                &own_header,
                &forged_anew,
                &seal_over(head, &own_header, &forged_anew, dover),
            ),
        ];
        for (number, forged) in files.iter().enumerate() {
            let (results, released) = readers(forged, &header);
            for result in results {
                assert!(
                    matches!(result, Err(OpenError::Altered(_))),
                    "{suite:?} {number}: {result:?}"
                );
            }
            assert_eq!(released, b"", "{suite:?} {number}");
        }
    }
}

/// The same over two leaves: the pipe lets the forged first leaf out, as its documentation says, but it neither ends
/// nor finishes well; the other readers let out nothing (SEC-21, SEC-22, clause 8.9).
/// Clauses 8.9 and 8.9.2.
#[test]
fn a_readers_text_over_two_leaves_never_ends_well() {
    let content = sample((1 << 20) + 50_000);
    let file = WORLD.protect(Suite::P256, &content);
    let header = WORLD.header(&file).unwrap();
    let key = content_key_of_a_reader(&header);
    let [head, floe_header, segments, seal] = parts(&file, &header);
    // Of the same length in all, so that nothing but the hash tells it apart.
    let forged = vec![b'x'; opens_as_floe(&header, &key, floe_header, segments).len() - stream(b"").len()];
    let segments = Message::of(&file, &header, &key).seal(&stream(&forged));
    let (results, released) = readers(&assemble(head, floe_header, &segments, seal), &header);
    let [memory, pipe, seekable] = results;
    assert_eq!(
        memory,
        Err(OpenError::Altered(Layer::Seal)),
        "the leaf list does not join to the root"
    );
    assert_eq!(seekable, Err(OpenError::Altered(Layer::Seal)));
    assert!(
        matches!(pipe, Err(OpenError::Altered(_) | OpenError::Malformed(_))),
        "{pipe:?}"
    );
    assert!(released.len() < forged.len() && forged.starts_with(&released));
}

/// The last leaf is nobody's but the publisher's: the forged first leaf of a pipe is followed by an error, whatever
/// comes behind it.
#[test]
fn a_pipe_does_not_mix_the_publishers_leaves_with_a_readers() {
    let content = sample((1 << 20) + 50_000);
    let file = WORLD.protect(Suite::P256, &content);
    let header = WORLD.header(&file).unwrap();
    let key = content_key_of_a_reader(&header);
    let [head, floe_header, segments, seal] = parts(&file, &header);
    let forged = Message::of(&file, &header, &key).seal(&stream(&vec![b'x'; content.len()]));
    for mixed in [
        [&forged[..1 << 20], &segments[1 << 20..]].concat(),
        [
            &segments[..65_536],
            &forged[65_536..1 << 20],
            &segments[1 << 20..],
        ]
        .concat(),
    ] {
        let (results, _) = readers(&assemble(head, floe_header, &mixed, seal), &header);
        assert!(results.iter().all(Result::is_err), "{results:?}");
    }
}

/// Whoever has the key can change a text and leave its GCM tag as it is. FLOE's segments accept it; the seal does not
/// (SEC-14, clause 8.4).
#[test]
fn a_second_text_with_the_same_gcm_tag_is_refused() {
    let content = [&b"pay 100 to the bearer. "[..], &[b'.'; 100]].concat();
    let file = WORLD.protect(Suite::P256, &content);
    let header = WORLD.header(&file).unwrap();
    let key = content_key_of_a_reader(&header);
    let [head, floe_header, segments, seal] = parts(&file, &header);
    let message = Message::of(&file, &header, &key);
    let gcm = Gcm::new(&message.segment_key(), segments[4..16].try_into().unwrap());
    let (ciphertext, tag) = segments[16..].split_at(segments.len() - 32);
    let tag = u128::from_be_bytes(tag.try_into().unwrap());
    assert_eq!(
        gcm.tag(&position(0, true), ciphertext),
        tag,
        "the polynomial is GCM's"
    );

    let genuine = opens_as_floe(&header, &key, floe_header, segments);
    let at = genuine.windows(3).position(|window| window == b"100").unwrap();
    let mut second = ciphertext.to_vec();
    for place in at..at + 3 {
        second[place] ^= genuine[place] ^ b'9';
    }
    let whole_block = second.len() / 16 - 1;
    gcm.solve(&position(0, true), &mut second, whole_block, tag);
    let forged = [&segments[..16], &second, &segments[16 + second.len()..]].concat();
    assert!(forged != segments && forged[..16] == segments[..16]);
    assert_eq!(
        forged[forged.len() - 16..],
        segments[segments.len() - 16..],
        "the tag is the same"
    );
    let opened = opens_as_floe(&header, &key, floe_header, &forged);
    assert!(
        opened.windows(7).any(|window| window == b"pay 999"),
        "FLOE alone accepts it"
    );

    let (results, released) = readers(&assemble(head, floe_header, &forged, seal), &header);
    assert_eq!(
        results,
        std::array::from_fn(|_| Err(OpenError::Altered(Layer::Body)))
    );
    assert_eq!(released, b"");
}

/// A publisher makes one ciphertext that is genuine under two keys, to give two people two texts under one seal. GCM
/// lets him; the FLOE header commits to one key (SEC-10, clause 8.1).
#[test]
fn one_ciphertext_for_two_keys_opens_with_one_of_them() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let keys = [content_key_of_a_reader(&header), [0x42; 32]];
    let messages = keys.map(|key| Message::new(&header, &key, [9; 32]));
    let nonce = [3; 12];
    let gcms = messages
        .each_ref()
        .map(|message| Gcm::new(&message.segment_key(), nonce));

    let mut ciphertext = stream(&[b'.'; 200]);
    gcms[0].apply_key_stream(&mut ciphertext);
    let aad = position(0, true);
    solve_for_both([&gcms[0], &gcms[1]], &aad, &mut ciphertext, 5);
    let [tag, other] = gcms.each_ref().map(|gcm| gcm.tag(&aad, &ciphertext));
    assert_eq!(tag, other);
    let texts = messages.each_ref().map(|message| {
        let key = clausa_core::hazmat::aead::AeadKey::new(&message.segment_key()).unwrap();
        let mut text = ciphertext.clone();
        key.open_in_place(&nonce, &aad, &mut text, &tag.to_be_bytes())
            .unwrap();
        text
    });
    assert_ne!(texts[0], texts[1], "GCM alone gives each key its text");

    let length = (ciphertext.len() as u32 + 32).to_be_bytes();
    let segments = [&length[..], &nonce, &ciphertext, &tag.to_be_bytes()].concat();
    let head = &file[..header.length()];
    let mut opened = Vec::new();
    for message in &messages {
        let floe_header = message.header();
        let seal = seal_over(head, &floe_header, &segments, &WORLD.janet.signer);
        let made = assemble(head, &floe_header, &segments, &seal);
        for key in &keys {
            opened.push(open_in_memory(&made, header.clone(), grant_with_key(&header, key)).map(drop));
        }
    }
    let refused = Err(OpenError::Altered(Layer::Body));
    assert_eq!(opened[..2], [Ok(()), refused], "the header of the first key");
    // The header of the second key is refused under the first; under the second the first bytes are no inner header.
    assert_eq!(opened[2], Err(OpenError::Altered(Layer::Body)));
    assert!(
        matches!(&opened[3], Err(OpenError::Malformed(malformed)) if malformed.layer == Layer::InnerHeader)
    );
    let key = |key: &[u8; 32]| -> FloeKey { labels::derive_body_key(key).unwrap() };
    let verify = FloeHeader::parse(&messages[0].header()).unwrap();
    let aad = labels::body_aad(header.digest().as_bytes());
    assert_eq!(
        verify.verify(&key(&keys[1]), &aad).unwrap_err(),
        FloeError::BadHeader
    );
}

/// A body of smaller segments, valid FLOE under the right key and data, with the publisher's own seal over it: the
/// construction is fixed and not for the file to choose (SEC-12, clause 8.1).
/// Clause 8.1.1.
#[test]
fn a_body_of_another_construction_is_refused_though_sealed() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let mut key = [0; 32];
    let content_key = content_key_of_a_reader(&header);
    clausa_core::hazmat::backends::portable::hkdf_expand_sha384(
        &content_key,
        &[b"clausa/v1/body-key"],
        &mut key,
    )
    .unwrap();
    let aad = labels::body_aad(header.digest().as_bytes());
    let make = |segment_length| {
        let parameters = Parameters::with_segment_length(segment_length).unwrap();
        let key = fast_floe::Key::from_bytes(key);
        let body = fast_floe::encrypt(&key, &aad, parameters, &stream(b"text")).unwrap();
        let (floe_header, segments) = body.split_at(74);
        let head = &file[..header.length()];
        let seal = seal_over(head, floe_header, segments, &WORLD.janet.signer);
        readers(&assemble(head, floe_header, segments, &seal), &header).0
    };
    assert_eq!(
        make(65_536),
        [Ok(()), Ok(()), Ok(())],
        "the one construction, by another implementation"
    );
    for result in make(4_096) {
        assert!(matches!(result, Err(OpenError::Malformed(malformed)) if malformed.layer == Layer::Body));
    }
}
