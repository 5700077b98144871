//! Beginning a session.

use clausa_api::log::RequestType;
use clausa_core::id::DeviceThumbprint;
use clausa_core::random::RandomnessFailed;
use clausa_store::StoreError;
use clausa_store::record::ident::SessionId;
use clausa_store::record::micros::Micros;
use clausa_store::record::session::{Session, TokenPair};
use clausa_store::repo::UnitOfWork;

use super::{AccessToken, RefreshToken};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::account_log;
use crate::usecase::acting::LogResult;
use crate::usecase::sign_in::SignedIn;

/// How long an access token is good: a removed device or a closed account is shut out at once anyway, since every
/// call looks the session up; this bounds what a token is worth that leaked together with its key's use.
pub const ACCESS_SECONDS: u32 = 600;
/// How long a session lives without being used.
pub(crate) const REFRESH_SECONDS: u64 = 90 * 86_400;

/// Tokens on their way to the client.
pub struct Issued {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token.
    pub refresh: RefreshToken,
}

/// A session to be begun, drawn before the transaction that may run twice.
#[derive(Clone)]
pub(crate) struct NewSession {
    id: SessionId,
    key: DeviceThumbprint,
    tokens: TokenPair,
    at: Micros,
    context: RequestContext,
}

impl Issued {
    /// Draws a pair.
    ///
    /// # Errors
    ///
    /// [`RandomnessFailed`] when the source cannot deliver.
    pub fn generate(state: &AppState) -> Result<Self, RandomnessFailed> {
        let mut rng = state.randomness();
        Ok(Self {
            access: AccessToken::generate(&mut rng)?,
            refresh: RefreshToken::generate(&mut rng)?,
        })
    }

    /// What is stored of the pair, issued now.
    pub(super) fn pair(&self, now: Micros) -> TokenPair {
        TokenPair {
            access: self.access.hash(),
            access_expires_at: now.plus_seconds(ACCESS_SECONDS.into()),
            refresh: self.refresh.hash(),
            refresh_expires_at: now.plus_seconds(REFRESH_SECONDS),
        }
    }
}

impl NewSession {
    /// Prepares a session whose tokens are bound to `key`.
    ///
    /// # Errors
    ///
    /// [`RandomnessFailed`] when the source cannot deliver.
    pub(crate) fn prepare(
        state: &AppState,
        key: DeviceThumbprint,
        context: &RequestContext,
    ) -> Result<(Self, Issued), RandomnessFailed> {
        let (issued, at) = (Issued::generate(state)?, state.now_micros());
        let id = SessionId::generate(&mut state.randomness())?;
        Ok((
            Self {
                id,
                key,
                tokens: issued.pair(at),
                at,
                context: context.clone(),
            },
            issued,
        ))
    }

    /// The session's id.
    pub(crate) fn id(&self) -> SessionId {
        self.id
    }

    /// Stores the session and its log row. An earlier session of the same account and key ends; no other does.
    pub(crate) async fn start(&self, tx: &mut dyn UnitOfWork, who: &SignedIn) -> Result<(), StoreError> {
        let session = Session {
            id: self.id,
            account: who.account,
            tenant: who.tenant,
            key: self.key,
            created_at: self.at,
            ended_at: None,
            proof: who.proof,
            client: self.context.client_info.clone(),
        };
        tx.start_session(&session, &self.tokens).await?;
        let entry = account_log::entry(
            RequestType::SignIn,
            who.account,
            &who.address,
            LogResult::Success,
            &self.context,
            self.at,
        );
        tx.append_log(&who.permit(), &entry).await?;
        Ok(())
    }
}
