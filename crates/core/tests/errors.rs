//! Failures that no input brings about: of the key that signs, the source of randomness, the output, the caller. Each
//! comes out as an error of its own, and nothing that is half done leaves the crate.
//!
//! `crates/testkit/tests/error_variants.rs` looks whether every variant of every error has a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "format/world.rs"]
#[allow(dead_code)]
mod world;

use std::io::{self, Write};

use clausa_core::address::{Address, InvalidAddress};
use clausa_core::certificate::{CertificateError, IssueError, Purpose, TenantCertificate};
use clausa_core::hazmat::hpke::{self, HpkeError, HpkePrivateKey, HpkePublicKey, Kem};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{
    SignError, Signature, Signer, SoftwareSigner, Suite, UnwrapFailed, VerifyingKey, WrappingPublicKey,
};
use clausa_core::open::{OpenError, SeekableReader};
use clausa_core::origin::{InvalidOrigin, Origin};
use clausa_core::prefix::PrefixError;
use clausa_core::protect::{FileSealer, ProtectError, ProtectWriter};
use clausa_core::publishing::{PolicyError, PublishError, publish};
use clausa_core::random::{Randomness, RandomnessFailed, SystemRandom};
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceError};

use crate::world::{NOW, SUITES, WORLD};

/// A key store that does not answer.
struct Gone<'a>(&'a SoftwareSigner, SignError);

impl Signer for Gone<'_> {
    fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    fn sign(&self, _: &[u8]) -> Result<Signature, SignError> {
        Err(self.1)
    }
}

/// A source that runs dry after so many calls.
struct Dry(usize);

impl Randomness for Dry {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomnessFailed> {
        self.0 = self.0.checked_sub(1).ok_or(RandomnessFailed)?;
        SystemRandom.fill(out)
    }
}

/// An output that takes so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_key_that_does_not_sign() {
    for error in [SignError::NotAvailable, SignError::Failed] {
        let (root, janet) = (Gone(&WORLD.root, error), Gone(&WORLD.janet.signer, error));
        let certificate = TenantCertificate {
            tenant: WORLD.tenant.id,
            purpose: Purpose::Licence,
            key: WORLD.janet.signer.verifying_key(),
            not_before: NOW,
            expires: NOW.plus_days(1),
        };
        assert_eq!(certificate.issue(&root).err(), Some(IssueError::Sign(error)));

        let (policy, keys) = (WORLD.policy(), [WORLD.wrapping_key(Suite::P256)]);
        let published = publish(WORLD.request(&policy, &keys), &janet, &mut SystemRandom);
        assert_eq!(published.err(), Some(PublishError::Sign(error)));

        let inner = InnerHeader::default();
        let mut rng = SystemRandom;
        let writer = ProtectWriter::new(WORLD.publish(Suite::P256), &inner, Vec::new(), &mut rng);
        let unsealed = writer.unwrap().finish(&janet, NOW);
        assert_eq!(unsealed.err(), Some(ProtectError::Sign(error)));
    }
}

/// SEC-29: at whichever call the source fails, the operation fails, and says why. With the portable backend all
/// randomness comes from this source; AWS-LC draws its ephemeral keys by itself.
#[test]
fn a_source_of_randomness_that_runs_dry() {
    for suite in SUITES {
        let (policy, keys) = (WORLD.policy(), [WORLD.wrapping_key(*suite)]);
        let mut failed = 0;
        for calls in 0..20 {
            let published = publish(
                WORLD.request(&policy, &keys),
                &WORLD.janet.signer,
                &mut Dry(calls),
            );
            match published {
                Ok(_) => break,
                Err(error) => assert_eq!(error, PublishError::RandomnessFailed, "{suite:?}, call {calls}"),
            }
            failed += 1;
        }
        assert!((2..20).contains(&failed), "{suite:?}: {failed} calls");
    }
    let sealer = FileSealer::new(WORLD.publish(Suite::P256), &InnerHeader::default(), &mut Dry(0));
    assert_eq!(sealer.err(), Some(ProtectError::RandomnessFailed));

    let private = HpkePrivateKey::generate(Kem::P256, &mut SystemRandom).unwrap();
    if cfg!(not(feature = "aws-lc")) {
        let sealed = hpke::seal(private.public(), b"", b"", b"text", &mut Dry(0));
        assert_eq!(sealed.err(), Some(HpkeError::RandomnessFailed));
    }
    assert_eq!(
        HpkePrivateKey::generate(Kem::MlKem768X25519, &mut Dry(0)).err(),
        Some(HpkeError::RandomnessFailed)
    );
}

/// Wherever the output stops taking bytes.
#[test]
fn an_output_that_is_full() {
    let whole = WORLD.protect(Suite::P256, b"text").len();
    for room in (0..whole - 60).step_by(97) {
        let written = ProtectWriter::new(
            WORLD.publish(Suite::P256),
            &InnerHeader::default(),
            Full(room),
            &mut SystemRandom,
        )
        .and_then(|mut writer| {
            writer.write_all(b"text")?;
            writer.finish(&WORLD.janet.signer, NOW)
        });
        match written.map(drop) {
            Err(ProtectError::Io(error)) => assert_eq!(error.0.kind(), io::ErrorKind::StorageFull),
            other => panic!("room for {room} bytes: {other:?}"),
        }
    }
}

#[test]
fn revisions_are_counted_to_the_end() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let grant = WORLD.grant_with(&header, "VIEW,EDIT");
    let sealer = FileSealer::revise(
        &header,
        &grant,
        u64::MAX,
        &InnerHeader::default(),
        &mut SystemRandom,
    );
    assert_eq!(sealer.err(), Some(ProtectError::TooLong));
}

/// An X25519 key that makes a secret of zeros with everybody's (clause 4.3.3), which shows when it is used; and keys
/// that show before.
#[test]
fn a_wrapping_key_that_is_none() {
    let mut zeros = WORLD.wrapping_key(Suite::MlKem768X25519).as_bytes().to_vec();
    let x25519 = zeros.len() - 32;
    zeros[x25519..].fill(0);
    let (policy, keys) = (
        WORLD.policy(),
        [WrappingPublicKey::from_bytes(Suite::MlKem768X25519, &zeros).unwrap()],
    );
    let published = publish(
        WORLD.request(&policy, &keys),
        &WORLD.janet.signer,
        &mut SystemRandom,
    );
    assert_eq!(published.err(), Some(PublishError::InvalidWrappingKey));

    // Of the right length, but its coefficients are not below the modulus (FIPS 203 §7.2).
    let unreduced = vec![0xff; zeros.len()];
    assert!(WrappingPublicKey::from_bytes(Suite::MlKem768X25519, &unreduced).is_err());
    let public = HpkePublicKey::from_bytes(Kem::MlKem768X25519, &unreduced);
    let sealed = public.and_then(|key| hpke::seal(&key, b"", b"", b"", &mut SystemRandom));
    assert_eq!(sealed.err(), Some(HpkeError::InvalidKey));
}

#[test]
fn an_input_that_fails() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    match clausa_core::open::read_header(Broken) {
        Err(OpenError::Io(error)) => assert_eq!(error.0.kind(), io::ErrorKind::ConnectionReset),
        other => panic!("{other:?}"),
    }
}

#[test]
fn texts_that_are_no_address_and_no_origin() {
    for text in ["janet", "janet@b.example@c.example", "@", ""] {
        let error = text.parse::<Address>().unwrap_err();
        assert!(
            matches!(error, InvalidAddress::Shape | InvalidAddress::Length),
            "{text}: {error}"
        );
    }
    assert_eq!(
        "janet.contoso.example".parse::<Address>(),
        Err(InvalidAddress::Shape)
    );
    assert_eq!("janet@contoso".parse::<Address>(), Err(InvalidAddress::Domain));
    assert_eq!(
        "ja net@contoso.example".parse::<Address>(),
        Err(InvalidAddress::Local)
    );
    for (text, error) in [
        ("ftp://contoso.example", InvalidOrigin::Scheme),
        ("http://contoso.example", InvalidOrigin::Scheme),
        ("https://Contoso.example", InvalidOrigin::Host),
        ("https://", InvalidOrigin::Host),
        ("https://contoso.example:0", InvalidOrigin::Port),
    ] {
        assert_eq!(text.parse::<Origin>(), Err(error), "{text}");
    }
}

/// What a caller sees of the layers, and what he may ask about them.
#[test]
fn each_layer_has_its_error() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let use_licence = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    let expected = WORLD.expected(&WORLD.dover);
    let verify = |certificate: &[u8], expected: &Expected<'_>| {
        UseLicence::parse_verify(&use_licence, certificate, &header, expected)
            .map_err(OpenError::from)
            .err()
            .unwrap()
    };
    assert!(matches!(
        verify(b"no certificate", &expected),
        OpenError::UseLicence(UseLicenceError::Malformed(_))
    ));
    let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
    let other = Expected {
        nonce: Some([8; 16]),
        ..expected
    };
    let error = verify(certificate, &other);
    assert!(matches!(error, OpenError::UseLicence(_)) && error.is_permission() && !error.is_damage());

    let error = clausa_core::open::read_header(&[0x89; 64][..]).err().unwrap();
    assert_eq!(error, OpenError::Prefix(PrefixError::NotProtected));
    assert!(!error.is_permission() && !error.is_retryable());

    // Another file's policy key.
    let other = WORLD.protect(Suite::P256, b"text");
    let keys = WORLD.keys(&WORLD.header(&other).unwrap());
    assert_eq!(
        header.verified_licence().policy(&keys.policy_key).err(),
        Some(PolicyError::Unwrap(UnwrapFailed))
    );
}

/// Clause 8.7: what stands where an edit grant should, in a seal that is in form.
#[test]
fn a_seal_with_something_else_for_an_edit_grant() {
    let file = WORLD.protect(Suite::P256, b"text");
    let (rest, _) = file.split_last_chunk::<8>().unwrap();
    let (rest, length) = rest.split_last_chunk::<8>().unwrap();
    let body_end = rest.len() - usize::try_from(u64::from_be_bytes(*length)).unwrap();
    let mut payload = vec![0xa6, 1, 0x58, 32];
    payload.extend_from_slice(&[0; 32]);
    payload.extend_from_slice(&[2, 0x58, 32]);
    payload.extend_from_slice(&[0; 32]);
    payload.extend_from_slice(&[3, 0, 4, 0, 5, 0, 6, 0x44]);
    payload.extend_from_slice(b"none");
    let mut seal = vec![
        0x84,
        0x43,
        0xa1,
        1,
        0x28,
        0xa0,
        0x58,
        u8::try_from(payload.len()).unwrap(),
    ];
    seal.extend_from_slice(&payload);
    seal.extend_from_slice(&[0x58, 64]);
    seal.extend_from_slice(&[1; 64]);
    let tail = u64::try_from(seal.len()).unwrap().to_be_bytes();
    let file = [&file[..body_end], &seal, &tail, b"CLSSEAL1"].concat();
    let header = WORLD.header(&file).unwrap();
    let grant = WORLD.grant(&header);
    assert!(matches!(
        SeekableReader::open(io::Cursor::new(&file), header, grant).err(),
        Some(OpenError::Sealer(CertificateError::Malformed(_)))
    ));
}
