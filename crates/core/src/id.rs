//! Identifiers: random 16-byte names of things, and digests of public ones.
//!
//! Each is its own type, so that a template's identifier cannot stand where a licence's belongs. The text form is
//! lowercase hexadecimal and is also the serde form; the CBOR form is a byte string of the exact length (clause 1.5).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::random::{Randomness, RandomnessFailed};

/// A text is not the identifier it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier of {expected} bytes in lowercase hexadecimal was expected")]
pub struct InvalidId {
    /// How many bytes the identifier has.
    pub expected: usize,
}

macro_rules! define_id {
    ($(#[$meta:meta])* $name:ident, $length:literal, $groups:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH: usize = $length;

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Takes the bytes of a slice of the exact length.
            ///
            /// # Errors
            ///
            /// [`InvalidId`] when the length differs.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, InvalidId> {
                bytes.try_into().map(Self).map_err(|_| InvalidId { expected: $length })
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0, $groups)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0; $length];
                read_hex(text, &mut bytes, $groups).ok_or(InvalidId { expected: $length })?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::from_slice(d.bytes()?).map_err(|_| minicbor::decode::Error::message("identifier length"))
            }
        }
    };
}

macro_rules! define_random_id {
    ($(#[$meta:meta])* $name:ident) => {
        define_id!($(#[$meta])* $name, 16, &UUID_GROUPS);

        impl $name {
            /// Draws a new identifier.
            ///
            /// # Errors
            ///
            /// [`RandomnessFailed`] when the source cannot deliver.
            pub fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
                let mut bytes = [0; 16];
                rng.fill(&mut bytes)?;
                Ok(Self(bytes))
            }
        }
    };
}

define_random_id!(
    /// A protected file, set at protection and kept for life.
    ContentId
);
define_random_id!(
    /// An organisation; never used a second time.
    TenantId
);
define_random_id!(
    /// A person in a tenant.
    AccountId
);
define_random_id!(
    /// A template, all its versions together.
    TemplateId
);
define_random_id!(
    /// One issued use licence.
    LicenceId
);
define_random_id!(
    /// One issued licensor certificate.
    Serial
);

define_id!(
    /// A public key in short: the first 8 bytes of SHA-256 of its encoding. It selects a key among known ones and
    /// proves nothing.
    KeyId,
    8,
    &[]
);
define_id!(
    /// A publishing licence: `SHA-256(PREFIX || PL)` (clause 3.9). One definition, used everywhere.
    LicenceDigest,
    32,
    &[]
);
define_id!(
    /// A device: the COSE key thumbprint (RFC 9679, SHA-256) of its signing key.
    DeviceThumbprint,
    32,
    &[]
);

/// Byte positions before which the text form has a hyphen: 8-4-4-4-12 digits.
const UUID_GROUPS: [usize; 4] = [4, 6, 8, 10];

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8], groups: &[usize]) -> fmt::Result {
    for (position, byte) in bytes.iter().enumerate() {
        if groups.contains(&position) {
            f.write_str("-")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

fn read_hex(text: &str, out: &mut [u8], groups: &[usize]) -> Option<()> {
    let mut rest = text.as_bytes();
    for (position, byte) in out.iter_mut().enumerate() {
        if groups.contains(&position) {
            rest = rest.strip_prefix(b"-")?;
        }
        let (pair, tail) = rest.split_at_checked(2)?;
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        rest = tail;
    }
    rest.is_empty().then_some(())
}

/// Lowercase only: one text form per identifier.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00010203-0405-0607-0809-0a0b0c0d0e0f";

    #[test]
    fn text_form_is_grouped_lowercase_hexadecimal() {
        let id = ContentId::from_bytes(std::array::from_fn(|i| i as u8));
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(TEXT.parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{TEXT}\""));
        assert_eq!(
            serde_json::from_str::<ContentId>(&format!("\"{TEXT}\"")).unwrap(),
            id
        );
        assert_eq!(KeyId::from_bytes([0xab; 8]).to_string(), "abababababababab");
        assert_eq!(
            format!("{:?}", KeyId::from_bytes([1; 8])),
            "KeyId(0101010101010101)"
        );
    }

    /// Clause 1.5.
    #[test]
    fn any_other_text_is_refused() {
        for text in [
            "",
            "00",
            &TEXT[1..],
            &TEXT.to_uppercase(),
            &TEXT.replace('-', ""),
            &format!("{TEXT}0"),
        ] {
            assert_eq!(
                text.parse::<ContentId>(),
                Err(InvalidId { expected: 16 }),
                "{text}"
            );
        }
        assert_eq!(
            "ab-bababababababa".parse::<KeyId>(),
            Err(InvalidId { expected: 8 })
        );
        assert!(ContentId::from_slice(&[0; 15]).is_err());
    }
}
