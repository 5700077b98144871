//! Everybody who takes part: an authority's root, a tenant with its keys, a publisher, a reader, strangers.

use std::error::Error;
use std::sync::OnceLock;

use clausa_core::hazmat::hpke::{HpkePrivateKey, Kem};
use clausa_core::keys::{Signer as _, SoftwareSigner};

use crate::draw::Draw;

/// 2026-11-21T09:00:00Z.
pub const EPOCH: u64 = 1_795_251_600;

pub struct World {
    pub root: SoftwareSigner,
    /// Of another authority.
    pub other_root: SoftwareSigner,
    pub tenant: Vec<u8>,
    pub other_tenant: Vec<u8>,
    /// For the purposes 1 to 4.
    pub tenant_signers: [SoftwareSigner; 4],
    /// Their usual certificates, made when they are first wanted.
    pub certificates: [OnceLock<Vec<u8>>; 4],
    pub publisher: SoftwareSigner,
    /// Of the reader's device, which may edit.
    pub editor: SoftwareSigner,
    pub p256_wrap: HpkePrivateKey,
    pub hybrid_wrap: HpkePrivateKey,
    pub device_key: HpkePrivateKey,
    pub other_device_key: HpkePrivateKey,
    pub account: Vec<u8>,
}

impl World {
    pub fn new(seed: u64, number: u64) -> Result<Self, Box<dyn Error>> {
        let mut draw = Draw::new("world", seed, number);
        let signer = |draw: &mut Draw, p256: u64| {
            if draw.percent(p256) {
                SoftwareSigner::generate_p256(draw)
            } else {
                SoftwareSigner::generate_ed25519(draw)
            }
        };
        Ok(Self {
            root: signer(&mut draw, 30)?,
            other_root: signer(&mut draw, 30)?,
            tenant_signers: [
                signer(&mut draw, 30)?,
                signer(&mut draw, 30)?,
                signer(&mut draw, 30)?,
                signer(&mut draw, 30)?,
            ],
            certificates: Default::default(),
            publisher: signer(&mut draw, 70)?,
            editor: signer(&mut draw, 70)?,
            p256_wrap: HpkePrivateKey::generate(Kem::P256, &mut draw)?,
            hybrid_wrap: HpkePrivateKey::generate(Kem::MlKem768X25519, &mut draw)?,
            device_key: HpkePrivateKey::generate(Kem::P256, &mut draw)?,
            other_device_key: HpkePrivateKey::generate(Kem::P256, &mut draw)?,
            tenant: draw.bytes(16),
            other_tenant: draw.bytes(16),
            account: draw.bytes(16),
        })
    }

    /// Somebody else's key than `signer`.
    pub fn stranger(&self, signer: &SoftwareSigner) -> &SoftwareSigner {
        let same = signer.verifying_key() == self.editor.verifying_key();
        if same { &self.publisher } else { &self.editor }
    }
}
