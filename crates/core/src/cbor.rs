//! Strict CBOR: bounded before anything is built, and one encoding only (clauses 1.3 and 1.4).
//!
//! [`decode`] walks the bytes once to hold them against the limits, decodes them, encodes the result and compares.
//! Whatever has a second spelling (long integers, unsorted or repeated keys, unknown fields) fails that comparison, so
//! no check of its own is needed for each (SEC-2, SEC-18).

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode};
use zeroize::Zeroizing;

use crate::error::{Layer, Malformed};

/// Nesting allowed (SEC-17).
pub const MAX_DEPTH: usize = 8;
/// Longest string that carries the payload, core, wraps or policy ciphertext of a publishing licence, in bytes.
pub const MAX_LICENCE_STRING: usize = 1 << 20;
/// Longest payload of a use licence, in bytes: it holds obligations of up to 64 KiB, and more besides.
pub const MAX_USE_LICENCE_STRING: usize = 128 << 10;
/// Longest payload of a key set, in bytes: 1 000 rotations must fit (SEC-68).
pub const MAX_KEY_SET_STRING: usize = 4 << 20;
/// Elements of one array, or pairs of one map (SEC-17).
pub const MAX_ITEMS: u64 = 4_096;
/// Bytes of one string, unless the structure is one of those that carry another structure (SEC-17).
pub const MAX_STRING: usize = 65_536;

/// How large what is read may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    string: usize,
}

impl Limits {
    /// What everything but the following keeps to.
    pub(crate) const STANDARD: Self = Self { string: MAX_STRING };
    /// A publishing licence.
    pub(crate) const PUBLISHING_LICENCE: Self = Self {
        string: MAX_LICENCE_STRING,
    };
    /// A use licence.
    pub(crate) const USE_LICENCE: Self = Self {
        string: MAX_USE_LICENCE_STRING,
    };
    /// A key set.
    pub(crate) const KEY_SET: Self = Self {
        string: MAX_KEY_SET_STRING,
    };
}

/// Encodes canonically. Our types cannot fail to encode into memory.
pub(crate) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    // The error type of writing to a `Vec` is `Infallible`, and no `Encode` of this crate returns a message.
    minicbor::to_vec(value).unwrap_or_default()
}

/// Encodes what is to be wiped, into a buffer that never has to move: `capacity` gives its size from the length of the
/// encoding, and is at least that.
pub(crate) fn encode_wiped<T: Encode<()>>(
    value: &T,
    capacity: impl FnOnce(usize) -> usize,
) -> Zeroizing<Vec<u8>> {
    let mut length = Length(0);
    // Writing to either cannot fail, as above.
    let _ = minicbor::encode(value, &mut length);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity(length.0).max(length.0)));
    let _ = minicbor::encode(value, &mut *bytes);
    bytes
}

/// Counts what is written.
struct Length(usize);

impl minicbor::encode::Write for Length {
    type Error = std::convert::Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0 += bytes.len();
        Ok(())
    }
}

/// Decodes exactly the bytes, all of them.
pub(crate) fn decode<'b, T>(bytes: &'b [u8], limits: Limits, layer: Layer) -> Result<T, Malformed>
where
    T: Decode<'b, ()> + Encode<()>,
{
    if scan(bytes, limits, layer)? != bytes.len() {
        return Err(Malformed::new(layer, "bytes follow the structure"));
    }
    let value: T =
        minicbor::decode(bytes).map_err(|_| Malformed::new(layer, "a field is missing or invalid"))?;
    // Some structures are confidential, so no copy stays behind.
    if *encode_wiped(&value, |length| length) != bytes {
        return Err(Malformed::new(
            layer,
            "the encoding is not the canonical one, or a field is unknown",
        ));
    }
    Ok(value)
}

/// Walks over the first item without building anything and returns its length.
pub(crate) fn scan(bytes: &[u8], limits: Limits, layer: Layer) -> Result<usize, Malformed> {
    let malformed = |detail| Malformed::new(layer, detail);
    let mut decoder = Decoder::new(bytes);
    // How many items are still open on each level; an array of fixed depth instead of recursion.
    let mut open = [0_u64; MAX_DEPTH];
    let mut depth = 0;
    loop {
        let children = scan_head(&mut decoder, limits).map_err(malformed)?;
        if children > 0 {
            let level = open
                .get_mut(depth)
                .ok_or_else(|| malformed("structures are nested too deeply"))?;
            *level = children;
            depth += 1;
            continue;
        }
        while let Some(level) = depth.checked_sub(1).and_then(|top| open.get_mut(top)) {
            *level -= 1;
            if *level > 0 {
                break;
            }
            depth -= 1;
        }
        if depth == 0 {
            return Ok(decoder.position());
        }
    }
}

/// Reads one head, and the content of a string; returns how many items follow inside.
fn scan_head(decoder: &mut Decoder<'_>, limits: Limits) -> Result<u64, &'static str> {
    const CUT: &str = "the bytes end too early";
    let items = match decoder.datatype().map_err(|_| CUT)? {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
            decoder.u64().map_err(|_| CUT)?;
            0
        }
        Type::Bytes => {
            let length = decoder.bytes().map_err(|_| CUT)?.len();
            if length > limits.string {
                return Err("a string is too long");
            }
            0
        }
        Type::String => {
            let length = decoder.str().map_err(|_| "a text is cut or not UTF-8")?.len();
            if length > limits.string {
                return Err("a string is too long");
            }
            0
        }
        Type::Array => decoder.array().map_err(|_| CUT)?.unwrap_or(u64::MAX),
        Type::Map => {
            let pairs = decoder.map().map_err(|_| CUT)?.unwrap_or(u64::MAX);
            if pairs > MAX_ITEMS {
                return Err("an array or map has too many items");
            }
            return Ok(pairs * 2);
        }
        // Negative integers, floats, tags, simple values and everything indefinite have no place in the format.
        _ => return Err("a type occurs that the format does not use"),
    };
    if items > MAX_ITEMS {
        Err("an array or map has too many items")
    } else {
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan_all(bytes: &[u8]) -> Result<usize, &'static str> {
        scan(bytes, Limits::STANDARD, Layer::Policy).map_err(|error| error.detail)
    }

    /// SEC-17
    /// Clauses 1.4 and 1.4.3.
    #[test]
    fn limits_hold_before_anything_is_built() {
        assert_eq!(scan_all(&[&[0x81; 8][..], &[0]].concat()), Ok(9));
        assert_eq!(
            scan_all(&[&[0x81; 9][..], &[0]].concat()),
            Err("structures are nested too deeply")
        );
        assert_eq!(
            scan_all(&[0x81; 100_000]),
            Err("structures are nested too deeply")
        );
        let array = |n: u16| [&[0x99][..], &n.to_be_bytes(), &vec![0; n.into()]].concat();
        assert_eq!(scan_all(&array(4_096)), Ok(4_099));
        assert_eq!(scan_all(&array(4_097)), Err("an array or map has too many items"));
        let string = |n: u32| [&[0x5a][..], &n.to_be_bytes(), &vec![0; n as usize]].concat();
        assert_eq!(scan_all(&string(65_536)), Ok(65_541));
        assert_eq!(scan_all(&string(65_537)), Err("a string is too long"));
        assert_eq!(
            scan_all(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err("an array or map has too many items")
        );
        assert_eq!(
            scan_all(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err("the bytes end too early")
        );
    }

    /// Clause 1.3.2.
    #[test]
    fn types_without_a_place_are_refused() {
        for bytes in [
            &[0x20][..],                     // negative integer
            &[0xf9, 0, 0],                   // half float
            &[0xfa, 0, 0, 0, 0],             // float
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0], // double
            &[0xc0, 0x60],                   // tag
            &[0xf4],                         // false
            &[0xf6],                         // null
            &[0xf7],                         // undefined
            &[0x9f, 0xff],                   // indefinite array
            &[0xbf, 0xff],                   // indefinite map
            &[0x5f, 0xff],                   // indefinite bytes
            &[0x7f, 0xff],                   // indefinite text
            &[0x62, 0xff, 0xff],             // text that is not UTF-8
            &[0x1c],                         // reserved
            &[],
        ] {
            assert!(scan_all(bytes).is_err(), "{bytes:02x?}");
        }
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Sample {
        #[n(1)]
        first: u64,
        #[n(2)]
        second: Option<u64>,
    }

    /// SEC-2, SEC-18
    /// Clauses 1.3.1 and 1.3.4.
    #[test]
    fn only_the_canonical_encoding_is_read() {
        let read = |bytes: &[u8]| decode::<Sample>(bytes, Limits::STANDARD, Layer::Policy);
        assert_eq!(
            read(&[0xa1, 1, 5]),
            Ok(Sample {
                first: 5,
                second: None
            })
        );
        assert_eq!(
            read(&[0xa2, 1, 5, 2, 6]),
            Ok(Sample {
                first: 5,
                second: Some(6)
            })
        );
        for bytes in [
            &[0xa1, 1, 0x18, 5][..], // long integer
            &[0xa1, 0x18, 1, 5],     // long key
            &[0xb8, 1, 1, 5],        // long length
            &[0xa2, 2, 6, 1, 5],     // unsorted keys
            &[0xa2, 1, 5, 1, 5],     // repeated key
            &[0xa2, 1, 5, 3, 6],     // unknown key
            &[0xa1, 1, 5, 0],        // trailing byte
            &[0xa1, 2, 6],           // missing field
        ] {
            assert!(read(bytes).is_err(), "{bytes:02x?}");
        }
    }
}
