//! One authority, publisher and reader, and one file: `fuzz/scenario/`, made by `examples/scenario.rs`.

use std::sync::LazyLock;

use clausa_core::certificate::TrustAnchors;
use clausa_core::id::{AccountId, DeviceThumbprint};
use clausa_core::keys::{DeviceDecryptionKey, Signer};
use clausa_core::open::{OpenGrant, VerifiedHeader, read_header};
use clausa_core::use_licence::{Expected, UseLicence, VerifiedUseLicence};
use minicbor::Decoder;

use super::keys::{ACCOUNT, DEVICE, NONCE, NOW, device_key, payload, root_key};

/// The scenario, read.
pub struct Scenario {
    /// The root.
    pub anchors: TrustAnchors,
    /// The file's licence.
    pub header: VerifiedHeader,
    /// The file.
    pub file: Vec<u8>,
    /// Where its body ends.
    pub body_end: usize,
    /// The wraps of its licence.
    pub wraps: Vec<u8>,
    /// The payload of its seal.
    pub seal_payload: Vec<u8>,
    /// The reader's device.
    pub device: DeviceDecryptionKey,
    use_licence: Vec<u8>,
    certificate: Vec<u8>,
}

/// Read once.
pub static SCENARIO: LazyLock<Scenario> = LazyLock::new(|| {
    let file = include_bytes!("../scenario/file.clausa").to_vec();
    let anchors = TrustAnchors::new(root_key().verifying_key());
    let header = read_header(&file[..]).unwrap().verify(&anchors).unwrap();
    let mut licence = Decoder::new(payload(header.licence().bytes()));
    licence.array().unwrap();
    licence.bytes().unwrap();
    let wraps = licence.bytes().unwrap().to_vec();
    let (rest, _tail_magic) = file.split_last_chunk::<8>().unwrap();
    let (rest, seal_length) = rest.split_last_chunk::<8>().unwrap();
    let body_end = rest.len() - u64::from_be_bytes(*seal_length) as usize;
    let seal_payload = payload(&rest[body_end..]).to_vec();
    Scenario {
        anchors,
        header,
        body_end,
        wraps,
        seal_payload,
        file,
        device: device_key(),
        use_licence: include_bytes!("../scenario/use_licence").to_vec(),
        certificate: include_bytes!("../scenario/licence_certificate").to_vec(),
    }
});

impl Scenario {
    /// The reader's checks of a use licence.
    pub fn verify(&self, use_licence: &[u8]) -> Option<VerifiedUseLicence> {
        let expected = Expected {
            anchors: &self.anchors,
            device: DeviceThumbprint::from_slice(&DEVICE).unwrap(),
            subject: AccountId::from_slice(&ACCOUNT).unwrap(),
            nonce: Some(NONCE),
            minimum_epoch: 5,
            clock_floor: NOW,
            now: NOW,
        };
        UseLicence::parse_verify(use_licence, &self.certificate, &self.header, &expected).ok()
    }

    /// The reader's genuine licence, opened.
    pub fn grant(&self) -> OpenGrant {
        self.verify(&self.use_licence)
            .unwrap()
            .unseal(&self.device)
            .unwrap()
    }

    /// The payload of the genuine use licence.
    pub fn use_licence_payload(&self) -> &[u8] {
        payload(&self.use_licence)
    }
}
