//! Many small files: what one of 4 KiB costs the core, by suite, in a buffer that is used again.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::Duration;

use clausa_benches::{CpuTime, World, criterion};
use clausa_core::keys::{Signer, Suite};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const SIZE: usize = 4 << 10;

fn small(criterion: &mut Criterion<CpuTime>) {
    let content = vec![7; SIZE];
    let mut group = criterion.benchmark_group("small file");
    group.throughput(Throughput::Elements(1));
    for suite in Suite::ALL {
        let world = World::new(suite).unwrap();
        let mut out = Vec::new();
        let name = format!("suite {}", suite.number());
        group.bench_function(BenchmarkId::new("publish and protect 4 KiB", &name), |bencher| {
            bencher.iter(|| {
                out.clear();
                world.protect_into(black_box(&content), &mut out).unwrap();
            });
        });
        group.bench_function(BenchmarkId::new("of which the licence", &name), |bencher| {
            bencher.iter(|| world.publish().unwrap());
        });
    }
    let world = World::new(Suite::P256).unwrap();
    group.bench_function("of which one signature (two a file)", |bencher| {
        bencher.iter(|| world.publisher.sign(black_box(&content[..2_048])).unwrap());
    });
    group.finish();
}

criterion_group! { name = all; config = criterion(20, Duration::from_millis(700)); targets = small }
criterion_main!(all);
