//! CBOR as a tree that can be bent: what the product's encoders cannot be made to write.

/// One item. `Raw` is written as it is, whatever it means.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Uint(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Raw(Vec<u8>),
}

pub fn uint(number: u64) -> Item {
    Item::Uint(number)
}

pub fn bytes(bytes: impl AsRef<[u8]>) -> Item {
    Item::Bytes(bytes.as_ref().to_vec())
}

pub fn text(text: impl AsRef<str>) -> Item {
    Item::Text(text.as_ref().to_owned())
}

pub fn array(items: impl IntoIterator<Item = Item>) -> Item {
    Item::Array(items.into_iter().collect())
}

pub fn raw(bytes: impl AsRef<[u8]>) -> Item {
    Item::Raw(bytes.as_ref().to_vec())
}

/// A map with small numbers as keys; those without a value are left out.
pub fn map(pairs: impl IntoIterator<Item = (u64, Option<Item>)>) -> Item {
    Item::Map(
        pairs
            .into_iter()
            .filter_map(|(key, value)| Some((uint(key), value?)))
            .collect(),
    )
}

/// Named data (clause 3.4), in the order given.
pub fn named(entries: &[(&str, &[u8])]) -> Item {
    Item::Map(
        entries
            .iter()
            .map(|(name, value)| (text(name), bytes(value)))
            .collect(),
    )
}

/// Major type and argument in the shortest form.
pub fn head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    match argument {
        0..=23 => vec![major | argument as u8],
        24..=0xff => vec![major | 24, argument as u8],
        0x100..=0xffff => [&[major | 25][..], &(argument as u16).to_be_bytes()].concat(),
        0x1_0000..=0xffff_ffff => [&[major | 26][..], &(argument as u32).to_be_bytes()].concat(),
        _ => [&[major | 27][..], &argument.to_be_bytes()].concat(),
    }
}

/// The same number in the next longer form.
pub fn long_head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    match argument {
        0..=23 => vec![major | 24, argument as u8],
        24..=0xff => [&[major | 25][..], &(argument as u16).to_be_bytes()].concat(),
        0x100..=0xffff => [&[major | 26][..], &(argument as u32).to_be_bytes()].concat(),
        _ => [&[major | 27][..], &argument.to_be_bytes()].concat(),
    }
}

impl Item {
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Uint(number) => head(0, *number),
            Self::Bytes(bytes) => [head(2, bytes.len() as u64), bytes.clone()].concat(),
            Self::Text(text) => [head(3, text.len() as u64), text.as_bytes().to_vec()].concat(),
            Self::Array(items) => {
                let mut out = head(4, items.len() as u64);
                items.iter().for_each(|item| out.extend(item.encode()));
                out
            }
            Self::Map(pairs) => {
                let mut out = head(5, pairs.len() as u64);
                for (key, value) in pairs {
                    out.extend(key.encode());
                    out.extend(value.encode());
                }
                out
            }
            Self::Raw(bytes) => bytes.clone(),
        }
    }

    fn pairs(&mut self) -> &mut Vec<(Self, Self)> {
        match self {
            Self::Map(pairs) => pairs,
            other => panic!("not a map: {other:?}"),
        }
    }

    /// Puts a value under a key, in the order of keys.
    pub fn set(&mut self, key: u64, value: Self) {
        let pairs = self.pairs();
        match pairs.iter_mut().find(|(known, _)| *known == uint(key)) {
            Some((_, old)) => *old = value,
            None => {
                pairs.push((uint(key), value));
                pairs.sort_by_key(|(key, _)| key.encode());
            }
        }
    }

    pub fn remove(&mut self, key: u64) {
        let before = self.pairs().len();
        self.pairs().retain(|(known, _)| *known != uint(key));
        assert_ne!(self.pairs().len(), before, "there is no key {key}");
    }

    /// The value under a key.
    pub fn at(&mut self, key: u64) -> &mut Self {
        let pairs = self.pairs().iter_mut();
        let found = pairs.into_iter().find(|(known, _)| *known == uint(key));
        &mut found.expect("the key is there").1
    }

    /// The members of an array.
    pub fn items(&mut self) -> &mut Vec<Self> {
        match self {
            Self::Array(items) => items,
            other => panic!("not an array: {other:?}"),
        }
    }

    /// The bytes of a byte string.
    pub fn blob(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes,
            other => panic!("not a byte string: {other:?}"),
        }
    }

    /// A number as it is, moved by an amount.
    pub fn add(&mut self, amount: i64) {
        match self {
            Self::Uint(number) => *number = number.wrapping_add_signed(amount),
            other => panic!("not a number: {other:?}"),
        }
    }
}
