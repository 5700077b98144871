//! Electronic mail addresses and domains in their one canonical form (SEC-78).
//!
//! Addresses are compared as bytes, and mail is sent to these bytes, so only what has exactly one spelling gets in:
//! ASCII, lowercase, a dot-atom before the `@`, and letter-digit-hyphen labels after it. Quotes, comments, encoded
//! words, percent and bang routing have no place. International domains arrive here as A-labels; turning U-labels
//! into them needs tables that belong to the callers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest local part (RFC 5321 §4.5.3.1.1).
pub const MAX_LOCAL_LENGTH: usize = 64;
/// Longest domain (RFC 1035 §2.3.4, without the root's dot).
pub const MAX_DOMAIN_LENGTH: usize = 253;
/// Longest address (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const MAX_ADDRESS_LENGTH: usize = 254;

/// A domain: at least two letter-digit-hyphen labels in lowercase.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

/// An address: a dot-atom in lowercase, `@`, a [`Domain`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// Why a text is not an address or a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// There is no `@` between two parts, or more than one.
    #[error("an address has one @ between a name and a domain")]
    Shape,
    /// The text, the local part or the domain is longer than mail allows, or empty.
    #[error("the address or one of its parts is empty or too long")]
    Length,
    /// The local part has a character outside the dot-atom, or a misplaced dot.
    #[error(
        "the part before the @ may have letters, digits, dots and the signs # $ & ' * + - / = ^ _ ` {{ | }} ~ only"
    )]
    Local,
    /// The domain is not a row of at least two letter-digit-hyphen labels.
    #[error("the domain is not a valid host name (international names in their xn-- form)")]
    Domain,
}

impl Address {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The domain.
    pub fn domain(&self) -> Domain {
        Domain(
            self.0
                .split_once('@')
                .map_or_else(String::new, |(_, domain)| domain.to_owned()),
        )
    }
}

impl Domain {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text.len() > MAX_ADDRESS_LENGTH {
            return Err(InvalidAddress::Length);
        }
        let (local, domain) = text.split_once('@').ok_or(InvalidAddress::Shape)?;
        if domain.contains('@') {
            return Err(InvalidAddress::Shape);
        }
        if local.is_empty() || domain.is_empty() || local.len() > MAX_LOCAL_LENGTH {
            return Err(InvalidAddress::Length);
        }
        if !is_dot_atom(local) {
            return Err(InvalidAddress::Local);
        }
        let domain: Domain = domain.parse()?;
        Ok(Self(format!("{}@{domain}", local.to_ascii_lowercase())))
    }
}

impl FromStr for Domain {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text.is_empty() || text.len() > MAX_DOMAIN_LENGTH {
            return Err(InvalidAddress::Length);
        }
        let labels = text.split('.').filter(|label| !is_label(label)).count();
        let last_is_numeric = text
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        // A numeric last label is an IPv4 address in disguise.
        if labels > 0 || !text.contains('.') || last_is_numeric {
            return Err(InvalidAddress::Domain);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

fn is_dot_atom(local: &str) -> bool {
    // `%` and `!` are atoms of RFC 5322 too, but mail servers once routed by them. An encoded word begins with `=?`.
    let is_atom_byte = |b: u8| b.is_ascii_alphanumeric() || b"#$&'*+-/=^_`{|}~".contains(&b);
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte))
}

fn is_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    let hyphens_in_third_and_fourth = bytes.get(2..4) == Some(b"--".as_slice());
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        && bytes[0] != b'-'
        && bytes[bytes.len() - 1] != b'-'
        // Only `xn--` is in use among the reserved labels of RFC 5890 §2.3.1.
        && (!hyphens_in_third_and_fourth
            || bytes.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"xn")) && bytes.len() > 4)
}

macro_rules! text_type {
    ($name:ident, $what:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        /// People type capitals; what is read is canonical afterwards.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        /// A non-canonical spelling is accepted here and refused by the re-encoding (clause 1.3).
        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                d.str()?
                    .parse()
                    .map_err(|_| minicbor::decode::Error::message($what))
            }
        }
    };
}

text_type!(Address, "address");
text_type!(Domain, "domain");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_canonical() {
        for (text, canonical) in [
            ("janet@contoso.example", "janet@contoso.example"),
            ("Janet.Q+tag@CONTOSO.Example", "janet.q+tag@contoso.example"),
            ("o'brien@xn--mnchen-3ya.example", "o'brien@xn--mnchen-3ya.example"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.as_str(), canonical);
            assert_eq!(
                canonical.parse::<Address>().unwrap(),
                address,
                "SEC-78: canon(canon(x)) = canon(x)"
            );
        }
        let address: Address = "a@b.example".parse().unwrap();
        assert_eq!((address.local(), address.domain().as_str()), ("a", "b.example"));
    }

    /// SEC-78
    /// Clause 1.7.1.
    #[test]
    fn everything_with_a_second_meaning_is_refused() {
        let long_local = format!("{}@b.example", "a".repeat(65));
        let long_label = format!("a@{}.example", "b".repeat(64));
        for text in [
            "",
            "@",
            "a@",
            "@b.example",
            "a@b",
            "a@b@c.example",
            "a b@c.example",
            "\"a\"@b.example",
            "a(c)@b.example",
            "=?utf-8?q?a?=@b.example",
            "a%b@c.example",
            "a!b@c.example",
            ".a@b.example",
            "a.@b.example",
            "a..b@c.example",
            "a@-b.example",
            "a@b-.example",
            "a@b..example",
            "a@b.example.",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "m\u{131}ke@b.example",
            "a@m\u{fc}nchen.example",
            "a@b_c.example",
            "a\0@b.example",
            "a@b.example\n",
            "a@ab--c.example",
            "a@xn--.example",
            &long_local,
            &long_label,
        ] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }
}
