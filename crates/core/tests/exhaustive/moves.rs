//! Segments swapped, doubled, put over each other and dropped, with what a stranger can mend mended: he has no key and
//! no signature, but length fields, leaf list and tail are nobody's secret (SEC-11, SEC-16; clauses 8.1, 8.4, 8.5).

use clausa_core::hazmat::body::digest_leaf;
use clausa_core::keys::Suite;

use crate::subject::Subject;
use crate::tally::Tally;

const SEGMENT: usize = 65_536;

/// More than 18 segments in two leaves.
fn subject() -> Subject {
    let file = Subject::published(Suite::P256, (1 << 20) + 150_000);
    assert!(file.segments().len() / SEGMENT >= 18 && file.parts[6] - file.parts[5] == 64);
    file
}

/// The file with other segments in place of its own: as it is, and with leaf list and tail made to fit.
pub fn with_segments(file: &Subject, segments: &[&[u8]]) -> [Vec<u8>; 2] {
    let segments = segments.concat();
    let plain = [
        &file.bytes[..file.parts[3]],
        &segments,
        &file.bytes[file.parts[4]..],
    ]
    .concat();
    let leaves = segments.chunks(1 << 20).enumerate();
    let mut list: Vec<u8> = leaves
        .flat_map(|(index, leaf)| digest_leaf(index as u64, leaf).chaining_value)
        .collect();
    if list.len() == 32 {
        list.clear();
    }
    let seal = &file.bytes[file.parts[4]..file.parts[5]];
    let length = ((seal.len() + list.len()) as u64).to_be_bytes();
    let mended = [
        &file.bytes[..file.parts[3]],
        &segments,
        seal,
        &list,
        &length,
        b"CLSSEAL1",
    ]
    .concat();
    [plain, mended]
}

fn judge_both(file: &Subject, segments: &[&[u8]], kind: &'static str, case: &str, tally: &mut Tally) {
    for damaged in with_segments(file, segments) {
        tally.add(
            kind,
            Subject::judge(&damaged, &[file], &format_args!("{kind} {case}")),
        );
    }
}

#[test]
fn every_pair_of_segments_swapped_or_put_over_each_other() {
    let file = subject();
    let segments: Vec<&[u8]> = file.segments().chunks(SEGMENT).collect();
    let mut tally = Tally::default();
    for first in 0..segments.len() {
        for second in 0..segments.len() {
            if first < second {
                let mut swapped = segments.clone();
                swapped.swap(first, second);
                judge_both(
                    &file,
                    &swapped,
                    "swapped",
                    &format!("{first} {second}"),
                    &mut tally,
                );
            }
            if first != second {
                let mut over = segments.clone();
                over[second] = over[first];
                let damaged = &with_segments(&file, &over)[(first + second) % 2];
                let case = format!("{first} over {second}");
                tally.add("put over", Subject::judge(damaged, &[&file], &case));
            }
        }
    }
    tally.report("eighteen segments", &["swapped", "put over"]);
}

#[test]
fn every_segment_doubled_or_dropped() {
    let file = subject();
    let segments: Vec<&[u8]> = file.segments().chunks(SEGMENT).collect();
    let mut tally = Tally::default();
    for number in 0..segments.len() {
        for place in [number, segments.len() - 1, segments.len()] {
            let mut doubled = segments.clone();
            doubled.insert(place, segments[number]);
            judge_both(
                &file,
                &doubled,
                "doubled",
                &format!("{number} at {place}"),
                &mut tally,
            );
        }
        let mut dropped = segments.clone();
        dropped.remove(number);
        judge_both(&file, &dropped, "dropped", &number.to_string(), &mut tally);
        if number > 0 {
            // Cut at the border, and the inner segment called the last one.
            judge_both(
                &file,
                &segments[..number],
                "the rest dropped",
                &number.to_string(),
                &mut tally,
            );
            let mut last = segments[number - 1].to_vec();
            last[..4].copy_from_slice(&(SEGMENT as u32).to_be_bytes());
            let called_last = [&segments[..number - 1], &[&last[..]]].concat();
            judge_both(
                &file,
                &called_last,
                "an inner one called last",
                &number.to_string(),
                &mut tally,
            );
        }
    }
    judge_both(&file, &[], "the rest dropped", "all", &mut tally);
    let whole: Vec<&[u8]> = segments.iter().chain(&segments).copied().collect();
    judge_both(&file, &whole, "doubled", "all", &mut tally);
    let kinds = [
        "doubled",
        "dropped",
        "the rest dropped",
        "an inner one called last",
    ];
    tally.report("eighteen segments", &kinds);
}

/// The two leaves, and the two values of the leaf list, in each other's place; values doubled, dropped, put in.
/// Clauses 8.5.1 and 8.5.2.
#[test]
fn every_change_of_leaves_and_of_the_leaf_list() {
    let file = subject();
    let segments: Vec<&[u8]> = file.segments().chunks(SEGMENT).collect();
    let mut tally = Tally::default();
    let (first, second) = segments.split_at(16);
    judge_both(&file, &[second, first].concat(), "leaves swapped", "", &mut tally);
    let [_, ahead, list, tail, end] = [3, 5, 5, 6, 7].map(|part| file.parts[part]);
    let (one, two) = file.bytes[list..tail].split_at(32);
    let lists: [&[&[u8]]; 9] = [
        &[two, one],
        &[one, one],
        &[two, two],
        &[one],
        &[two],
        &[],
        &[one, two, two],
        &[one, two, &[0; 32]],
        &[&[0; 32], one, two],
    ];
    let length = (tail - file.parts[4]) as u64;
    for values in lists {
        let values = values.concat();
        // With the tail's length as it was, as it should be, and one value less and more than that.
        let right = length - 64 + values.len() as u64;
        for length in [length, right, right.saturating_sub(32), right + 32] {
            let damaged = [&file.bytes[..ahead], &values, &length.to_be_bytes(), b"CLSSEAL1"].concat();
            tally.add(
                "leaf list",
                Subject::judge(&damaged, &[&file], &format_args!("{length} {values:?}")),
            );
        }
    }
    for length in [
        0,
        1,
        length - 1,
        length + 1,
        end as u64,
        u64::from(u32::MAX),
        u64::MAX - 15,
        u64::MAX,
    ] {
        let damaged = [&file.bytes[..tail], &length.to_be_bytes(), b"CLSSEAL1"].concat();
        tally.add(
            "tail",
            Subject::judge(&damaged, &[&file], &format_args!("seal of {length}")),
        );
    }
    tally.report("eighteen segments", &["leaves swapped", "leaf list", "tail"]);
}
