//! What making a file is about: chance, the structure to bend, signing.

use std::error::Error;

use clausa_core::keys::{Signer, SoftwareSigner};

use crate::bend::bend;
use crate::draw::Draw;
use crate::value::Value;
use crate::world::World;

pub type Made<T> = Result<T, Box<dyn Error>>;

/// A structure that may be bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    Core,
    Wraps,
    LicencePayload,
    LicenceObject,
    Policy,
    Leaf,
    LeafObject,
    /// Tenant certificates, by purpose.
    Certificate(u64),
    CertificateObject(u64),
    UseLicence,
    UseLicenceObject,
    Grant,
    GrantObject,
    GrantPair,
    InnerHeader,
    Seal,
    SealObject,
}

const SITES: [Site; 22] = [
    Site::Core,
    Site::Wraps,
    Site::LicencePayload,
    Site::LicenceObject,
    Site::Policy,
    Site::Leaf,
    Site::LeafObject,
    Site::Certificate(1),
    Site::Certificate(2),
    Site::Certificate(3),
    Site::CertificateObject(1),
    Site::CertificateObject(2),
    Site::CertificateObject(3),
    Site::UseLicence,
    Site::UseLicenceObject,
    Site::Grant,
    Site::GrantObject,
    Site::GrantPair,
    Site::InnerHeader,
    Site::InnerHeader,
    Site::Seal,
    Site::SealObject,
];

/// How a file is spoilt, if it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// A choice here and there is a doubtful one.
    Odd,
    /// One structure is bent, and what signs it signs the bent one.
    Bent(Site),
    /// The same, under the signature of what it was.
    BentAfterSigning(Site),
    /// The content key is sealed to another device.
    OtherDevice,
    /// Bytes of the finished file are changed.
    Damaged,
}

pub struct Maker<'a> {
    pub world: &'a World,
    pub draw: Draw,
    pub fault: Fault,
}

impl<'a> Maker<'a> {
    pub fn new(world: &'a World, mut draw: Draw) -> Self {
        let fault = match draw.below(100) {
            0..=33 => Fault::None,
            34..=54 => Fault::Odd,
            55 => Fault::OtherDevice,
            56..=77 => Fault::Bent(*draw.of(&SITES)),
            78..=83 => Fault::BentAfterSigning(*draw.of(&SITES)),
            _ => Fault::Damaged,
        };
        Self { world, draw, fault }
    }

    /// Whether to make a doubtful choice here.
    pub fn odd(&mut self) -> bool {
        self.fault == Fault::Odd && self.draw.percent(3)
    }

    /// A sample that is surely good, the first ones, or in odd files any.
    pub fn sample(&mut self, samples: &[&str], good: usize) -> Value {
        let good = if self.odd() { samples.len() } else { good };
        Value::text(samples[self.draw.index(good)])
    }

    pub fn is_bent(&self, site: Site) -> bool {
        self.fault == Fault::Bent(site) || self.fault == Fault::BentAfterSigning(site)
    }

    pub fn is_about_a_grant(&self) -> bool {
        [
            Site::Grant,
            Site::GrantObject,
            Site::GrantPair,
            Site::Certificate(3),
            Site::CertificateObject(3),
        ]
        .into_iter()
        .any(|site| self.is_bent(site))
    }

    pub fn encode(&mut self, site: Site, value: Value) -> Vec<u8> {
        if self.is_bent(site) {
            bend(value, &mut self.draw).encode()
        } else {
            value.encode()
        }
    }

    /// A validity around a time, with `reach` seconds at most on each side.
    pub fn validity(&mut self, time: u64, reach: u64) -> (u64, u64) {
        let (before, after) = (self.draw.below(reach), self.draw.below(reach));
        if !self.odd() {
            return (time - before, time + after);
        }
        match self.draw.below(6) {
            0 => (time, time),
            1 => (time - before, time),
            2 => (time, time + after),
            3 => (time - before, time - 1),
            4 => (time + 1, time + 1 + after),
            _ => (time + 1, time - 1),
        }
    }

    pub fn tenant(&mut self) -> Value {
        let world = self.world;
        Value::bytes(if self.odd() {
            &world.other_tenant
        } else {
            &world.tenant
        })
    }

    /// A signed object: its payload stands at `site`, the object itself at `object`.
    pub fn sign(
        &mut self,
        (site, object): (Site, Site),
        label: &str,
        payload: Value,
        signer: &SoftwareSigner,
        with_kid: bool,
    ) -> Made<Vec<u8>> {
        let honest = payload.encode();
        let payload = self.encode(site, payload);
        let signed = if matches!(self.fault, Fault::BentAfterSigning(_)) {
            &honest
        } else {
            &payload
        };
        let world = self.world;
        let signer = if self.odd() {
            world.stranger(signer)
        } else {
            signer
        };
        let label = if self.odd() { "seal" } else { label };

        let key = signer.verifying_key();
        let mut alg = if key.as_bytes().len() == 32 { 0x32 } else { 0x28 };
        if self.odd() {
            alg = *self.draw.of(&[0x28, 0x32, 0x27, 0x26]);
        }
        let mut protected = if with_kid != self.odd() {
            [&[0xa2, 1, alg, 4, 0x48], key.kid().as_bytes().as_slice()].concat()
        } else {
            vec![0xa1, 1, alg]
        };
        if self.odd() {
            *protected.last_mut().ok_or("never empty")? ^= 1;
        }
        let message = Value::Array(vec![
            Value::text("Signature1"),
            Value::bytes(&protected),
            Value::bytes(format!("clausa/v1/{label}")),
            Value::bytes(signed),
        ]);
        let mut signature = signer.sign(&message.encode())?.0.to_vec();
        let (_, s) = signature.split_at_mut(32);
        if key.as_bytes().len() == 33 && (*s > HALF_ORDER[..]) != self.odd() {
            negate(s);
        }
        let unprotected = if self.odd() {
            vec![(4, Value::bytes([1]))]
        } else {
            Vec::new()
        };
        let parts = vec![
            Value::Bytes(protected),
            Value::map(unprotected),
            Value::Bytes(payload),
            Value::Bytes(signature),
        ];
        Ok(self.encode(object, Value::Array(parts)))
    }
}

/// The order of the P-256 group.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// `(n - 1) / 2`: the greatest `s` that is allowed.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
    0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// The other form of an ECDSA signature: its `s` replaced by `n - s`.
fn negate(s: &mut [u8]) {
    let mut borrow = 0;
    for (digit, order) in s.iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = difference.rem_euclid(256) as u8;
    }
}
