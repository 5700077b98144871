//! Mailed codes: drawing one, writing its mail, and reading what somebody typed (`SEC-73`).

use clausa_core::address::Address;
use clausa_core::random::{Randomness, RandomnessFailed};
use clausa_store::StoreError;
use clausa_store::record::challenge::{Challenge, ChallengePurpose};
use clausa_store::record::hash::{CodeMac, VerifierHash};
use clausa_store::record::ident::{ChallengeId, MailId, SignupId};
use clausa_store::record::mail::Mail;
use clausa_store::record::secret::Secret;
use clausa_store::repo::UnitOfWork;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::CODE_SECONDS;
use super::failure::Failure;
use super::limit;
use crate::limits::Limited;
use crate::mail::message::EncodeError;
use crate::mail::texts::{LoginMail, SignupMail};
use crate::mail::{Message, Sender};
use crate::pages;
use crate::state::AppState;
use crate::texts::Language;

/// Digits of a code. With five tries, three mails an hour and ten a day, guessing succeeds once in two million days.
const DIGITS: usize = 8;
/// How many codes there are.
const CODES: u32 = 100_000_000;
/// Wrong codes that may be typed.
pub const TRIES: u8 = 5;

/// A code as digits. Who knows it and the verifier has the address.
pub struct Code(Zeroizing<String>);

/// A challenge and the mail that carries its code, ready to be stored together.
pub struct PreparedCode {
    /// What is to be shown.
    pub challenge: Challenge,
    /// The mail.
    pub mail: Mail,
}

impl Code {
    /// Draws one, every code as likely as any other.
    ///
    /// # Errors
    ///
    /// [`RandomnessFailed`] when the source cannot deliver.
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
        loop {
            let mut bytes = [0; 4];
            rng.fill(&mut bytes)?;
            let number = u32::from_le_bytes(bytes);
            // The numbers above the last whole multiple would make small codes likelier.
            if number < u32::MAX / CODES * CODES {
                return Ok(Self(Zeroizing::new(format!(
                    "{:0width$}",
                    number % CODES,
                    width = DIGITS
                ))));
            }
        }
    }

    /// Reads what somebody typed: eight digits; spaces and hyphens do not count.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
        for character in typed
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '\u{a0}' | '\t' | '\r' | '\n'))
        {
            if !character.is_ascii_digit() || digits.len() == DIGITS {
                return None;
            }
            digits.push(character);
        }
        (digits.len() == DIGITS).then_some(Self(digits))
    }

    /// What is stored of the code of `challenge`: the same code of another challenge gives something else.
    pub fn mac(&self, key: &[u8; 32], challenge: ChallengeId) -> CodeMac {
        // RFC 2104 pads a short key with zeros to the hash function's block.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(key);
        let mac = Hmac::<Sha256>::new((&*block).into())
            .chain_update(challenge.as_bytes())
            .chain_update(self.0.as_bytes());
        CodeMac::from_bytes(mac.finalize().into_bytes().into())
    }

    /// The digits as people read them, in two groups.
    pub fn grouped(&self) -> Zeroizing<String> {
        let (left, right) = self.0.split_at(DIGITS / 2);
        Zeroizing::new(format!("{left} {right}"))
    }

    /// The digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// Draws the code of a sign-up and writes its mail.
///
/// # Errors
///
/// [`Failure`] when randomness fails or the mail cannot be written.
pub fn for_signup(
    state: &AppState,
    signup: SignupId,
    address: &Address,
    verifier: VerifierHash,
    language: Language,
) -> Result<PreparedCode, Failure> {
    prepare(
        state,
        ChallengePurpose::Signup,
        Some(signup),
        address,
        verifier,
        |code| {
            let link = pages::signup_link(state.origin(), signup, code.digits());
            let (service, code) = (&state.config().server.name, &code.grouped());
            Ok(SignupMail {
                language,
                service,
                code,
                link: &link,
                minutes: CODE_SECONDS / 60,
            }
            .to(address.clone())?)
        },
    )
}

/// Draws the code of a sign-in and writes its mail.
///
/// # Errors
///
/// [`Failure`] when randomness fails or the mail cannot be written.
pub fn for_login(
    state: &AppState,
    address: &Address,
    verifier: VerifierHash,
    language: Language,
) -> Result<PreparedCode, Failure> {
    prepare(state, ChallengePurpose::Login, None, address, verifier, |code| {
        let (service, code) = (&state.config().server.name, &code.grouped());
        Ok(LoginMail {
            language,
            service,
            code,
            minutes: CODE_SECONDS / 60,
        }
        .to(address.clone())?)
    })
}

/// Counts a mail to `address` against its hourly and its daily limit: `None` to go on, or the refusal.
///
/// # Errors
///
/// The store's failure.
pub async fn take_mail_limits(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    address: &Address,
) -> Result<Option<Failure>, StoreError> {
    let (limits, now, subject) = (&state.config().limits, state.now_micros(), subject_of(address));
    for (what, limit) in [
        (Limited::MailAddress, limits.mail_per_address),
        (Limited::MailAddressDay, limits.mail_per_address_day),
    ] {
        if let Some(refused) = limit::take(tx, what, &subject, limit.into(), now).await? {
            return Ok(Some(refused));
        }
    }
    Ok(None)
}

/// An address as the key of a bucket: its hash, so that the table of buckets lists no people.
pub fn subject_of(address: &Address) -> String {
    use sha2::Digest as _;
    let digest = Sha256::digest(address.as_str().as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn prepare(
    state: &AppState,
    purpose: ChallengePurpose,
    signup: Option<SignupId>,
    address: &Address,
    verifier: VerifierHash,
    write: impl FnOnce(&Code) -> Result<Message, EncodeError>,
) -> Result<PreparedCode, Failure> {
    let (mut rng, now) = (state.randomness(), state.now_micros());
    let expires_at = now.plus_seconds(CODE_SECONDS.into());
    let (id, mail_id) = (ChallengeId::generate(&mut rng)?, MailId::generate(&mut rng)?);
    let code = Code::generate(&mut rng)?;
    let challenge = Challenge {
        id,
        purpose,
        address: address.clone(),
        verifier,
        code: code.mac(state.code_key(), id),
        tries_left: TRIES,
        signup,
        created_at: now,
        expires_at,
        used_at: None,
    };
    let unwritable = |error: EncodeError| {
        tracing::error!(%error, "a mail cannot be written");
        Failure::Missing("mail")
    };
    let sender = Sender::of(state.config()).map_err(|_| Failure::Missing("sender of mail"))?;
    let message = write(&code)
        .and_then(|mail| mail.encode(&sender, now.timestamp(), mail_id))
        .map_err(unwritable)?;
    let mail = Mail {
        id: mail_id,
        to: address.clone(),
        message: Secret::new(message),
        created_at: now,
        expires_at,
    };
    Ok(PreparedCode { challenge, mail })
}

#[cfg(test)]
mod tests {
    use clausa_core::random::SystemRandom;

    use super::*;

    #[test]
    fn typed_codes_are_read_kindly_and_strictly() {
        for typed in [
            "48219930",
            "4821 9930",
            "4821-9930",
            " 48 21 99 30 ",
            "4821\u{a0}9930\r\n",
        ] {
            assert_eq!(Code::parse(typed).unwrap().digits(), "48219930", "{typed:?}");
        }
        for typed in [
            "",
            "4821993",
            "482199301",
            "4821993a",
            "٤٨٢١٩٩٣٠",
            "+4821993",
            "４８２１９９３０",
        ] {
            assert!(Code::parse(typed).is_none(), "{typed:?}");
        }
        assert_eq!(*Code::parse("00000007").unwrap().grouped(), "0000 0007");
    }

    #[test]
    fn a_stored_code_belongs_to_one_challenge_and_one_key() {
        let code = Code::generate(&mut SystemRandom).unwrap();
        let (one, two) = (ChallengeId::from_bytes([1; 16]), ChallengeId::from_bytes([2; 16]));
        assert_eq!(code.mac(&[9; 32], one), code.mac(&[9; 32], one));
        assert_ne!(code.mac(&[9; 32], one), code.mac(&[9; 32], two));
        assert_ne!(code.mac(&[9; 32], one), code.mac(&[8; 32], one));
    }

    #[test]
    fn codes_have_eight_digits_and_use_them_all() {
        let codes: Vec<_> = (0..2_000)
            .map(|_| Code::generate(&mut SystemRandom).unwrap())
            .collect();
        assert!(codes.iter().all(|code| code.digits().len() == 8));
        for first in '0'..='9' {
            let count = codes
                .iter()
                .filter(|code| code.digits().starts_with(first))
                .count();
            assert!((100..320).contains(&count), "{first}: {count} of 2 000");
        }
    }
}
