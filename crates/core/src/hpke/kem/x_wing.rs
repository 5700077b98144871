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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::crypto::{portable, sha256};
    use crate::hpke::unhex;
    use crate::random::RandomnessFailed;

    /// Seed, what encapsulation draws, SHA-256 of public key and of ciphertext, shared secret: the vectors of
    /// draft-connolly-cfrg-xwing-kem (its spec/test-vectors.json).
    const VECTORS: [[&str; 5]; 3] = [
        [
            "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
            "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58\
             d974918835d25e6a435085b2",
            "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
            "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
            "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
        ],
        [
            "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
            "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df\
             07348b196691abaeb580b32d",
            "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
            "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154",
            "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
        ],
        [
            "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
            "22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4\
             b3f70c593ea3aeeb613a7f1b",
            "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
            "d3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6",
            "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f",
        ],
    ];

    struct Fixed(Vec<u8>);

    impl Randomness for Fixed {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
            out.copy_from_slice(&self.0);
            Ok(())
        }
    }

    #[test]
    fn keys_ciphertexts_and_secrets_are_those_of_the_draft() {
        for [seed, drawn, public, ciphertext, secret] in VECTORS.map(|vector| vector.map(unhex)) {
            let key = PrivateKey::expand(&seed.try_into().unwrap()).unwrap();
            assert_eq!(sha256(&[&key.public()]).to_vec(), public);
            // The native backend draws ML-KEM's message itself, so the ciphertext is put together here.
            let (message, ephemeral) = drawn.split_at(32);
            let from_ml_kem =
                portable::ml_kem_encapsulate(key.ml_kem.public(), &mut Fixed(message.to_vec())).unwrap();
            let ephemeral = X25519PrivateKey::from_bytes(ephemeral.try_into().unwrap()).unwrap();
            let encapsulation = [&from_ml_kem.ciphertext[..], &ephemeral.public().unwrap()].concat();
            assert_eq!(sha256(&[&encapsulation]).to_vec(), ciphertext);
            assert_eq!(key.decapsulate(&encapsulation).unwrap().to_vec(), secret);
        }
    }
}
