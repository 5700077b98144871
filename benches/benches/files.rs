//! Whole files in memory, on one thread: protecting and opening from 4 KiB to 64 MiB, and the tree of hashes alone.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::io::{Read, sink};
use std::time::Duration;

use clausa_benches::{CpuTime, World, criterion};
use clausa_core::hazmat::body::{LEAF_LENGTH, digest_leaf};
use clausa_core::keys::Suite;
use clausa_core::open::{StreamReader, open_in_memory, read_header};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const SIZES: [usize; 5] = [4 << 10, 64 << 10, 1 << 20, 8 << 20, 64 << 20];

fn files(criterion: &mut Criterion<CpuTime>) {
    let world = World::new(Suite::MlKem768X25519).unwrap();
    let mut group = criterion.benchmark_group("files");
    for size in SIZES {
        let content: Vec<u8> = (0..size).map(|index| index as u8).collect();
        let file = world.protect(&content).unwrap();
        let use_licence = licensed(&world, &file);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::new("protect", size), &content, |bencher, content| {
            bencher.iter(|| world.protect(black_box(content)).unwrap());
        });
        group.bench_with_input(
            BenchmarkId::new("open in memory", size),
            &file,
            |bencher, file| {
                bencher.iter(|| {
                    let (header, grant) = world.unlock(file, &use_licence).unwrap();
                    open_in_memory(black_box(file), header, grant).unwrap()
                });
            },
        );
        group.bench_with_input(
            BenchmarkId::new("open as a stream", size),
            &file,
            |bencher, file| {
                bencher.iter(|| {
                    let (header, grant) = world.unlock(file, &use_licence).unwrap();
                    let mut reader = StreamReader::new(&file[header.length()..], header, grant).unwrap();
                    std::io::copy(&mut reader.by_ref(), &mut sink()).unwrap();
                    reader.finish().unwrap()
                });
            },
        );
    }
    group.finish();
}

/// A use licence for the file.
fn licensed(world: &World, file: &[u8]) -> Vec<u8> {
    let header = read_header(file).unwrap().verify(&world.anchors).unwrap();
    world.issue(header.verified_licence()).unwrap()
}

fn hashing(criterion: &mut Criterion<CpuTime>) {
    let leaf = vec![7; LEAF_LENGTH];
    let mut group = criterion.benchmark_group("blake3");
    group.throughput(Throughput::Bytes(leaf.len() as u64));
    group.bench_function("leaf", |bencher| {
        bencher.iter(|| digest_leaf(3, black_box(&leaf)))
    });
    group.finish();
}

criterion_group! { name = all; config = criterion(10, Duration::from_millis(1000)); targets = files, hashing }
criterion_main!(all);
