//! Who calls: the access token and the proof of possession beside it (RFC 9449 §7). There is no switch to go without.

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request::Parts};
use clausa_api::ProblemType;
use clausa_core::id::DeviceThumbprint;
use clausa_core::keys::VerifyingKey;

use super::dpop::{self, Expected, Proof, ProofRefused};
use super::problem::ApiError;
use crate::request::{Caller, RequestContext};
use crate::state::AppState;
use crate::texts::Phrase;
use crate::traces;
use crate::usecase::authenticate::{self, Announced, AuthenticateError, ShownProof};

/// Longest access token in bytes.
const MAX_TOKEN: usize = 256;

/// The key that signed the proof of a request without an access token: a token request, which binds its tokens to it.
#[derive(Clone, Copy, Debug)]
pub struct ProvenKey {
    /// The public key.
    pub key: VerifyingKey,
    /// Its thumbprint.
    pub thumbprint: DeviceThumbprint,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let _span = traces::span("authenticate");
        let (context, token, proof) = with_token(parts, state).await?;
        Ok(authenticate::authenticate(state, token, &proof, context).await?)
    }
}

impl FromRequestParts<AppState> for Announced {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let _span = traces::span("authenticate");
        let (context, token, proof) = with_token(parts, state).await?;
        Ok(authenticate::announce(state, token, &proof, context).await?)
    }
}

impl FromRequestParts<AppState> for ProvenKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let _span = traces::span("authenticate");
        let context = context(parts, state).await;
        let proof = proof(parts, state, None)?;
        authenticate::use_proof(state, &shown(&proof), &context).await?;
        Ok(Self {
            key: proof.key,
            thumbprint: proof.thumbprint,
        })
    }
}

impl From<ProofRefused> for ApiError {
    fn from(error: ProofRefused) -> Self {
        let detail = match error {
            ProofRefused::Time => "the proof is not of this minute; check the clock of this machine",
            _ => "send one fresh DPoP proof for this request, signed by the key that the token is bound to",
        };
        Self::new(ProblemType::ProofInvalid).detail(detail)
    }
}

impl From<AuthenticateError> for ApiError {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::NotSignedIn => Self::new(ProblemType::NotSignedIn),
            AuthenticateError::SessionOver => Self::new(ProblemType::NotSignedIn)
                .detail("your organisation ends sign-ins after a while: sign in again")
                .told(Phrase::new("refused-session-over")),
            AuthenticateError::ProofUsed | AuthenticateError::OtherKey => ProofRefused::OtherRequest.into(),
            AuthenticateError::Failed(failure) => failure.into(),
        }
    }
}

/// The token, and the proof that fits it.
async fn with_token<'p>(
    parts: &'p mut Parts,
    state: &AppState,
) -> Result<(RequestContext, &'p str, ShownProof), ApiError> {
    let context = context(parts, state).await;
    let parts: &'p Parts = parts;
    let token = access_token(&parts.headers).ok_or(ProblemType::NotSignedIn)?;
    let proof = proof(parts, state, Some(token))?;
    Ok((context, token, shown(&proof)))
}

async fn context(parts: &mut Parts, state: &AppState) -> RequestContext {
    match RequestContext::from_request_parts(parts, state).await {
        Ok(context) => context,
        Err(never) => match never {},
    }
}

/// `Authorization: DPoP <token>`, exactly once.
fn access_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let is_token =
        (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("dpop") && is_token).then_some(token)
}

fn proof(parts: &Parts, state: &AppState, token: Option<&str>) -> Result<Proof, ProofRefused> {
    let target = format!("{}{}", state.origin(), parts.uri.path());
    let expected = Expected {
        method: parts.method.as_str(),
        target: &target,
        access_token: token,
        now: state.now(),
    };
    dpop::verify(&parts.headers, &expected)
}

fn shown(proof: &Proof) -> ShownProof {
    ShownProof {
        key: proof.thumbprint,
        signing_key: proof.key,
        replay_id: proof.replay_id,
        expires: proof.expires,
    }
}
