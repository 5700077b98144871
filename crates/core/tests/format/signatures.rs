//! COSE: each kind of object has its own `external_aad`, algorithms go by the key, and `coset` agrees.

use clausa_core::certificate::{
    CertificateError, KeySetPolicy, LicensorChain, Purpose, SignedEditGrant, SignedLicensorCertificate,
    SignedTenantCertificate, SignedTenantKeySet, TenantKeySet, TenantSigningKey, WrappingKeyEntry,
    WrappingKeyStatus,
};
use clausa_core::hazmat::labels;
use clausa_core::keys::{Signer, SoftwareSigner, Suite};
use clausa_core::open::open_in_memory;
use clausa_core::publishing::PublishingLicence;
use clausa_core::use_licence::UseLicence;
use coset::{CborSerializable, CoseSign1};

use crate::cose::{payload, sign, verifies};
use crate::world::{NOW, WORLD};

/// One kind of object: a genuine one, how it was signed, and how a reader takes it.
struct Kind {
    name: &'static str,
    aad: &'static [u8],
    object: Vec<u8>,
    signer: &'static SoftwareSigner,
    names_key: bool,
    accepts: Accepts,
}

type Accepts = Box<dyn Fn(&[u8]) -> bool>;

fn key_set() -> TenantKeySet {
    let tenant = &WORLD.tenant;
    TenantKeySet {
        tenant: tenant.id,
        version: 1,
        organisation: Some("Contoso".into()),
        issued_at: NOW,
        expires: NOW.plus_days(30),
        signing_keys: Purpose::ALL
            .map(|purpose| TenantSigningKey {
                purpose,
                key: tenant.signer(purpose).verifying_key(),
            })
            .to_vec(),
        wrapping_keys: vec![WrappingKeyEntry {
            key: WORLD.wrapping_key(Suite::P256),
            status: WrappingKeyStatus::Active,
        }],
        accepted_suites: vec![Suite::P256, Suite::MlKem768X25519],
        policy: KeySetPolicy::default(),
    }
}

fn kinds() -> Vec<Kind> {
    let (world, tenant) = (&*WORLD, &WORLD.tenant);
    let file = world.protect(Suite::P256, b"text");
    let header = world.header(&file).unwrap();
    let seal_at = file.len() - 16 - {
        u64::from_be_bytes(file[file.len() - 16..file.len() - 8].try_into().unwrap()) as usize
    };
    let edit_grant = world.edit_grant(&header);
    let [edit_object, edit_certificate]: [minicbor::bytes::ByteVec; 2] =
        minicbor::decode(edit_grant.as_bytes()).unwrap();
    let licence = world.issue(&world.draft(&header, &world.dover), &header, &world.dover);
    let chain = tenant.chain(&world.janet);
    let (header, file) = (&*Box::leak(Box::new(header)), &*Box::leak(Box::new(file)));
    vec![
        Kind {
            name: "publishing licence",
            aad: labels::PUBLISHING_LICENCE,
            object: header.licence().bytes().to_vec(),
            signer: &world.janet.signer,
            names_key: false,
            accepts: Box::new(|bytes| {
                PublishingLicence::parse(bytes).is_ok_and(|licence| licence.verify(&WORLD.anchors).is_ok())
            }),
        },
        Kind {
            name: "seal",
            aad: labels::SEAL,
            object: file[seal_at..file.len() - 16].to_vec(),
            signer: &world.janet.signer,
            names_key: false,
            accepts: Box::new(move |bytes| {
                let mut forged = file[..seal_at].to_vec();
                forged.extend_from_slice(bytes);
                forged.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
                forged.extend_from_slice(b"CLSSEAL1");
                open_in_memory(&forged, header.clone(), WORLD.grant(header)).is_ok()
            }),
        },
        Kind {
            name: "use licence",
            aad: labels::USE_LICENCE,
            object: licence,
            signer: tenant.signer(Purpose::Licence),
            names_key: false,
            accepts: Box::new(move |bytes| {
                let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
                UseLicence::parse_verify(bytes, certificate, header, &WORLD.expected(&WORLD.dover)).is_ok()
            }),
        },
        Kind {
            name: "tenant certificate",
            aad: labels::TENANT_CERTIFICATE,
            object: tenant.certificate(Purpose::Licensor).as_bytes().to_vec(),
            signer: &world.root,
            names_key: true,
            accepts: Box::new(|bytes| {
                SignedTenantCertificate::parse(bytes).is_ok_and(|certificate| {
                    certificate.verify(&WORLD.anchors, Purpose::Licensor, NOW).is_ok()
                })
            }),
        },
        Kind {
            name: "licensor certificate",
            aad: labels::LICENSOR_CERTIFICATE,
            object: chain.leaf().as_bytes().to_vec(),
            signer: tenant.signer(Purpose::Licensor),
            names_key: false,
            accepts: Box::new(|bytes| {
                let issuer = WORLD.tenant.certificate(Purpose::Licensor).clone();
                SignedLicensorCertificate::parse(bytes).is_ok_and(|leaf| {
                    LicensorChain::new(leaf, issuer)
                        .verify(&WORLD.anchors, NOW)
                        .is_ok()
                })
            }),
        },
        Kind {
            name: "key set",
            aad: labels::TENANT_KEY_SET,
            object: key_set().issue(&world.root).unwrap().as_bytes().to_vec(),
            signer: &world.root,
            names_key: true,
            accepts: Box::new(|bytes| {
                SignedTenantKeySet::parse(bytes)
                    .is_ok_and(|set| set.verify(&WORLD.anchors, WORLD.tenant.id, NOW).is_ok())
            }),
        },
        Kind {
            name: "edit grant",
            aad: labels::EDIT_GRANT,
            object: edit_object.to_vec(),
            signer: tenant.signer(Purpose::Edit),
            names_key: false,
            accepts: Box::new(move |bytes| {
                let pair: [minicbor::bytes::ByteVec; 2] = [bytes.to_vec().into(), edit_certificate.clone()];
                SignedEditGrant::parse(&minicbor::to_vec(pair).unwrap()).is_ok_and(|grant| {
                    grant
                        .verify(&WORLD.anchors, WORLD.tenant.id, &header.digest(), NOW)
                        .is_ok()
                })
            }),
        },
    ]
}

/// SEC-5: the table of all kinds. An object signed as one kind is accepted as that kind alone, though key and payload
/// are right.
/// Clause 2.4.1.
#[test]
fn no_signature_passes_for_another_kind() {
    let kinds = kinds();
    for taken_as in &kinds {
        assert!((taken_as.accepts)(&taken_as.object), "{}", taken_as.name);
        for signed_as in &kinds {
            let payload = payload(&taken_as.object);
            let object = sign(&payload, signed_as.aad, taken_as.signer, taken_as.names_key);
            assert_eq!(
                (taken_as.accepts)(&object),
                signed_as.name == taken_as.name,
                "signed as {}, taken as {}",
                signed_as.name,
                taken_as.name
            );
        }
        // Of the kind that is reserved, and of none.
        for aad in [labels::CHECKPOINT, b"", b"clausa/v1/"] {
            let object = sign(
                &payload(&taken_as.object),
                aad,
                taken_as.signer,
                taken_as.names_key,
            );
            assert!(!(taken_as.accepts)(&object), "{}", taken_as.name);
        }
    }
}

/// A second opinion: `coset` verifies what we sign, and what it signs we take (see the table above).
#[test]
fn coset_agrees() {
    for kind in kinds() {
        assert!(verifies(&kind.object, kind.aad, kind.signer), "{}", kind.name);
        assert!(!verifies(&kind.object, b"", kind.signer), "{}", kind.name);
        let object = CoseSign1::from_slice(&kind.object).unwrap();
        assert_eq!(object.clone().to_vec().unwrap(), kind.object, "{}", kind.name);
        assert!(object.unprotected.is_empty());
    }
}

/// SEC-3, SEC-4
/// Clauses 2.1.1, 2.2, 2.3 and 2.3.1.
#[test]
fn other_headers_are_refused() {
    for kind in kinds() {
        let genuine = CoseSign1::from_slice(&kind.object).unwrap();
        let changed = |change: &dyn Fn(&mut CoseSign1)| {
            let mut object = genuine.clone();
            change(&mut object);
            // The protected header is part of what is signed, so the attacker signs again with the right key.
            object.protected.original_data = None;
            let message = object.tbs_data(kind.aad);
            object.signature = kind.signer.sign(&message).unwrap().0.to_vec();
            (kind.accepts)(&object.to_vec().unwrap())
        };
        use coset::{RegisteredLabelWithPrivate::Assigned, iana::Algorithm};
        let with_algorithm =
            |algorithm| changed(&|object| object.protected.header.alg = Some(Assigned(algorithm)));
        assert!(
            !with_algorithm(Algorithm::EdDSA),
            "{}: polymorphic EdDSA",
            kind.name
        );
        assert!(
            !with_algorithm(Algorithm::ES256),
            "{}: polymorphic ES256",
            kind.name
        );
        assert!(!with_algorithm(Algorithm::ES384));
        assert!(!with_algorithm(Algorithm::HMAC_256_256));
        let other = if kind.signer.verifying_key().as_bytes().len() == 33 {
            Algorithm::Ed25519
        } else {
            Algorithm::ESP256
        };
        assert!(
            !with_algorithm(other),
            "{}: the other key type's algorithm",
            kind.name
        );
        assert!(!changed(&|object| object.protected.header.alg = None));
        assert!(
            !changed(&|object| object.unprotected.key_id = vec![1]),
            "{}: unprotected header",
            kind.name
        );
        assert!(!changed(
            &|object| object.protected.header.content_type = Some(coset::ContentType::Text("a".into()))
        ));
        assert!(
            !changed(&|object| object.protected.header.key_id = vec![9; 8]),
            "{}: another kid",
            kind.name
        );
        assert!(!changed(&|object| object.payload = None));
    }
}

/// Clause 2.6: the higher form of an ECDSA signature verifies elsewhere and is refused here.
/// Clause 2.6.2.
#[test]
fn the_second_form_of_a_signature_is_refused() {
    let kind = kinds().remove(0);
    let mut object = CoseSign1::from_slice(&kind.object).unwrap();
    let order = [
        0xff_u8, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
        0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut borrow = 0_i16;
    for (digit, order) in object.signature[32..].iter_mut().zip(order).rev() {
        let difference = i16::from(order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = difference.rem_euclid(256) as u8;
    }
    let second = object.to_vec().unwrap();
    assert!(
        verifies(&second, kind.aad, kind.signer),
        "it is a valid signature"
    );
    assert!(!(kind.accepts)(&second));
}

/// Clauses 7.6.1 and 7.6.2.
#[test]
fn a_key_set_says_which_keys_are_for_new_files() {
    let mut set = key_set();
    let archived = SoftwareUnwrapperPublic::generate(Suite::P256);
    let post_quantum = SoftwareUnwrapperPublic::generate(Suite::MlKem768X25519);
    set.wrapping_keys.push(WrappingKeyEntry {
        key: archived,
        status: WrappingKeyStatus::Archived,
    });
    set.wrapping_keys.push(WrappingKeyEntry {
        key: post_quantum.clone(),
        status: WrappingKeyStatus::Active,
    });
    let set = set.issue(&WORLD.root).unwrap();
    let set = SignedTenantKeySet::parse(set.as_bytes()).unwrap();
    let verified = set.verify(&WORLD.anchors, WORLD.tenant.id, NOW).unwrap();
    assert_eq!(
        verified.keys_for_new_files(),
        [&post_quantum, &WORLD.wrapping_key(Suite::P256)]
    );
    let other = clausa_core::id::TenantId::from_bytes([1; 16]);
    assert_eq!(
        set.verify(&WORLD.anchors, other, NOW),
        Err(CertificateError::WrongTenant)
    );
    let late = set.verify(&WORLD.anchors, WORLD.tenant.id, NOW.plus_days(31));
    assert_eq!(
        late,
        Err(CertificateError::Expired {
            at: NOW.plus_days(30)
        })
    );
}

/// SEC-68: a thousand rotations fit.
/// Clause 7.6.1.
#[test]
fn a_key_set_holds_a_thousand_keys() {
    let mut set = key_set();
    let entry = WrappingKeyEntry {
        key: SoftwareUnwrapperPublic::generate(Suite::MlKem768X25519),
        status: WrappingKeyStatus::Archived,
    };
    set.wrapping_keys = vec![entry.clone(); 1_001];
    assert!(SignedTenantKeySet::parse(set.clone().issue(&WORLD.root).unwrap().as_bytes()).is_ok());
    set.wrapping_keys = vec![entry; 1_025];
    assert!(set.issue(&WORLD.root).is_err());
}

struct SoftwareUnwrapperPublic;

impl SoftwareUnwrapperPublic {
    fn generate(suite: Suite) -> clausa_core::keys::WrappingPublicKey {
        let key =
            clausa_core::keys::SoftwareUnwrapper::generate(suite, &mut clausa_core::random::SystemRandom);
        key.unwrap().public().clone()
    }
}
