//! Files that cross between builds with different backends, by a folder (see the head of `properties.rs`).

use std::path::Path;

use clausa_core::certificate::{Purpose, TrustAnchors};
use clausa_core::id::{AccountId, DeviceThumbprint};
use clausa_core::keys::{DeviceDecryptionKey, Signer, Suite, VerifyingKey};
use clausa_core::open::{open_in_memory, read_header};
use clausa_core::use_licence::{Expected, UseLicence};
use minicbor::bytes::ByteVec;

use crate::world::{NOW, SUITES, WORLD, sample};

const LENGTHS: [usize; 4] = [0, 1_000, 70_000, (1 << 20) + 70_000];
const BACKEND: &str = if cfg!(feature = "aws-lc") {
    "native"
} else {
    "portable"
};

/// A file with all that opens it: root, use licence, its certificate, device, its key, account.
type Parcel = [ByteVec; 7];

fn pack(suite: Suite, length: usize) -> Parcel {
    let (world, dover) = (&*WORLD, &WORLD.dover);
    let file = world.protect(suite, &sample(length));
    let header = world.header(&file).unwrap();
    let licence = world.issue(&world.draft(&header, dover), &header, dover);
    let parts = [
        file,
        world.root.verifying_key().as_bytes().to_vec(),
        licence,
        world.tenant.certificate(Purpose::Licence).as_bytes().to_vec(),
        dover.device.as_bytes().to_vec(),
        dover.decryption.expose_secret_for_sealing().to_vec(),
        dover.account.as_bytes().to_vec(),
    ];
    parts.map(ByteVec::from)
}

fn unpack([file, root, licence, certificate, device, key, account]: &Parcel) -> Vec<u8> {
    let anchors = TrustAnchors::new(VerifyingKey::from_bytes(root).unwrap());
    let expected = Expected {
        anchors: &anchors,
        device: DeviceThumbprint::from_bytes(device.as_slice().try_into().unwrap()),
        subject: AccountId::from_bytes(account.as_slice().try_into().unwrap()),
        nonce: Some([7; 16]),
        minimum_epoch: 5,
        clock_floor: NOW,
        now: NOW,
    };
    let header = read_header(file.as_slice()).unwrap().verify(&anchors).unwrap();
    let grant = UseLicence::parse_verify(licence, certificate, &header, &expected).unwrap();
    let grant = grant
        .unseal(&DeviceDecryptionKey::from_secret_bytes(key).unwrap())
        .unwrap();
    open_in_memory(file, header, grant).unwrap().plaintext.to_vec()
}

fn open_all(folder: &Path) -> usize {
    let mut foreign = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some((length, backend)) = name
            .split_once('-')
            .map(|(length, rest)| (length.parse().unwrap(), rest))
        else {
            continue;
        };
        let parcel: Parcel = minicbor::decode(&std::fs::read(&path).unwrap()).unwrap();
        assert!(unpack(&parcel) == sample(length), "{name}");
        foreign += usize::from(!backend.starts_with(BACKEND));
    }
    foreign
}

/// Without a folder each file only comes back to the backend that made it.
#[test]
fn exchange() {
    let folder = std::env::var_os("CLAUSA_EXCHANGE");
    for suite in SUITES {
        for length in LENGTHS {
            let parcel = pack(*suite, length);
            assert!(unpack(&parcel) == sample(length));
            if let Some(folder) = &folder {
                let name = format!("{length}-{BACKEND}-{}", suite.number());
                std::fs::write(Path::new(folder).join(name), minicbor::to_vec(&parcel).unwrap()).unwrap();
            }
        }
    }
    if let Some(folder) = &folder {
        println!(
            "{BACKEND}: {} files of the other backend opened",
            open_all(Path::new(folder))
        );
    }
}
