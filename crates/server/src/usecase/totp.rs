//! One-time codes of an authenticator: RFC 6238 over HMAC-SHA-1 with six digits and thirty seconds, which every
//! authenticator knows. SHA-1's weakness, collisions, is none of HMAC's.

use clausa_core::random::{Randomness, RandomnessFailed};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How long a code is shown.
const STEP_SECONDS: u64 = 30;
/// Digits of a code, and how many codes there are.
const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;
/// Bytes of a secret: as many as SHA-1 gives (RFC 4226 §4).
const SECRET: usize = 20;

/// A new secret.
///
/// # Errors
///
/// [`RandomnessFailed`] when the source cannot deliver.
pub fn generate(rng: &mut dyn Randomness) -> Result<Zeroizing<Vec<u8>>, RandomnessFailed> {
    let mut secret = Zeroizing::new(vec![0; SECRET]);
    rng.fill(&mut secret)?;
    Ok(secret)
}

/// The step whose code was typed: the one of now, the one before or the one after, for clocks that are a little off and
/// people who are a little slow. A step up to `used` is never right again.
pub fn step_of(secret: &[u8], typed: &str, now_seconds: u64, used: u64) -> Option<u64> {
    let typed = digits(typed)?;
    let now = now_seconds / STEP_SECONDS;
    let mut found = None;
    for step in [now.saturating_sub(1), now, now.saturating_add(1)] {
        let is_right: bool = code(secret, step)
            .to_be_bytes()
            .ct_eq(&typed.to_be_bytes())
            .into();
        if is_right && step > used {
            found = Some(step);
        }
    }
    found
}

/// The six digits that somebody typed; spaces do not count.
pub fn digits(typed: &str) -> Option<u32> {
    let digits: Zeroizing<String> = Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace()).collect());
    let is_code = digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_code.then(|| digits.parse().ok()).flatten()
}

/// The secret as people type it into an authenticator (RFC 4648 base32, without padding).
pub fn text(secret: &[u8]) -> Zeroizing<String> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = Zeroizing::new(String::with_capacity(secret.len().div_ceil(5) * 8));
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in secret {
        (bits, held) = (bits << 8 | u32::from(*byte), held + 8);
        while held >= 5 {
            held -= 5;
            text.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(char::from(ALPHABET[(bits << (5 - held) & 31) as usize]));
    }
    text
}

/// What an authenticator reads from a picture or a link.
pub fn uri(service: &str, address: &str, secret: &[u8]) -> Zeroizing<String> {
    let escape = |text: &str| -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    let (service, address) = (escape(service), escape(address));
    Zeroizing::new(format!(
        "otpauth://totp/{service}:{address}?secret={}&issuer={service}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
        *text(secret)
    ))
}

/// RFC 4226 §5.3.
fn code(secret: &[u8], step: u64) -> u32 {
    // RFC 2104 pads a short key with zeros to the hash function's block; our secrets are shorter than that.
    let mut block = Zeroizing::new([0; 64]);
    let length = secret.len().min(block.len());
    block[..length].copy_from_slice(&secret[..length]);
    let mac = Hmac::<Sha1>::new((&*block).into())
        .chain_update(step.to_be_bytes())
        .finalize()
        .into_bytes();
    let offset = usize::from(mac[19] & 15);
    let four = mac[offset..].first_chunk().copied().unwrap_or_default();
    (u32::from_be_bytes(four) & 0x7fff_ffff) % CODES
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: &[u8] = b"12345678901234567890";

    /// RFC 4226 appendix D, and RFC 6238 appendix B cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfcs() {
        let expected = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489,
        ];
        for (counter, expected) in (0..).zip(expected) {
            assert_eq!(code(RFC, counter), expected);
        }
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(
                step_of(RFC, expected, seconds, 0),
                Some(seconds / 30),
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_code_works_for_a_minute_and_a_half_and_once() {
        let code = format!("{:06}", code(RFC, 1_000));
        let at = |seconds, used| step_of(RFC, &code, seconds, used);
        for seconds in [29_970, 30_000, 30_029, 30_059] {
            assert_eq!(at(seconds, 0), Some(1_000), "{seconds}");
            assert_eq!(at(seconds, 999), Some(1_000));
            assert_eq!(at(seconds, 1_000), None, "used");
            assert_eq!(at(seconds, 1_001), None, "a later one was used");
        }
        assert_eq!((at(29_969, 0), at(30_060, 0)), (None, None));
    }

    #[test]
    fn typed_codes_are_read_kindly_and_strictly() {
        assert_eq!(digits(" 050 471\n"), Some(50_471));
        for wrong in ["", "05047", "0504711", "05047a", "+50471", "٠٥٠٤٧١"] {
            assert_eq!(digits(wrong), None, "{wrong}");
        }
    }

    /// RFC 4648 §10.
    #[test]
    fn secrets_are_written_in_base32() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(*text(bytes.as_bytes()), expected);
        }
        assert_eq!(
            *uri("Clausa & Co", "janet@contoso.example", b"foobar"),
            "otpauth://totp/Clausa%20%26%20Co:janet%40contoso.example?secret=MZXW6YTBOI\
             &issuer=Clausa%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }
}
