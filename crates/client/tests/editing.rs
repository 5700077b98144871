//! Changing protected files against a real authority: who may, what readers see, and what becomes of the text in clear.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use clausa_api::log::{LogQuery, RequestType};
use clausa_client::{
    ContentReference, EditError, EditOptions, EditSession, ErrorKind, KeptText, OpenError, PolicyChoice,
    ProtectOptions, Recipient, SavedRevision, Source,
};
use clausa_core::rights::Right;
use clausa_core::seal::{SealReport, SealedBy};
use clausa_testkit::{TestAuthority, TestPerson};

const FIRST: &[u8] = b"first version";
const DOVER: &str = "p.dover@fabrikam.example";

fn for_dover(rights: &str) -> PolicyChoice {
    PolicyChoice::rights([DOVER.parse::<Recipient>().unwrap()], rights.parse().unwrap())
}

/// Janet's `plan.txt`, protected for Dover with these rights, as Dover received it.
async fn received(janet: &TestPerson, dover: &TestPerson, rights: &str) -> PathBuf {
    let file = janet.protect("plan.txt", FIRST, for_dover(rights)).await;
    let copy = dover.folder().join("plan.txt.clausa");
    fs::copy(file, &copy).unwrap();
    copy
}

async fn begin(person: &TestPerson, file: &Path) -> EditSession {
    let session = person.client().begin_edit(file, EditOptions::default()).await;
    session.unwrap_or_else(|error| panic!("{error:?}"))
}

/// A session from beginning to end.
async fn edit(person: &TestPerson, file: &Path, text: &[u8]) -> SavedRevision {
    let session = begin(person, file).await;
    fs::write(session.path(), text).unwrap();
    session.save().await.unwrap().saved.unwrap()
}

async fn seal(person: &TestPerson, file: &Path) -> SealReport {
    let opened = person.client().open(Source::file(file)).await.unwrap();
    opened.seal_report().clone()
}

/// What is left of sessions in a person's profile.
fn traces(person: &TestPerson) -> Vec<PathBuf> {
    fs::read_dir(person.folder().join("profile/editing"))
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default()
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "profile").collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_who_changed_a_file_and_when() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up(DOVER).await;
    let file = received(&janet, &dover, "VIEW,EDIT").await;
    set_mode(&file, 0o640);
    authority.clock().advance_seconds(3_600);

    let saved = edit(&dover, &file, b"second version, longer").await;
    assert_eq!((saved.revision, saved.output.as_path()), (1, file.as_path()));
    assert_eq!(saved.bytes, fs::metadata(&file).unwrap().len());
    assert_eq!(mode(&file), 0o640);
    assert_eq!(janet.open(&file).await.unwrap().1, b"second version, longer");
    let opened = janet.client().open(Source::file(&file)).await.unwrap();
    let report = opened.seal_report();
    assert!(matches!(report.sealed_by, SealedBy::Editor { .. }));
    assert_eq!(report.sealed_by.address().as_str(), DOVER);
    let now = authority.clock().shared().now();
    assert_eq!((report.revision, report.sealed_at), (1, now));
    let inner = opened.inner_header();
    assert_eq!(
        (inner.name(), inner.media_type(), inner.modified(), inner.size()),
        (Some("plan.txt"), Some("text/plain"), Some(now), Some(22))
    );
    assert_eq!(opened.publisher().as_str(), "janet@contoso.example");

    // The owner saves under her own certificate here, and with a grant from another device.
    edit(&janet, &file, b"third").await;
    let report = seal(&dover, &file).await;
    assert!(matches!(report.sealed_by, SealedBy::Publisher { .. }));
    assert_eq!(report.revision, 2);
    let elsewhere = authority.another_device_of("janet@contoso.example").await;
    edit(&elsewhere, &file, b"fourth").await;
    let report = seal(&dover, &file).await;
    assert!(matches!(report.sealed_by, SealedBy::Editor { .. }));
    assert_eq!(
        (report.revision, report.sealed_by.address().as_str()),
        (3, "janet@contoso.example")
    );
    assert_eq!(dover.open(&file).await.unwrap().1, b"fourth");
    for person in [&janet, &dover, &elsewhere] {
        assert_eq!(traces(person), Vec::<PathBuf>::new());
    }

    // Opening and saving each ask the authority, which writes both down.
    let query = LogQuery {
        content: Some(saved.content_id),
        ..LogQuery::default()
    };
    let entries = janet.client().log(&query).await.unwrap().entries;
    let asked = entries
        .iter()
        .filter(|entry| entry.request == RequestType::AcquireLicense && entry.user == DOVER);
    assert_eq!(asked.count(), 2);
}

/// SEC-130: without EDIT there is no text in clear at all.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_no_editor_gets_anything() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up(DOVER).await;
    let file = received(&janet, &dover, "VIEW,PRINT,EXPORT").await;
    let before = fs::read(&file).unwrap();
    let refused = dover.client().begin_edit(&file, EditOptions::default()).await;
    let Err(EditError::Open(OpenError::RightMissing { right, contact })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (right, contact.as_deref()),
        (Right::Edit, Some("janet@contoso.example"))
    );
    let refused = dover
        .client()
        .save_changed(&file, &b"forged"[..], None, EditOptions::default())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotPermitted);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(traces(&dover).is_empty());
}

/// SEC-131: the text is its user's alone and goes away with the session, however that ends.
#[tokio::test(flavor = "multi_thread")]
async fn the_text_in_clear_goes_away_with_its_session() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let file = janet.protect("plan.txt", FIRST, for_dover("VIEW")).await;
    let before = fs::read(&file).unwrap();

    let session = begin(&janet, &file).await;
    let path = session.path().to_owned();
    let folder = path.parent().unwrap().to_owned();
    assert_eq!(path.file_name().unwrap(), "plan.txt");
    assert_eq!(fs::read(&path).unwrap(), FIRST);
    assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
    // What editors put beside it.
    fs::write(folder.join(".plan.txt.swp"), b"first version").unwrap();
    fs::create_dir(folder.join("backup")).unwrap();
    // Another command of the same person leaves a living session alone.
    let _other = reopened(&janet).await;
    assert!(path.exists());
    session.discard().await.unwrap();
    assert!(!folder.exists());

    let session = begin(&janet, &file).await;
    let folder = session.path().parent().unwrap().to_owned();
    drop(session);
    assert!(!folder.exists());

    let session = begin(&janet, &file).await;
    let folder = session.path().parent().unwrap().to_owned();
    let edited = session.save().await.unwrap();
    assert!(edited.saved.is_none() && edited.left_behind.is_none());
    assert!(!folder.exists());
    assert_eq!(
        fs::read(&file).unwrap(),
        before,
        "an unchanged text writes nothing"
    );
    assert!(traces(&janet).is_empty());
}

/// SEC-132: of two who change the same version, the second hears of the first, and nobody's work is lost.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_editors_does_not_undo_the_first() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up(DOVER).await;
    let file = received(&janet, &dover, "VIEW,EDIT").await;
    let (first, second) = (begin(&janet, &file).await, begin(&dover, &file).await);
    fs::write(first.path(), b"by janet").unwrap();
    fs::write(second.path(), b"by dover").unwrap();
    let folder = second.path().parent().unwrap().to_owned();
    first.save().await.unwrap();
    let unsaved = second.save().await.unwrap_err();
    assert!(matches!(&unsaved.error, EditError::Changed { path } if *path == file));
    assert_eq!(unsaved.error.kind(), ErrorKind::Changed);
    let KeptText::Protected(aside) = unsaved.text else {
        panic!("{:?}", unsaved.text)
    };
    assert_eq!(aside, dover.folder().join("plan.txt.unsaved.clausa"));
    assert_eq!(janet.open(&file).await.unwrap().1, b"by janet");
    assert_eq!(janet.open(&aside).await.unwrap().1, b"by dover");
    assert_eq!(seal(&janet, &aside).await.sealed_by.address().as_str(), DOVER);
    assert!(!folder.exists() && traces(&dover).is_empty());

    // Many at once: exactly one wins each round.
    let mut sessions = Vec::new();
    for number in 0..6 {
        let session = begin(&dover, &file).await;
        fs::write(session.path(), format!("round two, {number}")).unwrap();
        sessions.push(session);
    }
    let saves: Vec<_> = sessions
        .into_iter()
        .map(|session| tokio::spawn(session.save()))
        .collect();
    let mut winners = 0;
    for session in saves {
        match session.await.unwrap() {
            Ok(edited) => winners += usize::from(edited.saved.is_some()),
            Err(unsaved) => assert_eq!(unsaved.error.kind(), ErrorKind::Changed),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(seal(&janet, &file).await.revision, 2);
    let copies = files(dover.folder());
    assert_eq!(
        copies.iter().filter(|name| name.contains("unsaved")).count(),
        6,
        "{copies:?}"
    );
}

/// SEC-133: what the owner withdraws while an editor is open counts when it is saved.
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_in_between_keeps_the_file_as_it_was() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up(DOVER).await;
    let file = received(&janet, &dover, "VIEW,EDIT").await;
    let before = fs::read(&file).unwrap();
    let session = begin(&dover, &file).await;
    fs::write(session.path(), b"too late").unwrap();
    janet
        .client()
        .revoke(&ContentReference::File(file.clone()), false)
        .await
        .unwrap();
    let unsaved = session.save().await.unwrap_err();
    assert_eq!(unsaved.error.kind(), ErrorKind::Revoked, "{:?}", unsaved.error);
    assert_eq!(fs::read(&file).unwrap(), before);
    let KeptText::Protected(aside) = unsaved.text else {
        panic!("{:?}", unsaved.text)
    };
    assert_eq!(
        dover.open(&aside).await.unwrap_err().kind(),
        ErrorKind::Revoked,
        "his work is there, and as closed to him as the file"
    );
    assert_eq!(janet.open(&aside).await.unwrap().1, b"too late");
    assert!(traces(&dover).is_empty());
    let again = dover.client().begin_edit(&file, EditOptions::default()).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Revoked);
}

/// Within its offline window a kept licence is enough for changing too; afterwards nothing is.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_changes_are_saved_as_long_as_the_grant_lasts() {
    let mut authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up(DOVER).await;
    let file = received(&janet, &dover, "VIEW,EDIT").await;
    dover.open(&file).await.unwrap();
    authority.stop().await;
    assert_eq!(edit(&dover, &file, b"on a train").await.revision, 1);

    let session = begin(&dover, &file).await;
    fs::write(session.path(), b"still on the train").unwrap();
    authority.clock().advance_days(8);
    let unsaved = session.save().await.unwrap_err();
    assert!(matches!(unsaved.error, EditError::NotNow), "{:?}", unsaved.error);
    // It cannot be protected any more, so it stays where only he can read it.
    let KeptText::InClear(kept) = unsaved.text else {
        panic!("{:?}", unsaved.text)
    };
    assert_eq!(fs::read(&kept).unwrap(), b"still on the train");
    let _other = reopened(&dover).await;
    assert!(kept.exists(), "it is not taken for a leftover");
    let error = dover
        .client()
        .begin_edit(&file, EditOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoNetwork);

    authority.start_again().await;
    let text = fs::File::open(&kept).unwrap();
    let saved = dover
        .client()
        .save_changed(&file, text, Some(18), EditOptions::default())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(saved.revision, 2);
    assert_eq!(dover.open(&file).await.unwrap().1, b"still on the train");
    fs::remove_file(&kept).unwrap();
    let _other = reopened(&dover).await;
    assert!(traces(&dover).is_empty(), "the empty folder goes");
}

/// SEC-131, SEC-59: what an editor leaves under the name counts, and nothing is followed out of the folder.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn editors_may_rename_and_delete_but_not_lead_elsewhere() {
    use std::os::unix::fs::symlink;
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let file = janet.protect("plan.txt", FIRST, for_dover("VIEW")).await;

    // As vim and office programs save: a new file, renamed over the old one.
    let session = begin(&janet, &file).await;
    let fresh = session.path().with_file_name("4913");
    fs::write(&fresh, b"renamed").unwrap();
    fs::rename(&fresh, session.path()).unwrap();
    assert_eq!(session.save().await.unwrap().saved.unwrap().revision, 1);
    assert_eq!(janet.open(&file).await.unwrap().1, b"renamed");

    let before = fs::read(&file).unwrap();
    let session = begin(&janet, &file).await;
    fs::remove_file(session.path()).unwrap();
    let unsaved = session.save().await.unwrap_err();
    assert!(matches!(unsaved.error, EditError::TextMissing { .. }));
    assert_eq!(unsaved.text, KeptText::Nothing);

    let secret = janet.write("secret", b"not part of the file");
    let session = begin(&janet, &file).await;
    fs::remove_file(session.path()).unwrap();
    symlink(&secret, session.path()).unwrap();
    let folder = session.path().parent().unwrap().to_owned();
    symlink(janet.folder(), folder.join("elsewhere")).unwrap();
    let unsaved = session.save().await.unwrap_err();
    assert!(matches!(unsaved.error, EditError::TextNotRegular { .. }));
    assert!(!folder.exists());
    assert_eq!(
        fs::read(&secret).unwrap(),
        b"not part of the file",
        "a link in the folder is removed and not followed"
    );
    assert_eq!(fs::read(&file).unwrap(), before);

    // The protected file itself: a link is refused at once, and one that comes later is not followed.
    let link = janet.folder().join("link.clausa");
    symlink(&file, &link).unwrap();
    let refused = janet.client().begin_edit(&link, EditOptions::default()).await;
    assert!(matches!(refused.unwrap_err(), EditError::OutputNotRegular { .. }));
    let session = begin(&janet, &file).await;
    fs::write(session.path(), b"behind a link").unwrap();
    let moved = janet.folder().join("moved.clausa");
    fs::rename(&file, &moved).unwrap();
    symlink(&moved, &file).unwrap();
    let unsaved = session.save().await.unwrap_err();
    assert!(matches!(unsaved.error, EditError::Changed { .. }));
    assert_eq!(fs::read(&moved).unwrap(), before);
    assert!(matches!(unsaved.text, KeptText::Protected(_)));
}

/// SEC-132: wherever the file went in the meantime, the work is not lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_whose_folder_is_gone_is_kept_in_the_profile() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let file = janet.protect("plan.txt", FIRST, for_dover("VIEW")).await;
    let folder = janet.folder().join("stick");
    fs::create_dir(&folder).unwrap();
    let there = folder.join("plan.txt.clausa");
    fs::copy(&file, &there).unwrap();
    let session = begin(&janet, &there).await;
    fs::write(session.path(), b"the stick was pulled").unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let unsaved = session.save().await.unwrap_err();
    assert!(matches!(unsaved.error, EditError::Changed { .. }));
    let KeptText::Protected(aside) = unsaved.text else {
        panic!("{:?}", unsaved.text)
    };
    assert_eq!(
        aside,
        janet.folder().join("profile/unsaved/plan.txt.unsaved.clausa")
    );
    assert_eq!(janet.open(&aside).await.unwrap().1, b"the stick was pulled");

    // A session that is ended without saving keeps a changed text the same way, and leaves nothing when there is none.
    let session = begin(&janet, &file).await;
    assert_eq!(session.set_aside().await, KeptText::Nothing);
    let session = begin(&janet, &file).await;
    fs::write(session.path(), b"interrupted").unwrap();
    let KeptText::Protected(aside) = session.set_aside().await else {
        panic!("it was changed")
    };
    assert_eq!(janet.open(&aside).await.unwrap().1, b"interrupted");
    assert!(traces(&janet).is_empty());
}

/// For applications: the new text comes from a reader and is never on a disk in clear.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_saves_what_it_has() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let mut options = ProtectOptions::new(for_dover("VIEW"));
    options.offline_seconds = Some(0);
    let file = janet.protect_with("plan.txt", FIRST, options).await;
    let save = async |text: &'static [u8], length: Option<u64>, options: EditOptions| {
        janet.client().save_changed(&file, text, length, options).await
    };
    let before = fs::read(&file).unwrap();
    assert_eq!(
        save(FIRST, None, EditOptions::default()).await.unwrap(),
        None,
        "the same text"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
    let error = save(b"second", Some(7), EditOptions::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, EditError::TextChanging),
        "not the length it was said to have: {error:?}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);

    let elsewhere = EditOptions {
        output: Some(janet.folder().join("other.clausa")),
        ..EditOptions::default()
    };
    let saved = save(b"second", None, elsewhere.clone()).await.unwrap().unwrap();
    assert_eq!(fs::read(&file).unwrap(), before, "the file stays");
    assert_eq!(janet.open(&saved.output).await.unwrap().1, b"second");
    let error = save(b"third", None, elsewhere).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputExists);

    let long: &'static [u8] = vec![b'x'; 3 << 20].leak();
    assert_eq!(
        save(long, Some(3 << 20), EditOptions::default())
            .await
            .unwrap()
            .unwrap()
            .revision,
        1
    );
    assert_eq!(janet.open(&file).await.unwrap().1, long);
    let saved = save(b"", None, EditOptions::default()).await.unwrap();
    assert_eq!(saved.unwrap().revision, 2);
    assert_eq!(janet.open(&file).await.unwrap().1, b"");
    assert!(traces(&janet).is_empty());
}

async fn reopened(person: &TestPerson) -> clausa_client::Client {
    use clausa_client::{Client, ClientOptions, KeyringChoice, ProfileDirectory};
    let options = ClientOptions {
        keyring: KeyringChoice::File,
        ..ClientOptions::default()
    };
    let directory = ProfileDirectory::at(person.folder().join("profile"));
    Client::open_profile(directory, options).await.unwrap()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
