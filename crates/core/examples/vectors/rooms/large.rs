//! Files of several segments and leaves. They share keys and header with one file of three leaves, `opens/large`, and are
//! written as what they do not share with it.

use super::LARGE;
use crate::floe::{FULL, Floe, LEAF};
use crate::recipe::{Content, Part, Recipe};

const BODY: &str = "altered-body";
const SEAL: &str = "altered-seal";
/// Bytes of the plaintext before the content: length and inner header.
const INNER: usize = 16;
/// Plaintext bytes in a leaf.
const LEAF_PLAINTEXT: usize = LEAF * FULL;
/// Content of the first leaf.
const FIRST_LEAF: usize = LEAF_PLAINTEXT - INNER;

/// Name, verdict, requirement, clause, comment, whole length of the plaintext, and the change.
type Row = (
    &'static str,
    &'static str,
    u32,
    &'static str,
    &'static str,
    usize,
    fn(&mut Recipe),
);

const THREE: usize = 2 * LEAF_PLAINTEXT + 1_000;

#[rustfmt::skip] // A row a vector.
const ROWS: &[Row] = &[
    ("segment_less_a_byte", "opens", 24, "8.1", "One byte less than a segment.", FULL - 1, |_| {}),
    ("segment_exactly", "opens", 24, "8.1", "Exactly one segment.", FULL, |_| {}),
    ("segment_and_a_byte", "opens", 24, "8.1", "One byte more than a segment.", FULL + 1, |_| {}),
    ("two_segments_exactly", "opens", 24, "8.1", "Exactly two segments.", 2 * FULL, |_| {}),
    ("leaf_less_a_byte", "opens", 24, "8.4", "One byte less than a leaf.", LEAF_PLAINTEXT - 1, |_| {}),
    ("leaf_exactly", "opens", 16, "8.5", "Exactly one leaf: there is no list.", LEAF_PLAINTEXT, |_| {}),
    ("leaf_and_a_byte", "opens", 16, "8.5", "One byte more than a leaf: a list of two.", LEAF_PLAINTEXT + 1, |_| {}),
    ("leaf_and_a_segment", "opens", 16, "8.5", "A leaf and a segment.", LEAF_PLAINTEXT + FULL, |_| {}),
    ("two_leaves_exactly", "opens", 16, "8.5", "Exactly two leaves.", 2 * LEAF_PLAINTEXT, |_| {}),
    ("size_told", "opens", 24, "8.2", "A file of three leaves that tells its size.", THREE, |r| sized(r, 0)),
    ("size_wrong", "inner-header", 24, "8.2", "A file of three leaves that tells a size of one more.", THREE, |r| {
        sized(r, 1);
        r.released = Some(r.content.length);
    }),
    ("first_segment_bit", BODY, 14, "8.9", "One bit of the first segment.", THREE, |r| {
        r.released = Some(0);
        after(r, |s| s[0][30_000] ^= 1);
    }),
    ("first_leaf_bit", BODY, 21, "8.9", "One bit of the last segment of the first leaf: its other segments may come out of a pipe.", THREE, |r| {
        r.released = Some(15 * FULL - INNER);
        after(r, |s| s[15][30_000] ^= 1);
    }),
    ("second_leaf_bit", BODY, 21, "8.9", "One bit of the second leaf.", THREE, |r| {
        r.released = Some(FIRST_LEAF + 4 * FULL);
        after(r, |s| s[20][30_000] ^= 1);
    }),
    ("last_leaf_bit", BODY, 21, "8.9", "One bit of the last leaf.", THREE, |r| {
        r.released = Some(2 * LEAF_PLAINTEXT - INNER);
        after(r, |s| s[32][500] ^= 1);
    }),
    ("second_leaf_nonce_bit", BODY, 21, "8.9", "One bit of a nonce in the second leaf.", THREE, |r| {
        r.released = Some(FIRST_LEAF);
        after(r, |s| s[16][5] ^= 1);
    }),
    ("second_leaf_tag_bit", BODY, 21, "8.9", "One bit of a tag in the second leaf.", THREE, |r| {
        r.released = Some(FIRST_LEAF);
        after(r, |s| s[16][65_535] ^= 1);
    }),
    ("segments_swapped", BODY, 14, "8.1", "Two segments of the first leaf change places.", THREE, |r| {
        r.released = Some(FULL - INNER);
        after(r, |s| s.swap(1, 2));
    }),
    ("segments_swapped_and_sealed", BODY, 14, "8.1", "Two segments change places, and the seal is over that.", 3 * FULL, |r| {
        r.released = Some(0);
        before(r, |s| s.swap(0, 1));
    }),
    ("leaves_swapped", BODY, 14, "8.4", "The first two leaves change places.", THREE, |r| {
        r.released = Some(0);
        after(r, |s| s[..32].rotate_left(16));
    }),
    ("segment_dropped", SEAL, 14, "8.1", "A segment is missing, and with it a leaf.", THREE, |r| {
        r.stream = Some(BODY);
        r.released = Some(FULL - INNER);
        after(r, |s| { s.remove(1); });
    }),
    ("segment_dropped_and_sealed", BODY, 14, "8.1", "A segment is missing, and the seal is over that.", 3 * FULL, |r| {
        r.released = Some(FULL - INNER);
        before(r, |s| { s.remove(1); });
    }),
    ("segment_twice", BODY, 14, "8.1", "A segment comes twice.", THREE, |r| {
        r.released = Some(2 * FULL - INNER);
        after(r, |s| s.insert(2, s[1].clone()));
    }),
    ("segment_twice_and_sealed", BODY, 14, "8.1", "A segment comes twice, and the seal is over that.", 3 * FULL, |r| {
        r.released = Some(2 * FULL - INNER);
        before(r, |s| s.insert(2, s[1].clone()));
    }),
    ("last_segment_dropped_and_sealed", BODY, 13, "8.1", "The last segment is missing, and the seal is over that.", 2 * FULL + 100, |r| {
        r.released = Some(2 * FULL - INNER);
        before(r, |s| { s.pop(); });
    }),
    ("last_segment_dropped", BODY, 13, "8.6", "The last segment is missing; the seal is that of the whole body.", 2 * FULL + 100, |r| {
        r.released = Some(2 * FULL - INNER);
        after(r, |s| { s.pop(); });
    }),
    ("last_segment_first", BODY, 13, "8.1", "A last segment in the middle, sealed so.", 2 * FULL + 100, |r| {
        r.stream = Some(SEAL);
        r.released = Some(FULL - INNER + 4);
        r.before_sealing(|body, floe| {
            let plaintext = &[0; 4];
            body.segments[1] = floe.segment(1, true, [1; 12], plaintext, 36);
        });
    }),
    ("inner_segment_says_its_length", BODY, 11, "8.1", "A segment that others follow has its length in the length field.", 2 * FULL, |r| {
        r.released = Some(0);
        before(r, |s| s[0][..4].copy_from_slice(&65_536_u32.to_be_bytes()));
    }),
    ("inner_segment_as_last", BODY, 11, "8.1", "A segment that others follow was encrypted as the last one.", 2 * FULL, |r| {
        r.released = Some(0);
        r.before_sealing(|body, floe| again(body, floe, 0, true, u32::MAX));
    }),
    ("last_segment_as_inner", BODY, 11, "8.1", "The last segment, a full one, was encrypted as one that others follow.", 2 * FULL, |r| {
        r.released = Some(FULL - INNER);
        r.before_sealing(|body, floe| again(body, floe, 1, false, 65_536));
    }),
    ("last_segment_says_inner", BODY, 11, "8.1", "The last segment, a full one, says that others follow.", 2 * FULL, |r| {
        r.released = Some(2 * FULL - INNER);
        r.before_sealing(|body, floe| again(body, floe, 1, false, u32::MAX));
    }),
    ("empty_last_segment", BODY, 24, "8.1", "A full segment and an empty one: a second division of the same plaintext.", FULL, |r| {
        r.released = Some(FULL - INNER);
        r.division = Some(vec![FULL, 0]);
    }),
    ("short_segment_inside", BODY, 11, "8.1", "A segment of less than 65 536 bytes that others follow.", 2 * FULL, |r| {
        r.released = Some(0);
        r.division = Some(vec![1_000, FULL, FULL - 1_000]);
    }),
    ("spliced", BODY, 14, "8.1", "A segment out of another message with the same key.", THREE, |r| {
        r.released = Some(FULL - INNER);
        r.before_sealing(|body, floe| {
            let other = Floe { iv: [7; 32], ..floe.clone() };
            body.segments[1] = other.segment(1, false, [1; 12], &[0; FULL], u32::MAX);
        });
    }),
    ("appended", BODY, 13, "8.6", "A segment behind the last one; the seal is that of the body before.", 2 * FULL + 100, |r| {
        r.stream = Some(SEAL);
        r.released = Some(r.content.length);
        r.after_sealing(|body, floe| body.segments.push(floe.segment(3, true, [1; 12], b"more", 36)));
    }),
    ("list_missing", SEAL, 16, "8.5", "Three leaves and no list.", THREE, |r| {
        r.stream = Some("unsealed");
        list(r, Vec::clear);
    }),
    ("list_of_two", SEAL, 16, "8.5", "Three leaves and a list of two.", THREE, |r| {
        r.stream = Some("unsealed");
        list(r, |l| l.truncate(64));
    }),
    ("list_of_four", SEAL, 16, "8.5", "Three leaves and a list of four.", THREE, |r| list(r, |l| l.extend([0; 32]))),
    ("list_cut", SEAL, 16, "8.5", "The last byte of the list is missing.", THREE, |r| list(r, |l| l.truncate(95))),
    ("list_bit", SEAL, 16, "8.5", "One bit of the list.", THREE, |r| list(r, |l| l[40] ^= 1)),
    ("list_last_bit", SEAL, 16, "8.5", "One bit of the list's last value.", THREE, |r| list(r, |l| l[95] ^= 1)),
    ("list_swapped", SEAL, 16, "8.5", "Two values of the list change places.", THREE, |r| list(r, |l| l[..64].rotate_left(32))),
    ("list_of_zeros", SEAL, 16, "8.5", "A list of zeros.", THREE, |r| list(r, |l| l.fill(0))),
    ("list_of_one_leaf", SEAL, 16, "8.5", "Exactly one leaf, and a list of it.", LEAF_PLAINTEXT, |r| list(r, |l| l.extend([0; 32]))),
    ("cut_in_the_list", "unsealed", 13, "8.6", "The file ends within the leaf list.", THREE, |r| cut(r, 50)),
    ("cut_behind_the_first_leaf", "unsealed", 22, "8.9", "The file ends where the second leaf begins.", THREE, |r| {
        r.released = Some(FIRST_LEAF);
        at_leaf(r, 16, 0);
    }),
    ("cut_in_the_second_leaf", "unsealed", 22, "8.9", "The file ends within the second leaf.", THREE, |r| {
        r.released = Some(FIRST_LEAF + 3 * FULL);
        at_leaf(r, 19, 1_000);
    }),
    ("cut_behind_the_first_segment", "unsealed", 22, "8.9", "The file ends behind its first segment.", THREE, |r| {
        r.released = Some(FULL - INNER);
        at_leaf(r, 1, 0);
    }),
    ("root_bit", SEAL, 16, "8.5", "One bit of the root: the list does not join to it.", THREE, |r| {
        r.stream = Some(BODY);
        r.item(Part::Seal, |seal| seal.at(2).blob()[0] ^= 1);
    }),
    ("other_seal", SEAL, 14, "8.8", "Three leaves, sealed by a reader.", THREE, |r| {
        r.cose(Part::Seal, |cose, _| cose.signer = crate::world::Who::Reader);
    }),
];

pub fn vectors() -> Vec<Recipe> {
    let start = |name: &str, plaintext: usize| {
        let mut recipe = Recipe::new(name).seeded(LARGE);
        recipe.content = Content::zeros(plaintext - INNER);
        recipe
    };
    let mut vectors = vec![start(LARGE, THREE).says(
        "opens",
        16,
        "8.5",
        "Three leaves, the last one short: a leaf list, whose values are no plain hashes.",
    )];
    for (name, expect, requirement, clause, comment, plaintext, change) in ROWS.iter().copied() {
        let recipe = start(&format!("large/{name}"), plaintext).says(expect, requirement, clause, comment);
        vectors.push(recipe.change(change));
    }
    vectors
}

fn before(recipe: &mut Recipe, change: fn(&mut Vec<Vec<u8>>)) {
    recipe.before_sealing(move |body, _| change(&mut body.segments));
}

fn after(recipe: &mut Recipe, change: fn(&mut Vec<Vec<u8>>)) {
    recipe.after_sealing(move |body, _| change(&mut body.segments));
}

/// A full segment of zeros, encrypted for another place.
fn again(body: &mut crate::floe::Body, floe: &Floe, index: usize, last: bool, field: u32) {
    let mut plaintext = vec![0; FULL];
    if index == 0 {
        plaintext[..INNER].copy_from_slice(b"\0\0\0\x0c\xa1\x01\x69letter.md");
    }
    body.segments[index] = floe.segment(index as u64, last, [1; 12], &plaintext, field);
}

fn list(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.bytes(Part::LeafList, change);
}

fn cut(recipe: &mut Recipe, length: usize) {
    recipe.bytes(Part::File, move |file| file.truncate(file.len() - length));
}

/// Ends the file so many bytes behind the beginning of a segment.
fn at_leaf(recipe: &mut Recipe, segment: usize, length: usize) {
    recipe.bytes(Part::File, move |file| {
        let licence = u32::from_be_bytes([file[12], file[13], file[14], file[15]]) as usize;
        file.truncate(16 + licence + 74 + segment * crate::floe::SEGMENT + length);
    });
}

/// Tells the size, or so much more. The inner header grows by six bytes, which the content gives up.
fn sized(recipe: &mut Recipe, more: usize) {
    recipe.content.length -= 6;
    let size = (recipe.content.length + more) as u64;
    recipe.item(Part::Inner, move |inner| inner.set(4, crate::item::uint(size)));
}
