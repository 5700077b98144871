//! Plain tokens, as a client holds them. They and their stored hashes are different types.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_core::random::{Randomness, RandomnessFailed};
use clausa_store::record::hash::{AccessTokenHash, AuthorisationCodeHash, RefreshTokenHash, TicketHash};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $hash:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// How every token of this kind begins, so that one found in the wrong place is recognised.
            pub const PREFIX: &str = $prefix;

            /// Draws one with 256 bits of randomness.
            ///
            /// # Errors
            ///
            /// [`RandomnessFailed`] when the source cannot deliver.
            pub fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
                let mut bytes = Zeroizing::new([0; 32]);
                rng.fill(bytes.as_mut_slice())?;
                Ok(Self(Zeroizing::new(format!("{}{}", $prefix, URL_SAFE_NO_PAD.encode(*bytes)))))
            }

            /// What is stored of a shown text.
            pub fn hash_of(text: &str) -> $hash {
                $hash::from_bytes(Sha256::digest(text.as_bytes()).into())
            }

            /// What is stored.
            pub fn hash(&self) -> $hash {
                Self::hash_of(&self.0)
            }

            /// The text, for the one answer that carries it.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }
    )*};
}

tokens! {
    /// An access token: good for ten minutes.
    AccessToken, "cla_at_", AccessTokenHash;
    /// A refresh token: good for one use within 90 days.
    RefreshToken, "cla_rt_", RefreshTokenHash;
    /// The ticket of a sign-in that waits for its second factor: good for five minutes and five tries.
    Ticket, "cla_st_", TicketHash;
    /// An authorisation code: good for one use within a minute.
    AuthorizationCode, "cla_ac_", AuthorisationCodeHash;
}

#[cfg(test)]
mod tests {
    use clausa_core::random::SystemRandom;

    use super::{AccessToken, RefreshToken};

    #[test]
    fn tokens_say_their_kind_and_never_repeat() {
        let (one, two) = (
            AccessToken::generate(&mut SystemRandom).unwrap(),
            AccessToken::generate(&mut SystemRandom).unwrap(),
        );
        assert!(one.expose().starts_with("cla_at_") && one.expose().len() == 7 + 43);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(AccessToken::hash_of(one.expose()), one.hash());
        assert!(
            RefreshToken::generate(&mut SystemRandom)
                .unwrap()
                .expose()
                .starts_with("cla_rt_")
        );
    }
}
