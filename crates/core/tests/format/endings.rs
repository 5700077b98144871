//! How a file ends that does not end with its seal (clause 14.3).

use std::io::Cursor;

use clausa_core::keys::Suite;
use clausa_core::open::{Ending, OpenError, StreamReader, find_ending, read_header};

use crate::world::{WORLD, sample};

fn ending(file: &[u8]) -> Ending {
    let header = read_header(file).unwrap();
    find_ending(Cursor::new(file), header.length() as u64).unwrap()
}

#[test]
fn cut_extended_and_altered_files_are_told_apart() {
    for length in [0, 100_000, (1 << 20) + 9] {
        let file = WORLD.protect(Suite::P256, &sample(length));
        let start = WORLD.header(&file).unwrap().length();
        assert_eq!(ending(&file), Ending::Sealed);

        let near_the_end = start.max(file.len() - 900)..file.len();
        let further = (start..file.len()).step_by(7_001).chain([start + 73, start + 74]);
        for cut in near_the_end.chain(further) {
            assert_eq!(ending(&file[..cut]), Ending::Cut, "{cut} of {}", file.len());
        }
        for bytes in [1, 7, 8, 16, 500, 5_000, 100_000] {
            let extended = [file.as_slice(), &vec![7; bytes]].concat();
            let bytes = bytes as u64;
            assert_eq!(ending(&extended), Ending::Extended { bytes });
        }
        for place in [1, 8] {
            let mut altered = file.clone();
            let place = altered.len() - place;
            altered[place] ^= 1;
            assert_eq!(ending(&altered), Ending::Altered);
        }
    }
}

/// What is behind the header is no body, or what is behind the body is no seal.
#[test]
fn a_file_of_which_no_part_fits_is_altered() {
    let file = WORLD.protect(Suite::P256, &sample(100));
    let start = WORLD.header(&file).unwrap().length();
    let mut impossible = file[..file.len() - 1].to_vec();
    impossible[start + 74..start + 78].copy_from_slice(&5_u32.to_be_bytes());
    assert_eq!(ending(&impossible), Ending::Altered);

    let seal = start + 74 + u32::from_be_bytes(file[start + 74..start + 78].try_into().unwrap()) as usize;
    let without = [&file[..seal], &[0; 5_000]].concat();
    assert_eq!(ending(&without), Ending::Altered);
    let short = [&file[..seal], &[0; 100]].concat();
    assert_eq!(ending(&short), Ending::Cut);
}

/// Clause 8.6.1, SEC-13: both ways of reading say so, however much follows.
#[test]
fn whatever_follows_the_tail_is_refused_as_an_end_that_is_not_the_seal() {
    let file = WORLD.protect(Suite::P256, &sample(100));
    for bytes in [1, 16, 5_000, 100_000] {
        let extended = [file.as_slice(), &vec![7; bytes]].concat();
        let header = WORLD.header(&extended).unwrap();
        let whole = clausa_core::open::open_in_memory(&extended, header.clone(), WORLD.grant(&header));
        assert_eq!(whole.map(|_| ()).unwrap_err(), OpenError::Unsealed);
        let rest = &extended[header.length()..];
        let streamed =
            StreamReader::new(rest, header.clone(), WORLD.grant(&header)).and_then(|reader| reader.finish());
        assert_eq!(streamed.map(|_| ()).unwrap_err(), OpenError::Unsealed);
    }
}
