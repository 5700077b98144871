//! SEC-23, clauses 8.1, 8.4 and 11.1: files up to 16 TiB. The file is not there: a reader makes up zeros for all but a few
//! of its leaves, under a seal that the publisher has really signed.
//!
//! `CLAUSA_GIANT=1 cargo test --release -p clausa-core --test format giant` does it with 16 TiB and not with 130 GiB.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use clausa_core::error::Layer;
use clausa_core::hazmat::backends::sha256;
use clausa_core::hazmat::body::{BodyLayout, LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH, LeafTree, digest_leaf};
use clausa_core::hazmat::labels;
use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::open::{OpenError, SeekableReader};
use clausa_core::protect::{FileSealer, ProtectError};
use clausa_core::random::SystemRandom;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::cose::sign;
use crate::forgeries::keyholder::{Message, Seal, content_key_of_a_reader, stream};
use crate::world::{NOW, WORLD, sample};

const LEAF: u64 = LEAF_LENGTH as u64;
const LEAF_TEXT: u64 = LEAF_PLAINTEXT_LENGTH as u64;
const MOST_SEGMENTS: u64 = 1 << 28;

/// A file of a certain length that is zeros but for some places.
struct Sparse {
    length: u64,
    position: u64,
    places: BTreeMap<u64, Vec<u8>>,
}

impl Read for Sparse {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let mut wanted = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let place = self.places.range(..=self.position).next_back();
        match place.and_then(|(start, bytes)| bytes.get((self.position - start) as usize..)) {
            Some(bytes) if !bytes.is_empty() => {
                wanted = wanted.min(bytes.len());
                out[..wanted].copy_from_slice(&bytes[..wanted]);
            }
            _ => {
                let next = self.places.range(self.position..).next();
                let gap = next.map_or(u64::MAX, |(start, _)| start - self.position);
                wanted = wanted.min(usize::try_from(gap).unwrap_or(usize::MAX));
                out[..wanted].fill(0);
            }
        }
        self.position += wanted as u64;
        Ok(wanted)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::End(offset) => self.length.checked_add_signed(offset).unwrap(),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset).unwrap(),
        };
        Ok(self.position)
    }
}

/// Beyond 64 GiB the segment key has changed and the leaf list is kept in groups; both ends, and the leaves around the
/// change, are read back, all other leaves are refused.
#[test]
fn a_giant_file_is_read_at_its_true_places_and_nowhere_else() {
    let leaves: u64 = if std::env::var_os("CLAUSA_GIANT").is_some() {
        1 << 24
    } else {
        130 << 10
    };
    let genuine = WORLD.protect(Suite::P256, b"");
    let header = WORLD.header(&genuine).unwrap();
    let message = Message::new(&header, &content_key_of_a_reader(&header), [5; 32]);
    let text = sample(LEAF_PLAINTEXT_LENGTH);
    let first = [&stream(b"")[..], &text[stream(b"").len()..]].concat();
    let real = [0, 1 << 16, leaves / 2 + 1, leaves - 1];
    let start = header.length() as u64 + 74;
    let (mut tree, mut list) = (LeafTree::new(), Vec::with_capacity(32 * leaves as usize));
    let mut places = BTreeMap::from([(0, [&genuine[..header.length()], &message.header()].concat())]);
    for index in 0..leaves {
        let digest = if real.contains(&index) {
            let text = if index == 0 { &first } else { &text };
            let leaf = message.seal_leaf(index, index == leaves - 1, text);
            let digest = digest_leaf(index, &leaf);
            places.insert(start + index * LEAF, leaf);
            digest
        } else {
            // Of something that is not there.
            digest_leaf(index, b"x")
        };
        list.extend_from_slice(&digest.chaining_value);
        tree.push(digest);
    }
    let seal = Seal {
        header_digest: sha256(&[&genuine[..header.length()], &message.header()])
            .to_vec()
            .into(),
        root: tree.root().unwrap().to_vec().into(),
        body_length: 74 + leaves * LEAF,
        revision: 0,
        sealed_at: NOW.seconds(),
        edit_grant: None,
    };
    let seal = sign(
        &minicbor::to_vec(&seal).unwrap(),
        labels::SEAL,
        &WORLD.janet.signer,
        false,
    );
    let length = ((seal.len() + list.len()) as u64).to_be_bytes();
    let end = [&seal[..], &list, &length, b"CLSSEAL1"].concat();
    let file = Sparse {
        length: start + leaves * LEAF + end.len() as u64,
        position: 0,
        places,
    };
    let mut file = Sparse {
        places: [(start + leaves * LEAF, end)]
            .into_iter()
            .chain(file.places)
            .collect(),
        ..file
    };
    file.position = 0;

    let mut reader = SeekableReader::open(file, header.clone(), WORLD.grant(&header)).unwrap();
    let inner = stream(b"").len() as u64;
    assert_eq!(reader.plaintext_len(), leaves * LEAF_TEXT - inner);
    for index in real {
        for offset in [inner, 65_503, 65_504, 700_000, LEAF_TEXT - 20] {
            let mut read = [0; 20];
            reader
                .seek(SeekFrom::Start(index * LEAF_TEXT + offset - inner))
                .unwrap();
            reader.read_exact(&mut read).unwrap();
            assert_eq!(read, text[offset as usize..][..20], "leaf {index} at {offset}");
        }
    }
    for index in [1, (1 << 16) - 1, (1 << 16) + 1, leaves / 2, leaves - 2] {
        reader.seek(SeekFrom::Start(index * LEAF_TEXT)).unwrap();
        let error = reader.read_exact(&mut [0]).map_err(OpenError::from).unwrap_err();
        assert_eq!(error, OpenError::Altered(Layer::Body), "leaf {index}");
    }
    assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), leaves * LEAF_TEXT - inner);
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
}

/// Files whose length no body can have, up to what an unsigned number holds, are refused before anything large is read.
#[test]
fn a_file_beyond_the_limit_is_refused() {
    let genuine = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&genuine).unwrap();
    let head = genuine[..header.length() + 74].to_vec();
    let end = &genuine[genuine.len() - 16..];
    let seal_length = u64::from_be_bytes(end[..8].try_into().unwrap());
    let with_body = |length: u64| {
        let seal = genuine[genuine.len() - 16 - seal_length as usize..].to_vec();
        let seal_start = header.length() as u64 + length;
        let whole = seal_start + seal.len() as u64;
        let places = BTreeMap::from([(0, head.clone()), (seal_start, seal)]);
        let file = Sparse {
            length: whole,
            position: 0,
            places,
        };
        SeekableReader::open(file, header.clone(), WORLD.grant(&header))
            .map(drop)
            .unwrap_err()
    };
    let most = 74 + MOST_SEGMENTS * 65_536;
    // At the limit the length is one that a body may have; then the seal is for another one.
    assert!(matches!(with_body(most), OpenError::Malformed(malformed) if malformed.layer == Layer::Seal));
    for length in [
        most + 1,
        most + 33,
        most + 65_536,
        1 << 50,
        u64::MAX >> 1,
        u64::MAX - (1 << 20),
    ] {
        let error = with_body(length);
        assert!(
            matches!(error, OpenError::Malformed(malformed) if malformed.layer == Layer::Body),
            "{length}: {error:?}"
        );
    }
}

#[test]
fn a_text_beyond_the_limit_is_not_sealed() {
    let sealer = FileSealer::new(
        WORLD.publish(Suite::P256),
        &InnerHeader::default(),
        &mut SystemRandom,
    )
    .unwrap();
    for length in [MOST_SEGMENTS * 65_504 + 1, u64::MAX] {
        let sealer = FileSealer::new(
            WORLD.publish(Suite::P256),
            &InnerHeader::default(),
            &mut SystemRandom,
        )
        .unwrap();
        assert_eq!(
            sealer.finish(length, &WORLD.janet.signer, NOW).unwrap_err(),
            ProtectError::TooLong
        );
    }
    // At the limit, but without the leaves.
    let error = sealer
        .finish(MOST_SEGMENTS * 65_504, &WORLD.janet.signer, NOW)
        .unwrap_err();
    assert_eq!(error, ProtectError::Failed);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(23),
        ..ProptestConfig::with_cases(2_000)
    })]

    /// Places follow from lengths, for every number of segments up to the limit.
    #[test]
    fn the_layout_holds_up_to_the_limit(
        segments in prop_oneof![1..=MOST_SEGMENTS, 1_u64..100, MOST_SEGMENTS - 100..=MOST_SEGMENTS],
        last in prop_oneof![1_u64..=65_504, 1_u64..3, 65_502_u64..=65_504],
        place: u64,
    ) {
        let text = (segments - 1) * 65_504 + last;
        let body = 74 + (segments - 1) * 65_536 + 32 + last;
        let layout = BodyLayout::new(body).unwrap();
        prop_assert_eq!((layout.body_length(), layout.plaintext_length()), (body, text));
        prop_assert_eq!(layout.leaves(), segments.div_ceil(16));
        let (leaf, offset) = layout.locate(place % text);
        prop_assert!(leaf < layout.leaves() && leaf * LEAF_TEXT + offset as u64 == place % text);
        // The leaf holds that place: its segments up to there are within it.
        let range = layout.leaf(leaf);
        prop_assert!(range.start == 74 + leaf * LEAF && range.end <= body);
        let segment = offset as u64 / 65_504;
        let in_leaf = segment * 65_536 + 16 + offset as u64 % 65_504;
        prop_assert!(range.start + in_leaf + 16 < range.end);
        prop_assert_eq!(layout.is_last(leaf), range.end == body);
        prop_assert_eq!(layout.leaf(layout.leaves() - 1).end, body);
        prop_assert!(layout.leaf(layout.leaves()).is_empty() && layout.leaf(u64::MAX).is_empty());
    }

    /// Lengths that no text has are refused: a last segment without text, and one segment too many.
    #[test]
    fn no_other_length_is_a_bodys(segments in 0..=MOST_SEGMENTS, rest in 0_u64..=32, beyond in 1_u64..u64::MAX / 2) {
        let body = 74 + segments * 65_536 + rest;
        prop_assert_eq!(BodyLayout::new(body).is_ok(), segments > 0 && rest == 0, "{}", body);
        prop_assert!(BodyLayout::new(74 + MOST_SEGMENTS * 65_536 + beyond).is_err());
        prop_assert!(BodyLayout::new(rest).is_err());
    }
}
