//! The wraps (clauses 4.1 to 4.6). Their form is everybody's; what is in them only the authority sees.

use super::{Row, table};
use crate::item::{Item, array, bytes, text, uint};
use crate::recipe::{Part, Recipe, Wrap};

const PL: &str = "publishing-licence";

/// The form.
#[rustfmt::skip] // A row a vector.
const FORM: &[Row] = &[
    ("none", PL, 17, "4.1", "No wrap.", |r| wraps(r, |w| w.items().clear())),
    ("five", PL, 17, "4.1", "One wrap too many.", |r| {
        r.wraps = ["a", "b", "c", "d", "e"].map(|key| Wrap::new(2, key)).to_vec();
    }),
    ("kid_twice", PL, 2, "4.1", "Two wraps for one key.", |r| r.wraps.push(Wrap::new(2, "wrapping"))),
    ("kid_twice_other_suite", PL, 2, "4.1", "Two wraps of one kid, with different suites.", |r| {
        r.wraps.push(Wrap::new(3, "wrapping"));
        wraps(r, |w| {
            let kid = w.items()[0].items()[0].clone();
            w.items()[1].items()[0] = kid;
        });
    }),
    ("suite_0", PL, 34, "4.3", "There is no suite 0.", |r| suite(r, 0)),
    ("suite_4", PL, 34, "12.2", "Suite 4 is reserved.", |r| suite(r, 4)),
    ("suite_255", PL, 34, "4.3", "A suite that is not known.", |r| suite(r, 255)),
    ("suite_258", PL, 34, "4.3", "A suite that is 2 when cut to a byte.", |r| suite(r, 258)),
    ("suite_65538", PL, 34, "4.3", "A suite that is 2 when cut to two bytes.", |r| suite(r, 65_538)),
    ("suite_as_text", PL, 2, "4.1", "A suite by name.", |r| wraps(r, |w| w.items()[0].items()[1] = text("2"))),
    ("kid_7", PL, 2, "1.5", "A kid of 7 bytes.", |r| wraps(r, |w| w.items()[0].items()[0] = bytes([1; 7]))),
    ("kid_9", PL, 2, "1.5", "A kid of 9 bytes.", |r| wraps(r, |w| w.items()[0].items()[0] = bytes([1; 9]))),
    ("kid_empty", PL, 2, "1.5", "An empty kid.", |r| wraps(r, |w| w.items()[0].items()[0] = bytes([]))),
    ("two_members", PL, 2, "4.1", "A wrap without ciphertext.", |r| wraps(r, |w| w.items()[0].items().truncate(2))),
    ("four_members", PL, 2, "4.1", "A wrap with a fourth member.", |r| wraps(r, |w| w.items()[0].items().push(uint(0)))),
    ("ciphertext_as_text", PL, 2, "4.1", "The ciphertext as a text.", |r| wraps(r, |w| w.items()[0].items()[2] = text("x"))),
    ("ciphertext_65537", PL, 17, "1.4", "A ciphertext that is longer than a string may be.", |r| {
        wraps(r, |w| w.items()[0].items()[2] = bytes(vec![7; 65_537]));
    }),
    ("not_in_an_array", PL, 2, "4.1", "One wrap where an array of them belongs.", |r| wraps(r, |w| *w = w.items()[0].clone())),
    ("long_length", PL, 2, "1.3", "The number of wraps in a longer form.", |r| {
        r.bytes(Part::Wraps, |w| { w.splice(..1, [0x98, 1]); });
    }),
    ("indefinite", PL, 2, "1.3", "An array of indefinite length.", |r| {
        r.bytes(Part::Wraps, |w| {
            w[0] = 0x9f;
            w.push(0xff);
        });
    }),
    ("byte_behind", PL, 2, "1.3", "A byte behind the wraps.", |r| { r.bytes(Part::Wraps, |w| w.push(0)); }),
    ("cut", PL, 2, "1.3", "The last byte of the wraps is missing.", |r| {
        r.bytes(Part::Wraps, |w| w.truncate(w.len() - 1));
    }),
    ("nothing", PL, 2, "1.3", "No bytes where the wraps belong.", |r| { r.bytes(Part::Wraps, Vec::clear); }),
    ("a_map", PL, 2, "4.1", "A map for the array.", |r| wraps(r, |w| *w = crate::item::map([(1, Some(w.items()[0].clone()))]))),
];

/// What opens; the authority's side too.
#[rustfmt::skip] // A row a vector.
const GOOD: &[Row] = &[
    ("four", "opens", 17, "4.1", "The most wraps: suite 2 for four keys.", |r| {
        r.wraps = ["a", "b", "c", "d"].map(|key| Wrap::new(2, key)).to_vec();
    }),
    ("one_of_four_known", "opens", 8, "4.6", "Four wraps, and the authority has the key of the last alone.", |r| {
        r.wraps = ["a", "b", "c", "d"].map(|key| Wrap::new(2, key)).to_vec();
        r.wraps[..3].iter_mut().for_each(|wrap| wrap.known = false);
    }),
    ("list_above_a_string", "opens", 17, "11.1", "Wraps of more bytes together than an ordinary string may have.", |r| {
        wraps(r, |w| {
            for kid in [1, 2] {
                w.items().push(array([bytes([kid; 8]), uint(1), bytes(vec![7; 33_000])]));
            }
        });
    }),
    ("suite_3", "opens", 34, "4.3", "Suite 3, the hybrid.", |r| r.wraps = vec![Wrap::new(3, "wrapping")]),
    ("suite_3_twice", "opens", 34, "4.5", "Suite 3 for two keys.", |r| r.wraps = vec![Wrap::new(3, "a"), Wrap::new(3, "b")]),
    ("suite_1_of_2048", "opens", 27, "4.3", "Suite 1 with 2 048 bit, as a key has that was imported.", |r| r.wraps = vec![Wrap::new(1, "rsa-2048.pkcs8")]),
    ("suite_1_of_3072", "opens", 27, "4.3", "Suite 1 with 3 072 bit.", |r| r.wraps = vec![Wrap::new(1, "rsa-3072.pkcs8")]),
    ("suite_1_of_4096", "opens", 27, "4.3", "Suite 1 with 4 096 bit.", |r| r.wraps = vec![Wrap::new(1, "rsa-4096.pkcs8")]),
    ("suites_1_and_2", "opens", 8, "4.6", "Suites 1 and 2 beside each other.", |r| r.wraps.push(Wrap::new(1, "rsa-3072.pkcs8"))),
    ("suites_2_and_3", "opens", 34, "4.5", "A classical wrap beside the hybrid: whether that is allowed is the tenant's to say, and no reader's.", |r| r.wraps.push(Wrap::new(3, "hybrid"))),
    ("all_suites", "opens", 8, "4.6", "One wrap of each suite.", |r| {
        r.wraps.push(Wrap::new(3, "hybrid"));
        r.wraps.push(Wrap::new(1, "rsa-4096.pkcs8"));
    }),
];

/// A key block that the authority must not use. The reader, who never sees it, opens the file.
#[rustfmt::skip] // A row a vector.
const BLOCKS: &[Row] = &[
    ("version_0", "opens", 28, "4.2", "The key block's version is 0.", |r| first(r, |w| w.block = Some(|b| b[0] = 0))),
    ("version_2", "opens", 28, "4.2", "The key block's version is 2.", |r| first(r, |w| w.block = Some(|b| b[0] = 2))),
    ("bind_bit", "opens", 7, "4.2", "One bit of bind.", |r| first(r, |w| w.block = Some(|b| b[96] ^= 1))),
    ("bind_of_zeros", "opens", 7, "4.2", "A bind of zeros.", |r| first(r, |w| w.block = Some(|b| b[65..].fill(0)))),
    ("block_short", "opens", 7, "4.2", "A key block of 96 bytes.", |r| first(r, |w| w.block = Some(|b| b.truncate(96)))),
    ("block_long", "opens", 7, "4.2", "A key block of 98 bytes.", |r| first(r, |w| w.block = Some(|b| b.push(0)))),
    ("block_without_bind", "opens", 7, "4.2", "A key block without bind.", |r| first(r, |w| w.block = Some(|b| b.truncate(65)))),
    ("block_empty", "opens", 7, "4.2", "An empty key block.", |r| first(r, |w| w.block = Some(Vec::clear))),
    ("aad_other", "opens", 7, "4.3", "Wrapped under another additional data than bind.", |r| first(r, |w| w.aad = Some(|bind| bind[0] ^= 1))),
    ("info_other", "opens", 28, "4.3", "Wrapped under another info.", |r| first(r, |w| w.info = b"clausa/v1/ul-seal")),
    ("info_empty", "opens", 28, "4.3", "Wrapped under an empty info.", |r| first(r, |w| w.info = b"")),
    ("tag_bit", "opens", 28, "4.3", "One bit of the tag.", |r| ciphertext(r, |c| flip(c, 0))),
    ("ciphertext_bit", "opens", 28, "4.3", "One bit of the encrypted block.", |r| ciphertext(r, |c| c[80] ^= 1)),
    ("enc_other_sign", "opens", 37, "4.3", "The ephemeral point begins with 02.", |r| ciphertext(r, |c| c[0] = 2)),
    ("enc_off_the_curve", "opens", 37, "4.3", "The ephemeral point is not on the curve.", |r| ciphertext(r, |c| c[64] ^= 1)),
    ("enc_zero", "opens", 37, "4.3", "The ephemeral point is zeros.", |r| ciphertext(r, |c| c[..65].fill(0))),
    ("ciphertext_short", "opens", 28, "4.3", "The last byte of the ciphertext is missing.", |r| ciphertext(r, |c| c.truncate(c.len() - 1))),
    ("ciphertext_long", "opens", 28, "4.3", "A byte behind the ciphertext.", |r| ciphertext(r, |c| c.push(0))),
    ("ciphertext_empty", "opens", 28, "4.3", "No ciphertext.", |r| ciphertext(r, Vec::clear)),
    ("ciphertext_of_enc", "opens", 28, "4.3", "The ephemeral point and no more.", |r| ciphertext(r, |c| c.truncate(65))),
    ("suite_3_bit", "opens", 28, "4.3", "Suite 3: one bit of the ML-KEM ciphertext, which is refused by a shared secret that is another.", |r| {
        r.wraps = vec![Wrap { ciphertext: Some(|c| c[0] ^= 1), ..Wrap::new(3, "wrapping") }];
    }),
    ("suite_3_x25519_zero", "opens", 37, "4.3", "Suite 3: an ephemeral X25519 key of zeros, whose secret is zeros.", |r| {
        r.wraps = vec![Wrap { ciphertext: Some(|c| c[1_088..1_120].fill(0)), ..Wrap::new(3, "wrapping") }];
    }),
    ("suite_3_tag_bit", "opens", 28, "4.3", "Suite 3: one bit of the tag.", |r| {
        r.wraps = vec![Wrap { ciphertext: Some(|c| flip(c, 0)), ..Wrap::new(3, "wrapping") }];
    }),
    ("suite_3_short", "opens", 28, "4.3", "Suite 3: the last byte is missing.", |r| {
        r.wraps = vec![Wrap { ciphertext: Some(|c| c.truncate(c.len() - 1)), ..Wrap::new(3, "wrapping") }];
    }),
    ("suite_3_bind_bit", "opens", 7, "4.2", "Suite 3: one bit of bind.", |r| {
        r.wraps = vec![Wrap { block: Some(|b| b[96] ^= 1), ..Wrap::new(3, "wrapping") }];
    }),
    ("suite_1_bit", "opens", 28, "4.3", "Suite 1: one bit of the ciphertext.", |r| rsa(r, |c| c[200] ^= 1)),
    ("suite_1_of_2048_bit", "opens", 28, "4.3", "Suite 1 with 2 048 bit: one bit of the ciphertext.", |r| {
        r.wraps = vec![Wrap { ciphertext: Some(|c| c[200] ^= 1), ..Wrap::new(1, "rsa-2048.pkcs8") }];
    }),
    ("suite_1_of_2048_bind_bit", "opens", 7, "4.2", "Suite 1 with 2 048 bit: one bit of bind.", |r| {
        r.wraps = vec![Wrap { block: Some(|b| b[96] ^= 1), ..Wrap::new(1, "rsa-2048.pkcs8") }];
    }),
    ("suite_1_of_another_size", "opens", 28, "4.3", "Suite 1: a key of 3 072 bit, and a ciphertext for one of 2 048.", |r| {
        r.wraps.push(Wrap::new(1, "rsa-2048.pkcs8"));
        r.wraps.push(Wrap::new(1, "rsa-3072.pkcs8"));
        wraps(r, |w| {
            let shorter = w.items()[1].items()[2].clone();
            w.items()[2].items()[2] = shorter;
        });
    }),
    ("suite_1_short", "opens", 28, "4.3", "Suite 1: a byte less than the modulus.", |r| rsa(r, |c| c.truncate(383))),
    ("suite_1_long", "opens", 28, "4.3", "Suite 1: a byte more than the modulus.", |r| rsa(r, |c| c.insert(0, 0))),
    ("suite_1_zero", "opens", 28, "4.3", "Suite 1: the number 0.", |r| rsa(r, |c| c.fill(0))),
    ("suite_1_above_modulus", "opens", 28, "4.3", "Suite 1: a number above the modulus.", |r| rsa(r, |c| c.fill(0xff))),
    ("suite_1_empty", "opens", 28, "4.3", "Suite 1: no ciphertext.", |r| rsa(r, Vec::clear)),
    ("suite_1_bind_bit", "opens", 7, "4.2", "Suite 1: one bit of bind.", |r| {
        r.wraps = vec![Wrap { block: Some(|b| b[96] ^= 1), ..Wrap::new(1, "rsa-3072.pkcs8") }];
    }),
    ("kid_unknown", "opens", 63, "4.6", "Wrapped for a key that the authority does not have.", |r| first(r, |w| w.known = false)),
    ("kid_of_another_key", "opens", 28, "4.6", "Names a key of the tenant's, and is wrapped for another.", |r| {
        r.wraps.push(Wrap::new(2, "other"));
        wraps(r, |w| {
            let wrong = w.items()[1].items()[2].clone();
            w.items()[0].items()[2] = wrong;
        });
    }),
    ("suite_of_another_key", "opens", 28, "4.3", "Says suite 3 of a key of suite 2.", |r| suite(r, 3)),
    ("second_content_key", "opens", 8, "4.6", "Two wraps with different content keys.", |r| second(r, |b| b[1] ^= 1)),
    ("second_policy_key", "opens", 8, "4.6", "Two wraps with different policy keys.", |r| second(r, |b| b[33] ^= 1)),
    ("second_bind", "opens", 7, "4.6", "The second wrap's bind is another licence's.", |r| second(r, |b| b[65] ^= 1)),
    ("second_damaged", "opens", 28, "4.6", "The second wrap does not open.", |r| {
        r.wraps.push(Wrap { ciphertext: Some(|c| flip(c, 0)), ..Wrap::new(2, "other") });
    }),
    ("moved", "opens", 7, "4.2", "The wraps of another licence, whose core differs in the time of issue.", |r| {
        // The wraps are made for a core that is issued a second later: the only place that sees the other core.
        first(r, |w| {
            w.aad = Some(|bind| *bind = [0x5a; 32]);
            w.block = Some(|block| block[65..].fill(0x5a));
        });
    }),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = table("wraps", FORM);
    vectors.extend(table("wraps", GOOD));
    for mut recipe in table("wraps", BLOCKS) {
        recipe.authority = Some("policy");
        vectors.push(recipe);
    }
    vectors
}

fn wraps(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::Wraps, change);
}

fn suite(recipe: &mut Recipe, number: u64) {
    recipe.item(Part::Wraps, move |w| {
        let mut members = w.items()[0].items().clone();
        members[1] = uint(number);
        w.items()[0] = array(members);
    });
}

fn first(recipe: &mut Recipe, change: fn(&mut Wrap)) {
    change(&mut recipe.wraps[0]);
}

fn ciphertext(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.wraps[0].ciphertext = Some(change);
}

fn rsa(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.wraps = vec![Wrap {
        ciphertext: Some(change),
        ..Wrap::new(1, "rsa-3072.pkcs8")
    }];
}

fn second(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.wraps.push(Wrap {
        block: Some(change),
        ..Wrap::new(2, "other")
    });
}

/// One bit of the byte that stands so far from the end.
fn flip(bytes: &mut [u8], from_end: usize) {
    let place = bytes.len() - 1 - from_end;
    bytes[place] ^= 1;
}
