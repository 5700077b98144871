//! Taking signed objects apart and making new ones, independently of the code under test: with `coset`.

use clausa_core::keys::{Signature, Signer, SoftwareSigner};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, Header, iana};

/// The order of the P-256 group less `s` where `s` is the higher of the two.
fn lower(signature: Vec<u8>) -> Vec<u8> {
    use num::{half_order, subtract_from_order};
    let (r, s) = signature.split_at(32);
    if s > &half_order()[..] {
        [r, &subtract_from_order(s)].concat()
    } else {
        signature.clone()
    }
}

/// Signs a payload as an object of some kind would be.
pub fn sign(payload: &[u8], aad: &[u8], signer: &SoftwareSigner, names_key: bool) -> Vec<u8> {
    let key = signer.verifying_key();
    let is_p256 = key.as_bytes().len() == 33;
    let algorithm = if is_p256 {
        iana::Algorithm::ESP256
    } else {
        iana::Algorithm::Ed25519
    };
    let kid = if names_key {
        key.kid().as_bytes().to_vec()
    } else {
        Vec::new()
    };
    let protected = Header {
        alg: Some(coset::RegisteredLabelWithPrivate::Assigned(algorithm)),
        key_id: kid,
        ..Header::default()
    };
    CoseSign1Builder::new()
        .protected(protected)
        .payload(payload.to_vec())
        .create_signature(aad, |message| {
            let signature = signer.sign(message).unwrap().0.to_vec();
            if is_p256 { lower(signature) } else { signature }
        })
        .build()
        .to_vec()
        .unwrap()
}

/// The payload of a signed object.
pub fn payload(object: &[u8]) -> Vec<u8> {
    CoseSign1::from_slice(object).unwrap().payload.unwrap()
}

/// Whether `coset` finds the signature good.
pub fn verifies(object: &[u8], aad: &[u8], signer: &SoftwareSigner) -> bool {
    CoseSign1::from_slice(object)
        .unwrap()
        .verify_signature(aad, |signature, message| {
            signer
                .verifying_key()
                .verify(message, &Signature(signature.try_into().unwrap()))
        })
        .is_ok()
}

/// Replaces each occurrence of some bytes by others of the same length.
pub fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut replaced = bytes.to_vec();
    let mut found = 0;
    for place in 0..=bytes.len() - from.len() {
        if bytes[place..].starts_with(from) {
            replaced[place..place + from.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0, "nothing to replace");
    replaced
}

mod num {
    fn order() -> [u8; 32] {
        let mut order = [0xff; 32];
        order[4..8].fill(0);
        order[16..].copy_from_slice(&0xbce6_faad_a717_9e84_f3b9_cac2_fc63_2551_u128.to_be_bytes());
        order
    }

    pub fn half_order() -> [u8; 32] {
        let mut carry = 0;
        order().map(|byte| {
            let half = byte >> 1 | carry << 7;
            carry = byte & 1;
            half
        })
    }

    pub fn subtract_from_order(s: &[u8]) -> Vec<u8> {
        let mut borrow = 0_i16;
        let mut difference: Vec<u8> = order()
            .iter()
            .zip(s)
            .rev()
            .map(|(a, b)| {
                let digit = i16::from(*a) - i16::from(*b) - borrow;
                borrow = i16::from(digit < 0);
                digit.rem_euclid(256) as u8
            })
            .collect();
        difference.reverse();
        difference
    }
}
