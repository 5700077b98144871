//! Use licences that are somebody else's, another file's, or of the past (SEC-40, SEC-49; clauses 9.4 to 9.6). Each is
//! refused by its field; and where a client looks away, by what comes behind it.

use clausa_core::certificate::Purpose;
use clausa_core::hazmat::labels;
use clausa_core::id::{AccountId, LicenceDigest};
use clausa_core::keys::{Suite, UnwrapFailed};
use clausa_core::open::{OpenError, SeekableReader, VerifiedHeader};
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceDraft, UseLicenceError, VerifiedUseLicence};

use crate::cose::{payload, replace, sign};
use crate::world::{NOW, Person, WORLD};

fn header() -> VerifiedHeader {
    WORLD.header(&WORLD.protect(Suite::P256, b"text")).unwrap()
}

fn take(
    bytes: &[u8],
    header: &VerifiedHeader,
    expected: &Expected<'_>,
) -> Result<VerifiedUseLicence, UseLicenceError> {
    let certificate = WORLD.tenant.certificate(Purpose::Licence).as_bytes();
    UseLicence::parse_verify(bytes, certificate, header, expected)
}

/// Dover's licence for a file.
fn licence(header: &VerifiedHeader) -> Vec<u8> {
    WORLD.issue(&WORLD.draft(header, &WORLD.dover), header, &WORLD.dover)
}

#[test]
fn an_old_use_licence_is_refused() {
    let header = header();
    let bytes = licence(&header);
    let expected = WORLD.expected(&WORLD.dover);
    // Played back as the answer to another request.
    let answer = Expected {
        nonce: Some([8; 16]),
        ..expected
    };
    assert_eq!(
        take(&bytes, &header, &answer).err(),
        Some(UseLicenceError::WrongNonce)
    );
    // Kept, and used again after something was withdrawn.
    let stored = Expected {
        nonce: None,
        ..expected
    };
    let withdrawn = Expected {
        minimum_epoch: 6,
        ..stored
    };
    assert_eq!(
        take(&bytes, &header, &withdrawn).err(),
        Some(UseLicenceError::Outdated { minimum_epoch: 6 })
    );
    // Kept beyond its window and its end.
    let draft = WORLD.draft(&header, &WORLD.dover);
    let at = |now| {
        let expected = Expected {
            nonce: None,
            now,
            ..WORLD.expected(&WORLD.dover)
        };
        take(&bytes, &header, &expected).err()
    };
    assert_eq!(at(NOW), None);
    let window = UseLicenceError::OfflineWindowOver {
        at: draft.offline_until,
    };
    assert_eq!(at(draft.offline_until.plus_seconds(1)), Some(window));
    let end = draft.not_after.unwrap();
    assert_eq!(
        at(end.plus_seconds(1)),
        Some(UseLicenceError::Expired { at: end })
    );
    // Kept, and the clock set back to when it was good.
    let floor = draft.offline_until.plus_days(1);
    let set_back = Expected {
        clock_floor: floor,
        ..stored
    };
    assert_eq!(
        take(&bytes, &header, &set_back).err(),
        Some(UseLicenceError::ClockBehind { floor })
    );
}

#[test]
fn another_devices_use_licence_is_refused() {
    let header = header();
    let bytes = licence(&header);
    // Dover's second device.
    let second = Person {
        account: WORLD.dover.account,
        ..Person::new("p.dover@fabrikam.example")
    };
    let expected = WORLD.expected(&second);
    assert_eq!(
        take(&bytes, &header, &expected).err(),
        Some(UseLicenceError::WrongDevice)
    );
    // A client that calls itself the first device has not got its key.
    let pretending = take(&bytes, &header, &WORLD.expected(&WORLD.dover)).unwrap();
    assert_eq!(
        pretending.unseal(&second.decryption).unwrap_err(),
        OpenError::Unwrap(UnwrapFailed)
    );
}

#[test]
fn another_subjects_use_licence_is_refused() {
    let header = header();
    let bytes = licence(&header);
    // Somebody else who is signed in on the same device.
    let subject = AccountId::from_bytes([9; 16]);
    let expected = Expected {
        subject,
        ..WORLD.expected(&WORLD.dover)
    };
    assert_eq!(
        take(&bytes, &header, &expected).err(),
        Some(UseLicenceError::WrongSubject)
    );
    // The name in it changed: no longer the tenant's signature.
    let renamed = replace(&bytes, WORLD.dover.account.as_bytes(), subject.as_bytes());
    assert_eq!(
        take(&renamed, &header, &expected).err(),
        Some(UseLicenceError::BadSignature)
    );
}

#[test]
fn another_files_use_licence_is_refused() {
    let files = [b"one", b"two"].map(|text| WORLD.protect(Suite::P256, text));
    let [one, two] = files.each_ref().map(|file| WORLD.header(file).unwrap());
    let bytes = licence(&one);
    let expected = WORLD.expected(&WORLD.dover);
    assert_eq!(
        take(&bytes, &two, &expected).err(),
        Some(UseLicenceError::WrongFile)
    );
    // Another licence for the same content: the digest tells them apart.
    let same_content = UseLicenceDraft {
        digest: LicenceDigest::from_bytes([1; 32]),
        ..WORLD.draft(&one, &WORLD.dover)
    };
    let bytes = WORLD.issue(&same_content, &one, &WORLD.dover);
    assert_eq!(
        take(&bytes, &one, &expected).err(),
        Some(UseLicenceError::WrongFile)
    );
    // A client that looks away: the grant remembers its file, and the key does not open the other body.
    let opened = SeekableReader::open(std::io::Cursor::new(&files[1]), two, WORLD.grant(&one));
    assert_eq!(opened.unwrap_err(), OpenError::WrongFile);
}

/// The sealed key of one file's licence in another one's: not signed by the tenant; and if it were, it does not open.
#[test]
fn a_sealed_key_cannot_be_moved_to_another_use_licence() {
    let [one, two] = [header(), header()];
    let [from, to] = [licence(&one), licence(&two)].map(|bytes| payload(&bytes));
    let sealed = |payload: &[u8]| {
        let at = payload
            .windows(4)
            .position(|window| window == [14, 0x58, 113, 4])
            .unwrap();
        payload[at + 3..at + 3 + 113].to_vec()
    };
    let moved = replace(&to, &sealed(&to), &sealed(&from));
    let expected = WORLD.expected(&WORLD.dover);
    let by_a_reader = sign(&moved, labels::USE_LICENCE, &WORLD.dover.signer, false);
    assert_eq!(
        take(&by_a_reader, &two, &expected).err(),
        Some(UseLicenceError::BadSignature)
    );
    let by_the_tenant = sign(
        &moved,
        labels::USE_LICENCE,
        WORLD.tenant.signer(Purpose::Licence),
        false,
    );
    let taken = take(&by_the_tenant, &two, &expected).unwrap();
    assert_eq!(
        taken.unseal(&WORLD.dover.decryption).unwrap_err(),
        OpenError::Unwrap(UnwrapFailed)
    );
}

/// Wider rights, a later end: each byte is the tenant's (clause 9.1).
#[test]
fn a_use_licence_widened_by_its_reader_is_refused() {
    let header = header();
    let bytes = licence(&header);
    let expected = WORLD.expected(&WORLD.dover);
    let wider = replace(&payload(&bytes), &[7, 0x19, 0x01, 0x01], &[7, 0x19, 0x20, 0x01]);
    // With the old signature, and with that of the reader's own key.
    let in_place = replace(&bytes, &payload(&bytes), &wider);
    assert_eq!(
        take(&in_place, &header, &expected).err(),
        Some(UseLicenceError::BadSignature)
    );
    let signed = sign(&wider, labels::USE_LICENCE, &WORLD.dover.signer, false);
    assert_eq!(
        take(&signed, &header, &expected).err(),
        Some(UseLicenceError::BadSignature)
    );
}
