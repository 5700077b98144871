//! What protection costs in bytes.

use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::policy::Policy;
use clausa_core::protect::protect;
use clausa_core::publishing::publish;
use clausa_core::random::SystemRandom;

use crate::world::{NOW, SUITES, WORLD, sample};

/// Overhead of a file with a real chain, in bytes.
fn overhead(suite: Suite, length: usize) -> usize {
    let (policy, keys): (Policy, _) = (WORLD.policy(), [WORLD.wrapping_key(suite)]);
    let mut request = WORLD.request(&policy, &keys);
    request.origin = "https://rights.contoso.example".parse().unwrap();
    assert_eq!(request.origin.as_str().len(), 30);
    let published = publish(request, &WORLD.janet.signer, &mut SystemRandom).unwrap();
    let inner = InnerHeader::named("Quarterly report.pdf")
        .unwrap()
        .with_media_type("application/pdf")
        .unwrap();
    let inner = inner.with_modified(NOW).with_size(length as u64);
    let file = protect(
        published,
        &inner,
        &sample(length),
        &WORLD.janet.signer,
        NOW,
        &mut SystemRandom,
    )
    .unwrap();
    file.len() - length
}

/// Clause 11.2.
#[test]
fn overhead_stays_within_its_bounds() {
    for suite in SUITES {
        let bound = match suite {
            Suite::P256 => 1_638,
            Suite::RsaOaep | Suite::MlKem768X25519 => 3 * 1_024,
        };
        for length in [0, 1_000, 60_000, 1 << 20, 4 << 20] {
            let overhead = overhead(*suite, length);
            println!(
                "suite {}: {length} bytes of content, {overhead} bytes of overhead",
                suite.number()
            );
            assert!(
                overhead <= bound + length * 6 / 10_000,
                "{suite:?} {length} {overhead}"
            );
        }
    }
}

/// The policy's padding hides how many people are named, in steps.
#[test]
fn files_for_one_reader_and_for_five_have_the_same_length() {
    use clausa_core::policy::{Grant, Grants, Principal, Terms};
    let with_readers = |count: usize| {
        let grants = (0..count).map(|i| Grant {
            principal: Principal::Account(format!("reader{i}@fabrikam.example").parse().unwrap()),
            rights: "VIEW".parse().unwrap(),
        });
        let terms = Terms::AdHoc(Grants::new(grants.collect()).unwrap());
        let (policy, keys) = (
            Policy::new(WORLD.janet.address.clone(), terms),
            [WORLD.wrapping_key(Suite::P256)],
        );
        publish(
            WORLD.request(&policy, &keys),
            &WORLD.janet.signer,
            &mut SystemRandom,
        )
        .unwrap()
        .licence_bytes()
        .len()
    };
    assert_eq!(with_readers(1), with_readers(5));
    assert_eq!(with_readers(1) + 512, with_readers(20));
}
