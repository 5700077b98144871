//! Publishing licences: what can be published, what is read, what is refused.

use clausa_core::certificate::{CertificateError, LicensorCertificate, Scope};
use clausa_core::error::Layer;
use clausa_core::hazmat::labels;
use clausa_core::id::TemplateId;
use clausa_core::keys::{KeyUnwrapper, Suite, UnwrapFailed};
use clausa_core::policy::{Grant, Grants, NamedData, Policy, Principal, Terms};
use clausa_core::publishing::{
    DisplayHint, LicenceError, PolicyError, PublishError, PublishRequest, PublishingLicence, publish,
};
use clausa_core::random::SystemRandom;

use crate::cose::{payload, replace, sign};
use crate::world::{NOW, Person, SUITES, WORLD};

fn request(policy: &Policy) -> PublishRequest<'_> {
    WORLD.request(
        policy,
        std::slice::from_ref(Box::leak(Box::new(WORLD.wrapping_key(Suite::P256)))),
    )
}

fn try_publish(request: PublishRequest<'_>) -> Result<PublishingLicence, PublishError> {
    publish(request, &WORLD.janet.signer, &mut SystemRandom).map(|published| published.licence().clone())
}

/// A licence with another core, signed again by the publisher. The wraps no longer fit, but that shows later.
fn with_core(licence: &PublishingLicence, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    with_payload(licence, |core, wraps| (change(core), wraps.to_vec()))
}

fn with_payload(licence: &PublishingLicence, change: impl Fn(&[u8], &[u8]) -> (Vec<u8>, Vec<u8>)) -> Vec<u8> {
    let [core, wraps]: [minicbor::bytes::ByteVec; 2] = minicbor::decode(&payload(licence.bytes())).unwrap();
    let (core, wraps) = change(&core, &wraps);
    let payload = minicbor::to_vec([minicbor::bytes::ByteVec::from(core), wraps.into()]).unwrap();
    sign(&payload, labels::PUBLISHING_LICENCE, &WORLD.janet.signer, false)
}

/// Clause 3.5.1.
#[test]
fn a_licence_says_what_was_requested() {
    let policy = WORLD.policy();
    let hint = DisplayHint::new(TemplateId::from_bytes([3; 16]), "Contoso - Confidential").unwrap();
    let mut extensions = NamedData::default();
    extensions.insert("example.contoso.case", b"42".to_vec()).unwrap();
    let request = PublishRequest {
        hint: Some(hint.clone()),
        extensions: extensions.clone(),
        ..request(&policy)
    };
    let licence = try_publish(request).unwrap();
    let licence = PublishingLicence::parse(licence.bytes()).unwrap();
    assert_eq!(licence.tenant(), WORLD.tenant.id);
    assert_eq!(licence.origin().as_str(), "https://rights.contoso.example");
    assert_eq!((licence.issued_at(), licence.hint()), (NOW, Some(&hint)));
    // SEC-18: an addition that need not be understood is kept byte for byte.
    assert_eq!(licence.extensions(), Some(&extensions));
    assert_eq!(licence.publisher_claims().address, WORLD.janet.address);
    let wraps: Vec<_> = licence.wraps().map(|wrap| (wrap.kid, wrap.suite)).collect();
    assert_eq!(wraps, [(WORLD.wrapping_key(Suite::P256).kid(), Suite::P256)]);
    assert!(!licence.mixes_suites());
    let verified = licence.verify(&WORLD.anchors).unwrap();
    assert_eq!(verified.publisher().subject, WORLD.janet.account);
}

#[test]
fn the_digest_is_over_prefix_and_licence() {
    let file = WORLD.protect(Suite::P256, b"");
    let header = WORLD.header(&file).unwrap();
    let digest = clausa_core::hazmat::backends::sha256(&[&file[..header.length()]]);
    assert_eq!(header.digest().as_bytes(), &digest);
    assert_eq!(header.licence().digest(), header.digest());
    assert_eq!(file[16..header.length()], *header.licence().bytes());
}

#[test]
fn wraps_for_every_suite_hold_the_same_keys() {
    let policy = WORLD.policy();
    let keys: Vec<_> = SUITES.iter().map(|suite| WORLD.wrapping_key(*suite)).collect();
    let request = PublishRequest {
        allow_mixed_suites: true,
        ..WORLD.request(&policy, &keys)
    };
    let licence = try_publish(request).unwrap().verify(&WORLD.anchors).unwrap();
    assert!(licence.licence().mixes_suites());
    for suite in SUITES {
        let keys = licence.unwrap_keys(&[WORLD.tenant.unwrapper(*suite)]).unwrap();
        assert_eq!(licence.policy(&keys.policy_key).unwrap(), policy);
    }
    let all: Vec<&dyn KeyUnwrapper> = WORLD.tenant.unwrappers.iter().map(|key| key as _).collect();
    assert!(licence.unwrap_keys(&all).is_ok());
    assert_eq!(licence.unwrap_keys(&[]).unwrap_err(), UnwrapFailed);
}

/// SEC-8
/// Clauses 4.2.2 and 4.6.1.
#[test]
fn wraps_with_different_keys_are_refused() {
    let policy = WORLD.policy();
    let keys: Vec<_> = [Suite::P256, Suite::MlKem768X25519]
        .map(|suite| WORLD.wrapping_key(suite))
        .into();
    let publish_both = || {
        try_publish(PublishRequest {
            allow_mixed_suites: true,
            ..WORLD.request(&policy, &keys)
        })
        .unwrap()
    };
    let (first, second) = (publish_both(), publish_both());
    // The second licence's wraps, for the first one's core, one by one: `bind` refuses both.
    let foreign = with_payload(&first, |core, _| {
        let [_, wraps]: [minicbor::bytes::ByteVec; 2] = minicbor::decode(&payload(second.bytes())).unwrap();
        (core.to_vec(), wraps.to_vec())
    });
    let foreign = PublishingLicence::parse(&foreign)
        .unwrap()
        .verify(&WORLD.anchors)
        .unwrap();
    for suite in [Suite::P256, Suite::MlKem768X25519] {
        assert_eq!(
            foreign.unwrap_keys(&[WORLD.tenant.unwrapper(suite)]).unwrap_err(),
            UnwrapFailed
        );
    }
    // Two wraps with the right `bind` and different keys: made with the tenant's public keys, which everybody has.
    let bind = {
        let [core, _]: [minicbor::bytes::ByteVec; 2] = minicbor::decode(&payload(first.bytes())).unwrap();
        labels::derive_bind(&core)
    };
    let wrap = |suite: Suite, fill: u8| {
        let key = WORLD.wrapping_key(suite);
        let kem = if suite == Suite::P256 {
            clausa_core::hazmat::hpke::Kem::P256
        } else {
            clausa_core::hazmat::hpke::Kem::MlKem768X25519
        };
        let public = clausa_core::hazmat::hpke::HpkePublicKey::from_bytes(kem, key.as_bytes()).unwrap();
        let block = [&[1][..], &[fill; 64], &bind].concat();
        let sealed =
            clausa_core::hazmat::hpke::seal(&public, labels::WRAP, &bind, &block, &mut SystemRandom).unwrap();
        (key.kid(), suite.number(), minicbor::bytes::ByteVec::from(sealed))
    };
    let unwrap = |wraps: [_; 2]| {
        let forged = with_payload(&first, |core, _| {
            (core.to_vec(), minicbor::to_vec(&wraps).unwrap())
        });
        let forged = PublishingLicence::parse(&forged)
            .unwrap()
            .verify(&WORLD.anchors)
            .unwrap();
        let keys: [&dyn KeyUnwrapper; 2] = [
            WORLD.tenant.unwrapper(Suite::P256),
            WORLD.tenant.unwrapper(Suite::MlKem768X25519),
        ];
        forged.unwrap_keys(&keys).map(drop)
    };
    assert_eq!(
        unwrap([wrap(Suite::P256, 1), wrap(Suite::MlKem768X25519, 1)]),
        Ok(())
    );
    assert_eq!(
        unwrap([wrap(Suite::P256, 1), wrap(Suite::MlKem768X25519, 2)]),
        Err(UnwrapFailed)
    );
}

/// Clauses 4.1.1 and 4.5.
#[test]
fn what_cannot_be_published_is_refused() {
    let policy = WORLD.policy();
    let refused = |request| try_publish(request).err();
    let key = |suite| WORLD.wrapping_key(suite);
    let (one, pq) = (key(Suite::P256), key(Suite::MlKem768X25519));
    assert_eq!(
        refused(WORLD.request(&policy, &[])),
        Some(PublishError::WrappingKeys)
    );
    let twice = [one.clone(), one.clone()];
    assert_eq!(
        refused(WORLD.request(&policy, &twice)),
        Some(PublishError::WrappingKeys)
    );
    let five = [1, 2, 3, 4, 5].map(|_| {
        let key = clausa_core::keys::SoftwareUnwrapper::generate(Suite::P256, &mut SystemRandom).unwrap();
        key.public().clone()
    });
    assert_eq!(
        refused(WORLD.request(&policy, &five)),
        Some(PublishError::WrappingKeys)
    );
    assert!(try_publish(WORLD.request(&policy, &five[..4])).is_ok());
    // SEC-34
    let mixed = [one, pq];
    assert_eq!(
        refused(WORLD.request(&policy, &mixed)),
        Some(PublishError::MixedSuites)
    );
    let dovers = PublishRequest {
        chain: WORLD.tenant.chain(&WORLD.dover),
        ..request(&policy)
    };
    assert_eq!(refused(dovers), Some(PublishError::WrongSigner));
    let other_tenant = PublishRequest {
        tenant: clausa_core::id::TenantId::from_bytes([1; 16]),
        ..request(&policy)
    };
    assert_eq!(
        refused(other_tenant),
        Some(PublishError::Certificate(CertificateError::WrongTenant))
    );
    let certificate = || WORLD.tenant.licensor_certificate(&WORLD.janet);
    let with = |certificate| PublishRequest {
        chain: WORLD.tenant.chain_of(certificate),
        ..request(&policy)
    };
    let sealing = LicensorCertificate {
        scope: Scope::SEAL,
        ..certificate()
    };
    assert_eq!(refused(with(sealing)), Some(PublishError::NotAllowed));
    let late = PublishRequest {
        issued_at: NOW.plus_days(400),
        ..request(&policy)
    };
    let expired = CertificateError::Expired {
        at: NOW.plus_days(399),
    };
    assert_eq!(refused(late), Some(PublishError::Certificate(expired)));
    let early = PublishRequest {
        issued_at: NOW.minus_seconds(3_601),
        ..request(&policy)
    };
    let not_yet = CertificateError::NotYetValid {
        from: NOW.minus_seconds(3_600),
    };
    assert_eq!(refused(early), Some(PublishError::Certificate(not_yet)));
}

#[test]
fn a_policy_for_thousands_fits_and_one_beyond_the_largest_size_does_not() {
    let named = |count: usize, address: &dyn Fn(usize) -> String| {
        let grants = (0..count).map(|i| Grant {
            principal: Principal::Account(address(i).parse().unwrap()),
            rights: "VIEW".parse().unwrap(),
        });
        Policy::new(
            WORLD.janet.address.clone(),
            Terms::AdHoc(Grants::new(grants.collect()).unwrap()),
        )
    };
    let many = named(Grants::MAX, &|i| {
        format!("reader-number-{i}@department.fabrikam.example")
    });
    let licence = try_publish(request(&many))
        .unwrap()
        .verify(&WORLD.anchors)
        .unwrap();
    let keys = licence
        .unwrap_keys(&[WORLD.tenant.unwrapper(Suite::P256)])
        .unwrap();
    assert_eq!(licence.policy(&keys.policy_key).unwrap(), many);
    let long = named(Grants::MAX, &|i| {
        format!("{}-{i}@{}.example", "x".repeat(50), "y.".repeat(50) + "z")
    });
    assert_eq!(try_publish(request(&long)).err(), Some(PublishError::TooLarge));
}

/// Clause 7.5.
#[test]
fn a_certificate_limited_to_templates_publishes_with_these_only() {
    let (allowed, other) = (TemplateId::from_bytes([1; 16]), TemplateId::from_bytes([2; 16]));
    let template = |id| {
        Policy::new(
            WORLD.janet.address.clone(),
            Terms::Template { id, digest: [0; 32] },
        )
    };
    let certificate = LicensorCertificate {
        templates: Some(vec![allowed]),
        ..WORLD.tenant.licensor_certificate(&WORLD.janet)
    };
    let chain = WORLD.tenant.chain_of(certificate);
    let with = |policy: &Policy| {
        try_publish(PublishRequest {
            chain: chain.clone(),
            ..request(policy)
        })
    };
    assert!(with(&template(allowed)).is_ok());
    assert_eq!(with(&template(other)).err(), Some(PublishError::TermsNotAllowed));
    assert_eq!(with(&WORLD.policy()).err(), Some(PublishError::TermsNotAllowed));
    // A client that looks away does not get past the authority: the limited certificate in a licence made without it.
    let unlimited = WORLD.tenant.licensor_certificate(&WORLD.janet);
    let limited = LicensorCertificate {
        templates: Some(vec![allowed]),
        ..unlimited.clone()
    };
    let swap = [WORLD.tenant.chain_of(unlimited), WORLD.tenant.chain_of(limited)];
    let policy = WORLD.policy();
    let made = publish_with_chain(&policy, &swap[0], &swap[1]);
    let made = PublishingLicence::parse(&made)
        .unwrap()
        .verify(&WORLD.anchors)
        .unwrap();
    let keys = made.unwrap_keys(&[WORLD.tenant.unwrapper(Suite::P256)]).unwrap();
    assert_eq!(made.policy(&keys.policy_key), Err(PolicyError::TermsNotAllowed));
}

/// A licence made under one chain, with the other one put in and the keys wrapped anew for the changed core.
fn publish_with_chain(
    policy: &Policy,
    made_with: &clausa_core::certificate::LicensorChain,
    put_in: &clausa_core::certificate::LicensorChain,
) -> Vec<u8> {
    let licence = try_publish(PublishRequest {
        chain: made_with.clone(),
        ..request(policy)
    })
    .unwrap();
    let head = |bytes: &[u8]| {
        let mut encoded = minicbor::to_vec(minicbor::bytes::ByteVec::from(bytes.to_vec())).unwrap();
        encoded.truncate(encoded.len() - bytes.len());
        encoded
    };
    with_payload(&licence, |core, wraps| {
        let (old, new) = (made_with.leaf().as_bytes(), put_in.leaf().as_bytes());
        let at = core.windows(old.len()).position(|window| window == old).unwrap();
        let changed = [
            &core[..at - head(old).len()],
            &head(new),
            new,
            &core[at + old.len()..],
        ]
        .concat();
        let bind = [core, &changed].map(labels::derive_bind);
        let [(kid, suite, sealed)]: [(clausa_core::id::KeyId, u16, minicbor::bytes::ByteVec); 1] =
            minicbor::decode(wraps).unwrap();
        use clausa_core::hazmat::hpke;
        let secret = WORLD
            .tenant
            .unwrapper(Suite::P256)
            .expose_secret_for_sealing()
            .unwrap();
        let key =
            hpke::HpkePrivateKey::from_bytes(hpke::Kem::P256, secret.as_slice().try_into().unwrap()).unwrap();
        let mut block = hpke::open(&key, labels::WRAP, &bind[0], &sealed).unwrap();
        block[65..].copy_from_slice(&bind[1]);
        let sealed = hpke::seal(key.public(), labels::WRAP, &bind[1], &block, &mut SystemRandom).unwrap();
        (
            changed,
            minicbor::to_vec([(kid, suite, minicbor::bytes::ByteVec::from(sealed))]).unwrap(),
        )
    })
}

/// What only a publisher who signs nonsense could make.
/// Clauses 1.3.3, 1.3.4, 3.3.1, 3.5, 4.1.1 and 4.3.1.
#[test]
fn cores_out_of_order_are_refused_though_signed() {
    let policy = WORLD.policy();
    let licence = try_publish(request(&policy)).unwrap();
    let parse = |bytes: &[u8]| PublishingLicence::parse(bytes).map(drop);
    let malformed = |result: Result<(), LicenceError>| matches!(result, Err(LicenceError::Malformed(_)));
    assert_eq!(parse(&with_core(&licence, <[u8]>::to_vec)), Ok(()));
    // SEC-6: version, in key 1.
    assert!(malformed(parse(&with_core(&licence, |core| replace(
        core,
        &[0xa8, 1, 1, 2, 0x50],
        &[0xa8, 1, 2, 2, 0x50]
    )))));
    // SEC-12: body profile, in key 8, the last.
    assert!(malformed(parse(&with_core(&licence, |core| [
        &core[..core.len() - 1],
        &[2]
    ]
    .concat()))));
    // SEC-18: unknown key, and a name that must be understood.
    let with_entry = |entry: &[u8]| with_core(&licence, |core| [&[core[0] + 1], &core[1..], entry].concat());
    assert!(malformed(parse(&with_entry(&[12, 0]))));
    assert_eq!(
        parse(&with_entry(&[10, 0x81, 0x63, b'n', b'e', b'w'])),
        Err(LicenceError::UnknownCritical)
    );
    assert_eq!(
        parse(&with_entry(&[11, 0xa1, 0x63, b'n', b'e', b'w', 0x41, 7])),
        Ok(())
    );
    assert!(
        malformed(parse(&with_entry(&[11, 0xa0]))),
        "an empty map is another encoding of none"
    );
    // SEC-2: a wrap twice, no wrap, an unknown suite.
    let with_wraps = |wraps: &dyn Fn(&[u8]) -> Vec<u8>| {
        parse(&with_payload(&licence, |core, bytes| {
            (core.to_vec(), wraps(bytes))
        }))
    };
    assert_eq!(with_wraps(&<[u8]>::to_vec), Ok(()));
    assert!(malformed(with_wraps(&|wraps| [
        &[0x82],
        &wraps[1..],
        &wraps[1..]
    ]
    .concat())));
    assert!(malformed(with_wraps(&|_| vec![0x80])));
    assert!(malformed(with_wraps(&|wraps| {
        let mut w = wraps.to_vec();
        w[11] = 4;
        w
    })));
}

/// SEC-1, SEC-17: any length, any bytes, nothing but an error.
#[test]
fn arbitrary_bytes_are_refused_calmly() {
    assert!(PublishingLicence::parse(&[]).is_err());
    let long = vec![0x84; (1 << 20) + 1];
    let error = PublishingLicence::parse(&long).unwrap_err();
    assert!(
        matches!(error, LicenceError::Malformed(malformed) if malformed.layer == Layer::PublishingLicence)
    );
    assert!(PublishingLicence::parse(&long[1..]).is_err());
}

#[test]
fn an_owner_may_be_somebody_else_than_the_publisher() {
    let owner = Person::new("board@contoso.example");
    let policy = Policy {
        owner: owner.address.clone(),
        ..WORLD.policy()
    };
    let licence = try_publish(request(&policy))
        .unwrap()
        .verify(&WORLD.anchors)
        .unwrap();
    let keys = licence
        .unwrap_keys(&[WORLD.tenant.unwrapper(Suite::P256)])
        .unwrap();
    assert_eq!(licence.policy(&keys.policy_key).unwrap().owner, owner.address);
}
