//! The description of this contract, made from the routes themselves.

use std::sync::Arc;

use axum::extract::Extension;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use clausa_api::{Problem, paths};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

/// Name of the security scheme: an access token and a proof of possession (RFC 9449).
const SCHEME: &str = "dpop";

/// What the routes do not say themselves. Every route needs a signed-in caller unless it says `security(())`.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Clausa authority",
        description = "Sign-up, devices, templates, use licences and the log. Refusals are problem documents (RFC 9457).",
    ),
    components(schemas(Problem)),
    security(("dpop" = [])),
    modifiers(&Scheme),
)]
pub(super) struct Description;

struct Scheme;

impl Modify for Scheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let description = "`Authorization: DPoP <token>` and a `DPoP` header with a proof signed by the device's key \
                           for this very request (RFC 9449).";
        let header = ApiKeyValue::with_description("Authorization", description);
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme(SCHEME, SecurityScheme::ApiKey(ApiKey::Header(header)));
    }
}

/// The finished description as JSON text, shared by all requests.
#[derive(Clone)]
pub(super) struct DescriptionText(pub(super) Arc<str>);

/// The description's own route.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(describe))
}

/// This description.
#[utoipa::path(get, path = paths::OPENAPI, tag = "service", security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
async fn describe(Extension(DescriptionText(text)): Extension<DescriptionText>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.to_string()).into_response()
}
