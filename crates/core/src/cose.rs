//! COSE_Sign1 (RFC 9052 §4.2) as this format uses it: an empty unprotected header, a protected header in one of two
//! exact forms, and an `external_aad` for each kind of object (clause 2).
//!
//! ```text
//! 84 | bstr protected | A0 | bstr payload | 58 40 signature
//! protected  {1: alg} or, for objects signed by an authority root, {1: alg, 4: kid}     alg -9 or -19
//! ```

use crate::cbor::{self, Limits};
use crate::error::{Layer, Malformed};
use crate::id::KeyId;
use crate::keys::{SignError, Signature, Signer, VerifyingKey};
use crate::labels;

mod low_s;

/// A signature is not one by this key over this object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// A kind of signed object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    external_aad: &'static [u8],
    layer: Layer,
    limits: Limits,
    names_key: bool,
}

impl Kind {
    pub(crate) const PUBLISHING_LICENCE: Self = Self::new(
        labels::PUBLISHING_LICENCE,
        Layer::PublishingLicence,
        Limits::PUBLISHING_LICENCE,
        false,
    );
    pub(crate) const SEAL: Self = Self::new(labels::SEAL, Layer::Seal, Limits::STANDARD, false);
    pub(crate) const USE_LICENCE: Self =
        Self::new(labels::USE_LICENCE, Layer::UseLicence, Limits::USE_LICENCE, false);
    pub(crate) const LICENSOR_CERTIFICATE: Self = Self::new(
        labels::LICENSOR_CERTIFICATE,
        Layer::Certificate,
        Limits::STANDARD,
        false,
    );
    pub(crate) const EDIT_GRANT: Self =
        Self::new(labels::EDIT_GRANT, Layer::EditGrant, Limits::STANDARD, false);
    pub(crate) const TENANT_CERTIFICATE: Self = Self::new(
        labels::TENANT_CERTIFICATE,
        Layer::Certificate,
        Limits::STANDARD,
        true,
    );
    pub(crate) const TENANT_KEY_SET: Self =
        Self::new(labels::TENANT_KEY_SET, Layer::KeySet, Limits::KEY_SET, true);

    const fn new(external_aad: &'static [u8], layer: Layer, limits: Limits, names_key: bool) -> Self {
        Self {
            external_aad,
            layer,
            limits,
            names_key,
        }
    }
}

/// A signed object, taken apart but not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sign1<'a> {
    algorithm: Algorithm,
    kid: Option<KeyId>,
    protected: &'a [u8],
    pub(crate) payload: &'a [u8],
    signature: Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Esp256,
    Ed25519,
}

/// Signs a payload. ECDSA signatures are brought into their lower form, so that each has one encoding.
pub(crate) fn sign(kind: Kind, payload: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let key = signer.verifying_key();
    let algorithm = Algorithm::of(&key);
    let protected = protected_header(algorithm, kind.names_key.then(|| key.kid()));
    let mut signature = signer.sign(&to_be_signed(&protected, kind.external_aad, payload))?;
    if algorithm == Algorithm::Esp256 {
        low_s::normalise(&mut signature);
    }
    Ok(assemble(&protected, payload, &signature))
}

/// Takes the bytes of one object apart.
pub(crate) fn parse(kind: Kind, bytes: &[u8]) -> Result<Sign1<'_>, Malformed> {
    let (object, rest) = parse_first(kind, bytes)?;
    if rest.is_empty() {
        Ok(object)
    } else {
        Err(Malformed::new(kind.layer, "bytes follow the structure"))
    }
}

/// Takes the object at the start of the bytes apart and returns what follows it.
pub(crate) fn parse_first(kind: Kind, bytes: &[u8]) -> Result<(Sign1<'_>, &[u8]), Malformed> {
    let malformed = || Malformed::new(kind.layer, "not a signed object of this kind");
    let length = cbor::scan(bytes, kind.limits, kind.layer)?;
    let (object, rest) = bytes.split_at_checked(length).ok_or_else(malformed)?;
    let read = || -> Result<_, minicbor::decode::Error> {
        let mut decoder = minicbor::Decoder::new(object);
        let parts = (
            decoder.array()?,
            decoder.bytes()?,
            decoder.map()?,
            decoder.bytes()?,
            decoder.bytes()?,
        );
        Ok(parts)
    };
    let (Some(4), protected, Some(0), payload, signature) = read().map_err(|_| malformed())? else {
        return Err(malformed());
    };
    let signature = Signature(signature.try_into().map_err(|_| malformed())?);
    let (algorithm, kid) = parse_protected(protected, kind.names_key)
        .ok_or_else(|| Malformed::new(kind.layer, "the signature's header is not one of the allowed"))?;
    if assemble(protected, payload, &signature) != object {
        return Err(Malformed::new(
            kind.layer,
            "the encoding is not the canonical one",
        ));
    }
    Ok((
        Sign1 {
            algorithm,
            kid,
            protected,
            payload,
            signature,
        },
        rest,
    ))
}

impl Sign1<'_> {
    /// Checks the signature. The algorithm must be the key's (SEC-4), the kind the one it was made for (SEC-5).
    pub(crate) fn verify(&self, kind: Kind, key: &VerifyingKey) -> Result<(), BadSignature> {
        let lower = self.algorithm != Algorithm::Esp256 || low_s::is_low(&self.signature);
        if self.algorithm != Algorithm::of(key) || !lower || self.kid.is_some_and(|kid| kid != key.kid()) {
            return Err(BadSignature);
        }
        key.verify(
            &to_be_signed(self.protected, kind.external_aad, self.payload),
            &self.signature,
        )
    }

    /// The signing key's identifier, of objects signed by a root.
    pub(crate) fn kid(&self) -> Option<KeyId> {
        self.kid
    }
}

impl Algorithm {
    const fn of(key: &VerifyingKey) -> Self {
        match key {
            VerifyingKey::Ed25519(_) => Self::Ed25519,
            VerifyingKey::P256(_) => Self::Esp256,
        }
    }

    /// The CBOR encoding of -9 or -19 (RFC 9864). Nothing else is an algorithm here.
    const fn encoded(self) -> u8 {
        match self {
            Self::Esp256 => 0x28,
            Self::Ed25519 => 0x32,
        }
    }
}

fn protected_header(algorithm: Algorithm, kid: Option<KeyId>) -> Vec<u8> {
    match kid {
        None => vec![0xa1, 1, algorithm.encoded()],
        Some(kid) => [&[0xa2, 1, algorithm.encoded(), 4, 0x48][..], kid.as_bytes()].concat(),
    }
}

fn parse_protected(bytes: &[u8], names_key: bool) -> Option<(Algorithm, Option<KeyId>)> {
    let algorithm = match bytes.get(2)? {
        0x28 => Algorithm::Esp256,
        0x32 => Algorithm::Ed25519,
        _ => return None,
    };
    let kid = if names_key {
        Some(KeyId::from_slice(bytes.get(5..)?).ok()?)
    } else {
        None
    };
    (protected_header(algorithm, kid) == bytes).then_some((algorithm, kid))
}

fn assemble(protected: &[u8], payload: &[u8], signature: &Signature) -> Vec<u8> {
    let mut object = Vec::with_capacity(protected.len() + payload.len() + 80);
    object.push(0x84);
    push_bytes(&mut object, protected);
    object.push(0xa0);
    push_bytes(&mut object, payload);
    push_bytes(&mut object, &signature.0);
    object
}

/// The Sig_structure of RFC 9052 §4.4.
fn to_be_signed(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(payload.len() + 64);
    message.extend_from_slice(&[0x84, 0x6a]);
    message.extend_from_slice(b"Signature1");
    push_bytes(&mut message, protected);
    push_bytes(&mut message, external_aad);
    push_bytes(&mut message, payload);
    message
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    // Writing into a `Vec` cannot fail.
    let _ = minicbor::Encoder::new(out).bytes(bytes);
}
