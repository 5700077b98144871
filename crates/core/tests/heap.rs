//! SEC-17, clauses 1.4 and 11.1: no input of 1 MiB takes more than 8 MiB, whatever it promises. Every byte that is
//! allocated is counted, so this test is alone in its program.
//!
//! `CLAUSA_CASES=20000 cargo test --release -p clausa-core --test heap -- --nocapture` grows so many structures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../../../fuzz/targets.rs"]
#[allow(dead_code, unused_imports)]
mod targets;

#[path = "format/world.rs"]
#[allow(dead_code)]
mod world;

use std::path::Path;
use std::sync::LazyLock;

use clausa_core::certificate::Purpose;
use clausa_core::keys::Suite;
use clausa_core::open::VerifiedHeader;
use clausa_core::publishing::PublishingLicence;
use clausa_core::use_licence::UseLicence;
use minicbor::bytes::ByteVec;
use peak_alloc::PeakAlloc;

use crate::world::WORLD;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;
const LIMIT: usize = 8 * MIB;

/// Something that reads bytes from outside.
struct Reader {
    name: &'static str,
    /// The folder of genuine inputs and near misses.
    corpus: &'static str,
    /// Puts an input where it is read, which is not counted.
    place: fn(&[u8]) -> Vec<u8>,
    read: fn(&[u8]) -> bool,
}

/// The fuzzer's targets that take bytes as they come, and the payloads within signed objects: a reader takes those apart
/// before it can know whose signature it is.
const READERS: [Reader; 9] = [
    Reader {
        name: "prefix",
        corpus: "prefix",
        place: <[u8]>::to_vec,
        read: targets::prefix,
    },
    Reader {
        name: "publishing licence",
        corpus: "publishing_licence",
        place: <[u8]>::to_vec,
        read: targets::publishing_licence,
    },
    Reader {
        name: "core",
        corpus: "core_map",
        place: with_core,
        read: |bytes| PublishingLicence::parse(bytes).is_ok(),
    },
    Reader {
        name: "wraps",
        corpus: "core_map",
        place: with_wraps,
        read: |bytes| PublishingLicence::parse(bytes).is_ok(),
    },
    Reader {
        name: "policy",
        corpus: "policy",
        place: <[u8]>::to_vec,
        read: targets::policy,
    },
    Reader {
        name: "use licence",
        corpus: "use_licence",
        place: signed,
        read: read_use_licence,
    },
    Reader {
        name: "certificate",
        corpus: "certificate",
        place: <[u8]>::to_vec,
        read: targets::certificate,
    },
    Reader {
        name: "body",
        corpus: "floe",
        place: <[u8]>::to_vec,
        read: targets::floe,
    },
    Reader {
        name: "file",
        corpus: "open",
        place: <[u8]>::to_vec,
        read: targets::open,
    },
];

static HEADER: LazyLock<VerifiedHeader> =
    LazyLock::new(|| WORLD.header(&WORLD.protect(Suite::P256, b"text")).unwrap());

fn read_use_licence(bytes: &[u8]) -> bool {
    let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
    UseLicence::parse_verify(bytes, certificate, &HEADER, &WORLD.expected(&WORLD.dover)).is_ok()
}

/// Core and wraps of a genuine licence.
fn payload() -> [ByteVec; 2] {
    let mut decoder = minicbor::Decoder::new(HEADER.licence().bytes());
    decoder.array().unwrap();
    decoder.bytes().unwrap();
    decoder.map().unwrap();
    minicbor::decode(decoder.bytes().unwrap()).unwrap()
}

fn with_core(core: &[u8]) -> Vec<u8> {
    let [_, wraps] = payload();
    let core = core[..core.len().min(MIB - 2_000)].to_vec();
    signed(&minicbor::to_vec([ByteVec::from(core), wraps]).unwrap())
}

fn with_wraps(wraps: &[u8]) -> Vec<u8> {
    let [core, _] = payload();
    let wraps = wraps[..wraps.len().min(MIB - 2_000)].to_vec();
    signed(&minicbor::to_vec([core, wraps.into()]).unwrap())
}

#[test]
fn no_input_of_a_mebibyte_takes_more_than_eight() {
    let cases = std::env::var("CLAUSA_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(60);
    for reader in &READERS {
        let corpus = corpus(reader.corpus);
        // What is made once, such as keys, is not the input's.
        for bytes in &corpus {
            (reader.read)(&(reader.place)(bytes));
        }
        let mut worst = (0, String::new());
        let mut number = 0;
        let mut try_one = |what: &dyn Fn() -> String, bytes: &[u8]| {
            let taken = taken(reader, bytes);
            assert!(taken <= LIMIT, "{}: {taken} bytes for {}", reader.name, what());
            if taken > worst.0 {
                worst = (taken, what());
            }
            number += 1;
        };
        for byte in 0..=255 {
            try_one(&|| format!("{byte:02x} repeated"), &vec![byte; MIB]);
        }
        for (what, bytes) in packed() {
            try_one(&|| what.to_owned(), &bytes);
        }
        let mut random = Random(0x5eed);
        for case in 0..cases {
            let seed = &corpus[case % corpus.len()];
            let grown = random.grow(seed);
            assert!(grown.len() <= MIB);
            try_one(
                &|| format!("growth {case} of a corpus file of {} bytes", seed.len()),
                &grown,
            );
        }
        println!(
            "{}: {number} inputs, at most {} KiB, for {}",
            reader.name,
            worst.0 >> 10,
            worst.1
        );
    }
}

/// The most that was allocated at once while an input was read, beyond what was there before.
fn taken(reader: &Reader, bytes: &[u8]) -> usize {
    let input = (reader.place)(bytes);
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    (reader.read)(&input);
    HEAP.peak_usage().saturating_sub(before)
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let corpus: Vec<_> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!corpus.is_empty(), "{name}");
    corpus
}

/// CBOR within the limits that holds as many items as its bytes allow, and some beyond them.
fn packed() -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |head: &[u8], item: &[u8]| {
        let items = (MIB - head.len()) / item.len();
        [head, &item.repeat(items)].concat()
    };
    let full = |item: &[u8]| [&[0x99, 0x10, 0x00][..], &item.repeat(4_096)].concat();
    let nested = full(&[&[0x98, 0xf8][..], &[0x80; 248]].concat());
    vec![
        (
            "4 096 empty strings, again and again",
            repeated(&[], &full(&[0x40])),
        ),
        ("arrays of empty arrays", nested),
        (
            "arrays of empty maps",
            full(&[&[0x98, 0xf0][..], &[0xa0; 240]].concat()),
        ),
        (
            "4 096 numbers of nine bytes",
            full(&[0x1b, 1, 2, 3, 4, 5, 6, 7, 8]),
        ),
        (
            "maps of one",
            repeated(&[0xb9, 0x10, 0x00], &[0x01, 0xa1, 0x01, 0x00]),
        ),
        (
            "strings of 64 KiB",
            repeated(&[0x90], &[&[0x5a, 0, 1, 0, 0][..], &[7; 65_536]].concat()),
        ),
        (
            "a string of 1 MiB",
            [&[0x5a, 0, 0x0f, 0xff, 0xfb][..], &[0x81; MIB - 5]].concat(),
        ),
        ("a signed object around zeros", signed(&[0; MIB - 100])),
        ("a signed object around arrays", signed(&[0x81; MIB - 100])),
        ("a signed object around 4 096 items", signed(&full(&[0x58, 0xf8]))),
        (
            "promises: an array of 2^32",
            repeated(&[0x9a, 0xff, 0xff, 0xff, 0xff], &[0]),
        ),
        (
            "promises: a map of 2^64",
            repeated(&[0xbb, 255, 255, 255, 255, 255, 255, 255, 255], &[0]),
        ),
        (
            "promises: a string of 2^64",
            repeated(&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255], &[0]),
        ),
        ("without end", repeated(&[0x9f], &[0x5f])),
    ]
}

/// An object in form, with a signature of zeros.
fn signed(payload: &[u8]) -> Vec<u8> {
    let payload = minicbor::to_vec(ByteVec::from(payload.to_vec())).unwrap();
    [
        &[0x84, 0x43, 0xa1, 0x01, 0x32, 0xa0][..],
        &payload,
        &[0x58, 0x40],
        &[0; 64],
    ]
    .concat()
}

/// Draws, always the same.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    /// A genuine structure with much put in at one place, under a head that tells of it, up to 1 MiB.
    fn grow(&mut self, seed: &[u8]) -> Vec<u8> {
        let place = self.below(seed.len() + 1);
        let room = MIB.saturating_sub(seed.len() + 9);
        let length = [room, room / 2, 65_536, 4_096][self.below(4)].min(room);
        let item: &[u8] = [
            &[0][..],
            &[0x40],
            &[0x80],
            &[0xa0],
            &[0x61, b'a'],
            &[1, 0x40],
            &[0x81, 0],
        ][self.below(7)];
        let mut filling = item.repeat(length / item.len());
        let count = (filling.len() / [1, 2][self.below(2)]) as u32;
        let head = [0x58, 0x78, 0x98, 0xb8][self.below(4)] + 2;
        if self.below(4) > 0 {
            filling = [&[head][..], &count.to_be_bytes(), &filling].concat();
        }
        let kept = seed.len() - self.below(2) * self.below(seed.len() - place + 1).min(seed.len() - place);
        let mut grown = [&seed[..place], &filling, &seed[place.max(kept)..]].concat();
        if self.below(2) == 0 {
            // Let the length fields before it tell the truth, as far as two bytes before the place may be one.
            for at in place.saturating_sub(6)..place {
                if matches!(seed[at], 0x58 | 0x78 | 0x98 | 0xb8) {
                    grown[at] = seed[at] + 2;
                    grown.splice(at + 1..at + 2, ((filling.len() + 64) as u32).to_be_bytes());
                    break;
                }
            }
        }
        grown.truncate(MIB);
        grown
    }
}
