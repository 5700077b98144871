//! Codes that are written down for the day an authenticator is lost: ten, each for one use.

use clausa_core::id::AccountId;
use clausa_core::random::{Randomness, RandomnessFailed};
use clausa_store::record::hash::RecoveryCodeMac;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// How many are given at once.
pub const COUNT: usize = 10;
/// Characters of a code: 60 bits, kept under a key that is not in the database.
const LENGTH: usize = 12;
/// Crockford's base32: no letter looks like another or like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One code, in capitals and without hyphens.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// Draws one.
    ///
    /// # Errors
    ///
    /// [`RandomnessFailed`] when the source cannot deliver.
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        rng.fill(bytes.as_mut_slice())?;
        let letters = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
        Ok(Self(Zeroizing::new(letters.collect())))
    }

    /// Reads what somebody typed: letters of either case; `O` is read as 0, `I` and `L` as 1; hyphens and spaces do not
    /// count.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut code = Zeroizing::new(String::with_capacity(LENGTH));
        for character in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let letter = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let is_known = u8::try_from(letter).is_ok_and(|letter| ALPHABET.contains(&letter));
            if !is_known || code.len() == LENGTH {
                return None;
            }
            code.push(letter);
        }
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// The code as people read it, in three groups.
    pub fn grouped(&self) -> Zeroizing<String> {
        let (first, rest) = self.0.split_at(LENGTH / 3);
        let (second, third) = rest.split_at(LENGTH / 3);
        Zeroizing::new(format!("{first}-{second}-{third}"))
    }

    /// What is stored of it: another account's same code gives something else.
    pub fn mac(&self, key: &[u8; 32], account: AccountId) -> RecoveryCodeMac {
        // RFC 2104 pads a short key with zeros to the hash function's block.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(key);
        let mac = Hmac::<Sha256>::new((&*block).into())
            .chain_update(b"clausa/v1/recovery-code\0")
            .chain_update(account.as_bytes())
            .chain_update(self.0.as_bytes());
        RecoveryCodeMac::from_bytes(mac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use clausa_core::random::SystemRandom;

    use super::*;

    #[test]
    fn codes_are_read_back_as_people_write_them() {
        let (key, account) = ([7; 32], AccountId::from_bytes([1; 16]));
        let code = RecoveryCode::generate(&mut SystemRandom).unwrap();
        let shown = code.grouped();
        assert_eq!(shown.len(), 14);
        let mac = code.mac(&key, account);
        for typed in [
            shown.to_string(),
            shown.to_lowercase(),
            shown.replace('-', " "),
            shown.replace('0', "o").replace('1', "l"),
        ] {
            assert_eq!(
                RecoveryCode::parse(&typed).unwrap().mac(&key, account),
                mac,
                "{typed}"
            );
        }
        for wrong in [
            "",
            "123456",
            &shown[1..],
            &format!("{}0", *shown),
            &shown.replace('-', "U"),
        ] {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong}");
        }
        assert_ne!(code.mac(&[8; 32], account), mac);
        assert_ne!(code.mac(&key, AccountId::from_bytes([2; 16])), mac);
    }
}
