//! Sessions and tokens.

use async_trait::async_trait;
use clausa_core::id::{AccountId, DeviceThumbprint, TenantId};

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::hash::{AccessTokenHash, CookieHash, RefreshTokenHash};
use crate::record::ident::SessionId;
use crate::record::micros::Micros;
use crate::record::proof::Proof;
use crate::record::session::{BrowserSession, Caller, OpenSession, Rotation, Session, SessionRef, TokenPair};

/// Sessions, their tokens, and the browser sessions of the pages.
#[async_trait]
pub trait Sessions {
    /// Begins a session with its first tokens. An earlier session of the same account and key ends.
    async fn start_session(&mut self, session: &Session, tokens: &TokenPair) -> Result<(), StoreError>;

    /// The person behind an access token that still works, of a session that has not ended and an account in use.
    async fn caller(&mut self, access: &AccessTokenHash, now: Micros) -> Result<Option<Caller>, StoreError>;

    /// As [`Sessions::caller`], when it is a person of `tenant`.
    async fn caller_of(
        &mut self,
        tenant: TenantId,
        access: &AccessTokenHash,
        now: Micros,
    ) -> Result<Option<Caller>, StoreError>;

    /// Replaces a pair of tokens. A refresh token that was used before ends the session. `key` signed the request's
    /// proof. Return the answer as an `Ok` of the transaction, or the session lives on.
    async fn rotate_tokens(
        &mut self,
        refresh: &RefreshTokenHash,
        key: &DeviceThumbprint,
        tokens: &TokenPair,
        now: Micros,
    ) -> Result<Rotation, StoreError>;

    /// The session of a token, whatever its state; for ending it.
    async fn session_by_access(&mut self, access: &AccessTokenHash) -> Result<Option<Session>, StoreError>;

    /// As [`Sessions::session_by_access`].
    async fn session_by_refresh(&mut self, refresh: &RefreshTokenHash)
    -> Result<Option<Session>, StoreError>;

    /// True unless the session has ended: for acts that must not follow its end.
    async fn is_session_open(&mut self, session: SessionId) -> Result<bool, StoreError>;

    /// Ends a session. False when it had ended.
    async fn end_session(&mut self, session: SessionId, at: Micros) -> Result<bool, StoreError>;

    /// An account's sessions that have neither ended nor run out, the newest first.
    async fn open_sessions(
        &mut self,
        permit: &Permit,
        account: AccountId,
        now: Micros,
    ) -> Result<Vec<OpenSession>, StoreError>;

    /// An account's browser sessions that have not run out, the newest first; without what the pages keep in them.
    async fn open_browser_sessions(
        &mut self,
        permit: &Permit,
        account: AccountId,
        now: Micros,
    ) -> Result<Vec<BrowserSession>, StoreError>;

    /// Ends one of an account's sessions. False when it has none of that name, or it had ended.
    async fn end_own_session(
        &mut self,
        permit: &Permit,
        account: AccountId,
        session: SessionId,
        at: Micros,
    ) -> Result<bool, StoreError>;

    /// Ends one of an account's browser sessions. False when it has none with that cookie.
    async fn end_own_browser_session(
        &mut self,
        permit: &Permit,
        account: AccountId,
        cookie: &CookieHash,
    ) -> Result<bool, StoreError>;

    /// Ends every session of an account but one, and voids what could begin another: authorisation codes and mailed
    /// sign-in codes (`SEC-75`). How many sessions ended.
    async fn end_other_sessions(
        &mut self,
        permit: &Permit,
        account: AccountId,
        staying: SessionRef,
        at: Micros,
    ) -> Result<u64, StoreError>;

    /// When and how the person of a session that has not ended last showed who he is.
    async fn proof_of(&mut self, session: &SessionRef, now: Micros) -> Result<Option<Proof>, StoreError>;

    /// Notes that the person of a session has just shown who he is. False when it has ended.
    async fn note_proof_of(&mut self, session: &SessionRef, proof: Proof) -> Result<bool, StoreError>;

    /// Ends every session of an account, browser sessions too. How many.
    async fn end_sessions_of_account(
        &mut self,
        tenant: TenantId,
        account: AccountId,
        at: Micros,
    ) -> Result<u64, StoreError>;

    /// Ends an account's session with one key. How many.
    async fn end_sessions_of_key(
        &mut self,
        tenant: TenantId,
        account: AccountId,
        key: &DeviceThumbprint,
        at: Micros,
    ) -> Result<u64, StoreError>;

    /// Stores a browser session, or replaces what is stored under its cookie.
    async fn put_browser_session(&mut self, session: &BrowserSession) -> Result<(), StoreError>;

    /// The browser session of a cookie, unless expired.
    async fn browser_session(
        &mut self,
        cookie: &CookieHash,
        now: Micros,
    ) -> Result<Option<BrowserSession>, StoreError>;

    /// Ends a browser session. False when there was none.
    async fn end_browser_session(&mut self, cookie: &CookieHash) -> Result<bool, StoreError>;

    /// Forgets up to `limit` sessions that ended or whose tokens all expired before `before`, and as many expired
    /// browser sessions. How many.
    async fn purge_sessions(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError>;
}
