//! Saved changes (clauses 8.3, 8.7 and 8.8): who may seal one, and what a reader sees of it. And what a file was made from
//! (clause 5.3).

use clausa_core::certificate::{EditGrant, Purpose};
use clausa_core::id::{ContentId, LicenceDigest};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{Signer, SoftwareSigner, Suite, UnwrapFailed};
use clausa_core::open::{OpenGrant, SeekableReader, VerifiedHeader, open_in_memory};
use clausa_core::policy::Policy;
use clausa_core::protect::{FileSealer, ProtectError, ProtectWriter};
use clausa_core::publishing::{PolicyError, publish};
use clausa_core::random::{Randomness, RandomnessFailed, SystemRandom};
use clausa_core::rights::Right;
use clausa_core::seal::SealedBy;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::UseLicenceDraft;
use std::io::{Cursor, Write as _};

use crate::world::{NOW, Person, Tenant, WORLD};

/// A file of Janet's and its header.
fn protected() -> (Vec<u8>, VerifiedHeader) {
    let file = WORLD.protect(Suite::P256, b"first version");
    let header = WORLD.header(&file).unwrap();
    (file, header)
}

/// A licence with these rights and this edit grant, sealed to `reader`.
fn licensed(
    header: &VerifiedHeader,
    reader: &Person,
    rights: &str,
    edit_grant: Option<(EditGrant, &Tenant)>,
) -> OpenGrant {
    let edit_grant = edit_grant.map(|(claims, tenant)| {
        let (signer, certificate) = (tenant.signer(Purpose::Edit), tenant.certificate(Purpose::Edit));
        claims.issue(signer, certificate).unwrap()
    });
    let draft = UseLicenceDraft {
        rights: rights.parse().unwrap(),
        edit_grant,
        ..WORLD.draft(header, reader)
    };
    let licence = WORLD.verified(&draft, header, reader);
    licence.unseal(&reader.decryption).unwrap()
}

fn save(
    header: &VerifiedHeader,
    grant: &OpenGrant,
    previous: u64,
    signer: &dyn Signer,
    at: Timestamp,
) -> Result<Vec<u8>, ProtectError> {
    let inner = InnerHeader::named("report.pdf")
        .unwrap()
        .with_media_type("application/pdf")
        .unwrap()
        .with_size(13)
        .revised(at, Some(14));
    let sealer = FileSealer::revise(header, grant, previous, &inner, &mut SystemRandom)?;
    let mut rng = SystemRandom;
    let mut writer = ProtectWriter::with_sealer(sealer, Vec::new(), &mut rng)?;
    writer.write_all(b"second version").unwrap();
    Ok(writer.finish(signer, at)?.out)
}

/// Clause 8.8: the publisher's own certificate is enough while it holds; anybody else needs a grant, and every reader
/// sees who it was.
#[test]
fn a_reader_sees_who_changed_the_text_and_when() {
    let (_, header) = protected();
    let (janet, dover) = (&WORLD.janet, &WORLD.dover);
    let later = NOW.plus_seconds(90);
    let by_publisher = save(
        &header,
        &licensed(&header, janet, "OWNER", None),
        0,
        &janet.signer,
        later,
    );
    let grant = licensed(
        &header,
        dover,
        "VIEW,EDIT",
        Some((WORLD.edit_grant_claims(&header), &WORLD.tenant)),
    );
    let by_editor = save(&header, &grant, 6, &dover.signer, later);
    for (file, who, revision) in [(by_publisher, janet, 1), (by_editor, dover, 7)] {
        let opened = open_in_memory(&file.unwrap(), header.clone(), WORLD.grant(&header)).unwrap();
        assert_eq!(opened.plaintext.as_slice(), b"second version");
        let report = opened.seal_report;
        assert_eq!((report.revision, report.sealed_at), (revision, later));
        assert!(report.is_changed());
        assert_eq!(
            (report.sealed_by.account(), report.sealed_by.address()),
            (who.account, &who.address)
        );
        assert_eq!(
            matches!(report.sealed_by, SealedBy::Editor { .. }),
            who.account == dover.account
        );
        assert_eq!(opened.inner_header.name(), Some("report.pdf"));
        assert_eq!(opened.inner_header.media_type(), Some("application/pdf"));
        assert_eq!(
            (opened.inner_header.modified(), opened.inner_header.size()),
            (Some(later), Some(14))
        );
    }
}

/// SEC-15: what no reader would accept is refused before it can replace a file that opens.
#[test]
fn a_grant_that_readers_would_refuse_seals_nothing() {
    let (_, header) = protected();
    let dover = &WORLD.dover;
    let claims = || WORLD.edit_grant_claims(&header);
    let other_tenant = Tenant::new(&WORLD.root, &[]);
    let stranger = SoftwareSigner::generate_p256(&mut SystemRandom).unwrap();
    let other_file = EditGrant {
        licence: LicenceDigest::from_bytes([1; 32]),
        ..claims()
    };
    let other_key = EditGrant {
        key: stranger.verifying_key(),
        ..claims()
    };
    let named_otherwise = EditGrant {
        tenant: other_tenant.id,
        ..claims()
    };
    let own = &WORLD.tenant;
    for (edit_grant, signer) in [
        (None, &dover.signer),
        (Some((other_file, own)), &dover.signer),
        (Some((other_key, own)), &dover.signer),
        (Some((claims(), &other_tenant)), &dover.signer),
        (Some((named_otherwise, &other_tenant)), &dover.signer),
        (Some((claims(), own)), &stranger),
    ] {
        let grant = licensed(&header, dover, "VIEW,EDIT", edit_grant);
        assert_eq!(
            FileSealer::check_revision(&header, &grant, signer, NOW),
            Err(ProtectError::WrongSigner)
        );
        assert_eq!(
            save(&header, &grant, 0, signer, NOW),
            Err(ProtectError::WrongSigner)
        );
    }
    let good = licensed(&header, dover, "VIEW,EDIT", Some((claims(), own)));
    assert_eq!(
        FileSealer::check_revision(&header, &good, &dover.signer, NOW),
        Ok(())
    );
    let late = claims().expires.plus_seconds(1);
    assert_eq!(
        FileSealer::check_revision(&header, &good, &dover.signer, late),
        Err(ProtectError::SealerNotValid)
    );
    assert_eq!(
        save(&header, &good, 0, &dover.signer, late),
        Err(ProtectError::SealerNotValid)
    );
    let (_, other) = protected();
    assert_eq!(
        save(&other, &good, 0, &dover.signer, NOW),
        Err(ProtectError::WrongSigner),
        "a licence for another file"
    );
}

/// The right itself, whatever grant came along.
#[test]
fn without_the_right_nothing_is_saved() {
    let (_, header) = protected();
    let dover = &WORLD.dover;
    let grant = licensed(
        &header,
        dover,
        "VIEW,PRINT",
        Some((WORLD.edit_grant_claims(&header), &WORLD.tenant)),
    );
    let refused = ProtectError::NotPermitted { right: Right::Edit };
    assert_eq!(
        FileSealer::check_revision(&header, &grant, &dover.signer, NOW),
        Err(ProtectError::NotPermitted { right: Right::Edit })
    );
    assert_eq!(save(&header, &grant, 0, &dover.signer, NOW), Err(refused));
    let grant = licensed(
        &header,
        dover,
        "VIEW,EDIT",
        Some((WORLD.edit_grant_claims(&header), &WORLD.tenant)),
    );
    assert_eq!(
        save(&header, &grant, u64::MAX, &dover.signer, NOW),
        Err(ProtectError::TooLong),
        "there is no revision after the last"
    );
}

/// After his certificate has ended the publisher saves like everybody else: with a grant.
#[test]
fn a_publisher_whose_certificate_has_ended_needs_a_grant() {
    let (_, header) = protected();
    let janet = &WORLD.janet;
    let late = NOW.plus_days(401);
    let without = licensed(&header, janet, "OWNER", None);
    assert_eq!(
        FileSealer::check_revision(&header, &without, &janet.signer, late),
        Err(ProtectError::SealerNotValid)
    );
    let claims = EditGrant {
        subject: janet.account,
        address: janet.address.clone(),
        key: janet.signer.verifying_key(),
        not_before: late,
        expires: late.plus_days(1),
        ..WORLD.edit_grant_claims(&header)
    };
    let with = licensed(&header, janet, "OWNER", Some((claims, &WORLD.tenant)));
    let file = save(&header, &with, 0, &janet.signer, late).unwrap();
    let reader = SeekableReader::open(Cursor::new(file), header.clone(), &with).unwrap();
    let SealedBy::Editor { address, .. } = &reader.seal_report().sealed_by else {
        panic!("sealed with the grant")
    };
    assert_eq!(*address, janet.address);
}

/// Draws the content id that the test wants, which is the first thing drawn, and everything else at random.
struct FirstDraw(Option<[u8; 16]>);

impl Randomness for FirstDraw {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomnessFailed> {
        match self.0.take() {
            Some(first) => bytes.copy_from_slice(&first),
            None => SystemRandom.fill(bytes)?,
        }
        Ok(())
    }
}

/// Clause 5.3: a policy names what its file was made from; one that names its own file is no policy.
#[test]
fn a_licence_remembers_what_it_was_made_from_and_is_never_its_own_parent() {
    let parent = ContentId::from_bytes([7; 16]);
    let policy = Policy {
        parent: Some(parent),
        ..WORLD.policy()
    };
    let opened = |content: [u8; 16]| {
        let keys = [WORLD.wrapping_key(Suite::P256)];
        let request = WORLD.request(&policy, &keys);
        let published = publish(request, &WORLD.janet.signer, &mut FirstDraw(Some(content))).unwrap();
        assert_eq!(*published.content_id().as_bytes(), content);
        let verified = published.licence().clone().verify(&WORLD.anchors).unwrap();
        let keys = verified
            .unwrap_keys(&[WORLD.tenant.unwrapper(Suite::P256)])
            .unwrap();
        verified.policy(&keys.policy_key).map(|policy| policy.parent)
    };
    assert_eq!(opened([8; 16]), Ok(Some(parent)));
    assert_eq!(opened([7; 16]), Err(PolicyError::Unwrap(UnwrapFailed)));
}
