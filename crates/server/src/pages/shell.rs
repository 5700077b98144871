//! What every page has in common: the frame around it and the headers in front of it.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::http::{ApiError, ApiResult};
use crate::state::AppState;
use crate::texts::{Language, Said};

/// What the frame of every page shows, and the voice in which the page speaks. Handlers take it as an extractor.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(super) service: String,
    pub(super) host: String,
    /// The service's own origin.
    pub(super) origin: String,
    /// The reader's language.
    pub(super) language: Language,
    /// This page's own address, without the language: path and query.
    here: String,
}

/// A link to the same page in another language.
pub(super) struct Translation {
    pub(super) tag: &'static str,
    pub(super) name: &'static str,
    pub(super) href: String,
}

impl Frame {
    /// The text of `key`, escaped where a template writes it.
    pub(crate) fn t(&self, key: &'static str) -> String {
        self.language.text(key)
    }

    /// The text of `key` with arguments, as HTML.
    pub(crate) fn say(&self, key: &'static str) -> Said {
        Said::new(self.language, key)
    }

    /// The value of the `lang` attribute.
    pub(super) fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// The other languages of this page.
    pub(super) fn translations(&self) -> Vec<Translation> {
        let others = Language::ALL.into_iter().filter(|other| *other != self.language);
        others
            .map(|other| {
                let separator = if self.here.contains('?') { '&' } else { '?' };
                Translation {
                    tag: other.tag(),
                    name: other.name(),
                    href: format!("{}{separator}lang={}", self.here, other.tag()),
                }
            })
            .collect()
    }
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let here = parts.uri.path_and_query().map_or("/", |here| here.as_str());
        Ok(Self {
            service: state.config().server.name.clone(),
            host: state.origin().authority().to_owned(),
            origin: state.origin().to_string(),
            language: super::language::of(parts),
            here: here.to_owned(),
        })
    }
}

/// Renders a page. Forms go to this origin only, and where a form's answer sends the browser on to a program on the
/// person's own machine, to that program's origin too (browsers apply the policy to the redirect as well).
pub(crate) fn page(template: &impl Template, redirect_origin: Option<&str>) -> ApiResult<Response> {
    page_with_status(StatusCode::OK, template, redirect_origin)
}

/// As [`page`], with another status.
pub(crate) fn page_with_status(
    status: StatusCode,
    template: &impl Template,
    redirect_origin: Option<&str>,
) -> ApiResult<Response> {
    render(status, template, redirect_origin, "")
}

/// As [`page_with_status`], for a page that offers passkeys: our own script may run there, and no other.
pub(super) fn page_with_script(
    status: StatusCode,
    template: &impl Template,
    redirect_origin: Option<&str>,
) -> ApiResult<Response> {
    let script = "script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; ";
    render(status, template, redirect_origin, script)
}

fn render(
    status: StatusCode,
    template: &impl Template,
    redirect_origin: Option<&str>,
    script: &str,
) -> ApiResult<Response> {
    let html = template.render().map_err(ApiError::internal)?;
    let policy = format!(
        "default-src 'none'; {script}style-src 'self'; base-uri 'none'; form-action 'self'{}{}; frame-ancestors 'none'",
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
pub(crate) fn see_other(location: &str) -> ApiResult<Response> {
    let location = HeaderValue::from_str(location).map_err(ApiError::internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
