//! The body (clauses 8.1 and 8.2) of files that are shorter than a segment. Each is sealed as it stands, so that the body
//! alone is wrong. Longer ones are in the room `large`.

use super::{Row, table};
use crate::floe::{Body, Floe, body_key};
use crate::item::{Item, bytes, map, text, uint};
use crate::recipe::{Content, Part, Recipe};

const BODY: &str = "altered-body";
const INNER: &str = "inner-header";

#[rustfmt::skip] // A row a vector.
const FLOE: &[Row] = &[
    ("iv_bit", BODY, 10, "8.1", "One bit of the IV.", |r| body(r, |b, _| b.header[10] ^= 1)),
    ("iv_last_bit", BODY, 10, "8.1", "The last bit of the IV.", |r| body(r, |b, _| b.header[41] ^= 1)),
    ("tag_bit", BODY, 10, "8.1", "One bit of the header's tag.", |r| body(r, |b, _| b.header[42] ^= 1)),
    ("tag_last_bit", BODY, 10, "8.1", "The last bit of the header's tag.", |r| body(r, |b, _| b.header[73] ^= 1)),
    ("tag_zero", BODY, 10, "8.1", "A header tag of zeros.", |r| body(r, |b, _| b.header[42..].fill(0))),
    ("other_file", BODY, 10, "8.1", "A message made for another licence under the same content key.", |r| {
        r.floe = Some(|floe| floe.aad[20] ^= 1);
    }),
    ("aad_without_label", BODY, 10, "8.1", "A message whose additional data is the digest alone.", |r| {
        r.floe = Some(|floe| floe.aad = floe.aad[14..].to_vec());
    }),
    ("label_other", BODY, 10, "8.1", "A key derived with another label.", |r| {
        r.floe = Some(|floe| floe.key = body_key(&floe.key, b"clausa/v1/body"));
    }),
    ("content_key_other", BODY, 33, "8.1", "The use licence holds another content key: the header commits to the key.", |r| {
        r.sealed_content_key = "another content key";
    }),
    ("nonce_bit", BODY, 14, "8.1", "One bit of the segment's nonce.", |r| segment(r, |s| s[4] ^= 1)),
    ("ciphertext_bit", BODY, 14, "8.1", "One bit of the ciphertext.", |r| segment(r, |s| s[16] ^= 1)),
    ("segment_tag_bit", BODY, 14, "8.1", "One bit of the segment's tag.", |r| segment(r, |s| *last(s) ^= 1)),
    ("length_field_inner", BODY, 11, "8.1", "The last segment says that another one follows.", |r| {
        segment(r, |s| s[..4].fill(0xff));
        r.stream = Some("unsealed");
    }),
    ("length_field_0", BODY, 11, "8.1", "A length field of 0.", |r| segment(r, |s| s[..4].fill(0))),
    ("length_field_32", BODY, 11, "8.1", "A length field that leaves no plaintext.", |r| segment(r, |s| s[..4].copy_from_slice(&32_u32.to_be_bytes()))),
    ("length_field_less", BODY, 11, "8.1", "A length field of one less.", |r| segment(r, |s| s[3] -= 1)),
    ("length_field_more", BODY, 11, "8.1", "A length field of one more.", |r| segment(r, |s| s[3] += 1)),
    ("length_field_of_plaintext", BODY, 11, "8.1", "The length of the plaintext in the length field.", |r| segment(r, |s| s[3] -= 32)),
    ("length_field_little_endian", BODY, 11, "8.1", "The length field in the other order of bytes.", |r| segment(r, |s| s[..4].reverse())),
    ("length_field_65537", BODY, 11, "8.1", "A length field beyond a segment.", |r| segment(r, |s| s[..4].copy_from_slice(&65_537_u32.to_be_bytes()))),
    ("length_field_largest", BODY, 11, "8.1", "The largest length field but one.", |r| segment(r, |s| s[..4].copy_from_slice(&(u32::MAX - 1).to_be_bytes()))),
    ("segment_short", BODY, 11, "8.1", "The segment's last byte is missing, and its length field says so.", |r| segment(r, |s| {
        s.pop();
        s[3] -= 1;
    })),
    ("segment_long", BODY, 11, "8.1", "A byte behind the segment, and its length field says so.", |r| segment(r, |s| {
        s.push(0);
        s[3] += 1;
    })),
    ("segment_number", BODY, 14, "8.1", "The only segment was encrypted as the second one.", |r| again(r, 1, true)),
    ("segment_not_last", BODY, 14, "8.1", "The only segment was encrypted as one that others follow.", |r| again(r, 0, false)),
    ("segment_of_another_key", BODY, 14, "8.1", "The segment was encrypted under another content key.", |r| body(r, |b, floe| {
        let other = Floe { key: vec![7; 32], ..floe.clone() };
        b.segments = vec![other.segment(0, true, [1; 12], b"\0\0\0\x01\xa0x", 38)];
    })),
    ("segment_of_another_iv", BODY, 14, "8.1", "The segment is of another message with the same key.", |r| body(r, |b, floe| {
        let other = Floe { iv: [7; 32], ..floe.clone() };
        b.segments = vec![other.segment(0, true, [1; 12], b"\0\0\0\x01\xa0x", 38)];
    })),
    ("no_segment", BODY, 11, "8.1", "A header and no segment.", |r| {
        body(r, |b, _| b.segments.clear());
        // In one pass the seal's first bytes are taken for a segment.
        r.stream = Some(BODY);
    }),
    ("two_last_segments", BODY, 13, "8.1", "A second last segment behind the first.", |r| {
        body(r, |b, floe| b.segments.push(floe.segment(1, true, [1; 12], b"more", 36)));
        r.stream = Some("altered-seal");
        r.released = Some(r.content.length);
    }),
    ("empty_segment", BODY, 24, "8.1", "A last segment without plaintext, authentic in itself.", |r| body(r, |b, floe| {
        b.segments = vec![floe.segment(0, true, [1; 12], b"", 32)];
    })),
];

#[rustfmt::skip] // A row a vector.
const INNER_HEADER: &[Row] = &[
    ("length_0", INNER, 19, "8.2", "An inner header of no bytes.", |r| stream(r, |s| s[..4].fill(0))),
    ("length_4097", INNER, 17, "8.2", "An inner header longer than allowed.", |r| {
        r.content = Content::of(&[b'x'; 5_000]);
        stream(r, |s| s[..4].copy_from_slice(&4_097_u32.to_be_bytes()));
    }),
    ("length_beyond", INNER, 2, "8.2", "An inner header longer than the plaintext.", |r| stream(r, |s| s[..4].copy_from_slice(&100_u32.to_be_bytes()))),
    ("length_largest", INNER, 17, "8.2", "An inner header of 4 GiB.", |r| stream(r, |s| s[..4].fill(0xff))),
    ("length_less", INNER, 2, "8.2", "A length of one less.", |r| stream(r, |s| s[3] -= 1)),
    ("length_more", INNER, 2, "8.2", "A length of one more.", |r| stream(r, |s| s[3] += 1)),
    ("length_of_3_bytes", INNER, 2, "8.2", "The plaintext ends within the length.", |r| stream(r, |s| s.truncate(3))),
    ("stream_of_length", INNER, 2, "8.2", "The plaintext ends behind the length.", |r| stream(r, |s| s.truncate(4))),
    ("name_empty", INNER, 19, "8.2", "An empty name.", |r| inner(r, |i| i.set(1, text("")))),
    ("name_1025", INNER, 17, "8.2", "A name one byte too long.", |r| inner(r, |i| i.set(1, text("x".repeat(1_025))))),
    ("name_as_bytes", INNER, 2, "8.2", "A name as a byte string.", |r| inner(r, |i| i.set(1, bytes("letter.md")))),
    ("media_type_empty", INNER, 19, "8.2", "An empty media type.", |r| inner(r, |i| i.set(2, text("")))),
    ("media_type_256", INNER, 17, "8.2", "A media type one byte too long.", |r| inner(r, |i| i.set(2, text("x".repeat(256))))),
    ("media_type_line_end", INNER, 19, "8.2", "A line end in the media type.", |r| inner(r, |i| i.set(2, text("text/plain\nx")))),
    ("media_type_delete", INNER, 19, "8.2", "The character 7F in the media type.", |r| inner(r, |i| i.set(2, text("text/\u{7f}")))),
    ("media_type_beyond_ascii", INNER, 19, "8.2", "A letter beyond ASCII in the media type.", |r| inner(r, |i| i.set(2, text("text/\u{fc}")))),
    ("modified_as_text", INNER, 2, "8.2", "The time of the last change as a text.", |r| inner(r, |i| i.set(3, text("yesterday")))),
    ("size_less", INNER, 24, "8.2", "A size of one less than the content has.", |r| sized(r, 24)),
    ("size_more", INNER, 24, "8.2", "A size of one more than the content has.", |r| sized(r, 26)),
    ("size_0", INNER, 24, "8.2", "A size of 0 for some content.", |r| sized(r, 0)),
    ("size_largest", INNER, 23, "8.2", "The largest size that a u64 can name.", |r| sized(r, u64::MAX)),
    ("a_list", INNER, 2, "8.2", "An array of the values for the map.", |r| inner(r, |i| *i = crate::item::array([text("letter.md")]))),
];

#[rustfmt::skip] // A row a vector.
const GOOD: &[Row] = &[
    ("nothing_told", "opens", 19, "8.2", "An inner header without any field.", |r| {
        inner(r, |i| *i = map([]));
        r.fact("name", "");
    }),
    ("everything_told", "opens", 19, "8.2", "Every field of the inner header.", |r| {
        inner(r, |i| {
            i.set(2, text("text/markdown; charset=utf-8"));
            i.set(3, uint(1_700_000_000));
            i.set(4, uint(25));
        });
        r.fact("media-type", "text/markdown; charset=utf-8");
        r.fact("modified", "2023-11-14T22:13:20Z");
    }),
    ("name_1024", "opens", 17, "8.2", "The longest name.", |r| name(r, "x".repeat(1_024))),
    ("name_is_a_path", "opens", 19, "8.2", "A name that climbs out of its folder: told as it is, never used as a path.", |r| name(r, "../../etc/passwd".to_owned())),
    ("name_of_windows", "opens", 19, "8.2", "A name with a drive, backslashes and a reserved word.", |r| name(r, "C:\\temp\\con.txt".to_owned())),
    ("name_turned_round", "opens", 19, "8.2", "A name with a character that changes the direction.", |r| name(r, "invoice\u{202e}fdp.exe".to_owned())),
    ("name_beyond_ascii", "opens", 19, "8.2", "A name of letters beyond ASCII.", |r| name(r, "Stra\u{df}enplan \u{1f5fa}.pdf".to_owned())),
    ("media_type_255", "opens", 17, "8.2", "The longest media type, with every character that is allowed.", |r| {
        let all: String = (0x20..=0x7e).map(char::from).collect();
        let longest = format!("x{}", all.repeat(3).trim_end()).chars().take(254).collect::<String>() + "x";
        r.fact("media-type", longest.clone());
        r.item(Part::Inner, move |i| i.set(2, text(&longest)));
    }),
    ("size_told_of_nothing", "opens", 24, "8.2", "A size of 0 for no content.", |r| {
        r.content = Content::of(b"");
        inner(r, |i| i.set(4, uint(0)));
    }),
    ("no_content", "opens", 24, "8.2", "No content: the plaintext still has its inner header.", |r| r.content = Content::of(b"")),
    ("one_byte", "opens", 24, "8.1", "One byte of content.", |r| r.content = Content::of(b"x")),
    ("shortest_body", "opens", 24, "8.1", "The shortest body that there is: no content, no field of the inner header.", |r| {
        r.content = Content::of(b"");
        inner(r, |i| *i = map([]));
        r.fact("name", "");
    }),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = table("body", FLOE);
    for byte in 0..10 {
        let comment =
            format!("Byte {byte} of the parameters: another profile, which FLOE itself might allow.");
        vectors.push(
            Recipe::new(format!("body/parameter_{byte}"))
                .says(BODY, 12, "8.1", comment)
                .change(|r| {
                    body_with(r, move |b, _| b.header[byte] ^= 1);
                }),
        );
    }
    vectors.push(
        Recipe::new("body/parameters_of_small_segments")
            .says(
                BODY,
                12,
                "8.1",
                "A whole message with segments of 4 096 bytes: FLOE, but not this profile.",
            )
            .change(|r| {
                r.floe = Some(|floe| floe.parameters = [0, 0, 0, 0, 0x10, 0, 0, 0, 0, 32]);
            }),
    );
    vectors.extend(table("inner", INNER_HEADER));
    vectors.extend(table("inner", GOOD));
    vectors
}

fn body_with(recipe: &mut Recipe, change: impl Fn(&mut Body, &Floe) + 'static) {
    recipe.before_sealing(change);
}

fn body(recipe: &mut Recipe, change: fn(&mut Body, &Floe)) {
    recipe.before_sealing(change);
}

fn segment(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.before_sealing(move |body, _| change(&mut body.segments[0]));
}

/// The only segment, encrypted for another place.
fn again(recipe: &mut Recipe, index: u64, last: bool) {
    recipe.before_sealing(move |body, floe| {
        let plaintext = b"\0\0\0\x01\xa0x";
        body.segments[0] = floe.segment(index, last, [1; 12], plaintext, plaintext.len() as u32 + 32);
    });
}

fn stream(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.bytes(Part::Stream, change);
}

fn inner(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::Inner, change);
}

fn sized(recipe: &mut Recipe, size: u64) {
    recipe.released = Some(recipe.content.length);
    recipe.item(Part::Inner, move |i| i.set(4, uint(size)));
}

fn name(recipe: &mut Recipe, name: String) {
    recipe.fact("name", name.clone());
    recipe.item(Part::Inner, move |i| i.set(1, text(&name)));
}

fn last(bytes: &mut [u8]) -> &mut u8 {
    bytes.last_mut().expect("a segment has bytes")
}
