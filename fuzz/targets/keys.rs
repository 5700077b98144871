//! The keys and names of the one scenario. They are written here so that targets can sign what the fuzzer makes.

use clausa_core::keys::{DeviceDecryptionKey, SoftwareSigner};
use clausa_core::random::{Randomness, RandomnessFailed};
use clausa_core::time::Timestamp;
use minicbor::Decoder;

/// 2026-11-21T09:00:00Z.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);
/// The content of the file.
pub const CONTENT: &[u8] = b"What is said here stays here.";
/// The reader's account.
pub const ACCOUNT: [u8; 16] = *b"the reader's own";
/// The nonce of the reader's request.
pub const NONCE: [u8; 16] = *b"asked only once.";
/// The thumbprint of the reader's device.
pub const DEVICE: [u8; 32] = *b"the one device the reader has...";

/// The root's key.
pub fn root_key() -> SoftwareSigner {
    key(1)
}

/// The tenant's key for use licences.
pub fn licence_key() -> SoftwareSigner {
    key(3)
}

/// The publisher's key.
pub fn publisher_key() -> SoftwareSigner {
    key(4)
}

/// The reader's decryption key.
pub fn device_key() -> DeviceDecryptionKey {
    DeviceDecryptionKey::from_secret_bytes(&[5; 32]).unwrap()
}

/// One of the signing keys: Ed25519, whose signatures are the same with every backend.
pub fn key(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_secret_bytes(&[&[1], [seed; 32].as_slice()].concat()).unwrap()
}

/// The payload of a COSE_Sign1.
pub fn payload(object: &[u8]) -> &[u8] {
    let mut decoder = Decoder::new(object);
    decoder.array().unwrap();
    decoder.bytes().unwrap();
    decoder.map().unwrap();
    decoder.bytes().unwrap()
}

/// Bytes that count up: no randomness at all, so that a run can be repeated.
#[derive(Default)]
pub struct Counter(u8);

impl Randomness for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
        for byte in out {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}
