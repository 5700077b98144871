//! Taking protection off many files in one call: what becomes of each when some of them or the authority fail.

use clausa_api::licence::{LicenceResult, LicencesAnswer};
use clausa_api::{Problem, ProblemType, paths};
use clausa_client::{ErrorKind, OpenError, Sink, Source, UnprotectOptions, Unprotected};

use crate::fake::{Answer, Fake, Person, only_me};

type Outcomes = Vec<(Source, Result<Unprotected, OpenError>)>;

/// Protects so many files, and gives back where they are.
async fn protected(person: &Person, count: usize) -> Vec<Source> {
    let mut sources = Vec::new();
    for number in 0..count {
        let path = person.path(&format!("{number:03}.txt"));
        std::fs::write(&path, format!("the content of {number}")).unwrap();
        sources.push(Source::file(path));
    }
    let outcomes = person.client.protect_all(sources, only_me()).await.unwrap();
    outcomes
        .into_iter()
        .map(|(_, outcome)| Source::file(outcome.unwrap().output))
        .collect()
}

async fn unprotect(person: &Person, sources: &[Source], overwrite: bool) -> Outcomes {
    std::fs::create_dir_all(person.path("clear")).unwrap();
    let options = UnprotectOptions {
        output: Some(Sink::file(person.path("clear"))),
        overwrite,
        ..UnprotectOptions::default()
    };
    let outcomes = person.client.unprotect_all(sources.to_vec(), options).await;
    for ((source, _), asked) in outcomes.iter().zip(sources) {
        assert_eq!(source, asked, "the order is that of the sources");
    }
    outcomes
}

/// For each outcome nothing, or the kind of trouble.
fn troubles(outcomes: &Outcomes) -> Vec<Option<ErrorKind>> {
    let kind = |(_, outcome): &(Source, Result<Unprotected, OpenError>)| Some(outcome.as_ref().err()?.kind());
    outcomes.iter().map(kind).collect()
}

/// How many files there are in clear.
fn clear(person: &Person) -> usize {
    std::fs::read_dir(person.path("clear")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_are_asked_for_in_few_requests() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let files = protected(&janet, 140).await;
    let outcomes = unprotect(&janet, &files, false).await;
    assert_eq!(troubles(&outcomes), [None; 140]);
    assert_eq!(authority.seen(paths::LICENCES_BATCH).len(), 2);
    assert!(authority.seen(paths::LICENCES).is_empty());
    for number in [0, 1, 127, 128, 139] {
        let text = std::fs::read_to_string(janet.path(&format!("clear/{number:03}.txt"))).unwrap();
        assert_eq!(text, format!("the content of {number}"));
    }
    assert_eq!(clear(&janet), 140);
}

/// SEC-59: each file that is not written says why, and the others are not kept from it.
#[tokio::test(flavor = "multi_thread")]
async fn each_failure_is_of_its_own_file() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let mut files = protected(&janet, 3).await;
    std::fs::copy(files[0].path(), janet.path("twice.clausa")).unwrap();
    files.insert(1, Source::file(janet.path("missing.clausa")));
    files.push(Source::file(janet.path("twice.clausa")));
    files.insert(2, Source::file(janet.path("000.txt")));
    let expected = [
        None,
        Some(ErrorKind::NotFound),
        Some(ErrorKind::NotClausa),
        None,
        None,
        // The first has the same name inside, and this call has written it.
        Some(ErrorKind::OutputExists),
    ];
    let outcomes = unprotect(&janet, &files, true).await;
    assert_eq!(troubles(&outcomes), expected);
    assert_eq!(clear(&janet), 3);

    let refused = |kind| LicenceResult {
        licence: None,
        problem: Some(Problem::new(kind)),
    };
    let results = vec![
        refused(ProblemType::NotNamed),
        refused(ProblemType::AccessRevoked),
    ];
    authority.answer(paths::LICENCES_BATCH, Answer::json(&LicencesAnswer { results }));
    let outcomes = unprotect(&janet, &[files[0].clone(), files[3].clone()], true).await;
    let kinds = [Some(ErrorKind::NotPermitted), Some(ErrorKind::Revoked)];
    assert_eq!(troubles(&outcomes), kinds);
}

/// An authority that does not take the call as a whole is asked for each file.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_whole_call_is_not_guessed_to_be_about_each_file() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let files = protected(&janet, 3).await;
    for refusal in [ProblemType::TooLarge, ProblemType::NotFound] {
        authority.forget_seen();
        authority.answer(paths::LICENCES_BATCH, Answer::problem(refusal));
        let outcomes = unprotect(&janet, &files, true).await;
        assert_eq!(troubles(&outcomes), [None; 3]);
        assert_eq!(authority.seen(paths::LICENCES).len(), 3);
    }
    // An answer about another number of files is none.
    let results = Vec::new();
    authority.answer(paths::LICENCES_BATCH, Answer::json(&LicencesAnswer { results }));
    let outcomes = unprotect(&janet, &files, true).await;
    assert_eq!(troubles(&outcomes), [Some(ErrorKind::AuthorityMisbehaved)]);
}

/// SEC-54: what ends the work is told once, and nothing was done about the rest.
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_gone_is_told_once() {
    let mut authority = Fake::start().await;
    let janet = authority.person().await;
    let files = protected(&janet, 3).await;
    authority.stop().await;
    let outcomes = unprotect(&janet, &files, false).await;
    assert_eq!(troubles(&outcomes), [Some(ErrorKind::NoNetwork)]);
    assert_eq!(clear(&janet), 0);
}
