//! Literal encodings and the one-encoding rule of the structures that are public (SEC-2).

use clausa_core::certificate::{LicensorCertificate, Scope, SignedTenantCertificate, TenantCertificate};
use clausa_core::id::{AccountId, KeyId, Serial, TemplateId, TenantId};
use clausa_core::keys::{
    DeviceDecryptionKey, DeviceEncryptionKey, Signer, SoftwareSigner, SoftwareUnwrapper, Suite, VerifyingKey,
    WrappingPublicKey,
};
use clausa_core::policy::{Expiry, Grant, Grants, OfflineWindow, Principal, TemplateVersion};
use clausa_core::publishing::PublishingLicence;
use clausa_core::random::SystemRandom;
use proptest::prelude::*;

use crate::cose::payload;
use crate::world::{NOW, SUITES, WORLD};

fn template() -> TemplateVersion {
    let members = Principal::TenantMembers(TenantId::from_bytes([2; 16]));
    TemplateVersion {
        id: TemplateId::from_bytes([1; 16]),
        version: 1,
        grants: Grants::new(vec![Grant {
            principal: members,
            rights: "VIEW,VIEWRIGHTSDATA".parse().unwrap(),
        }])
        .unwrap(),
        expiry: None,
        offline: OfflineWindow::from_days(7).unwrap(),
    }
}

/// Clause 5.6
#[test]
fn a_template_has_one_encoding_and_its_digest() {
    let expected = [
        &[0xa4, 1, 0x50][..],
        &[1; 16],
        &[2, 1, 3, 0x81, 0x83, 4, 0x50],
        &[2; 16],
        &[0x19, 0x04, 0x01, 5, 0x1a, 0x00, 0x09, 0x3a, 0x80],
    ]
    .concat();
    assert_eq!(template().to_bytes(), expected);
    assert_eq!(TemplateVersion::parse(&expected), Ok(template()));
    assert_eq!(
        template().digest(),
        clausa_core::hazmat::backends::sha256(&[&expected])
    );
    let next = TemplateVersion {
        version: 2,
        ..template()
    };
    assert_ne!(next.digest(), template().digest());
    for length in 0..expected.len() {
        assert!(TemplateVersion::parse(&expected[..length]).is_err());
    }
}

/// Clauses 7.2 and 7.3
#[test]
fn certificates_have_these_encodings() {
    let key = VerifyingKey::Ed25519([3; 32]);
    let certificate = TenantCertificate {
        tenant: TenantId::from_bytes([1; 16]),
        purpose: clausa_core::certificate::Purpose::Licence,
        key,
        not_before: NOW,
        expires: NOW.plus_days(1),
    };
    let time = [0x1a, 0x6b, 0x01, 0x5d, 0x90];
    let next_day = [0x1a, 0x6b, 0x02, 0xaf, 0x10];
    assert_eq!(NOW.seconds(), 0x6b01_5d90, "a time in this test is 2026-11-21");
    let tenant = [
        &[0xa5, 1, 0x50][..],
        &[1; 16],
        &[2, 2, 3, 0x58, 32],
        &[3; 32],
        &[4],
        &time,
        &[5],
        &next_day,
    ]
    .concat();
    let signed = certificate.issue(&WORLD.root).unwrap();
    assert_eq!(payload(signed.as_bytes()), tenant);
    let kid = WORLD.root.verifying_key().kid();
    let head = [
        &[0x84, 0x4d, 0xa2, 1, 0x32, 4, 0x48][..],
        kid.as_bytes(),
        &[0xa0, 0x58, tenant.len() as u8],
    ]
    .concat();
    assert!(signed.as_bytes().starts_with(&head));

    let certificate = LicensorCertificate {
        serial: Serial::from_bytes([4; 16]),
        tenant: TenantId::from_bytes([1; 16]),
        subject: AccountId::from_bytes([5; 16]),
        address: "a@b.example".parse().unwrap(),
        key: VerifyingKey::P256([2; 33]),
        not_before: NOW,
        expires: NOW.plus_days(1),
        scope: Scope::ALL,
        templates: Some(vec![TemplateId::from_bytes([6; 16])]),
    };
    let licensor = [
        &[0xa9, 1, 0x50][..],
        &[4; 16],
        &[2, 0x50],
        &[1; 16],
        &[3, 0x50],
        &[5; 16],
        &[4, 0x6b],
        b"a@b.example",
        &[5, 0x58, 33],
        &[2; 33],
        &[6],
        &time,
        &[7],
        &next_day,
        &[8, 3, 9, 0x81, 0x50],
        &[6; 16],
    ]
    .concat();
    let signed = certificate.issue(&WORLD.root).unwrap();
    assert_eq!(payload(signed.as_bytes()), licensor);
    assert!(signed.as_bytes().starts_with(&[0x84, 0x43, 0xa1, 1, 0x32, 0xa0]));
}

/// Clause 3.2, the parts that do not depend on keys.
#[test]
fn a_publishing_licence_begins_like_this() {
    let licence = WORLD.publish(Suite::P256);
    let [core, wraps]: [minicbor::bytes::ByteVec; 2] =
        minicbor::decode(&payload(licence.licence_bytes())).unwrap();
    let expected = [
        &[0xa8, 1, 1, 2, 0x50][..],
        licence.content_id().as_bytes(),
        &[3, 0x50],
        WORLD.tenant.id.as_bytes(),
        &[4, 0x78, 30],
        b"https://rights.contoso.example",
        &[5, 0x1a],
        &(NOW.seconds() as u32).to_be_bytes(),
        &[6, 0x82, 0x58],
    ]
    .concat();
    assert!(core.starts_with(&expected));
    assert!(core.ends_with(&[8, 1]));
    let kid = WORLD.wrapping_key(Suite::P256).kid();
    let start = [&[0x81, 0x83, 0x48][..], kid.as_bytes(), &[2, 0x58, 65 + 97 + 16]].concat();
    assert!(wraps.starts_with(&start));
    assert_eq!(wraps.len(), start.len() + 178);
}

/// Key identifiers and thumbprints: the P-256 key of RFC 6979 A.2.5, thumbprint by the rule of RFC 9679 §3.
#[test]
fn identifiers_of_keys() {
    let x = hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
    let y = hex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
    let point: [u8; 65] = [&[4][..], &x, &y].concat().try_into().unwrap();
    let key = VerifyingKey::from_p256_uncompressed(&point).unwrap();
    assert_eq!(key.as_bytes(), [&[3][..], &x].concat());
    assert_eq!(key.p256_uncompressed(), Some(point));
    let sha256 = |bytes: &[u8]| clausa_core::hazmat::backends::sha256(&[bytes]);
    assert_eq!(
        key.kid(),
        KeyId::from_slice(&sha256(key.as_bytes())[..8]).unwrap()
    );
    let mut map = minicbor::Encoder::new(Vec::new());
    map.map(4)
        .unwrap()
        .u8(1)
        .unwrap()
        .u8(2)
        .unwrap()
        .i8(-1)
        .unwrap()
        .u8(1)
        .unwrap();
    map.i8(-2)
        .unwrap()
        .bytes(&x)
        .unwrap()
        .i8(-3)
        .unwrap()
        .bytes(&y)
        .unwrap();
    assert_eq!(key.thumbprint().unwrap().as_bytes(), &sha256(&map.into_writer()));
    assert_eq!(VerifyingKey::p256_thumbprint(&point), key.thumbprint().unwrap());
    let mut map = minicbor::Encoder::new(Vec::new());
    map.map(3)
        .unwrap()
        .u8(1)
        .unwrap()
        .u8(1)
        .unwrap()
        .i8(-1)
        .unwrap()
        .u8(6)
        .unwrap()
        .i8(-2)
        .unwrap();
    map.bytes(&[7; 32]).unwrap();
    let thumbprint = VerifyingKey::Ed25519([7; 32]).thumbprint().unwrap();
    assert_eq!(thumbprint.as_bytes(), &sha256(&map.into_writer()));
}

/// SEC-37
/// Clauses 2.5, 2.5.1 and 4.4.
#[test]
fn keys_off_the_curve_and_of_other_lengths_are_refused() {
    let mut point = [4; 65];
    assert!(VerifyingKey::from_p256_uncompressed(&point).is_err());
    assert!(DeviceEncryptionKey::from_bytes(&point).is_err());
    point[0] = 6;
    assert!(VerifyingKey::from_p256_uncompressed(&point).is_err());
    assert!(DeviceEncryptionKey::from_bytes(&[0; 64]).is_err());
    for length in [0, 31, 34, 64, 65] {
        assert!(VerifyingKey::from_bytes(&vec![2; length]).is_err(), "{length}");
    }
    assert!(VerifyingKey::from_bytes(&[4; 33]).is_err());
    for suite in Suite::ALL {
        assert!(WrappingPublicKey::from_bytes(suite, &[4; 64]).is_err());
    }
}

/// Secrets stored under another key come back as the same keys.
#[test]
fn secrets_can_be_stored_and_loaded() {
    for signer in [
        SoftwareSigner::generate_ed25519(&mut SystemRandom),
        SoftwareSigner::generate_p256(&mut SystemRandom),
    ] {
        let signer = signer.unwrap();
        let secret = signer.expose_secret_for_sealing().unwrap();
        let loaded = SoftwareSigner::from_secret_bytes(&secret).unwrap();
        assert_eq!(loaded.verifying_key(), signer.verifying_key());
        let signature = loaded.sign(b"message").unwrap();
        assert!(signer.verifying_key().verify(b"message", &signature).is_ok());
        assert!(signer.verifying_key().verify(b"massage", &signature).is_err());
        for length in 0..secret.len() {
            assert!(SoftwareSigner::from_secret_bytes(&secret[..length]).is_err());
        }
    }
    assert!(SoftwareSigner::from_secret_bytes(&[3; 33]).is_err());
    for suite in SUITES {
        let key = WORLD.tenant.unwrapper(*suite);
        let secret = key.expose_secret_for_sealing().unwrap();
        assert_eq!(
            SoftwareUnwrapper::from_secret_bytes(*suite, &secret)
                .unwrap()
                .public(),
            key.public()
        );
        assert!(SoftwareUnwrapper::from_secret_bytes(*suite, &secret[1..]).is_err());
    }
    let device = DeviceDecryptionKey::generate(&mut SystemRandom).unwrap();
    let loaded = DeviceDecryptionKey::from_secret_bytes(&device.expose_secret_for_sealing()).unwrap();
    assert_eq!(loaded.public(), device.public());
}

/// SEC-30: what a log or a crash report would show of a secret.
#[test]
fn debug_of_secrets_shows_public_identifiers_only() {
    let signer = SoftwareSigner::from_secret_bytes(&[&[1][..], &[7; 32]].concat()).unwrap();
    let kid = signer.verifying_key().kid();
    assert_eq!(
        format!("{signer:?}"),
        format!("SoftwareSigner {{ public: VerifyingKey(Ed25519 {kid}), .. }}")
    );
    let key = WORLD.tenant.unwrapper(Suite::P256);
    let kid = key.public().kid();
    assert_eq!(
        format!("{key:?}"),
        format!("SoftwareUnwrapper {{ suite: P256, kid: KeyId({kid}), .. }}")
    );
    let device = &WORLD.dover.decryption;
    assert_eq!(
        format!("{device:?}"),
        format!("DeviceDecryptionKey {{ public: {:?}, .. }}", device.public())
    );
    let header = WORLD.header(&WORLD.protect(Suite::P256, b"")).unwrap();
    let keys = format!("{:?}", WORLD.keys(&header));
    assert_eq!(
        keys,
        "KeyBlock { content_key: ContentKey(..), policy_key: PolicyKey(..) }"
    );
    assert!(format!("{:?}", WORLD.grant(&header)).ends_with("content_key: ContentKey(..) }"));
    assert!(format!("{:?}", WORLD.publish(Suite::P256)).ends_with("content_key: ContentKey(..) }"));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
        .collect()
}

fn change(bytes: &mut [u8], changes: Vec<(prop::sample::Index, u8)>) {
    for (place, byte) in changes {
        let place = place.index(bytes.len());
        bytes[place] = byte;
    }
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
}

proptest! {
    #[test]
    fn accepted_templates_are_their_own_encoding(changes in changes(), days in 0_u16..=u16::MAX) {
        let template = TemplateVersion { expiry: Some(Expiry::DaysAfterFirstUse(days)), ..template() };
        let mut bytes = template.to_bytes();
        change(&mut bytes, changes);
        if let Ok(read) = TemplateVersion::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    #[test]
    fn accepted_certificates_are_their_own_encoding(changes in changes()) {
        let mut bytes = WORLD.tenant.certificate(clausa_core::certificate::Purpose::Edit).as_bytes().to_vec();
        change(&mut bytes, changes);
        if let Ok(read) = SignedTenantCertificate::parse(&bytes) {
            let again = read.claims().issue(&WORLD.root).unwrap();
            prop_assert_eq!(payload(again.as_bytes()), payload(&bytes));
        }
    }

    /// Parsing never panics, and a licence that parses says what its bytes say.
    #[test]
    fn changed_licences_parse_or_fail_calmly(changes in changes()) {
        let mut bytes = WORLD.publish(Suite::P256).licence_bytes().to_vec();
        change(&mut bytes, changes);
        if let Ok(read) = PublishingLicence::parse(&bytes) {
            prop_assert_eq!(read.bytes(), &bytes[..]);
            let parts: [minicbor::bytes::ByteVec; 2] = minicbor::decode(&payload(&bytes)).unwrap();
            prop_assert!(parts[0].windows(16).any(|window| window == read.content_id().as_bytes()));
        }
    }

    #[test]
    fn arbitrary_bytes_fail_calmly(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(PublishingLicence::parse(&bytes).is_err());
        prop_assert!(TemplateVersion::parse(&bytes).is_err());
        prop_assert!(SignedTenantCertificate::parse(&bytes).is_err());
        prop_assert!(clausa_core::open::read_header(&bytes[..]).is_err());
    }
}
