//! Bodies sealed with the primitives of one backend and read with the crate's, and the other way (clause 8.1). Which of
//! them the crate itself uses is decided when it is built; here each backend writes and reads the body by hand.

use clausa_core::hazmat::backends::sha256;
use clausa_core::keys::Suite;
use clausa_core::open::{StreamReader, VerifiedHeader, open_in_memory};
use proptest::prelude::*;

use crate::keyholder::{assemble, content_key_of_a_reader, parts, position, seal_over, stream};
use crate::pieces::{Sizes, read_in_pieces};
use crate::world::{WORLD, sample};
use crate::{SEGMENT, config, length};

/// The body's cryptography, over the primitives of one backend.
macro_rules! by_hand {
    ($name:ident, $backend:ident) => {
        mod $name {
            use clausa_core::hazmat::backends::$backend::{AeadKey, hkdf_expand_sha384};

            use super::*;

            const PARAMETERS: [u8; 10] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 32];

            /// The tag of the FLOE header, and the key of the first 2^20 segments.
            fn derive(key: &[u8; 32], digest: &[u8], iv: &[u8]) -> ([u8; 32], AeadKey) {
                let (mut body_key, mut tag, mut message_key, mut segment_key) =
                    ([0; 32], [0; 32], [0; 48], [0; 32]);
                hkdf_expand_sha384(key, &[b"clausa/v1/body-key"], &mut body_key).unwrap();
                let expand = |key: &[u8], purpose: &[u8], out: &mut [u8]| {
                    let info: [&[u8]; 5] = [&PARAMETERS, iv, purpose, b"clausa/v1/body", digest];
                    hkdf_expand_sha384(key, &info, out).unwrap();
                };
                expand(&body_key, b"HEADER_TAG:", &mut tag);
                expand(&body_key, b"MESSAGE_KEY:", &mut message_key);
                expand(&message_key, b"DEK:\0\0\0\0\0\0\0\0", &mut segment_key);
                (tag, AeadKey::new(&segment_key).unwrap())
            }

            /// FLOE header and segments.
            pub fn seal(header: &VerifiedHeader, key: &[u8; 32], stream: &[u8]) -> (Vec<u8>, Vec<u8>) {
                let iv = sha256(&[stream]);
                let (tag, key) = derive(key, header.digest().as_bytes(), &iv);
                let last = stream.len().div_ceil(SEGMENT) - 1;
                let mut segments = Vec::new();
                for (number, part) in stream.chunks(SEGMENT).enumerate() {
                    let (mut part, nonce) = (part.to_vec(), [number as u8; 12]);
                    let aad = position(number, number == last);
                    let tag = key.seal_in_place(&nonce, &aad, &mut part).unwrap();
                    let field = if number == last { part.len() as u32 + 32 } else { u32::MAX };
                    segments.extend([&field.to_be_bytes()[..], &nonce, &part, &tag].concat());
                }
                ([&PARAMETERS[..], &iv, &tag].concat(), segments)
            }

            /// The plaintext stream.
            pub fn open(header: &VerifiedHeader, key: &[u8; 32], floe: &[u8], segments: &[u8]) -> Vec<u8> {
                let (tag, key) = derive(key, header.digest().as_bytes(), &floe[10..42]);
                assert_eq!((&floe[..10], &floe[42..]), (&PARAMETERS[..], &tag[..]));
                let last = segments.len().div_ceil(65_536) - 1;
                let mut stream = Vec::new();
                for (number, segment) in segments.chunks(65_536).enumerate() {
                    let (ciphertext, tag) = segment[16..].split_last_chunk().unwrap();
                    let (mut part, nonce) = (ciphertext.to_vec(), segment[4..16].try_into().unwrap());
                    key.open_in_place(&nonce, &position(number, number == last), &mut part, tag).unwrap();
                    stream.extend(part);
                }
                stream
            }

            proptest! {
                #![proptest_config(config(8))]

                #[test]
                fn seals_what_the_crate_opens_and_opens_what_it_seals(length in length(), seed: u64) {
                    let content = sample(length);
                    let file = WORLD.protect(Suite::P256, &content);
                    let header = WORLD.header(&file).unwrap();
                    let content_key = content_key_of_a_reader(&header);
                    let [head, floe, segments, _] = parts(&file, &header);
                    let opened = open(&header, &content_key, floe, segments);
                    prop_assert!(opened.ends_with(&content) && opened.len() < content.len() + 100);

                    let (floe, segments) = seal(&header, &content_key, &stream(&content));
                    let seal = seal_over(head, &floe, &segments, &WORLD.janet.signer);
                    let made = assemble(head, &floe, &segments, &seal);
                    let opened = open_in_memory(&made, header.clone(), WORLD.grant(&header)).unwrap();
                    prop_assert!(*opened.plaintext == content);
                    let mut pipe = StreamReader::new(&made[head.len()..], header.clone(), WORLD.grant(&header)).unwrap();
                    prop_assert!(read_in_pieces(&mut pipe, &mut Sizes::new(seed)).unwrap() == content);
                    pipe.finish().unwrap();
                }
            }
        }
    };
}

#[cfg(feature = "aws-lc")]
by_hand!(native, aws_lc);
by_hand!(portable, portable);
