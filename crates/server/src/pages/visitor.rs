//! Who has a page open: the browser's cookie, and whether a form really came from one of our pages (`SEC-99`).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use clausa_api::ProblemType;
use clausa_store::record::session::BrowserSession;

use crate::http::{ApiError, ApiResult};
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::browser::{self, BrowserSecret};

/// A browser that asks for a page.
pub(crate) struct Visitor {
    pub(super) secret: BrowserSecret,
    /// The browser brought no cookie: it gets this one with the answer.
    is_new: bool,
    is_own_form: bool,
    https: bool,
}

impl Visitor {
    /// What is remembered of this browser.
    pub(super) async fn session(&self, state: &AppState) -> ApiResult<Option<BrowserSession>> {
        if self.is_new {
            return Ok(None);
        }
        Ok(browser::recall(state, &self.secret).await?)
    }

    /// Makes sure that a form came from one of our own pages, in this browser.
    pub(super) fn check_form(&self, form_token: &str) -> ApiResult<()> {
        if !self.is_new && self.is_own_form && self.secret.is_form_token(form_token) {
            return Ok(());
        }
        Err(ApiError::new(ProblemType::NotPermitted)
            .detail("this form was not sent from a page of this service; open the page again, and allow its cookie")
            .told(Phrase::new("refused-form")))
    }

    /// Adds the cookie to an answer if the browser has none yet.
    pub(super) fn keep(&self, response: Response) -> ApiResult<Response> {
        if self.is_new {
            set_cookie(response, &self.secret, self.https)
        } else {
            Ok(response)
        }
    }

    /// Adds the cookie of a new secret to an answer.
    pub(super) fn replace(&self, response: Response, secret: &BrowserSecret) -> ApiResult<Response> {
        set_cookie(response, secret, self.https)
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let https = state.origin().is_https();
        let brought = cookie(&parts.headers, cookie_name(https)).and_then(BrowserSecret::parse);
        let is_new = brought.is_none();
        let secret = match brought {
            Some(secret) => secret,
            None => BrowserSecret::generate(&mut state.randomness())?,
        };
        let is_own_form = is_own_form(&parts.headers, &state.origin().to_string());
        Ok(Self {
            secret,
            is_new,
            is_own_form,
            https,
        })
    }
}

/// `__Host-` keeps other hosts of the same domain from planting the cookie, but needs TLS, which a loopback
/// authority has not.
fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-clausa" } else { "clausa" }
}

fn set_cookie(mut response: Response, secret: &BrowserSecret, https: bool) -> ApiResult<Response> {
    let secure = if https { "; Secure" } else { "" };
    let text = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax{secure}",
        cookie_name(https),
        *secret.expose()
    );
    let mut value = HeaderValue::from_str(&text).map_err(ApiError::internal)?;
    value.set_sensitive(true);
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// The browser says where a form came from, in `Origin`, in `Sec-Fetch-Site`, or in both; whatever it says has to be
/// us, and it has to say something.
fn is_own_form(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text("origin")
        .filter(|origin| *origin != "null")
        .map(|origin| origin == own);
    let site = text("sec-fetch-site").map(|site| site == "same-origin");
    origin.unwrap_or(true) && site.unwrap_or(true) && (origin.is_some() || site.is_some())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName};

    use super::{cookie, is_own_form};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_form_has_to_say_that_it_is_ours() {
        // SEC-99
        let own = "https://rights.contoso.example";
        let is_ours = |pairs: &[(&'static str, &str)]| is_own_form(&headers(pairs), own);
        assert!(is_ours(&[("origin", own)]));
        assert!(is_ours(&[("origin", own), ("sec-fetch-site", "same-origin")]));
        assert!(is_ours(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(!is_ours(&[]));
        assert!(!is_ours(&[("origin", "null")]));
        assert!(!is_ours(&[("origin", "https://evil.example")]));
        assert!(!is_ours(&[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!is_ours(&[("origin", own), ("sec-fetch-site", "same-site")]));
        assert!(!is_ours(&[("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn the_cookie_is_found_by_its_whole_name() {
        let headers = headers(&[("cookie", "xclausa=1; clausa=2; clausa-x=3")]);
        assert_eq!(cookie(&headers, "clausa"), Some("2"));
        assert_eq!(cookie(&headers, "__Host-clausa"), None);
    }
}
