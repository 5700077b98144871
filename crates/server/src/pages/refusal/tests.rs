use clausa_api::ProblemType;

use super::{help, title, what};
use crate::http::ApiError;
use crate::texts::{Language, Phrase};

#[test]
fn refusals_are_sentences() {
    let english = |error: &ApiError| what(Language::English, error);
    let error = ApiError::new(ProblemType::CodeWrong).tries_left(1);
    assert_eq!(english(&error), "The code is not right. You can try once more.");
    let error = ApiError::new(ProblemType::RateLimited).retry_after(3_000);
    assert_eq!(
        english(&error),
        "Too many requests. Wait 50 minutes and try again."
    );
    let error = ApiError::new(ProblemType::RateLimited).retry_after(0);
    assert_eq!(english(&error), "Too many requests. Wait a second and try again.");
    let error = ApiError::new(ProblemType::AddressInvalid)
        .detail("for the API")
        .told(Phrase::new("address-several-at"));
    assert_eq!(english(&error), "An address has only one @.");
    assert_eq!(what(Language::French, &error), "Une adresse n’a qu’un seul @.");
}

#[test]
fn every_problem_has_its_own_texts() {
    for kind in ProblemType::ALL {
        let expected = Phrase::new("problem-invalid-request");
        assert!(
            title(*kind) != expected || *kind == ProblemType::InvalidRequest,
            "{kind:?}"
        );
        for language in Language::ALL {
            for phrase in [title(*kind), help(*kind)] {
                assert!(!phrase.text(language).starts_with("problem-"), "{phrase:?}");
            }
        }
    }
}
