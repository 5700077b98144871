//! Every cut, every byte put in or taken out, and everything that may be put behind the end (SEC-13, SEC-22).

use clausa_core::keys::Suite;

use crate::is_full;
use crate::subject::Subject;
use crate::tally::Tally;

#[cfg(feature = "aws-lc")]
#[test]
fn every_cut_and_every_byte_more_or_less_of_suite_1() {
    every_cut_and_every_byte_more_or_less(Suite::RsaOaep);
}

#[test]
fn every_cut_and_every_byte_more_or_less_of_suite_2() {
    every_cut_and_every_byte_more_or_less(Suite::P256);
}

#[test]
fn every_cut_and_every_byte_more_or_less_of_suite_3() {
    every_cut_and_every_byte_more_or_less(Suite::MlKem768X25519);
}

fn every_cut_and_every_byte_more_or_less(suite: Suite) {
    let published = Subject::published(suite, 11);
    let edited = published.edited(11);
    let mut tally = Tally::default();
    for file in [&published, &edited] {
        let whole = &file.bytes;
        for length in 0..whole.len() {
            let verdict = Subject::judge(&whole[..length], &[file], &format_args!("cut to {length}"));
            tally.add("cut", verdict);
        }
        // The edited file's head is the other one's, so that its places were tried already.
        let from = if is_full() || std::ptr::eq(file, &published) {
            0
        } else {
            file.parts[2]
        };
        for place in from..whole.len() {
            let shorter = [&whole[..place], &whole[place + 1..]].concat();
            tally.add(
                "byte taken out",
                Subject::judge(&shorter, &[file], &format_args!("without {place}")),
            );
        }
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        for place in from..=whole.len() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let neighbour = whole.get(place).or(whole.last()).copied().unwrap();
            for byte in [0x00, 0xff, neighbour, random as u8] {
                let longer = [&whole[..place], &[byte], &whole[place..]].concat();
                let verdict = Subject::judge(&longer, &[file], &format_args!("{byte:02x} put in at {place}"));
                tally.add("byte put in", verdict);
            }
        }
        for byte in 0..=255 {
            let longer = [&whole[..], &[byte]].concat();
            tally.add(
                "appended",
                Subject::judge(&longer, &[file], &format_args!("{byte:02x} appended")),
            );
        }
        let tail = &whole[file.parts[6]..];
        let seal_and_tail = &whole[file.parts[4]..];
        let many = [
            &[0; 16][..],
            &[0; 32],
            &[0; 65_536],
            tail,
            seal_and_tail,
            file.segments(),
            whole,
        ];
        for (number, extra) in many.into_iter().enumerate() {
            let longer = [whole, extra].concat();
            tally.add(
                "appended",
                Subject::judge(&longer, &[file], &format_args!("appended, {number}")),
            );
            let before_tail = [&whole[..file.parts[6]], extra, tail].concat();
            let case = format_args!("before the tail, {number}");
            tally.add(
                "put before the tail",
                Subject::judge(&before_tail, &[file], &case),
            );
        }
    }
    let kinds = [
        "cut",
        "byte taken out",
        "byte put in",
        "appended",
        "put before the tail",
    ];
    tally.report(&format!("suite {}", suite.number()), &kinds);
    assert_eq!(tally.cases("cut"), published.bytes.len() + edited.bytes.len());
}

/// Cuts at and around every border of segments, leaves and parts of a file of two leaves.
#[test]
fn every_cut_at_a_border_of_a_file_of_two_leaves() {
    let file = Subject::published(Suite::P256, (1 << 20) + 100_000);
    let mut tally = Tally::default();
    let segments = (file.parts[3]..file.parts[4]).step_by(65_536);
    for border in segments.chain(file.parts) {
        for length in border.saturating_sub(17)..(border + 18).min(file.bytes.len()) {
            let cut = &file.bytes[..length];
            tally.add(
                "cut",
                Subject::judge(cut, &[&file], &format_args!("cut to {length}")),
            );
        }
    }
    tally.report("two leaves", &["cut"]);
}
