//! Small named byte strings: obligations, application data, extensions.

use std::collections::BTreeMap;

/// At most 16 entries and 64 KiB in all; names are 1 to 64 lowercase letters, digits, dots and hyphens, by custom a
/// reversed domain name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedData(BTreeMap<String, Vec<u8>>);

/// Why an entry cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNamedData {
    /// The name has another shape.
    #[error("a name has 1 to 64 lowercase letters, digits, dots and hyphens")]
    Name,
    /// There are 16 entries already, or the bytes exceed 64 KiB.
    #[error("there may be 16 entries and 64 KiB in all")]
    TooLarge,
}

impl NamedData {
    /// Most entries (clause 3.4).
    pub const MAX_ENTRIES: usize = 16;
    /// Most bytes of all names and values together.
    pub const MAX_BYTES: usize = 65_536;

    /// Longest name, in bytes.
    pub const MAX_NAME: usize = 64;

    /// Adds or replaces an entry.
    ///
    /// # Errors
    ///
    /// [`InvalidNamedData`] when the name or the sum is out of bounds; nothing changes then.
    pub fn insert(&mut self, name: &str, value: Vec<u8>) -> Result<(), InvalidNamedData> {
        let is_name_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
        if name.is_empty() || name.len() > Self::MAX_NAME || !name.bytes().all(is_name_byte) {
            return Err(InvalidNamedData::Name);
        }
        let others = self.0.iter().filter(|(other, _)| other.as_str() != name);
        let (count, bytes) = others.fold((0, 0), |(count, bytes), (n, v)| {
            (count + 1, bytes + n.len() + v.len())
        });
        if count >= Self::MAX_ENTRIES || bytes + name.len() + value.len() > Self::MAX_BYTES {
            return Err(InvalidNamedData::TooLarge);
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// The value of an entry.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// The entries by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// True when there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Deterministic order of text keys: the shorter first, then bytewise (RFC 8949 §4.2.1 orders encoded keys).
impl<C> minicbor::Encode<C> for NamedData {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_by_key(|(name, _)| (name.len(), *name));
        e.map(entries.len() as u64)?;
        for (name, value) in entries {
            e.str(name)?.bytes(value)?;
        }
        Ok(())
    }
}

impl<'b, C> minicbor::Decode<'b, C> for NamedData {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let entries = d
            .map()?
            .ok_or_else(|| minicbor::decode::Error::message("indefinite map"))?;
        let mut data = Self::default();
        for _ in 0..entries {
            let name = d.str()?;
            data.insert(name, d.bytes()?.to_vec())
                .map_err(|_| minicbor::decode::Error::message("named data out of bounds"))?;
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clause 3.4.
    #[test]
    fn bounds_hold() {
        let mut data = NamedData::default();
        assert_eq!(data.insert("", vec![]), Err(InvalidNamedData::Name));
        assert_eq!(data.insert("Example", vec![]), Err(InvalidNamedData::Name));
        assert_eq!(data.insert("a", vec![0; 65_536]), Err(InvalidNamedData::TooLarge));
        for i in 0..16 {
            data.insert(&format!("example.{i}"), vec![i]).unwrap();
        }
        assert_eq!(data.insert("one-more", vec![]), Err(InvalidNamedData::TooLarge));
        data.insert("example.3", vec![9]).unwrap();
        assert_eq!(data.value("example.3"), Some([9].as_slice()));
    }

    #[test]
    fn literal_encoding_puts_the_shorter_name_first() {
        let mut data = NamedData::default();
        data.insert("aa", vec![1]).unwrap();
        data.insert("b", vec![]).unwrap();
        assert_eq!(
            minicbor::to_vec(&data).unwrap(),
            [0xa2, 0x61, b'b', 0x40, 0x62, b'a', b'a', 0x41, 1]
        );
    }
}
