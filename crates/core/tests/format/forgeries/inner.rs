//! What the publisher himself may not write: inner headers out of their form, seals out of their bounds. Everything is
//! encrypted and sealed with the right keys, so that only the check in question refuses.

use clausa_core::error::Layer;
use clausa_core::keys::Suite;
use clausa_core::open::{OpenError, StreamReader, open_in_memory};

use super::keyholder::{Message, Seal, assemble, content_key_of_a_reader, seal_over};
use crate::cose::{payload, sign};
use crate::world::WORLD;

/// A file with this plaintext stream, sealed by its publisher after a change of the seal.
fn read(stream: &[u8], change: impl Fn(&mut Seal)) -> [Result<(), OpenError>; 2] {
    let file = WORLD.protect(Suite::P256, b"");
    let header = WORLD.header(&file).unwrap();
    let message = Message::new(&header, &content_key_of_a_reader(&header), [7; 32]);
    let (head, floe_header, segments) = (&file[..header.length()], message.header(), message.seal(stream));
    let seal = seal_over(head, &floe_header, &segments, &WORLD.janet.signer);
    let mut seal: Seal = minicbor::decode(&payload(&seal)).unwrap();
    change(&mut seal);
    let label = clausa_core::hazmat::labels::SEAL;
    let object = sign(
        &minicbor::to_vec(&seal).unwrap(),
        label,
        &WORLD.janet.signer,
        false,
    );
    let file = assemble(head, &floe_header, &segments, &object);
    let whole = open_in_memory(&file, header.clone(), WORLD.grant(&header)).map(drop);
    let rest = &file[header.length()..];
    let piped = StreamReader::new(rest, header.clone(), WORLD.grant(&header)).and_then(StreamReader::finish);
    [whole, piped.map(drop)]
}

fn with_inner(inner: &[u8], content: &[u8]) -> Vec<u8> {
    [&(inner.len() as u32).to_be_bytes(), inner, content].concat()
}

/// Clauses 8.2.1 and 8.2.2
#[test]
fn inner_headers_out_of_their_form_are_refused_though_sealed() {
    let opens = |stream: &[u8]| read(stream, |_| {});
    assert_eq!(opens(&with_inner(&[0xa0], b"text")), [Ok(()), Ok(())]);
    assert_eq!(opens(&with_inner(&[0xa1, 4, 4], b"text")), [Ok(()), Ok(())]);
    for stream in [
        with_inner(&[0xa1, 4, 5], b"text"), // another size than that of the content
        with_inner(&[0xa1, 4, 3], b"text"),
        with_inner(&[], b"text"),                        // no map
        with_inner(&[0xa1, 1, 0x60], b"text"),           // an empty name
        with_inner(&[0xa1, 2, 0x61, 0x1f], b"text"),     // a control character in the media type
        with_inner(&[0xa1, 5, 0], b"text"),              // an unknown key
        with_inner(&[0xa1, 0x18, 4, 4], b"text"),        // a long key
        with_inner(&[0xa0, 0], b"text"),                 // a byte behind the map
        [&[0, 0, 0, 200, 0xa0][..], b"text"].concat(),   // longer than the plaintext
        [&[0, 0, 0x10, 1][..], &[0xa0; 5_000]].concat(), // longer than the limit
        vec![0, 0, 0],                                   // not even a length
    ] {
        for result in opens(&stream) {
            let Err(OpenError::Malformed(malformed)) = result else {
                panic!("{stream:02x?} is not refused: {result:?}");
            };
            assert_eq!(malformed.layer, Layer::InnerHeader);
        }
    }
}

/// Clauses 8.3.1, 8.3.2 and 8.6.2
#[test]
fn seals_that_do_not_say_the_truth_are_refused_though_signed() {
    let stream = with_inner(&[0xa0], b"text");
    let seal = [
        Err(OpenError::Altered(Layer::Seal)),
        Err(OpenError::Altered(Layer::Seal)),
    ];
    let body = [
        Err(OpenError::Altered(Layer::Body)),
        Err(OpenError::Altered(Layer::Body)),
    ];
    assert_eq!(read(&stream, |_| {}), [Ok(()), Ok(())]);
    assert_eq!(read(&stream, |seal| seal.header_digest[31] ^= 1), seal);
    for change in [1, u64::MAX] {
        let changed = read(&stream, |seal| {
            seal.body_length = seal.body_length.wrapping_add(change)
        });
        assert_eq!(changed, body);
    }
    assert_eq!(read(&stream, |seal| seal.root[31] ^= 1), body);
    // A signed object of more than 4 096 bytes, by an edit grant that is too long.
    for result in read(&stream, |seal| seal.edit_grant = Some(vec![0; 4_096].into())) {
        assert!(matches!(result, Err(OpenError::Malformed(malformed)) if malformed.layer == Layer::Seal));
    }
}
