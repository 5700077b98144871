//! The first 16 bytes (clause 3.1), and files that end before their body begins.

use super::{Row, table};
use crate::recipe::{Part, Recipe};

#[rustfmt::skip] // A row a vector.
const ROWS: &[Row] = &[
    ("major_0", "version", 1, "3.1", "A version that never was.", |r| set(r, 8, 0)),
    ("major_2", "version", 1, "12.1", "A later version must be refused by name.", |r| set(r, 8, 2)),
    ("major_255", "version", 1, "3.1", "The largest number of a version.", |r| set(r, 8, 255)),
    ("minor_1", "version", 1, "12.1", "A minor version adds something that this reader does not know.", |r| set(r, 9, 1)),
    ("minor_255", "version", 1, "3.1", "The largest number of a minor version.", |r| set(r, 9, 255)),
    ("major_and_minor", "version", 1, "3.1", "Both numbers are others.", |r| {
        set(r, 8, 9);
        set(r, 9, 9);
    }),
    ("version_before_flags", "version", 1, "12.1", "A later version may have flags: the version is what is told.", |r| {
        set(r, 8, 2);
        set(r, 11, 1);
    }),
    ("flag_lowest", "prefix", 1, "3.1", "Flags are zero in version 1.", |r| set(r, 11, 1)),
    ("flag_highest", "prefix", 1, "3.1", "The other end of the flags.", |r| set(r, 10, 0x80)),
    ("flag_middle", "prefix", 1, "3.1", "The lowest flag of the first byte.", |r| set(r, 10, 1)),
    ("flags_all", "prefix", 1, "3.1", "Every flag.", |r| {
        set(r, 10, 255);
        set(r, 11, 255);
    }),
    ("length_0", "prefix", 1, "3.1", "A licence has at least one byte.", |r| length(r, |_| 0)),
    ("length_above_limit", "prefix", 1, "11.1", "1 MiB and one byte: refused before memory is taken.", |r| length(r, |_| (1 << 20) + 1)),
    ("length_highest_bit", "prefix", 1, "3.1", "A length that is negative for those who read it with a sign.", |r| length(r, |n| n | 1 << 31)),
    ("length_largest", "prefix", 1, "3.1", "4 GiB less one byte.", |r| length(r, |_| u32::MAX)),
    ("length_little_endian", "prefix", 1, "1.1", "The length in the other order of bytes.", |r| length(r, u32::swap_bytes)),
    ("length_one_less", "publishing-licence", 1, "3.1", "The licence loses its last byte to the body.", |r| length(r, |n| n - 1)),
    ("length_one_more", "publishing-licence", 1, "3.1", "The licence takes the first byte of the body.", |r| length(r, |n| n + 1)),
    ("length_1", "publishing-licence", 1, "3.1", "The shortest length that there is, and no licence is so short.", |r| length(r, |_| 1)),
    ("length_beyond_the_file", "unsealed", 1, "3.1", "The longest licence that is allowed, in a file that ends before.", |r| {
        length(r, |_| 1 << 20);
        r.authority = Some("unsealed");
    }),
    ("file_empty", "magic", 1, "3.1", "No bytes at all.", |r| cut(r, 0)),
    ("file_of_1_byte", "unsealed", 1, "3.1", "The first byte and no more: a file that was cut.", |r| cut(r, 1)),
    ("file_of_8_bytes", "unsealed", 1, "3.1", "The magic bytes and no more.", |r| cut(r, 8)),
    ("file_of_15_bytes", "unsealed", 1, "3.1", "One byte less than a prefix.", |r| cut(r, 15)),
    ("file_of_16_bytes", "unsealed", 1, "3.1", "A prefix and no more.", |r| cut(r, 16)),
    ("file_of_17_bytes", "unsealed", 1, "3.1", "A prefix and the first byte of a licence.", |r| cut(r, 17)),
    ("text_file", "magic", 1, "3.1", "Some other file, shorter than a prefix.", |r| {
        r.bytes(Part::File, |file| *file = b"clausa\n".to_vec());
        r.authority = Some("magic");
    }),
    ("line_ends_to_unix", "magic", 1, "3.1", "A transfer that turned CR LF into LF.", |r| {
        r.bytes(Part::File, |file| { file.remove(4); });
    }),
    ("line_ends_to_dos", "magic", 1, "3.1", "A transfer that turned LF into CR LF.", |r| {
        r.bytes(Part::File, |file| file.insert(7, 0x0d));
    }),
    ("end_of_file_character", "unsealed", 1, "3.1", "A program that stops reading at 1A.", |r| cut(r, 7)),
    ("seven_bits", "magic", 1, "3.1", "A transfer that clears the highest bit.", |r| set(r, 0, 0x09)),
    ("byte_before", "magic", 1, "3.1", "A byte in front of the file.", |r| {
        r.bytes(Part::File, |file| file.insert(0, 0xef));
    }),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = table("prefix", ROWS);
    for place in 0..8 {
        let vector = Recipe::new(format!("prefix/magic_byte_{place}"))
            .says(
                "magic",
                1,
                "3.1",
                format!("One bit of byte {place} of the magic bytes."),
            )
            .change(|r| {
                r.bytes(Part::Prefix, move |prefix| prefix[place] ^= 1);
            });
        vectors.push(vector);
    }
    vectors.push(
        Recipe::new("prefix/licence_cut")
            .says(
                "unsealed",
                1,
                "3.1",
                "The file ends one byte before its licence does.",
            )
            .change(|r| {
                r.bytes(Part::File, |file| {
                    let length = u32::from_be_bytes([file[12], file[13], file[14], file[15]]);
                    file.truncate(15 + length as usize);
                });
                (r.authority, r.released) = (Some("unsealed"), Some(0));
            }),
    );
    vectors
}

fn set(recipe: &mut Recipe, place: usize, byte: u8) {
    recipe.bytes(Part::Prefix, move |prefix| prefix[place] = byte);
}

/// Changes the length. What follows from it is not released: the licence is no licence any more.
fn length(recipe: &mut Recipe, change: fn(u32) -> u32) {
    recipe.released = Some(0);
    recipe.bytes(Part::Prefix, move |prefix| {
        let length = u32::from_be_bytes([prefix[12], prefix[13], prefix[14], prefix[15]]);
        prefix[12..16].copy_from_slice(&change(length).to_be_bytes());
    });
}

fn cut(recipe: &mut Recipe, length: usize) {
    recipe.authority = Some(recipe.expect);
    recipe.released = Some(0);
    recipe.bytes(Part::File, move |file| file.truncate(length));
}
