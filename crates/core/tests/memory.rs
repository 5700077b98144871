//! Memory does not grow with the file: what the operating system has seen at most is the witness.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "format/world.rs"]
#[allow(dead_code)]
mod world;

use std::fs::File;
use std::io::{BufReader, Read, Write};

use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::open::{SeekableReader, StreamReader, read_header};
use clausa_core::protect::ProtectWriter;
use clausa_core::publishing::{LicenceError, PublishingLicence};
use clausa_core::random::SystemRandom;
use minicbor::{Decoder, Encoder};

use crate::world::{NOW, WORLD};

const MIB: usize = 1 << 20;
/// Bytes of content: many times what may be used.
const LENGTH: usize = 96 * MIB;

/// The most memory this process has had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1_024
}

/// One test, because tests of one process share its memory.
/// Clause 1.4.3.
#[test]
fn memory_stays_bounded() {
    let path = std::env::temp_dir().join(format!("clausa-memory-{}.clausa", std::process::id()));
    let guard = Remove(path.clone());
    let small = WORLD.protect(Suite::P256, b"everything that is needed once");
    WORLD.grant(&WORLD.header(&small).unwrap());

    let before = peak();
    let mut rng = SystemRandom;
    let inner = InnerHeader::named("large").unwrap().with_size(LENGTH as u64);
    let file = File::create(&path).unwrap();
    let mut writer = ProtectWriter::new(WORLD.publish(Suite::P256), &inner, file, &mut rng).unwrap();
    let chunk = vec![7; 256 << 10];
    for _ in 0..LENGTH / chunk.len() {
        writer.write_all(&chunk).unwrap();
    }
    writer.finish(&WORLD.janet.signer, NOW).unwrap();
    let protecting = peak() - before;

    let open = || {
        let mut file = File::open(&path).unwrap();
        let header = read_header(&mut file).unwrap().verify(&WORLD.anchors).unwrap();
        let grant = WORLD.grant(&header);
        (file, header, grant)
    };
    let drain = |reader: &mut dyn Read| {
        let (mut buffer, mut total) = (vec![0; 256 << 10], 0);
        loop {
            match reader.read(&mut buffer).unwrap() {
                0 => return total,
                read => total += read,
            }
        }
    };
    let before = peak();
    let (file, header, grant) = open();
    assert_eq!(
        drain(&mut SeekableReader::open(file, header, grant).unwrap()),
        LENGTH
    );
    let (file, header, grant) = open();
    let mut stream = StreamReader::new(BufReader::new(file), header, grant).unwrap();
    assert_eq!(drain(&mut stream), LENGTH);
    stream.finish().unwrap();
    let opening = peak() - before;

    // SEC-17: a licence of the largest size, whose bytes promise as much as they can.
    let before = peak();
    for filler in [0x00, 0x40, 0x60, 0x80, 0x81, 0x84, 0xa0, 0x9b, 0x5b] {
        let mut bytes = vec![filler; 1 << 20];
        bytes[..8].copy_from_slice(&[0x84, 0x43, 0xa1, 1, 0x32, 0xa0, 0x5a, 0]);
        bytes[8..11].copy_from_slice(&[0x0f, 0xff, 0xb2]);
        assert!(PublishingLicence::parse(&bytes).is_err());
    }
    let largest = largest_licence();
    assert!(largest.len() > (1 << 20) - 64);
    assert_eq!(
        PublishingLicence::parse(&largest),
        Err(LicenceError::UnknownCritical)
    );
    let parsing = peak() - before;
    drop(guard);

    println!(
        "protecting {} KiB, opening {} KiB, parsing {} KiB",
        protecting >> 10,
        opening >> 10,
        parsing >> 10
    );
    assert!(protecting < 6 * MIB, "{protecting}");
    assert!(opening < 6 * MIB, "{opening}");
    assert!(parsing < 8 * MIB, "{parsing}");
}

/// In form down to its last field, which is a critical name of nearly 1 MiB: every part is decoded and encoded again.
fn largest_licence() -> Vec<u8> {
    let licence = WORLD.publish(Suite::P256);
    let mut object = Decoder::new(licence.licence_bytes());
    object.array().unwrap();
    let protected = object.bytes().unwrap();
    object.map().unwrap();
    let mut payload = Decoder::new(object.bytes().unwrap());
    payload.array().unwrap();
    let (core, wraps) = (payload.bytes().unwrap(), payload.bytes().unwrap());
    let name = "x".repeat((1 << 20) - core.len() - wraps.len() - 128);
    let mut core = core.to_vec();
    assert_eq!(core[0], 0xa8);
    core[0] = 0xa9;
    Encoder::new(&mut core)
        .u8(10)
        .and_then(|e| e.array(1)?.str(&name)?.ok())
        .unwrap();
    let mut payload = Vec::new();
    Encoder::new(&mut payload)
        .array(2)
        .and_then(|e| e.bytes(&core)?.bytes(wraps)?.ok())
        .unwrap();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes)
        .array(4)
        .and_then(|e| e.bytes(protected)?.map(0)?.bytes(&payload)?.bytes(&[0; 64])?.ok())
        .unwrap();
    bytes
}

struct Remove(std::path::PathBuf);

impl Drop for Remove {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
