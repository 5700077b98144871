//! Signed objects written out from clause 2.

use clausa_core::keys::Signer as _;

use crate::item::{Item, array, bytes, head, map, text};
use crate::world::{Kind, Who, World};

/// What goes into one signed object; a vector changes one of these.
pub struct Cose {
    pub signer: Who,
    /// Whether `kid` is in the protected header.
    pub names_key: bool,
    pub label: Vec<u8>,
    /// `None`: what belongs to the signer's key.
    pub protected: Option<Vec<u8>>,
    pub unprotected: Item,
    pub payload: Vec<u8>,
    /// `None`: the payload.
    pub signed_payload: Option<Vec<u8>>,
    pub signature: Option<fn(&mut Vec<u8>)>,
    /// Puts the four members together in another way.
    pub outer: Option<fn([Item; 4]) -> Item>,
}

pub const ESP256: u8 = 0x28;
pub const ED25519: u8 = 0x32;

impl Cose {
    pub fn new(label: &str, signer: Who, names_key: bool, payload: Vec<u8>) -> Self {
        Self {
            signer,
            names_key,
            label: format!("clausa/v1/{label}").into_bytes(),
            protected: None,
            unprotected: map([]),
            payload,
            signed_payload: None,
            signature: None,
            outer: None,
        }
    }

    /// The protected header with this algorithm.
    pub fn header(alg: u8, kid: Option<&[u8]>) -> Vec<u8> {
        match kid {
            None => vec![0xa1, 1, alg],
            Some(kid) => [&[0xa2, 1, alg, 4][..], &head(2, kid.len() as u64), kid].concat(),
        }
    }

    pub fn encode(&self, world: &World) -> Vec<u8> {
        let signer = world.signer(self.signer);
        let (key, kind) = (signer.verifying_key(), world.kind(self.signer));
        let alg = if kind == Kind::P256 { ESP256 } else { ED25519 };
        let kid = key.kid();
        let usual = || Self::header(alg, self.names_key.then_some(kid.as_bytes().as_slice()));
        let protected = self.protected.clone().unwrap_or_else(usual);
        let message = array([
            text("Signature1"),
            bytes(&protected),
            bytes(&self.label),
            bytes(self.signed_payload.as_ref().unwrap_or(&self.payload)),
        ])
        .encode();
        let mut signature = signer.sign(&message).expect("a software key signs").0.to_vec();
        if kind == Kind::P256 && signature[32..] > HALF[..] {
            negate(&mut signature);
        }
        if let Some(change) = self.signature {
            change(&mut signature);
        }
        let members = [
            bytes(&protected),
            self.unprotected.clone(),
            bytes(&self.payload),
            bytes(&signature),
        ];
        match self.outer {
            Some(outer) => outer(members).encode(),
            None => array(members).encode(),
        }
    }
}

/// The order of the P-256 group.
pub const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// Half of it, rounded down.
const HALF: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
    0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// Replaces `s` by `n - s`.
pub fn negate(signature: &mut [u8]) {
    let mut borrow = 0;
    for (digit, order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = difference.rem_euclid(256) as u8;
    }
}
