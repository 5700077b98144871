//! The portable backend beside AWS-LC, primitive by primitive. `benches/table.py` prints the ratios; the bound is 10.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::Duration;

use clausa_benches::{CpuTime, criterion};
use clausa_core::hazmat::backends::{RsaSize, aws_lc, portable};
use clausa_core::random::{Randomness, SystemRandom};
use criterion::{Criterion, criterion_group, criterion_main};

/// The same code with each backend, in a group of its own.
macro_rules! each_backend {
    ($criterion:ident, $($name:literal => |$backend:ident| $make:expr;)+) => {$(
        let mut group = $criterion.benchmark_group(concat!("backend ", $name));
        {
            use aws_lc as $backend;
            let mut run = $make;
            group.bench_function("aws-lc", |bencher| bencher.iter(&mut run));
        }
        {
            use portable as $backend;
            let mut run = $make;
            group.bench_function("portable", |bencher| bencher.iter(&mut run));
        }
        group.finish();
    )+};
}

fn secret() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes).unwrap();
    // Below the order of every group.
    bytes[0] = 1;
    bytes
}

fn backends(criterion: &mut Criterion<CpuTime>) {
    let (key, nonce, aad) = ([7; 32], [9; 12], [3; 9]);
    let message = vec![5; 2_048];
    let (scalar, other) = (secret(), secret());
    let rsa = aws_lc::RsaPrivateKey::generate(RsaSize::Bits3072).unwrap();
    let spki = rsa.public_spki().unwrap();
    let block = [4; 97];
    let mut seed = [0; 64];
    SystemRandom.fill(&mut seed).unwrap();
    each_backend! { criterion,
        "aes-256-gcm 64 KiB" => |backend| {
            let key = backend::AeadKey::new(&key).unwrap();
            let mut buffer = vec![0; 65_536];
            move || key.seal_in_place(&nonce, &aad, black_box(&mut buffer)).unwrap()
        };
        "aes-256-gcm 512 B with key" => |backend| {
            let mut buffer = vec![0; 512];
            move || backend::AeadKey::new(&key).unwrap().seal_in_place(&nonce, &aad, black_box(&mut buffer)).unwrap()
        };
        "hkdf-expand-sha384" => |backend| {
            let mut out = [0; 48];
            let message = &message;
            move || backend::hkdf_expand_sha384(&key, &[black_box(&message[..80])], &mut out).unwrap()
        };
        "p-256 sign" => |backend| {
            let signer = backend::P256SigningKey::from_scalar(&scalar).unwrap();
            let message = &message;
            move || signer.sign(black_box(message)).unwrap()
        };
        "p-256 verify" => |backend| {
            let signer = backend::P256SigningKey::from_scalar(&scalar).unwrap();
            let (public, signature) = (signer.public().unwrap(), signer.sign(&message).unwrap());
            let message = &message;
            move || backend::p256_verify(&public, black_box(message), &signature).unwrap()
        };
        "ed25519 sign" => |backend| {
            let signer = backend::Ed25519SigningKey::from_seed(&scalar).unwrap();
            let message = &message;
            move || signer.sign(black_box(message)).unwrap()
        };
        "ed25519 verify" => |backend| {
            let signer = backend::Ed25519SigningKey::from_seed(&scalar).unwrap();
            let (public, signature) = (signer.public().unwrap(), signer.sign(&message).unwrap());
            let message = &message;
            move || backend::ed25519_verify(&public, black_box(message), &signature).unwrap()
        };
        "p-256 key" => |backend| {
            move || backend::P256PrivateKey::from_scalar(black_box(&scalar)).unwrap().public().unwrap()
        };
        "p-256 agree" => |backend| {
            let peer = backend::P256PrivateKey::from_scalar(&other).unwrap().public().unwrap();
            let key = backend::P256PrivateKey::from_scalar(&scalar).unwrap();
            move || key.agree(black_box(&peer)).unwrap()
        };
        "x25519 key" => |backend| {
            move || backend::X25519PrivateKey::from_bytes(black_box(&scalar)).unwrap().public().unwrap()
        };
        "x25519 agree" => |backend| {
            let peer = backend::X25519PrivateKey::from_bytes(&other).unwrap().public().unwrap();
            let key = backend::X25519PrivateKey::from_bytes(&scalar).unwrap();
            move || key.agree(black_box(&peer)).unwrap()
        };
        "ml-kem-768 encapsulate" => |backend| {
            let key = backend::MlKemPrivateKey::from_seed(&seed).unwrap();
            move || backend::ml_kem_encapsulate(black_box(key.public()), &mut SystemRandom).unwrap().shared_secret
        };
        "ml-kem-768 decapsulate" => |backend| {
            let key = backend::MlKemPrivateKey::from_seed(&seed).unwrap();
            let sent = backend::ml_kem_encapsulate(key.public(), &mut SystemRandom).unwrap();
            move || key.decapsulate(black_box(&sent.ciphertext)).unwrap()
        };
        "rsa-3072 encrypt" => |backend| {
            let spki = &spki;
            move || {
                let key = backend::RsaPublicKey::from_spki(black_box(spki)).unwrap();
                key.encrypt(&block, &mut SystemRandom).unwrap()
            }
        };
    }
    // The other way is AWS-LC's alone: see the threat model, SEC-27.
    let sealed = aws_lc::RsaPublicKey::from_spki(&spki)
        .unwrap()
        .encrypt(&block, &mut SystemRandom)
        .unwrap();
    criterion.bench_function("rsa-3072 decrypt/aws-lc", |bencher| {
        bencher.iter(|| rsa.decrypt(black_box(&sealed)).unwrap());
    });
}

criterion_group! { name = all; config = criterion(12, Duration::from_millis(400)); targets = backends }
criterion_main!(all);
