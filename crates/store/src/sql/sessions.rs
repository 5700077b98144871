//! Sessions and tokens in SQL.

mod caller;

use async_trait::async_trait;
use clausa_core::id::{AccountId, DeviceThumbprint, TenantId};

use super::{Row, Session as Connection, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::hash::{AccessTokenHash, CookieHash, RefreshTokenHash};
use crate::record::ident::SessionId;
use crate::record::micros::Micros;
use crate::record::proof::Proof;
use crate::record::session::{BrowserSession, Caller, OpenSession, Rotation, Session, SessionRef, TokenPair};
use crate::repo::Sessions;
use crate::sealed::Place;

#[async_trait]
impl<S: Connection> Sessions for SqlUnit<'_, S> {
    async fn start_session(&mut self, session: &Session, tokens: &TokenPair) -> Result<(), StoreError> {
        self.end_sessions_of_key(session.tenant, session.account, &session.key, session.created_at)
            .await?;
        self.execute(
            INSERT,
            values![
                session.id,
                session.tenant,
                session.account,
                session.key,
                session.created_at,
                tokens.refresh_expires_at,
                session.proof.at,
                session.proof.by,
                session.client
            ],
        )
        .await?;
        self.add_tokens(session.id, tokens).await
    }

    async fn caller(&mut self, access: &AccessTokenHash, now: Micros) -> Result<Option<Caller>, StoreError> {
        caller::read(
            self.directory_rows(caller::ANYWHERE, values![access, now])
                .await?,
        )
    }

    async fn caller_of(
        &mut self,
        tenant: TenantId,
        access: &AccessTokenHash,
        now: Micros,
    ) -> Result<Option<Caller>, StoreError> {
        caller::read(self.rows(caller::IN_TENANT, values![tenant, access, now]).await?)
    }

    async fn rotate_tokens(
        &mut self,
        refresh: &RefreshTokenHash,
        key: &DeviceThumbprint,
        tokens: &TokenPair,
        now: Micros,
    ) -> Result<Rotation, StoreError> {
        let Some(mut row) = self.directory_row(ROTATING, values![refresh]).await? else {
            return Ok(Rotation::Refused);
        };
        let used_at: Option<Micros> = row.next("refresh_tokens.used_at")?;
        let expires_at: Micros = row.next("refresh_tokens.expires_at")?;
        let session = read(row)?;
        // A token without its key is worth nothing, so showing one says nothing about the session's owner.
        if session.ended_at.is_some() || session.key != *key {
            return Ok(Rotation::Refused);
        }
        if used_at.is_none() && expires_at <= now {
            return Ok(Rotation::Refused);
        }
        if !self.changes(USE_REFRESH, values![refresh, now]).await? {
            self.end_session(session.id, now).await?;
            return Ok(Rotation::Reused(Session {
                ended_at: Some(now),
                ..session
            }));
        }
        self.execute(DROP_ACCESS, values![session.id, now]).await?;
        self.execute(EXTEND, values![session.id, tokens.refresh_expires_at])
            .await?;
        self.add_tokens(session.id, tokens).await?;
        Ok(Rotation::Rotated(session))
    }

    async fn session_by_access(&mut self, access: &AccessTokenHash) -> Result<Option<Session>, StoreError> {
        self.row(BY_ACCESS, values![access]).await?.map(read).transpose()
    }

    async fn session_by_refresh(
        &mut self,
        refresh: &RefreshTokenHash,
    ) -> Result<Option<Session>, StoreError> {
        self.row(BY_REFRESH, values![refresh])
            .await?
            .map(read)
            .transpose()
    }

    async fn is_session_open(&mut self, session: SessionId) -> Result<bool, StoreError> {
        Ok(self.row(OPEN, values![session]).await?.is_some())
    }

    async fn end_session(&mut self, session: SessionId, at: Micros) -> Result<bool, StoreError> {
        self.changes(END, values![session, at]).await
    }

    async fn open_sessions(
        &mut self,
        permit: &Permit,
        account: AccountId,
        now: Micros,
    ) -> Result<Vec<OpenSession>, StoreError> {
        permit.covers_account(&[Action::ListSessions], account)?;
        self.rows(OPEN_OF_ACCOUNT, values![permit.tenant(), account, now])
            .await?
            .into_iter()
            .map(|mut row| {
                Ok(OpenSession {
                    expires_at: row.next("sessions.expires_at")?,
                    device_name: row.next("devices.name")?,
                    session: read(row)?,
                })
            })
            .collect()
    }

    async fn open_browser_sessions(
        &mut self,
        permit: &Permit,
        account: AccountId,
        now: Micros,
    ) -> Result<Vec<BrowserSession>, StoreError> {
        permit.covers_account(&[Action::ListSessions, Action::EndSessions], account)?;
        self.rows(BROWSERS_OF_ACCOUNT, values![permit.tenant(), account, now])
            .await?
            .into_iter()
            .map(|mut row| {
                Ok(BrowserSession {
                    cookie: row.next("browser_sessions.cookie")?,
                    signed_in: Some((permit.tenant(), account)),
                    signup: None,
                    state: None,
                    created_at: row.next("browser_sessions.created_at")?,
                    expires_at: row.next("browser_sessions.expires_at")?,
                    proof: proof(&mut row)?,
                    client: row.next("browser_sessions.client")?,
                })
            })
            .collect()
    }

    async fn end_own_session(
        &mut self,
        permit: &Permit,
        account: AccountId,
        session: SessionId,
        at: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers_account(&[Action::EndSessions], account)?;
        self.changes(END_OWN, values![permit.tenant(), account, session, at])
            .await
    }

    async fn end_own_browser_session(
        &mut self,
        permit: &Permit,
        account: AccountId,
        cookie: &CookieHash,
    ) -> Result<bool, StoreError> {
        permit.covers_account(&[Action::EndSessions], account)?;
        self.changes(END_OWN_BROWSER, values![permit.tenant(), account, cookie])
            .await
    }

    async fn end_other_sessions(
        &mut self,
        permit: &Permit,
        account: AccountId,
        staying: SessionRef,
        at: Micros,
    ) -> Result<u64, StoreError> {
        permit.covers_account(
            &[Action::EndSessions, Action::ChangePassword, Action::ChangeFactors],
            account,
        )?;
        let tenant = permit.tenant();
        let ended = match staying {
            SessionRef::Client(session) => {
                self.execute(END_OTHERS, values![tenant, account, at, session])
                    .await?
                    + self
                        .execute(END_BROWSERS_OF_ACCOUNT, values![tenant, account])
                        .await?
            }
            SessionRef::Browser(cookie) => {
                self.execute(END_OF_ACCOUNT, values![tenant, account, at]).await?
                    + self
                        .execute(END_OTHER_BROWSERS, values![tenant, account, cookie])
                        .await?
            }
        };
        self.execute(VOID_CODES, values![tenant, account]).await?;
        self.execute(VOID_PENDING, values![tenant, account]).await?;
        self.execute(VOID_CHALLENGES, values![tenant, account]).await?;
        Ok(ended)
    }

    async fn proof_of(&mut self, session: &SessionRef, now: Micros) -> Result<Option<Proof>, StoreError> {
        let row = match session {
            SessionRef::Client(session) => self.row(PROOF, values![session]).await?,
            SessionRef::Browser(cookie) => self.row(BROWSER_PROOF, values![cookie, now]).await?,
        };
        row.map(|mut row| proof(&mut row)).transpose()
    }

    async fn note_proof_of(&mut self, session: &SessionRef, proof: Proof) -> Result<bool, StoreError> {
        match session {
            SessionRef::Client(session) => self.changes(PROVE, values![session, proof.at, proof.by]).await,
            SessionRef::Browser(cookie) => {
                self.changes(PROVE_BROWSER, values![cookie, proof.at, proof.by])
                    .await
            }
        }
    }

    async fn end_sessions_of_account(
        &mut self,
        tenant: TenantId,
        account: AccountId,
        at: Micros,
    ) -> Result<u64, StoreError> {
        let sessions = self.execute(END_OF_ACCOUNT, values![tenant, account, at]).await?;
        Ok(sessions
            + self
                .execute(END_BROWSERS_OF_ACCOUNT, values![tenant, account])
                .await?)
    }

    async fn end_sessions_of_key(
        &mut self,
        tenant: TenantId,
        account: AccountId,
        key: &DeviceThumbprint,
        at: Micros,
    ) -> Result<u64, StoreError> {
        self.execute(END_OF_KEY, values![tenant, account, key, at]).await
    }

    async fn put_browser_session(&mut self, session: &BrowserSession) -> Result<(), StoreError> {
        let row = [session.cookie.as_bytes().as_slice()];
        let state = session
            .state
            .as_ref()
            .map(|state| self.seal(state_of(&row), state))
            .transpose()?;
        let (tenant, account) = session.signed_in.unzip();
        self.execute(
            PUT_BROWSER,
            values![
                session.cookie,
                tenant,
                account,
                session.signup,
                state,
                session.created_at,
                session.expires_at,
                session.proof.at,
                session.proof.by,
                session.client
            ],
        )
        .await?;
        Ok(())
    }

    async fn browser_session(
        &mut self,
        cookie: &CookieHash,
        now: Micros,
    ) -> Result<Option<BrowserSession>, StoreError> {
        let Some(mut row) = self.row(BROWSER, values![cookie, now]).await? else {
            return Ok(None);
        };
        let tenant: Option<TenantId> = row.next("browser_sessions.tenant")?;
        let account: Option<AccountId> = row.next("browser_sessions.account")?;
        let signup = row.next("browser_sessions.signup")?;
        let sealed: Option<Vec<u8>> = row.next("browser_sessions.state")?;
        let place = [cookie.as_bytes().as_slice()];
        Ok(Some(BrowserSession {
            cookie: *cookie,
            signed_in: tenant.zip(account),
            signup,
            state: sealed
                .map(|sealed| self.open(state_of(&place), &sealed))
                .transpose()?,
            created_at: row.next("browser_sessions.created_at")?,
            expires_at: row.next("browser_sessions.expires_at")?,
            proof: proof(&mut row)?,
            client: row.next("browser_sessions.client")?,
        }))
    }

    async fn end_browser_session(&mut self, cookie: &CookieHash) -> Result<bool, StoreError> {
        self.changes(END_BROWSER, values![cookie]).await
    }

    async fn purge_sessions(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError> {
        let mut purged = 0;
        for statement in [PURGE_ACCESS, PURGE_REFRESH, PURGE_SESSIONS, PURGE_BROWSERS] {
            purged += self.execute(statement, values![before, limit]).await?;
        }
        Ok(purged)
    }
}

impl<S: Connection> SqlUnit<'_, S> {
    async fn add_tokens(&mut self, session: SessionId, tokens: &TokenPair) -> Result<(), StoreError> {
        self.execute(
            INSERT_ACCESS,
            values![tokens.access, session, tokens.access_expires_at],
        )
        .await?;
        self.execute(
            INSERT_REFRESH,
            values![tokens.refresh, session, tokens.refresh_expires_at],
        )
        .await?;
        Ok(())
    }
}

fn read(mut row: Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.next("sessions.session")?,
        tenant: row.next("sessions.tenant")?,
        account: row.next("sessions.account")?,
        key: row.next("sessions.bound_key")?,
        created_at: row.next("sessions.created_at")?,
        ended_at: row.next("sessions.ended_at")?,
        proof: proof(&mut row)?,
        client: row.next("sessions.client")?,
    })
}

fn proof(row: &mut Row) -> Result<Proof, StoreError> {
    Ok(Proof {
        at: row.next("sessions.proven_at")?,
        by: row.next("sessions.proven_by")?,
    })
}

fn state_of<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "browser_sessions",
        row,
        column: "state",
    }
}

macro_rules! session {
    () => {
        "s.session, s.tenant, s.account, s.bound_key, s.created_at, s.ended_at, s.proven_at, s.proven_by, s.client"
    };
}

const INSERT: &str = "INSERT INTO sessions (session, tenant, account, bound_key, created_at, expires_at, \
     proven_at, proven_by, client) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const INSERT_ACCESS: &str = "INSERT INTO access_tokens (token, session, expires_at) VALUES ($1, $2, $3)";
const INSERT_REFRESH: &str = "INSERT INTO refresh_tokens (token, session, expires_at) VALUES ($1, $2, $3)";
/// A closed account's refresh tokens are not found.
const ROTATING: &str = concat!(
    "SELECT r.used_at, r.expires_at, ",
    session!(),
    " FROM refresh_tokens r JOIN sessions s ON s.session = r.session \
     JOIN accounts a ON a.tenant = s.tenant AND a.account = s.account \
     WHERE r.token = $1 AND a.state = 'active'"
);
const USE_REFRESH: &str =
    "UPDATE refresh_tokens SET used_at = $2 WHERE token = $1 AND used_at IS NULL AND expires_at > $2";
const DROP_ACCESS: &str = "DELETE FROM access_tokens WHERE session = $1 AND expires_at <= $2";
const EXTEND: &str = "UPDATE sessions SET expires_at = $2 WHERE session = $1";
const BY_ACCESS: &str = concat!(
    "SELECT ",
    session!(),
    " FROM access_tokens k JOIN sessions s ON s.session = k.session WHERE k.token = $1"
);
const BY_REFRESH: &str = concat!(
    "SELECT ",
    session!(),
    " FROM refresh_tokens r JOIN sessions s ON s.session = r.session WHERE r.token = $1"
);
const OPEN: &str = "SELECT 1 FROM sessions WHERE session = $1 AND ended_at IS NULL";
const END: &str = "UPDATE sessions SET ended_at = $2 WHERE session = $1 AND ended_at IS NULL";
const OPEN_OF_ACCOUNT: &str = concat!(
    "SELECT s.expires_at, d.name, ",
    session!(),
    " FROM sessions s LEFT JOIN devices d ON d.tenant = s.tenant AND d.account = s.account \
     AND d.thumbprint = s.bound_key AND d.removed_at IS NULL \
     WHERE s.tenant = $1 AND s.account = $2 AND s.ended_at IS NULL AND s.expires_at > $3 \
     ORDER BY s.created_at DESC, s.session"
);
const BROWSERS_OF_ACCOUNT: &str = "SELECT cookie, created_at, expires_at, proven_at, proven_by, client \
     FROM browser_sessions WHERE tenant = $1 AND account = $2 AND expires_at > $3 ORDER BY created_at DESC, cookie";
const END_OWN: &str = "UPDATE sessions SET ended_at = $4 \
     WHERE tenant = $1 AND account = $2 AND session = $3 AND ended_at IS NULL";
const END_OWN_BROWSER: &str =
    "DELETE FROM browser_sessions WHERE tenant = $1 AND account = $2 AND cookie = $3";
const END_OTHERS: &str = "UPDATE sessions SET ended_at = $3 \
     WHERE tenant = $1 AND account = $2 AND ended_at IS NULL AND session <> $4";
const END_OTHER_BROWSERS: &str =
    "DELETE FROM browser_sessions WHERE tenant = $1 AND account = $2 AND cookie <> $3";
const VOID_CODES: &str =
    "DELETE FROM authorisation_codes WHERE tenant = $1 AND account = $2 AND used_at IS NULL";
const VOID_PENDING: &str = "DELETE FROM pending_sign_ins WHERE tenant = $1 AND account = $2";
const VOID_CHALLENGES: &str = "DELETE FROM challenges WHERE used_at IS NULL AND address IN \
     (SELECT address FROM addresses WHERE tenant = $1 AND account = $2)";
const PROOF: &str = "SELECT proven_at, proven_by FROM sessions WHERE session = $1 AND ended_at IS NULL";
const BROWSER_PROOF: &str = "SELECT proven_at, proven_by FROM browser_sessions \
     WHERE cookie = $1 AND expires_at > $2 AND account IS NOT NULL";
const PROVE: &str =
    "UPDATE sessions SET proven_at = $2, proven_by = $3 WHERE session = $1 AND ended_at IS NULL";
const PROVE_BROWSER: &str =
    "UPDATE browser_sessions SET proven_at = $2, proven_by = $3 WHERE cookie = $1 AND account IS NOT NULL";
const END_OF_ACCOUNT: &str =
    "UPDATE sessions SET ended_at = $3 WHERE tenant = $1 AND account = $2 AND ended_at IS NULL";
const END_OF_KEY: &str = "UPDATE sessions SET ended_at = $4 \
     WHERE tenant = $1 AND account = $2 AND bound_key = $3 AND ended_at IS NULL";
const END_BROWSERS_OF_ACCOUNT: &str = "DELETE FROM browser_sessions WHERE tenant = $1 AND account = $2";
const PUT_BROWSER: &str = "INSERT INTO browser_sessions \
     (cookie, tenant, account, signup, state, created_at, expires_at, proven_at, proven_by, client) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (cookie) DO UPDATE SET tenant = excluded.tenant, account = excluded.account, \
     signup = excluded.signup, state = excluded.state, expires_at = excluded.expires_at, \
     proven_at = excluded.proven_at, proven_by = excluded.proven_by, client = excluded.client";
const BROWSER: &str = "SELECT tenant, account, signup, state, created_at, expires_at, proven_at, proven_by, client \
     FROM browser_sessions WHERE cookie = $1 AND expires_at > $2";
const END_BROWSER: &str = "DELETE FROM browser_sessions WHERE cookie = $1";
const PURGE_ACCESS: &str = "DELETE FROM access_tokens WHERE token IN \
     (SELECT token FROM access_tokens WHERE expires_at < $1 LIMIT $2)";
const PURGE_REFRESH: &str = "DELETE FROM refresh_tokens WHERE token IN \
     (SELECT token FROM refresh_tokens WHERE expires_at < $1 LIMIT $2)";
/// Their tokens go with them.
const PURGE_SESSIONS: &str = "DELETE FROM sessions WHERE session IN \
     (SELECT session FROM sessions WHERE ended_at < $1 OR expires_at < $1 LIMIT $2)";
const PURGE_BROWSERS: &str = "DELETE FROM browser_sessions WHERE cookie IN \
     (SELECT cookie FROM browser_sessions WHERE expires_at < $1 LIMIT $2)";
