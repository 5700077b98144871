//! The one encoding (clauses 1.3 and 1.4): each structure, bent in each way in which CBOR can be bent.

use crate::item::{Item, bytes, head, long_head, raw, text, uint};
use crate::recipe::{Part, Recipe};

/// A structure, what refuses it, and what the authority says.
type Structure = (&'static str, Part, &'static str, Option<&'static str>);

#[rustfmt::skip] // A row a vector.
const STRUCTURES: &[Structure] = &[
    ("core", Part::Core, "publishing-licence", None),
    ("licensor", Part::Licensor, "publishing-licence", None),
    ("issuer", Part::Issuer, "publishing-licence", None),
    ("policy", Part::Policy, "opens", Some("policy")),
    ("inner", Part::Inner, "inner-header", None),
    ("seal", Part::Seal, "altered-seal", None),
    ("edit_grant", Part::EditGrant, "sealer", None),
    ("use_licence", Part::UseLicence, "use-licence", None),
    ("licence_issuer", Part::LicenceIssuer, "use-licence", None),
];

type Bend = (&'static str, &'static str, &'static str, fn(&mut Item));

#[rustfmt::skip] // A row a vector.
const BENDS: &[Bend] = &[
    ("long_integer", "1.3", "A number in a longer form than it needs.", |item| {
        let number = first(item, |value| matches!(value, Item::Uint(_)));
        if let Item::Uint(n) = number {
            *number = raw(long_head(0, *n));
        }
    }),
    ("long_key", "1.3", "A key in a longer form than it needs.", |item| pairs(item)[0].0 = raw([0x18, 1])),
    ("long_length", "1.3", "The number of pairs in a longer form than it needs.", |item| {
        let encoded = item.encode();
        *item = raw([long_head(5, pairs(item).len() as u64), encoded[1..].to_vec()].concat());
    }),
    ("indefinite_map", "1.3", "A map of indefinite length.", |item| {
        let encoded = item.encode();
        *item = raw([&[0xbf][..], &encoded[1..], &[0xff]].concat());
    }),
    ("indefinite_string", "1.3", "A string in pieces.", |item| {
        let value = first(item, |value| matches!(value, Item::Bytes(_) | Item::Text(_)));
        let start = if matches!(value, Item::Bytes(_)) { 0x5f } else { 0x7f };
        *value = raw([&[start][..], &value.encode(), &[0xff]].concat());
    }),
    ("key_order", "1.3", "The keys are out of order.", |item| {
        let last = pairs(item).len() - 1;
        pairs(item).swap(last - 1, last);
    }),
    ("repeated_key", "1.3", "A key comes twice.", |item| {
        let pair = pairs(item)[0].clone();
        pairs(item).insert(1, pair);
    }),
    ("unknown_key", "1.3", "A key that the specification does not name.", |item| {
        pairs(item).push((uint(99), uint(0)));
    }),
    ("text_key", "1.3", "A text as a key.", |item| pairs(item).push((text("x"), uint(0)))),
    ("tag", "1.3", "A tagged value.", |item| {
        let value = &mut pairs(item)[0].1;
        *value = raw([vec![0xd8, 0x18], value.encode()].concat());
    }),
    ("float", "1.3", "A number as a float of the same value.", |item| {
        let number = first(item, |value| matches!(value, Item::Uint(_)));
        if let Item::Uint(n) = number {
            *number = raw([&[0xfb][..], &(*n as f64).to_be_bytes()].concat());
        }
    }),
    ("negative", "1.3", "A negative number.", |item| {
        *first(item, |value| matches!(value, Item::Uint(_))) = raw([0x20]);
    }),
    ("bool", "1.3", "A truth value for a number.", |item| {
        *first(item, |value| matches!(value, Item::Uint(_))) = raw([0xf5]);
    }),
    ("null", "1.3", "Null for something left out.", |item| pairs(item).push((uint(98), raw([0xf6])))),
    ("bytes_for_text", "1.3", "A string of the other kind.", |item| {
        let value = first(item, |value| matches!(value, Item::Bytes(_) | Item::Text(_)));
        *value = match &*value {
            Item::Text(content) => bytes(content),
            _ => raw([head(3, 16), vec![b'x'; 16]].concat()),
        };
    }),
    ("array", "1.3", "An array of the values for the map.", |item| {
        *item = Item::Array(pairs(item).iter().map(|(_, value)| value.clone()).collect());
    }),
    ("deep", "1.4", "Arrays nested nine deep under a key that is not known either.", |item| {
        pairs(item).push((uint(99), raw([&[0x81; 8][..], &[0]].concat())));
    }),
    ("wide", "1.4", "An array of 4 097 items under a key that is not known either.", |item| {
        pairs(item).push((uint(99), raw([head(4, 4_097), vec![0; 4_097]].concat())));
    }),
    ("promise", "1.4", "An array that promises 2^64 - 1 items: nothing is allocated for it.", |item| {
        pairs(item).push((uint(99), raw([0x9b, 255, 255, 255, 255, 255, 255, 255, 255])));
    }),
];

type BytesBend = (&'static str, &'static str, &'static str, fn(&mut Vec<u8>));

#[rustfmt::skip] // A row a vector.
const BYTES_BENDS: &[BytesBend] = &[
    ("byte_behind", "1.3", "A byte behind the structure.", |encoded| encoded.push(0)),
    ("cut", "1.3", "The last byte is missing.", |encoded| { encoded.pop(); }),
    ("nothing", "1.3", "No bytes at all.", Vec::clear),
    ("twice", "1.3", "The structure twice.", |encoded| encoded.extend_from_within(..)),
];

/// Bends that make no sense for a structure, or that something else would catch first.
fn is_moot(structure: &str, bend: &str) -> bool {
    match structure {
        // Its only field is a text.
        "inner" => matches!(
            bend,
            "long_integer" | "key_order" | "float" | "negative" | "bool" | "wide"
        ),
        // The padding hides them, or the padded size changes.
        "policy" => matches!(bend, "wide" | "byte_behind" | "nothing" | "twice" | "cut"),
        // A seal's signed object has at most 4 096 bytes.
        "seal" => bend == "wide",
        "edit_grant" => matches!(bend, "wide" | "twice"),
        _ => false,
    }
}

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = Vec::new();
    for (name, part, expect, authority) in STRUCTURES.iter().copied() {
        let start = |bend: &str, clause, comment: &str| {
            let mut recipe = Recipe::new(format!("cbor/{name}_{bend}"));
            recipe.authority = authority;
            if part == Part::EditGrant {
                recipe.edited();
            }
            let requirement = if clause == "1.4" { 17 } else { 2 };
            recipe.says(expect, requirement, clause, format!("{}: {comment}", title(part)))
        };
        for (bend, clause, comment, change) in BENDS.iter().copied() {
            if !is_moot(name, bend) {
                vectors.push(start(bend, clause, comment).change(|r| {
                    r.item(part, change);
                }));
            }
        }
        for (bend, clause, comment, change) in BYTES_BENDS.iter().copied() {
            if !is_moot(name, bend) {
                vectors.push(start(bend, clause, comment).change(|r| {
                    r.bytes(part, change);
                }));
            }
        }
    }
    for (name, part, key, expect, authority) in [
        ("core", Part::Core, 4, "publishing-licence", None),
        ("licensor", Part::Licensor, 4, "publishing-licence", None),
        ("policy", Part::Policy, 1, "opens", Some("policy")),
        ("inner", Part::Inner, 1, "inner-header", None),
        ("edit_grant", Part::EditGrant, 4, "sealer", None),
    ] {
        let comment = format!("{}: A text that is not UTF-8.", title(part));
        let mut recipe = Recipe::new(format!("cbor/{name}_not_utf8")).says(expect, 2, "1.3", comment);
        recipe.authority = authority;
        if part == Part::EditGrant {
            recipe.edited();
        }
        vectors.push(recipe.change(|r| {
            r.item(part, move |item| {
                let mut encoded = item.at(key).encode();
                if let Some(last) = encoded.last_mut() {
                    *last = 0xff;
                }
                item.set(key, raw(encoded));
            });
        }));
    }
    vectors
}

fn title(part: Part) -> &'static str {
    match part {
        Part::Core => "Core of the publishing licence",
        Part::Licensor => "Licensor certificate",
        Part::Issuer => "Tenant certificate of the chain",
        Part::Policy => "Policy",
        Part::Inner => "Inner header",
        Part::Seal => "Seal",
        Part::EditGrant => "Edit grant",
        Part::UseLicence => "Use licence",
        Part::LicenceIssuer => "Tenant certificate of the use licence",
        other => unreachable!("{other:?} has no title"),
    }
}

fn pairs(item: &mut Item) -> &mut Vec<(Item, Item)> {
    match item {
        Item::Map(pairs) => pairs,
        other => panic!("not a map: {other:?}"),
    }
}

/// The first value of this kind.
fn first(item: &mut Item, is: fn(&Item) -> bool) -> &mut Item {
    let found = pairs(item).iter_mut().find(|(_, value)| is(value));
    &mut found.expect("there is such a value").1
}
