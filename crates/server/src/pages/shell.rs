//! What every page has in common: the frame around it and the headers in front of it.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::http::{ApiError, ApiResult};
use crate::state::AppState;

/// What the frame of every page shows.
pub(super) struct Frame {
    pub(super) service: String,
    pub(super) host: String,
}

impl Frame {
    pub(super) fn of(state: &AppState) -> Self {
        Self {
            service: state.config().server.name.clone(),
            host: state.origin().authority().to_owned(),
        }
    }
}

/// Renders a page. Forms go to this origin only, and where a form's answer sends the browser on to a program on the
/// person's own machine, to that program's origin too (browsers apply the policy to the redirect as well).
pub(super) fn page(template: &impl Template, redirect_origin: Option<&str>) -> ApiResult<Response> {
    page_with_status(StatusCode::OK, template, redirect_origin)
}

/// As [`page`], with another status.
pub(super) fn page_with_status(
    status: StatusCode,
    template: &impl Template,
    redirect_origin: Option<&str>,
) -> ApiResult<Response> {
    let html = template.render().map_err(ApiError::internal)?;
    let policy = format!(
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'{}{}; frame-ancestors 'none'",
        if redirect_origin.is_some() { " " } else { "" },
        redirect_origin.unwrap_or_default(),
    );
    let mut response = (status, Html(html)).into_response();
    let policy = HeaderValue::from_str(&policy).map_err(ApiError::internal)?;
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Sends the browser to another page, with GET.
pub(super) fn see_other(location: &str) -> ApiResult<Response> {
    let location = HeaderValue::from_str(location).map_err(ApiError::internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
