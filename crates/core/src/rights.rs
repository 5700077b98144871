//! Usage rights: a closed set. `OWNER` implies every right; nothing else implies anything (SEC-42).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use level::{InvalidLevel, Level};

mod level;

/// One usage right.
///
/// Some are *cryptographic*, which cannot be had without the authority: opening at all (`VIEW`), a saved change that passes
/// for a permitted one (`EDIT`, by the edit grant), reading and changing the policy, and ownership. The others are
/// *cooperative*: the reading application keeps them, because a reader's machine holds the content key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Right {
    /// Open and see.
    View = 0,
    /// Save in place.
    Edit = 1,
    /// Change the content within the application.
    DocEdit = 2,
    /// Add comments.
    Comment = 3,
    /// Take protection off: write the content out in clear.
    Export = 4,
    /// Forward a message.
    Forward = 5,
    /// Reply to a message.
    Reply = 6,
    /// Reply to everybody in a message.
    ReplyAll = 7,
    /// Print.
    Print = 8,
    /// Copy content out, screen captures included.
    Extract = 9,
    /// See the policy.
    ViewRightsData = 10,
    /// Change the policy.
    EditRightsData = 11,
    /// Let programs and macros at the content.
    ObjModel = 12,
    /// Everything.
    Owner = 13,
}

impl Right {
    /// Every right in the order of its number (clause 5.2).
    pub const ALL: [Self; 14] = [
        Self::View,
        Self::Edit,
        Self::DocEdit,
        Self::Comment,
        Self::Export,
        Self::Forward,
        Self::Reply,
        Self::ReplyAll,
        Self::Print,
        Self::Extract,
        Self::ViewRightsData,
        Self::EditRightsData,
        Self::ObjModel,
        Self::Owner,
    ];

    /// The name, as in `VIEW`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "VIEW",
            Self::Edit => "EDIT",
            Self::DocEdit => "DOCEDIT",
            Self::Comment => "COMMENT",
            Self::Export => "EXPORT",
            Self::Forward => "FORWARD",
            Self::Reply => "REPLY",
            Self::ReplyAll => "REPLYALL",
            Self::Print => "PRINT",
            Self::Extract => "EXTRACT",
            Self::ViewRightsData => "VIEWRIGHTSDATA",
            Self::EditRightsData => "EDITRIGHTSDATA",
            Self::ObjModel => "OBJMODEL",
            Self::Owner => "OWNER",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text names no right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no usage right {name:?}")]
pub struct UnknownRight {
    /// What was written.
    pub name: String,
}

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(text: &str) -> Result<Self, UnknownRight> {
        Self::ALL
            .into_iter()
            .find(|right| right.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownRight {
                name: text.chars().take(32).collect(),
            })
    }
}

/// A set of rights. In text `VIEW,PRINT`; in CBOR a number with bit *n* for right number *n* (clause 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Rights(u16);

impl Rights {
    /// No right.
    pub const NONE: Self = Self(0);
    /// The right of owners, which implies the others.
    pub const OWNER: Self = Self(Right::Owner.bit());

    const KNOWN: u16 = (1 << Right::ALL.len()) - 1;

    /// True when the set gives this right: by listing it or by listing `OWNER`.
    pub const fn contains(self, right: Right) -> bool {
        self.0 & (right.bit() | Right::Owner.bit()) != 0
    }

    /// True when the set lists this very right.
    pub const fn listed(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// The first right of `wanted` that this set does not give.
    pub fn first_missing(self, wanted: Self) -> Option<Right> {
        wanted.iter().find(|right| !self.contains(*right))
    }

    /// The listed rights in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.listed(*right))
    }

    /// True when nothing is listed.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many rights are listed.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// What either set lists.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set and one right more.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | right.bit())
    }

    /// The number of clause 5.2.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Reads the number of clause 5.2; `None` when a bit has no meaning.
    pub const fn from_bits(bits: u16) -> Option<Self> {
        if bits & !Self::KNOWN == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        rights.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Right> for Rights {
    fn from(right: Right) -> Self {
        Self(right.bit())
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, right) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            f.write_str(right.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

/// Names separated by commas or blanks, in any case and order; an empty text is the empty set.
impl FromStr for Rights {
    type Err = UnknownRight;

    fn from_str(text: &str) -> Result<Self, UnknownRight> {
        text.split([',', ' '])
            .filter(|name| !name.is_empty())
            .map(str::parse)
            .collect()
    }
}

impl Serialize for Rights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl<C> minicbor::Encode<C> for Rights {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u16(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Rights {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_bits(d.u16()?).ok_or_else(|| minicbor::decode::Error::message("unknown right"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-42
    #[test]
    fn owner_implies_everything_and_nothing_else_implies_anything() {
        for right in Right::ALL {
            assert!(Rights::OWNER.contains(right));
            for other in Right::ALL {
                let expected = right == other || right == Right::Owner;
                assert_eq!(
                    Rights::from(right).contains(other),
                    expected,
                    "{right} -> {other}"
                );
            }
        }
        assert!(!Rights::OWNER.listed(Right::View));
    }

    #[test]
    fn text_and_bits_round_trip() {
        for bits in 0..=Rights::KNOWN {
            let rights = Rights::from_bits(bits).unwrap();
            assert_eq!(rights.to_string().parse(), Ok(rights));
            assert_eq!(rights.iter().collect::<Rights>(), rights);
        }
        assert_eq!(
            "print, view".parse(),
            Ok(Rights::from(Right::View).with(Right::Print))
        );
        assert_eq!("print, view".parse::<Rights>().unwrap().to_string(), "VIEW,PRINT");
    }

    /// SEC-42: what is not known never widens, it is refused.
    #[test]
    fn unknown_rights_are_refused() {
        assert_eq!(
            "VIEW,FLY".parse::<Rights>(),
            Err(UnknownRight { name: "FLY".into() })
        );
        assert_eq!(Rights::from_bits(1 << 14), None);
        assert!(minicbor::decode::<Rights>(&minicbor::to_vec(1_u32 << 14).unwrap()).is_err());
    }

    #[test]
    fn literal_encoding() {
        let rights: Rights = "VIEW,PRINT".parse().unwrap();
        assert_eq!(minicbor::to_vec(rights).unwrap(), [0x19, 0x01, 0x01]);
    }
}
