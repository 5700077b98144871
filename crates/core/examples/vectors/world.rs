//! Everybody who takes part, and everything secret: derived from the vector's seed and what it is for, so that nothing
//! depends on the order in which things are asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use clausa_core::hazmat::hpke::{HpkePrivateKey, Kem};
use clausa_core::keys::{Signer as _, SoftwareSigner, VerifyingKey};
use clausa_core::random::Randomness as _;

use crate::seeded::Seeded;

/// 2026-11-21T09:00:00Z.
pub const NOW: u64 = 1_795_251_600;
pub const DAY: u64 = 86_400;

/// Somebody who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The authority's pinned root.
    Root,
    /// Another authority's.
    OtherRoot,
    /// The tenant's keys, one for each purpose.
    Licensor,
    Licence,
    Edit,
    Checkpoint,
    /// Devices.
    Publisher,
    Reader,
    Colleague,
}

impl Who {
    fn is_device(self) -> bool {
        matches!(self, Self::Publisher | Self::Reader | Self::Colleague)
    }
}

/// The kind of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ed25519,
    P256,
}

pub struct World {
    seed: String,
    /// Who has a key of another kind than usual.
    pub kinds: BTreeMap<Who, Kind>,
    keys: RefCell<BTreeMap<Who, Rc<SoftwareSigner>>>,
}

impl World {
    pub fn new(seed: &str) -> Self {
        Self {
            seed: seed.to_owned(),
            kinds: BTreeMap::new(),
            keys: RefCell::default(),
        }
    }

    /// Authorities and tenants have Ed25519 keys, devices P-256, unless a vector says otherwise.
    pub fn kind(&self, who: Who) -> Kind {
        let usual = if who.is_device() {
            Kind::P256
        } else {
            Kind::Ed25519
        };
        self.kinds.get(&who).copied().unwrap_or(usual)
    }

    pub fn signer(&self, who: Who) -> Rc<SoftwareSigner> {
        if let Some(signer) = self.keys.borrow().get(&who) {
            return Rc::clone(signer);
        }
        let mut rng = self.rng(&format!("{who:?}"));
        let signer = match self.kind(who) {
            Kind::Ed25519 => SoftwareSigner::generate_ed25519(&mut rng),
            Kind::P256 => SoftwareSigner::generate_p256(&mut rng),
        };
        let signer = Rc::new(signer.expect("a key can be drawn"));
        self.keys.borrow_mut().insert(who, Rc::clone(&signer));
        signer
    }

    pub fn key(&self, who: Who) -> VerifyingKey {
        self.signer(who).verifying_key()
    }

    /// Randomness for one purpose.
    pub fn rng(&self, purpose: &str) -> Seeded {
        Seeded::new(format!("{}/{purpose}", self.seed))
    }

    /// Random bytes of a name.
    pub fn draw<const N: usize>(&self, name: &str) -> [u8; N] {
        let mut out = [0; N];
        self.rng(name).fill(&mut out).expect("seeded randomness");
        out
    }

    /// A device's decryption key, or a wrapping key of suite 2 or 3.
    pub fn hpke(&self, name: &str, kem: Kem) -> HpkePrivateKey {
        HpkePrivateKey::generate(kem, &mut self.rng(name)).expect("a key can be drawn")
    }
}
