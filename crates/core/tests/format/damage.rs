//! A file of which any one bit was changed, or any part cut, added or moved, never opens.

use std::io::{Cursor, Read};

use clausa_core::certificate::Purpose;
use clausa_core::keys::Suite;
use clausa_core::open::{
    OpenError, SeekableReader, StreamReader, VerifiedHeader, open_in_memory, read_header,
};
use clausa_core::use_licence::UseLicence;

use crate::world::{SUITES, WORLD, sample};

/// Opens by both ways; they must agree.
fn open(file: &[u8]) -> Result<Vec<u8>, OpenError> {
    let header = WORLD.header(file)?;
    let licence = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    open_body(file, &header, &licence)
}

/// The same when header and use licence are at hand.
fn open_body(file: &[u8], header: &VerifiedHeader, licence: &[u8]) -> Result<Vec<u8>, OpenError> {
    let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
    let grant = || {
        let verified = UseLicence::parse_verify(licence, certificate, header, &WORLD.expected(&WORLD.dover));
        verified.unwrap().unseal(&WORLD.dover.decryption).unwrap()
    };
    let whole = open_in_memory(file, header.clone(), grant()).map(|opened| opened.plaintext.to_vec());
    let streamed = || {
        let mut reader = StreamReader::new(&file[header.length()..], header.clone(), grant())?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        reader.finish()?;
        Ok::<_, OpenError>(content)
    };
    let streamed = streamed();
    assert_eq!(
        whole.as_ref().ok(),
        streamed.as_ref().ok(),
        "both agree: {whole:?} {streamed:?}"
    );
    whole
}

/// SEC-13, SEC-14: every bit of a small file. One test for each suite, so that they run side by side.
#[cfg(feature = "aws-lc")]
#[test]
fn every_bit_flip_of_suite_1_is_refused() {
    every_bit_flip_is_refused(Suite::RsaOaep);
}

#[test]
fn every_bit_flip_of_suite_2_is_refused() {
    every_bit_flip_is_refused(Suite::P256);
}

#[test]
fn every_bit_flip_of_suite_3_is_refused() {
    every_bit_flip_is_refused(Suite::MlKem768X25519);
}

fn every_bit_flip_is_refused(suite: Suite) {
    let mut file = WORLD.protect(suite, b"text");
    let header = WORLD.header(&file).unwrap();
    let licence = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    for bit in 0..file.len() * 8 {
        file[bit / 8] ^= 1 << (bit % 8);
        if bit / 8 < header.length() {
            assert!(WORLD.header(&file).is_err(), "{suite:?} bit {bit}");
        } else {
            assert!(
                open_body(&file, &header, &licence).is_err(),
                "{suite:?} bit {bit}"
            );
        }
        file[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(open(&file).unwrap(), b"text");
}

/// SEC-22
#[test]
fn every_truncation_is_refused() {
    for suite in SUITES {
        let file = WORLD.protect(*suite, b"text");
        for length in 0..file.len() {
            assert!(open(&file[..length]).is_err(), "{suite:?} {length}");
        }
    }
}

/// SEC-13
#[test]
fn every_inserted_deleted_or_appended_byte_is_refused() {
    let file = WORLD.protect(Suite::P256, b"text");
    for place in 0..=file.len() {
        let mut longer = file.clone();
        longer.insert(place, 0);
        assert!(open(&longer).is_err(), "inserted at {place}");
        if place < file.len() {
            let mut shorter = file.clone();
            shorter.remove(place);
            assert!(open(&shorter).is_err(), "deleted at {place}");
        }
    }
    for extra in [1, 16, 32, 65_536] {
        assert!(open(&[&file[..], &vec![0; extra]].concat()).is_err());
    }
    assert!(open(&[&file[..], &file[..]].concat()).is_err());
}

/// Segments and leaves swapped, repeated and dropped, and the same in the leaf list (SEC-16).
#[test]
fn every_moved_part_is_refused() {
    const SEGMENT: usize = 65_536;
    let file = WORLD.protect(Suite::P256, &sample(3 << 20));
    let start = WORLD.header(&file).unwrap().length() + 74;
    let swapped = |a: usize, b: usize, length: usize| {
        let mut file = file.clone();
        let kept = file[a..a + length].to_vec();
        file.copy_within(b..b + length, a);
        file[b..b + length].copy_from_slice(&kept);
        file
    };
    for (a, b) in [(0, 1), (0, 16), (15, 16), (3, 40)] {
        assert!(
            open(&swapped(start + a * SEGMENT, start + b * SEGMENT, SEGMENT)).is_err(),
            "{a} {b}"
        );
        let mut repeated = file.clone();
        repeated.copy_within(
            start + a * SEGMENT..start + (a + 1) * SEGMENT,
            start + b * SEGMENT,
        );
        assert!(open(&repeated).is_err());
    }
    assert!(open(&swapped(start, start + 16 * SEGMENT, 16 * SEGMENT)).is_err());
    let mut dropped = file.clone();
    dropped.drain(start + SEGMENT..start + 2 * SEGMENT);
    assert!(open(&dropped).is_err());
    let list = file.len() - 16 - 4 * 32;
    assert!(open(&swapped(list, list + 32, 32)).is_err());
    let shorter = [&file[..list], &file[list + 32..]].concat();
    let longer = [&file[..list], &[0; 32], &file[list..]].concat();
    for mut changed in [shorter, longer] {
        let tail = changed.len() - 16;
        for delta in [-32_i64, 0, 32] {
            let length = u64::from_be_bytes(file[file.len() - 16..file.len() - 8].try_into().unwrap());
            changed[tail..tail + 8].copy_from_slice(&length.checked_add_signed(delta).unwrap().to_be_bytes());
            assert!(open(&changed).is_err());
        }
    }
    assert!(open(&file).is_ok());
}

/// Body and seal of one file behind the header of another, and every other mixture of two files.
#[test]
fn every_splice_of_two_files_is_refused() {
    let files = [b"text", b"TEXT"].map(|text| WORLD.protect(Suite::P256, text));
    let cuts = files.each_ref().map(|file| {
        let body = WORLD.header(file).unwrap().length();
        let tail = u64::from_be_bytes(file[file.len() - 16..file.len() - 8].try_into().unwrap()) as usize;
        [
            0,
            16,
            body,
            body + 74,
            file.len() - 16 - tail,
            file.len() - 16,
            file.len(),
        ]
    });
    for mixture in 1_u32..63 {
        let part = |i: usize| {
            let from = (mixture >> i & 1) as usize;
            &files[from][cuts[from][i]..cuts[from][i + 1]]
        };
        // Prefix and tail of the two may be the same bytes.
        let mixed = (0..6).map(part).collect::<Vec<_>>().concat();
        if !files.contains(&mixed) {
            assert!(open(&mixed).is_err(), "{mixture:06b}");
        }
    }
}

/// Damage far from what is read is noticed at the latest when it is read, and never released (SEC-21).
#[test]
fn a_damaged_leaf_is_refused_when_it_is_read() {
    let plaintext = sample(3 << 20);
    let mut file = WORLD.protect(Suite::P256, &plaintext);
    let damaged = file.len() - 5_000;
    file[damaged] ^= 1;
    let header = WORLD.header(&file).unwrap();
    let grant = WORLD.grant(&header);
    let mut reader = SeekableReader::open(Cursor::new(&file), header, grant).unwrap();
    let mut first = vec![0; 1 << 20];
    reader.read_exact(&mut first).unwrap();
    assert!(first == plaintext[..1 << 20]);
    let error = reader
        .read_to_end(&mut Vec::new())
        .map_err(OpenError::from)
        .unwrap_err();
    assert_eq!(error, OpenError::Altered(clausa_core::error::Layer::Body));
    assert!(error.is_damage() && !error.is_retryable());
}

/// SEC-22
#[test]
fn a_cut_stream_never_looks_like_its_end() {
    let file = WORLD.protect(Suite::P256, &sample(2 << 20));
    for length in [
        file.len() - 1,
        file.len() - 16,
        file.len() - 200,
        1 << 20,
        200_000,
    ] {
        let mut rest = &file[..length];
        let header = read_header(&mut rest).unwrap().verify(&WORLD.anchors).unwrap();
        let grant = WORLD.grant(&header);
        match StreamReader::new(rest, header, grant) {
            Err(error) => assert_eq!(error, OpenError::Unsealed),
            Ok(mut reader) => {
                let error = reader
                    .read_to_end(&mut Vec::new())
                    .map_err(OpenError::from)
                    .unwrap_err();
                assert_eq!(error, OpenError::Unsealed);
                assert_eq!(reader.finish().unwrap_err(), OpenError::Failed);
            }
        }
    }
}

#[test]
fn finish_alone_reads_and_checks_the_rest() {
    let mut file = WORLD.protect(Suite::P256, &sample(3 << 20));
    let finish = |file: &[u8]| {
        let mut rest = file;
        let header = read_header(&mut rest).unwrap().verify(&WORLD.anchors).unwrap();
        let grant = WORLD.grant(&header);
        StreamReader::new(rest, header, grant).unwrap().finish()
    };
    assert!(finish(&file).is_ok());
    let place = file.len() / 2;
    file[place] ^= 4;
    assert!(finish(&file).is_err());
}
