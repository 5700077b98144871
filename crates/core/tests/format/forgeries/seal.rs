//! Forged seals: another text, another signer, no right to edit, none at all.

use std::io::Write;

use clausa_core::certificate::{CertificateError, EditGrant, Purpose, SignedEditGrant, TenantCertificate};
use clausa_core::error::Layer;
use clausa_core::hazmat::labels;
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{Signer, SoftwareSigner, Suite};
use clausa_core::open::{OpenError, VerifiedHeader, open_in_memory};
use clausa_core::protect::{FileSealer, ProtectError, ProtectWriter, protect};
use clausa_core::random::SystemRandom;
use clausa_core::use_licence::UseLicenceDraft;
use minicbor::bytes::ByteVec;

use super::keyholder::Seal;
use crate::cose::{payload, replace, sign};
use crate::world::{NOW, Tenant, WORLD};

/// A file with another text under its licence, sealed by Dover under an edit grant.
pub fn revised(header: &VerifiedHeader, content: &[u8]) -> Vec<u8> {
    let grant = WORLD.grant_with(header, "VIEW,EDIT");
    let inner = InnerHeader::named("report.pdf").unwrap();
    let sealer = FileSealer::revise(header, &grant, 0, &inner, &mut SystemRandom).unwrap();
    let mut rng = SystemRandom;
    let mut writer = ProtectWriter::with_sealer(sealer, Vec::new(), &mut rng).unwrap();
    writer.write_all(content).unwrap();
    writer.finish(&WORLD.dover.signer, NOW).unwrap().out
}

/// A file that Dover has changed, its header, and where its seal begins.
fn edited() -> (Vec<u8>, VerifiedHeader, usize) {
    let file = WORLD.protect(Suite::P256, b"first version");
    let header = WORLD.header(&file).unwrap();
    let file = revised(&header, b"");
    let length = u64::from_be_bytes(file[file.len() - 16..file.len() - 8].try_into().unwrap()) as usize;
    let seal_at = file.len() - 16 - length;
    (file, header, seal_at)
}

/// Opens the edited file with its seal changed and signed again.
fn with_seal(change: impl Fn(&mut Seal), signer: &SoftwareSigner) -> Result<(), OpenError> {
    let (file, header, seal_at) = edited();
    let mut seal: Seal = minicbor::decode(&payload(&file[seal_at..file.len() - 16])).unwrap();
    change(&mut seal);
    let seal = sign(&minicbor::to_vec(&seal).unwrap(), labels::SEAL, signer, false);
    let tail = [&(seal.len() as u64).to_be_bytes()[..], b"CLSSEAL1"].concat();
    let forged = [&file[..seal_at], &seal, &tail].concat();
    open_in_memory(&forged, header.clone(), WORLD.grant(&header)).map(drop)
}

/// A2, SEC-14: a reader has the content key and can encrypt any text; only the seal tells it from the publisher's.
#[test]
fn a_reader_cannot_pass_off_an_altered_text() {
    let dover = &WORLD.dover.signer;
    assert_eq!(with_seal(|_| {}, dover), Ok(()));
    assert_eq!(
        with_seal(|seal| seal.edit_grant = None, dover),
        Err(OpenError::Altered(Layer::Seal))
    );
    let stranger = SoftwareSigner::generate_p256(&mut SystemRandom).unwrap();
    assert_eq!(with_seal(|_| {}, &stranger), Err(OpenError::Altered(Layer::Seal)));
    assert_eq!(
        with_seal(|seal| seal.root[0] ^= 1, dover),
        Err(OpenError::Altered(Layer::Body))
    );
    assert_eq!(
        with_seal(|seal| seal.header_digest[0] ^= 1, dover),
        Err(OpenError::Altered(Layer::Seal))
    );
    assert_eq!(
        with_seal(|seal| seal.body_length += 1, dover),
        Err(OpenError::Altered(Layer::Body))
    );
}

/// The authentic seal of the old text on the new one.
#[test]
fn the_publishers_seal_does_not_fit_another_body() {
    let original = WORLD.protect(Suite::P256, b"first version");
    let (changed, _, seal_at) = edited();
    let length = u64::from_be_bytes(
        original[original.len() - 16..original.len() - 8]
            .try_into()
            .unwrap(),
    );
    let seal = &original[original.len() - 16 - length as usize..];
    let forged = [&changed[..seal_at], seal].concat();
    let header = WORLD.header(&forged).unwrap();
    let opened = open_in_memory(&forged, header.clone(), WORLD.grant(&header));
    assert_eq!(opened.unwrap_err(), OpenError::Altered(Layer::Seal));
}

/// SEC-15: an edit grant must be the tenant's, for this file, with EDIT, valid at the time of sealing, for the key that
/// sealed.
/// Clauses 8.7.1 and 8.8.1.
#[test]
fn edit_grants_allow_what_they_say_and_no_more() {
    let issue = |claims: EditGrant, signed_by: Purpose, tenant: &Tenant| {
        let issued = claims
            .issue(tenant.signer(signed_by), tenant.certificate(signed_by))
            .unwrap();
        Some(ByteVec::from(issued.as_bytes().to_vec()))
    };
    let with_grant = |make: &dyn Fn(EditGrant) -> Option<ByteVec>| {
        with_seal(
            |seal| {
                let genuine = SignedEditGrant::parse(seal.edit_grant.as_ref().unwrap()).unwrap();
                seal.edit_grant = make(genuine.claims().clone());
            },
            &WORLD.dover.signer,
        )
    };
    let tenant = &WORLD.tenant;
    assert_eq!(with_grant(&|claims| issue(claims, Purpose::Edit, tenant)), Ok(()));
    let sealer = |error| Err(OpenError::Sealer(error));
    let licence = clausa_core::id::LicenceDigest::from_bytes([1; 32]);
    let other_file = with_grant(&|claims| issue(EditGrant { licence, ..claims }, Purpose::Edit, tenant));
    assert_eq!(other_file, sealer(CertificateError::WrongSubject));
    let expires = NOW.minus_seconds(1);
    let expired = with_grant(&|claims| {
        issue(
            EditGrant {
                not_before: expires,
                expires,
                ..claims
            },
            Purpose::Edit,
            tenant,
        )
    });
    assert_eq!(expired, sealer(CertificateError::Expired { at: expires }));
    for purpose in [Purpose::Licensor, Purpose::Licence, Purpose::Checkpoint] {
        assert_eq!(
            with_grant(&|claims| issue(claims, purpose, tenant)),
            sealer(CertificateError::WrongPurpose)
        );
    }
    let other = Tenant::new(&WORLD.root, &[]);
    assert_eq!(
        with_grant(&|claims| issue(claims, Purpose::Edit, &other)),
        sealer(CertificateError::WrongTenant)
    );
    let own_name = with_grant(&|claims| {
        issue(
            EditGrant {
                tenant: other.id,
                ..claims
            },
            Purpose::Edit,
            &other,
        )
    });
    assert_eq!(own_name, sealer(CertificateError::WrongTenant));
    let key = WORLD.janet.signer.verifying_key();
    let other_key = with_grant(&|claims| issue(EditGrant { key, ..claims }, Purpose::Edit, tenant));
    assert_eq!(other_key, Err(OpenError::Altered(Layer::Seal)));
    // The tenant's key would have to sign this one; the type does not let it.
    let claims = WORLD.edit_grant_claims(&edited().1);
    let viewing = EditGrant {
        right: "VIEW".parse().unwrap(),
        ..claims
    };
    assert!(
        viewing
            .issue(tenant.signer(Purpose::Edit), tenant.certificate(Purpose::Edit))
            .is_err()
    );
    let view_only = with_grant(&|claims| {
        let good = claims
            .issue(tenant.signer(Purpose::Edit), tenant.certificate(Purpose::Edit))
            .unwrap();
        let [object, certificate]: [ByteVec; 2] = minicbor::decode(good.as_bytes()).unwrap();
        // Key 6, right: EDIT is 2, VIEW is 1; key 7 follows.
        let payload = replace(&payload(&object), &[6, 2, 7], &[6, 1, 7]);
        let object = sign(&payload, labels::EDIT_GRANT, tenant.signer(Purpose::Edit), false);
        Some(
            minicbor::to_vec([ByteVec::from(object), certificate])
                .unwrap()
                .into(),
        )
    });
    assert_eq!(view_only, sealer(CertificateError::WrongPurpose));
}

/// SEC-14, clause 8.8: never silently without a seal.
/// Clause 8.8.2.
#[test]
fn a_file_whose_seal_was_stripped_is_refused() {
    let (file, header, seal_at) = edited();
    let open = |file: &[u8]| open_in_memory(file, header.clone(), WORLD.grant(&header)).map(drop);
    assert_eq!(open(&file[..seal_at]), Err(OpenError::Unsealed));
    let empty_seal = [&file[..seal_at], &[0; 8], b"CLSSEAL1"].concat();
    assert!(
        matches!(open(&empty_seal), Err(OpenError::Malformed(malformed)) if malformed.layer == Layer::Seal)
    );
    assert_eq!(open(&file[..header.length()]), Err(OpenError::Unsealed));
}

/// A publisher whose certificate lacks the scope, or has expired, seals nothing.
#[test]
fn sealing_needs_a_certificate_that_is_valid_then() {
    let seal_at = |at| {
        let inner = InnerHeader::default();
        protect(
            WORLD.publish(Suite::P256),
            &inner,
            b"",
            &WORLD.janet.signer,
            at,
            &mut SystemRandom,
        )
    };
    assert!(seal_at(NOW.plus_days(399)).is_ok());
    assert_eq!(
        seal_at(NOW.plus_days(400)).unwrap_err(),
        ProtectError::SealerNotValid
    );
    let inner = InnerHeader::default();
    let published = WORLD.publish(Suite::P256);
    let error = protect(
        published,
        &inner,
        b"",
        &WORLD.dover.signer,
        NOW,
        &mut SystemRandom,
    )
    .unwrap_err();
    assert_eq!(error, ProtectError::WrongSigner);
}

/// An editor holds the certificate of his grant against the time too: else he would write a file that nobody reads.
#[test]
fn an_editor_needs_a_grant_and_its_certificate_valid_then() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let signer = WORLD.tenant.signer(Purpose::Edit);
    let expires = NOW.plus_days(2);
    let certificate = TenantCertificate {
        expires,
        ..*WORLD.tenant.certificate(Purpose::Edit).claims()
    }
    .issue(&WORLD.root)
    .unwrap();
    let draft = UseLicenceDraft {
        rights: "VIEW,EDIT".parse().unwrap(),
        edit_grant: Some(
            WORLD
                .edit_grant_claims(&header)
                .issue(signer, &certificate)
                .unwrap(),
        ),
        ..WORLD.draft(&header, &WORLD.dover)
    };
    let seal_at = |at| {
        let licence = WORLD.verified(&draft, &header, &WORLD.dover);
        let grant = licence.unseal(&WORLD.dover.decryption).unwrap();
        let inner = InnerHeader::default();
        let sealer = FileSealer::revise(&header, &grant, 0, &inner, &mut SystemRandom).unwrap();
        let mut rng = SystemRandom;
        let writer = ProtectWriter::with_sealer(sealer, Vec::new(), &mut rng).unwrap();
        writer
            .finish(&WORLD.dover.signer, at)
            .map(|finished| finished.out)
    };
    let changed = seal_at(expires).unwrap();
    assert!(open_in_memory(&changed, header.clone(), WORLD.grant(&header)).is_ok());
    for at in [expires.plus_seconds(1), NOW.plus_days(8), NOW.minus_seconds(1)] {
        assert_eq!(seal_at(at).unwrap_err(), ProtectError::SealerNotValid);
    }
}

/// A client that looks away: sealed with the right key, long after the certificate.
/// Clause 8.8.
#[test]
fn readers_check_the_time_of_sealing_too() {
    let file = WORLD.protect(Suite::P256, b"text");
    let header = WORLD.header(&file).unwrap();
    let length = u64::from_be_bytes(file[file.len() - 16..file.len() - 8].try_into().unwrap()) as usize;
    let seal_start = file.len() - 16 - length;
    let mut seal: Seal = minicbor::decode(&payload(&file[seal_start..file.len() - 16])).unwrap();
    seal.sealed_at = NOW.plus_days(400).seconds();
    let seal = sign(
        &minicbor::to_vec(&seal).unwrap(),
        labels::SEAL,
        &WORLD.janet.signer,
        false,
    );
    let forged = [&file[..seal_start], &seal, &file[file.len() - 16..]].concat();
    let error = open_in_memory(&forged, header.clone(), WORLD.grant(&header)).unwrap_err();
    assert!(matches!(
        error,
        OpenError::Sealer(CertificateError::Expired { .. })
    ));
}
