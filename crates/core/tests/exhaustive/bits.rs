//! Every bit (SEC-13, SEC-14; clauses 8.6 and 8.9).

use std::cell::Cell;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use clausa_core::keys::Suite;
use clausa_core::open::SeekableReader;

use crate::is_full;
use crate::subject::{Subject, Verdict};
use crate::tally::Tally;

const SEGMENT: usize = 65_536;
const TWO_SEGMENTS: usize = 66_000;
const TWO_LEAVES: usize = (1 << 20) + 100_000;

/// RSA needs the native backend.
#[cfg(feature = "aws-lc")]
#[test]
fn every_bit_of_small_files_of_suite_1() {
    every_bit_of_small_files(Suite::RsaOaep);
}

#[test]
fn every_bit_of_small_files_of_suite_2() {
    every_bit_of_small_files(Suite::P256);
}

#[test]
fn every_bit_of_small_files_of_suite_3() {
    every_bit_of_small_files(Suite::MlKem768X25519);
}

fn every_bit_of_small_files(suite: Suite) {
    let published = Subject::published(suite, 11);
    let edited = published.edited(11);
    assert!(published.head() == edited.head());
    let name = format!("suite {}", suite.number());
    let mut tally = Tally::default();
    flip(
        &published,
        0..published.bytes.len(),
        1,
        "bit, publisher's seal",
        &mut tally,
    );
    // The head of the other file is the same bytes; once is enough unless all are wanted.
    let from = if is_full() { 0 } else { edited.parts[2] };
    flip(
        &edited,
        from..edited.bytes.len(),
        1,
        "bit, editor's seal",
        &mut tally,
    );
    tally.report(&name, &["bit, publisher's seal", "bit, editor's seal"]);
    assert_eq!(tally.cases("bit, publisher's seal"), published.bytes.len() * 8);
}

/// Flips one bit of every `step` within these bytes of the file, each by itself.
fn flip(file: &Subject, bytes: Range<usize>, step: usize, kind: &'static str, tally: &mut Tally) {
    let mut damaged = file.bytes.clone();
    for bit in (bytes.start * 8..bytes.end * 8).step_by(step) {
        damaged[bit / 8] ^= 1 << (bit % 8);
        tally.add(
            kind,
            Subject::judge(&damaged, &[file], &format_args!("{kind} {bit}")),
        );
        damaged[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(damaged == file.bytes);
}

#[cfg(feature = "aws-lc")]
#[test]
fn bits_of_files_of_two_segments_of_suite_1() {
    bits_of_two_segments(Suite::RsaOaep);
}

#[test]
fn bits_of_files_of_two_segments_of_suite_2() {
    bits_of_two_segments(Suite::P256);
}

#[test]
fn bits_of_files_of_two_segments_of_suite_3() {
    bits_of_two_segments(Suite::MlKem768X25519);
}

/// Two segments in one leaf: what frames them wholly, of the ciphertext every 1 009th bit, or every one.
fn bits_of_two_segments(suite: Suite) {
    let published = Subject::published(suite, TWO_SEGMENTS);
    let edited = published.edited(TWO_SEGMENTS);
    let mut tally = Tally::default();
    for (file, name) in [(&published, "publisher's seal"), (&edited, "editor's seal")] {
        if is_full() {
            flip(file, 0..file.parts[3], 1, "bit before the segments", &mut tally);
            flip(
                file,
                file.parts[4]..file.bytes.len(),
                1,
                "bit behind the segments",
                &mut tally,
            );
            flip_in_segments(file, "bit of the segments", &mut tally);
            assert_eq!(
                tally.cases("bit of the segments") % (file.segments().len() * 8),
                0,
                "{name}"
            );
            continue;
        }
        for frame in frames(file) {
            flip(file, frame, 9, "bit of the framing", &mut tally);
        }
        flip(
            file,
            file.parts[3]..file.parts[4],
            1_009,
            "bit of the segments",
            &mut tally,
        );
    }
    tally.report(
        &format!("suite {}, two segments", suite.number()),
        &["bit of the segments"],
    );
}

/// Length field and nonce, and the tag, of each segment.
fn frames(file: &Subject) -> Vec<Range<usize>> {
    let (start, end) = (file.parts[3], file.parts[4]);
    let frames = (start..end).step_by(SEGMENT).flat_map(|segment| {
        let behind = end.min(segment + SEGMENT);
        [segment..segment + 16, behind - 16..behind]
    });
    frames.collect()
}

/// Every bit of the segments. The part of a seekable reader that does not look at them (FLOE header, seal, end of the
/// file, leaf list) is done once; what it does with a leaf then is done for each bit. A pipe is read anew each time.
fn flip_in_segments(file: &Subject, kind: &'static str, tally: &mut Tally) {
    let watch = Watch::over(file);
    let reader = SeekableReader::open(watch, file.header.clone(), file.grant()).unwrap();
    let (watch, body) = reader.into_parts();
    assert!(
        watch.leaves_only.get(),
        "nothing but whole leaves is read of the segments"
    );
    let mut opener = body.leaf_opener();
    let mut damaged = file.bytes.clone();
    for bit in file.parts[3] * 8..file.parts[4] * 8 {
        damaged[bit / 8] ^= 1 << (bit % 8);
        let index = ((bit / 8 - file.parts[3]) >> 20) as u64;
        let place = body.leaf_place(index);
        let mut leaf = damaged[place.start as usize..place.end as usize].to_vec();
        assert_eq!(body.leaf_list_place(index), None);
        assert!(
            body.open_leaf(&mut opener, index, &mut leaf, &[]).is_err(),
            "{kind} {bit}"
        );
        let (streamed, released) = file.stream(&damaged);
        assert!(streamed.is_err(), "{kind} {bit}: accepted from a pipe");
        assert!(file.plaintext.starts_with(&released), "{kind} {bit}");
        tally.add(
            kind,
            Verdict::Body {
                released: released.len(),
            },
        );
        damaged[bit / 8] ^= 1 << (bit % 8);
    }
}

/// Sees whether anything but one whole leaf at a time is read from among the segments.
struct Watch<'a> {
    file: Cursor<&'a [u8]>,
    segments: Range<u64>,
    leaves_only: Cell<bool>,
}

impl<'a> Watch<'a> {
    fn over(file: &'a Subject) -> Self {
        Self {
            file: Cursor::new(&file.bytes),
            segments: file.parts[3] as u64..file.parts[4] as u64,
            leaves_only: Cell::new(true),
        }
    }
}

impl Read for Watch<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let from = self.file.position();
        let read = self.file.read(out)?;
        let touches = from < self.segments.end && from + read as u64 > self.segments.start;
        let leaf = (self.segments.end - from.min(self.segments.end)).min(1 << 20);
        let is_leaf = from >= self.segments.start
            && (from - self.segments.start).is_multiple_of(1 << 20)
            && read as u64 == leaf;
        if touches && !is_leaf {
            self.leaves_only.set(false);
        }
        Ok(read)
    }
}

impl Seek for Watch<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

/// Eighteen segments and more over two leaves: what frames each segment, the leaf list, and a sample of the rest.
#[test]
fn bits_of_a_file_of_two_leaves() {
    let published = Subject::published(Suite::P256, TWO_LEAVES);
    let edited = published.edited(TWO_LEAVES);
    let mut tally = Tally::default();
    let (framing, rest) = if is_full() { (1, 4_001) } else { (61, 100_003) };
    for file in [&published, &edited] {
        for frame in frames(file) {
            flip(file, frame, framing, "bit of the framing", &mut tally);
        }
        flip(
            file,
            file.parts[5]..file.parts[6],
            framing,
            "bit of the leaf list",
            &mut tally,
        );
        flip(
            file,
            file.parts[3]..file.parts[4],
            rest,
            "bit of the segments",
            &mut tally,
        );
    }
    tally.report(
        "two leaves",
        &[
            "bit of the framing",
            "bit of the leaf list",
            "bit of the segments",
        ],
    );
}
