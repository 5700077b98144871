//! Names for the fields of the structures, as the tables of the specification give them.

/// What an item holds.
pub enum Shape {
    /// A number, a string, an empty map.
    Value,
    /// A byte string that holds an item.
    Inside(&'static Shape),
    /// Items by place; the last name stands for all further ones.
    List(&'static [(&'static str, Shape)]),
    /// Items by key.
    Map(&'static [(usize, &'static str, Shape)]),
}

use Shape::{Inside, List, Map, Value};

const PROTECTED: (&str, Shape) = ("protected", Value);
const UNPROTECTED: (&str, Shape) = ("unprotected: the empty map", Value);
const SIGNATURE: (&str, Shape) = ("signature", Value);

pub const PUBLISHING_LICENCE: Shape = List(&[
    PROTECTED,
    UNPROTECTED,
    ("payload", Inside(&LICENCE_PAYLOAD)),
    SIGNATURE,
]);
const LICENCE_PAYLOAD: Shape = List(&[("core", Inside(&CORE)), ("wraps", Inside(&WRAPS))]);
const CORE: Shape = Map(&[
    (1, "version", Value),
    (2, "content id", Value),
    (3, "tenant", Value),
    (4, "origin", Value),
    (5, "issued at", Value),
    (6, "chain", CHAIN),
    (7, "policy ciphertext", Value),
    (8, "body profile", Value),
]);
const CHAIN: Shape = List(&[
    ("licensor certificate", Inside(&LICENSOR_CERTIFICATE)),
    ("tenant certificate", Inside(&TENANT_CERTIFICATE)),
]);
const LICENSOR_CERTIFICATE: Shape = List(&[
    PROTECTED,
    UNPROTECTED,
    ("payload", Inside(&LICENSOR_PAYLOAD)),
    SIGNATURE,
]);
const LICENSOR_PAYLOAD: Shape = Map(&[
    (1, "serial", Value),
    (2, "tenant", Value),
    (3, "account", Value),
    (4, "address", Value),
    (5, "key", Value),
    (6, "not before", Value),
    (7, "expires", Value),
    (8, "scope", Value),
]);
const TENANT_CERTIFICATE: Shape = List(&[
    PROTECTED,
    UNPROTECTED,
    ("payload", Inside(&TENANT_PAYLOAD)),
    SIGNATURE,
]);
const TENANT_PAYLOAD: Shape = Map(&[
    (1, "tenant", Value),
    (2, "purpose", Value),
    (3, "key", Value),
    (4, "not before", Value),
    (5, "expires", Value),
]);
const WRAPS: Shape = List(&[(
    "wrap",
    List(&[("kid", Value), ("suite", Value), ("ciphertext", Value)]),
)]);

pub const SEAL: Shape = List(&[
    PROTECTED,
    UNPROTECTED,
    ("payload", Inside(&SEAL_PAYLOAD)),
    SIGNATURE,
]);
const SEAL_PAYLOAD: Shape = Map(&[
    (1, "header digest", Value),
    (2, "root", Value),
    (3, "length of BODY", Value),
    (4, "revision", Value),
    (5, "sealed at", Value),
]);

pub const USE_LICENCE: Shape = List(&[
    PROTECTED,
    UNPROTECTED,
    ("payload", Inside(&USE_LICENCE_PAYLOAD)),
    SIGNATURE,
]);
const USE_LICENCE_PAYLOAD: Shape = Map(&[
    (1, "use licence id", Value),
    (2, "licence digest", Value),
    (3, "content id", Value),
    (4, "tenant", Value),
    (5, "account", Value),
    (6, "device thumbprint", Value),
    (7, "rights", Value),
    (8, "issued at", Value),
    (9, "not after", Value),
    (10, "offline until", Value),
    (11, "the authority's clock", Value),
    (12, "epoch", Value),
    (13, "nonce", Value),
    (14, "sealed content key", Value),
]);

pub const INNER_HEADER: Shape = Map(&[
    (1, "name", Value),
    (2, "media type", Value),
    (3, "modified", Value),
    (4, "size", Value),
]);

/// The head of an item: how long it is, its major type, and its number.
pub struct Head {
    pub length: usize,
    pub major: u8,
    pub value: usize,
}

pub fn head(bytes: &[u8]) -> Head {
    let (major, short) = (bytes[0] >> 5, bytes[0] & 31);
    let further = match short {
        0..24 => 0,
        24..28 => 1 << (short - 24),
        _ => panic!("an indefinite item"),
    };
    let long = bytes[1..=further]
        .iter()
        .fold(0, |value, byte| value << 8 | usize::from(*byte));
    let value = if further == 0 { usize::from(short) } else { long };
    Head {
        length: 1 + further,
        major,
        value,
    }
}

/// The byte string at a path of places in arrays.
pub fn at(bytes: &[u8], path: &[usize]) -> Vec<u8> {
    let mut rest = bytes;
    for place in path {
        rest = &rest[head(rest).length..];
        for _ in 0..*place {
            rest = &rest[length(rest)..];
        }
    }
    let Head { length, value, .. } = head(rest);
    rest[length..length + value].to_vec()
}

/// The byte string under a key of a map, and the map without it.
pub fn take_out(map: &[u8], key: usize) -> (Vec<u8>, Vec<u8>) {
    let Head {
        length: start,
        value: pairs,
        ..
    } = head(map);
    assert!(start == 1 && pairs < 24, "a short map");
    let mut place = start;
    loop {
        let number = head(&map[place..]);
        let end = place + number.length + length(&map[place + number.length..]);
        if number.value == key {
            let inside = head(&map[place + number.length..]).length;
            let taken = map[place + number.length + inside..end].to_vec();
            return (taken, [&[map[0] - 1], &map[1..place], &map[end..]].concat());
        }
        place = end;
    }
}

/// Bytes of an item with everything in it.
fn length(bytes: &[u8]) -> usize {
    let Head {
        length: mut end,
        major,
        value,
    } = head(bytes);
    let items = match major {
        2 | 3 => return end + value,
        4 => value,
        5 => 2 * value,
        _ => 0,
    };
    for _ in 0..items {
        end += length(&bytes[end..]);
    }
    end
}
