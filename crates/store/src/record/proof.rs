//! How and when somebody showed who he is.

use std::fmt;

use super::micros::Micros;
use super::words;

words! {
    /// Something by which a person shows who he is.
    Factor {
        /// A code mailed to a proven address.
        MailCode = "mail-code",
        /// The password.
        Password = "password",
        /// A one-time code of an authenticator (RFC 6238).
        Totp = "totp",
        /// One of the codes that were written down for the day the authenticator is lost.
        RecoveryCode = "recovery-code",
        /// A passkey (WebAuthn), its holder verified.
        Passkey = "passkey",
    }
}

/// A set of factors. As text: their words in the order of [`Factor::ALL`], with spaces between them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Factors(u8);

/// One showing of who one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// When. The beginning of time for sessions of versions that did not record it.
    pub at: Micros,
    /// By what.
    pub by: Factors,
}

impl Factors {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// One factor.
    pub const fn of(factor: Factor) -> Self {
        Self(1 << factor as u8)
    }

    /// These and one more.
    #[must_use]
    pub const fn and(self, factor: Factor) -> Self {
        Self(self.0 | Self::of(factor).0)
    }

    /// True when `factor` is among them.
    pub const fn contains(self, factor: Factor) -> bool {
        self.0 & Self::of(factor).0 != 0
    }

    /// True when they are two, or the one that is as good.
    pub const fn are_two(self) -> bool {
        self.contains(Factor::Passkey) || self.contains(Factor::Totp) || self.contains(Factor::RecoveryCode)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Factor> {
        Factor::ALL
            .iter()
            .copied()
            .filter(move |factor| self.contains(*factor))
    }

    /// Reads the text. Words of a newer version count for nothing.
    pub fn from_text(text: &str) -> Self {
        text.split(' ')
            .filter_map(Factor::from_word)
            .fold(Self::NONE, Self::and)
    }
}

impl fmt::Display for Factors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, factor) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}", factor.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Factors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Factors({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{Factor, Factors};

    #[test]
    fn the_text_is_read_back() {
        let two = Factors::of(Factor::Totp).and(Factor::Password);
        assert_eq!(two.to_string(), "password totp");
        assert_eq!(Factors::from_text("password totp"), two);
        assert_eq!(Factors::from_text("totp palmistry password"), two);
        assert_eq!(Factors::from_text(""), Factors::NONE);
        assert!(two.contains(Factor::Totp) && !two.contains(Factor::Passkey));
        let all = Factor::ALL.iter().copied().fold(Factors::NONE, Factors::and);
        assert_eq!(all.iter().count(), Factor::ALL.len());
        assert_eq!(Factors::from_text(&all.to_string()), all);
    }
}
