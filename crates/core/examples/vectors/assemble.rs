//! From a recipe to the bytes of a protected file and of a use licence for it.

use clausa_core::hazmat::aead::AeadKey;
use clausa_core::hazmat::backends::sha256;
use clausa_core::hazmat::body::{LeafTree, digest_leaf};
use clausa_core::hazmat::hpke::{self, HpkePublicKey, Kem};
use clausa_core::keys::{Suite, WrappingPublicKey};

use crate::cose::Cose;
use crate::floe::{Body, FULL, Floe, LEAF, SEGMENT, body_key};
use crate::item::{Item, array, bytes, map, text, uint};
use crate::recipe::{Hook, Part, Recipe, Wrap};
use crate::world::{DAY, NOW, Who};

/// What a recipe gives.
pub struct Assembled {
    pub file: Vec<u8>,
    pub tenant_certificate: Vec<u8>,
    pub use_licence: Vec<u8>,
    pub policy: Vec<u8>,
}

impl Recipe {
    pub fn assemble(&self) -> Assembled {
        let world = &self.world;
        let tenant: [u8; 16] = world.draw("tenant");
        let content_id: [u8; 16] = world.draw("content id");

        let chain = [
            self.licensor(&tenant),
            self.tenant_certificate(Part::Issuer, Who::Licensor, 1),
        ];
        let policy = self.encode(Part::Policy, self.policy());
        let sealed_policy = self.seal_policy(&policy, &content_id, &tenant);
        let core = self.encode(
            Part::Core,
            map([
                (1, Some(uint(1))),
                (2, Some(bytes(content_id))),
                (3, Some(bytes(tenant))),
                (4, Some(text(&self.reader.origin))),
                (5, Some(uint(NOW))),
                (6, Some(array(chain.iter().map(bytes)))),
                (7, Some(bytes(sealed_policy))),
                (8, Some(uint(1))),
            ]),
        );
        let bind = sha256(&[b"clausa/v1/bind", &core]);
        let wraps = array(
            self.wraps
                .iter()
                .enumerate()
                .map(|(n, wrap)| self.wrap(n, wrap, &bind)),
        );
        let wraps = self.encode(Part::Wraps, wraps);
        let payload = self.encode(Part::Licence, array([bytes(&core), bytes(wraps)]));
        let licence = self.sign(Part::Licence, Cose::new("pl", Who::Publisher, false, payload));
        let prefix = [
            &b"\x89CLS\r\n\x1a\n\x01\0\0\0"[..],
            &(licence.len() as u32).to_be_bytes(),
        ]
        .concat();
        let head = [prefix, licence].concat();
        let digest = sha256(&[&head]);

        let (mut body, floe) = self.body(&digest);
        if let Some(change) = &self.before_sealing {
            change(&mut body, &floe);
        }
        let grant = self.edit_grant(&tenant, &digest);
        let end = self.end(&head, &body, grant.as_deref());
        if let Some(change) = &self.after_sealing {
            change(&mut body, &floe);
        }
        let (prefix, licence) = head.split_at(16);
        let mut prefix = prefix.to_vec();
        self.bend_bytes(Part::Prefix, &mut prefix);
        let mut file = [prefix, licence.to_vec(), body.header, body.segments.concat(), end].concat();
        self.bend_bytes(Part::File, &mut file);
        Assembled {
            file,
            tenant_certificate: self.tenant_certificate(Part::LicenceIssuer, Who::Licence, 2),
            use_licence: self.use_licence(&digest, &content_id, &tenant, grant),
            policy,
        }
    }

    fn bend_bytes(&self, part: Part, encoded: &mut Vec<u8>) {
        for (_, hook) in self.hooks.iter().filter(|(of, _)| *of == part) {
            if let Hook::Bytes(change) = hook {
                change(encoded, &self.world);
            }
        }
    }

    fn bend_item(&self, part: Part, item: &mut Item) {
        for (_, hook) in self.hooks.iter().filter(|(of, _)| *of == part) {
            if let Hook::Item(change) = hook {
                change(item, &self.world);
            }
        }
    }

    fn encode(&self, part: Part, mut item: Item) -> Vec<u8> {
        self.bend_item(part, &mut item);
        let mut encoded = item.encode();
        self.bend_bytes(part, &mut encoded);
        encoded
    }

    fn sign(&self, part: Part, mut cose: Cose) -> Vec<u8> {
        for (_, hook) in self.hooks.iter().filter(|(of, _)| *of == part) {
            if let Hook::Cose(change) = hook {
                change(&mut cose, &self.world);
            }
        }
        let mut object = cose.encode(&self.world);
        for (_, hook) in self.hooks.iter().filter(|(of, _)| *of == part) {
            if let Hook::Object(change) = hook {
                change(&mut object, &self.world);
            }
        }
        object
    }

    pub fn tenant_certificate(&self, part: Part, key: Who, purpose: u64) -> Vec<u8> {
        let payload = self.encode(
            part,
            map([
                (1, Some(bytes(self.world.draw::<16>("tenant")))),
                (2, Some(uint(purpose))),
                (3, Some(bytes(self.world.key(key).as_bytes()))),
                (4, Some(uint(NOW - DAY))),
                (5, Some(uint(NOW + 3_650 * DAY))),
            ]),
        );
        self.sign(part, Cose::new("tenant-certificate", Who::Root, true, payload))
    }

    pub fn licensor(&self, tenant: &[u8; 16]) -> Vec<u8> {
        let payload = self.encode(
            Part::Licensor,
            map([
                (1, Some(bytes(self.world.draw::<16>("serial")))),
                (2, Some(bytes(tenant))),
                (3, Some(bytes(self.world.draw::<16>("publisher")))),
                (4, Some(text("janet@contoso.example"))),
                (5, Some(bytes(self.world.key(Who::Publisher).as_bytes()))),
                (6, Some(uint(NOW - 3_600))),
                (7, Some(uint(NOW + 365 * DAY))),
                (8, Some(uint(3))),
            ]),
        );
        self.sign(
            Part::Licensor,
            Cose::new("licensor-certificate", Who::Licensor, false, payload),
        )
    }

    fn policy(&self) -> Item {
        let reader = array([uint(1), text("p.dover@fabrikam.example"), uint(self.rights)]);
        map([
            (1, Some(text("janet@contoso.example"))),
            (3, Some(array([reader]))),
            (6, Some(uint(7 * DAY))),
        ])
    }

    fn seal_policy(&self, policy: &[u8], content_id: &[u8; 16], tenant: &[u8; 16]) -> Vec<u8> {
        let mut padded = policy.to_vec();
        padded.resize(policy.len().next_power_of_two().max(512), 0);
        self.bend_bytes(Part::Padded, &mut padded);
        let aad = [&b"clausa/v1/policy"[..], content_id, tenant].concat();
        let tag = AeadKey::new(&self.world.draw("policy key"))
            .and_then(|key| key.seal_in_place(&[0; 12], &aad, &mut padded))
            .expect("a policy can be sealed");
        padded.extend(tag);
        self.bend_bytes(Part::PolicySealed, &mut padded);
        padded
    }

    fn wrap(&self, number: usize, wrap: &Wrap, bind: &[u8; 32]) -> Item {
        let content_key: [u8; 32] = self.world.draw("content key");
        let policy_key: [u8; 32] = self.world.draw("policy key");
        let mut block = [&[1][..], &content_key, &policy_key, bind].concat();
        if let Some(change) = wrap.block {
            change(&mut block);
        }
        let mut aad = *bind;
        if let Some(change) = wrap.aad {
            change(&mut aad);
        }
        let public = self.wrapping_key(wrap);
        let mut rng = self.world.rng(&format!("wrap {number}"));
        let mut ciphertext = match wrap.suite {
            1 => rsa_oaep(public.as_bytes(), &block, &mut rng),
            suite => {
                let kem = kem_of(suite);
                let key = HpkePublicKey::from_bytes(kem, public.as_bytes()).expect("a wrapping key");
                hpke::seal(&key, wrap.info, &aad, &block, &mut rng).expect("a block can be wrapped")
            }
        };
        if let Some(change) = wrap.ciphertext {
            change(&mut ciphertext);
        }
        array([
            bytes(public.kid().as_bytes()),
            uint(wrap.suite),
            bytes(ciphertext),
        ])
    }

    /// The public key of a wrap.
    fn wrapping_key(&self, wrap: &Wrap) -> WrappingPublicKey {
        let (suite, encoded) = match wrap.suite {
            1 => (Suite::RsaOaep, crate::rsa_keys::public(wrap.key).to_vec()),
            2 => (
                Suite::P256,
                self.wrapping_secret(wrap).public().as_bytes().to_vec(),
            ),
            _ => (
                Suite::MlKem768X25519,
                self.wrapping_secret(wrap).public().as_bytes().to_vec(),
            ),
        };
        WrappingPublicKey::from_bytes(suite, &encoded).expect("a wrapping key")
    }

    /// The private key of a wrap of suite 2 or 3.
    pub fn wrapping_secret(&self, wrap: &Wrap) -> hpke::HpkePrivateKey {
        self.world.hpke(wrap.key, kem_of(wrap.suite))
    }

    fn body(&self, digest: &[u8; 32]) -> (Body, Floe) {
        let inner = self.encode(Part::Inner, map([(1, Some(text("letter.md")))]));
        let content = self.content.bytes();
        let mut stream = [&(inner.len() as u32).to_be_bytes()[..], &inner, &content].concat();
        self.bend_bytes(Part::Stream, &mut stream);
        let mut floe = Floe {
            parameters: Floe::PARAMETERS,
            iv: self.world.draw("iv"),
            key: body_key(&self.world.draw::<32>("content key"), b"clausa/v1/body-key"),
            aad: [&b"clausa/v1/body"[..], digest].concat(),
        };
        if let Some(change) = self.floe {
            change(&mut floe);
        }
        let usual = || vec![FULL; stream.len().div_ceil(FULL)];
        let division = self.division.clone().unwrap_or_else(usual);
        let (mut rest, count) = (stream.as_slice(), division.len());
        let mut segments = Vec::new();
        for (number, length) in division.into_iter().enumerate() {
            let last = number + 1 == count;
            let plaintext;
            (plaintext, rest) = rest.split_at(length.min(rest.len()));
            let nonce = self.world.draw(&format!("nonce {number}"));
            let field = Floe::field(last, plaintext.len());
            segments.push(floe.segment(number as u64, last, nonce, plaintext, field));
        }
        let header = floe.header();
        (Body { header, segments }, floe)
    }

    fn end(&self, head: &[u8], body: &Body, grant: Option<&[u8]>) -> Vec<u8> {
        let all = body.segments.concat();
        let mut tree = LeafTree::new();
        let mut list = Vec::new();
        for (index, leaf) in all.chunks(LEAF * SEGMENT).enumerate() {
            let digest = digest_leaf(index as u64, leaf);
            list.extend(digest.chaining_value);
            tree.push(digest);
        }
        if tree.count() < 2 {
            list.clear();
        }
        self.bend_bytes(Part::LeafList, &mut list);
        let payload = self.encode(
            Part::Seal,
            map([
                (1, Some(bytes(sha256(&[head, &body.header])))),
                (2, Some(bytes(tree.root().unwrap_or_default()))),
                (3, Some(uint(body.length() as u64))),
                (4, Some(uint(self.edited.into()))),
                (5, Some(uint(Self::sealed_at()))),
                (6, grant.filter(|_| self.edited).map(bytes)),
            ]),
        );
        let signer = if self.edited { Who::Reader } else { Who::Publisher };
        let seal = self.sign(Part::Seal, Cose::new("seal", signer, false, payload));
        let length = (seal.len() + list.len()) as u64;
        let mut tail = [&length.to_be_bytes()[..], b"CLSSEAL1"].concat();
        self.bend_bytes(Part::Tail, &mut tail);
        [seal, list, tail].concat()
    }

    fn edit_grant(&self, tenant: &[u8; 16], digest: &[u8; 32]) -> Option<Vec<u8>> {
        if !self.edited {
            return None;
        }
        let payload = self.encode(
            Part::EditGrant,
            map([
                (1, Some(bytes(tenant))),
                (2, Some(bytes(digest))),
                (3, Some(bytes(self.world.draw::<16>("reader")))),
                (4, Some(text("p.dover@fabrikam.example"))),
                (5, Some(bytes(self.world.key(Who::Reader).as_bytes()))),
                (6, Some(uint(2))),
                (7, Some(uint(NOW))),
                (8, Some(uint(Self::grant_expires()))),
            ]),
        );
        let grant = self.sign(
            Part::EditGrant,
            Cose::new("edit-grant", Who::Edit, false, payload),
        );
        let issuer = self.tenant_certificate(Part::EditIssuer, Who::Edit, 3);
        Some(self.encode(Part::EditPair, array([bytes(grant), bytes(issuer)])))
    }

    fn use_licence(
        &self,
        digest: &[u8; 32],
        content_id: &[u8; 16],
        tenant: &[u8; 16],
        grant: Option<Vec<u8>>,
    ) -> Vec<u8> {
        let world = &self.world;
        let device = world.key(Who::Reader).thumbprint().expect("a point of the curve");
        let mut item = map([
            (1, Some(bytes(world.draw::<16>("use licence")))),
            (2, Some(bytes(digest))),
            (3, Some(bytes(content_id))),
            (4, Some(bytes(tenant))),
            (5, Some(bytes(world.draw::<16>("reader")))),
            (6, Some(bytes(device.as_bytes()))),
            (7, Some(uint(self.rights))),
            (8, Some(uint(NOW))),
            (9, Some(uint(NOW + 30 * DAY))),
            (10, Some(uint(NOW + 7 * DAY))),
            (11, Some(uint(NOW))),
            (12, Some(uint(7))),
            (13, Some(bytes(world.draw::<16>("nonce")))),
            (16, grant.filter(|_| self.grant_in_use_licence).map(bytes)),
        ]);
        self.bend_item(Part::UseLicenceDraft, &mut item);
        let aad = sha256(&[&item.encode()]);
        item.set(14, bytes(self.seal_content_key(&aad)));
        let payload = self.encode(Part::UseLicence, item);
        self.sign(Part::UseLicence, Cose::new("ul", Who::Licence, false, payload))
    }

    fn seal_content_key(&self, aad: &[u8; 32]) -> Vec<u8> {
        let device = self.world.hpke(self.sealed_to, Kem::P256);
        let key: [u8; 32] = self.world.draw(self.sealed_content_key);
        let key = if self.sealed_content_key == "short" {
            &key[..31]
        } else {
            &key[..]
        };
        let mut rng = self.world.rng("sealed content key");
        hpke::seal(device.public(), b"clausa/v1/ul-seal", aad, key, &mut rng).expect("a key can be sealed")
    }
}

pub fn kem_of(suite: u64) -> Kem {
    if suite == 3 {
        Kem::MlKem768X25519
    } else {
        Kem::P256
    }
}

#[cfg(all(feature = "portable", not(feature = "aws-lc")))]
fn rsa_oaep(public: &[u8], block: &[u8], rng: &mut crate::seeded::Seeded) -> Vec<u8> {
    use clausa_core::hazmat::backends::portable::RsaPublicKey;
    let key = RsaPublicKey::from_spki(public).expect("a test key");
    key.encrypt(block, rng).expect("a block can be wrapped")
}

#[cfg(not(all(feature = "portable", not(feature = "aws-lc"))))]
fn rsa_oaep(_: &[u8], _: &[u8], _: &mut crate::seeded::Seeded) -> Vec<u8> {
    unreachable!("main refuses to run with AWS-LC")
}
