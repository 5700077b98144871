//! The primitives on the hot path: AES-256-GCM by size and backend, FLOE segments both ways, the key wraps
//! of all suites both ways.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::Duration;

use clausa_benches::{CpuTime, criterion};
use clausa_core::hazmat::backends::{RsaSize, aws_lc, portable};
use clausa_core::hazmat::floe::{
    FloeHeader, FloeKey, Position, SEGMENT_LENGTH, SEGMENT_PLAINTEXT_LENGTH, SecretBytes,
};
use clausa_core::hazmat::hpke::{self, HpkePrivateKey, Kem};
use clausa_core::random::SystemRandom;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// From a policy's bucket to a whole leaf.
const SIZES: [usize; 4] = [512, 4_096, 65_536, 1_048_576];

fn aead(criterion: &mut Criterion<CpuTime>) {
    let (key, nonce, aad) = ([7; 32], [9; 12], [3; 9]);
    let native = aws_lc::AeadKey::new(&key).unwrap();
    let pure = portable::AeadKey::new(&key).unwrap();
    let mut group = criterion.benchmark_group("aes-256-gcm seal");
    for size in SIZES {
        let mut buffer = vec![0; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::new("aws-lc", size), &size, |bencher, _| {
            bencher.iter(|| {
                native
                    .seal_in_place(&nonce, &aad, black_box(&mut buffer))
                    .unwrap()
            });
        });
        group.bench_with_input(BenchmarkId::new("portable", size), &size, |bencher, _| {
            bencher.iter(|| pure.seal_in_place(&nonce, &aad, black_box(&mut buffer)).unwrap());
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("aes-256-gcm open");
    for size in SIZES {
        let mut buffer = vec![0; size];
        let tag = native.seal_in_place(&nonce, &aad, &mut buffer).unwrap();
        group.throughput(Throughput::Bytes(size as u64));
        // Opening leaves the plaintext, so each time begins with the ciphertext: a copy is measured too.
        let mut place = vec![0; size];
        group.bench_with_input(BenchmarkId::new("aws-lc", size), &buffer, |bencher, sealed| {
            bencher.iter(|| {
                place.copy_from_slice(sealed);
                native
                    .open_in_place(&nonce, &aad, black_box(&mut place), &tag)
                    .unwrap();
            });
        });
        group.bench_with_input(BenchmarkId::new("portable", size), &buffer, |bencher, sealed| {
            bencher.iter(|| {
                place.copy_from_slice(sealed);
                pure.open_in_place(&nonce, &aad, black_box(&mut place), &tag)
                    .unwrap();
            });
        });
    }
    group.finish();
}

fn floe(criterion: &mut Criterion<CpuTime>) {
    let key = || FloeKey::new(SecretBytes::from_bytes(&[5; 32]));
    let aad = [1; 32];
    let mut group = criterion.benchmark_group("floe");
    group.bench_function("header create", |bencher| {
        let key = key();
        bencher.iter(|| FloeHeader::create(&key, black_box(&aad), &mut SystemRandom).unwrap());
    });
    let sealer = FloeHeader::create(&key(), &aad, &mut SystemRandom).unwrap();
    group.bench_function("header verify", |bencher| {
        let key = key();
        bencher.iter(|| sealer.header().verify(&key, black_box(&aad)).unwrap());
    });

    group.throughput(Throughput::Bytes(SEGMENT_PLAINTEXT_LENGTH as u64));
    let mut segment = vec![0; SEGMENT_LENGTH];
    group.bench_function("segment seal", |bencher| {
        let mut worker = sealer.worker();
        bencher.iter(|| {
            worker
                .seal_segment_in_place(Position::inner(3), black_box(&mut segment), &mut SystemRandom)
                .unwrap();
        });
    });
    sealer
        .worker()
        .seal_segment_in_place(Position::inner(3), &mut segment, &mut SystemRandom)
        .unwrap();
    let opener = sealer.header().verify(&key(), &aad).unwrap();
    group.bench_function("segment open", |bencher| {
        let mut worker = opener.worker();
        bencher.iter_batched_ref(
            || segment.clone(),
            |segment| {
                worker
                    .open_segment_in_place(Position::inner(3), black_box(segment))
                    .unwrap()
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn wraps(criterion: &mut Criterion<CpuTime>) {
    let (info, aad, block) = (b"bench".as_slice(), [2; 32], [4; 97]);
    let mut group = criterion.benchmark_group("wrap");
    for kem in [Kem::P256, Kem::MlKem768X25519] {
        let private = HpkePrivateKey::generate(kem, &mut SystemRandom).unwrap();
        let name = format!("{kem:?}");
        group.bench_function(BenchmarkId::new("seal", &name), |bencher| {
            bencher.iter(|| {
                hpke::seal(private.public(), info, &aad, black_box(&block), &mut SystemRandom).unwrap()
            });
        });
        let sealed = hpke::seal(private.public(), info, &aad, &block, &mut SystemRandom).unwrap();
        group.bench_function(BenchmarkId::new("open", &name), |bencher| {
            bencher.iter(|| hpke::open(&private, info, &aad, black_box(&sealed)).unwrap());
        });
    }
    let private = aws_lc::RsaPrivateKey::generate(RsaSize::Bits3072).unwrap();
    let spki = private.public_spki().unwrap();
    let wrap = || {
        let key = aws_lc::RsaPublicKey::from_spki(black_box(&spki)).unwrap();
        key.encrypt(&block, &mut SystemRandom).unwrap()
    };
    group.bench_function(BenchmarkId::new("seal", "RSA-3072"), |bencher| bencher.iter(wrap));
    let sealed = wrap();
    group.bench_function(BenchmarkId::new("open", "RSA-3072"), |bencher| {
        bencher.iter(|| private.decrypt(black_box(&sealed)).unwrap());
    });
    group.finish();
}

criterion_group! { name = primitives; config = criterion(12, Duration::from_millis(400)); targets = aead, floe, wraps }
criterion_main!(primitives);
