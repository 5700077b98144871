//! Certificates, the publishing licence, the use licence, the edit grant.

use clausa_core::hazmat::aead::AeadKey;
use clausa_core::hazmat::hpke::{self, HpkePrivateKey};
use clausa_core::hazmat::{backends::sha256, labels};
use clausa_core::keys::{Signer as _, VerifyingKey};

use crate::maker::{Fault, Made, Maker, Site};
use crate::samples::{ADDRESSES, DATA_NAMES, LABELS, ORIGINS};
use crate::value::Value;

/// A publishing licence and what is inside.
pub struct Licence {
    /// Prefix and licence.
    pub head: Vec<u8>,
    pub digest: [u8; 32],
    pub content: Vec<u8>,
    pub content_key: [u8; 32],
}

impl Maker<'_> {
    /// A certificate of one of the tenant's keys that holds at `time`: most files have the one with which their world
    /// began, as in life.
    pub fn tenant_certificate(&mut self, purpose: u64, time: u64) -> Made<Vec<u8>> {
        let (world, slot) = (self.world, purpose as usize - 1);
        let bent = self.is_bent(Site::Certificate(purpose)) || self.is_bent(Site::CertificateObject(purpose));
        if bent || self.fault == Fault::Odd || self.draw.percent(20) {
            let (begin, end) = self.validity(time, 100_000_000);
            return self.certify(purpose, begin, end);
        }
        if let Some(known) = world.certificates[slot].get() {
            return Ok(known.clone());
        }
        let made = self.certify(purpose, 1_700_000_000, 2_000_000_000)?;
        Ok(world.certificates[slot].get_or_init(|| made).clone())
    }

    fn certify(&mut self, purpose: u64, begin: u64, end: u64) -> Made<Vec<u8>> {
        let world = self.world;
        let said = if self.odd() {
            1 + self.draw.below(5)
        } else {
            purpose
        };
        let key = world.tenant_signers[purpose as usize - 1].verifying_key();
        let payload = Value::map(vec![
            (1, self.tenant()),
            (2, Value::Int(said)),
            (3, self.key(&key)),
            (4, Value::Int(begin)),
            (5, Value::Int(end)),
        ]);
        let root = if self.odd() {
            &world.other_root
        } else {
            &world.root
        };
        let sites = (Site::Certificate(purpose), Site::CertificateObject(purpose));
        self.sign(sites, "tenant-certificate", payload, root, true)
    }

    pub fn key(&mut self, key: &VerifyingKey) -> Value {
        let world = self.world;
        let small = [&[1][..], &[0; 31]].concat();
        if !self.odd() {
            return Value::bytes(key.as_bytes());
        }
        match self.draw.below(4) {
            0 => Value::Bytes(small),
            1 => Value::Bytes([vec![2], self.draw.bytes(32)].concat()),
            2 => Value::bytes(self.draw.bytes(32)),
            _ => Value::bytes(world.editor.verifying_key().as_bytes()),
        }
    }

    pub fn chain(&mut self, issued: u64) -> Made<Value> {
        const DAY: u64 = 86_400;
        let world = self.world;
        let (begin, end) = self.validity(issued, 190 * DAY);
        let end = match self.odd().then(|| self.draw.below(2)) {
            Some(more) => begin + 400 * DAY + more,
            None => end,
        };
        let mut fields = vec![
            (1, Value::bytes(self.draw.bytes(16))),
            (2, self.tenant()),
            (3, Value::bytes(self.draw.bytes(16))),
            (4, self.sample(&ADDRESSES, 4)),
            (5, self.key(&world.publisher.verifying_key())),
            (6, Value::Int(begin)),
            (7, Value::Int(end)),
            (8, Value::Int(if self.odd() { self.draw.below(5) } else { 3 })),
        ];
        if self.draw.percent(20) {
            let count = if self.odd() {
                *self.draw.of(&[0, 64, 65])
            } else {
                self.draw.below(4)
            };
            let mut templates: Vec<_> = (0..count).map(|_| self.draw.bytes(16)).collect();
            templates.sort();
            if self.odd() {
                templates.reverse();
            }
            fields.push((9, Value::Array(templates.into_iter().map(Value::Bytes).collect())));
        }
        let signer = &world.tenant_signers[0];
        let sites = (Site::Leaf, Site::LeafObject);
        let leaf = self.sign(sites, "licensor-certificate", Value::map(fields), signer, false)?;
        let tenant = self.tenant_certificate(1, issued)?;
        Ok(Value::Array(vec![Value::Bytes(leaf), Value::Bytes(tenant)]))
    }

    pub fn named_data(&mut self) -> Value {
        let count = if self.odd() {
            *self.draw.of(&[0, 16, 17])
        } else {
            1 + self.draw.below(3)
        };
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        for number in 0..count {
            let name = match number {
                0 => self.sample(&DATA_NAMES, 6),
                _ => Value::text(&format!("n{number}")),
            };
            let length = if self.odd() {
                65_536 - 2 + self.draw.below(3)
            } else {
                self.draw.below(40)
            };
            pairs.push((name, Value::bytes(self.draw.bytes(length as usize))));
        }
        Value::Map(pairs)
    }

    pub fn publish(&mut self, issued: u64) -> Made<Licence> {
        let (content, tenant) = (self.draw.bytes(16), self.tenant());
        let Value::Bytes(tenant_bytes) = &tenant else {
            return Err("a tenant is bytes".into());
        };
        let [content_key, policy_key] = [self.draw.bytes(32), self.draw.bytes(32)];
        let policy = self.policy(&content, tenant_bytes, &policy_key)?;
        let mut fields = vec![
            (1, Value::Int(if self.odd() { 2 } else { 1 })),
            (2, Value::bytes(&content)),
            (3, tenant),
            (4, self.sample(&ORIGINS, 8)),
            (5, Value::Int(issued)),
            (6, self.chain(issued)?),
            (7, Value::Bytes(policy)),
            (8, Value::Int(if self.odd() { 0 } else { 1 })),
        ];
        if self.draw.percent(20) {
            let mut label = self.sample(&LABELS, 3);
            if self.odd() {
                label = Value::Text(vec![b'l'; 128 + self.draw.index(2)]);
            }
            fields.push((9, Value::Array(vec![Value::bytes(self.draw.bytes(16)), label])));
        }
        if self.odd() {
            fields.push((10, Value::Array(vec![Value::text("com.example.critical")])));
        }
        if self.draw.percent(20) {
            fields.push((11, self.named_data()));
        }
        let core = self.encode(Site::Core, Value::map(fields));
        let wraps = self.wraps(&sha256(&[b"clausa/v1/bind", &core]), &content_key, &policy_key)?;
        let wraps = self.encode(Site::Wraps, wraps);
        let payload = Value::Array(vec![Value::Bytes(core), Value::Bytes(wraps)]);
        let sites = (Site::LicencePayload, Site::LicenceObject);
        let publisher = &self.world.publisher;
        let licence = self.sign(sites, "pl", payload, publisher, false)?;
        let length = u32::try_from(licence.len())?.to_be_bytes();
        let magic = [0x89, 0x43, 0x4c, 0x53, 0x0d, 0x0a, 0x1a, 0x0a, 1, 0, 0, 0];
        let head = [&magic, &length[..], &licence].concat();
        let content_key = content_key.as_slice().try_into()?;
        Ok(Licence {
            digest: sha256(&[&head]),
            head,
            content,
            content_key,
        })
    }

    fn wraps(&mut self, bind: &[u8; 32], content_key: &[u8], policy_key: &[u8]) -> Made<Value> {
        let world = self.world;
        let suites = *self.draw.of(&[2_u64, 2, 2, 3, 23, 12, 1]);
        let mut wraps = Vec::new();
        for suite in [1, 2, 3] {
            if !suites.to_string().contains(&suite.to_string()) {
                continue;
            }
            let version = if self.odd() { 2 } else { 1 };
            let mut block = [&[version], content_key, policy_key, bind].concat();
            if self.odd() {
                let place = self.draw.index(block.len());
                block[place] ^= 1;
            }
            let (kid, sealed) = match suite {
                // A reader cannot tell what an RSA ciphertext holds, and no authority here has the key.
                1 => (self.draw.bytes(8), self.draw.bytes(384)),
                2 => self.wrap(&world.p256_wrap, bind, &block)?,
                _ => self.wrap(&world.hybrid_wrap, bind, &block)?,
            };
            let number = if self.odd() { self.draw.below(6) } else { suite };
            wraps.push(Value::Array(vec![
                Value::Bytes(kid),
                Value::Int(number),
                Value::Bytes(sealed),
            ]));
        }
        if self.odd() {
            wraps.resize(*self.draw.of(&[0, 2, 4, 5]), wraps[0].clone());
        }
        Ok(Value::Array(wraps))
    }

    fn wrap(&mut self, key: &HpkePrivateKey, bind: &[u8], block: &[u8]) -> Made<(Vec<u8>, Vec<u8>)> {
        let sealed = hpke::seal(key.public(), labels::WRAP, bind, block, &mut self.draw)?;
        Ok((sha256(&[key.public().as_bytes()])[..8].to_vec(), sealed))
    }

    fn policy(&mut self, content: &[u8], tenant: &[u8], key: &[u8]) -> Made<Vec<u8>> {
        let policy = self.policy_fields(content);
        let mut text = self.encode(Site::Policy, policy);
        let mut padded = text.len().max(512).next_power_of_two();
        if self.odd() {
            padded = *self.draw.of(&[padded * 2, padded / 2, padded + 1, text.len()]);
        }
        text.resize(padded.max(text.len()), 0);
        if self.odd() {
            let last = text.len() - 1;
            text[last] = 1;
        }
        let aad = [b"clausa/v1/policy", content, tenant].concat();
        let tag = AeadKey::new(key.try_into()?)?.seal_in_place(&[0; 12], &aad, &mut text)?;
        Ok([&text[..], &tag].concat())
    }
}
