//! Certificates and chains.

use clausa_core::certificate::{
    CertificateError, IssueError, LicensorCertificate, LicensorChain, Purpose, Scope, SignedEditGrant,
    SignedLicensorCertificate, SignedTenantCertificate, TenantCertificate, TrustAnchors,
};
use clausa_core::id::{Serial, TemplateId};
use clausa_core::keys::{Signer, SoftwareSigner, Suite};
use clausa_core::random::SystemRandom;

use crate::world::{NOW, Tenant, WORLD};

/// Clause 7.2.1.
#[test]
fn a_chain_holds_up_to_its_root_and_no_other() {
    let chain = WORLD.tenant.chain(&WORLD.janet);
    assert_eq!(
        chain.verify(&WORLD.anchors, NOW).unwrap().address,
        WORLD.janet.address
    );
    assert_eq!(LicensorChain::parse(&chain.to_bytes()).unwrap(), chain);
    let stranger = SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap();
    let strangers = TrustAnchors::new(stranger.verifying_key());
    assert_eq!(chain.verify(&strangers, NOW), Err(CertificateError::UnknownRoot));
    assert_eq!(
        chain.verify(&TrustAnchors::default(), NOW),
        Err(CertificateError::UnknownRoot)
    );
    let both = TrustAnchors {
        roots: vec![stranger.verifying_key(), WORLD.root.verifying_key()],
    };
    assert!(chain.verify(&both, NOW).is_ok());
}

/// Clause 7.4.
#[test]
fn a_chain_has_its_two_certificates_in_order() {
    let bytes = WORLD.tenant.chain(&WORLD.janet).to_bytes();
    let reversed: Vec<_> = bytes.iter().rev().collect();
    assert!(LicensorChain::parse(&reversed).is_err());
    assert!(LicensorChain::parse(&bytes[..1]).is_err());
    assert!(LicensorChain::parse::<Vec<u8>>(&[]).is_err());
    assert!(LicensorChain::parse(&[&bytes[..], &bytes[1..]].concat()).is_err());
}

/// A certificate of another tenant of the same authority vouches for nothing here.
/// Clause 7.4.1.
#[test]
fn tenants_do_not_vouch_for_each_other() {
    let other = Tenant::new(&WORLD.root, &[]);
    // Issued by the other tenant, in our tenant's name.
    let leaf = WORLD
        .tenant
        .licensor_certificate(&WORLD.janet)
        .issue(other.signer(Purpose::Licensor))
        .unwrap();
    let chain = LicensorChain::new(leaf.clone(), other.certificate(Purpose::Licensor).clone());
    assert_eq!(
        chain.verify(&WORLD.anchors, NOW),
        Err(CertificateError::WrongTenant)
    );
    let chain = LicensorChain::new(leaf, WORLD.tenant.certificate(Purpose::Licensor).clone());
    assert_eq!(
        chain.verify(&WORLD.anchors, NOW),
        Err(CertificateError::BadSignature)
    );
}

/// SEC-70: each key of a tenant has one purpose.
/// Clauses 7.1 and 7.2.2.
#[test]
fn a_key_for_one_purpose_serves_no_other() {
    for issued_by in Purpose::ALL {
        let leaf = WORLD
            .tenant
            .licensor_certificate(&WORLD.janet)
            .issue(WORLD.tenant.signer(issued_by))
            .unwrap();
        let chain = LicensorChain::new(leaf, WORLD.tenant.certificate(issued_by).clone());
        let expected = if issued_by == Purpose::Licensor {
            None
        } else {
            Some(CertificateError::WrongPurpose)
        };
        assert_eq!(chain.verify(&WORLD.anchors, NOW).err(), expected, "{issued_by:?}");
    }
}

/// Clauses 7.2.2 and 7.4.1.
#[test]
fn validity_is_kept_to_the_second() {
    let certificate = WORLD.tenant.licensor_certificate(&WORLD.janet);
    let (from, to) = (certificate.not_before, certificate.expires);
    let chain = WORLD.tenant.chain_of(certificate);
    let at = |time| chain.verify(&WORLD.anchors, time).err();
    assert_eq!(at(from), None);
    assert_eq!(at(to), None);
    assert_eq!(
        at(from.minus_seconds(1)),
        Some(CertificateError::NotYetValid { from })
    );
    assert_eq!(at(to.plus_seconds(1)), Some(CertificateError::Expired { at: to }));
    let tenant = WORLD.tenant.certificate(Purpose::Licensor);
    let expires = tenant.claims().expires;
    let late = tenant.verify(&WORLD.anchors, Purpose::Licensor, expires.plus_seconds(1));
    assert_eq!(late, Err(CertificateError::Expired { at: expires }));
}

/// Clause 11.4.
#[test]
fn nothing_out_of_bounds_is_issued() {
    let good = || WORLD.tenant.licensor_certificate(&WORLD.janet);
    let issue = |certificate: LicensorCertificate| {
        certificate
            .issue(WORLD.tenant.signer(Purpose::Licensor))
            .map(drop)
    };
    assert_eq!(issue(good()), Ok(()));
    let long = LicensorCertificate {
        expires: NOW.plus_days(401),
        not_before: NOW,
        ..good()
    };
    assert_eq!(issue(long), Err(IssueError::InvalidValidity));
    let backwards = LicensorCertificate {
        expires: NOW,
        not_before: NOW.plus_days(1),
        ..good()
    };
    assert_eq!(issue(backwards), Err(IssueError::InvalidValidity));
    let ids = |count: u8| Some((0..count).map(|i| TemplateId::from_bytes([i; 16])).collect());
    assert_eq!(
        issue(LicensorCertificate {
            templates: ids(64),
            ..good()
        }),
        Ok(())
    );
    assert_eq!(
        issue(LicensorCertificate {
            templates: ids(65),
            ..good()
        }),
        Err(IssueError::OutOfBounds)
    );
    let repeated = Some(vec![TemplateId::from_bytes([1; 16]); 2]);
    assert_eq!(
        issue(LicensorCertificate {
            templates: repeated,
            ..good()
        }),
        Err(IssueError::OutOfBounds)
    );
    let tenant = TenantCertificate {
        expires: NOW,
        not_before: NOW.plus_seconds(1),
        ..*WORLD.tenant.certificate(Purpose::Edit).claims()
    };
    assert_eq!(
        tenant.issue(&WORLD.root).unwrap_err(),
        IssueError::InvalidValidity
    );
}

/// What a tenant's key signs beyond the bounds is refused by readers as well.
/// Clauses 1.6.1 and 7.3.1.
#[test]
fn nothing_out_of_bounds_is_read() {
    let certificate = LicensorCertificate {
        serial: Serial::from_bytes([9; 16]),
        ..WORLD.tenant.licensor_certificate(&WORLD.janet)
    };
    let bytes = certificate
        .clone()
        .issue(WORLD.tenant.signer(Purpose::Licensor))
        .unwrap()
        .as_bytes()
        .to_vec();
    let payload = crate::cose::payload(&bytes);
    let time =
        |time: clausa_core::time::Timestamp| [&[0x1a][..], &(time.seconds() as u32).to_be_bytes()].concat();
    let longer = crate::cose::replace(&payload, &time(certificate.expires), &time(NOW.plus_days(402)));
    let label = clausa_core::hazmat::labels::LICENSOR_CERTIFICATE;
    let forged = crate::cose::sign(&longer, label, WORLD.tenant.signer(Purpose::Licensor), false);
    assert!(SignedLicensorCertificate::parse(&forged).is_err());
    // A validity that ends before it begins.
    let tenant = WORLD.tenant.certificate(Purpose::Licence);
    let payload = crate::cose::payload(tenant.as_bytes());
    let ended = crate::cose::replace(
        &payload,
        &time(tenant.claims().expires),
        &time(NOW.minus_seconds(1_000_001)),
    );
    let label = clausa_core::hazmat::labels::TENANT_CERTIFICATE;
    let forged = crate::cose::sign(&ended, label, &WORLD.root, true);
    assert!(SignedTenantCertificate::parse(&forged).is_err());
}

#[test]
fn every_cut_and_every_appended_byte_is_refused() {
    let file = WORLD.protect(Suite::P256, b"");
    let header = WORLD.header(&file).unwrap();
    let leaf = WORLD.tenant.chain(&WORLD.janet).leaf().as_bytes().to_vec();
    let tenant = WORLD.tenant.certificate(Purpose::Licence).as_bytes().to_vec();
    let grant = WORLD.edit_grant(&header).as_bytes().to_vec();
    type Parses<'a> = &'a dyn Fn(&[u8]) -> bool;
    let parses: [(&[u8], Parses<'_>); 3] = [
        (&leaf, &|bytes| SignedLicensorCertificate::parse(bytes).is_ok()),
        (&tenant, &|bytes| SignedTenantCertificate::parse(bytes).is_ok()),
        (&grant, &|bytes| SignedEditGrant::parse(bytes).is_ok()),
    ];
    for (bytes, parses) in parses {
        assert!(parses(bytes));
        assert!((0..bytes.len()).all(|length| !parses(&bytes[..length])));
        assert!(!parses(&[bytes, &[0]].concat()));
    }
}

/// SEC-47
#[test]
fn scopes_are_a_closed_set() {
    for (bits, scope) in [
        (
            1,
            Some(Scope {
                publish: true,
                seal: false,
            }),
        ),
        (2, Some(Scope::SEAL)),
        (3, Some(Scope::ALL)),
        (0, None),
        (4, None),
    ] {
        assert_eq!(minicbor::decode(&[bits]).ok(), scope);
    }
}
