//! Forged publishing licences: keys moved, policies replaced, certificates that do not allow it.

use clausa_core::certificate::{CertificateError, LicensorCertificate, Scope, TrustAnchors};
use clausa_core::error::Layer;
use clausa_core::hazmat::hpke::{self, HpkePrivateKey, HpkePublicKey, Kem};
use clausa_core::hazmat::labels;
use clausa_core::id::KeyId;
use clausa_core::keys::{KeyUnwrapper, Signer, SoftwareSigner, Suite, UnwrapFailed};
use clausa_core::open::{OpenError, open_in_memory};
use clausa_core::policy::{Grant, Grants, Policy, Principal, Terms};
use clausa_core::publishing::{LicenceError, PublishingLicence, publish};
use clausa_core::random::SystemRandom;
use coset::CborSerializable;
use minicbor::bytes::ByteVec;

use super::keyholder::{content_key_of_a_reader, key_block};
use crate::cose::{payload, replace, sign};
use crate::world::{NOW, SUITES, Tenant, WORLD};

/// A3: the victim's wrapped keys in a licence of the attacker's own, whose policy favours him (SEC-7).
/// Clause 4.2.2.
#[test]
fn a_wrapped_key_cannot_be_moved_to_another_licence() {
    for suite in SUITES {
        let victim = WORLD.publish(*suite);
        let everything = Grant {
            principal: Principal::AnyAuthenticated,
            rights: "OWNER".parse().unwrap(),
        };
        let terms = Terms::AdHoc(Grants::new(vec![everything]).unwrap());
        let (policy, keys) = (
            Policy::new(WORLD.dover.address.clone(), terms),
            [WORLD.wrapping_key(*suite)],
        );
        let mut request = WORLD.request(&policy, &keys);
        request.chain = WORLD.tenant.chain(&WORLD.dover);
        let own = publish(request, &WORLD.dover.signer, &mut SystemRandom).unwrap();
        let parts = |licence: &[u8]| minicbor::decode::<[ByteVec; 2]>(&payload(licence)).unwrap();
        let ([core, _], [_, wraps]) = (parts(own.licence_bytes()), parts(victim.licence_bytes()));
        let transplant = minicbor::to_vec([core, wraps]).unwrap();
        let transplant = sign(
            &transplant,
            labels::PUBLISHING_LICENCE,
            &WORLD.dover.signer,
            false,
        );
        let licence = PublishingLicence::parse(&transplant)
            .unwrap()
            .verify(&WORLD.anchors)
            .unwrap();
        let key: &dyn KeyUnwrapper = WORLD.tenant.unwrapper(*suite);
        assert_eq!(
            licence.unwrap_keys(&[key]).unwrap_err(),
            UnwrapFailed,
            "{suite:?}"
        );
    }
}

/// A changed core with the victim's own wraps, as the victim's licence: the signature is the publisher's alone.
/// Clause 3.8.4.
#[test]
fn a_licence_cannot_be_signed_by_somebody_else() {
    let victim = WORLD.publish(Suite::P256);
    let forged = sign(
        &payload(victim.licence_bytes()),
        labels::PUBLISHING_LICENCE,
        &WORLD.dover.signer,
        false,
    );
    let licence = PublishingLicence::parse(&forged).unwrap();
    assert_eq!(licence.verify(&WORLD.anchors), Err(LicenceError::BadSignature));
}

/// Clause 3.8.2.
#[test]
fn a_licence_of_another_tenants_publisher_is_refused() {
    let other = Tenant::new(&WORLD.root, &[]);
    let chain = other.chain(&WORLD.dover);
    let (policy, keys) = (WORLD.policy(), [WORLD.wrapping_key(Suite::P256)]);
    let mut request = WORLD.request(&policy, &keys);
    (request.tenant, request.chain) = (other.id, chain.clone());
    let own = publish(request, &WORLD.dover.signer, &mut SystemRandom).unwrap();
    // In the name of our tenant: the core's tenant is changed, the certificates stay the other tenant's.
    let [core, wraps]: [ByteVec; 2] = minicbor::decode(&payload(own.licence_bytes())).unwrap();
    let entry = |tenant: &clausa_core::id::TenantId| [&[3, 0x50][..], tenant.as_bytes()].concat();
    let core = replace(&core, &entry(&other.id), &entry(&WORLD.tenant.id));
    let forged = minicbor::to_vec([core.into(), wraps]).unwrap();
    let forged = sign(&forged, labels::PUBLISHING_LICENCE, &WORLD.dover.signer, false);
    let error = PublishingLicence::parse(&forged)
        .unwrap()
        .verify(&WORLD.anchors)
        .unwrap_err();
    assert_eq!(error, LicenceError::Certificate(CertificateError::WrongTenant));
}

/// Publishes with a good certificate and puts another one of the same length in its place.
fn with_certificate(certificate: LicensorCertificate) -> Result<(), LicenceError> {
    let good = WORLD.tenant.chain(&WORLD.janet);
    let (policy, keys) = (WORLD.policy(), [WORLD.wrapping_key(Suite::P256)]);
    let mut request = WORLD.request(&policy, &keys);
    request.chain = good.clone();
    let made = publish(request, &WORLD.janet.signer, &mut SystemRandom).unwrap();
    let [core, wraps]: [ByteVec; 2] = minicbor::decode(&payload(made.licence_bytes())).unwrap();
    let other = WORLD.tenant.chain_of(certificate);
    let core = replace(&core, good.leaf().as_bytes(), other.leaf().as_bytes());
    let forged = minicbor::to_vec([core.into(), wraps]).unwrap();
    let forged = sign(&forged, labels::PUBLISHING_LICENCE, &WORLD.janet.signer, false);
    PublishingLicence::parse(&forged)?
        .verify(&WORLD.anchors)
        .map(drop)
}

/// SEC-45, SEC-47
/// Clauses 3.8.1 and 3.8.3.
#[test]
fn certificates_that_do_not_allow_it_do_not_publish() {
    let good = || WORLD.tenant.licensor_certificate(&WORLD.janet);
    assert_eq!(with_certificate(good()), Ok(()));
    let sealing = LicensorCertificate {
        scope: Scope::SEAL,
        ..good()
    };
    assert_eq!(
        with_certificate(sealing),
        Err(LicenceError::Certificate(CertificateError::WrongPurpose))
    );
    let expires = NOW.minus_seconds(1);
    let expired = with_certificate(LicensorCertificate { expires, ..good() });
    assert_eq!(
        expired,
        Err(LicenceError::Certificate(CertificateError::Expired {
            at: expires
        }))
    );
    let not_before = NOW.plus_seconds(1);
    let early = with_certificate(LicensorCertificate { not_before, ..good() });
    assert_eq!(
        early,
        Err(LicenceError::Certificate(CertificateError::NotYetValid {
            from: not_before
        }))
    );
    let dovers = LicensorCertificate {
        key: WORLD.dover.signer.verifying_key(),
        ..good()
    };
    assert_eq!(with_certificate(dovers), Err(LicenceError::BadSignature));
}

#[test]
fn a_file_of_an_unknown_authority_is_told_from_a_forged_one() {
    let file = WORLD.protect(Suite::P256, b"text");
    let stranger = SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap();
    let header = clausa_core::open::read_header(&file[..]).unwrap();
    let error = header
        .verify(&TrustAnchors::new(stranger.verifying_key()))
        .unwrap_err();
    assert_eq!(
        error,
        OpenError::Licence(LicenceError::Certificate(CertificateError::UnknownRoot))
    );
    assert!(!error.is_damage());
}

/// A licence over this core with this key block wrapped for it.
fn wrapped_anew(core: &[u8], block: &[u8], signer: &SoftwareSigner) -> Vec<u8> {
    let bind = labels::derive_bind(core);
    let key = WORLD.wrapping_key(Suite::P256);
    let public = HpkePublicKey::from_bytes(Kem::P256, key.as_bytes()).unwrap();
    let block = [&block[..65], &bind].concat();
    let sealed = hpke::seal(&public, labels::WRAP, &bind, &block, &mut SystemRandom).unwrap();
    let wraps = minicbor::to_vec([(key.kid(), Suite::P256.number(), ByteVec::from(sealed))]).unwrap();
    let payload = minicbor::to_vec([ByteVec::from(core.to_vec()), wraps.into()]).unwrap();
    sign(&payload, labels::PUBLISHING_LICENCE, signer, false)
}

/// SEC-7, SEC-9, clauses 3.9, 4.2 and 8.1. A reader of the same tenant, who has the content key and may publish files of
/// his own, makes a policy that favours him and signs it: in the publisher's name, in his own with the publisher's wraps,
/// in his own with the content key wrapped anew. The last one is a good licence, and does not open the body.
#[test]
fn a_policy_re_signed_by_a_reader_does_not_open_the_file() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let victim = header.licence();
    let grant = Grant {
        principal: Principal::AnyAuthenticated,
        rights: "OWNER".parse().unwrap(),
    };
    let terms = Terms::AdHoc(Grants::new(vec![grant]).unwrap());
    let (policy, keys) = (
        Policy::new(WORLD.dover.address.clone(), terms),
        [WORLD.wrapping_key(Suite::P256)],
    );
    let mut request = WORLD.request(&policy, &keys);
    request.chain = WORLD.tenant.chain(&WORLD.dover);
    let own = publish(request, &WORLD.dover.signer, &mut SystemRandom).unwrap();
    let own = PublishingLicence::parse(own.licence_bytes()).unwrap();
    let parts = |licence: &[u8]| minicbor::decode::<[ByteVec; 2]>(&payload(licence)).unwrap();
    let ([core, _], [victims_core, victims_wraps]) = (parts(own.bytes()), parts(victim.bytes()));

    // In the publisher's name: his core with another policy is no longer what he signed.
    let ciphertext = |core: &[u8]| {
        let mut decoder = minicbor::Decoder::new(core);
        for _ in 0..decoder.map().unwrap().unwrap() {
            if decoder.u8().unwrap() == 7 {
                return decoder.bytes().unwrap().to_vec();
            }
            decoder.skip().unwrap();
        }
        panic!("a core has a policy");
    };
    let replaced = replace(&victims_core, &ciphertext(&victims_core), &ciphertext(&core));
    let forged = wrapped_anew(&replaced, &key_block(&own), &WORLD.dover.signer);
    let forged = PublishingLicence::parse(&forged).unwrap();
    assert_eq!(forged.verify(&WORLD.anchors), Err(LicenceError::BadSignature));

    // In his own, with the publisher's wraps: `bind` is not theirs.
    let payload = minicbor::to_vec([core.clone(), victims_wraps]).unwrap();
    let forged = sign(&payload, labels::PUBLISHING_LICENCE, &WORLD.dover.signer, false);
    let forged = PublishingLicence::parse(&forged)
        .unwrap()
        .verify(&WORLD.anchors)
        .unwrap();
    let unwrapped = forged.unwrap_keys(&[WORLD.tenant.unwrapper(Suite::P256)]);
    assert_eq!(unwrapped.unwrap_err(), UnwrapFailed);

    // In his own, with the content key he has, and even with the content id of the file.
    let (content_id, own_id) = (victim.content_id(), own.content_id());
    let named = replace(&core, own_id.as_bytes(), content_id.as_bytes());
    let content_key = content_key_of_a_reader(&header);
    assert_eq!(key_block(victim)[1..33], content_key, "it is the file's");
    for core in [core.to_vec(), named] {
        let block = [&[1][..], &content_key, &key_block(&own)[33..65]].concat();
        let licence = wrapped_anew(&core, &block, &WORLD.dover.signer);
        let prefix = [&file[..12], &(licence.len() as u32).to_be_bytes()].concat();
        let made = [&prefix, &licence, &file[header.length()..]].concat();
        let own_header = WORLD.header(&made).unwrap();
        assert!(
            own_header
                .verified_licence()
                .unwrap_keys(&[WORLD.tenant.unwrapper(Suite::P256)])
                .is_ok()
        );
        let error = open_in_memory(&made, own_header.clone(), WORLD.grant(&own_header)).unwrap_err();
        assert_eq!(error, OpenError::Altered(Layer::Body));
    }
}

/// SEC-34, clauses 4.3 and 4.5. A file wrapped with the hybrid cannot be given a classical wrap, in its place or beside it:
/// the wraps are signed with the rest. What the publisher himself does against the rule is told.
#[test]
fn a_suite_cannot_be_downgraded() {
    let victim = WORLD.publish(Suite::MlKem768X25519);
    let [core, wraps]: [ByteVec; 2] = minicbor::decode(&payload(victim.licence_bytes())).unwrap();
    let [hybrid]: [(KeyId, u16, ByteVec); 1] = minicbor::decode(&wraps).unwrap();
    // Even with the whole key block, which no reader has.
    let keys = PublishingLicence::parse(victim.licence_bytes())
        .unwrap()
        .verify(&WORLD.anchors)
        .unwrap();
    assert!(
        keys.unwrap_keys(&[WORLD.tenant.unwrapper(Suite::MlKem768X25519)])
            .is_ok()
    );
    let secret = WORLD
        .tenant
        .unwrapper(Suite::MlKem768X25519)
        .expose_secret_for_sealing()
        .unwrap();
    let key = HpkePrivateKey::from_bytes(Kem::MlKem768X25519, secret.as_slice().try_into().unwrap()).unwrap();
    let bind = labels::derive_bind(&core);
    let block = hpke::open(&key, labels::WRAP, &bind, &hybrid.2).unwrap();
    let classical = WORLD.wrapping_key(Suite::P256);
    let public = HpkePublicKey::from_bytes(Kem::P256, classical.as_bytes()).unwrap();
    let sealed = hpke::seal(&public, labels::WRAP, &bind, &block, &mut SystemRandom).unwrap();
    let classical = (classical.kid(), Suite::P256.number(), ByteVec::from(sealed));
    let encode = |wraps: &[(KeyId, u16, ByteVec)]| {
        minicbor::to_vec([core.clone(), minicbor::to_vec(wraps).unwrap().into()]).unwrap()
    };
    let (replaced, beside) = (
        encode(std::slice::from_ref(&classical)),
        encode(&[hybrid, classical]),
    );
    let mut genuine = coset::CoseSign1::from_slice(victim.licence_bytes()).unwrap();
    for payload in [&replaced, &beside] {
        genuine.payload = Some(payload.clone());
        let with_old_signature = genuine.clone().to_vec().unwrap();
        let by_a_reader = sign(payload, labels::PUBLISHING_LICENCE, &WORLD.dover.signer, false);
        for forged in [with_old_signature, by_a_reader] {
            let licence = PublishingLicence::parse(&forged).unwrap();
            assert_eq!(licence.verify(&WORLD.anchors), Err(LicenceError::BadSignature));
        }
    }
    let by_the_publisher = sign(&beside, labels::PUBLISHING_LICENCE, &WORLD.janet.signer, false);
    assert!(
        PublishingLicence::parse(&by_the_publisher)
            .unwrap()
            .mixes_suites()
    );
}
