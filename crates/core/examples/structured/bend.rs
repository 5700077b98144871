//! One change to one node of a structure.

use crate::draw::Draw;
use crate::value::Value;

/// The value with one node changed. What comes out may still be good.
pub fn bend(value: Value, draw: &mut Draw) -> Value {
    if draw.percent(4) {
        return Value::Raw([value.encode(), vec![*draw.of(&[0, 0xa0, 0xf6])]].concat());
    }
    let mut place = draw.index(nodes(&value));
    descend(value, &mut place, draw)
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Map(pairs) => pairs.iter().map(|(_, item)| nodes(item)).sum(),
        _ => 0,
    }
}

/// Counts `place` down; the node at which it is 0 is changed.
fn descend(value: Value, place: &mut usize, draw: &mut Draw) -> Value {
    let here = *place == 0;
    *place = place.wrapping_sub(1);
    if here {
        *place = usize::MAX;
        return if draw.percent(20) {
            anything(value, draw)
        } else {
            change(value, draw)
        };
    }
    match value {
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| descend(item, place, draw)).collect())
        }
        Value::Map(pairs) => {
            let pairs = pairs
                .into_iter()
                .map(|(key, item)| (key, descend(item, place, draw)));
            Value::Map(pairs.collect())
        }
        other => other,
    }
}

/// What can be done to a value of any type.
fn anything(value: Value, draw: &mut Draw) -> Value {
    match draw.below(4) {
        0 => Value::Wide(Box::new(value)),
        1 => Value::Endless(Box::new(value)),
        2 => {
            let depth = 1 + draw.below(9);
            (0..depth).fold(value, |inner, _| Value::Array(vec![inner]))
        }
        _ => other_type(draw),
    }
}

fn other_type(draw: &mut Draw) -> Value {
    const SIMPLE: [&[u8]; 9] = [
        &[0xf6],
        &[0xf5],
        &[0xf4],
        &[0xf7],
        &[0x20],
        &[0xf9, 0x3c, 0],
        &[0xc1, 0],
        &[0xff],
        &[0x1c],
    ];
    match draw.below(9) {
        0 => Value::Int(draw.below(3)),
        1 => Value::Int(draw.word()),
        2 => Value::Bytes(Vec::new()),
        3 => Value::Bytes(draw.bytes(16)),
        4 => Value::text("a"),
        5 => Value::Array(Vec::new()),
        6 => Value::Map(Vec::new()),
        _ => Value::Raw(draw.of(&SIMPLE).to_vec()),
    }
}

fn change(value: Value, draw: &mut Draw) -> Value {
    match value {
        Value::Int(number) => Value::Int(match draw.below(8) {
            0 => 0,
            1 => u64::MAX,
            2 => draw.word(),
            3 => draw.below(40),
            4 => number ^ 1 << draw.below(14),
            5 => number.wrapping_sub(1),
            _ => number.wrapping_add(1),
        }),
        Value::Bytes(bytes) => Value::Bytes(change_bytes(bytes, draw)),
        Value::Text(text) => Value::Text(change_text(text, draw)),
        Value::Array(items) => change_array(items, draw),
        Value::Map(pairs) => change_map(pairs, draw),
        other => other,
    }
}

fn change_bytes(mut bytes: Vec<u8>, draw: &mut Draw) -> Vec<u8> {
    let length = bytes.len();
    match draw.below(8) {
        0 => bytes.push(0),
        1 => bytes.truncate(length.saturating_sub(1)),
        2 => bytes.clear(),
        3 => bytes = draw.bytes(length),
        4 if draw.percent(10) => bytes.resize(65_537, 0),
        5 if length > 0 => {
            bytes.remove(0);
        }
        _ if length > 0 => {
            let place = draw.index(length);
            bytes[place] ^= 1 << draw.below(8);
        }
        _ => bytes.push(7),
    }
    bytes
}

fn change_text(mut text: Vec<u8>, draw: &mut Draw) -> Vec<u8> {
    const PIECES: [&[u8]; 12] = [
        b".",
        b"-",
        b"@",
        b"a",
        "é".as_bytes(),
        b"\x7f",
        b"\xff",
        b" ",
        b"\xc2\x85",
        b"0",
        b"A",
        b"\xed\xa0\x80",
    ];
    match draw.below(7) {
        0 => text.clear(),
        1 => text.truncate(text.len().saturating_sub(1)),
        2 => text.resize(text.len() + 300, b'a'),
        3 if !text.is_empty() => {
            let place = draw.index(text.len());
            text[place] = text[place].to_ascii_uppercase();
        }
        4 if !text.is_empty() => {
            text.remove(0);
        }
        _ => {
            let place = draw.index(text.len() + 1);
            text.splice(place..place, draw.of(&PIECES).iter().copied());
        }
    }
    text
}

fn change_array(mut items: Vec<Value>, draw: &mut Draw) -> Value {
    let length = items.len();
    match draw.below(6) {
        0 if length > 0 => {
            items.remove(draw.index(length));
        }
        1 if length > 0 => {
            let again = draw.of(&items).clone();
            items.insert(draw.index(length + 1), again);
        }
        2 if length > 1 => items.reverse(),
        3 => items.clear(),
        4 if draw.percent(10) => items.resize(4_097, Value::Int(0)),
        _ => items.push(other_type(draw)),
    }
    Value::Array(items)
}

fn change_map(mut pairs: Vec<(Value, Value)>, draw: &mut Draw) -> Value {
    let length = pairs.len();
    match draw.below(9) {
        0..=2 if length > 0 => {
            pairs.remove(draw.index(length));
        }
        3 if length > 0 => {
            let again = draw.of(&pairs).clone();
            pairs.push(again);
        }
        4 if length > 1 => {
            pairs.sort_by_key(|(key, _)| key.encode());
            let place = draw.index(length - 1);
            pairs.swap(place, place + 1);
            return Value::Unsorted(pairs);
        }
        5 if length > 0 => {
            let place = draw.index(length);
            pairs[place].0 = Value::Int(draw.below(20));
        }
        6 => pairs.clear(),
        7 => pairs.push((other_type(draw), other_type(draw))),
        _ => pairs.push((Value::Int(draw.below(20)), other_type(draw))),
    }
    Value::Map(pairs)
}
