//! Passwords: which may be set, how they are kept, how they are checked.
//!
//! Kept is argon2id over the password with a random salt and the authority's pepper, as a PHC string: a stolen
//! database without the authority's key file verifies nothing. Every check costs the same whether or not the account
//! exists or has a password (`SEC-80`), and only so many run at a time, since each takes tens of megabytes.

mod breached;

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use clausa_core::random::{Randomness, RandomnessFailed};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

pub use breached::{BreachedList, BreachedListError, write as write_breached_list};

use crate::config::PasswordConfig;

/// Fewest characters: there is no second factor yet (SP 800-63B-4 §3.1.1).
pub const MIN_CHARACTERS: usize = 15;
/// Most characters.
pub const MAX_CHARACTERS: usize = 128;
/// How long a request waits for its turn before it is told that the authority is busy.
const QUEUE: Duration = Duration::from_secs(2);
/// Below this estimate ("safely unguessable" from a stolen slow hash) a password is refused; the estimate knows the
/// lists of breached passwords, names, keyboard walks, dates and repetitions.
const MIN_SCORE: zxcvbn::Score = zxcvbn::Score::Three;

/// Why a password may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordRefusal {
    /// Fewer than [`MIN_CHARACTERS`].
    #[error("use at least 15 characters; four or five words do well")]
    TooShort,
    /// More than [`MAX_CHARACTERS`].
    #[error("use at most 128 characters")]
    TooLong,
    /// A control character: a terminal or a form could not send it again.
    #[error("use characters that can be typed again")]
    Control,
    /// Among the first that an attacker would try.
    #[error("this password is among the first that would be guessed; use four or five unrelated words")]
    Guessable,
    /// It was found in a breach.
    #[error(
        "this password was found in a breach, so that anybody may try it; use four or five unrelated words"
    )]
    Breached,
}

impl PasswordRefusal {
    /// The rule's text in the catalogue.
    pub fn text_key(self) -> &'static str {
        match self {
            Self::TooShort => "password-too-short",
            Self::TooLong => "password-too-long",
            Self::Control => "password-control",
            Self::Guessable => "password-guessable",
            Self::Breached => "password-breached",
        }
    }
}

/// The work could not be done now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Too many checks are running.
    #[error("too many passwords are being checked")]
    Busy,
    /// No randomness for the salt.
    #[error("the salt cannot be drawn")]
    Randomness(#[from] RandomnessFailed),
    /// The hash function refused its parameters, or a stored hash is damaged.
    #[error("the password hash cannot be computed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The list of breached passwords cannot be read, and the account is too powerful to go without.
    #[error("the list of breached passwords cannot be read")]
    Breached(#[source] BreachedListError),
    /// The worker thread died.
    #[error("the password worker stopped")]
    Worker(#[source] tokio::task::JoinError),
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The password is the one that was set.
    pub matches: bool,
    /// The stored hash was made with weaker parameters than today's: hash it again now.
    pub outdated: bool,
}

/// Hashes and checks with the operator's parameters.
#[derive(Clone)]
pub struct Passwords {
    inner: Arc<Inner>,
}

struct Inner {
    parameters: Params,
    pepper: Zeroizing<[u8; 32]>,
    gate: Arc<Semaphore>,
    breached: Option<BreachedList>,
    /// What the password of an unknown account is checked against: nothing hashes to it.
    dummy: String,
}

/// Says whether `password` may be set by the person with these words about himself (address, names, service).
///
/// # Errors
///
/// The first rule that is broken.
pub fn check_new(password: &str, about: &[&str]) -> Result<(), PasswordRefusal> {
    let characters = password.chars().count();
    if characters < MIN_CHARACTERS {
        return Err(PasswordRefusal::TooShort);
    }
    if characters > MAX_CHARACTERS {
        return Err(PasswordRefusal::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(PasswordRefusal::Control);
    }
    if zxcvbn::zxcvbn(password, about).score() < MIN_SCORE {
        return Err(PasswordRefusal::Guessable);
    }
    Ok(())
}

impl Passwords {
    /// Prepares hashing with a 32-byte pepper.
    ///
    /// # Errors
    ///
    /// [`HashError::Hash`] when the operator's parameters are outside argon2's range.
    pub fn new(config: &PasswordConfig, pepper: Zeroizing<[u8; 32]>) -> Result<Self, HashError> {
        let parameters = Params::new(config.memory_kib, config.passes, 1, Some(32))
            .map_err(|error| HashError::Hash(error.into()))?;
        // The tag is not the outcome of any computation, so finding a password for it is as hard as a preimage.
        let dummy = format!(
            "$argon2id$v=19$m={},t={},p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            config.memory_kib, config.passes
        );
        let gate = Arc::new(Semaphore::new(config.parallel_hashes.into()));
        Ok(Self {
            inner: Arc::new(Inner {
                parameters,
                pepper,
                gate,
                breached: config.breached_list.clone().map(BreachedList::new),
                dummy,
            }),
        })
    }

    /// Hashes a password with a fresh salt, as a PHC string.
    ///
    /// # Errors
    ///
    /// [`HashError::Busy`] after two seconds without a turn; otherwise as said there.
    pub async fn hash(
        &self,
        password: Zeroizing<String>,
        rng: &mut dyn Randomness,
    ) -> Result<String, HashError> {
        let mut salt = [0_u8; 16];
        rng.fill(&mut salt)?;
        let inner = Arc::clone(&self.inner);
        let turn = self.turn().await?;
        let work = move || {
            let _turn = turn;
            let hash = inner
                .argon2()?
                .hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(HashError::Hash)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(HashError::Worker)?
    }

    /// Checks a password against a stored hash; `None` (no such account, or one without a password) costs the same
    /// and never matches.
    ///
    /// # Errors
    ///
    /// As [`hash`](Self::hash).
    pub async fn verify(
        &self,
        stored: Option<String>,
        password: Zeroizing<String>,
    ) -> Result<Verification, HashError> {
        let inner = Arc::clone(&self.inner);
        let turn = self.turn().await?;
        let work = move || {
            let _turn = turn;
            inner.verify(stored.as_deref(), &password)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(HashError::Worker)?
    }

    /// True when the operator's list of breached passwords holds `password`. A list that cannot be read is an error in the
    /// trace; people go on without it, administrators do not (`SEC-85`).
    ///
    /// # Errors
    ///
    /// [`HashError::Breached`] for an administrator whose password cannot be looked up.
    pub async fn is_breached(&self, password: &str, is_administrator: bool) -> Result<bool, HashError> {
        let Some(list) = self.inner.breached.clone() else {
            return Ok(false);
        };
        let password = Zeroizing::new(password.to_owned());
        let found = tokio::task::spawn_blocking(move || list.holds(&password))
            .await
            .map_err(HashError::Worker)?;
        match found {
            Ok(found) => Ok(found),
            Err(error) => {
                tracing::error!(%error, "a new password cannot be looked up among the breached ones");
                match is_administrator {
                    true => Err(HashError::Breached(error)),
                    false => Ok(false),
                }
            }
        }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, HashError> {
        let turn = Arc::clone(&self.inner.gate).acquire_owned();
        match tokio::time::timeout(QUEUE, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(HashError::Busy),
        }
    }
}

impl Inner {
    fn argon2(&self) -> Result<Argon2<'_>, HashError> {
        Argon2::new_with_secret(
            self.pepper.as_slice(),
            Algorithm::Argon2id,
            Version::V0x13,
            self.parameters.clone(),
        )
        .map_err(|error| HashError::Hash(error.into()))
    }

    fn verify(&self, stored: Option<&str>, password: &str) -> Result<Verification, HashError> {
        let hash = PasswordHash::new(stored.unwrap_or(&self.dummy))
            .map_err(|error| HashError::Hash(error.into()))?;
        // The parameters are those of the stored hash; overlong passwords are cut off before, never hashed.
        let fits = password.chars().count() <= MAX_CHARACTERS;
        let password = if fits { password } else { "" };
        let matches = self.argon2()?.verify_password(password.as_bytes(), &hash).is_ok();
        let used = Params::try_from(&hash).map_err(HashError::Hash)?;
        let outdated = used.m_cost() != self.parameters.m_cost() || used.t_cost() != self.parameters.t_cost();
        Ok(Verification {
            matches: matches && fits && stored.is_some(),
            outdated,
        })
    }
}

#[cfg(test)]
mod tests {
    use clausa_core::random::SystemRandom;

    use super::*;

    const GOOD: &str = "plum orbit kettle vivid";

    fn passwords(passes: u32) -> Passwords {
        let config = PasswordConfig {
            memory_kib: 19_456,
            passes,
            parallel_hashes: 1,
            breached_list: None,
        };
        Passwords::new(&config, Zeroizing::new([7; 32])).unwrap()
    }

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn weak_passwords_are_refused_with_the_rule() {
        // SEC-85
        let about = ["janet@contoso.example", "Janet", "Clausa"];
        for (password, refusal) in [
            ("short", PasswordRefusal::TooShort),
            ("fourteen chars", PasswordRefusal::TooShort),
            (&"x1".repeat(65), PasswordRefusal::TooLong),
            ("plum orbit\u{0} kettle vivid", PasswordRefusal::Control),
            ("passwordpassword", PasswordRefusal::Guessable),
            ("aaaaaaaaaaaaaaaaaaaa", PasswordRefusal::Guessable),
            ("123456789012345", PasswordRefusal::Guessable),
            ("qwertyuiopasdfg", PasswordRefusal::Guessable),
            ("janet@contoso.example", PasswordRefusal::Guessable),
        ] {
            assert_eq!(check_new(password, &about), Err(refusal), "{password}");
        }
        for password in [GOOD, "Füchse jagen nachts 7 Monde", "x9!kQ2#vTz8@Lm4"] {
            assert_eq!(check_new(password, &about), Ok(()), "{password}");
        }
    }

    #[tokio::test]
    async fn only_the_password_matches_and_only_with_the_pepper() {
        let passwords = passwords(2);
        let stored = passwords.hash(secret(GOOD), &mut SystemRandom).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let check = |stored: Option<String>, password: &str| passwords.verify(stored, secret(password));
        let good = check(Some(stored.clone()), GOOD).await.unwrap();
        assert_eq!(
            good,
            Verification {
                matches: true,
                outdated: false
            }
        );
        assert!(
            !check(Some(stored.clone()), "plum orbit kettle vivit")
                .await
                .unwrap()
                .matches
        );
        assert!(
            !check(None, GOOD).await.unwrap().matches,
            "no account matches nothing"
        );
        assert!(!check(None, "").await.unwrap().matches);

        let config = PasswordConfig {
            memory_kib: 19_456,
            passes: 2,
            parallel_hashes: 1,
            breached_list: None,
        };
        let thief = Passwords::new(&config, Zeroizing::new([8; 32])).unwrap();
        assert!(!thief.verify(Some(stored), secret(GOOD)).await.unwrap().matches);
    }

    #[tokio::test]
    async fn an_older_hash_is_recognised() {
        let stored = passwords(2).hash(secret(GOOD), &mut SystemRandom).await.unwrap();
        let verification = passwords(3).verify(Some(stored), secret(GOOD)).await.unwrap();
        assert_eq!(
            verification,
            Verification {
                matches: true,
                outdated: true
            }
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_is_refused() {
        let passwords = passwords(2);
        let _turn = passwords.turn().await.unwrap();
        assert!(matches!(
            passwords.verify(None, secret("x")).await,
            Err(HashError::Busy)
        ));
    }
}
