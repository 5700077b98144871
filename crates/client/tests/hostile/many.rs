//! Many files in one call: what becomes of each when some of them, the disk, the person or the authority fail.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clausa_api::content::{RegisterContentRequest, RegisterContentsRequest};
use clausa_api::{ProblemType, paths};
use clausa_client::{
    ErrorKind, ProgressCallback, ProtectError, ProtectOptions, Protected, Registration, Sink, Source,
};

use crate::fake::{Answer, Fake, Person, only_me, registered};

type Outcomes = Vec<(Source, Result<Protected, ProtectError>)>;

/// Makes files and gives back their names.
fn write(person: &Person, count: usize) -> Vec<String> {
    let names: Vec<_> = (0..count).map(|number| format!("{number:03}.txt")).collect();
    for name in &names {
        std::fs::write(person.path(name), format!("the content of {name}")).unwrap();
    }
    names
}

fn sources<N: AsRef<str>>(person: &Person, names: &[N]) -> Vec<Source> {
    names
        .iter()
        .map(|name| Source::file(person.path(name.as_ref())))
        .collect()
}

async fn protect<N: AsRef<str>>(person: &Person, names: &[N], options: ProtectOptions) -> Outcomes {
    let outcomes = person
        .client
        .protect_all(sources(person, names), options)
        .await
        .unwrap();
    for ((source, _), asked) in outcomes.iter().zip(sources(person, names)) {
        assert_eq!(*source, asked, "the order is that of the sources");
    }
    outcomes
}

/// For each outcome `registered`, `pending`, or the kind of trouble.
fn short(outcomes: &Outcomes) -> Vec<&'static str> {
    let of = |outcome: &Result<Protected, ProtectError>| match outcome {
        Ok(protected) if protected.registered => "registered",
        Ok(_) => "pending",
        Err(error) => error.kind().as_str(),
    };
    outcomes.iter().map(|(_, outcome)| of(outcome)).collect()
}

async fn pending(person: &Person) -> usize {
    person.client.whoami().await.unwrap().registrations_pending
}

async fn content(person: &Person, protected: &Protected) -> String {
    let mut opened = person.client.open(Source::file(&protected.output)).await.unwrap();
    std::io::read_to_string(opened.reader()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_are_told_of_in_few_requests_and_each_opens() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    // More than one group, and a large one, an empty one and one of a leaf and a bit in between.
    let mut names = write(&janet, 140);
    for (name, length) in [("empty", 0), ("large", 3 << 20), ("leaf", (1 << 20) - 1)] {
        std::fs::write(janet.path(name), vec![b'x'; length]).unwrap();
        names.insert(70, name.to_owned());
    }
    let outcomes = protect(&janet, &names, only_me()).await;
    assert_eq!(short(&outcomes), vec!["registered"; 143]);
    assert_eq!(authority.seen(paths::CONTENTS_BATCH).len(), 2);
    assert!(authority.seen(paths::CONTENTS).is_empty());
    let told: Vec<RegisterContentRequest> = authority
        .seen(paths::CONTENTS_BATCH)
        .iter()
        .flat_map(|seen| seen.json::<RegisterContentsRequest>().contents)
        .collect();
    let file_names: Vec<_> = told.iter().map(|file| file.file_name.clone().unwrap()).collect();
    assert_eq!(file_names, names);
    for (place, length) in [(70, (1 << 20) - 1), (71, 3 << 20), (72, 0)] {
        let protected = outcomes[place].1.as_ref().unwrap();
        assert_eq!(protected.plaintext_bytes, length);
        assert_eq!(content(&janet, protected).await.len() as u64, length);
    }
    for place in [0, 69, 73, 142] {
        let protected = outcomes[place].1.as_ref().unwrap();
        assert_eq!(
            content(&janet, protected).await,
            format!("the content of {}", names[place])
        );
        let length = std::fs::metadata(&protected.output).unwrap().len();
        assert_eq!(protected.protected_bytes, length);
    }
}

/// SEC-59: each file that cannot be protected says why, and the others are not kept from it.
#[tokio::test(flavor = "multi_thread")]
async fn each_failure_is_of_its_own_file() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    write(&janet, 4);
    std::fs::create_dir(janet.path("folder")).unwrap();
    std::fs::create_dir(janet.path("out")).unwrap();
    let protected = janet.protect("already.txt", b"once").await.output;
    std::fs::write(janet.path("out/002.txt.clausa"), b"mine").unwrap();
    std::fs::create_dir(janet.path("other")).unwrap();
    std::fs::write(janet.path("other/000.txt"), b"the same name").unwrap();
    let names = [
        "000.txt",
        "missing.txt",
        "001.txt",
        "folder",
        "already.txt.clausa",
        "002.txt",
        "other/000.txt",
        "003.txt",
    ];
    let mut options = only_me();
    options.output = Some(Sink::file(janet.path("out")));
    let outcomes = protect(&janet, &names, options.clone()).await;
    assert_eq!(
        short(&outcomes),
        [
            "registered",
            "not-found",
            "registered",
            "usage",
            "usage",
            "output-exists",
            "output-exists",
            "registered"
        ]
    );
    assert!(matches!(outcomes[3].1, Err(ProtectError::SourceIsFolder { .. })));
    assert!(matches!(
        outcomes[4].1,
        Err(ProtectError::AlreadyProtected { .. })
    ));
    assert_eq!(std::fs::read(janet.path("out/002.txt.clausa")).unwrap(), b"mine");
    assert!(protected.exists());
    let first = outcomes[0].1.as_ref().unwrap();
    assert_eq!(
        content(&janet, first).await,
        "the content of 000.txt",
        "the first of two is kept"
    );

    // Asked to overwrite, the last of two with one name is there in the end.
    options.overwrite = true;
    let outcomes = protect(&janet, &["000.txt", "other/000.txt", "002.txt"], options).await;
    assert_eq!(short(&outcomes), ["registered"; 3]);
    assert_eq!(
        content(&janet, outcomes[1].1.as_ref().unwrap()).await,
        "the same name"
    );
}

/// An output that comes to be a source of the same call is a protected file by then.
#[tokio::test(flavor = "multi_thread")]
async fn an_output_is_not_protected_again() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    write(&janet, 1);
    let outcomes = protect(&janet, &["000.txt", "000.txt.clausa"], only_me()).await;
    assert_eq!(short(&outcomes), ["registered", "usage"]);
    assert!(matches!(
        outcomes[1].1,
        Err(ProtectError::AlreadyProtected { .. })
    ));
}

/// Without a network everything is told later, in one go.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_told_stays_pending_and_is_told_later() {
    let mut authority = Fake::start().await;
    let mut janet = authority.person().await;
    let names = write(&janet, 200);
    authority.stop().await;
    let outcomes = protect(&janet, &names, only_me()).await;
    assert_eq!(short(&outcomes), vec!["pending"; 200]);
    janet.reopen().await;
    assert_eq!(pending(&janet).await, 200);
    let kept = std::fs::read_dir(janet.path("profile/registrations"))
        .unwrap()
        .count();
    assert_eq!(kept, 2, "one file for a group");
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_files_of_any_age_are_told_together() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let mut options = only_me();
    options.registration = Registration::Later;
    let names = write(&janet, 40);
    for name in &names[..5] {
        assert_eq!(
            short(&protect(&janet, &[name], options.clone()).await),
            ["pending"]
        );
    }
    assert_eq!(
        short(&protect(&janet, &names[5..], options).await),
        vec!["pending"; 35]
    );

    // The authority is busy in the middle: what it took is not told again, the rest is.
    authority.answer(
        paths::CONTENTS_BATCH,
        registered((0..40).map(|place| (place >= 30).then_some(ProblemType::RateLimited))),
    );
    let error = janet.client.register_pending().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(pending_in(&janet), 10);
    authority.forget_seen();
    assert_eq!(janet.client.register_pending().await.unwrap(), 10);
    assert_eq!(pending_in(&janet), 0);
    assert_eq!(authority.seen(paths::CONTENTS_BATCH).len(), 1);
}

/// Counts what the profile keeps, without the authority being asked.
fn pending_in(person: &Person) -> usize {
    let folder = std::fs::read_dir(person.path("profile/registrations")).unwrap();
    let texts = folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    texts.map(|text| text.matches("\"content_id\"").count()).sum()
}

/// An authority that does not take more now is not asked again with every group.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_authority_is_asked_once() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let names = write(&janet, 300);
    let limited = (0..128).map(|place| (place >= 100).then_some(ProblemType::RateLimited));
    authority.answer(paths::CONTENTS_BATCH, registered(limited));
    let outcomes = protect(&janet, &names, only_me()).await;
    let expected = [vec!["registered"; 100], vec!["pending"; 200]].concat();
    assert_eq!(short(&outcomes), expected);
    assert_eq!(authority.seen(paths::CONTENTS_BATCH).len(), 1);
    assert_eq!(pending_in(&janet), 200);
}

/// A file that the authority refuses would open for nobody, so it does not come to be.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_authority_refuses_is_not_published() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let names = write(&janet, 4);
    let (invalid, busy) = (ProblemType::LicenceInvalid, ProblemType::Unavailable);
    authority.answer(
        paths::CONTENTS_BATCH,
        registered([None, Some(invalid), Some(busy), None]),
    );
    let outcomes = protect(&janet, &names, only_me()).await;
    assert_eq!(
        short(&outcomes),
        ["registered", "altered", "pending", "registered"]
    );
    let there: Vec<_> = janet
        .files()
        .into_iter()
        .filter(|name| name.ends_with(".clausa"))
        .collect();
    assert_eq!(there, ["000.txt.clausa", "002.txt.clausa", "003.txt.clausa"]);
    assert_eq!(pending_in(&janet), 1);
}

/// An authority that refuses the whole call is asked for each file, so that each has its own answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_whole_call_is_not_guessed_to_be_about_each_file() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let names = write(&janet, 3);
    authority.answer(paths::CONTENTS_BATCH, Answer::problem(ProblemType::TooLarge));
    authority.answer(paths::CONTENTS, Answer::json(&serde_json::json!({})));
    authority.answer(paths::CONTENTS, Answer::problem(ProblemType::ContentConflict));
    let outcomes = protect(&janet, &names, only_me()).await;
    assert_eq!(short(&outcomes), ["registered", "refused", "registered"]);

    // Nor is an answer about another number of files.
    let names = ["000.txt", "001.txt", "002.txt"];
    let mut options = only_me();
    options.overwrite = true;
    authority.answer(paths::CONTENTS_BATCH, registered([None]));
    authority.forget_seen();
    assert_eq!(short(&protect(&janet, &names, options).await), ["registered"; 3]);
    assert_eq!(authority.seen(paths::CONTENTS).len(), 3);
}

/// SEC-54: stopped in the middle, there are whole outputs and none else, and what was not done is not told.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_in_the_middle_there_are_whole_outputs_only() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let names = write(&janet, 300);
    for calls in [0, 1, 60, 200, 290] {
        let count = Arc::new(AtomicU64::new(0));
        let mut options = only_me();
        options.overwrite = true;
        options.registration = Registration::Later;
        options.progress =
            ProgressCallback::new(move |_| match count.fetch_add(1, Ordering::Relaxed) < calls {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            });
        let outcomes = protect(&janet, &names, options).await;
        let (last, done) = short(&outcomes)
            .split_last()
            .map(|(last, done)| (*last, done.to_vec()))
            .unwrap();
        assert_eq!(last, "interrupted", "after {calls}");
        assert_eq!(
            done,
            vec!["pending"; (calls / 128 * 128) as usize],
            "after {calls}: whole groups"
        );
        let there: Vec<_> = janet
            .files()
            .into_iter()
            .filter(|name| !name.ends_with(".txt"))
            .collect();
        let expected: Vec<_> = names[..done.len()]
            .iter()
            .map(|name| format!("{name}.clausa"))
            .collect();
        assert_eq!(there, expected, "after {calls}");
        for (_, outcome) in &outcomes[..done.len()] {
            std::fs::remove_file(&outcome.as_ref().unwrap().output).unwrap();
        }
    }
}

/// Progress counts the bytes of all files and never goes back.
#[tokio::test(flavor = "multi_thread")]
async fn progress_is_that_of_all_files() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    std::fs::write(janet.path("large"), vec![7; 3 << 20]).unwrap();
    let mut names = write(&janet, 3);
    names.push("large".to_owned());
    let most = Arc::new(AtomicU64::new(0));
    let seen = most.clone();
    let mut options = only_me();
    options.progress = ProgressCallback::new(move |progress| {
        assert_eq!(progress.total, Some((3 << 20) + 3 * 22));
        seen.fetch_max(progress.done, Ordering::Relaxed);
        ControlFlow::Continue(())
    });
    let outcomes = protect(&janet, &names, options).await;
    let all = outcomes
        .iter()
        .map(|(_, outcome)| outcome.as_ref().unwrap().plaintext_bytes)
        .sum::<u64>();
    assert_eq!(most.load(Ordering::Relaxed), all);
    assert_eq!(all, (3 << 20) + 3 * 22);
}
