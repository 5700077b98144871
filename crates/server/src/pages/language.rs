//! The layer around all pages: which language they speak, and refusals as pages.
//!
//! `?lang=fr` chooses a language on any page; a cookie remembers it. The pair is taken out of the address before a
//! page sees it, so no page has to know of it.

use axum::extract::{Extension, FromRequestParts as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::refusal;
use super::shell::Frame;
use crate::http::ApiError;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::texts::{LANGUAGE_COOKIE, Language};

/// How long a choice is remembered, in seconds: a year.
const REMEMBERED: u32 = 31_536_000;

/// The language of a request, which the outermost layer has found out.
pub(super) fn of(parts: &Parts) -> Language {
    parts
        .extensions
        .get::<RequestContext>()
        .map(|context| context.language)
        .unwrap_or_default()
}

/// Takes the language out of the address, remembers it, and shows refusals that no page has shown as a page.
pub(super) async fn layer(
    Extension(state): Extension<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let chosen = Language::in_query(request.uri().query());
    if chosen.is_some() {
        *request.uri_mut() = without_language(request.uri());
    }
    let (mut parts, body) = request.into_parts();
    let Ok(frame) = Frame::from_request_parts(&mut parts, &state).await;
    let id = parts
        .extensions
        .get::<RequestContext>()
        .map(|context| context.id.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        response = refusal::page(frame, error, id.as_deref());
    }
    match chosen {
        Some(language) => remember(response, language),
        None => response,
    }
}

fn remember(mut response: Response, language: Language) -> Response {
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; Max-Age={REMEMBERED}; HttpOnly; SameSite=Lax",
        language.tag()
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn without_language(uri: &Uri) -> Uri {
    let query: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.starts_with("lang="))
        .collect();
    let query = query.join("&");
    let target = match query.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{query}", uri.path()),
    };
    target.parse().unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::without_language;

    #[test]
    fn the_language_is_taken_out_of_the_address() {
        for (given, expected) in [
            ("/signup?lang=fr", "/signup"),
            ("/signup?waiting=1&lang=fr", "/signup?waiting=1"),
            (
                "/authorize?lang=fr&state=a+b%26c&slang=x",
                "/authorize?state=a+b%26c&slang=x",
            ),
        ] {
            assert_eq!(without_language(&given.parse().unwrap()).to_string(), expected);
        }
    }
}
