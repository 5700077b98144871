//! Sign-ups in SQL.

use async_trait::async_trait;
use clausa_core::address::Address;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::record::hash::VerifierHash;
use crate::record::ident::SignupId;
use crate::record::micros::Micros;
use crate::record::signup::{Signup, SignupMade, SignupStep};
use crate::repo::Signups;

#[async_trait]
impl<S: Session> Signups for SqlUnit<'_, S> {
    async fn create_signup(&mut self, signup: &Signup) -> Result<(), StoreError> {
        self.execute(
            INSERT,
            values![
                signup.id,
                signup.address,
                signup.verifier,
                signup.step,
                signup.waiting,
                signup.created_at,
                signup.expires_at
            ],
        )
        .await?;
        Ok(())
    }

    async fn signup(&mut self, id: SignupId, now: Micros) -> Result<Option<Signup>, StoreError> {
        self.row(BY_ID, values![id, now]).await?.map(read).transpose()
    }

    async fn prove_signup(&mut self, id: SignupId) -> Result<bool, StoreError> {
        self.changes(PROVE, values![id, SignupStep::MailProof, SignupStep::Profile])
            .await
    }

    async fn supersede_signups(&mut self, id: SignupId, address: &Address) -> Result<u64, StoreError> {
        self.execute(SUPERSEDE, values![id, address]).await
    }

    async fn hand_over_signup(
        &mut self,
        id: SignupId,
        old: &VerifierHash,
        new: &VerifierHash,
    ) -> Result<bool, StoreError> {
        let is_handed = self
            .changes(HAND_OVER, values![id, old, new, SignupStep::MailProof])
            .await?;
        if is_handed {
            self.execute(HAND_OVER_CODE, values![id, new]).await?;
        }
        Ok(is_handed)
    }

    async fn finish_signup(&mut self, id: SignupId, made: &SignupMade) -> Result<bool, StoreError> {
        self.changes(
            FINISH,
            values![
                id,
                SignupStep::Profile,
                SignupStep::Done,
                made.account,
                made.tenant,
                made.tenant_is_new
            ],
        )
        .await
    }

    async fn redeem_signup(&mut self, id: SignupId, now: Micros) -> Result<bool, StoreError> {
        self.changes(REDEEM, values![id, SignupStep::Done, now]).await
    }

    async fn purge_signups(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError> {
        self.execute(PURGE, values![before, limit]).await
    }
}

fn read(mut row: Row) -> Result<Signup, StoreError> {
    Ok(Signup {
        id: row.next("signups.signup")?,
        address: row.next("signups.address")?,
        verifier: row.next("signups.verifier")?,
        step: row.next("signups.step")?,
        waiting: row.next("signups.waiting")?,
        made: {
            let account = row.next("signups.account")?;
            let tenant = row.next("signups.tenant")?;
            let tenant_is_new = row.next("signups.tenant_is_new")?;
            match (account, tenant) {
                (Some(account), Some(tenant)) => Some(SignupMade {
                    account,
                    tenant,
                    tenant_is_new,
                }),
                _ => None,
            }
        },
        redeemed: row.next("signups.redeemed")?,
        created_at: row.next("signups.created_at")?,
        expires_at: row.next("signups.expires_at")?,
    })
}

const INSERT: &str = "INSERT INTO signups (signup, address, verifier, step, waiting, tenant_is_new, redeemed, \
     created_at, expires_at) VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7)";
const BY_ID: &str = "SELECT signup, address, verifier, step, waiting, account, tenant, tenant_is_new, redeemed, \
     created_at, expires_at FROM signups WHERE signup = $1 AND expires_at > $2";
const PROVE: &str = "UPDATE signups SET step = $3 WHERE signup = $1 AND step = $2";
const HAND_OVER: &str = "UPDATE signups SET verifier = $3 WHERE signup = $1 AND verifier = $2 AND step = $4";
/// The tries that are left stay what they are.
const HAND_OVER_CODE: &str = "UPDATE challenges SET verifier = $2 WHERE signup = $1";
/// Their codes go with them.
const SUPERSEDE: &str = "DELETE FROM signups WHERE address = $2 AND signup <> $1 AND redeemed = 0";
const FINISH: &str = "UPDATE signups SET step = $3, account = $4, tenant = $5, tenant_is_new = $6 \
     WHERE signup = $1 AND step = $2";
const REDEEM: &str = "UPDATE signups SET redeemed = 1 \
     WHERE signup = $1 AND step = $2 AND redeemed = 0 AND expires_at > $3";
const PURGE: &str =
    "DELETE FROM signups WHERE signup IN (SELECT signup FROM signups WHERE expires_at < $1 LIMIT $2)";
