//! Use licences: each check of clause 9.5 has a case that only it catches (SEC-39, SEC-40).

use clausa_core::certificate::{CertificateError, IssueError, Purpose};
use clausa_core::error::Layer;
use clausa_core::id::{AccountId, ContentId, DeviceThumbprint, LicenceDigest};
use clausa_core::keys::{Suite, UnwrapFailed};
use clausa_core::open::{OpenError, SeekableReader, VerifiedHeader};
use clausa_core::policy::NamedData;
use clausa_core::random::SystemRandom;
use clausa_core::rights::Rights;
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceDraft, UseLicenceError, VerifiedUseLicence};

use crate::world::{NOW, Tenant, WORLD};

fn header() -> VerifiedHeader {
    WORLD.header(&WORLD.protect(Suite::P256, b"text")).unwrap()
}

fn check(
    draft: &UseLicenceDraft,
    header: &VerifiedHeader,
    expected: &Expected<'_>,
) -> Result<VerifiedUseLicence, UseLicenceError> {
    let bytes = WORLD.issue(draft, header, &WORLD.dover);
    UseLicence::parse_verify(
        &bytes,
        WORLD.tenant.certificate(Purpose::Licence).as_bytes(),
        header,
        expected,
    )
}

#[test]
fn a_licence_that_fits_says_what_was_drafted() {
    let header = header();
    let draft = WORLD.draft(&header, &WORLD.dover);
    let verified = check(&draft, &header, &WORLD.expected(&WORLD.dover)).unwrap();
    assert_eq!(verified.licence_id(), draft.id);
    assert_eq!(verified.rights(), "VIEW,PRINT".parse::<Rights>().unwrap());
    assert_eq!(
        (verified.not_after(), verified.offline_until()),
        (draft.not_after, draft.offline_until)
    );
    assert_eq!(
        (verified.issued_at(), verified.server_time(), verified.epoch()),
        (NOW, NOW, 5)
    );
    assert!(verified.obligations().is_none() && verified.edit_grant().is_none());
    assert!(verified.unseal(&WORLD.dover.decryption).is_ok());
}

/// A policy may ask for that much, so its licences must hold it.
#[test]
fn obligations_of_the_largest_size_fit() {
    let header = header();
    let mut draft = WORLD.draft(&header, &WORLD.dover);
    for number in 10..26 {
        let (name, value) = (number.to_string(), vec![7; NamedData::MAX_BYTES / 16 - 2]);
        draft.obligations.insert(&name, value).unwrap();
    }
    draft.rights = "VIEW,EDIT".parse().unwrap();
    draft.edit_grant = Some(WORLD.edit_grant(&header));
    let verified = check(&draft, &header, &WORLD.expected(&WORLD.dover)).unwrap();
    assert_eq!(verified.obligations(), Some(&draft.obligations));
    assert!(verified.unseal(&WORLD.dover.decryption).is_ok());
}

/// Clauses 9.5.3, 9.5.4, 9.5.5, 9.5.6, 9.5.7 and 9.5.8.
#[test]
fn each_field_is_held_against_what_is_expected() {
    let header = header();
    let expected = || WORLD.expected(&WORLD.dover);
    let with = |change: &dyn Fn(&mut UseLicenceDraft)| {
        let mut draft = WORLD.draft(&header, &WORLD.dover);
        change(&mut draft);
        check(&draft, &header, &expected()).err()
    };
    let other_tenant = Tenant::new(&WORLD.root, &[]);
    assert_eq!(with(&|_| {}), None);
    assert_eq!(
        with(&|draft| draft.tenant = other_tenant.id),
        Some(UseLicenceError::WrongTenant)
    );
    assert_eq!(
        with(&|draft| draft.digest = LicenceDigest::from_bytes([1; 32])),
        Some(UseLicenceError::WrongFile)
    );
    assert_eq!(
        with(&|draft| draft.content_id = ContentId::from_bytes([1; 16])),
        Some(UseLicenceError::WrongFile)
    );
    assert_eq!(
        with(&|draft| draft.device = DeviceThumbprint::from_bytes([1; 32])),
        Some(UseLicenceError::WrongDevice)
    );
    assert_eq!(
        with(&|draft| draft.subject = AccountId::from_bytes([1; 16])),
        Some(UseLicenceError::WrongSubject)
    );
    assert_eq!(
        with(&|draft| draft.nonce = [8; 16]),
        Some(UseLicenceError::WrongNonce)
    );
    assert_eq!(
        with(&|draft| draft.epoch = 4),
        Some(UseLicenceError::Outdated { minimum_epoch: 5 })
    );
    assert_eq!(with(&|draft| draft.epoch = 6), None);
}

/// SEC-49: a licence is fresh only with the nonce of this request; a stored one is compared with none.
/// Clause 9.5.7.
#[test]
fn only_fresh_licences_are_compared_with_a_nonce() {
    let header = header();
    let draft = WORLD.draft(&header, &WORLD.dover);
    let expected = WORLD.expected(&WORLD.dover);
    assert!(
        check(
            &draft,
            &header,
            &Expected {
                nonce: None,
                ..expected
            }
        )
        .is_ok()
    );
    assert!(
        check(
            &draft,
            &header,
            &Expected {
                nonce: Some([1; 16]),
                ..expected
            }
        )
        .is_err()
    );
}

/// Clause 9.5.2.
#[test]
fn the_signature_must_be_the_tenants_licence_key() {
    let header = header();
    let draft = WORLD.draft(&header, &WORLD.dover);
    let key = WORLD.keys(&header).content_key;
    let issue = |tenant: &Tenant, signed_by: Purpose, vouched_for_by: Purpose| {
        let device = WORLD.dover.decryption.public();
        let bytes = draft
            .issue(&key, &device, tenant.signer(signed_by), &mut SystemRandom)
            .unwrap();
        let certificate = tenant.certificate(vouched_for_by).as_bytes();
        UseLicence::parse_verify(&bytes, certificate, &header, &WORLD.expected(&WORLD.dover)).err()
    };
    use Purpose::{Licence, Licensor};
    assert_eq!(issue(&WORLD.tenant, Licence, Licence), None);
    assert_eq!(
        issue(&WORLD.tenant, Licensor, Licence),
        Some(UseLicenceError::BadSignature)
    );
    let wrong_purpose = UseLicenceError::Certificate(CertificateError::WrongPurpose);
    assert_eq!(issue(&WORLD.tenant, Licensor, Licensor), Some(wrong_purpose));
    let other_tenant = Tenant::new(&WORLD.root, &[]);
    assert_eq!(
        issue(&other_tenant, Licence, Licence),
        Some(UseLicenceError::WrongTenant)
    );
    let strangers_root = clausa_core::keys::SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap();
    let unknown = UseLicenceError::Certificate(CertificateError::UnknownRoot);
    assert_eq!(
        issue(&Tenant::new(&strangers_root, &[]), Licence, Licence),
        Some(unknown)
    );
}

/// Every bit of a use licence.
#[test]
fn every_bit_flip_is_refused() {
    let header = header();
    let mut bytes = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
    let expected = WORLD.expected(&WORLD.dover);
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(
            UseLicence::parse_verify(&bytes, certificate, &header, &expected).is_err(),
            "bit {bit}"
        );
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(UseLicence::parse_verify(&bytes, certificate, &header, &expected).is_ok());
    for length in 0..bytes.len() {
        assert!(UseLicence::parse_verify(&bytes[..length], certificate, &header, &expected).is_err());
    }
}

/// SEC-44
/// Clauses 9.6.1, 9.6.2 and 9.6.3.
#[test]
fn time_is_kept() {
    let header = header();
    let draft = WORLD.draft(&header, &WORLD.dover);
    let (offline_until, not_after) = (draft.offline_until, draft.not_after.unwrap());
    let stored = |now, clock_floor| {
        let expected = Expected {
            nonce: None,
            now,
            clock_floor,
            ..WORLD.expected(&WORLD.dover)
        };
        check(&draft, &header, &expected).err()
    };
    assert_eq!(stored(NOW, NOW), None);
    assert_eq!(stored(offline_until, NOW), None);
    let over = UseLicenceError::OfflineWindowOver { at: offline_until };
    assert_eq!(stored(offline_until.plus_seconds(1), NOW), Some(over));
    assert_eq!(
        stored(not_after.plus_seconds(1), NOW),
        Some(UseLicenceError::Expired { at: not_after })
    );
    // A clock that was set back: five minutes are forgiven, but win no time.
    assert_eq!(stored(NOW.minus_seconds(300), NOW), None);
    assert_eq!(
        stored(NOW.minus_seconds(301), NOW),
        Some(UseLicenceError::ClockBehind { floor: NOW })
    );
    let floor = offline_until.plus_seconds(1);
    assert_eq!(stored(offline_until, floor), Some(over));
    assert_eq!(stored(NOW, floor), Some(UseLicenceError::ClockBehind { floor }));
    // The licence's own server time is a floor too.
    assert_eq!(
        stored(NOW.minus_seconds(301), NOW.minus_seconds(900)),
        Some(UseLicenceError::ClockBehind { floor: NOW })
    );
    for error in [
        over,
        UseLicenceError::Expired { at: NOW },
        UseLicenceError::ClockBehind { floor },
    ] {
        assert!(error.needs_authority());
    }
    assert!(!UseLicenceError::WrongDevice.needs_authority());
}

/// A fresh answer is judged by the authority's clock, however wrong the device's is; but an answer older than what the
/// authority has said before is none.
#[test]
fn a_fresh_answer_is_judged_by_the_authoritys_clock() {
    let header = header();
    let draft = UseLicenceDraft {
        offline_until: NOW,
        ..WORLD.draft(&header, &WORLD.dover)
    };
    for now in [NOW.minus_seconds(1_000_000), NOW.plus_days(1_000)] {
        let expected = Expected {
            now,
            ..WORLD.expected(&WORLD.dover)
        };
        assert!(check(&draft, &header, &expected).is_ok());
    }
    let clock_floor = NOW.plus_seconds(301);
    let expected = Expected {
        clock_floor,
        ..WORLD.expected(&WORLD.dover)
    };
    assert_eq!(
        check(&draft, &header, &expected).err(),
        Some(UseLicenceError::ClockBehind { floor: clock_floor })
    );
}

/// SEC-28, SEC-40, SEC-56: copied to another device, a licence opens nothing, even for a client that looks away.
/// Clause 9.5.10.
#[test]
fn the_content_key_opens_on_its_device_only() {
    let header = header();
    let verified = WORLD.verified(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    assert_eq!(
        verified.unseal(&WORLD.janet.decryption).unwrap_err(),
        OpenError::Unwrap(UnwrapFailed)
    );
}

/// The sealed key is bound to every other field: re-signed with wider rights it does not open.
#[test]
fn the_content_key_is_bound_to_the_other_fields() {
    let header = header();
    let bytes = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    let payload = crate::cose::payload(&bytes);
    // Key 7, rights: VIEW and PRINT are 0x0101; VIEW and OWNER 0x2001.
    let wider = crate::cose::replace(&payload, &[7, 0x19, 0x01, 0x01], &[7, 0x19, 0x20, 0x01]);
    let label = clausa_core::hazmat::labels::USE_LICENCE;
    let forged = crate::cose::sign(&wider, label, WORLD.tenant.signer(Purpose::Licence), false);
    let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
    let verified =
        UseLicence::parse_verify(&forged, certificate, &header, &WORLD.expected(&WORLD.dover)).unwrap();
    assert!(
        verified.rights().contains(clausa_core::rights::Right::Owner),
        "the tenant's key has signed it"
    );
    assert_eq!(
        verified.unseal(&WORLD.dover.decryption).unwrap_err(),
        OpenError::Unwrap(UnwrapFailed)
    );
}

#[test]
fn a_grant_for_one_file_does_not_open_another() {
    let files = [b"one", b"two"].map(|text| WORLD.protect(Suite::P256, text));
    let [first, second] = files.each_ref().map(|file| WORLD.header(file).unwrap());
    let grant = WORLD.grant(&first);
    let opened = SeekableReader::open(std::io::Cursor::new(&files[1]), second, grant);
    assert_eq!(opened.unwrap_err(), OpenError::WrongFile);
}

/// SEC-41: nobody but the subject is named in a use licence.
/// Clause 9.1.2.
#[test]
fn a_use_licence_names_no_other_principal() {
    let header = header();
    let bytes = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    for person in [&WORLD.janet, &WORLD.dover] {
        let address = person.address.as_str().as_bytes();
        assert!(!bytes.windows(address.len()).any(|window| window == address));
    }
}

#[test]
fn nothing_out_of_bounds_is_issued() {
    let header = header();
    let key = WORLD.keys(&header).content_key;
    let issue = |draft: UseLicenceDraft| {
        let signer = WORLD.tenant.signer(Purpose::Licence);
        draft
            .issue(&key, &WORLD.dover.decryption.public(), signer, &mut SystemRandom)
            .map(drop)
    };
    let draft = || WORLD.draft(&header, &WORLD.dover);
    assert_eq!(
        issue(UseLicenceDraft {
            rights: Rights::NONE,
            ..draft()
        }),
        Err(IssueError::OutOfBounds)
    );
    let window = UseLicenceDraft {
        offline_until: NOW.plus_days(11),
        ..draft()
    };
    assert_eq!(issue(window), Err(IssueError::InvalidValidity));
}

/// Clause 9.1.1.
#[test]
fn a_licence_without_a_sealed_key_is_malformed() {
    let header = header();
    let bytes = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    let payload = crate::cose::payload(&bytes);
    // Key 14 with its string of 65 + 32 + 16 bytes, and one entry less in the map.
    let at = payload
        .windows(4)
        .position(|window| window == [14, 0x58, 113, 4])
        .unwrap();
    let mut without = [&payload[..at], &payload[at + 3 + 113..]].concat();
    without[0] -= 1;
    let label = clausa_core::hazmat::labels::USE_LICENCE;
    let forged = crate::cose::sign(&without, label, WORLD.tenant.signer(Purpose::Licence), false);
    let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
    let error =
        UseLicence::parse_verify(&forged, certificate, &header, &WORLD.expected(&WORLD.dover)).unwrap_err();
    assert!(matches!(error, UseLicenceError::Malformed(malformed) if malformed.layer == Layer::UseLicence));
}

/// Clause 9.1: what no authority of ours issues, signed with its key.
/// Clauses 9.1.1 and 9.5.1.
#[test]
fn licences_out_of_bounds_are_malformed() {
    let header = header();
    let bytes = WORLD.issue(&WORLD.draft(&header, &WORLD.dover), &header, &WORLD.dover);
    let parse = |change: &dyn Fn(&[u8]) -> Vec<u8>| {
        let label = clausa_core::hazmat::labels::USE_LICENCE;
        let payload = change(&crate::cose::payload(&bytes));
        let forged = crate::cose::sign(&payload, label, WORLD.tenant.signer(Purpose::Licence), false);
        let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
        UseLicence::parse_verify(&forged, certificate, &header, &WORLD.expected(&WORLD.dover)).err()
    };
    assert_eq!(parse(&<[u8]>::to_vec), None);
    let is_malformed = |error| matches!(error, Some(UseLicenceError::Malformed(_)));
    let time = |key: u8, days| {
        [
            &[key, 0x1a][..],
            &(NOW.plus_days(days).seconds() as u32).to_be_bytes(),
        ]
        .concat()
    };
    assert!(is_malformed(parse(&|payload| crate::cose::replace(
        payload,
        &time(10, 7),
        &time(10, 11)
    ))));
    assert!(is_malformed(parse(&|payload| {
        // Key 7, rights 0x0101, becomes key 7, rights 0.
        let at = payload
            .windows(4)
            .position(|window| window == [7, 0x19, 0x01, 0x01])
            .unwrap();
        [&payload[..at], &[7, 0], &payload[at + 4..]].concat()
    })));
    assert!(is_malformed(parse(&|payload| [
        &[payload[0] + 1],
        &payload[1..],
        &[15, 0xa0]
    ]
    .concat())));
}
