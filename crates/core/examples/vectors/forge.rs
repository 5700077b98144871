//! A reader who has the content key writes another text under the same licence and seals it himself: the attack that
//! encryption cannot stop and the seal does.

use std::error::Error;
use std::sync::Mutex;

use clausa_core::hazmat::body::{LeafSealer, LeafTree, leaf_length, plaintext_slots};
use clausa_core::hazmat::floe::FloeHeader;
use clausa_core::hazmat::hpke::{self, HpkePrivateKey, Kem};
use clausa_core::hazmat::{backends::sha256, labels};
use clausa_core::id::KeyId;
use clausa_core::keys::{KeyBlock, KeyUnwrapper, Signer, Suite, UnwrapFailed};
use clausa_core::prefix::PREFIX_LENGTH;
use minicbor::Encoder;

use crate::vector::{Vector, unwrap};
use crate::world::World;

pub fn reader_rewrites() -> Result<Vector, Box<dyn Error>> {
    let world = World::new("seal_by_a_reader", Suite::P256)?;
    let published = world.publish()?;
    let keys = unwrap(&world, &published)?;
    let content_key = steal(&world, &published)?;
    let use_licence = world.issue(published.licence().digest(), &published, &keys)?;
    let head = head_of(published.licence_bytes());

    // The plaintext stream: a length, the inner header {1: name}, the content.
    let content = b"The rent is half of what we said.";
    let mut inner = Vec::new();
    Encoder::new(&mut inner).map(1)?.u8(1)?.str("letter.md")?;
    let stream = [&u32::try_from(inner.len())?.to_be_bytes()[..], &inner, content].concat();

    let digest = sha256(&[&head]);
    let mut rng = world.rng.borrow_mut();
    let key = labels::derive_body_key(&content_key)?;
    let sealer = FloeHeader::create(&key, &labels::body_aad(&digest), &mut *rng)?;
    let mut leaf = vec![0; leaf_length(stream.len())];
    let slots: Vec<_> = plaintext_slots(leaf.len()).collect();
    let [slot] = slots.as_slice() else {
        return Err("the text is longer than a segment".into());
    };
    leaf[slot.clone()].copy_from_slice(&stream);
    let mut tree = LeafTree::new();
    tree.push(LeafSealer::new(&sealer).seal_in_place(0, true, &mut leaf, &mut *rng)?);
    drop(rng);

    let body = [sealer.header().as_bytes().as_slice(), &leaf].concat();
    let header_digest = sha256(&[&head, sealer.header().as_bytes()]);
    let root = tree.root().ok_or("one leaf is a tree")?;
    let seal_with_revision = |revision: u8| -> Result<Vec<u8>, Box<dyn Error>> {
        let mut payload = Vec::new();
        Encoder::new(&mut payload)
            .map(5)?
            .u8(1)?
            .bytes(&header_digest)?
            .u8(2)?
            .bytes(&root)?
            .u8(3)?
            .u64(body.len() as u64)?
            .u8(4)?
            .u8(revision)?
            .u8(5)?
            .u64(world.sealed_at().seconds())?;
        sign(&payload, &world.colleague)
    };
    // The first one whose `s` is the lower: the only thing wrong with the signature shall be whose it is.
    let mut seal = seal_with_revision(0)?;
    for revision in 1.. {
        if seal[seal.len() - 32] < 0x7f {
            break;
        }
        seal = seal_with_revision(revision)?;
    }
    let tail = [&(seal.len() as u64).to_be_bytes()[..], b"CLSSEAL1"].concat();
    let file = [head, body, seal, tail].concat();
    Ok(Vector::new(&world, file, &use_licence, "letter.md", content)?
        .expect("altered-seal")
        .requirement("SEC-14")
        .comment(
            "A reader writes another text under the same licence and seals it with his own device's key.",
        ))
}

fn head_of(licence: &[u8]) -> Vec<u8> {
    let mut head = vec![0x89, 0x43, 0x4c, 0x53, 0x0d, 0x0a, 0x1a, 0x0a, 1, 0, 0, 0];
    head.extend_from_slice(&(licence.len() as u32).to_be_bytes());
    debug_assert_eq!(head.len(), PREFIX_LENGTH);
    head.extend_from_slice(licence);
    head
}

/// COSE_Sign1 over a seal's payload, as the format has it, by whatever key.
fn sign(payload: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, Box<dyn Error>> {
    let protected = [0xa1, 1, 0x28];
    let mut message = Vec::new();
    Encoder::new(&mut message)
        .array(4)?
        .str("Signature1")?
        .bytes(&protected)?
        .bytes(labels::SEAL)?
        .bytes(payload)?;
    let signature = signer.sign(&message)?;
    let mut object = Vec::new();
    Encoder::new(&mut object)
        .array(4)?
        .bytes(&protected)?
        .map(0)?
        .bytes(payload)?
        .bytes(&signature.0)?;
    Ok(object)
}

/// Looks at the key block while it is unwrapped: what a reader's changed program would do.
struct Thief {
    key: HpkePrivateKey,
    kid: KeyId,
    seen: Mutex<Vec<u8>>,
}

impl KeyUnwrapper for Thief {
    fn kid(&self) -> KeyId {
        self.kid
    }

    fn suite(&self) -> Suite {
        Suite::P256
    }

    fn unwrap(&self, bind: &[u8; 32], ciphertext: &[u8]) -> Result<KeyBlock, UnwrapFailed> {
        let block = hpke::open(&self.key, labels::WRAP, bind, ciphertext).map_err(|_| UnwrapFailed)?;
        self.seen
            .lock()
            .map_err(|_| UnwrapFailed)?
            .extend_from_slice(&block);
        KeyBlock::parse(&block, bind)
    }
}

fn steal(world: &World, published: &clausa_core::publishing::Published) -> Result<[u8; 32], Box<dyn Error>> {
    let secret = world.unwrapper.expose_secret_for_sealing()?;
    let thief = Thief {
        key: HpkePrivateKey::from_bytes(Kem::P256, secret.as_slice().try_into()?)?,
        kid: world.unwrapper.public().kid(),
        seen: Mutex::default(),
    };
    let anchors = clausa_core::certificate::TrustAnchors::new(world.root.verifying_key());
    published
        .licence()
        .clone()
        .verify(&anchors)?
        .unwrap_keys(&[&thief])?;
    let seen = thief.seen.lock().map_err(|_| "the thief was caught")?;
    Ok(seen[1..33].try_into()?)
}
