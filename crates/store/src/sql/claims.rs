//! Claims in SQL.

use async_trait::async_trait;
use clausa_core::id::{AccountId, TenantId};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::account::{AccountState, Role};
use crate::record::claim::{Claim, ClaimState};
use crate::record::ident::ClaimId;
use crate::record::micros::Micros;
use crate::repo::Claims;

#[async_trait]
impl<S: Session> Claims for SqlUnit<'_, S> {
    async fn create_claim(&mut self, permit: &Permit, claim: &Claim) -> Result<(), StoreError> {
        permit.covers_account(&[Action::ClaimTenant], claim.account)?;
        let tenant = permit.tenant();
        let replaced = values![tenant, claim.account, ClaimState::Cancelled, claim.created_at];
        self.execute(REPLACE, replaced).await?;
        let row = values![
            tenant,
            claim.id,
            claim.account,
            claim.domain,
            claim.scope,
            claim.value,
            claim.state,
            claim.created_at,
            claim.expires_at
        ];
        self.execute(INSERT, row).await.map(drop)
    }

    async fn claim(&mut self, permit: &Permit, id: ClaimId) -> Result<Option<Claim>, StoreError> {
        permit.covers(READERS)?;
        self.row(BY_ID, values![permit.tenant(), id])
            .await?
            .map(read)
            .transpose()
    }

    async fn claims(&mut self, permit: &Permit, limit: u32) -> Result<Vec<Claim>, StoreError> {
        permit.covers(READERS)?;
        let rows = self.rows(NEWEST, values![permit.tenant(), limit]).await?;
        rows.into_iter().map(read).collect()
    }

    async fn prove_claim(
        &mut self,
        permit: &Permit,
        id: ClaimId,
        at: Micros,
        due: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        // Whoever proves another claim at the same moment waits here.
        if !self.changes(LOCK_UNMANAGED, values![permit.tenant()]).await? {
            return Ok(false);
        }
        self.changes(PROVE, values![permit.tenant(), id, at, due]).await
    }

    async fn end_claim(
        &mut self,
        permit: &Permit,
        id: ClaimId,
        state: ClaimState,
        at: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers(&[Action::ClaimTenant, Action::DisputeClaim])?;
        self.changes(END, values![permit.tenant(), id, state, at]).await
    }

    async fn fulfil_claim(&mut self, permit: &Permit, id: ClaimId, at: Micros) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        if !self.changes(LOCK_UNMANAGED, values![tenant]).await? {
            return Ok(false);
        }
        let Some(mut row) = self.row(FULFIL, values![tenant, id, at]).await? else {
            return Ok(false);
        };
        let account: AccountId = row.next("claims.account")?;
        let administrator = values![tenant, account, Role::Administrator, AccountState::Active];
        if !self.changes(MAKE_ADMINISTRATOR, administrator).await? {
            // Whoever asks looks at the account first: it is there and active.
            return Err(StoreError::Corrupt {
                what: "claims.account",
            });
        }
        self.execute(MANAGE, values![tenant]).await?;
        self.execute(SUPERSEDE, values![tenant, ClaimState::Cancelled, at])
            .await?;
        Ok(true)
    }

    async fn due_claims(&mut self, at: Micros, limit: u32) -> Result<Vec<(TenantId, ClaimId)>, StoreError> {
        let rows = self.directory_rows(DUE, values![at, limit]).await?;
        rows.into_iter()
            .map(|mut row| Ok((row.next("claims.tenant")?, row.next("claims.claim")?)))
            .collect()
    }
}

const READERS: &[Action] = &[Action::ClaimTenant, Action::ReadClaims, Action::DisputeClaim];

fn read(mut row: Row) -> Result<Claim, StoreError> {
    Ok(Claim {
        id: row.next("claims.claim")?,
        account: row.next("claims.account")?,
        domain: row.next("claims.domain")?,
        scope: row.next("claims.scope")?,
        value: row.next("claims.value_hash")?,
        state: row.next("claims.state")?,
        created_at: row.next("claims.created_at")?,
        expires_at: row.next("claims.expires_at")?,
        proven_at: row.next("claims.proven_at")?,
        due_at: row.next("claims.due_at")?,
        ended_at: row.next("claims.ended_at")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT claim, account, domain, scope, value_hash, state, created_at, expires_at, proven_at, due_at, ended_at \
             FROM claims ",
            $rest
        )
    };
}

const REPLACE: &str = "UPDATE claims SET state = $3, ended_at = $4 \
     WHERE tenant = $1 AND account = $2 AND state = 'waiting'";
const INSERT: &str = "INSERT INTO claims (tenant, claim, account, domain, scope, value_hash, state, created_at, \
     expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const BY_ID: &str = select!("WHERE tenant = $1 AND claim = $2");
const NEWEST: &str = select!("WHERE tenant = $1 ORDER BY created_at DESC, claim LIMIT $2");
const LOCK_UNMANAGED: &str = "UPDATE tenants SET managed = managed WHERE tenant = $1 AND managed = 0";
const PROVE: &str = "UPDATE claims SET state = 'proven', proven_at = $3, due_at = $4 \
     WHERE tenant = $1 AND claim = $2 AND state = 'waiting' AND expires_at > $3 \
     AND NOT EXISTS (SELECT 1 FROM claims o WHERE o.tenant = $1 AND o.state = 'proven')";
const END: &str = "UPDATE claims SET state = $3, ended_at = $4 \
     WHERE tenant = $1 AND claim = $2 AND state IN ('waiting', 'proven')";
const FULFIL: &str = "UPDATE claims SET state = 'done', ended_at = $3 \
     WHERE tenant = $1 AND claim = $2 AND state = 'proven' AND due_at <= $3 RETURNING account";
const MAKE_ADMINISTRATOR: &str =
    "UPDATE accounts SET role = $3 WHERE tenant = $1 AND account = $2 AND state = $4";
const MANAGE: &str = "UPDATE tenants SET managed = 1 WHERE tenant = $1";
const SUPERSEDE: &str =
    "UPDATE claims SET state = $2, ended_at = $3 WHERE tenant = $1 AND state IN ('waiting', 'proven')";
const DUE: &str =
    "SELECT tenant, claim FROM claims WHERE state = 'proven' AND due_at <= $1 ORDER BY due_at LIMIT $2";
