//! Verifying what a passkey answers (WebAuthn §7.1 and §7.2, without attestation).

use clausa_core::keys::{Signature, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Bytes of the authenticator data before anything optional.
const FIXED: usize = 37;
/// Flags: a person was there; he was verified; a credential follows.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const WITH_CREDENTIAL: u8 = 1 << 6;

/// What a browser collected, as it says itself.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// What the answer has to fit.
pub(super) struct Expected<'a> {
    /// `webauthn.create` or `webauthn.get`.
    pub(super) kind: &'static str,
    /// The page's origin.
    pub(super) origin: &'a str,
    /// The name that passkeys are bound to.
    pub(super) relying_party: &'a str,
}

/// The authenticator's part of an answer.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    flags: u8,
    /// How often it has signed; many always say 0.
    pub(super) counter: u32,
    rest: &'a [u8],
}

impl Expected<'_> {
    /// Reads what the browser collected, and says which challenge was answered.
    pub(super) fn challenge(&self, client_data: &[u8]) -> Result<Vec<u8>, &'static str> {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let data: ClientData =
            serde_json::from_slice(client_data).map_err(|_| "the client data is not what it should be")?;
        if data.kind != self.kind {
            return Err("the answer is of another ceremony");
        }
        if data.origin != self.origin || data.cross_origin {
            return Err("the answer is for another page");
        }
        URL_SAFE_NO_PAD
            .decode(&data.challenge)
            .map_err(|_| "the challenge is not what it should be")
    }

    /// Reads the authenticator's part: for us, with a person who was there and was verified.
    pub(super) fn authenticator<'a>(&self, data: &'a [u8]) -> Result<AuthenticatorData<'a>, &'static str> {
        let (fixed, rest) = data
            .split_first_chunk::<FIXED>()
            .ok_or("the authenticator data is too short")?;
        let [hash @ .., flags, c0, c1, c2, c3] = fixed;
        let expected: [u8; 32] = Sha256::digest(self.relying_party.as_bytes()).into();
        if *hash != expected {
            return Err("the passkey is for another service");
        }
        if flags & PRESENT == 0 || flags & VERIFIED == 0 {
            return Err("the passkey's holder was not verified");
        }
        Ok(AuthenticatorData {
            flags: *flags,
            counter: u32::from_be_bytes([*c0, *c1, *c2, *c3]),
            rest,
        })
    }
}

impl AuthenticatorData<'_> {
    /// The id of the credential that was made.
    pub(super) fn credential_id(&self) -> Result<&[u8], &'static str> {
        let missing = "the answer has no credential";
        if self.flags & WITH_CREDENTIAL == 0 {
            return Err(missing);
        }
        let after_model = self.rest.get(16..).ok_or(missing)?;
        let (length, rest) = after_model.split_first_chunk::<2>().ok_or(missing)?;
        rest.get(..u16::from_be_bytes(*length).into()).ok_or(missing)
    }
}

/// Checks the signature over authenticator data and the hash of the client data.
pub(super) fn signature(
    key: &VerifyingKey,
    authenticator_data: &[u8],
    client_data: &[u8],
    shown: &[u8],
) -> Result<(), &'static str> {
    let message = [authenticator_data, Sha256::digest(client_data).as_slice()].concat();
    let signature = match key {
        VerifyingKey::Ed25519(_) => shown.try_into().ok(),
        VerifyingKey::P256(_) => from_der(shown),
    };
    let signature = Signature(signature.ok_or("the signature is not one")?);
    key.verify(&message, &signature)
        .map_err(|_| "the signature does not hold")
}

/// A public key as `getPublicKey()` gives it: the two kinds of `SubjectPublicKeyInfo` (RFC 5480, RFC 8410) that we ask for.
pub(super) fn public_key(spki: &[u8]) -> Result<VerifyingKey, &'static str> {
    const P256: &[u8] = &[
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    const ED25519: &[u8] = &[
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let unknown = "the passkey's key is of a kind that is not taken";
    if let Some(point) = spki.strip_prefix(P256) {
        let point: &[u8; 65] = point.try_into().map_err(|_| unknown)?;
        return VerifyingKey::from_p256_uncompressed(point).map_err(|_| unknown);
    }
    let key = spki.strip_prefix(ED25519).ok_or(unknown)?;
    let key: [u8; 32] = key.try_into().map_err(|_| unknown)?;
    Ok(VerifyingKey::Ed25519(key))
}

/// `r || s` of a DER signature (RFC 3279 §2.2.3), strictly.
fn from_der(der: &[u8]) -> Option<[u8; 64]> {
    let (header, body) = der.split_first_chunk::<2>()?;
    if *header
        != [
            0x30,
            u8::try_from(body.len()).ok().filter(|length| *length < 128)?,
        ]
    {
        return None;
    }
    let (r, rest) = integer(body)?;
    let (s, rest) = integer(rest)?;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    rest.is_empty().then_some(signature)
}

/// A positive integer of at most 32 bytes, in its shortest form, and what follows.
fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let (header, rest) = der.split_first_chunk::<2>()?;
    let [2, length] = *header else {
        return None;
    };
    let (bytes, rest) = rest.split_at_checked(length.into())?;
    let digits = match bytes {
        [] => return None,
        [0, next, ..] if *next >= 0x80 => &bytes[1..],
        [0, _, ..] | [0x80..=0xff, ..] => return None,
        _ => bytes,
    };
    let mut number = [0; 32];
    let start = number.len().checked_sub(digits.len())?;
    number[start..].copy_from_slice(digits);
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected<'static> {
        Expected {
            kind: "webauthn.get",
            origin: "https://rights.example",
            relying_party: "rights.example",
        }
    }

    #[test]
    fn the_browser_says_ceremony_page_and_challenge() {
        let good =
            r#"{"type":"webauthn.get","challenge":"AAEC","origin":"https://rights.example","other":1}"#;
        assert_eq!(expected().challenge(good.as_bytes()).unwrap(), [0, 1, 2]);
        for (from, to) in [
            ("webauthn.get", "webauthn.create"),
            ("https://rights.example", "https://evil.example"),
            ("https://rights.example", "https://rights.example:444"),
            ("AAEC", "AA+="),
            ("\"other\":1", "\"crossOrigin\":true"),
            ("{", "["),
        ] {
            let bad = good.replace(from, to);
            assert!(expected().challenge(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_authenticator_says_service_and_flags() {
        let data = |flags: u8, rest: &[u8]| -> Vec<u8> {
            let hash = Sha256::digest(b"rights.example");
            [hash.as_slice(), &[flags, 0, 0, 1, 2], rest].concat()
        };
        let good = data(0x45, &[&[0; 16][..], &[0, 3, 7, 8, 9, 0xa5]].concat());
        let read = expected().authenticator(&good).unwrap();
        assert_eq!(
            (read.counter, read.credential_id().unwrap()),
            (258, &[7, 8, 9][..])
        );
        for flags in [0, PRESENT, VERIFIED, 0x40] {
            assert!(expected().authenticator(&data(flags, &[])).is_err(), "{flags}");
        }
        let without = data(5, &[]);
        assert!(
            expected()
                .authenticator(&without)
                .unwrap()
                .credential_id()
                .is_err()
        );
        let short = data(0x45, &[0; 17]);
        assert!(expected().authenticator(&short).unwrap().credential_id().is_err());
        assert!(expected().authenticator(&good[..36]).is_err());
        let mut other = good.clone();
        other[0] ^= 1;
        assert!(expected().authenticator(&other).is_err());
    }

    #[test]
    fn signatures_have_one_form() {
        let r = [[0; 1].as_slice(), &[0xff; 32]].concat();
        let der = [&[0x30, 38, 2, 33][..], &r, &[2, 1, 5]].concat();
        let read = from_der(&der).unwrap();
        assert!(read[..32] == [0xff; 32] && read[32..63] == [0; 31] && read[63] == 5);
        let wrong: [&[u8]; 8] = [
            &[],
            &[0x30, 0],
            &der[..der.len() - 1],
            &[&der[..], &[0]].concat(),
            &[0x30, 6, 2, 1, 0x80, 2, 1, 5],
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 5],
            &[0x30, 5, 2, 0, 2, 1, 5],
            &[0x31, 6, 2, 1, 1, 2, 1, 5],
        ];
        for wrong in wrong {
            assert!(from_der(wrong).is_none(), "{wrong:?}");
        }
        let long = [&[0x30, 38, 2, 33][..], &[1; 33], &[2, 1, 5]].concat();
        assert!(from_der(&long).is_none());
    }
}
