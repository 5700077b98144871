//! MLKEM768-X25519 of draft-ietf-hpke-pq, which is X-Wing (draft-connolly-cfrg-xwing-kem).

use sha3::{Digest, Sha3_256};
use shake::{ExtendableOutput, Shake256, Update, XofReader};
use zeroize::Zeroizing;

use super::Encapsulated;
use crate::crypto::{
    ML_KEM_CIPHERTEXT_LENGTH, ML_KEM_PUBLIC_LENGTH, ML_KEM_SEED_LENGTH, MlKemPrivateKey, X25519PrivateKey,
    ml_kem_encapsulate,
};
use crate::hpke::HpkeError;
use crate::random::Randomness;

/// Bytes of a public key: ML-KEM's, then X25519's.
pub(super) const PUBLIC_LENGTH: usize = ML_KEM_PUBLIC_LENGTH + 32;
/// Bytes of an encapsulation: ML-KEM's ciphertext, then an ephemeral X25519 key.
pub(super) const ENCAPSULATION_LENGTH: usize = ML_KEM_CIPHERTEXT_LENGTH + 32;
const LABEL: &[u8] = br"\.//^\";

/// A seed, expanded.
pub(super) struct PrivateKey {
    ml_kem: MlKemPrivateKey,
    x25519: X25519PrivateKey,
    x25519_public: [u8; 32],
}

impl PrivateKey {
    /// expandDecapsulationKey: 96 bytes of SHAKE-256, the first 64 for ML-KEM, the others for X25519.
    pub(super) fn expand(seed: &[u8; 32]) -> Result<Self, HpkeError> {
        let mut ml_kem = Zeroizing::new([0; ML_KEM_SEED_LENGTH]);
        let mut x25519 = Zeroizing::new([0; 32]);
        let mut hash = Shake256::default();
        hash.update(seed);
        let mut stream = hash.finalize_xof();
        stream.read(ml_kem.as_mut_slice());
        stream.read(x25519.as_mut_slice());
        let x25519 = X25519PrivateKey::from_bytes(&x25519)?;
        let x25519_public = x25519.public()?;
        Ok(Self {
            ml_kem: MlKemPrivateKey::from_seed(&ml_kem)?,
            x25519,
            x25519_public,
        })
    }

    pub(super) fn public(&self) -> Vec<u8> {
        [self.ml_kem.public().as_slice(), &self.x25519_public].concat()
    }

    /// Decapsulate. An altered ML-KEM ciphertext gives an unrelated secret; a low-order X25519 key is an error.
    pub(super) fn decapsulate(&self, encapsulation: &[u8]) -> Result<Zeroizing<[u8; 32]>, HpkeError> {
        let (ciphertext, peer) = split::<ML_KEM_CIPHERTEXT_LENGTH>(encapsulation)?;
        let from_ml_kem = self.ml_kem.decapsulate(ciphertext)?;
        let from_x25519 = self.x25519.agree(peer)?;
        Ok(combine(&from_ml_kem, &from_x25519, peer, &self.x25519_public))
    }
}

/// Encapsulate.
pub(super) fn encapsulate(public: &[u8], rng: &mut dyn Randomness) -> Result<Encapsulated, HpkeError> {
    let (ml_kem_public, x25519_public) = split::<ML_KEM_PUBLIC_LENGTH>(public)?;
    let from_ml_kem = ml_kem_encapsulate(ml_kem_public, rng)?;
    let ephemeral = X25519PrivateKey::generate(rng)?;
    let ephemeral_public = ephemeral.public()?;
    let from_x25519 = ephemeral.agree(x25519_public)?;
    let shared_secret = combine(
        &from_ml_kem.shared_secret,
        &from_x25519,
        &ephemeral_public,
        x25519_public,
    );
    let encapsulation = [from_ml_kem.ciphertext.as_slice(), &ephemeral_public].concat();
    Ok(Encapsulated {
        encapsulation,
        shared_secret,
    })
}

/// Combiner: SHA3-256 over both secrets, the ephemeral and the static X25519 key, and the label. ML-KEM binds its
/// own ciphertext and key.
fn combine(
    from_ml_kem: &[u8; 32],
    from_x25519: &[u8; 32],
    ephemeral: &[u8; 32],
    public: &[u8; 32],
) -> Zeroizing<[u8; 32]> {
    let mut hash = Sha3_256::new();
    for part in [from_ml_kem.as_slice(), from_x25519, ephemeral, public, LABEL] {
        Digest::update(&mut hash, part);
    }
    Zeroizing::new(hash.finalize().into())
}

fn split<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8; 32]), HpkeError> {
    let (first, second) = bytes.split_first_chunk::<N>().ok_or(HpkeError::InvalidKey)?;
    Ok((first, second.try_into().map_err(|_| HpkeError::InvalidKey)?))
}
