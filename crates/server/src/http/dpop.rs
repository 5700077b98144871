//! Proof of possession (RFC 9449): reading and verifying the `DPoP` header.
//!
//! Everything that can be checked without the store is checked here, the signature before anything is remembered.
//! That a proof was not used before is the store's to say; see [`super::caller`].

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::dpop::{ALGORITHM, HEADER, MAX_SKEW_SECONDS, ProofClaims, ProofHeader, TYPE};
use clausa_core::id::DeviceThumbprint;
use clausa_core::keys::{Signature, VerifyingKey};
use clausa_core::time::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Longest proof in bytes; an honest one has about 450.
const MAX_PROOF: usize = 2_048;
/// Random bytes in a `jti`.
const JTI_BYTES: usize = 16;

/// A proof whose signature and claims fit the request. Whether it is fresh is still open.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The key that signed.
    pub key: VerifyingKey,
    /// Its thumbprint, which names the device.
    pub thumbprint: DeviceThumbprint,
    /// What must not be seen twice: the time until which it counts, and the digest of key and `jti`.
    pub replay_id: [u8; 32],
    /// From when on the proof is too old, and need not be remembered.
    pub expires: Timestamp,
}

/// What a proof has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The authority's origin and the request's path.
    pub target: &'a str,
    /// The access token beside the proof; `None` in a token request.
    pub access_token: Option<&'a str>,
    /// The authority's time.
    pub now: Timestamp,
}

/// Why a proof is refused. Callers are told only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofRefused {
    /// There is no proof, or more than one.
    #[error("there is not exactly one proof")]
    Count,
    /// It is no compact JWS with the header and claims of RFC 9449.
    #[error("the proof cannot be read")]
    Malformed,
    /// It is signed with another kind of key or algorithm.
    #[error("the proof's key or algorithm is not accepted")]
    Algorithm,
    /// The signature does not verify.
    #[error("the proof's signature is not valid")]
    Signature,
    /// It was made for another method, place or token.
    #[error("the proof was made for another request")]
    OtherRequest,
    /// It is too old, or from the future.
    #[error("the proof is not of this minute")]
    Time,
}

/// Reads the proof of a request and checks it.
///
/// # Errors
///
/// [`ProofRefused`]; the variants are in the order of the checks.
pub fn verify(headers: &HeaderMap, expected: &Expected<'_>) -> Result<Proof, ProofRefused> {
    let mut proofs = headers.get_all(HEADER).iter();
    let (Some(proof), None) = (proofs.next(), proofs.next()) else {
        return Err(ProofRefused::Count);
    };
    let proof = proof
        .to_str()
        .ok()
        .filter(|text| text.len() <= MAX_PROOF)
        .ok_or(ProofRefused::Malformed)?;
    let (signed, signature) = proof.rsplit_once('.').ok_or(ProofRefused::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(ProofRefused::Malformed)?;

    let header: ProofHeader = read(header)?;
    if header.typ != TYPE || header.alg != ALGORITHM || header.jwk.kty != "EC" || header.jwk.crv != "P-256" {
        return Err(ProofRefused::Algorithm);
    }
    let point = point(&header)?;
    let key = VerifyingKey::from_p256_uncompressed(&point).map_err(|_| ProofRefused::Malformed)?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| ProofRefused::Malformed)?;
    let signature = signature
        .try_into()
        .map(Signature)
        .map_err(|_| ProofRefused::Malformed)?;
    VerifyingKey::verify_p256_uncompressed(&point, signed.as_bytes(), &signature)
        .map_err(|_| ProofRefused::Signature)?;

    let claims: ProofClaims = read(claims)?;
    let jti = URL_SAFE_NO_PAD
        .decode(&claims.jti)
        .map_err(|_| ProofRefused::Malformed)?;
    if jti.len() != JTI_BYTES {
        return Err(ProofRefused::Malformed);
    }
    if claims.htm != expected.method
        || claims.htu != expected.target
        || !fits_token(&claims, expected.access_token)
    {
        return Err(ProofRefused::OtherRequest);
    }
    let (now, issued) = (expected.now.seconds(), claims.iat);
    if now.abs_diff(issued) > MAX_SKEW_SECONDS {
        return Err(ProofRefused::Time);
    }
    let thumbprint = VerifyingKey::p256_thumbprint(&point);
    let expires = Timestamp::from_seconds(issued).plus_seconds(MAX_SKEW_SECONDS + 1);
    Ok(Proof {
        key,
        thumbprint,
        replay_id: replay_id(expires, thumbprint, &jti),
        expires,
    })
}

/// The time, which is part of what was signed, and 24 bytes of a digest: proofs are remembered in the order of their times, so
/// that new ones are written side by side and old ones are forgotten so.
fn replay_id(expires: Timestamp, key: DeviceThumbprint, jti: &[u8]) -> [u8; 32] {
    let digest = Sha256::new()
        .chain_update(key.as_bytes())
        .chain_update(jti)
        .finalize();
    let mut id: [u8; 32] = digest.into();
    id.iter_mut()
        .zip(expires.seconds().to_be_bytes())
        .for_each(|(to, from)| *to = from);
    id
}

fn read<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, ProofRefused> {
    let json = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| ProofRefused::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| ProofRefused::Malformed)
}

/// The key of the header as an uncompressed point.
fn point(header: &ProofHeader) -> Result<[u8; 65], ProofRefused> {
    let mut point = [4_u8; 65];
    for (coordinate, text) in point[1..]
        .chunks_exact_mut(32)
        .zip([&header.jwk.x, &header.jwk.y])
    {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .filter(|bytes| bytes.len() == coordinate.len());
        coordinate.copy_from_slice(&bytes.ok_or(ProofRefused::Malformed)?);
    }
    Ok(point)
}

fn fits_token(claims: &ProofClaims, token: Option<&str>) -> bool {
    match (&claims.ath, token) {
        (Some(ath), Some(token)) => {
            let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
            bool::from(ath.as_bytes().ct_eq(expected.as_bytes()))
        }
        (None, None) => true,
        _ => false,
    }
}
