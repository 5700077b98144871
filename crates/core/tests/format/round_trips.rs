//! What is protected comes back byte for byte, by every way of reading.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use clausa_core::error::Layer;
use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::open::{OpenError, SeekableReader, StreamReader, open_in_memory, read_header};
use clausa_core::protect::{FileSealer, ProtectError, ProtectWriter};
use clausa_core::random::SystemRandom;
use clausa_core::rights::Right;
use clausa_core::seal::SealedBy;

use crate::world::{NOW, SUITES, WORLD, sample};

const SEGMENT: usize = 65_504;
const MIB: usize = 1 << 20;

fn open_seekable(file: &[u8]) -> SeekableReader<Cursor<&[u8]>> {
    let header = WORLD.header(file).unwrap();
    let grant = WORLD.grant(&header);
    SeekableReader::open(Cursor::new(file), header, grant).unwrap()
}

fn read_stream(file: &[u8]) -> Vec<u8> {
    let mut rest = file;
    let header = read_header(&mut rest).unwrap().verify(&WORLD.anchors).unwrap();
    let grant = WORLD.grant(&header);
    let mut reader = StreamReader::new(rest, header, grant).unwrap();
    let mut content = Vec::new();
    reader.read_to_end(&mut content).unwrap();
    assert_eq!(reader.finish().unwrap().revision, 0);
    content
}

/// SEC-24
#[test]
fn every_suite_and_length_round_trips() {
    let inner = InnerHeader::named("report.pdf")
        .unwrap()
        .with_media_type("application/pdf")
        .unwrap();
    let inner_length = inner.with_modified(NOW).with_size(0);
    // The inner header stands before the content, so the lengths at which segments and leaves end are moved by it.
    let shift = {
        let file = WORLD.protect(SUITES[0], &[]);
        let reader = open_seekable(&file);
        assert_eq!(reader.inner_header(), &inner_length);
        reader.into_parts().1.inner_length() as usize
    };
    // A size of more than one byte makes the inner header longer: 1 to 4 bytes more.
    let around = |border: usize| (border - shift - 5)..=(border - shift + 1);
    let mut lengths = vec![0, 1, 2, 1_000, SEGMENT, 3 * MIB + 12_345];
    for border in [SEGMENT, 2 * SEGMENT, 16 * SEGMENT, 32 * SEGMENT] {
        lengths.extend(around(border));
    }
    lengths.extend([MIB - 1, MIB, MIB + 1]);
    for (number, length) in lengths.into_iter().enumerate() {
        let plaintext = sample(length);
        let file = WORLD.protect(SUITES[number % SUITES.len()], &plaintext);
        let header = WORLD.header(&file).unwrap();
        let opened = open_in_memory(&file, header.clone(), WORLD.grant(&header)).unwrap();
        assert!(*opened.plaintext == plaintext, "{length}");
        assert_eq!(opened.inner_header.name(), Some("report.pdf"));
        assert!(read_stream(&file) == plaintext, "{length}");
    }
}

#[test]
fn each_suite_carries_the_policy_to_the_authority_alone() {
    for suite in SUITES {
        let file = WORLD.protect(*suite, b"text");
        let header = WORLD.header(&file).unwrap();
        let keys = WORLD.keys(&header);
        assert_eq!(
            header.verified_licence().policy(&keys.policy_key).unwrap(),
            WORLD.policy()
        );
        let address = WORLD.dover.address.as_str().as_bytes();
        assert!(
            !file.windows(address.len()).any(|window| window == address),
            "readers see no other reader"
        );
    }
}

#[test]
fn small_writes_and_large_ones_make_the_same_content() {
    let plaintext = sample(3 * MIB + 77);
    for step in [1_000, 65_504, 100_000, 5 * MIB] {
        let inner = InnerHeader::named("a").unwrap();
        let mut rng = SystemRandom;
        let mut writer =
            ProtectWriter::new(WORLD.publish(Suite::P256), &inner, Vec::new(), &mut rng).unwrap();
        for chunk in plaintext.chunks(step) {
            writer.write_all(chunk).unwrap();
            writer.flush().unwrap();
        }
        let finished = writer.finish(&WORLD.janet.signer, NOW).unwrap();
        assert_eq!(finished.summary.file_length, finished.out.len() as u64);
        assert!(read_stream(&finished.out) == plaintext);
    }
}

/// SEC-21
#[test]
fn any_place_can_be_read() {
    let plaintext = sample(4 * MIB + 99);
    let file = WORLD.protect(Suite::P256, &plaintext);
    let mut reader = open_seekable(&file);
    assert_eq!(reader.plaintext_len(), plaintext.len() as u64);
    let mut place = 12_345_usize;
    for round in 0..200 {
        let length = (place % 150_000).min(plaintext.len() - place);
        let mut part = vec![0; length];
        reader.seek(SeekFrom::Start(place as u64)).unwrap();
        reader.read_exact(&mut part).unwrap();
        assert!(part == plaintext[place..place + length], "round {round}");
        place = (place * 7_919 + 104_729) % plaintext.len();
    }
    assert_eq!(
        reader.seek(SeekFrom::End(-1)).unwrap(),
        plaintext.len() as u64 - 1
    );
    let mut last = Vec::new();
    reader.read_to_end(&mut last).unwrap();
    assert_eq!(last, plaintext[plaintext.len() - 1..]);
    reader.seek(SeekFrom::End(1_000)).unwrap();
    assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
    assert!(reader.seek(SeekFrom::Current(i64::MIN)).is_err());
}

#[test]
fn leaves_can_be_sealed_and_opened_on_several_threads() {
    use clausa_core::hazmat::body::{LEAF_PLAINTEXT_LENGTH, leaf_length, plaintext_slots};
    let inner = InnerHeader::named("a").unwrap();
    let mut sealer = FileSealer::new(WORLD.publish(Suite::P256), &inner, &mut SystemRandom).unwrap();
    let stream = [sealer.inner_header(), &sample(5 * MIB)].concat();
    let parts: Vec<&[u8]> = stream.chunks(LEAF_PLAINTEXT_LENGTH).collect();
    let sealed: Vec<_> = std::thread::scope(|scope| {
        let work = |(index, part): (usize, &&[u8])| {
            let (mut worker, part) = (sealer.leaf_sealer(), part.to_vec());
            let is_last = index + 1 == parts.len();
            scope.spawn(move || {
                let mut leaf = vec![0; leaf_length(part.len())];
                let mut rest = &part[..];
                for slot in plaintext_slots(leaf.len()) {
                    let (now, later) = rest.split_at(slot.len());
                    leaf[slot].copy_from_slice(now);
                    rest = later;
                }
                let digest = worker
                    .seal_in_place(index as u64, is_last, &mut leaf, &mut SystemRandom)
                    .unwrap();
                (leaf, digest)
            })
        };
        let handles: Vec<_> = parts.iter().enumerate().map(work).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    let mut file = sealer.head().to_vec();
    for (leaf, _) in &sealed {
        file.extend_from_slice(leaf);
    }
    // Threads are done in any order.
    for (index, (_, digest)) in sealed.iter().enumerate().rev() {
        sealer.add_leaf(index as u64, *digest).unwrap();
    }
    let end = sealer
        .finish(stream.len() as u64, &WORLD.janet.signer, NOW)
        .unwrap();
    file.extend([&end.seal[..], end.leaf_list.as_flattened(), &end.tail].concat());
    let (_, body) = open_seekable(&file).into_parts();
    // Leaves that do not exist, or have another length, are refused whatever the caller counts wrong.
    for (index, length) in [
        (0, 0),
        (0, 1),
        (1, 1 << 21),
        (body.leaves(), 1),
        (u64::MAX, 1 << 20),
    ] {
        let wrong = body.open_leaf(&mut body.leaf_opener(), index, &mut vec![0; length], &[]);
        assert_eq!(wrong, Err(OpenError::Altered(Layer::Body)), "{index} {length}");
    }
    let opened: Vec<u8> = std::thread::scope(|scope| {
        let work = |index: u64| {
            let (body, place) = (&body, body.leaf_place(index));
            let mut leaf = file[place.start as usize..place.end as usize].to_vec();
            scope.spawn(move || {
                assert_eq!(body.leaf_list_place(index), None);
                body.open_leaf(&mut body.leaf_opener(), index, &mut leaf, &[])
                    .unwrap();
                plaintext_slots(leaf.len())
                    .flat_map(|slot| leaf[slot].to_vec())
                    .collect::<Vec<_>>()
            })
        };
        let handles: Vec<_> = (0..body.leaves()).map(work).collect();
        handles
            .into_iter()
            .flat_map(|handle| handle.join().unwrap())
            .collect()
    });
    assert!(opened == stream);
}

/// SEC-15, SEC-32
#[test]
fn an_editor_seals_a_change_and_is_named() {
    let file = WORLD.protect(Suite::P256, b"first version");
    let header = WORLD.header(&file).unwrap();
    let grant = WORLD.grant_with(&header, "VIEW,EDIT");
    let inner = InnerHeader::named("report.pdf").unwrap();
    let sealer = FileSealer::revise(&header, &grant, 0, &inner, &mut SystemRandom).unwrap();
    let mut rng = SystemRandom;
    let mut writer = ProtectWriter::with_sealer(sealer, Vec::new(), &mut rng).unwrap();
    writer.write_all(b"second version").unwrap();
    let changed = writer.finish(&WORLD.dover.signer, NOW).unwrap().out;
    assert_eq!(
        changed[..header.length()],
        file[..header.length()],
        "the licence stays"
    );
    assert_ne!(
        changed[header.length()..header.length() + 74],
        file[header.length()..header.length() + 74]
    );
    let opened = open_in_memory(&changed, header.clone(), WORLD.grant(&header)).unwrap();
    assert_eq!(&**opened.plaintext, b"second version");
    assert_eq!(opened.seal_report.revision, 1);
    let (account, address) = (WORLD.dover.account, WORLD.dover.address.clone());
    assert_eq!(
        opened.seal_report.sealed_by,
        SealedBy::Editor { account, address }
    );

    let viewer = WORLD.grant(&header);
    let refused = FileSealer::revise(&header, &viewer, 0, &inner, &mut SystemRandom).unwrap_err();
    assert_eq!(refused, ProtectError::NotPermitted { right: Right::Edit });
}

#[test]
fn a_declared_size_is_kept() {
    let inner = InnerHeader::named("a").unwrap().with_size(5);
    let mut rng = SystemRandom;
    let mut writer = ProtectWriter::new(WORLD.publish(Suite::P256), &inner, Vec::new(), &mut rng).unwrap();
    writer.write_all(b"four").unwrap();
    let error = writer.finish(&WORLD.janet.signer, NOW).unwrap_err();
    assert_eq!(
        error,
        ProtectError::SizeDiffers {
            declared: 5,
            written: 4
        }
    );
}

/// A writer whose output fails once must not complete a file with a hole.
#[test]
fn after_a_failed_write_nothing_is_completed() {
    #[derive(Debug)]
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 {
                Err(std::io::ErrorKind::StorageFull.into())
            } else {
                Ok(taken)
            }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let inner = InnerHeader::named("a").unwrap();
    let mut rng = SystemRandom;
    let mut writer = ProtectWriter::new(WORLD.publish(Suite::P256), &inner, Full(500_000), &mut rng).unwrap();
    let error = writer.write_all(&sample(3 * MIB)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(
        writer.write(b"x").map_err(ProtectError::from),
        Err(ProtectError::Failed)
    );
    assert_eq!(
        writer.finish(&WORLD.janet.signer, NOW).unwrap_err(),
        ProtectError::Failed
    );
}

/// Clause 5.2.2.
#[test]
fn taking_protection_off_needs_the_right() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let grant = WORLD.grant(&header);
    assert_eq!(grant.require(Right::View.into()), Ok(()));
    let refused = grant.require(Right::Export.into());
    assert_eq!(refused, Err(OpenError::NotPermitted { right: Right::Export }));
    assert!(refused.unwrap_err().is_permission());
    assert_eq!(
        WORLD.grant_with(&header, "OWNER").require(Right::Export.into()),
        Ok(())
    );
}
