//! Authorisation codes in SQL.

use async_trait::async_trait;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::record::code::{AuthorisationCode, CodeRedemption};
use crate::record::hash::AuthorisationCodeHash;
use crate::record::ident::SessionId;
use crate::record::micros::Micros;
use crate::record::proof::Proof;
use crate::repo::{AuthorisationCodes, Sessions};

#[async_trait]
impl<S: Session> AuthorisationCodes for SqlUnit<'_, S> {
    async fn create_code(&mut self, code: &AuthorisationCode) -> Result<(), StoreError> {
        self.execute(
            INSERT,
            values![
                code.hash,
                code.client,
                code.redirect_uri,
                code.pkce_challenge,
                code.key,
                code.account,
                code.tenant,
                code.session,
                code.created_at,
                code.expires_at,
                code.proof.at,
                code.proof.by
            ],
        )
        .await?;
        Ok(())
    }

    async fn redeem_code(
        &mut self,
        hash: &AuthorisationCodeHash,
        now: Micros,
    ) -> Result<CodeRedemption, StoreError> {
        let Some(row) = self.row(BY_HASH, values![hash]).await? else {
            return Ok(CodeRedemption::Refused);
        };
        let code = read(row)?;
        if self.changes(USE, values![hash, now]).await? {
            return Ok(CodeRedemption::Redeemed(code));
        }
        if code.expires_at <= now && code.session.is_none() {
            return Ok(CodeRedemption::Refused);
        }
        if let Some(session) = code.session {
            self.end_session(session, now).await?;
        }
        Ok(CodeRedemption::Reused(code))
    }

    async fn set_code_session(
        &mut self,
        hash: &AuthorisationCodeHash,
        session: SessionId,
    ) -> Result<bool, StoreError> {
        self.changes(SET_SESSION, values![hash, session]).await
    }

    async fn purge_codes(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError> {
        self.execute(PURGE, values![before, limit]).await
    }
}

fn read(mut row: Row) -> Result<AuthorisationCode, StoreError> {
    Ok(AuthorisationCode {
        hash: row.next("authorisation_codes.code")?,
        client: row.next("authorisation_codes.client")?,
        redirect_uri: row.next("authorisation_codes.redirect_uri")?,
        pkce_challenge: row.next("authorisation_codes.pkce_challenge")?,
        key: row.next("authorisation_codes.bound_key")?,
        account: row.next("authorisation_codes.account")?,
        tenant: row.next("authorisation_codes.tenant")?,
        session: row.next("authorisation_codes.session")?,
        created_at: row.next("authorisation_codes.created_at")?,
        expires_at: row.next("authorisation_codes.expires_at")?,
        proof: Proof {
            at: row.next("authorisation_codes.proven_at")?,
            by: row.next("authorisation_codes.proven_by")?,
        },
    })
}

const INSERT: &str = "INSERT INTO authorisation_codes (code, client, redirect_uri, pkce_challenge, bound_key, \
     account, tenant, session, created_at, expires_at, proven_at, proven_by) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const BY_HASH: &str = "SELECT code, client, redirect_uri, pkce_challenge, bound_key, account, tenant, session, \
     created_at, expires_at, proven_at, proven_by FROM authorisation_codes WHERE code = $1";
const USE: &str = "UPDATE authorisation_codes SET used_at = $2 \
     WHERE code = $1 AND used_at IS NULL AND expires_at > $2";
const SET_SESSION: &str =
    "UPDATE authorisation_codes SET session = $2 WHERE code = $1 AND used_at IS NOT NULL";
const PURGE: &str = "DELETE FROM authorisation_codes WHERE code IN \
     (SELECT code FROM authorisation_codes WHERE expires_at < $1 LIMIT $2)";
