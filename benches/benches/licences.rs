//! Licences: what a publisher, an authority and a reader compute once for each file, by suite.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::Duration;

use clausa_benches::{CpuTime, World, criterion};
use clausa_core::keys::Suite;
use clausa_core::open::read_header;
use clausa_core::publishing::PublishingLicence;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn licences(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("licences");
    for suite in Suite::ALL {
        let world = World::new(suite).unwrap();
        let name = format!("suite {}", suite.number());
        let bytes = world.publish().unwrap().licence_bytes().to_vec();
        let verified = PublishingLicence::parse(&bytes)
            .unwrap()
            .verify(&world.anchors)
            .unwrap();
        let keys = verified.unwrap_keys(&[&world.unwrapper]).unwrap();
        let file = world.protect(b"content").unwrap();
        let licence = read_header(file.as_slice())
            .unwrap()
            .verify(&world.anchors)
            .unwrap();
        let use_licence = world.issue(licence.verified_licence()).unwrap();

        group.bench_function(BenchmarkId::new("publish", &name), |bencher| {
            bencher.iter(|| world.publish().unwrap());
        });
        group.bench_function(BenchmarkId::new("parse and verify", &name), |bencher| {
            bencher.iter(|| {
                PublishingLicence::parse(black_box(&bytes))
                    .unwrap()
                    .verify(&world.anchors)
                    .unwrap()
            });
        });
        group.bench_function(BenchmarkId::new("unwrap", &name), |bencher| {
            bencher.iter(|| black_box(&verified).unwrap_keys(&[&world.unwrapper]).unwrap());
        });
        group.bench_function(BenchmarkId::new("read policy", &name), |bencher| {
            bencher.iter(|| verified.policy(black_box(&keys.policy_key)).unwrap());
        });
        group.bench_function(BenchmarkId::new("issue use licence", &name), |bencher| {
            bencher.iter(|| world.issue_with(black_box(&verified), &keys).unwrap());
        });
        group.bench_function(BenchmarkId::new("reader until first byte", &name), |bencher| {
            bencher.iter(|| world.unlock(black_box(&file), &use_licence).unwrap());
        });
    }
    group.finish();
}

criterion_group! { name = all; config = criterion(12, Duration::from_millis(400)); targets = licences }
criterion_main!(all);
