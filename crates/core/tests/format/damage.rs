//! Damage as a caller of the readers meets it: which error, when, and what may still be read. That nothing damaged opens
//! at all is shown by `tests/exhaustive.rs`.

use std::io::{Cursor, Read};

use clausa_core::keys::Suite;
use clausa_core::open::{OpenError, SeekableReader, StreamReader, read_header};

use crate::world::{WORLD, sample};

/// Damage far from what is read is noticed at the latest when it is read, and never released (SEC-21).
/// Clauses 8.4 and 8.9.1.
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
/// Clause 8.9.3.
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
