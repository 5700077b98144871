//! Further factors in SQL.

use async_trait::async_trait;
use clausa_core::id::AccountId;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::factor::{FurtherFactor, PendingSignIn};
use crate::record::hash::{RecoveryCodeMac, TicketHash};
use crate::record::ident::FactorId;
use crate::record::micros::Micros;
use crate::record::proof::Proof;
use crate::repo::Factors;
use crate::sealed::Place;

/// What may look at factors.
const LOOK: &[Action] = &[Action::StepUp, Action::ChangeFactors];

#[async_trait]
impl<S: Session> Factors for SqlUnit<'_, S> {
    async fn add_factor(&mut self, permit: &Permit, factor: &FurtherFactor) -> Result<(), StoreError> {
        permit.covers_account(&[Action::ChangeFactors], factor.account)?;
        let tenant = permit.tenant();
        let row = [
            tenant.as_bytes().as_slice(),
            factor.account.as_bytes(),
            factor.id.as_bytes(),
        ];
        let secret = self.seal(secret_of(&row), &factor.secret)?;
        self.execute(
            INSERT,
            values![
                tenant,
                factor.account,
                factor.id,
                factor.kind,
                factor.name,
                secret,
                factor.counter,
                factor.created_at,
                factor.confirmed_at,
                factor.last_used_at
            ],
        )
        .await?;
        Ok(())
    }

    async fn factors(
        &mut self,
        permit: &Permit,
        account: AccountId,
    ) -> Result<Vec<FurtherFactor>, StoreError> {
        permit.covers_account(LOOK, account)?;
        let rows = self.rows(OF_ACCOUNT, values![permit.tenant(), account]).await?;
        rows.into_iter()
            .map(|mut row| self.read_factor(permit, account, &mut row))
            .collect()
    }

    async fn confirm_factor(
        &mut self,
        permit: &Permit,
        account: AccountId,
        factor: FactorId,
        counter: u64,
        at: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers_account(&[Action::ChangeFactors], account)?;
        self.changes(CONFIRM, values![permit.tenant(), account, factor, counter, at])
            .await
    }

    async fn use_factor(
        &mut self,
        permit: &Permit,
        account: AccountId,
        factor: FactorId,
        counter: u64,
        at: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers_account(LOOK, account)?;
        self.changes(USE, values![permit.tenant(), account, factor, counter, at])
            .await
    }

    async fn remove_factor(
        &mut self,
        permit: &Permit,
        account: AccountId,
        factor: FactorId,
    ) -> Result<bool, StoreError> {
        permit.covers_account(&[Action::ChangeFactors], account)?;
        self.changes(REMOVE, values![permit.tenant(), account, factor])
            .await
    }

    async fn put_recovery_codes(
        &mut self,
        permit: &Permit,
        account: AccountId,
        codes: &[RecoveryCodeMac],
    ) -> Result<(), StoreError> {
        permit.covers_account(&[Action::ChangeFactors], account)?;
        self.execute(CLEAR_CODES, values![permit.tenant(), account])
            .await?;
        for code in codes {
            self.execute(ADD_CODE, values![permit.tenant(), account, code])
                .await?;
        }
        Ok(())
    }

    async fn count_recovery_codes(&mut self, permit: &Permit, account: AccountId) -> Result<u64, StoreError> {
        permit.covers_account(LOOK, account)?;
        let row = self.row(COUNT_CODES, values![permit.tenant(), account]).await?;
        row.map_or(Ok(0), |mut row| row.next("recovery_codes.code"))
    }

    async fn use_recovery_code(
        &mut self,
        permit: &Permit,
        account: AccountId,
        code: &RecoveryCodeMac,
    ) -> Result<bool, StoreError> {
        permit.covers_account(LOOK, account)?;
        self.changes(USE_CODE, values![permit.tenant(), account, code])
            .await
    }

    async fn create_pending_sign_in(&mut self, pending: &PendingSignIn) -> Result<(), StoreError> {
        self.execute(
            INSERT_PENDING,
            values![
                pending.ticket,
                pending.tenant,
                pending.account,
                pending.address,
                pending.holder,
                pending.proof.at,
                pending.proof.by,
                pending.tries_left,
                pending.created_at,
                pending.expires_at
            ],
        )
        .await?;
        Ok(())
    }

    async fn try_pending_sign_in(
        &mut self,
        ticket: &TicketHash,
        holder: &[u8; 32],
        now: Micros,
    ) -> Result<Option<PendingSignIn>, StoreError> {
        let row = self.row(TRY_PENDING, values![ticket, holder, now]).await?;
        row.map(|row| read_pending(row, ticket, holder)).transpose()
    }

    async fn end_pending_sign_in(&mut self, ticket: &TicketHash) -> Result<bool, StoreError> {
        self.changes(END_PENDING, values![ticket]).await
    }

    async fn purge_pending_sign_ins(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError> {
        self.execute(PURGE_PENDING, values![before, limit]).await
    }
}

impl<S: Session> SqlUnit<'_, S> {
    fn read_factor(
        &self,
        permit: &Permit,
        account: AccountId,
        row: &mut Row,
    ) -> Result<FurtherFactor, StoreError> {
        let id: FactorId = row.next("factors.factor")?;
        let (kind, name) = (row.next("factors.kind")?, row.next("factors.name")?);
        let sealed: Vec<u8> = row.next("factors.secret")?;
        let tenant = permit.tenant();
        let place = [tenant.as_bytes().as_slice(), account.as_bytes(), id.as_bytes()];
        Ok(FurtherFactor {
            id,
            account,
            kind,
            name,
            secret: self.open(secret_of(&place), &sealed)?,
            counter: row.next("factors.counter")?,
            created_at: row.next("factors.created_at")?,
            confirmed_at: row.next("factors.confirmed_at")?,
            last_used_at: row.next("factors.last_used_at")?,
        })
    }
}

fn read_pending(mut row: Row, ticket: &TicketHash, holder: &[u8; 32]) -> Result<PendingSignIn, StoreError> {
    Ok(PendingSignIn {
        ticket: *ticket,
        holder: *holder,
        tenant: row.next("pending_sign_ins.tenant")?,
        account: row.next("pending_sign_ins.account")?,
        address: row.next("pending_sign_ins.address")?,
        proof: Proof {
            at: row.next("pending_sign_ins.proven_at")?,
            by: row.next("pending_sign_ins.proven_by")?,
        },
        tries_left: row.next("pending_sign_ins.tries_left")?,
        created_at: row.next("pending_sign_ins.created_at")?,
        expires_at: row.next("pending_sign_ins.expires_at")?,
    })
}

fn secret_of<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "factors",
        row,
        column: "secret",
    }
}

const INSERT: &str = "INSERT INTO factors (tenant, account, factor, kind, name, secret, counter, created_at, \
     confirmed_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const OF_ACCOUNT: &str = "SELECT factor, kind, name, secret, counter, created_at, confirmed_at, last_used_at \
     FROM factors WHERE tenant = $1 AND account = $2 ORDER BY created_at, factor";
const CONFIRM: &str = "UPDATE factors SET counter = $4, confirmed_at = $5, last_used_at = $5 \
     WHERE tenant = $1 AND account = $2 AND factor = $3 AND confirmed_at IS NULL";
const USE: &str = "UPDATE factors SET counter = $4, last_used_at = $5 \
     WHERE tenant = $1 AND account = $2 AND factor = $3 AND confirmed_at IS NOT NULL \
     AND (counter < $4 OR (counter = 0 AND $4 = 0))";
const REMOVE: &str = "DELETE FROM factors WHERE tenant = $1 AND account = $2 AND factor = $3";
const CLEAR_CODES: &str = "DELETE FROM recovery_codes WHERE tenant = $1 AND account = $2";
const ADD_CODE: &str = "INSERT INTO recovery_codes (tenant, account, code) VALUES ($1, $2, $3)";
const COUNT_CODES: &str = "SELECT COUNT(*) FROM recovery_codes WHERE tenant = $1 AND account = $2";
const USE_CODE: &str = "DELETE FROM recovery_codes WHERE tenant = $1 AND account = $2 AND code = $3";
const INSERT_PENDING: &str = "INSERT INTO pending_sign_ins (ticket, tenant, account, address, holder, proven_at, \
     proven_by, tries_left, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const TRY_PENDING: &str = "UPDATE pending_sign_ins SET tries_left = tries_left - 1 \
     WHERE ticket = $1 AND holder = $2 AND expires_at > $3 AND tries_left > 0 \
     RETURNING tenant, account, address, proven_at, proven_by, tries_left, created_at, expires_at";
const END_PENDING: &str = "DELETE FROM pending_sign_ins WHERE ticket = $1";
const PURGE_PENDING: &str = "DELETE FROM pending_sign_ins WHERE ticket IN \
     (SELECT ticket FROM pending_sign_ins WHERE expires_at < $1 LIMIT $2)";
