//! Identifiers that only the authority uses: 16 random bytes, 32 hex digits as text.

use std::fmt;
use std::str::FromStr;

use clausa_core::random::{Randomness, RandomnessFailed};

/// A text is not 32 lowercase hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 lowercase hex digits")]
pub struct InvalidIdent;

macro_rules! idents {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

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

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidIdent;

            fn from_str(text: &str) -> Result<Self, InvalidIdent> {
                read_hex(text).map(Self).ok_or(InvalidIdent)
            }
        }
    )*};
}

idents! {
    /// One sign-up, from the typed address to the account.
    SignupId;
    /// One mailed code.
    ChallengeId;
    /// One claim to administer a tenant.
    ClaimId;
    /// One signed-in device key of an account.
    SessionId;
    /// One authenticator or passkey.
    FactorId;
    /// One mail in the outbox.
    MailId;
}

fn read_hex(text: &str) -> Option<[u8; 16]> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::SignupId;

    #[test]
    fn text_has_one_form() {
        let id = SignupId::from_bytes([0xab; 16]);
        let text = id.to_string();
        assert_eq!(text, "abababababababababababababababab");
        assert_eq!(text.parse(), Ok(id));
        for wrong in [
            "",
            "ab",
            &text.to_uppercase(),
            &format!("{text}0"),
            &text.replacen("ab", "é", 1),
        ] {
            assert!(wrong.parse::<SignupId>().is_err(), "{wrong}");
        }
    }
}
