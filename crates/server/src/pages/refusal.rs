//! Refusals as people read them: the problem's own words, on the form that was sent or on a page of its own.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use clausa_api::ProblemType;

use super::shell::{Frame, page_with_status};
use crate::http::ApiError;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "pages/message.html")]
struct Message<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    link: Option<(&'a str, &'a str)>,
}

/// A page that says one thing, and where to go from there.
pub(super) fn message(
    state: &AppState,
    status: StatusCode,
    title: &str,
    text: &str,
    link: Option<(&str, &str)>,
) -> Response {
    let template = Message {
        frame: Frame::of(state),
        title,
        text,
        link,
    };
    page_with_status(status, &template, None).unwrap_or_else(IntoResponse::into_response)
}

/// A refusal on a page of its own. Failures of ours leave as they are: the outermost layer adds the request's id.
pub(super) fn refusal(state: &AppState, error: ApiError) -> Response {
    match error.kind() {
        ProblemType::Internal => error.into_response(),
        kind => {
            let text = sentence(&error);
            message(
                state,
                status_of(kind),
                kind.title(),
                &text,
                Some(("/signup", "To the beginning")),
            )
        }
    }
}

/// What a form shows above its fields: what is wrong and what to do.
pub(super) fn sentence(error: &ApiError) -> String {
    let problem = error.problem();
    if let Some(tries) = problem.tries_left {
        return format!(
            "{}. You can try {tries} more time{}.",
            problem.title,
            if tries == 1 { "" } else { "s" }
        );
    }
    if let Some(seconds) = problem.retry_after {
        return format!("{}. Wait {} and try again.", problem.title, duration(seconds));
    }
    match &problem.detail {
        Some(detail) => format!("{}: {detail}.", problem.title),
        None => format!("{}.", problem.title),
    }
}

/// The status of a refusal.
pub(super) fn status_of(kind: ProblemType) -> StatusCode {
    StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

fn duration(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use clausa_api::ProblemType;

    use super::sentence;
    use crate::http::ApiError;

    #[test]
    fn refusals_are_sentences() {
        let error = ApiError::new(ProblemType::CodeWrong).tries_left(1);
        assert_eq!(
            sentence(&error),
            "The code is not right. You can try 1 more time."
        );
        let error = ApiError::new(ProblemType::RateLimited).retry_after(3_000);
        assert_eq!(
            sentence(&error),
            "Too many requests. Wait 50 minutes and try again."
        );
        let error = ApiError::new(ProblemType::AddressInvalid).detail("an address has only one @");
        assert_eq!(
            sentence(&error),
            "This is not an address we can use: an address has only one @."
        );
    }
}
