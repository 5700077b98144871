//! Proofs of possession (RFC 9449 §4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::dpop::{ALGORITHM, ProofClaims, ProofHeader, ProofKey, TYPE};
use clausa_core::keys::{InvalidKey, Signer};
use clausa_core::random::{Randomness, SystemRandom};
use clausa_core::time::Timestamp;
use sha2::{Digest, Sha256};

use super::internal;
use crate::error::RequestError;
use crate::secrets::DeviceKeys;

/// A fresh proof for one request: a JWS in compact form. `url` is without query.
pub(super) fn sign(
    keys: &DeviceKeys,
    method: &str,
    url: &str,
    token: Option<&str>,
    now: Timestamp,
) -> Result<String, RequestError> {
    let point = keys
        .signing
        .verifying_key()
        .p256_uncompressed()
        .ok_or(InvalidKey)
        .map_err(internal)?;
    let [_, coordinates @ ..] = &point;
    let (x, y) = coordinates.split_at(32);
    let header = ProofHeader {
        typ: TYPE.to_owned(),
        alg: ALGORITHM.to_owned(),
        jwk: ProofKey {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: text(x),
            y: text(y),
        },
    };
    let mut jti = [0_u8; 16];
    SystemRandom.fill(&mut jti).map_err(internal)?;
    let claims = ProofClaims {
        htm: method.to_owned(),
        htu: url.to_owned(),
        jti: text(&jti),
        iat: now.seconds(),
        ath: token.map(|token| text(&Sha256::digest(token))),
    };
    let header = serde_json::to_vec(&header).map_err(internal)?;
    let claims = serde_json::to_vec(&claims).map_err(internal)?;
    let signed = format!("{}.{}", text(&header), text(&claims));
    let signature = keys.signing.sign(signed.as_bytes()).map_err(internal)?;
    Ok(format!("{signed}.{}", text(&signature.0)))
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clausa_core::keys::Signature;

    fn part<T: serde::de::DeserializeOwned>(part: &str) -> T {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    /// SEC-97
    #[test]
    fn a_proof_names_method_place_time_and_token_and_is_never_the_same_twice() {
        let keys = DeviceKeys::generate(&mut SystemRandom).unwrap();
        let now = Timestamp::from_seconds(1_795_251_600);
        let url = "https://rights.contoso.example/v1/me";
        let proof = sign(&keys, "GET", url, Some("token"), now).unwrap();
        let [header, claims, signature] = proof.split('.').collect::<Vec<_>>().try_into().unwrap();
        let claims: ProofClaims = part(claims);
        assert_eq!(
            (claims.htm.as_str(), claims.htu.as_str(), claims.iat),
            ("GET", url, now.seconds())
        );
        // SHA-256("token")
        assert_eq!(
            claims.ath.as_deref(),
            Some("PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A")
        );
        let header: ProofHeader = part(header);
        assert_eq!((header.typ.as_str(), header.alg.as_str()), ("dpop+jwt", "ES256"));
        assert_eq!(URL_SAFE_NO_PAD.decode(header.jwk.x).unwrap().len(), 32);
        let signature = Signature(URL_SAFE_NO_PAD.decode(signature).unwrap().try_into().unwrap());
        let signed = proof.rsplit_once('.').unwrap().0;
        keys.signing
            .verifying_key()
            .verify(signed.as_bytes(), &signature)
            .unwrap();

        let other = sign(&keys, "GET", url, None, now).unwrap();
        let other: ProofClaims = part(other.split('.').nth(1).unwrap());
        assert_ne!(other.jti, claims.jti);
        assert_eq!(other.ath, None);
    }
}
