//! The policy and the use licence with its edit grant.

use clausa_core::hazmat::hpke;
use clausa_core::hazmat::{backends::sha256, labels};
use clausa_core::keys::Signer as _;

use crate::licences::Licence;
use crate::maker::{Fault, Made, Maker, Site};
use crate::samples::ADDRESSES;
use crate::value::Value;

/// The reader: what of the header of a vector the use licence depends on.
pub struct Reader {
    pub subject: Vec<u8>,
    pub device: Vec<u8>,
    pub nonce: Option<Vec<u8>>,
    pub minimum_epoch: u64,
    pub clock_floor: u64,
    pub now: u64,
    pub tenant_certificate: Vec<u8>,
    pub use_licence: Vec<u8>,
}

impl Maker<'_> {
    fn rights(&mut self) -> u64 {
        let odd = self.odd();
        if odd {
            *self.draw.of(&[0, 1 << 14, 1 << 63, 1 << 13, 0x3fff])
        } else {
            1 + self.draw.below(0x3fff)
        }
    }

    pub fn policy_fields(&mut self, content: &[u8]) -> Value {
        let mut fields = vec![(1, self.sample(&ADDRESSES, 4))];
        let template = self.draw.percent(40);
        if template != self.odd() {
            let digest = self.draw.bytes(32);
            fields.push((
                2,
                Value::Array(vec![Value::bytes(self.draw.bytes(16)), Value::Bytes(digest)]),
            ));
        }
        if !template || self.odd() {
            fields.push((3, self.grants()));
        }
        if self.draw.percent(20) {
            fields.push((4, Value::Int(self.draw.word() >> 20)));
        }
        if self.draw.percent(30) {
            let days = if self.odd() {
                65_535 + self.draw.below(2)
            } else {
                self.draw.below(400)
            };
            fields.push((
                5,
                Value::Array(vec![Value::Int(1 + self.draw.below(2)), Value::Int(days)]),
            ));
        }
        if self.draw.percent(30) {
            let window = if self.odd() {
                2_592_000 + self.draw.below(2)
            } else {
                self.draw.below(2_592_001)
            };
            fields.push((6, Value::Int(window)));
        }
        for key in [7, 8] {
            if self.draw.percent(15) {
                fields.push((key, self.named_data()));
            }
        }
        if self.draw.percent(15) {
            fields.push((
                9,
                if self.odd() {
                    Value::bytes(content)
                } else {
                    Value::bytes(self.draw.bytes(16))
                },
            ));
        }
        Value::map(fields)
    }

    fn grants(&mut self) -> Value {
        let count = if self.draw.percent(5) {
            self.draw.below(60)
        } else {
            self.draw.below(5)
        };
        let mut grants = Vec::new();
        for number in 0..count {
            let kind = 1 + self.draw.below(5);
            let principal = match kind {
                1 | 2 if self.odd() => self.sample(&ADDRESSES, 4),
                1 | 2 => Value::text(&format!("p{number}@contoso.example")),
                3 => Value::text(&format!("d{number}.example")),
                4 => Value::bytes(self.draw.bytes(16)),
                _ => Value::text(""),
            };
            grants.push((kind, principal, self.rights()));
        }
        let key = |(kind, principal, _): &(u64, Value, u64)| match principal {
            Value::Text(bytes) | Value::Bytes(bytes) => (*kind, bytes.clone()),
            _ => (*kind, Vec::new()),
        };
        grants.sort_by_key(key);
        if !self.odd() {
            grants.dedup_by_key(|grant| key(grant));
        }
        if self.odd() {
            grants.reverse();
        }
        let one =
            |(kind, principal, rights)| Value::Array(vec![Value::Int(kind), principal, Value::Int(rights)]);
        Value::Array(grants.into_iter().map(one).collect())
    }

    /// A grant that is good at `time`, with the certificate behind it.
    pub fn edit_grant(&mut self, licence: &Licence, time: u64) -> Made<Vec<u8>> {
        let world = self.world;
        let (begin, end) = self.validity(time, 3_000_000);
        let digest = if self.odd() {
            vec![7; 32]
        } else {
            licence.digest.to_vec()
        };
        let rights = if self.odd() {
            *self.draw.of(&[0, 1, 0b100, 1 << 13, 1 << 14])
        } else {
            0b11
        };
        let payload = Value::map(vec![
            (1, self.tenant()),
            (2, Value::Bytes(digest)),
            (3, Value::bytes(&world.account)),
            (4, self.sample(&ADDRESSES, 4)),
            (5, self.key(&world.editor.verifying_key())),
            (6, Value::Int(rights)),
            (7, Value::Int(begin)),
            (8, Value::Int(end)),
        ]);
        let signer = &world.tenant_signers[if self.odd() { 3 } else { 2 }];
        let sites = (Site::Grant, Site::GrantObject);
        let grant = self.sign(sites, "edit-grant", payload, signer, false)?;
        let certificate = self.tenant_certificate(3, time)?;
        Ok(self.encode(
            Site::GrantPair,
            Value::Array(vec![Value::Bytes(grant), Value::Bytes(certificate)]),
        ))
    }

    /// A use licence, and a reader whom it fits.
    pub fn use_licence(&mut self, licence: &Licence, issued: u64, grant: Option<Vec<u8>>) -> Made<Reader> {
        let world = self.world;
        let device = world.editor.verifying_key().thumbprint()?.as_bytes().to_vec();
        let (nonce, epoch, other) = (self.draw.bytes(16), self.draw.below(9), self.draw.bytes(16));
        let not_after = self
            .draw
            .percent(60)
            .then(|| issued + 1 + self.draw.below(8_000_000));
        let mut offline_until = issued
            + self
                .draw
                .below(not_after.map_or(2_592_000, |end| end - issued + 1));
        if let Some(end) = not_after
            && self.odd()
        {
            offline_until = end + self.draw.below(2);
        }
        let clock = issued + if self.odd() { 400 } else { self.draw.below(2) };
        let digest = if self.odd() {
            vec![9; 32]
        } else {
            licence.digest.to_vec()
        };
        let mut fields = vec![
            (1, Value::bytes(self.draw.bytes(16))),
            (2, Value::Bytes(digest)),
            (
                3,
                Value::bytes(if self.odd() { &other } else { &licence.content }),
            ),
            (4, self.tenant()),
            (5, Value::bytes(if self.odd() { &other } else { &world.account })),
            (
                6,
                Value::bytes(if self.odd() { &[3; 32] } else { device.as_slice() }),
            ),
            (7, Value::Int(self.rights())),
            (8, Value::Int(issued)),
            (10, Value::Int(offline_until)),
            (11, Value::Int(clock)),
            (12, Value::Int(epoch)),
            (13, Value::bytes(&nonce)),
        ];
        fields.extend(not_after.map(|end| (9, Value::Int(end))));
        if self.draw.percent(20) {
            fields.push((15, self.named_data()));
        }
        fields.extend(grant.map(|grant| (16, Value::Bytes(grant))));

        let aad = sha256(&[&Value::map(fields.clone()).encode()]);
        let stranger = self.odd() || self.fault == Fault::OtherDevice;
        let key = if stranger {
            &world.other_device_key
        } else {
            &world.device_key
        };
        let text = if self.odd() {
            &[1; 31]
        } else {
            licence.content_key.as_slice()
        };
        let mut sealed = hpke::seal(key.public(), labels::USE_LICENCE_SEAL, &aad, text, &mut self.draw)?;
        match self.odd().then(|| self.draw.below(4)) {
            Some(0) => sealed.clear(),
            Some(1) => sealed.truncate(80),
            Some(2) => sealed[0] = 2,
            Some(_) => sealed[100] ^= 1,
            None => {}
        }
        fields.push((14, Value::Bytes(sealed)));
        let sites = (Site::UseLicence, Site::UseLicenceObject);
        let signer = &world.tenant_signers[1];
        let use_licence = self.sign(sites, "ul", Value::map(fields), signer, false)?;

        let kept = self.draw.percent(50);
        let mut now = issued + self.draw.below(offline_until.saturating_sub(issued) + 1);
        if self.odd() {
            now = *self.draw.of(&[offline_until, not_after.unwrap_or(0)]) + self.draw.below(2);
        }
        let judged = if kept { now } else { clock };
        let edge = judged + 299 + self.draw.below(3);
        Ok(Reader {
            subject: world.account.clone(),
            device,
            nonce: (!kept).then(|| if self.odd() { other } else { nonce }),
            minimum_epoch: if self.odd() {
                epoch + 1
            } else {
                epoch.saturating_sub(1)
            },
            clock_floor: if self.odd() {
                edge
            } else {
                judged.saturating_sub(self.draw.below(10_000))
            },
            now,
            tenant_certificate: self.tenant_certificate(2, issued)?,
            use_licence,
        })
    }
}
