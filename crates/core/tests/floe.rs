//! FLOE against the independent `fast-floe` crate, and what must not open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clausa_core::hazmat::floe::*;
use clausa_core::random::{Randomness, RandomnessFailed, SystemRandom};
use fast_floe::{Parameters, low_level};
use proptest::prelude::*;

const KEY: [u8; 32] = [0x42; 32];
const AAD: &[u8] = b"clausa/v1/body and a digest";

fn key() -> FloeKey {
    FloeKey::new(SecretBytes::from_bytes(&KEY))
}

fn parameters() -> Parameters {
    Parameters::with_segment_length(65_536).unwrap()
}

/// Some bytes that differ from place to place.
fn plaintext(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap())
        .collect()
}

/// A whole message in memory.
fn seal(plaintext: &[u8]) -> Vec<u8> {
    let sealer = FloeHeader::create(&key(), AAD, &mut SystemRandom).unwrap();
    let mut worker = sealer.worker();
    let mut message = sealer.header().as_bytes().to_vec();
    let mut chunks: Vec<&[u8]> = plaintext.chunks(SEGMENT_PLAINTEXT_LENGTH).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    let last = chunks.len() - 1;
    for (index, chunk) in chunks.into_iter().enumerate() {
        let mut segment = vec![0; chunk.len() + SEGMENT_OVERHEAD];
        segment[SEGMENT_PAYLOAD_OFFSET..][..chunk.len()].copy_from_slice(chunk);
        let position = Position {
            index: index as u64,
            is_last: index == last,
        };
        worker
            .seal_segment_in_place(position, &mut segment, &mut SystemRandom)
            .unwrap();
        message.extend(segment);
    }
    message
}

/// Opens a message whose length is known, so that its last segment is where the bytes end.
fn open(message: &[u8]) -> Result<Vec<u8>, FloeError> {
    let (header, body) = message.split_first_chunk().unwrap();
    let mut worker = FloeHeader::parse(header)?.verify(&key(), AAD)?.worker();
    let mut plaintext = Vec::new();
    let last = body.len().div_ceil(SEGMENT_LENGTH) - 1;
    for (index, segment) in body.chunks(SEGMENT_LENGTH).enumerate() {
        let mut segment = segment.to_vec();
        let position = Position {
            index: index as u64,
            is_last: index == last,
        };
        let range = worker.open_segment_in_place(position, &mut segment)?;
        plaintext.extend_from_slice(&segment[range]);
    }
    Ok(plaintext)
}

#[test]
fn the_other_crate_opens_ours_and_we_open_its() {
    // SEC-24
    const FULL: usize = SEGMENT_PLAINTEXT_LENGTH;
    let lengths = [
        0,
        1,
        15,
        16,
        17,
        FULL - 1,
        FULL,
        FULL + 1,
        2 * FULL - 1,
        2 * FULL,
        2 * FULL + 1,
        5 * FULL + 12_345,
    ];
    let other_key = fast_floe::Key::from_bytes(KEY);
    for length in lengths {
        let plaintext = plaintext(length);
        let ours = seal(&plaintext);
        let segments = length.div_ceil(FULL).max(1);
        assert_eq!(
            ours.len(),
            HEADER_LENGTH + length + segments * SEGMENT_OVERHEAD,
            "length {length}"
        );
        assert_eq!(
            fast_floe::decrypt(&other_key, AAD, &ours).unwrap(),
            plaintext,
            "length {length}"
        );
        let theirs = fast_floe::encrypt(&other_key, AAD, parameters(), &plaintext).unwrap();
        assert_eq!(open(&theirs).unwrap(), plaintext, "length {length}");
        assert_eq!(open(&ours).unwrap(), plaintext, "length {length}");
    }
}

#[test]
fn segment_keys_rotate_as_in_the_other_crate() {
    // Around the first two changes of the segment key and at the last position we allow, out of order.
    let positions = [
        0,
        (1 << 20) - 1,
        1 << 20,
        (1 << 20) + 1,
        (2 << 20) - 1,
        2 << 20,
        MAX_SEGMENTS - 1,
        5,
    ];
    let layout = parameters()
        .plaintext_layout(MAX_SEGMENTS * SEGMENT_PLAINTEXT_LENGTH as u64)
        .unwrap();
    let other_key = fast_floe::Key::from_bytes(KEY);
    let sealer = FloeHeader::create(&key(), AAD, &mut SystemRandom).unwrap();
    let mut sealing = sealer.worker();
    let mut opening = sealer.header().verify(&key(), AAD).unwrap().worker();
    let header = fast_floe::Header::try_from(&sealer.header().as_bytes()[..]).unwrap();
    let mut other = low_level::start_decryption(&other_key, AAD, parameters(), &header).unwrap();
    let text = plaintext(SEGMENT_PLAINTEXT_LENGTH);
    for index in positions {
        let position = Position {
            index,
            is_last: index == MAX_SEGMENTS - 1,
        };
        let mut segment = vec![0; SEGMENT_LENGTH];
        segment[SEGMENT_PAYLOAD_OFFSET..][..text.len()].copy_from_slice(&text);
        sealing
            .seal_segment_in_place(position, &mut segment, &mut SystemRandom)
            .unwrap();
        let theirs = other
            .decrypt_segment(&segment, layout.segment_for_position(index).unwrap())
            .unwrap();
        assert_eq!(theirs, text, "position {index}");
        let range = opening.open_segment_in_place(position, &mut segment).unwrap();
        assert_eq!(segment[range], text, "position {index}");
    }
}

#[test]
fn two_workers_share_one_message() {
    let text = plaintext(SEGMENT_PLAINTEXT_LENGTH);
    let sealer = FloeHeader::create(&key(), AAD, &mut SystemRandom).unwrap();
    let seal_every_other = |first: u64| {
        let mut worker = sealer.worker();
        let segments = (first..8).step_by(2).map(|index| {
            let mut segment = vec![0; SEGMENT_LENGTH];
            segment[SEGMENT_PAYLOAD_OFFSET..][..text.len()].copy_from_slice(&text);
            let position = Position {
                index,
                is_last: index == 7,
            };
            worker
                .seal_segment_in_place(position, &mut segment, &mut SystemRandom)
                .unwrap();
            (index, segment)
        });
        segments.collect::<Vec<_>>()
    };
    let mut segments = std::thread::scope(|scope| {
        let workers = [
            scope.spawn(|| seal_every_other(0)),
            scope.spawn(|| seal_every_other(1)),
        ];
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect::<Vec<_>>()
    });
    segments.sort_by_key(|(index, _)| *index);
    let body = segments.into_iter().flat_map(|(_, segment)| segment);
    let message: Vec<u8> = sealer.header().as_bytes().iter().copied().chain(body).collect();
    assert_eq!(open(&message).unwrap(), text.repeat(8));
}

/// Clause 8.1.2.
#[test]
fn the_header_commits_to_key_and_additional_data() {
    // SEC-10
    let sealer = FloeHeader::create(&key(), AAD, &mut SystemRandom).unwrap();
    let bytes = *sealer.header().as_bytes();
    let refused = |header: FloeHeader, key: &FloeKey, aad: &[u8]| header.verify(key, aad).unwrap_err();
    let other_key = FloeKey::new(SecretBytes::from_bytes(&[0x43; 32]));
    assert_eq!(
        refused(FloeHeader::parse(&bytes).unwrap(), &other_key, AAD),
        FloeError::BadHeader
    );
    assert_eq!(
        refused(FloeHeader::parse(&bytes).unwrap(), &key(), b"other"),
        FloeError::BadHeader
    );
    for bit in 0..HEADER_LENGTH * 8 {
        let mut altered = bytes;
        altered[bit / 8] ^= 1 << (bit % 8);
        match FloeHeader::parse(&altered) {
            // SEC-12: the first ten bytes admit one value only.
            Err(error) => assert!(bit < 80 && error == FloeError::UnknownProfile, "bit {bit}"),
            Ok(header) => {
                assert!(bit >= 80, "bit {bit}");
                assert_eq!(refused(header, &key(), AAD), FloeError::BadHeader, "bit {bit}");
            }
        }
    }
}

/// Clause 8.1.6.
#[test]
fn every_altered_bit_of_a_segment_is_found_and_leaves_no_plaintext() {
    let text = plaintext(200);
    let message = seal(&text);
    let (header, segment) = message.split_first_chunk().unwrap();
    let mut worker = FloeHeader::parse(header)
        .unwrap()
        .verify(&key(), AAD)
        .unwrap()
        .worker();
    for bit in 0..segment.len() * 8 {
        let mut altered = segment.to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit < 32 {
            FloeError::BadLengthField
        } else {
            FloeError::BadSegment
        };
        assert_eq!(
            worker.open_segment_in_place(Position::last(0), &mut altered),
            Err(expected),
            "bit {bit}"
        );
        let payload = &altered[SEGMENT_PAYLOAD_OFFSET..segment.len() - 16];
        assert!(
            payload
                .windows(16)
                .zip(text.windows(16))
                .all(|(left, right)| left != right),
            "bit {bit}"
        );
    }
}

/// Clause 8.1.3.
#[test]
fn a_segment_is_bound_to_its_position_and_to_being_last() {
    // SEC-11
    let text = plaintext(3 * SEGMENT_PLAINTEXT_LENGTH);
    let message = seal(&text);
    let (header, body) = message.split_first_chunk().unwrap();
    let mut worker = FloeHeader::parse(header)
        .unwrap()
        .verify(&key(), AAD)
        .unwrap()
        .worker();
    let mut open_at =
        |position, segment: &[u8]| worker.open_segment_in_place(position, &mut segment.to_vec());
    let segments: Vec<&[u8]> = body.chunks(SEGMENT_LENGTH).collect();
    assert!(open_at(Position::inner(0), segments[0]).is_ok());
    assert_eq!(
        open_at(Position::inner(1), segments[0]),
        Err(FloeError::BadSegment)
    );
    assert_eq!(
        open_at(Position::last(0), segments[0]),
        Err(FloeError::BadLengthField)
    );
    assert_eq!(
        open_at(Position::inner(2), segments[2]),
        Err(FloeError::BadLengthField)
    );

    // With the length field set right, the additional data still tells them apart.
    let mut as_last = segments[0].to_vec();
    as_last[..4].copy_from_slice(&65_536_u32.to_be_bytes());
    assert_eq!(open_at(Position::last(0), &as_last), Err(FloeError::BadSegment));
    let mut as_inner = segments[2].to_vec();
    as_inner[..4].copy_from_slice(&[0xff; 4]);
    assert_eq!(open_at(Position::inner(2), &as_inner), Err(FloeError::BadSegment));

    // A message cut behind a whole segment has no last one.
    assert_eq!(
        open(&message[..HEADER_LENGTH + SEGMENT_LENGTH]),
        Err(FloeError::BadLengthField)
    );
}

/// Clauses 8.1.3 and 8.1.4.
#[test]
fn lengths_and_positions_outside_the_limits_are_refused() {
    // SEC-11
    let sealer = FloeHeader::create(&key(), AAD, &mut SystemRandom).unwrap();
    let mut sealing = sealer.worker();
    let mut opening = sealer.header().verify(&key(), AAD).unwrap().worker();
    let wrong = |actual| Err(FloeError::SegmentLength { actual });
    for (position, length, expected) in [
        (Position::inner(0), 65_535, wrong(65_535)),
        (Position::inner(0), 65_537, wrong(65_537)),
        (Position::inner(0), 0, wrong(0)),
        (Position::last(0), 31, wrong(31)),
        (Position::last(0), 65_537, wrong(65_537)),
        (Position::last(0), 0, wrong(0)),
        (Position::last(MAX_SEGMENTS), 32, Err(FloeError::TooManySegments)),
        (Position::inner(u64::MAX), 65_536, Err(FloeError::TooManySegments)),
    ] {
        let mut segment = vec![0; length];
        assert_eq!(
            sealing.seal_segment_in_place(position, &mut segment, &mut SystemRandom),
            expected
        );
        assert_eq!(
            opening.open_segment_in_place(position, &mut segment).map(|_| ()),
            expected
        );
    }
}

/// Clause 1.2.
#[test]
fn randomness_that_fails_stops_everything() {
    // SEC-29
    struct Broken;
    impl Randomness for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomnessFailed> {
            Err(RandomnessFailed)
        }
    }
    assert_eq!(
        FloeHeader::create(&key(), AAD, &mut Broken).unwrap_err(),
        FloeError::RandomnessFailed
    );
    let mut worker = FloeHeader::create(&key(), AAD, &mut SystemRandom)
        .unwrap()
        .worker();
    let mut segment = vec![7; 100];
    let sealed = worker.seal_segment_in_place(Position::last(0), &mut segment, &mut Broken);
    assert_eq!(sealed, Err(FloeError::RandomnessFailed));
    assert_eq!(segment, [7; 100]);
}

/// Clause 8.1.5.
#[test]
fn headers_and_segment_ivs_never_repeat() {
    // SEC-32; more segments than one stock of IVs holds.
    let sealer = FloeHeader::create(&key(), AAD, &mut SystemRandom).unwrap();
    let again = FloeHeader::create(&key(), AAD, &mut SystemRandom).unwrap();
    assert_ne!(sealer.header(), again.header());
    let mut worker = sealer.worker();
    let ivs: std::collections::HashSet<[u8; 12]> = (0..200)
        .map(|index| {
            let mut segment = [0; 40];
            worker
                .seal_segment_in_place(Position::last(index), &mut segment, &mut SystemRandom)
                .unwrap();
            segment[4..16].try_into().unwrap()
        })
        .collect();
    assert_eq!(ivs.len(), 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_length_survives_the_other_crate(length in 0_usize..200_000) {
        let text = plaintext(length);
        let ours = seal(&text);
        prop_assert_eq!(&fast_floe::decrypt(&fast_floe::Key::from_bytes(KEY), AAD, &ours).unwrap(), &text);
        prop_assert_eq!(open(&ours).unwrap(), text);
    }
}

#[test]
fn equal_plaintext_gives_no_equal_ciphertext_block() {
    // SEC-36
    let text = vec![0x20; 2 << 20];
    let message = seal(&text);
    let blocks = message[HEADER_LENGTH..]
        .chunks(SEGMENT_LENGTH)
        .flat_map(|segment| {
            segment[SEGMENT_PAYLOAD_OFFSET..]
                .chunks_exact(16)
                .map(|block| <[u8; 16]>::try_from(block).unwrap())
        });
    let mut seen = std::collections::HashSet::new();
    assert!(blocks.into_iter().all(|block| seen.insert(block)));
    assert!(seen.len() > 131_000);
}
