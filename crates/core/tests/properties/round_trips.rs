//! Size × how it is written × how it is read × suite.

use std::io::{Cursor, Read, Seek, SeekFrom};

use clausa_core::inner::InnerHeader;
use clausa_core::open::{SeekableReader, StreamReader, open_in_memory, read_header};
use clausa_core::protect::ProtectWriter;
use clausa_core::random::SystemRandom;
use proptest::prelude::*;

use crate::pieces::{Dribble, Sizes, read_in_pieces, write_in_pieces};
use crate::world::{NOW, SUITES, WORLD, sample};
use crate::{config, length};

/// Inner headers of all lengths, with and without a size.
fn inner_header(name: usize, says_size: bool, length: usize) -> InnerHeader {
    let inner = match name {
        0 => InnerHeader::default(),
        name => InnerHeader::named(&"n".repeat(name)).unwrap(),
    };
    if says_size {
        inner.with_size(length as u64)
    } else {
        inner
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn what_is_written_in_any_pieces_is_read_in_any_pieces(
        length in length(),
        suite in 0..SUITES.len(),
        name in prop_oneof![0_usize..40, 0_usize..1_025],
        says_size: bool,
        seeds: [u64; 3],
    ) {
        let content = sample(length);
        let inner = inner_header(name, says_size, length);
        let [writing, reading, dribbling] = seeds;
        let mut rng = SystemRandom;
        let published = WORLD.publish(SUITES[suite]);
        let mut writer = ProtectWriter::new(published, &inner, Vec::new(), &mut rng).unwrap();
        write_in_pieces(&mut writer, &content, &mut Sizes::new(writing));
        let finished = writer.finish(&WORLD.janet.signer, NOW).unwrap();
        let file = finished.out;
        prop_assert_eq!(finished.summary.file_length, file.len() as u64);

        let header = WORLD.header(&file).unwrap();
        let grant = || WORLD.grant(&header);
        let opened = open_in_memory(&file, header.clone(), grant()).unwrap();
        prop_assert!(*opened.plaintext == content);
        prop_assert_eq!(&opened.inner_header, &inner);
        prop_assert_eq!(opened.seal_report.root, finished.summary.root);

        let mut pipe = Dribble::new(&file, Sizes::new(dribbling));
        let head = read_header(&mut pipe).unwrap().verify(&WORLD.anchors).unwrap();
        let mut reader = StreamReader::new(pipe, head, grant()).unwrap();
        prop_assert_eq!(reader.inner_header(), &inner);
        let streamed = read_in_pieces(&mut reader, &mut Sizes::new(reading)).unwrap();
        prop_assert!(streamed == content);
        prop_assert_eq!(reader.finish().unwrap(), opened.seal_report);

        let mut reader = SeekableReader::open(Cursor::new(&file), header.clone(), grant()).unwrap();
        let sought = read_in_pieces(&mut reader, &mut Sizes::new(reading)).unwrap();
        prop_assert!(sought == content);
    }

    /// Random access is slicing, from wherever one looks: by absolute places, from the end, from here, beyond the end.
    #[test]
    fn reading_at_a_place_is_slicing(
        length in length(),
        suite in 0..SUITES.len(),
        reads in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..4, 0_usize..200_000), 1..12),
    ) {
        let content = sample(length);
        let file = WORLD.protect(SUITES[suite], &content);
        let header = WORLD.header(&file).unwrap();
        let mut reader = SeekableReader::open(Cursor::new(&file), header.clone(), WORLD.grant(&header)).unwrap();
        prop_assert_eq!(reader.plaintext_len(), length as u64);
        let mut here = 0;
        for (place, from, wanted) in reads {
            // A little beyond the end is a place too.
            let place = place.index(length + 50);
            let to = match from {
                0 => SeekFrom::Start(place as u64),
                1 => SeekFrom::End(place as i64 - length as i64),
                2 => SeekFrom::Current(place as i64 - here as i64),
                _ => SeekFrom::Current(0),
            };
            let place = if from == 3 { here } else { place };
            prop_assert_eq!(reader.seek(to).unwrap(), place as u64);
            let expected = content.get(place..).unwrap_or_default();
            let expected = &expected[..wanted.min(expected.len())];
            let mut read = Vec::new();
            reader.by_ref().take(wanted as u64).read_to_end(&mut read).unwrap();
            prop_assert!(read == expected);
            here = place + read.len();
        }
    }
}
