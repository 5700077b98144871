//! Files that are larger than memory should be used for: 1 GiB through streams, and 4 KiB anywhere in 10 GiB.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use clausa_benches::{CpuTime, NOW, World, criterion};
use clausa_core::hazmat::body::{LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH, leaf_length, plaintext_slots};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::open::{SeekableReader, StreamReader, read_header};
use clausa_core::protect::{FileSealer, ProtectWriter};
use clausa_core::random::SystemRandom;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const GIB: u64 = 1 << 30;
/// Places in the 10 GiB that are read.
const PLACES: u64 = 64;

/// One GiB that is made while it is read.
fn generated() -> impl Read {
    io::repeat(0x5c).take(GIB)
}

fn one_gib(criterion: &mut Criterion<CpuTime>) {
    let world = World::new(Suite::MlKem768X25519).unwrap();
    let mut group = criterion.benchmark_group("1 GiB as a stream");
    group.throughput(Throughput::Bytes(GIB));
    let protect = |out: &mut dyn Write| {
        let mut rng = SystemRandom;
        let inner = InnerHeader::named("content").unwrap();
        let mut writer = ProtectWriter::new(world.publish().unwrap(), &inner, out, &mut rng).unwrap();
        io::copy(
            &mut generated(),
            &mut BufWriter::with_capacity(256 << 10, &mut writer),
        )
        .unwrap();
        writer.finish(&world.publisher, NOW).unwrap();
    };
    group.bench_function("protect", |bencher| bencher.iter(|| protect(&mut io::sink())));

    let path = std::env::temp_dir().join(format!("clausa-bench-{}", std::process::id()));
    protect(&mut File::create_new(&path).unwrap());
    let file = File::open(&path).unwrap();
    // It goes away with the process, however that ends.
    std::fs::remove_file(&path).unwrap();
    let header = read_header(&file).unwrap().verify(&world.anchors).unwrap();
    let use_licence = world.issue(header.verified_licence()).unwrap();
    group.bench_function("open, read from a file", |bencher| {
        bencher.iter(|| {
            (&file).rewind().unwrap();
            let mut source = BufReader::with_capacity(256 << 10, &file);
            let (header, grant) = world.unlock_from(&mut source, &use_licence).unwrap();
            let mut reader = StreamReader::new(source, header, grant).unwrap();
            io::copy(&mut reader, &mut io::sink()).unwrap();
            reader.finish().unwrap()
        });
    });
    group.finish();
}

/// A protected file of which only some leaves are kept, beside everything before and after the leaves. Whatever is read
/// of it is what was sealed; the rest of its 10 GiB would only be in the way.
struct Kept {
    head: Vec<u8>,
    leaves: HashMap<u64, Vec<u8>>,
    body_end: u64,
    end: Vec<u8>,
    position: u64,
}

impl Read for Kept {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let part = if self.position < head {
            &self.head[self.position as usize..]
        } else if self.position < self.body_end {
            let place = self.position - head;
            let leaf = self.leaves.get(&(place / LEAF_LENGTH as u64));
            let leaf = leaf.ok_or_else(|| io::Error::other("this leaf was not kept"))?;
            &leaf[(place % LEAF_LENGTH as u64) as usize..]
        } else {
            let place = (self.position - self.body_end) as usize;
            self.end.get(place..).unwrap_or_default()
        };
        let taken = part.len().min(out.len());
        out[..taken].copy_from_slice(&part[..taken]);
        self.position += taken as u64;
        Ok(taken)
    }
}

impl Seek for Kept {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.body_end + self.end.len() as u64;
        self.position = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        }
        .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// Seals 10 GiB, leaf by leaf, and keeps the leaves that will be read.
fn ten_gib(world: &World) -> Kept {
    let inner = InnerHeader::named("content").unwrap();
    let mut sealer = FileSealer::new(world.publish().unwrap(), &inner, &mut SystemRandom).unwrap();
    let inner = sealer.inner_header().to_vec();
    let length = inner.len() as u64 + 10 * GIB;
    let count = length.div_ceil(LEAF_PLAINTEXT_LENGTH as u64);
    let mut kept = Kept {
        head: sealer.head().to_vec(),
        leaves: HashMap::new(),
        body_end: sealer.head().len() as u64,
        end: Vec::new(),
        position: 0,
    };
    let mut workers = sealer.leaf_sealer();
    let mut leaf = vec![0x5c; LEAF_LENGTH];
    for index in 0..count {
        let is_last = index + 1 == count;
        if is_last {
            let rest = length - index * LEAF_PLAINTEXT_LENGTH as u64;
            leaf.truncate(leaf_length(rest as usize));
        }
        // The content does not matter, so it is the ciphertext of the leaf before; only the beginning does.
        if index == 0 {
            let slot = plaintext_slots(leaf.len()).next().unwrap();
            leaf[slot][..inner.len()].copy_from_slice(&inner);
        }
        let digest = workers
            .seal_in_place(index, is_last, &mut leaf, &mut SystemRandom)
            .unwrap();
        sealer.add_leaf(index, digest).unwrap();
        kept.body_end += leaf.len() as u64;
        if index == 0 || is_last || index % (count / PLACES) == 0 {
            kept.leaves.insert(index, leaf.clone());
        }
    }
    let end = sealer.finish(length, &world.publisher, NOW).unwrap();
    kept.end = [&end.seal, end.leaf_list.as_flattened(), &end.tail].concat();
    kept
}

fn random_reads(criterion: &mut Criterion<CpuTime>) {
    let world = World::new(Suite::MlKem768X25519).unwrap();
    let mut file = ten_gib(&world);
    let mut leaves: Vec<u64> = file.leaves.keys().copied().collect();
    leaves.sort_unstable();
    let header = read_header(&mut file).unwrap().verify(&world.anchors).unwrap();
    let use_licence = world.issue(header.verified_licence()).unwrap();
    file.rewind().unwrap();
    let (header, grant) = world.unlock_from(&mut file, &use_licence).unwrap();
    let mut reader = SeekableReader::open(file, header, grant).unwrap();
    // The last leaf is short, and every read goes to another leaf than the one before.
    leaves.pop();
    let mut places = leaves.iter().cycle();
    let mut out = [0; 4_096];
    let mut group = criterion.benchmark_group("10 GiB, seal checked once");
    group.bench_function("read 4 KiB anywhere", |bencher| {
        bencher.iter(|| {
            let leaf = places.next().unwrap();
            reader
                .seek(SeekFrom::Start(leaf * LEAF_PLAINTEXT_LENGTH as u64 + 500_000))
                .unwrap();
            reader.read_exact(black_box(&mut out)).unwrap();
        });
    });
    group.finish();
}

criterion_group! { name = streams; config = criterion(10, Duration::from_secs(5)); targets = one_gib }
criterion_group! { name = reads; config = criterion(20, Duration::from_secs(1)); targets = random_reads }
criterion_main!(streams, reads);
