//! Reading requests strictly: media type, size, depth, unknown and repeated fields (`SEC-101`).

use axum::extract::rejection::{BytesRejection, FormRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clausa_api::ProblemType;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::ApiError;

/// Largest request body in bytes: a publishing licence of 1 MiB as base64, and room.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// Largest request body of somebody who has not signed in, in bytes: an address, names, a password, a code.
pub const MAX_STRANGERS_BODY: usize = 16 * 1024;
/// Deepest nesting of a JSON request. No request of this contract needs more than three.
const MAX_DEPTH: usize = 16;

/// A JSON body, in requests and answers.
#[derive(Clone, Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_media_type(request.headers(), "application/json") {
            return Err(
                ApiError::new(ProblemType::MediaTypeUnsupported).detail("send the body as application/json")
            );
        }
        let body = axum::body::Bytes::from_request(request, state).await?;
        if depth(&body) > MAX_DEPTH {
            return Err(ApiError::new(ProblemType::InvalidRequest).detail("the body is nested too deeply"));
        }
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|error| ApiError::new(ProblemType::InvalidRequest).detail(describe(&error)))
    }
}

impl<T: Serialize> IntoResponse for ApiJson<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A form body.
#[derive(Clone, Debug)]
pub struct ApiForm<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiForm<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_media_type(request.headers(), "application/x-www-form-urlencoded") {
            return Err(ApiError::new(ProblemType::MediaTypeUnsupported)
                .detail("send the body as application/x-www-form-urlencoded"));
        }
        let axum::Form(form) =
            axum::Form::from_request(request, state)
                .await
                .map_err(|error: FormRejection| match error.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(ProblemType::TooLarge),
                    _ => ApiError::new(ProblemType::InvalidRequest)
                        .detail("the form has a missing, unknown or wrong field"),
                })?;
        Ok(Self(form))
    }
}

/// The query string.
#[derive(Clone, Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Query(query) = axum::extract::Query::from_request_parts(parts, state)
            .await
            .map_err(|_: QueryRejection| {
                ApiError::new(ProblemType::InvalidRequest).detail("the query has an unknown or wrong field")
            })?;
        Ok(Self(query))
    }
}

/// The path's parameter. One that does not parse names nothing: 404.
#[derive(Clone, Debug)]
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Path(path) = axum::extract::Path::from_request_parts(parts, state)
            .await
            .map_err(|_: PathRejection| ApiError::new(ProblemType::NotFound))?;
        Ok(Self(path))
    }
}

impl From<BytesRejection> for ApiError {
    fn from(error: BytesRejection) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(ProblemType::TooLarge),
            _ => Self::new(ProblemType::InvalidRequest).detail("the body could not be received"),
        }
    }
}

fn is_media_type(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(wanted))
}

/// The deepest nesting of arrays and objects, without parsing.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_text(&mut bytes),
            b'{' | b'[' => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Goes on behind the quotation mark that ends a text. Nearly all of a request is text, which is why it has a loop of its own.
fn skip_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.find(|byte| matches!(byte, b'"' | b'\\')) {
        if *byte == b'"' {
            return;
        }
        // Whatever is escaped ends nothing.
        bytes.next();
    }
}

/// Where reading stopped. Values are not repeated: they may be secrets.
fn describe(error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            let about_a_field = [
                "unknown field",
                "missing field",
                "duplicate field",
                "unknown variant",
            ];
            match about_a_field.iter().any(|start| text.starts_with(start)) {
                true => text,
                false => format!("a field has a value of the wrong kind at {place}"),
            }
        }
        _ => format!("the body is not JSON at {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{depth, describe};

    #[test]
    fn depth_counts_brackets_outside_text() {
        assert_eq!(depth(br#"{"a":[1,{"b":"]}{[\"["}]}"#), 3);
        assert_eq!(depth(b"7"), 0);
        assert_eq!(
            depth(br#"["\\",["\"[[["]]"#),
            2,
            "an escaped backslash escapes nothing"
        );
        assert_eq!(depth(br#"["\"#), 1, "a text that does not end");
        assert_eq!(depth(&[b'['; 40]), 40);
    }

    #[test]
    fn a_wrong_value_is_not_repeated() {
        let error = serde_json::from_str::<u8>("\"hunter2\"").unwrap_err();
        assert!(!describe(&error).contains("hunter2"));
    }
}
