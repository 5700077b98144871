//! `POST /oauth/token`

use axum::extract::State;
use clausa_api::token::{
    GRANT_AUTHORIZATION_CODE, GRANT_MAIL_CODE, GRANT_PASSWORD, GRANT_REFRESH, GRANT_SECOND_FACTOR,
    GRANT_SIGNUP, TokenAnswer, TokenRequest,
};
use clausa_api::{Bytes, Problem, paths};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use crate::http::{ApiForm, ApiJson, ApiResult, ProvenKey};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::sign_in::{ShownCode, SignInError};
use crate::usecase::signup::Claim;
use crate::usecase::tokens::{self, ACCESS_SECONDS, Issued, RedeemCode};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(token))
}

/// Exchanges a grant for tokens bound to the key of the proof.
#[utoipa::path(post, path = paths::TOKEN, tag = "sign-in", security(()),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A new pair of tokens", body = TokenAnswer),
        (status = 400, description = "invalid-request", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "sign-in-refused, proof-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "code-wrong, code-void, second-factor-needed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate-limited", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "unavailable", body = Problem, content_type = "application/problem+json"),
    ))]
async fn token(
    State(state): State<AppState>,
    context: RequestContext,
    proven: ProvenKey,
    ApiForm(request): ApiForm<TokenRequest>,
) -> ApiResult<ApiJson<TokenAnswer>> {
    let issued = exchange(&state, request, &proven, &context).await?;
    Ok(ApiJson(TokenAnswer {
        access_token: issued.access.expose().to_owned(),
        token_type: "DPoP".to_owned(),
        expires_in: ACCESS_SECONDS,
        refresh_token: issued.refresh.expose().to_owned(),
    }))
}

async fn exchange(
    state: &AppState,
    request: TokenRequest,
    proven: &ProvenKey,
    context: &RequestContext,
) -> Result<Issued, SignInError> {
    let key = proven.thumbprint;
    match request.grant_type.as_str() {
        GRANT_SIGNUP => {
            let verifier = verifier(request.verifier)?;
            let id = needed(request.signup, "signup is needed")?
                .parse()
                .map_err(|_| SignInError::Refused)?;
            tokens::by_signup(state, Claim::new(id, &verifier), key, context).await
        }
        GRANT_MAIL_CODE => {
            let verifier = verifier(request.verifier)?;
            let typed = needed(request.code, "code is needed")?;
            let code = ShownCode::read(&needed(request.login, "login is needed")?, &verifier, &typed)?;
            tokens::by_mail_code(state, code, key, context).await
        }
        GRANT_PASSWORD => {
            let password = Zeroizing::new(needed(request.password, "password is needed")?);
            let address = needed(request.address, "address is needed")?;
            tokens::by_password(state, &address, password, key, context).await
        }
        GRANT_SECOND_FACTOR => {
            let ticket = needed(request.ticket, "ticket is needed")?;
            let code = Zeroizing::new(needed(request.code, "code is needed")?);
            tokens::by_second_factor(state, ticket, code, key, context).await
        }
        GRANT_AUTHORIZATION_CODE => {
            let shown = RedeemCode {
                code: needed(request.code, "code is needed")?,
                code_verifier: needed(request.code_verifier, "code_verifier is needed")?,
                redirect_uri: needed(request.redirect_uri, "redirect_uri is needed")?,
                client_id: needed(request.client_id, "client_id is needed")?,
            };
            tokens::by_authorization_code(state, shown, key, context).await
        }
        GRANT_REFRESH => {
            let token = needed(request.refresh_token, "refresh_token is needed")?;
            tokens::refresh(state, &token, key, context).await
        }
        _ => Err(SignInError::Malformed("this grant type is not offered")),
    }
}

fn needed(field: Option<String>, rule: &'static str) -> Result<String, SignInError> {
    field.ok_or(SignInError::Malformed(rule))
}

fn verifier(text: Option<String>) -> Result<Zeroizing<[u8; 32]>, SignInError> {
    let text = needed(text, "verifier is needed")?;
    Bytes::from_text(&text)
        .and_then(|bytes| bytes.0.try_into().ok())
        .map(Zeroizing::new)
        .ok_or(SignInError::Malformed("verifier is base64url of 32 bytes"))
}
