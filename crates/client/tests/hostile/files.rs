//! Bad files, and machines that fail while one is written.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clausa_client::{
    ErrorKind, InspectError, OpenError, ProgressCallback, ProtectError, Registration, SealStatus, Sink,
    Source, UnprotectOptions, Workers,
};

use crate::fake::{Fake, Person, only_me};

/// Longer than a leaf, so that there are several.
const LONG: usize = 3 << 20;

fn long() -> Vec<u8> {
    (0..LONG).map(|index| (index / 7) as u8).collect()
}

async fn opens(person: &Person, file: &Path) -> Result<(), OpenError> {
    let opened = person.client.open(Source::file(file)).await?;
    opened.verify(ProgressCallback::default()).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_told_apart_and_nobody_is_asked_for_a_licence() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let good = std::fs::read(janet.protect("plan.txt", &long()).await.output).unwrap();
    authority.forget_seen();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(janet.path(name), bytes).unwrap();
        janet.path(name)
    };
    let version = [&good[..8], &[2], &good[9..]].concat();
    for (name, bytes, kind) in [
        ("empty", &b""[..], ErrorKind::NotClausa),
        (
            "text",
            b"just some text that is long enough",
            ErrorKind::NotClausa,
        ),
        ("start", &good[..5], ErrorKind::Cut),
        ("prefix", &good[..16], ErrorKind::Cut),
        ("header", &good[..300], ErrorKind::Cut),
        ("body", &good[..good.len() / 2], ErrorKind::Cut),
        ("end", &good[..good.len() - 1], ErrorKind::Cut),
        ("version", &version, ErrorKind::UnknownVersion),
    ] {
        let file = write(name, bytes);
        let error = janet.client.open(Source::file(&file)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error:?}");
        if !["body", "end"].contains(&name) {
            assert_eq!(
                janet.client.inspect(&file).await.unwrap_err().kind(),
                kind,
                "{name}"
            );
        } else {
            let seal = janet.client.inspect(&file).await.unwrap().seal;
            assert!(matches!(seal, SealStatus::Refused { .. }), "{name}: {seal:?}");
        }
    }
    assert!(matches!(
        janet.client.inspect(&janet.path("nowhere")).await.unwrap_err(),
        InspectError::Io { .. }
    ));
    assert_eq!(
        janet
            .client
            .open(Source::file(janet.path("nowhere")))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert!(authority.state.lock().unwrap().seen.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_any_altered_part_does_not_open() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let file = janet.protect("plan.txt", &long()).await.output;
    opens(&janet, &file).await.unwrap();
    let good = std::fs::read(&file).unwrap();
    let altered = janet.path("altered.clausa");
    // Every part: prefix, licence, FLOE header, first, middle and last leaf, seal, leaf list, tail.
    let length = good.len();
    for place in [
        10,
        40,
        700,
        1_000,
        2_000,
        length / 2,
        length - 400,
        length - 100,
        length - 20,
        length - 3,
    ] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        std::fs::write(&altered, &bad).unwrap();
        let error = opens(&janet, &altered).await.unwrap_err();
        assert!(error.kind().is_bad_file(), "{place} of {length}: {error:?}");
    }
    std::fs::write(&altered, [&good[..], b"x"].concat()).unwrap();
    assert!(opens(&janet, &altered).await.unwrap_err().kind().is_bad_file());
    std::fs::remove_file(janet.path("plan.txt")).unwrap();

    // SEC-53: what is altered in the middle or at the very end leaves no clear text behind, wherever it should have
    // gone, and whichever thread finds it.
    for place in [length / 2, length - 100_000] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        std::fs::write(&altered, &bad).unwrap();
        for number in 1..=3 {
            let options = UnprotectOptions {
                workers: Workers::new(number).unwrap(),
                ..UnprotectOptions::default()
            };
            let unprotected = janet.client.unprotect(Source::file(&altered), options).await;
            assert_eq!(unprotected.unwrap_err().kind(), ErrorKind::Altered);
            assert_eq!(janet.files(), ["altered.clausa", "plan.txt.clausa"]);
        }
    }
}

/// SEC-59, SEC-60
#[tokio::test(flavor = "multi_thread")]
async fn outputs_in_the_way_and_sources_that_cannot_be_are_refused() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let protected = janet.protect("plan.txt", b"plan").await.output;
    let before = std::fs::read(&protected).unwrap();
    let protect = |source: &str, change: &dyn Fn(&mut clausa_client::ProtectOptions)| {
        let mut options = only_me();
        change(&mut options);
        janet.client.protect(Source::file(janet.path(source)), options)
    };
    let error = protect("plan.txt", &|_| {}).await.unwrap_err();
    assert!(matches!(error, ProtectError::OutputExists { .. }), "{error:?}");
    assert_eq!(std::fs::read(&protected).unwrap(), before);
    let error = protect("plan.txt.clausa", &|_| {}).await.unwrap_err();
    assert!(
        matches!(error, ProtectError::AlreadyProtected { .. }),
        "{error:?}"
    );
    let error = protect("profile", &|_| {}).await.unwrap_err();
    assert!(matches!(error, ProtectError::SourceIsFolder { .. }), "{error:?}");
    assert_eq!(
        protect("nothing", &|_| {}).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    std::os::unix::fs::symlink(janet.path("victim"), janet.path("link")).unwrap();
    std::fs::write(janet.path("victim"), b"precious").unwrap();
    let to_link = |options: &mut clausa_client::ProtectOptions| {
        options.output = Some(Sink::file(janet.path("link")));
        options.overwrite = true;
    };
    let error = protect("plan.txt", &to_link).await.unwrap_err();
    assert!(
        matches!(error, ProtectError::OutputNotRegular { .. }),
        "{error:?}"
    );
    assert_eq!(std::fs::read(janet.path("victim")).unwrap(), b"precious");
    protect("plan.txt", &|options| options.overwrite = true)
        .await
        .unwrap();
    assert_ne!(std::fs::read(&protected).unwrap(), before);
    assert_eq!(
        std::fs::read(janet.path("plan.txt")).unwrap(),
        b"plan",
        "the source stays as it is"
    );
    assert_eq!(janet.files(), ["link", "plan.txt", "plan.txt.clausa", "victim"]);
}

/// SEC-62
#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_protect_one_file_one_wins() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    std::fs::write(janet.path("plan.txt"), long()).unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (client, source) = (janet.client.clone(), Source::file(janet.path("plan.txt")));
            tokio::spawn(async move { client.protect(source, only_me()).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert!(matches!(error, ProtectError::OutputExists { .. }), "{error:?}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(janet.files(), ["plan.txt", "plan.txt.clausa"]);
    opens(&janet, &janet.path("plan.txt.clausa")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_leaves_nothing_and_progress_is_told() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    std::fs::write(janet.path("plan.txt"), long()).unwrap();
    let mut options = only_me();
    options.progress = ProgressCallback::new(|progress| {
        if progress.done > 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let error = janet
        .client
        .protect(Source::file(janet.path("plan.txt")), options)
        .await
        .unwrap_err();
    assert!(matches!(error, ProtectError::Interrupted), "{error:?}");
    assert_eq!(janet.files(), ["plan.txt"]);

    let told = Arc::new(AtomicU64::new(0));
    let last = told.clone();
    let mut options = only_me();
    options.progress = ProgressCallback::new(move |progress| {
        assert_eq!(progress.total, Some(LONG as u64));
        last.store(progress.done, Ordering::SeqCst);
        ControlFlow::Continue(())
    });
    let protected = janet
        .client
        .protect(Source::file(janet.path("plan.txt")), options)
        .await
        .unwrap();
    assert_eq!(told.load(Ordering::SeqCst), LONG as u64);
    assert_eq!(
        protected.protected_bytes,
        std::fs::metadata(&protected.output).unwrap().len()
    );
    assert_eq!(protected.plaintext_bytes, LONG as u64);

    std::fs::remove_file(janet.path("plan.txt")).unwrap();
    let options = UnprotectOptions {
        progress: ProgressCallback::new(|progress| {
            if progress.done > 0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }),
        ..UnprotectOptions::default()
    };
    let error = janet
        .client
        .unprotect(Source::file(&protected.output), options)
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::Interrupted), "{error:?}");
    assert_eq!(janet.files(), ["plan.txt.clausa"]);
}

/// Set for the process that a test starts of itself.
const CHILD: &str = "CLAUSA_TEST_CHILD";
const READY: &str = "ready";

/// Runs the named test of this program again in a process of its own, for `janet`'s profile, under `shell`.
fn child(test: &str, janet: &Person, shell: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, janet.folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

async fn client_of_parent(folder: &Path) -> clausa_client::Client {
    let options = clausa_client::ClientOptions {
        clock: clausa_testkit::ManualClock::default().shared(),
        keyring: clausa_client::KeyringChoice::File,
        ..clausa_client::ClientOptions::default()
    };
    clausa_client::Client::open_profile(
        clausa_client::ProfileDirectory::at(folder.join("profile")),
        options,
    )
    .await
    .unwrap()
}

/// SEC-54: killed half way, with and without an old output to replace; taking protection off as well.
#[tokio::test(flavor = "multi_thread")]
async fn killed_half_way_leaves_source_and_old_output_and_nothing_else() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return killed_child(Path::new(&folder)).await;
    }
    let authority = Fake::start().await;
    let janet = authority.person().await;
    janet.protect("sealed.txt", &long()).await;
    std::fs::remove_file(janet.path("sealed.txt")).unwrap();
    std::fs::write(janet.path("plan.txt"), long()).unwrap();
    std::fs::write(janet.path("old.clausa"), b"old").unwrap();
    for what in ["protect", "overwrite", "unprotect"] {
        std::fs::write(janet.path("what"), what).unwrap();
        let name = "files::killed_half_way_leaves_source_and_old_output_and_nothing_else";
        let mut child = child(name, &janet, "").spawn().unwrap();
        let begun = Instant::now();
        while !janet.path(READY).exists() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{what}: {:?}",
                child.try_wait()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_file(janet.path(READY)).unwrap();
        std::fs::remove_file(janet.path("what")).unwrap();
        assert_eq!(
            janet.files(),
            ["old.clausa", "plan.txt", "sealed.txt.clausa"],
            "{what}"
        );
        assert_eq!(std::fs::read(janet.path("old.clausa")).unwrap(), b"old");
        assert_eq!(std::fs::read(janet.path("plan.txt")).unwrap(), long());
    }
}

async fn killed_child(folder: &Path) {
    let client = client_of_parent(folder).await;
    let ready = folder.join(READY);
    let progress = ProgressCallback::new(move |progress| {
        if progress.done > 0 {
            std::fs::write(&ready, b"").unwrap();
            std::thread::sleep(Duration::from_secs(120));
        }
        ControlFlow::Continue(())
    });
    let what = std::fs::read_to_string(folder.join("what")).unwrap();
    if what == "unprotect" {
        let options = UnprotectOptions {
            progress,
            ..UnprotectOptions::default()
        };
        client
            .unprotect(Source::file(folder.join("sealed.txt.clausa")), options)
            .await
            .unwrap();
    } else {
        let mut options = only_me();
        options.progress = progress;
        options.registration = Registration::Later;
        if what == "overwrite" {
            options.output = Some(Sink::file(folder.join("old.clausa")));
            options.overwrite = true;
        }
        client
            .protect(Source::file(folder.join("plan.txt")), options)
            .await
            .unwrap();
    }
    panic!("{what}: this process should have been killed");
}

/// SEC-60: no space left is said, and the folder is as it was. A limit on the length of files stands for a full disk.
#[tokio::test(flavor = "multi_thread")]
async fn no_space_left_is_said_and_leaves_nothing() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return full_child(Path::new(&folder)).await;
    }
    let authority = Fake::start().await;
    let janet = authority.person().await;
    janet.protect("sealed.txt", &long()).await;
    std::fs::remove_file(janet.path("sealed.txt")).unwrap();
    std::fs::write(janet.path("plan.txt"), long()).unwrap();
    // 2 048 blocks of 512 bytes: profile files fit, the outputs do not.
    let shell = "trap '' XFSZ; ulimit -f 2048;";
    let output = child("files::no_space_left_is_said_and_leaves_nothing", &janet, shell)
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(janet.files(), ["done", "plan.txt", "sealed.txt.clausa"]);
}

async fn full_child(folder: &Path) {
    let client = client_of_parent(folder).await;
    let mut options = only_me();
    options.registration = Registration::Later;
    let error = client
        .protect(Source::file(folder.join("plan.txt")), options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace, "{error:?}");
    let sealed = Source::file(folder.join("sealed.txt.clausa"));
    let error = client
        .unprotect(sealed, UnprotectOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace, "{error:?}");
    // Shows the parent that the checks above were made.
    std::fs::write(folder.join("done"), b"").unwrap();
}
