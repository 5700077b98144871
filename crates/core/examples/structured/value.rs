//! CBOR values, and encodings of them that the format does not allow.

#[derive(Debug, Clone)]
pub enum Value {
    Int(u64),
    Bytes(Vec<u8>),
    /// Not necessarily UTF-8.
    Text(Vec<u8>),
    Array(Vec<Value>),
    /// Sorted when it is encoded.
    Map(Vec<(Value, Value)>),
    /// A map in the order in which it stands.
    Unsorted(Vec<(Value, Value)>),
    /// Its head in more bytes than it needs.
    Wide(Box<Value>),
    /// Of indefinite length.
    Endless(Box<Value>),
    /// Bytes instead of an item.
    Raw(Vec<u8>),
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }

    pub fn bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bytes(bytes.as_ref().to_vec())
    }

    pub fn map(pairs: Vec<(u64, Self)>) -> Self {
        Self::Map(
            pairs
                .into_iter()
                .map(|(key, item)| (Self::Int(key), item))
                .collect(),
        )
    }

    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Int(number) => head(0, *number),
            Self::Bytes(bytes) => [head(2, bytes.len() as u64), bytes.clone()].concat(),
            Self::Text(text) => [head(3, text.len() as u64), text.clone()].concat(),
            Self::Array(items) => {
                let mut out = head(4, items.len() as u64);
                items.iter().for_each(|item| out.extend(item.encode()));
                out
            }
            Self::Map(pairs) => {
                let mut encoded: Vec<_> = pairs
                    .iter()
                    .map(|(key, item)| (key.encode(), item.encode()))
                    .collect();
                encoded.sort();
                map(&encoded)
            }
            Self::Unsorted(pairs) => {
                let encoded: Vec<_> = pairs
                    .iter()
                    .map(|(key, item)| (key.encode(), item.encode()))
                    .collect();
                map(&encoded)
            }
            Self::Wide(value) => widened(&value.encode()),
            Self::Endless(value) => endless(&value.encode()),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = head(5, pairs.len() as u64);
    for (key, item) in pairs {
        out.extend(key);
        out.extend(item);
    }
    out
}

fn head(major: u8, number: u64) -> Vec<u8> {
    let first = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..=23 => vec![first | bytes[7]],
        24..=0xff => vec![first | 24, bytes[7]],
        0x100..=0xffff => [&[first | 25], &bytes[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[first | 26], &bytes[4..]].concat(),
        _ => [&[first | 27], &bytes[..]].concat(),
    }
}

/// Bytes of the head with which an item begins.
fn head_length(item: &[u8]) -> usize {
    match item.first().map(|first| first & 31) {
        Some(small @ 24..=27) => 1 + (1 << (small - 24)),
        _ => 1,
    }
}

fn widened(item: &[u8]) -> Vec<u8> {
    let (head, rest) = item.split_at(head_length(item).min(item.len()));
    let Some((first, number)) = head.split_first() else {
        return item.to_vec();
    };
    let wider = match number.len() {
        0 => vec![first & 0xe0 | 24, first & 31],
        1 | 2 | 4 => [vec![first + 1], vec![0; number.len()], number.to_vec()].concat(),
        _ => head.to_vec(),
    };
    [wider, rest.to_vec()].concat()
}

fn endless(item: &[u8]) -> Vec<u8> {
    let (head, rest) = item.split_at(head_length(item).min(item.len()));
    match head.first().map(|first| first >> 5) {
        Some(major @ (2 | 3)) => [&[major << 5 | 31], item, &[0xff]].concat(),
        Some(major @ (4 | 5)) => [&[major << 5 | 31], rest, &[0xff]].concat(),
        _ => [head, rest].concat(),
    }
}
