//! Every bit (SEC-13, SEC-14; clauses 8.6 and 8.9).

use std::ops::Range;

use clausa_core::id::TemplateId;
use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::policy::NamedData;
use clausa_core::protect::protect;
use clausa_core::publishing::{DisplayHint, PublishRequest, publish};
use clausa_core::random::SystemRandom;

use crate::is_full;
use crate::subject::Subject;
use crate::tally::Tally;
use crate::world::{NOW, WORLD};

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

/// Two segments in one leaf: what frames them, and a sample of the rest.
fn bits_of_two_segments(suite: Suite) {
    let published = Subject::published(suite, TWO_SEGMENTS);
    let edited = published.edited(TWO_SEGMENTS);
    let mut tally = Tally::default();
    let (framing, rest) = if is_full() { (1, 31) } else { (9, 1_009) };
    for file in [&published, &edited] {
        for frame in frames(file) {
            flip(file, frame, framing, "bit of the framing", &mut tally);
        }
        flip(
            file,
            file.parts[3]..file.parts[4],
            rest,
            "bit of the segments",
            &mut tally,
        );
    }
    let name = format!("suite {}, two segments", suite.number());
    tally.report(&name, &["bit of the framing", "bit of the segments"]);
}

/// Files with everything that a licence may have, in the long form.
#[test]
fn every_bit_of_files_with_more_in_them() {
    if !is_full() {
        return;
    }
    let policy = WORLD.policy();
    let keys = [Suite::P256, Suite::MlKem768X25519].map(|suite| WORLD.wrapping_key(suite));
    let make = |request: PublishRequest<'_>, inner: InnerHeader, content: &[u8]| {
        let published = publish(request, &WORLD.janet.signer, &mut SystemRandom).unwrap();
        let file = protect(
            published,
            &inner,
            content,
            &WORLD.janet.signer,
            NOW,
            &mut SystemRandom,
        )
        .unwrap();
        Subject::of(&WORLD, file, content.to_vec())
    };
    let mut extensions = NamedData::default();
    extensions.insert("example.contoso.case", vec![42; 60]).unwrap();
    let hint = DisplayHint::new(TemplateId::from_bytes([3; 16]), "Contoso - Confidential").unwrap();
    let with_more = PublishRequest {
        hint: Some(hint),
        extensions,
        ..WORLD.request(&policy, &keys[..1])
    };
    let two_wraps = PublishRequest {
        allow_mixed_suites: true,
        ..WORLD.request(&policy, &keys)
    };
    let named = InnerHeader::named("report.pdf")
        .unwrap()
        .with_media_type("application/pdf")
        .unwrap();
    let files = [
        (
            "hint and extension",
            make(with_more, named.with_modified(NOW).with_size(300), &[7; 300]),
        ),
        ("two wraps", make(two_wraps, InnerHeader::default(), b"x")),
        ("no content", Subject::published(Suite::P256, 0)),
        (
            "later revision",
            Subject::published(Suite::MlKem768X25519, 20).republished(30),
        ),
    ];
    for (name, file) in &files {
        let mut tally = Tally::default();
        flip(file, 0..file.bytes.len(), 1, "bit", &mut tally);
        tally.report(name, &["bit"]);
        assert_eq!(tally.cases("bit"), file.bytes.len() * 8);
    }
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

/// Eighteen segments and more over two leaves: what frames each segment, the leaf list, and a sample of the rest.
#[test]
fn bits_of_a_file_of_two_leaves() {
    let published = Subject::published(Suite::P256, TWO_LEAVES);
    let edited = published.edited(TWO_LEAVES);
    let mut tally = Tally::default();
    let (framing, rest) = if is_full() { (3, 20_011) } else { (61, 100_003) };
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
